"""The Summary sheet: the first screen, laid out on a grid so that nothing needs scrolling, and the charts below it."""

from __future__ import annotations

from bookwright.books import MoveKind
from bookwright.report.summary import Line, Summary
from bookwright.report.verdict import alarms, count, notes, verdict
from bookwright.tables.write_formats import AFTER, BAND, BEFORE
from bookwright.tables.write_sheets import Cell, Chart, Kind, Look, Series, Sheet, Value

# Three blocks side by side; the letters are the columns of each.
_LEFT, _MIDDLE, _RIGHT = 1, 6, 12
_WIDTHS = (1.5, 34, 13, 13, 12, 2, 27, 18, 18, 12, 10, 2, 21, 7, 11, 11, 13, 13)
_LAST = len(_WIDTHS) - 1
_TOP = 7
_TEAMS = 9
_BREACHES = 6
_LOUD = 4
_CHARS_ACROSS = 190
_CHANGES = {Kind.WHOLE: Kind.CHANGE, Kind.MONEY: Kind.MONEY_CHANGE, Kind.PERCENT: Kind.POINTS_CHANGE}


def summary_sheet(s: Summary) -> Sheet:
    """The first screen of the workbook."""
    cells = [Cell(0, _LEFT, "Plan of accounts and CSMs", Look.TITLE)]
    heights: dict[int, float] = {0: 28}
    title = s.result.problem.model.title
    if title:
        cells[0] = Cell(0, _LEFT, title, Look.TITLE)
    said = verdict(s)
    cells.append(Cell(1, _LEFT, said, Look.VERDICT, across=_LAST))
    heights[1] = 17.0 * _lines_of(said)
    row = 2
    loud = alarms(s)
    if len(loud) > _LOUD:
        loud[_LOUD - 1 :] = [f"{loud[_LOUD - 1]} And {count(len(loud) - _LOUD, 'more thing')} to see on Rules."]
    for text in loud:
        cells.append(Cell(row, _LEFT, text, Look.ALARM, across=_LAST))
        heights[row] = 6 + 16.0 * _lines_of(text)
        row += 1
    small = "  ".join(notes(s))
    cells.append(Cell(row, _LEFT, small, Look.MUTED, across=_LAST))
    top = row + 2
    left = _before_after(s, cells, top)
    left = _moves(s, cells, left + 1)
    middle = _largest(s, cells, top)
    middle = _broken(s, cells, middle + 1)
    right = _teams(s, cells, top)
    right = _short(s, cells, right + 1)
    right = _held(s, cells, right + 1)
    below = max(left, middle, right) + 1
    return Sheet(
        "Summary",
        cells=tuple(cells),
        charts=_charts(s, below),
        widths=_WIDTHS,
        heights=heights,
        gridlines=False,
        tab=AFTER,
    )


def _lines_of(text: str) -> int:
    return 1 + len(text) // _CHARS_ACROSS


def _heads(cells: list[Cell], row: int, col: int, titles: tuple[str, ...], kinds: tuple[Kind, ...] = ()) -> None:
    for k, title in enumerate(titles):
        kind = kinds[k] if k < len(kinds) else Kind.TEXT
        cells.append(Cell(row, col + k, title, Look.HEADER, kind))


def _row(cells: list[Cell], row: int, col: int, values: tuple[Value, ...], kinds: tuple[Kind, ...], look: Look) -> None:
    for k, (value, kind) in enumerate(zip(values, kinds, strict=True)):
        cells.append(Cell(row, col + k, value, look, kind))


def _before_after(s: Summary, cells: list[Cell], row: int) -> int:
    cells.append(Cell(row, _LEFT, "Before and after", Look.HEADING))
    _heads(cells, row + 1, _LEFT, ("", "Before", "After", "Change"), (Kind.TEXT, Kind.WHOLE, Kind.WHOLE, Kind.WHOLE))
    row += 2
    for line in s.lines:
        change = None if line.before is None or line.after is None else line.after - line.before
        cells.append(Cell(row, _LEFT, line.title, Look.LABEL))
        cells.append(Cell(row, _LEFT + 1, "none" if line.before is None else line.before, Look.LABEL, line.kind))
        cells.append(Cell(row, _LEFT + 2, "none" if line.after is None else line.after, _look(line), line.kind))
        if change is not None and line.kind is Kind.PERCENT:
            change *= 100
        cells.append(Cell(row, _LEFT + 3, change, Look.LABEL, _CHANGES[line.kind]))
        row += 1
    return row


