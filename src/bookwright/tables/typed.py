"""A whole column at once: how its texts are to be read is decided from all of them, then each cell by its type."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from bookwright.findings import Severity
from bookwright.tables.cells import BadCell, Style, as_text, parse_cell
from bookwright.tables.columns import Type
from bookwright.tables.dates import date_order, orders
from bookwright.tables.grid import Grid, is_blank
from bookwright.tables.notes import Notes, show
from bookwright.tables.numbers import NotANumber, decimal_of, parse_number
from bookwright.tables.raw import PaddedCell, PercentCell, Raw

_NUMBERS = (Type.MONEY, Type.NUMBER, Type.HOURS, Type.INTEGER, Type.SHARE, Type.PERCENT, Type.FACTOR, Type.HEALTH)
_DATES = (Type.DATE, Type.MONTH)
_SCIENTIFIC = re.compile(r"\s*\d(?:[.,]\d+)?E\+\d+\s*")
_TRIMMED = (Type.ID, Type.LABEL, Type.CSM, Type.PIN)


def choose_order(grids: list[Grid], given: str | None) -> str:
    """Day or month first where a column leaves it open: as given, else as the other date columns of the book show,
    else day first where numbers are written with a decimal comma, else month first.
    """
    if given:
        return given
    votes = [o for g in grids for f, cells in g.columns.items() if (o := _order_of(g, f, cells))]
    if votes:
        return "dmy" if votes.count("dmy") >= votes.count("mdy") else "mdy"
    return "dmy" if any(g.source.decimal_comma for g in grids) else "mdy"


def _order_of(grid: Grid, field: str, cells: list[Raw]) -> str | None:
    if grid.table.column(field).type not in _DATES:
        return None
    return date_order(c for c in cells if isinstance(c, str))


def column_style(grid: Grid, field: str, notes: Notes, fallback: str, given: str | None) -> Style:
    """How one column's texts are to be read; says so where it had to assume."""
    column = grid.table.column(field)
    cells = grid.columns[field]
    texts = [c for c in cells if isinstance(c, str)]
    cell = grid.cell(field, 0) if len(grid) else ""
    decimal = "," if grid.source.decimal_comma else "."
    order = fallback
    if column.type in _DATES and texts:
        found = date_order(texts)
        if found and given and found != given:
            notes.add(
                "date_order", Severity.WARNING, f"{grid.header(field)}: some dates must be {found}, not {given}.",
                "Maybe leave --dates out.", cell=cell, key=field,
            )  # fmt: skip
        order = given or found or fallback
        if found == "" and not given:
            example = next(t for t in texts if date_order([t]) == "")
            first = "day" if order == "dmy" else "month"
            notes.add(
                "date_order", Severity.WARNING,
                f"{grid.header(field)} {show(example)} could have the day or the month first; the {first} was taken to "
                "be first.",
                "Maybe say which: --dates dmy or --dates mdy.", value=example,
                cell=grid.cell(field, cells.index(example)), key=field,
            )  # fmt: skip
        _say_mixed_dates(grid, field, cells, texts, order, notes)
    decimals: tuple[tuple[str, str], ...] = ()
    if column.type in _NUMBERS and texts:
        groups: dict[str, list[str]] = {"": texts}
        if column.type is Type.MONEY:
            groups = _by_currency(texts)
        signs = {}
        for code, group in groups.items():
            sign, open_ = decimal_of(group, decimal)
            doubtful = next((t for t in group if sign in t), "") if open_ else ""
            if open_ and column.type is Type.MONEY:
                sign = ""  # nobody gives money in thousandths
            signs[code] = sign
            if doubtful:
                notes.add(
                    "number_in_doubt", Severity.WARNING,
                    f"{grid.header(field)} {show(doubtful)} was read as {_read(doubtful, sign)}.",
                    "Maybe check whether its sign parts thousands or decimals.", value=doubtful,
                    cell=grid.cell(field, cells.index(doubtful)), key=field,
                )  # fmt: skip
        decimal = signs.get("", next(iter(signs.values())))
        decimals = tuple(signs.items()) if len(signs) > 1 else ()
    fractions = column.type in (Type.HEALTH, Type.PERCENT) and _fractions(cells)
    if fractions and column.type is Type.HEALTH:
        notes.add(
            "health_fractions", Severity.WARNING,
            f"{grid.header(field)}: values between 0 and 1 are read as percents.", cell=cell, key=field,
        )  # fmt: skip
    return Style(decimal, order, grid.source.date1904, fractions, decimals)


