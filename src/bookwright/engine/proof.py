"""The end of a level: branch and bound over the pairs that a better assignment could still use.

A pair whose reduced cost exceeds the gap is in no better assignment, so what is proved without it holds for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from threading import Event, Thread

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import mip, neighbourhood
from bookwright.engine.backend import quick_turns
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.book_cuts import with_books
from bookwright.engine.decomposition import Decomposition
from bookwright.engine.evaluate import pair_of
from bookwright.engine.faults import LEAN_AT_FAULT, Faults
from bookwright.engine.mip_counts import with_counts
from bookwright.engine.recombining import Broods
from bookwright.engine.search import Agents, Search
from bookwright.engine.turn import Turn

_PROVABLE, PROVABLE_ALONE = 40_000, 3_000
_NEIGHBOURHOODS_FIRST, _AGAIN_AT = 0.4, 0.35
_RECOMBINED, _NEIGHBOURHOODS = 1.5, 1.0
_LARGE, _LATE_PER_PAIR, _LATE_AT_MOST = 5_000, 1e-4, 0.3


class News:
    """Answers, by a program's pair columns, with the search's plan whenever there is another; None when there is none.

    A plan that uses pairs that were left out of the program is no news to it.
    """

    def __init__(self, search: Search, program: mip.Mip, told: Agents) -> None:
        self.search, self.program, self.told, self.begun = search, program, told, told

    def __call__(self) -> NDArray[np.float64] | None:
        """The plan, if it was not told yet."""
        model, plan = self.search.model, self.search.agent_of
        if plan is None or plan is self.told:
            return None
        self.told = plan
        x = mip.column_hint(model, self.program, plan)
        return x if np.array_equal(mip.assignment(model, self.program, x, self.begun), plan) else None


class Proof:
    """What the relaxation's prices and the agents' own searches leave open of a level, and its proof.

    `bound` and `reduced` are the relaxation's; `parts` is None where agents' searches were not made, `broods` where
    no pool of plans was gathered.
    """

    def __init__(
        self,
        turn: Turn,
        bound: int,
        reduced: neighbourhood.Reduced,
        parts: Decomposition | None,
        broods: Broods | None,
    ) -> None:
        self.turn, self.search, self.broods = turn, turn.search, broods
        self.bound, self.reduced, self.parts = bound, reduced, parts

    def open_pairs(self) -> int:
        """How many pairs a better assignment could still use, beyond one for each item."""
        return int(np.count_nonzero(self.usable())) - self.search.model.items

    def usable(self) -> NDArray[np.bool_]:
        """Which pairs a better assignment could use, by the relaxation's prices and by the agents' own searches."""
        usable: NDArray[np.bool_] = self.reduced <= self.cut(self.bound)
        if self.parts is not None:
            usable &= self.parts.loss <= self.cut(self.parts.exactly)
        return usable

    def cut(self, bound: float) -> float:
        """Reduced cost from which on a pair is in no better assignment; rounding is allowed for."""
        gap = max(self.search.values[self.search.level] - bound, 0)
        return gap * (1 + 1e-5) + 1e-5

    def within_reach(self, open_pairs: int, workers: int) -> bool:
        """Whether branch and bound can do something about so many open pairs."""
        return open_pairs <= (_PROVABLE if workers > 1 else PROVABLE_ALONE)

    def run(self, found: neighbourhood.Guide, rng: np.random.Generator, workers: int) -> None:
        """Branch and bound over all pairs that a better assignment could use; neighbourhoods beside or before it.

        When better plans close much of the gap meanwhile, it begins anew with fewer pairs.
        """
        search, turn = self.search, self.turn
        if workers == 1:
            begun, units = turn.left()
            neighbourhood.explore(
                search,
                found,
                over=lambda: turn.over() or turn.used(begun, units) > _NEIGHBOURHOODS_FIRST,
                rng=rng,
                at_most=4 * search.model.agents,
            )
            while not turn.over() and self.branch(None):
                pass
            return
        done = Event()
        faults = Faults(search, LEAN_AT_FAULT) if search.rows_alone and self.broods is None else None

        def spell(seconds: float) -> Callable[[], bool]:
            until = search.clock.elapsed + (seconds if self.broods is not None or faults is not None else inf)
            return lambda: done.is_set() or turn.over() or search.clock.elapsed > until

        tuning = neighbourhood.Tuning()

        def beside() -> None:
            while not (done.is_set() or turn.over()):
                if self.broods is not None:
                    self.broods.work(spell(_RECOMBINED))
                if faults is not None:
                    faults.work(spell(_RECOMBINED), workers - 1)
                neighbourhood.explore(
                    search, found, over=spell(_NEIGHBOURHOODS), rng=rng, workers=workers - 1, tuning=tuning
                )

        helper = Thread(target=beside, daemon=True)
        helper.start()
        try:
            with quick_turns():
                while not turn.over() and self.branch(_AGAIN_AT):
                    pass
            # A large program ends before the turn does, unless all is proved.
            beside()
        finally:
            done.set()
            helper.join()

    def branch(self, again_at: float | None) -> bool:
        """One run of branch and bound; True when it was broken off because the gap had shrunk to `again_at` of it."""
        search, model, turn = self.search, self.search.model, self.turn
        assert search.agent_of is not None
        agent_of = search.agent_of
        # Open pairs are those within the gap to this bound: only a better plan leaves fewer of them.
        bound = self.bound if self.parts is None else max(self.bound, self.parts.exactly)
        begin = search.values[search.level] - bound
        kept = np.union1d(np.flatnonzero(self.usable()), pair_of(model, agent_of))
        program = mip.build(model, search.level, search.limit_values(), agent_of, kept)
        shrunk = [False]

        def stop() -> bool:
            if again_at is not None and search.values[search.level] - bound < again_at * begin:
                shrunk[0] = True
            return shrunk[0] or turn.over()

        seconds, units = turn.left()
        if seconds is not None and len(program.pairs) > _LARGE:
            # Of a large program, LPs and cuts at the root are not interrupted for seconds.
            seconds -= min(_LATE_PER_PAIR * len(program.pairs), _LATE_AT_MOST * seconds)
        share = replace(turn.share, seconds=seconds, units=units, stop=stop)
        if not len(program.pairs):
            search.offer(mip.assignment(model, program, np.zeros(0), agent_of), "no choice")
            search.prove(solver=program.constant, note="no choice")
            return False
        if self.parts is not None:
            program = with_books(model, search.level, program, agent_of, self.parts.books)
        program = with_counts(model, program)
        hint = mip.column_hint(model, program, agent_of)
        outcome = branch_and_bound(
            program,
            share,
            hint,
            lambda x: search.offer(mip.assignment(model, program, x, agent_of), "branch and bound"),
            lambda proved: search.prove(solver=proved, note="branch and bound"),
            News(search, program, agent_of) if again_at is not None else None,
            # Of levels of rows alone it finds better plans than others do, of levels of costs it does not.
            seeks=search.rows_alone,
        )
        search.clock.units += outcome.units
        if outcome.x is not None:
            search.offer(mip.assignment(model, program, outcome.x, agent_of), "branch and bound")
        if outcome.bound is not None:
            search.prove(solver=outcome.bound, note="branch and bound")
        return shrunk[0]
