"""The sheets of the capacity workbook: live formulas from touchpoints to customers per CSM, that a reader can follow.

Rows are joined by numbers (segment and CSM No.), as names are compared loosely by spreadsheets.
"""

from __future__ import annotations

import datetime as dt

from bookwright.capacity import BENCHMARKS, Capacity, Outcome, overloads, trades
from bookwright.capacity.analysis import ACTIVITIES, INBOUND, usual_hours
from bookwright.capacity.headcount import REMOVABLE, explain_top_down
from bookwright.coverage_model import MONTHS_PER
from bookwright.report.capacity_case import case_sheet
from bookwright.report.summary import currency_of
from bookwright.tables.write_sheets import Column, Formula, Kind, Look, Mark, Sheet, Table, Value, Workbook, letters_of
from bookwright.workload import month_starts, near_boundaries, ramp_share
from bookwright.workload.touchpoints import ORIGINS

FIRST = 3
"""Spreadsheet row of the first entry on sheets with one table: a note and the headers stand above."""
CSM_HOURS, TARGET = "Assumptions!$B$6", "Assumptions!$B$7"
_OVER = (Mark(Look.BAD, above=1.000001), Mark(Look.WARN, above=0.85))


def capacity_workbook(capacity: Capacity, outcome: Outcome | None = None) -> Workbook:
    """The capacity case as a workbook: the case on one page, then every step behind it."""
    return Workbook(
        sheets=capacity_sheets(capacity, outcome),
        title="Capacity from the bottom up",
        created=capacity.problem.effective_date,
        currency=currency_of(capacity.problem),
    )


def capacity_sheets(capacity: Capacity, outcome: Outcome | None = None) -> tuple[Sheet, ...]:
    """All sheets, in the order of a first reading."""
    extra = (Sheet("What if", tables=_what_if(outcome)),) if outcome is not None else ()
    return (
        case_sheet(capacity, outcome),
        Sheet("By segment", tables=(_by_segment(capacity), _reasons(capacity)), freeze_columns=2),
        Sheet("By CSM", tables=(_by_csm(capacity),), freeze_columns=2),
        *extra,
        Sheet("Headcount or tooling", tables=(_trades(capacity), _automatable(capacity))),
        Sheet("Overload", tables=(_overload(capacity),)),
        Sheet("Time", tables=(_time(capacity),), freeze_columns=1),
        Sheet("Touchpoint hours", tables=(_touchpoints(capacity),), freeze_columns=3),
        Sheet("Workload", tables=(_workload(capacity),), freeze_columns=2),
        Sheet("Hours by segment", tables=(_matrix(capacity),), freeze_columns=2),
        Sheet("Near a boundary", tables=(_boundary(capacity),)),
        Sheet("Benchmarks", tables=(_benchmarks(capacity),)),
        Sheet("Assumptions", tables=(_assumptions(capacity),)),
    )


def _range(sheet: str, letter: str, count: int) -> str:
    name = f"'{sheet}'" if " " in sheet else sheet
    return f"{name}!${letter}${FIRST}:${letter}${FIRST + max(1, count) - 1}"


def _lines(c: Capacity) -> list[tuple[int, str, tuple[Value, ...]]]:
    """Every touchpoint and inbound row: segment position, segment, cells up to hours per account."""
    model = c.problem.model
    rows: list[tuple[int, str, tuple[Value, ...]]] = []
    tables = {name.casefold(): (name, table) for name, table in model.coverage.items()}
    for k, segment in enumerate(c.problem.segments):
        if segment.casefold() not in tables:
            continue
        name, table = tables[segment.casefold()]
        source = model.origins.get(f"coverage.{name}", "planning model")
        smooth = table.new_accounts_percent_per_year / 100 if model.workload.one_time == "smoothed" else 0.0
        for t in table.touchpoints:
            share = smooth if t.once else None
            cells = (t.name, t.hours, t.times, t.per, t.channel, t.activity, t.owner, 1 if t.by_csm else 0, share)
            rows.append((k, segment, (*cells, t.automatable_percent / 100, source)))
        for each, times in (
            (table.inbound_hours_per_month, 1),
            (table.minutes_per_ticket / 60, table.tickets_per_month),
        ):
            if each * times:
                cells = (INBOUND, each, times, "month", "human", "reactive", "CSM", 1, None)
                rows.append((k, segment, (*cells, 0.0, source)))
    return rows


