"""The linear relaxation by column generation: few pairs in the LP, all pairs priced, a certified bound at every round.

The LP holds for each item the pairs that can matter. An item with one pair in the LP is a constant there, so the LP
counts the contested items only. Each round solves it from the last basis, evaluates the Lagrangian over all pairs in
exact integers (that is the bound), and on the way picks the pairs that would lower the LP: for each *agent* its best,
since picking each item's best would send all of them to the same few agents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import backend_highs, mip
from bookwright.engine.backend_highs import Basis
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import Longs, pair_of
from bookwright.engine.model import Ints, Model
from bookwright.engine.prices import Duals, blocks, duals_of, priced
from bookwright.engine.rows import item_of_pairs

Floats = NDArray[np.float64]

_PER_AGENT = 60
_ENOUGH = 1e-5


@dataclass(eq=False)
class Relaxation:
    """What the relaxation of one level came to.

    `value` is the LP's over its own pairs, `bound` the best certified one over all pairs, `duals` the prices that
    bound rests on. `pairs` are the LP's pairs and `x` their weights (1 for a constant). `done`: no pair would lower it.
    """

    value: float
    bound: int
    duals: Duals
    pairs: Longs
    x: Floats
    done: bool
    rounds: int = 0
    basis: Basis | None = field(default=None, repr=False)


def relax(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    *,
    cost: Ints | None = None,
    warm: Relaxation | None = None,
    pairs: Longs | None = None,
    seconds: float | None = None,
    rounds: int = 200,
    enough: float = _ENOUGH,
    stop: Callable[[], bool] | None = None,
    on_round: Callable[[Relaxation], None] | None = None,
) -> Relaxation | None:
    """Relaxes one level with the earlier ones held to `limits`; None if not even the first LP could be solved.

    `agent_of` must keep the hard rows and limits: it makes the first LP feasible. `warm` is an earlier relaxation (of
    any level) whose pairs and basis are taken over; `pairs` are more pairs to begin with. Ends when the certified
    bound is within `enough` of the LP's value, after `rounds`, `seconds`, or when `stop` says so.
    """
    began = monotonic() if seconds is not None else 0.0
    held = len(limits)
    standing = pair_of(model, agent_of)
    master = [standing]
    home = _home_pairs(model)
    master.append(home[home >= 0])
    if warm is not None:
        master.append(warm.pairs)
    if pairs is not None:
        master.append(pairs)
    chosen = np.unique(np.concatenate(master))
    basis = None if warm is None else warm.basis
    result: Relaxation | None = None
    for count in range(1, rounds + 1):
        left = None if seconds is None else seconds - (monotonic() - began)
        if left is not None and left <= 0 and result is not None:
            break
        program = mip.build(model, level, limits, agent_of, chosen, cost)
        solved = backend_highs.linear(program, basis, None if left is None else max(left, 0.5))
        if solved is None and basis is not None:
            solved = backend_highs.linear(program, None, None if left is None else max(left, 0.5))
        if solved is None:
            break
        basis = solved.basis
        duals = duals_of(model, program, solved.dual, held)
        pricing = _Pricing(model, chosen)
        bound = certified(model, level, limits, duals, cost, pricing.visit)
        fresh = pricing.best_of_agents()
        x = np.ones(len(chosen))
        x[np.searchsorted(chosen, program.pairs)] = solved.x[: len(program.pairs)]
        keep_old = result is not None and result.bound >= bound
        result = Relaxation(
            value=solved.objective,
            bound=result.bound if keep_old and result is not None else bound,
            duals=result.duals if keep_old and result is not None else duals,
            pairs=chosen,
            x=x,
            done=len(fresh) == 0 or solved.objective - bound <= enough * max(abs(solved.objective), 1.0),
            rounds=count,
            basis=basis,
        )
        if on_round is not None:
            on_round(result)
        if result.done or (stop is not None and stop()):
            break
        chosen = np.union1d(chosen, fresh)
    return result


class _Pricing:
    """Collects, block by block, the pairs that would lower the LP, and keeps each agent's best."""

    def __init__(self, model: Model, chosen: Longs) -> None:
        self.model, self.chosen = model, chosen
        self.item = item_of_pairs(model, chosen)
        self.pair: list[Longs] = []
        self.gain: list[Floats] = []

    def visit(self, first: int, last: int, cost: Longs, least: Longs, whole: int) -> None:
        """Compares each pair of the block with the best pair its item has in the LP."""
        model, begin = self.model, int(self.model.pair_start[first])
        a, b = np.searchsorted(self.item, (first, last))
        inside, item = self.chosen[a:b], self.item[a:b] - first
        starts = np.flatnonzero(np.concatenate(([True], item[1:] != item[:-1])))
        have = np.minimum.reduceat(cost[inside - begin], starts)
        behind = np.flatnonzero(have > least)
        if not len(behind):
            return
        start = np.asarray(model.pair_start[first : last + 1], dtype=np.int64) - begin
        counts = start[behind + 1] - start[behind]
        offset = np.repeat(start[behind] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        where = offset + np.arange(len(offset))
        gain = np.repeat(have[behind], counts) - cost[where]
        good = gain > 0
        self.pair.append(where[good] + begin)
        self.gain.append(gain[good] / whole)

    def best_of_agents(self) -> Longs:
        """Each agent's best pairs."""
        if not self.pair:
            return np.zeros(0, dtype=np.int64)
        pair, gain = np.concatenate(self.pair), np.concatenate(self.gain)
        floor = float(gain.max()) * 1e-7
        pair, gain = pair[gain > floor], gain[gain > floor]
        agent = np.asarray(self.model.pair_agent)[pair]
        order = np.lexsort((-gain, agent))
        agent = agent[order]
        begins = np.flatnonzero(np.concatenate(([True], agent[1:] != agent[:-1])))
        rank = np.arange(len(agent)) - np.repeat(begins, np.diff(np.append(begins, len(agent)).astype(np.int64)))
        chosen: Longs = np.sort(pair[order[rank < _PER_AGENT]])
        return chosen


def reduced_costs(model: Model, level: int, duals: Duals, cost: Ints | None = None) -> NDArray[np.float32]:
    """How much dearer each pair is than its item's cheapest at these prices, (pairs,), at least 0."""
    own = cost if cost is not None else model.levels[level].cost
    out: NDArray[np.float32] = np.empty(model.pairs, dtype=np.float32)
    for first, last in blocks(model):
        begin, end = int(model.pair_start[first]), int(model.pair_start[last])
        block = priced(model, duals, own, first, last)
        start = np.asarray(model.pair_start[first:last], dtype=np.int64) - begin
        counts = np.diff(np.append(start, end - begin))
        out[begin:end] = block - np.repeat(np.minimum.reduceat(block, start), counts)
    return out


def rounded(model: Model, relaxation: Relaxation) -> NDArray[np.int32]:
    """Each item where the LP has most of it; may break rows and limits a little, since some items are split."""
    item = item_of_pairs(model, relaxation.pairs)
    order = np.lexsort((-relaxation.x, item))
    first = np.concatenate(([True], item[order][1:] != item[order][:-1]))
    return np.asarray(model.pair_agent)[relaxation.pairs[order[first]]].astype(np.int32)


def _home_pairs(model: Model) -> Longs:
    """The pair of each item's home, -1 where it has none or may not stay."""
    result = np.full(model.items, -1, dtype=np.int64)
    for first, last in blocks(model):
        begin, end = int(model.pair_start[first]), int(model.pair_start[last])
        counts = np.diff(np.asarray(model.pair_start[first : last + 1], dtype=np.int64))
        item = np.repeat(np.arange(first, last), counts)
        at_home = np.flatnonzero(np.asarray(model.pair_agent)[begin:end] == np.asarray(model.home)[item])
        result[item[at_home]] = at_home + begin
    return result
