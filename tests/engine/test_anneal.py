"""The annealing: allowed pairs only, its sums are the evaluated ones, and it finds what the relaxation leaves open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine import Limits, solve
from bookwright.engine.anneal import Annealing
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.local import improve
from bookwright.engine.model import Model
from bookwright.engine.relaxation import Relaxation, reduced_costs, relax, rounded

LEVEL = 2
Book = tuple[Model, list[int], np.ndarray, Relaxation, np.ndarray]


@pytest.fixture(scope="module")
def book() -> Book:
    """A level of moves with the earlier ones held, its relaxation and reduced costs."""
    model = book_model(400, 12, seed=3)
    priced = tuple(family for family in model.families if family.level is not None)
    model = replace(model, families=priced)
    answer = solve(model, limits=Limits(seconds=None, effort=40, seed=0), method="large")
    limits = [report.limit for report in answer.levels[:LEVEL]]
    relaxed = relax(model, LEVEL, limits, answer.agent_of)
    assert relaxed is not None
    _, reduced = reduced_costs(model, LEVEL, limits, relaxed.duals)
    return model, limits, answer.agent_of, relaxed, reduced


def annealing(book: Book) -> Annealing:
    """The field over the pairs that nearly tie."""
    model, limits, agent_of, relaxed, reduced = book
    return Annealing(model, LEVEL, limits, relaxed.duals, reduced, agent_of)


def test_it_comes_near_the_bound_within_the_limits(book: Book) -> None:
    """From the LP, which breaks limits, to a plan that keeps them and costs little more."""
    model, limits, _, relaxed, _ = book
    found = annealing(book).run(steps=2_000_000, seed=1)
    pair_of(model, found)  # raises where a pair is not allowed
    lp_breach, worth = hard_breach(model, rounded(model, relaxed)), values(model, found)
    assert hard_breach(model, found) < 1e-3, lp_breach
    assert all(value <= limit * 1.01 for value, limit in zip(worth, limits, strict=False))
    found = improve(model, found, level=LEVEL, limits=limits, effort=200, seed=0)
    worth = values(model, found)
    assert hard_breach(model, found) == 0
    assert all(value <= limit for value, limit in zip(worth, limits, strict=False))
    lp = values(model, rounded(model, relaxed))
    assert any(value > limit for value, limit in zip(lp, limits, strict=False)), "the rounded LP breaks a limit"
    assert worth[LEVEL] < 1.25 * relaxed.bound


def test_the_same_seed_and_steps_repeat(book: Book) -> None:
    """Steps instead of seconds: no clock, one outcome."""
    field = annealing(book)
    first, again, other = (field.run(steps=50_000, seed=seed) for seed in (4, 4, 5))
    assert (first == again).all()
    assert (first != other).any()


def test_more_steps_find_better_plans(book: Book) -> None:
    """Slower cooling ends lower."""
    field, model = annealing(book), book[0]
    short = np.median([values(model, field.run(steps=30_000, seed=s))[LEVEL] for s in range(3)])
    long = np.median([values(model, field.run(steps=1_000_000, seed=s))[LEVEL] for s in range(3)])
    assert long < short


def test_stop_is_heard(book: Book) -> None:
    """Asked between slices."""
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    annealing(book).run(seconds=1000.0, stop=stop)
    assert len(asked) == 3
