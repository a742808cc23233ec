"""OpenDocument spreadsheets (.ods) as raw sheets: one pass over the cells, each by the type the file declares.

Element and attribute names are those of the OpenDocument 1.3 standard, part 3 (chapters 9 and 19).
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError, iterparse

from bookwright.findings import InputError
from bookwright.tables.raw import MAX_COLUMNS, Broken, PaddedCell, PercentCell, Raw, RawSheet, refuse
from bookwright.tables.zip_file import check_parts, damaged

_OFFICE, _TABLE, _TEXT, _STYLE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text", "style")
)
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_ROW, _TABLE_TAG, _CELL, _COVERED = (
    f"{_TABLE}{name}" for name in ("table-row", "table", "table-cell", "covered-table-cell")
)
_ANNOTATION = f"{_OFFICE}annotation"
_TIME = re.compile(r"^(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$")
MOST_CELLS = 30_000_000
"""Cells of a file, repeated ones counted each: more is a bomb, not a list of accounts."""


def read_ods(path: Path) -> list[RawSheet]:
    """All sheets of an OpenDocument spreadsheet, raw; `InputError` when it is not one, encrypted, or damaged.

    Numbers, dates and booleans are read from what the file stores, never from how a cell shows them; comments on cells
    are left out.
    """
    names = check_parts(path)
    try:
        with zipfile.ZipFile(path) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise refuse(
                    path, "encrypted_file", "The spreadsheet is protected by a password.",
                    "Maybe open it in LibreOffice and save a copy without the password.",
                )  # fmt: skip
            with archive.open("content.xml") as stream:
                return _sheets(stream, path)
    except InputError:
        raise
    except MemoryError as error:
        raise refuse(path, "too_big", "The spreadsheet is too large for this machine's memory.") from error
    except (KeyError, ParseError, ValueError, OSError, EOFError, zipfile.BadZipFile, RuntimeError) as error:
        raise damaged(path, error) from error


def _sheets(stream: IO[bytes], path: Path) -> list[RawSheet]:
    sheets: list[RawSheet] = []
    unseen: set[str] = set()  # table styles that hide a sheet
    sheet: RawSheet | None = None
    merged: list[tuple[int, int, int, int]] = []
    formulas: list[str] = []
    number = cells = depth = 0
    style = ""
    for event, element in iterparse(stream, events=("start", "end")):
        tag = element.tag
        if event == "start":
            if tag == f"{_STYLE}style":
                style = element.get(f"{_STYLE}name", "")
            elif tag == f"{_STYLE}table-properties" and element.get(f"{_TABLE}display") == "false":
                unseen.add(style)
            elif tag == _TABLE_TAG:
                depth += 1
                if depth == 1:  # a table within a cell is no sheet
                    sheet = RawSheet(path.name, element.get(f"{_TABLE}name", ""))
                    sheet.visible = element.get(f"{_TABLE}style-name", "") not in unseen
                    merged, formulas, number = [], [], 0
            continue
        if tag == _TABLE_TAG:
            depth -= 1
            if depth == 0 and sheet is not None:
                sheet.merged, sheet.formulas = tuple(merged), frozenset(formulas)
                sheets.append(sheet)
                sheet = None
            element.clear()
        elif tag == _ROW and sheet is not None and depth == 1:
            times = max(1, int(element.get(f"{_TABLE}number-rows-repeated", "1")))
            hidden = element.get(f"{_TABLE}visibility", "visible") != "visible"
            values, cut = _row(element, number + 1, merged, formulas)
            if values:
                cells += times * len(values)
                if cells > MOST_CELLS:
                    raise refuse(
                        path, "bomb", "Its repeated cells unpack to more than a workbook should hold.",
                        "Maybe copy the cells into a new workbook and save that.",
                    )  # fmt: skip
                sheet.rows.extend((number + k + 1, list(values)) for k in range(times))
                sheet.hidden_rows += times * hidden
                sheet.cut_columns = max(sheet.cut_columns, cut)
            number += times
            element.clear()
    return sheets


def _row(row: Any, number: int, merged: list[tuple[int, int, int, int]], formulas: list[str]) -> tuple[list[Raw], int]:
    """The cells of a row from column A, trailing blanks left out, and how many columns were too many."""
    values: list[Raw] = []
    column = cut = 0
    for cell in row:
        if cell.tag not in (_CELL, _COVERED):
            continue
        times = max(1, int(cell.get(f"{_TABLE}number-columns-repeated", "1")))
        value = None if cell.tag == _COVERED else _value(cell)
        across = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
        down = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        if across > 1 or down > 1:
            merged.append((number, column + 1, number + down - 1, column + across))
        if value is not None and value != "":
            if cell.get(f"{_TABLE}formula") is not None:
                formulas.extend(_address(column + k, number) for k in range(min(times, MAX_COLUMNS)))
            last = column + times
            if last > MAX_COLUMNS:
                cut = max(cut, last - MAX_COLUMNS)
                last = MAX_COLUMNS
            if last > column:
                values.extend([None] * (column - len(values)))
                values.extend([value] * (last - column))
        column += times
    return values, cut


def _address(column: int, number: int) -> str:
    from bookwright.tables.notes import letters

    return f"{letters(column)}{number}"


def _value(cell: Any) -> Raw:
    """One cell by its declared type; an error, or a formula that was never calculated, is a broken cell."""
    kind = cell.get(f"{_OFFICE}value-type")
    if cell.get(f"{_CALC}value-type") == "error":
        return Broken(_text(cell), "error in the cell")
    match kind:
        case None:
            formula = cell.get(f"{_TABLE}formula")
            return (
                Broken(f"={formula}", "formula has no stored value; open in LibreOffice and save") if formula else None
            )
        case "percentage":
            return PercentCell(_number(cell.get(f"{_OFFICE}value", "")))
        case "float" | "currency":
            number, seen = _number(cell.get(f"{_OFFICE}value", "")), _text(cell).strip()
            padded = seen[:1] == "0" and len(seen) > 1 and seen.isdigit() and int(seen) == number
            return PaddedCell(int(number), seen) if padded else number
        case "date":
            return _date(cell.get(f"{_OFFICE}date-value", ""))
        case "boolean":
            return bool(cell.get(f"{_OFFICE}boolean-value") == "true")
        case "time":
            return _time(cell.get(f"{_OFFICE}time-value", ""))
    given = cell.get(f"{_OFFICE}string-value")
    return _text(cell) if given is None else str(given)


def _number(text: str) -> float | int:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _date(text: str) -> Raw:
    try:
        return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
    except ValueError:
        return text


def _time(text: str) -> Raw:
    found = _TIME.match(text)
    if not found:
        return text
    hours, minutes, seconds = (float(found[k] or 0) for k in (2, 3, 4))
    return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds) * (-1 if found[1] else 1)


def _text(cell: Any) -> str:
    """The text of a cell: its paragraphs as lines, comments left out."""
    return "\n".join("".join(_pieces(p)) for p in cell if p.tag == f"{_TEXT}p")


def _pieces(element: Any) -> Iterator[str]:
    """Text in order; runs of spaces, tabs and line breaks are elements of their own."""
    if element.tag == f"{_TEXT}s":
        yield " " * int(element.get(f"{_TEXT}c", "1"))
    elif element.tag == f"{_TEXT}tab":
        yield "\t"
    elif element.tag == f"{_TEXT}line-break":
        yield "\n"
    elif element.tag != _ANNOTATION:
        yield element.text or ""
        for child in element:
            yield from _pieces(child)
            yield child.tail or ""
