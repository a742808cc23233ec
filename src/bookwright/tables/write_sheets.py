"""What a workbook to write is made of: sheets of tables, free cells and charts, declared as plain frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Formula:
    """A live formula with the result that previews and Protected View show before anything is calculated."""

    text: str
    value: float | int | str


Value = str | int | float | bool | dt.date | dt.datetime | Formula | None


class Kind(StrEnum):
    """How values are shown: text left, numbers and dates right. ANY and GENERAL go by each cell's own type.

    NUMBER has two decimals where they tell something.
    """

    TEXT = "text"
    ANY = "any"
    WHOLE = "whole"
    NUMBER = "number"
    MONEY = "money"
    HOURS = "hours"
    PERCENT = "percent"
    SHARE = "share"
    POINTS = "points"
    DATE = "date"
    GENERAL = "general"
    CHANGE = "change"
    MONEY_CHANGE = "money change"
    POINTS_CHANGE = "points change"


class Look(StrEnum):
    """The few styles a cell may have beside its number format."""

    PLAIN = "plain"
    TITLE = "title"
    VERDICT = "verdict"
    ALARM = "alarm"
    HEADING = "heading"
    HEADER = "header"
    LABEL = "label"
    LINES = "lines"
    STRONG = "strong"
    MUTED = "muted"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Mark:
    """A colour for cells that are above or below a number, or equal to a text."""

    look: Look
    above: float | None = None
    below: float | None = None
    equals: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `key` names it for Python users (default: the title in snake case). `entry` cells are for people to fill in;
    `choices` is the name of a list of the workbook, or a formula that yields one; `between` limits dates. `bar` draws
    data bars up to that value. `width` in characters; None = as wide as what stands in it. `row_choices` names a list
    per row instead of one for all ("" = none); with `strict` False another entry is possible after a warning.
    """

    title: str
    kind: Kind = Kind.TEXT
    key: str = ""
    width: float | None = None
    wrap: bool = False
    help: str = ""
    entry: bool = False
    choices: str = ""
    row_choices: tuple[str, ...] = ()
    strict: bool = True
    hidden: bool = False
    between: tuple[dt.date, dt.date] | None = None
    bar: float | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def name(self) -> str:
        """The column's name in a data frame."""
        if self.key:
            return self.key
        return "".join(c if c.isalnum() else "_" for c in self.title.lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headers. `total` is a last row in bold; `empty` is what stands there when there are no rows."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    title: str = ""
    note: str = ""
    empty: str = "Nothing to show."
    total: Sequence[Value] | None = None
    filtered: bool = False

    @property
    def height(self) -> int:
        """Rows the table takes on its sheet."""
        return bool(self.title) + bool(self.note) + 1 + max(1, len(self.rows)) + (self.total is not None)

    @property
    def header_offset(self) -> int:
        """Rows above the header row."""
        return bool(self.title) + bool(self.note)


@dataclass(frozen=True, slots=True)
class Cell:
    """One free cell; `across` merges it with the cells to its right. Row and column count from 0."""

    row: int
    col: int
    value: Value
    look: Look = Look.PLAIN
    kind: Kind = Kind.ANY
    across: int = 1


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart: a column of a table on some sheet. `look` "bar" or "tick" (a dash at the value)."""

    sheet: str
    column: str
    name: str
    color: str
    look: str = "bar"


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart of one value per row of a table; `categories` is the column that names the rows."""

    title: str
    categories: str
    series: tuple[Series, ...]
    row: int
    col: int
    width: int
    height: int
    kind: Kind = Kind.WHOLE


GAP_ROWS = 2
"""Blank rows between two tables of a sheet."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: tables from the top down, or free cells with `widths` per column and `heights` per row; charts.

    On a `protected` sheet only the entry columns can be edited; there is no password, and filters stay usable. With
    `one_page` it prints upright on one page.
    """

    name: str
    tables: tuple[Table, ...] = ()
    cells: tuple[Cell, ...] = ()
    charts: tuple[Chart, ...] = ()
    widths: tuple[float, ...] = ()
    heights: Mapping[int, float] = field(default_factory=dict)
    freeze_columns: int = 0
    gridlines: bool = True
    hidden: bool = False
    protected: bool = False
    tab: str = ""
    one_page: bool = False

    def tops(self) -> list[int]:
        """The first row of each table."""
        found, row = [], 0
        for table in self.tables:
            found.append(row)
            row += table.height + GAP_ROWS
        return found

    def header_row(self, table: int = 0) -> int:
        """The row (from 0) of a table's headers."""
        return self.tops()[table] + self.tables[table].header_offset

    def column_at(self, title: str, table: int = 0) -> int:
        """The position (from 0) of a column by its title."""
        return [c.title for c in self.tables[table].columns].index(title)

    def address(self, title: str, table: int = 0, *, absolute_sheet: bool = True) -> str:
        """The cells of a column as a formula refers to them: `Targets!$F$4:$F$90`."""
        first = self.header_row(table) + 2
        last = max(first, first + len(self.tables[table].rows) - 1)
        letters = letters_of(self.column_at(title, table))
        cells = f"${letters}${first}:${letters}${last}"
        return f"{quoted(self.name)}!{cells}" if absolute_sheet else cells


@dataclass(frozen=True, slots=True)
class Workbook:
    """Sheets in order, the lists behind drop-downs by name, and properties that travel with the file.

    `currency` is a code like USD, blank when unknown. `created` is written as the file's date, so that the same plan
    gives the same bytes.
    """

    sheets: tuple[Sheet, ...]
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    title: str = ""
    created: dt.date = dt.date(2000, 1, 1)
    currency: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    def sheet(self, name: str) -> Sheet:
        """A sheet by name; KeyError when there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)


def letters_of(column: int) -> str:
    """Column letters from a position counted from 0: 0 -> A, 27 -> AB."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def quoted(sheet: str) -> str:
    """A sheet name as formulas write it."""
    return sheet if sheet.isalnum() and not sheet[0].isdigit() else "'" + sheet.replace("'", "''") + "'"


def sheet_name(text: str, taken: Sequence[str] = ()) -> str:
    """A name Excel accepts: at most 31 characters, none of []:*?/\\, no quotes at the ends, unlike those taken."""
    clean = "".join("-" if c in "[]:*?/\\" or ord(c) < 32 else c for c in text).strip().strip("'")[:31] or "Sheet"
    used = {t.casefold() for t in taken} | {"history"}
    name, k = clean, 2
    while name.casefold() in used:
        name = f"{clean[: 31 - len(str(k)) - 1]} {k}"
        k += 1
    return name
