"""Which rules hold the plan where it is: for each, whether an account would do better with another CSM without it.

A rule is binding when, that rule alone set aside and everything else as planned, at least one account would do better
with another CSM: better at a priority, no earlier one worse than it may be. Accounts are tried one at a time, by exact
sums over the rows that the rules posted; nothing is solved, and targets stay as they are. So what is said is proved by
the account named, while "no" says that no single account shows it, not that no exchange of several could.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, Board, Rows
from bookwright.rules.loads import breach, unit_of, value_of, worth

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_PAIRS = 1_000_000
"""Beyond so many pairs (accounts x CSMs) every so-manyth account is tried."""
_CHUNK = 200_000
_NOBODY, _SEVERAL = -1, -2
_MATTERS = 1e-6
"""A gain below this part of a priority's unit is none."""
_BIT_OF = {"gone": "ownership", "never": "ownership"}


@dataclass(frozen=True, slots=True)
class Room:
    """What a priority leaves later ones: how far it may still rise (`room`), how far it is above its best (`above`)."""

    name: str
    room: int
    above: int


@dataclass(frozen=True, slots=True)
class Binding:
    """What setting one rule aside would do, accounts tried one at a time.

    `better` accounts of the `tried` ones would do better with another CSM; the best of them is `account` (position)
    with `csm` (position), which betters `priority` by `gain` (in its unit). `full` = CSMs (positions) whose limit of
    this rule has no room for even the smallest account.
    """

    better: int
    tried: int
    account: int = -1
    csm: int = -1
    priority: str = ""
    gain: float = 0.0
    full: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """What a rule adds to its priority for today's books and for the plan, in the priority's unit."""

    priority: str
    before: float
    after: float


def terms(board: Board, plan: Plan) -> dict[str, Term]:
    """Rule id -> what it adds to its priority; rules that only forbid are left out."""
    found: dict[str, list[float]] = {}
    of: dict[str, str] = {}
    for csm_of, side in ((board.problem.owner, 0), (plan.csm_of, 1)):
        for rule, priority, value in _parts(board, csm_of):
            found.setdefault(rule, [0.0, 0.0])[side] += value / unit_of(priority)[0]
            of[rule] = priority
    return {rule: Term(of[rule], before, after) for rule, (before, after) in found.items()}


def _parts(board: Board, csm_of: NDArray[np.int32]) -> Iterator[tuple[str, str, int]]:
    for rows in board.rows:
        if rows.priority is not None:
            yield rows.rule, rows.priority, int(breach(rows, worth(board, rows, csm_of)).sum())
    owned = np.flatnonzero(csm_of >= 0)
    for priority, costs in board.costs.items():
        for rule, cost in zip(board.cost_rules[priority], costs, strict=True):
            yield rule, priority, int(cost(owned, csm_of[owned].astype(np.intp)).sum())


def rooms_of(board: Board, plan: Plan, best: Mapping[str, float], limit: Mapping[str, float]) -> tuple[Room, ...]:
    """The room of each priority from its best value and its limit, by name, in the priority's unit."""
    found = []
    for priority in board.problem.model.priorities:
        size = unit_of(priority.name)[0]
        value = value_of(board, priority.name, plan.csm_of)
        top, low = round(limit[priority.name] * size), round(best[priority.name] * size)
        found.append(Room(priority.name, max(0, top - value), max(0, value - low)))
    return tuple(found)


def binding(board: Board, plan: Plan, rooms: Sequence[Room], rules: Sequence[str]) -> dict[str, Binding]:
    """For each rule id, what setting it aside would do; see the top of this page."""
    return _Trials(board, plan, tuple(rooms), tuple(rules)).all()


