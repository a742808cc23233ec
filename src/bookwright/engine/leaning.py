"""What a level of rows alone (overload, balance) is charged for what comes after it: a little.

Many plans are as good for its rows. Without a charge it wanders among them and spends, for nothing, what later levels
have to pay for, and budgets, until these hold it back itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.evaluate import pair_of
from bookwright.engine.model import NO_HIGH, Ints, Model, RowFamily
from bookwright.engine.rows import Longs, item_of_pairs, level_cost, on_pairs

Floats = NDArray[np.float64]

_COST, _BUDGET = 0.3, 0.6
_DEAREST = 1_000.0
_SCARCE_FROM = 0.8


def charges(model: Model, level: int, pairs: Longs, item: Longs, agent_of: Ints) -> Floats:
    """What each pair is charged, (len(pairs),): a mean of what comes after the level, in typical choices.

    What the next level of costs would pay for it, and its use of budgets of moves as far as the plan `agent_of` has
    used them up: a budget with room to spare is not charged. `item` is the item of each pair.
    """
    found = np.zeros(len(pairs))
    for later in range(level + 1, len(model.levels)):
        cost = level_cost(model, later, pairs).astype(np.float64)
        if (cost > 0).any():
            typical = float(np.median(cost[cost > 0]))
            cost *= _COST / typical
            np.minimum(cost, _COST * _DEAREST, out=found)
            break
    else:
        # Nothing comes after the level: nothing is saved up for.
        return found
    del cost
    for family in model.families:
        if family.level is not None or not family.away_only or family.rows != 1:
            continue
        scarce = scarcity(model, family, agent_of)
        if scarce > 0:
            use = np.maximum(on_pairs(model, family, pairs, item)[1], 0)
            counted = int(np.count_nonzero(use))
            if counted:
                found += np.minimum(use * (_BUDGET * scarce * counted / float(use.sum())), _BUDGET * scarce * _DEAREST)
            del use
    return found


def scarcity(model: Model, family: RowFamily, agent_of: Ints) -> float:
    """How scarce a plan makes a budget: 0 up to four fifths of it, 1 when it is used up; one of 0 is not charged."""
    high = int(family.high[0])
    if not 0 < high < NO_HIGH:
        return 0.0
    _, use = on_pairs(model, family, pair_of(model, agent_of), np.arange(model.items))
    return float(np.clip((float(use.sum()) / high - _SCARCE_FROM) / (1 - _SCARCE_FROM), 0.0, 1.0))


def sizes(model: Model, level: int) -> Floats:
    """How much each item weighs in the priced rows up to a level, (items,): its dearest use, in its level's unit."""
    found = np.zeros(model.items)
    for family in model.families:
        if family.level is None or family.level > level or family.price is None or not family.rows:
            continue
        use = np.abs(np.asarray(family.use, dtype=np.float64))
        if len(use) != model.items:
            use = np.maximum.reduceat(use, np.asarray(model.pair_start[:-1], dtype=np.int64))
        price = float(np.median(np.asarray(family.price, dtype=np.float64))) / model.levels[family.level].unit
        found = np.maximum(found, use * price)
    return found


def leaning(model: Model, level: int, part: float, agent_of: Ints) -> Model:
    """The model with a level of rows alone charged `part` of its charges, in typical uses of a priced row."""
    unit = charge_unit(model, level)
    if part <= 0 or unit <= 0:
        return model
    pairs = np.arange(model.pairs)
    cost = charges(model, level, pairs, item_of_pairs(model), agent_of)
    if not cost.any():
        return model
    levels = list(model.levels)
    levels[level] = replace(levels[level], cost=np.round(cost * (part * unit)).astype(np.int64))
    return replace(model, levels=tuple(levels))


def charge_unit(model: Model, level: int) -> float:
    """What a charge of 1 is in a level's integer units: a mean use of a priced row; 0 for a level of costs."""
    if model.levels[level].cost is not None or not model.items:
        return 0.0
    return float(sizes(model, level).mean()) * model.levels[level].unit
