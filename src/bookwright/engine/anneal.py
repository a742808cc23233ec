"""Annealing guided by the relaxation: the few pairs that nearly tie at its prices, tried by the million.

The relaxation settles nearly every item; what is left is how the contested ones fit together. Its prices of earlier
levels make one currency of everything, and only pairs of low reduced cost are tried, so that a step is worth its time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.anneal_field import lay_out
from bookwright.engine.anneal_loop import HIGH, LOAD, LOW, Floats, Longs, Walk, anneal, settle
from bookwright.engine.evaluate import pair_of
from bookwright.engine.holding import Holding
from bookwright.engine.model import Ints, Model
from bookwright.engine.prices import Duals
from bookwright.engine.rows import item_of_pairs, level_cost, on_pairs

STEPS_PER_UNIT = 20_000
"""Steps in one deterministic unit."""
LEAN = 0.05
"""What of its charges (`leaning.py`) a level of rows alone pays, in typical uses outside a row."""

_NEAR_PER_AGENT, _NEAR_ROOT = 60, 2.5
_NEAR_OF_ROWS, _USUAL_PAIRS = 1 / 24, 4_000
_HOT, WARM, COOL, _COLD = 0.6, 0.15, 0.02, 0.003
_SLICES, _SLICES_OF_ROWS = 200, 1_000
_CHUNK = 20_000
_MENDS, _MEND_TRIES, _MEND_STEPS, _DEAR = 8, 50, 300_000, 1e5
_NOTHING = 1e-3
_TRIES, _TRIED_ANYHOW, _TRIED_AT_HEAT = 100, 0.05, 3.0
_PATIENT_ITEMS = 1_000


def heat_for(seconds: float, patience: float) -> float:
    """How hot a run from a good plan may begin: without the time to cool down again, heat only loses what there was."""
    return max(WARM * sqrt(min(max(seconds, 0.0) / patience, 1.0)), COOL)


class Annealing:
    """One level's field over the pairs that nearly tie at the relaxation's prices, and those of a plan `also`.

    `near` is how many of the usual number of pairs are in it: 1 = all of them.
    """

    def __init__(
        self,
        model: Model,
        level: int,
        limits: Sequence[int],
        duals: Duals,
        reduced: NDArray[Any],
        agent_of: Ints,
        near: float = 1.0,
        also: Ints | None = None,
        lean: float = LEAN,
    ) -> None:
        self.model, self.level, self.limits = model, level, list(limits)
        self.agent_of = np.asarray(agent_of, dtype=np.int32)
        each_has = np.diff(model.pair_start)
        least = np.minimum.reduceat(reduced, np.asarray(model.pair_start[:-1], dtype=np.int64))
        away = reduced - np.repeat(least, each_has)
        self.rows_alone = model.levels[level].cost is None
        self.hot = WARM if self.rows_alone else _HOT
        each = model.pairs // max(model.agents, 1)
        more = _NEAR_OF_ROWS * max(each - _USUAL_PAIRS, 0) if self.rows_alone else _NEAR_ROOT * sqrt(each)
        self.pairs = self._near(away, max(int(near * max(_NEAR_PER_AGENT, int(more))), 1))
        if also is not None:
            self.pairs = np.union1d(self.pairs, pair_of(model, also))
        item = item_of_pairs(model, self.pairs)
        counts = np.bincount(item, minlength=model.items)
        self.items = np.flatnonzero(counts > 1)
        chosen = counts[item] > 1
        self.free_pairs, item = self.pairs[chosen], item[chosen]
        self.weight = self.weights(duals, self.free_pairs, item)
        self.laid = lay_out(model, level, duals, self.weight, self.agent_of, self.items, self.free_pairs, item, lean)
        self.field = self.laid.field
        # Where each item's cheapest candidate is: the relaxation's own assignment.
        away = away[self.free_pairs]
        first = self.field.start[:-1]
        lowest = np.repeat(np.minimum.reduceat(away, first), np.diff(self.field.start)) if len(first) else away
        ties = np.flatnonzero(away <= lowest)
        _, place = np.unique(self.field.owner[ties], return_index=True)
        self.cheapest = ties[place]
        self.away = (away - lowest) * self.weight[level]

    @property
    def patience(self) -> float:
        """Seconds of one run: small fields many short ones, since luck decides; large ones few long ones."""
        return 0.5 + (2e-3 if len(self.items) < _PATIENT_ITEMS else 4e-3) * len(self.items)

    def _near(self, away: NDArray[Any], near: int) -> Longs:
        """Pairs of low reduced cost: all that tie with their item's cheapest, and so many more for each agent."""
        standing = pair_of(self.model, self.agent_of)
        more = away[away > 1e-9 * max(float(away.max(initial=0.0)), 1e-300)]
        wanted = near * self.model.agents
        cut = float(np.partition(more, wanted)[wanted]) if len(more) > wanted else np.inf
        return np.union1d(np.flatnonzero(away <= cut), standing)

    def weights(self, duals: Duals, pairs: Longs, item: Longs) -> Floats:
        """What one integer unit of each level weighs, in typical choices of the current one.

        An earlier level weighs what the relaxation pays for it; where that is nothing, so much that one typical use
        outside a row weighs as much as one typical choice.
        """
        model, level = self.model, self.level
        found = np.zeros(level + 1)
        own = level_cost(model, level, pairs)
        own = own[own > 0]
        found[level] = 1.0 / (float(np.median(own)) if len(own) else self._typical(level, pairs, item))
        for h in range(level):
            typical = 1.0 / self._typical(h, pairs, item)
            found[h] = float(duals.level[h]) * found[level]
            if found[h] <= _NOTHING * typical or (self.limits[h] == 0 and model.levels[level].cost is None):
                found[h] = max(typical, found[h])
        return found

    def _typical(self, level: int, pairs: Longs, item: Longs) -> float:
        """What one typical use outside a row costs at a level of rows."""
        sizes = []
        for family in self.model.families:
            if family.level == level and len(pairs):
                _, used = on_pairs(self.model, family, pairs, item)
                sizes.append(float(np.abs(used).mean()) * float(np.median(np.asarray(family.price, dtype=np.float64))))
        own = level_cost(self.model, level, pairs)
        if (own > 0).any():
            sizes.append(float(np.median(own[own > 0])))
        return max(max(sizes, default=1.0), 1e-9)

    def run(
        self,
        *,
        seconds: float | None = None,
        steps: int | None = None,
        seed: int = 0,
        begin: Ints | None = None,
        hot: float | None = None,
        cold: float = _COLD,
        stop: Callable[[], bool] | None = None,
    ) -> NDArray[np.int32]:
        """An assignment annealed from `begin` (by default what the relaxation has), for so long or so many steps."""
        field, hot = self.field, self.hot if hot is None else hot
        if not len(self.items):
            return self.agent_of.copy()
        holding = Holding(self.limits, self.weight, self.rows_alone)
        begun = monotonic()
        at = self.cheapest.copy() if begin is None else self._pairs_in_field(begin)
        walk = Walk(
            at,
            self.laid.plain.copy(),
            self.laid.load.copy(),
            self.laid.value.copy(),
            holding.limit,
            holding.below,
            holding.above,
            np.array([(seed + 1) * 0x9E3779B97F4A7C15 % 2**64 | 1], dtype=np.uint64),
        )
        settle(field, walk)
        done, total = 0, steps or 0
        drawn_at, table = np.inf, np.zeros(0, dtype=np.int32)
        # Levels of rows alone stand at all their limits at once: what these cost is adjusted oftener.
        slices = _SLICES_OF_ROWS if self.rows_alone else _SLICES
        chunk = _CHUNK if steps is None else max(steps // slices, 1)
        while True:
            part = done / total if steps is not None else (monotonic() - begun) / max(seconds or 0.0, 1e-9)
            if part >= 1.0 or (stop is not None and stop()):
                break
            heat = hot * (cold / hot) ** min(part / 0.95, 1.0)
            if heat < 0.9 * drawn_at:
                drawn_at, table = heat, self.table(heat)
            anneal(field, walk, table, heat, chunk)
            done += chunk
            if steps is None:
                # As many slices as a run by steps has: what earlier levels cost is adjusted once a slice.
                rate = done / max(monotonic() - begun, 1e-9)
                chunk = max(int(rate * (seconds or 0.0) / slices), 1)
            holding.adjust(walk.value, part, slices)
        self.mend(walk)
        final = self.agent_of.copy()
        final[self.items] = field.agent[walk.at]
        return final

    def mend(self, walk: Walk) -> None:
        """Tries what could end the last breaches of hard rows and of earlier levels, at the agents that have them.

        Where the field is large, tries at random meet a single agent's last breach too seldom.
        """
        field, weight = self.field, np.append(1.0, self.weight[: self.level])
        for _ in range(_MENDS):
            # Half an integer unit is no breach: sums of floats leave as much.
            over = np.append(walk.value[:-1] > walk.limit[:-1] + 0.5 * weight, walk.value[-1] > 1e-6)
            over[0] = False
            if not over.any():
                break
            at_fault = self._at_fault(walk, over)
            table = np.flatnonzero(at_fault[field.agent] | at_fault[field.agent[walk.at[field.owner]]]).astype(np.int32)
            if not len(table):
                break
            walk.above[over] = _DEAR
            anneal(field, walk, table, _COLD, min(_MEND_TRIES * len(table), _MEND_STEPS))

    def _at_fault(self, walk: Walk, over: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which agents have a row outside its limits in a group that is `over`, (agents,)."""
        field = self.field
        load = walk.plain[:, LOAD]
        out = (load > walk.plain[:, HIGH]) | (load < walk.plain[:, LOW])
        found: NDArray[np.bool_] = np.any(out & over[field.plain_group], axis=1)
        out = ((walk.load > field.high) | (walk.load < field.low)) & over[field.group]
        row = field.row_of_agent
        if row.size and out.any():
            found = np.logical_or(found, np.any((row >= 0) & out[row], axis=1))
        return found

    def table(self, heat: float) -> NDArray[np.int32]:
        """Pairs in the numbers in which they are tried at this temperature, a hundred an item or so.

        Most pairs are too dear to be taken at once, most items have nowhere better to go: what nearly ties is tried
        oftenest, and items that have such pairs.
        """
        field = self.field
        counts = np.diff(field.start)
        likely = np.exp(-self.away / (_TRIED_AT_HEAT * heat))
        total = np.add.reduceat(likely, field.start[:-1])
        each = (np.minimum(total - 1.0, 1.0) + _TRIED_ANYHOW) / total
        share = _TRIES * (likely * np.repeat(each, counts) + np.repeat(_TRIED_ANYHOW / counts, counts))
        return np.repeat(np.arange(len(share), dtype=np.int32), np.maximum(np.round(share), 1).astype(np.int64))

    def _pairs_in_field(self, agent_of: Ints) -> Longs:
        """The candidate each item uses under an assignment, its cheapest where that is no candidate."""
        wanted = np.asarray(agent_of)[self.items][self.field.owner]
        hits = np.flatnonzero(self.field.agent == wanted)
        at = self.cheapest.copy()
        at[self.field.owner[hits]] = hits
        return at
