"""Two or more plans laid beside each other, or a plan and today: books, accounts, what got better, who is affected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bookwright.books import Book, Plan
from bookwright.portfolio import Account
from bookwright.result import Breach
from bookwright.rules import Board, Ground, build
from bookwright.rules.loads import unit_of, value_of

_EPS = 1e-6


@dataclass(frozen=True, eq=False)
class Side:
    """One plan to compare: a short title, the plan, the board its rules were posted on, what they find in it."""

    title: str
    plan: Plan
    board: Board
    breaches: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of every side (None = not known); `kind` is count, money, hours, percent, share or points."""

    key: str
    title: str
    kind: str
    values: tuple[float | None, ...]
    lower_is_better: bool = True

    @property
    def verdict(self) -> str:
        """Better, worse or the same from the first side to the last."""
        one, two = self.values[0], self.values[-1]
        if one is None or two is None or abs(one - two) <= _EPS * max(1.0, abs(one)):
            return "same"
        return "better" if (two < one) == self.lower_is_better else "worse"


@dataclass(frozen=True)
class Compared:
    """All that differs. `books` is CSM id -> book per side (None = not there), `owners` account id -> CSM per side.

    `affected` counts, per CSM name, accounts that the first and the last side give to different people, one of them
    being that CSM. `only` lists ids of accounts that some sides do not know.
    """

    sides: tuple[Side, ...]
    measures: tuple[Measure, ...]
    books: Mapping[str, tuple[Book | None, ...]]
    owners: Mapping[str, tuple[str | None, ...]]
    affected: Mapping[str, int]
    new_breaches: tuple[Breach, ...]
    gone_breaches: tuple[Breach, ...]
    only: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)

    @property
    def better(self) -> list[Measure]:
        """Figures that the last side betters."""
        return [m for m in self.measures if m.verdict == "better"]

    @property
    def worse(self) -> list[Measure]:
        """Figures that the last side worsens."""
        return [m for m in self.measures if m.verdict == "worse"]


def side_of(title: str, plan: Plan, board: Board) -> Side:
    """A plan with what every rule's own check finds in it."""
    today = Plan.today(board.problem)
    held = {board.problem.accounts[i].id: board.problem.csms[h.csm].id for i, h in board.holds.items()}
    split = tuple(members for code, _, members in board.notes if code == "family_split")
    ground = Ground(today, held, tuple(board.bands), split)
    found = tuple(b for rule in build(board.problem.model) for b in rule.check(plan, ground))
    return Side(title, plan, board, found)


def compare(sides: Sequence[Side]) -> Compared:
    """Lay plans side by side; accounts and CSMs are matched by id, so the plans may rest on different facts."""
    first, last = sides[0], sides[-1]
    ids = list(dict.fromkeys(a for s in sides for a in s.plan.by_account))
    shared = [a for a in ids if all(a in s.plan.by_account for s in sides)]
    owners = {
        a: tuple(s.plan.by_account[a] for s in sides) for a in shared if len({s.plan.by_account[a] for s in sides}) > 1
    }
    names = {c.id: c.name for s in reversed(sides) for c in s.plan.problem.csms}
    affected: Counter[str] = Counter()
    for given in owners.values():
        if given[0] != given[-1]:
            affected.update(names[c] for c in (given[0], given[-1]) if c is not None)
    books: dict[str, tuple[Book | None, ...]] = {}
    per_side = [{b.csm_id: b for b in s.plan.books} for s in sides]
    for csm in dict.fromkeys(c for books_of in per_side for c in books_of):
        books[csm] = tuple(books_of.get(csm) for books_of in per_side)
    return Compared(
        sides=tuple(sides),
        measures=_measures(sides),
        books=books,
        owners=owners,
        affected=dict(affected.most_common()),
        new_breaches=_beyond(last.breaches, first.breaches),
        gone_breaches=_beyond(first.breaches, last.breaches),
        only=tuple(a for a in ids if a not in set(shared)),
        names=names,
        accounts={a.id: a for s in reversed(sides) for a in s.plan.problem.accounts},
    )


def _beyond(some: Sequence[Breach], others: Sequence[Breach]) -> tuple[Breach, ...]:
    """Breaches that are new, or larger, beside others of the same rule, CSM and accounts."""
    known: dict[tuple[object, ...], float] = {}
    for b in others:
        key = (b.rule, b.title, b.csm_id, b.account_ids)
        known[key] = max(known.get(key, 0.0), b.amount)
    return tuple(
        b for b in some if b.amount > known.get((b.rule, b.title, b.csm_id, b.account_ids), 0.0) * (1 + _EPS) + _EPS
    )


def _measures(sides: Sequence[Side]) -> tuple[Measure, ...]:
    def of(key: str, title: str, kind: str, values: Sequence[float | None], lower: bool = True) -> Measure:
        return Measure(key, title, kind, tuple(values), lower)

    used = [_used(s) for s in sides]
    over = [[b.hours - b.capacity_hours for b in s.plan.books if b.hours > b.capacity_hours + _EPS] for s in sides]
    arr = [{a.id: a.arr for a in s.plan.problem.accounts} for s in sides]
    found = [
        of("moves", "Accounts that change hands", "count", [float(len(s.plan.moves)) for s in sides]),
        of(
            "chosen", "... by choice", "count", [float(sum(m.kind == "chosen" for m in s.plan.moves)) for s in sides]
        ),
        of(
            "moved_arr", "ARR that changes hands", "money",
            [sum(arr[k][m.account_id] for m in s.plan.moves) for k, s in enumerate(sides)],
        ),
        of("over", "CSMs over 100 %", "count", [float(len(o)) for o in over]),
        of("over_hours", "Hours over 100 %", "hours", [sum(o) for o in over]),
        of("highest", "Highest utilization", "percent", [max(u, default=None) for u in used]),
        of("lowest", "Lowest utilization", "percent", [min(u, default=None) for u in used], False),
        of("no_owner", "Accounts without a CSM", "count", [float(len(s.plan.unassigned)) for s in sides]),
        of("hard", "Hard rules broken", "count", [float(sum(b.hard for b in s.breaches)) for s in sides]),
    ]  # fmt: skip
    for name, title, kind in (("balance", "Outside the bands", "share"), ("moves", "Price of moves", "points")):
        values = [
            value_of(s.board, name, s.plan.csm_of) / unit_of(name)[0]
            if s.plan.problem.model.priority(name) is not None
            else None
            for s in sides
        ]
        if any(v is not None for v in values):
            found.append(of("price" if name == "moves" else "outside", title, kind, values))
    return tuple(found)


def _used(side: Side) -> list[float]:
    problem = side.plan.problem
    return [u for j, b in enumerate(side.plan.books) if not problem.leaves[j] and (u := b.utilization) is not None]
