"""The first screen in numbers: what changes, before and after, what is still broken. Every report takes these."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bookwright.books import Book, Move, MoveKind, Plan
from bookwright.portfolio import Coverage, Status
from bookwright.problem import Problem
from bookwright.result import Band, Breach, Result
from bookwright.tables.write_sheets import Kind

NEAR_RENEWAL_DAYS = 120
YEAR_DAYS = 365
WATCH = 0.85
FULL = 1.0
LARGEST = 10
_HOURS_EPS = 1e-6


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a set of accounts is: count, ARR, and their shares of all planned accounts (fractions)."""

    accounts: int = 0
    arr: float = 0.0
    share_of_accounts: float = 0.0
    share_of_arr: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One before/after line. `who` names the CSM that the number belongs to; lower is better unless said."""

    key: str
    title: str
    kind: Kind
    before: float | None
    after: float | None
    who_before: str = ""
    who_after: str = ""
    lower_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Shortage:
    """A segment without enough hours: hours a month short, and CSMs with full hours who would close it."""

    segment: str
    hours: float
    hires: int


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts summed under a word: why they cannot move, or why they are not planned."""

    reason: str
    accounts: int
    arr: float


@dataclass(frozen=True, slots=True)
class Team:
    """One manager's team before and after; utilization is hours / capacity of the whole team (None = no capacity)."""

    manager: str
    csms: int
    accounts_before: int
    accounts_after: int
    utilization_before: float | None
    utilization_after: float | None
    arr_before: float
    arr_after: float
    moves_in: int
    moves_out: int


@dataclass(frozen=True, slots=True)
class LargeMove:
    """A move as the first screen shows it."""

    account_id: str
    account: str
    csm_from: str
    csm_to: str
    kind: MoveKind
    arr: float


@dataclass(frozen=True)
class Summary:
    """All numbers of the first screen; sentences are made of them in `verdict`."""

    result: Result
    accounts: int
    csms: int
    arr: float
    currency: str
    moves: dict[MoveKind, Extent]
    all_moves: Extent
    near_renewal: Extent
    second_change: Extent
    across_managers: Extent
    lines: tuple[Line, ...]
    over_full: tuple[tuple[str, float | None], ...]
    largest: tuple[LargeMove, ...]
    breaches: tuple[Breach, ...]
    shortages: tuple[Shortage, ...]
    frozen: tuple[Group, ...]
    not_planned: tuple[Group, ...]
    teams: tuple[Team, ...]
    hours_from_model: int

    @cached_property
    def by_key(self) -> dict[str, Line]:
        """The before/after lines by key."""
        return {line.key: line for line in self.lines}


def summary(result: Result) -> Summary:
    """Everything the first screen says, from the result's own books and moves (workbook values, not rounded ones)."""
    problem, plan = result.problem, result.plan
    measure = _Measure(problem)
    moved = plan.moves
    with_owner = [m for m in moved if m.csm_from is not None]
    by_arr = sorted(moved, key=lambda m: (-measure.arr_of(m), measure.position(m)))
    return Summary(
        result=result,
        accounts=len(problem.accounts),
        csms=len(problem.csms),
        arr=float(problem.arr.sum()),
        currency=currency_of(problem),
        moves={kind: measure.extent(plan.moves_of(kind)) for kind in MoveKind},
        all_moves=measure.extent(moved),
        near_renewal=measure.extent([m for m in with_owner if measure.near_renewal(m)]),
        second_change=measure.extent([m for m in with_owner if measure.changed_lately(m)]),
        across_managers=measure.extent([m for m in with_owner if measure.crosses_managers(m)]),
        lines=_lines(result),
        over_full=_over(plan, FULL),
        largest=tuple(measure.large(m) for m in by_arr[:LARGEST]),
        breaches=_worst_first(result.breaches),
        shortages=shortages(plan),
        frozen=_frozen(result),
        not_planned=_not_planned(problem),
        teams=_teams(result),
        hours_from_model=sum(origin != "cell" for origin in problem.hours_origin),
    )


def _worst_first(breaches: Sequence[Breach]) -> tuple[Breach, ...]:
    """Hard ones first, then those in plain units, the largest first; the same words are said once."""
    ranked = sorted(breaches, key=lambda b: (not b.hard, b.unit == "share", -b.amount))
    once: dict[str, Breach] = {}
    for breach in ranked:
        once.setdefault(breach.what, breach)
    return tuple(once.values())


