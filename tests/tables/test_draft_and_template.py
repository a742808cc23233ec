"""A CSMs sheet drafted from the accounts, and the blank workbook to fill in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bookwright.findings import InputError, UsageError
from bookwright.tables import draft_csms, read, write_draft
from bookwright.tables.catalogue import TABLES
from bookwright.tables.columns import normal
from bookwright.tables.setting_rows import SETTING_ROWS
from bookwright.tables.settings_sheet import find_setting
from bookwright.tables.template import write_template
from tests.tables.books import HEADERS, workbook

ROWS = (
    ("A1", "x", "SMB", 1, "Ana Lopez"),
    ("A2", "x", "SMB", 1, "ana lopez"),
    ("A3", "x", "Enterprise", 1, "Ana Lopez"),
    ("A4", "x", "SMB", 1, "=Bob"),
    ("A5", "x", "SMB", 1, "Unassigned"),
    ("A6", "x", "SMB", 1, None),
)


def _book(tmp_path: Path) -> Path:
    return workbook(tmp_path / "b.xlsx", Accounts=[HEADERS, *ROWS])


def test_a_draft_lists_who_owns_accounts_today(tmp_path: Path) -> None:
    """One row per person, most accounts first, with the segments they hold and the default hours."""
    rows = draft_csms(_book(tmp_path))
    assert [(r["CSM"], r["Segments"], r["Contract hours per month"]) for r in rows] == [
        ("Ana Lopez", "SMB, Enterprise", 150),
        ("=Bob", "SMB", 150),
    ]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_written_draft_makes_the_book_readable(tmp_path: Path, ending: str) -> None:
    """Put beside the accounts, the draft is the CSMs sheet; a name like =Bob stays text."""
    out = tmp_path / f"csms.{ending}"
    assert write_draft(_book(tmp_path), out) == 2
    book = tmp_path / "folder"
    book.mkdir()
    (book / "accounts.csv").write_text("\n".join(",".join(str(c or "") for c in r) for r in (HEADERS, *ROWS)))
    columns = {"accounts": {"file": "accounts.csv"}, "csms": {"file": out.name}}
    (book / out.name).write_bytes(out.read_bytes())
    portfolio, findings = read(book, columns=columns)
    assert [a.csm_id for a in portfolio.accounts] == ["Ana Lopez"] * 3 + ["=Bob", None, None]
    assert not findings.errors
    with pytest.raises(UsageError, match="there already"):
        write_draft(_book(tmp_path), out)


def test_no_owner_no_draft(tmp_path: Path) -> None:
    """Where nobody owns anything, nothing can be drafted, and that is said."""
    with pytest.raises(InputError, match="No account names"):
        draft_csms(workbook(tmp_path / "b.xlsx", Accounts=[HEADERS, ("A1", "x", "SMB", 1, None)]))


def test_the_template_reads_without_a_finding(tmp_path: Path) -> None:
    """Headers, example rows and Settings of the template are exactly what the reader expects."""
    portfolio, findings = read(write_template(tmp_path / "t.xlsx"))
    assert not list(findings)
    assert (len(portfolio.accounts), len(portfolio.csms), len(portfolio.wishes), len(portfolio.absences)) == (
        1,
        1,
        1,
        1,
    )
    assert [f for _, f in portfolio.account_columns] == [c.field for c in TABLES["accounts"].columns]
    assert portfolio.settings == {}


def test_the_template_has_notes_drop_downs_and_text_cells(tmp_path: Path) -> None:
    """Every header has a note, drop-downs point at defined names, and ids are typed into text cells."""
    book = openpyxl.load_workbook(write_template(tmp_path / "t.xlsx"))
    sheet = book["Accounts"]
    assert all(cell.comment is not None for cell in sheet[1])
    sources = {v.formula1 for v in sheet.data_validations.dataValidation}
    assert {"Statuses", "Coverages", "CSM_names", "Yes_no"} <= {s.lstrip("=") for s in sources}
    assert {s.lstrip("=") for s in sources} <= set(book.defined_names)
    assert sheet.column_dimensions["A"].number_format == "@" or sheet["A2"].number_format == "@"
    with pytest.raises(UsageError, match="there already"):
        write_template(tmp_path / "t.xlsx")


def test_no_two_columns_of_a_sheet_answer_to_one_header() -> None:
    """Within a sheet, every title and alias belongs to one column; titles always find their own."""
    from bookwright.tables.headers import find_column

    for table in TABLES.values():
        for column in table.columns:
            found = find_column(column.title, table)
            assert found is not None
            assert found[1] is column, column.title
        names = [normal(n) for c in table.columns for n in {normal(c.title), *map(normal, c.aliases)}]
        assert len(names) == len(set(names)), {n for n in names if names.count(n) > 1}


def test_owner_headers_are_never_the_csms() -> None:
    """Account Owner, Owner and Company owner are the sales rep's."""
    from bookwright.tables.headers import find_column

    for header in ("Account Owner", "Owner", "Company owner", "Account Owner: Full Name", "HubSpot Owner"):
        found = find_column(header, TABLES["accounts"])
        assert found is not None
        assert found[1].field == "sales_owner"
    for header in ("CSM", "Customer Success Manager", "CS Owner", "CSM Name"):
        found = find_column(header, TABLES["accounts"])
        assert found is not None
        assert found[1].field == "csm_text"


def test_every_setting_is_found_by_its_key_and_its_title() -> None:
    """The canonical key and the title on the sheet lead to the same setting."""
    for row in SETTING_ROWS:
        assert find_setting(row.key) == find_setting(row.title) == (row.key, row.type)
    assert find_setting("Hours per month: Mid-Market") == ("hours_per_month:Mid-Market", "hours")
