"""Search for models that are a generalized assignment problem: one capacity per agent, one level with costs.

Agents may be overfull for a price while the search goes on, and the price rises until nothing is overfull, over and
over: the gentle price lets items pass, the steep one collects plans. (Strategic oscillation and ejection chains guided
by the Lagrangian's reduced costs follow Yagiura, Ibaraki, Glover, EJOR 169, 2006; the acceptance rule is annealing.)
A step moves an item and completes the move in the cheapest of four ways: alone, with an item of the agent it enters
going on, with an item coming in where it left, or with both, a cycle through three agents.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Small = NDArray[np.int32]


class Bins(NamedTuple):
    """Costs, uses and capacities, and the pairs of low reduced cost by item and by agent."""

    cost: Small  # (items, agents), 0 where barred: only listed pairs are ever entered
    use: Small
    capacity: Longs  # (agents,)
    item_start: Longs  # (items + 1,)
    agent_listed: Small  # agents of each item's listed pairs
    agent_start: Longs  # (agents + 1,)
    item_listed: Small  # items of each agent's listed pairs


class Filling(NamedTuple):
    """An assignment under change, each agent's items, the best one seen, and scratch memory."""

    agent_of: Small  # (items,)
    place: Longs  # (items,): where the item stands in its agent's row of `holds`
    holds: Small  # (agents, items)
    counts: Longs  # (agents,)
    load: Longs
    best: Small  # (items,): cheapest assignment seen that overfills nothing
    tally: Longs  # cost now, cost of `best`, evaluations, random state, agents overfull
    first: Longs  # (agents,) scratch: incoming items by the agent they leave
    following: Longs  # (items,)
    gain: Floats  # (items,)
    least: Floats  # (agents,)


NOW, BEST, EVALUATIONS, RANDOM, OVERFULL = 0, 1, 2, 3, 4


@compiled
def lagrange(
    cost: Small,
    use: Small,
    start: Longs,
    agent: Small,
    capacity: Longs,
    price: Floats,
    best_price: Floats,
    slope: Floats,
    target: float,
    rounds: int,
) -> float:
    """Raise the Lagrangian bound by subgradient steps: its value; `best_price` is left at the prices that reach it.

    `cost` and `use` are by pair here. Step length is Polyak's towards a target `target` above the best value so far,
    which shrinks while nothing is gained.
    """
    best = -1e300
    since = 0
    for turn in range(rounds):
        value = 0.0
        for a in range(len(capacity)):
            value -= price[a] * capacity[a]
        step = 0.3 if turn > 0 else 0.0
        for a in range(len(capacity)):
            slope[a] = step * slope[a] - (1.0 - step) * capacity[a]
        for item in range(len(start) - 1):
            chosen = start[item]
            least = 1e300
            for pair in range(start[item], start[item + 1]):
                here = cost[pair] + price[agent[pair]] * use[pair]
                if here < least:
                    least = here
                    chosen = pair
            value += least
            slope[agent[chosen]] += (1.0 - step) * use[chosen]
        if value > best + 1e-9 * abs(best):
            best = value
            since = 0
            for a in range(len(capacity)):
                best_price[a] = price[a]
        else:
            since += 1
            if since >= 12:
                since = 0
                target *= 0.75
                for a in range(len(capacity)):
                    price[a] = best_price[a]
        norm = 0.0
        for a in range(len(capacity)):
            if price[a] > 0 or slope[a] > 0:
                norm += slope[a] * slope[a]
        if norm < 1e-9 or target < 1e-7 * (abs(best) + 1):
            break
        length = (max(best - value, 0.0) + target) / norm
        for a in range(len(capacity)):
            price[a] = max(0.0, price[a] + length * slope[a])
    return best


@compiled
def put(bins: Bins, filling: Filling, item: np.int64, agent: np.int64) -> None:
    """Move an item to another agent. Called with np.int64 only: every other mix of widths would be compiled anew."""
    old = filling.agent_of[item]
    was = int(filling.load[old] > bins.capacity[old]) + int(filling.load[agent] > bins.capacity[agent])
    filling.load[old] -= bins.use[item, old]
    filling.load[agent] += bins.use[item, agent]
    now = int(filling.load[old] > bins.capacity[old]) + int(filling.load[agent] > bins.capacity[agent])
    filling.tally[OVERFULL] += now - was
    filling.tally[NOW] += bins.cost[item, agent] - bins.cost[item, old]
    filling.counts[old] -= 1
    last = filling.holds[old, filling.counts[old]]
    filling.holds[old, filling.place[item]] = last
    filling.place[last] = filling.place[item]
    filling.holds[agent, filling.counts[agent]] = item
    filling.place[item] = filling.counts[agent]
    filling.counts[agent] += 1
    filling.agent_of[item] = agent


@compiled
def fill(bins: Bins, filling: Filling, agent_of: Small) -> None:
    """Bring the filling to `agent_of`."""
    for item in range(len(agent_of)):
        if filling.agent_of[item] != agent_of[item]:
            put(bins, filling, np.int64(item), np.int64(agent_of[item]))


