"""The Months sheet: each CSM's load in each month with hand-overs and leave, and the absences that need cover."""

from __future__ import annotations

from bookwright.hand_over import PEAK, Schedule
from bookwright.result import Result
from bookwright.tables.write_sheets import Column, Formula, Kind, Look, Mark, Table, Value

_MARKS = (Mark(Look.BAD, above=PEAK + 1e-6), Mark(Look.WARN, above=1.000001))


def months_table(result: Result, schedule: Schedule) -> Table:
    """One row per CSM and month: hours of accounts and hand-overs against the hours there, absences taken off."""
    rows: list[tuple[Value, ...]] = []
    for j, csm in enumerate(result.problem.csms):
        for k, start in enumerate(schedule.starts[:-1]):
            r = len(rows) + 3
            hours, extra = float(schedule.hours[j, k]), float(schedule.hand_over_hours[j, k])
            have = float(schedule.capacity[j, k])
            use = (hours + extra) / have if have > 0 else ""
            over = max(0.0, hours + extra - have)
            live = Formula(f'=IF(F{r}>0,(D{r}+E{r})/F{r},"")', use)
            rows.append((csm.name, csm.id, start, hours, extra, have, live, Formula(f"=MAX(0,D{r}+E{r}-F{r})", over)))
    return Table(
        columns=(
            Column("CSM", key="csm"),
            Column("CSM ID", key="csm_id"),
            Column("Month from", Kind.DATE),
            Column("Hours of accounts", Kind.HOURS, key="hours"),
            Column("Hand-over hours", Kind.HOURS, key="hand_over_hours"),
            Column("Capacity", Kind.HOURS, help="Ramp, start and end dates and absences taken into account."),
            Column("Utilization", Kind.PERCENT, marks=_MARKS),
            Column("Hours short", Kind.HOURS, key="short"),
        ),
        rows=rows,
        filtered=True,
        note=f"Moves count from their planned hand-over; renewals and onboarding in their months. Red: {PEAK:.0%}."
        f" {_proof(schedule)}",
    )


def _proof(schedule: Schedule) -> str:
    """How good the months of the hand-overs are, in a sentence; nothing where there is nothing to choose."""
    if not schedule.hand_overs:
        return ""
    if schedule.over <= 0.05:
        return "No month is over 100 %."
    gap = (schedule.over - schedule.least_over) / schedule.over
    good = "are the best there are" if gap <= 1e-3 else f"are within {gap:.1%} of the best there could be"
    return f"The months of the hand-overs {good} (hours over 100 %; receivers' count ten times, above 120 % twice)."


def cover_table(result: Result, schedule: Schedule) -> Table:
    """Absences within the horizon: they move no account, and need cover."""
    name = result.problem.portfolio.csm_name
    rows = [
        (
            name(c.csm_id),
            c.first,
            c.returns,
            c.hours,
            f"interim cover until {c.returns.isoformat()}" if c.long else "cover needed",
        )
        for c in schedule.cover
    ]
    return Table(
        columns=(
            Column("CSM", key="csm"),
            Column("From", Kind.DATE),
            Column("Back on", Kind.DATE),
            Column("Hours to cover", Kind.HOURS, key="hours"),
            Column("What"),
        ),
        rows=rows,
        title="Cover needed",
        empty="No absences within the horizon.",
    )
