"""What is claimed to be proved of whole books of work holds: no plan that is found falls below a bound."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from bookwright.engine import Limits, solve
from bookwright.engine.model import Level, Model, Progress
from bookwright.engine.search import Search
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.problem import resolve
from bookwright.rules import build, set_up
from bookwright.solve import post

TODAY = dt.date(2026, 12, 1)


def posted(accounts: int, csms: int, seed: int, shape: str) -> tuple[Model, np.ndarray]:
    """A generated portfolio as the engine gets it, and where its accounts are today."""
    problem = resolve(generate(accounts, csms, seed, shape=shape), load("quarterly_rebalance"), today=TODAY)
    found = post(set_up(problem, build(problem.model)), problem.model.priorities)
    return found.model, found.accounts_to_agents(problem.owner)


@pytest.mark.parametrize(("shape", "seed"), [("full", 1), ("default", 3)])
def test_no_plan_falls_below_a_bound(shape: str, seed: int) -> None:
    """Families, budgets, hand-over months, pairs apart: bounds by whole books and branch and bound stay below."""
    model, home = posted(200, 8, seed, shape)
    heard: list[Progress] = []
    answer = solve(model, home, Limits(seconds=None, effort=40, on_progress=heard.append))
    assert answer.refuted == 0
    assert any(line.note == "books alone" for line in heard)


def test_a_claim_that_fell_is_dropped() -> None:
    """Were a solver to claim too much, a better assignment takes the claim back and counts it."""
    model = Model(
        2,
        np.array([0, 2, 4]),
        np.array([0, 1, 0, 1], dtype=np.int32),
        np.zeros(2, dtype=np.int32),
        (Level("cost", cost=np.array([0, 5, 0, 5])),),
    )
    search = Search(model, Limits(seconds=None))
    search.offer(np.array([1, 1]))
    search.prove(solver=8)
    assert search.standing[0].bound == 8
    search.offer(np.array([0, 1]))
    assert (search.standing[0].bound, search.refuted) == (0, 1)
