"""From a path to raw sheets: decides by the first bytes what a file is, and names clearly what cannot be read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from bookwright.findings import Finding, InputError, Severity, UsageError
from bookwright.portfolio import Cell

MAX_FILE_BYTES = 50_000_000
MAX_CSV_BYTES = 500_000_000
MAX_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that holds no usable value: an error such as #N/A, or a formula that was never calculated."""

    text: str
    reason: str


Raw = Cell | dt.time | dt.timedelta | Broken
"""A cell as the file holds it, before its column's type is known."""


@dataclass(slots=True)
class RawSheet:
    """One sheet or CSV file: rows of raw cells with their row numbers, blank rows left out.

    `rows[k]` is `(row number as people see it, cells from column A)`; rows may have different lengths. `merged` holds
    merged ranges as (first row, first column, last row, last column), all from 1; `formulas` the addresses of cells
    whose value a formula made.
    """

    file: str
    name: str
    rows: list[tuple[int, list[Raw]]] = field(default_factory=list)
    hidden_rows: int = 0
    merged: tuple[tuple[int, int, int, int], ...] = ()
    visible: bool = True
    is_text: bool = False
    decimal_comma: bool = False
    date1904: bool = False
    cut_columns: int = 0
    formulas: frozenset[str] = frozenset()

    @property
    def sheet(self) -> str:
        """The sheet's name for findings; empty for a CSV file, which is named by its file."""
        return "" if self.is_text else self.name


def refuse(path: Path, code: str, message: str, advice: str = "") -> InputError:
    """The error for a whole file that cannot be read."""
    return InputError(Finding(code, Severity.ERROR, message, advice, file=path.name))


def read_head(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file; `InputError` where it cannot be opened."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise refuse(
            path, "unreadable_file", f"The file cannot be opened ({error.strerror or error}).",
            "Maybe it is open in another program, or you may not read it.",
        ) from error  # fmt: skip


def file_kind(path: Path) -> str:
    """`"xlsx"` or `"csv"`, told by content and never by the name; `InputError` names every other kind.

    Known and refused: lock files, empty files, encrypted workbooks, .xls, .xlsb, .ods, HTML, PDF, other zip files and
    binary files.
    """
    if path.name.startswith("~$"):
        raise refuse(
            path, "lock_file", "This is the lock file Excel makes while a workbook is open, not the workbook.",
            f"Maybe you meant {path.name[2:]}.",
        )  # fmt: skip
    head = read_head(path)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise refuse(path, "empty_file", "The file is empty.", "Maybe the export has not finished; export it again.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _old_office(path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head")):
        raise refuse(
            path, "html_file", "This is a web page (HTML), whatever its name says; some systems export so.",
            "Maybe open it in Excel and save it as an Excel workbook (.xlsx).",
        )  # fmt: skip
    if start.startswith(b"<?xml"):
        raise refuse(
            path, "xml_file", "This is an XML file, not a workbook.",
            "Maybe open it in Excel and save it as an Excel workbook (.xlsx).",
        )  # fmt: skip
    if start.startswith(b"%pdf"):
        raise refuse(path, "pdf_file", "This is a PDF file.", "Maybe export the table as .xlsx or .csv.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_utf16(head):
        return "csv"
    if b"\x00" in head:
        raise refuse(
            path, "unknown_file", "This is neither an Excel workbook nor a text file.",
            "Maybe export the table again as .xlsx or .csv.",
        )  # fmt: skip
    return "csv"


def _old_office(path: Path) -> str:
    data = path.read_bytes()[:MAX_FILE_BYTES]
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        raise refuse(
            path, "encrypted_file", "The workbook is protected by a password.",
            "Maybe open it in Excel and save a copy without the password (File, Info, Protect Workbook).",
        )  # fmt: skip
    raise refuse(
        path, "xls_file", "This is an Excel 97-2003 workbook (.xls).",
        "Maybe open it in Excel and save it as an Excel workbook (.xlsx).",
    )  # fmt: skip


def _looks_utf16(head: bytes) -> bool:
    """UTF-16 without its mark: every other byte of plain text is zero."""
    even, odd = head[0:400:2], head[1:400:2]
    return len(odd) > 3 and (
        (odd.count(0) > 0.7 * len(odd) and even.count(0) == 0)
        or (even.count(0) > 0.7 * len(even) and odd.count(0) == 0)
    )


def open_sheets(path: Path) -> list[RawSheet]:
    """All sheets of one file, raw; `InputError` when the file is of a wrong kind or damaged."""
    from bookwright.tables.csv_file import read_csv
    from bookwright.tables.xlsx_file import read_xlsx

    if file_kind(path) == "xlsx":
        return read_xlsx(path)
    return [read_csv(path)]


def open_book(path: Path, named: tuple[str, ...] = ()) -> list[RawSheet]:
    """All raw sheets of a book: a workbook, a .csv file, or a folder of them.

    In a folder the files named by the mapping (`named`) are read, and those whose names we know (accounts.csv,
    csms.csv...); when none has such a name, every .csv file of the folder. `UsageError` when there is no such path.
    """
    from bookwright.tables.catalogue import TABLES
    from bookwright.tables.columns import normal

    if not path.exists():
        near = sorted(p.name for p in path.parent.glob("*.xlsx") if not p.name.startswith("~$"))[:3]
        hint = f" Maybe {' or '.join(near)}." if near else ""
        raise UsageError(f"There is no file or folder {path.name!r}.{hint}")
    base = path if path.is_dir() else path.parent
    chosen: list[Path] = [] if path.is_dir() else [path]
    for name in named:
        file = base / name
        if not file.is_file():
            raise UsageError(f"The column mapping names the file {name!r}, but {base.name} holds no such file.")
        if file not in chosen:
            chosen.append(file)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "~$")))
        texts = [p for p in files if p.suffix.lower() in (".csv", ".tsv", ".txt")]
        known = {normal(w) for t in TABLES.values() for w in (t.key, t.sheet, *t.aliases)}
        # Also beside a mapping: it may name the accounts' file alone, and csms.csv lies there.
        chosen += [p for p in texts if normal(p.stem) in known and p not in chosen]
        if not chosen:
            chosen = [p for p in texts if p.suffix.lower() == ".csv"][:20]
        if not chosen:
            books = [p.name for p in files if p.suffix.lower() in (".xlsx", ".xlsm")]
            hint = f"Maybe give the workbook itself: {books[0]}." if books else "Maybe it is another folder."
            raise InputError(Finding("no_csv", Severity.ERROR, "The folder holds no .csv files.", hint, file=path.name))
    sheets: list[RawSheet] = []
    for file in chosen:
        sheets += open_sheets(file)
    return sheets
