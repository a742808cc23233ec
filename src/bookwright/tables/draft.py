"""A first CSMs sheet, drafted from the accounts' Current CSM column, for people who have none yet."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from bookwright.findings import InputError, UsageError
from bookwright.portfolio import Cell, Portfolio
from bookwright.tables.people import NOBODY, name_key
from bookwright.tables.read import Dates, read_accounts_only
from bookwright.tables.sql_source import Sql
from bookwright.tables.write_file import place

DEFAULT_CONTRACT_HOURS = 150


def draft_csms(
    book: Portfolio | str | Path | Sql,
    *,
    columns: str | Path | Mapping[str, Any] | None = None,
    dates: Dates = None,
    duplicates: Literal["refuse", "sum"] = "refuse",
) -> list[dict[str, Cell]]:
    """Rows of a CSMs sheet (title -> cell) drafted from who owns accounts today, most accounts first.

    Each person gets the segments and regions they hold today (most frequent first) and 150 contract hours a month,
    the default. Takes a portfolio (see `read_accounts_only`) or a path. `InputError` when no column names today's CSM.
    """
    if not isinstance(book, Portfolio):
        book, findings = read_accounts_only(book, columns=columns, dates=dates, duplicates=duplicates)
        findings.stop_on_errors()
    held: dict[str, list[Any]] = {}
    spelled: dict[str, Counter[str]] = {}
    for account in book.accounts:
        name = account.csm_text or book.csm_name(account.csm_id)
        if not name or name.casefold() in NOBODY:
            continue
        held.setdefault(name_key(name), []).append(account)
        spelled.setdefault(name_key(name), Counter())[name] += 1
    if not held:
        raise InputError("No account names today's CSM, so no CSMs sheet can be drafted. Maybe write one by hand.")
    rows: list[dict[str, Cell]] = []
    for key in sorted(held, key=lambda k: (-len(held[k]), k)):
        accounts = held[key]
        rows.append(
            {
                "CSM": spelled[key].most_common(1)[0][0],
                "Segments": _most_held(a.segment for a in accounts if a.planned),
                "Regions": _most_held(a.region for a in accounts if a.planned),
                "Contract hours per month": DEFAULT_CONTRACT_HOURS,
            }
        )
    return rows


def _most_held(values: Any) -> str:
    counts = Counter(v for v in values if v)
    return ", ".join(v for v, _ in sorted(counts.items(), key=lambda p: (-p[1], p[0])))


def write_draft(
    book: Portfolio | str | Path | Sql,
    out: str | Path,
    *,
    columns: str | Path | Mapping[str, Any] | None = None,
    dates: Dates = None,
    duplicates: Literal["refuse", "sum"] = "refuse",
) -> int:
    """Draft a CSMs sheet and write it as a new .xlsx or .csv, to be looked over and put into the book.

    Returns how many CSMs it holds. `UsageError` when `out` is there already (nothing is overwritten) or has another
    ending, `InputError` when the book cannot be read or names no CSM.
    """
    out = Path(out)
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageError(f"{out.name} must end in .xlsx or .csv.")
    if out.exists():
        raise UsageError(f"{out.name} is there already; nothing is overwritten. Maybe choose another name.")
    rows = draft_csms(book, columns=columns, dates=dates, duplicates=duplicates)
    place(out, lambda path: _write_csv(path, rows) if out.suffix.lower() == ".csv" else _write_xlsx(path, rows))
    return len(rows)


def _write_csv(path: Path, rows: list[dict[str, Cell]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows[0])
        writer.writerows([[_safe(value) for value in row.values()] for row in rows])


def _write_xlsx(path: Path, rows: list[dict[str, Cell]]) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("CSMs")
        sheet.write_row(0, 0, list(rows[0]), book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row.values()):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write(number, column, value)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(rows[0]) - 1, 26)


def _safe(value: Cell) -> Cell:
    """A cell that no program runs when it opens the CSV; the apostrophe is taken off again on reading."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
