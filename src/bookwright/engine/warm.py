"""Compile the inner loops before the clock starts: once per installation, read from disk ever after."""

from __future__ import annotations

from functools import cache

import numpy as np

from bookwright.engine.anneal import Annealing
from bookwright.engine.ascent import ascend
from bookwright.engine.bound import certified
from bookwright.engine.decomposition import decompose
from bookwright.engine.local import improve
from bookwright.engine.model import Level, Model, RowFamily
from bookwright.engine.prices import Duals
from bookwright.engine.relaxation import reduced_costs
from bookwright.engine.smooth import climb
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
    every = np.arange(model.pairs)
    for level, limits in ((0, []), (1, [2])):
        agent_of = improve(model, agent_of, level=level, limits=limits, effort=2)
        # A model so small solves itself: prices that its relaxation never has make every loop run all the same.
        duals = Duals(tuple(np.ones(family.rows) for family in model.families), np.ones(level))
        certified(model, level, limits, duals)
        _, reduced = reduced_costs(model, level, limits, duals)
        agent_of = improve(model, agent_of, level=level, limits=limits, effort=2, reduced=reduced)
        Annealing(model, level, limits, duals, reduced, agent_of).run(steps=10)
        ascend(model, level, duals, every, limits=limits, steps=1)
        climb(model, level, duals, every, limits=limits, turns=1)
        asked = iter([False])
        decompose(
            model,
            level,
            limits,
            duals,
            value=lambda: 10,
            over=lambda asked=asked: next(asked, True),  # type: ignore[misc]
            tell=lambda bound: None,
            rounds=1,
        )


if __name__ == "__main__":
    warm()
