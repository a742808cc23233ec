"""Rules of the trade on dirty facts: duplicates, segments, currencies, money counted twice, settings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bookwright.findings import Severity
from bookwright.tables import convert, map_segments, read
from bookwright.tables.checks import checksum18
from tests.tables.books import CSMS, HEADERS, codes, read_accounts, read_column, said, workbook


def test_identical_rows_are_kept_once_and_different_ones_refused(tmp_path: Path) -> None:
    """The same row twice is a warning; one id with two contents is an error."""
    row = ("A1", "x", "SMB", 1, "C1")
    portfolio, findings = read_accounts(tmp_path, row, row)
    assert len(portfolio.accounts) == 1
    assert said(findings, "duplicate_account").severity is Severity.WARNING
    _, findings = read_accounts(tmp_path, row, ("A1", "x", "SMB", 2, "C1"))
    finding = said(findings, "duplicate_account")
    assert (finding.severity, finding.cells) == (Severity.ERROR, ("A2", "A3"))


def test_product_rows_are_added_up_on_request(tmp_path: Path) -> None:
    """One row per product: ARR and hours add up, products are listed, the owner is that of the largest row."""
    headers = (*HEADERS, "Product", "Hours per month", "Region")
    rows = [("A1", "x", "SMB", 100, "C1", "Core", 2, None), ("A1", "x", "SMB", 300, "C2", "Plus", 1.5, None),
            ("A1", "x", "SMB", 1, "C1", "Core", None, "EMEA")]  # fmt: skip
    portfolio, findings = read_accounts(tmp_path, *rows, headers=headers, duplicates="sum")
    (account,) = portfolio.accounts
    assert (account.arr, account.hours, account.product) == (401, 3.5, "Core, Plus")
    assert (account.csm_id, account.region, account.row) == ("C2", "EMEA", 2)
    assert not findings.errors


def test_foreign_segment_names_are_mapped_by_proposal(tmp_path: Path) -> None:
    """ENT becomes Enterprise because CSMs cover Enterprise; what has no proposal stays."""
    rows = [(f"A{i}", "x", s, 1, "C1") for i, s in enumerate(("ENT", "smb", "SMB", "Weird"))]
    portfolio, findings = read_accounts(tmp_path, *rows)
    assert [a.segment for a in portfolio.accounts] == ["Enterprise", "SMB", "SMB", "Weird"]
    assert [a.extra["Segment (input)"] for a in portfolio.accounts] == ["ENT", "smb", "SMB", "Weird"]
    assert {(f.value, f.severity.value) for f in findings if f.code == "foreign_segment"} == {
        ("ENT", "warning"),
        ("smb", "note"),
    }


def test_names_used_on_both_sheets_follow_the_planning_model(tmp_path: Path) -> None:
    """Accounts and CSMs that both say ENT are brought to the name the planning model has hours for."""
    csms = [("CSM", "Segments"), ("Ana", "ENT, Commercial, SMB")]
    rows = [("A1", "x", "ENT", 1, "Ana"), ("A2", "x", "Commercial", 1, "Ana"), ("A3", "x", "SMB", 1, "Ana")]
    portfolio, _ = read_accounts(tmp_path, *rows, csms=csms)
    assert [a.segment for a in portfolio.accounts] == ["ENT", "Commercial", "SMB"]
    portfolio, findings = map_segments(portfolio, ("Enterprise", "Mid-Market", "SMB"))
    assert [a.segment for a in portfolio.accounts] == ["Enterprise", "Mid-Market", "SMB"]
    assert portfolio.csms[0].segments == ("Enterprise", "Mid-Market", "SMB")
    assert {f.value for f in findings} == {"ENT", "Commercial"}


def test_two_segments_that_csms_keep_apart_are_never_merged(tmp_path: Path) -> None:
    """Commercial and Mid-Market are both covered, so Commercial keeps its name."""
    csms = [("CSM", "Segments"), ("Ana", "Commercial"), ("Bob", "Mid-Market")]
    portfolio, _ = read_accounts(tmp_path, ("A1", "x", "Commercial", 1, "Ana"), csms=csms)
    portfolio, _ = map_segments(portfolio, ("Enterprise", "Mid-Market", "SMB"))
    assert portfolio.accounts[0].segment == "Commercial"


def test_two_currencies_need_rates(tmp_path: Path) -> None:
    """Reading only lists them; converting without a rate is an error, with one it is arithmetic."""
    portfolio, findings = read_column(tmp_path, "Currency", "USD", "eur", "USD")
    assert "currencies" in codes(findings, "note")
    same, said_of = convert(portfolio, {}, "USD")
    assert codes(said_of, "error") == {"no_rate"}
    assert same == portfolio
    converted, said_of = convert(portfolio, {"EUR": 1.08}, "USD")
    assert [a.arr for a in converted.accounts] == pytest.approx([1000, 1080, 1000])
    assert (converted.currency, codes(said_of, "error")) == ("USD", set())


def test_currency_signs_in_the_cells_count_as_currencies(tmp_path: Path) -> None:
    """$ and € in one ARR column are two currencies even without a Currency column."""
    portfolio, _ = read_accounts(tmp_path, ("A1", "x", "SMB", "$1,200", "C1"), ("A2", "x", "SMB", "€1.200,00", "C1"))
    assert [(a.currency, a.arr) for a in portfolio.accounts] == [("USD", 1200), ("EUR", 1200)]
    assert codes(convert(portfolio, {})[1], "error") == {"no_rate"}


def test_one_currency_needs_no_rates(tmp_path: Path) -> None:
    """A single currency is simply the portfolio's."""
    portfolio, _ = read_column(tmp_path, "Currency", "EUR", None)
    assert portfolio.currency == "EUR"
    assert convert(portfolio, {})[0].accounts == portfolio.accounts


