"""Facts as arrays: dates and quarters, settings in order of precedence, whole units that err on the safe side."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from bookwright.findings import InputError
from bookwright.portfolio import Coverage, Status
from bookwright.problem import default_effective_date, fiscal_quarter, resolve
from tests.builders import DAY, account, csm, model, portfolio, problem


@pytest.mark.parametrize(
    ("day", "starts", "label", "first"),
    [
        (dt.date(2027, 1, 1), 1, "2027 Q1", dt.date(2027, 1, 1)),
        (dt.date(2026, 12, 31), 1, "2026 Q4", dt.date(2026, 10, 1)),
        (dt.date(2026, 11, 21), 2, "FY2027 Q4", dt.date(2026, 11, 1)),
        (dt.date(2027, 1, 31), 2, "FY2027 Q4", dt.date(2026, 11, 1)),
        (dt.date(2027, 2, 1), 2, "FY2028 Q1", dt.date(2027, 2, 1)),
        (dt.date(2026, 7, 15), 7, "FY2027 Q1", dt.date(2026, 7, 1)),
        (dt.date(2026, 6, 30), 7, "FY2026 Q4", dt.date(2026, 4, 1)),
    ],
)
def test_fiscal_quarters(day: dt.date, starts: int, label: str, first: dt.date) -> None:
    """Named by the year in which the fiscal year ends; each next one starts where the last ends."""
    quarter = fiscal_quarter(day, starts)
    assert (quarter.label, quarter.first) == (label, first)
    assert fiscal_quarter(quarter.after - dt.timedelta(days=1), starts) == quarter
    assert fiscal_quarter(quarter.after, starts).first == quarter.after == default_effective_date(day, starts)


def test_the_effective_date_is_the_option_then_the_sheet_then_the_model_then_the_next_quarter() -> None:
    """And whatever it is, everything counts from it."""
    rows, today = [account("a1")], dt.date(2026, 11, 21)
    bare, dated = model(effective_date=None), model(effective_date=dt.date(2027, 5, 1))
    sheet = portfolio(rows, settings={"effective_date": dt.date(2027, 6, 1)})
    assert resolve(portfolio(rows), bare, today=today).effective_date == DAY
    assert resolve(portfolio(rows), dated, today=today).effective_date == dt.date(2027, 5, 1)
    assert resolve(sheet, dated, today=today).effective_date == dt.date(2027, 6, 1)
    laid = resolve(sheet, dated, today=today, effective_date=dt.date(2027, 7, 1))
    assert laid.effective_date == dt.date(2027, 7, 1)
    assert laid.model.origins["effective_date"] == "option"
    assert laid.horizon_end == dt.date(2027, 10, 1)
    assert [q.label for q in laid.quarters] == ["2027 Q3", "2027 Q4", "2028 Q1", "2028 Q2"]


def test_the_settings_sheet_reaches_the_rules() -> None:
    """Tolerances, budgets and hours per segment; blank cells change nothing."""
    rules = {"balance": [{"measure": "arr"}], "move_budget": {}}
    settings = {"arr_tolerance_percent": 25, "move_budget_accounts_percent": 5, "horizon_months": None}
    settings |= {"hours_per_month:Big": 4.5, "freeze_days_before_renewal": 10}
    laid = problem(portfolio([account("a1", hours=None, segment="Big")], settings=settings), model(rules))
    assert laid.model.rules["balance"][0]["tolerance_percent"] == 25
    assert laid.model.rules["move_budget"]["accounts_percent"] == 5
    assert laid.model.rules["freezes"]["days_before_renewal"] == 10
    assert (laid.hours[0], laid.model.horizon.months) == (4.5, 3)
    assert set(laid.model.origins.values()) == {"Settings sheet"}


def test_what_is_not_planned_is_not_in_the_problem() -> None:
    """Churned, not planned, partner and none keep their row elsewhere; notice given is planned."""
    rows = [
        account("on"), account("notice", status=Status.NOTICE), account("new", status=Status.ONBOARDING),
        account("churned", status=Status.CHURNED), account("out", status=Status.NOT_PLANNED),
        account("partner", coverage=Coverage.PARTNER), account("none", coverage=Coverage.NONE),
        account("pool", coverage=Coverage.POOL),
    ]  # fmt: skip
    assert [a.id for a in problem(portfolio(rows)).accounts] == ["on", "notice", "new", "pool"]


def test_hours_become_seconds_up_and_capacity_down() -> None:
    """A plan that fits in integers fits in fact; 3,000 digital accounts still weigh something."""
    rows = [account("a1", hours=0.008), account("a2", hours=1 / 3), account("a3", hours=0.00001)]
    laid = problem(portfolio(rows, [csm("ana", customer_hours=1 / 7)]))
    assert laid.workload.tolist() == [29, 1200, 1]
    assert laid.capacity.tolist() == [514]
    assert (laid.workload / 3600 >= laid.hours - 1e-9).all()


def test_renewals_fall_into_their_quarter() -> None:
    """Blank Renewal ARR counts as the ARR; a zero is a zero; the past and the far future count nowhere."""
    rows = [
        account("a", renewal_date=dt.date(2027, 3, 31)),
        account("b", renewal_date=dt.date(2027, 4, 1), renewal_arr=7.0),
        account("c", renewal_date=dt.date(2027, 12, 31), renewal_arr=0.0),
        account("d", renewal_date=dt.date(2026, 12, 31)),
        account("e", renewal_date=dt.date(2028, 1, 1)),
        account("f"),
    ]
    expected = np.zeros((6, 4))
    expected[0, 0], expected[1, 1] = 100, 7
    assert problem(portfolio(rows)).renewal_arr.tolist() == expected.tolist()


def test_measures_of_ours_and_of_the_users() -> None:
    """Red is health below 50; a column with text in it is no number."""
    rows = [
        account("a", health=49.0, extra={"Seats": 3, "Tier": "x"}),
        account("b", health=50.0, extra={"Seats": None}),
    ]
    laid = problem(portfolio(rows))
    red, seats = laid.measure("red_arr"), laid.measure("Seats")
    assert red is not None
    assert seats is not None
    assert (red.tolist(), seats.tolist()) == ([100, 0], [3, 0])
    assert laid.measure("Tier") is None
    assert laid.measure("Nothing") is None


def test_ids_that_stand_twice_are_refused() -> None:
    """One of the two rows would have two owners, or none."""
    with pytest.raises(InputError, match='Accounts: the id "a" stands on more than one row'):
        problem(portfolio([account("a"), account("a")]))
    with pytest.raises(InputError, match='CSMs: the id "ana"'):
        problem(portfolio([], [csm("ana"), csm("ana")]))


def test_nobody_to_own_anything_is_refused() -> None:
    """With the way out."""
    with pytest.raises(InputError, match="--draft-csms"):
        problem(portfolio([account("a")], []))


def test_a_changed_copy_of_a_portfolio_looks_up_its_own_rows() -> None:
    """What-ifs copy portfolios; a copy must not remember the original's accounts and CSMs."""
    facts = portfolio([account("a")])
    assert facts.account_by_id.keys() | facts.csm_by_id.keys() == {"a", "ana", "bo"}
    copied = facts.model_copy(update={"accounts": (account("b"),), "csms": (csm("cy"),)})
    assert copied.account_by_id.keys() | copied.csm_by_id.keys() == {"b", "cy"}
