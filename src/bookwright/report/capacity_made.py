"""Sheet Touchpoints made: what each segment really got beside what is planned, and the accounts that got least."""

from __future__ import annotations

from bookwright.capacity import Capacity, Made
from bookwright.report.capacity_formulas import FIRST, touchpoint_lines
from bookwright.tables.write_sheets import GAP_ROWS, Column, Formula, Kind, Look, Mark, Table

SHEET = "Touchpoints made"
_LISTED = 200
_LOW = (Mark(Look.WARN, below=0.8),)


def made_tables(c: Capacity, made: Made) -> tuple[Table, ...]:
    """By segment, by touchpoint, and the accounts that got less than was due, the most ARR x missing share first."""
    first = _by_segment(made)
    second = _by_touchpoint(c, made, first.height + GAP_ROWS)
    return first, second, _accounts(c, made, first.height + second.height + 2 * GAP_ROWS)


def summary(made: Made) -> list[str]:
    """What the log tells, in sentences for the first page."""
    parts = [f"{s.name} {s.on_plan:,} of {s.accounts:,}" for s in made.segments if s.hours_due]
    due, got = sum(s.hours_due for s in made.segments), sum(s.hours_made for s in made.segments)
    said = []
    if parts:
        share = f", {got / due:.0%} of the hours of touchpoints due" if due else ""
        said.append(f"Made in {made.months:.1f} months: all that was due for {', '.join(parts)} accounts{share}.")
    silent = sum(s.nothing for s in made.segments)
    if silent:
        said.append(f"{silent:,} accounts got no touchpoint at all.")
    if made.unknown:
        names = ", ".join(f'"{name}" ({count:,.0f})' for name, count in made.unknown[:5])
        more = f" and {len(made.unknown) - 5} more" if len(made.unknown) > 5 else ""
        said.append(f"Not counted, as no touchpoint of the account's segment has that name: {names}{more}.")
    return said


def _by_segment(made: Made) -> Table:
    rows = []
    for r, s in enumerate(made.segments, FIRST):
        share = s.hours_made / s.hours_due if s.hours_due else ""
        rows.append(
            (
                s.name, s.accounts, s.on_plan,
                Formula(f'=IF(B{r}>0,C{r}/B{r},"")', s.quality if s.quality is not None else ""),
                s.hours_due, s.hours_made, Formula(f'=IF(E{r}>0,F{r}/E{r},"")', share), s.nothing, s.arr_nothing,
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Segment"), Column("Accounts", Kind.WHOLE),
            Column("Got all that was due", Kind.WHOLE, help="Proactive touchpoints of people that recur."),
            Column("Coverage quality", Kind.PERCENT, marks=_LOW, help="Accounts that got all that was due."),
            Column("Hours due", Kind.HOURS, help="In the months of the log."), Column("Hours made of them", Kind.HOURS),
            Column("Made", Kind.PERCENT, marks=_LOW), Column("Got nothing", Kind.WHOLE),
            Column("ARR of those", Kind.MONEY),
        ),
        rows=rows,
        note=f"{made.rows:,} rows of log or counts over {made.months:.1f} months. Hours at the coverage model's hours "
        "each. Not due here: one-time, before renewals, digital, reactive, other roles.",
    )  # fmt: skip


def _by_touchpoint(c: Capacity, made: Made, top: int) -> Table:
    at = {s.name: k for k, s in enumerate(c.segments)}
    sheet = "'Touchpoint hours'!"
    seen: dict[str, list[int]] = {}
    for r, (k, _, cells) in enumerate(touchpoint_lines(c), FIRST):
        if len(seen.setdefault(c.segments[k].name, [])) < _count(c, k):
            seen[c.segments[k].name].append(r)
        assert cells
    rows = []
    for n, line in enumerate(made.lines):
        r, t = top + 3 + n, seen[line.segment][line.place]
        monthly = f'IF({sheet}F{t}="once",{sheet}K{t}/12,IF({sheet}F{t}="month",1,IF({sheet}F{t}="quarter",1/3,1/12)))'
        planned = f"='By segment'!C{FIRST + at[line.segment]}*{sheet}E{t}*{monthly}"
        share = line.share if line.share is not None else ""
        rows.append(
            (
                line.segment, line.name, Formula(planned, line.planned_per_month), line.made, line.months,
                Formula(f"=D{r}/E{r}", line.made_per_month), Formula(f'=IF(C{r}>0,F{r}/C{r},"")', share),
                Formula(f"=(C{r}-F{r})*{sheet}D{t}", (line.planned_per_month - line.made_per_month) * line.hours_each),
                line.accounts,
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Segment"), Column("Touchpoint"), Column("Planned a month", Kind.HOURS),
            Column("Made in the log", Kind.NUMBER), Column("Months", Kind.NUMBER), Column("Made a month", Kind.HOURS),
            Column("Made", Kind.PERCENT, marks=_LOW), Column("Hours a month not made", Kind.HOURS),
            Column("Accounts that got it", Kind.WHOLE),
        ),
        rows=rows, title="By touchpoint",
    )  # fmt: skip


def _count(c: Capacity, k: int) -> int:
    """Touchpoints of a segment, inbound left out."""
    tables = {name.casefold(): table for name, table in c.problem.model.coverage.items()}
    return len(tables[c.problem.segments[k].casefold()].touchpoints)


def _accounts(c: Capacity, made: Made, top: int) -> Table:
    by_id = c.problem.portfolio.account_by_id
    rows = []
    for r, a in enumerate(made.accounts[:_LISTED], top + 4):
        share = Formula(f'=IF(F{r}>0,G{r}/F{r},"")', a.hours_made / a.hours_due if a.hours_due else "")
        missing = Formula(f"=F{r}-G{r}", a.hours_due - a.hours_made)
        name = by_id[a.account_id].name
        rows.append((a.account_id, name, a.segment, a.csm, a.arr, a.hours_due, a.hours_made, share, missing, a.missing))
    more = f" The first {_LISTED} of {len(made.accounts):,}." if len(made.accounts) > _LISTED else ""
    return Table(
        columns=(
            Column("Account ID"), Column("Account"), Column("Segment"), Column("CSM"), Column("ARR", Kind.MONEY),
            Column("Hours due", Kind.HOURS), Column("Hours made", Kind.HOURS), Column("Made", Kind.PERCENT),
            Column("Hours not made", Kind.HOURS), Column("Less than due", width=60),
        ),
        rows=rows, title="Accounts that got less than was due", empty="None.",
        note="The most ARR x missing share of hours first." + more,
    )  # fmt: skip
