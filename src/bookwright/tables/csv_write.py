"""CSV files for other systems: every value exactly as it is, or, for people, so that no program runs a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from bookwright.tables.write_file import place_text

_RUNS = ("=", "+", "-", "@", "\t")


def csv_text(headers: Sequence[str], rows: Iterable[Sequence[str]], *, for_people: bool = False) -> str:
    """Rows as CSV text: commas, quotation marks where needed, line feeds, no mark at the start.

    Another system takes each value as it stands, so nothing is added. `for_people` puts an apostrophe before what a
    spreadsheet would run; our own reader takes it off again.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    for row in rows:
        writer.writerow([f"'{v}" if for_people and v.startswith(_RUNS) else v for v in row])
    return text.getvalue()


def write_csv(
    path: str | Path, headers: Sequence[str], rows: Iterable[Sequence[str]], *, for_people: bool = False
) -> Path:
    """Write a CSV file in UTF-8, whole or not at all; returns where it went."""
    return place_text(path, csv_text(headers, rows, for_people=for_people))
