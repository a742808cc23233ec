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
from concurrent.futures import Executor
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bookwright.engine.choices import Choices
from bookwright.engine.evaluate import Longs
from bookwright.engine.mip import breach_prices
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model, RowFamily
from bookwright.engine.prices import Duals
from bookwright.engine.rows import item_of_pairs, on_pairs

Floats = NDArray[np.float64]

HEATS = (0.03, 0.01, 0.003, 0.001, 0.0003)
"""How far pairs are softened, in typical choices: one of them a climb, the softest where prices are far off."""
USUAL_HEAT = HEATS.index(0.003)
"""Where climbs begin from prices that know of each other."""

_ROUNDING, _ROOM = 3.0, 1.001
_FIRM_LEAST, _FIRM_TIMES, _FIRM_MOST = 10.0, 3.0, 1e5
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
    turns: int,
    heat: float = HEATS[-1],
    over: Callable[[], bool] | None = None,
    beside: Executor | None = None,
) -> Duals:
    """Prices at which the Lagrangian over `pairs` (ascending, at least one of each item) is higher, or those given.

    Prices of earlier levels with a `limit` above 0 that are made of rows alone move along. At most `turns` steps are
    taken at this `heat`; `over` is asked at every one. With an executor `beside`, half of the work is done there.
    """
    lagrangian = _Lagrangian(model, level, duals, pairs, list(limits), cost, beside)
    if not lagrangian.rows:
        return duals

    def downhill(x: Floats) -> tuple[float, Floats]:
        if over is not None and over():
            raise _Over
        return lagrangian.downhill(x, heat)

    with suppress(_Over):
        minimize(
            downhill,
            lagrangian.first,
            jac=True,
            method="L-BFGS-B",
            bounds=lagrangian.bounds,
            options={"maxiter": turns, "maxfun": 2 * turns, "maxcor": _MEMORY},
        )
    return lagrangian.duals_at(lagrangian.best)


class _Lagrangian:
    """The Lagrangian over some pairs, as a function of one variable a row and one a level whose price moves.

    A row of a level has its price as a multiple of what the level pays for a breach (between -1 and 1, or 2 where its
    slope doubles), a hard row as a multiple of a typical choice by a typical use.
    """

    def __init__(
        self,
        model: Model,
        level: int,
        duals: Duals,
        pairs: Longs,
        limits: list[int],
        cost: Ints | None,
        beside: Executor | None = None,
    ) -> None:
        self.model, self.duals, self.beside = model, duals, beside
        item = item_of_pairs(model, pairs)
        own = cost if cost is not None else model.levels[level].cost
        base = np.zeros(len(pairs)) if own is None else np.asarray(own)[pairs].astype(np.float64)
        some = base[base > 0]
        self.typical = float(np.median(some)) if len(some) else 1.0
        rows_alone = [model.levels[h].cost is None for h in range(len(duals.level))]
        for h, mu in enumerate(duals.level):
            held = model.levels[h].cost
            if held is not None and mu:
                base += float(mu) * np.asarray(held)[pairs]
        units = [
            self.typical / max(float(np.abs(on_pairs(model, family, pairs, item)[1]).mean()), 1e-9)
            for family in model.families
        ]
        self.level_price = np.array(duals.level, dtype=np.float64)
        for h in np.flatnonzero(self.level_price <= 0.0).tolist():
            # At a price of nothing a level's rows would never be looked at.
            paid = [
                unit / max(float(np.median(np.asarray(family.price, dtype=np.float64))), 1e-9)
                for unit, family in zip(units, model.families, strict=True)
                if family.level == h
            ]
            if rows_alone[h] and limits[h] > 0 and paid:
                self.level_price[h] = min(paid)
        self.families: list[int] = []
        self.firm: dict[int, int] = {}
        parts, levels = [], []
        for number, (family, unit) in enumerate(zip(model.families, units, strict=True)):
            weight, moving = 0.0, -1
            if family.level is not None:
                if cost is None and family.level == level:
                    weight = 1.0
                elif family.level < len(duals.level):
                    weight = float(self.level_price[family.level])
                    if rows_alone[family.level]:
                        if limits[family.level] > 0:
                            moving = family.level
                        else:
                            # What may not be broken at all has any price that its rows ask for.
                            self.firm[number] = family.level
                if weight <= 0.0 and number not in self.firm:
                    continue
            now = np.asarray(duals.row[number], dtype=np.float64)
            parts.append(self._part(family, weight, unit, now, number in self.firm))
            levels.append(np.full(family.rows, moving, dtype=np.int64))
            self.families.append(number)
        self.choices = Choices(model, pairs, item, base, [model.families[number] for number in self.families])
        self.rows = self.choices.rows
        if not self.rows:
            return
        self.low, self.high, self.knee, self.unit, least, most, x = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        # A row that is open at one end has a straight worth: nothing to round.
        self.bent = (least < 0.0) & (most > 0.0)
        level_of = np.concatenate(levels)
        self.moving = np.unique(level_of[level_of >= 0])
        self.factor = np.where(level_of >= 0, np.searchsorted(self.moving, level_of), len(self.moving))
        self.charge = np.array([float(self.level_price[h]) * limits[h] for h in self.moving.tolist()])
        more = np.ones(len(self.moving)) / _LEVEL_PACE
        least = np.concatenate((least, (_LEVEL_LEAST - 1.0) * more))
        most = np.concatenate((most, (_LEVEL_MOST - 1.0) * more))
        self.bounds = list(zip(least, most, strict=True))
        self.first = np.clip(np.concatenate((x, 0.0 * more)), least, most)
        self.load = np.zeros(self.rows)
        self.best_value, self.best = -np.inf, self.first

    @staticmethod
    def _part(family: RowFamily, weight: float, hard_unit: float, now: Floats, firm: bool) -> tuple[Floats, ...]:
        """Low and high ends, knees, unit of the variable, its ends, and where it stands, for each row of a family."""
        low, high = np.asarray(family.low, dtype=np.float64), np.asarray(family.high, dtype=np.float64)
        opened, closed = low <= NO_LOW, high >= NO_HIGH
        if family.level is None or firm:
            unit, knee = np.full(family.rows, hard_unit), np.zeros(family.rows)
            # The pairs at hand may not be able to keep a row at all: then it asks for more and more, until more come.
            most = np.minimum(_FIRM_LEAST + _FIRM_TIMES * np.abs(now) / hard_unit, _FIRM_MOST)
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
        soft, sharp = self.choices.softened(t * unit, heat * self.typical, self.load, self.beside)
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
        mu = self.level_price.copy()
        mu[self.moving] *= times[:-1]
        for number, level in self.firm.items():
            paid, _ = breach_prices(self.model.families[number], False)
            mu[level] = max(mu[level], _ROOM * float(np.max(np.abs(found[number]) / np.maximum(paid, 1), initial=0.0)))
        return Duals(tuple(found), mu)


def _softplus(x: Floats) -> Floats:
    rounded: Floats = np.logaddexp(0.0, x)
    return rounded


def _step(x: Floats) -> Floats:
    rounded: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return rounded
