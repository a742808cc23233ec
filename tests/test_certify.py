"""The separate re-check of stored plans: its certificate never above the optimum, and what was altered is noticed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from benchmarks.certify import certificate, check, lines
from bookwright import store
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import allowance
from bookwright.engine.prices import Duals
from bookwright.generate import generate
from bookwright.planner import Options, plan
from bookwright.planning_model import load
from tests.builders import DAY
from tests.engine.tiny import best_by_enumeration, tiny_model


def test_no_certificate_is_above_the_optimum_and_the_engine_agrees() -> None:
    """Any prices at all prove a true bound; the engine's own arithmetic comes to the same within its rounding."""
    compared = positive = 0
    for seed in range(150):
        model = tiny_model(seed)
        best = best_by_enumeration(model)
        if best is None or not model.families:
            continue
        rng = np.random.default_rng(seed)
        limits: list[int] = []
        for k, level in enumerate(model.levels):
            row = [rng.normal(0, 2, size=family.rows) for family in model.families]
            mu = rng.exponential(0.5, size=len(limits))
            mine = certificate(model, k, limits, {"row": [r.tolist() for r in row], "level": mu.tolist()})
            assert mine <= best[k], f"seed {seed}, level {k}"
            assert abs(mine - certified(model, k, limits, Duals(tuple(row), mu))) <= 1, f"seed {seed}, level {k}"
            compared += 1
            positive += mine > 0
            limits.append(best[k] + allowance(model, level, best[k]))
    assert compared > 100
    assert positive > 10


def test_a_small_plan_is_certified_at_every_priority_in_part(tmp_path: Path) -> None:
    """Plans proved by branch and bound carry the prices of an LP too: a bound that no solver has to be believed for."""
    result = plan(generate(30, 4, 3), load("quarterly_rebalance"), Options(time_limit=None, effort=100), today=DAY)
    found = check(store.save(result, tmp_path / "plan.bookwright"))
    assert found.holds, lines(found)
    solved = [line for line in found.lines if line.solver > 0]
    assert solved
    assert all(line.stored_certified <= (line.certified or 0) for line in solved)
    assert sum((line.certified or 0) > 0 for line in solved) >= 2


def test_a_stored_plan_is_confirmed_and_an_altered_one_is_not(tmp_path: Path) -> None:
    """A plan large enough for duals; then one account given to somebody else in the store."""
    result = plan(generate(700, 12, 3), load("quarterly_rebalance"), Options(time_limit=6.0), today=DAY)
    path = store.save(result, tmp_path / "plan.bookwright")
    found = check(path)
    assert found.holds, lines(found)
    assert any((line.certified or 0) > 0 for line in found.lines)
    moved = next(a for a in result.plan.by_account if result.plan.by_account[a] is not None)
    other = next(c.id for c in result.problem.csms if c.id != result.plan.by_account[moved])
    with sqlite3.connect(path) as database:
        database.execute("update assignments set csm_after = ? where account_id = ?", (other, moved))
    altered = check(path)
    assert not altered.holds
    assert not altered.same_hash
