"""One account tried with another CSM, everything else as planned: what every priority and every wall would show.

Exact arithmetic on the rows and costs that the rules posted; nothing is solved. The members of a family that must stay
together go together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, Board, Rows
from bookwright.rules.loads import worth

SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Wall:
    """A hard row that a trial would break, or break further: by how much in its own integer units."""

    rows: Rows = field(repr=False)
    row: int
    excess: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What giving an account to a CSM would do, everything else as planned.

    `levels` = priority -> change in the engine's integer units (positive = worse). `over_seconds` = change of the
    workload over 100 %. `walls` are hard rows it would break. `apart` = positions of accounts of that CSM from which
    it must be kept apart.
    """

    csm: int
    levels: Mapping[str, int]
    over_seconds: int
    walls: tuple[Wall, ...] = ()
    apart: tuple[int, ...] = ()
    outside: tuple[tuple[Rows, int], ...] = ()
    """Families of priced rows -> change of what lies outside their limits, in the family's own integer units."""

    @property
    def possible(self) -> bool:
        """Whether no wall speaks against it."""
        return not self.walls and not self.apart

    @property
    def key(self) -> tuple[int, ...]:
        """Smaller is cheaper: walls first, then the priorities in their order."""
        return (len(self.walls) + len(self.apart), *self.levels.values())


@dataclass(eq=False)
class Trial:
    """Loads of every family of rows under a plan, from which single changes are counted."""

    board: Board
    plan: Plan
    loads: list[NDArray[np.int64]] = field(init=False)

    def __post_init__(self) -> None:
        self.loads = [worth(self.board, rows, self.plan.csm_of) for rows in self.board.rows]

    def members(self, i: int) -> tuple[int, ...]:
        """Positions of the accounts that go where account i goes, itself among them."""
        return next((group for _, group in self.board.groups if i in group), (i,))

    def to(self, i: int, j: int) -> Tried:
        """Account i, and whoever must stay with it, given to CSM j."""
        members, now = self.members(i), self.plan.csm_of
        names = [p.name for p in self.plan.problem.model.priorities]
        levels = dict.fromkeys(names, 0)
        walls: list[Wall] = []
        away: list[tuple[Rows, int]] = []
        for rows, load in zip(self.board.rows, self.loads, strict=True):
            if rows.priority is not None and rows.priority not in levels:
                continue
            moved: dict[int, int] = {}
            for k in members:
                for csm, sign in ((int(now[k]), -1), (j, 1)):
                    row, use = self._counted(rows, k, csm)
                    if row >= 0:
                        moved[row] = moved.get(row, 0) + sign * use
            further = 0
            for row, more in moved.items():
                before, after = int(load[row]), int(load[row]) + more
                if rows.priority is not None:
                    levels[rows.priority] += breach_at(rows, row, after) - breach_at(rows, row, before)
                    further += outside(rows, row, after) - outside(rows, row, before)
                elif outside(rows, row, after) > outside(rows, row, before):
                    walls.append(Wall(rows, row, outside(rows, row, after)))
            if further:
                away.append((rows, further))
        for name in names:
            for cost in self.board.costs.get(name, ()):
                for k in members:
                    levels[name] += int(cost(_one(k), _one(j))[0])
                    if now[k] >= 0:
                        levels[name] -= int(cost(_one(k), _one(int(now[k])))[0])
        return Tried(j, levels, self._over(members, j), tuple(walls), tuple(self._apart(members, j)), tuple(away))

    def utilization(self, j: int, more: float = 0.0) -> float | None:
        """Hours of a book as a share of the CSM's capacity, with `more` hours on top; None without capacity."""
        capacity = float(self.plan.problem.capacity_hours[j])
        return (self.plan.books[j].hours + more) / capacity if capacity > 0 else None

    def hours_of(self, i: int) -> float:
        """Hours of an account and of whoever must stay with it."""
        return float(self.plan.problem.hours[list(self.members(i))].sum())

    def _counted(self, rows: Rows, k: int, csm: int) -> tuple[int, int]:
        """The row in which account k counts when `csm` has it, -1 for none, and how much."""
        if csm < 0 or (rows.away_only and csm == int(self.plan.problem.owner[k])):
            return -1, 0
        where = csm if rows.by == "csm" else k
        return int(np.asarray(rows.row_of)[where]), int(np.asarray(rows.use)[k])

    def _over(self, members: tuple[int, ...], j: int) -> int:
        """Change of the workload over 100 % of all CSMs, in seconds."""
        problem, now = self.plan.problem, self.plan.csm_of
        moved: dict[int, int] = {}
        for k in members:
            for csm, sign in ((int(now[k]), -1), (j, 1)):
                if csm >= 0:
                    moved[csm] = moved.get(csm, 0) + sign * int(problem.workload[k])
        change = 0
        for csm, more in moved.items():
            load = int(problem.workload[now == csm].sum())
            capacity = int(problem.capacity[csm])
            change += max(0, load + more - capacity) - max(0, load - capacity)
        return change

    def _apart(self, members: tuple[int, ...], j: int) -> Iterator[int]:
        for pair in self.board.apart:
            for one, other in (pair, pair[::-1]):
                if one in members and other not in members and int(self.plan.csm_of[other]) == j:
                    yield other


def outside(rows: Rows, row: int, load: int) -> int:
    """How far a load lies outside the limits of a row."""
    low, high = int(np.asarray(rows.low)[row]), int(np.asarray(rows.high)[row])
    return max(0, low - load if low > OPEN_LOW else 0, load - high if high < OPEN_HIGH else 0)


def breach_at(rows: Rows, row: int, load: int) -> int:
    """Priced breach of one row at a load, in the integer units of its priority."""
    out = outside(rows, row, load)
    extra = max(0, out - int(np.asarray(rows.knee)[row])) if rows.knee is not None else 0
    return (out + extra) * (int(np.asarray(rows.price)[row]) if rows.price is not None else 1)


def _one(k: int) -> NDArray[np.intp]:
    return np.array([k], dtype=np.intp)
