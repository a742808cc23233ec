"""What items choose at prices of rows: one pass says what looking up every pair's rows says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine.choices import Choices
from bookwright.engine.model import Model
from bookwright.engine.rows import item_of_pairs, on_pairs, together
from tests.engine.tiny import tiny_model


def looked_up(model: Model, pairs: np.ndarray, base: np.ndarray, prices: np.ndarray, heat: float):
    """(soft, sharp, load) pair by pair, with nothing clever."""
    item = item_of_pairs(model, pairs)
    cost, first = base.copy(), 0
    rows = []
    for family in model.families:
        row, use = on_pairs(model, family, pairs, item)
        cost += np.where(row >= 0, prices[np.maximum(row, 0) + first] * use, 0.0)
        rows.append((np.where(row >= 0, row + first, -1), use))
        first += family.rows
    load, soft, sharp = np.zeros(first), 0.0, 0.0
    for one in range(model.items):
        mine = np.flatnonzero(item == one)
        least = cost[mine].min()
        chance = np.exp(-(cost[mine] - least) / heat)
        soft += least - heat * np.log(chance.sum())
        sharp += least
        for pair, share in zip(mine, chance / chance.sum(), strict=True):
            for row, use in rows:
                if row[pair] >= 0:
                    load[row[pair]] += share * use[pair]
    return soft, sharp, load


def models() -> list[Model]:
    """Every kind of row: of agents and of items, uses of their own and of pairs, moves alone, and books."""
    return [*(tiny_model(seed) for seed in range(40)), book_model(60, 5, seed=4)]


def test_it_says_what_looking_up_every_row_says() -> None:
    """Sums and loads alike, over all pairs and over some of them, alone and with help."""
    kinds = set()
    for number, model in enumerate(models()):
        rng = np.random.default_rng(number)
        every = np.arange(model.pairs)
        first = np.asarray(model.pair_start[:-1], dtype=np.int64)
        some = together(first, np.flatnonzero(rng.random(model.pairs) < 0.4))
        rows = sum(family.rows for family in model.families)
        kinds |= {(f.by, f.away_only, len(f.use) == model.items) for f in model.families}
        for pairs in (every, some):
            base = rng.random(len(pairs)) * 5
            prices = rng.standard_normal(rows)
            choices = Choices(model, pairs, item_of_pairs(model, pairs), base, model.families)
            soft, sharp, wanted = looked_up(model, pairs, base, prices, 0.7)
            load = np.ones(rows)
            alone = choices.softened(prices, 0.7, load)
            assert alone == pytest.approx((soft, sharp), rel=1e-9, abs=1e-4)
            np.testing.assert_allclose(load, wanted, rtol=1e-3, atol=1e-3)
            with ThreadPoolExecutor(1) as pool:
                helped = np.zeros(rows)
                assert choices.softened(prices, 0.7, helped, pool) == alone
                np.testing.assert_array_equal(helped, load)
    # The comparison is of no worth where a kind of row never came up.
    assert {("agent", False, True), ("agent", True, True), ("item", False, True), ("agent", False, False)} <= kinds


def test_together_is_the_union_in_order() -> None:
    """Of two runs and of three, of nothing, and with numbers in several of them."""
    a, b = np.array([1, 4, 9]), np.array([2, 4])
    assert together(a, b).tolist() == [1, 2, 4, 9]
    assert together(a, b, np.array([0])).tolist() == [0, 1, 2, 4, 9]
    assert together(a[:0], b[:0]).tolist() == []
