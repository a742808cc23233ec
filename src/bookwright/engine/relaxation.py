"""The linear relaxation by column generation: few pairs in the LP, all pairs priced, a certified bound at every round.

The LP holds for each item the pairs that can matter. An item with one pair in the LP is a constant there, so the LP
counts the contested items only. Each round solves it from the last basis, evaluates the Lagrangian over all pairs in
exact integers (that is the bound), and on the way picks the pairs that would lower the LP: for each *agent* its best,
since picking each item's best would send all of them to the same few agents.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import backend_lp, mip
from bookwright.engine.ascent import ascend
from bookwright.engine.backend_lp import Basis
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import Longs, loads, pair_of
from bookwright.engine.model import Ints, Model
from bookwright.engine.prices import Duals, blocks, duals_of, no_duals
from bookwright.engine.rows import item_of_pairs, pairs_of_items, together
from bookwright.engine.sample import sampled
from bookwright.engine.smooth import HEATS, USUAL_HEAT, climb

Floats = NDArray[np.float64]

_PER_AGENT = 60
_ENOUGH = 1e-5
_SAMPLE = 3_000
_LEAST_SAMPLE = 2_000
_SAMPLED_ABOVE = 5_000
_ASCENT_STEPS = 150
_WORTHWHILE, _HARDEN, _PATIENCE = 1e-4, 2e-3, 3
_MANY = 1_000_000
_NEAR_PER_ITEM, _NEAR_FOR_ASCENT = 0.3, 3.0
_NEW_SHARE = 0.1
_TURNS = (50, 50, 80, 160)
"""Steps of a round's climb: short until the pairs that were missing are there."""


