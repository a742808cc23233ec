"""The Months sheet: each CSM's load in each month with hand-overs and leave, and the absences that need cover.

Behind it Hours by month: every account's hours in each month, who has it when, and what its hand-over costs.
"""

from __future__ import annotations

from bookwright.hand_over import PEAK, Schedule, giver_month, monthly_hours
from bookwright.result import Result
from bookwright.tables.write_sheets import (
    GAP_ROWS,
    Column,
    Formula,
    Kind,
    Look,
    Mark,
    Sheet,
    Table,
    Value,
    letters_of,
    quoted,
)
from bookwright.workload import first_of_month, overlap

BEHIND = "Hours by month"
_MARKS = (Mark(Look.BAD, above=PEAK + 1e-6), Mark(Look.WARN, above=1.000001))
_FIRST = 3
"""The row of the first entry on both sheets: a note and headers stand above."""
_CAPACITY = 23
"""The column (from 0) on By CSM of the capacity in the first month."""
_HOURS = 7
"""The column (from 0) on Hours by month of the hours in the first month."""


def months_tables(result: Result, schedule: Schedule, *, capacity: bool = False, hours: bool = False) -> list[Table]:
    """Each CSM's months, how good the months of the hand-overs are, and absences to cover.

    With `capacity`, the workbook has By CSM; with `hours`, Hours by month too: figures are then live from there.
    """
    first = months_table(result, schedule, capacity=capacity, hours=hours)
    proof = [_proof_table(first, schedule)] if schedule.hand_overs and schedule.over > 0.05 else []
    return [first, *proof, cover_table(result, schedule)]


def months_table(result: Result, schedule: Schedule, *, capacity: bool = False, hours: bool = False) -> Table:
    """One row per CSM and month: hours of accounts and hand-overs against the hours there, absences taken off."""
    rows: list[tuple[Value, ...]] = []
    count = len(schedule.starts) - 1
    for j, csm in enumerate(result.problem.csms):
        for k, start in enumerate(schedule.starts[:-1]):
            r = len(rows) + _FIRST
            need, extra = float(schedule.hours[j, k]), float(schedule.hand_over_hours[j, k])
            have, lost = float(schedule.capacity[j, k]), _lost(result, schedule, j, k)
            use = (need + extra) / have if have > 0 else ""
            over = max(0.0, need + extra - have)
            weight = schedule.weights[j] if schedule.weights else 1.0
            far = max(0.0, need + extra - PEAK * have)
            there = Formula(f"=MAX(0,'By CSM'!{letters_of(_CAPACITY + k)}{_FIRST + j}-I{r})", have)
            load: tuple[Value, Value] = need, extra
            if hours:
                load = Formula(_held(result, j, k, count), need), Formula(_handed(result, j, k), extra)
            rows.append(
                (
                    csm.name, csm.id, start, *load, there if capacity else have,
                    Formula(f'=IF(F{r}>0,(D{r}+E{r})/F{r},"")', use), Formula(f"=MAX(0,D{r}+E{r}-F{r})", over), lost,
                    weight, Formula(f"=J{r}*(H{r}+MAX(0,D{r}+E{r}-{PEAK:g}*F{r}))", weight * (over + far)),
                )
            )  # fmt: skip
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
            Column("Hours absent", Kind.HOURS, key="absent", help="Absences sheet, the days that lie in this month."),
            Column("An hour short counts", Kind.WHOLE, key="weight", help="More for those who receive accounts."),
            Column("Hours short, as they count", Kind.HOURS, key="weighed", help="Above 120 % an hour counts twice."),
        ),
        rows=rows,
        filtered=True,
        note=f"Moves count from their planned hand-over; renewals and onboarding in their months. Red: {PEAK:.0%}."
        f" {_proof(schedule)}",
    )


def hours_by_month(result: Result, schedule: Schedule) -> Sheet:
    """Every account's hours in each month, its CSM today and in the plan, and the months of its hand-over."""
    problem, plan = result.problem, result.plan
    count = len(schedule.starts) - 1
    need, who = monthly_hours(problem, count), problem.csm_position
    moved = {m.account_id: m for m in plan.moves}
    rows: list[tuple[Value, ...]] = []
    for i, account in enumerate(problem.accounts):
        new, move, planned = int(plan.csm_of[i]), moved.get(account.id), schedule.hand_overs.get(account.id)
        giver = None if move is None else who.get(move.csm_from or "")
        month = cost = side = None
        if planned is not None:
            month, cost = planned.month + 1, planned.hours
            side = None if giver is None else giver_month(schedule.capacity[giver], planned.month) + 1
        today = None if giver is None else giver + 1
        to = new + 1 if new >= 0 else None
        rows.append((account.id, account.name, today, to, month or 1, cost, side, *map(float, need[i])))
    return Sheet(
        BEHIND,
        tables=(
            Table(
                columns=(
                    Column("Account ID"), Column("Account", width=30),
                    Column("From CSM No.", Kind.WHOLE, help="Who hands it over; blank where it stays."),
                    Column("CSM No.", Kind.WHOLE, help="In the plan: the number on By CSM."),
                    Column("From month", Kind.WHOLE, help="The month of the horizon from which that CSM has it."),
                    Column("Hand-over hours", Kind.POINTS, help="On each side, by segment."),
                    Column("Giver's month", Kind.WHOLE, help="When the giver spends theirs: before they leave."),
                    *(Column(f"Hours in month {k + 1}", Kind.POINTS) for k in range(count)),
                ),
                rows=rows, filtered=True, empty="No account is planned.",
                note="The account's hours a month (Workload), renewal and one-time touchpoints in the days they fall.",
            ),
        ),
        freeze_columns=2,
    )  # fmt: skip


