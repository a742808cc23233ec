"""From a workbook to a portfolio: headers, rows that are no accounts, exact text, cells that cannot be read."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest

from bookwright.findings import Severity
from bookwright.portfolio import Coverage, Kind, Status, WishKind
from bookwright.tables import read
from tests.tables.books import CSMS, HEADERS, codes, folder, read_accounts, read_column, said, workbook


def test_text_comes_through_exactly(tmp_path: Path) -> None:
    """Ids with zeros, a region NA, a name that looks like a formula or a sign: all stay what they are."""
    headers = (*HEADERS, "Region", "My note")
    portfolio, findings = read_accounts(
        tmp_path,
        ("00123", "=1+1", "SMB", 1, "C1", "NA", "007"),
        ("NA", "-Dash", "SMB", 1, "C1", "None", " spaced "),
        ("None", "null", "SMB", 1, "C1", "n/a", "=SUM(A1)"),
        headers=headers,
    )
    assert [(a.id, a.name, a.region, a.extra["My note"]) for a in portfolio.accounts] == [
        ("00123", "=1+1", "NA", "007"),
        ("NA", "-Dash", "None", " spaced "),
        ("None", "null", "n/a", "=SUM(A1)"),
    ]
    assert not codes(findings)


def test_ids_that_excel_made_numbers_are_texts_again(tmp_path: Path) -> None:
    """123.0 is "123"; beyond 15 digits the end is lost, and the id is refused."""
    portfolio, findings = read_accounts(
        tmp_path, (123.0, "a", "SMB", 1, "C1"), (123456789012345678, "b", "SMB", 1, "C1")
    )
    assert [a.id for a in portfolio.accounts] == ["123"]
    assert said(findings, "bad_id").severity is Severity.ERROR
    assert said(findings, "bad_id").cells == ("A3",)


def test_unseen_spaces_are_taken_off_ids_and_names(tmp_path: Path) -> None:
    """A non-breaking space behind an id would make it another id; it goes, and that is said."""
    portfolio, findings = read_accounts(tmp_path, ("A1\u00a0", "Acme\u200b ", "SMB", 1, "ana\u00a0lopez"))
    assert (portfolio.accounts[0].id, portfolio.accounts[0].name) == ("A1", "Acme")
    assert portfolio.accounts[0].csm_id == "C1"
    assert {f.cells[0] for f in findings if f.code == "trimmed"} == {"A2", "B2", "E2"}


def test_the_header_is_found_below_title_rows(tmp_path: Path) -> None:
    """Titles, dates and blank rows above the header do not matter, nor does the sheet's name."""
    rows = [("Customer book",), ("As of", dt.date(2026, 1, 1)), (), HEADERS, ("A1", "Acme", "SMB", 5, "C1")]
    portfolio, findings = read(workbook(tmp_path / "b.xlsx", Readme=[("Hello",)], Q3=rows, Team=CSMS))
    assert [(a.id, a.row) for a in portfolio.accounts] == [("A1", 5)]
    assert len(portfolio.csms) == 2
    assert not findings.errors


@pytest.mark.parametrize(
    "headers",
    [
        ("18-digit Account ID", "Account: Account Name", "Customer Segment", "ARR__c", "Customer Success Manager"),
        ("Record ID", "Company name", "Tier", "Annual Recurring Revenue", "CSM Name"),
        ("GSID", "Name", "SEGMENT", "ARR (USD)", "CS Owner"),
        ("customer_id", "customer_name", "segment", "current_arr", "csm"),
    ],
    ids=["salesforce", "hubspot", "gainsight", "snake"],
)
def test_headers_of_crm_exports_are_known(tmp_path: Path, headers: tuple[str, ...]) -> None:
    """Salesforce, HubSpot, Gainsight and hand-made headers find their columns without a mapping."""
    portfolio, findings = read_accounts(tmp_path, ("A1", "Acme", "SMB", 5, "C1"), headers=headers)
    account = portfolio.accounts[0]
    assert (account.id, account.name, account.segment, account.arr, account.csm_id) == ("A1", "Acme", "SMB", 5, "C1")
    assert not findings.errors


def test_rows_that_are_no_accounts_are_left_out_and_said(tmp_path: Path) -> None:
    """Totals, footers and blank rows are skipped; a customer called Total with an id of its own is not."""
    portfolio, findings = read_accounts(
        tmp_path,
        ("A1", "Total", "SMB", 5, "C1"),
        (),
        ("A2", "Acme", "SMB", 6, "C1"),
        ("Grand Total", None, None, 11),
        (None, None, None, 11),
        (),
        ("Copyright (c) 2026 Acme Corp",),
        ("Confidential - do not share",),
    )
    assert [a.id for a in portfolio.accounts] == ["A1", "A2"]
    assert sum(f.count for f in findings if f.code == "skipped_row") == 4
    assert not findings.errors


