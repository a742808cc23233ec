"""The Settings sheet: Setting, Value, Unit, Meaning, one row each, as settings by their canonical keys."""

from __future__ import annotations

import datetime as dt
import difflib

from bookwright.findings import Severity
from bookwright.portfolio import Cell
from bookwright.tables.cells import BadCell, Style, as_text, clean, parse_cell
from bookwright.tables.columns import SettingRow, Type, normal
from bookwright.tables.dates import orders
from bookwright.tables.grid import Grid, is_blank
from bookwright.tables.notes import Notes, show
from bookwright.tables.raw import Raw
from bookwright.tables.setting_rows import HOURS_KEY, SETTING_ROWS

_BY_NAME = {normal(n): row for row in SETTING_ROWS for n in (*row.aliases, row.key, row.title)}
_HOURS_NAMES = ("hours per month", "hours", "hours per account", "monthly hours")


def find_setting(name: str) -> tuple[str, Type] | None:
    """The canonical key and type of a setting as people write it; hours per segment are written
    "Hours per month: Enterprise". None when there is no such setting.
    """
    head, colon, tail = name.partition(":")
    if colon and normal(head) in _HOURS_NAMES and clean(tail):
        return HOURS_KEY + clean(tail), Type.HOURS
    row: SettingRow | None = _BY_NAME.get(normal(name))
    return (row.key, row.type) if row else None


def read_settings(grid: Grid, notes: Notes, order: str = "mdy") -> dict[str, Cell]:
    """Settings by canonical key, parsed by type; blank values are left out, unreadable ones are errors."""
    names = grid.columns.get("setting", [])
    values = grid.columns.get("value", [None] * len(names))
    settings: dict[str, Cell] = {}
    for i, (raw_name, raw) in enumerate(zip(names, values, strict=True)):
        name = clean(as_text(raw_name))
        if not name or is_blank(raw):
            continue
        cell = grid.cell("setting", i)
        found = find_setting(name)
        if found is None:
            close = difflib.get_close_matches(normal(name), list(_BY_NAME), 1, 0.6)
            advice = f"Maybe {show(_BY_NAME[close[0]].title)}." if close else ""
            notes.add(
                "unknown_setting", Severity.WARNING, f"There is no setting {show(name)}; it is left out.", advice,
                key=name, cell=cell, value=name,
            )  # fmt: skip
            continue
        key, kind = found
        # Hours of "ENT" and of "ent" are the hours of one segment.
        key = next((k for k in settings if k.casefold() == key.casefold()), key)
        value = _value(raw, kind, grid, order)
        row = _BY_NAME.get(normal(name))
        if row is not None and isinstance(value, (int, float)) and (wrong := _out_of_range(value, row)):
            value = wrong
        if isinstance(value, BadCell):
            cell = grid.cell("value", i)
            notes.add(
                "bad_setting", Severity.ERROR, f"{name} {show(as_text(raw))} {value}.", value.advice,
                key=key, cell=cell, value=name,
            )  # fmt: skip
        elif key in settings and settings[key] != value:
            notes.add(
                "double_setting",
                Severity.ERROR,
                f"{show(name)} is set twice, differently.",
                key=key,
                cell=cell,
                value=name,
            )
        elif value is not None:
            settings[key] = value
            if kind is Type.DATE and isinstance(raw, str) and isinstance(value, dt.date) and orders([raw])[2]:
                notes.add(
                    "date_order", Severity.WARNING,
                    f"{name} {show(raw)} was read as {value.day} {value:%B %Y}.",
                    f"Maybe write it as year-month-day: {value:%Y-%m-%d}.", key=key, cell=grid.cell("value", i),
                    value=raw,
                )  # fmt: skip
    return settings


def _out_of_range(value: float, row: SettingRow) -> BadCell | None:
    """Why a number cannot be meant, None where it can."""
    if row.least is not None and value < row.least:
        percent = value * 100 if row.unit == "%" and 0 < value <= 3 else 0
        return BadCell(f"is less than {row.least:g}", f"Maybe {percent:g}." if percent else "Maybe it is mistyped.")
    if row.most is not None and value > row.most:
        return BadCell(f"is more than {row.most:g}", "Maybe it is mistyped.")
    return None


def _value(raw: Raw, kind: Type, grid: Grid, order: str) -> Cell | BadCell:
    if isinstance(raw, str) and normal(raw) in ("default", "none", "off"):
        return None
    decimal = "," if grid.source.decimal_comma else "."
    # A cell formatted as a percent holds 0.1 for 10 %: no percent setting is meant to be below 1 %.
    fraction = isinstance(raw, float) and 0 < raw < 1
    try:
        value: Cell = parse_cell(raw, kind, Style(decimal, order, grid.source.date1904, fraction))
    except BadCell as bad:
        return bad
    return value
