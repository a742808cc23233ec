"""Plan, Book, Move: an answer and what it amounts to. Knows no solver and no rule."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bookwright.problem import Problem


class MoveKind(StrEnum):
    """Why an account changes hands: it had no CSM, its CSM may no longer own it, or the plan chose to move it."""

    PLACED = "placed"
    FORCED = "forced"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Book:
    """One CSM's accounts with their totals; hours per month, money in the portfolio's currency.

    `utilization` is hours / capacity (None when the CSM has no capacity). `renewal_arr` has one entry per fiscal
    quarter of `Problem.quarters`.
    """

    csm_id: str
    accounts: int
    hours: float
    capacity_hours: float
    arr: float
    renewal_arr: tuple[float, ...] = ()
    red_arr: float = 0.0
    growth_potential: float = 0.0

    @property
    def utilization(self) -> float | None:
        """Workload of the book as a share of the CSM's capacity at the end of the horizon."""
        return self.hours / self.capacity_hours if self.capacity_hours > 0 else None


@dataclass(frozen=True, slots=True)
class Move:
    """An account that changes hands. `csm_from` is None when it had no CSM on the CSMs sheet."""

    account_id: str
    csm_from: str | None
    csm_to: str
    kind: MoveKind
    reason: str = ""
    """For a forced move: why today's CSM may no longer own it."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Who owns which planned account. `csm_of` is (accounts,) of CSM positions in the problem, -1 = no owner.

    Accounts that are not planned (churned, partner, ...) keep their owner and are not in here.
    """

    problem: Problem = field(repr=False)
    csm_of: NDArray[np.int32]
    forced: Mapping[str, str] = field(default_factory=dict)
    """Account id -> why today's CSM may no longer own it (as the rules said before solving)."""

    def __post_init__(self) -> None:
        if self.csm_of.shape != (len(self.problem.accounts),):
            raise ValueError("a plan needs one entry per planned account")

    @classmethod
    def today(cls, problem: Problem) -> Plan:
        """Today's books as a plan: accounts without a CSM have no owner."""
        return cls(problem, problem.owner.astype(np.int32))

    @classmethod
    def from_ids(
        cls, problem: Problem, csm_of: Mapping[str, str | None], forced: Mapping[str, str] | None = None
    ) -> Plan:
        """A plan from account id -> CSM id."""
        position = {c.id: j for j, c in enumerate(problem.csms)}
        found = [position.get(csm_of.get(a.id) or "", -1) for a in problem.accounts]
        return cls(problem, np.array(found, dtype=np.int32), forced or {})

    @cached_property
    def by_account(self) -> dict[str, str | None]:
        """Account id -> CSM id (None = no owner)."""
        ids = [c.id for c in self.problem.csms]
        return {
            a.id: (ids[j] if j >= 0 else None) for a, j in zip(self.problem.accounts, self.csm_of.tolist(), strict=True)
        }

    @cached_property
    def plan_hash(self) -> str:
        """sha256 of the sorted lines "account id TAB csm id"."""
        lines = sorted(f"{account}\t{csm or ''}" for account, csm in self.by_account.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @cached_property
    def unassigned(self) -> tuple[str, ...]:
        """Ids of planned accounts that nobody owns in this plan."""
        return tuple(a.id for a, j in zip(self.problem.accounts, self.csm_of.tolist(), strict=True) if j < 0)

    @cached_property
    def books(self) -> tuple[Book, ...]:
        """One book per CSM, in the order of the CSMs sheet, from the workbook's own values (not the rounded ones)."""
        problem = self.problem
        n = len(problem.csms)
        owned = self.csm_of >= 0
        who = self.csm_of[owned]

        def total(values: NDArray[np.floating]) -> NDArray[np.float64]:
            return np.bincount(who, weights=values[owned], minlength=n).astype(np.float64)

        counts = np.bincount(who, minlength=n)
        hours, arr, red, growth = (
            total(problem.hours),
            total(problem.arr),
            total(np.where(problem.red, problem.arr, 0.0)),
            total(problem.growth_potential),
        )
        quarters = [total(problem.renewal_arr[:, q]) for q in range(len(problem.quarters))]
        return tuple(
            Book(
                csm_id=csm.id,
                accounts=int(counts[j]),
                hours=float(hours[j]),
                capacity_hours=float(problem.capacity_hours[j]),
                arr=float(arr[j]),
                renewal_arr=tuple(float(q[j]) for q in quarters),
                red_arr=float(red[j]),
                growth_potential=float(growth[j]),
            )
            for j, csm in enumerate(problem.csms)
        )

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """Every account that changes hands, in the order of the workbook."""
        problem = self.problem
        ids = [c.id for c in problem.csms]
        changed = np.flatnonzero((self.csm_of != problem.owner) & (self.csm_of >= 0))
        found = []
        for i in changed.tolist():
            home = int(problem.owner[i])
            account_id = problem.accounts[i].id
            kind = MoveKind.PLACED if home < 0 else MoveKind.FORCED if account_id in self.forced else MoveKind.CHOSEN
            found.append(
                Move(
                    account_id=account_id,
                    csm_from=ids[home] if home >= 0 else None,
                    csm_to=ids[int(self.csm_of[i])],
                    kind=kind,
                    reason=self.forced[account_id] if kind is MoveKind.FORCED else "",
                )
            )
        return tuple(found)

    def moves_of(self, kind: MoveKind) -> Sequence[Move]:
        """The moves of one kind."""
        return [m for m in self.moves if m.kind is kind]