@dataclass(eq=False)
class Relaxation:
    """What the relaxation of one level came to.

    `value` is the LP's over its own pairs, `bound` the best certified one over all pairs, `duals` the prices that
    bound rests on. `pairs` are the LP's pairs and `x` their weights (1 for a constant). `done`: no pair would lower it.
    `rough`: its prices were put together from parts that know nothing of each other, and are far off. `plan` is what
    it came to when made whole, where it was; then `value` holds what it was charged for the next level, `bound` not.
    """

    value: float
    bound: int
    duals: Duals
    pairs: Longs
    x: Floats
    done: bool
    rounds: int = 0
    rough: bool = False
    plan: NDArray[np.int32] | None = None
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
    sample: bool = True,
    stop: Callable[[], bool] | None = None,
    on_round: Callable[[Relaxation], None] | None = None,
) -> Relaxation | None:
    """Relaxes one level with the earlier ones held to `limits`; None if not even the first LP could be solved.

    `agent_of` must keep the hard rows and limits: it makes the first LP feasible. `warm` is an earlier relaxation (of
    any level) whose pairs and basis are taken over; `pairs` are more pairs to begin with; `sample` lets a sample of
    many items price a level of costs first. Ends when the certified bound is within `enough` of the LP's value, after
    `rounds`, `seconds`, or when `stop` says so.
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
    result: Relaxation | None = None
    rows_alone = cost is None and (level < 0 or model.levels[level].cost is None)
    if sample and model.items > _SAMPLED_ABOVE and not rows_alone:
        # Where rows alone are priced a sample tells little: what is scarce is scarce in single rows.
        result, near = promising(model, level, limits, agent_of, cost, seconds, stop)
        master.append(near)
        if on_round is not None and result is not None:
            on_round(result)
    chosen = np.unique(np.concatenate(master))
    basis = None if warm is None else warm.basis
    for count in range(1, rounds + 1):
        left = None if seconds is None else seconds - (monotonic() - began)
        if left is not None and left <= 0 and result is not None:
            break
        program = mip.build(model, level, limits, agent_of, chosen, cost)
        if basis is not None and backend_lp.news(basis, program) > _NEW_SHARE:
            # So much is new that presolve and the dual simplex from nothing are quicker (measured: 3 times).
            basis = None
        solved = backend_lp.linear(program, basis, None if left is None else max(left, 0.5))
        if solved is None and basis is not None:
            solved = backend_lp.linear(program, None, None if left is None else max(left, 0.5))
        if solved is None:
            break
        basis = solved.basis
        duals = duals_of(model, program, solved.dual, held)
        if cost is None and level >= 0:
            duals = _with_left_out(model, level, program, duals, agent_of)
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
        chosen = together(chosen, fresh)
    return result


def _with_left_out(model: Model, level: int, program: mip.Mip, duals: Duals, agent_of: Ints) -> Duals:
    """Prices that know of breaches which no column of the program could change: there the first columns are missing."""
    inside = np.zeros(model.items + sum(family.rows for family in model.families), dtype=np.bool_)
    inside[program.row_key[program.row_key < len(inside)]] = True
    row, key = list(duals.row), model.items
    for number, (family, load) in enumerate(zip(model.families, loads(model, agent_of), strict=True)):
        if family.level == level and family.price is not None:
            out = np.where(load > family.high, 1.0, np.where(load < family.low, -1.0, 0.0))
            known = inside[key : key + family.rows]
            row[number] = np.where(known, row[number], out * np.asarray(family.price))
        key += family.rows
    return Duals(tuple(row), duals.level)


def promising(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    cost: Ints | None,
    seconds: float | None,
    stop: Callable[[], bool] | None,
) -> tuple[Relaxation | None, Longs]:
    """What prices of a sample of items prove of the whole, and the pairs that nearly tie with their item's cheapest.

    Without such pairs the first LPs' prices mean nothing, and every round adds what the next one regrets.
    """
    size = min(max(model.items // 6, _LEAST_SAMPLE), _SAMPLE)
    step = -(-model.items // size)
    items = np.arange(step // 2, model.items, step, dtype=np.int64)
    small, small_limits, standing = sampled(model, items, limits, agent_of)
    own = None if cost is None else np.asarray(cost)[pairs_of_items(model, items)]
    began = monotonic() if seconds is not None else 0.0

    def late(part: float) -> bool:
        return (stop is not None and stop()) or (seconds is not None and monotonic() - began > part * seconds)

    part = None if seconds is None else seconds * 0.6
    found = relax(small, level, small_limits, standing, cost=own, seconds=part, enough=1e-3, stop=stop)
    stands = pair_of(model, agent_of)
    if found is None:
        return None, np.zeros(0, dtype=np.int64)
    bound, reduced = reduced_costs(model, level, limits, found.duals, cost)
    pairs = together(stands, _nearest(model, reduced, _NEAR_FOR_ASCENT))
    best, best_duals = bound, found.duals
    # The sample's prices are noisy row by row: short steps mend that (long ones were seen to lose what it knew).
    for first in (0.05, 0.02, 0.02, 0.01, 0.01, *(0.01, 0.005) * 10):
        before = best
        if late(0.85):
            break
        tried = ascend(
            model,
            level,
            best_duals,
            pairs,
            limits=limits,
            steps=_ASCENT_STEPS,
            first=first,
            cost=cost,
            over=lambda: late(0.9),
        )
        pricing = _Pricing(model, pairs)
        bound = certified(model, level, limits, tried, cost, pricing.visit)
        pairs = together(pairs, pricing.best_of_agents())
        if bound > best:
            best, best_duals = bound, tried
        if first <= 0.01 and best - before <= 1e-3 * abs(best):
            break
    whole = Relaxation(float(best), best, best_duals, stands, np.ones(len(stands)), done=False)
    _, reduced = reduced_costs(model, level, limits, whole.duals, cost)
    return whole, _nearest(model, reduced)


def first_guess(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    cost: Ints | None,
    seconds: float | None,
    stop: Callable[[], bool] | None,
) -> Relaxation:
    """Where climbs begin: a sample's prices, or, where there was no time for them, none at all, which prove nothing."""
    found, _ = promising(model, level, limits, agent_of, cost, seconds, stop)
    if found is not None:
        return found
    stands = pair_of(model, agent_of)
    return Relaxation(0.0, 0, no_duals(model, len(limits)), stands, np.ones(len(stands)), done=False, rough=True)


def lifted(
    model: Model,
    level: int,
    limits: list[int],
    relaxation: Relaxation,
    *,
    cost: Ints | None = None,
    rounds: int = 1_000,
    over: Callable[[], bool] | None = None,
    on_round: Callable[[Relaxation], None] | None = None,
    beside: Executor | None = None,
) -> Relaxation:
    """The relaxation with better prices by climbs, round by round: near pairs first, then those that were missing.

    From rough prices climbs begin soft and harden when a round wins little.
    """
    _, reduced = reduced_costs(model, level, limits, relaxation.duals, cost)
    pairs = together(relaxation.pairs, _nearest(model, reduced, _NEAR_FOR_ASCENT))
    duals, still, before, turn = relaxation.duals, 0, -np.inf, 0 if relaxation.rough else USUAL_HEAT
    for count in range(rounds):
        duals = climb(
            model,
            level,
            duals,
            pairs,
            limits=limits,
            cost=cost,
            turns=_TURNS[min(count, len(_TURNS) - 1)],
            heat=HEATS[turn],
            over=over,
            beside=beside,
        )
        pricing = _Pricing(model, pairs)
        bound = certified(model, level, limits, duals, cost, pricing.visit)
        pairs = together(pairs, pricing.best_of_agents())
        if bound > relaxation.bound:
            relaxation = replace(relaxation, value=float(bound), bound=bound, duals=duals)
            if on_round is not None:
                on_round(relaxation)
        # The first rounds fall behind, until the pairs that were missing are there: what counts is each on the last.
        won = bound - before
        if won <= _HARDEN * abs(bound) and turn < len(HEATS) - 1:
            turn += 1
        else:
            still = still + 1 if won <= _WORTHWHILE * abs(bound) else 0
        before = bound
        if still >= _PATIENCE or (over is not None and over()):
            break
    return relaxation


