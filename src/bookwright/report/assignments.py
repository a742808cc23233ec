"""The Assignments sheet: every account of the workbook in its order, all its columns, and its CSM in the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bookwright.portfolio import Account, Portfolio
from bookwright.report.summary import not_planned_word
from bookwright.result import Result
from bookwright.tables.columns import Type, is_output_title
from bookwright.tables.columns_accounts import ACCOUNTS
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Table, Value

_KINDS = {
    Type.MONEY: Kind.MONEY,
    Type.NUMBER: Kind.NUMBER,
    Type.HOURS: Kind.HOURS,
    Type.INTEGER: Kind.WHOLE,
    Type.DATE: Kind.DATE,
    Type.HEALTH: Kind.WHOLE,
}


def assignments_table(result: Result) -> Table:
    """Every account in input order, planned or not, with all its columns as read and New CSM, Moved, Kind, Why."""
    portfolio = result.problem.portfolio
    readers, columns = [], []
    taken = {"new csm", "new csm id", "moved", "kind", "why"}
    for header, field in account_columns(portfolio):
        title = header
        while title.casefold() in taken or is_output_title(title):
            title += " (input)"
        taken.add(title.casefold())
        kind = _kind(field)
        columns.append(Column(title, kind, key=title))
        readers.append(_reader(portfolio, header, field))
    moved = {m.account_id: m for m in result.plan.moves}
    rows: list[tuple[Value, ...]] = []
    for account in portfolio.accounts:
        values = [read(account) for read in readers]
        if account.planned:
            new, move = result.plan.by_account[account.id], moved.get(account.id)
            values += [
                portfolio.csm_name(new),
                new,
                "yes" if move else None,
                move.kind.value if move else None,
                result.why.get(account.id) or (move.reason if move else "") or _stays(result, account.id, new),
            ]
        else:
            values += [portfolio.csm_name(account.csm_id) or account.csm_text, account.csm_id, None, "not planned"]
            values.append(f"Not planned: {not_planned_word(account.status, account.coverage)}. Keeps its CSM.")
        rows.append(tuple(values))
    columns += [
        Column("New CSM", key="New CSM"),
        Column("New CSM ID", key="New CSM ID"),
        Column("Moved", key="Moved", marks=(Mark(Look.GOOD, equals="yes"),)),
        Column("Kind", key="Kind"),
        Column("Why", key="Why", width=58),
    ]
    return Table(columns=tuple(columns), rows=rows, filtered=True, empty="There are no accounts.")


def account_columns(portfolio: Portfolio) -> tuple[tuple[str, str | None], ...]:
    """The accounts table's headers with the fields they fill; for facts made in Python, those that hold something."""
    if portfolio.account_columns:
        return portfolio.account_columns
    blank = Account(id="")
    known = [
        (column.title, column.field)
        for column in ACCOUNTS.columns
        if column.required or any(getattr(a, column.field) != getattr(blank, column.field) for a in portfolio.accounts)
    ]
    extra = dict.fromkeys(title for a in portfolio.accounts for title in a.extra)
    return (*known, *((title, None) for title in extra))


def _kind(field: str | None) -> Kind:
    if field is None:
        return Kind.ANY
    try:
        return _KINDS.get(ACCOUNTS.column(field).type, Kind.TEXT)
    except KeyError:
        return Kind.ANY


def _reader(portfolio: Portfolio, header: str, field: str | None) -> Callable[[Account], Value]:
    """How a column's value is taken from an account: CSMs by name, the rest as read."""
    if field is None:
        return lambda a: a.extra.get(header)
    if field == "csm_id":
        return lambda a: a.csm_text or portfolio.csm_name(a.csm_id)
    if field == "pin":
        return lambda a: portfolio.csm_name(a.pin)
    if field == "escalation":
        return lambda a: "open" if a.escalation else None

    def read(account: Account) -> Value:
        found: Any = getattr(account, field, None)
        value: Value = found.value if hasattr(found, "value") else found
        return value

    return read


def _stays(result: Result, account_id: str, csm_id: str | None) -> str:
    """Why an account that does not move stays, where there is something to say."""
    if csm_id is None:
        return "Nobody may own it."
    why = result.frozen.get(account_id)
    return f"Stays: {why}." if why else ""
