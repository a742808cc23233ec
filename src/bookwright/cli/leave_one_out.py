"""bookwright leave-one-out: who would take what if a CSM left, before anybody leaves."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.shared import book_given, book_options, path_of, print_json, table, writable

if TYPE_CHECKING:
    from bookwright.scenarios.leave_one_out import LeaveOneOut
    from bookwright.scenarios.sweep import Line


@click.command("leave-one-out", short_help="For each CSM: who would take what if they left, and what would be short.")
@click.argument("book", required=False, type=click.Path(path_type=Path))
@click.option("-m", "--model", default="departure", show_default=True, help="Planning model: a name or a .toml file.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help='[default: "BOOK leave-one-out.xlsx" beside it]')
@click.option("--csm", "leavers", multiple=True, metavar="NAME", help="Ask for this CSM only; may be repeated.")
@click.option("--effective-date", type=Day(), metavar="DATE", help="Day they would be gone, YYYY-MM-DD.")
@click.option(
    "--time-limit", type=Amount(min=0.1), default=5.0, show_default=True, metavar="SECONDS",
    help="Search at most this long for each CSM.",
)  # fmt: skip
@click.option(
    "--effort", type=click.IntRange(min=1), metavar="UNITS", help="Units of search instead of seconds.  [default: off]"
)
@click.option("--workers", type=click.IntRange(min=1), metavar="CORES", help="Processes side by side.  [default: all]")
@book_options
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on the screen.")
def leave_one_out(
    book: Path | None,
    model: str,
    out: Path | None,
    leavers: tuple[str, ...],
    effective_date: dt.datetime | None,
    time_limit: float,
    effort: int | None,
    workers: int | None,
    columns: Path | None,
    dates: str | None,
    duplicates: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Ask for each CSM of BOOK: if they left and nobody else's accounts moved, who would take what, and what would be
    short? One workbook for leaders. What was killed goes on where it was.

    \b
    Example:
      bookwright leave-one-out book.xlsx
      bookwright leave-one-out book.xlsx --csm "Ana Lopez" --csm "Ben Carter"
    """
    source = book_given(book)
    place = path_of(source)
    from bookwright import api
    from bookwright.cli.progress import interruptible, prepare
    from bookwright.planning_model import load
    from bookwright.report.leave_one_out import leave_one_out_workbook
    from bookwright.scenarios.leave_one_out import leave_one_out as ask
    from bookwright.tables.write import write

    target = out or place.parent / f"{place.stem if place.is_file() else place.name} leave-one-out.xlsx"
    inputs = (
        *([source] if isinstance(source, Path) else []),
        *([columns] if columns else []),
        *([Path(model)] if Path(model).is_file() else []),
    )
    writable(target, ".xlsx", inputs)
    portfolio = api.read(source, columns=columns, dates=dates, duplicates=duplicates)
    decided = load(model)
    portfolio, said = api.prepare(portfolio, decided)
    said.stop_on_errors()
    prepare(quiet)
    journal = target.with_suffix(".progress")
    done = [0]

    def line(step: Line) -> None:
        if step.state in ("done", "stored") and not quiet:
            done[0] += 1
            click.echo(f"{done[0]:4} {step.job.title}: {step.text} ({step.seconds:.0f} s)", err=True)

    def work(stop: Any) -> LeaveOneOut:
        return ask(
            portfolio,
            decided,
            csms=leavers,
            effective_date=effective_date.date() if effective_date else None,
            seconds=time_limit,
            effort=effort,
            workers=workers or os.cpu_count() or 1,
            journal=journal,
            on_line=line,
            stop=stop,
        )

    found, interrupted = interruptible(work)
    written = write(leave_one_out_workbook(found), target, inputs=inputs).path
    if not interrupted:
        journal.unlink(missing_ok=True)
    if as_json:
        print_json(_as_json(found, written))
    else:
        _show(found)
        click.echo(f"Workbook: {written}")
    if interrupted:
        raise click.exceptions.Exit(130)


def _show(found: LeaveOneOut) -> None:
    from bookwright.report.leave_one_out import outcome, sentence, takers

    click.echo(sentence(found))
    click.echo("")
    name = found.problem.portfolio.csm_name
    rows = [("If this CSM leaves", "Accounts", "Hours", "Outcome", "Who takes how many")]
    rows += [
        (name(x.csm_id), f"{x.accounts:,}", f"{x.hours:,.0f}", outcome(found, x), takers(found, x))
        for x in found.leavings
    ]
    table(rows)


def _as_json(found: LeaveOneOut, written: Path) -> dict[str, Any]:
    from bookwright.report.leave_one_out import sentence

    return {
        "said": sentence(found),
        "effective_date": found.problem.effective_date,
        "leavings": [
            {
                "csm_id": x.csm_id,
                "accounts": x.accounts,
                "hours": x.hours,
                "arr": x.arr,
                "short": x.short,
                "nobody": list(x.nobody),
                "takers": x.takers,
                "over": [{"csm_id": c, "before": b, "after": a} for c, b, a in x.over],
                "proved": x.proved,
                "takings": [{"account_id": t.account_id, "csm_to": t.csm_to, "why": t.why} for t in x.takings],
            }
            for x in found.leavings
        ],
        "stopped": list(found.stopped),
        "out": str(written),
    }
