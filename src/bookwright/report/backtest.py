"""The backtest for people: one sentence, the measures side by side, books and accounts, and JSON."""

from __future__ import annotations

from typing import Any

from bookwright.books import MoveKind
from bookwright.report.summary import currency_of, summary
from bookwright.tables.write_formats import money_symbol
from bookwright.tables.write_sheets import Cell, Column, Kind, Look, Mark, Sheet, Table, Value, Workbook
from bookwright.trust.backtest import Backtest, Side

_WIDE, _LETTERS = 5, 120
"""Columns of the first sheet, and about how many letters of the sentence go on one line there."""
_UNITS = {Kind.PERCENT: "share", Kind.MONEY: "money", Kind.WHOLE: "count", Kind.HOURS: "hours", Kind.POINTS: "points"}


def measures(found: Backtest) -> list[tuple[str, str, Kind, list[float | None]]]:
    """(key, title, kind, [before, done, ours, ...]): what a leader compares."""
    lines = [summary(side.result).by_key for side in found.sides]
    before = found.done.result.today
    out: list[tuple[str, str, Kind, list[float | None]]] = []
    for kind in (MoveKind.CHOSEN, MoveKind.FORCED, MoveKind.PLACED):
        row = [None, *(float(side.moves(kind)) for side in found.sides)]
        out.append((f"moves_{kind.value}", f"Accounts moved, {kind.value}", Kind.WHOLE, row))
    out.append(("moved_arr", "ARR moved by choice", Kind.MONEY, [None, *(side.moved_arr for side in found.sides)]))
    out.append(("price", "Price of the moves", Kind.POINTS, [None, *(side.price for side in found.sides)]))
    over = sum(
        max(0.0, b.hours - b.capacity_hours)
        for b, gone in zip(before.books, found.done.result.problem.leaves, strict=True)
        if not gone
    )
    hours: list[float | None] = [over, *(side.overload_hours for side in found.sides)]
    out.append(("overload", "Hours a month over 100 %", Kind.HOURS, hours))
    for key, line in lines[0].items():
        out.append((key, line.title, line.kind, [line.before, *(each[key].after for each in lines)]))
    row = [None, *(float(len(side.broken)) for side in found.sides)]
    out.append(("broken", "Hard rules not kept", Kind.WHOLE, row))
    return out


def sentence(found: Backtest) -> str:
    """What the tool would have done, in one or two sentences."""
    done, ours = found.done, found.ours
    made, would = done.moves(MoveKind.CHOSEN), ours.moves(MoveKind.CHOSEN)
    text = f"{made} accounts were moved by choice; Bookwright would have moved {would}"
    text += f", {abs(found.moves_saved)} {'fewer' if found.moves_saved >= 0 else 'more'}" if found.moves_saved else ""
    over = done.overload_hours, ours.overload_hours
    text += f". Hours a month over 100 %: {over[0]:,.1f} as it was done, {over[1]:,.1f} with its plan."
    if found.frugal is not None:
        text += f" With no more moves than were made: {found.frugal.overload_hours:,.1f} h."
    if done.broken:
        text += f" What was done breaks {len(done.broken)} of the planning model's hard rules: {done.broken[0].what}"
        text += f" And {len(done.broken) - 1} more." if len(done.broken) > 1 else ""
    return text


def notes(found: Backtest) -> list[str]:
    """What was left out of the comparison, and why."""
    name = found.done.result.problem.portfolio.csm_name
    out = []
    if found.joined:
        out.append(f"{len(found.joined):,} accounts are in the book after only and are left out.")
    if found.gone:
        out.append(
            f"{len(found.gone):,} accounts are in the book before only: in what was done they stay as they were."
        )
    if found.unknown:
        out.append(
            f"{len(found.unknown):,} accounts have a CSM after who is on no CSMs sheet: they count as without one."
        )
    if found.new_csms:
        out.append(f"New in the team: {', '.join(name(c) or c for c in found.new_csms)}.")
    if found.left_csms:
        out.append(f"Left the team: {', '.join(name(c) or c for c in found.left_csms)}.")
    if found.ours.result.status.value not in ("OPTIMAL", "FEASIBLE"):
        out.append("No plan keeps every hard rule of the planning model; the nearest one is shown.")
    return out


def shown(value: float | None, kind: Kind, currency: str = "") -> str:
    """A measure in a terminal."""
    if value is None:
        return ""
    if kind is Kind.PERCENT:
        return f"{value:.0%}"
    if kind is Kind.MONEY:
        return f"{money_symbol(currency)}{value:,.0f}"
    return f"{value:,.0f}" if kind is Kind.WHOLE else f"{value:,.1f}"


def heads(found: Backtest) -> list[str]:
    """Column titles of the measures."""
    return ["", "Before", *(side.name for side in found.sides)]


