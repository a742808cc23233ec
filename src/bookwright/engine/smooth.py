"""The last stretch to good prices without a linear program: quasi-Newton steps up a smoothed Lagrangian.

    F(y, mu) = sum_i softmin_p ( cost_p + y . a_p ) - sum_r worth_r(y_r) - sum_h mu_h limit_h

F has a price for each row of the agents, some thousands, and costs milliseconds where the LP has tens of thousands of
rows. Its minimum over pairs is softened at a heat that falls from turn to turn, and the bends of worth are rounded as
far, so that L-BFGS can climb. Far from the top it overshoots what the pairs at hand can tell (`ascent.py` goes
first); near it, it comes on where row by row steps stand still (Nesterov, Smooth minimization of non-smooth
functions, Mathematical Programming 103, 2005). Prices of rows of an earlier level are held as multiples of what the
level pays, so that its own price can move along. Whatever comes out is judged by the certified bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bookwright.engine.compiled import compiled
from bookwright.engine.evaluate import Longs
from bookwright.engine.mip import breach_prices
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model, RowFamily
from bookwright.engine.prices import Duals
from bookwright.engine.rows import item_of_pairs, on_pairs

Floats = NDArray[np.float64]

HEATS = (0.03, 0.01, 0.003, 0.001, 0.0003)
"""How far pairs are softened, in typical choices: two of them a climb, the softest where prices are far off."""

_TURNS = 80
_ROUNDING = 3.0
_LEVEL_PACE, _LEVEL_LEAST, _LEVEL_MOST = 4.0, 0.3, 3.0
_MEMORY = 20


class _Over(Exception):
    """Time is over in the middle of a climb."""


def climb(
    model: Model,
    level: int,
    duals: Duals,
    pairs: Longs,
    *,
    limits: Sequence[int],
    cost: Ints | None = None,
    turns: int = _TURNS,
    heats: Sequence[float] = HEATS[-2:],
    over: Callable[[], bool] | None = None,
) -> Duals:
    """Prices at which the Lagrangian over `pairs` (ascending, at least one of each item) is higher, or those given.

    Prices of earlier levels with a `limit` above 0 that are made of rows alone move along. At most `turns` steps are
    taken at each of `heats`; `over` is asked at every one.
    """
    lagrangian = _Lagrangian(model, level, duals, pairs, list(limits), cost)
    if not lagrangian.rows:
        return duals
    x = lagrangian.first
    try:
        for heat in heats:

            def downhill(x: Floats, heat: float = heat) -> tuple[float, Floats]:
                if over is not None and over():
                    raise _Over
                return lagrangian.downhill(x, heat)

            done = minimize(
                downhill,
                x,
                jac=True,
                method="L-BFGS-B",
                bounds=lagrangian.bounds,
                options={"maxiter": turns, "maxfun": 2 * turns, "maxcor": _MEMORY},
            )
            x = np.asarray(done.x, dtype=np.float64)
    except _Over:
        pass
    return lagrangian.duals_at(lagrangian.best)


class _Lagrangian:
    """The Lagrangian over some pairs, as a function of one variable a row and one a level whose price moves.

    A row of a level has its price as a multiple of what the level pays for a breach (between -1 and 1, or 2 where its
    slope doubles), a hard row as a multiple of a typical choice by a typical use.
    """

    def __init__(
        self, model: Model, level: int, duals: Duals, pairs: Longs, limits: list[int], cost: Ints | None
    ) -> None:
        self.duals = duals
        item = item_of_pairs(model, pairs)
        own = cost if cost is not None else model.levels[level].cost
        self.base = np.zeros(len(pairs)) if own is None else np.asarray(own)[pairs].astype(np.float64)
        some = self.base[self.base > 0]
        self.typical = float(np.median(some)) if len(some) else 1.0
        for h, mu in enumerate(duals.level):
            held = model.levels[h].cost
            if held is not None and mu:
                self.base += float(mu) * np.asarray(held)[pairs]
        first = np.concatenate(([True], item[1:] != item[:-1]))
        self.start = np.append(np.flatnonzero(first), len(item)).astype(np.int64)
        self.scratch = np.zeros(int(np.diff(self.start).max(initial=1)))
        self.families: list[int] = []
        columns, uses, parts, levels = [], [], [], []
        self.rows = 0
        for number, family in enumerate(model.families):
            weight, moving = 0.0, -1
            if family.level is not None:
                if cost is None and family.level == level:
                    weight = 1.0
                elif family.level < len(duals.level):
                    weight = float(duals.level[family.level])
                    if limits[family.level] > 0 and model.levels[family.level].cost is None:
                        moving = family.level
                if weight <= 0.0:
                    continue
            row, use = on_pairs(model, family, pairs, item)
            columns.append(np.where(row >= 0, row + self.rows, -1).astype(np.int32))
            uses.append(use.astype(np.float64))
            hard_unit = self.typical / max(float(np.abs(use).mean()), 1e-9)
            parts.append(self._part(family, weight, hard_unit, np.asarray(duals.row[number], dtype=np.float64)))
            levels.append(np.full(family.rows, moving, dtype=np.int64))
            self.families.append(number)
            self.rows += family.rows
        if not self.rows:
            return
        self.row, self.use = np.stack(columns, axis=1), np.stack(uses, axis=1)
        self.low, self.high, self.knee, self.unit, least, most, x = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        # A row that is open at one end has a straight worth: nothing to round.
        self.bent = (least < 0.0) & (most > 0.0)
        level_of = np.concatenate(levels)
        self.moving = np.unique(level_of[level_of >= 0])
        self.factor = np.where(level_of >= 0, np.searchsorted(self.moving, level_of), len(self.moving))
        self.charge = np.array([float(duals.level[h]) * limits[h] for h in self.moving.tolist()])
        more = np.ones(len(self.moving)) / _LEVEL_PACE
        least = np.concatenate((least, (_LEVEL_LEAST - 1.0) * more))
        most = np.concatenate((most, (_LEVEL_MOST - 1.0) * more))
        self.bounds = list(zip(least, most, strict=True))
        self.first = np.clip(np.concatenate((x, 0.0 * more)), least, most)
        self.load = np.zeros(self.rows)
        self.best_value, self.best = -np.inf, self.first

    @staticmethod
    def _part(family: RowFamily, weight: float, hard_unit: float, now: Floats) -> tuple[Floats, ...]:
        """Low and high ends, knees, unit of the variable, its ends, and where it stands, for each row of a family."""
        low, high = np.asarray(family.low, dtype=np.float64), np.asarray(family.high, dtype=np.float64)
        opened, closed = low <= NO_LOW, high >= NO_HIGH
        if family.level is None:
            unit, knee = np.full(family.rows, hard_unit), np.zeros(family.rows)
            most = np.full(family.rows, np.inf)
        else:
            paid, turn = breach_prices(family, False)
            unit = np.maximum(weight * np.asarray(paid, dtype=np.float64), 1e-300)
            doubles = np.asarray(turn) < NO_HIGH
            knee, most = np.where(doubles, turn, 0.0).astype(np.float64), np.where(doubles, 2.0, 1.0)
        return (
            np.where(opened, np.where(closed, 0.0, high), low),
            np.where(closed, np.where(opened, 0.0, low), high),
            knee,
            unit,
            np.where(opened, 0.0, -most),
            np.where(closed, 0.0, most),
            now / unit,
        )

    def downhill(self, x: Floats, heat: float) -> tuple[float, Floats]:
        """-F and its slope, in typical choices; the best unsmoothed value seen is kept with its variables."""
        t, times = x[: self.rows], self._times(x)
        unit = self.unit * times[self.factor]
        soft, sharp = _soft(
            self.base, self.start, self.row, self.use, t * unit, heat * self.typical, self.load, self.scratch
        )
        bend = _ROUNDING * heat
        span = np.where(self.bent, self.high - self.low, 0.0)
        slope = self.low + span * _step(t / bend)
        worth = self.low * t + span * bend * _softplus(t / bend)
        slope += self.knee * (_step((t - 1.0) / bend) - _step((-t - 1.0) / bend))
        worth += self.knee * bend * (_softplus((t - 1.0) / bend) + _softplus((-t - 1.0) / bend))
        exact = np.where(t > 0.0, self.high, self.low) * t + self.knee * np.maximum(np.abs(t) - 1.0, 0.0)
        levels = float(self.charge @ times[:-1])
        value = sharp - float(unit @ exact) - levels
        if value > self.best_value:
            self.best_value, self.best = value, x.copy()
        gain = np.empty_like(x)
        gain[: self.rows] = unit * (self.load - slope)
        paid = np.bincount(self.factor, weights=self.unit * (t * self.load - worth), minlength=len(times))
        gain[self.rows :] = _LEVEL_PACE * (paid[:-1] - self.charge)
        return -(soft - float(unit @ worth) - levels) / self.typical, -gain / self.typical

    def _times(self, x: Floats) -> Floats:
        """By how much each moving level's price is multiplied; last a 1 for rows whose level stays."""
        return np.append(1.0 + _LEVEL_PACE * x[self.rows :], 1.0)

    def duals_at(self, x: Floats) -> Duals:
        """The variables as prices."""
        times = self._times(x)
        price = x[: self.rows] * self.unit * times[self.factor]
        found, at = list(self.duals.row), 0
        for number in self.families:
            size = len(found[number])
            found[number] = price[at : at + size]
            at += size
        mu = np.array(self.duals.level, dtype=np.float64)
        mu[self.moving] *= times[:-1]
        return Duals(tuple(found), mu)


