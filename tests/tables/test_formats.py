"""The same book from every format: .xlsx, .csv, .ods, .xls, Parquet, a database; each cell by its own type."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from bookwright.findings import InputError, UsageError
from bookwright.planning_model import load
from bookwright.portfolio import Portfolio
from bookwright.problem import resolve
from bookwright.provenance import fingerprint
from bookwright.tables import Sql, read
from tests.tables.books import folder, said
from tests.tables.same_book import ACCOUNTS, CSMS, SF, as_csv, as_parquet, as_sqlite, as_xlsx

FILES = Path(__file__).parent / "files"
"""same_book.ods and same_book.xls: the workbook as LibreOffice saved it; test_formats_office makes them anew."""
DAY = dt.date(2027, 1, 1)


def book(kind: str, tmp_path: Path) -> Path | Sql:
    """The book that is hard to carry, in one format."""
    match kind:
        case "csv":
            return as_csv(tmp_path / "csv")
        case "parquet":
            return as_parquet(tmp_path / "parquet")
        case "sql":
            return Sql(as_sqlite(tmp_path / "book.db"), "accounts", 'select * from csms order by "CSM ID"')
        case "xlsx":
            return as_xlsx(tmp_path / "book.xlsx")
    return FILES / f"same_book.{kind}"


def fingerprint_of(portfolio: Portfolio) -> str:
    """What a plan of the book would be told by."""
    return fingerprint(resolve(portfolio, load("quarterly_rebalance"), today=DAY, effective_date=DAY), 0, {})


@pytest.mark.parametrize("kind", ["csv", "ods", "xls", "parquet", "sql"])
def test_the_same_book_has_the_same_fingerprint(tmp_path: Path, kind: str) -> None:
    """Facts, findings and fingerprint are those of the workbook, whatever the format."""
    first, findings = read(as_xlsx(tmp_path / "first.xlsx"))
    other, others = read(book(kind, tmp_path))
    assert other.facts_text() == first.facts_text()
    assert fingerprint_of(other) == fingerprint_of(first)
    assert [f.code for f in others] == [f.code for f in findings]


@pytest.mark.parametrize("kind", ["xlsx", "csv", "ods", "xls", "parquet", "sql"])
def test_text_stays_text(tmp_path: Path, kind: str) -> None:
    """Leading zeros, NA, null, 1E5, TRUE, formulas-like text and both kinds of quotes arrive exactly."""
    portfolio, _ = read(book(kind, tmp_path))
    assert [a.id for a in portfolio.accounts] == ["00123", SF, "1E5", "0", "TRUE"]
    assert [a.name for a in portfolio.accounts] == [row[1] for row in ACCOUNTS[1:]]
    assert [a.region for a in portfolio.accounts] == ["NA", "NA", "None", "APAC", "EMEA"]
    assert [a.notes for a in portfolio.accounts] == [row[11] for row in ACCOUNTS[1:]]
    assert portfolio.accounts[0].renewal_date == dt.date(2027, 9, 30)
    assert [c.crm_user_id for c in portfolio.csms] == [row[9] for row in CSMS[1:]]


def test_one_changed_cell_of_an_unknown_column_changes_the_fingerprint(tmp_path: Path) -> None:
    """The spelling brings formats together, not facts."""
    first, _ = read(as_csv(tmp_path / "a"))
    other = as_csv(tmp_path / "b")
    text = (other / "accounts.csv").read_text(encoding="utf-8")
    (other / "accounts.csv").write_text(text.replace("Gold", "Silver"), encoding="utf-8")
    assert fingerprint_of(read(other)[0]) != fingerprint_of(first)


# -- .ods ------------------------------------------------------------------------------------------------------


def ods(path: Path, cells: str, manifest: bytes = b"<manifest/>") -> Path:
    """An OpenDocument spreadsheet with one sheet, Accounts, of these table elements."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
    )
    body = f'<table:table table:name="Accounts">{cells}</table:table>'
    content = f"<c {spaces}><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></c>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def cell(text: str, kind: str = "string", **more: str) -> str:
    """One cell; a number's value is its text."""
    value = f' office:value="{text}"' if kind == "float" else ""
    rest = "".join(f' table:{k.replace("_", "-")}="{v}"' for k, v in more.items())
    return f'<table:table-cell office:value-type="{kind}"{value}{rest}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, **more: str) -> str:
    """One row."""
    rest = "".join(f' table:{k.replace("_", "-")}="{v}"' for k, v in more.items())
    return f"<table:table-row{rest}>{''.join(cells)}</table:table-row>"


