"""Leave-one-out as a workbook: who would leave what behind, who would take it, and what would be short."""

from __future__ import annotations

from bookwright.report.listed import ARR, HOURS, WHO, who
from bookwright.report.summary import currency_of
from bookwright.report.verdict import count, short_money
from bookwright.scenarios.leave_one_out import LeaveOneOut, Leaving
from bookwright.tables.write_sheets import Cell, Column, Kind, Look, Mark, Sheet, Table, Value, Workbook

_SHORT = 0.5
"""Hours a month that are not worth a word."""


def sentence(found: LeaveOneOut) -> str:
    """What it amounts to, in one sentence or two."""
    with_book = [x for x in found.leavings if x.accounts]
    short = [x for x in with_book if x.short > _SHORT]
    nobody = [x for x in with_book if x.nobody]
    fits = [x for x in with_book if x.short <= _SHORT and not x.nobody]
    name = found.problem.portfolio.csm_name
    text = f"If one CSM left, the team could take over {len(fits)} of {count(len(with_book), 'book')} within its hours."
    if short:
        worst = max(short, key=lambda x: x.short)
        text += f" {len(short)} would leave it short, most of all {name(worst.csm_id)}: {worst.short:,.0f} h a month."
    if nobody:
        text += f" {len(nobody)} {'has' if len(nobody) == 1 else 'have'} accounts that nobody else may own."
    return text


def outcome(found: LeaveOneOut, leaving: Leaving) -> str:
    """One leaver's outcome in words."""
    if not leaving.accounts:
        return "no accounts"
    said = []
    if leaving.nobody:
        said.append(f"nobody else may own {count(len(leaving.nobody), 'account')}")
    if leaving.short > _SHORT:
        said.append(f"{leaving.short:,.0f} h a month short")
    return "; ".join(said) or "fits"


def takers(found: LeaveOneOut, leaving: Leaving, most: int = 4) -> str:
    """Who takes how many, the first few."""
    name = found.problem.portfolio.csm_name
    parts = [f"{name(csm)} {n}" for csm, n in leaving.takers.items()]
    return ", ".join(parts[:most]) + (f" and {len(parts) - most} more" if len(parts) > most else "")


def leave_one_out_workbook(found: LeaveOneOut) -> Workbook:
    """Sheets: If they leave (a row per CSM, the worst first), Hours taken (who from whom), Accounts (every one)."""
    problem = found.problem
    sheets = (
        Sheet("If they leave", tables=(leavers_table(found),), freeze_columns=1),
        Sheet("Hours taken", tables=(_taken(found),), freeze_columns=1),
        Sheet("Accounts", tables=(accounts_table(found),), freeze_columns=2),
        _notes(found),
    )
    return Workbook(sheets, {}, "Leave one out", problem.effective_date, currency_of(problem))


def leavers_table(found: LeaveOneOut) -> Table:
    """A row per CSM: the book, who takes it, what is short."""
    by_id, arr = found.problem.portfolio.csm_by_id, {a.id: a.arr for a in found.problem.accounts}
    rows: list[tuple[Value, ...]] = []
    for x in found.leavings:
        csm = by_id[x.csm_id]
        more = [(by_id[c].name, after - before) for c, before, after in x.over if after - before > _SHORT]
        over = ", ".join(f"{name} +{hours:,.0f} h" for name, hours in more)
        lost = sum(arr[i] for i in x.nobody)
        rows.append((csm.name, csm.manager, outcome(found, x), x.accounts, x.hours, x.arr, x.short, len(x.nobody), lost,
                     len(x.takers), takers(found, x, 12), over, "yes" if x.proved else "not proved"))  # fmt: skip
    bad = (Mark(Look.BAD, above=_SHORT),)
    return Table(
        columns=(
            Column("CSM"),
            Column("Manager"),
            Column("Outcome", width=34, marks=(Mark(Look.GOOD, equals="fits"),)),
            Column("Accounts", Kind.WHOLE),
            Column("Hours", Kind.HOURS),
            Column("ARR", Kind.MONEY),
            Column(
                "Hours short",
                Kind.HOURS,
                key="short",
                marks=bad,
                help="Hours a month over 100 % of somebody's hours, on top of today's.",
            ),
            Column("Nobody may own", Kind.WHOLE, key="nobody", marks=bad, help="Accounts that no one else covers."),
            Column("Their ARR", Kind.MONEY, key="nobody_arr"),
            Column("Takers", Kind.WHOLE),
            Column("Who takes how many", width=60, wrap=True, key="who"),
            Column("Over 100 % then", width=40, wrap=True, key="over"),
            Column("Best placement", help="yes = proved that none is better by more than a tenth of a percent."),
        ),
        rows=rows,
        title=sentence(found),
        note="Each row asks: if this CSM alone left, and nobody else's accounts moved. The worst come first.",
        filtered=True,
    )


