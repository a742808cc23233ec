"""bookwright plan: the main job."""

from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import replace
from pathlib import Path

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.page import page
from bookwright.cli.shared import (
    USUAL_SECONDS,
    book_given,
    book_options,
    path_of,
    print_json,
    show_findings,
    writable,
)
from bookwright.findings import UsageError


@click.command(short_help="Plan the books of BOOK and write the plan as a workbook.")
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option(
    "-m", "--model", default="quarterly_rebalance", show_default=True, help="Planning model: a name or a .toml file."
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help='Where the plan goes.  [default: "BOOK plan.xlsx" beside the book]',
)
@click.option(
    "--effective-date",
    type=Day(),
    metavar="DATE",
    help="Day the plan takes effect, YYYY-MM-DD.  [default: first day of the next fiscal quarter]",
)
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    help=f"Seconds of solving.  {USUAL_SECONDS}",
)
@click.option(
    "--effort",
    type=click.IntRange(min=1),
    metavar="UNITS",
    help="Units of search instead of seconds: same input, seed and one worker, same plan.  [default: off]",
)
@click.option(
    "--gap",
    type=Amount(min=0),
    metavar="FRACTION",
    default=1e-4,
    show_default=True,
    help="A priority is done when it is proved to be this near to the best possible.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    default=0,
    show_default=True,
    help="Where the search starts from.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="CORES",
    help="Processor cores to use.  [default: all; 1 with --effort]",
)
@book_options
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Also write one page for leadership, to open in a browser.  [default: none]",
)
@click.option(
    "--alternatives", is_flag=True, help="Three plans (fewest moves, recommended, most even) in the folder -o."
)
@click.option("--round", "round_", type=click.IntRange(min=2), metavar="N", help="Next round of a reviewed plan.")
@click.option("--book", "facts", type=click.Path(path_type=Path), help="Today's book, for --round.")
@click.option(
    "--after",
    "loaded",
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="A plan that was loaded into the CRM: what it settled stays, only what is new or was moved since is planned.",
)
@click.option(
    "--afresh", is_flag=True, help="Plan anew, with new budgets, even where a plan beside BOOK was just loaded into it."
)
@click.option(
    "--firm",
    type=click.IntRange(1, 1000),
    metavar="RUNS",
    help="Plan again RUNS times with ARR and hours a little off: how firm each move is, on Moves.  [default: off]",
)
@click.option("--store", type=click.Path(path_type=Path), help="The plan's store, for --round, where it is not beside.")
@click.option("--json", "as_json_", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no findings on the screen.")
def plan(
    book: Path | None,
    model: str,
    out: Path | None,
    effective_date: dt.datetime | None,
    time_limit: float | None,
    effort: int | None,
    gap: float,
    seed: int,
    workers: int | None,
    columns: Path | None,
    dates: str | None,
    duplicates: str,
    html: Path | None,
    alternatives: bool,
    round_: int | None,
    facts: Path | None,
    loaded: Path | None,
    afresh: bool,
    firm: int | None,
    store: Path | None,
    as_json_: bool,
    quiet: bool,
) -> None:
    """Plan the books of BOOK (.xlsx, .ods, .xls, .parquet, or a folder of .csv) and write the plan as a workbook.

    With --round, BOOK is a plan (its workbook or store): facts come from --book, decisions from the store; the rest is
    planned again with as few changes as can be. The planning model and the effective date are the plan's own.

    Exit codes: 0 done, 2 usage, 3 input that cannot be resolved, 4 the hard rules contradict each other (the nearest
    plan is written), 5 no plan found in time, 130 interrupted (the best plan so far is written).

    \b
    Example:
      bookwright plan book.xlsx
      bookwright plan book.xlsx -m new_accounts --effective-date 2027-01-01 -o "Q1 plan.xlsx"
      bookwright plan book.xlsx --alternatives -o "three plans"
      bookwright plan "book plan.xlsx" --round 2 --book "book of today.xlsx"
      bookwright plan --sql env:CRM_URL --accounts @accounts.sql --csms csms -o plan.xlsx
    """
    if alternatives:
        from bookwright.cli import choices

        if html is not None or round_ is not None:
            raise UsageError("--alternatives makes its own page, from BOOK. Maybe leave --html and --round out.")
        choices.alternatives(
            book,
            model=model,
            as_json=as_json_,
            quiet=quiet,
            out=out,
            effective_date=effective_date,
            time_limit=time_limit,
            effort=effort,
            seed=seed,
            workers=workers,
            columns=columns,
            dates=dates,
            duplicates=duplicates,
        )
    workers = workers or (1 if effort else os.cpu_count() or 1)
    if round_ is not None:
        if book is None:
            raise UsageError("--round needs the plan. Maybe `bookwright plan PLAN --round 2 --book BOOK`.")
        from bookwright.cli.round import plan_round

        if effective_date is not None or model != "quarterly_rebalance":
            raise UsageError(
                "A round keeps the plan's planning model and effective date. Maybe leave -m and the date out."
            )
        plan_round(
            book,
            round=round_,
            book=facts,
            out=out,
            store=store,
            html=html,
            reading={"columns": columns, "dates": dates, "duplicates": duplicates},
            search={"time_limit": time_limit or 60.0, "effort": effort, "gap": gap, "seed": seed, "workers": workers},
            as_json_=as_json_,
            quiet=quiet,
        )
    if facts is not None or store is not None:
        raise UsageError("--book and --store go with --round. Maybe --round 2.")
    source = book_given(book)
    from bookwright import api, planner
    from bookwright.cli.progress import Watch, interruptible, prepare
    from bookwright.planning_model import PlanningModel
    from bookwright.report.summary import summary
    from bookwright.report.verdict import alarms, verdict
    from bookwright.result import Result

    place = path_of(source)
    target = out or place.parent / f"{place.stem if place.is_file() else place.name} plan.xlsx"
    inputs = (
        *([source] if isinstance(source, Path) else []),
        *([columns] if columns else []),
        *([Path(model)] if Path(model).is_file() else []),
    )
    # Said before the search, not a minute later.
    writable(target, ".xlsx", inputs)
    if html is not None:
        writable(html, ".html", (*inputs, target))
    portfolio = api.read(source, columns=columns, dates=dates, duplicates=duplicates)
    time_limit = time_limit or planner.usual_seconds(len(portfolio.accounts))
    chosen: str | PlanningModel = model
    day = effective_date.date() if effective_date else None
    from bookwright import api_export

    if loaded is not None:
        chosen, held, new = api_export.after(portfolio, model, loaded)
        if not quiet:
            click.echo(f"{held:,} accounts are as {loaded.name} left them and stay; {new:,} are planned.", err=as_json_)
    elif not afresh:
        folders = (place.parent, place.parent.parent, target.parent)
        portfolio, chosen = api_export.as_loaded(portfolio, model, folders, effective_date=day)
    prepare(quiet)
    watch = Watch(None if effort else time_limit, quiet)

    def work(stop: object) -> Result:
        return api.plan(
            portfolio,
            chosen,
            effective_date=day,
            time_limit=time_limit,
            effort=effort,
            gap=gap,
            seed=seed,
            workers=workers,
            on_progress=watch,
            stop=stop,  # type: ignore[arg-type]
        )

    result, interrupted = interruptible(work)
    watch.close()
    shaken = None
    if firm is not None and not interrupted:
        from bookwright.cli.stability import firmness

        result, shaken, interrupted = firmness(result, firm, seed, effort, workers, quiet)
    began = time.perf_counter()
    written = api.write(result, target, inputs=inputs, on_findings=show_findings)
    if shaken is not None:
        from bookwright.api_trust import keep_stability

        keep_stability(shaken, written.with_suffix(".bookwright"), result.plan_id)
    refused = page(result, html, inputs) if html is not None else None
    result = replace(result, seconds={**result.seconds, "write": time.perf_counter() - began})
    if as_json_:
        from bookwright.report.json import as_json

        print_json(as_json(result, out=str(written)))
    else:
        if not quiet:
            show_findings(result.findings, most=12)
        said = summary(result)
        for line in alarms(said):
            click.echo(line)
        click.echo(verdict(said))
        click.echo(f"Plan: {written}")
    if refused is not None:
        raise refused
    if interrupted:
        raise click.exceptions.Exit(130)
    raise click.exceptions.Exit(result.exit_code)
