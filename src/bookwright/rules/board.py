"""The board: where rules post what they bar, hold, count and cost; resolved by precedence into pairs and items.

Bars carry their reason as one bit per rule, so that "why not" costs nothing. The order of precedence when rules clash
on one account: never > CSM gone > pin > freeze > coverage and matches > budgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bookwright.findings import InputError
from bookwright.problem import Problem
from bookwright.rules.targets import Classes, classify

OPEN_LOW = -(2**61)
OPEN_HIGH = 2**61
SHARE = 10**12
"""Breaches are counted in shares of their measure's total; this many integer units are one whole."""

Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]
PairCost = Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A family of rows over accounts: how much each account counts (`use`), where, and between which limits.

    `row_of` is (CSMs,) for by="csm", (accounts,) for by="account": the row an account counts in, -1 for none. With
    `away_only` an account counts only when it is not with today's CSM. `priority` None = hard. `price` (rows,) integer
    units of that priority per unit outside; the slope doubles beyond `knee`.
    """

    rule: str
    name: str
    title: str
    use: Ints
    row_of: Ints
    low: Ints
    high: Ints
    by: Literal["csm", "account"] = "csm"
    away_only: bool = False
    priority: str | None = None
    price: Ints | None = None
    knee: Ints | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """An account that must be with one CSM: by a pin, a freeze, or because notice was given."""

    rule: str
    csm: int
    why: str


@dataclass(slots=True)
class Contradiction:
    """Something the hard rules ask that cannot be: said before any solving."""

    rule: str
    text: str
    account_ids: tuple[str, ...] = ()


@dataclass(eq=False)
class Board:
    """What the rules post on one problem. `bars` is (accounts, CSMs), a bit per rule that bars the pair."""

    problem: Problem
    bars: NDArray[np.uint32] = field(init=False)
    bits: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, Callable[[int, int], str]] = field(default_factory=dict)
    absolute: set[str] = field(default_factory=set)
    holds: dict[int, Hold] = field(default_factory=dict)
    spare_holds: dict[int, list[Hold]] = field(default_factory=dict)
    rows: list[Rows] = field(default_factory=list)
    costs: dict[str, list[PairCost]] = field(default_factory=dict)
    cost_rules: dict[str, list[str]] = field(default_factory=dict)
    """Priority -> id of the rule behind each of its costs, in the order of `costs`."""
    posting: str = ""
    """Id of the rule that is posting."""
    apart: list[tuple[int, int]] = field(default_factory=list)
    groups: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    exceptions: list[tuple[str, int, str]] = field(default_factory=list)
    notes: list[tuple[str, str, tuple[int, ...]]] = field(default_factory=list)
    bands: list[Any] = field(default_factory=list)
    target_shares: list[Any] = field(default_factory=list)
    whales: list[tuple[str, int, int]] = field(default_factory=list)
    give_at_least: dict[str, int] = field(default_factory=dict)
    evidence: list[Callable[[int, int], list[str]]] = field(default_factory=list)
    """What speaks for a CSM (position) as the next on an account (position), in phrases: "knows Healthcare"."""
    decision_bit: int = 0
    """The bit of review decisions: they bar pairs, but make no move forced that was chosen."""
    _allowed: Bools | None = None
    _classes: Classes | None = None

    def __post_init__(self) -> None:
        n, m = len(self.problem.accounts), len(self.problem.csms)
        self.bars = np.zeros((n, m), dtype=np.uint32)

    # -- posting -----------------------------------------------------------------------------------------------

    def bar(self, rule: str, mask: Bools, reason: Callable[[int, int], str], *, absolute: bool = False) -> None:
        """Bar the pairs of a mask (accounts, CSMs) or (CSMs,), with a reason per pair; `absolute` ones beat pins."""
        np.bitwise_or(self.bars, self._bit(rule), out=self.bars, where=np.broadcast_to(mask, self.bars.shape))
        self.reasons[rule] = reason
        if absolute:
            self.absolute.add(rule)

    def except_today(self, mask: Bools) -> Bools:
        """The mask without today's pairs: `no_worse` lets an account stay where today's books already break a rule."""
        kept = np.array(np.broadcast_to(mask, self.bars.shape))
        owned = np.flatnonzero(self.problem.owner >= 0)
        kept[owned, self.problem.owner[owned]] = False
        return kept

    def bar_members(self, rule: str, members: Sequence[int], csms: Bools, reason: Callable[[int, int], str]) -> None:
        """Bar some CSMs (CSMs,) for a few accounts only; usable after precedence is settled."""
        self.bars[list(members)] |= np.where(csms, self._bit(rule), np.uint32(0))
        self.reasons[rule] = reason
        self._allowed = self._classes = None

    def _bit(self, rule: str) -> np.uint32:
        bit = self.bits.setdefault(rule, len(self.bits))
        if bit >= 32:
            raise InputError(f"More than 32 rules bar pairs; {rule} is one too many. Maybe merge some matches.")
        self._allowed = self._classes = None
        return np.uint32(1 << bit)

    def hold(self, rule: str, account: int, csm: int, why: str) -> None:
        """Ask that an account is with one CSM; the first to ask wins (pins ask before freezes), later ones stand by."""
        hold = Hold(rule, csm, why)
        if self.holds.setdefault(account, hold) is not hold:
            self.spare_holds.setdefault(account, []).append(hold)

    def decide(self, rule: str, account: int, csm: int, why: str) -> None:
        """Give an account, and those who must stay with it, to one CSM; after precedence and targets are settled.

        What a decision cannot overrule (never, CSM gone, a pin elsewhere, another decision) is a contradiction and the
        decision is left out; what it does overrule is an exception.
        """
        problem, bit = self.problem, self._bit(rule)
        members = next((group for _, group in self.groups if account in group), (account,))
        absolute = np.uint32(sum(1 << self.bits[r] for r in self.absolute))
        for i in members:
            hold = self.holds.get(i)
            kept = hold is not None and hold.rule in ("pins", rule) and hold.csm != csm
            if kept or int(self.bars[i, csm]) & int(absolute):
                head = f"{problem.accounts[account].label} was to be with {problem.csms[csm].name} ({why})"
                who = "it" if i == account else f"{problem.accounts[i].label} (same family)"
                not_so = f"{problem.csms[csm].name} {'; '.join(self.reasons_against(i, csm))}"
                if hold is not None and kept:
                    not_so = f"{who} is to be with {problem.csms[hold.csm].name} ({hold.why})"
                ids = tuple(dict.fromkeys((problem.accounts[account].id, problem.accounts[i].id)))
                self.contradictions.append(Contradiction(rule, f"{head}, but {not_so}.", ids))
                return
        for i in members:
            if self.bars[i, csm] & ~bit:
                broken = "; ".join(self.reasons_against(i, csm))
                self.exceptions.append((rule, i, f"goes to {problem.csms[csm].name} ({why}), who {broken}"))
            kept_row = self.bars[i] | bit
            kept_row[csm] = 0
            self.bars[i] = kept_row
            self.holds[i] = Hold(rule, csm, why)
        self.decision_bit |= int(bit)
        self.reasons[rule] = self._held_elsewhere
        self._allowed = self._classes = None

    def post(self, rows: Rows) -> None:
        """Add a family of rows."""
        self.rows.append(rows)

    def cost(self, priority: str, cost: PairCost) -> None:
        """Add a cost of pairs to a priority: a function of account and CSM positions (arrays) -> integer units."""
        self.costs.setdefault(priority, []).append(cost)
        self.cost_rules.setdefault(priority, []).append(self.posting)

    # -- resolved ----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Apply precedence: holds against absolute bars, then coverage exceptions for what is held."""
        problem = self.problem
        absolute = np.uint32(sum(1 << self.bits[r] for r in self.absolute))
        for rule in ("pins", "freezes"):
            self._bit(rule)
        for i in sorted(self.holds):
            hold = self._standing_hold(i, absolute)
            if hold is None:
                del self.holds[i]
                continue
            self.holds[i] = hold
            if self.bars[i, hold.csm]:
                csm, broken = problem.csms[hold.csm], "; ".join(self.reasons_against(i, hold.csm))
                verb = "stays with" if problem.owner[i] == hold.csm else "goes to"
                self.exceptions.append((hold.rule, i, f"{verb} {csm.name} ({hold.why}), who {broken}"))
            kept = self.bars[i] | self._bit(hold.rule)
            kept[hold.csm] = 0
            self.bars[i] = kept
        for rule in ("pins", "freezes"):
            self.reasons[rule] = self._held_elsewhere

    def _standing_hold(self, i: int, absolute: np.uint32) -> Hold | None:
        """The first hold of an account that no absolute bar speaks against; a pin that falls is a contradiction."""
        problem = self.problem
        asked: list[Hold] = [self.holds[i], *self.spare_holds.get(i, [])]
        for hold in asked:
            if int(self.bars[i, hold.csm]) & int(absolute) == 0:
                return hold
            if hold.rule == "pins":
                account, csm = problem.accounts[i], problem.csms[hold.csm]
                why = "; ".join(self.reasons_against(i, hold.csm))
                text = f"{account.label} is pinned to {csm.name}, who {why}."
                self.contradictions.append(Contradiction("pins", text, (account.id,)))
        return None

    def _held_elsewhere(self, i: int, j: int) -> str:
        hold = self.holds[i]
        return f"cannot take it: it stays with {self.problem.csms[hold.csm].name} ({hold.why})"

    def reasons_against(self, i: int, j: int, *, decided: bool = True) -> list[str]:
        """Why account i may not go to CSM j, one phrase per rule ("does not cover Enterprise"); empty = it may.

        Without `decided`, what review decisions bar is left out.
        """
        bits = int(self.bars[i, j]) & ~(0 if decided else self.decision_bit)
        return [self.reasons[rule](i, j) for rule, bit in self.bits.items() if bits >> bit & 1]

    @property
    def allowed(self) -> Bools:
        """Which CSM may own which account, (accounts, CSMs)."""
        if self._allowed is None:
            self._allowed = np.asarray(self.bars == 0, dtype=np.bool_)
        return self._allowed

    @property
    def classes(self) -> Classes:
        """Accounts grouped by the CSMs who may own them."""
        if self._classes is None:
            self._classes = classify(self.allowed)
        return self._classes

    def orphans(self) -> NDArray[np.intp]:
        """Accounts that nobody may own."""
        return np.flatnonzero(~self.allowed.any(axis=1))

    def forced(self) -> dict[str, str]:
        """Account id -> why today's CSM may no longer own it."""
        problem = self.problem
        owned = np.flatnonzero(problem.owner >= 0)
        barred = owned[self.bars[owned, problem.owner[owned]] & ~np.uint32(self.decision_bit) != 0]
        return {
            problem.accounts[i].id: f"{problem.csms[problem.owner[i]].name} "
            + "; ".join(self.reasons_against(int(i), int(problem.owner[i]), decided=False))
            for i in barred.tolist()
        }

    def chosen(self) -> Bools:
        """Accounts whose move would be a choice: today's CSM may keep them."""
        problem = self.problem
        found = np.zeros(len(problem.accounts), dtype=np.bool_)
        owned = np.flatnonzero(problem.owner >= 0)
        found[owned] = self.bars[owned, problem.owner[owned]] & ~np.uint32(self.decision_bit) == 0
        return found

    def rows_of(self, rule: str) -> Sequence[Rows]:
        """The families one rule posted."""
        return [r for r in self.rows if r.rule == rule]
