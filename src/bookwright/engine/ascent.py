"""Better prices without a linear program: ascent on the Lagrangian over the pairs at hand.

Where the relaxation's LP has tens of thousands of rows, each solve costs minutes; one evaluation of the Lagrangian
costs milliseconds. Steps are normalised row by row (first and second moments of the supergradient, as in Adam) and
shrink geometrically. The price of an earlier level that is made of rows alone moves along, its rows' prices keeping
their share of it. Whatever comes out is judged by the certified bound.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled
from bookwright.engine.evaluate import Longs
from bookwright.engine.mip import breach_prices
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model
from bookwright.engine.prices import Duals
from bookwright.engine.rows import item_of_pairs, on_pairs

Floats = NDArray[np.float64]


def ascend(
    model: Model,
    level: int,
    duals: Duals,
    pairs: Longs,
    *,
    limits: list[int] | None = None,
    steps: int = 600,
    first: float = 0.2,
    last: float = 0.002,
    cost: Ints | None = None,
    over: Callable[[], bool] | None = None,
) -> Duals:
    """Prices at which the Lagrangian over `pairs` (ascending, at least one of each item) is higher, or those given.

    `limits` of the earlier levels let the prices of levels move, too; without them they stay.
    """
    item = item_of_pairs(model, pairs)
    own = cost if cost is not None else model.levels[level].cost
    base = np.zeros(len(pairs)) if own is None else np.asarray(own)[pairs].astype(np.float64)
    for h, mu in enumerate(duals.level):
        held = model.levels[h].cost
        if held is not None and mu:
            base += float(mu) * np.asarray(held)[pairs]
    columns, low, high, slope, knee, price, unit, of_level = [], [], [], [], [], [], [], []
    moving = [
        h
        for h, mu in enumerate(duals.level)
        if limits is not None and mu > 0 and limits[h] > 0 and model.levels[h].cost is None
    ]
    mu = np.array(duals.level, dtype=np.float64)
    offset = 0
    uses = []
    for family, now in zip(model.families, duals.row, strict=True):
        weight = 0.0
        if family.level is not None:
            if cost is None and family.level == level:
                weight = 1.0
            elif family.level < len(duals.level):
                weight = float(duals.level[family.level])
            if weight == 0:
                continue
        row, use = on_pairs(model, family, pairs, item)
        columns.append(np.where(row >= 0, row + offset, -1).astype(np.int32))
        uses.append(use.astype(np.float64))
        offset += family.rows
        low.append(np.asarray(family.low, dtype=np.float64))
        high.append(np.asarray(family.high, dtype=np.float64))
        cap, bend = breach_prices(family, False)
        open_knee = bend >= NO_HIGH
        slope.append(np.full(family.rows, np.inf) if family.level is None else weight * cap)
        knee.append(np.where(open_knee, 0.0, bend))
        bounded = np.full(family.rows, np.inf) if family.level is None else weight * cap * np.where(open_knee, 1, 2)
        price.append(np.asarray(now, dtype=np.float64))
        unit.append(bounded)
        held_level = family.level if family.level is not None and family.level in moving and weight else -1
        of_level.append(np.full(family.rows, held_level))
    if not columns:
        return duals
    lows, highs = np.concatenate(low), np.concatenate(high)
    cap_all = np.concatenate(unit)
    top = np.where(highs >= NO_HIGH, 0.0, cap_all)
    bottom = np.where(lows <= NO_LOW, 0.0, -cap_all)
    y = np.clip(np.concatenate(price), bottom, top)
    size = np.empty(offset)
    at = 0
    for part in price:
        typical = np.abs(part[part != 0])
        size[at : at + len(part)] = typical.mean() if len(typical) else 0.0
        at += len(part)
    start = np.append(np.flatnonzero(np.concatenate(([True], item[1:] != item[:-1]))), len(item)).astype(np.int64)
    row_matrix, use_matrix = np.stack(columns, axis=1), np.stack(uses, axis=1)
    best, best_y, best_mu = -np.inf, y.copy(), mu.copy()
    levels_of_rows = np.concatenate(of_level)
    mu_pace = np.zeros(len(mu))
    mean, square = np.zeros(offset), np.zeros(offset)
    slopes, knees = np.concatenate(slope), np.concatenate(knee)
    load = np.zeros(offset)
    for step in range(steps):
        if over is not None and over():
            break
        value = _evaluate(base, start, row_matrix, use_matrix, y, load)
        beyond = np.abs(y) > slopes
        end_high = np.where(beyond, highs + knees, highs)
        end_low = np.where(beyond, lows - knees, lows)
        extra = np.where(beyond, (np.abs(y) - np.where(beyond, slopes, 0.0)) * knees, 0.0)
        worth = np.where(y > 0, y * highs, np.where(y < 0, y * lows, 0.0)) + np.where(beyond, extra, 0.0)
        value -= float(worth.sum())
        value -= sum(float(mu[h]) * limits[h] for h in moving) if limits is not None else 0.0
        if value > best:
            best, best_y, best_mu = value, y.copy(), mu.copy()
        gain = np.where(y > 0, load - end_high, np.where(y < 0, load - end_low, 0.0))
        flat = y == 0
        gain = np.where(flat & (load > highs), load - highs, gain)
        gain = np.where(flat & (load < lows), load - lows, gain)
        mean = 0.8 * mean + 0.2 * gain
        square = 0.95 * square + 0.05 * gain * gain
        pace = first * (last / first) ** (step / max(steps - 1, 1))
        moved = y + pace * size * mean / (np.sqrt(square) + 1e-12)
        # A price does not cross zero in one step: there the slope of what it is worth jumps.
        moved = np.where((y > 0) & (moved < 0), 0.0, np.where((y < 0) & (moved > 0), 0.0, moved))
        paid_all = y * load
        y = np.clip(moved, bottom, top)
        for h in moving:
            mine = levels_of_rows == h
            paid, kept = float(paid_all[mine].sum()), float(worth[mine].sum())
            assert limits is not None
            charge = float(mu[h]) * limits[h]
            mu_pace[h] = 0.8 * mu_pace[h] + 0.2 * (paid - kept - charge) / (charge + abs(paid - kept) + 1e-12)
            factor = float(np.exp(pace * mu_pace[h]))
            mu[h] *= factor
            for part in (y, slopes, top, bottom, size):
                part[mine] *= factor
    return _unpacked(model, level, Duals(duals.row, best_mu), best_y, cost)


def _unpacked(model: Model, level: int, duals: Duals, y: Floats, cost: Ints | None) -> Duals:
    """The flat prices back in their families."""
    rows, at = [], 0
    for family, now in zip(model.families, duals.row, strict=True):
        used = family.level is None or (cost is None and family.level == level)
        used = used or (family.level is not None and family.level < len(duals.level) and duals.level[family.level] != 0)
        if not used:
            rows.append(now)
            continue
        rows.append(y[at : at + family.rows])
        at += family.rows
    return Duals(tuple(rows), duals.level)


@compiled
def _evaluate(base: Floats, start: Longs, rows: NDArray[np.int32], uses: Floats, y: Floats, load: Floats) -> float:
    """Sum over items of the cheapest pair at prices y; `load` becomes what those pairs use."""
    load[:] = 0.0
    total = 0.0
    families = rows.shape[1]
    for item in range(len(start) - 1):
        best = np.inf
        chosen = -1
        for pair in range(start[item], start[item + 1]):
            cost = base[pair]
            for f in range(families):
                row = rows[pair, f]
                if row >= 0:
                    cost += y[row] * uses[pair, f]
            if cost < best:
                best = cost
                chosen = pair
        total += best
        for f in range(families):
            row = rows[chosen, f]
            if row >= 0:
                load[row] += uses[chosen, f]
    return total
