"""Sheets By segment and Near a boundary: ratios as results, headcount, and who nearly belongs elsewhere."""

from __future__ import annotations

from bookwright.capacity import Capacity
from bookwright.capacity.headcount import explain_top_down
from bookwright.report.books import OVER
from bookwright.report.capacity_formulas import CSM_HOURS, FIRST, TARGET, cells_of
from bookwright.tables.write_sheets import Column, Formula, Kind, Look, Mark, Table, Value, letters_of
from bookwright.workload import near_boundaries


def by_segment_table(c: Capacity) -> Table:
    """A row per segment: need, time, ratios as results, headcount, coverage, outcomes."""
    n, m, count = len(c.problem.accounts), len(c.csms), len(c.segments)
    number, hours, arr, fits, lost, covered = (cells_of("Workload", letter, n) for letter in "COGQRL")
    rules = c.problem.model.headcount.arr_per_csm
    rows = []
    for k, s in enumerate(c.segments):
        r = FIRST + k
        ratio = s.customers_per_csm
        given = cells_of("Hours by segment", letters_of(3 + count + k), m)
        rows.append(
            (
                k + 1, s.name, Formula(f"=COUNTIFS({number},A{r})", s.accounts),
                Formula(f"=SUMIFS({arr},{number},A{r})", s.arr), Formula(f"=SUMIFS({hours},{number},A{r})", s.need),
                None if s.by_coverage is None else Formula(f"=SUMIFS({covered},{number},A{r})", s.by_coverage),
                Formula(f"=SUM({given})", s.available), Formula(f"=MAX(0,E{r}-G{r})", s.short),
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
            Column("Hours idle", Kind.HOURS), Column("Utilization", Kind.PERCENT, marks=OVER),
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


def reasons_table(c: Capacity) -> Table:
    """Why hours and each rule of thumb differ, in words."""
    rules = c.problem.model.headcount.arr_per_csm
    rows = [(f"{rule / 1e6:g}M", explain_top_down(c, s, rule)) for s in c.segments for rule in rules]
    return Table(
        columns=(Column("Rule"), Column("Why the hours and the rule of thumb differ", key="why")),
        rows=rows,
        title="Bottom-up beside top-down",
    )


def boundary_table(c: Capacity) -> Table:
    """Accounts near a limit of a segment rule."""
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
