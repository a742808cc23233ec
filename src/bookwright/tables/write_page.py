"""How a sheet is laid out on screen and paper: page, panes, column widths, heights of rows with wrapped text."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

from bookwright.tables.write_sheets import Column, Formula, Kind, Sheet, Table, Value
from bookwright.tables.write_stream import Heights


def set_page(page: Any, sheet: Sheet) -> None:
    """Freeze panes, zoom, and how the sheet prints: landscape, one page wide, headers repeated."""
    if not sheet.one_page:
        page.set_landscape()
    page.set_paper(9)
    page.set_margins(0.4, 0.4, 0.5, 0.5)
    page.fit_to_pages(1, 1 if sheet.one_page else 0)
    page.set_footer("&L&8&A&R&8&P / &N")
    page.set_comments_author("Bookwright")
    if sheet.tab:
        page.set_tab_color(sheet.tab)
    if sheet.hidden:
        page.hide()
    if not sheet.gridlines:
        page.hide_gridlines(2)
    if sheet.tables:
        header = sheet.header_row()
        page.freeze_panes(header + 1, sheet.freeze_columns)
        if len(sheet.tables) == 1:
            page.repeat_rows(header)


WIDEST, NARROWEST, SAMPLE = 46.0, 6.0, 400
LINE_POINTS, MOST_LINES = 15, 12
LETTERS_PER_WIDTH = 1.18
"""Letters of plain prose in one unit of column width; a little less than measured, so that none are hidden."""


def row_heights(table: Table, widths: Sequence[float]) -> Heights:
    """How high a row must be for its wrapped text, in points; 0 = as usual. Not every program works it out itself."""
    wrapped = [(k, widths[k] * LETTERS_PER_WIDTH - 1.5) for k, column in enumerate(table.columns) if column.wrap]

    def height(values: Sequence[Value]) -> float:
        lines = 1
        for k, room in wrapped:
            value = values[k]
            if isinstance(value, str) and (len(value) > room or "\n" in value):
                lines = max(lines, sum(max(1, math.ceil(len(part) / room)) for part in value.split("\n")))
        return LINE_POINTS * min(lines, MOST_LINES) if lines > 1 else 0

    return height


def widths_of(sheet: Sheet) -> list[float]:
    """Column widths in characters: as declared, else as wide as the titles and the first rows need."""
    if not sheet.tables:
        return list(sheet.widths)
    found: list[float] = []
    for table in sheet.tables:
        for k, column in enumerate(table.columns):
            width = column.width or _fit(column, [row[k] for row in table.rows[:SAMPLE]])
            if k < len(found):
                found[k] = max(found[k], width)
            else:
                found.append(width)
    return found


def _fit(column: Column, values: Sequence[Value]) -> float:
    words = column.title.split()
    title = max([len(column.title) / 2 + 2, *(len(w) + 3.0 for w in words)])
    longest = max((_shown(v, column.kind) for v in values), default=0)
    return min(WIDEST, max(NARROWEST, title, longest * 1.05 + 1.5))


def _shown(value: Value, kind: Kind) -> int:
    if isinstance(value, Formula):
        value = value.value
    if value is None:
        return 0
    if isinstance(value, dt.date):
        return 10
    if isinstance(value, int | float) and not isinstance(value, bool):
        shapes: dict[Kind, Callable[[float], str]] = {
            Kind.PERCENT: lambda x: f"{x:.0%} ",
            Kind.SHARE: lambda x: f"{x:.2%} ",
            Kind.HOURS: lambda x: f"{x:,.1f}",
            Kind.POINTS: lambda x: f"{x:.2f}",
            Kind.MONEY: lambda x: f"${x:,.0f}",
        }
        shape: Callable[[float], str] = shapes.get(kind, lambda x: f"{x:,.6g}")
        return len(shape(value)) if math.isfinite(value) else 12
    return max(len(line) for line in str(value).split("\n"))
