"""Climbing the smoothed Lagrangian: its slope is its slope, its bounds hold, and it comes near the LP from afar."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine import Limits, solve
from bookwright.engine.evaluate import pair_of
from bookwright.engine.model import NO_LOW, Level, Model, RowFamily
from bookwright.engine.prices import Duals, no_duals
from bookwright.engine.relaxation import Relaxation, lifted, relax
from bookwright.engine.shards import relaxed
from bookwright.engine.smooth import _Lagrangian, climb
from tests.engine.tiny import every_assignment, tiny_model

LEVEL = 2
Book = tuple[Model, list[int], np.ndarray, Relaxation]


@pytest.fixture(scope="module")
def book() -> Book:
    """A level of moves with the earlier ones held, and its relaxation by linear programs."""
    model = book_model(400, 12, seed=3)
    answer = solve(model, limits=Limits(seconds=None, effort=20, seed=0), method="large")
    limits = [report.limit for report in answer.levels[:LEVEL]]
    relaxed = relax(model, LEVEL, limits, answer.agent_of)
    assert relaxed is not None
    return model, limits, answer.agent_of, relaxed


def halved(duals: Duals, seed: int) -> Duals:
    """Prices far from good: each a fifth to a whole of what it should be."""
    rng = np.random.default_rng(seed)
    return Duals(tuple(row * rng.uniform(0.2, 1.0, len(row)) for row in duals.row), duals.level)


def test_the_slope_is_that_of_the_value(book: Book) -> None:
    """By finite differences, in prices of rows and in a level's own."""
    model, limits, _, relaxed = book
    every = np.arange(model.pairs)
    function = _Lagrangian(model, LEVEL, halved(relaxed.duals, 1), every, limits, None)
    assert len(function.moving)
    rng = np.random.default_rng(0)
    for place in [*rng.choice(function.rows, 12, replace=False).tolist(), *range(function.rows, len(function.first))]:
        x, step = function.first.copy(), 1e-6
        slope = function.downhill(x, 0.05)[1][place]
        x[place] += step
        above = function.downhill(x, 0.05)[0]
        x[place] -= 2 * step
        below = function.downhill(x, 0.05)[0]
        assert slope == pytest.approx((above - below) / (2 * step), rel=1e-3, abs=1e-3)


def test_from_poor_prices_it_comes_near_the_bound_of_the_linear_programs(book: Book) -> None:
    """Nine tenths of the way and more, and never above."""
    model, limits, agent_of, relaxed = book
    stands = pair_of(model, agent_of)
    begin = Relaxation(0.0, -(10**18), halved(relaxed.duals, 2), stands, np.ones(len(stands)), done=False)
    heard: list[int] = []
    found = lifted(model, LEVEL, limits, begin, rounds=25, on_round=lambda r: heard.append(r.bound))
    assert heard == sorted(heard)
    assert found.bound == heard[-1]
    assert 0.97 * relaxed.value <= found.bound <= relaxed.value * (1 + 1e-6)


