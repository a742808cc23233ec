"""A handful of claims about other plans, judged by the independent model of `benchmarks.trust`."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.trust import counterfactuals, judged, prices
from bookwright.books import Plan
from bookwright.explain.verify import Outcome
from bookwright.fixing import Base
from bookwright.generate import generate
from bookwright.planner import Options
from bookwright.planning_model import load
from bookwright.review.price import base_of_result
from tests.builders import planned


@pytest.fixture(scope="module")
def base() -> Base:
    """A proved plan of 30 accounts and 4 CSMs."""
    result = planned(generate(30, 4, 1), load("quarterly_rebalance"), Options(time_limit=None, effort=400, gap=0.0))
    assert result.status.value == "OPTIMAL"
    return base_of_result(result)


def test_counterfactuals_are_what_the_other_model_says(base: Base) -> None:
    """`why --verify` and levels of one CP-SAT model give the same verdict."""
    made = Plan(base.problem, base.csm_of, base.board.forced())
    seen = counterfactuals(base.board, made, np.random.default_rng(1), 3, 20.0)
    assert dict(seen) == {"equal": 3}


def test_prices_of_rules_are_what_the_other_model_says(base: Base) -> None:
    """The gain of a rule a little looser, priority by priority."""
    seen = prices(base, np.random.default_rng(1), 4, 20.0)
    assert dict(seen) == {"equal": 4}


def test_verdicts_follow_from_two_optima() -> None:
    """Better at the first priority that differs goes; as good ties; none cannot."""
    assert judged([1, 5], [2, 0]) == Outcome.GOES
    assert judged([2, 1], [2, 0]) == Outcome.STAYS
    assert judged([2, 0], [2, 0]) == Outcome.TIES
    assert judged(None, [2, 0]) == Outcome.CANNOT
    assert judged([2, 0], None) == Outcome.GOES
    assert judged("open", [2, 0]) == "open"
