"""From a plan's workbook to its store: beside it by name, else by plan id in its folder, else as given."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bookwright import store
from bookwright.findings import InputError, ReviewError, UsageError
from bookwright.tables.returned import read_returned


def store_of(plan: str | Path, given: str | Path | None = None) -> Path:
    """The store of a plan, named by its workbook or by the store itself.

    Raises `UsageError` when there is no such file, `ReviewError` (exit 6) when it has no store.
    """
    place = Path(plan)
    if given is not None:
        store.open_to_read(given).close()
        return Path(given)
    if place.suffix == store.SUFFIX:
        store.open_to_read(place).close()
        return place
    if not place.is_file():
        near = sorted(p.name for p in place.parent.glob(f"*{store.SUFFIX}"))[:5] if place.parent.is_dir() else []
        hint = f" Maybe {' or '.join(near)}." if near else " Maybe `bookwright plan BOOK` first."
        raise UsageError(f"There is no plan {place}.{hint}")
    beside = store.path_for(place)
    if beside.is_file():
        return beside
    plan_id = _plan_id(place)
    for candidate in sorted(place.parent.glob(f"*{store.SUFFIX}")):
        if plan_id and plan_id in _ids(candidate):
            return candidate
    raise ReviewError(
        f"{place.name} has no plan store {beside.name} in its folder. Maybe it was moved: give it with --store."
    )


def _plan_id(workbook: Path) -> str:
    try:
        return read_returned(workbook).properties.get("Bookwright plan", "")
    except InputError:
        return ""


def _ids(path: Path) -> set[str]:
    """The ids of every plan in a store; none for a file that is no store."""
    try:
        with closing(store.open_to_read(path)) as database:
            found = {row[0] for row in database.execute("select value from meta where key = 'plan_id'")}
            tables = {row[0] for row in database.execute("select name from sqlite_master")}
            if "plans" in tables:
                found |= {row[0] for row in database.execute("select plan_id from plans")}
            return found
    except (sqlite3.DatabaseError, ReviewError):
        return set()