def _nearest(model: Model, reduced: NDArray[np.float32], per_item: float = _NEAR_PER_ITEM) -> Longs:
    """Each item's cheapest pair and the next nearest in all, a fraction of a pair an item."""
    count = min(model.items + int(per_item * model.items), model.pairs - 1)
    top = np.partition(reduced, count)[count]
    near: Longs = np.flatnonzero(reduced <= top)
    if count and len(near) > 2 * count:
        # Ties without end: items that cost nothing to place. Some of them will do.
        near = near[:: -(-len(near) // count)]
    return near


class _Pricing:
    """Collects, block by block, the pairs that would lower the LP, and keeps each agent's best."""

    def __init__(self, model: Model, chosen: Longs) -> None:
        self.model, self.chosen = model, chosen
        self.item = item_of_pairs(model, chosen)
        self.pair: list[Longs] = []
        self.gain: list[Floats] = []
        self.least = np.zeros(model.agents)
        self.count = 0

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
        agent = np.asarray(model.pair_agent)[where + begin]
        good = np.flatnonzero(gain / whole > self.least[agent])
        self.pair.append(where[good] + begin)
        self.gain.append(gain[good] / whole)
        self.count += len(good)
        if self.count > _MANY:
            self._prune()

    def _prune(self) -> None:
        """Keeps each agent's best so far and remembers what a pair must beat."""
        pair, gain = np.concatenate(self.pair), np.concatenate(self.gain)
        agent = np.asarray(self.model.pair_agent)[pair].astype(np.int64)
        order = np.lexsort((-gain, agent))
        pair, gain, agent = pair[order], gain[order], agent[order]
        begins = np.flatnonzero(np.concatenate(([True], agent[1:] != agent[:-1]))).astype(np.int64)
        lengths: Longs = np.diff(np.concatenate((begins, [len(agent)]))).astype(np.int64)
        rank = np.arange(len(agent)) - np.repeat(begins, lengths)
        last = rank == _PER_AGENT - 1
        self.least[agent[last]] = gain[last]
        kept = rank < _PER_AGENT
        self.pair, self.gain, self.count = [pair[kept]], [gain[kept]], int(kept.sum())

    def best_of_agents(self) -> Longs:
        """Each agent's best pairs."""
        if not self.count:
            return np.zeros(0, dtype=np.int64)
        self._prune()
        pair, gain = self.pair[0], self.gain[0]
        kept: Longs = np.sort(pair[gain > float(gain.max()) * 1e-7])
        return kept


def reduced_costs(
    model: Model, level: int, limits: list[int], duals: Duals, cost: Ints | None = None
) -> tuple[int, NDArray[np.float32]]:
    """The certified bound at these prices, and how much dearer each pair is than its item's cheapest, (pairs,).

    Whatever uses a pair is worth at least bound + that pair's reduced cost.
    """
    out: NDArray[np.float32] = np.empty(model.pairs, dtype=np.float32)

    def visit(first: int, last: int, pair_cost: Longs, least: Longs, whole: int) -> None:
        ends: Longs = np.asarray(model.pair_start[first : last + 1], dtype=np.int64)
        out[ends[0] : ends[-1]] = (pair_cost - np.repeat(least, ends[1:] - ends[:-1])) / whole

    return certified(model, level, limits, duals, cost, visit), out


def rounded(model: Model, relaxation: Relaxation) -> NDArray[np.int32]:
    """Its plan, or each item where the LP has most of it; may break rows and limits a little where items were split."""
    if relaxation.plan is not None:
        return relaxation.plan
    item = item_of_pairs(model, relaxation.pairs)
    order = np.lexsort((-relaxation.x, item))
    first = np.concatenate(([True], item[order][1:] != item[order][:-1]))
    return np.asarray(model.pair_agent)[relaxation.pairs[order[first]]].astype(np.int32)


def _home_pairs(model: Model) -> Longs:
    """The pair of each item's home, -1 where it has none or may not stay."""
    result = np.full(model.items, -1, dtype=np.int64)
    for first, last in blocks(model):
        begin, end = int(model.pair_start[first]), int(model.pair_start[last])
        ends: Longs = np.asarray(model.pair_start[first : last + 1], dtype=np.int64)
        counts = ends[1:] - ends[:-1]
        item = np.repeat(np.arange(first, last), counts)
        at_home = np.flatnonzero(np.asarray(model.pair_agent)[begin:end] == np.asarray(model.home)[item])
        result[item[at_home]] = at_home + begin
    return result
