"""The annealing: allowed pairs only, its sums are the evaluated ones, and it finds what the relaxation leaves open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine import Limits, solve
from bookwright.engine.anneal import WARM, Annealing, heat_for
from bookwright.engine.anneal_loop import Walk, anneal, settle
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.local import improve
from bookwright.engine.model import NO_HIGH, NO_LOW, Level, Model, RowFamily
from bookwright.engine.prices import no_duals
from bookwright.engine.relaxation import Relaxation, reduced_costs, relax, rounded
from bookwright.engine.start import construct
from tests.engine.tiny import tiny_model

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


def test_a_price_that_is_too_low_rises_until_the_limit_is_met(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """At half its price balance would be used several times over; in the run it is kept, and not by mending alone."""
    monkeypatch.setattr("bookwright.engine.anneal._MENDS", 0)
    model, limits, agent_of, relaxed, reduced = book
    cheap = replace(relaxed.duals, level=relaxed.duals.level * np.array([1.0, 0.5]))
    found = Annealing(model, LEVEL, limits, cheap, reduced, agent_of).run(steps=500_000, seed=0)
    assert values(model, found)[1] <= limits[1]
    monkeypatch.setattr("bookwright.engine.anneal.Holding.adjust", lambda *_: None)
    left_alone = Annealing(model, LEVEL, limits, cheap, reduced, agent_of).run(steps=500_000, seed=0)
    assert values(model, left_alone)[1] > 2 * limits[1], "what the price does here"


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


def laid_out(seed: int) -> Annealing | None:
    """A tiny model of every kind of row, its last level's field over all pairs; None where nobody has a choice."""
    model = tiny_model(seed)
    level = len(model.levels) - 1
    at = construct(model, seed=seed)
    limits = [value + 1 for value in values(model, at)[:level]]
    field = Annealing(model, level, limits, no_duals(model, level), np.zeros(model.pairs, dtype=np.float32), at)
    return field if len(field.items) else None


def settled(field: Annealing, at: np.ndarray, seed: int = 0) -> Walk:
    """Loads and values from nothing but the pairs in use."""
    groups = field.level + 2
    laid = field.laid
    ones, state = np.ones(groups), np.array([2 * seed + 1], dtype=np.uint64)
    walk = Walk(at, laid.plain.copy(), laid.load.copy(), laid.value.copy(), np.zeros(groups), ones, ones, state)
    settle(field.field, walk)
    return walk


def test_loads_and_values_are_kept_step_by_step() -> None:
    """What thousands of shifts and swaps add up to is what the assignment they end with comes to when counted anew."""
    kinds: set[str] = set()
    for seed in range(60):
        field = laid_out(seed)
        if field is None:
            continue
        walk = settled(field, field.cheapest.copy(), seed)
        anneal(field.field, walk, field.table(1.0), 5.0, 3_000)
        anew = settled(field, walk.at.copy())
        np.testing.assert_allclose(walk.plain, anew.plain, atol=1e-7)
        np.testing.assert_allclose(walk.load, anew.load, atol=1e-7)
        np.testing.assert_allclose(walk.value, anew.value, atol=1e-6)
        laid = field.field
        kinds |= {"plain"} if laid.plain_use.shape[1] else set()
        kinds |= {"by item"} if laid.by_item.any() else set()
        kinds |= {"away only"} if laid.away_only.any() else set()
        kinds |= {"by pair"} if laid.use_of_pair.shape[1] else set()
    assert kinds == {"plain", "by item", "away only", "by pair"}


def test_what_it_counts_is_what_the_model_says() -> None:
    """Each level's value, brought back to integers, is the one that `evaluate` finds."""
    for seed in range(60):
        field = laid_out(seed)
        if field is None or field.model.apart_level is not None:
            continue
        walk = settled(field, field.cheapest.copy())
        agent_of = field.agent_of.copy()
        agent_of[field.items] = field.field.agent[walk.at]
        for level, value in enumerate(values(field.model, agent_of)):
            group = 0 if level == field.level else level + 1
            if field.model.levels[field.level].cost is not None or group:
                assert walk.value[group] / field.weight[level] == pytest.approx(value, abs=1e-3), seed


def test_a_level_of_rows_leans_towards_what_comes_after() -> None:
    """Where every assignment is as good for the rows, items stay where the next level has them for nothing."""
    items = 30
    wide = np.full(2, NO_HIGH)
    hours = RowFamily("hours", np.ones(items), np.array([0, 1]), np.full(2, NO_LOW), wide, level=0, price=np.ones(2))
    model = Model(
        2,
        np.arange(0, 2 * items + 1, 2),
        np.tile(np.arange(2, dtype=np.int32), items),
        np.zeros(items, dtype=np.int32),
        (Level("hours"), Level("moves", cost=np.tile([0, 5], items))),
        (hours,),
    )
    moved = np.ones(items, dtype=np.int32)
    field = Annealing(model, 0, [], no_duals(model, 0), np.zeros(model.pairs, dtype=np.float32), moved)
    found = field.run(steps=50_000, seed=1, begin=moved)
    assert (found == 0).all()


def test_the_last_breach_of_an_earlier_level_is_mended() -> None:
    """An agent a little over its limit gives up what it takes, however few of the many pairs would help."""
    items, agents = 400, 20
    load = RowFamily(
        "load",
        np.ones(items),
        np.arange(agents),
        np.full(agents, NO_LOW),
        np.full(agents, items // agents),
        level=0,
        price=np.ones(agents),
    )
    home = np.repeat(np.arange(agents, dtype=np.int32), items // agents)
    cost = np.tile(np.arange(agents), items).reshape(items, agents) != home[:, None]
    model = Model(
        agents,
        np.arange(0, agents * items + 1, agents),
        np.tile(np.arange(agents, dtype=np.int32), items),
        home,
        (Level("load"), Level("moves", cost=cost.ravel().astype(np.int64))),
        (load,),
    )
    field = Annealing(model, 1, [0], no_duals(model, 1), np.zeros(model.pairs, dtype=np.float32), home)
    moved = home.copy()
    moved[0] = 7
    walk = settled(field, field._pairs_in_field(moved))
    assert walk.value[1] > 0
    field.mend(walk)
    assert walk.value[1] == pytest.approx(0.0, abs=1e-9)


def test_a_run_from_a_good_plan_begins_as_hot_as_its_time_allows() -> None:
    """With all the time it wants it begins warm; with a hundredth of it a tenth as hot; never quite cold."""
    assert heat_for(10.0, 10.0) == heat_for(20.0, 10.0) == WARM
    assert heat_for(2.5, 10.0) == pytest.approx(WARM / 2)
    assert 0 < heat_for(0.0, 10.0) == heat_for(-1.0, 10.0) < WARM / 2
