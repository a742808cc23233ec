"""Which sheet holds which table: by the mapping, by the sheet's name, or by its headers."""

from __future__ import annotations

from bookwright.findings import Finding, InputError, Severity
from bookwright.tables.catalogue import TABLES
from bookwright.tables.columns import Table, normal
from bookwright.tables.grid import Grid, make_grid
from bookwright.tables.headers import find_header
from bookwright.tables.mapping import ColumnMapping, TableMapping
from bookwright.tables.notes import Notes, many, show
from bookwright.tables.raw import RawSheet

_SIGNS_OF_CSMS = frozenset(("segments", "contract_hours", "customer_hours", "manager", "max_accounts", "ramp", "email"))


def locate(sheets: list[RawSheet], mapping: ColumnMapping, notes: Notes) -> dict[str, Grid]:
    """The tables of a book as grids, by key; a table that is nowhere is absent.

    A sheet is taken for one table only. Accounts and CSMs are found by their headers where no sheet bears their name;
    the small tables (pairs, absences, settings) by name alone.
    """
    found: dict[str, Grid] = {}
    used: set[int] = set()
    for key, table in TABLES.items():
        part = mapping.of(key)
        sheet = _named(sheets, table, part, mapping, used)
        if sheet is None and key in ("accounts", "csms") and not (part.file or part.sheet):
            sheet = _by_headers(sheets, table, part, used)
        if sheet is None:
            continue
        here = notes.at(sheet.file, sheet.sheet)
        position, score = find_header(sheet, table, part.columns, part.header_row)
        if not sheet.rows or score == 0:
            if key in ("accounts", "csms") or sheet.rows:
                here.add(
                    "no_headers", Severity.ERROR if key in ("accounts", "csms") else Severity.WARNING,
                    f"No row holds the headers of the {table.sheet} sheet." if sheet.rows else "The sheet is empty.",
                    "Maybe the headers have other names: map them by --columns FILE.toml." if sheet.rows else "",
                    )  # fmt: skip
            if not sheet.rows:
                continue
        used.add(id(sheet))
        found[key] = make_grid(sheet, table, position, here, part.columns)
        sheet.rows = []  # 100,000 rows are held once, as columns
    if "accounts" in found:
        _say_others(sheets, found["accounts"], mapping.of("accounts"), used, notes)
    return found


def _say_others(sheets: list[RawSheet], taken: Grid, part: TableMapping, used: set[int], notes: Notes) -> None:
    """Sheets that look as much like accounts as the one that was taken: their accounts would be missed silently."""
    if part.sheet or part.file:
        return
    for sheet in sheets:
        if id(sheet) in used or not sheet.rows:
            continue
        position, score = find_header(sheet, taken.table, part.columns)
        rows = len(sheet.rows) - position - 1
        if rows < 1 or score < len(taken.columns) * _AS_MUCH or score < _TELLING:
            continue
        here = make_grid(
            RawSheet(sheet.file, sheet.name, sheet.rows[: position + 2]), taken.table, position, Notes(), part.columns
        )
        if "id" in here.columns and set(here.columns) & {"csm_text", "arr", "segment"}:
            notes.at(sheet.file, sheet.sheet).add(
                "other_accounts", Severity.WARNING,
                f"This looks like accounts, too ({many(rows, 'row')}), and is not read: "
                f"{show(taken.source.name)} is.",
                "Maybe copy its rows below the others; or take it out of the way.", value=sheet.name,
            )  # fmt: skip


_AS_MUCH, _TELLING = 0.7, 3


def _named(
    sheets: list[RawSheet], table: Table, part: TableMapping, mapping: ColumnMapping, used: set[int]
) -> RawSheet | None:
    """The sheet a mapping names, else the one that bears the table's name, else one of its other names."""
    if part.file or part.sheet:
        hits = [
            s
            for s in sheets
            if (not part.file or s.file == part.file.replace("\\", "/").rsplit("/", 1)[-1])
            and (not part.sheet or normal(s.name) == normal(part.sheet))
        ]
        if not hits:
            there = ", ".join(show(s.name) for s in sheets[:12])
            raise InputError(
                Finding(
                    "mapped_sheet_missing", Severity.ERROR,
                    f"[{table.key}] names the sheet {show(part.sheet)}, which is not there. There are {there}.",
                    file=mapping.source,
                )
            )  # fmt: skip
        return next((s for s in hits if s.rows), hits[0])
    free = [s for s in sheets if id(s) not in used]
    for names in ((table.key, table.sheet), table.aliases):
        keys = {normal(n) for n in names}
        hits = [s for s in free if normal(s.name) in keys]
        if names is table.aliases:
            hits = [s for s in hits if find_header(s, table, part.columns)[1] >= 2]
        if hits:
            return next((s for s in hits if s.visible), hits[0])
    return None


def _by_headers(sheets: list[RawSheet], table: Table, part: TableMapping, used: set[int]) -> RawSheet | None:
    """The visible sheet whose headers name most of the table's columns, at least two of them and a telling one."""
    best: RawSheet | None = None
    best_score = 1
    names = {normal(n) for t in TABLES.values() if t is not table for n in (t.key, t.sheet)}
    for sheet in sheets:
        if id(sheet) in used or not sheet.visible or normal(sheet.name) in names:
            continue
        position, score = find_header(sheet, table, part.columns)
        if score <= best_score:
            continue
        grid = make_grid(
            RawSheet(sheet.file, sheet.name, sheet.rows[: position + 2]), table, position, Notes(), part.columns
        )
        fields = set(grid.columns)
        if table.key == "accounts" and not fields & {"id", "name"}:
            continue
        if table.key == "csms" and not (fields & {"id", "name"} and fields & _SIGNS_OF_CSMS):
            continue
        best, best_score = sheet, score
    return best
