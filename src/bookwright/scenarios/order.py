"""The moves of a plan in order of value, in steps: stop after any of them and what stands is still a valid plan.

After every step no rule's row is further outside its limit than it is today, or than it is under the whole plan: no
prefix breaks what today keeps or worsens what today breaks, beyond what the whole plan itself asks for. Moves that only
fit together (a swap, a chain, a family) are one step. Plain arithmetic on the rows that the rules posted; no solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.books import MoveKind, Plan
from bookwright.rules import Board
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, SHARE, Rows
from bookwright.rules.loads import value_of, worth

Ints = NDArray[np.int64]
GAIN = ("hours", "balance")
"""The priorities whose fall is a move's gain; both are counted in shares of a total."""


@dataclass(frozen=True, slots=True)
class Step:
    """Moves that are made together, and how things stand once they and all steps before them are made.

    `needed` = it places an account or takes one from a CSM who may no longer own it. `gained` is the part of the whole
    gain of the chosen moves reached so far (0 before the first, 1 after the last; None where the plan gains nothing).
    `moves` counts all accounts moved so far; `hours_over` and `outside` are shares as the priorities count them.
    """

    account_ids: tuple[str, ...]
    needed: bool
    moves: int
    chosen: int
    hours_over: float
    outside: float
    gained: float | None


def steps_of(board: Board, plan: Plan) -> tuple[Step, ...]:
    """The plan's moves in steps: what is needed in any case first, then by what each account moved wins."""
    moved = np.flatnonzero((plan.csm_of != board.problem.owner) & (plan.csm_of >= 0))
    units = _units(board, moved)
    if not units:
        return ()
    kinds = {m.account_id: m.kind for m in plan.moves}
    accounts = board.problem.accounts
    must = np.array([any(kinds[accounts[i].id] is not MoveKind.CHOSEN for i in unit) for unit in units])
    state = _State(board, plan, units)
    found: list[tuple[tuple[int, ...], bool]] = []
    for needed in (True, False):
        while (left := np.flatnonzero(state.waiting & (must | (not needed)))).size:
            group = state.best(left)
            state.make(group)
            found.append((group, bool(must[list(group)].any())))
    return _told(board, plan, units, found, kinds)


def _told(
    board: Board,
    plan: Plan,
    units: Sequence[Sequence[int]],
    groups: Sequence[tuple[tuple[int, ...], bool]],
    kinds: dict[str, MoveKind],
) -> tuple[Step, ...]:
    """The steps with what stands after each; the gain counts from where the needed steps end."""
    listed = {p.name for p in board.problem.model.priorities}
    now = board.problem.owner.astype(np.int32).copy()
    accounts = board.problem.accounts

    def stand() -> tuple[float, float]:
        hours, outside = (value_of(board, name, now) / SHARE if name in listed else 0.0 for name in GAIN)
        return hours, outside

    rows: list[tuple[tuple[str, ...], bool, float, float]] = []
    base = sum(stand())
    for group, needed in groups:
        members = [i for unit in group for i in units[unit]]
        now[members] = plan.csm_of[members]
        hours, outside = stand()
        rows.append((tuple(accounts[i].id for i in sorted(members)), needed, hours, outside))
        if needed:
            base = hours + outside
    whole = base - (rows[-1][2] + rows[-1][3])
    found, moves, chosen = [], 0, 0
    for ids, needed, hours, outside in rows:
        moves += len(ids)
        chosen += sum(kinds[a] is MoveKind.CHOSEN for a in ids)
        gained = None if whole <= 1e-12 else 0.0 if needed else (base - hours - outside) / whole
        found.append(Step(ids, needed, moves, chosen, hours, outside, gained))
    return tuple(found)


def _units(board: Board, moved: NDArray[np.intp]) -> list[tuple[int, ...]]:
    """Moved accounts that cannot be parted: families that move as one, else single accounts."""
    left = set(moved.tolist())
    found = []
    for _, members in board.groups:
        together = tuple(i for i in members if i in left)
        if together:
            found.append(together)
            left.difference_update(together)
    found.extend((i,) for i in sorted(left))
    return sorted(found)