def _say_mixed_dates(grid: Grid, field: str, cells: list[Raw], texts: list[str], order: str, notes: Notes) -> None:
    """Dates of both orders in one column, and real dates that a program may have swapped on the way."""
    days, months, open_ones = orders(texts)
    header = grid.header(field)
    first = "day" if order == "dmy" else "month"
    if days and months and open_ones:
        notes.add(
            "date_order", Severity.WARNING,
            f"{header} holds dates with the day first ({show(days[0])}) and with the month first ({show(months[0])}); "
            f"{show(open_ones[0])} could be either, and the {first} was taken to be first.",
            "Maybe write them all as year-month-day.", value=open_ones[0],
            cells=tuple(grid.cell(field, i) for i, c in enumerate(cells) if c in open_ones)[:500],
            count=len(open_ones), key=field,
        )  # fmt: skip
    real = [i for i, c in enumerate(cells) if isinstance(c, dt.date)]
    if (days or months) and not open_ones and real and all(cells[i].day <= 12 for i in real):  # type: ignore[union-attr]
        # A program that reads 03/04 as a date leaves 13/04, which its order does not know, as text.
        day = cells[real[0]]
        assert isinstance(day, dt.date)
        notes.add(
            "date_swapped", Severity.WARNING,
            f"{header}: {day:%Y-%m-%d} and every other real date has a day up to 12, while "
            f"{show((days or months)[0])} is text: day and month may have been swapped when the file was opened.",
            "Maybe export it again, with dates as year-month-day.", value=f"{day:%Y-%m-%d}",
            cells=tuple(grid.cell(field, i) for i in real[:500]), count=len(real), key=field,
        )  # fmt: skip


def _by_currency(texts: list[str]) -> dict[str, list[str]]:
    """Money texts by the currency they name: $1,200 beside €1.200,50 are two ways of writing."""
    groups: dict[str, list[str]] = {}
    for text in texts:
        try:
            code = parse_number(text)[1]
        except NotANumber:
            continue
        groups.setdefault(code, []).append(text)
    return groups or {"": texts}


def _read(text: str, decimal: str) -> str:
    try:
        return f"{parse_number(text, decimal)[0]:,g}"
    except NotANumber:
        return "nothing"


def _say_odd_ids(grid: Grid, field: str, cells: list[Raw], notes: Notes) -> None:
    """Ids that a spreadsheet program took for something else: 1-2 for a date, 123456789012 for 1.23E+11."""
    odd = [
        i
        for i, c in enumerate(cells)
        if isinstance(c, (bool, dt.date, dt.time)) or (isinstance(c, str) and "E+" in c and _SCIENTIFIC.fullmatch(c))
    ]
    if odd:
        notes.add(
            "odd_id", Severity.WARNING,
            f"{grid.header(field)} {show(as_text(cells[odd[0]]))} is no id as it was typed: a program has changed it.",
            "Maybe format the column as text and export again.", cells=tuple(grid.cell(field, i) for i in odd[:500]),
            count=len(odd), value=as_text(cells[odd[0]]), key=field,
        )  # fmt: skip


def _fractions(cells: list[Raw]) -> bool:
    numbers = [float(c) for c in cells if isinstance(c, (int, float)) and not isinstance(c, (bool, PercentCell))]
    return bool(numbers) and all(0 <= n <= 1 for n in numbers) and any(0 < n < 1 for n in numbers)


def read_column(
    grid: Grid, field: str, notes: Notes, fallback: str = "mdy", given: str | None = None, *, stop: bool = False
) -> list[Any]:
    """All values of a column by type, None where blank or unreadable; unreadable cells are said.

    They are errors where `stop` is set (a required number, an id), else warnings: the cell is taken as blank.
    """
    column = grid.table.column(field)
    kind = column.type
    cells = grid.columns[field]
    style = column_style(grid, field, notes, fallback, given)
    plain = kind in (Type.MONEY, Type.NUMBER)
    trims = kind in _TRIMMED
    seen: dict[tuple[type, Any], Any] = {}
    values: list[Any] = []
    trimmed: list[int] = []
    for index, raw in enumerate(cells):
        if raw is None:
            values.append(None)
            continue
        if plain and type(raw) in (int, float) and math.isfinite(raw):  # type: ignore[arg-type]
            values.append(float(raw))  # type: ignore[arg-type]
            continue
        known = (type(raw), raw.seen if isinstance(raw, PaddedCell) else raw)
        value = seen.get(known, seen)
        if value is seen:
            if is_blank(raw):
                value = None
            else:
                try:
                    value = parse_cell(raw, kind, style)
                except BadCell as bad:
                    value = bad
            seen[known] = value
        if isinstance(value, BadCell):
            shown = raw.text if hasattr(raw, "text") else raw
            notes.add(
                f"bad_{kind.value}", Severity.ERROR if stop else Severity.WARNING,
                f"{grid.header(field)} {show(shown)} {value}" + ("." if stop else "; the cell is taken as blank."),
                value.advice, cell=grid.cell(field, index), value=str(shown),
                key=f"{field} {value}",
            )  # fmt: skip
            value = None
        elif trims and value != raw and isinstance(raw, str):
            trimmed.append(index)
        values.append(value)
    if kind is Type.ID:
        _say_odd_ids(grid, field, cells, notes)
    if trimmed:
        notes.add(
            "trimmed", Severity.NOTE,
            f"{grid.header(field)} {show(cells[trimmed[0]])} is read without its outer or unseen spaces.",
            cells=tuple(grid.cell(field, i) for i in trimmed[:500]), key=field,
            count=len(trimmed),
        )  # fmt: skip
    return values
