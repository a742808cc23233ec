"""bookwright compare and check-plan: what differs between plans, and whether a plan still holds today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.shared import (
    USUAL_SECONDS,
    book_given,
    book_options,
    existing,
    print_json,
    store_option,
    table,
    writable,
)
from bookwright.findings import UsageError

if TYPE_CHECKING:
    from bookwright.result import Result
    from bookwright.scenarios.drift import Drift


@click.command(short_help="Lay plans beside each other, or one PLAN beside today.")
@click.argument("plans", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="PLAN [PLAN...]")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Also write the comparison as .xlsx.  [default: none]"
)
@click.option("--json", "as_json", is_flag=True, help="Print as one JSON object.")
def compare(plans: Sequence[Path], out: Path | None, as_json: bool) -> None:
    """Say what differs between plans: figures, books, accounts, rules broken or kept, and who is affected.

    A PLAN is its workbook or the .bookwright beside it. One PLAN alone is laid beside today's books; better and worse
    count from the first to the last. Nothing is solved.

    \b
    Example:
      bookwright compare "book plan.xlsx"
      bookwright compare "fewest moves.xlsx" "most even.xlsx" -o comparison.xlsx
    """
    for plan in plans:
        existing(plan)
    if out is not None:
        writable(out, ".xlsx", plans)
    from bookwright import api_plans
    from bookwright.report import compare as shown

    found = api_plans.compare_plans(plans)
    if out is not None:
        out = api_plans.write_sheets(shown.workbook(found), out, plans)
    if as_json:
        print_json({**shown.as_json(found), "out": None if out is None else str(out)})
        return
    table(shown.rows(found))
    for line in shown.sentences(found):
        click.echo(line)
    if out is not None:
        click.echo(f"Comparison: {out}")


@click.command("check-plan", short_help="Say whether PLAN still holds on today's BOOK, and the smallest repair.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Write the repaired plan here, as .xlsx.  [default: none]"
)
@store_option
@click.option(
    "--effective-date", type=Day(), metavar="DATE", help="Day to check for, YYYY-MM-DD.  [default: the plan's own]"
)
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    help=f"Seconds to look for the repair.  {USUAL_SECONDS}",
)
@click.option(
    "--effort", type=click.IntRange(min=1), metavar="UNITS", help="Units of search instead of seconds.  [default: off]"
)
@book_options
@click.option("--json", "as_json", is_flag=True, help="Print as one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on the screen.")
def check_plan(
    plan: Path,
    book: Path | None,
    out: Path | None,
    store: Path | None,
    effective_date: dt.datetime | None,
    time_limit: float | None,
    effort: int | None,
    columns: Path | None,
    dates: str | None,
    duplicates: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Lay PLAN over BOOK as it is today: which moves are made, what no longer holds, and the fewest changes to mend it.

    The repair keeps every hard rule and is as good in hours and balance as the plan was, where that can be.

    Exit codes: 0 it holds, or a repair was found; 4 no plan keeps the hard rules; 5 none was found in time.

    \b
    Example:
      bookwright check-plan "book plan.xlsx" "book of today.xlsx" -o "book plan repaired.xlsx"
    """
    existing(plan)
    source = book_given(book)
    inputs = (plan, *((source,) if isinstance(source, Path) else ()), *((columns,) if columns else ()))
    if out is not None:
        writable(out, ".xlsx", inputs)
        if out.resolve() == plan.resolve():
            raise UsageError(f"{out.name} is the plan itself. Maybe another name with -o.")
    from bookwright import api, api_plans
    from bookwright.cli.progress import Watch, interruptible, prepare

    portfolio = api.read(source, columns=columns, dates=dates, duplicates=duplicates)
    found = api_plans.check_plan(
        plan, portfolio, store=store, effective_date=effective_date.date() if effective_date else None
    )
    result, interrupted = None, False
    if not found.holds:
        prepare(quiet)
        watch = Watch(None if effort else time_limit, quiet)
        result, interrupted = interruptible(
            lambda stop: api_plans.repair_plan(
                found, time_limit=time_limit, effort=effort, on_progress=watch, stop=stop
            )
        )
        watch.close()
    written = None
    if out is not None:
        if result is None:
            click.echo("The plan holds; no repair is written.", err=True)
        else:
            written = api.write(result, out, inputs=inputs)
    _show(found, result, written, as_json)
    raise click.exceptions.Exit(130 if interrupted else 0 if result is None else result.exit_code)


def _show(found: Drift, result: Result | None, written: Path | None, as_json: bool) -> None:
    from bookwright.scenarios.drift import changes_of, sentences

    said = list(sentences(found))
    changes = [] if result is None else changes_of(found, result)
    name = found.problem.portfolio.csm_name
    if as_json:
        print_json(
            {
                "holds": found.holds,
                "moves": {"done": len(found.done), "open": len(found.open), "elsewhere": len(found.elsewhere)},
                "accounts": {"new": list(found.new), "gone": list(found.gone), "no_owner": list(found.no_owner)},
                "broken": [b.what for b in found.broken],
                "repair": None
                if result is None
                else {"status": result.status.value, "changes": [list(c) for c in changes], "plan_id": result.plan_id},
                "said": said,
                "out": None if written is None else str(written),
            }
        )
        return
    for line in said:
        click.echo(line)
    if result is None:
        return
    noun = "account gets" if len(changes) == 1 else "accounts get"
    click.echo(f"The smallest repair found: {len(changes):,} {noun} another CSM than planned.")
    by_id = found.problem.portfolio.account_by_id
    rows = [
        ["Account", "Planned", "Repair"],
        *([by_id[a].label, name(was) or "(nobody)", name(now) or "(nobody)"] for a, was, now in changes[:20]),
    ]
    if changes:
        table(rows)
    if len(changes) > 20:
        click.echo(f"... and {len(changes) - 20} more in the workbook (-o).")
    for line in result.diagnosis:
        click.echo(line)
    if written is not None:
        click.echo(f"Plan: {written}")
