"""A value fixed beforehand as good enough: the level stops there, and later levels may use all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bookwright.engine import Limits
from bookwright.engine.evaluate import values
from bookwright.engine.solve import Method, solve
from tests.engine.tiny import best_by_enumeration, tiny_model


@pytest.mark.parametrize("method", ["exact", "large"])
def test_later_levels_use_all_of_a_limit(method: Method) -> None:
    """With the first level held to a fixed value, the second is as good as enumeration says; its gap is 0."""
    used = 0
    for seed in range(60 if method == "exact" else 30):
        model = tiny_model(seed)
        expected = best_by_enumeration(model)
        if expected is None or len(model.levels) < 2:
            continue
        plain = replace(model.levels[0], give=0.0, give_at_least=0)
        for extra in (-1, 0, 2, 5) if method == "exact" else (5,):
            limited = replace(plain, limit=expected[0] + extra)
            model = replace(model, levels=(limited, *model.levels[1:]))
            twin = best_by_enumeration(
                replace(
                    model,
                    levels=(replace(plain, give_at_least=max(0, extra), give_within_value=False), *model.levels[1:]),
                )
            )
            answer = solve(
                model, limits=Limits(seconds=None, effort=200 if method == "exact" else 30, gap=0.0), method=method
            )
            first, second = answer.levels[:2]
            assert twin is not None
            assert values(model, answer.agent_of)[0] <= first.limit == max(expected[0], expected[0] + extra)
            assert first.gap == 0.0 or first.best > expected[0] + extra
            assert second.bound <= twin[1] <= second.best
            if method == "exact":
                assert second.best == twin[1]
            used += extra > 0 and twin[1] < expected[1]
    assert used > (5 if method == "exact" else 0), "no case in which the limit bought anything"
