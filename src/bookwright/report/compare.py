"""Plans laid beside each other, as lines on the screen, as a workbook and as plain values."""

from __future__ import annotations

from typing import Any

from bookwright.report.summary import currency_of
from bookwright.report.verdict import count, short_money
from bookwright.scenarios.compare import Compared, Measure
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Sheet, Table, Value, Workbook

_KINDS = {
    "count": Kind.WHOLE,
    "money": Kind.MONEY,
    "hours": Kind.HOURS,
    "percent": Kind.PERCENT,
    "share": Kind.SHARE,
    "points": Kind.POINTS,
}
_WORDS = {"better": "better", "worse": "worse", "same": ""}


def rows(found: Compared) -> list[list[str]]:
    """The figures as rows of text: header, then one row per measure; the last column says which way it went."""
    currency = currency_of(found.sides[0].plan.problem)
    head = ["", *(s.title for s in found.sides), ""]
    return [head, *([m.title, *(shown(m, v, currency) for v in m.values), _WORDS[m.verdict]] for m in found.measures)]


def shown(measure: Measure, value: float | None, currency: str) -> str:
    """A figure as people read it."""
    if value is None:
        return "-"
    if measure.kind == "money":
        return short_money(value, currency)
    if measure.kind in ("percent", "share"):
        return f"{value:.0%}" if measure.kind == "percent" else f"{value:.1%}"
    return f"{value:,.0f}" if measure.kind == "count" else f"{value:,.1f}"


def sentences(found: Compared) -> list[str]:
    """What differs, in sentences: accounts, people, rules newly broken or newly kept."""
    first, last = found.sides[0], found.sides[-1]
    changed = [a for a, given in found.owners.items() if given[0] != given[-1]]
    arr = sum(found.accounts[a].arr for a in changed)
    money = short_money(arr, currency_of(first.plan.problem))
    verb = "is" if len(changed) == 1 else "are"
    said = [
        f"{count(len(changed), 'account')} ({money}) {verb} with somebody else in {last.title} than in {first.title}."
    ]
    if found.affected:
        names = [f"{name} {n}" for name, n in list(found.affected.items())[:6]]
        more = f" and {len(found.affected) - 6} more" if len(found.affected) > 6 else ""
        said.append(f"Affected, with accounts given or taken: {', '.join(names)}{more}.")
    if found.only:
        said.append(f"{count(len(found.only), 'account')} not in all of them; those are left out of the comparison.")
    for text, breaches in (
        ("Newly broken or worse", found.new_breaches),
        ("No longer broken or better", found.gone_breaches),
    ):
        if breaches:
            more = f" And {len(breaches) - 3} more." if len(breaches) > 3 else ""
            said.append(f"{text}: {' '.join(b.what for b in breaches[:3])}{more}")
    return said


def workbook(found: Compared) -> Workbook:
    """Compare, Books, Accounts and Rules as sheets."""
    problem = found.sides[0].plan.problem
    columns = (Column("Plan", width=26), *(Column(m.title, _KINDS[m.kind], width=13) for m in found.measures))
    listed: list[list[Value]] = [[s.title, *(m.values[k] for m in found.measures)] for k, s in enumerate(found.sides)]
    listed.append(["First to last", *(_WORDS[m.verdict] or "same" for m in found.measures)])
    figures = Table(columns, listed, title="Plans side by side", note=" ".join(sentences(found)[:2]))
    sheets = (
        Sheet("Compare", tables=(figures,), freeze_columns=1),
        Sheet("Books", tables=(_books(found),), freeze_columns=1),
        Sheet("Accounts", tables=(_accounts(found),), freeze_columns=2),
        Sheet("Rules", tables=_breaches(found)),
    )
    return Workbook(sheets, title="Plans compared", created=problem.effective_date, currency=currency_of(problem))


def _books(found: Compared) -> Table:
    columns = [Column("CSM", width=24)]
    for side in found.sides:
        columns += [
            Column(f"Accounts, {side.title}", Kind.WHOLE, width=13),
            Column(f"Utilization, {side.title}", Kind.PERCENT, width=13, marks=(Mark(Look.BAD, above=1.0),)),
            Column(f"ARR, {side.title}", Kind.MONEY, width=15),
        ]
    listed: list[list[Value]] = []
    for csm, books in found.books.items():
        row: list[Value] = [found.names[csm]]
        for book in books:
            row += [None, None, None] if book is None else [book.accounts, book.utilization, book.arr]
        listed.append(row)
    return Table(tuple(columns), listed)


def _accounts(found: Compared) -> Table:
    columns = (
        Column("Account ID", width=14),
        Column("Account", width=30),
        Column("Segment", width=14),
        Column("ARR", Kind.MONEY, width=13),
        *(Column(f"CSM, {s.title}", width=22) for s in found.sides),
    )
    listed: list[list[Value]] = []
    for id, owners in sorted(found.owners.items(), key=lambda row: -found.accounts[row[0]].arr):
        account = found.accounts[id]
        listed.append([id, account.name, account.segment, account.arr, *(found.names.get(c or "", "") for c in owners)])
    return Table(columns, listed, empty="Every account is with the same CSM in all of them.", filtered=bool(listed))


def _breaches(found: Compared) -> tuple[Table, ...]:
    columns = (Column("Rule", width=24), Column("What", width=100, wrap=True), Column("Hard", width=8))
    pairs = (("Newly broken, or worse", found.new_breaches), ("No longer broken, or better", found.gone_breaches))
    return tuple(
        Table(columns, [[b.title, b.what, "hard" if b.hard else ""] for b in breaches], title=title, empty="Nothing.")
        for title, breaches in pairs
    )


def as_json(found: Compared) -> dict[str, Any]:
    """All of it as plain values."""
    return {
        "sides": [s.title for s in found.sides],
        "measures": [
            {"key": m.key, "title": m.title, "unit": m.kind, "values": list(m.values), "verdict": m.verdict}
            for m in found.measures
        ],
        "accounts": {a: list(given) for a, given in found.owners.items()},
        "affected": dict(found.affected),
        "newly_broken": [b.what for b in found.new_breaches],
        "no_longer_broken": [b.what for b in found.gone_breaches],
        "not_in_all": list(found.only),
        "said": sentences(found),
    }
