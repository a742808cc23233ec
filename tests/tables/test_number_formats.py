"""A number means what its cell shows: 1.1 in a percent format is 110 %, 42 in a format of zeros is 00042."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bookwright.portfolio import Portfolio
from bookwright.tables import read
from bookwright.tables.cells import as_cell, as_text
from bookwright.tables.raw import PaddedCell, PercentCell, as_seen
from tests.tables.books import CSMS

Formatted = tuple[Any, str]
ACCOUNTS = (
    ("Account ID", "Account", "Segment", "ARR", "Current CSM", "Health", "Batch"),
    ("A1", "One", "SMB", 1000, "C1", 80, 7),
)


def book(path: Path, settings: list[tuple[str, Formatted]] = [], **cells: Formatted) -> Portfolio:  # noqa: B006
    """A book in which the cells of the first account (and settings) are in number formats."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Accounts"
    for row in ACCOUNTS:
        sheet.append(row)
    for header, (value, shape) in cells.items():
        column = [str(h).replace(" ", "_") for h in ACCOUNTS[0]].index(header) + 1
        sheet.cell(2, column, value).number_format = shape
    team = made.create_sheet("CSMs")
    for row in CSMS:
        team.append(row)
    more = made.create_sheet("Settings")
    more.append(("Setting", "Value"))
    for name, (value, shape) in settings:
        more.append((name, value))
        more.cell(more.max_row, 2).number_format = shape
    made.save(path)
    return read(path)[0]


@pytest.mark.parametrize(
    ("value", "shape", "percent"),
    [(1.1, "0%", 110), (1.1, "0.00%", 110), (1, "0%", 100), (0.07, "0%", 7), (110, "0", 110), (110, '0"%"', 110)],
)
def test_a_percent_cell_is_read_as_it_is_seen(tmp_path: Path, value: float, shape: str, percent: float) -> None:
    """Above 100 % and below, in Excel's own formats and in one that only writes the sign."""
    settings = [("ARR tolerance", (value, shape)), ("Move budget: accounts", (value, shape))]
    found = book(tmp_path / "book.xlsx", settings).settings
    assert found == {"arr_tolerance_percent": percent, "move_budget_accounts_percent": percent}


@pytest.mark.parametrize(("value", "shape", "health"), [(0.8, "0%", 80), (1, "0%", 100), (80, "0", 80)])
def test_health_in_percent(tmp_path: Path, value: float, shape: str, health: float) -> None:
    """One cell alone tells what it means."""
    assert book(tmp_path / "book.xlsx", Health=(value, shape)).accounts[0].health == health


@pytest.mark.parametrize(
    ("value", "shape", "account_id"),
    [(42, "00000", "00042"), (42, "0", "42"), (42, "General", "42"), (99_999, "00000", "99999"), (0, "000", "000")],
)
def test_an_id_in_a_format_of_zeros_keeps_them(tmp_path: Path, value: int, shape: str, account_id: str) -> None:
    """Exports carry the id that the CRM knows."""
    assert book(tmp_path / "book.xlsx", Account_ID=(value, shape)).accounts[0].id == account_id


def test_other_columns_keep_the_number(tmp_path: Path) -> None:
    """ARR in a format of zeros is money, and a column that rides along holds what the cell holds."""
    account = book(tmp_path / "book.xlsx", ARR=(42, "00000"), Batch=(7, "000")).accounts[0]
    assert (account.arr, account.extra["Batch"], type(account.extra["Batch"])) == (42.0, 7, int)
    account = book(tmp_path / "book.xlsx", Batch=(0.5, "0%")).accounts[0]
    assert (account.extra["Batch"], type(account.extra["Batch"])) == (0.5, float)


def test_what_changes_a_numbers_meaning() -> None:
    """Percents and zeros do; colours, conditions, quoted text and ordinary formats do not."""
    assert isinstance(as_seen(0.5, "[Red]0.0%;-0.0%"), PercentCell)
    for shape in ("0.00", "#,##0", '0" % of all"', r"0\%", "General", "[>=1]0"):
        assert type(as_seen(5, shape)) is int
    padded = as_seen(5, "000")
    assert isinstance(padded, PaddedCell)
    assert (as_text(padded), as_cell(padded), padded + 1) == ("005", 5, 6)
    assert type(as_seen(5.5, "000")) is float
