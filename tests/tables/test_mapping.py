"""The column mapping: foreign headers, files, filters, constants, words, hours, lists, and mistakes in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bookwright.findings import InputError, UsageError
from bookwright.tables import propose_mapping, read
from bookwright.tables.mapping import load_mapping
from tests.tables.books import codes, folder, said, workbook

STORES = (
    "store_id,name,owner,AnnualRevenue,BusinessType,territory\n"
    "1,North Bikes,274,100,BM,North\n2,South Bikes,275,200,BS,South\n"
    "3,West Bikes,275,300,BM,West\n4,New Bikes,,50,XX,West\n"
)
PEOPLE = (
    "person_id,login,job,territory\n274,ana,Representative,North\n275,bob,Representative,South\n"
    "276,new,Representative,East\n277,boss,Manager,North\n"
)
MAPPING = """
[accounts]
file = "stores.csv"
[accounts.columns]
id = "store_id"
"Current CSM" = "owner"
arr = "AnnualRevenue"
segment = "BusinessType"
region = "territory"
[accounts.values.segment]
XX = "BM"
[accounts.hours_by]
column = "BusinessType"
hours = { BM = 2.0, BS = 2.5 }
[csms]
file = "people.csv"
[csms.columns]
id = "person_id"
name = "login"
[csms.filter]
job = "Representative"
[csms.constants]
customer_hours = 160
segments = ["BM", "BS"]
[csms.lists]
regions = { from_accounts = "region", otherwise = "territory" }
"""


def _book(tmp_path: Path, mapping: str = MAPPING) -> tuple[Path, Path]:
    file = tmp_path / "columns.toml"
    file.write_text(mapping)
    return folder(tmp_path / "book", stores=STORES, people=PEOPLE), file


def test_a_mapping_reads_a_foreign_export(tmp_path: Path) -> None:
    """Files, headers, a row filter, constants, replaced words, hours by type, and lists from today's accounts."""
    book, mapping = _book(tmp_path)
    portfolio, findings = read(book, columns=mapping)
    assert not findings.errors
    assert [(a.id, a.segment, a.csm_id, a.arr) for a in portfolio.accounts] == [
        ("1", "BM", "274", 100), ("2", "BS", "275", 200), ("3", "BM", "275", 300), ("4", "BM", None, 50),
    ]  # fmt: skip
    assert [a.hours for a in portfolio.accounts] == [2.0, 2.5, 2.0, 2.0]
    assert [(c.id, c.regions, c.segments, c.customer_hours) for c in portfolio.csms] == [
        ("274", ("North",), ("BM", "BS"), 160),
        ("275", ("South", "West"), ("BM", "BS"), 160),
        ("276", ("East",), ("BM", "BS"), 160),
    ]
    assert "3 of 4 rows are kept" in said(findings, "filtered").message


def test_a_mapping_may_be_a_plain_mapping_and_name_a_sheet_and_row(tmp_path: Path) -> None:
    """Python users pass a dict; a sheet and a header row can be named where finding them would be wrong."""
    path = workbook(
        tmp_path / "b.xlsx", Old=[("Account ID", "ARR"), ("A0", 1)],
        Real=[("Account ID", "ARR"), (), ("key", "money"), ("A1", 2)],
        Team=[("CSM", "Segments"), ("Ana", "SMB")],
    )  # fmt: skip
    columns = {"accounts": {"sheet": "real", "header_row": 3, "columns": {"id": "KEY", "arr": "money"}}}
    portfolio, _ = read(path, columns=columns)
    assert [(a.id, a.arr) for a in portfolio.accounts] == [("A1", 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[acounts]\n", "Maybe 'accounts'"),
        ("[accounts]\nfiel = 'x.csv'\n", "Maybe 'file'"),
        ("[accounts.columns]\narrr = 'x'\n", "Maybe 'arr'"),
        ("[accounts.columns]\narr = 3\n", "header in quotation marks"),
        ("[accounts]\nfile = '../../etc/passwd'\n", "within the folder"),
        ("[accounts.hours_by]\ncolumn = 'x'\n", "hours_by"),
        ("[csms.lists]\nregions = 'x'\n", "from_accounts"),
        ("[accounts\n", "not valid TOML"),
        ("accounts = 3\n", "must be a table"),
        ("[accounts]\nheader_row = 0\n", "row number"),
    ],
)
def test_a_mistake_in_a_mapping_is_named(tmp_path: Path, text: str, message: str) -> None:
    """Unknown keys are refused with the nearest known one; nothing is silently left out."""
    file = tmp_path / "columns.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        load_mapping(file)


def test_what_a_mapping_names_must_be_there(tmp_path: Path) -> None:
    """A missing file is a usage error; a missing header or filter column is a finding that stops."""
    book, mapping = _book(tmp_path, MAPPING.replace("stores.csv", "shops.csv"))
    with pytest.raises(UsageError, match=r"shops\.csv"):
        read(book, columns=mapping)
    with pytest.raises(UsageError, match="no column mapping"):
        read(book, columns=tmp_path / "none.toml")
    book, mapping = _book(tmp_path, MAPPING.replace('"AnnualRevenue"', '"Umsatz"').replace("job =", "role ="))
    _, findings = read(book, columns=mapping)
    assert {"mapped_header_missing", "mapping_filter"} <= codes(findings, "error")


def _rows(n: int) -> list[tuple[Any, ...]]:
    return [
        (f"X{i:03d}", f"Firm {i}", ("Type A", "Type B")[i % 2], 100.5 * i + 7, ("p1", "p2", "p3")[i % 3])
        for i in range(n)
    ]


def test_a_proposed_mapping_reads_the_book_it_was_made_for(tmp_path: Path) -> None:
    """Headers nobody could match are guessed by content, marked as guesses, and the text is a valid mapping."""
    headers = ("Kennung", "Firmenname", "Customer Type", "Revenue yearly", "Betreuer")
    people = [("Kennzeichen", "Login"), ("p1", "ana"), ("p2", "bob"), ("p3", "cem")]
    path = workbook(tmp_path / "b.xlsx", Firmen=[("Export",), headers, *_rows(40)], Leute=people)
    text = propose_mapping(path)
    assert "(guess)" in text
    file = tmp_path / "columns.toml"
    file.write_text(text)
    portfolio, findings = read(path, columns=file)
    assert not findings.errors, [f.text for f in findings.errors]
    first = portfolio.accounts[1]
    assert (first.id, first.segment, first.arr, first.csm_id) == ("X001", "Type B", 107.5, "p2")
    assert len(portfolio.accounts) == 40


def test_a_proposal_for_a_plain_book_has_no_guesses(tmp_path: Path) -> None:
    """Where every header is known, the proposal says so and changes nothing."""
    path = workbook(
        tmp_path / "b.xlsx", Accounts=[("Account ID", "Account", "Segment", "ARR", "CSM"), *_rows(5)],
        CSMs=[("CSM ID", "CSM", "Segments"), ("p1", "Ana", "Big")],
    )  # fmt: skip
    text = propose_mapping(path)
    assert 'csm = "CSM"' in text
    assert "(guess) holds" not in text