@dataclass(eq=False)
class _Trials:
    """All single changes of a plan, in stretches of accounts."""

    board: Board
    plan: Plan
    rooms: tuple[Room, ...]
    rules: tuple[str, ...]
    number: dict[str, int] = field(init=False)
    loads: list[Longs] = field(init=False)
    grouped: Bools = field(init=False)
    apart: Longs = field(init=False)

    def __post_init__(self) -> None:
        board, now = self.board, self.plan.csm_of
        self.number = {rule: k for k, rule in enumerate(self.rules)}
        self.loads = [worth(board, rows, now) for rows in board.rows]
        self.grouped = np.zeros(len(now), dtype=np.bool_)
        for _, members in board.groups:
            self.grouped[list(members)] = True
        m = len(board.problem.csms)
        keys = [i * m + int(now[k]) for one in board.apart for i, k in (one, one[::-1]) if now[k] >= 0]
        self.apart = np.array(keys, dtype=np.int64)

    def all(self) -> dict[str, Binding]:
        """Every rule's answer."""
        m = len(self.board.problem.csms)
        owned = np.flatnonzero(self.plan.csm_of >= 0)
        step = max(1, -(-len(owned) * m // MOST_PAIRS))
        # Without priorities nothing is better than anything else.
        tried = owned[::step] if self.rooms else owned[:0]
        better = dict.fromkeys(self.rules, 0)
        best: dict[str, tuple[tuple[int, int], int, int]] = {}
        size = max(1, _CHUNK // max(1, m))
        for begin in range(0, len(tried), size):
            for rule, account, csm, key in self._stretch(tried[begin : begin + size]):
                better[rule] += len(np.unique(account))
                k = int(np.lexsort((key[1], key[0]))[0])
                found = (int(key[0][k]), int(key[1][k])), int(account[k]), int(csm[k])
                best[rule] = min(best.get(rule, found), found)
        out = {}
        for rule in self.rules:
            if rule in best:
                (level, change), i, j = best[rule]
                name = self.rooms[level].name
                gain = -change / unit_of(name)[0]
                out[rule] = Binding(better[rule], len(tried), i, j, name, gain, self._full(rule))
            else:
                out[rule] = Binding(0, len(tried), full=self._full(rule))
        return out

    def _stretch(
        self, accounts: NDArray[np.intp]
    ) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.intp], tuple[Longs, Longs]]]:
        """(rule, accounts, CSMs, (deciding level, change there)) of the pairs that only this rule keeps from being."""
        board, now = self.board, self.plan.csm_of
        bars = board.bars[accounts]
        several = (bars & (bars - np.uint32(1))) != 0
        keep = ~several
        keep[np.arange(len(accounts)), now[accounts]] = False
        at, csm = np.nonzero(keep)
        account = accounts[at]
        against = self._against(account, csm, bars[at, csm])
        change, own = self._changes(account, csm, against)
        free = against == _NOBODY
        good, _ = self._better(change)
        for rule, k in self.number.items():
            mine = against == k
            if k in own:
                # Without this rule's own part of the priorities.
                rest = [c - own[k].get(level, 0) for level, c in enumerate(change)]
                better, key = self._better(rest)
                mask = better & (mine | (free & ~good))
            elif mine.any():
                better, key = good, self._better(change)[1]
                mask = better & mine
            else:
                continue
            if mask.any():
                yield rule, account[mask], csm[mask], (key[0][mask], key[1][mask])

    def _against(self, account: NDArray[np.intp], csm: NDArray[np.intp], bars: NDArray[np.uint32]) -> Longs:
        """The number of the only rule that bars each pair outright, or what `_NOBODY` and `_SEVERAL` say."""
        found = np.full(len(account), _NOBODY, dtype=np.int64)
        for name, bit in self.board.bits.items():
            rule = self.number.get(_BIT_OF.get(name, name), _SEVERAL)
            _blame(found, (bars & np.uint32(1 << bit)) != 0, rule)
        _blame(found, self.grouped[account], self.number.get("families", _SEVERAL))
        if len(self.apart):
            key = account * len(self.board.problem.csms) + csm
            _blame(found, np.isin(key, self.apart), self.number.get("apart", _SEVERAL))
        return found

    def _changes(
        self, account: NDArray[np.intp], csm: NDArray[np.intp], against: Longs
    ) -> tuple[list[Longs], dict[int, dict[int, Longs]]]:
        """Change of each priority, in all and by rule; walls that would break are added to `against`."""
        level_of = {room.name: level for level, room in enumerate(self.rooms)}
        change = [np.zeros(len(account), dtype=np.int64) for _ in self.rooms]
        own: dict[int, dict[int, Longs]] = {}

        def add(rule: str, level: int, more: Longs) -> None:
            change[level] += more
            if rule in self.number:
                mine = own.setdefault(self.number[rule], {})
                mine[level] = mine[level] + more if level in mine else more

        for rows, load in zip(self.board.rows, self.loads, strict=True):
            if rows.priority is not None and rows.priority not in level_of:
                continue
            before, after = self._moved(rows, load, account, csm)
            if rows.priority is None:
                broken = np.zeros(len(account), dtype=np.bool_)
                for (row, was), (_, then) in zip(before, after, strict=True):
                    broken |= _outside(rows, row, then) > _outside(rows, row, was)
                _blame(against, broken, self.number.get(rows.rule, _SEVERAL))
            else:
                more = np.zeros(len(account), dtype=np.int64)
                for (row, was), (_, then) in zip(before, after, strict=True):
                    more += _breach(rows, row, then) - _breach(rows, row, was)
                add(rows.rule, level_of[rows.priority], more)
        for priority, costs in self.board.costs.items():
            if priority in level_of:
                now = self.plan.csm_of[account].astype(np.intp)
                for rule, cost in zip(self.board.cost_rules[priority], costs, strict=True):
                    add(rule, level_of[priority], cost(account, csm) - cost(account, now))
        return change, own

    def _moved(
        self, rows: Rows, load: Longs, account: NDArray[np.intp], csm: NDArray[np.intp]
    ) -> tuple[list[tuple[Longs, Longs]], list[tuple[Longs, Longs]]]:
        """(row, load) of the row left and the row entered, as planned and with the change; row -1 = none."""
        now, home = self.plan.csm_of[account], self.board.problem.owner[account]
        use = np.asarray(rows.use, dtype=np.int64)[account]
        row_of = np.asarray(rows.row_of, dtype=np.int64)
        out = row_of[now] if rows.by == "csm" else row_of[account]
        into = row_of[csm] if rows.by == "csm" else row_of[account]
        if rows.away_only:
            out, into = np.where(now == home, _NOBODY, out), np.where(csm == home, _NOBODY, into)
        stays = out == into
        out, into = np.where(stays, _NOBODY, out), np.where(stays, _NOBODY, into)
        safe = np.append(load, 0)
        before = [(out, safe[out]), (into, safe[into])]
        return before, [(out, safe[out] - use), (into, safe[into] + use)]

    def _better(self, change: Sequence[Longs]) -> tuple[Bools, tuple[Longs, Longs]]:
        """Which changes make the plan better, with the priority (level) at which, and by how much."""
        size = len(change[0]) if change else 0
        inside, found = np.ones(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
        where, much = np.full(size, len(change), dtype=np.int64), np.zeros(size, dtype=np.int64)
        for level, (room, more) in enumerate(zip(self.rooms, change, strict=True)):
            least = max(1, int(unit_of(room.name)[0] * _MATTERS))
            new = inside & ~found & (more + room.above <= -least)
            where, much = np.where(new, level, where), np.where(new, more + room.above, much)
            found |= new
            inside &= more <= room.room
        return found, (where, much)

    def _full(self, rule: str) -> tuple[int, ...]:
        """CSMs whose hard limit of this rule leaves no room for the smallest account that counts in it."""
        found: list[int] = []
        for rows, load in zip(self.board.rows, self.loads, strict=True):
            use = np.asarray(rows.use)
            if rows.rule != rule or rows.priority is not None or rows.by != "csm" or not (use > 0).any():
                continue
            row_of = np.asarray(rows.row_of)
            if len(np.unique(row_of[row_of >= 0])) < (row_of >= 0).sum():
                continue  # one row for several CSMs: nobody's own limit
            least = int(use[use > 0].min())
            slack = np.append(np.asarray(rows.high) - load, 2**61)[row_of]
            found += np.flatnonzero((row_of >= 0) & (slack < least)).tolist()
        return tuple(dict.fromkeys(found))


def _blame(against: Longs, mask: Bools, rule: int) -> None:
    """Note that a rule speaks against the masked pairs; a second rule makes it several."""
    against[mask] = np.where((against[mask] == _NOBODY) | (against[mask] == rule), rule, _SEVERAL)


def _ends(rows: Rows, row: Longs) -> tuple[Longs, Longs]:
    low = np.append(np.asarray(rows.low, dtype=np.int64), OPEN_LOW)[row]
    high = np.append(np.asarray(rows.high, dtype=np.int64), OPEN_HIGH)[row]
    return np.maximum(low, OPEN_LOW), np.minimum(high, OPEN_HIGH)


def _outside(rows: Rows, row: Longs, load: Longs) -> Longs:
    low, high = _ends(rows, row)
    out: Longs = np.maximum(0, np.maximum(low - load, load - high))
    return out


def _breach(rows: Rows, row: Longs, load: Longs) -> Longs:
    out = _outside(rows, row, load)
    if rows.knee is not None:
        out = out + np.maximum(0, out - np.append(np.asarray(rows.knee, dtype=np.int64), OPEN_HIGH)[row])
    if rows.price is None:
        return out
    priced: Longs = out * np.append(np.asarray(rows.price, dtype=np.int64), 0)[row]
    return priced
