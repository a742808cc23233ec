"""The page for leadership: one self-contained HTML file with pictures and no script, ready to print or to forward.

It shows an allow-list only: names, segments, hours, ARR, moves. No notes, no unknown columns, no dates of people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from bookwright.report.summary import Line, Summary, summary
from bookwright.report.svg import Dumbbell, dumbbells, matrix
from bookwright.report.verdict import alarms, count, percent, short_money, verdict
from bookwright.result import Result
from bookwright.tables.write_file import place_text
from bookwright.tables.write_formats import AFTER, BEFORE, FILLS, HEADER_FILL, INK, LINE, MUTED
from bookwright.tables.write_sheets import Kind, Look

MOST_CSMS = 80
"""More CSMs than this are shown by their largest changes."""
MOST_IN_MATRIX = 24
NOBODY = "(no CSM)"

_FONT = 'system-ui, "Segoe UI", Calibri, Arial, sans-serif'
_BAD_FILL, _BAD_INK = FILLS[Look.BAD]
_STYLE = f"""
body {{ font: 15px/1.45 {_FONT}; color: {INK}; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; margin: 0 0 .4rem; }}
h2 {{ font-size: 1.1rem; color: {AFTER}; margin: 1.8rem 0 .5rem; }}
.verdict {{ font-size: 1.1rem; }}
.muted, .small {{ color: {MUTED}; }}
.alarm {{ background: {_BAD_FILL}; color: {_BAD_INK}; padding: .5rem .8rem; margin: .3rem 0; font-weight: 600; }}
table {{ border-collapse: collapse; width: 100%; }}
th {{ background: {HEADER_FILL}; text-align: left; }}
th, td {{ padding: .25rem .6rem; border-bottom: 1px solid {LINE}; }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
.better {{ background: {FILLS[Look.GOOD][0]}; }}
.worse {{ background: {FILLS[Look.WARN][0]}; }}
svg {{ max-width: 100%; height: auto; }}
svg text {{ font: 12px {_FONT}; fill: {INK}; }}
svg text.small {{ fill: {MUTED}; font-size: 11px; }}
.dot {{ display: inline-block; width: .7em; height: .7em; border-radius: 50%; }}
@media print {{
  body {{ margin: 0; max-width: none; }}
  h2 {{ break-after: avoid; }}
  svg, table {{ break-inside: avoid; }}
}}
"""


def write_page(result: Result, path: str | Path, *, inputs: Sequence[str | Path] = ()) -> Path:
    """Write the page; whole or not at all, never onto an input. Returns where it went."""
    return place_text(path, page(result), inputs=inputs)


def page(result: Result) -> str:
    """The page as text: the verdict, before and after, pictures of the books, who gives to whom, what is left."""
    s = summary(result)
    title = result.problem.model.title or "Plan of accounts and CSMs"
    day = result.problem.effective_date.isoformat()
    scope = f"Takes effect on {day}. {count(s.accounts, 'account')}, {count(s.csms, 'CSM')}."
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="verdict">{escape(discreet(verdict(s)))}</p>',
        *(f'<p class="alarm">{escape(discreet(text))}</p>' for text in alarms(s)),
        f'<p class="muted">{escape(scope)}</p>',
        section(
            "Before and after",
            html_table(("", "Before", "After"), [_line(line, s.currency) for line in s.lines], "nn", s.lines),
        ),
        section(f"Utilization per CSM {_LEGEND}", _utilization(result)),
        section(f"ARR per CSM {_LEGEND}", _arr(result, s)),
        section("Who gives to whom", _matrix(result)),
        section("Largest moves", _largest(s)),
        section("Teams", _teams(s)),
        section("Still broken", _broken(s)),
        section("Hires that would help", _hires(s)),
    ]
    return document(title, body)


def document(title: str, body: Sequence[str]) -> str:
    """Parts of a page as a whole one: no script, nothing loaded from elsewhere."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


_LEGEND = (
    f'<span class="small"><span class="dot" style="background:{BEFORE}"></span> before '
    f'<span class="dot" style="background:{AFTER}"></span> after</span>'
)
_PRIVATE = re.compile(
    r"\b(leaves|starts|ends|started|left|is away|ramps?) (on |from |until |since )?"
    r"\d{4}-\d\d-\d\d(, after the horizon)?"
)


def discreet(text: str) -> str:
    """A sentence without the dates of people: what leaves and when is not for this page."""
    return _PRIVATE.sub("book reassigned", text)


def section(title: str, body: str) -> str:
    """A part of a page under its heading; nothing where there is nothing to show."""
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""


def html_table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: str, lines: Sequence[Line] = ()) -> str:
    """A table whose last `len(numbers)` columns marked n are numbers, right-aligned."""
    first = len(heads) - len(numbers)
    right = [k >= first and numbers[k - first] == "n" for k in range(len(heads))]

    def cells(tag: str, values: Sequence[str], last: str = "") -> str:
        classes = [
            " ".join(filter(None, ("n" if right[k] else "", last if k == len(values) - 1 else "")))
            for k in range(len(values))
        ]
        return "".join(f'<{tag} class="{c}">{escape(v)}</{tag}>' for c, v in zip(classes, values, strict=True)).replace(
            ' class=""', ""
        )

    body = [cells("td", row, _tone(lines[k]) if lines else "") for k, row in enumerate(rows)]
    return f"<table><tr>{cells('th', heads)}</tr>" + "".join(f"<tr>{row}</tr>" for row in body) + "</table>"


