"""Sheet Touchpoints made: what each segment really got beside what is planned, and the accounts that got least.

Behind it Made log (the rows of the workbook) and Made by account: every figure is a live formula of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from bookwright.capacity import Capacity, Made
from bookwright.capacity.made import COUNT_MONTHS, DAYS_A_MONTH, NEARLY, Received, is_due, made_key
from bookwright.coverage_model import MONTHS_PER, SegmentCoverage
from bookwright.portfolio import MadeRow
from bookwright.report.capacity_formulas import FIRST, per_month_text, touchpoint_lines
from bookwright.tables.write_sheets import (
    GAP_ROWS,
    Column,
    Formula,
    Kind,
    Look,
    Mark,
    Sheet,
    Table,
    Value,
    letters_of,
    quoted,
)

SHEET, LOG, ACCOUNTS = "Touchpoints made", "Made log", "Made by account"
_LISTED = 200
_LOW = (Mark(Look.WARN, below=0.8),)
_MONTHS = f"{quoted(LOG)}!$C$3"
_LOG_FIRST = 8
"""The row of the first row of the log: the months with title and headers, the gap, a title and headers stand above."""
_GOT = 5
"""The column (from 0) on Made by account of the first touchpoint of an account's segment."""


def made_sheets(c: Capacity, made: Made) -> tuple[Sheet, tuple[Sheet, ...]]:
    """By segment, by touchpoint, and the accounts that got less than was due; behind it the log and every account."""
    laid = _Laid(c, made)
    first, second = _by_segment(laid), _by_touchpoint(laid)
    third = _accounts(laid, first.height + second.height + 2 * GAP_ROWS)
    behind = (
        Sheet(LOG, tables=(_months(laid), _log(laid))),
        Sheet(ACCOUNTS, tables=(_by_account(laid),), freeze_columns=2),
    )
    return Sheet(SHEET, tables=(first, second, third)), behind


def summary(made: Made) -> list[str]:
    """What the log tells, in sentences for the first page."""
    parts = [f"{s.name} {s.on_plan:,} of {s.accounts:,}" for s in made.segments if s.hours_due]
    due, got = sum(s.hours_due for s in made.segments), sum(s.hours_made for s in made.segments)
    said = []
    if parts:
        share = f", {got / due:.0%} of the hours of touchpoints due" if due else ""
        said.append(f"Made in {made.months:.1f} months: all that was due for {', '.join(parts)} accounts{share}.")
    silent = sum(s.nothing for s in made.segments)
    if silent:
        said.append(f"{silent:,} {'account' if silent == 1 else 'accounts'} got no touchpoint at all.")
    if made.unknown:
        names = ", ".join(f'"{name}" ({count:,.0f})' for name, count in made.unknown[:5])
        more = f" and {len(made.unknown) - 5} more" if len(made.unknown) > 5 else ""
        said.append(f"Not counted, as no touchpoint of the account's segment has that name: {names}{more}.")
    return said


@dataclass(frozen=True)
class _Laid:
    """Where everything stands on the three sheets."""

    c: Capacity
    made: Made

    def table(self, k: int) -> SegmentCoverage:
        """The coverage table of a segment by position."""
        tables = {name.casefold(): table for name, table in self.c.problem.model.coverage.items()}
        return tables[self.c.problem.segments[k].casefold()]

    @property
    def segments(self) -> list[int]:
        """Positions of the segments that have touchpoints, in the order of the sheet."""
        at = {s.name: k for k, s in enumerate(self.c.segments)}
        return [at[s.name] for s in self.made.segments]

    @property
    def lines_at(self) -> int:
        """The row of the first touchpoint: the segments with note and headers, the gap, a title and headers above."""
        return FIRST + max(1, len(self.made.segments)) + GAP_ROWS + 2

    def line_rows(self) -> dict[tuple[int, int], int]:
        """Row of each touchpoint on this sheet by segment position and place."""
        at = {s.name: k for k, s in enumerate(self.c.segments)}
        return {(at[x.segment], x.place): r for r, x in enumerate(self.made.lines, self.lines_at)}

    def places(self, k: int) -> dict[str, int]:
        """The place in its segment's table that stands for each name: the first of that name."""
        found: dict[str, int] = {}
        for place, t in enumerate(self.table(k).touchpoints):
            found.setdefault(made_key(t.name), place)
        return found

    def log(self) -> list[tuple[int | None, MadeRow]]:
        """Rows of the log with the account's position, those of one account together; not planned ones last."""
        at = self.c.problem.account_position
        rows = [(at.get(row.account_id), row) for row in self.c.problem.portfolio.made]
        return sorted(rows, key=lambda pair: (pair[0] is None, pair[0] or 0))

    def blocks(self) -> dict[int, tuple[int, int]]:
        """First and last row of each account in the log."""
        found: dict[int, tuple[int, int]] = {}
        for i, rows in groupby(enumerate(self.log(), _LOG_FIRST), key=lambda entry: entry[1][0]):
            listed = [r for r, _ in rows]
            if i is not None:
                found[i] = listed[0], listed[-1]
        return found

    def log_cells(self, letter: str) -> str:
        """A column of the log."""
        last = _LOG_FIRST + max(1, len(self.c.problem.portfolio.made)) - 1
        return f"{quoted(LOG)}!${letter}${_LOG_FIRST}:${letter}${last}"

    def account_cells(self, letter: str) -> str:
        """A column of the accounts."""
        last = FIRST + max(1, len(self.made.received)) - 1
        return f"{quoted(ACCOUNTS)}!${letter}${FIRST}:${letter}${last}"

    @property
    def most(self) -> int:
        """The most touchpoints of a segment."""
        return max((len(self.table(k).touchpoints) for k in self.segments), default=0)

    def after(self, k: int) -> str:
        """A column of Made by account after the touchpoints: 0 hours due, 1 hours made, 2 got all, 3 got nothing."""
        return letters_of(_GOT + self.most + k)


