"""Capacity month by month as formulas: a CSM's ramp from the steps that count, and the days there."""

from __future__ import annotations

import datetime as dt

from bookwright.capacity import Capacity
from bookwright.report.capacity_formulas import FIRST
from bookwright.tables.write_sheets import GAP_ROWS, Column, Formula, Kind, Table, Value, letters_of
from bookwright.workload import month_starts

_EXCEL = dt.date(1899, 12, 30)
"""Day 0 of spreadsheets."""
_MODEL = "planning model"
_STEPS = 3
"""The column (from 0) of the first step."""


def ramps_table(c: Capacity) -> Table:
    """The steps of every ramp that counts: the planning model's, and those of CSMs who have their own."""
    rows: list[tuple[Value, ...]] = []
    listed = _ramps(c)
    for j, ramp in listed:
        percents = [p / 100 for p in ramp]
        if j is None:
            everybody = "Everybody else" if len(listed) > 1 else "Everybody"
            rows.append((None, everybody, f"{_MODEL} {c.problem.model.name}", *percents))
        else:
            rows.append((j + 1, c.problem.csms[j].name, "CSMs sheet", *percents))
    most = max((len(row) for row in rows), default=_STEPS + 1) - _STEPS
    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("Ramp of"), Column("From"),
            *(Column(f"Month {k + 1}", Kind.PERCENT) for k in range(most)),
        ),
        rows=[(*row, *[None] * (_STEPS + most - len(row))) for row in rows],
        title="Ramps", empty="No ramps: everybody is fully productive from the first day.",
        note="Percent of full productivity in each month from the start date; without one, nobody ramps.",
    )  # fmt: skip


def horizon_table(c: Capacity) -> Table:
    """The months of the horizon: a row per month, and one for the day after it."""
    months = c.problem.model.horizon.months
    starts = month_starts(c.problem.effective_date, months)
    rows: list[tuple[Value, ...]] = []
    for k, start in enumerate(starts):
        day = Formula(f"=EDATE(Assumptions!$B$3,{k})", (start - _EXCEL).days)
        rows.append((k + 1 if k < months else None, f"Month {k + 1}" if k < months else "After the horizon", day))
    return Table((Column("Month", Kind.WHOLE), Column("What"), Column("From", Kind.DATE)), rows, title="Months")


def ramp_text(c: Capacity, j: int, month: int) -> str:
    """The formula, without its sign, of a CSM's ramp in a month of the horizon: as `workload.ramp_share` counts.

    It reads the start date (U), the percent now (W), the ramps and the months below the CSMs. "1" without a ramp; ""
    where steps that fall leave no formula.
    """
    csm = c.problem.csms[j]
    steps = _steps_of(c, j)
    if steps is None or (csm.start_date is None and not csm.ramp and csm.ramp_now is None):
        return "1"
    here, last, count = steps
    r, when, first = FIRST + j, month_cell(c, month), month_cell(c, 0)
    if csm.ramp_now is not None and (not csm.ramp or csm.start_date is None):
        ramp = csm.ramp or c.problem.model.capacity.ramp_percent_per_month
        if list(ramp) != sorted(ramp):
            return ""
        if month == 0:
            return f"$W{r}"
        passed, later = f'DATEDIF({first},{when},"m")', f"SUMPRODUCT(--({here}>$W{r}+1E-9))"
        more = f"IF({passed}<={later},SMALL({here},{count}-{later}+{passed}),MAX($W{r},{last}))"
        return f"IF({passed}=0,$W{r},{more})"
    begin = f"$U{r}" if csm.start_date is not None else first
    passed = f'DATEDIF(MIN({begin},{when}),{when},"m")'
    return f"IF({passed}<{count},INDEX({here},1,MIN({count},{passed}+1)),{last if csm.ramp else 1})"


def days_text(c: Capacity, r: int, month: int) -> str:
    """The formula, without its sign, of the share of a month's days between start (U) and end date (V) of a CSM."""
    begin, after = month_cell(c, month), month_cell(c, month + 1)
    return f'MAX(0,MIN({after},IF($V{r}="",{after},$V{r}+1))-MAX({begin},$U{r}))/({after}-{begin})'


def _below(c: Capacity) -> int:
    """The row of the first ramp: below the CSMs, the gap, and the title, note and headers of the ramps."""
    return FIRST + len(c.csms) + GAP_ROWS + 3


def month_cell(c: Capacity, month: int) -> str:
    """The cell of the first day of a month of the horizon: below the ramps, the gap, a title and headers."""
    return f"$C${_below(c) + max(1, len(_ramps(c))) + GAP_ROWS + 2 + month}"


def _ramps(c: Capacity) -> list[tuple[int | None, tuple[float, ...]]]:
    """CSM positions (None = the planning model) and their steps, in the order of the table."""
    found: list[tuple[int | None, tuple[float, ...]]] = []
    if c.problem.model.capacity.ramp_percent_per_month:
        found.append((None, c.problem.model.capacity.ramp_percent_per_month))
    return found + [(j, csm.ramp) for j, csm in enumerate(c.problem.csms) if csm.ramp]


def _steps_of(c: Capacity, j: int) -> tuple[str, str, int] | None:
    """The steps that count for a CSM as cells, the last of them, and how many they are; None without any."""
    wanted = j if c.problem.csms[j].ramp else None
    for row, (who, ramp) in enumerate(_ramps(c), _below(c)):
        if who == wanted:
            last = f"${letters_of(_STEPS + len(ramp) - 1)}${row}"
            return f"${letters_of(_STEPS)}${row}:{last}", last, len(ramp)
    return None
