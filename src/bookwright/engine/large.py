"""Large models: relaxation for bound and guidance, then rounding, kernel and neighbourhoods while time lasts.

What one level learns serves the next: its LP's pairs and basis, and the assignment it ended with.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from bookwright.engine import exact, mip, neighbourhood
from bookwright.engine.backend import Share
from bookwright.engine.bound import certified
from bookwright.engine.decomposition import Decomposition, decompose
from bookwright.engine.evaluate import hard_breach, values
from bookwright.engine.faults import LEAN_AT_FAULT, Faults
from bookwright.engine.kernel import solve_kernel
from bookwright.engine.local import improve
from bookwright.engine.local_capacity import Capacities, capacities, capacity_prices
from bookwright.engine.local_state import Packed
from bookwright.engine.prices import Duals
from bookwright.engine.proof import PROVABLE_ALONE, Proof
from bookwright.engine.recombining import Broods
from bookwright.engine.relaxation import Relaxation, reduced_costs, rounded
from bookwright.engine.relaxing import MANY_ITEMS, Relaxing
from bookwright.engine.rounds import Rounds
from bookwright.engine.runs import ANNEALED_WITHOUT_CLOCK, SOME_ITEMS, Runs, part_annealed
from bookwright.engine.search import Agents, Search
from bookwright.engine.shards import NO_LP_ABOVE, relaxed, shards_for
from bookwright.engine.turn import Turn

_MENDABLE = 30_000
_LOCAL_UNITS = 20
_UNITS_PER_ROUND = 12
_DECOMPOSABLE = 3_000_000
_SLOW, _GLANCE = 0.9, 0.01
_EXACT_PAIRS = 1_000
_ROWS_DECOMPOSED, _MANY_DECOMPOSED = 0.1, 0.3


class Large:
    """Improves one level after another."""

    def __init__(self, search: Search, packed: Packed | None) -> None:
        self.search, self.packed = search, packed
        self.relaxing = Relaxing(search)
        self.rng = np.random.default_rng(search.limits.seed)
        self.turn = Turn(search, Share())
        self.parts: Decomposition | None = None
        self.broods: Broods | None = None
        # More than this the local search was never seen to make use of at one go.
        self.longest = 0.2 + 2e-5 * search.model.pairs

    def improve_level(self, share: Share) -> None:
        """Works on the current level until it is content or the share is used up."""
        search = self.search
        self.turn = self.relaxing.turn = Turn(search, share)
        self.parts = self.broods = None
        assert search.agent_of is not None
        shape = capacities(search.model, search.level)
        if shape is not None:
            self.fill(shape)
        workers = max(search.limits.workers, 1)
        by_rounds = search.rows_alone and search.model.items > SOME_ITEMS
        # Small levels of rows alone (overload, balance) are often brought to their bound by local search: it goes on
        # longer, in slices. Where annealing begins from the relaxation, a glance is enough. Before rounds it would
        # only spend what budgets and later levels have to pay for; but the largest overloads have no time for programs.
        hurried = search.level == 0 and search.model.items > NO_LP_ABOVE
        many = search.model.items > MANY_ITEMS
        # Costs of the largest models are all prices and annealing.
        largest = _GLANCE if search.model.items > NO_LP_ABOVE and not search.rows_alone else 0.0
        for _ in range(0 if by_rounds and not hurried else 6 if search.rows_alone else 1):
            before = search.values[search.level]
            self.local(search.agent_of, largest or (0.05 if search.rows_alone or many else 0.15), None)
            if self.turn.over():
                return
            if search.values[search.level] > _SLOW * before:
                break
        if by_rounds and search.level > 0 and not search.content():
            # Where nothing binds, a short local search ends the level; what does not is not taken.
            self.local(search.agent_of, 0.03, None, all_or_nothing=True)
            if self.turn.over():
                return
        relaxation = self.rounds(workers) if by_rounds else self.relaxing.beside(workers)
        if relaxation is None:
            self.local(search.agent_of, 0.5, None)
            return
        if self.turn.over():
            return
        if search.model.items > NO_LP_ABOVE and not search.rows_alone:
            relaxation = self.relaxing.pursue(relaxation, workers)
        if by_rounds and search.model.items > MANY_ITEMS:
            Faults(search, LEAN_AT_FAULT).work(self.turn.over, workers, self.at_most())
            return
        bound, reduced = reduced_costs(search.model, search.level, search.limit_values(), relaxation.duals)
        base = rounded(search.model, relaxation)
        if shape is None and not by_rounds:
            # A GAP has its own search behind it, which annealing did not better in the time it took.
            runs = Runs(self.turn, lambda: self.prove_books(relaxation), lambda refused: self.mended(refused, reduced))
            self.broods = runs.run(relaxation, reduced, workers)
        self.local(search.agent_of, largest or 0.05, reduced)
        if self.turn.over():
            return
        seconds, _ = self.turn.left()
        if seconds is not None and not search.rows_alone and shape is None and search.model.pairs <= _EXACT_PAIRS:
            # A level of costs that small CP-SAT proves from here in seconds; levels of rows it does worse (measured).
            exact.close_level(search, replace(share, seconds=seconds))
            return
        found = neighbourhood.guide(search.model, reduced)
        proof = Proof(self.turn, bound, reduced, self.parts, self.broods)
        open_pairs = proof.open_pairs()
        within_reach = proof.within_reach(open_pairs, workers)
        # Recombination has been over what a kernel holds, and rows alone have prices that tell little.
        if not within_reach or (open_pairs > PROVABLE_ALONE and self.broods is None and not search.rows_alone):
            solve_kernel(self.turn, relaxation, base, reduced)
        if within_reach:
            proof.run(found, self.rng, workers)
            return
        at_most = self.at_most()
        neighbourhood.explore(search, found, over=self.turn.over, rng=self.rng, workers=workers, at_most=at_most)

    def at_most(self) -> int | None:
        """How many neighbourhoods there are where neither seconds nor units end a turn."""
        endless = self.turn.share.seconds is None and self.turn.share.units is None
        return 50 * self.search.model.agents if endless else None

    def fill(self, shape: Capacities) -> None:
        """A level of costs under one capacity per agent (a GAP): its own prices prove, its own search goes first.

        That search plans its turns over all its time: one long call betters several short ones.
        """
        search, model = self.search, self.search.model
        assert search.agent_of is not None
        prices, _ = capacity_prices(model, shape)
        rows = []
        for family in model.families:
            row = np.zeros(family.rows)
            if family.level is None:
                held = np.asarray(family.row_of) >= 0
                row[np.asarray(family.row_of)[held]] = prices[held]
            rows.append(row)
        duals = Duals(tuple(rows), np.zeros(search.level))
        proved = certified(model, search.level, search.limit_values(), duals)
        search.prove(certified=proved, duals=duals, note="capacity prices")
        longest, self.longest = self.longest, float("inf")
        self.local(search.agent_of, 0.65, None)
        self.longest = longest

    def mend(self, share: Share) -> None:
        """Looks for an assignment that keeps every hard row, or proves that there is none."""
        search, model = self.search, self.search.model
        self.turn = Turn(search, share)
        assert search.agent_of is not None
        self.local(search.agent_of, 0.2, None)
        if search.hard == 0 or search.clock.over() is not None:
            return
        seconds, units = self.turn.left()
        part = None if seconds is None else seconds * 0.5
        if model.pairs <= _MENDABLE:
            exact.close_breach(search, replace(share, seconds=seconds, units=units))
            return
        relaxation = relaxed(model, mip.HARD, [], search.agent_of, seconds=part, stop=search.limits.stop)
        if relaxation is None:
            return
        search.impossible = relaxation.bound > 0
        _, reduced = reduced_costs(model, mip.HARD, [], relaxation.duals)
        self.local(rounded(model, relaxation), 0.3, reduced)
        self.local(search.agent_of, 0.3, reduced)

    def rounds(self, workers: int) -> Relaxation | None:
        """Rounds of shards; the relaxation of the whole, where there is one, and whole books prove beside them."""
        search = self.search
        rounds = Rounds(self.turn, lambda refused: self.mended(refused, None))
        seconds, units = self.turn.left()

        def prove() -> Relaxation | None:
            found = rounds.whole = self.relaxing.relaxation()
            if found is not None and not self.turn.over():
                self.prove_books(found)
            return found

        if search.model.items > NO_LP_ABOVE:
            return rounds.run(seconds, None if seconds is not None else units or 100, lambda: workers)
        if workers == 1 or seconds is None:
            found = prove()
            seconds, units = self.turn.left()
            part = part_annealed(search.model.items)
            rounds.run(
                None if seconds is None else seconds * part,
                None if seconds is not None else int((units or 100) * part),
                lambda: workers,
            )
            return found
        until = search.clock.elapsed + seconds * part_annealed(search.model.items)
        if shards_for(search.model) > 1:
            # The program of the whole is solved the sooner, the better the plan it starts from.
            rounds.run(until - search.clock.elapsed, None, lambda: workers, at_most=1)
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(prove)
            rounds.run(until - search.clock.elapsed, None, lambda: workers if beside.done() else workers - 1)
            return beside.result()

    def prove_books(self, relaxation: Relaxation) -> None:
        """Lifts the bound by letting every agent close its own rows."""
        search = self.search
        if search.model.pairs > _DECOMPOSABLE:
            if search.limits.workers > 1 and self.turn.share.seconds is not None and not search.rows_alone:
                # Prices still rise while the other core anneals, and a second annealing at the same prices ends alike.
                self.relaxing.pursue(relaxation, 1, part_annealed(search.model.items))
            return
        begun, units = self.turn.left()
        # Of many items little is won after the first rounds, and the core is wanted for an annealing of its own.
        many = _MANY_DECOMPOSED if search.model.items > MANY_ITEMS else 1.0
        part = part_annealed(search.model.items) * (_ROWS_DECOMPOSED if search.rows_alone else many)
        rounds = 10_000
        if self.turn.share.seconds is None:
            rounds = max(int((units or 100) * ANNEALED_WITHOUT_CLOCK) // _UNITS_PER_ROUND, 1)
            search.clock.units += rounds * _UNITS_PER_ROUND

        def over() -> bool:
            if begun is None:
                # The rounds are paid for: only an interruption ends them.
                return search.limits.stop is not None and search.limits.stop()
            return self.turn.over() or self.turn.used(begun, units) > part

        self.parts = decompose(
            search.model,
            search.level,
            search.limit_values(),
            relaxation.duals,
            value=lambda: search.values[search.level],
            over=over,
            tell=lambda proved: search.prove(solver=proved, note="books alone"),
            rounds=rounds,
        )

    def standing_of(self, agent_of: Agents) -> tuple[float, ...]:
        """How an assignment compares with others: smaller is better."""
        return self.search.key(hard_breach(self.search.model, agent_of), values(self.search.model, agent_of))

    def mended(self, refused: list[Agents], reduced: neighbourhood.Reduced | None) -> None:
        """Offers what a short local search makes of the best of some assignments that were refused as they are."""
        self.local(min(refused, key=self.standing_of), 0.02, reduced)

    def local(
        self, start: Agents, part: float, reduced: neighbourhood.Reduced | None, *, all_or_nothing: bool = False
    ) -> None:
        """Runs the local search from `start` for a part of the share; `all_or_nothing` takes what ends the level."""
        search = self.search
        effort = None
        if self.turn.share.seconds is None:
            effort = _LOCAL_UNITS * max(int((self.turn.share.units or 100) * part), 1)
            search.clock.units += effort // _LOCAL_UNITS
        found = improve(
            search.model,
            start,
            level=search.level,
            limits=search.limit_values(),
            seconds=None if self.turn.share.seconds is None else min(self.turn.share.seconds * part, self.longest),
            effort=effort,
            seed=search.limits.seed,
            reduced=reduced,
            stop=search.limits.stop,
            packed=self.packed,
        )
        if all_or_nothing:
            now, enough = search.standing[search.level].bound, search.model.levels[search.level].limit
            if values(search.model, found)[search.level] > (now if enough is None else max(now, enough)):
                return
        search.offer(found, "local search")
