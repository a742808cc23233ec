"""What a file is, told by its first bytes; every kind that cannot be read is named."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from bookwright.findings import InputError, UsageError
from bookwright.tables import read
from bookwright.tables.sources import open_sheets
from tests.tables.books import CSMS, HEADERS, folder, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def _zip(**parts: bytes) -> bytes:
    import io

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


WRONG = {
    "empty_file": b"",
    "not_a_workbook": OLE,
    "damaged_file": OLE + "Workbook".encode("utf-16-le"),
    "encrypted_file": OLE + "EncryptedPackage".encode("utf-16-le"),
    "html_file": b"\xef\xbb\xbf  <HTML><table><tr><td>Account ID</td></tr></table>",
    "xml_file": b"<?xml version='1.0'?><Workbook/>",
    "pdf_file": b"%PDF-1.7 ...",
    "zip_file": _zip(readme=b"hello"),
    "unknown_file": b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR",
    "damaged_file ": b"PK\x03\x04 and then nothing",
    "damaged_file  ": _zip(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
    "damaged_file   ": b"PAR1 and then nothing",
}


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_kind_of_file_is_named(tmp_path: Path, code: str) -> None:
    """Whatever the name says, the content decides, and the error says what the file is and what to do."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(WRONG[code])
    with pytest.raises(InputError) as caught:
        read(path)
    finding = caught.value.findings.errors[0]
    assert finding.code == code.strip()
    assert finding.file == "book.xlsx"
    assert finding.advice.startswith("Maybe")


def test_a_lock_file_is_named(tmp_path: Path) -> None:
    """The hidden file that Excel makes is not the workbook."""
    path = tmp_path / "~$book.xlsx"
    path.write_bytes(b"\x05Ana")
    with pytest.raises(InputError, match="lock file"):
        read(path)


def test_a_missing_file_is_a_usage_error_with_a_neighbour(tmp_path: Path) -> None:
    """A mistyped name is answered with the workbooks that are there."""
    workbook(tmp_path / "book.xlsx", Accounts=[HEADERS])
    with pytest.raises(UsageError, match=r"book\.xlsx"):
        read(tmp_path / "bok.xlsx")


def test_a_csv_named_xlsx_is_read_by_its_content(tmp_path: Path) -> None:
    """The name does not matter: the text inside is a table."""
    path = tmp_path / "book.xlsx"
    path.write_text("Account ID,ARR\nA1,5\n")
    assert open_sheets(path)[0].rows[1] == (2, ["A1", "5"])


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A small file that unpacks to more than a workbook should is refused by its directory alone."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(_zip(**{"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(60_000_000)}))
    with pytest.raises(InputError, match="unpacks to 60 MB"):
        read(path)


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    """Entities are how XML does harm; Excel never writes a document type, not even behind a long comment."""
    good = workbook(tmp_path / "good.xlsx", Accounts=[HEADERS], CSMs=CSMS)
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = data.replace(b"?>", b"?><!--" + b"x" * 9000 + b"--><!DOCTYPE a [<!ENTITY b 'c'>]>", 1)
            target.writestr(name, data)
    with pytest.raises(InputError, match="document type"):
        read(bad)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    """A folder without .csv files points at the workbook in it, if there is one."""
    workbook(tmp_path / "book.xlsx", Accounts=[HEADERS])
    with pytest.raises(InputError, match=r"Maybe give the workbook itself: book\.xlsx"):
        read(tmp_path)


@pytest.mark.parametrize(
    "encode",
    [
        lambda t: t.encode("utf-8"),
        lambda t: t.encode("utf-8-sig"),
        lambda t: t.encode("utf-16"),
        lambda t: t.encode("utf-16-le"),
        lambda t: t.encode("utf-16-be"),
        lambda t: t.encode("cp1252"),
        lambda t: ("sep=;\r\n" + t).encode("utf-8-sig"),
        lambda t: t.replace(";", "\t").encode(),
        lambda t: t.replace(";", "|").encode(),
    ],
    ids=["utf8", "bom", "utf16", "utf16le", "utf16be", "cp1252", "sep", "tab", "pipe"],
)
def test_csv_is_read_in_any_encoding_and_with_any_delimiter(tmp_path: Path, encode: object) -> None:
    """Encoding, delimiter and decimal comma are told by content; the same facts come out."""
    head = "Account ID;Account;Segment;ARR;Current CSM\r\n"
    text = head + "00123;Müller & Söhne;SMB;1.200,50;Ana Lopez\r\nNA;-Dash;SMB;7,5;C2\r\n"
    csms = "CSM ID;CSM;Segments\r\nC1;Ana Lopez;SMB\r\nC2;Bob;SMB\r\n"
    book = folder(tmp_path / "book", accounts=encode(text), csms=csms)  # type: ignore[operator]
    portfolio, findings = read(book)
    assert not findings.errors
    assert [(a.id, a.name, a.arr, a.csm_id) for a in portfolio.accounts] == [
        ("00123", "Müller & Söhne", 1200.5, "C1"),
        ("NA", "-Dash", 7.5, "C2"),
    ]


def test_an_apostrophe_before_a_formula_sign_is_taken_off_a_csv(tmp_path: Path) -> None:
    """Exports put it there so that no program runs the cell; it is not part of the text."""
    text = "Account ID,Account,Segment,ARR\nA1,'=1+1,SMB,1\nA2,'-Dash,SMB,1\nA3,'s-Hertogenbosch,SMB,1\n"
    portfolio, _ = read(folder(tmp_path / "b", accounts=text, csms="CSM,Segments\nAna,SMB\n"))
    assert [a.name for a in portfolio.accounts] == ["=1+1", "-Dash", "'s-Hertogenbosch"]


def test_a_wrong_dimension_hides_no_rows(tmp_path: Path) -> None:
    """Some exporters write a sheet size of one cell; all rows are read all the same."""
    good = workbook(
        tmp_path / "good.xlsx", Accounts=[HEADERS, *[(f"A{i}", "x", "SMB", 1) for i in range(50)]], CSMs=CSMS
    )
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b'<dimension ref="A1:E51"/>' in data
                data = data.replace(b'ref="A1:E51"', b'ref="A1"')
            target.writestr(name, data)
    assert len(read(bad)[0].accounts) == 50
