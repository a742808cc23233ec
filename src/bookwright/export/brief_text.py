"""The hand-over of one CSM as Markdown: the same as the workbook's, to paste where people read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bookwright.export.brief import MEANINGS, ONE, STEPS, Brief, Fact


def hand_over_text(name: str, coming: Sequence[Brief], leaving: Sequence[Brief], currency: str = "") -> str:
    """What comes to a CSM and what leaves, a section per account that comes."""
    lines = [f"# Hand-over for {_plain(name)}", ""]
    if coming:
        lines += ["## Coming to you", "", *_list(coming, "From", currency), ""]
    if leaving:
        lines += ["## Leaving you", "", *_list(leaving, "To", currency), ""]
    for brief in coming:
        lines += _section(brief, currency)
    return "\n".join(lines).rstrip() + "\n"


def _list(briefs: Sequence[Brief], other: str, currency: str) -> list[str]:
    heads = ["Account", other, "Hand-over on", "ARR", "Renewal date", "Health", "Open escalation"]
    rows = []
    for b in briefs:
        facts = dict(b.facts)
        who = (b.giver or "nobody") if other == "From" else b.taker
        told = [_said(facts[h], currency if h == "ARR" else "") for h in heads[2:]]
        rows.append([b.title, who, *told])
    return _table(heads, rows)


def _section(brief: Brief, currency: str) -> list[str]:
    come = f"From {brief.giver}" if brief.giver else "Without a CSM today"
    day = brief.change.hand_over_on.isoformat()
    lines = [f"## {_plain(brief.title)}", "", f"{_plain(come)} to {_plain(brief.taker)}, hand-over on {day}.", ""]
    lines += [f"Why: {_plain(brief.why)}", ""]
    facts = [[k, _said(v, currency if k == "ARR" else "")] for k, v in brief.facts if v not in (None, "")]
    lines += [*_table(["Fact", ""], facts), ""]
    if brief.contacts:
        lines += [
            "Contacts:",
            "",
            *_table(["Name", "E-mail", "Role"], [[c.name, c.email, c.title] for c in brief.contacts]),
            "",
        ]
    if brief.work:
        rows = [[ONE[kind], c.name, c.status, c.due, c.amount] for kind, c in brief.work]
        lines += ["Open work:", "", *_table(["Kind", "What", "Status", "Due", "Amount"], rows), ""]
    for title, text in brief.shown:
        lines += [f"{_plain(title)}: {_plain(text) or '–'}", ""]
    for step, meaning in zip(STEPS, MEANINGS, strict=True):
        said = meaning.format(giver=brief.giver or "Whoever looked after it", taker=brief.taker)
        lines.append(f"- [ ] {step}: {_plain(said)}")
    return [*lines, ""]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    made = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return made + [f"| {' | '.join(_plain(c) for c in row)} |" for row in rows]


def _plain(text: str) -> str:
    """Text that Markdown takes for nothing else: no table bars, tags or headings from a cell."""
    flat = " ".join(text.split())
    return "".join(f"\\{c}" if c in "|<>*_`[]#\\" else c for c in flat)


def _said(value: Fact, currency: str = "") -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float | int):
        return f"{value:,.0f} {currency}".strip()
    return value
