"""Large models: relaxation for bound and guidance, then rounding, kernel and neighbourhoods while time lasts.

What one level learns serves the next: its LP's pairs and basis, and the assignment it ended with.
"""

from __future__ import annotations

import numpy as np

from bookwright.engine import mip, neighbourhood
from bookwright.engine.backend import Share
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.evaluate import pair_of
from bookwright.engine.local import improve
from bookwright.engine.local_state import Packed
from bookwright.engine.relaxation import Relaxation, reduced_costs, relax, rounded
from bookwright.engine.search import Agents, Search

_KERNEL_PAIRS = 1000
_KERNEL_ROWS = 8000
_LOCAL_UNITS = 20


class Large:
    """Improves one level after another."""

    def __init__(self, search: Search, packed: Packed | None) -> None:
        self.search, self.packed = search, packed
        self.warm: Relaxation | None = None
        self.rng = np.random.default_rng(search.limits.seed)
        self.share = Share()
        self.begun, self.units = 0.0, 0

    def improve_level(self, share: Share) -> None:
        """Works on the current level until it is content or the share is used up."""
        search = self.search
        self.share, self.begun, self.units = share, search.clock.elapsed, search.clock.units
        assert search.agent_of is not None
        self.local(search.agent_of, 0.05, None)
        if self.over():
            return
        relaxation = self.relaxation()
        if relaxation is None:
            self.local(search.agent_of, 0.5, None)
            return
        if self.over():
            return
        reduced = reduced_costs(search.model, search.level, relaxation.duals)
        base = rounded(search.model, relaxation)
        self.local(base, 0.1, reduced)
        self.local(search.agent_of, 0.05, reduced)
        if not self.over():
            self.kernel(relaxation, base, reduced)
        found = neighbourhood.guide(search.model, reduced)
        neighbourhood.explore(search, found, over=self.over, rng=self.rng)

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
            seconds=None if seconds is None else seconds * 0.5,
            stop=search.limits.stop,
            on_round=lambda r: search.prove(certified=r.bound, note="relaxation"),
        )
        if found is not None:
            self.warm = found
            search.clock.units += found.rounds
            search.standing[search.level].duals = {
                "row": [part.tolist() for part in found.duals.row],
                "level": found.duals.level.tolist(),
            }
        return found

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
            seconds=None if seconds is None else seconds * 0.4,
            units=None if units is None else max(units // 2, 1),
            seed=search.limits.seed,
            content=self.share.content,
            content_share=self.share.content_share,
            stop=search.limits.stop,
        )
        hint = mip.column_hint(model, program, search.agent_of)
        outcome = branch_and_bound(
            program, share, hint, lambda x: self.offer(mip.assignment(model, program, x, base), "kernel")
        )
        search.clock.units += outcome.units
        if outcome.x is not None:
            self.offer(mip.assignment(model, program, outcome.x, base), "kernel")

    def offer(self, agent_of: Agents, note: str) -> None:
        """Offers an assignment to the search."""
        self.search.offer(agent_of, note)

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
            seconds=None if self.share.seconds is None else self.share.seconds * part,
            effort=effort,
            seed=search.limits.seed,
            reduced=reduced,
            stop=search.limits.stop,
            packed=self.packed,
        )
        search.offer(found, "local search")
