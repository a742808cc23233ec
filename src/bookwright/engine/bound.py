"""The certified bound: the Lagrangian at any prices, in exact integers.

For prices y of rows and mu >= 0 of earlier levels (see MODEL in docs/engine.md),

    L = sum_i min_p ( cost_p + sum_h mu_h cost^h_p + sum_r y_r a_rp ) - sum_r worth_r(y_r) - sum_h mu_h limit_h,

where worth_r is the most that y_r * load - breach_r(load) can be: y high for 0 <= y <= w, plus (y - w) knee up to 2 w,
with w the row's price (times mu for an earlier level's row), and likewise downwards from low. Prices beyond the cap
are clipped first. Every price is rounded to a multiple of 1 / 2^s and the sum is formed in integers, so that no
rounding stands between the bound and the truth. Apart pairs are left out, which can only lower it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.evaluate import Longs
from bookwright.engine.mip import HARD, breach_prices
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model, RowFamily
from bookwright.engine.prices import Duals, blocks, priced

_ROOM = 2.0**61


Visit = Callable[[int, int, Longs, Longs, int], None]
"""Told of each block: first item, last item, cost of every pair at the prices, least cost per item, and 2^s."""


def certified(
    model: Model, level: int, limits: list[int], duals: Duals, cost: Ints | None = None, visit: Visit | None = None
) -> int:
    """No assignment within `limits` of the earlier levels is below this at `level` (or at `cost`, when given).

    `level` = HARD bounds the breach of hard rows, in the units of mip.build. `visit` sees the pairs' costs on the
    way: pricing and the bound are one pass over the pairs.
    """
    own = cost
    if cost is None and level != HARD:
        own = model.levels[level].cost
    held = len(limits)
    shift = _shift(model, own, duals, held)
    whole = 1 << shift
    mu = np.array([max(floor(m * whole), 0) for m in duals.level[:held]], dtype=np.int64)
    rows, worth = [], 0
    for family, price in zip(model.families, duals.row, strict=True):
        elastic = level == HARD and cost is None and family.level is None
        times = 0
        if elastic or (cost is None and family.level is not None and family.level == level):
            times = whole
        elif family.level is not None and family.level < held:
            times = int(mu[family.level])
        y, away = _row_prices(family, price, whole, times, elastic)
        rows.append(y)
        worth += away
    exact = Duals(tuple(rows), mu)
    total = 0
    for first, last in blocks(model):
        pair_cost = priced(model, exact, own, first, last, whole)
        start = np.asarray(model.pair_start[first:last], dtype=np.int64) - int(model.pair_start[first])
        least = np.minimum.reduceat(pair_cost, start)
        total += _sum(least)
        if visit is not None:
            visit(first, last, pair_cost, least, whole)
    total -= worth + sum(int(m) * int(limit) for m, limit in zip(mu, limits, strict=True))
    # The value is an integer, so the bound may be rounded up.
    return -((-total) >> shift)


def _row_prices(family: RowFamily, price: NDArray[Any], whole: int, times: int, elastic: bool) -> tuple[Longs, int]:
    """Integer prices of one family's rows after clipping, and what they are worth in all.

    `times` is what a breach of the family weighs, times `whole`; hard rows (not elastic) know no cap.
    """
    y = np.rint(np.asarray(price, dtype=np.float64) * whole).astype(np.int64)
    low, high = np.asarray(family.low, dtype=np.int64), np.asarray(family.high, dtype=np.int64)
    y = np.where((y > 0) & (high >= NO_HIGH), 0, y)
    y = np.where((y < 0) & (low <= NO_LOW), 0, y)
    capped = elastic or family.level is not None
    if capped and times == 0:
        return np.zeros_like(y), 0
    price_of, knee_of = breach_prices(family, elastic)
    away = 0
    for r in np.flatnonzero(y).tolist():
        size, sign = abs(int(y[r])), 1 if y[r] > 0 else -1
        if capped:
            slope, knee = times * int(price_of[r]), int(knee_of[r])
            size = min(size, slope if knee >= NO_HIGH else 2 * slope)
            if size > slope:
                away += (size - slope) * knee
        y[r] = sign * size
        away += size * int(high[r]) if sign > 0 else -size * int(low[r])
    return y, away


def _shift(model: Model, own: Ints | None, duals: Duals, held: int) -> int:
    """How many binary places the prices may have so that no pair's cost leaves 64 bits."""
    most = 1.0 if own is None or not len(own) else float(_largest(own)) + 1.0
    for h in range(held):
        cost = model.levels[h].cost
        if cost is not None and len(cost):
            most += abs(float(duals.level[h])) * float(_largest(cost))
    for family, price in zip(model.families, duals.row, strict=True):
        if len(price) and len(family.use):
            most += float(np.abs(price).max()) * float(_largest(family.use))
    top = max((float(np.abs(p).max()) for p in duals.row if len(p)), default=0.0)
    room = _ROOM / max(most, top, 1.0)
    if room < 1:
        raise OverflowError("the model's uses times their prices outgrow 64 bits")
    return min(40, int(log2(room)))


def _largest(numbers: Ints) -> int:
    """The largest size among integers, without a second array of them."""
    return max(int(np.max(numbers)), -int(np.min(numbers)))


def _sum(numbers: Longs) -> int:
    """Exact sum of 64-bit integers: the high and the low halves apart."""
    return (int((numbers >> 32).sum(dtype=np.int64)) << 32) + int((numbers & 0xFFFFFFFF).sum(dtype=np.int64))
