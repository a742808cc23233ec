"""What items choose at prices of rows, softened, and what that uses: the inner loop of the climb (`smooth.py`).

Most families have rows of agents and a use that is the item's own. What each agent asks for a unit of such a family
stands in one short line, an item's uses in another, so that a pass reads little: at 100,000 items and 400,000 pairs it
takes half of what it takes to look up every pair's rows, on two cores a third (docs/engine.md). Items with one pair are
a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled
from bookwright.engine.evaluate import Longs
from bookwright.engine.model import Model, RowFamily
from bookwright.engine.rows import on_pairs

Floats = NDArray[np.float64]
Indices = NDArray[np.uint32]

_PARTS = 2
"""Into how many parts a pass is cut, however many workers there are: sums keep their order, and a run repeats."""


class Choices:
    """Pairs of a model (ascending, at least one of each item) and the rows of some families, laid out for many passes.

    `base` (pairs,) is what each pair costs before any row is priced. Rows count on from family to family.
    """

    def __init__(self, model: Model, pairs: Longs, item: Longs, base: Floats, families: Sequence[RowFamily]) -> None:
        first = np.concatenate(([0], np.cumsum([family.rows for family in families]))).astype(np.int64).tolist()
        self.rows = first[-1]
        counts = np.diff(np.append(np.flatnonzero(np.concatenate(([True], item[1:] != item[:-1]))), len(item)))
        alone = np.repeat(counts == 1, counts)
        self._alone_base = float(base[alone].sum())
        self._alone_load = np.zeros(self.rows)
        for family, at in zip(families, first, strict=False):
            row, use = on_pairs(model, family, pairs[alone], item[alone])
            held = row >= 0
            self._alone_load[at : at + family.rows] = np.bincount(row[held], use[held], family.rows)
        pairs, item, counts, self._base = pairs[~alone], item[~alone], counts[counts > 1], base[~alone]
        self._start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        items = item[self._start[:-1]]
        self._agent = np.asarray(model.pair_agent)[pairs].astype(np.uint32)
        at_home = np.flatnonzero(self._agent == np.asarray(model.home)[item])
        self._home = np.full(len(items), -1, dtype=np.int64)
        place = np.searchsorted(items, item[at_home])
        self._home[place] = at_home - self._start[place]
        own = [k for k, f in enumerate(families) if f.by == "agent" and len(f.use) == model.items]
        # What counts only away from home comes last in an item's line.
        own.sort(key=lambda k: families[k].away_only)
        # The row after the last is nobody's.
        self._row = np.full((len(own), model.agents), self.rows, dtype=np.int64)
        uses = np.zeros((len(items), len(own)))
        for line, k in enumerate(own):
            row_of = np.asarray(families[k].row_of, dtype=np.int64)
            self._row[line, row_of >= 0] = first[k] + row_of[row_of >= 0]
            uses[:, line] = np.asarray(families[k].use)[items]
        of_item, self._line = np.nonzero(uses)
        self._use = uses[of_item, self._line]
        self._line_start = _starts(of_item, len(items))
        anywhere = np.array([not families[k].away_only for k in own], dtype=np.bool_)
        at_hand = np.bincount(of_item[anywhere[self._line]], minlength=len(items)).astype(np.int64)
        self._line_away: Longs = self._line_start[:-1] + at_hand
        others = [on_pairs(model, families[k], pairs, item) for k in range(len(families)) if k not in own]
        at = [first[k] for k in range(len(families)) if k not in own]
        row = np.concatenate([np.where(r >= 0, r + a, -1) for (r, _), a in zip(others, at, strict=True)] or [_NONE])
        use = np.concatenate([u for _, u in others] or [_NONE])
        pair = np.tile(np.arange(len(pairs)), len(others))
        counted = np.flatnonzero(row >= 0)
        counted = counted[np.argsort(pair[counted], kind="stable")]
        self._other_row, self._other_use = row[counted], use[counted].astype(np.float64)
        self._other_start = _starts(pair[counted], len(pairs))
        cuts = np.searchsorted(self._start, np.linspace(0, len(pairs), _PARTS + 1))
        self._cuts = [int(cut) for cut in cuts]
        self._scratch = [np.zeros(int(counts.max(initial=1))) for _ in range(_PARTS)]

    def softened(
        self, prices: Floats, heat: float, load: Floats, beside: Executor | None = None
    ) -> tuple[float, float]:
        """Sums over items of the softened cheapest pair and of the cheapest; `load` becomes what softened pairs use.

        `prices` and `load` are (rows,). With an executor `beside`, half of the pass is done there.
        """
        asked = np.append(prices, 0.0)[self._row]
        loads = [np.zeros_like(asked) for _ in range(_PARTS)]
        other = [np.zeros(self.rows) for _ in range(_PARTS)]

        def part(k: int) -> tuple[float, float]:
            return _softened(
                self._cuts[k],
                self._cuts[k + 1],
                self._base,
                self._start,
                self._agent,
                self._home,
                self._line_start,
                self._line_away,
                self._line,
                self._use,
                asked,
                self._other_start,
                self._other_row,
                self._other_use,
                prices,
                heat,
                loads[k],
                other[k],
                self._scratch[k],
            )

        if beside is None:
            found = [part(k) for k in range(_PARTS)]
        else:
            asked_for = [beside.submit(part, k) for k in range(1, _PARTS)]
            found = [part(0), *(job.result() for job in asked_for)]
        whole = sum(loads[1:], loads[0])
        load[:] = np.bincount(self._row.ravel(), whole.ravel(), self.rows + 1)[: self.rows]
        load += sum(other[1:], other[0]) + self._alone_load
        alone = self._alone_base + float(prices @ self._alone_load)
        return sum(soft for soft, _ in found) + alone, sum(sharp for _, sharp in found) + alone


_FAR = 12.0
"""Heats from an item's cheapest pair at which another has no part in it."""
_NONE = np.zeros(0, dtype=np.int64)


