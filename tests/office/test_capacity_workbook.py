"""The capacity workbook in LibreOffice: its own formulas, recalculated from nothing, give our numbers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from bookwright.capacity import Capacity, analyse, parse_change, what_if
from bookwright.coverage_model import Segmentation, SegmentRule, WorkloadSettings
from bookwright.generate import generate
from bookwright.hand_over import schedule
from bookwright.planning_model import Priority, load
from bookwright.portfolio import Absence, MadeRow
from bookwright.problem import resolve
from bookwright.report.capacity_sheets import capacity_workbook
from bookwright.report.tables import workbook
from bookwright.tables.write import write
from bookwright.tables.write_sheets import Formula, Workbook
from bookwright.workload import sort_into_segments
from tests.builders import DAY, account, csm, planned, portfolio, problem
from tests.capacity.hand import decided, facts
from tests.office.test_plan_workbook import convert

pytestmark = pytest.mark.office


def generated() -> Capacity:
    """200 accounts, every other without hours of its own, so that cells and touchpoints both count."""
    made = generate(200, 10, 3)
    accounts = tuple(a.model_copy(update={"hours": None}) if k % 2 else a for k, a in enumerate(made.accounts))
    return analyse(resolve(made.model_copy(update={"accounts": accounts}), load("quarterly_rebalance"), today=DAY))


def in_months() -> Capacity:
    """The example with one-time hours in their real months, and two accounts in onboarding."""
    made = facts()
    accounts = tuple(a.model_copy(update={"stage": "Onboarding"}) if k < 2 else a for k, a in enumerate(made.accounts))
    model = decided().model_copy(update={"workload": WorkloadSettings(one_time="months")})
    return analyse(problem(made.model_copy(update={"accounts": accounts}), model))


def with_counts() -> Capacity:
    """The example with counts of touchpoints made."""
    made = tuple(
        MadeRow(account_id=f"A{k:02}", name=name, times=k % 7, months=3)
        for k in range(24)
        for name in ("Check-in call", "Business review", "Kick-off and onboarding")
    )
    return analyse(problem(facts().model_copy(update={"made": made}), decided()))


def with_a_log() -> Capacity:
    """Days of touchpoints in a muddle, with counts between them, names nobody knows, and accounts not planned."""
    made = [
        MadeRow(account_id=f"A{k * 7 % 24:02}", name=name, date=dt.date(2026, 9, 3) + dt.timedelta(days=k * 5 % 89))
        for k in range(160)
        for name in ("check-in call", "Business review ")[: 1 + k % 2]
    ]
    made += [MadeRow(account_id="X1", name="Check-in call", times=30), MadeRow(account_id="X2", name="Lunch")]
    made += [MadeRow(account_id="gone", name="Check-in call", times=3, months=6)]
    made += [MadeRow(account_id="X0", name="Business review", times=4, months=12)]
    return analyse(problem(facts().model_copy(update={"made": tuple(made)}), decided()))


def with_ramps() -> Capacity:
    """Starters of every kind: own steps or the planning model's, by date or by percent now, from a month's last day."""
    own, day = (10.0, 30.0, 60.0, 90.0), dt.date(2027, 1, 31)
    starts = (dt.date(2026, 12, 31), dt.date(2027, 1, 31), dt.date(2027, 2, 15), dt.date(2027, 9, 1), None)
    team = [
        csm(f"c{k}{int(has)}{now or ''}", customer_hours=None, start_date=start, ramp=own if has else (), ramp_now=now)
        for k, start in enumerate(starts)
        for has in (False, True)
        for now in (None, 25.0, 40.0, 95.0)
    ]
    team.append(csm("leaves", start_date=dt.date(2026, 11, 1), end_date=dt.date(2027, 3, 20)))
    accounts = [account(f"a{k}", person.id, hours=5.0) for k, person in enumerate(team)]
    return analyse(problem(portfolio(accounts, team), decided().model_copy(update={"effective_date": day})))


def with_outcomes() -> Capacity:
    """Renewal rates in percent, expansion as a factor with gaps, one segment without any, and segments by rule."""
    rules = ({"segment": "Big", "at_least": 50_000.0}, {"segment": "Small"})
    decided_here = decided().model_copy(
        update={
            "segmentation": Segmentation(fill="all", boundary_percent=20, rules=[SegmentRule(**r) for r in rules]),
            "headcount": decided().headcount.model_copy(update={"arr_per_csm": (1e6, 2.5e6)}),
        }
    )
    accounts = [
        account(
            f"a{k}", "ana" if k % 3 else "bo", arr=10_000.0 * k, health=float(k * 5) if k % 4 else None,
            extra={"GRR": 80 + k, **({"NRR": 1 + k / 50} if 2 < k < 9 else {}), "Other": "x"},
        )
        for k in range(12)
    ]  # fmt: skip
    team = [csm("ana", cost_per_month=9_000.0), csm("bo", cost_per_month=7_000.0), csm("cy")]
    sorted_facts, _ = sort_into_segments(portfolio(accounts, team), decided_here)
    return analyse(problem(sorted_facts, decided_here))


def overloaded() -> Capacity:
    """Ana would hand over some sixty accounts, more than a list of a page."""
    accounts = [account(f"a{k}", "ana", hours=1.0 + k % 3 / 10, arr=100.0 * k) for k in range(150)]
    return analyse(problem(portfolio(accounts, [csm("ana"), csm("bo")]), decided()))


CASES = {
    "hand": lambda: analyse(problem(facts(), decided())),
    "generated": generated,
    "months": in_months,
    "counts": with_counts,
    "log": with_a_log,
    "ramps": with_ramps,
    "outcomes": with_outcomes,
    "overload": overloaded,
}
MORE = ("capacity=+20%",)
ALL = ("capacity=-10%", "tooling=30%", "tooling=50%", "hires:Enterprise=1.5", "accounts:enterprise=+5", "capacity=+7%")


@pytest.mark.parametrize(
    ("which", "changes"),
    [*((which, MORE) for which in CASES), ("generated", ALL), ("hand", ALL), ("hand", ("accounts:Enterprise=-90%",))],
)
def test_every_formula_recalculates_to_our_number(which: str, changes: tuple[str, ...], tmp_path: Path) -> None:
    """All formulas of all sheets, their stored results taken off before."""
    found = CASES[which]()
    declared = capacity_workbook(found, what_if(found, [parse_change(text) for text in changes]))
    plain = tmp_path / "stripped.xlsx"
    openpyxl.load_workbook(write(declared, tmp_path / "case.xlsx").path).save(plain)
    book = openpyxl.load_workbook(convert(plain, "xlsx", tmp_path / "out"), data_only=True)
    assert compare(declared, book) > 100


NUMBERS = {
    "By CSM": {"Customer hours given", "Contract hours", "Reserved hours", "Productivity", "Percent now",
               "Cost per month", "Ramp in the last month", *(f"Month {k}" for k in range(1, 9)), "Month"},
    "By segment": {"Churned rows"},
    "What if": {"Percent", "Number"},
    "What if steps": {"Place"},
    "Headcount or tooling": {"Hires"},
    "Touchpoint hours": {"Hours each", "Times", "Counts", "Automatable", "Before renewals", "New accounts a year"},
    "Workload": {"ARR", "Factor", "Own cell", "Flat", "Health", "Renewal rate", "Expansion"},
    "Benchmarks": {"From", "To", "ARR from", "ARR to"},
    "Made log": {"Times", "In months"},
    "Near a boundary": {"Value", "Limit"},
}  # fmt: skip
"""Columns whose numbers are inputs, presets or places in a list; of a ramp, the 100 % of those who have none."""


@pytest.mark.parametrize("which", CASES)
def test_nothing_is_hidden(which: str) -> None:
    """A number that is no formula is an input, a preset, nothing at all, or the number of a row."""
    found = CASES[which]()
    for sheet in capacity_workbook(found, what_if(found, [parse_change(text) for text in MORE])).sheets:
        for table in sheet.tables:
            for row in [*table.rows, table.total or ()]:
                for column, value in zip(table.columns, row, strict=False):
                    number = isinstance(value, int | float) and value != 0 and "No." not in column.title
                    assert not number or column.title in NUMBERS.get(sheet.name, ()), (sheet.name, column.title, value)


@pytest.mark.parametrize("most", [20_000, 5])
def test_the_plans_own_workbook_recalculates_too(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Capacity and what is behind it, with the steps and as a large plan has it, with a CSM whose book is empty."""
    monkeypatch.setattr("bookwright.report.capacity_summary.MOST_ACCOUNTS", most)
    team = [csm("ana", customer_hours=None), csm("bo", customer_hours=None), csm("new", start_date=DAY)]
    team.append(csm("half", customer_hours=None, start_date=dt.date(2027, 1, 10), end_date=dt.date(2027, 3, 15)))
    accounts = [account(f"a{k}", "ana", segment="Enterprise", hours=None) for k in range(45)]
    accounts += [account(f"s{k}", "bo", segment="Own", hours=2.0, health=60.0 + k) for k in range(4)]
    away = (Absence(csm_id="bo", month=dt.date(2027, 2, 1), hours_lost=60.0),)
    eased = decided().model_copy(update={"priorities": (Priority(name="hours"),)})
    result = planned(portfolio(accounts, team, absences=away), eased)
    assert len(result.plan.moves) > 2
    assert schedule(result.problem, result.plan).over > 1
    plain = tmp_path / "stripped.xlsx"
    openpyxl.load_workbook(write(workbook(result), tmp_path / "plan.xlsx").path).save(plain)
    book = openpyxl.load_workbook(convert(plain, "xlsx", tmp_path / "out"), data_only=True)
    assert {"Capacity", "By CSM", "Workload", "Assumptions"} <= set(book.sheetnames)
    assert ("Touchpoint hours" in book.sheetnames) == (most > 5)
    assert compare(workbook(result), book) > 100


def compare(declared: Workbook, book: openpyxl.Workbook) -> int:
    """Every declared formula's value against the cell; returns how many there were."""
    seen = 0
    for sheet in declared.sheets:
        for free in sheet.cells:
            if isinstance(free.value, Formula):
                seen += 1
                assert book[sheet.name].cell(free.row + 1, free.col + 1).value == pytest.approx(free.value.value)
        for t, table in enumerate(sheet.tables):
            first = sheet.header_row(t) + 2
            for r, row in enumerate([*table.rows, *([table.total] if table.total else [])], first):
                for k, value in enumerate(row):
                    if not isinstance(value, Formula):
                        continue
                    seen += 1
                    cell = book[sheet.name].cell(r, k + 1).value
                    where = f"{sheet.name} {r},{k + 1}: {value.text}"
                    if isinstance(cell, dt.datetime):
                        cell = (cell.date() - dt.date(1899, 12, 30)).days
                    if isinstance(value.value, str):
                        assert (cell or "") == value.value, where
                    else:
                        assert cell == pytest.approx(value.value, rel=1e-9, abs=1e-9), where
    return seen