@compiled
def anneal(bins: Bins, filling: Filling, price: Floats, heat: float, budget: int) -> None:
    """Steps until `budget` evaluations are spent, at a price per unit overfull and a heat (what a step may cost)."""
    items = len(filling.agent_of)
    load, capacity, cost, use = filling.load, bins.capacity, bins.cost, bins.use
    first, following, gain, least = filling.first, filling.following, filling.gain, filling.least
    random = np.uint64(filling.tally[RANDOM])
    seen = 0
    while seen < budget:
        random ^= random << np.uint64(13)
        random ^= random >> np.uint64(7)
        random ^= random << np.uint64(17)
        item = np.int64((random >> np.uint64(24)) % np.uint64(items))
        begin, end = bins.item_start[item], bins.item_start[item + 1]
        seen += 1
        a = np.int64(filling.agent_of[item])
        if end - begin < 1 or (end - begin == 1 and bins.agent_listed[begin] == a):
            continue
        # What could come in where the item leaves, by the agent it comes from.
        room_a = load[a] - use[item, a] - capacity[a]
        before_a = price[a] * max(load[a] - capacity[a], 0)
        alone_a = price[a] * max(room_a, 0)
        fill_best, fill_item, fill_from = 1e300, np.int64(-1), np.int64(-1)
        fill_next, fill_next_item = 1e300, np.int64(-1)
        for index in range(bins.agent_start[a], bins.agent_start[a + 1]):
            k = bins.item_listed[index]
            f = filling.agent_of[k]
            if f == a:
                continue
            seen += 1
            worth = cost[k, a] - cost[k, f] + price[a] * max(room_a + use[k, a], 0)
            gain[k] = worth
            if first[f] < 0 or worth < least[f]:
                least[f] = worth
            following[k] = first[f]
            first[f] = k
            over = load[f] - capacity[f]
            worth += price[f] * (max(over - use[k, f], 0) - max(over, 0))
            if worth < fill_best:
                if f != fill_from:
                    fill_next, fill_next_item = fill_best, fill_item
                fill_best, fill_item, fill_from = worth, np.int64(k), np.int64(f)
            elif worth < fill_next and f != fill_from:
                fill_next, fill_next_item = worth, np.int64(k)
        for index in range(begin, end):
            b = np.int64(bins.agent_listed[index])
            if b == a:
                continue
            over_b = load[b] + use[item, b] - capacity[b]
            base = cost[item, b] - cost[item, a] - before_a - price[b] * max(load[b] - capacity[b], 0)
            alone_b = price[b] * max(over_b, 0)
            best = base + alone_a + alone_b
            out, to, into = np.int64(-1), np.int64(-1), np.int64(-1)
            worth = base + alone_b + (fill_next if fill_from == b else fill_best)
            if worth < best:
                best, into = worth, (fill_next_item if fill_from == b else fill_item)
            partner = first[b]
            while partner >= 0:
                worth = base + gain[partner] + price[b] * max(over_b - use[partner, b], 0)
                seen += 1
                if worth < best:
                    best, out, to, into = worth, partner, a, np.int64(-1)
                partner = following[partner]
            for position in range(filling.counts[b]):
                j = filling.holds[b, position]
                leaves = base - cost[j, b] + price[b] * max(over_b - use[j, b], 0)
                for other in range(bins.item_start[j], bins.item_start[j + 1]):
                    d = bins.agent_listed[other]
                    if d in (a, b):
                        continue
                    over = load[d] - capacity[d]
                    worth = leaves + cost[j, d] - price[d] * max(over, 0)
                    over += use[j, d]
                    seen += 1
                    if worth + alone_a + price[d] * max(over, 0) < best:
                        best = worth + alone_a + price[d] * max(over, 0)
                        out, to, into = np.int64(j), np.int64(d), np.int64(-1)
                    if first[d] >= 0 and worth + least[d] < best:
                        partner = first[d]
                        while partner >= 0:
                            both = worth + gain[partner] + price[d] * max(over - use[partner, d], 0)
                            seen += 1
                            if both < best:
                                best, out, to, into = both, np.int64(j), np.int64(d), partner
                            partner = following[partner]
            random ^= random << np.uint64(13)
            random ^= random >> np.uint64(7)
            random ^= random << np.uint64(17)
            chance = (float(random >> np.uint64(11)) + 1.0) / 9007199254740993.0
            if best <= -heat * np.log(chance):
                for other in range(bins.agent_start[a], bins.agent_start[a + 1]):
                    first[filling.agent_of[bins.item_listed[other]]] = -1
                put(bins, filling, item, b)
                if out >= 0:
                    put(bins, filling, out, to)
                if into >= 0:
                    put(bins, filling, into, a)
                if filling.tally[OVERFULL] == 0 and filling.tally[NOW] < filling.tally[BEST]:
                    filling.tally[BEST] = filling.tally[NOW]
                    for other in range(items):
                        filling.best[other] = filling.agent_of[other]
                break
        for index in range(bins.agent_start[a], bins.agent_start[a + 1]):
            first[filling.agent_of[bins.item_listed[index]]] = -1
    filling.tally[RANDOM] = np.int64(random >> np.uint64(1))
    filling.tally[EVALUATIONS] += seen
