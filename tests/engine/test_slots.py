"""Slots: what is chosen is as little over as brute force finds, the bound holds, and the limits of entry are kept."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from bookwright.engine.slots import Slots, choose


def drawn(seed: int, items: int = 7, lines: int = 4, most: int | None = None) -> Slots:
    """Items that leave one line and enter another in one of three periods; some come from nowhere."""
    rng = np.random.default_rng(seed)
    load = np.zeros((items, 3, 2, 3))
    line = np.empty((items, 2), dtype=np.intp)
    for i in range(items):
        line[i] = rng.choice(lines, 2, replace=False)
        if rng.random() < 0.25:
            line[i, 1] = -1
        need = rng.integers(1, 12, 3).astype(float)
        for k in range(3):
            load[i, k, 0, k:] = need[k:]
            load[i, k, 1, :k] = need[:k]
            load[i, k, :, k] += 2.0
        load[i, :, line[i] < 0] = 0.0
    room = np.cumsum(rng.integers(0, 14, (lines, 3)), axis=1).astype(float)
    base = rng.integers(0, 10, (lines, 3)).astype(float)
    first = rng.integers(0, 2, items)
    after = rng.integers(2, 4, items)
    price = rng.choice([1.0, 10.0], lines)
    return Slots(first, after, line, load, base, room, room * 1.2, price, np.arange(items, 0, -1.0), most)


def over(slots: Slots, slot: tuple[int, ...]) -> float:
    """In plain arithmetic."""
    load = slots.base.copy()
    for i, k in enumerate(slot):
        for side in (0, 1):
            if slots.line[i, side] >= 0:
                load[slots.line[i, side]] += slots.load[i, k, side]
    far = np.maximum(0, load - slots.room) + np.maximum(0, load - slots.knee)
    return float((far * slots.price[:, None]).sum())


def windows(slots: Slots) -> itertools.product[tuple[int, ...]]:
    """Every choice."""
    return itertools.product(*(range(a, b) for a, b in zip(slots.first.tolist(), slots.after.tolist(), strict=True)))


@pytest.mark.parametrize("seed", range(12))
def test_as_little_over_as_brute_force(seed: int) -> None:
    """And as early as it can be then, with the bound at the value."""
    slots = drawn(seed)
    found = choose(slots, slots.first)
    best = min(over(slots, slot) for slot in windows(slots))
    assert over(slots, tuple(found.slot.tolist())) == pytest.approx(best)
    assert found.over == pytest.approx(best)
    assert best * (1 - 1e-4) - 1e-3 <= found.bound <= best + 1e-9
    late = min(float(slots.weight @ slot) for slot in windows(slots) if over(slots, slot) <= best + 1e-6)
    assert float(slots.weight @ found.slot) == pytest.approx(late)


@pytest.mark.parametrize("seed", range(4))
def test_no_more_enter_a_line_than_may(seed: int) -> None:
    """At most two in one slot, from a start that keeps it."""
    slots = drawn(seed, most=2)
    keeps = [s for s in windows(slots) if _most(slots, s) <= 2]
    start = np.array(keeps[0])
    found = choose(slots, start)
    assert _most(slots, tuple(found.slot.tolist())) <= 2
    assert found.over == pytest.approx(min(over(slots, s) for s in keeps))
    assert found.bound <= found.over + 1e-9


def _most(slots: Slots, slot: tuple[int, ...]) -> int:
    return max(np.bincount([to * 3 + k for to, k in zip(slots.line[:, 0].tolist(), slot, strict=True)]))


def test_many_items_are_within_a_hundredth_of_the_bound() -> None:
    """Where the relaxation is rounded."""
    slots = drawn(5, items=400, lines=30)
    room = slots.room * 20
    found = choose(replace(slots, room=room, knee=room * 1.2), slots.first)
    assert 0 < found.over <= found.bound * 1.01
