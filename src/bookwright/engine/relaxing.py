"""How a level comes by its prices: its relaxation, what can be had where that is too large, what goes on beside.

What one level learns serves the next: its LP's pairs and basis.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from bookwright.engine.anneal import Annealing
from bookwright.engine.backend import Share
from bookwright.engine.neighbourhood import Reduced
from bookwright.engine.prices import Duals
from bookwright.engine.relaxation import Relaxation, first_guess, lifted, reduced_costs, relax
from bookwright.engine.search import Search
from bookwright.engine.shards import NO_LP_ABOVE
from bookwright.engine.turn import Turn

MANY_ITEMS = 3_000
"""Items from which a level's program takes so long that something else goes on beside it."""

_SAMPLED, _PURSUED, _CLIMBS_WITHOUT_CLOCK = 0.05, 0.5, 6
_BESIDE_LP = 0.3


class Relaxing:
    """Relaxes one level after another; `turn` is the current level's."""

    def __init__(self, search: Search) -> None:
        self.search, self.turn = search, Turn(search, Share())
        self.warm: Relaxation | None = None

    def relaxation(self, hear: Callable[[Relaxation], None] | None = None) -> Relaxation | None:
        """The level's relaxation, its bound passed on round by round."""
        search = self.search
        seconds, _ = self.turn.left()
        assert search.agent_of is not None
        part = _SAMPLED if search.model.items > NO_LP_ABOVE else 0.7 if search.rows_alone else 0.5

        def told(so_far: Relaxation) -> None:
            search.prove(certified=so_far.bound, duals=so_far.duals, note="relaxation")
            if hear is not None:
                hear(so_far)

        model, limits, stop = search.model, search.limit_values(), search.limits.stop
        seconds = None if seconds is None else seconds * part
        if model.items > NO_LP_ABOVE:
            # Climbs come from anywhere to the same prices: better ones to begin with cost more than they save.
            found: Relaxation | None = first_guess(model, search.level, limits, search.agent_of, None, seconds, stop)
            assert found is not None
            told(found)
        else:
            found = relax(
                model,
                search.level,
                limits,
                search.agent_of,
                warm=self.warm,
                seconds=seconds,
                stop=stop,
                on_round=told,
            )
        if found is not None:
            self.warm = found
            search.clock.units += found.rounds
        return found

    def beside(self, workers: int) -> Relaxation | None:
        """The relaxation; where it takes long, another core anneals meanwhile, by the first prices there are."""
        search, (seconds, _) = self.search, self.turn.left()
        if workers < 2 or seconds is None or not MANY_ITEMS < search.model.items <= NO_LP_ABOVE:
            return self.relaxation()
        priced = Event()
        first: list[Relaxation] = []

        def hear(found: Relaxation) -> None:
            first.append(found)
            priced.set()

        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(self.relaxation, hear)
            beside.add_done_callback(lambda _: priced.set())
            priced.wait()
            if first and not beside.done():
                duals = first[0].duals
                _, reduced = reduced_costs(search.model, search.level, search.limit_values(), duals)
                self.glance(duals, reduced, seconds * _BESIDE_LP)
            return beside.result()

    def pursue(self, relaxation: Relaxation, workers: int, part: float = _PURSUED) -> Relaxation:
        """Better prices where no LP gives them, by climbs on two cores: what is annealed at poor ones is lost.

        They take at most `part` of what the turn has left.
        """
        search = self.search
        begun, units = self.turn.left()
        with ThreadPoolExecutor(1) as pool:
            relaxation = lifted(
                search.model,
                search.level,
                search.limit_values(),
                relaxation,
                over=lambda: self.turn.over() or self.turn.used(begun, units) > part,
                rounds=_CLIMBS_WITHOUT_CLOCK if begun is None else 1_000,
                on_round=lambda found: search.prove(certified=found.bound, duals=found.duals, note="climb"),
                beside=pool if workers > 1 else None,
            )
        self.warm = relaxation
        return relaxation

    def glance(self, duals: Duals, reduced: Reduced, seconds: float) -> None:
        """One annealing by the prices at hand, from what they choose."""
        search = self.search
        assert search.agent_of is not None
        field = Annealing(search.model, search.level, search.limit_values(), duals, reduced, search.agent_of)
        found = field.run(seconds=seconds, seed=search.limits.seed, stop=search.limits.stop)
        search.offer(found, "annealing")