class Watch:
    """All rows that the rules posted, and how far each may be outside its limit at any time of a plan's making.

    `load` is today's, (rows + 1,): the last row holds nothing. A row may be outside by what it is today, or under the
    whole plan.
    """

    def __init__(self, board: Board, plan: Plan) -> None:
        self.board, self.plan = board, plan
        listed = {p.name for p in board.problem.model.priorities}
        # Rows whose priority is not listed are kept no worse, too; they win nothing.
        self.families = board.rows
        self.first = np.concatenate([[0], np.cumsum([len(f.low) for f in self.families])]).astype(np.intp)
        self.low = _joined([f.low for f in self.families], OPEN_LOW)
        self.high = _joined([f.high for f in self.families], OPEN_HIGH)
        self.price = _joined([_price(f, listed) for f in self.families], 0)
        knees = [f.knee if f.knee is not None else np.full(len(f.low), OPEN_HIGH) for f in self.families]
        self.knee = _joined(knees, 0)
        self.load = self._loads(board.problem.owner.astype(np.int32))
        self.may = np.maximum(self.out(self.load), self.out(self._loads(plan.csm_of)))
        self.apart: dict[int, list[int]] = {}
        for i, k in board.apart:
            self.apart.setdefault(i, []).append(k)
            self.apart.setdefault(k, []).append(i)

    def _loads(self, csm_of: NDArray[np.int32]) -> Ints:
        return np.concatenate([*(worth(self.board, f, csm_of) for f in self.families), [0]]).astype(np.int64)

    def out(self, load: Ints) -> Ints:
        """How far each row is outside its limits at these loads (rows + 1,)."""
        return np.asarray(np.maximum(0, np.maximum(self.low - load, load - self.high)), dtype=np.int64)

    def ends(self, row: int) -> tuple[int, int]:
        """How far a row's load may fall and rise from today's."""
        low, high, slack, now = (int(x[row]) for x in (self.low, self.high, self.may, self.load))
        return (
            OPEN_LOW if low <= OPEN_LOW else low - slack - now,
            OPEN_HIGH if high >= OPEN_HIGH else high + slack - now,
        )

    def title(self, row: int) -> str:
        """A row in words: its family, and the CSM where it is one's."""
        k = int(np.searchsorted(self.first, row, side="right")) - 1
        family, r = self.families[k], row - int(self.first[k])
        who = np.flatnonzero(np.asarray(family.row_of) == r).tolist() if family.by == "csm" else []
        return f"{family.title}, {self.board.problem.csms[who[0]].name}" if len(who) == 1 else family.title

    def changes(self, unit: Sequence[int]) -> dict[int, int]:
        """Row -> change of its load when accounts move from today's CSM to the plan's."""
        found: dict[int, int] = {}
        owner, new = self.board.problem.owner, self.plan.csm_of
        for f, first in zip(self.families, self.first.tolist(), strict=False):
            use, row_of = f.use, f.row_of
            for i in unit:
                for csm, sign in ((int(owner[i]), -1), (int(new[i]), 1)):
                    if csm < 0 or (f.away_only and csm == owner[i]):
                        continue
                    row = int(row_of[csm] if f.by == "csm" else row_of[i])
                    if row >= 0 and use[i]:
                        found[first + row] = found.get(first + row, 0) + sign * int(use[i])
        return {r: by for r, by in found.items() if by}


