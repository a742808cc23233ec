"""What used to be read wrong without a word: every case is either read right or said, with its cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bookwright import planning_model
from bookwright.findings import InputError
from bookwright.tables import read
from bookwright.tables.cells import clean
from bookwright.tables.setting_rows import SETTING_ROWS
from tests.tables.books import CSMS, HEADERS, codes, folder, read_accounts, read_column, said, workbook

TEAM = "CSM ID,CSM,Segments\nC1,Ana Lopez,SMB\n"
ROW = ("A1", "One", "SMB", 1000, "C1")


def arrs(tmp_path: Path, *cells: Any) -> tuple[list[float], set[str]]:
    """ARR of accounts as read, and the codes of what was said."""
    rows = [(f"A{i}", "N", "SMB", cell, "C1") for i, cell in enumerate(cells)]
    portfolio, findings = read_accounts(tmp_path, *rows)
    return [a.arr for a in portfolio.accounts], codes(findings)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("1,200", "3,500", "2.750"), [1200, 3500, 2750]),
        (("1.200", "3,500", "2,750"), [1200, 3500, 2750]),
        (("1.200", "2.750"), [1200, 2750]),
        (("1,200", "2,750"), [1200, 2750]),
        (("1,200", "7.5"), [1200, 7.5]),
        (("1.200", "7,5"), [1200, 7.5]),
    ],
)
def test_money_in_both_styles(tmp_path: Path, texts: tuple[str, ...], values: list[float]) -> None:
    """Three digits after a sign are thousands; evidence of the other style counts."""
    assert arrs(tmp_path, *texts)[0] == values


DATED = (*HEADERS, "Renewal date")


def renewals(tmp_path: Path, *cells: Any) -> tuple[list[dt.date | None], set[str]]:
    """Renewal dates as read, and the codes of what was said."""
    portfolio, findings = read_column(tmp_path, "Renewal date", *cells)
    return [a.renewal_date for a in portfolio.accounts], codes(findings)


def test_a_range_is_no_date(tmp_path: Path) -> None:
    """Its first day is not what was meant; times and words after a date are."""
    found, told = renewals(
        tmp_path, "2026-01-01 - 2026-12-31", "2026-01-02 10:30", "3 March 2027 (Wed)", "2026-01-04T00:00:00Z"
    )
    assert found == [None, dt.date(2026, 1, 2), dt.date(2027, 3, 3), dt.date(2026, 1, 4)]
    assert "bad_date" in told


@pytest.mark.parametrize(("last", "warned"), [("04/05/2027", True), ("05/05/2027", False)])
def test_both_orders_in_one_column(tmp_path: Path, last: str, warned: bool) -> None:
    """What could be either is said, where there is any."""
    _, told = renewals(tmp_path, "25/03/2027", "03/26/2027", last)
    assert ("date_order" in told) is warned


@pytest.mark.parametrize(
    ("cells", "warned"),
    [
        ((dt.date(2027, 3, 4), dt.date(2027, 5, 12), "13/04/2027"), True),
        ((dt.date(2027, 3, 4), dt.date(2027, 5, 13), "13/04/2027"), False),
        ((dt.date(2027, 3, 4), dt.date(2027, 5, 12), "13/04/2027", "03/04/2027"), False),
        ((dt.date(2027, 3, 4), dt.date(2027, 5, 12)), False),
    ],
)
def test_dates_that_were_swapped_on_the_way(tmp_path: Path, cells: tuple[Any, ...], warned: bool) -> None:
    """Real dates up to the 12th beside texts beyond it: a program read what it could in its own order."""
    assert ("date_swapped" in renewals(tmp_path, *cells)[1]) is warned


@pytest.mark.parametrize(("text", "warned"), [("03/04/2027", True), ("13/04/2027", False), ("2027-04-03", False)])
def test_the_effective_date_says_how_it_was_read(tmp_path: Path, text: str, warned: bool) -> None:
    """The one date that everything hangs on."""
    settings = [("Setting", "Value"), ("Effective date", text)]
    path = workbook(tmp_path / "book.xlsx", Accounts=[HEADERS, ROW], CSMs=CSMS, Settings=settings)
    findings = read(path)[1]
    assert ("date_order" in codes(findings)) is warned
    if warned:
        assert said(findings, "date_order").place.endswith('sheet "Settings", cell B2')


def test_a_missing_quotation_mark_is_said(tmp_path: Path) -> None:
    """Rows that it swallows are lost accounts."""
    head = "Account ID,Account,Segment,Current CSM,Hours per month,ARR\n"
    rows = 'a1,Acme,SMB,C1,5,100\na2,"Big Co,SMB,C1,5,200\na3,Z,SMB,C1,5,300\na4,"Y",SMB,C1,5,400\na5,P,SMB,C1,5,300\n'
    found = said(read(folder(tmp_path / "a", accounts=head + rows, csms=TEAM))[1], "open_quote")
    assert (found.severity, found.cells[0]) == ("error", "B3")
    notes = 'a1,"Acme, Inc.\nof Ohio, USA",SMB,C1,5,100\n'
    assert "open_quote" not in codes(read(folder(tmp_path / "b", accounts=head + notes, csms=TEAM))[1])


def test_rows_with_too_many_cells_are_said(tmp_path: Path) -> None:
    """1,200 without quotation marks is 1 and a stray 200; a column without a header is a column."""
    head = "Account ID,Account,Segment,Current CSM,ARR\n"
    rows = "a1,A,SMB,C1,100\na2,B,SMB,C1,1,200\na3,C,SMB,C1,300\n"
    found = said(read(folder(tmp_path / "a", accounts=head + rows, csms=TEAM))[1], "shifted_row")
    assert (found.severity, found.cells) == ("error", ("F3",))
    thousands = "a1,A,SMB,C1,1,100\na2,B,SMB,C1,1,200\n"
    assert "shifted_row" in codes(read(folder(tmp_path / "d", accounts=head + thousands, csms=TEAM))[1])
    every = "a1,A,SMB,C1,100,x\na2,B,SMB,C1,100,y\na3,C,SMB,C1,300\n"
    assert "shifted_row" not in codes(read(folder(tmp_path / "b", accounts=head + every, csms=TEAM))[1])
    blank = "a1,A,SMB,C1,100,\na2,B,SMB,C1,100\n"
    assert "shifted_row" not in codes(read(folder(tmp_path / "c", accounts=head + blank, csms=TEAM))[1])


def test_a_second_sheet_of_accounts_is_said(tmp_path: Path) -> None:
    """By its headers; a sheet of notes is none."""
    other = [HEADERS, ("A9", "Nine", "SMB", 1000, "C1")]
    path = workbook(tmp_path / "a.xlsx", EMEA=[HEADERS, ROW], AMER=other, CSMs=CSMS, Notes=[("Account ID", "Note")])
    found = said(read(path)[1], "other_accounts")
    assert 'sheet "AMER"' in found.place
    path = workbook(
        tmp_path / "b.xlsx", Accounts=[HEADERS, ROW], CSMs=CSMS, Notes=[("Account ID", "Note"), ("A1", "x")]
    )
    assert "other_accounts" not in codes(read(path)[1])


def test_an_id_that_nobody_can_see_is_no_id(tmp_path: Path) -> None:
    """The account is said to be without one, not dropped; marks of direction are no part of an id."""
    _, findings = read_accounts(tmp_path, ("\u200b", "Lost", "SMB", 500_000, "C1"), ROW)
    assert said(findings, "no_account_id").cells == ("A2",)
    assert clean("a1\u202c") == clean("\u2066a1\u2069") == clean("a\u00ad1") == "a1"


def test_rows_in_two_currencies_are_not_added_up(tmp_path: Path) -> None:
    """Two CSMs of one account are said."""
    headers = (*HEADERS, "Currency")
    rows = [("a", "P1", "SMB", 100, "C1", "USD"), ("a", "P2", "SMB", 1_000_000, "C1", "JPY")]
    _, findings = read_accounts(tmp_path, *rows, headers=headers, duplicates="sum")
    assert said(findings, "duplicate_currencies").severity == "error"
    rows = [("a", "P1", "SMB", 100, "C1", "USD"), ("a", "P2", "SMB", 1_000, "C2", "USD")]
    portfolio, findings = read_accounts(tmp_path, *rows, headers=headers, duplicates="sum")
    assert "C2" in said(findings, "duplicate_owners").message
    assert (portfolio.accounts[0].arr, portfolio.accounts[0].csm_id) == (1100, "C2")


def test_arr_beyond_exact_sums_is_refused(tmp_path: Path) -> None:
    """Just inside and just outside."""
    assert "arr_too_large" not in arrs(tmp_path, 1e15 - 1, 1)[1]
    assert "arr_too_large" in arrs(tmp_path, 1e15, 1)[1]


def test_negative_time_is_no_time(tmp_path: Path) -> None:
    """A difference of times that came out below zero."""
    _, findings = read_column(tmp_path, "Hours per month", dt.timedelta(hours=-5), dt.timedelta(hours=5))
    assert "bad_hours" in codes(findings)


def settings(tmp_path: Path, *rows: tuple[str, Any]) -> tuple[dict[str, Any], Any]:
    """Settings as read, and what was said."""
    sheet = [("Setting", "Value"), *rows]
    portfolio, findings = read(workbook(tmp_path / "s.xlsx", Accounts=[HEADERS, ROW], CSMs=CSMS, Settings=sheet))
    return dict(portfolio.settings), findings


def test_hours_of_one_segment_are_set_once(tmp_path: Path) -> None:
    """Letter case tells no segments apart."""
    rows = (("Hours per month: SMB", 30), ("Hours per month: smb", 2))
    assert said(settings(tmp_path, *rows)[1], "double_setting").severity == "error"
    same, findings = settings(tmp_path, rows[0], ("Hours per month: smb", 30))
    assert (same, codes(findings, "error")) == ({"hours_per_month:SMB": 30}, set())


@pytest.mark.parametrize("row", [r for r in SETTING_ROWS if r.least or r.most], ids=lambda r: r.key)
def test_settings_out_of_range_name_their_cell(tmp_path: Path, row: Any) -> None:
    """The ends are taken, here and by the planning model; beyond them the sheet says where."""
    model = planning_model.load("quarterly_rebalance")
    for end, beyond in ((row.least, -1), (row.most, 1)):
        if end is None:
            continue
        inside, findings = settings(tmp_path, (row.title, end))
        assert (inside[row.key], codes(findings, "error")) == (end, set())
        planning_model.with_settings(model, inside, "Settings sheet")
        found = said(settings(tmp_path, (row.title, end + beyond))[1], "bad_setting")
        assert (found.severity, found.cells[0]) == ("error", "B2")
    assert said(settings(tmp_path, ("Hours ceiling", 1.1))[1], "bad_setting").advice == "Maybe 110."


def test_what_the_model_refuses_is_said_in_words(tmp_path: Path) -> None:
    """No library's wording."""
    model = planning_model.load("quarterly_rebalance")
    with pytest.raises(InputError, match=r"horizon\.months = 0 must be at least 1\."):
        planning_model.with_settings(model, {"horizon_months": 0}, "options")


