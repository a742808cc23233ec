"""A start without a solver: allowed agents only, home where it may be, room kept where there is room."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.local_state import pack, state_of
from bookwright.engine.model import NO_LOW, Level, Model, RowFamily
from bookwright.engine.start import construct
from tests.engine.test_evaluate import random_model


def capacity_model(seed: int, items: int = 30, agents: int = 4, slack: float = 1.25) -> Model:
    """A generalized assignment problem: uses and costs differ by pair, every agent has one hard capacity."""
    rng = np.random.default_rng(seed)
    use = rng.integers(5, 26, (items, agents))
    high = (slack * use.mean() * items / agents) * np.ones(agents)
    return Model(
        agents,
        np.arange(items + 1) * agents,
        np.tile(np.arange(agents, dtype=np.int32), items),
        np.full(items, -1),
        (Level("cost", cost=rng.integers(10, 51, items * agents), scale="value"),),
        (RowFamily("capacity", use.ravel(), np.arange(agents), np.full(agents, NO_LOW), high.astype(np.int64)),),
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_every_item_has_an_allowed_agent_and_stays_where_it_may(seed: int) -> None:
    """Items whose home is an allowed pair are there; all others are with an agent they may have; twice the same."""
    model, _ = random_model(seed)
    agent_of = construct(model, seed=3)
    pair_of(model, agent_of)
    for item in range(model.items):
        allowed = model.pair_agent[model.pair_start[item] : model.pair_start[item + 1]]
        if model.home[item] in allowed:
            assert agent_of[item] == model.home[item]
    assert np.array_equal(agent_of, construct(model, seed=3))


def test_capacities_with_room_are_kept() -> None:
    """With a quarter of room to spare no agent is overfull, whatever the numbers."""
    for seed in range(20):
        model = capacity_model(seed)
        assert hard_breach(model, construct(model)) == 0.0


def test_an_unowned_item_goes_where_it_breaches_least() -> None:
    """One agent is full to its priced limit: the item without a home goes to the other."""
    limit = RowFamily(
        "hours",
        use=np.array([5, 5, 5]),
        row_of=np.arange(2),
        low=np.full(2, NO_LOW),
        high=np.array([10, 10]),
        level=0,
        price=np.array([1, 1]),
    )
    model = Model(2, np.array([0, 2, 4, 6]), np.array([0, 1] * 3), np.array([0, 0, -1]), (Level("overload"),), (limit,))
    assert construct(model).tolist() == [0, 0, 1]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_the_compiled_score_is_the_evaluated_one(seed: int) -> None:
    """What the local search adds up while shifting is what evaluation finds afterwards; 0 breach means 0 breach."""
    model, agent_of = random_model(seed)
    state = state_of(model, pack(model), agent_of)
    assert state.score[1:].tolist() == values(model, agent_of)
    assert (state.score[0] == 0) == (hard_breach(model, agent_of) == 0.0)