class _State(Watch):
    """Loads of all rows as moves are made; what each waiting unit would change, laid out flat for numpy.

    `row` and `more` are (units, k): the rows a unit touches and by how much, padded with the row that holds nothing.
    """

    def __init__(self, board: Board, plan: Plan, units: Sequence[Sequence[int]]) -> None:
        super().__init__(board, plan)
        self.units = units
        self.now = board.problem.owner.astype(np.int32).copy()
        self.waiting = np.ones(len(units), dtype=np.bool_)
        changes = [self.changes(unit) for unit in units]
        width = max((len(c) for c in changes), default=0)
        self.row = np.full((len(units), width), int(self.first[-1]), dtype=np.intp)
        self.more = np.zeros((len(units), width), dtype=np.int64)
        for u, change in enumerate(changes):
            for k, (r, by) in enumerate(sorted(change.items())):
                self.row[u, k], self.more[u, k] = r, by

    def make(self, group: Sequence[int]) -> None:
        """Make the moves of some units."""
        for u in group:
            np.add.at(self.load, self.row[u], self.more[u])
            members = list(self.units[u])
            self.now[members] = self.plan.csm_of[members]
            self.waiting[u] = False

    def best(self, left: NDArray[np.intp]) -> tuple[int, ...]:
        """The valid unit among `left` that wins most per account moved; else the smallest group found that is valid."""
        rows, more = self.row[left], self.more[left]
        load = self.load[rows]
        after = load + more
        over = np.maximum(0, np.maximum(self.low[rows] - after, after - self.high[rows]))
        valid = (over <= self.may[rows]).all(axis=1) & np.array([self._meets_nobody((u,)) for u in left.tolist()])
        gain = (self._worth(rows, load) - self._worth(rows, after)).sum(axis=1)
        each = gain / np.array([len(self.units[u]) for u in left.tolist()])
        if valid.any():
            return (int(left[np.argmax(np.where(valid, each, -np.inf))]),)
        return self._together(int(left[np.argmax(each)]))

    def _worth(self, rows: NDArray[np.intp], load: Ints) -> NDArray[np.float64]:
        out = np.maximum(0, np.maximum(self.low[rows] - load, load - self.high[rows]))
        beyond = np.maximum(0, out - self.knee[rows])
        return np.asarray(self.price[rows] * (out + beyond), dtype=np.float64)

    def _together(self, begin: int) -> tuple[int, ...]:
        """Units that are valid together: from one on, each next is the one that leaves least broken.

        All that waits is valid together, since the whole plan is; so this ends. What proves needless is left out.
        """
        group = [begin]
        while not self._valid(group):
            others = [u for u in np.flatnonzero(self.waiting).tolist() if u not in group]
            if not others:  # only where the plan is the nearest one and breaks hard rules itself
                break
            group.append(min(others, key=lambda u: (self._broken([*group, u]), u)))
        for u in list(group[1:]):
            fewer = [g for g in group if g != u]
            if self._valid(fewer):
                group = fewer
        return tuple(sorted(group))

    def _after(self, group: Sequence[int]) -> Ints:
        load = self.load.copy()
        for u in group:
            np.add.at(load, self.row[u], self.more[u])
        return load

    def _broken(self, group: Sequence[int]) -> float:
        """How far a group leaves rows outside of what they may be, in the parts that each row may vary; 0 = valid."""
        out = self.out(self._after(group)) - self.may
        scale = np.maximum(1, np.maximum(np.abs(self.load), self.may))
        broken = float((np.maximum(0, out) / scale).sum())
        return broken + (0.0 if self._meets_nobody(group) else 1e3 * self._met(group))

    def _valid(self, group: Sequence[int]) -> bool:
        return bool((self.out(self._after(group)) <= self.may).all()) and self._meets_nobody(group)

    def _meets_nobody(self, group: Sequence[int]) -> bool:
        return self._met(group) == 0

    def _met(self, group: Sequence[int]) -> int:
        """Accounts that come to a CSM with one they must be apart from, where they do not meet today or in the end."""
        if not self.apart:
            return 0
        inside = {i for u in group for i in self.units[u]}
        owner, new = self.board.problem.owner, self.plan.csm_of
        met = 0
        for i in inside:
            for k in self.apart.get(i, ()):
                with_k = new[k] if k in inside else self.now[k]
                meet_today = owner[i] == owner[k] and owner[i] >= 0
                met += bool(with_k == new[i] and new[k] != new[i] and not meet_today)
        return met


def _joined(parts: Sequence[NDArray[Any]], nothing: int) -> Ints:
    return np.concatenate([*(np.asarray(p, dtype=np.int64) for p in parts), [nothing]]).astype(np.int64)


def _price(family: Rows, listed: AbstractSet[str]) -> Ints:
    """Integer units per unit outside; hard rows win nothing by being less outside."""
    if family.priority not in GAIN or family.priority not in listed or family.price is None:
        return np.zeros(len(family.low), dtype=np.int64)
    return np.asarray(family.price, dtype=np.int64)
