"""CSV files as raw sheets: encoding, delimiter and decimal comma are told by content."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from bookwright.tables.file_kind import looks_utf16
from bookwright.tables.raw import MAX_COLUMNS, MAX_CSV_BYTES, Raw, RawSheet, refuse

_DELIMITERS = (",", ";", "\t", "|")
_ODD = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_DECIMAL_COMMA = re.compile(r"^-?\d{1,9},\d{1,2}$|^-?\d{1,3}(\.\d{3})+,\d+$")
_DECIMAL_POINT = re.compile(r"^-?\d{1,9}\.\d{1,2}$|^-?\d{1,3}(,\d{3})+\.\d+$")


def decode(data: bytes) -> tuple[str, int]:
    """Text of a file's bytes: by its mark, else UTF-16 by its zeros, else UTF-8, else Windows-1252; see `_mixed`."""
    if data.startswith(b"\xef\xbb\xbf"):
        return _mixed(data[3:])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").lstrip("\ufeff"), 0
    if looks_utf16(data[:4096]):
        return data.decode("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be", "replace"), 0
    text, odd = _mixed(data)
    if odd and 2 * odd > sum(c > "\x7f" for c in text):
        return data.decode("cp1252", "replace"), 0
    return text, odd


def _mixed(data: bytes) -> tuple[str, int]:
    """UTF-8 text, single bytes that are none read as Windows-1252, and how many those are: rows pasted together."""
    text = data.decode("utf-8", "surrogateescape")
    odd = sum("\udc80" <= c <= "\udcff" for c in text) if not text.isascii() else 0
    return (text.translate(_ODD) if odd else text), odd


def find_delimiter(text: str) -> str:
    """The delimiter that cuts the first lines into the most, and most even, columns; a comma when none does."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths: list[int] = []
        try:
            for row in csv.reader(io.StringIO(text[:60_000]), delimiter=delimiter):
                if any(cell.strip() for cell in row):
                    widths.append(len(row))
                if len(widths) == 40:
                    break
        except csv.Error:
            continue
        if not widths:
            continue
        common = max(set(widths), key=lambda w: (widths.count(w), w))
        if common < 2:
            continue
        score = widths.count(common) / len(widths) + min(common, 20) / 100
        if score > best_score:
            best, best_score = delimiter, score
    return best


def read_csv(path: Path) -> RawSheet:
    """One CSV file as a raw sheet; every cell is text, blank cells None. `InputError` when it is too big or broken.

    A first line `sep=;` names the delimiter and is not counted as a row, as in Excel. A leading apostrophe before
    `= + - @` or a tab is taken off: exports put it there so that no program runs the cell.
    """
    if path.stat().st_size > MAX_CSV_BYTES:
        raise refuse(path, "too_big", "The file is larger than 500 MB.", "Maybe it is not the accounts export.")
    text, odd = decode(path.read_bytes())
    delimiter = None
    first = re.match(r"\s*\"?sep=(.)\"?[^\S\n]*\r?\n", text, re.IGNORECASE)
    if first:
        delimiter = first.group(1)
        text = text[first.end() :]
    delimiter = delimiter or find_delimiter(text)
    sheet = RawSheet(path.name, path.stem, is_text=True, odd_bytes=odd)
    commas = points = width = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for number, row in enumerate(reader, start=1):
            cells: list[Raw] = [_cell(c) for c in row[:MAX_COLUMNS]]
            if len(row) > MAX_COLUMNS:
                sheet.cut_columns = max(sheet.cut_columns, len(row) - MAX_COLUMNS)
            if sheet.swallowed is None and any("\n" in c for c in row):
                sheet.swallowed = _swallowed(number, row, width, delimiter)
            if width == 0 and len(row) > 1 and all(c.strip() for c in row):
                width = len(row)
            if any(c is not None for c in cells):
                sheet.rows.append((number, cells))
                if number < 400:
                    commas += sum(1 for c in row if _DECIMAL_COMMA.match(c.strip()))
                    points += sum(1 for c in row if _DECIMAL_POINT.match(c.strip()))
    except (csv.Error, ValueError) as error:
        raise refuse(
            path, "damaged_csv", f"The file cannot be read as a table ({error}).",
            "Maybe a quotation mark is missing; export it again.",
        ) from error  # fmt: skip
    sheet.decimal_comma = commas > points or (commas == points == 0 and delimiter == ";")
    return sheet


def _swallowed(number: int, row: list[str], width: int, delimiter: str) -> tuple[int, int, str] | None:
    """The first cell of a row that holds other rows: its first line ends where the table does, or one is a whole row.

    `width` is the header's; a text of several lines that has nothing to do with columns passes.
    """
    if width < 3:
        return None
    for column, text in enumerate(row):
        first, *others = text.split("\n")
        if not others:
            continue
        pieces = first.count(delimiter)
        if (pieces and column + pieces + 1 == width) or any(o.count(delimiter) == width - 1 for o in others[:-1]):
            return number, column, first[:40]
    return None


def _cell(text: str) -> Raw:
    if not text or not text.strip(" \t\u00a0"):
        return None
    if text[0] == "'" and text[1:2] in ("=", "+", "-", "@", "\t"):
        return text[1:]
    return text
