"""The engine against ready-made solvers on a small team: an independent program reaches the same values."""

from __future__ import annotations

import datetime as dt

import pytest

from benchmarks.baselines import cp_sat, highs
from bookwright.engine import Limits
from bookwright.engine.solve import solve
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.problem import resolve
from bookwright.rules import build, set_up
from bookwright.solve import post


@pytest.mark.parametrize("seed", [2, 3])
def test_engine_and_ready_made_solvers_agree_on_every_level(seed: int) -> None:
    """Hours, balance, moves and evenness of 40 accounts have one best value each, whoever finds it."""
    model = load("quarterly_rebalance")
    problem = resolve(generate(40, 4, seed, shape="full"), model, today=dt.date(2026, 12, 1))
    posted = post(set_up(problem, build(problem.model)), problem.model.priorities).model
    answer = solve(posted, None, Limits(seconds=60.0))
    assert answer.hard_breach == 0.0
    best = [report.best for report in answer.levels]
    for theirs in (cp_sat(posted, None, 60.0, 1), highs(posted, None, 60.0, 1)):
        for ours, report, outcome in zip(best, answer.levels, theirs, strict=True):
            assert outcome.value == pytest.approx(ours, abs=1e-6 * max(report.scale, 1))
