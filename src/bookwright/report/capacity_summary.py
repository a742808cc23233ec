"""The capacity sheets of a plan's workbook: the same ratios, headcount and steps, for the books of the plan."""

from __future__ import annotations

from bookwright.capacity import Capacity, analyse
from bookwright.report.capacity_beside import assumptions_sheet
from bookwright.report.capacity_people import by_csm_tables, matrix_table
from bookwright.report.capacity_segments import by_segment_tables
from bookwright.report.capacity_workload import touchpoints_table, workload_table
from bookwright.result import Result
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Sheet, Table

MOST_ACCOUNTS = 20_000
"""Above this, a plan's workbook states the ratios as numbers: the steps would double its size and its opening time."""


def plan_capacity(result: Result) -> tuple[Sheet, tuple[Sheet, ...]]:
    """Sheet Capacity, and the sheets it is calculated from, live: every account's hours, every CSM's, assumptions."""
    found = analyse(result.problem, result.plan)
    if not found.segments or len(result.problem.accounts) > MOST_ACCOUNTS:
        return Sheet("Capacity", tables=(_numbers(found),), freeze_columns=1), ()
    capacity = Sheet("Capacity", tables=by_segment_tables(found), freeze_columns=2)
    return capacity, (
        Sheet("By CSM", tables=by_csm_tables(found), freeze_columns=2),
        Sheet("Touchpoint hours", tables=(touchpoints_table(found),), freeze_columns=3),
        Sheet("Workload", tables=(workload_table(found),), freeze_columns=2),
        Sheet("Hours by segment", tables=(matrix_table(found),), freeze_columns=2),
        assumptions_sheet(found),
    )


def _numbers(found: Capacity) -> Table:
    """One row per segment: hours needed and available, what fits no book, customers and ARR per CSM, headcount."""
    rows = [
        (
            s.name, s.accounts, s.arr, s.need, s.available, s.not_served, s.arr_not_served, s.quality,
            s.customers_per_csm, s.arr_per_csm, s.csms_needed, s.csms_today,
        )
        for s in found.segments
    ]  # fmt: skip
    return Table(
        columns=(
            Column("Segment"),
            Column("Accounts", Kind.WHOLE),
            Column("ARR", Kind.MONEY),
            Column("Hours needed", Kind.HOURS),
            Column("Hours available", Kind.HOURS, help="Capacity of those who have the accounts."),
            Column("Hours that fit no book", Kind.HOURS, marks=(Mark(Look.WARN, above=0.05),)),
            Column("ARR not served", Kind.MONEY, help="ARR x the share of its hours that does not fit."),
            Column("Coverage if books were even", Kind.PERCENT, help="Hours available / needed, at most 100 %."),
            Column("Customers per CSM", Kind.HOURS, help="A result: hours of one CSM / hours per account."),
            Column("ARR per CSM", Kind.MONEY),
            Column("CSMs needed", Kind.HOURS),
            Column("CSMs there", Kind.HOURS),
        ),
        rows=rows,
        note=f"The books of this plan. Above {MOST_ACCOUNTS:,} accounts, the steps: bookwright capacity BOOK -o FILE.",
        empty="No account is planned.",
    )
