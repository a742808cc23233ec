"""Sheets Touchpoint hours and Workload: from touchpoints to the hours of every account, as live formulas."""

from __future__ import annotations

from typing import Any

from bookwright.capacity import Capacity
from bookwright.capacity.analysis import ACTIVITIES, WHOLE
from bookwright.coverage_model import MONTHS_PER, SegmentCoverage
from bookwright.report.capacity_formulas import (
    FIRST,
    OUTCOMES,
    cells_of,
    outcome_letters,
    outcome_value,
    per_month_text,
    touchpoint_lines,
    workload_cells,
)
from bookwright.report.capacity_ramp import month_cell
from bookwright.tables.write_sheets import Column, Formula, Kind, Table, Value
from bookwright.workload.touchpoints import ORIGINS, in_stage


def touchpoints_table(c: Capacity) -> Table:
    """Every touchpoint of every segment: hours each x times, and who it counts for."""
    rows, count = [], len(touchpoint_lines(c))
    segment_of, broken = workload_cells(c, "CS")
    numbers, per_account = (cells_of("Touchpoint hours", letter, count) for letter in "AL")
    hours_of = {name.casefold(): t for name, t in c.problem.model.coverage.items()}
    of_all = [sum(p.hours for p in c.parts if p.segment == s.name and p.name != WHOLE) for s in c.segments]
    for r, (k, segment, given) in enumerate(touchpoint_lines(c), FIRST):
        cells: tuple[Any, ...] = given
        total = hours_of[segment.casefold()].total_hours
        each, times, per, counts, share = cells[1], cells[2], cells[3], cells[7], cells[8]
        value = float(each) * float(times) * int(counts)
        value = value * float(share or 0) / 12 if per == "once" else value / MONTHS_PER[str(per)]
        text = f"=J{r}*D{r}*E{r}*{per_month_text(r)}"
        mine = value / total if total else 0.0
        rows.append(
            (
                k + 1, segment, *cells[:9], Formula(text, value), *cells[9:11],
                Formula(f"=IF(L{r}>0,L{r}/SUMIFS({per_account},{numbers},A{r}),0)", mine),
                Formula(f"=O{r}*SUMIFS({broken},{segment_of},A{r})", mine * of_all[k]),
                Formula(f"=P{r}*M{r}", mine * of_all[k] * float(cells[9])), cells[11],
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("No.", Kind.WHOLE, help="The segment's number."), Column("Segment"), Column("Touchpoint", width=34),
            Column("Hours each", Kind.NUMBER), Column("Times", Kind.NUMBER), Column("Per"), Column("Channel"),
            Column("Activity"), Column("Owner role"), Column("Counts", Kind.WHOLE, help="1 = costs hours of the CSM."),
            Column("New accounts a year", Kind.PERCENT, help="One-time touchpoints are smoothed by this / 12."),
            Column("Hours per account and month", Kind.POINTS), Column("Automatable", Kind.PERCENT),
            Column("Where it comes from", width=76),
            Column("Share of the segment", Kind.PERCENT, help="Of the hours an account of the segment takes."),
            Column("Hours of all accounts", Kind.HOURS, help="Hours of accounts split in the table's proportions."),
            Column("Hours tooling could save", Kind.HOURS),
            Column("Before renewals", Kind.WHOLE, help="1 = falls into the months before the renewal date."),
        ),
        rows=rows,
        note="Hours each x times in a month; one-time ones x new accounts a year / 12.",
        empty="The planning model has no coverage tables for these segments.",
    )  # fmt: skip


