"""One agent's own problem: closed exactly, and never claimed better than it is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from bookwright.engine.knapsack import OPEN, knapsack


def breach(load: float, low: float, high: float, price: float, knee: float) -> float:
    """What one row costs, by its definition."""
    out = max(load - high, low - load, 0.0)
    if out > 1e-9 and price >= OPEN:
        return float("inf")
    return 0.0 if out <= 1e-9 else price * (out + max(0.0, out - knee))


def drawn(seed: int) -> tuple[np.ndarray, ...]:
    """A random small problem: costs, uses, prices to begin with, row ends, prices and knees."""
    rng = np.random.default_rng(seed)
    items, rows = int(rng.integers(1, 10)), int(rng.integers(0, 4))
    cost = rng.normal(0, 3, items)
    use = rng.integers(0 if rng.random() < 0.7 else -4, 9, (rows, items)).astype(np.float64)
    middle = use.sum(axis=1) * rng.uniform(0.2, 0.8, rows)
    width = rng.uniform(0, 3, rows)
    low = np.where(rng.random(rows) < 0.7, np.round(middle - width), -OPEN)
    high = np.where(rng.random(rows) < 0.8, np.round(middle + width), OPEN)
    price = np.where(rng.random(rows) < 0.3, OPEN, rng.uniform(0.1, 3, rows))
    knee = np.where(rng.random(rows) < 0.5, OPEN, rng.integers(0, 4, rows)).astype(np.float64)
    return cost, use, rng.normal(0, 0.5, rows), low, high, price, knee


def best(cost: np.ndarray, use: np.ndarray, ends: tuple[np.ndarray, ...]) -> float:
    """The optimum by enumeration, infinite where hard rows cannot hold."""
    found = float("inf")
    for x in product([0.0, 1.0], repeat=len(cost)):
        loads = use @ np.array(x) if len(use) else []
        rows = zip(loads, *ends, strict=True)
        found = min(found, float(cost @ np.array(x)) + sum(breach(*row) for row in rows))
    return found


@pytest.mark.parametrize("block", range(10))
def test_with_enough_nodes_it_is_the_optimum_and_with_few_a_bound(block: int) -> None:
    """Against enumeration, and reduced costs are what a changed mind costs."""
    for seed in range(40 * block, 40 * block + 40):
        cost, use, y, *ends = drawn(seed)
        truth = best(cost, use, tuple(ends))
        bound, by_prices, taken, reduced = knapsack(cost, use, y.copy(), *ends, 3, 0.02, 1_000_000)
        if truth == float("inf"):
            assert bound > 1e9, seed
            continue
        assert bound == pytest.approx(truth, abs=1e-6), seed
        assert by_prices <= truth + 1e-6, seed
        rows = zip(use @ taken.astype(float) if len(use) else [], *ends, strict=True)
        assert float(cost @ taken) + sum(breach(*row) for row in rows) == pytest.approx(truth, abs=1e-6), seed
        for item in range(len(cost)):
            # A changed mind about one item costs at least its reduced cost above what prices alone prove.
            changed = cost.copy()
            changed[item] += -1e6 if reduced[item] >= 0 else 1e6
            other = best(changed, use, tuple(ends)) + (1e6 if reduced[item] >= 0 else 0.0)
            assert by_prices + abs(reduced[item]) <= other + 1e-5, (seed, item)
        for nodes in (1, 3, 10):
            less, _, _, _ = knapsack(cost, use, y.copy(), *ends, 3, 0.02, nodes)
            assert less <= truth + 1e-6, (seed, nodes)


def test_items_that_cannot_be_split_lift_the_bound_above_what_prices_prove() -> None:
    """Three items of six hours, room for ten."""
    # Three items of 6 hours in a book of 10: prices split the second one, whole books hold one.
    cost, use = np.array([-5.0, -5.0, -5.0]), np.array([[6.0, 6.0, 6.0]])
    ends = np.array([-OPEN]), np.array([10.0]), np.array([OPEN]), np.array([OPEN])
    bound, by_prices, taken, _ = knapsack(cost, use, np.zeros(1), *ends, 3, 0.02, 10_000)
    assert by_prices == pytest.approx(-25.0 / 3.0)
    assert bound == pytest.approx(-5.0)
    assert taken.sum() == 1
