"""The hand-over workbook of one CSM: what comes, with a checklist to fill in; what leaves; a page per account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bookwright.export.brief import MEANINGS, ONE, STEPS, Brief, Fact
from bookwright.export.changes import Transition
from bookwright.export.checklist import CHECK, COMMENT, MARK, STEP_TITLES, check_of
from bookwright.tables.write_formats import money_symbol
from bookwright.tables.write_page import LETTERS_PER_WIDTH
from bookwright.tables.write_sheets import Cell, Column, Kind, Look, Mark, Sheet, Table, Value, Workbook, sheet_name

MOST_PAGES = 120
"""Pages of accounts in one workbook; the lists hold them all."""
_MOST_CONTACTS, _MOST_WORK = 10, 16
_WIDTHS = (20.0, 31.0, 18.0, 22.0, 16.0)
_WRAP = 96
COMING, LEAVING = "Coming to you", "Leaving you"


def hand_over_workbook(moves: Transition, csm_id: str, coming: Sequence[Brief], leaving: Sequence[Brief]) -> Workbook:
    """The workbook of one CSM; the checklist's rows carry a check by which a returned file is told."""
    name = moves.proposal.csm_label(csm_id)
    currency = moves.proposal.problem.portfolio.currency or moves.proposal.problem.model.currency
    sheets = [_read_me(name, coming, leaving)]
    if coming:
        sheets.append(_coming(moves, coming))
    if leaving:
        sheets.append(_leaving(leaving))
    taken = [s.name for s in sheets]
    for brief in coming[:MOST_PAGES]:
        taken.append(sheet_name(brief.title, taken))
        sheets.append(_page(brief, taken[-1], currency))
    sheets.append(_identity(moves, csm_id))
    return Workbook(
        tuple(sheets),
        title=f"Hand-over of {name}",
        created=moves.proposal.problem.effective_date,
        currency=currency,
        properties={MARK: csm_id, "Bookwright plan": moves.plan_id},
    )


def _read_me(name: str, coming: Sequence[Brief], leaving: Sequence[Brief]) -> Sheet:
    lines = []
    if coming:
        first = min(b.change.hand_over_on for b in coming).isoformat()
        lines.append(f"{len(coming):,} accounts come to you, the first on {first}: see {COMING}, and a page for each.")
        lines.append(f"On {COMING}, fill in the day each step was done, in the yellow cells. A blank says nothing.")
    if leaving:
        lines.append(f"{len(leaving):,} accounts leave you: see {LEAVING}, and brief the new CSM before the hand-over.")
    lines.append("Send this file back when you are asked; filter as you like, but change no other cell.")
    if len(coming) > MOST_PAGES:
        lines.append(f"The first {MOST_PAGES} accounts have a page of their own; the list holds all.")
    cells = [Cell(0, 0, f"Hand-over for {name}", Look.TITLE)]
    cells += [Cell(k, 0, f"{k - 1}.  {line}", Look.VERDICT) for k, line in enumerate(lines, 2)]
    heights = {0: 30.0, **dict.fromkeys(range(2, 2 + len(lines)), 24.0)}
    return Sheet("Read me", cells=tuple(cells), widths=(118.0,), heights=heights, gridlines=False)


def _value(brief: Brief, label: str) -> Value:
    return next(v for k, v in brief.facts if k == label)


def _list_columns(other: str) -> tuple[Column, ...]:
    marks = (Mark(Look.BAD, equals="yes"),)
    return (
        Column("Account ID"),
        Column("Account", width=28),
        Column(other, width=18),
        Column("Hand-over on", Kind.DATE, width=12),
        Column("ARR", Kind.MONEY),
        Column("Renewal date", Kind.DATE, width=12),
        Column("Health", width=12),
        Column("Open escalation", width=11, marks=marks),
    )


def _list_row(brief: Brief, other: str) -> tuple[Value, ...]:
    labels = ("Hand-over on", "ARR", "Renewal date", "Health", "Open escalation")
    return (brief.change.account.id, brief.change.account.name, other, *(_value(brief, k) for k in labels))


def _coming(moves: Transition, coming: Sequence[Brief]) -> Sheet:
    low = moves.proposal.problem.effective_date - dt.timedelta(days=180)
    between = (low, low + dt.timedelta(days=540))
    entries = tuple(
        Column(title, Kind.DATE, entry=True, width=12, between=between, help="The day it was done; blank = not yet.")
        for title in STEP_TITLES
    )
    columns = (*_list_columns("From"), *entries, Column(COMMENT, entry=True, width=30, wrap=True))
    rows = [
        (*_list_row(b, b.giver or "nobody"), *(None for _ in (*STEPS, COMMENT)), check_of(moves, b)) for b in coming
    ]
    table = Table(
        (*columns, Column(CHECK, hidden=True, width=14)),
        rows,
        note="First hand-over first. The yellow cells are yours: the day each step was done.",
        filtered=True,
    )
    return Sheet(COMING, tables=(table,), freeze_columns=2, protected=True, tab="#2F6690")