def _by_segment(laid: _Laid) -> Table:
    rows: list[tuple[Value, ...]] = []
    number = laid.account_cells("C")
    due, done, every, nothing = (laid.account_cells(laid.after(k)) for k in range(4))
    for r, (k, s) in enumerate(zip(laid.segments, laid.made.segments, strict=True), FIRST):
        share = s.hours_made / s.hours_due if s.hours_due else ""
        rows.append(
            (
                s.name, Formula(f"=COUNTIFS({number},{k + 1})", s.accounts),
                Formula(f"=SUMIFS({every},{number},{k + 1})", s.on_plan),
                Formula(f'=IF(B{r}>0,C{r}/B{r},"")', s.quality if s.quality is not None else ""),
                Formula(f"=SUMIFS({due},{number},{k + 1})", s.hours_due),
                Formula(f"=SUMIFS({done},{number},{k + 1})", s.hours_made),
                Formula(f'=IF(E{r}>0,F{r}/E{r},"")', share),
                Formula(f"=SUMIFS({nothing},{number},{k + 1})", s.nothing),
                Formula(f"=SUMIFS({laid.account_cells('E')},{number},{k + 1},{nothing},1)", s.arr_nothing),
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Segment"), Column("Accounts", Kind.WHOLE),
            Column("Got all that was due", Kind.WHOLE, help="Proactive touchpoints of people that recur."),
            Column("Coverage quality", Kind.PERCENT, marks=_LOW, help="Accounts that got all that was due."),
            Column("Hours due", Kind.HOURS, help="In the months of the log."), Column("Hours made of them", Kind.HOURS),
            Column("Made", Kind.PERCENT, marks=_LOW), Column("Got nothing", Kind.WHOLE),
            Column("ARR of those", Kind.MONEY),
        ),
        rows=rows,
        note=f"{laid.made.rows:,} rows of log or counts over {laid.made.months:.1f} months. Hours at the coverage "
        "model's hours each. Not due here: one-time, before renewals, digital, reactive, other roles.",
        empty="No segment has touchpoints.",
    )  # fmt: skip


