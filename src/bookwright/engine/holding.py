"""What limits cost while an annealing runs: what earlier levels may use, and hard rows.

A wall at a limit lets nothing through: of two steps that are worth while together, the one that goes beyond it is
never taken. So as long as there is heat an earlier level has one price on both sides of its limit, which rises and
falls until what the level uses settles there. It begins at the relaxation's and is never below it: whole items leave
room unused, which makes room dearer (where it settled was 1.4 to 4 times that). Near its end a run sees the wall.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.anneal_loop import Floats

_MOST = 10.0
_PACE, _FAR, _CRUMB = 8.0, 0.05, 1e-6
_WALL_FROM, _WALL, _INSIDE, _STEEPER = 0.85, 4.0, 0.95, 1.05
_FIRM_FROM, _FIRM, _RISE, _STEEPEST = 0.7, 4.0, 1.03, 100.0
_CHEAPER, _ROOM, _CHEAPEST = 0.98, 0.97, 0.05
_OVER_OF_ROWS, _NONE_OF_ROWS = 1.3, 3.0


class Holding:
    """Prices of one run, in the currency of `weight`; groups as in the loop (own level, earlier levels, hard rows).

    `limits` are those of the earlier levels, in integer units. Levels of rows alone begin near a plan that keeps them:
    there they are walls from the first.
    """

    def __init__(self, limits: Sequence[int], weight: Floats, rows_alone: bool) -> None:
        groups = len(weight) + 1
        self.limit = np.zeros(groups)
        self.limit[1:-1] = np.asarray(limits, dtype=np.float64) * weight[:-1]
        self.rows_alone = rows_alone
        self.priced: NDArray[np.bool_] = (self.limit > 0) & (not rows_alone)
        self.price = np.ones(groups)
        self.below, self.above = self.price.copy(), self.price.copy()
        if rows_alone:
            self.below[1:-1] = _INSIDE
            self.above[1:-1] = np.where(self.limit[1:-1] > 0, _OVER_OF_ROWS, _NONE_OF_ROWS)

    def adjust(self, value: Floats, part: float, slices: int) -> None:
        """Moves prices by what groups use now, once for each of a run's `slices`; `part` of the run is over."""
        over = value > self.limit * (1 + 1e-9) + _CRUMB
        over[0] = False
        firm = ~self.priced
        firm[0] = False
        if part > _FIRM_FROM:
            self.above[firm] = np.maximum(self.above[firm], _FIRM)
        steeper = firm & over
        self.above[steeper] = np.minimum(self.above[steeper] * _RISE, _STEEPEST)
        if self.rows_alone:
            room = firm & ~over & (value < _ROOM * self.limit)
            room[-1] = False
            self.below[room] = np.maximum(self.below[room] * _CHEAPER, _CHEAPEST)
        elif part <= _WALL_FROM:
            held = self.priced
            beyond = np.clip((value[held] / self.limit[held] - 1.0) / _FAR, -1.0, 1.0)
            self.price[held] = np.clip(self.price[held] * np.exp(_PACE / slices * beyond), 1.0, _MOST)
            self.below[held] = self.above[held] = self.price[held]
        else:
            held = self.priced
            self.below[held] = _INSIDE * self.price[held]
            self.above[held] = np.maximum(self.above[held], _WALL * self.price[held])
            steeper = held & over
            self.above[steeper] = np.minimum(self.above[steeper] * _STEEPER, _STEEPEST)
