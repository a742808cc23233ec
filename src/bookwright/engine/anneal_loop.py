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
    """What the loop works on: items with a choice, their candidate pairs, rows and groups; fixed from step to step.

    Families are of two kinds. Most are *plain*: one row an agent, a use that is the item's own. What a step reads of
    them lies side by side (`Walk.plain`), and the processor takes several at once. The others go one by one.
    """

    start: Longs  # (items + 1,): candidates of each item
    agent: Longs  # (pairs,)
    owner: Longs  # (pairs,): the item of each pair
    home: Longs  # (items,)
    cost: Floats  # (pairs, groups)
    plain_use: Floats  # (items, plain families)
    plain_group: Longs  # (plain families,)
    use: Floats  # (items, other families)
    use_of_pair: Floats  # (pairs, other families whose use depends on the agent, too)
    paired: Longs  # (other families,): the column in `use_of_pair`, -1 for none
    row_of_agent: NDArray[np.int32]  # (agents, other families), -1 for none
    row_of_item: NDArray[np.int32]  # (items, other families), -1 for none
    by_item: NDArray[np.bool_]  # (other families,): which of the two it is
    away_only: NDArray[np.bool_]  # (other families,)
    low: Floats  # (rows of other families,)
    high: Floats
    price: Floats
    knee: Floats
    group: Longs
    apart_start: Longs  # (items + 1,)
    apart: Longs  # a partner with a choice, or -1 - agent of one without
    apart_price: float
    agents: int
    partner_start: Longs  # (agents * agents + 1,): from a * agents + b on, candidates at a ...
    partner: NDArray[np.int32]  # ... of items that have one at b, too


class Walk(NamedTuple):
    """What the loop changes: the pair each item uses, loads, values of groups and their limits and slopes."""

    at: Longs  # (items,): the pair in use
    plain: Floats  # (agents, 5, plain families): low, high, price, knee, load
    load: Floats  # (rows of other families,)
    value: Floats  # (groups,)
    limit: Floats  # (groups,)
    below: Floats  # (groups,): price of the group's value up to its limit
    above: Floats  # (groups,): and beyond it
    seed: NDArray[np.uint64]  # (1,)


LOW, HIGH, PRICE, KNEE, LOAD = range(5)


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
def _use(use: Floats, use_of_pair: Floats, paired: int, pair: int, item: int, family: int) -> float:
    """What a pair uses of its row."""
    if paired >= 0:
        return float(use_of_pair[pair, paired])
    return float(use[item, family])


