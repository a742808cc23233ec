"""The Books and Targets sheets: every CSM before and after, and how each target is a sum of shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bookwright.books import Book
from bookwright.report.summary import currency_of
from bookwright.result import Band, Result
from bookwright.tables.write_sheets import Column, Formula, Kind, Look, Mark, Sheet, Table, Value

OVER = (Mark(Look.BAD, above=1.000001), Mark(Look.WARN, above=0.85))
ARR = "arr"


def targets_table(result: Result, top: int = 0) -> Table:
    """One row per term of a target: the share of a class of accounts that a CSM is due, times the class's total.

    `top` is the row (from 0) the table starts on, for its formulas.
    """
    problem = result.problem
    number = {c.id: j + 1 for j, c in enumerate(problem.csms)}
    titles = {b.measure: b.title for b in result.bands}
    shares = sorted(result.target_shares, key=lambda s: (s.measure != ARR, s.measure, number.get(s.csm_id, 0)))
    first = top + 3
    rows = [
        (
            number.get(s.csm_id),
            problem.portfolio.csm_name(s.csm_id),
            titles.get(s.measure, s.measure),
            s.accounts,
            s.share,
            s.total,
            Formula(f"=E{first + k}*F{first + k}", s.share * s.total),
        )
        for k, s in enumerate(shares)
    ]
    return Table(
        columns=(
            Column("No.", Kind.WHOLE, help="The CSM's number on Books."),
            Column("CSM", key="csm"),
            Column("Measure", key="measure"),
            Column("Accounts that share the same possible CSMs", key="accounts", width=80, wrap=True),
            Column("Share", Kind.SHARE),
            Column("Total of these accounts", Kind.NUMBER, key="total"),
            Column("Share of the total", Kind.NUMBER, key="amount"),
        ),
        rows=rows,
        note="A target is what a CSM is due of each group of accounts, added up. Books adds these rows live.",
        empty="No measure is balanced by this planning model.",
    )


def books_table(result: Result, targets: Sheet | None = None) -> Table:
    """One row per CSM in the order of the CSMs sheet: accounts, hours, utilization, ARR, target, renewals, moves.

    With the Targets sheet given, ARR targets that its shares explain are live sums of them.
    """
    problem, today, plan = result.problem, result.today, result.plan
    bands = {b.csm_id: b for b in result.bands if b.measure == ARR}
    moved_in = Counter(m.csm_to for m in plan.moves)
    moved_out = Counter(m.csm_from for m in plan.moves)
    targeted = _targets(result, targets)
    rows = []
    for j, (csm, before, after) in enumerate(zip(problem.csms, today.books, plan.books, strict=True)):
        band = bands.get(csm.id)
        rows.append(
            (
                j + 1,
                csm.name,
                csm.id,
                csm.manager,
                ", ".join(csm.segments) or "any",
                before.accounts,
                after.accounts,
                before.hours,
                after.hours,
                after.capacity_hours,
                before.utilization,
                after.utilization,
                before.arr,
                after.arr,
                targeted[j],
                *_limits(band),
                *(v for pair in zip(before.renewal_arr, after.renewal_arr, strict=True) for v in pair),
                before.red_arr,
                after.red_arr,
                before.growth_potential,
                after.growth_potential,
                moved_in[csm.id],
                moved_out[csm.id],
            )
        )
    columns = _columns([q.label for q in problem.quarters])
    return Table(columns=columns, rows=rows, filtered=True, total=_totals(columns, rows), note=_note(result))


def _note(result: Result) -> str:
    day = result.problem.horizon_end
    return f"Before = today's CSM; after = this plan. Capacity and utilization: the month before {day.isoformat()}."


def _columns(quarters: Sequence[str]) -> tuple[Column, ...]:
    renewals = [
        Column(f"Renewal ARR {label} {when}", Kind.MONEY, key=f"renewal_arr_q{q}_{when}")
        for q, label in enumerate(quarters, 1)
        for when in ("before", "after")
    ]
    return (
        Column("No.", Kind.WHOLE, key="no"),
        Column("CSM", key="csm"),
        Column("CSM ID", key="csm_id"),
        Column("Manager"),
        Column("Segments"),
        Column("Accounts before", Kind.WHOLE),
        Column("Accounts after", Kind.WHOLE),
        Column("Hours before", Kind.HOURS, help="Hours a month that the accounts need."),
        Column("Hours after", Kind.HOURS),
        Column("Capacity", Kind.HOURS, help="Customer-facing hours a month at the end of the horizon."),
        Column("Utilization before", Kind.PERCENT, width=13, bar=1.5, marks=OVER),
        Column("Utilization after", Kind.PERCENT, width=13, bar=1.5, marks=OVER),
        Column("ARR before", Kind.MONEY),
        Column("ARR after", Kind.MONEY),
        Column("ARR target", Kind.MONEY, help="The sum of this CSM's shares on Targets."),
        Column("Band low", Kind.MONEY, key="arr_low"),
        Column("Band high", Kind.MONEY, key="arr_high"),
        *renewals,
        Column("Red ARR before", Kind.MONEY),
        Column("Red ARR after", Kind.MONEY),
        Column("Growth potential before", Kind.MONEY),
        Column("Growth potential after", Kind.MONEY),
        Column("Moves in", Kind.WHOLE),
        Column("Moves out", Kind.WHOLE),
    )


def _limits(band: Band | None) -> tuple[Value, Value]:
    return (band.low, band.high) if band else (None, None)


def _targets(result: Result, targets: Sheet | None) -> list[Value]:
    """The ARR target per CSM: a live sum of the shares where these add up to it, else the number."""
    bands = {b.csm_id: b for b in result.bands if b.measure == ARR}
    sums: Counter[str] = Counter()
    for s in result.target_shares:
        if s.measure == ARR:
            sums[s.csm_id] += s.share * s.total  # type: ignore[assignment]
    title = next((b.title for b in bands.values()), ARR)
    found: list[Value] = []
    for j, csm in enumerate(result.problem.csms):
        band = bands.get(csm.id)
        explained = (
            csm.id in sums and abs(sums[csm.id] - (band.target if band else 0)) <= 1e-6 * max(1.0, sums[csm.id]) + 1
        )
        if band is None or targets is None or not explained:
            found.append(band.target if band else None)
            continue
        number, measure, amount = (targets.address(t) for t in ("No.", "Measure", "Share of the total"))
        text = f'=SUMIFS({amount},{number},A{{row}},{measure},"{title}")'
        found.append(Formula(text.replace("{row}", str(BOOKS_FIRST_ROW + j)), band.target))
    return found


BOOKS_FIRST_ROW = 3
"""The spreadsheet row of the first book: a note and the headers stand above."""


def _totals(columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> list[Value]:
    """Sums of what can be added; the team's utilization is hours over capacity."""

    def total(k: int) -> float:
        return sum(v for v in ((r[k].value if isinstance(r[k], Formula) else r[k]) for r in rows) if _adds(v))  # type: ignore[union-attr,misc]

    at = {c.title: k for k, c in enumerate(columns)}
    found: list[Value] = []
    for k, column in enumerate(columns):
        if column.title == "CSM":
            found.append("All CSMs")
        elif column.kind in (Kind.WHOLE, Kind.HOURS, Kind.MONEY) and column.title not in (
            "No.",
            "Band low",
            "Band high",
        ):
            found.append(total(k))
        elif column.title.startswith("Utilization"):
            capacity = total(at["Capacity"])
            found.append(total(at[column.title.replace("Utilization", "Hours")]) / capacity if capacity else None)
        else:
            found.append(None)
    return found


def _adds(value: Value) -> bool:
    return isinstance(value, int | float)


def money_of(result: Result) -> str:
    """The currency of the workbook."""
    return currency_of(result.problem)


def book_of(books: Sequence[Book], csm_id: str) -> Book:
    """The book of one CSM."""
    return next(b for b in books if b.csm_id == csm_id)
