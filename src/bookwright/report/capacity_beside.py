"""Sheets Benchmarks and Assumptions: what others publish, and what all the other sheets rest on."""

from __future__ import annotations

from bookwright.capacity import BENCHMARKS, Capacity
from bookwright.report.capacity_formulas import FIRST, cells_of, workload_cells
from bookwright.report.capacity_segments import ratio_row
from bookwright.tables.write_sheets import Cell, Column, Formula, Kind, Look, Sheet, Table, Value
from bookwright.workload.touchpoints import ORIGINS


def benchmarks_table(c: Capacity) -> Table:
    """Published ranges beside the results, each with source and caveat."""
    rows: list[tuple[Value, ...]] = []
    for r, s in enumerate(c.segments, ratio_row(c)):
        for b in BENCHMARKS:
            if b.beside(s.name):
                low, high = b.accounts or (None, None)
                arr_low, arr_high = b.arr or (None, None)
                ratio, arr = (
                    None if value is None else Formula(f"='By segment'!{letter}{r}", value)
                    for letter, value in (("D", s.customers_per_csm), ("E", s.arr_per_csm))
                )
                rows.append((s.name, b.name, ratio, low, high, arr, arr_low, arr_high, b.source, b.caveat))
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


def assumptions_sheet(c: Capacity, *, lean: bool = False) -> Sheet:
    """What all the other sheets rest on, and where each value comes from; others refer to these cells."""
    model, origins = c.problem.model, c.problem.model.origins
    source = f"planning model {model.name}"
    kinds, usual = (cells_of("By CSM", letter, len(c.csms)) for letter in "CT")
    one = Formula(f'=IFERROR(AVERAGEIFS({usual},{kinds},"person"),B4*(1-B5))', c.hours_per_csm)
    rows: list[tuple[str, Value, Kind, str]] = [
        ("Effective date", c.problem.effective_date, Kind.DATE, origins.get("effective_date", "default")),
        ("Contract hours per month", model.capacity.contract_hours_per_month, Kind.HOURS,
         origins.get("contract_hours_per_month", source)),
        ("Internal share", model.capacity.internal_share_percent / 100, Kind.PERCENT,
         origins.get("internal_share_percent", source)),
        ("Hours of one CSM", one, Kind.HOURS, "mean of the people on By CSM, before reserved hours and ramp"),
        ("Utilization staffed for", c.target, Kind.PERCENT, source),
        ("Cost of a CSM per month", _cost(c), Kind.MONEY, _cost_source(c)),
        ("One-time touchpoints", model.workload.one_time, Kind.TEXT, source),
    ]  # fmt: skip
    (where,) = workload_cells(c, "P", lean=lean)
    for origin, text in ORIGINS.items():
        if count := sum(s.origin == origin for s in c.steps):
            live = Formula(f'=COUNTIFS({where},"{text}")', count)
            rows.append((f"Accounts: {text}", live, Kind.WHOLE, "counted on Workload"))
    note = "What all the other sheets rest on, beside Touchpoint hours; change it in the workbook or planning model."
    cells = [Cell(0, 0, note, Look.MUTED)]
    heads = ("Assumption", Kind.TEXT), ("Value", Kind.HOURS), ("Where it comes from", Kind.TEXT)
    cells += [Cell(1, k, head, Look.HEADER, kind) for k, (head, kind) in enumerate(heads)]
    for r, (name, value, kind, origin) in enumerate(rows, FIRST - 1):
        cells += [Cell(r, 0, name), Cell(r, 1, value, kind=kind), Cell(r, 2, origin)]
    return Sheet("Assumptions", cells=tuple(cells), widths=(48, 16, 60))


def _cost(c: Capacity) -> Value:
    """Cost of a CSM: the planning model's, else the live mean of the CSMs that have one."""
    if c.cost_per_csm is None or c.problem.model.headcount.cost_per_csm_month is not None:
        return c.cost_per_csm
    return Formula(f"=AVERAGE({cells_of('By CSM', 'S', len(c.csms))})", c.cost_per_csm)


def _cost_source(c: Capacity) -> str:
    if c.cost_per_csm is None:
        return "not given"
    given = c.problem.model.headcount.cost_per_csm_month is not None
    return f"planning model {c.problem.model.name}" if given else "mean of the CSMs sheet, see By CSM"
