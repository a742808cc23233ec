"""Sheets By CSM, Hours by segment and Time: what people have, what their books take, and what for."""

from __future__ import annotations

from bookwright.capacity import Capacity
from bookwright.capacity.analysis import ACTIVITIES, usual_hours
from bookwright.report.books import OVER
from bookwright.report.capacity_formulas import CONTRACT, FIRST, INTERNAL, workload_cells
from bookwright.report.capacity_ramp import days_text, horizon_table, ramp_text, ramps_table
from bookwright.tables.write_sheets import Column, Formula, Kind, Table, Value, letters_of
from bookwright.workload import month_starts, ramp_share, share_there


def by_csm_tables(c: Capacity, *, lean: bool = False) -> tuple[Table, ...]:
    """Every CSM: from contract hours to capacity, step by step; the book and its utilization; the ramps that count."""
    return _people(c, lean), ramps_table(c), horizon_table(c)


def _people(c: Capacity, lean: bool) -> Table:
    problem, model = c.problem, c.problem.model
    number, hours, arr = workload_cells(c, "EOG", lean=lean)
    rows = []
    starts = month_starts(problem.effective_date, model.horizon.months)
    last = model.horizon.months - 1
    for j, (csm, case) in enumerate(zip(problem.csms, c.csms, strict=True)):
        r = FIRST + j
        contract: Value = csm.contract_hours
        if contract is None:
            contract = Formula(f"={CONTRACT}", model.capacity.contract_hours_per_month)
        share: Value = csm.internal_share
        if share is None:
            share = Formula(f"={INTERNAL}", model.capacity.internal_share_percent / 100)
        there = share_there(csm, starts[-2], starts[-1])
        full = f'=MAX(0,IF(D{r}<>"",D{r},E{r}*(1-F{r})-G{r}))*H{r}'
        ramp = ramp_share(csm, starts[-2], problem.effective_date, model)
        ramps = [ramp_text(c, j, k) for k in range(last + 1)]
        rows.append(
            (
                j + 1, csm.name, csm.kind.value, csm.customer_hours, contract, share, csm.reserved_hours,
                csm.productivity, Formula(full, case.full),
                Formula(f"={ramps[-1]}", ramp) if len(ramps[-1]) > 1 else ramp,
                Formula(f"={days_text(c, r, last)}", there), Formula(f"=I{r}*J{r}*K{r}", case.capacity),
                Formula(f"=COUNTIFS({number},A{r})", case.accounts),
                Formula(f"=SUMIFS({hours},{number},A{r})", case.hours),
                Formula(f'=IF(L{r}>0,N{r}/L{r},"")', case.utilization if case.utilization is not None else ""),
                Formula(f"=IF(N{r}>0,MIN(1,L{r}/N{r}),1)", case.served_share),
                Formula(f"=MAX(0,N{r}-L{r})", max(0.0, case.hours - case.capacity)),
                Formula(f"=SUMIFS({arr},{number},A{r})", case.arr), csm.cost_per_month,
                Formula(f'=IF(D{r}<>"",D{r},E{r}*(1-F{r}))', usual_hours(csm, model)), csm.start_date, csm.end_date,
                None if csm.ramp_now is None else csm.ramp_now / 100,
                *(_month(c, r, k, text, float(problem.capacity_months[j, k])) for k, text in enumerate(ramps)),
            )
        )  # fmt: skip
    months = tuple(Column(f"Capacity in month {k + 1}", Kind.HOURS) for k in range(model.horizon.months))
    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("CSM"), Column("Kind"),
            Column("Customer hours given", Kind.HOURS, help="Wins over contract hours."),
            Column("Contract hours", Kind.HOURS), Column("Internal share", Kind.PERCENT),
            Column("Reserved hours", Kind.HOURS), Column("Productivity", Kind.POINTS), Column("Full hours", Kind.HOURS),
            Column("Ramp in the last month", Kind.PERCENT, help="By the ramps below; 100 % without a start date."),
            Column("Days there in the last month", Kind.PERCENT),
            Column("Capacity", Kind.HOURS), Column("Accounts", Kind.WHOLE), Column("Hours of the book", Kind.HOURS),
            Column("Utilization", Kind.PERCENT, marks=OVER), Column("Share that fits", Kind.PERCENT),
            Column("Hours over", Kind.HOURS), Column("ARR", Kind.MONEY), Column("Cost per month", Kind.MONEY),
            Column("Usual hours", Kind.HOURS, help="Before reserved hours, productivity and ramp."),
            Column("Start date", Kind.DATE), Column("End date", Kind.DATE),
            Column("Percent now", Kind.PERCENT, help="Ramp (percent now) on CSMs; wins over the start date's ramp."),
            *months,
        ),
        rows=rows, filtered=True,
        note="Full hours = customer hours, else contract x (1 - internal) - reserved; x productivity, ramp, days.",
    )  # fmt: skip


