"""Sheets Benchmarks and Assumptions: what others publish, and what all the other sheets rest on."""

from __future__ import annotations

from bookwright.capacity import BENCHMARKS, Capacity
from bookwright.report.capacity_formulas import cells_of
from bookwright.tables.write_sheets import Column, Formula, Kind, Table, Value
from bookwright.workload.touchpoints import ORIGINS


def benchmarks_table(c: Capacity) -> Table:
    """Published ranges beside the results, each with source and caveat."""
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


def assumptions_table(c: Capacity) -> Table:
    """What all the other sheets rest on, and where each value comes from."""
    model, origins = c.problem.model, c.problem.model.origins
    source = f"planning model {model.name}"
    cost = c.cost_per_csm
    kinds, usual = (cells_of("By CSM", letter, len(c.csms)) for letter in "CT")
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
