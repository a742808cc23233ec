"""The kernel: one program over what the relaxation uses and what nearly ties with it.

Angelelli, Mansini, Speranza, Kernel search: a general heuristic for the multi-dimensional knapsack problem, Computers &
Operations Research 37, 2010. There is one kernel only: neighbourhoods go on from there.
"""

from __future__ import annotations

import numpy as np

from bookwright.engine import mip
from bookwright.engine.backend import Share
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.evaluate import pair_of
from bookwright.engine.neighbourhood import Reduced, drawn_in
from bookwright.engine.relaxation import Relaxation
from bookwright.engine.search import Agents
from bookwright.engine.turn import Turn

_PAIRS, _ROWS = 1000, 8000
_SECONDS = 0.3


def solve_kernel(turn: Turn, relaxation: Relaxation, base: Agents, reduced: Reduced) -> None:
    """One program over the LP's support and the pairs of lowest reduced cost, everything else as at `base`.

    What it finds is offered to the turn's search. `reduced` is (pairs,). Too many rows, and there is none.
    """
    search, model = turn.search, turn.search.model
    assert search.agent_of is not None
    count = min(_PAIRS + model.items, model.pairs - 1)
    top = np.partition(reduced, count)[count]
    low = np.flatnonzero(reduced <= top)[: 2 * count]
    # A plan made whole may stand where the LP has nothing.
    stood = [pair_of(model, search.agent_of), pair_of(model, base)]
    pairs = np.unique(np.concatenate([low, relaxation.pairs[relaxation.x > 1e-9], *stood]))
    program = mip.build(model, search.level, drawn_in(search), base, pairs)
    if program.rows > _ROWS or not len(program.pairs):
        return
    seconds, units = turn.left()
    share = Share(
        seconds=None if seconds is None else seconds * _SECONDS,
        units=None if units is None else max(units // 2, 1),
        seed=search.limits.seed,
        content=turn.share.content,
        content_share=turn.share.content_share,
        stop=search.limits.stop,
    )
    hint = mip.column_hint(model, program, search.agent_of)
    outcome = branch_and_bound(
        program, share, hint, lambda x: search.offer(mip.assignment(model, program, x, base), "kernel")
    )
    search.clock.units += outcome.units
    if outcome.x is not None:
        search.offer(mip.assignment(model, program, outcome.x, base), "kernel")