def _touchpoints(c: Capacity) -> Table:
    rows = []
    for r, (k, segment, cells) in enumerate(_lines(c), FIRST):
        each, times, per, counts, share = cells[1], cells[2], cells[3], cells[7], cells[8]
        value = float(each) * float(times) * int(counts)  # type: ignore[arg-type]
        value = value * float(share or 0) / 12 if per == "once" else value / MONTHS_PER[str(per)]  # type: ignore[arg-type]
        text = f'=J{r}*D{r}*E{r}*IF(F{r}="once",K{r}/12,IF(F{r}="month",1,IF(F{r}="quarter",1/3,1/12)))'
        rows.append((k + 1, segment, *cells[:9], Formula(text, value), *cells[9:]))
    return Table(
        columns=(
            Column("No.", Kind.WHOLE, help="The segment's number."), Column("Segment"), Column("Touchpoint", width=34),
            Column("Hours each", Kind.NUMBER), Column("Times", Kind.NUMBER), Column("Per"), Column("Channel"),
            Column("Activity"), Column("Owner role"), Column("Counts", Kind.WHOLE, help="1 = costs hours of the CSM."),
            Column("New accounts a year", Kind.PERCENT, help="One-time touchpoints are smoothed by this / 12."),
            Column("Hours per account and month", Kind.POINTS), Column("Automatable", Kind.PERCENT),
            Column("Where it comes from"),
        ),
        rows=rows,
        note="Hours each x times in a month; one-time ones x new accounts a year / 12.",
        empty="The planning model has no coverage tables for these segments.",
    )  # fmt: skip


def _workload(c: Capacity) -> Table:
    problem, lines = c.problem, len(_lines(c))
    touch = _range("Touchpoint hours", "L", lines), _range("Touchpoint hours", "A", lines)
    smoothed = problem.model.workload.one_time == "smoothed"
    hours_of = {p.casefold(): t for p, t in problem.model.coverage.items()}
    rows = []
    for i, account in enumerate(problem.accounts):
        r, s, j = FIRST + i, c.steps[i], int(c.plan.csm_of[i])
        table = hours_of.get(account.segment.casefold())
        base = 0.0 if table is None else table.total_hours
        if table is not None and not smoothed:
            base -= sum(table.hours_per_month(t) for t in table.touchpoints if t.once)
        own = s.own if s.origin == "cell" else None
        one_time = 0.0 if smoothed or table is None else s.touchpoints + s.inbound - base
        flat = s.hours if s.origin in ("segment", "fallback") else None
        share = c.csms[j].served_share if j >= 0 else 0.0
        rows.append(
            (
                account.id, account.name, int(problem.segment[i]) + 1, account.segment,
                j + 1 if j >= 0 else None, problem.csms[j].name if j >= 0 else "", account.arr,
                Formula(f"=SUMIFS({touch[0]},{touch[1]},C{r})" if lines else "=0", base), one_time,
                ", ".join(f"{f.column} {f.value} x {f.factor:g}" for f in s.factors), s.factor,
                Formula(f"=(H{r}+I{r})*K{r}", s.by_coverage or 0.0), own, flat,
                Formula(f'=IF(M{r}<>"",M{r},IF(N{r}<>"",N{r},L{r}))', s.hours), ORIGINS[s.origin],
                Formula(f'=IF(E{r}="",0,O{r}*INDEX({_range("By CSM", "P", len(c.csms))},E{r}))', s.hours * share),
                Formula(f"=IF(O{r}>0,G{r}*(1-Q{r}/O{r}),0)", account.arr * (1 - share) if s.hours else 0.0),
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Account ID"), Column("Account", width=30), Column("Segment No.", Kind.WHOLE), Column("Segment"),
            Column("CSM No.", Kind.WHOLE), Column("CSM"), Column("ARR", Kind.MONEY),
            Column("Touchpoints and inbound", Kind.POINTS, help="Sum of the segment's rows on Touchpoint hours."),
            Column("One-time in the last month", Kind.POINTS), Column("Multipliers", width=30),
            Column("Factor", Kind.POINTS), Column("By the coverage model", Kind.POINTS),
            Column("Own cell", Kind.POINTS, help="Hours per month on Accounts; wins."),
            Column("Flat", Kind.POINTS, help="Hours of the segment or the fallback, where no touchpoints count."),
            Column("Hours a month", Kind.POINTS), Column("Where it comes from", width=34),
            Column("Hours that fit", Kind.POINTS, help="x the share of the CSM's book that fits their hours."),
            Column("ARR not served", Kind.MONEY),
        ),
        rows=rows, filtered=True,
        note="Own cell, else flat hours where they count, else (touchpoints + one-time) x factor.",
    )  # fmt: skip


