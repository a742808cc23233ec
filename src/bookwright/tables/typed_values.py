"""Values of a typed source (Parquet, a database) as raw cells: exact where the source is exact, never guessed."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bookwright.tables.raw import MAX_COLUMNS, Raw, RawSheet

LONGEST_EXACT = 10**15
"""Whole numbers from here on are kept as text: they are exact here, and a float would change their end."""


def as_raw(value: Any) -> Raw:
    """One value as a cell: NaN and NULL blank, exact decimals and long whole numbers kept, lists joined by `; `."""
    if value is None or isinstance(value, bool | str | dt.time | dt.timedelta):
        return value if value != "" else None
    if isinstance(value, int):
        return value if abs(value) < LONGEST_EXACT else str(value)
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, decimal.Decimal):
        if not value.is_finite():
            return None
        return as_raw(int(value)) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)  # the day as its own clock says
    if isinstance(value, dt.date):
        return value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, Iterable):
        return "; ".join(str(v) for v in value if v is not None) or None
    return str(value)


def typed_sheet(file: str, name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> RawSheet:
    """A table of a typed source as a raw sheet: headers as row 1, the first record as row 2."""
    sheet = RawSheet(file, name, is_text=True)
    sheet.rows.append((1, [str(h) for h in headers[:MAX_COLUMNS]]))
    sheet.cut_columns = max(0, len(headers) - MAX_COLUMNS)
    for number, row in enumerate(rows, start=2):
        cells = [as_raw(v) for v in row[:MAX_COLUMNS]]
        if any(c is not None for c in cells):
            sheet.rows.append((number, cells))
    return sheet
