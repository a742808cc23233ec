"""Touchpoints made beside planned: a log and counts, what was due, who got nothing, names that are not known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bookwright.capacity import analyse, made_of
from bookwright.portfolio import MadeRow
from bookwright.report.capacity_case import findings
from bookwright.tables import read
from bookwright.tables.write_input import write_portfolio
from tests.builders import account, csm, model, portfolio, problem

CALL = {"name": "Check-in call", "hours": 1.0, "times": 2}
REVIEW = {"name": "Business review", "hours": 3.0, "per": "quarter"}
MAIL = {"name": "Newsletter", "hours": 0.1, "channel": "digital"}
RENEWAL = {"name": "Renewal", "hours": 12.0, "per": "year", "before_renewal": True}
DECIDED = model(coverage={"Big": {"touchpoints": [CALL, REVIEW, MAIL, RENEWAL]}})


def log(account_id: str, name: str, count: int) -> list[MadeRow]:
    """So often from 1 October to 31 December."""
    days = [dt.date(2026, 10, 1) + dt.timedelta(days=round(91 * k / max(1, count - 1))) for k in range(count)]
    return [MadeRow(account_id=account_id, name=name, date=day) for day in days]


def rows() -> tuple[MadeRow, ...]:
    """Of three accounts one gets all (6 calls, a review), one lacks a call, one gets nothing."""
    full = log("a", "check-in  CALL", 6) + log("a", "Business review", 1)
    return (*full, *log("b", "Check-in call", 5), *log("b", "Business review", 1), *log("b", "Lunch", 2))


@pytest.fixture
def three() -> object:
    """Three accounts of Big with the log."""
    accounts = [account(i, "ana", segment="Big", hours=None, arr=100.0) for i in "abc"]
    return portfolio(accounts, [csm("ana")], made=rows())


def test_planned_against_made(three: object) -> None:
    """By hand: 3 months; due are 6 calls and 1 review an account (9 h); a newsletter and a renewal are not."""
    made = made_of(analyse(problem(three, DECIDED)))  # type: ignore[arg-type]
    assert made is not None
    assert made.months == 3.0
    (big,) = made.segments
    assert (big.accounts, big.on_plan, big.nothing, big.arr_nothing) == (3, 1, 1, 100.0)
    assert big.hours_made == pytest.approx((6 + 3) + (5 + 3), rel=0.01)
    calls = next(line for line in made.lines if line.name == "Check-in call")
    assert (calls.planned_per_month, calls.made, calls.accounts) == (6.0, 11.0, 2)
    assert [(a.account_id, a.missing) for a in made.accounts] == [
        ("c", "Check-in call, Business review"),
        ("b", "Check-in call"),
    ]
    assert made.unknown == (("Lunch", 2.0),)


def test_counts_are_brought_to_a_month() -> None:
    """12 calls over 6 months are 2 a month: all that was due for an account, without any date."""
    facts = portfolio(
        [account("a", "ana", segment="Big", hours=None)],
        made=(
            MadeRow(account_id="a", name="Check-in call", times=12, months=6),
            MadeRow(account_id="a", name="Business review"),
        ),
    )
    made = made_of(analyse(problem(facts, DECIDED)))
    assert made is not None
    assert made.segments[0].on_plan == 1
    assert made.lines[0].made_per_month == pytest.approx(2.0)


def test_the_first_page_says_it(three: object) -> None:
    """Who got all, and what was not counted."""
    said = " ".join(findings(analyse(problem(three, DECIDED))))  # type: ignore[arg-type]
    assert "all that was due for Big 1 of 3 accounts" in said
    assert "1 account got no touchpoint" in said
    assert '"Lunch" (2)' in said
    without = portfolio([account("a", segment="Big")])
    assert made_of(analyse(problem(without, DECIDED))) is None


def test_the_sheet_is_read_back(tmp_path: Path) -> None:
    """Rows of a log and counts survive writing and reading; an unknown account is said and left out."""
    facts = portfolio([account(i, "ana", name=f"Name {i}") for i in "ab"], made=rows()[:3])
    path = write_portfolio(facts, tmp_path / "book.xlsx")
    again, _ = read(path)
    assert [(m.account_id, m.name, m.date) for m in again.made] == [(m.account_id, m.name, m.date) for m in rows()[:3]]
    stranger = facts.model_copy(update={"made": (MadeRow(account_id="Name b", name="Call", times=4, months=2),
                                                 MadeRow(account_id="zz", name="Call"))})  # fmt: skip
    again, said = read(write_portfolio(stranger, tmp_path / "other.xlsx"))
    assert [(m.account_id, m.times, m.months) for m in again.made] == [("b", 4, 2)]
    assert [f.code for f in said if f.code == "bad_made"]
