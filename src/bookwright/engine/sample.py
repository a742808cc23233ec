"""A smaller model that looks the same: some of the items, every agent, limits shrunk in proportion.

Row prices that are right for the sample are nearly right for the whole, at a fraction of the work.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.evaluate import Longs, hard_breach, loads, values
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model, RowFamily
from bookwright.engine.rows import pairs_of_items


def sampled(
    model: Model, items: Longs, limits: list[int], agent_of: Ints
) -> tuple[Model, list[int], NDArray[np.int32]]:
    """The model of these items (ascending), the earlier levels' limits for it, and how its items stand.

    Each row's limits shrink by the share of its load that the sample holds as things stand, so that every row stands
    as far inside or outside its limits in the sample as in the whole. (Shrunk by the number of items alone, a sample
    stood far outside: its prices of earlier levels came out 30 to 100 times too low.)
    """
    share = len(items) / model.items
    pairs = pairs_of_items(model, items)
    start = np.asarray(model.pair_start, dtype=np.int64)
    counts = start[items + 1] - start[items]
    levels = tuple(
        level if level.cost is None else replace(level, cost=np.asarray(level.cost)[pairs]) for level in model.levels
    )
    small = Model(
        agents=model.agents,
        pair_start=np.concatenate(([0], np.cumsum(counts))),
        pair_agent=np.asarray(model.pair_agent)[pairs],
        home=np.asarray(model.home)[items],
        levels=levels,
        families=tuple(_family(family, items, pairs, model.items) for family in model.families),
    )
    standing = np.asarray(agent_of)[items].astype(np.int32)
    families = [
        _shrunk(family, part, whole, share)
        for family, part, whole in zip(small.families, loads(small, standing), loads(model, agent_of), strict=True)
    ]
    small = replace(small, families=tuple(families))
    if hard_breach(small, standing) > 0:
        widened = tuple(
            family if family.level is not None else _widened(family, load)
            for family, load in zip(small.families, loads(small, standing), strict=True)
        )
        small = replace(small, families=widened)
    found = values(small, standing)
    return small, [max(int(limit * share), v) for limit, v in zip(limits, found, strict=False)], standing


def _family(family: RowFamily, items: Longs, pairs: Longs, all_items: int) -> RowFamily:
    """The family on the sample, its limits as they are."""
    use = np.asarray(family.use)
    row_of = np.asarray(family.row_of)
    return replace(
        family,
        use=use[items] if len(use) == all_items else use[pairs],
        row_of=row_of[items] if family.by == "item" else row_of,
    )


def _shrunk(family: RowFamily, part: Longs, whole: Longs, share: float) -> RowFamily:
    """Limits in proportion to the load the sample holds; open ends stay open.

    Where the sample holds none of a row, its high end shrinks with the items and its low end asks for nothing.
    """
    empty = (part <= 0) & (whole > 0)
    factor = np.where((part > 0) & (whole > 0), part / np.maximum(whole, 1), share)

    def scaled(ends: Ints) -> Longs:
        ends = np.asarray(ends, dtype=np.int64)
        open_end = (ends <= NO_LOW) | (ends >= NO_HIGH)
        return np.where(open_end, ends, np.floor(np.where(open_end, 0, ends) * factor).astype(np.int64))

    knee = None if family.knee is None else scaled(family.knee)
    low = np.where(empty, NO_LOW, scaled(family.low))
    return replace(family, low=low, high=scaled(family.high), knee=knee)


def _widened(family: RowFamily, load: Longs) -> RowFamily:
    """The family with limits that hold the load."""
    return replace(
        family,
        low=np.minimum(np.asarray(family.low, dtype=np.int64), load),
        high=np.maximum(np.asarray(family.high, dtype=np.int64), load),
    )