def currency_of(problem: Problem) -> str:
    """The currency code of the plan's money; blank when nobody said."""
    return problem.model.currency or problem.portfolio.currency


class _Measure:
    """Measures sets of moves on one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.total = float(problem.arr.sum())

    def position(self, move: Move) -> int:
        return self.problem.account_position[move.account_id]

    def arr_of(self, move: Move) -> float:
        return float(self.problem.arr[self.position(move)])

    def extent(self, moves: Sequence[Move]) -> Extent:
        arr = sum(self.arr_of(m) for m in moves)
        n = len(self.problem.accounts)
        return Extent(len(moves), arr, len(moves) / n if n else 0.0, arr / self.total if self.total else 0.0)

    def near_renewal(self, move: Move) -> bool:
        due = self.problem.renewal_due(self.position(move))
        return due is not None and 0 <= due <= NEAR_RENEWAL_DAYS

    def changed_lately(self, move: Move) -> bool:
        since = self.problem.accounts[self.position(move)].csm_since
        return since is not None and 0 <= (self.problem.effective_date - since).days <= YEAR_DAYS

    def crosses_managers(self, move: Move) -> bool:
        by_id = self.problem.portfolio.csm_by_id
        old, new = by_id[move.csm_from or ""].manager, by_id[move.csm_to].manager
        return bool(old and new and old != new)

    def large(self, move: Move) -> LargeMove:
        account, name = self.problem.accounts[self.position(move)], self.problem.portfolio.csm_name
        return LargeMove(
            account.id, account.name or account.id, name(move.csm_from), name(move.csm_to), move.kind, account.arr
        )


def is_over(book: Book, level: float) -> bool:
    """True when a book needs more than `level` of its CSM's capacity."""
    return book.hours > level * book.capacity_hours + _HOURS_EPS


def _over(plan: Plan, level: float) -> tuple[tuple[str, float | None], ...]:
    """CSMs above a share of their capacity, the highest first; those who leave are told by their forced moves."""
    problem = plan.problem
    found = [
        (csm.name, book.utilization)
        for csm, book, leaves in zip(problem.csms, plan.books, problem.leaves, strict=True)
        if not leaves and is_over(book, level)
    ]
    return tuple(sorted(found, key=lambda f: -(f[1] if f[1] is not None else math.inf)))


def outside(band: Band, value: float) -> float:
    """How far a value is outside its band, in the band's unit; 0 inside (a unit of rounding is inside)."""
    away = max(band.low - value, value - band.high, 0.0)
    return away if away > max(1.0, 1e-6 * abs(band.target)) or (band.high <= 10 and away > 1e-6) else 0.0


def _lines(result: Result) -> tuple[Line, ...]:
    today, plan = result.today, result.plan
    lines = [Line("unowned", "Accounts without a CSM", Kind.WHOLE, len(today.unassigned), len(plan.unassigned))]
    for key, title, pick in (("highest", "Highest utilization", max), ("lowest", "Lowest utilization", min)):
        ends = []
        for each in (today, plan):
            known = [
                (book.utilization, csm.name)
                for book, csm, leaves in zip(each.books, result.problem.csms, result.problem.leaves, strict=True)
                if book.utilization is not None and not leaves
            ]
            ends.append(pick(known, key=lambda k: k[0]) if known else (None, ""))
        (before, who_before), (after, who_after) = ends
        lines.append(Line(key, title, Kind.PERCENT, before, after, who_before, who_after, key == "highest"))
    for level, key in ((FULL, "over_full"), (WATCH, "over_watch")):
        before, after = len(_over(today, level)), len(_over(plan, level))
        lines.append(Line(key, f"CSMs over {level:.0%}".replace("%", " %"), Kind.WHOLE, before, after))
    arr = [b for b in result.bands if b.measure == "arr"]
    renewals = [b for b in result.bands if b.measure.startswith("renewal")]
    if arr:
        misses = [outside(b, b.before) for b in arr]
        left = [outside(b, b.after) for b in arr]
        lines.append(
            Line(
                "arr_csms",
                "CSMs outside their ARR band",
                Kind.WHOLE,
                sum(x > 0 for x in misses),
                sum(x > 0 for x in left),
            )
        )
        lines.append(Line("arr_outside", "ARR outside the bands", Kind.MONEY, sum(misses), sum(left)))
    if renewals:
        misses = [outside(b, b.before) for b in renewals]
        left = [outside(b, b.after) for b in renewals]
        lines.append(Line("renewals_outside", "Renewals outside the bands", Kind.MONEY, sum(misses), sum(left)))
    return tuple(lines)


