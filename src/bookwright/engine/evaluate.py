"""What an assignment is worth: loads, one exact integer per level, and how far hard rows are broken.

Nothing here searches. Every other room's numbers are recomputed here before they are reported, so this room shares no
code with them and is written for plainness: numpy over items, Python integers wherever a product could outgrow int64.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Level, Model, RowFamily

Longs = NDArray[np.int64]

_SAFE = 2**62
"""Sums whose magnitude stays below this are done in int64; anything larger in Python integers."""


def pair_of(model: Model, agent_of: Ints) -> Longs:
    """Index of the pair each item uses, (items,); ValueError when an item stands with an agent it may not have.

    A binary search inside every item's stretch of `pair_agent` at once: about 10 passes at 500 agents.
    """
    agent_of = np.asarray(agent_of)
    if agent_of.shape != (model.items,):
        raise ValueError(f"agent_of has shape {agent_of.shape}, the model has {model.items} items")
    start = np.asarray(model.pair_start, dtype=np.int64)
    low, end = start[:-1].copy(), start[1:]
    high = end.copy()
    while np.any(low < high):
        middle = (low + high) >> 1
        searching = low < high
        below = np.zeros(len(low), dtype=bool)
        below[searching] = model.pair_agent[middle[searching]] < agent_of[searching]
        low = np.where(searching & below, middle + 1, low)
        high = np.where(searching & ~below, middle, high)
    found = low < end
    found[found] = model.pair_agent[low[found]] == agent_of[found]
    if not found.all():
        item = int(np.flatnonzero(~found)[0])
        raise ValueError(f"item {item} may not go to agent {int(agent_of[item])}: the pair is not in the model")
    return low


def loads(model: Model, agent_of: Ints, pairs: Longs | None = None) -> list[Longs]:
    """Load of every row, one exact (rows,) array per family; OverflowError beyond 2**61, where open limits begin.

    `pairs` is `pair_of(model, agent_of)` when the caller has it already.
    """
    agent_of = np.asarray(agent_of)
    if pairs is None:
        pairs = pair_of(model, agent_of)
    return [_family_load(model, family, agent_of, pairs) for family in model.families]


def _family_load(model: Model, family: RowFamily, agent_of: Ints, pairs: Longs) -> Longs:
    """Load of each row of one family, (rows,)."""
    row = np.asarray(family.row_of)[agent_of] if family.by == "agent" else np.asarray(family.row_of)
    counts = row >= 0
    if family.away_only:
        counts = counts & (agent_of != model.home)
    use = uses(model, family, pairs)[counts]
    if float(np.abs(use).sum(dtype=np.float64)) >= float(NO_HIGH):
        raise OverflowError(f"the uses of row family {family.name!r} add up to more than 2**61")
    load = np.zeros(family.rows, dtype=np.int64)
    np.add.at(load, row[counts], use)
    return load


def uses(model: Model, family: RowFamily, pairs: Longs) -> Longs:
    """The coefficient each item has with the agent of its pair, (items,); whether it counts is not looked at."""
    use = np.asarray(family.use, dtype=np.int64)
    if len(use) == model.items:
        # Models with exactly one pair per item have both shapes at once, and they agree: pair i is item i's.
        return use
    if len(use) == model.pairs:
        return use[pairs]
    raise ValueError(f"use of row family {family.name!r} has {len(use)} entries: neither items nor pairs")


def outside(family: RowFamily, load: Longs) -> Longs:
    """How far each row's load lies outside [low, high], (rows,), 0 inside."""
    low = np.clip(np.asarray(family.low, dtype=np.int64), NO_LOW, NO_HIGH)
    high = np.clip(np.asarray(family.high, dtype=np.int64), NO_LOW, NO_HIGH)
    out: Longs = np.maximum(np.maximum(low - load, load - high), 0)
    return out


def breach_of(family: RowFamily, load: Longs) -> int:
    """What a priced family adds to its level: sum of price * (o + max(0, o - knee)), exact."""
    out = outside(family, load)
    price = _given(family.price, family, "price")
    knee = np.clip(_given(family.knee, family, "knee"), 0, NO_HIGH)
    length = out + np.maximum(out - knee, 0)
    return _exact_dot(price, length)


