"""Monthly peaks: the yearly average fits and the renewal month does not; eased where it costs little, else said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Account
from bookwright.result import Result
from tests.builders import account, csm, model, owners, planned, portfolio, posted

RENEWAL = {"name": "Renewal", "hours": 24.0, "per": "year", "before_renewal": True, "months": 1}
TABLE = {"Big": {"touchpoints": [{"name": "Calls", "hours": 6.0}, RENEWAL]}}
APRIL, AUGUST = dt.date(2027, 4, 1), dt.date(2027, 8, 1)


def team() -> list[Account]:
    """Ana's six accounts renew on 1 April (30 h each in March, 8 h on average), Bo's six in August."""
    mine = [account(f"a{k}", "ana", segment="Big", hours=None, renewal_date=APRIL) for k in range(6)]
    return mine + [account(f"b{k}", "bo", segment="Big", hours=None, renewal_date=AUGUST) for k in range(6)]


def decided(months: dict[str, Any] | None) -> PlanningModel:
    """Hours, ARR within 40 %, few moves; with or without the rule."""
    rules: dict[str, Any] = {
        "hours": {"mode": "priority"},
        "balance": [{"measure": "arr", "tolerance_percent": 40}],
        "move_price": {},
    }
    if months is not None:
        rules["months"] = months
    return model(rules, ["hours", "balance", "moves"], coverage=TABLE)


def peaks(result: Result) -> list[str]:
    """What is said about months."""
    return [b.what for b in result.breaches if b.rule == "months"]


def test_the_average_fits_and_the_renewal_month_is_eased() -> None:
    """48 h of 100 on average, 180 h in March: swaps bring Ana to 120 h; without the rule nobody moves."""
    assert not planned(portfolio(team()), decided(None)).plan.moves
    eased = planned(portfolio(team()), decided({}))
    assert not peaks(eased)
    with_ana = sum(owners(eased)[f"a{k}"] == "ana" for k in range(6))
    assert 2 <= with_ana <= 4
    (before,) = [row.before for row in eased.ledger if row.rule == "months"]
    assert before == pytest.approx(60)


def test_where_nobody_else_can_take_them_the_month_is_named() -> None:
    """Ana alone: what is short, in which month, with how many renewals."""
    result = planned(portfolio(team()[:6], [csm("ana")]), decided({}))
    (said,) = peaks(result)
    assert "2027-03-01" in said
    assert "180.0 h" in said
    assert "6 accounts" in said


@pytest.mark.parametrize(("percent", "broken"), [(180.0, False), (179.0, True)])
def test_just_inside_and_just_outside(percent: float, broken: bool) -> None:
    """180 h in 100 h."""
    result = planned(portfolio(team()[:6], [csm("ana")]), decided({"peak_percent": percent}))
    assert bool(peaks(result)) == broken


def test_only_months_with_peaks_are_posted() -> None:
    """March in the next six months; nothing without renewals."""
    board, _ = posted(portfolio(team()), decided({}))
    assert [r.name for r in board.rows if r.rule == "months"] == ["months_3"]
    flat = [a.model_copy(update={"renewal_date": None}) for a in team()]
    board, _ = posted(portfolio(flat), decided({}))
    assert not [r for r in board.rows if r.rule == "months"]


def test_a_starters_ramp_is_no_peak() -> None:
    """Early months are met by hand-over months: a new CSM at 25 % takes the book of month three."""
    accounts = [account(f"a{k}", "ana", hours=20.0) for k in range(7)]
    starter = csm("new", start_date=dt.date(2027, 1, 1))
    result = planned(portfolio(accounts, [csm("ana"), starter]), decided({}))
    assert result.plan.books[1].hours >= 40
    assert not peaks(result)
