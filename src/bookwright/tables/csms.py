"""The CSMs sheet, row by row, as `Csm`s."""

from __future__ import annotations

from typing import Any

from bookwright.findings import Severity
from bookwright.portfolio import Csm
from bookwright.tables.cells import as_cell
from bookwright.tables.grid import Grid
from bookwright.tables.notes import Notes, many, show
from bookwright.tables.typed import read_column

_ANY = frozenset(("all", "any", "*", "everything", "all segments", "all regions"))
_MEAN_ANY = frozenset(("segments", "regions", "languages", "industries", "products", "time_zones", "pod"))


def read_csms(grid: Grid, notes: Notes, order: str = "mdy", given: str | None = None) -> tuple[Csm, ...]:
    """The CSMs of a table; a blank CSM ID is the name. Says what it assumed, and refuses two CSMs with one id."""
    fields = {f: read_column(grid, f, notes, order, given, stop=f == "id") for f in grid.columns}
    csms: list[Csm] = []
    seen: dict[str, int] = {}
    for i, row in enumerate(grid.rows):
        values: dict[str, Any] = {f: v[i] for f, v in fields.items() if v[i] is not None}
        csm_id, name = values.get("id", ""), values.get("name", "")
        if not csm_id and not name:
            notes.add(
                "csm_without_name", Severity.WARNING, f"Row {row} has neither a CSM nor a CSM ID and is left out.",
                cell=grid.cell("name", i),
            )  # fmt: skip
            continue
        values["id"], values["name"] = csm_id or name, name or csm_id
        for field in _MEAN_ANY & values.keys():
            if any(word.casefold() in _ANY for word in values[field]):
                values[field] = ()
        extra = {h: as_cell(cells[i]) for h, cells in grid.extra.items()}
        csm = Csm.model_construct(**values, extra=extra, row=row)
        if csm.id in seen:
            same = csms[seen[csm.id]].model_copy(update={"row": row}) == csm
            notes.add(
                "duplicate_csm", Severity.WARNING if same else Severity.ERROR,
                f"The CSM {show(csm.id)} stands twice"
                + (" with the same content; one is kept." if same else " with different content."),
                "" if same else "Maybe give each a CSM ID of its own, or put a CSM's segments in one row.",
                cell=grid.cell("id" if "id" in grid.columns else "name", i), value=csm.id, key=str(same),
            )  # fmt: skip
            continue
        if csm.start_date and csm.end_date and csm.end_date < csm.start_date:
            notes.add(
                "dates_reversed", Severity.WARNING, f"{csm.name} ends on {csm.end_date}, before starting.",
                "Maybe the dates are swapped.", cell=grid.cell("end_date", i),
            )  # fmt: skip
        seen[csm.id] = len(csms)
        csms.append(csm)
    _say_blanks(csms, grid, notes)
    return tuple(csms)


def _say_blanks(csms: list[Csm], grid: Grid, notes: Notes) -> None:
    """Blank Segments or Regions mean all; said once for each column."""
    index = {row: i for i, row in enumerate(grid.rows)}
    for field, title, most in (("segments", "Segments", Severity.WARNING), ("regions", "Regions", Severity.NOTE)):
        blank = [c for c in csms if not getattr(c, field)]
        if not blank or (field == "regions" and field not in grid.columns):
            continue
        word = "every segment" if field == "segments" else "every region"
        cells = tuple(grid.cell(field, index[c.row]) for c in blank) if field in grid.columns else ()
        notes.add(
            f"blank_{field}", most,
            f"{many(len(blank), 'CSM')} of {len(csms)} without {title}: taken to cover {word}.",
            cells=cells, count=max(1, len(cells)),
        )  # fmt: skip
