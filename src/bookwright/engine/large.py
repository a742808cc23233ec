"""Large models: relaxation for bound and guidance, then rounding, kernel and neighbourhoods while time lasts.

What one level learns serves the next: its LP's pairs and basis, and the assignment it ended with.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count as count_from
from threading import Event, Thread

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import exact, mip, neighbourhood
from bookwright.engine.anneal import Annealing
from bookwright.engine.backend import Share
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.bound import certified
from bookwright.engine.decomposition import Decomposition, decompose
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.local import improve
from bookwright.engine.local_capacity import Capacities, capacities, capacity_prices
from bookwright.engine.local_state import Packed
from bookwright.engine.prices import Duals
from bookwright.engine.relaxation import NO_LP_ABOVE, Relaxation, lifted, reduced_costs, relax, rounded
from bookwright.engine.search import Agents, Search

_KERNEL_PAIRS = 1000
_PROVABLE, _PROVABLE_ALONE = 40_000, 3_000
_MENDABLE = 30_000
_KERNEL_ROWS = 8000
_LOCAL_UNITS = 20
_STEPS_PER_UNIT = 20_000
_UNITS_PER_ROUND = 12
_ANNEALED, _ANNEALED_SOME, _ANNEALED_MANY = 0.3, 0.5, 0.9
_SOME_ITEMS, _MANY_ITEMS = 1_000, 3_000
_DECOMPOSABLE = 3_000_000
_PURSUED, _CLIMBS_WITHOUT_CLOCK = 0.55, 6
_PATIENT_ITEMS = 1_500


class Large:
    """Improves one level after another."""

    def __init__(self, search: Search, packed: Packed | None) -> None:
        self.search, self.packed = search, packed
        self.warm: Relaxation | None = None
        self.rng = np.random.default_rng(search.limits.seed)
        self.share = Share()
        self.begun, self.units = 0.0, 0
        self.parts: Decomposition | None = None
        # More than this the local search was never seen to make use of at one go.
        self.longest = 0.2 + 2e-5 * search.model.pairs

    def improve_level(self, share: Share) -> None:
        """Works on the current level until it is content or the share is used up."""
        search = self.search
        self.share, self.begun, self.units = share, search.clock.elapsed, search.clock.units
        self.parts = None
        assert search.agent_of is not None
        shape = capacities(search.model, search.level)
        if shape is not None:
            self.fill(shape)
        # Levels of rows alone (overload, balance) are often brought to their bound by local search: it goes on longer,
        # in slices. Where annealing begins from the relaxation, a glance is enough.
        rows_alone = search.model.levels[search.level].cost is None
        for _ in range(6 if rows_alone else 1):
            self.local(search.agent_of, 0.05 if rows_alone or search.model.items > _MANY_ITEMS else 0.15, None)
            if self.over():
                return
        relaxation = self.relaxation()
        if relaxation is None:
            self.local(search.agent_of, 0.5, None)
            return
        if self.over():
            return
        workers = max(search.limits.workers, 1)
        if search.model.items > NO_LP_ABOVE and search.model.levels[search.level].cost is not None:
            relaxation = self.pursue(relaxation, workers)
        bound, reduced = reduced_costs(search.model, search.level, search.limit_values(), relaxation.duals)
        base = rounded(search.model, relaxation)
        if shape is None:
            # A GAP has its own search behind it, which annealing did not better in the time it took.
            self.anneal(relaxation, reduced, workers)
        self.local(search.agent_of, 0.05, reduced)
        found = neighbourhood.guide(search.model, reduced)
        if self.over():
            return
        open_pairs = self.open_pairs(bound, reduced)
        if open_pairs > _PROVABLE_ALONE:
            self.kernel(relaxation, base, reduced)
        if open_pairs <= (_PROVABLE if workers > 1 else _PROVABLE_ALONE):
            self.prove(bound, reduced, found, workers)
            return
        endless = self.share.seconds is None and self.share.units is None
        most = 50 * search.model.agents if endless else None
        neighbourhood.explore(search, found, over=self.over, rng=self.rng, workers=workers, at_most=most)

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
        search.prove(certified=certified(model, search.level, search.limit_values(), duals), note="capacity prices")
        longest, self.longest = self.longest, float("inf")
        self.local(search.agent_of, 0.65, None)
        self.longest = longest

    def open_pairs(self, bound: int, reduced: neighbourhood.Reduced) -> int:
        """How many pairs a better assignment could still use, beyond one for each item."""
        return int(np.count_nonzero(self.usable(bound, reduced))) - self.search.model.items

    def usable(self, bound: int, reduced: neighbourhood.Reduced) -> NDArray[np.bool_]:
        """Which pairs a better assignment could use, by the relaxation's prices and by the agents' own searches."""
        usable: NDArray[np.bool_] = reduced <= self.cut(bound)
        if self.parts is not None:
            usable &= self.parts.loss <= self.cut(self.parts.exactly)
        return usable

    def cut(self, bound: float) -> float:
        """Reduced cost from which on a pair is in no better assignment; rounding is allowed for."""
        gap = max(self.search.values[self.search.level] - bound, 0)
        return gap * (1 + 1e-5) + 1e-5

    def prove(self, bound: int, reduced: neighbourhood.Reduced, found: neighbourhood.Guide, workers: int) -> None:
        """Branch and bound over all pairs that a better assignment could use; neighbourhoods beside or before it.

        A pair whose reduced cost exceeds the gap is in no better assignment, so what is proved without it holds for
        all. When the neighbourhoods close much of the gap meanwhile, it begins anew with fewer pairs.
        """
        search = self.search
        if workers == 1:
            begun, units = self.left()
            neighbourhood.explore(
                search,
                found,
                over=lambda: self.over() or self.used(begun, units) > 0.4,
                rng=self.rng,
                at_most=4 * search.model.agents,
            )
            while not self.over() and self.branch(bound, reduced, None):
                pass
            return
        done = Event()

        def beside() -> None:
            neighbourhood.explore(
                search, found, over=lambda: done.is_set() or self.over(), rng=self.rng, workers=workers - 1
            )

        helper = Thread(target=beside, daemon=True)
        helper.start()
        try:
            while not self.over() and self.branch(bound, reduced, 0.6):
                pass
        finally:
            done.set()
            helper.join()

    def used(self, seconds: float | None, units: int | None) -> float:
        """What part of these seconds or units is gone since they were left."""
        now_seconds, now_units = self.left()
        if seconds is not None and now_seconds is not None:
            return 1 - now_seconds / max(seconds, 1e-9)
        if units is not None and now_units is not None:
            return 1 - now_units / max(units, 1)
        return 0.0

    def branch(self, bound: int, reduced: neighbourhood.Reduced, again_at: float | None) -> bool:
        """One run of branch and bound; True when it was broken off because the gap had shrunk to `again_at` of it."""
        search, model = self.search, self.search.model
        assert search.agent_of is not None
        agent_of = search.agent_of
        begin = search.values[search.level] - search.standing[search.level].bound
        kept = np.union1d(np.flatnonzero(self.usable(bound, reduced)), pair_of(model, agent_of))
        program = mip.build(model, search.level, search.limit_values(), agent_of, kept)
        shrunk = [False]

        def stop() -> bool:
            if (
                again_at is not None
                and search.values[search.level] - search.standing[search.level].bound < again_at * begin
            ):
                shrunk[0] = True
            return shrunk[0] or self.over()

        seconds, units = self.left()
        share = replace(self.share, seconds=seconds, units=units, stop=stop)
        if not len(program.pairs):
            search.offer(mip.assignment(model, program, np.zeros(0), agent_of), "no choice")
            search.prove(solver=program.constant, note="no choice")
            return False
        hint = mip.column_hint(model, program, agent_of)
        outcome = branch_and_bound(
            program,
            share,
            hint,
            lambda x: search.offer(mip.assignment(model, program, x, agent_of), "branch and bound"),
            lambda proved: search.prove(solver=proved, note="branch and bound"),
        )
        search.clock.units += outcome.units
        if outcome.x is not None:
            search.offer(mip.assignment(model, program, outcome.x, agent_of), "branch and bound")
        if outcome.bound is not None:
            search.prove(solver=outcome.bound, note="branch and bound")
        return shrunk[0]

    def mend(self, share: Share) -> None:
        """Looks for an assignment that keeps every hard row, or proves that there is none."""
        search, model = self.search, self.search.model
        self.share, self.begun, self.units = share, search.clock.elapsed, search.clock.units
        assert search.agent_of is not None
        self.local(search.agent_of, 0.2, None)
        if search.hard == 0 or search.clock.over() is not None:
            return
        seconds, units = self.left()
        part = None if seconds is None else seconds * 0.5
        if model.pairs <= _MENDABLE:
            exact.close_breach(search, replace(share, seconds=seconds, units=units))
            return
        relaxation = relax(model, mip.HARD, [], search.agent_of, seconds=part, stop=search.limits.stop)
        if relaxation is None:
            return
        search.impossible = relaxation.bound > 0
        _, reduced = reduced_costs(model, mip.HARD, [], relaxation.duals)
        self.local(rounded(model, relaxation), 0.3, reduced)
        self.local(search.agent_of, 0.3, reduced)

    def left(self) -> tuple[float | None, int | None]:
        """What is left of the level's share."""
        clock, share = self.search.clock, self.share
        seconds = None if share.seconds is None else share.seconds - (clock.elapsed - self.begun)
        units = None if share.units is None else share.units - (clock.units - self.units)
        return seconds, units

    def over(self) -> bool:
        """Whether the level's turn has ended."""
        if any(part is not None and part <= 0 for part in self.left()):
            return True
        return self.search.clock.over() is not None or self.search.content()

    def relaxation(self) -> Relaxation | None:
        """The level's relaxation, its bound passed on round by round."""
        search = self.search
        seconds, _ = self.left()
        assert search.agent_of is not None
        found = relax(
            search.model,
            search.level,
            search.limit_values(),
            search.agent_of,
            warm=self.warm,
            seconds=None if seconds is None else seconds * (0.5 if search.model.items <= NO_LP_ABOVE else 0.2),
            stop=search.limits.stop,
            on_round=lambda r: search.prove(certified=r.bound, note="relaxation"),
        )
        if found is not None:
            self.warm = found
            search.clock.units += found.rounds
            search.standing[search.level].duals = found.duals.plain()
        return found

    def pursue(self, relaxation: Relaxation, workers: int) -> Relaxation:
        """Better prices where no LP gives them, by climbs; beside them one annealing by the prices at hand."""
        search = self.search
        begun, units = self.left()
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(
                lifted,
                search.model,
                search.level,
                search.limit_values(),
                relaxation,
                over=lambda: self.over() or self.used(begun, units) > _PURSUED,
                rounds=_CLIMBS_WITHOUT_CLOCK if begun is None else 1_000,
                on_round=lambda found: search.prove(certified=found.bound, note="climb"),
            )
            if workers > 1:
                self.glance(relaxation, None if begun is None else begun * _PURSUED)
            relaxation = beside.result()
        self.warm = relaxation
        search.standing[search.level].duals = relaxation.duals.plain()
        return relaxation

    def glance(self, relaxation: Relaxation, seconds: float | None) -> None:
        """One annealing by the prices at hand."""
        search = self.search
        assert search.agent_of is not None
        limits = search.limit_values()
        _, reduced = reduced_costs(search.model, search.level, limits, relaxation.duals)
        field = Annealing(search.model, search.level, limits, relaxation.duals, reduced, search.agent_of)
        steps = _STEPS_PER_UNIT * _LOCAL_UNITS if seconds is None else None
        found = field.run(seconds=seconds, steps=steps, seed=search.limits.seed, stop=search.limits.stop)
        search.offer(found, "annealing")

    def kernel(self, relaxation: Relaxation, base: Agents, reduced: neighbourhood.Reduced) -> None:
        """One program over the LP's support and the pairs of lowest reduced cost, everything else as the LP has it."""
        search, model = self.search, self.search.model
        assert search.agent_of is not None
        count = min(_KERNEL_PAIRS + model.items, model.pairs - 1)
        top = np.partition(reduced, count)[count]
        low = np.flatnonzero(reduced <= top)[: 2 * count]
        pairs = np.unique(np.concatenate([low, relaxation.pairs[relaxation.x > 1e-9], pair_of(model, search.agent_of)]))
        program = mip.build(model, search.level, neighbourhood.drawn_in(search), base, pairs)
        if program.rows > _KERNEL_ROWS or not len(program.pairs):
            return
        seconds, units = self.left()
        share = Share(
            seconds=None if seconds is None else seconds * 0.3,
            units=None if units is None else max(units // 2, 1),
            seed=search.limits.seed,
            content=self.share.content,
            content_share=self.share.content_share,
            stop=search.limits.stop,
        )
        hint = mip.column_hint(model, program, search.agent_of)
        outcome = branch_and_bound(
            program, share, hint, lambda x: search.offer(mip.assignment(model, program, x, base), "kernel")
        )
        search.clock.units += outcome.units
        if outcome.x is not None:
            search.offer(mip.assignment(model, program, outcome.x, base), "kernel")

    def decompose(self, relaxation: Relaxation) -> Decomposition | None:
        """Lifts the bound by letting every agent close its own rows."""
        search = self.search
        if search.model.pairs > _DECOMPOSABLE:
            return None
        begun, units = self.left()
        rounds = 10_000
        if self.share.seconds is None:
            rounds = max(int((units or 100) * _ANNEALED) // _UNITS_PER_ROUND, 1)
            search.clock.units += rounds * _UNITS_PER_ROUND
        return decompose(
            search.model,
            search.level,
            search.limit_values(),
            relaxation.duals,
            value=lambda: search.values[search.level],
            over=lambda: self.over() or (begun is not None and self.used(begun, units) > self.annealed()),
            tell=lambda proved: search.prove(solver=proved, note="books alone"),
            rounds=rounds,
        )

    def anneal(self, relaxation: Relaxation, reduced: neighbourhood.Reduced, workers: int) -> None:
        """Anneals what the relaxation leaves open and lifts its bound meanwhile; mends the best that came out."""
        search = self.search
        assert search.agent_of is not None
        field = Annealing(search.model, search.level, search.limit_values(), relaxation.duals, reduced, search.agent_of)
        left, units = self.left()
        # Levels of rows alone leave the relaxation's plan for what the search has: there is more to lose than to win.
        begin = None if search.model.levels[search.level].cost is not None else search.agent_of
        if left is None:
            count = max(int((units or 100) * _ANNEALED), 1)
            search.clock.units += count
            self.mended(field.run(steps=_STEPS_PER_UNIT * count, seed=search.limits.seed, begin=begin), reduced)
            self.parts = self.decompose(relaxation)
            return
        until = search.clock.elapsed + left * self.annealed()
        # Small fields: many short runs, since luck decides. Large ones: few long runs, since patience does.
        each = 0.5 + (2e-3 if len(field.items) < _PATIENT_ITEMS else 12e-3) * len(field.items)

        def runs(worker: int) -> list[Agents]:
            if worker == workers - 1:
                self.parts = self.decompose(relaxation)
            refused = []
            for turn in count_from(0):
                rest = until - search.clock.elapsed
                if self.over() or (turn and rest < 0.7 * each) or rest <= 0:
                    break
                found = field.run(
                    seconds=rest if rest < 1.7 * each else each,
                    seed=search.limits.seed + turn * workers + worker,
                    begin=begin,
                    stop=search.limits.stop,
                )
                if not search.offer(found, "annealing"):
                    refused.append(found)
            return refused

        with ThreadPoolExecutor(workers) as pool:
            refused = [found for job in [pool.submit(runs, w) for w in range(workers)] for found in job.result()]
        if refused:
            self.mended(min(refused, key=self.standing_of), reduced)

    def annealed(self) -> float:
        """What part of what is left goes to annealing: branch and bound wins most where items are few."""
        items = self.search.model.items
        return _ANNEALED_MANY if items > _MANY_ITEMS else _ANNEALED_SOME if items > _SOME_ITEMS else _ANNEALED

    def standing_of(self, agent_of: Agents) -> tuple[float, ...]:
        """How an assignment compares with others: smaller is better."""
        return self.search.key(hard_breach(self.search.model, agent_of), values(self.search.model, agent_of))

    def mended(self, agent_of: Agents, reduced: neighbourhood.Reduced) -> None:
        """Offers an assignment, mended where it is not better as it is."""
        if not self.search.offer(agent_of, "annealing"):
            self.local(agent_of, 0.02, reduced)

    def local(self, start: Agents, part: float, reduced: neighbourhood.Reduced | None) -> None:
        """Runs the local search from `start` for a part of the share."""
        search = self.search
        effort = None
        if self.share.seconds is None:
            effort = _LOCAL_UNITS * max(int((self.share.units or 100) * part), 1)
            search.clock.units += effort // _LOCAL_UNITS
        found = improve(
            search.model,
            start,
            level=search.level,
            limits=search.limit_values(),
            seconds=None if self.share.seconds is None else min(self.share.seconds * part, self.longest),
            effort=effort,
            seed=search.limits.seed,
            reduced=reduced,
            stop=search.limits.stop,
            packed=self.packed,
        )
        search.offer(found, "local search")
