"""bookwright frontier and whatif, and plan --alternatives: several complete plans, and one page that compares them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.shared import (
    USUAL_SECONDS,
    book_given,
    book_options,
    path_of,
    print_json,
    show_findings,
    table,
)
from bookwright.findings import UsageError

if TYPE_CHECKING:
    from bookwright.api_choices import Chosen, Search
    from bookwright.portfolio import Portfolio
    from bookwright.scenarios.choice import Choice

F = TypeVar("F", bound=Callable[..., Any])


def sweep_options(command: F) -> F:
    """Options of every command that makes several plans."""
    options = [
        click.option(
            "-m",
            "--model",
            default="quarterly_rebalance",
            show_default=True,
            help="Planning model: a name or a .toml file.",
        ),
        click.option(
            "-o", "--out", type=click.Path(path_type=Path), help="Folder for the plans; made where it is missing."
        ),
        click.option(
            "--effective-date",
            type=Day(),
            metavar="DATE",
            help="Day the plans take effect, YYYY-MM-DD.  [default: first day of the next fiscal quarter]",
        ),
        click.option(
            "--time-limit",
            type=Amount(min=0.1),
            metavar="SECONDS",
            help=f"Seconds of solving for each plan.  {USUAL_SECONDS}",
        ),
        click.option(
            "--effort",
            type=click.IntRange(min=1),
            metavar="UNITS",
            help="Units of search instead of seconds: same input and seed, same plans.  [default: off]",
        ),
        click.option(
            "--seed",
            type=click.IntRange(min=0),
            metavar="NUMBER",
            default=0,
            show_default=True,
            help="Where searches start.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            metavar="PLANS",
            help="Plans solved at the same time, one core each.  [default: all cores]",
        ),
        book_options,
        click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object."),
        click.option("-q", "--quiet", is_flag=True, help="No progress and no findings on the screen."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command(short_help="Show the whole curve of moves against balance for BOOK, each point a plan.")
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option("--points", type=click.IntRange(10, 20), default=12, show_default=True, help="How many plans.")
@sweep_options
def frontier(book: Path | None, points: int, model: str, as_json: bool, quiet: bool, **given: Any) -> None:
    """Plan BOOK for every trade between few moves and even books: 10 to 20 full plans, each with its proven gap.

    The folder (default "BOOK frontier") holds a workbook per point, frontier.xlsx with the table and the moves in
    order of value, and frontier.html with the curve. A run that was killed goes on where it was.

    \b
    Example:
      bookwright frontier book.xlsx
      bookwright frontier book.xlsx -m quarterly_rebalance --points 15 -o "Q1 choices"
    """
    portfolio, folder, inputs = _opened(book, given, "frontier", quiet)
    from bookwright import api_choices
    from bookwright.cli.progress import interruptible
    from bookwright.report import choices as shown

    (found, chosen), interrupted = interruptible(
        lambda stop: api_choices.frontier(
            portfolio,
            model,
            folder,
            points=points,
            effective_date=_day(given),
            search=_search(given, quiet, stop),
            inputs=inputs,
        )
    )
    lead = shown.frontier_lead(found, chosen.problem)
    steps = {"Moves in order": (found.points[-1], found.steps)} if found.points and found.steps else {}
    book_of_all = shown.comparing_workbook(chosen.choices, chosen.problem, "Moves against balance", steps, found.knee)
    page = shown.comparing_page(
        chosen.choices, chosen.problem, "Moves against balance", lead, shown.frontier_picture(found)
    )
    paths = api_choices.write_comparison(book_of_all, page, folder / "frontier", inputs)
    if as_json:
        print_json(
            {
                "points": [_plain(c) for c in found.points],
                "dropped": [_plain(c) for c in found.dropped],
                "knee": found.points[found.knee].key if found.knee is not None else None,
                "steps": [
                    {"account_ids": list(s.account_ids), "needed": s.needed, "gained": s.gained, "chosen": s.chosen}
                    for s in found.steps
                ],
                "said": lead,
                "out": [str(p) for p in paths],
                "stopped": list(chosen.stopped),
            }
        )
    else:
        _print(chosen, lead, paths)
    _leave(chosen, interrupted)


@click.command(short_help="Compare what would be if hours, people, tooling or accounts were others.")
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="CHANGE",
    help="capacity=+20%, tooling=15%, hire:Enterprise=2, or a setting; several in one, joined by commas.",
)
@click.option("--drop", "drops", multiple=True, metavar="CSM", help="Without this CSM (name or id).")
@click.option(
    "--grow", "grows", multiple=True, metavar="SEGMENT=N", help="More accounts of a segment: SMB=+80, SMB=+10%."
)
@sweep_options
def whatif(
    book: Path | None,
    changes: Sequence[str],
    drops: Sequence[str],
    grows: Sequence[str],
    model: str,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Plan BOOK as it is and once for each change, and compare all in one table; each is a plan that can be opened.

    Every --set, --drop and --grow is a plan of its own; changes joined by commas in one --set are made together. The
    folder (default "BOOK whatif") holds the plans, whatif.xlsx and whatif.html.

    \b
    Example:
      bookwright whatif book.xlsx --set capacity=+20% --set "hire:Enterprise=2" --drop "Ana Ruiz" --grow SMB=+80
      bookwright whatif book.xlsx --set "hire:SMB=1, tooling=15%" --set arr_tolerance_percent=20
    """
    every = [*changes, *(f"drop={d}" for d in drops), *(f"grow:{g}" for g in grows)]
    if not every:
        raise UsageError(
            'What if what? Maybe --set capacity=+20%, --set "hire:Enterprise=2", --drop CSM, --grow SMB=+80.'
        )
    portfolio, folder, inputs = _opened(book, given, "whatif", quiet)
    from bookwright import api_choices
    from bookwright.cli.progress import interruptible

    chosen, interrupted = interruptible(
        lambda stop: api_choices.what_if(
            portfolio,
            every,
            model,
            folder,
            effective_date=_day(given),
            search=_search(given, quiet, stop),
            inputs=inputs,
        )
    )
    _compared(chosen, "What if", folder / "whatif", inputs, as_json)
    _leave(chosen, interrupted)


