"""Compile the inner loops before the clock starts: once per installation, read from disk ever after."""

from __future__ import annotations

from functools import cache

import numpy as np

from bookwright.engine.anneal import Annealing
from bookwright.engine.decomposition import decompose
from bookwright.engine.local import improve
from bookwright.engine.model import Level, Model, RowFamily
from bookwright.engine.relaxation import lifted, reduced_costs, relax
from bookwright.engine.start import construct


@cache
def warm() -> None:
    """Run every compiled loop that a model of books needs on a model of four items and two agents, once per process.

    Takes about two seconds where the compiled code lies on disk, and half a minute where it has to be made.
    """
    one = np.ones(4, dtype=np.int64)
    free = np.array([0, 1], dtype=np.int32)
    nothing = np.array([-(2**61)] * 2, dtype=np.int64)
    model = Model(
        agents=2,
        pair_start=np.array([0, 2, 4, 6, 8], dtype=np.int64),
        pair_agent=np.array([0, 1] * 4, dtype=np.int32),
        home=np.array([0, 0, 0, -1], dtype=np.int32),
        levels=(Level("rows"), Level("costs", cost=np.array([0, 1] * 4, dtype=np.int64), scale="value")),
        families=(
            RowFamily("hard", one, np.zeros(2, dtype=np.int32), nothing[:1], np.array([3]), away_only=True),
            RowFamily("priced", one, free, one[:2], 2 * one[:2], level=0, price=one[:2], knee=one[:2]),
        ),
        apart=np.array([[0, 3]], dtype=np.int32),
    )
    agent_of = construct(model)
    for level, limits in ((0, []), (1, [2])):
        agent_of = improve(model, agent_of, level=level, limits=limits, effort=2)
        relaxation = relax(model, level, limits, agent_of)
        if relaxation is not None:
            _, reduced = reduced_costs(model, level, limits, relaxation.duals)
            agent_of = improve(model, agent_of, level=level, limits=limits, effort=2, reduced=reduced)
            Annealing(model, level, limits, relaxation.duals, reduced, agent_of).run(steps=10)
            lifted(model, level, limits, relaxation, rounds=1)
            decompose(
                model,
                level,
                limits,
                relaxation.duals,
                value=lambda: 1,
                over=lambda: True,
                tell=lambda bound: None,
                rounds=1,
            )


if __name__ == "__main__":
    warm()
