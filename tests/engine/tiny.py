"""Tiny random models with every feature, and what enumeration says of them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from bookwright.engine.evaluate import allowance, hard_breach, values
from bookwright.engine.model import NO_HIGH, NO_LOW, Level, Model, RowFamily


def tiny_model(seed: int, items: int = 6, agents: int = 3) -> Model:
    """A model small enough to enumerate: families by agent and item, priced and hard, knees, apart, 1-3 levels."""
    rng = np.random.default_rng(seed)
    items = int(rng.integers(1, items + 1))
    start, agent = [0], []
    for _ in range(items):
        allowed = np.sort(rng.choice(agents, size=int(rng.integers(1, agents + 1)), replace=False))
        agent.extend(allowed.tolist())
        start.append(len(agent))
    pairs = len(agent)
    home = rng.integers(-1, agents, size=items)
    count = int(rng.integers(1, 4))
    levels = []
    for k in range(count):
        cost = rng.integers(0, 8, size=pairs) if rng.random() < 0.6 else None
        scale: Any = rng.choice(["one", "value", "range"])
        give = float(rng.choice([0.0, 0.1, 0.5]))
        levels.append(
            Level(
                f"level {k}",
                cost=cost,
                unit=int(rng.choice([1, 10])),
                give=give,
                give_at_least=int(rng.choice([0, 0, 2])),
                scale=scale,
                give_within_value=seed % 2 == 0,
            )
        )
    families = tuple(_family(rng, k, items, agents, pairs, count) for k in range(int(rng.integers(0, 5))))
    apart = np.zeros((0, 2), dtype=np.int32)
    apart_level = None
    if items >= 3 and rng.random() < 0.4:
        apart = np.array([rng.choice(items, size=2, replace=False) for _ in range(int(rng.integers(1, 3)))])
        apart_level = int(rng.integers(0, count)) if rng.random() < 0.5 else None
    return Model(
        agents=agents,
        pair_start=np.array(start),
        pair_agent=np.array(agent, dtype=np.int32),
        home=home,
        levels=tuple(levels),
        families=families,
        apart=apart,
        apart_level=apart_level,
        apart_price=int(rng.integers(1, 10)),
    )


def _family(rng: np.random.Generator, k: int, items: int, agents: int, pairs: int, levels: int) -> RowFamily:
    by = "agent" if rng.random() < 0.7 else "item"
    rows = int(rng.integers(1, agents + 1))
    row_of = rng.integers(-1, rows, size=agents if by == "agent" else items)
    size = items if rng.random() < 0.6 else pairs
    use = rng.integers(-2 if rng.random() < 0.4 else 0, 6, size=size)
    low = rng.integers(-2, 5, size=rows)
    high = low + rng.integers(0, 10, size=rows)
    low = np.where(rng.random(rows) < 0.6, NO_LOW, low)
    high = np.where(rng.random(rows) < 0.2, NO_HIGH, high)
    level = int(rng.integers(0, levels)) if rng.random() < 0.55 else None
    price = rng.integers(0, 6, size=rows) if level is not None else None
    knee = np.where(rng.random(rows) < 0.5, NO_HIGH, rng.integers(0, 4, size=rows)) if level is not None else None
    if knee is not None and rng.random() < 0.2:
        knee = None
    return RowFamily(
        f"family {k}",
        use=use,
        row_of=row_of,
        low=low,
        high=high,
        by=by,  # type: ignore[arg-type]
        away_only=bool(rng.random() < 0.3),
        level=level,
        price=price,
        knee=knee,
    )


def every_assignment(model: Model) -> list[tuple[float, list[int]]]:
    """(hard breach, values) of every assignment there is."""
    choices = [model.pair_agent[a:b].tolist() for a, b in zip(model.pair_start[:-1], model.pair_start[1:], strict=True)]
    return [(hard_breach(model, np.array(c)), values(model, np.array(c))) for c in product(*choices)]


def best_by_enumeration(model: Model) -> list[int] | None:
    """The optimum of each level with earlier levels held to their optimum and allowance; None if nothing is allowed."""
    kept = [v for hard, v in every_assignment(model) if hard == 0]
    if not kept:
        return None
    best = []
    for k, level in enumerate(model.levels):
        best.append(min(v[k] for v in kept))
        limit = best[k] + allowance(model, level, best[k])
        kept = [v for v in kept if v[k] <= limit]
    return best
