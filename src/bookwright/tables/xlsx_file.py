"""Workbooks as raw sheets: one pass over the cells, with caps against bombs and one error for all that is damaged."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet._reader import FORMULA_TAG, MERGE_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.functions import iterparse

from bookwright.findings import InputError
from bookwright.tables.sources import MAX_COLUMNS, MAX_FILE_BYTES, Broken, Raw, RawSheet, refuse

MAX_UNPACKED_BYTES = 500_000_000
MAX_PARTS = 1_000
_RATIO_MATTERS_ABOVE = 50_000_000
_NOT_CALCULATED = "formula has no stored value; open in Excel and save"


class _Parser(WorkSheetParser):  # type: ignore[misc]
    """openpyxl's cell parser over rows and merged cells only; it also sees formulas that were never calculated.

    The rest of a sheet's XML (conditional formats, validations, extensions) is skipped: it carries no facts, is where
    damaged files most often fail, and takes time.
    """

    def rows(self) -> Iterator[tuple[int, bool, list[Raw]]]:
        """Row number, hidden or not, and cells from column A, for every row with content."""
        for _, element in iterparse(self.source):
            tag = element.tag
            if tag == ROW_TAG:
                hidden = element.get("hidden") in ("1", "true")
                number, cells = self.parse_row(element)
                element.clear()
                values = self._values(cells)
                if values:
                    yield number, hidden, values
            elif tag == MERGE_TAG:
                self.merged_cells = [m.get("ref") for m in element]
                element.clear()

    def _values(self, cells: list[dict[str, Any]]) -> list[Raw]:
        values: list[Raw] = []
        for cell in cells:
            value = cell["value"]
            if value is None or value == "":
                continue
            column = cell["column"]
            if column > MAX_COLUMNS:
                self.cut_columns = max(getattr(self, "cut_columns", 0), column - MAX_COLUMNS)
                continue
            gap = column - 1 - len(values)
            if gap > 0:
                values.extend([None] * gap)
            if cell["data_type"] == "e":
                value = Broken(str(value), "error in the cell")
            if gap < 0:
                values[column - 1] = value
            else:
                values.append(value)
        return values

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """As openpyxl, but a formula without a stored value is told from a blank cell."""
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and len(element):
            formula = element.find(FORMULA_TAG)
            if formula is not None and not element.findtext(VALUE_TAG) and element.get("t") != "str":
                cell["value"] = Broken("=" + (formula.text or ""), _NOT_CALCULATED)
        return cell


def check_zip(path: Path) -> None:
    """Refuse what is no workbook, or unpacks to more than a workbook should; `InputError` names what it is."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise refuse(
            path, "too_big", f"The file has {size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES / 1e6:,.0f} MB are read.",
            "Maybe delete pictures and sheets that are not needed, or save the sheets as .csv.",
        )  # fmt: skip
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {p.filename for p in parts}
            unpacked = sum(p.file_size for p in parts)
            packed = sum(p.compress_size for p in parts)
            kind = archive.read("mimetype")[:80] if "mimetype" in names else b""
            doctype = "" if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES else _doctype(archive, parts)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise damaged(path, error) from error
    if b"opendocument" in kind:
        raise refuse(
            path, "ods_file", "This is an OpenDocument spreadsheet (.ods).",
            "Maybe open it in LibreOffice and save it as Excel 2007-365 (.xlsx).",
        )  # fmt: skip
    if (
        len(parts) > MAX_PARTS
        or unpacked > MAX_UNPACKED_BYTES
        or (unpacked > _RATIO_MATTERS_ABOVE and packed < 0.01 * unpacked)
    ):
        raise refuse(
            path, "bomb", f"It unpacks to {unpacked / 1e6:,.0f} MB in {len(parts)} parts: more than a workbook should.",
            "Maybe copy the cells into a new workbook and save that.",
        )  # fmt: skip
    if doctype:
        raise refuse(
            path, "doctype", f"Its part {doctype} holds a document type declaration, which Excel never writes.",
            "Maybe the file was made to do harm; ask for it again.",
        )  # fmt: skip
    if "[Content_Types].xml" not in names:
        raise refuse(
            path, "zip_file", "This is a zip file, not an Excel workbook.", "Maybe unpack it and give the file inside.",
        )  # fmt: skip
    if "xl/workbook.bin" in names:
        raise refuse(
            path, "xlsb_file", "This is a binary Excel workbook (.xlsb).",
            "Maybe open it in Excel and save it as an Excel workbook (.xlsx).",
        )  # fmt: skip
    if not any(n.startswith("xl/") for n in names):
        raise refuse(path, "not_a_workbook", "This is an Office file, but not a workbook.", "Maybe it is another file.")


def _doctype(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> str:
    """The first part with a document type declaration (they stand at the start of a part)."""
    for part in parts:
        if part.filename.endswith((".xml", ".rels", ".vml")):
            with archive.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(4096).replace(b"\x00", b""):
                    return part.filename
    return ""


def damaged(path: Path, error: BaseException) -> InputError:
    """The one error for a workbook that openpyxl or the zip reader cannot make sense of."""
    text = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
    return refuse(
        path, "damaged_file", f"The workbook is damaged or cut short ({text}).",
        "Maybe open it in Excel, let it repair the file, and save it again; or export it again.",
    )  # fmt: skip


def read_xlsx(path: Path) -> list[RawSheet]:
    """All worksheets of a workbook, raw; `InputError` when it is not one, too big, or damaged."""
    check_zip(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(path)
    except InputError:
        raise
    except MemoryError as error:
        raise refuse(path, "too_big", "The workbook is too large for this machine's memory.") from error
    except Exception as error:  # openpyxl raises a dozen kinds on damaged files
        raise damaged(path, error) from error


def _read(path: Path) -> list[RawSheet]:
    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheets = []
        for source in book.worksheets:
            sheet = RawSheet(path.name, source.title, visible=source.sheet_state == "visible")
            with source._get_source() as stream:
                parser = _Parser(
                    stream, source._shared_strings, data_only=True, epoch=book.epoch,
                    date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
                )  # fmt: skip
                for number, hidden, values in parser.rows():
                    sheet.hidden_rows += hidden
                    sheet.rows.append((number, values))
                merged = [range_boundaries(ref) for ref in (parser.merged_cells or []) if ref]
                sheet.merged = tuple((r1, c1, r2, c2) for c1, r1, c2, r2 in merged)
                sheet.cut_columns = getattr(parser, "cut_columns", 0)
            sheet.date1904 = book.epoch.year == 1904
            sheets.append(sheet)
        return sheets
    finally:
        book.close()
