"""A portfolio as an input workbook or a folder of .csv: what `generate` hands out and `read` takes back unchanged."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter

from bookwright.findings import InputError, UsageError
from bookwright.portfolio import Cell, Portfolio
from bookwright.tables.catalogue import ABSENCES, PAIRS, SETTINGS
from bookwright.tables.columns import Column, Table, Type
from bookwright.tables.columns_accounts import ACCOUNTS
from bookwright.tables.columns_coverage import MADE, SEGMENTS, TOUCHPOINTS
from bookwright.tables.columns_csms import CSMS
from bookwright.tables.setting_rows import HOURS_KEY, SETTING_ROWS
from bookwright.tables.write_file import place

CREATED = dt.datetime(2026, 1, 1)
"""The creation date in every input workbook: fixed, so that the same facts give the same bytes."""

_MOST_ROWS = 1_048_575
_MOST_TEXT = 32_767
_MANY_ROWS = 20_000
_ALWAYS = {"name", "csm_text"}
_NUMBER_FORMATS = {
    Type.MONEY: "#,##0",
    Type.HOURS: "0.00##",
    Type.DATE: "yyyy-mm-dd",
    Type.MONTH: "yyyy-mm",
    Type.SHARE: "0.0##%",
    Type.INTEGER: "0",
    Type.NUMBER: "#,##0.##",
    Type.HEALTH: "0",
    Type.PERCENT: "General",
    Type.FACTOR: "General",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One input sheet ready to write: its table, its columns (an unknown one is only a header), its rows of cells."""

    table: Table
    columns: tuple[Column | str, ...]
    rows: list[list[Cell]]

    @property
    def headers(self) -> list[str]:
        """The header row."""
        return [c if isinstance(c, str) else c.title for c in self.columns]


def write_portfolio(
    portfolio: Portfolio,
    path: str | Path,
    *,
    story: Sequence[str] = (),
    inputs: Sequence[str | Path] = (),
) -> Path:
    """Write a portfolio as an input workbook, or as a folder of .csv when the path has no .xlsx suffix.

    Only columns that hold something are written, and always the required ones, the account's name and its CSM. Text
    stays text: ids keep their zeros, `=1+1` is no formula. Reading the result back gives the same facts. `story` is
    shown on a first sheet "Story" of a workbook; `inputs` are files never to be written onto. Files appear whole or
    not at all. Returns where the workbook or folder is. Raises `UsageError` when it cannot be written, `InputError`
    when a text or a sheet is longer than a workbook can hold.
    """
    target = Path(path)
    sheets = input_sheets(portfolio)
    if target.suffix.lower() == ".xlsx":
        _refuse_overlong(sheets)
        return place(target, lambda part: _write_workbook(part, sheets, story), inputs=inputs)
    return _write_folder(target, sheets, inputs)


