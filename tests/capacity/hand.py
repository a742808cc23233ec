"""The hand-worked example of docs/capacity.md as facts, so that tests and the page speak of the same team."""

from __future__ import annotations

from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Portfolio
from tests.builders import account, csm, model, portfolio

CALL = {"name": "Check-in call", "hours": 1.0, "times": 2}
REVIEW = {"name": "Business review", "hours": 3.0, "per": "quarter", "automatable_percent": 20}
RENEWAL = {"name": "Renewal preparation", "hours": 12.0, "per": "year", "before_renewal": True}
KICK_OFF = {"name": "Kick-off and onboarding", "hours": 10.0, "per": "once"}


def decided() -> PlanningModel:
    """One covered segment: 4 h of touchpoints, 0.2 h smoothed onboarding, 0.8 h inbound: 5 h an account and month."""
    table = {
        "new_accounts_percent_per_year": 24,
        "inbound_hours_per_month": 0.8,
        "touchpoints": [CALL, REVIEW, RENEWAL, KICK_OFF],
    }
    return model(
        coverage={"Enterprise": table}, multipliers={"complexity": {"high": 1.5}}, rules={"hours": {"mode": "priority"}}
    )


def facts() -> Portfolio:
    """24 plain accounts and 4 complex ones; Ana has 20 plain and all complex ones, Bo 4 plain ones."""
    accounts = [
        account(f"A{k:02}", "ana" if k < 20 else "bo", segment="Enterprise", hours=None, arr=100_000.0)
        for k in range(24)
    ]
    accounts += [
        account(f"X{k}", "ana", segment="Enterprise", hours=None, arr=200_000.0, complexity="High") for k in range(4)
    ]
    team = [csm("ana", customer_hours=None), csm("bo", customer_hours=None, reserved_hours=20.0)]
    return portfolio(accounts, team)
