"""What limits cost during an annealing: one price on both sides, then a wall; hard rows firmer and firmer."""

from __future__ import annotations

import numpy as np
import pytest

from bookwright.engine.holding import Holding

SLICES = 200
WEIGHT = np.array([0.5, 0.25, 1.0])
LIMITS = [0, 400]
"""The first level may use nothing, the second 400 of its units: 100 in the loop's."""
NOTHING, SECOND, HARD = 1, 2, 3


def holding(rows_alone: bool = False) -> Holding:
    """Prices of a third level's run."""
    return Holding(LIMITS, WEIGHT, rows_alone)


def value(nothing: float = 0.0, second: float = 100.0, hard: float = 0.0) -> np.ndarray:
    """What the groups use."""
    return np.array([50.0, nothing, second, hard])


def after(now: Holding, used: np.ndarray, slices: int, part: float = 0.5) -> Holding:
    """The same prices after so many slices in which the groups use this."""
    for _ in range(slices):
        now.adjust(used, part, SLICES)
    return now


def test_limits_are_in_the_loops_currency() -> None:
    """Units of a level, times what one weighs."""
    assert holding().limit.tolist() == [0.0, 0.0, 100.0, 0.0]


def test_a_level_begins_at_the_relaxations_price_on_both_sides_of_its_limit() -> None:
    """No wall: a step beyond the limit costs what one below it does."""
    now = holding()
    assert now.below[SECOND] == now.above[SECOND] == 1.0


@pytest.mark.parametrize(("used", "dearer"), [(100.1, True), (100.0, False), (99.9, False)])
def test_its_price_rises_while_it_uses_too_much(used: float, dearer: bool) -> None:
    """And stands on both sides of the limit, so that a step beyond it may be taken."""
    now = after(holding(), value(second=used), 10)
    assert bool(now.above[SECOND] > 1.0) is dearer
    assert now.below[SECOND] == now.above[SECOND]


def test_its_price_falls_again_but_never_below_the_relaxations() -> None:
    """Whole items leave room unused: room is never cheaper than the relaxation has it."""
    now = after(holding(), value(second=120.0), 20)
    top = now.above[SECOND]
    after(now, value(second=80.0), 10)
    assert 1.0 < now.above[SECOND] < top
    after(now, value(second=0.0), SLICES)
    assert now.above[SECOND] == now.below[SECOND] == 1.0


def test_a_price_does_not_run_away_where_heat_alone_keeps_a_level_above_its_limit() -> None:
    """Ten times the relaxation's is the most."""
    now = after(holding(), value(second=1_000.0), SLICES)
    assert now.above[SECOND] == 10.0


def test_near_the_end_a_limit_is_a_wall() -> None:
    """Dearer beyond the limit than below it, and dearer still as long as it is broken."""
    now = after(holding(), value(), 1, part=0.9)
    assert now.above[SECOND] == pytest.approx(4.0)
    assert now.below[SECOND] == pytest.approx(0.95)
    after(now, value(second=101.0), 5, part=0.9)
    assert now.above[SECOND] == pytest.approx(4.0 * 1.05**5)
    assert now.below[SECOND] == pytest.approx(0.95)


@pytest.mark.parametrize("group", [NOTHING, HARD])
def test_what_may_use_nothing_grows_dearer_as_long_as_it_is_broken(group: int) -> None:
    """A level held to nothing has no room to price; hard rows have none either."""
    broken = value(nothing=1.0) if group == NOTHING else value(hard=1.0)
    now = after(holding(), broken, 10)
    assert now.above[group] == pytest.approx(1.03**10)
    after(now, value(), 10)
    assert now.above[group] == pytest.approx(1.03**10), "kept, it costs what it did"
    after(now, broken, 1_000)
    assert now.above[group] == 100.0


def test_residues_of_sums_of_floats_break_nothing() -> None:
    """What is added and taken off again leaves crumbs."""
    assert after(holding(), value(hard=1e-9, nothing=1e-9), 10).above.tolist() == [1.0, 1.0, 1.0, 1.0]


def test_late_in_a_run_hard_rows_are_firm_though_nothing_broke_them() -> None:
    """From then on a breach would not be mended in time."""
    assert after(holding(), value(), 1, part=0.71).above[HARD] == 4.0


def test_levels_of_rows_alone_see_walls_from_the_first() -> None:
    """Their runs are short and begin from plans that keep the limits."""
    now = holding(rows_alone=True)
    assert now.below[SECOND] < now.above[SECOND]
    after(now, value(second=90.0), 3)
    assert now.below[SECOND] == pytest.approx(0.95 * 0.98**3), "room that is left is cheap"
    after(now, value(second=101.0), 3)
    assert now.above[SECOND] == pytest.approx(1.3 * 1.03**3)


def test_the_current_level_is_never_priced_otherwise() -> None:
    """It is what all prices are measured in."""
    now = after(holding(), np.array([1e9, 1.0, 200.0, 1.0]), 50, part=0.9)
    assert now.below[0] == now.above[0] == 1.0