def test_a_row_without_an_id_is_an_error_with_its_cell(tmp_path: Path) -> None:
    """An account nobody can name cannot be planned."""
    _, findings = read_accounts(tmp_path, ("A1", "Acme", "SMB", 5, "C1"), (None, "Bcme", "SMB", 5, "C1"))
    finding = said(findings, "no_account_id")
    assert (finding.severity, finding.cells, finding.sheet) == (Severity.ERROR, ("A3",), "Accounts")


def test_an_unreadable_arr_is_an_error_that_names_every_cell(tmp_path: Path) -> None:
    """The finding reads like a sentence: file, sheet, cell, value, hint, and where there is more like it."""
    _, findings = read_accounts(tmp_path, *((f"A{i}", "x", "SMB", "12O0", "C1") for i in range(3)))
    assert said(findings, "bad_money").text == (
        'book.xlsx, sheet "Accounts", cell D2: ARR "12O0" is not a number. Maybe a letter O. 2 more like it: D3, D4.'
    )


def test_a_blank_arr_counts_as_zero_and_is_counted(tmp_path: Path) -> None:
    """Blank, a dash and n/a are no ARR: a warning, not an error."""
    rows = [("A1", "x", "SMB", None, "C1"), ("A2", "x", "SMB", "-", "C1"), ("A3", "x", "SMB", "n/a", "C1")]
    portfolio, findings = read_accounts(tmp_path, *rows)
    assert [a.arr for a in portfolio.accounts] == [0, 0, 0]
    assert said(findings, "blank_arr").count == 3
    assert not findings.errors


def test_the_smallest_export_gives_a_portfolio(tmp_path: Path) -> None:
    """Only ids: everything else is an assumption, said as a warning."""
    portfolio, findings = read_accounts(tmp_path, ("A1",), ("A2",), headers=("Account ID",))
    assert len(portfolio.accounts) == 2
    assert not findings.errors
    assert {"no_segment_column", "no_arr_column", "no_csm_column"} <= codes(findings, "warning")


def test_no_id_column_is_an_error_that_lists_the_headers(tmp_path: Path) -> None:
    """Nothing can be planned without ids; the message shows what was there and how to map it."""
    _, findings = read_accounts(tmp_path, ("x", "SMB", 1), headers=("Account", "Segment", "ARR"))
    assert '"Segment"' in said(findings, "no_id_column").message
    assert "--columns" in said(findings, "no_id_column").advice


def test_a_plan_workbook_is_told_from_a_book(tmp_path: Path) -> None:
    """Giving the output where the input belongs is a common slip."""
    _, findings = read(workbook(tmp_path / "p.xlsx", Summary=[("x",)], Assignments=[HEADERS], Run=[("y",)]))
    assert codes(findings, "error") == {"plan_workbook"}


def test_without_csms_the_advice_is_to_draft_them(tmp_path: Path) -> None:
    """No CSMs sheet is an error whose way out is a command."""
    _, findings = read(workbook(tmp_path / "b.xlsx", Accounts=[HEADERS, ("A1", "x", "SMB", 1, "Ana")]))
    assert "--draft-csms" in said(findings, "no_csms").advice


