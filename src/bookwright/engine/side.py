"""A proven answer to "how little of something else could a plan this good need": a bound on another cost."""

from __future__ import annotations

import numpy as np

from bookwright.engine import mip
from bookwright.engine.backend import Share, Verdict
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.evaluate import pair_of
from bookwright.engine.model import Answer, Ints, Model
from bookwright.engine.relaxation import reduced_costs
from bookwright.engine.shards import relaxed

_OPEN_PAIRS = 15_000
_UNITS = 50


def side_bound(model: Model, answer: Answer, cost: Ints, seconds: float | None, levels: int) -> int:
    """No assignment that keeps all hard rows and the first `levels` levels as well as `answer` costs less than this.

    `cost` is (pairs,), at least 0, in any unit (1 for each chosen move: the least number of moves). The levels are
    held to the limits in `answer`. A relaxation first, certified in exact integers; then, where few enough pairs are
    left open by it, branch and bound for the rest of `seconds` (None: no clock is read, and it ends after a thousand
    nodes). An answer that breaks hard rows supports no such sentence: then the bound is what the cheapest pairs cost.
    """
    limits = [report.limit for report in answer.levels[:levels]]
    found = None
    if answer.hard_breach == 0:
        part = None if seconds is None else seconds * 0.5
        found = relaxed(model, -1, limits, answer.agent_of, cost=cost, seconds=part)
    if found is None:
        start = np.asarray(model.pair_start[:-1], dtype=np.int64)
        return int(np.minimum.reduceat(np.asarray(cost, dtype=np.int64), start).sum()) if model.items else 0
    own = np.asarray(cost)[pair_of(model, answer.agent_of)]
    bound, reduced = reduced_costs(model, -1, limits, found.duals, cost)
    # Pairs dearer than the answer itself stand in no cheaper assignment.
    kept = np.flatnonzero(reduced <= (int(own.sum()) - bound) * (1 + 1e-5) + 1e-5)
    if len(kept) - model.items > _OPEN_PAIRS:
        return found.bound
    kept = np.union1d(kept, pair_of(model, answer.agent_of))
    program = mip.build(model, -1, limits, answer.agent_of, kept, cost)
    if not len(program.pairs):
        return max(found.bound, min(program.constant, int(own.sum())))
    share = Share(units=_UNITS) if seconds is None else Share(seconds=seconds * 0.5)
    hint = mip.column_hint(model, program, answer.agent_of)
    outcome = branch_and_bound(program, share, hint)
    if outcome.verdict is Verdict.INFEASIBLE or outcome.bound is None:
        return found.bound
    return max(found.bound, min(outcome.bound, int(own.sum())))
