"""The sheets of the capacity workbook: live formulas from touchpoints to customers per CSM, that a reader can follow.

Rows are joined by numbers (segment and CSM No.), as names are compared loosely by spreadsheets.
"""

from __future__ import annotations

from bookwright.capacity import Capacity, Outcome, made_of
from bookwright.report.capacity_beside import assumptions_sheet, benchmarks_table
from bookwright.report.capacity_case import case_sheet
from bookwright.report.capacity_made import made_sheets
from bookwright.report.capacity_people import by_csm_tables, matrix_table, time_table
from bookwright.report.capacity_segments import boundary_table, by_segment_tables
from bookwright.report.capacity_ways import automatable_table, overload_table, trades_table
from bookwright.report.capacity_what_if import what_if_sheets
from bookwright.report.capacity_workload import touchpoints_table, workload_table
from bookwright.report.summary import currency_of
from bookwright.tables.write_sheets import Sheet, Workbook


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
    made = made_of(capacity)
    done, log = made_sheets(capacity, made) if made is not None else (None, ())
    what_if, *steps = what_if_sheets(capacity, outcome) if outcome is not None else (None,)
    extra = (what_if,) if what_if is not None else ()
    return (
        case_sheet(capacity, outcome),
        Sheet("By segment", tables=by_segment_tables(capacity), freeze_columns=2),
        Sheet("By CSM", tables=by_csm_tables(capacity), freeze_columns=2),
        *extra,
        *((done,) if done is not None else ()),
        Sheet("Headcount or tooling", tables=(trades_table(capacity), automatable_table(capacity))),
        Sheet("Overload", tables=(overload_table(capacity),)),
        Sheet("Time", tables=(time_table(capacity),), freeze_columns=1),
        Sheet("Touchpoint hours", tables=(touchpoints_table(capacity),), freeze_columns=3),
        Sheet("Workload", tables=(workload_table(capacity),), freeze_columns=2),
        Sheet("Hours by segment", tables=(matrix_table(capacity),), freeze_columns=2),
        *steps,
        *log,
        Sheet("Near a boundary", tables=(boundary_table(capacity),)),
        Sheet("Benchmarks", tables=(benchmarks_table(capacity),)),
        assumptions_sheet(capacity),
    )
