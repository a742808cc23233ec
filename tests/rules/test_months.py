"""Monthly peaks: the yearly average fits and the renewal month does not; eased where it costs little, else said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookwright.planning_model import PlanningModel, load
from bookwright.portfolio import Account
from bookwright.result import Result
from bookwright.rules.loads import breach, worth
from tests.builders import DAY, absence, account, breaches, csm, model, of, owners, planned, portfolio, posted

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


@pytest.mark.parametrize(("lost", "broken"), [(50.0, False), (51.0, True)])
def test_leave_lowers_the_hours_of_its_month(lost: float, broken: bool) -> None:
    """One of Ana's six renews in March: 60 h of work; 120 % of what leave lets her have is 60.0 or 58.8 h."""
    accounts = [a.model_copy(update={"renewal_date": APRIL if k == 0 else AUGUST}) for k, a in enumerate(team()[:6])]
    away = (absence("ana", dt.date(2027, 3, 1), lost),)
    result = planned(portfolio(accounts, [csm("ana")], absences=away), decided({}))
    assert bool(peaks(result)) == broken
    with_bo = planned(portfolio(accounts, absences=away), decided({}))
    assert not peaks(with_bo)
    if broken:
        assert "49.0 h for it" in peaks(result)[0]
        assert [m.account_id for m in with_bo.plan.moves if m.csm_to == "bo"]


def test_leave_alone_moves_nothing() -> None:
    """Ana is away all March and August brings no renewals: her usual 48 h are cover's, not another owner's."""
    accounts = [a.model_copy(update={"renewal_date": dt.date(2027, 12, 1)}) for a in team()]
    away = (absence("ana", dt.date(2027, 3, 1), 100.0),)
    board, _ = posted(portfolio(accounts, absences=away), decided({}))
    assert not [r for r in board.rows if r.rule == "months"]
    assert not planned(portfolio(accounts, absences=away), decided({})).plan.moves


@pytest.mark.parametrize(("stays", "broken"), [(3, False), (4, True)])
def test_a_starter_answers_for_what_stays(stays: int, broken: bool) -> None:
    """75 % ramped in February, so 90 h: of five accounts of 30 h that renew on 1 March three may stay."""
    mine = [account(f"a{k}", "new", segment="Big", hours=None, renewal_date=dt.date(2027, 3, 1)) for k in range(5)]
    facts = portfolio(mine, [csm("bo"), csm("new", ramp_now=50.0)])
    board, rules = posted(facts, decided({}))
    assert [r.name for r in board.rows if r.rule == "months"] == ["months_2", "months_2_out"]
    plan = of(board, **{f"a{k}": "bo" for k in range(stays, 5)})
    assert bool([b for b in breaches(board, rules, plan, "months") if b.csm_id == "new"]) == broken
    (out,) = [r for r in board.rows if r.name == "months_2_out"]
    assert bool(breach(out, worth(board, out, plan.csm_of)).sum()) == broken
    assert sum(owner == "new" for owner in owners(planned(facts, decided({}))).values()) == 3


def test_hours_after_the_last_day_are_missed_in_their_month() -> None:
    """Ana stays to the end of April; what renews on 1 June finds nobody in May."""
    renewing = [a.model_copy(update={"renewal_date": dt.date(2027, 6, 1)}) for a in team()[:6]]
    facts = portfolio(renewing, [csm("ana", end_date=dt.date(2027, 4, 30))])
    (said,) = peaks(planned(facts, decided({})))
    assert "2027-05-01 and 0.0 h for it: 180.0 h short" in said
    eased = planned(portfolio(renewing, [csm("ana", end_date=dt.date(2027, 4, 30)), csm("bo")]), decided({}))
    assert sum(b.amount for b in eased.breaches if b.rule == "months") < 100


def test_a_full_team_is_told_what_is_short_in_which_month() -> None:
    """The shipped planning model: 95 % on average, all renewals in one quarter; the months and hours are named."""
    accounts = [
        account(f"{who}{k}", who, segment="Enterprise", hours=None, arr=1e5, renewal_date=dt.date(2027, 6, 1))
        for who in ("ana", "bo")
        for k in range(12)
    ]
    result = planned(portfolio(accounts), load("quarterly_rebalance").model_copy(update={"effective_date": DAY}))
    said = peaks(result)
    assert {text.split(" has ")[0] for text in said} == {"Ana", "Bo"}
    assert all("h short, with renewals or onboarding of 12 accounts" in text for text in said)
    assert {text.split("month from ")[1][:10] for text in said} == {"2027-03-01", "2027-04-01", "2027-05-01"}


def test_what_comes_to_a_starter_comes_when_they_can_carry_it() -> None:
    """Five accounts of 30 h in February go to a CSM with 75 h then: handed over later, they are no peak."""
    mine = [account(f"a{k}", "ana", segment="Big", hours=None, renewal_date=dt.date(2027, 3, 1)) for k in range(5)]
    board, rules = posted(portfolio(mine, [csm("ana"), csm("new", ramp_now=50.0)]), decided({}))
    plan = of(board, **{f"a{k}": "new" for k in range(5)})
    assert not breaches(board, rules, plan, "months")
    for rows in (r for r in board.rows if r.rule == "months"):
        assert not breach(rows, worth(board, rows, plan.csm_of)).sum()