def workload_table(c: Capacity) -> Table:
    """Every account: from touchpoints and factors to its hours, and what of them fits its book."""
    problem, lines = c.problem, len(touchpoint_lines(c))
    touch = cells_of("Touchpoint hours", "L", lines), cells_of("Touchpoint hours", "A", lines)
    smoothed = problem.model.workload.one_time == "smoothed"
    shares, classes, per = (cells_of("Touchpoint hours", letter, lines) for letter in "OHF")
    recurring = "" if smoothed else f',{per},"<>once"'
    hours_of = {p.casefold(): t for p, t in problem.model.coverage.items()}
    by_class, outcomes = _classes(c), outcome_letters(c)
    rows_of: dict[int, list[int]] = {}
    for r, (k, _, _) in enumerate(touchpoint_lines(c), FIRST):
        rows_of.setdefault(k, []).append(r)
    rows = []
    for i, account in enumerate(problem.accounts):
        r, s, j = FIRST + i, c.steps[i], int(c.plan.csm_of[i])
        table = hours_of.get(account.segment.casefold())
        base = 0.0 if table is None else table.total_hours
        if table is not None and not smoothed:
            base -= sum(table.hours_per_month(t) for t in table.touchpoints if t.once)
        own = s.own if s.origin == "cell" else None
        one_time: Value = 0.0
        if (
            not smoothed
            and table is not None
            and (live := _one_time(c, i, table, rows_of.get(int(problem.segment[i]), [])))
        ):
            one_time = Formula(live, s.touchpoints + s.inbound - base)
        flat = s.hours if s.origin in ("segment", "fallback") else None
        share = c.csms[j].served_share if j >= 0 else 0.0
        split = s.hours if s.origin in ("cell", "touchpoints") and table is not None and table.total_hours > 0 else 0.0
        rows.append(
            (
                account.id, account.name, int(problem.segment[i]) + 1, account.segment,
                j + 1 if j >= 0 else None, problem.csms[j].name if j >= 0 else "", account.arr,
                Formula(f"=SUMIFS({touch[0]},{touch[1]},C{r}{recurring})" if lines else "=0", base), one_time,
                ", ".join(f"{f.column} {f.value} x {f.factor:g}" for f in s.factors),
                Formula("=" + "*".join(repr(f.factor) for f in s.factors), s.factor) if s.factors else 1.0,
                Formula(f"=(H{r}+I{r})*K{r}", s.by_coverage or 0.0), own, flat,
                Formula(f'=IF(M{r}<>"",M{r},IF(N{r}<>"",N{r},L{r}))', s.hours), ORIGINS[s.origin],
                Formula(f'=IF(E{r}="",0,O{r}*INDEX({cells_of("By CSM", "P", len(c.csms))},E{r}))', s.hours * share),
                Formula(f"=IF(O{r}>0,G{r}*(1-Q{r}/O{r}),0)", account.arr * (1 - share) if s.hours else 0.0),
                Formula(f'=IF(AND(N{r}="",SUMIFS({touch[0]},{touch[1]},C{r})>0),O{r},0)' if lines else "=0", split),
                *(
                    Formula(
                        f'=S{r}*SUMIFS({shares},{touch[1]},C{r},{classes},"{word}")' if lines else "=0",
                        split * by_class.get((int(problem.segment[i]), word), 0.0),
                    )
                    for word in ACTIVITIES[:3]
                ),
                Formula(f"=O{r}-S{r}", s.hours - split), *(outcome_value(account, which) for which in outcomes),
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Account ID"), Column("Account", width=30), Column("Segment No.", Kind.WHOLE), Column("Segment"),
            Column("CSM No.", Kind.WHOLE), Column("CSM"), Column("ARR", Kind.MONEY),
            Column("Touchpoints and inbound", Kind.POINTS, help="Sum of the segment's rows on Touchpoint hours."),
            Column("One-time in the last month", Kind.POINTS,
                   help="Where one-time touchpoints are counted in their months: the part in the last month."),
            Column("Multipliers", width=30),
            Column("Factor", Kind.POINTS), Column("By the coverage model", Kind.POINTS),
            Column("Own cell", Kind.POINTS, help="Hours per month on Accounts; wins."),
            Column("Flat", Kind.POINTS, help="Hours of the segment or the fallback, where no touchpoints count."),
            Column("Hours a month", Kind.POINTS), Column("Where it comes from", width=34),
            Column("Hours that fit", Kind.POINTS, help="x the share of the CSM's book that fits their hours."),
            Column("ARR not served", Kind.MONEY),
            Column("Split by touchpoint", Kind.POINTS, help="Hours split in the proportions of Touchpoint hours."),
            *(Column(a.capitalize(), Kind.POINTS, help="By the class of its touchpoints.") for a in ACTIVITIES),
            *(Column(OUTCOMES[which], Kind.POINTS, help="As the account has it.") for which in outcomes),
        ),
        rows=rows, filtered=True,
        note="Own cell, else flat hours where they count, else (touchpoints + one-time) x factor.",
    )  # fmt: skip


