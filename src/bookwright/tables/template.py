"""A blank workbook to fill in: headers with notes, drop-downs, one example row per sheet."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import xlsxwriter

from bookwright.findings import UsageError
from bookwright.portfolio import Coverage, Kind, Status, WishKind
from bookwright.tables.catalogue import TABLES
from bookwright.tables.columns import Column, Table, Type
from bookwright.tables.setting_rows import SEGMENT_HOURS, SETTING_ROWS
from bookwright.tables.write_file import place

ROWS = 5_000
"""Drop-downs reach down to this row."""

_LISTS: dict[Type, tuple[str, tuple[str, ...]]] = {
    Type.STATUS: ("Statuses", tuple(Status)),
    Type.COVERAGE: ("Coverages", tuple(Coverage)),
    Type.KIND: ("CSM_kinds", tuple(Kind)),
    Type.WISH: ("Pair_kinds", tuple(WishKind)),
    Type.YESNO: ("Yes_no", ("yes", "no")),
}
_HEAD = {"bold": True, "border": 1, "border_color": "#B8C4D0", "text_wrap": True, "valign": "vcenter"}
_FORMATS = {
    Type.MONEY: "#,##0",
    Type.HOURS: "0.0#",
    Type.DATE: "yyyy-mm-dd",
    Type.MONTH: "yyyy-mm",
    Type.INTEGER: "0",
    Type.SHARE: "0%",
    Type.NUMBER: "General",
    Type.PERCENT: "General",
    Type.FACTOR: "General",
    Type.HEALTH: "General",
}


def write_template(out: str | Path) -> Path:
    """Write a blank workbook with every column, its meaning as a note on the header, and one example row to delete.

    Required headers are dark, the others light. Text columns are formatted as text, so that an id such as 00123 stays
    as typed. Returns the path. `UsageError` when the file is there already or does not end in .xlsx.
    """
    out = Path(out)
    if out.suffix.lower() != ".xlsx":
        raise UsageError(f"{out.name} must end in .xlsx.")
    if out.exists():
        raise UsageError(f"{out.name} is there already; nothing is overwritten. Maybe choose another name.")
    return place(out, _make)


def _make(path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Bookwright template", "created": dt.datetime(2026, 1, 1)})
        formats = {name: book.add_format({"num_format": name}) for name in {*_FORMATS.values(), "@"}}
        head = {
            True: book.add_format({"bg_color": "#1F4E79", "font_color": "#FFFFFF", **_HEAD}),
            False: book.add_format({"bg_color": "#DCE6F1", "font_color": "#1F2937", **_HEAD}),
        }
        pages = {key: book.add_worksheet(table.sheet) for key, table in TABLES.items()}
        _lists(book)
        for key, table in TABLES.items():
            _headers(pages[key], table, head, formats)
            if key == "settings":
                _settings(pages[key], formats)
            else:
                _example(pages[key], table, formats)
                _drop_downs(pages[key], table)
        book.define_name("CSM_names", f"='{TABLES['csms'].sheet}'!$B$2:$B$500")
        pages["accounts"].activate()


def _lists(book: Any) -> None:
    """A hidden sheet with the words of each drop-down, and a defined name for each (long literal lists break Excel)."""
    sheet = book.add_worksheet("Lists")
    sheet.hide()
    for column, (name, words) in enumerate(_LISTS.values()):
        sheet.write_column(0, column, [name, *words])
        letter = chr(65 + column)
        book.define_name(name, f"=Lists!${letter}$2:${letter}${len(words) + 1}")


def _headers(sheet: Any, table: Table, head: dict[bool, Any], formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 2 if table.key == "accounts" else 1)
    sheet.set_row(0, 32)
    for index, column in enumerate(table.columns):
        sheet.write_string(0, index, column.title, head[column.required])
        unit = f" ({column.unit})" if column.unit else ""
        need = "Required. " if column.required else ""
        sheet.write_comment(0, index, f"{need}{column.help}{unit}", {"x_scale": 1.6, "font_size": 9})
        width = max(11, min(28, len(column.title) + 3, 16 if column.type in _FORMATS else 28))
        sheet.set_column(index, index, width, formats[_FORMATS.get(column.type, "@")])


def _example(sheet: Any, table: Table, formats: dict[str, Any]) -> None:
    for index, column in enumerate(table.columns):
        value = column.example
        style = formats[_FORMATS.get(column.type, "@")]
        if value is None:
            continue
        if column.type in (Type.DATE, Type.MONTH):
            sheet.write_datetime(1, index, dt.datetime.fromisoformat(_whole_date(str(value))), style)
        elif isinstance(value, str):
            sheet.write_string(1, index, value, style)
        else:
            sheet.write(1, index, value, style)


def _whole_date(text: str) -> str:
    return text if text.count("-") == 2 else f"{text}-01"


def _drop_downs(sheet: Any, table: Table) -> None:
    for index, column in enumerate(table.columns):
        if column.type in _LISTS:
            source, strict = f"={_LISTS[column.type][0]}", True
        elif column.type in (Type.CSM, Type.PIN):
            source, strict = "=CSM_names", False
        else:
            continue
        sheet.data_validation(1, index, ROWS, index, _validation(column, source, strict))


def _validation(column: Column, source: str, strict: bool) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": source,
        "ignore_blank": True,
        "show_error": strict,
        "error_title": column.title[:32],
        "error_message": column.help[:255],
    }


def _settings(sheet: Any, formats: dict[str, Any]) -> None:
    """A row per setting; the value is blank, and what holds then is said in the meaning."""
    rows = [(s.title, s.unit, f"{s.meaning} Blank: {s.default}.") for s in SETTING_ROWS]
    rows += [
        (f"Hours per month: {segment}", "hours a month", f"For accounts without hours of their own. Blank: {default}.")
        for segment, default in SEGMENT_HOURS
    ]
    for number, (title, unit, meaning) in enumerate(rows, start=1):
        sheet.write_string(number, 0, title)
        sheet.write_blank(number, 1, None, formats["yyyy-mm-dd"] if unit == "date" else formats["General"])
        sheet.write_string(number, 2, unit)
        sheet.write_string(number, 3, meaning)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 14)
    sheet.set_column(3, 3, 90)
