"""Sheets that a plan has from round 2 on: Holdovers, and what changed since the last round."""

from __future__ import annotations

from bookwright.result import Result
from bookwright.tables.write_sheets import Column, Kind, Sheet, Table


def round_sheets(result: Result) -> tuple[Sheet, ...]:
    """Holdovers and Since last round; none for a first plan."""
    if not result.since_last_round:
        return ()
    since = Sheet("Since last round", tables=(since_table(result),))
    return (Sheet("Holdovers", tables=(holdovers_table(result),), freeze_columns=2), since)


def holdovers_table(result: Result) -> Table:
    """Accepted moves that are handed over later: until then hours and ARR stay with today's CSM."""
    problem = result.problem
    name, book = problem.portfolio.csm_name, problem.portfolio.account_by_id
    rows = [
        (
            h.account_id,
            book[h.account_id].name,
            book[h.account_id].segment,
            name(h.csm_from),
            name(h.csm_to),
            h.until,
            h.hours,
            h.arr,
            name(h.counts_with),
            h.reason,
        )
        for h in sorted(result.holdovers, key=lambda h: (h.until, h.account_id))
    ]
    return Table(
        columns=(
            Column("Account ID", width=14),
            Column("Account", width=30),
            Column("Segment", width=14),
            Column("Stays with", width=20),
            Column("Then goes to", width=20),
            Column("Hand over on", Kind.DATE, width=13),
            Column("Hours per month", Kind.HOURS, width=11),
            Column("ARR", Kind.MONEY, width=13),
            Column("In Books with", width=20),
            Column("Reason", width=28, wrap=True),
        ),
        rows=rows,
        filtered=True,
        note="Until the day of the hand-over, hours and ARR stay with today's CSM. Books show the last month.",
        empty="No account is handed over later.",
    )


def since_table(result: Result) -> Table:
    """What changed in the book, which decisions hold, lapse or wait, and alarms: one sentence a row."""
    return Table(
        columns=(Column("No.", Kind.TEXT), Column("Since the last round", key="what", width=110, wrap=True)),
        rows=[(k, text) for k, text in enumerate(result.since_last_round, 1)],
    )
