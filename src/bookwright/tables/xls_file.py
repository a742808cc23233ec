"""Excel 97-2003 workbooks (.xls) as raw sheets, each cell by the type and format the file gives it."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from bookwright.findings import InputError
from bookwright.tables.raw import MAX_COLUMNS, Broken, Raw, RawSheet, as_seen, refuse
from bookwright.tables.zip_file import check_size, damaged


def read_xls(path: Path) -> list[RawSheet]:
    """All worksheets of an .xls workbook, raw; `InputError` when it is too big, encrypted or damaged.

    Such a file stores every number as a float and says by the cell's format which of them are dates.
    """
    check_size(path)
    import xlrd  # only those who have such a file wait for it

    try:
        with open(os.devnull, "w") as nowhere:
            book = xlrd.open_workbook(str(path), formatting_info=True, on_demand=True, logfile=nowhere)
            with book:
                return [_sheet(book, k, path) for k in range(book.nsheets)]
    except InputError:
        raise
    except MemoryError as error:
        raise refuse(path, "too_big", "The workbook is too large for this machine's memory.") from error
    except Exception as error:  # xlrd raises a dozen kinds on damaged files
        if "encrypted" in str(error).lower():
            raise refuse(
                path, "encrypted_file", "The workbook is protected by a password.",
                "Maybe open it in Excel and save a copy without the password (File, Info, Protect Workbook).",
            ) from error  # fmt: skip
        raise damaged(path, error) from error


def _sheet(book: Any, position: int, path: Path) -> RawSheet:
    page = book.sheet_by_index(position)
    sheet = RawSheet(path.name, page.name, visible=page.visibility == 0, date1904=book.datemode == 1)
    for r in range(page.nrows):
        cells = [_value(cell, book) for cell in page.row(r)[:MAX_COLUMNS]]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            sheet.rows.append((r + 1, cells))
            info = page.rowinfo_map.get(r)
            sheet.hidden_rows += bool(info is not None and info.hidden)
    sheet.merged = tuple((top + 1, left + 1, bottom, right) for top, bottom, left, right in page.merged_cells)
    book.unload_sheet(position)
    return sheet


def _value(cell: Any, book: Any) -> Raw:
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) or cell.value == "":
        return None
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        number = float(cell.value)
        whole = int(number) if number.is_integer() and abs(number) < 1e15 else number
        shape = book.format_map.get(book.xf_list[cell.xf_index].format_key) if cell.xf_index is not None else None
        return whole if shape is None else as_seen(whole, shape.format_str)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _date(float(cell.value), book.datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return Broken(xlrd.error_text_from_code.get(cell.value, "#N/A"), "error in the cell")
    return str(cell.value)


def _date(serial: float, datemode: int) -> Raw:
    """A number in a date format as a date, below one day as a time; as a number where no calendar reaches."""
    from xlrd.xldate import XLDateError, xldate_as_datetime

    if 0 <= serial < 1:
        return (dt.datetime(2000, 1, 1) + dt.timedelta(days=serial)).time()
    try:
        when: dt.datetime = xldate_as_datetime(serial, datemode)
    except (XLDateError, OverflowError, ValueError):
        return serial
    return when
