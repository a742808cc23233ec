"""The engine against enumeration, on models small enough to enumerate."""

from __future__ import annotations

import pytest

from bookwright.engine import Limits
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.solve import Method, solve
from tests.engine.tiny import best_by_enumeration, every_assignment, tiny_model

PROVE = Limits(seconds=None, gap=0.0)


def check_twin(seed: int, method: Method) -> None:
    """The same optimum per level, the same verdict, no bound above the optimum."""
    model = tiny_model(seed)
    expected = best_by_enumeration(model)
    answer = solve(model, limits=PROVE, method=method)
    pair_of(model, answer.agent_of)
    assert answer.refuted == 0
    assert answer.hard_breach == hard_breach(model, answer.agent_of)
    assert [level.value for level in answer.levels] == values(model, answer.agent_of)
    if expected is None:
        assert answer.impossible
        assert answer.hard_breach == pytest.approx(min(hard for hard, _ in every_assignment(model)), rel=1e-6)
        return
    assert not answer.impossible
    assert answer.hard_breach == 0
    for level, best in zip(answer.levels, expected, strict=True):
        assert level.bound <= best
        assert level.certified <= best
        assert level.solver <= best
        assert level.best == best
        assert level.bound == best
        assert level.value <= level.limit


@pytest.mark.parametrize("block", range(10))
def test_small_models_are_solved_as_enumeration_solves_them(block: int) -> None:
    """Same optimum per level, same verdict on feasibility, bounds never above the optimum."""
    for seed in range(block * 30, block * 30 + 30):
        check_twin(seed, "exact")


@pytest.mark.parametrize("block", range(6))
def test_the_large_path_never_claims_too_much_on_small_models(block: int) -> None:
    """Relaxation, rounding, kernel and neighbourhoods: valid values, bounds at or below the optimum, same verdict."""
    for seed in range(block * 10, block * 10 + 10):
        model = tiny_model(seed)
        expected = best_by_enumeration(model)
        answer = solve(model, limits=Limits(seconds=None, effort=60, gap=0.0), method="large")
        assert [level.value for level in answer.levels] == values(model, answer.agent_of)
        assert answer.refuted == 0
        if expected is None:
            assert answer.impossible
            continue
        assert answer.hard_breach == 0
        for level, best in zip(answer.levels, expected, strict=True):
            assert level.bound <= level.best
            assert level.value <= level.limit
            if level.best > best:
                # Later levels were given more room than in the enumeration: their optima differ.
                break
            assert level.bound <= best