def _starts(of: Longs, count: int) -> Longs:
    """Where each one's stretch begins, (count + 1,), among entries that are in order."""
    found: Longs = np.concatenate(([0], np.cumsum(np.bincount(of, minlength=count)))).astype(np.int64)
    return found


@compiled
def _softened(
    first_item: int,
    last_item: int,
    base: Floats,
    start: Longs,
    agent: Indices,
    home: Longs,
    line_start: Longs,
    line_away: Longs,
    line: Longs,
    use: Floats,
    asked: Floats,
    other_start: Longs,
    other_row: Longs,
    other_use: Floats,
    prices: Floats,
    heat: float,
    load: Floats,
    other_load: Floats,
    scratch: Floats,
) -> tuple[float, float]:
    """One stretch of items: sums of softened and cheapest choices; loads are added to by line and agent, and by row."""
    soft = sharp = 0.0
    others = len(other_row) > 0
    for item in range(first_item, last_item):
        # Stretches by name and counts from 0: signs of indices are known then, and nothing is checked pair by pair.
        first, number = start[item], start[item + 1] - start[item]
        near, cost, now = agent[first : first + number], scratch[:number], base[first : first + number]
        for pair in range(number):
            cost[pair] = now[pair]
        if others:
            for pair in range(number):
                for k in range(other_start[first + pair], other_start[first + pair + 1]):
                    cost[pair] += prices[other_row[k]] * other_use[k]
        for k in range(line_start[item], line_away[item]):
            each, by = asked[line[k]], use[k]
            for pair in range(number):
                cost[pair] += by * each[near[pair]]
        at_home = home[item]
        kept = cost[at_home] if at_home >= 0 else 0.0
        for k in range(line_away[item], line_start[item + 1]):
            each, by = asked[line[k]], use[k]
            for pair in range(number):
                cost[pair] += by * each[near[pair]]
        if at_home >= 0:
            cost[at_home] = kept
        least = np.inf
        for pair in range(number):
            least = min(least, cost[pair])
        total = 0.0
        for pair in range(number):
            above = (cost[pair] - least) / heat
            cost[pair] = np.exp(-above) if above < _FAR else 0.0
            total += cost[pair]
        sharp += least
        soft += least - heat * np.log(total)
        for pair in range(number):
            if cost[pair] > 0.0:
                share = cost[pair] / total
                ends = line_away[item] if pair == at_home else line_start[item + 1]
                for k in range(line_start[item], ends):
                    load[line[k], near[pair]] += share * use[k]
                if others:
                    for k in range(other_start[first + pair], other_start[first + pair + 1]):
                        other_load[other_row[k]] += share * other_use[k]
    return soft, sharp