def _by_csm(c: Capacity) -> Table:
    problem, model, n = c.problem, c.problem.model, len(c.problem.accounts)
    number, hours, arr = (_range("Workload", letter, n) for letter in "EOG")
    rows = []
    for j, (csm, case) in enumerate(zip(problem.csms, c.csms, strict=True)):
        r = FIRST + j
        contract = csm.contract_hours if csm.contract_hours is not None else model.capacity.contract_hours_per_month
        share = csm.internal_share if csm.internal_share is not None else model.capacity.internal_share_percent / 100
        there = case.capacity / case.full if case.full else 0.0
        ramp = ramp_share(csm, _last_month(c), problem.effective_date, model)
        full = f'=MAX(0,IF(D{r}<>"",D{r},E{r}*(1-F{r})-G{r}))*H{r}'
        rows.append(
            (
                j + 1, csm.name, csm.kind.value, csm.customer_hours, contract, share, csm.reserved_hours,
                csm.productivity, Formula(full, case.full), ramp, there / ramp if ramp else 0.0,
                Formula(f"=I{r}*J{r}*K{r}", case.capacity),
                Formula(f"=COUNTIFS({number},A{r})", case.accounts),
                Formula(f"=SUMIFS({hours},{number},A{r})", case.hours),
                Formula(f'=IF(L{r}>0,N{r}/L{r},"")', case.utilization if case.utilization is not None else ""),
                Formula(f"=IF(N{r}>0,MIN(1,L{r}/N{r}),1)", case.served_share),
                Formula(f"=MAX(0,N{r}-L{r})", max(0.0, case.hours - case.capacity)),
                Formula(f"=SUMIFS({arr},{number},A{r})", case.arr), csm.cost_per_month,
                Formula(f'=IF(D{r}<>"",D{r},E{r}*(1-F{r}))', usual_hours(csm, model)),
                *(float(h) for h in problem.capacity_months[j]),
            )
        )  # fmt: skip
    months = tuple(Column(f"Capacity in month {k + 1}", Kind.HOURS) for k in range(model.horizon.months))
    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("CSM"), Column("Kind"),
            Column("Customer hours given", Kind.HOURS, help="Wins over contract hours."),
            Column("Contract hours", Kind.HOURS), Column("Internal share", Kind.PERCENT),
            Column("Reserved hours", Kind.HOURS), Column("Productivity", Kind.POINTS), Column("Full hours", Kind.HOURS),
            Column("Ramp in the last month", Kind.PERCENT), Column("Days there in the last month", Kind.PERCENT),
            Column("Capacity", Kind.HOURS), Column("Accounts", Kind.WHOLE), Column("Hours of the book", Kind.HOURS),
            Column("Utilization", Kind.PERCENT, marks=_OVER), Column("Share that fits", Kind.PERCENT),
            Column("Hours over", Kind.HOURS), Column("ARR", Kind.MONEY), Column("Cost per month", Kind.MONEY),
            Column("Usual hours", Kind.HOURS, help="Before reserved hours, productivity and ramp."), *months,
        ),
        rows=rows, filtered=True,
        note="Full hours = customer hours, else contract x (1 - internal) - reserved; x productivity, ramp, days.",
    )  # fmt: skip


def _last_month(c: Capacity) -> dt.date:
    return month_starts(c.problem.effective_date, c.problem.model.horizon.months)[-2]


def _matrix(c: Capacity) -> Table:
    """Hours of each book by segment, and the CSM's hours given to each segment in the same proportions."""
    n, count = len(c.problem.accounts), len(c.segments)
    hours, who, which = (_range("Workload", letter, n) for letter in "OEC")
    given = c.given
    rows: list[tuple[Value, ...]] = []
    for j, case in enumerate(c.csms):
        r = FIRST + j
        need = [Formula(f"=SUMIFS({hours},{who},$A{r},{which},{k + 1})", float(c.need[j, k])) for k in range(count)]
        first, last = letters_of(3), letters_of(2 + count)
        total = f"SUM(${first}{r}:${last}{r})"
        has = [
            Formula(
                f"=IF({total}>0,$C{r}*{letters_of(3 + k)}{r}/{total},$C{r}*{float(c.weights[j, k])!r})",
                float(given[j, k]),
            )
            for k in range(count)
        ]
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