def test_ods_repeats_spaces_and_comments(tmp_path: Path) -> None:
    """Repeated rows and cells are unpacked, runs of spaces kept, comments left out, blank millions skipped."""
    note = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>secret</text:p></office:annotation>'
        '<text:p>A<office:annotation><text:p>hidden</text:p></office:annotation><text:s text:c="3"/>B</text:p>'
        "</table:table-cell>"
    )
    path = ods(
        tmp_path / "book.ods",
        row(cell("Account ID"), cell("Account"), cell("ARR"))
        + row('<table:table-cell table:number-columns-repeated="16384"/>', number_rows_repeated="1000000")
        + row(cell("007"), note, cell("5", "float"))
        + row(cell("008"), cell("9", "float", number_columns_repeated="2"), visibility="filter"),
    )
    portfolio, findings = read(path)
    assert [(a.id, a.name, a.arr, a.row) for a in portfolio.accounts] == [
        ("007", "A   B", 5.0, 1_000_002),
        ("008", "9", 9.0, 1_000_003),
    ]
    assert said(findings, "hidden_rows").count == 1


def test_an_ods_bomb_is_refused(tmp_path: Path) -> None:
    """A few bytes that repeat a filled row a million times."""
    full = row(cell("x", number_columns_repeated="400"), number_rows_repeated="1000000")
    with pytest.raises(InputError, match="unpack to more"):
        read(ods(tmp_path / "book.ods", row(cell("Account ID")) + full))


def test_an_encrypted_ods_is_named(tmp_path: Path) -> None:
    """LibreOffice says it in the manifest."""
    path = ods(tmp_path / "book.ods", "", b'<m><manifest:encryption-data xmlns:manifest="m"/></m>')
    with pytest.raises(InputError, match="protected by a password"):
        read(path)


# -- Parquet ---------------------------------------------------------------------------------------------------


def test_parquet_keeps_long_ids_exactly(tmp_path: Path) -> None:
    """Whole numbers of 18 digits, decimals, categories and nanoseconds come as they are."""
    import decimal

    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "Account ID": pyarrow.array([900719925474099267, 12], pyarrow.int64()),
            "Segment": pyarrow.array(["SMB", "SMB"]).dictionary_encode(),
            "ARR": pyarrow.array([decimal.Decimal("1200.50"), None], pyarrow.decimal128(12, 2)),
            "Renewal date": pyarrow.array([1_798_761_600_000_000_001, None], pyarrow.timestamp("ns")),
        }
    )
    parquet.write_table(table, tmp_path / "accounts.parquet")
    portfolio, _ = read(tmp_path / "accounts.parquet")
    assert [a.id for a in portfolio.accounts] == ["900719925474099267", "12"]
    assert portfolio.accounts[0].arr == 1200.5
    assert portfolio.accounts[0].renewal_date == dt.date(2027, 1, 1)
    assert portfolio.accounts[1].segment == "SMB"


def test_a_table_that_stands_twice_in_a_folder_is_refused(tmp_path: Path) -> None:
    """accounts.csv beside accounts.parquet: nobody can say which is meant."""
    place = folder(tmp_path / "both", accounts="Account ID\nA1\n")
    as_parquet(place)
    with pytest.raises(UsageError, match=r"accounts\.csv and accounts\.parquet"):
        read(place)


# -- databases -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["delete from accounts", "select 1; drop table accounts", "update accounts set ARR = 0", "", "/* x */"]
)
def test_only_one_reading_statement_is_sent(tmp_path: Path, query: str) -> None:
    """A slip of the hand must not change the CRM's database."""
    with pytest.raises(UsageError, match="reading statement"):
        read(Sql(as_sqlite(tmp_path / "book.db"), query or ";", "csms"))


def test_what_looks_like_reading_cannot_write(tmp_path: Path) -> None:
    """WITH may lead a DELETE; the connection itself only reads."""
    path = tmp_path / "book.db"
    address = as_sqlite(path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="query for the accounts failed"):
        read(Sql(address, "with x as (select 1) delete from accounts", "csms"))
    assert path.read_bytes() == before


def test_a_query_may_hold_colons_percents_and_stand_in_a_file(tmp_path: Path) -> None:
    """Nothing in a query is taken for a parameter."""
    query = tmp_path / "accounts.sql"
    query.write_text("select *, '10:30 %s %(x)s' as Visit from accounts where \"Account\" like '%O''B%'; -- done\n")
    portfolio, _ = read(Sql(as_sqlite(tmp_path / "book.db"), f"@{query}", "csms"))
    assert [(a.id, a.extra["Visit"]) for a in portfolio.accounts] == [(SF, "10:30 %s %(x)s")]


def test_a_missing_database_is_named_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite would make an empty file; and no message shows a password."""
    path = tmp_path / "none.db"
    with pytest.raises(UsageError, match="no file"):
        read(Sql(f"sqlite:///{path}", "accounts"))
    assert not path.exists()
    monkeypatch.setenv("CRM_URL", "postgresql+pg8000://me:hunter2@127.0.0.1:1/crm")
    source = Sql("env:CRM_URL", "accounts")
    with pytest.raises(UsageError, match="cannot be reached") as caught:
        read(source)
    assert "hunter2" not in str(caught.value) + repr(source)