def values(model: Model, agent_of: Ints, family_loads: list[Longs] | None = None) -> list[int]:
    """One exact integer per level: costs of the pairs used, priced breaches with their knees, priced apart pairs."""
    agent_of = np.asarray(agent_of)
    pairs = pair_of(model, agent_of)
    if family_loads is None:
        family_loads = loads(model, agent_of, pairs)
    totals = [0 if level.cost is None else _exact_sum(np.asarray(level.cost)[pairs]) for level in model.levels]
    for family, load in zip(model.families, family_loads, strict=True):
        if family.level is not None:
            totals[family.level] += breach_of(family, load)
    if model.apart_level is not None:
        totals[model.apart_level] += int(model.apart_price) * _apart_broken(model, agent_of)
    return totals


def hard_breach(model: Model, agent_of: Ints, family_loads: list[Longs] | None = None) -> float:
    """How far hard rows are broken: each row's excess over its limit as a fraction of it, plus 1 per hard apart pair.

    0.0 exactly when everything hard holds. A limit of 0 counts as 1 for the fraction.
    """
    agent_of = np.asarray(agent_of)
    if family_loads is None:
        family_loads = loads(model, agent_of)
    total = 0.0
    for family, load in zip(model.families, family_loads, strict=True):
        if family.level is not None:
            continue
        out = outside(family, load)
        limit = np.where(load > np.asarray(family.high), family.high, family.low)
        broken = out > 0
        total += float((out[broken] / np.maximum(np.abs(limit[broken]), 1).astype(np.float64)).sum())
    if model.apart_level is None:
        total += _apart_broken(model, agent_of)
    return total


def scale_of(model: Model, level: Level, value: int) -> int:
    """What the level's gap is a fraction of, in integer units: at least 1, one unit where it would be 0."""
    return _raw_scale(model, level, value) or max(level.unit, 1)


def allowance(model: Model, level: Level, value: int) -> int:
    """How far above `value` later levels may lift this one: max(floor(give * scale), give_at_least, limit - value).

    `give` is read as the decimal it is written as: 0.005 of 10**12 is 5 * 10**9, not one less. With
    `give_within_value`, give_at_least is cut down to the value itself.
    """
    share = Fraction(repr(float(level.give)))
    fixed = 0 if level.limit is None else int(level.limit) - value
    least = int(level.give_at_least)
    if level.give_within_value:
        least = min(least, max(value, 0))
    return max(floor(share * _raw_scale(model, level, value)), least, fixed)


def _raw_scale(model: Model, level: Level, value: int) -> int:
    """The scale before "0 counts as one unit"."""
    if level.scale == "one":
        return int(level.unit)
    if level.scale == "value":
        return abs(int(value))
    if level.cost is None or model.items == 0:
        return 0
    cost = np.asarray(level.cost)
    start = np.asarray(model.pair_start[:-1], dtype=np.int64)
    return _exact_sum(np.maximum.reduceat(cost, start)) - _exact_sum(np.minimum.reduceat(cost, start))


def _apart_broken(model: Model, agent_of: Ints) -> int:
    """How many apart pairs stand on one agent."""
    if len(model.apart) == 0:
        return 0
    apart = np.asarray(model.apart)
    return int((agent_of[apart[:, 0]] == agent_of[apart[:, 1]]).sum())


def _given(values: Ints | None, family: RowFamily, what: str) -> Longs:
    """The family's prices or knees; a missing knee never doubles, a missing price is an error."""
    if values is None:
        if what == "knee":
            return np.full(family.rows, NO_HIGH, dtype=np.int64)
        raise ValueError(f"row family {family.name!r} adds to a level but has no {what}")
    return np.asarray(values, dtype=np.int64)


def _exact_sum(numbers: NDArray[Any]) -> int:
    """Sum of integers without wrapping around."""
    if float(np.abs(numbers).sum(dtype=np.float64)) < _SAFE:
        return int(numbers.sum(dtype=np.int64))
    return sum(int(number) for number in numbers)


def _exact_dot(left: Longs, right: Longs) -> int:
    """Sum of products of integers without wrapping around."""
    if float(np.abs(left).astype(np.float64) @ np.abs(right).astype(np.float64)) < _SAFE:
        return int(left @ right)
    return sum(int(one) * int(other) for one, other in zip(left, right, strict=True))
