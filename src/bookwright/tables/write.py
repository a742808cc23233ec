"""Writing workbooks: declared sheets become a new .xlsx file, in which text stays text and nothing is executed."""

from __future__ import annotations

import datetime as dt
import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from bookwright.findings import Finding, Findings, Severity
from bookwright.tables.write_charts import add_chart
from bookwright.tables.write_file import place, refuse_inputs
from bookwright.tables.write_formats import BAR, Formats
from bookwright.tables.write_page import row_heights, set_page, widths_of
from bookwright.tables.write_sheets import Cell, Column, Formula, Kind, Look, Sheet, Table, Value, Workbook, letters_of
from bookwright.tables.write_stream import KINDS, Heights, Stream, splice

LONGEST_TEXT = 32_767
"""Characters a cell can hold, counted as Excel counts them (UTF-16)."""
EXACT_INTEGERS = 10**15
"""Whole numbers from here on lose digits in a spreadsheet and are written as text."""
LARGE_CELLS = 300_000
"""Tables from here on are streamed into the file row by row."""
LAST_ROW = 1_048_576
LISTS = "Lists"
RANGES_AT_ONCE = 200
"""Ranges that one drop-down is laid over."""
_FREE = dict.fromkeys(("autofilter", "sort", "format_columns", "format_rows", "format_cells"), True)
"""What stays possible on a protected sheet beside filling in the entry cells."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where the workbook really went, and what had to be changed so that it fits a cell."""

    path: Path
    findings: Findings = field(default_factory=Findings)


def write(workbook: Workbook, path: str | Path, *, inputs: Sequence[str | Path] = ()) -> Written:
    """Write a declared workbook to a new .xlsx file, whole or not at all.

    `inputs` are files that were read: writing onto one is refused. When Excel holds the old file open, the new one is
    called `name (2).xlsx`; the path really written is returned. Raises `UsageError` when it cannot be written.
    """
    refuse_inputs(Path(path), inputs)
    notes: list[Finding] = []
    placed = place(path, lambda part: _make(workbook, part, notes), inputs=inputs)
    found = tuple(Finding(n.code, n.severity, n.message, n.advice, placed.name, n.sheet, n.cells) for n in notes)
    return Written(placed, Findings(found))