def _by_touchpoint(laid: _Laid) -> Table:
    c, made = laid.c, laid.made
    at = {s.name: k for k, s in enumerate(c.segments)}
    sheet = "'Touchpoint hours'!"
    hours_rows: dict[int, list[int]] = {}
    for r, (k, _, _) in enumerate(touchpoint_lines(c), FIRST):
        hours_rows.setdefault(k, []).append(r)
    rows: list[tuple[Value, ...]] = []
    for r, line in enumerate(made.lines, laid.lines_at):
        k = at[line.segment]
        t, touchpoint, table = hours_rows[k][line.place], laid.table(k).touchpoints[line.place], laid.table(k)
        place = laid.places(k)[made_key(line.name)]
        monthly = per_month_text(t, sheet)
        planned = f"='By segment'!C{FIRST + k}*{sheet}E{t}*{monthly}"
        counted = f"=SUMIFS({laid.log_cells('I')},{laid.log_cells('G')},{k + 1},{laid.log_cells('H')},{place + 1})"
        got = laid.account_cells(letters_of(_GOT + place))
        due = is_due(touchpoint) and _due_place(table, made_key(line.name)) == line.place
        each = made.months * touchpoint.times / MONTHS_PER[touchpoint.per] if due else 0.0
        is_it = f'AND({sheet}J{t}=1,{sheet}F{t}<>"once",{sheet}G{t}="human",{sheet}H{t}="proactive",{sheet}R{t}=0)'
        rows.append(
            (
                line.segment, line.name, Formula(planned, line.planned_per_month), Formula(counted, line.made),
                Formula(f"={_MONTHS}", line.months), Formula(f"=D{r}/E{r}", line.made_per_month),
                Formula(f'=IF(C{r}>0,F{r}/C{r},"")', line.share if line.share is not None else ""),
                Formula(f"=(C{r}-F{r})*{sheet}D{t}", (line.planned_per_month - line.made_per_month) * line.hours_each),
                Formula(f'=COUNTIFS({laid.account_cells("C")},{k + 1},{got},">0")', line.accounts),
                Formula(f"=IF({is_it},{sheet}E{t}*{monthly}*E{r},0)", each) if due or not is_due(touchpoint) else 0.0,
                Formula(f"={sheet}D{t}", line.hours_each),
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Segment"), Column("Touchpoint"), Column("Planned a month", Kind.HOURS),
            Column("Made in the log", Kind.NUMBER), Column("Months", Kind.NUMBER), Column("Made a month", Kind.HOURS),
            Column("Made", Kind.PERCENT, marks=_LOW), Column("Hours a month not made", Kind.HOURS),
            Column("Accounts that got it", Kind.WHOLE),
            Column("Due per account", Kind.NUMBER, help="Times in the months of the log; 0 where it is not due."),
            Column("Hours each", Kind.NUMBER),
        ),
        rows=rows, title="By touchpoint",
    )  # fmt: skip


def _due_place(table: SegmentCoverage, key: str) -> int:
    """The place of the last due touchpoint of a name: where a name stands twice, that one is due."""
    return max(place for place, t in enumerate(table.touchpoints) if made_key(t.name) == key and is_due(t))


def _accounts(laid: _Laid, top: int) -> Table:
    c, made = laid.c, laid.made
    by_id, position = c.problem.portfolio.account_by_id, c.problem.account_position
    row_of = {x.account: r for r, x in enumerate(made.received, FIRST)}
    rows = []
    for r, a in enumerate(made.accounts[:_LISTED], top + 4):
        at, sheet = row_of[position[a.account_id]], quoted(ACCOUNTS)
        arr, due, done = (
            Formula(f"={sheet}!{letter}{at}", value)
            for letter, value in (("E", a.arr), (laid.after(0), a.hours_due), (laid.after(1), a.hours_made))
        )
        share = Formula(f'=IF(F{r}>0,G{r}/F{r},"")', a.hours_made / a.hours_due if a.hours_due else "")
        missing = Formula(f"=F{r}-G{r}", a.hours_due - a.hours_made)
        name = by_id[a.account_id].name
        rows.append((a.account_id, name, a.segment, a.csm, arr, due, done, share, missing, a.missing))
    more = f" The first {_LISTED} of {len(made.accounts):,}; all on {ACCOUNTS}."
    return Table(
        columns=(
            Column("Account ID"), Column("Account"), Column("Segment"), Column("CSM"), Column("ARR", Kind.MONEY),
            Column("Hours due", Kind.HOURS), Column("Hours made", Kind.HOURS), Column("Made", Kind.PERCENT),
            Column("Hours not made", Kind.HOURS), Column("Less than due", width=16),
        ),
        rows=rows, title="Accounts that got less than was due", empty="None.",
        note="The most ARR x missing share of hours first." + (more if len(made.accounts) > _LISTED else ""),
    )  # fmt: skip


def _months(laid: _Laid) -> Table:
    """From when to when the log runs: the first of its first month to its last day; counts alone: three months."""
    dates = laid.log_cells("D")
    first = f"DATE(YEAR(MIN({dates})),MONTH(MIN({dates})),1)"
    length = f"MAX(1,ROUND((B3-A3+1)/{DAYS_A_MONTH},1))"
    known = [row.date for row in laid.c.problem.portfolio.made if row.date is not None]
    row: tuple[Value, ...] = ("no dates", "", Formula(f"={COUNT_MONTHS:g}", laid.made.months))
    if known:
        # Days as spreadsheets count them.
        begin, end = min(known).replace(day=1).toordinal() - 693_594, max(known).toordinal() - 693_594
        row = Formula(f"={first}", begin), Formula(f"=MAX({dates})", end), Formula(f"={length}", laid.made.months)
    kind = Kind.DATE if known else Kind.TEXT
    return Table(
        (Column("From", kind), Column("Until", kind), Column("Months", Kind.NUMBER)), [row], title="Months of the log"
    )


