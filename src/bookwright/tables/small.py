"""The Pairs and Absences sheets: wishes about accounts, and hours that CSMs lose."""

from __future__ import annotations

from collections.abc import Collection

from bookwright.findings import Severity
from bookwright.portfolio import Absence, Wish, WishKind
from bookwright.tables.grid import Grid
from bookwright.tables.notes import Notes, show
from bookwright.tables.people import People
from bookwright.tables.typed import read_column


def read_pairs(grid: Grid, account_ids: Collection[str], people: People, notes: Notes) -> tuple[Wish, ...]:
    """The wishes of a Pairs sheet; a row that names no known account or CSM is said and left out."""
    fields = {f: read_column(grid, f, notes) for f in grid.columns}
    blank = [None] * len(grid)
    wishes: list[Wish] = []
    for i, row in enumerate(grid.rows):
        kind, account, other = (fields.get(f, blank)[i] for f in ("kind", "account_id", "other"))
        about_csm = kind in (WishKind.NEVER, WishKind.PREFER)
        target = people.find(other) if about_csm and other else other
        wrong = ""
        if kind is None or not account or not other:
            wrong, at = f"Row {row} of the pairs lacks its kind, account or other", "account_id"
        elif account not in account_ids:
            wrong, at = f"{show(account)} is no Account ID", "account_id"
        elif about_csm and target is None:
            wrong, at = f"{show(other)} is no CSM", "other"
        elif not about_csm and target not in account_ids:
            wrong, at = f"{show(other)} is no Account ID", "other"
        elif target == account:
            wrong, at = f"{show(account)} is paired with itself", "other"
        if wrong:
            near = people.near(other) if about_csm and other and target is None else ""
            notes.add(
                "bad_pair", Severity.WARNING, f"{wrong}; the row is left out.", f"Maybe {show(near)}?" if near else "",
                cell=grid.cell(at, i), key=wrong.split('"')[-1],
            )  # fmt: skip
            continue
        note = fields.get("note", blank)[i] or ""
        wishes.append(Wish(kind=kind, account_id=account, other=str(target), note=note, row=row))
    return tuple(wishes)


def read_absences(
    grid: Grid, people: People, notes: Notes, order: str = "mdy", given: str | None = None
) -> tuple[Absence, ...]:
    """The absences of a sheet; rows without a known CSM, a month or hours are said and left out."""
    fields = {f: read_column(grid, f, notes, order, given, stop=f == "hours_lost") for f in grid.columns}
    blank = [None] * len(grid)
    absences: list[Absence] = []
    for i, row in enumerate(grid.rows):
        csm, month, hours = (fields.get(f, blank)[i] for f in ("csm", "month", "hours_lost"))
        found = people.find(csm) if csm else None
        if found is None:
            near = people.near(csm) if csm else ""
            notes.add(
                "bad_absence", Severity.WARNING, f"{show(csm or '')} is no CSM; the absence is left out.",
                f"Maybe {show(near)}?" if near else "", cell=grid.cell("csm", i),
                key="csm",
            )  # fmt: skip
        elif month is None or hours is None:
            notes.add(
                "bad_absence", Severity.WARNING, f"Row {row} of the absences lacks its month or hours; it is left out.",
                cell=grid.cell("month", i), key="cells",
            )  # fmt: skip
        else:
            absences.append(Absence(csm_id=found, month=month, hours_lost=hours, row=row))
    return tuple(absences)
