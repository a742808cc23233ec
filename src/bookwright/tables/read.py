"""The one door for reading: a workbook, a folder of files or a database in, a portfolio and what is to be said out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from bookwright.findings import Findings, Severity, UsageError
from bookwright.portfolio import Absence, Account, Cell, Csm, Portfolio, SegmentRow, TouchpointRow, Wish
from bookwright.tables.accounts import read_accounts
from bookwright.tables.apply_mapping import apply_mapping, derive_lists
from bookwright.tables.checks import check_accounts
from bookwright.tables.coverage_sheets import read_made, read_segments, read_touchpoints
from bookwright.tables.csms import read_csms
from bookwright.tables.grid import Grid
from bookwright.tables.locate import locate
from bookwright.tables.mapping import ColumnMapping, load_mapping
from bookwright.tables.notes import Notes, show
from bookwright.tables.people import People
from bookwright.tables.segments import map_segments
from bookwright.tables.settings_sheet import read_settings
from bookwright.tables.small import read_absences, read_pairs
from bookwright.tables.sources import sheets_of
from bookwright.tables.sql_source import Sql
from bookwright.tables.systems import adapt
from bookwright.tables.typed import choose_order

Dates = Literal["dmy", "mdy"] | None


def read(
    path: str | Path | Sql,
    *,
    columns: str | Path | Mapping[str, Any] | None = None,
    dates: Dates = None,
    duplicates: Literal["refuse", "sum"] = "refuse",
) -> tuple[Portfolio, Findings]:
    """Read accounts and CSMs: a workbook (.xlsx, .xlsm, .ods, .xls), a .csv or .parquet file, a folder of those, `Sql`.

    `columns` is a column mapping (see `mapping.py`), `dates` says whether 03/04/2026 has the day or the month first
    where a column leaves it open, `duplicates` whether rows with one id and different content are refused or added up.

    What is wrong with cells comes back as findings, errors among them (`findings.stop_on_errors()`); the portfolio
    then holds what could be read. Money stays in each account's own currency (see `convert`). Raises `InputError` for
    a file that cannot be read at all, `UsageError` for a path or option that does not exist.
    """
    return _read(path, columns, dates, duplicates, with_csms=True)


def read_accounts_only(
    path: str | Path | Sql,
    *,
    columns: str | Path | Mapping[str, Any] | None = None,
    dates: Dates = None,
    duplicates: Literal["refuse", "sum"] = "refuse",
) -> tuple[Portfolio, Findings]:
    """As `read`, for a book without a CSMs sheet: owners stay as written (`csm_text`), nothing is said about them."""
    return _read(path, columns, dates, duplicates, with_csms=False)


def _read(
    path: str | Path | Sql,
    columns: str | Path | Mapping[str, Any] | None,
    dates: str | None,
    duplicates: str,
    with_csms: bool,
) -> tuple[Portfolio, Findings]:
    if dates not in (None, "dmy", "mdy"):
        raise UsageError(f"--dates is dmy (day first) or mdy (month first), not {dates!r}.")
    if duplicates not in ("refuse", "sum"):
        raise UsageError(f"--duplicates is refuse or sum, not {duplicates!r}.")
    source = path if isinstance(path, Sql) else Path(path)
    mapping = load_mapping(columns)
    notes = Notes(source.name)
    sheets = sheets_of(source, mapping.files)
    names = [s.name for s in sheets]
    if {"Assignments", "Run"} <= set(names) and "Accounts" not in names and not mapping.of("accounts").sheet:
        notes.add(
            "plan_workbook", Severity.ERROR, "This is a plan that Bookwright wrote, not a book to plan.",
            "Maybe give the workbook it was made from.",
        )  # fmt: skip
        return Portfolio(source=source.name), notes.findings()
    grids = locate(sheets, mapping, notes)
    if "accounts" not in grids:
        _say_no_accounts(names, notes)
        return Portfolio(source=source.name), notes.findings()
    for key, grid in grids.items():
        apply_mapping(grid, mapping.of(key), _at(notes, grid))
    portfolio = _portfolio(grids, mapping, notes, dates, duplicates, with_csms)
    said = Findings()
    if with_csms:
        portfolio, said = map_segments(portfolio, place=(grids["accounts"].file, grids["accounts"].sheet))
    return portfolio.model_copy(update={"source": source.name}), (notes.findings() + said).sorted()


def _at(notes: Notes, grid: Grid) -> Notes:
    return notes.at(grid.file, grid.sheet)


def _portfolio(
    grids: dict[str, Grid], mapping: ColumnMapping, notes: Notes, dates: str | None, duplicates: str, with_csms: bool
) -> Portfolio:
    order = choose_order(list(grids.values()), dates)
    csms: tuple[Csm, ...] = ()
    people: People | None = None
    if with_csms and "csms" in grids:
        csms = read_csms(grids["csms"], _at(notes, grids["csms"]), order, dates)
        people = People(csms)
        if not csms:
            _at(notes, grids["csms"]).add("no_csm_rows", Severity.ERROR, "The CSMs sheet holds no CSMs.")
    elif with_csms:
        notes.add(
            "no_csms", Severity.ERROR, "There is no CSMs sheet: nobody could own an account.",
            "Maybe let one be made from the Current CSM column: bookwright check BOOK --draft-csms FILE.",
        )  # fmt: skip
    grid = grids["accounts"]
    adapt(grid, _at(notes, grid))
    accounts = read_accounts(grid, people, _at(notes, grid), order, dates, duplicates)
    if not accounts and "id" in grid.columns:
        _at(notes, grid).add("no_accounts", Severity.ERROR, "The table holds no accounts.")
    check_accounts(accounts, grid, _at(notes, grid))
    if csms:
        csms = derive_lists(csms, accounts, grids["csms"], mapping.of("csms"), _at(notes, grids["csms"]))
    settings: dict[str, Cell] = {}
    wishes: tuple[Wish, ...] = ()
    absences: tuple[Absence, ...] = ()
    touchpoints: tuple[TouchpointRow, ...] = ()
    segment_rows: tuple[SegmentRow, ...] = ()
    if "touchpoints" in grids:
        touchpoints = read_touchpoints(grids["touchpoints"], _at(notes, grids["touchpoints"]))
    if "segments" in grids:
        segment_rows = read_segments(grids["segments"], accounts, _at(notes, grids["segments"]))
    made = read_made(grids["made"], accounts, _at(notes, grids["made"]), order, dates) if "made" in grids else ()
    if "settings" in grids:
        settings = read_settings(grids["settings"], _at(notes, grids["settings"]), order)
    if people and "pairs" in grids:
        wishes = read_pairs(grids["pairs"], {a.id for a in accounts}, people, _at(notes, grids["pairs"]))
    if people and "absences" in grids:
        absences = read_absences(grids["absences"], people, _at(notes, grids["absences"]), order, dates)
    return Portfolio.model_construct(
        accounts=accounts,
        csms=csms,
        wishes=wishes,
        absences=absences,
        touchpoints=touchpoints,
        segment_rows=segment_rows,
        made=made,
        settings=settings,
        account_columns=tuple(grid.headers),
        currency=_currency(accounts, settings),
    )


def _currency(accounts: tuple[Account, ...], settings: dict[str, Cell]) -> str:
    """The currency all accounts share, else the one set on the Settings sheet, else none."""
    codes = Counter(a.currency for a in accounts if a.currency)
    if len(codes) == 1:
        return next(iter(codes))
    return str(settings.get("currency") or "")


def _say_no_accounts(names: list[str], notes: Notes) -> None:
    listed = ", ".join(show(n) for n in names[:8]) + (", ..." if len(names) > 8 else "")
    notes.add(
        "no_accounts_table", Severity.ERROR, f"No sheet holds accounts (looked at {listed or 'nothing'}).",
        "Maybe the headers have other names: `bookwright check BOOK --write-columns FILE.toml` proposes a mapping.",
    )  # fmt: skip