def _by_segment(c: Capacity) -> Table:
    n, m, count = len(c.problem.accounts), len(c.csms), len(c.segments)
    number, hours, arr, fits, lost = (_range("Workload", letter, n) for letter in "COGQR")
    rules = c.problem.model.headcount.arr_per_csm
    rows = []
    for k, s in enumerate(c.segments):
        r = FIRST + k
        ratio = s.customers_per_csm
        given = _range("Hours by segment", letters_of(3 + count + k), m)
        rows.append(
            (
                k + 1, s.name, Formula(f"=COUNTIFS({number},A{r})", s.accounts),
                Formula(f"=SUMIFS({arr},{number},A{r})", s.arr), Formula(f"=SUMIFS({hours},{number},A{r})", s.need),
                s.by_coverage, Formula(f"=SUM({given})", s.available), Formula(f"=MAX(0,E{r}-G{r})", s.short),
                Formula(f"=MAX(0,G{r}-E{r})", s.idle),
                Formula(f'=IF(G{r}>0,E{r}/G{r},"")', s.utilization if s.utilization is not None else ""),
                Formula(f'=IF(E{r}>0,MIN(1,G{r}/E{r}),"")', s.quality if s.quality is not None else ""),
                Formula(f"=E{r}-SUMIFS({fits},{number},A{r})", s.not_served),
                Formula(f"=SUMIFS({lost},{number},A{r})", s.arr_not_served),
                Formula(f"=E{r}/C{r}", s.need / s.accounts),
                Formula(f'=IF(N{r}>0,{CSM_HOURS}*{TARGET}/N{r},"")', ratio if ratio is not None else ""),
                Formula(f'=IF(N{r}>0,O{r}*D{r}/C{r},"")', s.arr_per_csm if s.arr_per_csm is not None else ""),
                Formula(f"=E{r}/({CSM_HOURS}*{TARGET})", s.csms_needed), Formula(f"=G{r}/{CSM_HOURS}", s.csms_today),
                Formula(f"=Q{r}-R{r}", s.csms_needed - s.csms_today),
                *(Formula(f"=D{r}/{rule!r}", s.arr / rule) for rule in rules),
                s.renewal_rate, s.expansion, s.health, s.churned,
            )
        )  # fmt: skip
    last = FIRST + count - 1
    sums = {k: f"=SUM({letters_of(k)}{FIRST}:{letters_of(k)}{last})" for k in (2, 3, 4, 6, 7, 8, 11, 12, 16, 17, 18)}
    sums |= {19 + k: f"=SUM({letters_of(19 + k)}{FIRST}:{letters_of(19 + k)}{last})" for k in range(len(rules))}
    total: list[Value] = [None] * (23 + len(rules))
    total[1] = "All (for reporting)"
    for k, text in sums.items():
        total[k] = Formula(text, sum(v.value for row in rows if isinstance(v := row[k], Formula)))  # type: ignore[misc]
    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("Segment"), Column("Accounts", Kind.WHOLE), Column("ARR", Kind.MONEY),
            Column("Hours needed", Kind.HOURS), Column("... by the coverage model", Kind.HOURS, key="by_coverage"),
            Column("Hours available", Kind.HOURS),
            Column("Hours short", Kind.HOURS, marks=(Mark(Look.BAD, above=0.05),)),
            Column("Hours idle", Kind.HOURS), Column("Utilization", Kind.PERCENT, marks=_OVER),
            Column("Coverage quality", Kind.PERCENT, help="Hours available / needed, at most 100 %."),
            Column("Hours that fit no book", Kind.HOURS, help="As the books stand: over 100 %, or no CSM."),
            Column("ARR not served", Kind.MONEY, help="ARR x the share of its hours that does not fit."),
            Column("Hours per account", Kind.POINTS),
            Column("Customers per CSM", Kind.HOURS, help="A result: hours of one CSM / hours per account."),
            Column("ARR per CSM", Kind.MONEY), Column("CSMs needed", Kind.HOURS), Column("CSMs today", Kind.HOURS),
            Column("Difference", Kind.HOURS),
            *(Column(f"CSMs by {rule / 1e6:g}M of ARR each", Kind.HOURS) for rule in rules),
            Column("Renewal rate", Kind.PERCENT), Column("Expansion", Kind.PERCENT), Column("Mean health", Kind.WHOLE),
            Column("Churned rows", Kind.WHOLE),
        ),
        rows=rows, total=total,
        note="Needed = the accounts' hours; available = capacity of those who have them. CSMs: see Assumptions.",
    )  # fmt: skip


