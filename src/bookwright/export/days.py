"""Days of hand-over from a calendar of waves: kept in the plan's store, so that load files, briefs and status agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from bookwright import store
from bookwright.findings import Findings, Severity
from bookwright.tables.dates import NotADate, parse_date
from bookwright.tables.listing import read_listing

_SCHEMA = """
create table if not exists hand_over_days (
  plan_id text not null, account_id text not null, day text not null, primary key (plan_id, account_id)
);
"""
_HEADERS = {
    "id": ("Account ID",),
    "day": ("Hand over from", "Hand over on", "Hand-over on", "Planned hand-over", "Day"),
}


def read_days(path: str | Path) -> dict[str, dt.date]:
    """Account id -> day, from what `bookwright waves` wrote or any list with Account ID and Hand over on.

    Moves without a day are left out. Raises `InputError` with every cell that is no date.
    """
    listing = read_listing(path, _HEADERS, ("id", "day"))
    found: dict[str, dt.date] = {}
    wrong = []
    for record in listing.records:
        text = record.text("day")
        if not record.text("id") or not text:
            continue
        try:
            found[record.text("id")] = parse_date(text)
        except NotADate:
            message = f"{listing.headers['day']} {text!r} is no date."
            wrong.append(listing.finding("no_date", Severity.ERROR, message, "Maybe 2027-01-31.", record, "day"))
    Findings(tuple(wrong)).stop_on_errors()
    return found


def keep_days(store_path: str | Path, plan_id: str, days: Mapping[str, dt.date]) -> None:
    """Keep the days of a plan in its store, in the place of those kept before."""
    with closing(store.open_to_add(store_path, _SCHEMA)) as database:
        database.execute("begin immediate")
        database.execute("delete from hand_over_days where plan_id = ?", (plan_id,))
        rows = [(plan_id, account, day.isoformat()) for account, day in days.items()]
        database.executemany("insert into hand_over_days values (?, ?, ?)", rows)
        database.execute("commit")


def kept_days(store_path: str | Path, plan_id: str) -> dict[str, dt.date]:
    """Account id -> day, as kept for a plan."""
    with closing(store.open_to_read(store_path)) as database:
        if not database.execute("select 1 from sqlite_master where name = 'hand_over_days'").fetchone():
            return {}
        rows = database.execute("select account_id, day from hand_over_days where plan_id = ?", (plan_id,))
        return {account: dt.date.fromisoformat(day) for account, day in rows}
