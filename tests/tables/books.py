"""Small books written to disk for the tests of reading: workbooks and folders of CSV files, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from bookwright.findings import Finding, Findings
from bookwright.portfolio import Portfolio
from bookwright.tables import read

Rows = Sequence[Sequence[Any]]

HEADERS = ("Account ID", "Account", "Segment", "ARR", "Current CSM")
CSMS: Rows = (("CSM ID", "CSM", "Segments"), ("C1", "Ana Lopez", "Enterprise, SMB"), ("C2", "Bob Stone", "SMB"))


def workbook(path: Path, **sheets: Rows) -> Path:
    """A workbook with one sheet per keyword; texts stay texts, dates get a date format."""
    with xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(r, c, value)
                    elif value is not None:
                        sheet.write(r, c, value)
    return path


def folder(path: Path, **files: str | bytes) -> Path:
    """A folder with one .csv file per keyword."""
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read_accounts(
    tmp_path: Path, *rows: Sequence[Any], headers: Sequence[str] = HEADERS, csms: Rows = CSMS, **options: Any
) -> tuple[Portfolio, Findings]:
    """Read a workbook with these accounts below `headers`, and two CSMs."""
    return read(workbook(tmp_path / "book.xlsx", Accounts=[headers, *rows], CSMs=csms), **options)


def read_column(tmp_path: Path, header: str, *cells: Any, **options: Any) -> tuple[Portfolio, Findings]:
    """Read accounts A1, A2... that differ in one more column."""
    rows = [(f"A{i}", f"Name {i}", "SMB", 1000, "Ana Lopez", cell) for i, cell in enumerate(cells, start=1)]
    return read_accounts(tmp_path, *rows, headers=(*HEADERS, header), **options)


def said(findings: Findings, code: str) -> Finding:
    """The one finding with this code; fails when there is none or more."""
    found = [f for f in findings if f.code == code]
    assert len(found) == 1, f"{code}: {[f.code for f in findings]}"
    return found[0]


def codes(findings: Findings, severity: str = "") -> set[str]:
    """The codes of all findings, or of those of one severity."""
    return {f.code for f in findings if severity in ("", f.severity.value)}