def table_lines(found: Backtest) -> list[list[str]]:
    """The measures as rows of text."""
    currency = currency_of(found.done.result.problem)
    rows = [[title, *(shown(v, kind, currency) for v in values)] for _, title, kind, values in measures(found)]
    return [heads(found), *rows]


def workbook(found: Backtest) -> Workbook:
    """Three sheets: the measures, every CSM's book on each side, every account that anybody moved."""
    problem = found.done.result.problem
    return Workbook(
        sheets=(
            _first(found),
            Sheet("Books", tables=(_books(found),), freeze_columns=1),
            Sheet("Accounts", tables=(_accounts(found),), freeze_columns=2),
        ),
        title="Backtest",
        created=problem.effective_date,
        currency=currency_of(problem),
    )


def _first(found: Backtest) -> Sheet:
    """The measures side by side under the sentence."""
    said, titles = sentence(found), heads(found)
    cells = [
        Cell(0, 0, "What was done, and what Bookwright would have done", Look.TITLE),
        Cell(1, 0, said, Look.VERDICT, across=_WIDE),
    ]
    heights = {0: 28.0, 1: 17.0 * (1 + len(said) // _LETTERS)}
    row = 2
    for text in notes(found):
        cells.append(Cell(row, 0, text, Look.MUTED, across=_WIDE))
        row += 1
    row += 1
    cells += [Cell(row, k, title, Look.HEADER, Kind.NUMBER if k else Kind.TEXT) for k, title in enumerate(titles)]
    for _, title, kind, values in measures(found):
        row += 1
        cells.append(Cell(row, 0, title, Look.LABEL))
        cells += [Cell(row, k, v, Look.LABEL, kind) for k, v in enumerate(values, 1) if v is not None]
    return Sheet("Backtest", cells=tuple(cells), widths=(34, *(20,) * _WIDE), heights=heights, gridlines=False)


def _books(found: Backtest) -> Table:
    problem, today = found.done.result.problem, found.done.result.today
    columns = [Column("CSM")]
    for title in heads(found)[1:]:
        columns.append(Column(f"Utilization: {title}", Kind.PERCENT, marks=(Mark(Look.BAD, above=1.0),)))
    for title in heads(found)[1:]:
        columns.append(Column(f"ARR: {title}", Kind.MONEY))
    plans = [today, *(side.result.plan for side in found.sides)]
    rows: list[tuple[Value, ...]] = []
    for j, csm in enumerate(problem.csms):
        used = [None if problem.leaves[j] else plan.books[j].utilization for plan in plans]
        rows.append((csm.name, *used, *(plan.books[j].arr for plan in plans)))
    return Table(columns=tuple(columns), rows=rows, title="Books", note="Utilization in the last month of the horizon.")


def _accounts(found: Backtest) -> Table:
    problem, name = found.done.result.problem, found.done.result.problem.portfolio.csm_name
    today = found.done.result.today.by_account
    ends = [side.result.plan.by_account for side in found.sides]
    rows: list[tuple[Value, ...]] = []
    for a in problem.accounts:
        if all(end[a.id] == today[a.id] for end in ends):
            continue
        same = ends[0][a.id] == ends[1][a.id]
        rows.append(
            (
                a.id,
                a.name,
                a.segment,
                a.arr,
                name(today[a.id]) or "",
                *(name(e[a.id]) or "" for e in ends),
                "same" if same else "differs",
            )
        )
    rows.sort(key=lambda row: (row[-1] != "differs", -float(row[3] or 0)))  # type: ignore[arg-type]
    return Table(
        columns=(
            Column("Account ID"),
            Column("Account", width=30),
            Column("Segment"),
            Column("ARR", Kind.MONEY),
            *(Column(title) for title in heads(found)[1:]),
            Column("Same", marks=(Mark(Look.WARN, equals="differs"),)),
        ),
        rows=rows,
        filtered=True,
        title="Accounts that anybody moved",
        empty="Nobody moved an account.",
    )


def as_json(found: Backtest) -> dict[str, Any]:
    """The comparison as plain values; money in the book's currency, shares as fractions."""
    keys = ["before", "done", "bookwright", "bookwright_as_few_moves"]
    return {
        "said": sentence(found),
        "notes": notes(found),
        "moves_saved": found.moves_saved,
        "overload_avoided": found.overload_avoided,
        "measures": {
            key: {"title": title, "unit": _UNITS.get(kind, kind.value), **dict(zip(keys, values, strict=False))}
            for key, title, kind, values in measures(found)
        },
        "broken": [b.what for b in found.done.broken],
        "accounts": _differing(found),
    }


def _differing(found: Backtest) -> list[dict[str, Any]]:
    today = found.done.result.today.by_account
    sides: list[tuple[str, Side]] = [("done", found.done), ("bookwright", found.ours)]
    ends = {key: side.result.plan.by_account for key, side in sides}
    return [
        {"account_id": a, "before": home, **{key: end[a] for key, end in ends.items()}}
        for a, home in today.items()
        if any(end[a] != home for end in ends.values())
    ]
