"""Diving: a relaxation made whole breaks less than one that is rounded, and costs the next level little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine.diving import dived
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.leaning import leaning, sizes
from bookwright.engine.local import improve
from bookwright.engine.model import Level, Model, RowFamily
from bookwright.engine.relaxation import Relaxation, relax, rounded
from bookwright.engine.shards import relax_shards
from bookwright.engine.start import construct

BALANCE, MOVES = 1, 2
Book = tuple[Model, list[int], np.ndarray]


@pytest.fixture(scope="module")
def book() -> Book:
    """A team of 24 whose overload a short search has ended, at the price of needless moves."""
    model = book_model(600, 24, seed=4)
    agent_of = improve(model, construct(model), level=0, limits=[], effort=40)
    return model, values(model, agent_of)[:1], agent_of


def relaxed(model: Model, limits: list[int], agent_of: np.ndarray) -> Relaxation:
    """The relaxation of balance."""
    found = relax(model, BALANCE, limits, agent_of)
    assert found is not None
    return found


def outside(model: Model, limits: list[int], agent_of: np.ndarray) -> float:
    """Balance and all that is broken on the way to it, in its own unit."""
    worth = values(model, agent_of)
    return worth[BALANCE] / model.levels[BALANCE].unit + 10 * hard_breach(model, agent_of)


def test_a_dive_is_nearer_to_the_program_than_its_plan_rounded(book: Book) -> None:
    """Fixing a few at a time and solving again mends what rounding all at once breaks; every pair is an allowed one."""
    model, limits, agent_of = book
    found = relaxed(model, limits, agent_of)
    plan, solves = dived(model, BALANCE, limits, agent_of, found)
    pair_of(model, plan)
    assert solves > 2
    assert outside(model, limits, plan) < 0.7 * outside(model, limits, rounded(model, found))
    again, _ = dived(model, BALANCE, limits, agent_of, found)
    assert (plan == again).all()


def test_a_dive_that_is_stopped_answers_with_a_whole_plan(book: Book) -> None:
    """No time at all: what is split goes where most of it is."""
    model, limits, agent_of = book
    found = relaxed(model, limits, agent_of)
    plan, solves = dived(model, BALANCE, limits, agent_of, found, over=lambda: True)
    pair_of(model, plan)
    assert solves <= 2


def test_a_seed_gives_another_plan_and_the_same_seed_the_same(book: Book) -> None:
    """Rounds that begin from the same plan need not end at the same one."""
    model, limits, agent_of = book
    found = relaxed(model, limits, agent_of)
    first, second, again = (dived(model, BALANCE, limits, agent_of, found, seed=seed)[0] for seed in (1, 2, 1))
    assert (first == again).all()
    assert (first != second).any()


def test_a_charge_for_the_next_level_saves_moves(book: Book) -> None:
    """Charged a little for moves, balance is reached with fewer; levels of costs are left alone."""
    model, limits, agent_of = book
    charged = leaning(model, BALANCE, 0.3, agent_of)
    free_plan, _ = dived(model, BALANCE, limits, agent_of, relaxed(model, limits, agent_of))
    plan, _ = dived(charged, BALANCE, limits, agent_of, relaxed(charged, limits, agent_of))
    assert values(model, plan)[MOVES] < 0.9 * values(model, free_plan)[MOVES]
    assert leaning(model, MOVES, 0.1, agent_of) is model
    assert leaning(model, BALANCE, 0.0, agent_of) is model


def test_a_charge_for_a_budget_that_is_used_up_saves_it(book: Book) -> None:
    """Where the plan at hand has spent it, balance is reached with less of it; with room to spare it is not charged."""
    model, limits, agent_of = book

    def moved(plan: np.ndarray) -> int:
        away = (np.asarray(model.home) >= 0) & (plan != np.asarray(model.home))
        return int(budget.use[away].sum())

    budget = next(f for f in model.families if f.name == "moved arr")
    # Something must come after the level, but cost next to nothing: a last level is charged nothing.
    later = Level("later", cost=np.append(1, np.zeros(model.pairs - 1, dtype=np.int64)))
    assert leaning(replace(model, levels=model.levels[:MOVES]), BALANCE, 3.0, agent_of).levels[BALANCE].cost is None
    levels = (*model.levels[:MOVES], later)
    for high, charged in ((moved(agent_of), True), (2 * moved(agent_of), False)):
        tight = replace(budget, high=np.array([high]))
        families = tuple(
            tight if f is budget else replace(f, high=f.high + 10**6) if f.level is None else f for f in model.families
        )
        posed = replace(model, families=families, levels=levels)
        leant = leaning(posed, BALANCE, 3.0, agent_of)
        cost = leant.levels[BALANCE].cost
        assert cost is not None
        assert (cost[1:] > 0).any() == charged
        if charged:
            plan, _ = dived(leant, BALANCE, limits, agent_of, relaxed(leant, limits, agent_of))
            free_plan, _ = dived(posed, BALANCE, limits, agent_of, relaxed(posed, limits, agent_of))
            assert moved(plan) < 0.98 * moved(free_plan)


def test_shards_with_a_charge_are_made_whole(book: Book) -> None:
    """The shards' plans together are the round's plan, and what their prices prove holds for the level uncharged."""
    model, limits, agent_of = book
    found = relax_shards(model, BALANCE, limits, agent_of, count=3, lean=0.1)
    assert found.plan is not None
    pair_of(model, found.plan)
    assert (rounded(model, found) == found.plan).all()
    split = rounded(model, relax_shards(model, BALANCE, limits, agent_of, count=3))
    assert outside(model, limits, found.plan) < 0.7 * outside(model, limits, split)
    best = relax(model, BALANCE, limits, agent_of)
    assert best is not None
    assert found.bound <= best.value + 1e-6 * abs(best.value)


def two_books(load: int) -> Model:
    """Four items of this load at home with the first of two agents, each of whom holds two."""
    use = np.full(4, load)
    room = np.array([2 * load, 2 * load])
    hours = RowFamily("hours", use, np.array([0, 1]), room * 0, room, level=0, price=np.array([3, 3]))
    cost = np.array([0, 5] * 4)
    return Model(
        agents=2,
        pair_start=np.arange(0, 9, 2),
        pair_agent=np.array([0, 1] * 4),
        home=np.zeros(4, dtype=np.int64),
        levels=(Level("hours"), Level("moves", cost=cost)),
        families=(hours,),
    )


def test_a_relaxation_from_home_sees_what_no_column_could_change() -> None:
    """All stand at home, so the first program is empty: the overload must still price the pairs away from home."""
    model = two_books(10)
    found = relax(model, 0, [], np.zeros(4, dtype=np.int32))
    assert found is not None
    assert found.value == pytest.approx(0.0, abs=1e-6)


def test_items_are_as_large_as_their_dearest_use() -> None:
    """A use of 10 at a price of 3 weighs 30 units of its level."""
    assert sizes(two_books(10), 0).tolist() == [30.0] * 4


def test_without_time_a_dive_answers_with_the_relaxation_rounded(book: Book) -> None:
    """Where the solver gets no second, nothing is known but the relaxation itself."""
    model, limits, agent_of = book
    found = relaxed(model, limits, agent_of)
    plan, _ = dived(model, BALANCE, limits, agent_of, found, over=lambda: True, seconds=0.0)
    assert (plan == rounded(model, found)).all()


def test_a_family_without_rows_weighs_nothing() -> None:
    """A shard may hold none of a family's rows: sizes stay numbers, and the charge stays."""
    model = two_books(10)
    none = np.zeros(0, dtype=np.int64)
    empty = RowFamily("months", np.full(4, 1), np.array([-1, -1]), none, none, level=0, price=none)
    model = replace(model, families=(*model.families, empty))
    assert sizes(model, 0).tolist() == [30.0] * 4
    assert leaning(model, 0, 0.5, model.home) is not model


def test_the_largest_are_fixed_first(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the large ones cannot fill the small ones can: the other way round more is left outside."""
    model, limits, agent_of = book
    found = relaxed(model, limits, agent_of)
    plan, _ = dived(model, BALANCE, limits, agent_of, found)
    monkeypatch.setattr("bookwright.engine.diving.sizes", lambda model, level: -sizes(model, level))
    smallest_first, _ = dived(model, BALANCE, limits, agent_of, found)
    assert outside(model, limits, plan) < outside(model, limits, smallest_first)