def alternatives(book: Path | None, *, model: str, as_json: bool, quiet: bool, **given: Any) -> None:
    """Three plans (fewest moves, recommended, most even) and the page that compares them; ends the command."""
    portfolio, folder, inputs = _opened(book, given, "plans", quiet)
    from bookwright import api_choices
    from bookwright.cli.progress import interruptible

    chosen, interrupted = interruptible(
        lambda stop: api_choices.alternatives(
            portfolio, model, folder, effective_date=_day(given), search=_search(given, quiet, stop), inputs=inputs
        )
    )
    _compared(chosen, "Three plans to choose from", folder / "alternatives", inputs, as_json)
    _leave(chosen, interrupted)


def _opened(
    book: Path | None, given: dict[str, Any], word: str, quiet: bool
) -> tuple[Portfolio, Path, tuple[Path, ...]]:
    """The book as read, the folder for the plans, and the files that were read."""
    source = book_given(book)
    place = path_of(source)
    folder = given["out"] or place.parent / f"{place.stem if place.is_file() else place.name} {word}"
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; the plans need a folder. Maybe another name with -o.")
    from bookwright import api
    from bookwright.cli.progress import prepare

    columns = given["columns"]
    portfolio = api.read(source, columns=columns, dates=given["dates"], duplicates=given["duplicates"])
    if not quiet:
        show_findings(portfolio.findings, most=6)
    prepare(quiet)
    inputs = (*((source,) if isinstance(source, Path) else ()), *((columns,) if columns else ()))
    return portfolio, folder, inputs


def _day(given: dict[str, Any]) -> dt.date | None:
    return given["effective_date"].date() if given["effective_date"] else None


def _search(given: dict[str, Any], quiet: bool, stop: Callable[[], bool]) -> Search:
    from bookwright.api_choices import Search
    from bookwright.cli.sweep_watch import SweepWatch

    workers = given["workers"] or os.cpu_count() or 1
    return Search(given["time_limit"], given["effort"], 1e-4, given["seed"], workers, SweepWatch(quiet), stop)


def _compared(chosen: Chosen, title: str, stem: Path, inputs: Sequence[Path], as_json: bool) -> None:
    from bookwright import api_choices
    from bookwright.report import choices as shown

    book = shown.comparing_workbook(chosen.choices, chosen.problem, title, {})
    page = shown.comparing_page(chosen.choices, chosen.problem, title, [])
    paths = api_choices.write_comparison(book, page, stem, inputs)
    if as_json:
        stopped = list(chosen.stopped)
        print_json({"plans": [_plain(c) for c in chosen.choices], "out": [str(p) for p in paths], "stopped": stopped})
    else:
        _print(chosen, [], paths)


def _print(chosen: Chosen, lead: Sequence[str], paths: Sequence[Path]) -> None:
    from bookwright.report.choices import HEADS, cells

    table([HEADS, *(cells(c, chosen.problem) for c in chosen.choices)])
    for line in lead:
        click.echo(line)
    if chosen.reused:
        click.echo(f"{len(chosen.reused)} of the plans were there from an earlier run.")
    click.echo(f"Plans: {paths[0].parent}")
    click.echo(f"Page: {paths[1]}")


def _plain(choice: Choice) -> dict[str, Any]:
    return {k: v for k, v in choice.plain().items() if k != "csm_of"}


def _leave(chosen: Chosen, interrupted: bool) -> None:
    """The exit code: that of the worst plan, 130 where it was interrupted."""
    if interrupted:
        raise click.exceptions.Exit(130)
    codes = {"IMPOSSIBLE": 4, "NO_PLAN_FOUND": 5}
    raise click.exceptions.Exit(max((codes.get(c.status, 0) for c in chosen.choices), default=0))
