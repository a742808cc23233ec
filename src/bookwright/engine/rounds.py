"""Levels of rows alone (overload, balance, evenness), round by round: programs of shards, made whole, annealed cool.

Where nothing but rows is priced, an annealing alone does not see the chains of exchanges that a linear program sees at
once, and a program alone splits what cannot be split. In turns they bring each other on: the program starts from what
the annealing left and changes what is worth changing, diving makes its plan whole, and little heat mends what that
broke. All of them are charged a little for what comes after the level (`leaning.py`), so that budgets last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import TypeVar

from bookwright.engine.anneal import LEAN, STEPS_PER_UNIT, Annealing
from bookwright.engine.faults import LEAN_AT_FAULT, Faults
from bookwright.engine.leaning import leaning
from bookwright.engine.recombining import Recombination
from bookwright.engine.relaxation import Relaxation, reduced_costs, rounded
from bookwright.engine.search import Agents
from bookwright.engine.shards import NO_LP_ABOVE, relax_shards, shards_for
from bookwright.engine.turn import Turn

_COOL = (0.003, 0.02)
_SECONDS, _SECONDS_PER_ITEM_OF_FEW, _SECONDS_PER_ITEM, _FIRST, _MOST_SECONDS = 0.4, 3e-4, 5e-5, 0.3, 6.0
_LEAN_OF_LARGE, _FIRST_LEAN, _LEANER, _LEANEST = 0.3, 0.1, 0.3, 0.1
_FEW_ITEMS, _LARGE_ITEMS = 1_500, 5_000
_FEWEST_AGENTS = 5
_LONGER = 1.4
_NEAR_OF_LARGE = 0.5
_ROUNDS_WITHOUT_CLOCK, _FEW = 4, 2
_RECOMBINED = 0.5
_BURST, _RETRIED = 1.5, 0.3
_AGAIN = 0.3

T = TypeVar("T")
R = TypeVar("R")


class Rounds:
    """Rounds of one level's turn; `mend` is given the plans of a round of which none was better as it was."""

    def __init__(self, turn: Turn, mend: Callable[[list[Agents]], None]) -> None:
        self.turn, self.search, self.mend = turn, turn.search, mend
        self.whole: Relaxation | None = None
        items = self.search.model.items
        each = _SECONDS_PER_ITEM if items > _LARGE_ITEMS else _SECONDS_PER_ITEM_OF_FEW
        self.each = min(_SECONDS + each * items, _MOST_SECONDS)
        # Where time is scarce, two rounds of half the size win more than one.
        self.count = shards_for(self.search.model) * (2 if items > NO_LP_ABOVE else 1)
        self.number = self.spells = 0
        self.recombination = Recombination(self.search)
        self.faults: Faults | None = None
        self.rate, self.last = {False: 0.0, True: inf}, True
        self.lean = LEAN if items <= _LARGE_ITEMS else _LEAN_OF_LARGE
        if self.search.level == 0:
            # Nothing binds the first level yet: a breath is enough to tell its plans apart.
            self.lean *= _FIRST_LEAN

    def run(
        self, seconds: float | None, units: int | None, workers: Callable[[], int], at_most: int = 1_000_000
    ) -> Relaxation | None:
        """Rounds for so many seconds or units, by as many workers as there are at the moment; the last programs."""
        search = self.search
        until = None if seconds is None else search.clock.elapsed + seconds
        found: Relaxation | None = None
        for _ in range(at_most if until is not None else _ROUNDS_WITHOUT_CLOCK):
            rest = None if until is None else until - search.clock.elapsed
            if self.over() or (rest is not None and (rest <= 0 or (self.number and rest < 0.5 * self.each))):
                break
            before, begun = search.values[search.level], search.clock.elapsed
            at_fault = until is not None and self.faults_are_next()
            if at_fault:
                assert until is not None
                self.at_fault(until, workers())
            else:
                self.number += 1
                share = None if units is None else units // _ROUNDS_WITHOUT_CLOCK
                found = self.round(self.number, rest, share, workers())
            won = (before - search.values[search.level]) / max(before - search.standing[search.level].bound, 1)
            self.learn(at_fault, won, search.clock.elapsed - begun)
        return found

    def faults_are_next(self) -> bool:
        """Whether neighbourhoods of agents at fault won more a second than the last round, or it is their turn."""
        if self.rate[True] == self.rate[False]:
            return not self.last
        return self.number > 0 and self.rate[True] > self.rate[False]

    def learn(self, at_fault: bool, won: float, seconds: float) -> None:
        """Takes in what part of the way to the bound a round or a spell of neighbourhoods went."""
        self.last = at_fault
        self.rate[at_fault] = won / max(seconds, 0.1)
        # What won nothing is tried again once the other wins little, too.
        self.rate[not at_fault] = max(self.rate[not at_fault], _RETRIED * self.rate[at_fault])

    def at_fault(self, until: float, workers: int) -> None:
        """Neighbourhoods around agents at fault, for about as long as a round anneals."""
        search = self.search
        self.spells += 1
        if self.faults is None:
            self.faults = Faults(search, LEAN_AT_FAULT)
        # The first spell is short: it tells what the next ones are worth.
        ends = min(until, search.clock.elapsed + (_BURST if self.spells == 1 else max(self.each, _BURST)))
        self.faults.work(lambda: search.clock.elapsed > ends or self.over(), workers)

    def over(self) -> bool:
        """Whether the turn has ended. What is within the gap has a second round: its last hours may be seen."""
        search = self.search
        if (
            search.values[search.level] > search.standing[search.level].bound
            and search.content()
            and not search.good_enough()
            and self.number + self.spells < _FEW
        ):
            return search.clock.over() is not None
        return self.turn.over()

    @staticmethod
    def each_of(work: Callable[[T], R], of: Iterable[T], workers: int) -> list[R]:
        """What the work comes to for each of some, by so many workers at once."""
        if workers == 1:
            return [work(one) for one in of]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(work, of))

    def round(self, number: int, rest: float | None, units: int | None, workers: int) -> Relaxation:
        """Programs of shards dealt out anew, then every worker anneals from their plan with some heat of its own."""
        search = self.search
        model, level, limits = search.model, search.level, search.limit_values()
        assert search.agent_of is not None
        standing = search.agent_of
        seed = search.limits.seed + 1000 * number
        # What is within the gap already is brought to its bound at nearly any cost; at none it would wander.
        lean = self.lean * _LEANEST if search.content() else self.lean
        begun = search.clock.elapsed
        found = relax_shards(
            model,
            level,
            limits,
            standing,
            count=self.count,
            seed=seed,
            workers=workers,
            seconds=rest,
            stop=search.limits.stop,
            lean=lean,
        )
        search.prove(certified=found.bound, duals=found.duals, note="shards")
        search.clock.units += found.rounds
        base = rounded(model, found)
        # Prices of different shards do not agree with each other: those of the whole are better, once there are any.
        prices = self.whole or found
        # Prices that prove nothing tell no pairs apart: then what the next level would pay does.
        posed = leaning(model, level, lean, standing) if prices.bound <= 0 else model
        _, reduced = reduced_costs(posed, level, limits, prices.duals)
        near = _NEAR_OF_LARGE if model.items > _LARGE_ITEMS else 1.0
        field = Annealing(model, level, limits, prices.duals, reduced, standing, also=base, lean=lean, near=near)
        if rest is not None:
            rest = max(rest - (search.clock.elapsed - begun), 0.1)
            # Before there is a program of the whole, a short run brings its start near enough.
            each = self.each * (_FIRST if number == 1 and self.whole is None else 1.0)
            rest = rest if rest < 1.7 * each else each

        def again(plan: Agents) -> Agents:
            # What ended with a breach goes on a little, with little heat: a round is too dear to be lost to one.
            more = None if rest is None else _AGAIN * rest
            more_steps = None if units is None else int(_AGAIN * STEPS_PER_UNIT * max(units, 1))
            return field.run(
                begin=plan, hot=_COOL[0], seconds=more, steps=more_steps, seed=seed + 7, stop=search.limits.stop
            )

        def anneal(worker: int) -> Agents:
            # Small fields: luck decides, so of two workers one begins hot from what stands, in turns.
            hot = model.items <= _FEW_ITEMS and (number + worker) % 2 == 1
            return field.run(
                begin=standing if hot else base,
                hot=field.hot if hot else _COOL[worker % 2],
                seconds=rest,
                steps=None if units is None else STEPS_PER_UNIT * max(units, 1),
                seed=seed + worker,
                stop=search.limits.stop,
            )

        if units is not None:
            search.clock.units += units
        annealed = self.each_of(anneal, range(workers) if workers > 1 else [number], workers)
        # Programs win most at first, patience later.
        self.each *= _LONGER
        refused = [plan for plan in annealed if not self.recombination.offer(plan, "annealing")]
        if len(refused) == len(annealed):
            broken = [plan for plan in refused if search.breaks(plan)]
            if len(broken) == len(refused) and not self.over():
                annealed = self.each_of(again, refused, workers)
                refused = [plan for plan in annealed if not self.recombination.offer(plan, "annealing")]
        if len(refused) == len(annealed):
            self.mend(refused)
        if number > 1 and not self.over():
            # Each round is good somewhere else: what a few of them use holds more than any of them.
            slice_seconds = _RECOMBINED * (self.each if rest is None else min(self.each, rest))

            def recombine(_: int) -> bool:
                return self.recombination.recombine(slice_seconds)

            self.each_of(recombine, range(workers), workers)
        if search.agent_of is standing:
            # Smaller shards change less of what stands, and so break less of it; dear changes are made at last.
            self.lean = max(self.lean * _LEANER, _LEANEST * LEAN)
            self.count = min(self.count + (self.count + 1) // 2, max(model.agents // _FEWEST_AGENTS, self.count))
        return found