def _taken(found: LeaveOneOut) -> Table:
    """Hours a month that the column's CSM would take over if the row's left."""
    problem = found.problem
    hours = dict(zip((a.id for a in problem.accounts), problem.hours.tolist(), strict=True))
    there = [c for c, gone in zip(problem.csms, problem.leaves, strict=True) if not gone]
    rows: list[tuple[Value, ...]] = []
    for x in found.leavings:
        sums = dict.fromkeys((c.id for c in there), 0.0)
        for taking in x.takings:
            if taking.csm_to is not None:
                sums[taking.csm_to] += hours[taking.account_id]
        rows.append((problem.portfolio.csm_name(x.csm_id), *(sums[c.id] or None for c in there)))
    mark = (Mark(Look.WARN, above=20.0),)
    columns = (Column("If this CSM leaves", key="leaver"), *(Column(c.name, Kind.HOURS, marks=mark) for c in there))
    return Table(columns, rows, note="Hours a month that each would take over; more than 20 h are marked.")


def accounts_table(found: LeaveOneOut) -> Table:
    """Every account with who would take it if its CSM left, and why."""
    portfolio = found.problem.portfolio
    hours = dict(zip((a.id for a in found.problem.accounts), found.problem.hours.tolist(), strict=True))
    rows: list[tuple[Value, ...]] = []
    for x in found.leavings:
        for t in x.takings:
            a = portfolio.account_by_id[t.account_id]
            to = portfolio.csm_name(t.csm_to) if t.csm_to else "nobody may"
            leaver = portfolio.csm_name(x.csm_id)
            rows.append((*who(a), a.industry, a.arr, hours[a.id], leaver, to, t.why))
    return Table(
        columns=(
            *WHO,
            Column("Industry"),
            ARR,
            HOURS,
            Column("If this CSM leaves", key="leaver"),
            Column("Would go to", key="to", marks=(Mark(Look.BAD, equals="nobody may"),)),
            Column("Why", width=100, wrap=True),
        ),
        rows=rows,
        filtered=True,
    )


def _notes(found: LeaveOneOut) -> Sheet:
    problem = found.problem
    lines = [
        f"Counts from {problem.effective_date.isoformat()}; hours in month {problem.model.horizon.months} from then.",
        f"Planning model: {problem.model.name}. Nobody else's accounts move, whatever the move budget.",
    ]
    if found.placed_first:
        text = f"{count(found.placed_first, 'account')} without a CSM, or with one who is known to leave,"
        lines.append(f"{text} are placed first. A leaver's book may hold some of them.")
    if found.stopped:
        names = ", ".join(problem.portfolio.csm_name(c) for c in found.stopped)
        lines.append(f"Interrupted before: {names}.")
    total = sum(x.arr for x in found.leavings)
    lines.append(f"ARR of all books asked about: {short_money(total, currency_of(problem))}.")
    return Sheet("Notes", cells=tuple(Cell(k, 0, text) for k, text in enumerate(lines)), widths=(120,))