def _log(laid: _Laid) -> Table:
    c = laid.c
    rows: list[tuple[Value, ...]] = []
    for r, (i, made) in enumerate(laid.log(), _LOG_FIRST):
        k = None if i is None else int(c.problem.segment[i])
        place = None if k is None or k not in laid.segments else laid.places(k).get(made_key(made.name))
        months = made.months or COUNT_MONTHS
        times = made.times if made.date is not None else made.times * laid.made.months / months
        text = f'=IF(D{r}<>"",E{r},E{r}*$C$3/IF(F{r}="",{COUNT_MONTHS:g},F{r}))'
        rows.append(
            (
                None if i is None else i + 1, made.account_id, made.name, made.date, made.times, made.months or None,
                None if k is None else k + 1, None if place is None else place + 1, Formula(text, times),
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Account No.", Kind.WHOLE), Column("Account ID"), Column("Touchpoint"), Column("Date", Kind.DATE),
            Column("Times", Kind.NUMBER), Column("In months", Kind.NUMBER, help="Of counts; blank = 3."),
            Column("Segment No.", Kind.WHOLE),
            Column("Touchpoint No.", Kind.WHOLE, help="Its place in the segment's table; blank = not counted."),
            Column("Times in the log's months", Kind.NUMBER),
        ),
        rows=rows, title="Rows of the workbook's sheet, by account",
    )  # fmt: skip


def _by_account(laid: _Laid) -> Table:
    c, blocks, line_rows = laid.c, laid.blocks(), laid.line_rows()
    rows: list[tuple[Value, ...]] = []
    log, sheet = quoted(LOG), quoted(SHEET)
    for r, x in enumerate(laid.made.received, FIRST):
        i, k = x.account, int(c.problem.segment[x.account])
        places = laid.places(k)
        touchpoints = laid.table(k).touchpoints
        got: list[Value] = []
        for place, times in enumerate(x.got):
            if i not in blocks:
                got.append(0.0)
                continue
            a, b = blocks[i]
            first = places[made_key(touchpoints[place].name)]
            text = f"=SUMIFS({log}!$I${a}:$I${b},{log}!$H${a}:$H${b},{first + 1})"
            got.append(Formula(text, times))
        got += [None] * (laid.most - len(got))
        due = [p for p, t in enumerate(touchpoints) if is_due(t) and _due_place(laid.table(k), made_key(t.name)) == p]
        cell = {p: f"{letters_of(_GOT + p)}{r}" for p in due}
        wants = {p: (f"{sheet}!$J${line_rows[k, p]}", f"{sheet}!$K${line_rows[k, p]}") for p in due}
        rows.append(
            (
                i + 1, c.problem.accounts[i].id, k + 1, _csm(c, x), Formula(f"=Workload!G{FIRST + i}", _arr(c, x)),
                *got,
                Formula("=" + ("+".join(f"{n}*{h}" for n, h in wants.values()) or "0"), x.hours_due),
                Formula(
                    "=" + ("+".join(f"MIN({cell[p]},{n})*{h}" for p, (n, h) in wants.items()) or "0"), x.hours_made
                ),
                Formula(
                    "=IF(AND("
                    + (",".join(f"{cell[p]}+1E-9>=INT({n}+{NEARLY})" for p, (n, _) in wants.items()) or "TRUE")
                    + "),1,0)",
                    int(x.all_due),
                ),
                Formula(f"=IF(SUM({letters_of(_GOT)}{r}:{letters_of(_GOT + laid.most - 1)}{r})>0,0,1)", int(x.nothing)),
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("Account No.", Kind.WHOLE), Column("Account ID"), Column("Segment No.", Kind.WHOLE), Column("CSM"),
            Column("ARR", Kind.MONEY),
            *(Column(f"Touchpoint No. {k + 1}", Kind.NUMBER) for k in range(laid.most)),
            Column("Hours due", Kind.HOURS), Column("Hours made of them", Kind.HOURS),
            Column("Got all that was due", Kind.WHOLE), Column("Got nothing", Kind.WHOLE),
        ),
        rows=rows, filtered=True, empty="No account has touchpoints.",
        note="Times each touchpoint of the account's segment was made; due: see Touchpoints made.",
    )  # fmt: skip


def _csm(c: Capacity, x: Received) -> str:
    j = int(c.plan.csm_of[x.account])
    return c.problem.csms[j].name if j >= 0 else ""


def _arr(c: Capacity, x: Received) -> float:
    return float(c.problem.arr[x.account])
