"""Books sized by ARR alone are warned about in capacity and in plan; where hours have a say, nothing is said."""

from __future__ import annotations

from typing import Any

import pytest

from bookwright.audit import audit
from bookwright.capacity import analyse, sized_by_arr
from bookwright.planning_model import PlanningModel, load
from bookwright.report.capacity_case import findings
from tests.builders import account, model, portfolio, posted, problem

ARR = [{"measure": "arr", "tolerance_percent": 10}]
BOTH = [*ARR, {"measure": "utilization", "tolerance_points": 10}]


def decided(rules: dict[str, Any], *levels: str) -> PlanningModel:
    """These rules in these priorities."""
    return model(rules, levels, hours_per_month={"Big": 4.0})


@pytest.mark.parametrize(
    ("rules", "levels", "hours", "warned"),
    [
        ({"balance": ARR}, ("balance",), None, True),
        ({"balance": ARR}, ("balance",), 5.0, True),
        ({"balance": ARR, "hours": {}}, ("balance",), 5.0, True),
        ({"balance": ARR, "hours": {}}, ("hours", "balance"), 5.0, False),
        ({"balance": ARR, "hours": {"ceiling_percent": 100, "mode": "hard"}}, ("balance",), None, False),
        ({"balance": BOTH}, ("balance",), None, False),
        ({"pins": {}}, (), None, False),
    ],
)
def test_hours_that_have_no_say(
    rules: dict[str, Any], levels: tuple[str, ...], hours: float | None, warned: bool
) -> None:
    """Balance of ARR with no hours in the priorities, however the hours came about."""
    facts = portfolio([account("a", segment="Big", hours=hours)])
    text = sized_by_arr(problem(facts, decided(rules, *levels)))
    assert bool(text) == warned
    assert ("defaults" in text) == (warned and hours is None)
    board, _ = posted(facts, decided(rules, *levels))
    assert ("sized_by_arr" in [f.code for f in audit(board)]) == warned
    assert any("sized by ARR" in t for t in findings(analyse(problem(facts, decided(rules, *levels))))) == warned


def test_one_hour_for_all_is_no_hour_at_all() -> None:
    """The shipped planning model with segments it does not know: the fallback only counts accounts."""
    facts = portfolio([account(f"a{k}", segment="Galaxy", hours=None) for k in range(3)])
    assert "ARR alone" in sized_by_arr(problem(facts, load("quarterly_rebalance")))
    known = portfolio([account(f"a{k}", segment="SMB", hours=None) for k in range(3)])
    assert not sized_by_arr(problem(known, load("quarterly_rebalance")))