def lean_workload_table(c: Capacity) -> Table:
    """Every account of a large plan: its hours as a number with their origin, and what of them fits its book."""
    problem, share_at, outcomes = c.problem, cells_of("By CSM", "P", len(c.csms)), outcome_letters(c, lean=True)
    rows: list[tuple[Value, ...]] = []
    for i, account in enumerate(problem.accounts):
        r, s, j = FIRST + i, c.steps[i], int(c.plan.csm_of[i])
        share = c.csms[j].served_share if j >= 0 else 0.0
        fits = Formula(f"=E{r}*INDEX({share_at},C{r})", s.hours * share) if j >= 0 else 0.0
        lost = Formula(f"=IF(E{r}>0,D{r}*(1-G{r}/E{r}),0)", account.arr * (1 - share) if s.hours else 0.0)
        who = account.id, int(problem.segment[i]) + 1, j + 1 if j >= 0 else None
        known = (outcome_value(account, which) for which in outcomes)
        rows.append((*who, account.arr, s.hours, ORIGINS[s.origin], fits, lost, *known))
    return Table(
        columns=(
            Column("Account ID"), Column("Segment No.", Kind.WHOLE), Column("CSM No.", Kind.WHOLE),
            Column("ARR", Kind.MONEY), Column("Hours a month", Kind.POINTS), Column("Where it comes from", width=34),
            Column("Hours that fit", Kind.POINTS, help="x the share of the CSM's book that fits their hours."),
            Column("ARR not served", Kind.MONEY),
            *(Column(OUTCOMES[which], Kind.POINTS, help="As the account has it.") for which in outcomes),
        ),
        rows=rows, filtered=True,
        note="Hours with their origin; how they come about, step by step: bookwright capacity BOOK -o FILE.",
    )  # fmt: skip


def _one_time(c: Capacity, i: int, table: SegmentCoverage, at: list[int]) -> str:
    """The part of an account's one-time touchpoints that lies in the last month, as a formula; "" for none."""
    problem, account, found = c.problem, c.problem.accounts[i], []
    horizon = problem.model.horizon.months
    begin, after = (f"'By CSM'!{month_cell(c, k)}" for k in (horizon - 1, horizon))
    since = account.csm_since
    first = f"DATE({since.year},{since.month},{since.day})" if since else "Assumptions!$B$3"
    for r, t in zip(at, table.touchpoints, strict=False):
        if t.once and t.by_csm and in_stage(t, account):
            last, sheet = f"EDATE({first},{t.months})", "'Touchpoint hours'!"
            days = f"MAX(0,MIN({last},{after})-MAX({first},{begin}))/({last}-{first})"
            found.append(f"{sheet}D{r}*{sheet}E{r}*{days}")
    return "=" + "+".join(found) if found else ""


def _classes(c: Capacity) -> dict[tuple[int, str], float]:
    """Share of a segment's hours by class of activity, by segment position and class."""
    found: dict[tuple[int, str], float] = {}
    at = {s.name: k for k, s in enumerate(c.segments)}
    tables = {name.casefold(): table for name, table in c.problem.model.coverage.items()}
    for p in c.parts:
        if p.name != WHOLE:
            key = at[p.segment], p.activity
            total = tables[c.problem.segments[key[0]].casefold()].total_hours
            found[key] = found.get(key, 0.0) + p.per_account / total
    return found
