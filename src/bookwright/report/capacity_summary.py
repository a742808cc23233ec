"""The capacity sheets of a plan's workbook: the same ratios, headcount and steps, for the books of the plan."""

from __future__ import annotations

from bookwright.capacity import analyse
from bookwright.report.capacity_beside import assumptions_sheet
from bookwright.report.capacity_people import by_csm_tables, matrix_table
from bookwright.report.capacity_segments import by_segment_tables
from bookwright.report.capacity_workload import lean_workload_table, touchpoints_table, workload_table
from bookwright.result import Result
from bookwright.tables.write_sheets import Column, Sheet, Table

MOST_ACCOUNTS = 20_000
"""Above this, a plan's workbook states each account's hours as a number with its origin: the steps to it would double
the file's size and its opening time. All that follows from the hours is live."""


def plan_capacity(result: Result) -> tuple[Sheet, tuple[Sheet, ...]]:
    """Sheet Capacity, and the sheets it is calculated from, live: every account's hours, every CSM's, assumptions."""
    found = analyse(result.problem, result.plan)
    if not found.segments:
        return Sheet("Capacity", tables=(_NOTHING,), freeze_columns=1), ()
    lean = len(result.problem.accounts) > MOST_ACCOUNTS
    capacity = Sheet("Capacity", tables=by_segment_tables(found, lean=lean), freeze_columns=2)
    touchpoints = () if lean else (Sheet("Touchpoint hours", tables=(touchpoints_table(found),), freeze_columns=3),)
    workload = lean_workload_table(found) if lean else workload_table(found)
    return capacity, (
        Sheet("By CSM", tables=by_csm_tables(found, lean=lean), freeze_columns=2),
        *touchpoints,
        Sheet("Workload", tables=(workload,), freeze_columns=1 if lean else 2),
        Sheet("Hours by segment", tables=(matrix_table(found, lean=lean),), freeze_columns=2),
        assumptions_sheet(found, lean=lean),
    )


_NOTHING = Table((Column("Segment"),), (), empty="No account is planned.")
