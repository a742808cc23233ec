"""Local search: never worse, limits kept, what is broken mended, the same answer for the same effort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.local import candidates, improve
from bookwright.engine.local_capacity import capacities, capacity_prices
from bookwright.engine.model import NO_LOW, Level, Model, RowFamily
from bookwright.engine.start import construct
from tests.engine.test_evaluate import random_model
from tests.engine.test_start import capacity_model


def judged(model: Model, agent_of: np.ndarray, level: int, limits: list[int]) -> tuple[float, ...]:
    """What improve must not let grow, in order: hard breach, excess over limits, this level and the later ones."""
    found = values(model, agent_of)
    excess = [max(value - limit, 0) for value, limit in zip(found, limits, strict=False)]
    return (round(hard_breach(model, agent_of), 6), *excess, *found[level:])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 1))
def test_never_worse_and_the_pairs_are_allowed(seed: int, level: int) -> None:
    """From any start, broken hard rows and limits included, nothing judged earlier gets worse."""
    model, agent_of = random_model(seed, items=9)
    limits = [values(model, agent_of)[0] - 5][:level]
    better = improve(model, agent_of, level=level, limits=limits, effort=3, seed=1)
    pair_of(model, better)
    assert judged(model, better, level, limits) <= judged(model, agent_of, level, limits)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 1))
def test_what_comes_out_is_a_local_optimum(seed: int, level: int) -> None:
    """No single item, moved anywhere it may go, betters the first thing that is not yet as it should be."""
    model, agent_of = random_model(seed, items=6, agents=3)
    limits = [values(model, agent_of)[0] + 5][:level]
    better = improve(model, agent_of, level=level, limits=limits)
    reached = judged(model, better, level, limits)
    asked = next((place for place, amount in enumerate(reached[: level + 2]) if amount > 0), level + 1) + 1
    for item in range(model.items):
        for agent in model.pair_agent[model.pair_start[item] : model.pair_start[item + 1]]:
            moved = better.copy()
            moved[item] = agent
            assert judged(model, moved, level, limits)[:asked] >= reached[:asked]


def test_an_item_goes_home_where_the_balance_allows_it() -> None:
    """Two items stand swapped; alone neither may go home, by exchange both do."""
    use = np.array([10, 10])
    rows = RowFamily(
        "balance", use, np.arange(2), np.array([10, 10]), np.array([10, 10]), level=0, price=np.array([1, 1])
    )
    moves = Level("moves", cost=np.array([0, 1000, 1000, 0]))
    model = Model(2, np.array([0, 2, 4]), np.array([0, 1, 0, 1]), np.array([0, 1]), (Level("even"), moves), (rows,))
    assert improve(model, np.array([1, 0]), level=1, limits=[0]).tolist() == [0, 1]


def test_the_same_effort_and_seed_give_the_same_assignment() -> None:
    """No clock is read without seconds: twice the same arguments, twice the same assignment."""
    model, agent_of = random_model(4, items=60, agents=6)
    one = improve(model, agent_of, level=0, effort=40, seed=5)
    assert np.array_equal(one, improve(model, agent_of, level=0, effort=40, seed=5))
    gap = capacity_model(1, items=60, agents=5, slack=1.0)
    start = construct(gap)
    assert np.array_equal(improve(gap, start, level=0, effort=40), improve(gap, start, level=0, effort=40))


def test_stop_is_heard() -> None:
    """A search that is told to stop at once returns what it was given."""
    model, agent_of = random_model(4, items=60, agents=6)
    assert np.array_equal(improve(model, agent_of, level=0, effort=10**6, stop=lambda: True), agent_of)


def test_numbers_beyond_int64_are_left_alone() -> None:
    """A model the compiled loops cannot hold comes back as it was."""
    model, agent_of = random_model(5, big=10**9)
    assert np.array_equal(improve(model, agent_of, level=0, effort=5), agent_of)


def test_reduced_costs_choose_the_pairs_looked_at() -> None:
    """With more than a dozen pairs an item, those of lowest reduced cost are kept, and the one in use and home."""
    agents, items = 60, 40
    rng = np.random.default_rng(0)
    model = Model(
        agents,
        np.arange(items + 1) * agents,
        np.tile(np.arange(agents), items),
        rng.integers(0, agents, items),
        (Level("one"),),
    )
    reduced = rng.random(model.pairs)
    pair = np.arange(items) * agents + 7
    lists = candidates(model, pair, reduced, rng)
    kept = set(lists.pair.tolist())
    assert set(pair.tolist()) <= kept
    assert {int(i * agents + home) for i, home in enumerate(model.home)} <= kept
    assert len(kept) <= 14 * items + 1
    assert sorted(lists.by_agent.tolist()) == sorted(kept)
    for item in range(items):
        own = lists.pair[lists.item_start[item] : lists.item_start[item + 1]]
        assert np.all(own // agents == item)


def test_only_true_capacity_levels_take_the_capacity_search() -> None:
    """One hard capacity per agent and costs: yes. A lower limit, a priced row or an earlier cost: no."""
    model = capacity_model(0)
    assert capacities(model, 0) is not None
    family = model.families[0]
    floor = replace(family, low=np.zeros(4, dtype=np.int64))
    assert capacities(replace(model, families=(floor,)), 0) is None
    priced = replace(family, level=0, price=np.ones(4, dtype=np.int64))
    assert capacities(replace(model, families=(family, priced)), 0) is None
    assert capacities(replace(model, families=(priced,)), 0) is None
    assert capacities(replace(model, levels=(*model.levels, model.levels[0])), 1) is None
    assert capacities(replace(model, levels=(Level("nothing"), *model.levels)), 1) is not None


def test_the_lagrangian_is_below_every_plan_and_near_the_best() -> None:
    """The bound behind the prices is under the value of the plan found, and within a few percent of it."""
    for seed in range(5):
        model = capacity_model(seed, items=60, agents=5, slack=0.9)
        _, bound = capacity_prices(model, capacities(model, 0))
        plan = improve(model, construct(model), level=0, effort=500)
        assert hard_breach(model, plan) == 0.0
        assert bound <= values(model, plan)[0] <= 1.05 * bound


def test_overfull_starts_are_mended_first() -> None:
    """Everything on one agent: the search finds a plan that overfills nobody."""
    model = capacity_model(3)
    assert hard_breach(model, np.zeros(30, dtype=np.int32)) > 0
    assert hard_breach(model, improve(model, np.zeros(30, dtype=np.int32), level=0, effort=50)) == 0.0


def test_a_barred_pair_is_never_used_by_the_capacity_search() -> None:
    """Agents differ by item: what comes out is allowed, and cheaper than the start."""
    rng = np.random.default_rng(2)
    items, agents = 40, 6
    allowed = [np.sort(rng.choice(agents, 4, replace=False)) for _ in range(items)]
    pair_agent = np.concatenate(allowed)
    use = rng.integers(5, 26, len(pair_agent))
    rows = RowFamily("room", use, np.arange(agents), np.full(agents, NO_LOW), np.full(agents, 130))
    cost = Level("cost", cost=rng.integers(10, 51, len(pair_agent)))
    model = Model(agents, np.arange(items + 1) * 4, pair_agent, np.full(items, -1), (cost,), (rows,))
    start = construct(model)
    better = improve(model, start, level=0, effort=200)
    pair_of(model, better)
    assert hard_breach(model, better) == 0.0
    assert values(model, better)[0] <= values(model, start)[0]
