"""Small models: every level as one program over all pairs, proved by branch and bound in exact integers."""

from __future__ import annotations

import numpy as np

from bookwright.engine import backend, mip
from bookwright.engine.backend import Share, Verdict
from bookwright.engine.relaxation import relax
from bookwright.engine.search import Search


def close_breach(search: Search, share: Share) -> None:
    """Looks for an assignment that keeps everything hard, or proves that there is none; else the least breach."""
    assert search.agent_of is not None
    model = search.model
    program = mip.build(model, mip.HARD, [], search.agent_of)
    outcome = _solve(search, program, share)
    if outcome.bound is not None and outcome.bound > 0:
        search.impossible = True


def close_level(search: Search, share: Share) -> None:
    """Solves the current level to its end, or as far as the share goes."""
    assert search.agent_of is not None
    program = mip.build(search.model, search.level, search.limit_values(), search.agent_of)
    outcome = _solve(search, program, share)
    if outcome.bound is not None:
        search.prove(solver=outcome.bound, note="branch and bound")
    _certify(search)


def _certify(search: Search) -> None:
    """Prices of rows for what is proved already: one LP over all pairs, so that part of the bound is a certificate."""
    assert search.agent_of is not None
    every = np.arange(search.model.pairs, dtype=np.int64)
    found = relax(search.model, search.level, search.limit_values(), search.agent_of, pairs=every)
    if found is not None:
        search.prove(certified=found.bound, duals=found.duals, note="relaxation")


def _solve(search: Search, program: mip.Mip, share: Share) -> backend.Outcome:
    """Runs CP-SAT, offering every plan on the way."""
    model = search.model
    assert search.agent_of is not None
    base = search.agent_of.copy()

    def on_plan(x: backend.Floats) -> None:
        search.offer(mip.assignment(model, program, x, base), "branch and bound")

    if len(program.pairs) == 0:
        # Nobody has a choice: what stands is the only assignment.
        only = mip.assignment(model, program, program.cost[:0].astype(float), base)
        search.offer(only, "no choice")
        value = program.constant
        return backend.Outcome(Verdict.OPTIMAL, None, value)
    start = mip.column_hint(model, program, base)
    outcome = backend.cpsat(program, share, start, on_plan)
    search.clock.units += outcome.units
    if outcome.x is not None:
        search.offer(mip.assignment(model, program, outcome.x, base), "branch and bound")
    return outcome
