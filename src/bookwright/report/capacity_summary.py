"""The Capacity sheet of a plan's workbook: ratios and headcount per segment, for the books of the plan."""

from __future__ import annotations

from bookwright.capacity import analyse
from bookwright.result import Result
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Table


def capacity_table(result: Result) -> Table:
    """One row per segment: hours needed and available, what fits no book, customers and ARR per CSM, headcount."""
    found = analyse(result.problem, result.plan)
    rows = [
        (
            s.name,
            s.accounts,
            s.arr,
            s.need,
            s.available,
            s.not_served,
            s.arr_not_served,
            s.quality,
            s.customers_per_csm,
            s.arr_per_csm,
            s.csms_needed,
            s.csms_today,
        )
        for s in found.segments
    ]
    return Table(
        columns=(
            Column("Segment"),
            Column("Accounts", Kind.WHOLE),
            Column("ARR", Kind.MONEY),
            Column("Hours needed", Kind.HOURS),
            Column("Hours available", Kind.HOURS, help="Capacity of those who have the accounts."),
            Column("Hours that fit no book", Kind.HOURS, marks=(Mark(Look.WARN, above=0.05),)),
            Column("ARR not served", Kind.MONEY, help="ARR x the share of its hours that does not fit."),
            Column("Coverage quality", Kind.PERCENT, help="Hours available / needed, at most 100 %."),
            Column("Customers per CSM", Kind.HOURS, help="A result: hours of one CSM / hours per account."),
            Column("ARR per CSM", Kind.MONEY),
            Column("CSMs needed", Kind.HOURS),
            Column("CSMs there", Kind.HOURS),
        ),
        rows=rows,
        note="The books of this plan. For today's books, every step as live formulas: bookwright capacity BOOK -o FILE",
        empty="No account is planned.",
    )
