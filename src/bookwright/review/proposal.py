"""The plan as reviewers may see it: no dates, absences or departures that are not announced, only what is proposed.

While a departure is not announced, the accounts of that book stand as they are today, and the book keeps the hours it
has; a CSM who has not started and is not announced is nowhere: nothing that is sent may reveal it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bookwright.problem import Problem, resolve
from bookwright.review.announced import revealing, secret_departures, secret_starts
from bookwright.rules import Board, build, set_up
from bookwright.store import Stored
from bookwright.workload import capacity_by_month

HOLDS = ("pins", "freezes", "decisions")
"""Bars that a reviewer may ask to lift: they keep an account where it is, and say nothing of who else could own it."""


@dataclass(frozen=True)
class Barred:
    """Why a CSM may not have an account: `refused` = never (a never pair, or gone by then), else an exception."""

    refused: bool
    reasons: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Proposal:
    """What a round puts to its reviewers: for every planned account today's CSM and the proposed one.

    `before`, `after` are account id -> CSM id or None; `kind` is placed, forced or chosen for those that change hands,
    "" for the others; `capacity` hours per CSM. `held_back` lists (CSM id, account id) of moves that would reveal an
    unannounced departure or start: they stand here as staying. `unannounced` leave, `hidden` have not started: the
    first look as today, the second are not there at all.
    """

    stored: Stored
    problem: Problem = field(repr=False)
    board: Board = field(repr=False)
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    kind: Mapping[str, str]
    capacity: Mapping[str, float]
    unannounced: frozenset[str]
    hidden: frozenset[str]
    held_back: tuple[tuple[str, str], ...]

    @cached_property
    def label(self) -> dict[str, str]:
        """CSM id -> a name for people that no other CSM has, not even in capitals; formulas compare by it."""
        count: dict[str, int] = {}
        names = {c.id: " ".join(c.name.split()) or c.id for c in self.problem.csms}
        for name in names.values():
            count[name.casefold()] = count.get(name.casefold(), 0) + 1
        return {i: f"{name} ({i})" if count[name.casefold()] > 1 else name for i, name in names.items()}

    @cached_property
    def moving(self) -> tuple[str, ...]:
        """Ids of the accounts that are proposed to change hands, in the workbook's order."""
        return tuple(a.id for a in self.problem.accounts if self.kind[a.id])

    def csm_label(self, csm_id: str | None) -> str:
        """The label of a CSM, "" for none."""
        return self.label.get(csm_id, csm_id) if csm_id else ""

    def hours(self, account_id: str) -> float:
        """Hours a month that an account needs."""
        return float(self.problem.hours[self.problem.account_position[account_id]])

    def may_take(self, account_id: str) -> tuple[str, ...]:
        """Ids of the CSMs who may own an account by the rules, pins and freezes aside; nobody who is a secret yet."""
        i = self.problem.account_position[account_id]
        csms = enumerate(self.problem.csms)
        return tuple(c.id for j, c in csms if c.id not in self.hidden and not self._bits(i, j))

    @property
    def known(self) -> tuple[str, ...]:
        """Labels of the CSMs whom reviewers may know of."""
        return tuple(label for csm_id, label in self.label.items() if csm_id not in self.hidden)

    def barred(self, account_id: str, csm_id: str) -> Barred | None:
        """Why a CSM may not have an account; None when they may."""
        i, j = self.problem.account_position[account_id], self.problem.csm_position[csm_id]
        bits = self._bits(i, j)
        if not bits:
            return None
        rules = tuple(rule for rule, bit in self.board.bits.items() if bits >> bit & 1)
        reasons = tuple(self.board.reasons[rule](i, j) for rule in rules)
        return Barred(any(rule in self.board.absolute for rule in rules), reasons, rules)

    def _bits(self, i: int, j: int) -> int:
        bits = int(self.board.bars[i, j])
        aside = [*HOLDS, *(["gone"] if self.problem.csms[j].id in self.unannounced else [])]
        for rule in aside:
            if rule in self.board.bits:
                bits &= ~(1 << self.board.bits[rule])
        return bits


def propose(stored: Stored, today: dt.date) -> Proposal:
    """The proposal of a stored plan; `today` decides what is announced."""
    when = dt.date.fromisoformat(stored.meta["effective_date"])
    problem = resolve(stored.portfolio, stored.model, today=today, effective_date=when)
    board = set_up(problem, build(problem.model))
    unannounced = secret_departures(problem, today)
    before, after = dict(stored.before), dict(stored.after)
    held_back = revealing(problem, before, after, today)
    for _, account in held_back:
        after[account] = before[account]
    capacity = {
        c.id: float(
            capacity_by_month(c.model_copy(update={"end_date": None}), when, problem.model)[-1]
            if c.id in unannounced
            else problem.capacity_hours[j]
        )
        for j, c in enumerate(problem.csms)
    }
    moved = {a: stored.kinds.get(a, "chosen") if after[a] and after[a] != before[a] else "" for a in after}
    hidden = secret_starts(problem, today)
    return Proposal(stored, problem, board, before, after, moved, capacity, unannounced, hidden, held_back)