@compiled
def settle(field: Field, walk: Walk) -> None:
    """Loads and values from the pairs in use; `load` and `value` hold what items without a choice add."""
    for item in range(len(walk.at)):
        pair = walk.at[item]
        for family in range(len(field.paired)):
            row = (
                field.row_of_item[item, family]
                if field.by_item[family]
                else field.row_of_agent[field.agent[pair], family]
            )
            if row >= 0 and not (field.away_only[family] and field.agent[pair] == field.home[item]):
                walk.load[row] += _use(field.use, field.use_of_pair, field.paired[family], pair, item, family)
        for family in range(field.plain_use.shape[1]):
            walk.plain[field.agent[pair], LOAD, family] += field.plain_use[item, family]
        for group in range(field.cost.shape[1]):
            walk.value[group] += field.cost[pair, group]
    for agent in range(len(walk.plain)):
        for family in range(field.plain_use.shape[1]):
            low, high, price, knee, load = walk.plain[agent, :, family]
            walk.value[field.plain_group[family]] += _breach(load, low, high, price, knee)
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
    families, groups = len(field.paired), field.cost.shape[1]
    # Arrays by name: to hand a field's worth of them on costs more than the rest of a step.
    use, use_of_pair, paired = field.use, field.use_of_pair, field.paired
    row_of_agent, row_of_item, by_item, away_only = (
        field.row_of_agent,
        field.row_of_item,
        field.by_item,
        field.away_only,
    )
    plain_use, plain = field.plain_use, walk.plain
    plains = plain_use.shape[1]
    by, more = np.empty(plains), np.empty(plains)
    rows = np.empty(2 * families, dtype=np.int64)
    change = np.empty(2 * families)
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
        home = field.home[item]
        back_home = field.home[back] if back_pair >= 0 else -1
        out = walk.at[back] if back_pair >= 0 else -1
        if back_pair >= 0:
            for family in range(plains):
                by[family] = plain_use[item, family] - plain_use[back, family]
        else:
            for family in range(plains):
                by[family] = plain_use[item, family]
        for family in range(plains):
            # Without branches, so that several families go through at once.
            low, high = plain[giver, LOW, family], plain[giver, HIGH, family]
            price, knee = plain[giver, PRICE, family], plain[giver, KNEE, family]
            load = plain[giver, LOAD, family]
            then = load - by[family]
            before = max(max(low - load, load - high), 0.0)
            after = max(max(low - then, then - high), 0.0)
            total = price * (after - before + max(after - knee, 0.0) - max(before - knee, 0.0))
            low, high = plain[taker, LOW, family], plain[taker, HIGH, family]
            price, knee = plain[taker, PRICE, family], plain[taker, KNEE, family]
            load = plain[taker, LOAD, family]
            then = load + by[family]
            before = max(max(low - load, load - high), 0.0)
            after = max(max(low - then, then - high), 0.0)
            more[family] = total + price * (after - before + max(after - knee, 0.0) - max(before - knee, 0.0))
        for family in range(plains):
            added[field.plain_group[family]] += more[family]
        for family in range(families):
            column = paired[family]
            left = _use(use, use_of_pair, column, now, item, family)
            came = _use(use, use_of_pair, column, pair, item, family)
            gone, back_in = 0.0, 0.0
            if back_pair >= 0:
                gone = _use(use, use_of_pair, column, out, back, family)
                back_in = _use(use, use_of_pair, column, back_pair, back, family)
            if away_only[family]:
                if giver == home:
                    left = 0.0
                elif taker == home:
                    came = 0.0
                if taker == back_home:
                    gone = 0.0
                elif giver == back_home:
                    back_in = 0.0
            if by_item[family]:
                first_row, first_by = row_of_item[item, family], came - left
                second_row = row_of_item[back, family] if back_pair >= 0 else -1
                second_by = back_in - gone
            else:
                first_row, first_by = row_of_agent[giver, family], back_in - left
                second_row, second_by = row_of_agent[taker, family], came - gone
            if first_row == second_row:
                first_by += second_by
                second_by = 0.0
            if first_row >= 0 and first_by != 0.0:
                rows[touched], change[touched] = first_row, first_by
                touched += 1
            if second_row >= 0 and second_by != 0.0:
                rows[touched], change[touched] = second_row, second_by
                touched += 1
        for k in range(touched):
            row = rows[k]
            low, high, load = field.low[row], field.high[row], walk.load[row]
            then = load + change[k]
            if load <= high and load >= low and then <= high and then >= low:
                continue
            price, knee = field.price[row], field.knee[row]
            added[field.group[row]] += _breach(then, low, high, price, knee) - _breach(load, low, high, price, knee)
        if field.apart_start[item + 1] > field.apart_start[item]:
            without = back if back_pair >= 0 else -1
            added[-1] += _clashes(field, walk, item, taker, without) - _clashes(field, walk, item, giver, -1)
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
        for family in range(plains):
            plain[giver, LOAD, family] -= by[family]
            plain[taker, LOAD, family] += by[family]
        for k in range(touched):
            walk.load[rows[k]] += change[k]
        for group in range(groups):
            walk.value[group] += added[group]
        walk.at[item] = pair
        if back_pair >= 0:
            walk.at[back] = back_pair
    walk.seed[0] = seed
    return taken
