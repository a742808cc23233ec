"""The occasions keep what their sample books promise: a departure, a leave, new hires."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

import bookwright as bw
from bookwright.books import Plan
from bookwright.hand_over import schedule
from bookwright.planner import Options
from bookwright.planning_model import load
from bookwright.portfolio import Portfolio
from bookwright.report.tables import workbook
from bookwright.result import Result, Status
from bookwright.scenarios.cover import interim_cover
from sample_inputs import occasions
from tests.builders import DAY, absence, account, csm, planned, portfolio

EFFORT = 25


def made(facts: Portfolio, occasion: str) -> Result:
    """The plan of an occasion, the same on every machine."""
    return bw.plan(facts, occasion, effort=EFFORT)


def test_a_departure_moves_her_accounts_and_nobody_else_s() -> None:
    """All ten of Nora's go, each to who knows its industry; the tenured ones to nobody who is new."""
    team = occasions.departure()
    result = made(team, "departure")
    hers = {a.id for a in team.accounts if a.csm_id == "C-1"}
    assert result.status is Status.OPTIMAL
    assert {m.account_id for m in result.plan.moves} == hers
    assert all(m.kind == "forced" for m in result.plan.moves)
    for move in result.plan.moves:
        taker, taken = team.csm_by_id[move.csm_to], team.account_by_id[move.account_id]
        assert taken.industry in taker.industries
        assert taken.csm_since is not None
        assert (taken.csm_since < dt.date(2025, 1, 1)) == (taker.name != "Lucy Chen")
    assert all((b.utilization or 0) <= 1 for b in result.plan.books)


def test_a_departure_within_a_budget_moves_a_few_more_and_no_more() -> None:
    """Two percent for this plan: at most one of 57 accounts of the others; the usual budget on the sheet is none."""
    team = occasions.departure()
    team = team.model_copy(update={"settings": {**team.settings, "move_budget_accounts_percent": 30}})
    crowded = tuple(a.model_copy(update={"hours": 14.0}) if a.csm_id == "C-4" else a for a in team.accounts)
    team = team.model_copy(update={"accounts": crowded})
    usual = made(team, "departure")
    assert {m.csm_from for m in usual.plan.moves} == {"C-1"}
    few = bw.plan(team, "departure", effort=EFFORT, settings={"move_budget_accounts_percent": 2})
    assert [m.csm_from for m in few.plan.moves if m.kind == "chosen"] == ["C-4"]
    assert sum(m.kind == "forced" for m in few.plan.moves) == 10


def test_what_is_outside_coverage_today_stays_in_a_departure() -> None:
    """Nobody else moves, not even who should be elsewhere by the book; newcomers do not come in."""
    rows = [account("a1", segment="Big"), account("b1", "bo", segment="Big"), account("c1", "cy", segment="Big")]
    people = [csm("ana", end_date=DAY), csm("bo", segments=("Small",)), csm("cy", segments=("Big",))]
    result = planned(portfolio(rows, people), load("departure").model_copy(update={"effective_date": DAY}))
    assert result.plan.by_account == {"a1": "cy", "b1": "bo", "c1": "cy"}
    assert result.status is Status.OPTIMAL


def test_a_departure_that_fits_nowhere_is_placed_and_said() -> None:
    """Too much work is no refusal: least hours over, and what is short."""
    rows = [*(account(f"a{k}", hours=30) for k in range(4)), *(account(f"b{k}", "bo", hours=30) for k in range(3))]
    people = [csm("ana", end_date=DAY), csm("bo")]
    result = planned(portfolio(rows, people), load("departure").model_copy(update={"effective_date": DAY}))
    assert result.status is Status.OPTIMAL
    assert {m.csm_to for m in result.plan.moves} == {"bo"}
    assert [b.rule for b in result.breaches if b.rule == "hours"] == ["hours"]


def test_a_leave_changes_no_csm_and_has_cover_until_the_day_of_return() -> None:
    """Ten accounts, each covered by who knows its industry, from 1 February until 1 June."""
    team = occasions.leave()
    result = made(team, "departure")
    assert not result.plan.moves
    assert [x.account_id for x in result.interim] == [a.id for a in team.accounts if a.csm_id == "C-1"]
    for x in result.interim:
        assert (x.owner, x.first, x.until) == ("C-1", dt.date(2027, 2, 1), dt.date(2027, 6, 1))
        assert x.cover is not None
        assert team.account_by_id[x.account_id].industry in team.csm_by_id[x.cover].industries
    sheet = workbook(result).sheet("Interim cover").tables[0]
    assert [row[0] for row in sheet.rows] == [x.account_id for x in result.interim]
    assert {row[5] for row in sheet.rows} == {"Nora Lind"}


