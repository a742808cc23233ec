"""Sheets By segment and Near a boundary: ratios as results, headcount, and who nearly belongs elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bookwright.capacity import Capacity
from bookwright.capacity.analysis import outcome_mean, outcome_unit
from bookwright.capacity.headcount import explain_top_down
from bookwright.report.books import OVER
from bookwright.report.capacity_formulas import CSM_HOURS, FIRST, TARGET, cells_of, outcome_letters, workload_cells
from bookwright.tables.write_sheets import GAP_ROWS, Column, Formula, Kind, Look, Mark, Table, Value, letters_of
from bookwright.workload import near_boundaries


def by_segment_tables(c: Capacity, *, lean: bool = False) -> tuple[Table, ...]:
    """Hours per segment; ratios and headcount as results of them; outcomes where columns exist; why rules differ."""
    outcomes = [s for s in c.segments if (s.renewal_rate, s.expansion, s.health) != (None, None, None) or s.churned]
    return (_hours(c, lean), _ratios(c), *([_outcomes(c, lean)] if outcomes else []), reasons_table(c))


def ratio_row(c: Capacity) -> int:
    """The spreadsheet row of the first entry of the ratios, for the sheets that refer to them."""
    return FIRST + len(c.segments) + 1 + GAP_ROWS + 3


def _hours(c: Capacity, lean: bool) -> Table:
    m, count = len(c.csms), len(c.segments)
    number, hours, arr, fits, lost, covered = workload_cells(c, "COGQRL", lean=lean)
    rows = []
    for k, s in enumerate(c.segments):
        r = FIRST + k
        given = cells_of("Hours by segment", letters_of(3 + count + k), m)
        rows.append(
            (
                k + 1, s.name, Formula(f"=COUNTIFS({number},A{r})", s.accounts),
                Formula(f"=SUMIFS({arr},{number},A{r})", s.arr), Formula(f"=SUMIFS({hours},{number},A{r})", s.need),
                None if s.by_coverage is None or lean else Formula(f"=SUMIFS({covered},{number},A{r})", s.by_coverage),
                Formula(f"=SUM({given})", s.available), Formula(f"=MAX(0,E{r}-G{r})", s.short),
                Formula(f"=MAX(0,G{r}-E{r})", s.idle),
                Formula(f'=IF(G{r}>0,E{r}/G{r},"")', s.utilization if s.utilization is not None else ""),
                Formula(f'=IF(E{r}>0,MIN(1,G{r}/E{r}),"")', s.quality if s.quality is not None else ""),
                Formula(f"=E{r}-SUMIFS({fits},{number},A{r})", s.not_served),
                Formula(f"=SUMIFS({lost},{number},A{r})", s.arr_not_served),
                Formula(f'=IF(E{r}>0,(E{r}-L{r})/E{r},"")', s.quality_now if s.quality_now is not None else ""),
            )
        )  # fmt: skip
    columns = (
        Column("No.", Kind.WHOLE), Column("Segment", width=22), Column("Accounts", Kind.WHOLE),
        Column("ARR", Kind.MONEY), Column("Hours needed", Kind.HOURS),
        Column("... by the coverage model", Kind.HOURS, key="by_coverage"), Column("Hours available", Kind.HOURS),
        Column("Hours short", Kind.HOURS, marks=(Mark(Look.BAD, above=0.05),)),
        Column("Hours idle", Kind.HOURS), Column("Utilization", Kind.PERCENT, marks=OVER),
        Column("Coverage if books were even", Kind.PERCENT, help="Hours available / needed, at most 100 %."),
        Column("Hours that fit no book", Kind.HOURS, help="As the books stand: over 100 %, or no CSM."),
        Column("ARR not served", Kind.MONEY, help="ARR x the share of its hours that does not fit."),
        Column("Coverage as books stand", Kind.PERCENT, help="Hours that fit / needed.",
               marks=(Mark(Look.WARN, below=0.9),)),
    )  # fmt: skip
    return Table(
        columns, rows, total=_total(columns, rows, FIRST, (2, 3, 4, 6, 7, 8, 11, 12)),
        note="Needed = the accounts' hours; available = capacity of those who have them.",
    )  # fmt: skip


def _ratios(c: Capacity) -> Table:
    rules = c.problem.model.headcount.arr_per_csm
    rows: list[tuple[Value, ...]] = []
    first = ratio_row(c)
    for k, s in enumerate(c.segments):
        r, h = first + k, FIRST + k  # here, and on the table of hours above
        ratio, arr = s.customers_per_csm, s.arr_per_csm
        rows.append(
            (
                k + 1, s.name, Formula(f"=E{h}/C{h}", s.need / s.accounts),
                Formula(f'=IF(C{r}>0,{CSM_HOURS}*{TARGET}/C{r},"")', ratio if ratio is not None else ""),
                Formula(f'=IF(C{r}>0,D{r}*D{h}/C{h},"")', arr if arr is not None else ""),
                Formula(f"=E{h}/({CSM_HOURS}*{TARGET})", s.csms_needed), Formula(f"=G{h}/{CSM_HOURS}", s.csms_today),
                Formula(f"=F{r}-G{r}", s.csms_needed - s.csms_today),
                *(Formula(f"=D{h}/{rule!r}", s.arr / rule) for rule in rules),
            )
        )  # fmt: skip
    columns = (
        Column("No.", Kind.WHOLE), Column("Segment"), Column("Hours per account", Kind.POINTS),
        Column("Customers per CSM", Kind.HOURS, help="A result: hours of one CSM / hours per account."),
        Column("ARR per CSM", Kind.MONEY), Column("CSMs needed", Kind.HOURS), Column("CSMs today", Kind.HOURS),
        Column("Difference", Kind.HOURS),
        *(Column(f"CSMs by {rule / 1e6:g}M of ARR each", Kind.HOURS) for rule in rules),
    )  # fmt: skip
    total = _total(columns, rows, first, range(5, 8 + len(rules)))
    r, h = first + len(rows), FIRST + len(rows)
    needed = sum(s.csms_needed for s in c.segments)
    for k, letter, whole in ((3, "C", sum(s.accounts for s in c.segments)), (4, "D", sum(s.arr for s in c.segments))):
        total[k] = Formula(f'=IF(F{r}>0,{letter}{h}/F{r},"")', whole / needed if needed else "")
    return Table(
        columns, rows, total=total, title="Ratios and headcount, as results",
        note="Hours of one CSM and the utilization staffed for: see Assumptions. The ratio of all is for reports only.",
    )  # fmt: skip


def _outcomes(c: Capacity, lean: bool) -> Table:
    letters, n = outcome_letters(c, lean=lean), len(c.problem.accounts)
    number, arr = workload_cells(c, "CG", lean=lean)

    def mean(k: int, which: str, value: float | None) -> Value:
        if value is None or which not in letters:
            return value
        column = cells_of("Workload", letters[which], n)
        plain = f"AVERAGEIFS({column},{number},{k})"
        if which == "health":
            return Formula(f"={plain}", value)
        weight = f'SUMIFS({arr},{number},{k},{column},"<>")'
        text = f"IF({weight}>0,SUMPRODUCT(({number}={k})*{arr}*{column})/{weight},{plain})"
        members = [a for a, s in zip(c.problem.accounts, c.problem.segment, strict=True) if s == k - 1]
        raw = outcome_mean(members, which)
        return Formula(f"={text}" + ("/100" if raw is not None and outcome_unit(raw) > 1 else ""), value)

    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("Segment"), Column("Renewal rate", Kind.PERCENT),
            Column("Expansion", Kind.PERCENT), Column("Mean health", Kind.WHOLE),
            Column("Churned rows", Kind.WHOLE, help="Accounts with Status churned: counted, not planned."),
        ),
        rows=[
            (
                k, s.name, mean(k, "renewal_rate", s.renewal_rate), mean(k, "expansion", s.expansion),
                mean(k, "health", s.health), s.churned,
            )
            for k, s in enumerate(c.segments, 1)
        ],
        title="Outcomes per segment", note="Your own columns, see Workload: rates weighted by ARR, health as a mean.",
    )  # fmt: skip


def _total(
    columns: Sequence[Column], rows: Sequence[Sequence[Value]], first: int, summed: Iterable[int]
) -> list[Value]:
    """The reporting line: sums of some columns."""
    found: list[Value] = [None] * len(columns)
    found[1] = "All (for reporting)"
    for k in summed:
        text = f"=SUM({letters_of(k)}{first}:{letters_of(k)}{first + len(rows) - 1})"
        found[k] = Formula(text, sum(v.value for row in rows if isinstance(v := row[k], Formula)))  # type: ignore[misc]
    return found


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
        (
            n.account_id, n.account, n.segment, n.column, n.value, n.limit,
            Formula(f"=(E{r}-F{r})/ABS(F{r})", n.away),
        )
        for r, n in enumerate(near_boundaries(c.problem.portfolio, c.problem.model), FIRST - 1)
    ]  # fmt: skip
    return Table(
        columns=(
            Column("Account ID"), Column("Account"), Column("Segment"), Column("Column"), Column("Value", Kind.NUMBER),
            Column("Limit", Kind.NUMBER), Column("Away", Kind.PERCENT),
        ),
        rows=rows, empty="No segment rules, or no account near one of their limits.",
    )  # fmt: skip