def _look(line: Line) -> Look:
    """Green where it got better, red where it got worse or stands where it should be nil."""
    if line.before is None or line.after is None or abs(line.after - line.before) < 1e-9:
        return Look.LABEL
    better = (line.after < line.before) == line.lower_is_better
    return Look.GOOD if better else Look.WARN


def _moves(s: Summary, cells: list[Cell], row: int) -> int:
    cells.append(Cell(row, _LEFT, "Moves", Look.HEADING))
    numbers = (Kind.WHOLE, Kind.MONEY, Kind.PERCENT)
    _heads(cells, row + 1, _LEFT, ("", "Accounts", "ARR", "% of ARR"), (Kind.TEXT, *numbers))
    row += 2
    titles = {
        MoveKind.PLACED: "Placed (had no CSM)",
        MoveKind.FORCED: "Forced (CSM leaves or may not)",
        MoveKind.CHOSEN: "Chosen by the plan",
    }
    lines = [(titles[kind], s.moves[kind], Look.LABEL) for kind in MoveKind]
    lines.append(("All moves", s.all_moves, Look.STRONG))
    lines.append(("of these within 120 days of renewal", s.near_renewal, Look.LABEL))
    lines.append(("of these second change in 12 months", s.second_change, Look.LABEL))
    lines.append(("of these across managers", s.across_managers, Look.LABEL))
    for title, extent, look in lines:
        _row(cells, row, _LEFT, (title, extent.accounts, extent.arr, extent.share_of_arr), (Kind.TEXT, *numbers), look)
        row += 1
    return row


def _largest(s: Summary, cells: list[Cell], row: int) -> int:
    cells.append(Cell(row, _MIDDLE, "Largest moves", Look.HEADING))
    kinds = (Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.MONEY, Kind.TEXT)
    _heads(cells, row + 1, _MIDDLE, ("Account", "From", "To", "ARR", "Kind"), kinds)
    row += 2
    if not s.largest:
        cells.append(Cell(row, _MIDDLE, "No account moves.", Look.MUTED))
        return row + 1
    for move in s.largest:
        values = (clip(move.account, 26), clip(move.csm_from or "(none)", 19), clip(move.csm_to, 19), move.arr)
        _row(cells, row, _MIDDLE, (*values, move.kind.value), kinds, Look.LABEL)
        row += 1
    return row


