"""Neighbourhoods: the items of a few agents re-solved as a small mixed-integer program, over and over.

The relaxation says where to look. A pair's reduced cost is what using it loses against the relaxation; the losses of
the pairs in use add up to the distance of the assignment from the bound. So agents that lose much are taken first,
together with agents that their items could cheaply go to, and only pairs of low reduced cost are let in.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import mip
from bookwright.engine.backend import Share
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.evaluate import Longs, pair_of
from bookwright.engine.model import Model
from bookwright.engine.rows import item_of_pairs
from bookwright.engine.search import Agents, Search

Floats = NDArray[np.float64]
Reduced = NDArray[np.float32]

_GOOD_PER_ITEM = 6
_LEAST_GOOD = 20_000


@dataclass(eq=False)
class Guide:
    """Pairs worth looking at, in order of pair: their items, agents and reduced costs; losses are per pair in use."""

    pairs: Longs
    item: Longs
    agent: Longs
    reduced: Reduced
    all_reduced: Reduced


def guide(model: Model, reduced: Reduced) -> Guide:
    """Keeps the pairs of lowest reduced cost: about six an item, but at least 20,000."""
    wanted = max(_LEAST_GOOD, _GOOD_PER_ITEM * model.items)
    if model.pairs <= wanted:
        kept = np.arange(model.pairs, dtype=np.int64)
    else:
        top = np.partition(reduced, wanted)[wanted]
        kept = np.flatnonzero(reduced <= top)
        if len(kept) > 2 * wanted:
            # Many ties at zero: items that cost nothing to place. A few of each will do.
            below = np.flatnonzero(reduced < top)
            ties = np.setdiff1d(kept, below)
            step = -(-len(ties) // wanted)
            kept = np.union1d(below, ties[::step])
    item = item_of_pairs(model, kept)
    return Guide(kept, item, np.asarray(model.pair_agent)[kept].astype(np.int64), reduced[kept], reduced)


@dataclass
class Tuning:
    """How large neighbourhoods are: grown while they are solved at once, shrunk when they are not."""

    agents: int = 6
    pairs: int = 350

    def learn(self, finished: bool, bettered: bool) -> None:
        """Takes one outcome into account."""
        if not finished:
            self.pairs = max(int(self.pairs * 0.85), 80)
            self.agents = max(self.agents - (self.pairs < 200), 3)
        elif not bettered:
            self.pairs = min(int(self.pairs * 1.06) + 1, 2500)
            self.agents = min(self.agents + (self.pairs > 60 * self.agents), 40)


def explore(
    search: Search,
    found: Guide,
    *,
    over: Callable[[], bool],
    rng: np.random.Generator,
    slice_seconds: float = 1.5,
    slice_units: int = 30,
    at_most: int | None = None,
    workers: int = 1,
    tuning: Tuning | None = None,
) -> int:
    """Re-solves neighbourhoods until `over` says so, or `at_most` of them; how many were solved.

    Every better assignment is offered to the search. With several workers that many disjoint neighbourhoods are
    solved at a time, and what one finds is taken only if it still fits after the others.
    """
    model, tuning = search.model, tuning or Tuning()
    tired = np.zeros(model.agents)
    count = 0
    with ThreadPoolExecutor(workers) as pool:
        while not over() and (at_most is None or count < at_most):
            assert search.agent_of is not None
            agent_of = search.agent_of
            groups = _groups(model, found, agent_of, tired, tuning.agents, workers, rng)
            if not groups:
                break
            programs = [_program(search, found, agent_of, group, tuning.pairs) for group in groups]
            share = Share(seconds=search.clock.slice(slice_seconds), units=slice_units, seed=search.limits.seed)
            jobs = [
                None
                if program is None
                else pool.submit(branch_and_bound, program, share, mip.column_hint(model, program, agent_of))
                for program in programs
            ]
            for group, program, job in zip(groups, programs, jobs, strict=True):
                count += 1
                search.clock.units += 1
                tired[group] += 1.0
                if program is None or job is None:
                    continue
                outcome = job.result()
                search.clock.units += outcome.units - 1
                bettered = False
                if outcome.x is not None:
                    bettered = _take(search, program, outcome.x, agent_of)
                if bettered:
                    tired[group] = 0.0
                tuning.learn(outcome.verdict.value in ("optimal", "infeasible"), bettered)
    return count


def _take(search: Search, program: mip.Mip, x: Floats, agent_of: Agents) -> bool:
    """Offers what one neighbourhood found, on top of what others have changed meanwhile."""
    assert search.agent_of is not None
    new = mip.assignment(search.model, program, x, agent_of)
    changed = np.flatnonzero(new != agent_of)
    if not len(changed):
        return False
    merged = search.agent_of.copy()
    merged[changed] = new[changed]
    return search.offer(merged, "neighbourhood")


def _groups(
    model: Model,
    found: Guide,
    agent_of: Agents,
    tired: Floats,
    size: int,
    how_many: int,
    rng: np.random.Generator,
) -> list[Longs]:
    """Disjoint groups of agents: each begins where much is lost, and grows along pairs of low reduced cost."""
    agents = model.agents
    now = agent_of[found.item].astype(np.int64)
    using = pair_of(model, agent_of)
    loss = np.bincount(agent_of, weights=np.maximum(found.all_reduced[using], 0), minlength=agents)
    other = now != found.agent
    spread = float(np.median(found.reduced[other])) if other.any() else 1.0
    weight = np.exp(-found.reduced[other] / max(spread, 1e-12))
    near = np.bincount(now[other] * agents + found.agent[other], weights=weight, minlength=agents * agents)
    near = near.reshape(agents, agents)
    near = near + near.T
    free = near.sum(axis=1) > 0
    groups: list[Longs] = []
    mean = max(float(loss.mean()), 1e-9)
    for _ in range(how_many):
        if free.sum() < 2:
            break
        chance = np.where(free, (loss + 0.3 * mean) / (1.0 + tired) ** 2, 0.0)
        group = [int(rng.choice(agents, p=chance / chance.sum()))]
        pull = near[group[0]].copy()
        while len(group) < size:
            chance = np.where(free, pull, 0.0)
            chance[group] = 0.0
            if chance.sum() <= 0:
                break
            group.append(int(rng.choice(agents, p=chance / chance.sum())))
            pull += near[group[-1]]
        free[group] = False
        if len(group) >= 2:
            groups.append(np.sort(np.array(group, dtype=np.int64)))
    return groups


def _program(search: Search, found: Guide, agent_of: Agents, group: Longs, size: int) -> mip.Mip | None:
    """The program over the group's items and their cheapest pairs within the group."""
    model = search.model
    inside = np.zeros(model.agents, dtype=bool)
    inside[group] = True
    now = agent_of[found.item]
    usable = np.flatnonzero(inside[found.agent] & inside[now] & (now != found.agent))
    if not len(usable):
        return None
    if len(usable) > size:
        usable = usable[np.argpartition(found.reduced[usable], size)[:size]]
    items = np.unique(found.item[usable])
    using = pair_of(model, agent_of)
    pairs = np.unique(np.concatenate([found.pairs[usable], using[items]]))
    return mip.build(model, search.level, drawn_in(search), agent_of, pairs)


def drawn_in(search: Search) -> list[int]:
    """The limits less what a solver's tolerances could hide, so that plans keep them in integers too."""
    limits = search.limit_values()
    margins = [level.unit // 10**7 for level in search.model.levels]
    return [max(min(v, x), x - m) for x, v, m in zip(limits, search.values, margins, strict=False)]