def _month(c: Capacity, r: int, month: int, ramp: str, hours: float) -> Value:
    """Capacity in a month of the horizon: full hours x ramp x days there."""
    if not ramp:
        return hours
    return Formula(f"=I{r}*" + ("" if ramp == "1" else f"{ramp}*") + days_text(c, r, month), hours)


def matrix_table(c: Capacity, *, lean: bool = False) -> Table:
    """Hours of each book by segment, and the CSM's hours given to each segment in the same proportions."""
    count = len(c.segments)
    hours, who, which = workload_cells(c, "OEC", lean=lean)
    given = c.given
    rows: list[tuple[Value, ...]] = []
    for j, case in enumerate(c.csms):
        r = FIRST + j
        need = [Formula(f"=SUMIFS({hours},{who},$A{r},{which},{k + 1})", float(c.need[j, k])) for k in range(count)]
        first, last = letters_of(3), letters_of(2 + count)
        total = f"SUM(${first}{r}:${last}{r})"
        # Without a book: in the proportions of what all accounts of the segments they cover need.
        wanted = [f"SUMIFS({hours},{which},{k + 1})" for k in range(count) if c.weights[j, k] > 0]
        has = []
        for k in range(count):
            part = f"SUMIFS({hours},{which},{k + 1})/({'+'.join(wanted)})" if c.weights[j, k] > 0 else "0"
            empty = c.need[j].sum() <= 0
            text = f"=$C{r}*{part}" if empty else f"=IF({total}>0,$C{r}*{letters_of(3 + k)}{r}/{total},0)"
            has.append(Formula(text, float(given[j, k])))
        rows.append((j + 1, case.name, Formula(f"='By CSM'!L{r}", case.capacity), *need, *has))
    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("CSM"), Column("Capacity", Kind.HOURS),
            *(Column(f"{s.name}: needed", Kind.HOURS) for s in c.segments),
            *(Column(f"{s.name}: available", Kind.HOURS) for s in c.segments),
        ),
        rows=rows,
        note="A CSM's hours go to segments as the hours of the book do; an empty book by the need of what they cover.",
    )  # fmt: skip


def time_table(c: Capacity) -> Table:
    """Hours by class of activity, per CSM and team."""
    who, *classes = workload_cells(c, "ETUVW")
    rows: list[tuple[Value, ...]] = []
    for r, (case, csm) in enumerate(zip(c.csms, c.problem.csms, strict=True), FIRST):
        capacity = c.problem.model.capacity
        share = csm.internal_share if csm.internal_share is not None else capacity.internal_share_percent / 100
        contract = csm.contract_hours if csm.contract_hours is not None else capacity.contract_hours_per_month
        company: Value = Formula(f"='By CSM'!E{r}*'By CSM'!F{r}", contract * share)
        reserved: Value = Formula(f"='By CSM'!G{r}", csm.reserved_hours)
        spent = [
            Formula(f"=SUMIFS({column},{who},'By CSM'!A{r})", hours)
            for column, hours in zip(classes, case.activities, strict=True)
        ]
        known = csm.customer_hours is None
        left = Formula(f"='By CSM'!L{r}-'By CSM'!N{r}", case.capacity - case.hours)
        rows.append((case.name, *spent, company if known else None, reserved if known else None, left))
    last = FIRST + len(rows) - 1
    team: list[Value] = ["Team"]
    for k in range(1, 8):
        known_here = [float(v.value) for row in rows if isinstance(v := row[k], Formula)]
        total = sum(known_here)
        team.append(None if not known_here else Formula(f"=SUM({letters_of(k)}{FIRST}:{letters_of(k)}{last})", total))
    return Table(
        columns=(
            Column("CSM"), *(Column(f"{a.capitalize()} hours", Kind.HOURS) for a in ACTIVITIES),
            Column("Company work", Kind.HOURS, help="Contract hours x internal share; blank: not known."),
            Column("Reserved hours", Kind.HOURS), Column("Left (negative: over)", Kind.HOURS, key="left"),
        ),
        rows=rows, total=team,
        note="Hours the book asks for by class of activity, in the proportions of the coverage tables.",
    )  # fmt: skip