def _softplus(x: Floats) -> Floats:
    rounded: Floats = np.logaddexp(0.0, x)
    return rounded


def _step(x: Floats) -> Floats:
    rounded: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return rounded


@compiled
def _soft(
    base: Floats,
    start: Longs,
    rows: NDArray[np.int32],
    uses: Floats,
    y: Floats,
    heat: float,
    load: Floats,
    scratch: Floats,
) -> tuple[float, float]:
    """Sums over items of the softened cheapest pair and of the cheapest; `load` becomes what softened pairs use."""
    load[:] = 0.0
    soft = sharp = 0.0
    families = rows.shape[1]
    for item in range(len(start) - 1):
        first = start[item]
        least = np.inf
        for pair in range(first, start[item + 1]):
            cost = base[pair]
            for f in range(families):
                if rows[pair, f] >= 0:
                    cost += y[rows[pair, f]] * uses[pair, f]
            scratch[pair - first] = cost
            least = min(least, cost)
        total = 0.0
        for pair in range(first, start[item + 1]):
            above = (scratch[pair - first] - least) / heat
            scratch[pair - first] = np.exp(-above) if above < 30.0 else 0.0
            total += scratch[pair - first]
        sharp += least
        soft += least - heat * np.log(total)
        for pair in range(first, start[item + 1]):
            share = scratch[pair - first] / total
            if share > 0.0:
                for f in range(families):
                    if rows[pair, f] >= 0:
                        load[rows[pair, f]] += share * uses[pair, f]
    return soft, sharp
