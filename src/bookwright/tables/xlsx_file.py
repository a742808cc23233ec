"""Workbooks as raw sheets: one pass over the cells, with caps against bombs and one error for all that is damaged."""

from __future__ import annotations

import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import iterparse

from openpyxl import Workbook, load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

from bookwright.findings import InputError
from bookwright.tables.raw import MAX_COLUMNS, Broken, Raw, RawSheet, as_seen, refuse
from bookwright.tables.zip_file import check_parts, damaged

_ROW, _VALUE, _FORMULA, _INLINE, _TEXT, _RUN, _MERGES = (
    f"{{{SHEET_MAIN_NS}}}{name}" for name in ("row", "v", "f", "is", "t", "r", "mergeCells")
)
_NOT_CALCULATED = "formula has no stored value; open in Excel and save"


class _Cells:
    """Rows and merged cells of one sheet's XML, in one pass; formulas that were never calculated are told from blanks.

    The rest of the XML (conditional formats, validations, extensions) is skipped: it holds no facts, and is where
    damaged files most often fail. The plain XML parser is safe here because `check_zip` refuses document types.
    """

    def __init__(
        self,
        stream: IO[bytes],
        strings: Sequence[str],
        dates: Container[int],
        spans: Container[int],
        shapes: Mapping[int, str],
        epoch: Any,
    ):
        self._stream, self._strings = stream, strings
        self._dates, self._spans, self._shapes, self._epoch = dates, spans, shapes, epoch
        self._columns: dict[str, int] = {}
        self._days: dict[tuple[str, bool], Raw] = {}
        self.merged: list[str] = []
        self.formulas: list[str] = []
        self.cut_columns = 0

    def rows(self) -> Iterator[tuple[int, bool, list[Raw]]]:
        """Row number, hidden or not, and cells from column A, for every row with content."""
        number = 0
        for _, element in iterparse(self._stream):
            tag = element.tag
            if tag == _ROW:
                given = element.get("r")
                number = int(float(given)) if given else number + 1
                values = self._values(element)
                hidden = element.get("hidden") in ("1", "true")
                element.clear()
                if values:
                    yield number, hidden, values
            elif tag == _MERGES:
                self.merged = [str(m.get("ref")) for m in element]
                element.clear()

    def _values(self, row: Any) -> list[Raw]:
        values: list[Raw] = []
        columns = self._columns
        column = 0
        for cell in row:
            reference = cell.get("r")
            if reference:
                name = reference.rstrip("0123456789")
                column = columns.get(name) or columns.setdefault(name, column_index_from_string(name))
            else:
                column += 1
            value = self._value(cell)
            if value is None or value == "":
                continue
            if column > MAX_COLUMNS:
                self.cut_columns = max(self.cut_columns, column - MAX_COLUMNS)
                continue
            while len(values) < column:
                values.append(None)
            values[column - 1] = value
        return values

    def _value(self, cell: Any) -> Raw:
        text: str | None = None
        formula: str | None = None
        inline: Any = None
        for child in cell:
            tag = child.tag
            if tag == _VALUE:
                text = child.text
            elif tag == _FORMULA:
                formula = child.text or ""
                self.formulas.append(cell.get("r") or "")
            elif tag == _INLINE:
                inline = child
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return None if inline is None else _inline_text(inline)
        if not text:
            return None if formula is None or kind == "str" else Broken(f"={formula}", _NOT_CALCULATED)
        if kind == "n":
            style = int(cell.get("s") or 0)
            if style in self._dates:
                return self._day(text, style in self._spans)
            shape = self._shapes.get(style)
            return _number(text) if shape is None else as_seen(_number(text), shape)
        if kind == "s":
            return self._strings[int(text)]
        if kind == "b":
            return text not in ("0", "false")
        if kind == "e":
            return Broken(text, "error in the cell")
        if kind == "d":
            day: Raw = from_ISO8601(text)
            return day
        return text

    def _day(self, text: str, span: bool) -> Raw:
        """A number in a date format as a date; as a number where no calendar reaches."""
        known = self._days.get((text, span))
        if known is None:
            number = _number(text)
            try:
                known = from_excel(number, self._epoch, timedelta=span)
            except (OverflowError, ValueError):
                known = number
            self._days[(text, span)] = known
        return known


def _shapes(book: Workbook) -> dict[int, str]:
    """Number formats, by cell style, that change what a number means; see `as_seen`."""
    found: dict[int, str] = {}
    for style, array in enumerate(book._cell_styles):
        number = array.numFmtId
        shape = BUILTIN_FORMATS.get(number)
        if shape is None and number >= BUILTIN_FORMATS_MAX_SIZE:
            shape = book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE]
        if shape and type(as_seen(0, shape)) is not int:
            found[style] = shape
    return found


def _number(text: str) -> float | int:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _inline_text(inline: Any) -> str:
    """The text of an inline string, plain or in formatted runs, without phonetic hints."""
    parts = [e if e.tag == _TEXT else e.find(_TEXT) for e in inline if e.tag in (_TEXT, _RUN)]
    return "".join(p.text or "" for p in parts if p is not None)


def check_zip(path: Path) -> None:
    """Refuse what is no workbook, or unpacks to more than a workbook should; `InputError` names what it is."""
    names = check_parts(path)
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
    # An open file, not its name: what kind of file it is was told by its content, whatever it is called.
    with path.open("rb") as file:
        return _sheets(path, load_workbook(file, read_only=True, data_only=True, keep_links=False))


def _sheets(path: Path, book: Workbook) -> list[RawSheet]:
    try:
        sheets = []
        shapes = _shapes(book)
        for source in book.worksheets:
            sheet = RawSheet(path.name, source.title, visible=source.sheet_state == "visible")
            with source._get_source() as stream:
                strings, dates, spans = source._shared_strings, book._date_formats, book._timedelta_formats
                cells = _Cells(stream, strings, dates, spans, shapes, book.epoch)
                for number, hidden, values in cells.rows():
                    sheet.hidden_rows += hidden
                    sheet.rows.append((number, values))
            merged = [range_boundaries(ref) for ref in cells.merged]
            sheet.merged = tuple((r1, c1, r2, c2) for c1, r1, c2, r2 in merged)
            sheet.cut_columns = cells.cut_columns
            sheet.formulas = frozenset(cells.formulas)
            sheet.date1904 = book.epoch.year == 1904
            sheets.append(sheet)
        return sheets
    finally:
        book.close()