def input_sheets(portfolio: Portfolio) -> tuple[Sheet, ...]:
    """The sheets of a portfolio with typed cells: Accounts, CSMs, the Pairs and Absences that exist, Settings."""
    how_often = Counter(_fold(c.name) for c in portfolio.csms)
    ids = {_fold(c.id) for c in portfolio.csms}
    # A name is for people; where two share it, or it is another one's id, only the id is sure.
    called = {
        c.id: c.name if c.name and how_often[_fold(c.name)] == 1 and _fold(c.name) not in ids - {_fold(c.id)} else c.id
        for c in portfolio.csms
    }

    def csm(csm_id: str | None) -> Cell:
        return called.get(csm_id, csm_id) if csm_id else None

    def account_cell(account: Any, column: Column) -> Cell:
        if column.type is Type.PIN:
            return csm(account.pin)
        if column.field == "csm_text":
            return account.csm_text or csm(account.csm_id)
        return _cell(getattr(account, column.field), column.type)

    unknown = [title for title, field in portfolio.account_columns if field is None]
    sheets = [
        _sheet(ACCOUNTS, portfolio.accounts, account_cell, unknown),
        _sheet(CSMS, portfolio.csms, lambda one, column: _cell(getattr(one, column.field), column.type), ()),
    ]
    if portfolio.wishes:

        def wish_cell(wish: Any, column: Column) -> Cell:
            if column.field == "other" and wish.kind.value in ("never", "prefer"):
                return csm(wish.other)
            return _cell(getattr(wish, column.field), column.type)

        sheets.append(_sheet(PAIRS, portfolio.wishes, wish_cell, ()))
    if portfolio.absences:

        def absence_cell(absence: Any, column: Column) -> Cell:
            return csm(absence.csm_id) if column.field == "csm" else _cell(getattr(absence, column.field), column.type)

        sheets.append(_sheet(ABSENCES, portfolio.absences, absence_cell, ()))
    for table, rows in (
        (TOUCHPOINTS, portfolio.touchpoints),
        (SEGMENTS, portfolio.segment_rows),
        (MADE, portfolio.made),
    ):
        if rows:
            sheets.append(_sheet(table, rows, lambda one, column: _cell(getattr(one, column.field), column.type), ()))
    sheets.append(_settings(portfolio.settings))
    return tuple(sheets)


def _sheet(table: Table, things: Sequence[Any], cell: Callable[[Any, Column], Cell], unknown: Iterable[str]) -> Sheet:
    columns: list[Column | str] = []
    filled: list[list[Cell]] = []
    for column in table.columns:
        default = type(things[0]).model_fields.get(column.field) if things else None
        usual = None if default is None else _cell(default.default, column.type)
        cells = [cell(thing, column) for thing in things]
        if column.required or column.field in _ALWAYS or any(c is not None and c != usual for c in cells):
            columns.append(column)
            filled.append(cells)
    extras = [getattr(thing, "extra", {}) for thing in things]
    for title in dict.fromkeys([*unknown, *(title for extra in extras for title in extra)]):
        columns.append(title)
        filled.append([extra.get(title) for extra in extras])
    return Sheet(table, tuple(columns), [list(row) for row in zip(*filled, strict=True)])


def _settings(settings: dict[str, Cell]) -> Sheet:
    """All settings with their units and meanings, in our order; the blank ones are left to the planning model."""
    rows: list[list[Cell]] = [
        [
            row.title,
            settings.get(row.key),
            row.unit,
            row.meaning + ("" if row.default == "none" else f" Blank: {row.default}."),
        ]
        for row in SETTING_ROWS
    ]
    known = {row.key for row in SETTING_ROWS}
    for key, value in settings.items():
        if key.startswith(HOURS_KEY):
            rows.append(
                [f"Hours per month: {key[len(HOURS_KEY) :]}", value, "hours a month", "Where its cell is blank."]
            )
        elif key not in known:
            rows.append([key, value, None, None])
    return Sheet(SETTINGS, SETTINGS.columns, rows)


def _cell(value: Any, kind: Type) -> Cell:
    """A fact as the cell that is read back as this fact."""
    if value is None or value == "" or value == ():
        return None
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "yes" if value else None
    if kind is Type.PERCENTS:
        return ", ".join(f"{percent:g}" for percent in value)
    if isinstance(value, tuple):
        return ", ".join(str(entry) for entry in value)
    return value  # type: ignore[no-any-return]


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()


def _refuse_overlong(sheets: Iterable[Sheet]) -> None:
    for sheet in sheets:
        if len(sheet.rows) > _MOST_ROWS:
            raise InputError(f"{sheet.table.sheet}: a sheet holds {_MOST_ROWS:,} rows. Maybe write a folder of .csv.")
        headers = sheet.headers
        for row in sheet.rows:
            for header, cell in zip(headers, row, strict=True):
                if isinstance(cell, str) and len(cell) > _MOST_TEXT:
                    raise InputError(
                        f"{sheet.table.sheet}, {row[0]}: {header} has {len(cell):,} characters; a cell holds "
                        f"{_MOST_TEXT:,}. Maybe write a folder of .csv."
                    )