def crowded(worse: int = 0) -> tuple[Model, list[int], np.ndarray]:
    """Forty items at home with two agents of four, who have room for half of them; a move costs 1.

    `worse` is how far beyond nothing the overload may go. Whoever keeps to it moves twenty items.
    """
    items, agents = 40, 4
    home = np.repeat([0, 1], items // 2)
    pair_agent = np.tile(np.arange(agents, dtype=np.int32), items)
    rows = RowFamily(
        "hours",
        np.ones(items, dtype=np.int64),
        np.arange(agents, dtype=np.int32),
        np.full(agents, NO_LOW),
        np.full(agents, items // agents),
        level=0,
        price=np.ones(agents, dtype=np.int64),
    )
    model = Model(
        agents=agents,
        pair_start=np.arange(items + 1) * agents,
        pair_agent=pair_agent,
        home=home,
        levels=(
            Level("overload"),
            Level("moves", cost=(pair_agent != np.repeat(home, agents)).astype(np.int64), scale="value"),
        ),
        families=(rows,),
    )
    return model, [worse], np.arange(items) % agents


@pytest.mark.parametrize(("worse", "moves"), [(0, 20), (1, 19), (4, 16)])
def test_a_level_that_was_given_no_price_gets_one(worse: int, moves: int) -> None:
    """Overload that may not be at all, or hardly: rows of a level without a price would never be looked at."""
    model, limits, agent_of = crowded(worse)
    stands = pair_of(model, agent_of)
    begin = Relaxation(0.0, 0, no_duals(model, 1), stands, np.ones(len(stands)), done=False)
    found = lifted(model, 1, limits, begin, rounds=12)
    assert found.bound == moves


def test_what_it_proves_holds_for_every_assignment_of_tiny_models() -> None:
    """Where there is an optimum to compare with, no bound is above it."""
    compared = 0
    for seed in range(60):
        model = tiny_model(seed)
        allowed = [worth for hard, worth in every_assignment(model) if hard == 0]
        if not allowed:
            continue
        level, limits = len(model.levels) - 1, list[int]()
        for h in range(level):
            limits.append(min(worth[h] for worth in allowed))
            allowed = [worth for worth in allowed if worth[h] <= limits[h]]
        duals = Duals(tuple(np.zeros(f.rows) for f in model.families), np.ones(level))
        first = np.asarray(model.pair_start[:-1], dtype=np.int64)
        begin = Relaxation(0.0, -(10**18), duals, first, np.ones(len(first)), done=False)
        found = lifted(model, level, limits, begin, rounds=3)
        assert found.bound <= min(worth[level] for worth in allowed)
        compared += 1
    assert compared > 20


def test_without_time_the_prices_stay(book: Book) -> None:
    """An end asked for before the first step hands back what was given, projected onto what rows allow."""
    model, limits, _, relaxed = book
    every = np.arange(model.pairs)
    kept = climb(model, LEVEL, relaxed.duals, every, limits=limits, turns=10, over=lambda: True)
    for before, after in zip(relaxed.duals.row, kept.row, strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)


def test_a_large_model_is_pursued_to_a_plan_within_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of the largest models, forced on a small one: the same answer from the same effort, bounds below it."""
    monkeypatch.setattr("bookwright.engine.large.NO_LP_ABOVE", 50)
    monkeypatch.setattr("bookwright.engine.relaxing.NO_LP_ABOVE", 50)
    monkeypatch.setattr("bookwright.engine.shards.NO_LP_ABOVE", 50)
    monkeypatch.setattr("bookwright.engine.shards._AGENTS", 4)
    model = book_model(300, 8, seed=5)
    answers = [solve(model, limits=Limits(seconds=None, effort=60, seed=0), method="large") for _ in range(2)]
    assert answers[0].agent_of.tolist() == answers[1].agent_of.tolist()
    assert answers[0].hard_breach == 0
    for level in answers[0].levels:
        assert level.bound <= level.best
    plain = solve(model, limits=Limits(seconds=None, effort=400, seed=0), method="large")
    for level, other in zip(answers[0].levels[:2], plain.levels[:2], strict=True):
        assert level.bound <= other.best


def test_a_cost_of_its_own_is_climbed_to_where_no_program_can_be_solved(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How few moves a plan this good needs, at the largest sizes: near what the linear programs prove, never above."""
    model, limits, agent_of, _ = book
    moves = (np.asarray(model.pair_agent) != np.repeat(model.home, np.diff(model.pair_start))).astype(np.int64)
    exact = relax(model, -1, limits, agent_of, cost=moves)
    monkeypatch.setattr("bookwright.engine.shards.NO_LP_ABOVE", 50)
    # Not even a sample's prices: what is proved is the climbs' own.
    monkeypatch.setattr("bookwright.engine.relaxation.promising", lambda *_: (None, None))
    found = relaxed(model, -1, limits, agent_of, cost=moves)
    assert exact is not None
    assert found is not None
    assert 0.9 * exact.bound <= found.bound <= np.ceil(exact.value)