def _reasons(c: Capacity) -> Table:
    rules = c.problem.model.headcount.arr_per_csm
    rows = [(f"{rule / 1e6:g}M", explain_top_down(c, s, rule)) for s in c.segments for rule in rules]
    return Table(
        columns=(Column("Rule"), Column("Why the hours and the rule of thumb differ", key="why")),
        rows=rows,
        title="Bottom-up beside top-down",
    )


def _trades(c: Capacity) -> Table:
    rows = [
        (
            t.hires,
            Formula(f"=A{r}*{CSM_HOURS}", t.hours),
            t.share_of_automatable,
            t.share_of_all,
            t.cost_per_month,
            t.verdict,
        )
        for r, t in enumerate(trades(c), FIRST)
    ]
    return Table(
        columns=(
            Column("Hires", Kind.WHOLE), Column("Hours a month", Kind.HOURS),
            Column("= this share of what could be automated", Kind.PERCENT, key="share_of_automatable"),
            Column("= this share of all work", Kind.PERCENT, key="share_of_all"), Column("Cost per month", Kind.MONEY),
            Column("Could tooling do it", width=60),
        ),
        rows=rows,
        note=f"n hires = x % of the automatable hours below. Quoted as removable: {REMOVABLE[0]:.0%}-{REMOVABLE[1]:.0%}"
        " of the work (Pivotal Path), a figure without data.",
    )  # fmt: skip


def _automatable(c: Capacity) -> Table:
    rows = sorted(
        (
            (p.segment, p.name, p.activity, p.hours, p.automatable, p.hours * p.automatable)
            for p in c.parts
            if p.automatable
        ),
        key=lambda row: -row[5],
    )
    return Table(
        columns=(
            Column("Segment"), Column("Touchpoint"), Column("Activity"), Column("Hours a month", Kind.HOURS),
            Column("Automatable", Kind.PERCENT), Column("Hours saved", Kind.HOURS),
        ),
        rows=rows, title="What could be automated", empty="No touchpoint is marked automatable.",
    )  # fmt: skip


def _overload(c: Capacity) -> Table:
    name, by_id = c.problem.portfolio.csm_name, c.problem.portfolio.account_by_id
    rows: list[tuple[Value, ...]] = []
    for o in overloads(c):
        csm = name(o.csm_id)
        rows.append(
            (csm, o.over, "hand over", f"{len(o.hand_over)} accounts", sum(h for _, h, _, _ in o.hand_over), "")
        )
        for account_id, hours, arr, to in o.hand_over[:25]:
            what = f"{by_id[account_id].label}, ARR {arr:,.0f}"
            rows.append((csm, o.over, "hand over", what, hours, to or "nobody has room"))
        rows.extend((csm, o.over, "automate", f"{n} ({s})", h, "") for s, n, h in o.automate)
        rows.extend((csm, o.over, "drop", f"{n} ({s})", h, "done less often") for s, n, h in o.drop)
    return Table(
        columns=(
            Column("CSM"), Column("Hours over", Kind.HOURS), Column("Way out"), Column("What", width=60),
            Column("Hours a month", Kind.HOURS), Column("To, or how"),
        ),
        rows=rows, filtered=True, empty="Nobody is over 100 %.",
        note="Three ways out for each CSM over 100 %, each on its own. A plan finds hand-overs for all at once.",
    )  # fmt: skip


def _time(c: Capacity) -> Table:
    rows = []
    for case, csm in zip(c.csms, c.problem.csms, strict=True):
        share = (
            csm.internal_share
            if csm.internal_share is not None
            else c.problem.model.capacity.internal_share_percent / 100
        )
        contract = csm.contract_hours or c.problem.model.capacity.contract_hours_per_month
        company = None if csm.customer_hours is not None else contract * share
        reserved = None if csm.customer_hours is not None else csm.reserved_hours
        rows.append((case.name, *case.activities, company, reserved, case.capacity - case.hours))
    total = ["Team", *(sum(float(row[k] or 0) for row in rows) for k in range(1, 8))]
    return Table(
        columns=(
            Column("CSM"), *(Column(f"{a.capitalize()} hours", Kind.HOURS) for a in ACTIVITIES),
            Column("Company work", Kind.HOURS, help="Contract hours x internal share; blank: not known."),
            Column("Reserved hours", Kind.HOURS), Column("Left (negative: over)", Kind.HOURS, key="left"),
        ),
        rows=rows, total=total,
        note="Hours the book asks for by class of activity, in the proportions of the coverage tables.",
    )  # fmt: skip


