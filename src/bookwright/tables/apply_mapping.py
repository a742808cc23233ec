"""A column mapping at work on a table: rows kept, constants, words replaced, hours by a column's value."""

from __future__ import annotations

from collections import Counter

from bookwright.findings import Severity
from bookwright.portfolio import Account, Csm
from bookwright.tables.cells import as_text, clean, split_list
from bookwright.tables.columns import normal
from bookwright.tables.grid import Grid, is_blank
from bookwright.tables.mapping import TableMapping
from bookwright.tables.notes import Notes, show
from bookwright.tables.raw import Raw


def _cells(grid: Grid, header: str) -> list[Raw] | None:
    """The cells below a header of the user's, read by us or not."""
    for text, field in grid.headers:
        if normal(text) == normal(header):
            return grid.columns[field] if field else grid.extra[text]
    return grid.columns.get(header)


def apply_mapping(grid: Grid, part: TableMapping, notes: Notes) -> None:
    """Change a grid as its mapping says: filter first, then constants, values and hours."""
    for header, wanted in part.filter.items():
        cells = _cells(grid, header)
        if cells is None:
            notes.add("mapping_filter", Severity.ERROR, f"The mapping filters by {show(header)}, which is no header.")
            continue
        words = {clean(w).casefold() for w in wanted}
        kept = [i for i, c in enumerate(cells) if clean(as_text(c)).casefold() in words]
        notes.add(
            "filtered", Severity.NOTE,
            f"{len(kept)} of {len(cells)} rows are kept: {header} is {' or '.join(wanted)}.", key=header,
        )  # fmt: skip
        grid.keep(kept)
    for field, value in part.constants.items():
        old = grid.columns.get(field)
        grid.columns[field] = [value if old is None or is_blank(old[i]) else old[i] for i in range(len(grid))]
    for field, pairs in part.values.items():
        cells = grid.columns.get(field)
        if cells is not None:
            known = {clean(k).casefold(): v for k, v in pairs.items()}
            grid.columns[field] = [known.get(clean(as_text(c)).casefold(), c) for c in cells]
    if part.hours_by:
        header, hours = part.hours_by
        cells = _cells(grid, header)
        if cells is None:
            notes.add(
                "mapping_hours",
                Severity.ERROR,
                f"The mapping takes hours by {show(header)}, which is no header.",
            )
            return
        by_word = {clean(k).casefold(): v for k, v in hours.items()}
        old = grid.columns.get("hours", [None] * len(grid))
        grid.columns["hours"] = [
            by_word.get(clean(as_text(c)).casefold()) if is_blank(o) else o for c, o in zip(cells, old, strict=True)
        ]


def derive_lists(
    csms: tuple[Csm, ...], accounts: tuple[Account, ...], grid: Grid, part: TableMapping, notes: Notes
) -> tuple[Csm, ...]:
    """Fill CSM lists from the accounts they hold today, most frequent value first; else from the named column."""
    if not part.lists:
        return csms
    rows = {row: i for i, row in enumerate(grid.rows)}
    made = list(csms)
    for field, source in part.lists.items():
        held: dict[str, Counter[str]] = {}
        for account in accounts:
            value = str(account.value(source.from_accounts) or "")
            if account.csm_id and value:
                held.setdefault(account.csm_id, Counter())[value] += 1
        fallback = _cells(grid, source.otherwise) if source.otherwise else None
        empty = []
        for k, csm in enumerate(made):
            values = tuple(v for v, _ in sorted(held.get(csm.id, Counter()).items(), key=lambda p: (-p[1], p[0])))
            if not values and fallback is not None and csm.row in rows:
                values = split_list(as_text(fallback[rows[csm.row]]))
            if not values:
                empty.append(csm.name)
            made[k] = csm.model_copy(update={field: values})
        title = grid.table.column(field).title
        tail = f" {', '.join(empty[:5])} hold none: any." if empty else ""
        notes.add(
            "derived_list", Severity.NOTE, f"{title} of the CSMs are those of the accounts they hold today.{tail}",
            key=field,
        )  # fmt: skip
    return tuple(made)
