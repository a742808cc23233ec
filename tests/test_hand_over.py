"""Hand-over months: receivers carry what they get, givers hand over before they are gone, cover is listed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from bookwright.books import Plan
from bookwright.hand_over import Schedule, schedule
from bookwright.portfolio import Account, Csm, Kind
from tests.builders import DAY, absence, account, csm, model, planned, portfolio, problem

HOURS = model(hand_over={"hours": {"Big": 4.0}, "elsewhere": 0.0})


def scheduled(accounts: list[Account], team: list[Csm], to: dict[str, str], **more: object) -> Schedule:
    """The months of a plan that gives accounts as `to` says; others stay."""
    laid = problem(portfolio(accounts, team, **more), HOURS)  # type: ignore[arg-type]
    return schedule(laid, Plan.from_ids(laid, {**Plan.today(laid).by_account, **to}))


def test_a_starter_gets_the_book_of_month_three_handed_over_along_the_ramp() -> None:
    """25, 50, 75 h: seven accounts of 10 h go over as two, three and two; no month is over."""
    accounts = [account(f"a{k}", "ana", arr=100.0 - k) for k in range(7)]
    team = [csm("ana"), csm("new", start_date=DAY)]
    found = scheduled(accounts, team, {a.id: "new" for a in accounts})
    assert [h.month for h in found.hand_overs.values()] == [0, 0, 1, 1, 1, 2, 2]
    assert found.capacity[1].tolist() == [25, 50, 75]
    assert found.load[1].tolist() == [20, 50, 70]
    assert found.load[0].tolist() == [50, 20, 0]
    assert [h.on for h in found.hand_overs.values()][-1] == dt.date(2027, 3, 1)


def test_a_giver_hands_over_before_they_are_gone() -> None:
    """Ana leaves on 10 February: nothing is later than 1 February, even where the starter is over then."""
    accounts = [account(f"a{k}", "ana") for k in range(7)]
    team = [csm("ana", end_date=dt.date(2027, 2, 10)), csm("new", start_date=DAY)]
    found = scheduled(accounts, team, {a.id: "new" for a in accounts})
    assert max(h.month for h in found.hand_overs.values()) == 1
    assert found.load[1, 1] == 70


def test_hand_over_hours_are_charged_to_both_sides() -> None:
    """4 h each in the month of the hand-over; a pool takes a tenth of an hour; placing costs the receiver alone."""
    accounts = [
        account("a", "ana", segment="big"),
        account("b", "ana", segment="Big"),
        account("c", None, segment="Big"),
    ]
    team = [csm("ana"), csm("bo"), csm("pool", kind=Kind.POOL)]
    found = scheduled(accounts, team, {"a": "bo", "b": "pool", "c": "bo"})
    assert found.hand_over_hours[:, 0].tolist() == pytest.approx([4.1, 8.0, 0.1])
    assert found.hand_over_hours[:, 1:].sum() == 0


def test_the_hours_of_a_month_are_all_there() -> None:
    """Whoever has an account in a month, its hours count once."""
    accounts = [account(f"a{k}", "ana", hours=float(k)) for k in range(1, 9)]
    team = [csm("ana"), csm("bo", customer_hours=10.0), csm("new", start_date=DAY)]
    found = scheduled(accounts, team, {"a1": "bo", "a5": "new", "a8": "new", "a7": "bo"})
    assert found.hours.sum(axis=0) == pytest.approx([36, 36, 36])


def test_an_absence_postpones_a_hand_over_and_needs_cover() -> None:
    """Bo is away in January: what does not fit waits for February; a short leave is cover, a long one interim cover."""
    january, february = DAY, dt.date(2027, 2, 1)
    away = (absence("bo", january, 95.0),)
    found = scheduled([account("a", "ana")], [csm("ana"), csm("bo")], {"a": "bo"}, absences=away)
    assert found.hand_overs["a"].month == 1
    assert [(c.csm_id, c.hours, c.long, c.returns) for c in found.cover] == [("bo", 95.0, False, february)]
    longer = (*away, absence("bo", february, 50.0))
    (cover,) = scheduled([account("a", "ana")], [csm("ana"), csm("bo")], {}, absences=longer).cover
    assert (cover.long, cover.returns) == (True, dt.date(2027, 3, 1))


def test_a_renewal_month_shows_in_the_load() -> None:
    """The average fits, the month of preparation does not: 3 accounts of 30 h that all renew on 1 April."""
    renewal = {"name": "Renewal", "hours": 120.0, "per": "year", "before_renewal": True, "months": 1}
    decided = model(coverage={"Big": {"touchpoints": [{"name": "Calls", "hours": 20.0}, renewal]}})
    accounts = [account(f"a{k}", "ana", segment="Big", hours=None, renewal_date=dt.date(2027, 4, 1)) for k in range(3)]
    laid = problem(portfolio(accounts), decided)
    assert laid.hours.sum() == 90
    found = schedule(laid, Plan.today(laid))
    assert found.load[0] == pytest.approx([60, 60, 420])
    assert np.all(found.load[1] == 0)


def test_every_move_of_a_plan_has_a_month() -> None:
    """As the workbook's Moves and Months show it."""
    from bookwright.report.tables import workbook

    accounts = [account(f"a{k}", "ana", hours=10.0) for k in range(12)]
    result = planned(portfolio(accounts), model({"hours": {}}, ["hours"]))
    sheets = workbook(result)
    moves = sheets.sheet("Moves").tables[0]
    at = [c.title for c in moves.columns].index("Planned hand-over")
    assert len(moves.rows) == len(result.plan.moves) > 0
    assert all(row[at] == DAY for row in moves.rows)
    assert len(sheets.sheet("Months").tables[0].rows) == 2 * 3


def test_one_pass_in_order_is_not_the_best_and_the_rest_is_proved() -> None:
    """50 h in January, 100 h later: the large account first leaves 35 h of room unused; the two of 25 h fit exactly."""
    accounts = [account("big", "ana", hours=30.0, arr=900.0), *(account(f"a{k}", "ana", hours=25.0) for k in (1, 2))]
    team = [csm("ana", customer_hours=30.0), csm("new", ramp_now=50.0, ramp=(100.0,))]
    found = scheduled(accounts, team, {a.id: "new" for a in accounts})
    assert found.hand_overs["big"].month == 1
    assert found.over == pytest.approx(found.least_over, abs=1e-3) == pytest.approx(0.0, abs=1e-3)


def test_nothing_goes_to_somebody_who_is_not_there_yet() -> None:
    """Bo starts on 1 February; Ana is far over, and keeps what is Bo's until then."""
    accounts = [account(f"a{k}", "ana", hours=30.0) for k in range(8)]
    team = [csm("ana"), csm("bo", start_date=dt.date(2027, 2, 1), ramp=(100.0,))]
    found = scheduled(accounts, team, {f"a{k}": "bo" for k in range(3)})
    assert {h.month for h in found.hand_overs.values()} == {1}


def test_a_starter_is_not_buried_for_a_giver_who_is_over() -> None:
    """Ana has 160 h of 100; the starter takes 20 of 25 h in January, 50 in February, the rest in March."""
    accounts = [account(f"a{k}", "ana", hours=10.0) for k in range(16)]
    found = scheduled(accounts, [csm("ana"), csm("new", start_date=DAY)], {f"a{k}": "new" for k in range(6)})
    assert found.load[1].tolist() == [20, 50, 60]
    assert found.load[0].tolist() == [140, 110, 100]
