"""When a level of a model is a generalized assignment problem, and how the search for it is steered.

The search of `local_bins` needs three things: prices of capacity (its own quick Lagrangian), the pairs of low reduced
cost, and a schedule: turns in which the price of overfull agents rises from gentle to forbidding while the heat falls,
each turn from the best assignment so far.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.local_bins import (
    BEST,
    EVALUATIONS,
    NOW,
    OVERFULL,
    RANDOM,
    Bins,
    Filling,
    anneal,
    fill,
    lagrange,
)
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

_MOST_CELLS = 4_000_000
_LARGEST = 2**31 - 1
_OPEN = 2**50
_NONE = 2**62
_TURNS = 20
_PER_TURN = 600
"""Evaluations an item that a turn needs to end in a good plan; short searches have fewer turns."""
_PER_SECOND = 10_000_000
"""Evaluations to expect of a second, for the number of turns alone."""
_LISTED = (4.0, 3.0)
"""Pairs per item the search looks at, by turn. Measured: more dilutes (types D and E worsen by a third at 6), fewer may
leave nothing feasible where most pairs tie (D at 80 x 1,600)."""
_SLICE = 40_000
"""Evaluations until the clock is looked at again."""


class Capacities(NamedTuple):
    """A level that is a generalized assignment problem: arrays by pair, capacities by agent."""

    cost: NDArray[np.int32]
    use: NDArray[np.int32]
    capacity: Longs


def capacities(model: Model, level: int) -> Capacities | None:
    """The level as costs and one hard capacity per agent, or None where it is anything else.

    Asked for: one hard family by agent with a row of its own for every agent it holds, uses of at least 0, upper limits
    only; nothing kept apart; no priced row and no cost at any earlier level, no priced row at this one; at most four
    million cells items x agents. Later levels may be anything.
    """
    if model.items * model.agents > _MOST_CELLS or len(model.apart) or model.levels[level].cost is None:
        return None
    if any(earlier.cost is not None for earlier in model.levels[:level]):
        return None
    priced = [family for family in model.families if family.level is not None and family.level <= level]
    hard = [family for family in model.families if family.level is None]
    if priced or len(hard) != 1:
        return None
    family = hard[0]
    row = np.asarray(family.row_of)
    held = np.flatnonzero(row >= 0) if family.by == "agent" else np.zeros(0, dtype=np.int64)
    if len(held) == 0 or family.away_only or len(np.unique(row[held])) < len(held):
        return None
    if np.any(np.asarray(family.low)[row[held]] > NO_LOW):
        return None
    cost = np.asarray(model.levels[level].cost)
    use = np.asarray(family.use)
    if len(use) == model.items:
        use = np.repeat(use, np.diff(model.pair_start))
    if cost.min() < 0 or use.min() < 0 or cost.max() > _LARGEST or use.max() > _LARGEST:
        return None
    high = np.asarray(family.high)[row[held]]
    if np.any(high < 0):
        return None
    capacity = np.full(model.agents, _OPEN, dtype=np.int64)
    capacity[held] = np.where(high >= NO_HIGH, _OPEN, np.minimum(high, _OPEN))
    return Capacities(cost.astype(np.int32), use.astype(np.int32), capacity)


def capacity_prices(model: Model, shape: Capacities, rounds: int = 500) -> tuple[Floats, float]:
    """Prices of the agents' capacity near the Lagrangian's maximum, (agents,), and the bound there (in floats)."""
    start = np.asarray(model.pair_start, dtype=np.int64)
    agent = np.ascontiguousarray(model.pair_agent, dtype=np.int32)
    capacity = np.minimum(shape.capacity, max(int(shape.use.sum(dtype=np.int64)), 1))
    best, scratch = np.zeros(model.agents), np.zeros(model.agents)

    def raise_from(price: Floats, target: float, turns: int) -> float:
        """The bound after so many steps from `price`; `best` is left at its prices."""
        return lagrange(shape.cost, shape.use, start, agent, capacity, price.copy(), best, scratch, target, turns)

    def at(same: float) -> float:
        return raise_from(np.full(model.agents, same), 1.0, 1)

    # One price for all first: the bound is concave in it. Double it while that helps, then close in by thirds.
    low, high = 0.0, float(shape.cost.max()) / max(float(shape.use.max()), 1.0) / 64 + 1e-9
    while at(2 * high) > at(high):
        high *= 2
    high *= 2
    for _ in range(14):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if at(left) < at(right):
            low = left
        else:
            high = right
    middle = at((low + high) / 2)
    zero = at(0.0)
    bound = raise_from(np.full(model.agents, (low + high) / 2), max(0.02 * (middle - zero), 1.0), rounds)
    return best, bound


def improve_filling(
    model: Model,
    shape: Capacities,
    agent_of: Ints,
    *,
    seconds: float | None,
    effort: int | None,
    seed: int,
    stop: Callable[[], bool] | None,
    effort_unit: int,
) -> NDArray[np.int32]:
    """The cheapest assignment found that overfills nothing, (items,); `agent_of` itself where none is cheaper."""
    began = perf_counter() if seconds is not None else 0.0
    price, bound = capacity_prices(model, shape)
    reduced = shape.cost + price[model.pair_agent] * shape.use
    start = np.asarray(model.pair_start, dtype=np.int64)
    above = reduced - np.repeat(np.minimum.reduceat(reduced, start[:-1]), np.diff(start))
    tables = [_bins(model, shape, above, listed) for listed in _LISTED]
    bins = tables[0]
    filling = _filling(model, bins, np.asarray(agent_of), seed)
    scale = _heat_scale(model, above)
    floor = np.maximum(price, 0.5 * float(price.mean()) if price.any() else scale)
    most = None if effort is None else effort * effort_unit
    if seconds is None and most is None:
        most = 200 * model.items
    expected = most if seconds is None or most is not None else seconds * _PER_SECOND
    turns = int(np.clip((expected or 0) / (_PER_TURN * model.items), 1, _TURNS))
    warm = filling.tally[BEST] < _NONE and filling.tally[BEST] <= bound + 2.0 * scale * model.items**0.5
    if not warm:
        fill(bins, filling, _near_bound(model, shape, above, price, seed))
    turn = -1
    while stop is None or not stop():
        done = filling.tally[EVALUATIONS] / most if most is not None else 0.0
        if seconds is not None:
            done = max(done, (perf_counter() - began) / seconds)
        if done >= 1.0:
            break
        now = int(done * turns)
        part = done * turns - now
        if now != turn:
            turn = now
            bins = tables[turn % len(tables)]
            if turn > 0 and filling.tally[BEST] < _NONE:
                fill(bins, filling, filling.best.copy())
        hottest = 0.5 if turn == 0 and not warm else 0.25
        heat = scale * hottest * (0.1 / hottest) ** part
        steep = 1.3 * (30.0 / 1.3) ** part
        left = _SLICE if most is None else min(_SLICE, most - int(filling.tally[EVALUATIONS]))
        anneal(bins, filling, floor * steep, heat, left)
        if filling.tally[BEST] <= np.ceil(bound - 1e-6 * max(abs(bound), 1.0)):
            break
    return filling.best.copy() if filling.tally[BEST] < _NONE else np.asarray(agent_of, dtype=np.int32).copy()


def _near_bound(model: Model, shape: Capacities, above: Floats, price: Floats, seed: int) -> NDArray[np.int32]:
    """Each item in turn where its reduced cost and half the price of overfilling come cheapest: little overfull."""
    choice = np.empty(model.items, dtype=np.int32)
    load = np.zeros(model.agents)
    capacity = shape.capacity.astype(np.float64)
    for item in np.random.default_rng(seed).permutation(model.items):
        span = slice(int(model.pair_start[item]), int(model.pair_start[item + 1]))
        agents = model.pair_agent[span]
        over = np.maximum(load[agents] + shape.use[span] - capacity[agents], 0.0)
        at = int(np.argmin(above[span] + 0.5 * price[agents] * over))
        choice[item] = agents[at]
        load[agents[at]] += shape.use[span][at]
    return choice


def _bins(model: Model, shape: Capacities, above: Floats, listed_per_item: float) -> Bins:
    """Tables for the search; `listed_per_item` pairs per item are listed on average, those of lowest reduced cost."""
    items, agents = model.items, model.agents
    owner = np.repeat(np.arange(items), np.diff(model.pair_start))
    cost = np.zeros((items, agents), dtype=np.int32)
    use = np.zeros((items, agents), dtype=np.int32)
    cost[owner, model.pair_agent] = shape.cost
    use[owner, model.pair_agent] = shape.use
    wanted = int(listed_per_item * items)
    listed = np.ones(model.pairs, dtype=bool)
    if model.pairs > wanted:
        listed = above <= np.partition(above, wanted)[wanted]
    chosen = np.flatnonzero(listed)
    order = np.argsort(model.pair_agent[chosen], kind="stable")
    by_agent = model.pair_agent[chosen][order]
    return Bins(
        cost,
        use,
        shape.capacity,
        np.searchsorted(chosen, model.pair_start).astype(np.int64),
        model.pair_agent[chosen].astype(np.int32),
        np.searchsorted(by_agent, np.arange(agents + 1)).astype(np.int64),
        owner[chosen][order].astype(np.int32),
    )


def _filling(model: Model, bins: Bins, agent_of: Ints, seed: int) -> Filling:
    """The assignment as a filling; it is the best seen if it overfills nothing."""
    items, agents = model.items, model.agents
    holds = np.zeros((agents, items), dtype=np.int32)
    place = np.zeros(items, dtype=np.int64)
    count = np.bincount(agent_of, minlength=agents).astype(np.int64)
    order = np.argsort(agent_of, kind="stable")
    for agent, held in enumerate(np.split(order, np.cumsum(count)[:-1])):
        holds[agent, : len(held)] = held
        place[held] = np.arange(len(held))
    everyone = np.arange(items)
    load = np.zeros(agents, dtype=np.int64)
    np.add.at(load, agent_of, bins.use[everyone, agent_of].astype(np.int64))
    tally = np.zeros(5, dtype=np.int64)
    tally[NOW] = bins.cost[everyone, agent_of].sum(dtype=np.int64)
    tally[OVERFULL] = int((load > bins.capacity).sum())
    tally[BEST] = tally[NOW] if tally[OVERFULL] == 0 else _NONE
    tally[RANDOM] = np.random.default_rng(seed + 11).integers(1, 2**62)
    held_now = agent_of.astype(np.int32)
    return Filling(
        held_now.copy(),
        place,
        holds,
        count,
        load,
        held_now.copy(),
        tally,
        np.full(agents, -1, dtype=np.int64),
        np.zeros(items, dtype=np.int64),
        np.zeros(items),
        np.zeros(agents),
    )


def _heat_scale(model: Model, above: Floats) -> float:
    """What a typical second-best choice costs: the mean reduced cost of the next three pairs of an item."""
    wanted = min(4 * model.items, len(above)) - 1
    near = np.partition(above, wanted)[: wanted + 1]
    return max(float(near.mean()), 1e-3)