def test_error_cells_and_uncalculated_formulas_are_named(tmp_path: Path) -> None:
    """#N/A is kept apart from blank, and so is a formula that no program has calculated yet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Accounts"
    sheet.append([*HEADERS, "Hours per month"])
    sheet.append(["A1", "x", "SMB", 1, "C1", "#N/A"])
    sheet.append(["A2", "x", "SMB", 1, "C1", "=1+1"])
    sheet.append(["A3", "x", "SMB", "=2*3", "C1", 4])
    team = book.create_sheet("CSMs")
    for row in CSMS:
        team.append(list(row))
    book.save(tmp_path / "b.xlsx")
    _, findings = read(tmp_path / "b.xlsx")
    hours = [f for f in findings if f.code == "bad_hours"]
    assert [f.cells for f in hours] == [("F2",), ("F3",)]
    assert "no stored value" in hours[1].message
    assert said(findings, "bad_money").severity is Severity.ERROR


def test_hidden_rows_are_read_and_said(tmp_path: Path) -> None:
    """A forgotten filter must not silently drop accounts."""
    path = workbook(tmp_path / "b.xlsx", Accounts=[HEADERS, ("A1", "x", "SMB", 1, "C1")], CSMs=CSMS)
    book = openpyxl.load_workbook(path)
    book["Accounts"].row_dimensions[2].hidden = True
    book.save(path)
    portfolio, findings = read(path)
    assert len(portfolio.accounts) == 1
    assert said(findings, "hidden_rows").severity is Severity.NOTE


def test_merged_text_fills_its_rows_and_merged_money_counts_once(tmp_path: Path) -> None:
    """A segment merged over three rows holds for all three; an ARR merged over two is not doubled."""
    rows = [HEADERS, ("A1", "x", "SMB", 100, "C1"), ("A2", "x", None, None, "C1"), ("A3", "x", None, 7, "C1")]
    path = workbook(tmp_path / "b.xlsx", Accounts=rows, CSMs=CSMS)
    book = openpyxl.load_workbook(path)
    book["Accounts"].merge_cells("C2:C4")
    book["Accounts"].merge_cells("D2:D3")
    book.save(path)
    portfolio, findings = read(path)
    assert [a.segment for a in portfolio.accounts] == ["SMB", "SMB", "SMB"]
    assert [a.arr for a in portfolio.accounts] == [100, 0, 7]
    assert sum(f.code == "merged_cells" for f in findings) == 2


def test_unknown_columns_ride_along_and_ours_get_a_suffix(tmp_path: Path) -> None:
    """Nothing of the user's is lost; a column named like one of our outputs is told apart."""
    headers = (*HEADERS, "Planet", "Planet", "Why", "Since")
    day = dt.datetime(2026, 1, 2)
    portfolio, findings = read_accounts(
        tmp_path, ("A1", "x", "SMB", 1, "C1", "Mars", 3, "because", day), headers=headers
    )
    assert portfolio.accounts[0].extra == {"Planet": "Mars", "Planet (2)": 3, "Why (input)": "because", "Since": day}
    assert portfolio.account_columns[5:] == (
        ("Planet", None),
        ("Planet (2)", None),
        ("Why (input)", None),
        ("Since", None),
    )
    assert "duplicate_header" in codes(findings, "warning")


def test_health_is_a_number_or_a_colour(tmp_path: Path) -> None:
    """Colours fall into their bands: red below 50, amber below 75, green above."""
    portfolio, findings = read_column(tmp_path, "Health", 82, "red", "Amber", "GREEN", "yellow", None, 140, "82%")
    assert [a.health for a in portfolio.accounts] == [82, 25, 60, 90, 60, None, None, 82]
    assert said(findings, "bad_health").cells == ("F8",)


def test_status_and_coverage_decide_who_is_planned(tmp_path: Path) -> None:
    """Churned, not planned, partner and none keep their row and are not planned; unknown words are said."""
    portfolio, findings = read_column(
        tmp_path, "Status", "Active", "churned", "Notice given", "not planned", None, "odd"
    )
    assert [a.status for a in portfolio.accounts] == [
        Status.ACTIVE, Status.CHURNED, Status.NOTICE, Status.NOT_PLANNED, Status.ACTIVE, Status.ACTIVE,
    ]  # fmt: skip
    assert [a.planned for a in portfolio.accounts] == [True, False, True, False, True, True]
    assert said(findings, "bad_status").cells == ("F7",)
    portfolio, _ = read_column(tmp_path, "Coverage", "pooled", "Partner", "none", "named", "tech touch")
    assert [a.coverage for a in portfolio.accounts] == [
        Coverage.POOL, Coverage.PARTNER, Coverage.NONE, Coverage.NAMED, Coverage.POOL,
    ]  # fmt: skip


def test_dates_in_doubt_take_the_books_own_evidence_and_say_so(tmp_path: Path) -> None:
    """One column shows the day first, so the one in doubt is read so too; alone it is a warning asking for --dates."""
    headers = (*HEADERS, "Renewal date", "CSM since")
    rows = [("A1", "x", "SMB", 1, "C1", "03/04/2026", "25/12/2024")]
    portfolio, findings = read_accounts(tmp_path, *rows, headers=headers)
    assert portfolio.accounts[0].renewal_date == dt.date(2026, 4, 3)
    portfolio, findings = read_column(tmp_path, "Renewal date", "03/04/2026")
    assert portfolio.accounts[0].renewal_date == dt.date(2026, 3, 4)
    assert "--dates" in said(findings, "date_order").advice
    portfolio, findings = read_column(tmp_path, "Renewal date", "03/04/2026", dates="dmy")
    assert portfolio.accounts[0].renewal_date == dt.date(2026, 4, 3)
    assert "date_order" not in codes(findings)


