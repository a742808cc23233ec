"""Large tables, row by row: the cells of a sheet written as XML by ourselves, into the place XlsxWriter kept for them.

XlsxWriter takes about 15 microseconds a cell (60 s for 100,000 accounts x 40 columns); this takes about 2. It leaves
everything else (styles, filters, drop-downs, charts) to XlsxWriter: each column's styles are read off prototype rows
that XlsxWriter wrote, which the real rows then replace.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from bookwright.tables.write_sheets import Formula, Kind, Table, Value, letters_of

KINDS = tuple(Kind)
Heights = Callable[[Sequence[Value]], float]
"""How high a row is, in points; 0 = as usual."""
Clean = Callable[[Value, int, int], Value]
"""Makes a value fit for a cell (value, row, column): NaN as words, huge integers and old dates as text, text cut."""

_ESCAPES = re.compile(r"(_x[0-9a-fA-F]{4}_)")
_CONTROLS = re.compile(r"([\x00-\x08\x0b-\x1f\ufffe\uffff])")
_CELL = re.compile(r'<c r="([A-Z]+)\d+" s="(\d+)"')
_EXTENT = re.compile(r'(<dimension ref="[A-Z]+\d+:[A-Z]+)(\d+)"')
_BATCH = 500
_CACHED = 50_000
_SHORT = 200
"""Only texts up to this length are kept for the next row that has them."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A table whose rows are written here: its first row (from 0) on sheet number `sheet` (from 1)."""

    sheet: int
    first: int
    table: Table
    clean: Clean
    kind_of: Callable[[Value, Kind], Kind]
    heights: Heights


def splice(path: Path, streams: Sequence[Stream]) -> None:
    """Rewrite a workbook with the rows of its streamed tables in the place of their prototypes."""
    part = path.with_name(path.name + ".rows")
    by_file: dict[str, list[Stream]] = {}
    for stream in streams:
        by_file.setdefault(f"xl/worksheets/sheet{stream.sheet}.xml", []).append(stream)
    try:
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as new:
            for entry in old.infolist():
                info = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                with new.open(info, "w", force_zip64=True) as out:
                    if entry.filename not in by_file:
                        out.write(old.read(entry))
                        continue
                    for text in _sheet(old.read(entry).decode(), by_file[entry.filename]):
                        out.write(text.encode("utf-8"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sheet(xml: str, streams: Sequence[Stream]) -> Iterator[str]:
    """A sheet's XML with every stream's prototypes replaced, and its extent told truly."""
    last_row = max(s.first + len(s.table.rows) for s in streams)
    xml = _EXTENT.sub(lambda m: f'{m[1]}{max(int(m[2]), last_row)}"', xml, count=1)
    for stream in streams:
        begin = xml.index(f'<row r="{stream.first + 1}" ')
        last = xml.index(f'<row r="{stream.first + len(KINDS)}" ', begin)
        end = xml.index("</row>", last) + len("</row>")
        yield xml[:begin]
        yield from _rows(stream, _styles(xml[begin:end], len(stream.table.columns)))
        xml = xml[end:]
    yield xml


def _styles(prototypes: str, width: int) -> list[dict[Kind, str]]:
    """Per column, the style of each kind, as XlsxWriter numbered them."""
    found: list[dict[Kind, str]] = [{} for _ in range(width)]
    at = {letters_of(k): k for k in range(width)}
    for kind, row in zip(KINDS, prototypes.split("</row>"), strict=False):
        for letters, style in _CELL.findall(row):
            found[at[letters]][kind] = style
    return found


def _rows(stream: Stream, styles: list[dict[Kind, str]]) -> Iterator[str]:
    """The rows as XML, some hundred at a time."""
    columns = stream.table.columns
    kinds = [c.kind for c in columns]
    letters = [f'<c r="{letters_of(k)}' for k in range(len(columns))]
    text_tails = [f'" s="{s[Kind.TEXT]}" t="inlineStr"><is>' for s in styles]
    number_tails = [f'" s="{s[stream.kind_of(0.0, c.kind)]}"><v>' for s, c in zip(styles, columns, strict=True)]
    blanks = [f'" s="{s[c.kind]}"/>' if c.entry else "" for s, c in zip(styles, columns, strict=True)]
    texts: dict[str, str] = {}
    parts: list[str] = []
    for row, values in enumerate(stream.table.rows, stream.first + 1):
        height = stream.heights(values)
        parts.append(f'<row r="{row}" ht="{height}" customHeight="1">' if height else f'<row r="{row}">')
        for k, value in enumerate(values):
            if value is None or value == "":
                if blanks[k]:
                    parts.append(f"{letters[k]}{row}{blanks[k]}")
                continue
            kind = type(value)
            if kind is str:
                inner = texts.get(value)  # type: ignore[arg-type]
                if inner is None:
                    value = stream.clean(value, row - 1, k)
                    inner = _text(value)  # type: ignore[arg-type]
                    if len(inner) < _SHORT:
                        if len(texts) > _CACHED:
                            texts.clear()
                        texts[value] = inner  # type: ignore[index]
                parts.append(f"{letters[k]}{row}{text_tails[k]}{inner}</is></c>")
            elif kind is float and value - value == 0 and kinds[k] is not Kind.NUMBER:  # type: ignore[operator]
                parts.append(f"{letters[k]}{row}{number_tails[k]}{value!r}</v></c>")
            else:
                value = stream.clean(value, row - 1, k)
                style = styles[k][stream.kind_of(value, kinds[k])]
                parts.append(f'{letters[k]}{row}" s="{style}"{_other(value)}</c>')
        parts.append("</row>")
        if row % _BATCH == 0:
            yield "".join(parts)
            parts.clear()
    yield "".join(parts)


def _text(value: str) -> str:
    """Text as XML: control characters the way Excel escapes them, outer spaces and line breaks kept."""
    if not value.isprintable() or "_x" in value:
        value = _ESCAPES.sub(r"_x005F\1", value)
        value = _CONTROLS.sub(lambda m: f"_x{ord(m[1]):04X}_", value)
    keep = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
    return f"<t{keep}>{escape(value)}</t>"


def _other(value: Value) -> str:
    """The rest of a cell that holds a formula, a boolean, a date, or a number that is not a float."""
    if isinstance(value, Formula):
        result = value.value
        kind = ' t="str"' if isinstance(result, str) else ""
        return f"{kind}><f>{escape(value.text.removeprefix('='))}</f><v>{escape(str(result))}</v>"
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v>'
    if isinstance(value, str):
        return f' t="inlineStr"><is>{_text(value)}</is>'
    if isinstance(value, dt.date):
        return f"><v>{serial(value)!r}</v>"
    return f"><v>{value!r}</v>"


def serial(value: dt.date) -> float | int:
    """A date as spreadsheets count: days from 1900, with the 29 February 1900 that never was."""
    day = value.date() if isinstance(value, dt.datetime) else value
    days = (day - dt.date(1899, 12, 31)).days
    days += days > 59
    if not isinstance(value, dt.datetime):
        return days
    seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return days + seconds / 86400 if seconds else days