def shortages(plan: Plan) -> tuple[Shortage, ...]:
    """Hours a month that the plan leaves uncovered per segment, and full CSMs who would close the gap (rounded up).

    A book's hours above capacity are laid on its segments by their hours in the book; accounts without an owner count
    whole. A full CSM has contract hours x (1 - internal share) of the planning model.
    """
    problem = plan.problem
    short = np.zeros(len(problem.segments))
    for j, book in enumerate(plan.books):
        if is_over(book, FULL) and book.hours > 0:
            mine = plan.csm_of == j
            by_segment = np.bincount(problem.segment[mine], problem.hours[mine], minlength=len(short))
            short += by_segment * (book.hours - book.capacity_hours) / book.hours
    nobody = plan.csm_of < 0
    short += np.bincount(problem.segment[nobody], problem.hours[nobody], minlength=len(short))
    capacity = problem.model.capacity
    full = capacity.contract_hours_per_month * (1 - capacity.internal_share_percent / 100)
    return tuple(
        Shortage(problem.segments[k] or "(no segment)", float(short[k]), math.ceil(short[k] / full - 1e-9))
        for k in np.argsort(-short, kind="stable").tolist()
        if short[k] > 0.05
    )


_FROZEN_WORDS = (
    ("renewal on", "renewal near"),
    ("CSM since", "CSM changed lately"),
    ("frozen until", "frozen by date"),
    ("pinned", "pinned"),
    ("in onboarding", "onboarding"),
    ("escalation", "escalation open"),
    ("notice", "notice given"),
)


def frozen_word(why: str) -> str:
    """The reason of a freeze without its date or name, to sum by."""
    return next((word for start, word in _FROZEN_WORDS if why.startswith(start)), why.split(":")[0].strip() or "held")


def _frozen(result: Result) -> tuple[Group, ...]:
    arr = {a.id: a.arr for a in result.problem.accounts}
    return _grouped([(frozen_word(why), arr.get(account, 0.0)) for account, why in result.frozen.items()])


def _not_planned(problem: Problem) -> tuple[Group, ...]:
    return _grouped(
        [(not_planned_word(a.status, a.coverage), a.arr) for a in problem.portfolio.accounts if not a.planned]
    )


def not_planned_word(status: Status, coverage: Coverage) -> str:
    """Why an account is not planned."""
    if status in (Status.CHURNED, Status.NOT_PLANNED):
        return str(status.value)
    return "with a partner" if coverage is Coverage.PARTNER else "no coverage"


def _grouped(pairs: Sequence[tuple[str, float]]) -> tuple[Group, ...]:
    counts: dict[str, list[float]] = {}
    for word, arr in pairs:
        counts.setdefault(word, []).append(arr)
    found = [Group(word, len(arrs), sum(arrs)) for word, arrs in counts.items()]
    return tuple(sorted(found, key=lambda g: (-g.accounts, g.reason)))


def _teams(result: Result) -> tuple[Team, ...]:
    problem = result.problem
    managers = dict.fromkeys(c.manager for c in problem.csms)
    of = {c.id: c.manager for c in problem.csms}
    found = []
    for manager in managers:
        mine = [j for j, c in enumerate(problem.csms) if c.manager == manager]
        before, after = ([each.books[j] for j in mine] for each in (result.today, result.plan))
        moves_in = sum(of[m.csm_to] == manager and of.get(m.csm_from or "") != manager for m in result.plan.moves)
        moves_out = sum(
            m.csm_from is not None and of[m.csm_from] == manager and of[m.csm_to] != manager for m in result.plan.moves
        )
        found.append(
            Team(
                manager=manager or "(no manager)",
                csms=len(mine),
                accounts_before=sum(b.accounts for b in before),
                accounts_after=sum(b.accounts for b in after),
                utilization_before=_share(before),
                utilization_after=_share(after),
                arr_before=sum(b.arr for b in before),
                arr_after=sum(b.arr for b in after),
                moves_in=moves_in,
                moves_out=moves_out,
            )
        )
    return tuple(sorted(found, key=lambda t: -t.arr_after))


def _share(books: Sequence[Book]) -> float | None:
    capacity = sum(b.capacity_hours for b in books)
    return sum(b.hours for b in books) / capacity if capacity > 0 else None