def test_those_who_cover_have_room_or_the_least_is_over() -> None:
    """Bo is full, Cy has room, Di is away too: Cy covers."""
    rows = [account("a1", hours=40), account("b1", "bo", hours=95), account("c1", "cy", hours=20)]
    away = tuple(absence(who, month, 100) for who in ("ana", "di") for month in (DAY, dt.date(2027, 2, 1)))
    facts = portfolio(rows, [csm("ana"), csm("bo"), csm("cy"), csm("di")], absences=away)
    result = planned(facts, load("new_accounts").model_copy(update={"effective_date": DAY}))
    (cover,) = interim_cover(result, Options(time_limit=None, effort=20))
    assert (cover.cover, cover.owner, cover.until) == ("cy", "ana", dt.date(2027, 3, 1))


def test_a_short_absence_needs_no_interim_cover() -> None:
    """Under six weeks moves nothing and names nobody."""
    facts = portfolio([account("a1")], absences=(absence("ana", DAY, 100),))
    assert interim_cover(planned(facts, load("new_accounts").model_copy(update={"effective_date": DAY}))) == ()


def test_a_successor_who_starts_later_has_somebody_in_between() -> None:
    """Ana leaves in January, Eva starts in March and alone may own the segment with Bo, who is full: Bo covers."""
    rows = [account("a1", hours=50), account("b1", "bo", hours=60)]
    march = dt.date(2027, 3, 1)
    people = [csm("ana", end_date=dt.date(2027, 1, 31)), csm("bo"), csm("eva", start_date=march, ramp=(100.0,))]
    result = planned(portfolio(rows, people), load("departure").model_copy(update={"effective_date": DAY}))
    assert result.plan.by_account["a1"] == "eva"
    (cover,) = interim_cover(result, Options(time_limit=None, effort=20))
    assert (cover.owner, cover.cover, cover.first, cover.until) == ("eva", "bo", dt.date(2027, 2, 1), march)


@pytest.fixture(scope="module")
def hired() -> Result:
    """The plan of the sample with two new hires."""
    return made(occasions.new_hire(), "new_hire")


def test_new_hires_are_filled_within_the_hours_of_each_month(hired: Result) -> None:
    """Accounts and hand-overs of every month fit what the ramp gives by then; nothing before the first day."""
    months = schedule(hired.problem, hired.plan, hired.price)
    for name in ("C-5", "C-6"):
        j = hired.problem.csm_position[name]
        assert (months.load[j] <= months.capacity[j] + 1e-6).all()
        assert hired.plan.books[j].accounts >= 12
    leo = hired.problem.csm_position["C-6"]
    assert months.load[leo, 0] == 0
    grows = np.diff(months.hours[[hired.problem.csm_position["C-5"]]][0][:3])
    assert (grows > 0).all()


def test_new_hires_get_easy_accounts_from_those_over_their_hours(hired: Result) -> None:
    """Only they receive; nobody is over 100 % afterwards; all are healthy and far from their renewal."""
    facts = hired.problem.portfolio
    assert {m.csm_to for m in hired.plan.moves} == {"C-5", "C-6"}
    assert sum(b.hours > b.capacity_hours for b in hired.today.books) == 4
    assert not any(b.hours > b.capacity_hours for b in hired.plan.books)
    for move in hired.plan.moves:
        moved = facts.account_by_id[move.account_id]
        assert (moved.health or 0) >= 75
        assert moved.renewal_date is not None
        assert (moved.renewal_date - hired.problem.effective_date).days > 90


def test_easy_accounts_go_first_and_no_more_than_a_month_may_hold(hired: Result) -> None:
    """The dear ones come later than where the largest ARR goes first; a limit per month holds where it can."""

    def wait(result: Result) -> float:
        calendar = schedule(result.problem, result.plan, result.price).hand_overs
        return float(sum(h.month * result.price[a] for a, h in calendar.items()))

    large = hired.problem.model.hand_over.model_copy(update={"order": "large"})
    model = hired.problem.model.model_copy(update={"hand_over": large})
    other = replace(hired.problem, model=model)
    assert wait(hired) > wait(replace(hired, problem=other, plan=Plan(other, hired.plan.csm_of)))
    slow = hired.problem.model.hand_over.model_copy(update={"accounts_per_month": 4})
    model = hired.problem.model.model_copy(update={"hand_over": slow})
    found = bw.plan(hired.problem.portfolio, model, effort=EFFORT)
    counts: dict[tuple[str, int], int] = {}
    calendar = schedule(found.problem, found.plan, found.price).hand_overs
    for move in found.plan.moves:
        key = move.csm_to, calendar[move.account_id].month
        counts[key] = counts.get(key, 0) + 1
    assert max(counts.values()) <= 4


def test_the_new_hires_sheet_adds_up(hired: Result) -> None:
    """Handed over month by month comes to the book; givers' accounts come to all moves."""
    ramp, givers = workbook(hired).sheet("New hires").tables
    for name in ("Kim Novak", "Leo Marin"):
        mine = [row for row in ramp.rows if row[0] == name]
        assert len(mine) == 6
        moved = [m for m in hired.plan.moves if hired.problem.portfolio.csm_name(m.csm_to) == name]
        assert sum(int(row[3]) for row in mine) == len(moved) == mine[-1][4]  # type: ignore[arg-type]
    assert sum(int(row[1]) for row in givers.rows) == len(hired.plan.moves)  # type: ignore[arg-type]
