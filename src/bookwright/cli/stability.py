"""bookwright stability: which moves are firm, and which flip when ARR and hours are a little off."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookwright.cli.kinds import Amount
from bookwright.cli.shared import print_json, writable
from bookwright.findings import ReviewError

if TYPE_CHECKING:
    from bookwright.result import Result
    from bookwright.scenarios.sweep import Line
    from bookwright.trust.stability import Stability


@click.command(short_help="Which moves of PLAN are firm, and which flip when ARR and hours are a little off.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write a workbook, too (.xlsx).  [default: none]")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="The plan's store, where it is not beside the workbook.  [default: PLAN with .bookwright]",
)
@click.option("--runs", type=click.IntRange(1, 1000), default=20, show_default=True, help="How often to plan again.")
@click.option(
    "--arr",
    type=Amount(0, 90),
    default=5.0,
    show_default=True,
    metavar="PERCENT",
    help="ARR is off by up to.",
)
@click.option(
    "--hours",
    type=Amount(0, 90),
    default=10.0,
    show_default=True,
    metavar="PERCENT",
    help="Hours are off by up to.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the shaken numbers.")
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    default=3.0,
    show_default=True,
    help="Search at most this long in each run.",
)
@click.option(
    "--effort",
    type=click.IntRange(min=1),
    metavar="UNITS",
    help="Units of search instead of seconds, so that the outcome repeats.  [default: off]",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="CORES", help="Processes side by side.  [default: all]")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on the screen.")
def stability(
    plan: Path,
    out: Path | None,
    store: Path | None,
    runs: int,
    arr: float,
    hours: float,
    seed: int,
    time_limit: float,
    effort: int | None,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make PLAN (.xlsx, or the .bookwright beside it) again and again with every account's ARR and hours shaken.

    A move is firm when no run changes it. Among plans as good, each run takes the one nearest to PLAN. The outcome is
    kept in the plan's store: `bookwright why` says it of each account. To have it on the sheet Moves: plan --firm.

    \b
    Example:
      bookwright stability "book plan.xlsx"
      bookwright stability "book plan.xlsx" --hours 20 -o firm.xlsx
    """
    from bookwright import api_trust
    from bookwright.cli.progress import interruptible, prepare
    from bookwright.report import stability as said

    if out is not None:
        writable(out, ".xlsx", (plan,))
    prepare(quiet)

    def work(stop: Any) -> tuple[Any, Stability]:
        return api_trust.stability(
            plan,
            store=store,
            runs=runs,
            arr_percent=arr,
            hours_percent=hours,
            seed=seed,
            seconds=time_limit,
            effort=effort,
            workers=workers or os.cpu_count() or 1,
            on_line=each_run(runs, quiet),
            stop=stop,
        )

    (at_hand, found), interrupted = interruptible(work)
    problem = at_hand.board.problem
    if as_json:
        print_json(said.as_json(found))
    else:
        for text in said.lines(found, problem):
            click.echo(text)
    try:
        api_trust.keep_stability(found, at_hand.stored.path, at_hand.stored.plan_id)
    except ReviewError:
        click.echo("The plan's store cannot be written, so `why` will not say how firm moves are.", err=True)
    if out is not None:
        written = api_trust.write_stability(found, problem, out, inputs=(plan,))
        click.echo(f"Workbook: {written}", err=as_json)
    if interrupted:
        raise click.exceptions.Exit(130)


def each_run(runs: int, quiet: bool) -> Callable[[Line], None]:
    """Says on stderr each run that is done."""
    done = [0]

    def line(step: Line) -> None:
        if step.state in ("done", "stored") and not quiet:
            done[0] += 1
            click.echo(f"{done[0]:4} of {runs}: {step.text} ({step.seconds:.0f} s)", err=True)

    return line


def firmness(
    result: Result, runs: int, seed: int, effort: int | None, workers: int, quiet: bool
) -> tuple[Result, Stability | None, bool]:
    """A plan just made, with how firm its moves are; whether that was interrupted comes last."""
    from bookwright import api_trust
    from bookwright.cli.progress import interruptible

    def work(stop: Any) -> tuple[Result, Stability | None]:
        said = each_run(runs, quiet)
        return api_trust.firmness(result, runs=runs, seed=seed, effort=effort, workers=workers, on_line=said, stop=stop)

    (found, shaken), interrupted = interruptible(work)
    return found, shaken, interrupted
