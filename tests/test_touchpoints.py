"""Hours from touchpoints: cadence, smoothing, real months, multipliers, and which source wins."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookwright.coverage_model import SegmentCoverage, Touchpoint
from bookwright.planning_model import PlanningModel, with_settings
from bookwright.portfolio import SegmentRow, Status, TouchpointRow
from bookwright.workload import Hours, month_starts, near_boundaries, sort_into_segments, with_sheets
from tests.builders import DAY, account, model, portfolio, problem

CALL = {"name": "Call", "hours": 1.0, "times": 2}


def covered(*touchpoints: dict[str, Any], more: dict[str, Any] | None = None, **segment: Any) -> PlanningModel:
    """A planning model with one covered segment, "Big"."""
    return model(coverage={"Big": {"touchpoints": list(touchpoints), **segment}}, **(more or {}))


def hours(decided: PlanningModel, **facts: Any) -> float:
    """Hours of an account of "Big" without hours of its own."""
    return Hours(decided).steps(account("a", **{"segment": "big", "hours": None, **facts})).hours


@pytest.mark.parametrize(("per", "expected"), [("month", 6.0), ("quarter", 2.0), ("year", 0.5), ("once", 0.15)])
def test_a_cadence_becomes_hours_a_month(per: str, expected: float) -> None:
    """3 h x 2 a month, a quarter, a year; once at 30 % new accounts a year."""
    decided = covered({"name": "T", "hours": 3.0, "times": 2, "per": per}, new_accounts_percent_per_year=30)
    assert hours(decided) == pytest.approx(expected)


def test_inbound_is_added_in_hours_and_in_tickets() -> None:
    """0.5 h and 4 tickets of 15 minutes beside 2 h of calls."""
    decided = covered(CALL, inbound_hours_per_month=0.5, tickets_per_month=4, minutes_per_ticket=15)
    assert hours(decided) == pytest.approx(3.5)


def test_other_roles_cost_no_csm_hours() -> None:
    """Pools are CSMs, implementers are not."""
    decided = covered(CALL, {**CALL, "owner": "Implementation"}, {**CALL, "owner": "Pool"})
    assert hours(decided) == pytest.approx(4.0)


def test_multipliers_apply_by_word_colour_and_comparison() -> None:
    """The first entry of a column that matches counts; a blank cell changes nothing; all columns multiply."""
    table = {"complexity": {"high": 1.5}, "health": {"red": 2.0}, "Users": {">= 100": 3.0, ">= 10": 1.25}}
    decided = covered(CALL, more={"multipliers": table})
    assert hours(decided) == pytest.approx(2)
    assert hours(decided, complexity="High") == pytest.approx(3)
    assert hours(decided, health=49.0) == pytest.approx(4)
    assert hours(decided, health=50.0) == pytest.approx(2)
    assert hours(decided, extra={"Users": 100}) == pytest.approx(6)
    assert hours(decided, extra={"Users": 99}) == pytest.approx(2.5)
    assert hours(decided, complexity="high", health=10.0) == pytest.approx(6)


def test_precedence_cell_touchpoints_segment_fallback() -> None:
    """Each wins over the next, and says so."""
    decided = covered(CALL, more={"hours_per_month": {"Big": 9.0, "Flat": 7.0}, "hours_per_month_elsewhere": 1.0})
    of = Hours(decided).steps
    assert (of(account("a", segment="Big", hours=5.0)).hours, of(account("a", segment="Big")).origin) == (5.0, "cell")
    found = [of(account("a", segment=s, hours=None)) for s in ("Big", "Flat", "Odd")]
    assert [(s.hours, s.origin) for s in found] == [(2.0, "touchpoints"), (7.0, "segment"), (1.0, "fallback")]


def test_hours_on_the_settings_sheet_win_over_the_models_touchpoints() -> None:
    """But not over a Touchpoints sheet in the same workbook."""
    decided = with_settings(covered(CALL), {"hours_per_month:Big": 9.0}, "Settings sheet")
    assert hours(decided) == 9.0
    rows = (TouchpointRow(segment="BIG", name="Visit", hours=4.0),)
    assert hours(with_sheets(decided, portfolio([], touchpoints=rows))) == pytest.approx(4.0)


def test_a_touchpoints_sheet_replaces_only_its_segments() -> None:
    """Arrival rate and inbound of the model stay; the Segments sheet changes what it fills."""
    decided = model(
        coverage={
            "Big": {"touchpoints": [CALL], "inbound_hours_per_month": 1.0},
            "Small": {"touchpoints": [CALL]},
        }
    )
    rows = (TouchpointRow(segment="big", name="Review", hours=6.0, per="quarter"),)
    lines = (SegmentRow(segment="Small", tickets=6.0, minutes_per_ticket=10.0),)
    laid = with_sheets(decided, portfolio([], touchpoints=rows, segment_rows=lines))
    assert laid.coverage["Big"].total_hours == pytest.approx(3.0)
    assert laid.coverage["Small"].total_hours == pytest.approx(3.0)
    assert laid.origins["coverage.Big"] == "Touchpoints sheet"


def test_the_problem_uses_the_sheets() -> None:
    """What stands in the workbook is what a plan counts with."""
    facts = portfolio(
        [account("a", segment="Big", hours=None)], touchpoints=(TouchpointRow(segment="Big", name="V", hours=4.0),)
    )
    found = problem(facts, covered(CALL))
    assert found.hours.tolist() == [4.0]
    assert found.hours_origin == ("touchpoints",)


def test_renewal_hours_fall_into_the_months_before_the_renewal() -> None:
    """12 h a year over 2 months, renewal after the second: 6 + 6 + 0 in place of 1 + 1 + 1 beside 2 h of calls."""
    renewal = {"name": "Renewal", "hours": 12.0, "per": "year", "before_renewal": True, "months": 2}
    of = Hours(covered(CALL, renewal))
    starts = month_starts(DAY, 3)
    one = account("a", segment="Big", hours=None, renewal_date=dt.date(2027, 3, 1))
    assert of.in_months(one, of.steps(one), starts) == pytest.approx([2 + 12 * 31 / 59, 2 + 12 * 28 / 59, 2])
    unknown = one.model_copy(update={"renewal_date": None})
    assert of.in_months(unknown, of.steps(unknown), starts) == pytest.approx([3, 3, 3])
    last_year = one.model_copy(update={"renewal_date": dt.date(2026, 3, 1)})
    assert of.in_months(last_year, of.steps(last_year), starts)[0] == pytest.approx(2 + 12 * 31 / 59)
    own = one.model_copy(update={"hours": 6.0})
    assert of.in_months(own, of.steps(own), starts)[2] == pytest.approx(4), "the cell says how much, the table when"


def test_one_time_hours_in_real_months() -> None:
    """Onboarding of 9 h over 3 months costs 3 h a month then, nothing after, and nothing for others."""
    table = {"name": "Kick-off", "hours": 9.0, "per": "once", "months": 3}
    decided = covered(CALL, table, more={"workload": {"one_time": "months"}}, new_accounts_percent_per_year=40)
    april = dt.date(2027, 4, 1)
    assert hours(decided) == pytest.approx(2)
    share = (april - dt.date(2027, 3, 1)).days / (april - DAY).days
    assert hours(decided, status=Status.ONBOARDING) == pytest.approx(2 + 9 * share)
    assert hours(decided, status=Status.ONBOARDING, csm_since=dt.date(2026, 11, 1)) == pytest.approx(2)
    assert hours(covered(CALL, table, new_accounts_percent_per_year=40)) == pytest.approx(2.3)


def test_segments_by_rule_fill_blanks_and_overrides_win() -> None:
    """The first rule that matches; filled cells stay unless everything is to be sorted anew."""
    rules = [
        {"segment": "Key", "column": "industry", "one_of": ["Defence"]},
        {"segment": "Big", "at_least": 100},
        {"segment": "Small", "below": 100},
    ]
    accounts = [
        account("a", arr=100.0),
        account("b", arr=99.0),
        account("c", arr=500.0, segment="Small"),
        account("d", arr=1.0, industry="defence"),
        account("e", arr=1.0),
    ]

    def segments(**more: Any) -> list[str]:
        decided = model(segmentation={"rules": rules, "overrides": {"e": "Key"}, **more})
        return [a.segment for a in sort_into_segments(portfolio(accounts), decided)[0].accounts]

    assert segments() == ["Big", "Small", "Small", "Key", "Key"]
    assert segments(fill="all") == ["Big", "Small", "Big", "Key", "Key"]
    near = near_boundaries(portfolio(accounts), model(segmentation={"rules": rules, "boundary_percent": 5}))
    assert [(n.account_id, round(n.away, 2)) for n in near] == [("a", 0.0), ("b", -0.01)]


def test_health_from_weighted_columns_fills_blanks() -> None:
    """Weighted mean of what is there, each from worst to best; a given health stays."""
    parts = [{"column": "Usage", "weight": 3}, {"column": "Tickets", "worst": 10, "best": 0}]
    accounts = [
        account("a", extra={"Usage": 80, "Tickets": 10}),
        account("b", extra={"Usage": 80, "Tickets": None}),
        account("c", health=5.0, extra={"Usage": 80}),
        account("d"),
    ]
    found = sort_into_segments(portfolio(accounts), model(health_score={"parts": parts}))[0].accounts
    assert [a.health and round(a.health, 6) for a in found] == [60.0, 80.0, 5.0, None]


def test_every_shipped_table_is_near_its_flat_hours() -> None:
    """The flat hours beside a coverage table are its rough sum, so that removing the table changes little."""
    from bookwright.planning_model import available, load

    for path in available().values():
        decided = load(path)
        for segment, table in decided.coverage.items():
            assert table.total_hours == pytest.approx(decided.hours_per_month[segment], rel=0.1), segment


def test_a_touchpoint_says_its_own_hours() -> None:
    """The parts of a table add up to its total."""
    table = SegmentCoverage(
        touchpoints=(Touchpoint(name="x", hours=2), Touchpoint(name="y", hours=3, per="quarter")),
        inbound_hours_per_month=0.5,
    )
    assert sum(map(table.hours_per_month, table.touchpoints)) + table.inbound_hours == table.total_hours