@pytest.mark.parametrize(("parent", "warned"), [(1000, True), (1019, True), (981, True), (1030, False), (960, False)])
def test_a_parent_with_its_childrens_money_is_maybe_counted_twice(tmp_path: Path, parent: float, warned: bool) -> None:
    """Within 2 % of its children's sum it is a warning; a little beyond it is none."""
    headers = (*HEADERS, "Parent ID")
    rows = [("P", "x", "SMB", parent, "C1", None), ("A", "x", "SMB", 400, "C1", "P"), ("B", "x", "SMB", 600, "C1", "P")]
    _, findings = read_accounts(tmp_path, *rows, headers=headers)
    assert ("counted_twice" in codes(findings)) is warned


def test_a_salesforce_id_with_changed_case_is_noticed(tmp_path: Path) -> None:
    """The last three letters of an 18-character id tell whether the case of the others was changed."""
    good = "0015000000Gv7qJ"
    right = good + checksum18(good)
    assert right == "0015000000Gv7qJAAR"
    rows = [(right, "x", "SMB", 1, "C1"), ("0015000000GV7QKAAR", "x", "SMB", 1, "C1")]
    _, findings = read_accounts(tmp_path, *rows)
    assert said(findings, "id_case").value == "0015000000GV7QKAAR"


def test_settings_are_read_by_name_with_their_types(tmp_path: Path) -> None:
    """Names in any case, percents as cells or numbers, hours per segment; blanks leave the planning model's."""
    settings = [
        ("Setting", "Value", "Unit", "Meaning"),
        ("effective date", dt.datetime(2026, 10, 1), "date", ""),
        ("ARR Tolerance", 0.12, "%", ""),
        ("Move budget: accounts", "20 %", "%", ""),
        ("Hours per month: Enterprise", 9.5, "", ""),
        ("Horizon", None, "months", ""),
        ("Currency", "eur", "", ""),
        ("arr tolerence", 3, "", ""),
    ]
    accounts = [HEADERS, ("A1", "x", "SMB", 1, "C1")]
    portfolio, findings = read(workbook(tmp_path / "b.xlsx", Accounts=accounts, CSMs=CSMS, Settings=settings))
    assert portfolio.settings == {
        "effective_date": dt.date(2026, 10, 1),
        "arr_tolerance_percent": 12,
        "move_budget_accounts_percent": 20,
        "hours_per_month:Enterprise": 9.5,
        "currency": "EUR",
    }
    assert said(findings, "unknown_setting").advice == 'Maybe "ARR tolerance".'
    assert portfolio.currency == "EUR"


def test_a_setting_that_cannot_be_read_stops(tmp_path: Path) -> None:
    """What the user set and we cannot read is an error, not a default."""
    settings = [("Setting", "Value"), ("Horizon", "long")]
    accounts = [HEADERS, ("A1", "x", "SMB", 1, "C1")]
    _, findings = read(workbook(tmp_path / "b.xlsx", Accounts=accounts, CSMs=CSMS, Settings=settings))
    assert said(findings, "bad_setting").cells == ("B2",)
    assert findings.errors
