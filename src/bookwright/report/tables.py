"""The result as tables: pandas frames for Python users, and the same data declared as the sheets of a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookwright.hand_over import schedule
from bookwright.report.assignments import assignments_table
from bookwright.report.books import books_table, targets_table
from bookwright.report.capacity_summary import MOST_ACCOUNTS, plan_capacity
from bookwright.report.ledger import breaches_table, diagnosis_table, exceptions_table, rules_table
from bookwright.report.months import hours_by_month, months_tables
from bookwright.report.moves import lists, moves_table
from bookwright.report.occasions import occasion_sheets
from bookwright.report.rounds import round_sheets
from bookwright.report.run import findings_table, model_table, priorities_table, run_table, settings_table
from bookwright.report.summary import Summary, currency_of, summary
from bookwright.report.summary_sheet import summary_sheet
from bookwright.report.verdict import verdict
from bookwright.result import Result
from bookwright.tables.write_sheets import Formula, Sheet, Table, Workbook

if TYPE_CHECKING:
    import pandas as pd


def workbook(result: Result) -> Workbook:
    """The plan's workbook, declared for the writer: Summary, Books, Moves, Assignments, and what they rest on."""
    facts = summary(result)
    months = schedule(result.problem, result.plan, result.price)
    targets = Sheet("Targets", tables=(targets_table(result),), freeze_columns=2)
    capacity, steps = plan_capacity(result)
    small = bool(steps) and len(result.problem.accounts) <= MOST_ACCOUNTS
    monthly = months_tables(result, months, capacity=bool(steps), hours=small)
    sheets = (
        summary_sheet(facts),
        Sheet("Books", tables=(books_table(result, targets),), freeze_columns=2),
        Sheet("Moves", tables=(moves_table(result, months),), freeze_columns=2),
        *round_sheets(result),
        *occasion_sheets(result, months),
        Sheet("Assignments", tables=(assignments_table(result),), freeze_columns=2),
        Sheet("Months", tables=tuple(monthly), freeze_columns=1),
        capacity,
        Sheet("Rules", tables=_rules(result)),
        targets,
        Sheet("Findings", tables=(findings_table(result),)),
        Sheet("Run", tables=(run_table(result), priorities_table(result), settings_table(result), model_table(result))),
        *steps,
        *((hours_by_month(result, months),) if small else ()),
    )
    return Workbook(
        sheets=sheets,
        lists=lists(result),
        title=result.problem.model.title or "Plan of accounts and CSMs",
        created=result.problem.effective_date,
        currency=currency_of(result.problem),
        properties={"Bookwright plan": result.plan_id} if result.plan_id else {},
    )


def _rules(result: Result) -> tuple[Table, ...]:
    """The ledger, what is still broken, why that cannot be helped where it cannot, and the exceptions."""
    why = (diagnosis_table(result),) if result.diagnosis else ()
    return (rules_table(result), breaches_table(result), *why, exceptions_table(result))


def frames(result: Result) -> dict[str, pd.DataFrame]:
    """The result as pandas frames by name: summary, books, moves, assignments, rules, breaches, targets, findings, run.

    Column names are snake case (utilization_after); assignments keep the workbook's own headers. Money is in the
    plan's currency, hours are per month, shares are fractions.
    """
    tables = {
        "books": books_table(result),
        "moves": moves_table(result),
        "assignments": assignments_table(result),
        "rules": rules_table(result),
        "breaches": breaches_table(result),
        "targets": targets_table(result),
        "findings": findings_table(result),
        "priorities": priorities_table(result),
        "run": run_table(result),
        "settings": settings_table(result),
    }
    return {"summary": _summary_frame(summary(result)), **{name: frame(table) for name, table in tables.items()}}


def frame(table: Table) -> pd.DataFrame:
    """A declared table as a frame: formulas by their results, columns for people to fill in left out."""
    import pandas as pd

    kept = [(k, c) for k, c in enumerate(table.columns) if not c.entry]
    data = {
        column.name: [v.value if isinstance(v, Formula) else v for v in (row[k] for row in table.rows)]
        for k, column in kept
    }
    return pd.DataFrame(data, columns=[c.name for _, c in kept])


def _summary_frame(s: Summary) -> pd.DataFrame:
    import pandas as pd

    rows = [{"key": line.key, "what": line.title, "before": line.before, "after": line.after} for line in s.lines]
    rows += [
        {"key": f"moves_{k.value}", "what": f"Moves {k.value}", "before": None, "after": e.accounts}
        for k, e in s.moves.items()
    ]
    found = pd.DataFrame(rows, columns=["key", "what", "before", "after"])
    found.attrs["verdict"] = verdict(s)
    return found


__all__ = ["frame", "frames", "workbook"]