def _tone(line: Line) -> str:
    if line.before is None or line.after is None or abs(line.before - line.after) < 1e-9:
        return ""
    return "better" if (line.after < line.before) == line.lower_is_better else "worse"


def _line(line: Line, currency: str) -> tuple[str, str, str]:
    return line.title, _number(line.before, line.kind, currency), _number(line.after, line.kind, currency)


def _number(value: float | None, kind: Kind, currency: str = "") -> str:
    if value is None:
        return "none"
    if kind is Kind.MONEY:
        return short_money(value, currency)
    return f"{value * 100:.0f} %" if kind is Kind.PERCENT else f"{value:,.0f}"


def _utilization(result: Result) -> str:
    """Utilization before and after, fullest first."""
    rows = []
    for csm, before, after in zip(result.problem.csms, result.today.books, result.plan.books, strict=True):
        b, a = before.utilization, after.utilization
        if b is None and a is None:
            continue
        shown = f"{_number(b, Kind.PERCENT)} → {_number(a, Kind.PERCENT)}"
        rows.append(Dumbbell(csm.name, b, a, shown=shown))
    return _chart("Utilization per CSM, before and after", rows, lines=((0.85, "85 %"), (1.0, "100 %")), alarm=1.0)


def _arr(result: Result, s: Summary) -> str:
    """ARR before and after in its band, largest first."""
    bands = {b.csm_id: b for b in result.bands if b.measure == "arr"}
    rows = []
    for csm, before, after in zip(result.problem.csms, result.today.books, result.plan.books, strict=True):
        band = bands.get(csm.id)
        shown = f"{short_money(before.arr, s.currency)} → {short_money(after.arr, s.currency)}"
        low, high = (band.low, band.high) if band else (None, None)
        rows.append(Dumbbell(csm.name, before.arr, after.arr, low, high, shown))
    return _chart("ARR per CSM, before and after", rows)


def _chart(
    title: str, rows: list[Dumbbell], *, lines: Sequence[tuple[float, str]] = (), alarm: float | None = None
) -> str:
    note = ""
    if len(rows) > MOST_CSMS:
        note = f'<p class="muted">The {MOST_CSMS} largest changes of {len(rows)} CSMs.</p>'
        rows = sorted(rows, key=lambda r: -abs((r.after or 0.0) - (r.before or 0.0)))[:MOST_CSMS]
    rows = sorted(rows, key=lambda r: (-(r.after or 0.0), r.name))
    return note + dumbbells(title, rows, lines=lines, alarm=alarm)


def _matrix(result: Result) -> str:
    """Accounts from each CSM to each other; by manager's team where too many CSMs are involved."""
    portfolio = result.problem.portfolio
    if not result.plan.moves:
        return "<p>No account moves.</p>"
    pairs = Counter((portfolio.csm_name(m.csm_from) or NOBODY, portfolio.csm_name(m.csm_to)) for m in result.plan.moves)
    title, note = "Accounts that move, from and to", ""
    if len({a for a, _ in pairs}) > MOST_IN_MATRIX or len({b for _, b in pairs}) > MOST_IN_MATRIX:
        team = {c.id: c.manager or "(no manager)" for c in portfolio.csms}
        pairs = Counter((team[m.csm_from] if m.csm_from else NOBODY, team[m.csm_to]) for m in result.plan.moves)
        note = '<p class="muted">By manager\'s team.</p>'
    givers, takers = ([n for n, _ in Counter(dict(_sums(pairs, k))).most_common(MOST_IN_MATRIX)] for k in (0, 1))
    return f"{note}<p>Rows give, columns take; numbers are accounts.</p>" + matrix(title, givers, takers, pairs)


def _sums(pairs: Counter[tuple[str, str]], side: int) -> Iterable[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for pair, n in pairs.items():
        sums[pair[side]] += n
    return sorted(sums.items())


def _largest(s: Summary) -> str:
    rows = [(m.account, m.csm_from or NOBODY, m.csm_to, short_money(m.arr, s.currency)) for m in s.largest]
    return html_table(("Account", "From", "To", "ARR"), rows, "n") if rows else "<p>No account moves.</p>"


def _teams(s: Summary) -> str:
    rows = [
        (
            t.manager,
            f"{t.csms}",
            *("none" if u is None else percent(u) for u in (t.utilization_before, t.utilization_after)),
            *(short_money(a, s.currency) for a in (t.arr_before, t.arr_after)),
            f"{t.moves_in}",
            f"{t.moves_out}",
        )
        for t in s.teams
    ]
    heads = ("Manager", "CSMs", "Use before", "Use after", "ARR before", "ARR after", "Moves in", "Moves out")
    return html_table(heads, rows, "nnnnnnn")


def _broken(s: Summary) -> str:
    if not s.breaches:
        return "<p>Every rule holds.</p>"
    items = "".join(f"<li>{escape(discreet(b.what))}</li>" for b in s.breaches[:20])
    more = f'<p class="muted">and {len(s.breaches) - 20} more in the workbook</p>' if len(s.breaches) > 20 else ""
    return f"<ul>{items}</ul>{more}"


def _hires(s: Summary) -> str:
    if not s.shortages:
        return "<p>No segment is short of hours.</p>"
    rows = [(x.segment, f"{x.hours:,.1f}", f"{x.hires}") for x in s.shortages]
    return html_table(("Segment", "Hours a month short", "CSMs that would close it"), rows, "nn")
