"""Neighbourhoods around agents whose rows stand outside: they find what is wrong, and mend it within budgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine.backend import Share
from bookwright.engine.evaluate import values
from bookwright.engine.faults import LEAN_AT_FAULT, Faults, faults
from bookwright.engine.model import Level, Limits, Model, RowFamily
from bookwright.engine.rounds import Rounds
from bookwright.engine.search import Search
from bookwright.engine.start import construct
from bookwright.engine.turn import Turn

UNIT = 1000


def four_books(budget: int = 2) -> Model:
    """Eight items of use 1 at four agents; every book should hold two; so many items may be away from home.

    All items may go anywhere. Items 0 to 3 are at home with agent 0, the others two by two with agents 1 and 2:
    agent 3 has none. Moving two from agent 0 to agent 3 puts all right.
    """
    agents, items = 4, 8
    ones = np.ones(items, dtype=np.int64)
    each = np.arange(agents, dtype=np.int32)
    return Model(
        agents=agents,
        pair_start=np.arange(0, agents * items + 1, agents),
        pair_agent=np.tile(each, items),
        home=np.array([0, 0, 0, 0, 1, 1, 2, 2], dtype=np.int32),
        levels=(
            Level("balance", unit=UNIT),
            Level("moves", cost=np.tile(np.full(agents, 10), items), unit=1, scale="value"),
        ),
        families=(
            RowFamily(
                "books",
                ones,
                each,
                np.full(agents, 2),
                np.full(agents, 2),
                level=0,
                price=np.full(agents, 100),
                knee=np.full(agents, 2**61),
            ),
            RowFamily(
                "budget", ones, np.zeros(agents, dtype=np.int32), np.array([0]), np.array([budget]), away_only=True
            ),
        ),
    )


def search_of(model: Model, stands: list[int], **limits: Any) -> Search:
    """A search of the first level that stands at an assignment."""
    search = Search(model, Limits(**limits))
    assert search.offer(np.array(stands, dtype=np.int32))
    return search


def test_what_each_agent_is_at_fault_for() -> None:
    """Two too many and two too few, at 100 each; what lies within its ends costs nothing."""
    model = four_books()
    assert faults(model, 0, model.home).tolist() == [200.0, 0.0, 0.0, 200.0]
    assert faults(model, 0, np.array([0, 0, 3, 0, 1, 1, 2, 2], dtype=np.int32)).tolist() == [100.0, 0.0, 0.0, 100.0]
    assert values(model, model.home)[0] == 400


def test_rows_of_other_levels_and_hard_rows_are_no_fault() -> None:
    """Only the level at hand is looked at."""
    model = four_books(budget=8)
    moved = replace(model, families=(replace(model.families[0], level=1), model.families[1]))
    assert not faults(moved, 0, model.home).any()


@pytest.mark.parametrize("workers", [1, 2])
def test_books_at_fault_are_mended(workers: int) -> None:
    """From home: two moves, no more than the budget has."""
    search = search_of(four_books(), [0, 0, 0, 0, 1, 1, 2, 2], effort=1000)
    assert Faults(search, LEAN_AT_FAULT).work(lambda: search.values[0] == 0, workers, 200) >= 1
    assert search.values[0] == 0
    assert search.hard == 0


def test_what_was_spent_in_vain_comes_home() -> None:
    """The budget is used up by a swap that helps nobody: only who takes it back can put the books right."""
    search = search_of(four_books(), [0, 0, 0, 0, 2, 1, 1, 2], effort=1000)
    assert search.values[0] == 400
    Faults(search, LEAN_AT_FAULT).work(lambda: search.values[0] == 0, 1, 200)
    assert search.values[0] == 0
    assert search.agent_of is not None
    assert search.agent_of[4:].tolist() == [1, 1, 2, 2]


def test_homecomings_are_let_in_first() -> None:
    """Where not all pairs fit, those of the two items that are away are among the two that do."""
    model = four_books()
    search = search_of(model, [0, 0, 0, 0, 2, 1, 1, 2], effort=1000)
    assert search.agent_of is not None
    work = Faults(search, LEAN_AT_FAULT)
    work.tuning.pairs = 2
    found = work.pairs(search.agent_of, np.arange(4))
    assert found.tolist() == [4 * 4 + 1, 4 * 4 + 2, 6 * 4 + 1, 6 * 4 + 2], "home, and where they stand"


def test_what_comes_after_the_level_is_charged() -> None:
    """Of items that mend a book alike, the ones that the next level pays little for move; uncharged, anyone may."""
    model = four_books(budget=8)
    dear = np.repeat([50, 1, 50, 1, 50, 50, 50, 50], 4) * (np.tile(np.arange(4), 8) != np.repeat(model.home, 4))
    model = replace(model, levels=(model.levels[0], replace(model.levels[1], cost=dear)))
    search = search_of(model, [0, 0, 0, 0, 1, 1, 2, 2], effort=1000)
    Faults(search, LEAN_AT_FAULT).work(lambda: search.values[0] == 0, 1, 200)
    assert search.values == [0, 2]


def test_it_repeats_itself() -> None:
    """One worker, no clock: the same plan twice, whatever the hour."""
    model = book_model(60, 5, seed=3)
    plans = []
    for _ in range(2):
        search = Search(model, Limits(seconds=None, effort=500, seed=4))
        search.offer(construct(model, seed=0))
        search.close_level()
        search.level = 1
        before = search.values[1]
        Faults(search, LEAN_AT_FAULT).work(lambda: False, 1, 15)
        assert search.values[1] < before
        plans.append(search.agent_of)
    assert np.array_equal(*plans)


def rounds_of(model: Model) -> Rounds:
    """Rounds that were not begun."""
    search = search_of(model, [0, 0, 0, 0, 1, 1, 2, 2], seconds=10)
    return Rounds(Turn(search, Share(seconds=10)), lambda plans: None)


def test_what_wins_more_a_second_goes_on() -> None:
    """First a round, then a spell; from then on whichever won more, and in turns where neither wins anything."""
    rounds = rounds_of(four_books())
    assert not rounds.faults_are_next()
    rounds.number = 1
    rounds.learn(False, 0.5, 2.0)
    assert rounds.faults_are_next(), "never tried yet"
    rounds.learn(True, 0.1, 2.0)
    assert not rounds.faults_are_next()
    rounds.learn(False, 0.02, 2.0)
    assert rounds.faults_are_next()
    rounds.learn(True, 0.0, 2.0)
    assert not rounds.faults_are_next()


def test_where_neither_wins_they_take_turns() -> None:
    """Nothing won a second twice over: the one that was not last."""
    rounds = rounds_of(four_books())
    rounds.number = 1
    rounds.rate = {False: 0.0, True: 0.0}
    rounds.learn(True, 0.0, 1.0)
    assert not rounds.faults_are_next()
    rounds.learn(False, 0.0, 1.0)
    assert rounds.faults_are_next()


def test_a_step_ends_with_its_turn() -> None:
    """A step may not take what the turn has not: a level's last steps ate up what the last level was to have."""
    clock = search_of(four_books(), [0] * 4 + [1, 1, 2, 2], seconds=1000).clock
    assert clock.slice(1.5) == 1.5
    clock.turn_ends = clock.elapsed + 1
    step = clock.slice(1.5)
    assert step is not None
    assert 0.5 < step <= 1
    clock.turn_ends = 0.0
    assert clock.slice(1.5) == 0.05
    assert search_of(four_books(), [0] * 4 + [1, 1, 2, 2], seconds=None, effort=5).clock.slice(1.5) is None


def test_what_is_content_has_one_more_spell_and_no_more() -> None:
    """A second look at a level within its gap may be a round or a spell of neighbourhoods: then the level ends."""
    rounds = rounds_of(four_books(budget=8))
    rounds.search.standing[0].solver = rounds.search.values[0] - 1
    rounds.search.limits = replace(rounds.search.limits, gap=1.0)
    assert rounds.search.content()
    rounds.number = 1
    assert not rounds.over()
    rounds.at_fault(rounds.search.clock.elapsed + 0.01, 1)
    assert rounds.over()
