"""bookwright capacity: what each segment needs, how many CSMs that makes, and the case for it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookwright.cli.kinds import Day
from bookwright.cli.shared import book_given, book_options, print_json, table, writable
from bookwright.findings import UsageError

if TYPE_CHECKING:
    from bookwright.capacity import Capacity, Outcome


@click.command(short_help="How many CSMs BOOK needs, bottom-up: hours, ratios, headcount.")
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option(
    "-m", "--model", default="quarterly_rebalance", show_default=True, help="Planning model: a name or a .toml file."
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Also write the case: .xlsx with every step as live formulas, or .md for one page.  [default: none]",
)
@click.option(
    "--what-if",
    "changes",
    multiple=True,
    metavar="CHANGE",
    help="capacity=+20%, tooling=25%, hires:SEGMENT=2 or accounts:SEGMENT=+50; may be repeated.  [default: none]",
)
@click.option(
    "--effective-date",
    type=Day(),
    metavar="DATE",
    help="Day the horizon starts, YYYY-MM-DD.  [default: first day of the next fiscal quarter]",
)
@book_options
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def capacity(
    book: Path | None,
    model: str,
    out: Path | None,
    changes: tuple[str, ...],
    effective_date: dt.datetime | None,
    columns: Path | None,
    dates: str | None,
    duplicates: str,
    as_json: bool,
) -> None:
    """Say what the accounts of BOOK need and what its CSMs have: touchpoints, hours, customers per CSM, headcount.

    Nothing is planned or changed. Hours are a month; ratios are results, never targets.

    \b
    Example:
      bookwright capacity book.xlsx
      bookwright capacity book.xlsx -o case.xlsx --what-if capacity=+20%
    """
    source = book_given(book)
    from bookwright import api
    from bookwright.capacity import parse_change, what_if

    wanted = [parse_change(text) for text in changes]
    inputs = (
        *([source] if isinstance(source, Path) else []),
        *([columns] if columns else []),
        *([Path(model)] if Path(model).is_file() else []),
    )
    if out is not None:
        if out.suffix.lower() not in (".xlsx", ".md"):
            raise UsageError(f"{out.name} must end in .xlsx or .md. Maybe {out.stem}.xlsx.")
        writable(out, out.suffix.lower(), inputs)
    portfolio = api.read(source, columns=columns, dates=dates, duplicates=duplicates)
    found = api.capacity(portfolio, model, effective_date=effective_date.date() if effective_date else None)
    outcome = what_if(found, wanted) if wanted else None
    written = api.write_capacity(found, out, outcome, inputs=inputs) if out is not None else None
    if as_json:
        print_json(_as_json(found, outcome, written))
        return
    _show(found, outcome)
    if written is not None:
        click.echo(f"Case: {written}")


def _show(c: Capacity, outcome: Outcome | None) -> None:
    from bookwright.report.capacity_case import findings, sentence, verdict

    click.echo(verdict(c))
    for text in findings(c):
        click.echo(f"  {text}")
    click.echo("")
    head = ("Segment", "Accounts", "Hours needed", "Available", "Customers/CSM", "ARR/CSM", "CSMs needed", "CSMs today")
    rows = [head]
    for s in c.segments:
        ratio = f"{s.customers_per_csm:,.1f}" if s.customers_per_csm else "-"
        arr = f"{s.arr_per_csm:,.0f}" if s.arr_per_csm else "-"
        hours = f"{s.need:,.1f}", f"{s.available:,.1f}"
        needed, there = s.csms_needed + 1e-9, s.csms_today + 1e-9  # half up, as spreadsheets round
        rows.append((s.name, f"{s.accounts:,}", *hours, ratio, arr, f"{needed:,.1f}", f"{there:,.1f}"))
    table(rows)
    if outcome is not None:
        click.echo("")
        click.echo(sentence(outcome))
        click.echo(outcome.assumption)


def _as_json(c: Capacity, outcome: Outcome | None, written: Path | None) -> dict[str, Any]:
    from bookwright.capacity import overloads, sized_by_arr, trades

    fields = [
        "name",
        "accounts",
        "arr",
        "need",
        "by_coverage",
        "available",
        "short",
        "idle",
        "not_served",
        "arr_not_served",
        "utilization",
        "quality",
        "quality_now",
        "customers_per_csm",
        "arr_per_csm",
        "csms_needed",
        "csms_today",
        "top_down",
        "renewal_rate",
        "expansion",
        "health",
        "churned",
    ]
    people = ["csm_id", "name", "full", "capacity", "accounts", "hours", "arr", "utilization"]
    found: dict[str, Any] = {
        "effective_date": c.problem.effective_date,
        "hours_per_csm": c.hours_per_csm,
        "segments": [{f: getattr(s, f) for f in fields} for s in c.segments],
        "csms": [{f: getattr(p, f) for f in people} for p in c.csms],
        "most_underserved": {
            "by_hours": c.most_short.name if c.most_short else None,
            "by_arr": c.most_arr_short.name if c.most_arr_short else None,
        },
        "hires_or_tooling": [
            {"hires": t.hires, "hours": t.hours, "share_of_automatable": t.share_of_automatable,
             "share_of_all": t.share_of_all, "cost_per_month": t.cost_per_month}
            for t in trades(c)
        ],
        "overload": [
            {
                "csm_id": o.csm_id, "over": o.over, "left": o.left, "verdict": o.verdict,
                "hand_over": [{"account_id": h[0], "hours": h[1], "arr": h[2], "to": h[3]} for h in o.hand_over],
                "automate": [{"segment": s, "touchpoint": t, "hours": h} for s, t, h in o.automate],
                "drop": [{"segment": s, "touchpoint": t, "hours": h} for s, t, h in o.drop],
            }
            for o in overloads(c)
        ],
        "touchpoints_made": _made(c),
        "warning": sized_by_arr(c.problem) or None,
        "out": str(written) if written else None,
    }  # fmt: skip
    if outcome is not None:
        found["what_if"] = {
            "changes": [change.text for change in outcome.changes],
            "assumption": outcome.assumption,
            "not_done": {name: {"before": b, "after": a} for name, b, a in outcome.segments},
            "gets_done": [
                {"segment": p.segment, "touchpoint": p.name, "hours": b - a} for p, b, a in outcome.done if b - a > 0.05
            ],
        }
    return found


def _made(c: Capacity) -> dict[str, Any] | None:
    """Planned against made, where the workbook has a log or counts."""
    from bookwright.capacity import made_of

    made = made_of(c)
    if made is None:
        return None
    return {
        "months": made.months,
        "segments": [
            {"name": s.name, "accounts": s.accounts, "on_plan": s.on_plan, "quality": s.quality,
             "hours_due": s.hours_due, "hours_made": s.hours_made, "got_nothing": s.nothing}
            for s in made.segments
        ],
        "touchpoints": [
            {"segment": t.segment, "touchpoint": t.name, "planned_per_month": t.planned_per_month,
             "made_per_month": t.made_per_month, "share": t.share}
            for t in made.lines
        ],
        "not_counted": [{"touchpoint": name, "times": times} for name, times in made.unknown],
    }  # fmt: skip