def test_one_bad_byte_spoils_no_name(tmp_path: Path) -> None:
    """UTF-8 with a Latin row pasted in: both names are right, and it is said; a Latin file as a whole needs no word."""
    head = "Account ID,Account,Segment,Current CSM,ARR\n"
    rows = (head + "a1,Müller,SMB,C1,100\na2,Łódź,SMB,C1,100\n").encode() + "a3,Groß,SMB,C1,100\n".encode("cp1252")
    for mark in (b"", b"\xef\xbb\xbf"):
        portfolio, findings = read(folder(tmp_path / f"a{len(mark)}", accounts=mark + rows, csms=TEAM))
        assert [a.name for a in portfolio.accounts] == ["Müller", "Łódź", "Groß"]
        assert said(findings, "mixed_encoding").count == 1
    latin = (head + "a1,Müller,SMB,C1,100\na3,Groß,SMB,C1,100\n").encode("cp1252")
    portfolio, findings = read(folder(tmp_path / "b", accounts=latin, csms=TEAM))
    assert [a.name for a in portfolio.accounts] == ["Müller", "Groß"]
    assert "mixed_encoding" not in codes(findings)


def test_a_merged_block_of_several_columns_fills_its_first(tmp_path: Path) -> None:
    """Its value stands in the first cell only; the rows below have it, too."""
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Accounts"
    headers = ("Account ID", "Segment", "Notes", "ARR", "Current CSM")
    for row in (headers, ("A1", "SMB", None, 1, "C1"), ("A2", None, None, 2, "C1")):
        sheet.append(row)
    sheet.merge_cells("B2:C3")
    team = book.create_sheet("CSMs")
    for row in CSMS:
        team.append(row)
    book.save(path)
    portfolio, findings = read(path)
    assert [a.segment for a in portfolio.accounts] == ["SMB", "SMB"]
    assert "B2:C3" in said(findings, "merged_cells").message


@pytest.mark.parametrize("odd", [dt.date(2026, 1, 2), True, "1.23E+11"])
def test_ids_that_a_program_changed_are_said(tmp_path: Path, odd: Any) -> None:
    """1-2 became a day; an id with an E in it is one."""
    _, findings = read_accounts(tmp_path, ROW, (odd, "Two", "SMB", 1, "C1"), ("12E+X", "Three", "SMB", 1, "C1"))
    assert said(findings, "odd_id").cells == ("A3",)