def _leaving(leaving: Sequence[Brief]) -> Sheet:
    columns = (*_list_columns("To"), Column("Why", width=40, wrap=True))
    rows = [(*_list_row(b, b.taker), b.why) for b in leaving]
    note = "First hand-over first. Before each day: brief the new CSM, and introduce them to the customer."
    return Sheet(LEAVING, tables=(Table(columns, rows, note=note, filtered=True),), freeze_columns=2)


def _identity(moves: Transition, csm_id: str) -> Sheet:
    """The hidden sheet that says whose checklist of which plan this is."""
    cells = [Cell(0, 0, MARK)]
    for row, (name, value) in enumerate((("csm", csm_id), ("plan", moves.plan_id)), 1):
        cells += [Cell(row, 0, name), Cell(row, 1, value, kind=Kind.TEXT)]
    return Sheet("Bookwright", cells=tuple(cells), hidden=True)


class _Lines:
    """Cells from the top down."""

    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self.heights: dict[int, float] = {}
        self.row = 0

    def text(self, value: str, look: Look, height: float = 0.0) -> None:
        """One text over the whole width, as high as its lines need."""
        self.cells.append(Cell(self.row, 0, value, look, across=len(_WIDTHS)))
        lines = sum(max(1, -(-len(part) // _WRAP)) for part in value.split("\n"))
        if height or lines > 1 or look is Look.VERDICT:
            self.heights[self.row] = height or 17.0 * min(lines, 24)
        self.row += 1

    def values(self, row: Sequence[str], look: Look = Look.LINES) -> None:
        """One row of texts, as high as the longest needs."""
        lines = 1
        for k, value in enumerate(row):
            self.cells.append(Cell(self.row, k, value or None, look))
            lines = max(lines, -(-len(value or "") // int(_WIDTHS[k] * LETTERS_PER_WIDTH - 2)))
        if look is Look.LINES and lines > 1:
            self.heights[self.row] = 15.0 * min(lines, 8)
        self.row += 1

    def heading(self, text: str) -> None:
        """A heading with a blank row above."""
        self.row += 1
        self.text(text, Look.HEADING)


def _page(brief: Brief, name: str, currency: str) -> Sheet:
    """One account on one page, every value as text beside its label."""
    lines = _Lines()
    lines.text(brief.title, Look.TITLE, 30.0)
    come = f"From {brief.giver}" if brief.giver else "Without a CSM today"
    lines.text(f"{come} to {brief.taker}, hand-over on {brief.change.hand_over_on.isoformat()}", Look.MUTED)
    lines.heading("Why")
    lines.text(brief.why, Look.VERDICT)
    lines.heading("The account")
    half = -(-len(brief.facts) // 2)
    for left, right in zip(brief.facts[:half], (*brief.facts[half:], ("", "")), strict=False):
        lines.values((left[0], _said(left[1], currency), right[0], _said(right[1], currency) if right[0] else "", ""))
    lines.heading("Contacts")
    _rows(
        lines, ("Name", "E-mail", "Role"), [(c.name, c.email, c.title) for c in brief.contacts], _MOST_CONTACTS,
        "No contacts were given.",
    )  # fmt: skip
    lines.heading("Open work")
    work = [(ONE[kind], c.name, c.status, c.due, c.amount) for kind, c in brief.work]
    _rows(lines, ("Kind", "What", "Status", "Due", "Amount"), work, _MOST_WORK, "No open work was given.")
    for title, text in brief.shown:
        lines.heading(title)
        lines.text(text[:1500] or "–", Look.VERDICT)
    lines.heading("Hand-over")
    lines.values(("Step", "What it means", "", "", "Done on"), Look.HEADER)
    for step, meaning in zip(STEPS, MEANINGS, strict=True):
        said = meaning.format(giver=brief.giver or "Whoever looked after it", taker=brief.taker)
        lines.cells.append(Cell(lines.row, 0, step, Look.LABEL))
        lines.cells.append(Cell(lines.row, 1, said, Look.LABEL, across=3))
        lines.cells.append(Cell(lines.row, 4, None, Look.LABEL))
        lines.heights[lines.row] = 20.0
        lines.row += 1
    return Sheet(name, cells=tuple(lines.cells), widths=_WIDTHS, heights=lines.heights, gridlines=False, one_page=True)


def _rows(lines: _Lines, heads: Sequence[str], rows: Sequence[Sequence[str]], most: int, none: str) -> None:
    if not rows:
        lines.text(none, Look.MUTED)
        return
    lines.values((*heads, *[""] * (len(_WIDTHS) - len(heads))), Look.HEADER)
    for row in rows[:most]:
        lines.values((*row, *[""] * (len(_WIDTHS) - len(row))))
    if len(rows) > most:
        lines.text(f"... and {len(rows) - most:,} more.", Look.MUTED)


def _said(value: Fact, currency: str) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{money_symbol(currency)}{value:,.0f}" if isinstance(value, float | int) else value
