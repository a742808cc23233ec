"""Bounds hold: the certified one at any prices, the relaxation's, and the one on a side question."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from bookwright.engine import Limits, side_bound, solve
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import hard_breach, values
from bookwright.engine.mip import HARD
from bookwright.engine.model import Model
from bookwright.engine.prices import Duals
from bookwright.engine.relaxation import reduced_costs, relax
from tests.engine.tiny import best_by_enumeration, every_assignment, tiny_model


def assignments(model: Model) -> list[np.ndarray]:
    """Every assignment there is."""
    choices = [model.pair_agent[a:b].tolist() for a, b in zip(model.pair_start[:-1], model.pair_start[1:], strict=True)]
    return [np.array(c) for c in product(*choices)]


def wild_duals(model: Model, held: int, rng: np.random.Generator) -> Duals:
    """Prices of any sign and size, most of them nonsense."""
    rows = tuple(rng.normal(0, 3, size=family.rows) for family in model.families)
    return Duals(rows, np.abs(rng.normal(0, 1, size=held)))


@pytest.mark.parametrize("seed", range(60))
def test_any_prices_give_a_bound_that_holds(seed: int) -> None:
    """No assignment within the limits is below the Lagrangian at random prices, nor are the reduced costs too high."""
    model, rng = tiny_model(seed), np.random.default_rng(seed)
    kept = [v for hard, v in every_assignment(model) if hard == 0]
    if not kept:
        return
    for level in range(len(model.levels)):
        limits = [sorted(v[h] for v in kept)[len(kept) // 2] for h in range(level)]
        inside = [v[level] for v in kept if all(v[h] <= limits[h] for h in range(level))]
        for _ in range(5):
            duals = wild_duals(model, level, rng)
            bound = certified(model, level, limits, duals)
            if inside:
                assert bound <= min(inside)
            again, reduced = reduced_costs(model, level, limits, duals)
            assert again == bound
            for agent_of in assignments(model)[::7]:
                found = values(model, agent_of)
                if hard_breach(model, agent_of) > 0 or any(found[h] > limits[h] for h in range(level)):
                    continue
                start = np.asarray(model.pair_start[:-1])
                used = [
                    reduced[start[i] + model.pair_agent[start[i] : model.pair_start[i + 1]].tolist().index(a)]
                    for i, a in enumerate(agent_of)
                ]
                assert bound - 1 + max(used) <= found[level] + 1e-3


@pytest.mark.parametrize("seed", range(40))
def test_the_relaxation_is_below_the_optimum_and_above_the_cheapest_pairs(seed: int) -> None:
    """Column generation ends at an LP whose certified bound lies under the level's optimum."""
    model = tiny_model(seed)
    best = best_by_enumeration(model)
    if best is None:
        return
    start = next(a for a in assignments(model) if hard_breach(model, a) == 0)
    found = relax(model, 0, [], start)
    assert found is not None
    assert found.bound <= best[0]
    cost = model.levels[0].cost
    if cost is not None:
        cheapest = int(np.minimum.reduceat(np.asarray(cost), np.asarray(model.pair_start[:-1])).sum())
        assert found.bound >= cheapest - 1


@pytest.mark.parametrize("seed", range(60))
def test_hard_rows_that_cannot_hold_are_proved_so_by_prices_or_not_at_all(seed: int) -> None:
    """The bound on the breach is above 0 only where enumeration finds no assignment that keeps all."""
    model, rng = tiny_model(seed), np.random.default_rng(seed)
    possible = any(hard == 0 for hard, _ in every_assignment(model))
    found = relax(model, HARD, [], np.asarray(model.pair_agent)[np.asarray(model.pair_start[:-1])])
    assert found is not None
    if possible:
        assert found.bound <= 0
        assert certified(model, HARD, [], wild_duals(model, 0, rng)) <= 0


@pytest.mark.parametrize("seed", range(40))
def test_a_side_question_is_bounded_as_enumeration_says(seed: int) -> None:
    """The least cost within the limits of the first levels is never below the bound, and usually equals it."""
    model, rng = tiny_model(seed), np.random.default_rng(seed)
    answer = solve(model, limits=Limits(seconds=None, gap=0.0))
    if answer.hard_breach > 0:
        return
    cost = rng.integers(0, 9, size=model.pairs)
    start = np.asarray(model.pair_start[:-1])
    for levels in range(len(model.levels) + 1):
        limits = [report.limit for report in answer.levels[:levels]]
        least = min(
            int(
                sum(
                    cost[start[i] + model.pair_agent[start[i] : model.pair_start[i + 1]].tolist().index(a)]
                    for i, a in enumerate(agent_of)
                )
            )
            for agent_of in assignments(model)
            if hard_breach(model, agent_of) == 0
            and all(v <= limit for v, limit in zip(values(model, agent_of), limits, strict=False))
        )
        bound = side_bound(model, answer, cost, None, levels)
        assert least - 1 <= bound <= least
