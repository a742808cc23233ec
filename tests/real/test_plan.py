"""AdventureWorks planned end to end: one owner in the territory for every store, what is short, the new hire's book."""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict
from pathlib import Path

import pytest

from bookwright import api
from bookwright.result import Result, Status

pytestmark = pytest.mark.real
MAPPING = Path(__file__).parent / "adventureworks.toml"
NEW_HIRE = "284"


@pytest.fixture(scope="module")
def result() -> Result:
    """The quarterly rebalance of the 701 stores."""
    given = Path(os.environ["BOOKWRIGHT_DATA"])
    folder = given if given.name == "adventureworks" else given / "adventureworks"
    portfolio = api.read(folder, columns=MAPPING)
    return api.plan(portfolio, effective_date=dt.date(2027, 1, 1), time_limit=30.0, workers=2)


def test_every_store_has_one_owner_who_covers_its_territory(result: Result) -> None:
    """701 stores, nobody outside the territories where they hold stores today."""
    assert result.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert len(result.plan.by_account) == 701
    assert not result.unassigned
    portfolio = result.problem.portfolio
    for account_id, csm_id in result.plan.by_account.items():
        assert csm_id is not None
        assert portfolio.account_by_id[account_id].region in portfolio.csm_by_id[csm_id].regions


def test_what_is_short_is_named_with_its_hours(result: Result) -> None:
    """Some territories need more hours than their people have; the overload is proved the least there can be."""
    short = [f.text for f in result.findings if f.code == "hours_short"]
    assert short
    assert any("h short" in text and "Northeast" in text for text in short)
    hours = result.priorities[0]
    assert hours.name == "hours"
    assert hours.gap <= 1e-4


def test_the_new_hire_s_book_is_filled_to_nine_tenths_of_its_target(result: Result) -> None:
    """284 begins with nothing and shares Northwest with two colleagues; the target is the one Books shows, in ARR."""
    assert next(b for b in result.today.books if b.csm_id == NEW_HIRE).accounts == 0
    target = next(b for b in result.bands if b.csm_id == NEW_HIRE and b.measure == "arr").target
    book = next(b for b in result.plan.books if b.csm_id == NEW_HIRE)
    assert book.arr >= 0.9 * target
    share = next(b for b in result.bands if b.csm_id == NEW_HIRE and b.measure == "utilization").target
    said = [f.text for f in result.findings if f.code == "thin_new_book"]
    assert book.hours >= 0.9 * share or any("tete0" in text for text in said)


def test_the_plan_adds_up(result: Result) -> None:
    """No store's hours or revenue is lost or counted twice."""
    before, after = defaultdict(float), defaultdict(float)
    for sums, books in ((before, result.today.books), (after, result.plan.books)):
        for book in books:
            sums["hours"] += book.hours
            sums["arr"] += book.arr
    assert after == pytest.approx(before)