def _boundary(c: Capacity) -> Table:
    rows = [
        (n.account_id, n.account, n.segment, n.column, n.value, n.limit, n.away)
        for n in near_boundaries(c.problem.portfolio, c.problem.model)
    ]
    return Table(
        columns=(
            Column("Account ID"), Column("Account"), Column("Segment"), Column("Column"), Column("Value", Kind.NUMBER),
            Column("Limit", Kind.NUMBER), Column("Away", Kind.PERCENT),
        ),
        rows=rows, empty="No segment rules, or no account near one of their limits.",
    )  # fmt: skip


def _benchmarks(c: Capacity) -> Table:
    rows: list[tuple[Value, ...]] = []
    for s in c.segments:
        for b in BENCHMARKS:
            if b.beside(s.name):
                low, high = b.accounts or (None, None)
                arr_low, arr_high = b.arr or (None, None)
                mine = (s.name, b.name, s.customers_per_csm, low, high, s.arr_per_csm, arr_low, arr_high)
                rows.append((*mine, b.source, b.caveat))
    return Table(
        columns=(
            Column("Segment"), Column("Benchmark"), Column("Customers per CSM here", Kind.HOURS),
            Column("From", Kind.WHOLE), Column("To", Kind.WHOLE), Column("ARR per CSM here", Kind.MONEY),
            Column("ARR from", Kind.MONEY), Column("ARR to", Kind.MONEY), Column("Source", width=50),
            Column("Caveat", width=46),
        ),
        rows=rows, filtered=True,
        note="To compare with, never a target: these sources differ by 5 to 10 times. No plan reads them.",
    )  # fmt: skip


def _what_if(outcome: Outcome | None) -> tuple[Table, ...]:
    assert outcome is not None
    rows = [
        (p.segment, p.name, p.activity, b, a, b - a, (b - a) / p.hours_each if p.hours_each else None)
        for p, b, a in outcome.done
        if b > 0.05 or a > 0.05
    ]
    title = ", ".join(change.text for change in outcome.changes)
    return (
        Table(
            columns=(Column("Segment"), Column("Hours not done before", Kind.HOURS), Column("... after", Kind.HOURS)),
            rows=outcome.segments, title=f"What if {title}", note=outcome.assumption,
        ),
        Table(
            columns=(
                Column("Segment"), Column("Touchpoint"), Column("Activity"), Column("Not done before", Kind.HOURS),
                Column("Not done after", Kind.HOURS), Column("Gets done", Kind.HOURS),
                Column("Times a month", Kind.HOURS),
            ),
            rows=rows, title="Which work would get done", empty="Everything fits, before and after.",
        ),
    )  # fmt: skip


def _assumptions(c: Capacity) -> Table:
    model, origins = c.problem.model, c.problem.model.origins
    source = f"planning model {model.name}"
    cost = c.cost_per_csm
    kinds, usual = (_range("By CSM", letter, len(c.csms)) for letter in "CT")
    text = f'=IFERROR(AVERAGEIFS({usual},{kinds},"person"),B4*(1-B5))'
    one = Formula(text, c.hours_per_csm)
    rows: list[tuple[Value, ...]] = [
        ("Effective date", c.problem.effective_date, origins.get("effective_date", "default")),
        ("Contract hours per month", model.capacity.contract_hours_per_month,
         origins.get("contract_hours_per_month", source)),
        ("Internal share", model.capacity.internal_share_percent / 100, origins.get("internal_share_percent", source)),
        ("Hours of one CSM", one, "mean of the people on By CSM, before reserved hours and ramp"),
        ("Utilization staffed for", c.target, source),
        ("Cost of a CSM per month", cost, "not given" if cost is None else "planning model or CSMs sheet"),
        ("One-time touchpoints", model.workload.one_time, source),
        ("Hours by origin", ", ".join(
            f"{sum(s.origin == o for s in c.steps):,} from {text}" for o, text in ORIGINS.items()
            if any(s.origin == o for s in c.steps)), "counted"),
    ]  # fmt: skip
    return Table(
        columns=(
            Column("Assumption", width=34),
            Column("Value", Kind.ANY, width=60),
            Column("Where it comes from", width=50),
        ),
        rows=rows,
        note="What all the other sheets rest on, beside Touchpoint hours; change it in the workbook or planning model.",
    )
