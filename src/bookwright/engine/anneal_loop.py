"""The compiled loop of the annealing: shifts and swaps of items, priced by what they change, taken by their chance.

Everything is in one currency, the current level's price of a typical choice. Rows belong to groups: 0 = the current
level, then one per earlier level, last the hard rows. A group of an earlier level costs little below its limit and much
above it, so that the loads settle at the limit, where the relaxation has them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


class Field(NamedTuple):
    """What the loop works on: items with a choice, their candidate pairs, rows and groups; fixed from step to step."""

    start: Longs  # (items + 1,): candidates of each item
    agent: Longs  # (pairs,)
    owner: Longs  # (pairs,): the item of each pair
    cost: Floats  # (pairs, groups)
    row: Longs  # (pairs, families), -1 for none
    use: Floats  # (pairs, families)
    low: Floats  # (rows,)
    high: Floats
    price: Floats
    knee: Floats
    group: Longs  # (rows,)
    apart_start: Longs  # (items + 1,)
    apart: Longs  # a partner with a choice, or -1 - agent of one without
    apart_price: float
    agents: int
    partner_start: Longs  # (agents * agents + 1,): from a * agents + b on, candidates at a ...
    partner: NDArray[np.int32]  # ... of items that have one at b, too


class Walk(NamedTuple):
    """What the loop changes: the pair each item uses, loads, values of groups and their limits and slopes, members."""

    at: Longs  # (items,): the pair in use
    load: Floats  # (rows,)
    value: Floats  # (groups,)
    limit: Floats  # (groups,)
    below: Floats  # (groups,): price of the group's value up to its limit
    above: Floats  # (groups,): and beyond it
    seed: NDArray[np.uint64]  # (1,)


@compiled
def _breach(load: float, low: float, high: float, price: float, knee: float) -> float:
    """What a row costs at this load."""
    if load > high:
        out = load - high
    elif load < low:
        out = low - load
    else:
        return 0.0
    if out > knee:
        return price * (2.0 * out - knee)
    return price * out


@compiled
def _group_price(value: float, limit: float, below: float, above: float) -> float:
    """What a group costs at this value."""
    if value > limit:
        return below * limit + above * (value - limit)
    return below * value


@compiled
def settle(field: Field, walk: Walk) -> None:
    """Loads and values from the pairs in use; `load` and `value` hold what items without a choice add."""
    for item in range(len(walk.at)):
        pair = walk.at[item]
        for family in range(field.row.shape[1]):
            if field.row[pair, family] >= 0:
                walk.load[field.row[pair, family]] += field.use[pair, family]
        for group in range(field.cost.shape[1]):
            walk.value[group] += field.cost[pair, group]
    for row in range(len(walk.load)):
        walk.value[field.group[row]] += _breach(
            walk.load[row], field.low[row], field.high[row], field.price[row], field.knee[row]
        )
    for item in range(len(walk.at)):
        for k in range(field.apart_start[item], field.apart_start[item + 1]):
            other = field.apart[k]
            agent = field.agent[walk.at[other]] if other >= 0 else -1 - other
            if agent == field.agent[walk.at[item]] and (other < 0 or other > item):
                walk.value[-1] += field.apart_price


@compiled
def _clashes(field: Field, walk: Walk, item: int, agent: int, without: int) -> float:
    """What keeping apart costs an item at an agent; `without` is an item that leaves at the same time."""
    total = 0.0
    for k in range(field.apart_start[item], field.apart_start[item + 1]):
        other = field.apart[k]
        if other == without:
            continue
        if (field.agent[walk.at[other]] if other >= 0 else -1 - other) == agent:
            total += field.apart_price
    return total


@compiled
def anneal(field: Field, walk: Walk, table: NDArray[np.int32], heat: float, steps: int) -> int:
    """Tries `steps` shifts and swaps at one temperature; how many were taken. `table` lists pairs as often as tried."""
    families, groups = field.row.shape[1], field.cost.shape[1]
    rows = np.empty(4 * families, dtype=np.int64)
    change = np.empty(4 * families)
    added = np.empty(groups)
    used = np.empty(4, dtype=np.int64)
    taken = 0
    size = np.uint64(len(table))
    seed = walk.seed[0]
    for _ in range(steps):
        seed ^= seed << np.uint64(13)
        seed ^= seed >> np.uint64(7)
        seed ^= seed << np.uint64(17)
        pair = int(table[int(((seed >> np.uint64(32)) * size) >> np.uint64(32))])
        item = field.owner[pair]
        now = walk.at[item]
        if pair == now:
            continue
        giver, taker = field.agent[now], field.agent[pair]
        back, back_pair = -1, -1
        if seed & np.uint64(3) != np.uint64(0):
            between = giver * field.agents + taker
            first = field.partner_start[between]
            number = field.partner_start[between + 1] - first
            if number > 0:
                for _try in range(2):
                    seed ^= seed << np.uint64(13)
                    seed ^= seed >> np.uint64(7)
                    seed ^= seed << np.uint64(17)
                    at = int(((seed >> np.uint64(32)) * np.uint64(number)) >> np.uint64(32))
                    candidate = int(field.partner[first + at])
                    back = field.owner[candidate]
                    if field.agent[walk.at[back]] == taker and back != item:
                        back_pair = candidate
                        break
        used[0], used[1] = now, pair
        count = 2
        if back_pair >= 0:
            used[2], used[3] = walk.at[back], back_pair
            count = 4
        touched = 0
        for group in range(groups):
            added[group] = 0.0
        for k in range(count):
            sign = 1.0 if k & 1 else -1.0
            for group in range(groups):
                added[group] += sign * field.cost[used[k], group]
            for family in range(families):
                row = field.row[used[k], family]
                if row < 0:
                    continue
                place = 0
                while place < touched and rows[place] != row:
                    place += 1
                if place == touched:
                    rows[place] = row
                    change[place] = 0.0
                    touched += 1
                change[place] += sign * field.use[used[k], family]
        for k in range(touched):
            row = rows[k]
            if change[k] != 0.0:
                low, high, price, knee = field.low[row], field.high[row], field.price[row], field.knee[row]
                load = walk.load[row]
                added[field.group[row]] += _breach(load + change[k], low, high, price, knee) - _breach(
                    load, low, high, price, knee
                )
        if field.apart_start[item + 1] > field.apart_start[item]:
            gone = back if back_pair >= 0 else -1
            added[-1] += _clashes(field, walk, item, taker, gone) - _clashes(field, walk, item, giver, -1)
        if back_pair >= 0 and field.apart_start[back + 1] > field.apart_start[back]:
            added[-1] += _clashes(field, walk, back, giver, item) - _clashes(field, walk, back, taker, -1)
        worse = 0.0
        for group in range(groups):
            if added[group] != 0.0:
                value, limit = walk.value[group], walk.limit[group]
                below, above = walk.below[group], walk.above[group]
                worse += _group_price(value + added[group], limit, below, above) - _group_price(
                    value, limit, below, above
                )
        if worse > 0.0:
            seed ^= seed << np.uint64(13)
            seed ^= seed >> np.uint64(7)
            seed ^= seed << np.uint64(17)
            if worse > 30.0 * heat or float(seed >> np.uint64(11)) * 2.0**-53 >= np.exp(-worse / heat):
                continue
        taken += 1
        for k in range(touched):
            walk.load[rows[k]] += change[k]
        for group in range(groups):
            walk.value[group] += added[group]
        walk.at[item] = pair
        if back_pair >= 0:
            walk.at[back] = back_pair
    walk.seed[0] = seed
    return taken