def _write_workbook(path: Path, sheets: Sequence[Sheet], story: Sequence[str]) -> None:
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": any(len(sheet.rows) > _MANY_ROWS for sheet in sheets),
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": CREATED})
        if story:
            _write_story(book, story)
        for sheet in sheets:
            _write_sheet(book, sheet)


def _write_story(book: Any, story: Sequence[str]) -> None:
    page = book.add_worksheet("Story")
    page.hide_gridlines(2)
    page.set_column(0, 0, 115)
    title = book.add_format({"bold": True, "font_size": 14, "text_wrap": True})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    for at, line in enumerate(story):
        page.set_row(at, 22 if at == 0 else 16 * (1 + len(line) // 125))
        page.write_string(at, 0, line, text if at else title)


def _write_sheet(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.table.sheet)
    kinds = [Type.TEXT if isinstance(c, str) else c.type for c in sheet.columns]
    formats = [_number_format(book, kind) for kind in kinds]
    date, plain = _number_format(book, Type.DATE), _number_format(book, Type.FACTOR)
    settings = sheet.table is SETTINGS
    for at, (header, column) in enumerate(zip(sheet.headers, sheet.columns, strict=True)):
        width = _width(header, [row[at] for row in sheet.rows[:300]])
        page.set_column(at, at, 16 if settings and at == 1 else width)
        page.write_string(0, at, header, _header_format(book, isinstance(column, str), formats[at] is not None))
    page.set_row(0, 32)
    for number, row in enumerate(sheet.rows, start=1):
        for at, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, bool):
                page.write_boolean(number, at, cell)
            elif isinstance(cell, str):
                page.write_string(number, at, cell, plain if settings and at == 1 else None)
            elif isinstance(cell, dt.date):
                page.write_datetime(number, at, cell, formats[at] or date)
            else:
                page.write_number(number, at, cell, formats[at] or plain)
    page.freeze_panes(1, 2 if sheet.table in (ACCOUNTS, CSMS) else 0)
    page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.repeat_rows(0)
    page.fit_to_pages(1, 0)


def _number_format(book: Any, kind: Type) -> Any:
    """Right with a little air, so that a number does not touch the text of the next column; None for text."""
    if kind not in _NUMBER_FORMATS:
        return None
    return book.add_format({"num_format": _NUMBER_FORMATS[kind], "align": "right", "indent": 1})


def _header_format(book: Any, unknown: bool, number: bool) -> Any:
    look = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": "#8EA9C1"}
    look |= {"bg_color": "#EEEEEE" if unknown else "#DDE7F0", "align": "right" if number else "left"}
    look |= {"indent": 1} if number else {}
    return book.add_format(look)


def _width(header: str, cells: Iterable[Cell]) -> float:
    """Wide enough for the cells and for the header's longest word beside its filter button."""
    shown = (len(f"{c:,.2f}") if isinstance(c, float) else 10 if isinstance(c, dt.date) else len(str(c)) for c in cells)
    words = max(len(word) + 3 for word in header.split())
    return min(max(words, len(header) / 2 + 3, 2 + max(shown, default=0), 8), 110 if header == "Meaning" else 42)


def _write_folder(folder: Path, sheets: Sequence[Sheet], inputs: Sequence[str | Path]) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {folder}: {error.strerror or error}.") from error
    for sheet in sheets:
        place(folder / f"{sheet.table.key}.csv", partial(_write_csv, sheet), inputs=inputs)
    return folder


def _write_csv(sheet: Sheet, path: Path) -> None:
    # The mark at the start has Excel read UTF-8; the apostrophe keeps it from running a cell.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow([_csv_text(header) for header in sheet.headers])
        out.writerows([_csv_text(cell) for cell in row] for row in sheet.rows)


def _csv_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str):
        return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else repr(cell)
