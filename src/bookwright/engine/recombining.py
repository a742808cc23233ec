"""Recombination: what several good plans agree on stands, the rest is one small program.

Short annealings end in different plans of nearly the same value, each good somewhere else. The pairs that a few of
them use hold far better plans than any of them: a program over just those pairs has some hundred columns, and is
solved in a fraction of the time that the annealings took.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import Lock

import numpy as np

from bookwright.engine import mip
from bookwright.engine.anneal import STEPS_PER_UNIT, WARM, Annealing, heat_for
from bookwright.engine.backend import Share, Verdict
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.neighbourhood import drawn_in
from bookwright.engine.search import Agents, Search

BROOD = 5
"""Annealings before each program."""

_SECONDS_PER_ITEM = 3e-4
_KEPT = 40
_FEWEST, _FIRST, _MOST = 1, 6, 24
_SLICE, _SLICE_UNITS = 1.5, 30


class Pool:
    """Distinct plans of one level's turn, the best first; plans that break a limit stand behind those that do not."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.plans: list[tuple[tuple[float, ...], int, Agents]] = []
        self._known: set[bytes] = set()
        self._lock = Lock()
        self._taken = 0

    def add(self, plan: Agents) -> bool:
        """Takes the plan in, unless it is known; only so many of the best are kept."""
        search = self.search
        key = search.key(hard_breach(search.model, plan), values(search.model, plan))
        with self._lock:
            name = plan.tobytes()
            if name in self._known:
                return False
            self._known.add(name)
            self._taken += 1
            self.plans.append((key, self._taken, plan))
            self.plans.sort(key=lambda each: each[:2])
            for *_, dropped in self.plans[_KEPT:]:
                self._known.discard(dropped.tobytes())
            del self.plans[_KEPT:]
            return True

    def partners(self, wanted: int, rng: np.random.Generator) -> list[Agents]:
        """So many plans at random, the better the likelier."""
        with self._lock:
            plans = [plan for *_, plan in self.plans]
        if len(plans) <= wanted:
            return plans
        chance = 1.0 / (np.arange(len(plans)) + 2.0)
        chosen = rng.choice(len(plans), size=wanted, replace=False, p=chance / chance.sum())
        return [plans[k] for k in sorted(chosen)]


class Recombination:
    """One level's pool, and programs over what some of its plans use. Several threads may work at once."""

    def __init__(self, search: Search) -> None:
        self.search, self.pool = search, Pool(search)
        self.rng = np.random.default_rng(search.limits.seed)
        self.size = _FIRST
        self.bettered = 0.0

    def offer(self, plan: Agents, note: str) -> bool:
        """Takes a plan into the pool and offers it to the search; whether it is better."""
        self.pool.add(plan)
        better = self.search.offer(plan, note)
        if better:
            self.bettered = self.search.clock.elapsed
        return better

    def recombine(self, seconds: float = _SLICE) -> bool:
        """The best plan over the pairs that some plans of the pool use, and the plan at hand; whether it is better."""
        search, model = self.search, self.search.model
        assert search.agent_of is not None
        agent_of = search.agent_of
        plans = [agent_of, *self.pool.partners(self.size, self.rng)]
        pairs = np.unique(np.concatenate([pair_of(model, plan) for plan in plans]))
        program = mip.build(model, search.level, drawn_in(search), agent_of, pairs)
        if not len(program.pairs):
            return False
        share = Share(
            seconds=search.clock.slice(seconds),
            units=_SLICE_UNITS,
            seed=search.limits.seed,
            stop=search.limits.stop,
        )
        outcome = branch_and_bound(program, share, mip.column_hint(model, program, agent_of))
        search.clock.units += outcome.units
        # As many plans as are solved to their end in time.
        done = outcome.verdict in (Verdict.OPTIMAL, Verdict.INFEASIBLE)
        self.size = min(self.size + 1, _MOST) if done else max(self.size - 1, _FEWEST)
        return outcome.x is not None and self.offer(
            mip.assignment(model, program, outcome.x, agent_of), "recombination"
        )


class Broods:
    """Short annealings of one field, and programs over what they use, in turns. Several threads may work at once."""

    def __init__(self, search: Search, field: Annealing) -> None:
        self.search, self.field, self.recombination = search, field, Recombination(search)
        self.each = _SECONDS_PER_ITEM * len(field.items)
        self._runs = count(search.limits.seed)

    def work(self, over: Callable[[], bool], units: int | None = None) -> None:
        """A program after every few annealings, until `over` says so; with `units`, annealings of so many, and once."""
        while not over():
            for _ in range(BROOD):
                if over():
                    return
                self.anneal(units)
            if not over():
                self.recombination.recombine()
            if units is not None:
                return

    def anneal(self, units: int | None) -> None:
        """One short annealing from the relaxation's plan, or with little heat from the plan at hand, in turns."""
        search, number = self.search, next(self._runs)
        at_hand = number % BROOD % 2 == 1
        found = self.field.run(
            begin=search.agent_of if at_hand else None,
            hot=heat_for(self.each, self.field.patience) if at_hand else WARM,
            seconds=self.each if units is None else None,
            steps=None if units is None else STEPS_PER_UNIT * units,
            seed=number,
            stop=search.limits.stop,
        )
        search.clock.units += units or 0
        self.recombination.offer(found, "annealing")
