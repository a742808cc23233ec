"""Evaluation against a twin written as plain loops."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright.engine.evaluate import allowance, hard_breach, loads, pair_of, scale_of, values
from bookwright.engine.model import NO_HIGH, NO_LOW, Level, Model, RowFamily


def random_model(seed: int, *, items: int = 7, agents: int = 4, big: int = 1) -> tuple[Model, np.ndarray]:
    """A model with every kind of family, and an assignment of allowed pairs."""
    rng = np.random.default_rng(seed)
    allowed = [np.sort(rng.choice(agents, rng.integers(1, agents + 1), replace=False)) for _ in range(items)]
    start = np.concatenate([[0], np.cumsum([len(a) for a in allowed])])
    pair_agent = np.concatenate(allowed).astype(np.int32)
    pairs = len(pair_agent)
    home = rng.integers(-1, agents, items)

    def ends(rows: int, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
        a, b = np.sort(rng.integers(low, high, (2, rows)), axis=0)
        return np.where(rng.random(rows) < 0.3, NO_LOW, a), np.where(rng.random(rows) < 0.3, NO_HIGH, b)

    families = []
    for number in range(5):
        by = "item" if number == 3 else "agent"
        rows = 3
        low, high = ends(rows, -10, 25)
        size = pairs if number in (1, 4) else items
        hard = number in (2, 3)
        families.append(
            RowFamily(
                f"family {number}",
                use=rng.integers(-4, 12, size) * big,
                row_of=rng.integers(-1, rows, items if by == "item" else agents),
                low=np.where(low == NO_LOW, low, low * big),
                high=np.where(high == NO_HIGH, high, high * big),
                by=by,
                away_only=number >= 2,
                level=None if hard else number % 2,
                price=None if hard else rng.integers(1, 9, rows) * big,
                knee=None if hard else np.where(rng.random(rows) < 0.4, NO_HIGH, rng.integers(0, 6, rows) * big),
            )
        )
    apart = np.array([[0, 1], [2, 3]])
    levels = (
        Level("first", cost=None, unit=10, scale="one", give=0.25),
        Level("second", cost=rng.integers(0, 50, pairs) * big, scale="range", give=0.1, give_at_least=2),
    )
    soft = None if seed % 2 else 1
    model = Model(agents, start, pair_agent, home, levels, tuple(families), apart, soft, 7)
    return model, np.array([rng.choice(a) for a in allowed], dtype=np.int32)


def twin(model: Model, agent_of: np.ndarray) -> tuple[list[int], float, list[list[int]]]:
    """Values, hard breach and loads by loops over items in Python integers and fractions."""
    totals = [0] * len(model.levels)
    broken = Fraction(0)
    all_loads = []
    for family in model.families:
        load = [0] * family.rows
        for item, agent in enumerate(agent_of):
            begin, end = model.pair_start[item], model.pair_start[item + 1]
            pair = begin + list(model.pair_agent[begin:end]).index(agent)
            row = family.row_of[agent] if family.by == "agent" else family.row_of[item]
            if row < 0 or (family.away_only and agent == model.home[item]):
                continue
            load[row] += int(family.use[item] if len(family.use) == model.items else family.use[pair])
        all_loads.append(load)
        for row, amount in enumerate(load):
            low, high = int(family.low[row]), int(family.high[row])
            over = amount - high if high < NO_HIGH and amount > high else 0
            under = low - amount if low > NO_LOW and amount < low else 0
            out = over + under
            if family.level is None:
                broken += Fraction(out, max(abs(high if over else low), 1))
            else:
                knee = int(family.knee[row])
                totals[family.level] += int(family.price[row]) * (out + (max(0, out - knee) if knee < NO_HIGH else 0))
    together = sum(int(agent_of[a] == agent_of[b]) for a, b in model.apart)
    if model.apart_level is None:
        broken += together
    else:
        totals[model.apart_level] += model.apart_price * together
    for number, level in enumerate(model.levels):
        if level.cost is not None:
            for item, agent in enumerate(agent_of):
                begin, end = model.pair_start[item], model.pair_start[item + 1]
                totals[number] += int(level.cost[begin + list(model.pair_agent[begin:end]).index(agent)])
    return totals, float(broken), all_loads


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_values_breach_and_loads_are_those_of_the_loops(seed: int) -> None:
    """Every family kind, knees, apart pairs and open limits evaluate as the plain loops do."""
    model, agent_of = random_model(seed)
    totals, broken, rows = twin(model, agent_of)
    assert values(model, agent_of) == totals
    assert hard_breach(model, agent_of) == pytest.approx(broken, abs=1e-9)
    assert (hard_breach(model, agent_of) == 0.0) == (broken == 0)
    assert [load.tolist() for load in loads(model, agent_of)] == rows


def test_products_beyond_int64_stay_exact() -> None:
    """Prices of 10**12 on loads of 10**12 do not wrap around."""
    model, agent_of = random_model(5, big=10**9)
    assert max(twin(model, agent_of)[0]) > 2**63
    assert values(model, agent_of) == twin(model, agent_of)[0]


def test_an_agent_the_item_may_not_have_is_named() -> None:
    """A pair outside the model is an error that says which."""
    model = Model(2, np.array([0, 1, 3]), np.array([1, 0, 1]), np.array([0, 0]), (Level("one"),))
    assert pair_of(model, np.array([1, 0])).tolist() == [0, 1]
    with pytest.raises(ValueError, match="item 0 may not go to agent 0"):
        pair_of(model, np.array([0, 0]))


def test_allowance_reads_give_as_a_decimal() -> None:
    """0.005 of 10**12 is exactly 5 * 10**9; give_at_least lifts it, within the value where asked; scales differ."""
    cost = np.array([3, 10, 4])
    model = Model(2, np.array([0, 2, 3]), np.array([0, 1, 1]), np.array([0, 0]), (Level("one"),))
    assert allowance(model, Level("share", unit=10**12, give=0.005), 7) == 5 * 10**9
    assert allowance(model, Level("value", give=0.1, give_at_least=2000, scale="value"), 50_000) == 5000
    assert allowance(model, Level("value", give=0.1, give_at_least=2000, scale="value"), 100) == 2000
    within = Level("value", give=0.1, give_at_least=2000, scale="value", give_within_value=True)
    assert [allowance(model, within, value) for value in (0, 100, 5000, 50_000)] == [0, 100, 2000, 5000]
    assert allowance(model, replace(within, limit=30), 0) == 30
    assert allowance(model, Level("range", cost=cost, give=0.5, scale="range"), 100) == 3
    assert scale_of(model, Level("range", cost=cost, scale="range"), 100) == 7
    assert scale_of(model, Level("value", unit=1000, scale="value"), 0) == 1000
