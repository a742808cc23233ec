"""The Books sheet of a review workbook: totals of every book in scope, today, as proposed, and live as decided."""

from __future__ import annotations

from collections.abc import Sequence

from bookwright.review.identity import ARR, AS_DECIDED, HOURS
from bookwright.review.proposal import Proposal
from bookwright.review.scope import Scope
from bookwright.review.totals import totals
from bookwright.tables.write_sheets import Column, Formula, Kind, Look, Mark, Sheet, Table, Value, letters_of


def books_sheet(proposal: Proposal, scope: Scope, accounts: Sheet, protect: bool) -> Sheet:
    """Totals per book: today, as proposed, and live as the Accounts sheet decides."""
    today = {t.csm_id: t for t in totals(proposal, scope, proposal.before)}
    planned = {t.csm_id: t for t in totals(proposal, scope, proposal.after)}
    goes, hours, arr = (accounts.address(title) for title in (AS_DECIDED, HOURS, ARR))
    over = (Mark(Look.BAD, above=1.0),)
    columns = (
        Column("CSM", width=22),
        Column("Hours available", Kind.HOURS, width=11, help="Customer hours in the last month of the plan."),
        Column("Hours today", Kind.HOURS, width=10),
        Column("Hours proposed", Kind.HOURS, width=10),
        Column("Hours as decided", Kind.HOURS, width=10, help="Live: changes as you decide on Accounts."),
        Column("Utilization today", Kind.PERCENT, width=11, marks=over),
        Column("Utilization proposed", Kind.PERCENT, width=11, marks=over),
        Column(
            "Utilization as decided", Kind.PERCENT, width=11, marks=over, help="Live: hours as decided / available."
        ),
        Column("ARR today", Kind.MONEY, width=13),
        Column("ARR proposed", Kind.MONEY, width=13),
        Column("ARR as decided", Kind.MONEY, width=13, help="Live: changes as you decide on Accounts."),
        Column("Accounts proposed", Kind.WHOLE, width=10),
        Column("Accounts as decided", Kind.WHOLE, width=10, help="Live: changes as you decide on Accounts."),
    )
    rows: list[tuple[Value, ...]] = []
    for number, csm_id in enumerate(scope.csm_ids, 3):
        old, new, has = today[csm_id], planned[csm_id], proposal.capacity[csm_id]
        mine = f"({goes}=$A{number})"
        rows.append(
            (
                proposal.csm_label(csm_id),
                has,
                old.hours,
                new.hours,
                Formula(f"=SUMPRODUCT({mine}*{hours})", new.hours),
                old.hours / has if has else None,
                new.hours / has if has else None,
                Formula(f'=IF($B{number}>0,E{number}/$B{number},"")', new.hours / has if has else ""),
                old.arr,
                new.arr,
                Formula(f"=SUMPRODUCT({mine}*{arr})", new.arr),
                new.accounts,
                Formula(f"=SUMPRODUCT({mine}*1)", new.accounts),
            )
        )
    table = Table(
        columns=columns,
        rows=rows,
        note="'As decided' follows the Accounts sheet as you fill it in; 'proposed' is the plan as sent.",
        empty="No book is in your scope.",
        total=_sums(rows) if len(rows) > 1 else None,
    )
    return Sheet("Books", tables=(table,), freeze_columns=1, protected=protect)


def _sums(rows: Sequence[Sequence[Value]]) -> list[Value]:
    """The last row: sums, live where the column is live; utilization of all together."""
    last = len(rows) + 2
    found: list[Value] = ["All books"]
    for k in range(1, 13):
        letter = letters_of(k)
        if k in (5, 6, 7):
            top = "CDE"[k - 5]
            hours = _added([row[k - 3] for row in rows])
            has = _added([row[1] for row in rows])
            text = f'=IF($B{last + 1}>0,{top}{last + 1}/$B{last + 1},"")'
            found.append(Formula(text, hours / has if has else ""))
        else:
            found.append(Formula(f"=SUM({letter}3:{letter}{last})", _added([row[k] for row in rows])))
    return found


def _added(values: Sequence[Value]) -> float:
    numbers = [v.value if isinstance(v, Formula) else v for v in values]
    return sum(float(v) for v in numbers if isinstance(v, int | float))