def test_csms_are_read_with_their_lists_hours_and_ramps(tmp_path: Path) -> None:
    """Every column of a CSM comes out in its unit."""
    csms = [
        ("CSM", "Segments", "Regions", "Contract hours", "Internal share", "Ramp (percent per month)", "Productivity",
         "Start date", "Kind", "Max accounts", "Reports to", "Ramp (percent now)"),
        ("Ana Lopez", "Enterprise; SMB | SMB", "EMEA,APAC", "160 h", "25%", "25, 50, 75", "80%", "2026-02-01", "Pool",
         40, "Marta", 0.5),
    ]  # fmt: skip
    portfolio, findings = read_accounts(tmp_path, ("A1", "x", "SMB", 1, "Ana Lopez"), csms=csms)
    csm = portfolio.csms[0]
    assert (csm.id, csm.segments, csm.regions) == ("Ana Lopez", ("Enterprise", "SMB"), ("EMEA", "APAC"))
    assert (csm.contract_hours, csm.internal_share, csm.ramp, csm.productivity) == (160, 0.25, (25, 50, 75), 0.8)
    assert (csm.start_date, csm.kind, csm.max_accounts, csm.manager) == (dt.date(2026, 2, 1), Kind.POOL, 40, "Marta")
    assert csm.ramp_now == 50
    assert not findings.errors


def test_all_in_a_list_means_any(tmp_path: Path) -> None:
    """People write All where we say blank; it is no segment of that name."""
    csms = [("CSM", "Segments", "Regions"), ("Ana Lopez", "SMB", "All"), ("Bob Stone", "any", "EMEA")]
    portfolio, _ = read_accounts(tmp_path, ("A1", "x", "SMB", 1, "Ana Lopez"), csms=csms)
    assert [(c.segments, c.regions) for c in portfolio.csms] == [(("SMB",), ()), ((), ("EMEA",))]


def test_pairs_and_absences_name_accounts_and_csms(tmp_path: Path) -> None:
    """Rows that point nowhere are left out with a warning; the others come through."""
    pairs = [("Kind", "Account ID", "Other", "Note"), ("keep together", "A1", "A2", "sisters"),
             ("never", "A1", "bob stone"),
             ("keep apart", "A1", "A9"), ("never", "A1", "Zed")]  # fmt: skip
    absences = [("CSM", "Month", "Hours lost"), ("Ana Lopez", "2026-08", 40), ("Zed", "2026-08", 40)]
    accounts = [HEADERS, ("A1", "x", "SMB", 1, "C1"), ("A2", "y", "SMB", 1, "C1")]
    portfolio, findings = read(
        workbook(tmp_path / "b.xlsx", Accounts=accounts, CSMs=CSMS, Pairs=pairs, Absences=absences)
    )
    assert [(w.kind, w.account_id, w.other) for w in portfolio.wishes] == [
        (WishKind.TOGETHER, "A1", "A2"),
        (WishKind.NEVER, "A1", "C2"),
    ]
    assert [(a.csm_id, a.month, a.hours_lost) for a in portfolio.absences] == [("C1", dt.date(2026, 8, 1), 40)]
    assert {"bad_pair", "bad_absence"} <= codes(findings, "warning")
    assert not findings.errors


def test_an_xlsm_and_a_strict_inline_string_are_read(tmp_path: Path) -> None:
    """Inline strings, plain and in runs, are text like any other."""
    good = workbook(tmp_path / "good.xlsx", Accounts=[HEADERS, ("A1", "x", "SMB", 1, "C1")], CSMs=CSMS)
    path = tmp_path / "book.xlsm"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                old = b'<c r="B2" t="s"><v>6</v></c>'
                assert old in data
                new = b'<c r="B2" t="inlineStr"><is><r><t>Ac</t></r><r><t>me</t></r></is></c>'
                data = data.replace(old, new)
            target.writestr(name, data)
    assert read(path)[0].accounts[0].name == "Acme"


def test_a_csv_folder_reads_like_a_workbook(tmp_path: Path) -> None:
    """The same facts from a folder of .csv; findings name the file, the cells keep their letters."""
    book = folder(
        tmp_path / "book",
        accounts="Account ID,Account,Segment,ARR,Current CSM\nA1,Acme,SMB,12O0,Ana\n",
        csms="CSM,Segments\nAna,SMB\n",
        settings="Setting,Value\nHorizon,4\n",
    )
    portfolio, findings = read(book)
    assert portfolio.settings == {"horizon_months": 4}
    assert said(findings, "bad_money").place == "accounts.csv, cell D2"