def _make(workbook: Workbook, path: Path, notes: list[Finding]) -> None:
    scratch = tempfile.mkdtemp(prefix="bookwright-")
    try:
        book = xlsxwriter.Workbook(
            str(path),
            {
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "remove_timezone": True,
                "tmpdir": scratch,
            },
        )
        book.set_properties(
            {
                "title": workbook.title,
                "author": "Bookwright",
                "created": dt.datetime.combine(workbook.created, dt.time()),
            }
        )
        for name, value in workbook.properties.items():
            book.set_custom_property(name, value)
        writer = _Writer(workbook, book, notes)
        for sheet in workbook.sheets:
            writer.sheet(sheet)
        writer.lists()
        book.close()
        if writer.streams:
            splice(path, writer.streams)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Writer:
    """Writes one workbook; holds what all its sheets share."""

    def __init__(self, workbook: Workbook, book: Any, notes: list[Finding]) -> None:
        self.workbook = workbook
        self.book = book
        self.formats = Formats(book, workbook.currency)
        self.notes = notes
        self.streams: list[Stream] = []

    def sheet(self, sheet: Sheet) -> None:
        """Write one sheet: what spans rows first, then the rows from the top down."""
        page = self.book.add_worksheet(sheet.name)
        set_page(page, sheet)
        for row, height in sheet.heights.items():
            page.set_row(row, height)
        widths = widths_of(sheet)
        hidden = {k for table in sheet.tables for k, column in enumerate(table.columns) if column.hidden}
        for k, width in enumerate(widths):
            page.set_column(k, k, width, None, {"hidden": True} if k in hidden else {})
        if sheet.protected:
            page.protect("", _FREE)
        for cell in sorted(sheet.cells, key=lambda c: (c.row, c.col)):
            self.cell(page, sheet, cell)
        for table, top in zip(sheet.tables, sheet.tops(), strict=True):
            self.table(page, sheet, table, top, widths)
        for chart in sheet.charts:
            add_chart(self.book, page, chart, self.workbook)

    def cell(self, page: Any, sheet: Sheet, cell: Cell) -> None:
        """Write one free cell; text in a cell that holds a number's kind is still text."""
        kind = cell.kind if not isinstance(cell.value, str) or cell.look is Look.HEADER else Kind.ANY
        style = self.formats.get(cell.look, kind)
        if cell.across > 1:
            page.merge_range(cell.row, cell.col, cell.row, cell.col + cell.across - 1, "", style)
        self.put(page, sheet.name, cell.row, cell.col, cell.value, style)

    def table(self, page: Any, sheet: Sheet, table: Table, top: int, widths: Sequence[float]) -> None:
        """Write one table with its title, note, headers, rows, total, and what guides people who fill it in."""
        row = top
        for text, look in ((table.title, Look.HEADING), (table.note, Look.MUTED)):
            if text:
                page.write_string(row, 0, text, self.formats.get(look, Kind.ANY))
                row += 1
        page.set_row(row, 32 if any(len(c.title) > 10 for c in table.columns) else 20)
        for k, column in enumerate(table.columns):
            style = self.formats.get(Look.HEADER, Kind.TEXT if column.kind is Kind.ANY else column.kind)
            page.write_string(row, k, column.title, style)
            if column.help:
                page.write_comment(row, k, column.help, {"author": "Bookwright", "x_scale": 1.6, "font_size": 9})
        first = row + 1
        if not table.rows:
            page.write_string(first, 0, table.empty, self.formats.get(Look.MUTED, Kind.ANY))
        else:
            self.rows(page, sheet.name, table, first, widths)
            self.guide(page, table, first, first + len(table.rows) - 1)
        if table.filtered and table.rows:
            page.autofilter(row, 0, row + len(table.rows), len(table.columns) - 1)
        if table.total is not None:
            for k, (column, value) in enumerate(zip(table.columns, table.total, strict=True)):
                style = self.formats.get(Look.STRONG, column.kind)
                self.put(page, sheet.name, first + max(1, len(table.rows)), k, value, style)

    def rows(self, page: Any, sheet: str, table: Table, first: int, widths: Sequence[float]) -> None:
        """Write the rows of a table; a row too many for a sheet is an error of the caller."""
        if first + len(table.rows) > LAST_ROW:
            raise ValueError(f"{sheet}: more rows than a sheet can hold")
        styles = [
            {kind: self.formats.get(Look.PLAIN, kind, entry=column.entry, wrap=column.wrap) for kind in Kind}
            for column in table.columns
        ]
        heights = row_heights(table, widths)
        if len(table.rows) * len(table.columns) > LARGE_CELLS and len(table.rows) > len(KINDS):
            self.stream(page, sheet, table, first, styles, heights)
            return
        for r, values in enumerate(table.rows, first):
            height = heights(values)
            if height:
                page.set_row(r, height)
            for k, (value, column) in enumerate(zip(values, table.columns, strict=True)):
                if value is not None and value != "":
                    fitted = self.fitted(value, sheet, r, k)
                    self.put(page, sheet, r, k, fitted, styles[k][kind_of(fitted, column.kind)])
                elif column.entry:
                    page.write_blank(r, k, None, styles[k][column.kind])

    def stream(
        self, page: Any, sheet: str, table: Table, first: int, styles: list[dict[Kind, Any]], heights: Heights
    ) -> None:
        """Leave a large table's rows for later; one prototype row per kind shows which style is which."""
        for r, kind in enumerate(KINDS, first):
            for k, of_kind in enumerate(styles):
                page.write_number(r, k, 1, of_kind[kind])

        def clean(value: Value, row: int, col: int) -> Value:
            return self.fitted(value, sheet, row, col)

        self.streams.append(Stream(page.index + 1, first, table, clean, kind_of, heights))

    def guide(self, page: Any, table: Table, first: int, last: int) -> None:
        """Add data bars, colours, drop-downs and date limits to the columns of a table."""
        for k, column in enumerate(table.columns):
            for mark in column.marks:
                page.conditional_format(first, k, last, k, _condition(mark, self.formats.mark(mark.look)))
            if column.bar is not None:
                bar = {"type": "data_bar", "bar_color": BAR, "bar_solid": True, "bar_border_color": BAR}
                limits = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": column.bar}
                page.conditional_format(first, k, last, k, bar | limits | {"data_bar_2010": True})
            if column.row_choices:
                _choices_by_row(page, column, first, k)
            elif column.choices:
                source = column.choices.replace("{row}", str(first + 1))
                page.data_validation(first, k, last, k, _dropdown(column, source))
            elif column.between:
                low, high = column.between
                page.data_validation(first, k, last, k, _date_limits(column, low, high))

    def put(self, page: Any, sheet: str, row: int, col: int, value: Value, style: Any) -> None:
        """Write one value by its own type: text is never taken for a number, a link or a formula."""
        value = self.fitted(value, sheet, row, col)
        if value is None or value == "":
            page.write_blank(row, col, None, style)
        elif isinstance(value, Formula):
            page.write_formula(row, col, value.text, style, value.value)
        elif isinstance(value, bool):
            page.write_boolean(row, col, value, style)
        elif isinstance(value, dt.date):
            page.write_datetime(row, col, value, style)
        elif isinstance(value, int | float):
            page.write_number(row, col, value, style)
        elif value.startswith("<r>") and value.endswith("</r>"):
            # XlsxWriter takes such text for ready-made rich text and would write it as markup.
            page.write_rich_string(row, col, style, value[:1], style, value[1:], style)
        else:
            page.write_string(row, col, value, style)

    def fitted(self, value: Value, sheet: str, row: int, col: int) -> Value:
        """A value that a cell can hold; text that had to be changed for it is noted with its address."""
        if isinstance(value, float) and not math.isfinite(value):
            return "not a number" if math.isnan(value) else "infinite"
        if isinstance(value, int) and abs(value) >= EXACT_INTEGERS:
            return str(value)
        if isinstance(value, dt.date) and value.year < 1900:
            return value.isoformat()
        if not isinstance(value, str) or (len(value) < LONGEST_TEXT // 2 and value.isprintable()):
            return value
        where = f"{letters_of(col)}{row + 1}"
        if any("\ud800" <= c <= "\udfff" for c in value):
            value = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
            self.note("broken_text", "a broken character was replaced by \ufffd", sheet, where)
        units = len(value.encode("utf-16-le")) // 2
        if units > LONGEST_TEXT:
            value = value.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
            said = f"{units:,} characters were cut to {LONGEST_TEXT:,}, the most a cell holds"
            self.note("text_cut", said, sheet, where)
        return value

    def note(self, code: str, what: str, sheet: str, cell: str) -> None:
        """Remember something that does not stand in the file as it was given."""
        self.notes.append(Finding(code, Severity.WARNING, f"{what[0].upper()}{what[1:]}.", sheet=sheet, cells=(cell,)))

    def lists(self) -> None:
        """Write the lists behind drop-downs on a hidden sheet, each under its name."""
        if not self.workbook.lists:
            return
        page = self.book.add_worksheet(LISTS)
        page.hide()
        columns = [[name, *entries] for name, entries in self.workbook.lists.items()]
        for row in range(max(len(c) for c in columns)):
            for k, column in enumerate(columns):
                if row < len(column):
                    self.put(page, LISTS, row, k, column[row], self.formats.get(Look.PLAIN, Kind.TEXT))
        for k, (name, entries) in enumerate(self.workbook.lists.items()):
            letters = letters_of(k)
            last = max(2, len(entries) + 1)
            self.book.define_name(name, f"={LISTS}!${letters}$2:${letters}${last}")


def kind_of(value: Value, kind: Kind) -> Kind:
    """The kind a value is shown as in a column: text is text, ANY goes by the value; numbers in TEXT stay left."""
    if isinstance(value, str):
        return Kind.TEXT
    if isinstance(value, Formula) and isinstance(value.value, str):
        return Kind.ANY  # a formula in a cell of the text format would turn into text when somebody edits it
    if kind in (Kind.ANY, Kind.TEXT):
        plain = Kind.GENERAL if kind is Kind.ANY else Kind.ANY
        return Kind.DATE if isinstance(value, dt.date) else plain
    if kind is Kind.NUMBER and isinstance(value, int | float) and (abs(value) >= 1000 or value == int(value)):
        return Kind.WHOLE
    return kind


def _condition(mark: Any, style: Any) -> dict[str, Any]:
    if mark.equals is not None:
        return {"type": "cell", "criteria": "==", "value": '"' + mark.equals.replace('"', '""') + '"', "format": style}
    criteria, value = (">", mark.above) if mark.above is not None else ("<", mark.below)
    return {"type": "cell", "criteria": criteria, "value": value, "format": style}


def _dropdown(column: Column, source: str) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": source if source.startswith("=") else f"={source}",
        "error_title": column.title,
        "error_message": "Please choose from the list, or leave the cell blank."
        if column.strict
        else "This is not on the list. It can be asked for, but needs an exception. Keep it?",
        "error_type": "stop" if column.strict else "warning",
        "ignore_blank": True,
    }


def _choices_by_row(page: Any, column: Column, first: int, col: int) -> None:
    """One drop-down per list, over all rows that take it; in portions, as a long list of ranges is refused by Excel."""
    runs: dict[str, list[list[int]]] = {}
    for row, name in enumerate(column.row_choices, first):
        mine = runs.setdefault(name, [])
        if mine and mine[-1][2] == row - 1:
            mine[-1][2] = row
        else:
            mine.append([row, col, row, col])
    for name, ranges in runs.items():
        for k in range(0, len(ranges), RANGES_AT_ONCE) if name else ():
            portion = ranges[k : k + RANGES_AT_ONCE]
            page.data_validation(*portion[0], _dropdown(column, name) | {"other_cells": portion[1:]})


def _date_limits(column: Column, low: dt.date, high: dt.date) -> dict[str, Any]:
    return {
        "validate": "date",
        "criteria": "between",
        "minimum": low,
        "maximum": high,
        "error_title": column.title,
        "error_message": f"Please enter a date from {low.isoformat()} to {high.isoformat()}.",
        "ignore_blank": True,
    }