def _cells(result: Result, column: int) -> str:
    letter, last = letters_of(column), _FIRST + max(1, len(result.problem.accounts)) - 1
    return f"{quoted(BEHIND)}!${letter}${_FIRST}:${letter}${last}"


def _held(result: Result, j: int, k: int, months: int) -> str:
    """Hours of the accounts a CSM has in a month: in the plan from their month on, those handed over until then."""
    giver, new, month, hours = (_cells(result, c) for c in (2, 3, 4, _HOURS + k))
    text = f'=SUMIFS({hours},{new},{j + 1},{month},"<={k + 1}")'
    return text + (f'+SUMIFS({hours},{giver},{j + 1},{month},">{k + 1}")' if k < months - 1 else "")


def _handed(result: Result, j: int, k: int) -> str:
    """Hours of a CSM's hand-overs in a month, received and given."""
    giver, new, month, cost, side = (_cells(result, c) for c in (2, 3, 4, 5, 6))
    return f"=SUMIFS({cost},{new},{j + 1},{month},{k + 1})+SUMIFS({cost},{giver},{j + 1},{side},{k + 1})"


def _lost(result: Result, schedule: Schedule, j: int, k: int) -> float:
    """Hours of a CSM's absences that lie in a month of the horizon."""
    csm_id = result.problem.csms[j].id
    begin, end = schedule.starts[k], schedule.starts[k + 1]
    return sum(
        a.hours_lost * overlap(first_of_month(a.month), first_of_month(a.month, 1), begin, end)
        for a in result.problem.portfolio.absences
        if a.csm_id == csm_id
    )


def _proof_table(months: Table, schedule: Schedule) -> Table:
    """How good the months of the hand-overs are: hours short as they count, and what no choice of months goes below."""
    last = _FIRST + len(months.rows) - 1
    # Below the months: the gap, a title and headers.
    r = last + GAP_ROWS + 3
    above = schedule.over - schedule.least_over
    gap = Formula(f"=IF(D{r}>0,(D{r}-D{r + 1})/D{r},0)", above / schedule.over)
    return Table(
        columns=(
            Column("What"), Column("Where it comes from"), Column("Share", Kind.PERCENT), Column("Hours", Kind.HOURS),
        ),
        rows=(
            ("Hours short, as they count", "all rows above", None, Formula(f"=SUM(K{_FIRST}:K{last})", schedule.over)),
            ("The least there can be", "proved, whatever month each hand-over gets", None, schedule.least_over),
            ("Above that by at most", "their difference", gap, Formula(f"=D{r}-D{r + 1}", above)),
        ),
        title="How good the months of the hand-overs are",
    )  # fmt: skip


def _proof(schedule: Schedule) -> str:
    """How good the months of the hand-overs are, in a sentence; nothing where there is nothing to choose."""
    if not schedule.hand_overs:
        return ""
    if schedule.over <= 0.05:
        return "No month is over 100 %."
    gap = (schedule.over - schedule.least_over) / schedule.over
    good = "are the best there are" if gap <= 1e-3 else f"are within {gap:.1%} of the best there could be"
    return f"The months of the hand-overs {good}, see below."


def cover_table(result: Result, schedule: Schedule) -> Table:
    """Absences within the horizon: they move no account, and need cover."""
    name = result.problem.portfolio.csm_name
    rows = [
        (
            name(c.csm_id),
            f"interim cover until {c.returns.isoformat()}" if c.long else "cover needed",
            c.first,
            c.hours,
            c.returns,
        )
        for c in schedule.cover
    ]
    return Table(
        columns=(
            Column("CSM", key="csm"),
            Column("What"),
            Column("From", Kind.DATE),
            Column("Hours to cover", Kind.HOURS, key="hours"),
            Column("Back on", Kind.DATE),
        ),
        rows=rows,
        title="Cover needed",
        empty="No absences within the horizon.",
    )
