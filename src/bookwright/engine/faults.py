"""Neighbourhoods of levels of rows alone: small programs around the agents whose rows are outside their ends.

Where a level's bound is 0 or near it, the relaxation's prices say nothing of where an assignment loses: it loses where
rows stand outside. So a neighbourhood begins with an agent at fault, takes in agents that others' items could come
to, preferably at fault themselves, and lets in the pairs that later levels and budgets would pay least for. Pairs that
bring an item home go in first: they give back what a budget has spent.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import mip
from bookwright.engine.backend import Share, Verdict
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.evaluate import Longs, loads, outside, pair_of
from bookwright.engine.leaning import charge_unit, charges
from bookwright.engine.model import Model
from bookwright.engine.neighbourhood import Tuning, drawn_in
from bookwright.engine.rows import item_of_pairs
from bookwright.engine.search import Agents, Search

Floats = NDArray[np.float64]

LEAN_AT_FAULT = 0.1

_AGENTS, _PAIRS = 6, 250
_SLICE, _SLICE_UNITS = 0.5, 10
_EVEN, _AT_FAULT = 0.02, 5.0
_TIES = 1e-3


def faults(model: Model, level: int, agent_of: Agents) -> Floats:
    """What each agent's rows outside their ends cost the level at the first slope, (agents,)."""
    found = np.zeros(model.agents)
    for family, load in zip(model.families, loads(model, agent_of), strict=True):
        if family.level == level and family.by == "agent" and family.price is not None:
            cost = outside(family, load).astype(np.float64) * np.asarray(family.price, dtype=np.float64)
            row_of = np.asarray(family.row_of)
            held = row_of >= 0
            found[held] += cost[row_of[held]]
    return found


class Faults:
    """Neighbourhoods around agents at fault in the search's current level; charged `lean` for what comes after it."""

    def __init__(self, search: Search, lean: float) -> None:
        self.search = search
        self.charged = lean * charge_unit(search.model, search.level)
        self.tuning = Tuning(agents=_AGENTS, pairs=_PAIRS)
        self.tired = np.zeros(search.model.agents)
        self.rng = np.random.default_rng(search.limits.seed)
        self.count = 0

    def work(self, over: Callable[[], bool], workers: int, at_most: int | None = None) -> int:
        """Programs until `over` says so, or so many of them; how many were better than what stood."""
        last = None if at_most is None else self.count + at_most
        won: list[int] = []

        def turns(_: int) -> None:
            while not over() and (last is None or self.count < last):
                self.count += 1
                if self.better():
                    won.append(self.count)

        if workers == 1:
            turns(0)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(turns, range(workers)))
        return len(won)

    def better(self) -> bool:
        """One program around an agent at fault; whether what it found is better."""
        search, model = self.search, self.search.model
        assert search.agent_of is not None
        agent_of = search.agent_of
        group = self.group(agent_of)
        pairs = self.pairs(agent_of, group)
        search.clock.units += 1
        self.tired[group[0]] += 1.0
        program = mip.build(model, search.level, drawn_in(search), agent_of, pairs)
        if not len(program.pairs):
            return False
        share = Share(
            seconds=search.clock.slice(_SLICE),
            units=_SLICE_UNITS,
            seed=search.limits.seed + self.count,
        )
        outcome = branch_and_bound(self.leaning(program, agent_of), share, mip.column_hint(model, program, agent_of))
        search.clock.units += outcome.units - 1
        bettered = False
        if outcome.x is not None:
            new = mip.assignment(model, program, outcome.x, agent_of)
            changed = np.flatnonzero(new != agent_of)
            if len(changed):
                # Others may have found something meanwhile: what was found here goes on top, if it still fits.
                merged = search.agent_of.copy()
                merged[changed] = new[changed]
                bettered = search.offer(merged, "agents at fault")
        if bettered:
            self.tired[group] = 0.0
        self.tuning.learn(outcome.verdict in (Verdict.OPTIMAL, Verdict.INFEASIBLE), bettered)
        return bettered

    def leaning(self, program: mip.Mip, agent_of: Agents) -> mip.Mip:
        """The program with its pairs charged for what comes after the level; what it proves is not made use of."""
        model, pairs = self.search.model, program.pairs
        cost = program.cost.copy()
        charge = charges(model, self.search.level, pairs, item_of_pairs(model, pairs), agent_of)
        cost[: len(pairs)] += np.round(charge * self.charged).astype(np.int64)
        return replace(program, cost=cost)

    def group(self, agent_of: Agents) -> Longs:
        """An agent at fault, and agents whose items could come to the group, rather at fault than not."""
        model, rng = self.search.model, self.rng
        fault = faults(model, self.search.level, agent_of)
        fault += max(_EVEN * float(fault.mean()), 1e-9)
        chance = fault / (1.0 + self.tired) ** 2
        group = [int(rng.choice(model.agents, p=chance / chance.sum()))]
        preferred = 1.0 + _AT_FAULT * fault / fault.max()
        pull, most = np.zeros(model.agents), self.tuning.agents
        while len(group) < most:
            mine = np.flatnonzero(np.asarray(model.pair_agent) == group[-1])
            pull += np.bincount(agent_of[item_of_pairs(model, mine)], minlength=model.agents)
            chance = pull * preferred
            chance[group] = 0.0
            if chance.sum() <= 0:
                break
            group.append(int(rng.choice(model.agents, p=chance / chance.sum())))
        return np.array(group, dtype=np.int64)

    def pairs(self, agent_of: Agents, group: Longs) -> Longs:
        """Pairs of a group's items within it, the cheapest for later levels, by some luck, and those in use."""
        model = self.search.model
        inside = np.zeros(model.agents, dtype=np.bool_)
        inside[group] = True
        found = np.flatnonzero(inside[np.asarray(model.pair_agent)])
        item, agent = item_of_pairs(model, found), np.asarray(model.pair_agent)[found]
        usable = inside[agent_of[item]] & (agent_of[item] != agent)
        found, item, agent = found[usable], item[usable], agent[usable]
        # Another thread may change the tuning meanwhile.
        most = self.tuning.pairs
        if len(found) > most:
            charge = charges(model, self.search.level, found, item, agent_of)
            key = (charge + _TIES) * self.rng.exponential(1.0, len(found))
            key[agent == np.asarray(model.home)[item]] = -1.0
            kept = np.argpartition(key, most)[:most]
            found, item = found[kept], item[kept]
        return np.unique(np.concatenate([found, pair_of(model, agent_of)[np.unique(item)]]))
