"""The bound by whole books: below every assignment within the limits, above the LP's where items are lumpy."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from bookwright.engine.decomposition import decompose
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.model import NO_HIGH, NO_LOW, Level, Model, RowFamily
from bookwright.engine.prices import Duals, no_duals
from bookwright.engine.relaxation import relax
from tests.engine.tiny import tiny_model


def assignments(model: Model) -> list[np.ndarray]:
    """Every assignment of a tiny model."""
    options = [model.pair_agent[model.pair_start[i] : model.pair_start[i + 1]] for i in range(model.items)]
    return [np.array(chosen) for chosen in product(*options)]


def prices(model: Model, held: int, rng: np.random.Generator) -> Duals:
    """Random prices that no open row end forbids."""
    rows = tuple(rng.normal(0, 1, family.rows) for family in model.families)
    open_low = [np.asarray(f.low) <= NO_LOW for f in model.families]
    open_high = [np.asarray(f.high) >= NO_HIGH for f in model.families]
    rows = tuple(
        np.where(low & (r < 0), 0, np.where(high & (r > 0), 0, r))
        for r, low, high in zip(rows, open_low, open_high, strict=True)
    )
    return Duals(rows, rng.uniform(0, 2, held))


@pytest.mark.parametrize("block", range(8))
def test_bound_and_losses_hold_for_every_assignment(block: int) -> None:
    """Any prices to begin with: no assignment is below the bound, nor below bound plus loss of a pair it uses."""
    tried = 0
    for seed in range(25 * block, 25 * block + 25):
        model, rng = tiny_model(seed), np.random.default_rng(seed)
        every = [(a, hard_breach(model, a), values(model, a)) for a in assignments(model)]
        every = [(a, v) for a, hard, v in every if hard == 0]
        if not every:
            continue
        level = len(model.levels) - 1
        limits: list[int] = []
        for h in range(level):
            best = min(v[h] for _, v in every)
            limits.append(best + int(rng.integers(0, 3)))
            every = [(a, v) for a, v in every if v[h] <= limits[h]]
        least = min(v[level] for _, v in every)
        for duals in (prices(model, level, rng), no_duals(model, level)):
            heard: list[int] = []
            found = decompose(
                model,
                level,
                limits,
                duals,
                value=lambda least=least: least,
                over=lambda: False,
                tell=heard.append,
                rounds=60,
            )
            if found is None:
                continue
            tried += 1
            assert found.bound <= least, seed
            assert all(bound <= least for bound in heard), seed
            for agent_of, value in every:
                loss = found.loss[pair_of(model, agent_of)].max()
                assert found.exactly + loss <= value[level] + 1e-3, seed
    assert tried > 5


def lumpy() -> Model:
    """Two agents with room for 10 each, six items of 4 hours, a third agent that costs 10 an item."""
    agents, items = 3, 6
    cost = np.tile([0, 0, 10], items)
    hours = RowFamily("hours", np.full(items, 4), np.array([0, 1, -1]), np.full(2, NO_LOW), np.array([10, 10]))
    return Model(
        agents,
        np.arange(0, 3 * items + 1, 3),
        np.tile(np.arange(3, dtype=np.int32), items),
        np.zeros(items, dtype=np.int32),
        (Level("cost", cost=cost, scale="value"),),
        (hours,),
    )


def test_lumpy_books_are_bounded_by_whole_items() -> None:
    """The LP splits items and proves half of it."""
    model = lumpy()
    start = np.array([0, 0, 1, 1, 2, 2])
    relaxed = relax(model, 0, [], start)
    assert relaxed is not None
    assert relaxed.bound == 10  # two and a half items of 4 hours fit ten hours, twice; one of six is left
    found = decompose(model, 0, [], relaxed.duals, value=lambda: 20, over=lambda: False, tell=lambda _: None)
    assert found is not None
    assert found.bound == 20


@pytest.mark.parametrize(("away", "room"), [(1, 6), (16, 6), (17, 3)])
def test_a_hard_row_that_is_just_full_is_kept(away: int, room: int) -> None:
    """Counts of moves, brought near 1, do not add up to their limit in floats: still such a book is allowed.

    Two agents stand empty and take exactly as many items as each may; `away` more do not
    count, two have to stay and pay.
    """
    items = 2 * room + away + 2
    pair_agent = np.tile(np.arange(3, dtype=np.int32), items)
    cost = np.tile([7, 0, 0], items)
    counted = np.ones(items, dtype=np.int64)
    counted[:away] = 0
    rows = np.array([-1, 0, 1])
    counts = RowFamily("moves in", counted, rows, np.full(2, NO_LOW), np.full(2, room), "agent", True)
    model = Model(
        3,
        np.arange(0, 3 * items + 1, 3),
        pair_agent,
        np.zeros(items, dtype=np.int32),
        (Level("cost", cost=cost, scale="value"),),
        (counts,),
    )
    # Whoever does not count may move as well; of the others each agent takes its fill.
    plan = np.ones(items, dtype=np.int32)
    counting = np.flatnonzero(counted)
    plan[counting] = 0
    plan[counting[:room]], plan[counting[room : 2 * room]] = 1, 2
    assert hard_breach(model, plan) == 0
    value = values(model, plan)[0]
    found = decompose(model, 0, [], no_duals(model, 0), value=lambda: value, over=lambda: False, tell=lambda _: None)
    assert found is not None
    assert found.bound <= value
    assert found.exactly + found.loss[pair_of(model, plan)].max() <= value + 1e-3


@pytest.mark.parametrize("price", [0, 1])
def test_a_row_that_costs_nothing_holds_nobody(price: int) -> None:
    """In an earlier level of limit 0 a row of price 0 may be broken; one of price 1 is as good as hard."""
    model = lumpy()
    hours = replace(model.families[0], level=0, price=np.full(2, price))
    levels = (Level("overload"), model.levels[0])
    model = replace(model, levels=levels, families=(hours,))
    found = decompose(model, 1, [0], no_duals(model, 1), value=lambda: 20, over=lambda: False, tell=lambda _: None)
    assert found is not None
    assert found.bound == (20 if price else 0)


def test_without_rows_of_one_agent_there_is_nothing_to_add() -> None:
    """Rows that agents share are no book of one."""
    model = lumpy()
    together = RowFamily("hours", np.full(6, 4), np.array([0, 0, -1]), np.array([NO_LOW]), np.array([20]))
    shared = Model(3, model.pair_start, model.pair_agent, model.home, model.levels, (together,))
    assert (
        decompose(shared, 0, [], no_duals(shared, 0), value=lambda: 20, over=lambda: False, tell=lambda _: None) is None
    )


def test_a_bound_of_nothing_is_climbed_from() -> None:
    """Three items of use 2 for two agents with room for 3, first at no price: one unit is outside whatever one does."""
    room = np.array([3, 3])
    hours = RowFamily("hours", np.full(3, 2), np.array([0, 1]), room * 0, room, level=0, price=np.array([1000, 1000]))
    model = Model(
        agents=2,
        pair_start=np.arange(0, 7, 2),
        pair_agent=np.array([0, 1] * 3),
        home=np.zeros(3, dtype=np.int64),
        levels=(Level("hours"),),
        families=(hours,),
    )
    found = decompose(
        model, 0, [], no_duals(model, 0), value=lambda: 1000, over=lambda: False, tell=lambda _: None, rounds=500
    )
    assert found is not None
    assert found.bound == 1000