def clip(text: str, length: int) -> str:
    """Text short enough for its cell, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _broken(s: Summary, cells: list[Cell], row: int) -> int:
    cells.append(Cell(row, _MIDDLE, "Still broken", Look.HEADING))
    row += 1
    if not s.breaches:
        cells.append(Cell(row, _MIDDLE, "Every rule holds.", Look.GOOD, across=5))
        return row + 1
    for breach in s.breaches[:_BREACHES]:
        look = Look.BAD if breach.hard else Look.WARN
        cells.append(Cell(row, _MIDDLE, clip(breach.what, 98), look, across=5))
        row += 1
    if len(s.breaches) > _BREACHES:
        cells.append(Cell(row, _MIDDLE, f"and {len(s.breaches) - _BREACHES} more on Rules", Look.MUTED))
        row += 1
    return row


def _teams(s: Summary, cells: list[Cell], row: int) -> int:
    cells.append(Cell(row, _RIGHT, "Teams", Look.HEADING))
    kinds = (Kind.TEXT, Kind.WHOLE, Kind.PERCENT, Kind.PERCENT, Kind.MONEY, Kind.MONEY)
    titles = ("Manager", "CSMs", "Use before", "Use after", "ARR before", "ARR after")
    _heads(cells, row + 1, _RIGHT, titles, kinds)
    row += 2
    for t in s.teams[:_TEAMS]:
        values = (clip(t.manager, 23), t.csms, t.utilization_before, t.utilization_after, t.arr_before, t.arr_after)
        _row(cells, row, _RIGHT, values, kinds, Look.LABEL)
        row += 1
    if len(s.teams) > _TEAMS:
        cells.append(Cell(row, _RIGHT, f"and {count(len(s.teams) - _TEAMS, 'team')} more: see Books", Look.MUTED))
        row += 1
    return row


def _short(s: Summary, cells: list[Cell], row: int) -> int:
    cells.append(Cell(row, _RIGHT, "Hires that would help", Look.HEADING))
    row += 1
    if not s.shortages:
        cells.append(Cell(row, _RIGHT, "No segment is short of hours.", Look.GOOD, across=6))
        return row + 1
    for short in s.shortages[:4]:
        text = f"{clip(short.segment, 24)}: {short.hours:,.1f} hours a month short = {count(short.hires, 'CSM')}"
        cells.append(Cell(row, _RIGHT, text, Look.WARN, across=6))
        row += 1
    if len(s.shortages) > 4:
        cells.append(Cell(row, _RIGHT, f"and {count(len(s.shortages) - 4, 'segment')} more", Look.MUTED))
        row += 1
    return row


def _held(s: Summary, cells: list[Cell], row: int) -> int:
    cells.append(Cell(row, _RIGHT, "Cannot move now", Look.HEADING))
    row += 1
    if not s.frozen:
        cells.append(Cell(row, _RIGHT, "Every account may move.", Look.MUTED))
        return row + 1
    for group in s.frozen[:5]:
        cells.append(Cell(row, _RIGHT, clip(group.reason, 23), Look.LABEL, Kind.TEXT))
        cells.append(Cell(row, _RIGHT + 1, group.accounts, Look.LABEL, Kind.WHOLE))
        cells.append(Cell(row, _RIGHT + 2, group.arr, Look.LABEL, Kind.MONEY, across=2))
        row += 1
    rest = s.frozen[5:]
    if rest:
        cells.append(Cell(row, _RIGHT, "other reasons", Look.LABEL, Kind.TEXT))
        cells.append(Cell(row, _RIGHT + 1, sum(g.accounts for g in rest), Look.LABEL, Kind.WHOLE))
        cells.append(Cell(row, _RIGHT + 2, sum(g.arr for g in rest), Look.LABEL, Kind.MONEY, across=2))
        row += 1
    cells.append(Cell(row, _RIGHT, "All held", Look.STRONG, Kind.TEXT))
    cells.append(Cell(row, _RIGHT + 1, sum(g.accounts for g in s.frozen), Look.STRONG, Kind.WHOLE))
    cells.append(Cell(row, _RIGHT + 2, sum(g.arr for g in s.frozen), Look.STRONG, Kind.MONEY, across=2))
    row += 1
    return row


def _charts(s: Summary, row: int) -> tuple[Chart, ...]:
    """Utilization and ARR per CSM, before and after; side by side for a team, one above the other for many CSMs."""
    wide = s.csms > 24
    width = 1480 if wide else 735
    step = 21
    use = (
        Series("Books", "Utilization before", "Before", BEFORE),
        Series("Books", "Utilization after", "After", AFTER),
    )
    arr: tuple[Series, ...] = (
        Series("Books", "ARR before", "Before", BEFORE),
        Series("Books", "ARR after", "After", AFTER),
    )
    if any(b.measure == "arr" for b in s.result.bands):
        arr += (
            Series("Books", "Band low", "Band low", BAND, "tick"),
            Series("Books", "Band high", "Band high", BAND, "tick"),
        )
    return (
        Chart("Utilization per CSM", "CSM", use, row, _LEFT, width, 400, Kind.PERCENT),
        Chart("ARR per CSM", "CSM", arr, row + (step if wide else 0), _LEFT if wide else 7, width, 400, Kind.MONEY),
    )
