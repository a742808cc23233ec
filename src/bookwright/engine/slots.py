"""When each item changes lines: items choose a slot each so that lines are over their room as little as possible.

    min   sum_{l,p} price_l (over_lp + far_lp)                     (then: the weighted slots, early ones first)
    s.t.  sum_k x_ik = 1                                           every item i, over its allowed slots k
          base_lp + sum_{i,k} load_iklp x_ik - room_lp <= over_lp  every line l and period p
          base_lp + sum_{i,k} load_iklp x_ik - knee_lp <= far_lp   what is over the knee counts twice
          sum_i x_ik <= most                                       items that enter a line in one slot, where asked
          x in {0, 1}; over, far >= 0

An assignment of its own and not a `Model`, because a choice loads two lines at once in several periods. A start is
improved item by item; what it may still be wrong by is bounded by the linear relaxation; parts that do not touch each
other are then closed by branch and bound, with a limit of nodes, so that nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_EPS = 1e-6
_PASSES = 6
_CHOICES = 8_000
"""Parts with more open choices than this are rounded from the relaxation, which says how good that is."""
_FEW = 400
"""Parts with no more open choices than this have their earliest slots found by branch and bound too."""
_NODES = 20
_GAP = 1e-3
"""The distance from the bound, as a share of it, at which larger parts are content; the few are closed."""


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Items, their slots and what a choice loads.

    `first` and `after` (items,): slots from the first up to, and without, the second. `line` (items, 2): the two lines
    an item touches, -1 = none; it enters the first. `load` (items, slots, 2, periods). `base`, `room` and `knee` >=
    room (lines, periods). `price` (lines,) of one over. `weight` (items,): what a later slot costs once
    the lines are as little over as can be. `most` items may enter a line in one slot; None = any.
    """

    first: Ints
    after: Ints
    line: Ints
    load: Floats
    base: Floats
    room: Floats
    knee: Floats
    price: Floats
    weight: Floats
    most: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A slot per item, how far lines are over at their prices (twice beyond the knee), and a bound on that."""

    slot: Ints
    over: float
    bound: float


def choose(slots: Slots, start: Ints) -> Chosen:
    """The best slots found from a start that keeps the window (and `most`, as far as the start itself does)."""
    slot = _improve(slots, start)
    tight = _tight(slots)
    still = ~_touched(slots)
    bound = _far(*(a[still] for a in (slots.base, slots.room, slots.knee, _prices(slots))))
    for part in _parts(slots, tight):
        bound += _close(slots, slot, part, tight)
    slot = _improve(slots, slot)
    over = _over(slots, slot)
    return Chosen(slot, over, min(over, max(0.0, bound - _EPS)))


def _loads(slots: Slots, slot: Ints) -> Floats:
    """Loads of lines (lines, periods) under a choice of slots."""
    found = np.array(slots.base)
    picked = slots.load[np.arange(len(slot)), slot]
    for side in (0, 1):
        has = slots.line[:, side] >= 0
        np.add.at(found, slots.line[has, side], picked[has, side])
    return found


def _over(slots: Slots, slot: Ints) -> float:
    return _far(_loads(slots, slot), slots.room, slots.knee, _prices(slots))


def _prices(slots: Slots) -> Floats:
    return np.broadcast_to(slots.price[:, None], slots.base.shape)


def _far(load: Floats, room: Floats, knee: Floats, price: Floats) -> float:
    """How far loads are over their room, twice beyond the knee, at their prices."""
    return float((price * (np.maximum(0.0, load - room) + np.maximum(0.0, load - knee))).sum())


def _improve(slots: Slots, start: Ints, part: Ints | None = None) -> Ints:
    """Item by item (of a part), those that weigh most first: to the slot that leaves least over, earliest of those."""
    slot, loads = np.array(start), _loads(slots, start)
    enters = np.zeros((len(slots.base), slots.load.shape[1]), dtype=np.int64)
    np.add.at(enters, (slots.line[:, 0], slot), 1)
    items = np.arange(len(slot)) if part is None else part
    order = items[np.lexsort((items, -slots.weight[items]))].tolist()
    for _ in range(_PASSES):
        changed = False
        for i in order:
            lines = slots.line[i]
            sides = np.flatnonzero(lines >= 0)
            at, first = lines[sides], int(slots.first[i])
            options = slots.load[i, first : slots.after[i], sides].transpose(1, 0, 2)
            was = int(slot[i])
            rest = loads[at] - options[was - first]
            load = rest + options
            far = np.maximum(0.0, load - slots.room[at]) + np.maximum(0.0, load - slots.knee[at])
            over = far.sum(axis=2) @ slots.price[at]
            if slots.most is not None:
                full = enters[lines[0], first : slots.after[i]] >= slots.most
                full[was - first] = False
                over = np.where(full, np.inf, over)
            now = first + int(np.argmax(over <= over.min() + _EPS))
            if now != was:
                changed = True
                loads[at] = load[now - first]
                enters[lines[0], was] -= 1
                enters[lines[0], now] += 1
                slot[i] = now
        if not changed:
            break
    return slot


def _most_load(slots: Slots) -> Floats:
    """The most each line could carry in each period (lines, periods)."""
    found = np.array(slots.base)
    each = np.arange(slots.load.shape[1])
    open_ = (each >= slots.first[:, None]) & (each < slots.after[:, None])
    worst = np.where(open_[:, :, None, None], slots.load, 0.0).max(axis=1)
    for side in (0, 1):
        has = slots.line[:, side] >= 0
        np.add.at(found, slots.line[has, side], worst[has, side])
    return found


def _touched(slots: Slots) -> NDArray[np.bool_]:
    """Lines that any item touches, for every period (lines, periods)."""
    found = np.zeros(slots.base.shape, dtype=np.bool_)
    found[slots.line[slots.line >= 0]] = True
    return found


def _tight(slots: Slots) -> NDArray[np.bool_]:
    """Lines and periods that can be over at all, and where a choice matters (lines, periods)."""
    return (_most_load(slots) > slots.room + _EPS) & _touched(slots)


def _parts(slots: Slots, tight: NDArray[np.bool_]) -> list[Ints]:
    """Items in groups that share no line with a tight period; items that touch none are left out."""
    lines = len(slots.base)
    busy = np.asarray(tight.any(axis=1), dtype=np.bool_)
    item, side = np.nonzero((slots.line >= 0) & busy[np.where(slots.line >= 0, slots.line, 0)])
    n = len(slots.line)
    graph = coo_array((np.ones(len(item)), (item, n + slots.line[item, side])), shape=(n + lines, n + lines))
    _, label = connected_components(graph, directed=False)
    members = np.unique(item)
    return [members[label[members] == part] for part in np.unique(label[members])]


def _close(slots: Slots, slot: Ints, part: Ints, tight: NDArray[np.bool_]) -> float:
    """The best slots of a part, written into `slot` where better; a bound on how far its tight lines are over."""
    program = _Program(slots, part, slot, tight)
    now = program.over_of(slot[part])
    if now <= _EPS:
        return 0.0
    relaxed = linprog(
        program.cost,
        A_ub=program.rows,
        b_ub=program.high,
        A_eq=program.ones,
        b_eq=np.ones(len(part)),
        bounds=np.column_stack([np.zeros(len(program.upper)), program.upper]),
    )
    bound = 0.0
    if relaxed.status == 0:
        bound, x = max(0.0, float(relaxed.fun)), np.asarray(relaxed.x)
        found = _round(slots, slot, part, program, x)
        if (value := program.over_of(found)) < now - _EPS:
            slot[part], now = found, value
    if now - bound > program.gap * max(1.0, now) and program.choices <= _CHOICES:
        picked, proved = program.solve(program.cost)
        bound = max(bound, proved)
        if picked is not None and (value := program.over_of(picked)) < now - _EPS:
            slot[part], now = picked, value
    if program.choices <= _FEW:
        early, _ = program.solve(program.late, now)
        if early is not None and program.over_of(early) <= now + 1e-4:
            slot[part] = min(slot[part], early, key=program.later)
    return min(bound, now)


def _round(slots: Slots, slot: Ints, part: Ints, program: _Program, x: Floats) -> Ints:
    """Whole slots for a part from its relaxation: items it splits are settled among themselves, the others stand."""
    if slots.most is not None:
        return np.array(slot[part])
    rounded = np.array(slot)
    rounded[part] = program.picked(x)
    split = part[np.unique(program.item[np.flatnonzero((x[: program.choices] > 0.01) & (x[: program.choices] < 0.99))])]
    if 0 < len(split) <= len(part) / 2:
        rest = np.setdiff1d(np.arange(len(slot)), split)
        base = _loads(replace(slots, line=slots.line[rest], load=slots.load[rest]), rounded[rest])
        few = {name: getattr(slots, name)[split] for name in ("first", "after", "line", "load", "weight")}
        rounded[split] = choose(replace(slots, base=base, **few), rounded[split]).slot
    return _improve(slots, rounded, part)[part]


class _Program:
    """The mixed-integer program of one part: columns are its open choices, then how far each tight row is over."""

    def __init__(self, slots: Slots, part: Ints, slot: Ints, tight: NDArray[np.bool_]) -> None:
        self.slots, self.part = slots, part
        first, after = slots.first[part], slots.after[part]
        self.item = np.repeat(np.arange(len(part)), after - first)
        self.slot = np.concatenate([np.arange(a, b) for a, b in zip(first.tolist(), after.tolist(), strict=True)])
        self.choices = len(self.item)
        self.gap = 1e-6 if self.choices <= _FEW else _GAP
        lines = np.unique(slots.line[part][slots.line[part] >= 0])
        here = np.zeros(tight.shape, dtype=np.bool_)
        here[lines] = tight[lines]
        self.row_of = np.full(tight.shape, -1, dtype=np.intp)
        self.row_of[here] = np.arange(int(here.sum()))
        count = int(here.sum())
        self.base, self.room, self.knee = slots.base[here], slots.room[here], slots.knee[here]
        self.price = _prices(slots)[here]
        row, col, val = [], [], []
        for side in (0, 1):
            line = slots.line[part[self.item], side]
            load = slots.load[part[self.item], self.slot, side]
            where = np.where((line >= 0)[:, None], self.row_of[np.maximum(line, 0)], -1)
            choice, period = np.nonzero((where >= 0) & (load != 0))
            row.append(where[choice, period])
            col.append(choice)
            val.append(load[choice, period])
        for over in (0, 1):  # up to the knee one over costs its price, beyond it twice that
            row.append(np.arange(count))
            col.append(self.choices + over * count + np.arange(count))
            val.append(np.full(count, -1.0))
        width = self.choices + 2 * count
        self.rows = csr_array(
            coo_array((np.concatenate(val), (np.concatenate(row), np.concatenate(col))), shape=(count, width))
        )
        self.high = self.room - self.base
        self.ones = csr_array(
            coo_array((np.ones(self.choices), (self.item, np.arange(self.choices))), shape=(len(part), width))
        )
        self.cost = np.concatenate([np.zeros(self.choices), self.price, 2 * self.price])
        self.late = np.concatenate([slots.weight[part[self.item]] * self.slot, np.zeros(2 * count)])
        self.upper = np.concatenate([np.ones(self.choices), self.knee - self.room, np.full(count, np.inf)])
        if slots.most is not None:
            enters = slots.line[part[self.item], 0] * slots.load.shape[1] + self.slot
            which, index = np.unique(enters, return_inverse=True)
            counted = coo_array((np.ones(self.choices), (index, np.arange(self.choices))), shape=(len(which), width))
            taken = slots.line[part, 0] * slots.load.shape[1] + slot[part]
            had = np.array([(taken == w).sum() for w in which.tolist()])
            self.rows = csr_array(vstack([self.rows, csr_array(counted)]))
            self.high = np.concatenate([self.high, np.maximum(slots.most, had)])

    def over_of(self, picked: Ints) -> float:
        """How far the tight rows are over when the part's items choose these slots."""
        slots, load = self.slots, np.array(self.base)
        for side in (0, 1):
            line = slots.line[self.part, side]
            where = np.where((line >= 0)[:, None], self.row_of[np.maximum(line, 0)], -1)
            here = where >= 0
            np.add.at(load, where[here], slots.load[self.part, picked, side][here])
        return _far(load, self.room, self.knee, self.price)

    def later(self, picked: Ints) -> float:
        """The weighted slots."""
        return float(self.slots.weight[self.part] @ picked)

    def picked(self, x: Floats) -> Ints:
        """The slot of each item in which a solution has most of it, the earliest of those."""
        share = np.zeros((len(self.part), self.slots.load.shape[1]))
        share[self.item, self.slot] = x[: self.choices]
        return np.asarray(np.argmax(share > share.max(axis=1, keepdims=True) - _EPS, axis=1), dtype=np.intp)

    def solve(self, cost: Floats, over: float | None = None) -> tuple[Ints | None, float]:
        """Slots (None where none were found) and a proven bound on `cost`, with the lines at most `over` over."""
        limits = [LinearConstraint(self.rows, -np.inf, self.high), LinearConstraint(self.ones, 1, 1)]
        if over is not None:
            limits.append(LinearConstraint(csr_array(self.cost[None, :]), -np.inf, over + _EPS))
        whole = np.concatenate([np.ones(self.choices), np.zeros(len(self.cost) - self.choices)])
        options = {"node_limit": _NODES, "mip_rel_gap": self.gap}
        found = milp(cost, integrality=whole, bounds=Bounds(0.0, self.upper), constraints=limits, options=options)
        bound = 0.0 if found.mip_dual_bound is None else max(0.0, float(found.mip_dual_bound))
        return (None if found.x is None else self.picked(np.asarray(found.x))), bound
