"""Touchpoints, Segments and Touchpoints made, row by row; words as people write them ("monthly", "Hi-touch")."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bookwright.findings import Severity
from bookwright.portfolio import Account, MadeRow, SegmentRow, TouchpointRow
from bookwright.tables.columns import normal
from bookwright.tables.columns_accounts import ACCOUNTS
from bookwright.tables.grid import Grid
from bookwright.tables.headers import find_column
from bookwright.tables.notes import Notes, show
from bookwright.tables.typed import read_column

_WORDS = {
    "per": {
        "month": "month monthly m mo",
        "quarter": "quarter quarterly q qtr",
        "year": "year yearly annual annually y yr",
        "once": "once one_time onetime single lifecycle",
    },
    "channel": {
        "human": "human person high_touch hi_touch call meeting csm",
        "digital": "digital tech_touch automated email_campaign in_app one_to_many",
    },
    "activity": {
        "proactive": "proactive engagement",
        "reactive": "reactive support inbound",
        "internal": "internal admin administration",
    },
}
_MEANS = {
    field: {normal(word): name for name, words in of.items() for word in words.split()} for field, of in _WORDS.items()
}


def read_touchpoints(grid: Grid, notes: Notes) -> tuple[TouchpointRow, ...]:
    """The rows of a Touchpoints sheet; unreadable hours and unknown words are errors: they would change every book."""
    fields = {f: read_column(grid, f, notes, stop=True) for f in grid.columns}
    blank = [None] * len(grid)
    rows = []
    for i, row in enumerate(grid.rows):
        values: dict[str, Any] = {f: v[i] for f, v in fields.items() if v[i] is not None}
        if not values.get("segment") or not values.get("name") or fields.get("hours", blank)[i] is None:
            notes.add(
                "bad_touchpoint", Severity.WARNING,
                f"Row {row} of the touchpoints lacks its segment, name or hours; it is left out.",
                cell=grid.cell("segment", i), key="cells",
            )  # fmt: skip
            continue
        for field, means in _MEANS.items():
            if field in values and (word := normal(values[field])):
                if word in means:
                    values[field] = means[word]
                else:
                    notes.add(
                        "bad_touchpoint", Severity.ERROR, f"{grid.header(field)} {show(values[field])} is not known.",
                        f"Maybe one of {', '.join(_WORDS[field])}.", cell=grid.cell(field, i), value=values[field],
                        key=field,
                    )  # fmt: skip
                    values[field] = ""
        rows.append(TouchpointRow(**values, row=row))
    return tuple(rows)


def read_segments(grid: Grid, accounts: tuple[Account, ...], notes: Notes) -> tuple[SegmentRow, ...]:
    """The rows of a Segments sheet; the column that decides is one of ours by any of its names, or the user's own."""
    fields = {f: read_column(grid, f, notes, stop=True) for f in grid.columns}
    own = {normal(h): h for a in accounts[:1] for h in a.extra}
    rows = []
    for i, row in enumerate(grid.rows):
        values: dict[str, Any] = {f: v[i] for f, v in fields.items() if v[i] is not None}
        if not values.get("segment"):
            notes.add(
                "bad_segment", Severity.WARNING, f"Row {row} of the segments names no segment; it is left out.",
                cell=grid.cell("segment", i), key="cells",
            )  # fmt: skip
            continue
        if column := values.get("column"):
            found = find_column(column, ACCOUNTS)
            values["column"] = own.get(normal(column)) or (found[1].field if found else "")
            if not values["column"]:
                notes.add(
                    "bad_segment", Severity.ERROR, f"Accounts has no column {show(column)}.",
                    "Maybe its header is spelled otherwise.", cell=grid.cell("column", i), value=column, key=column,
                )  # fmt: skip
        rows.append(SegmentRow(**values, row=row))
    return tuple(rows)


def read_made(
    grid: Grid, accounts: tuple[Account, ...], notes: Notes, order: str = "mdy", given: str | None = None
) -> tuple[MadeRow, ...]:
    """The rows of a Touchpoints made sheet; those of no account, without a touchpoint or a count are said and left out.

    An account may be named by its id or, where only one bears it, by its name.
    """
    fields = {f: read_column(grid, f, notes, order, given) for f in grid.columns}
    blank = [None] * len(grid)
    ids = {a.id for a in accounts}
    names = Counter(a.name.casefold() for a in accounts if a.name)
    by_name = {a.name.casefold(): a.id for a in accounts if names[a.name.casefold()] == 1}
    rows = []
    for i, row in enumerate(grid.rows):
        account, name, times = (fields.get(f, blank)[i] for f in ("account_id", "name", "times"))
        found = account if account in ids else by_name.get(str(account or "").casefold())
        if found is None or not name or (times is not None and times < 0):
            wrong = f"{show(account)} is no account" if account and found is None else f"Row {row} lacks its account"
            wrong = wrong if found is None else f"Row {row} lacks its touchpoint or counts less than nothing"
            notes.add(
                "bad_made", Severity.WARNING, f"{wrong}; the touchpoint is left out.",
                cell=grid.cell("account_id" if found is None else "name", i),
                key="account" if found is None else "name",
            )  # fmt: skip
            continue
        date, months = fields.get("date", blank)[i], fields.get("months", blank)[i]
        rows.append(
            MadeRow(
                account_id=found, name=name, date=date, times=1.0 if times is None else times,
                months=months if months and months > 0 else None, row=row,
            )
        )  # fmt: skip
    return tuple(rows)
