"""bookwright redesign: the books from scratch, the gap to today, and a path there over quarters."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.shared import USUAL_SECONDS, book_given, book_options, path_of, print_json, table
from bookwright.findings import UsageError


@click.command(short_help="Books from scratch, the gap to today, and a staged path there.")
@click.argument("book", required=False, type=click.Path(path_type=Path))
@click.option(
    "-m", "--model", default="annual_redesign", show_default=True, help="Planning model: a name or a .toml file."
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help='A folder.  [default: "BOOK redesign" beside it]')
@click.option("--effective-date", type=Day(), metavar="DATE", help="Day of the first stage, YYYY-MM-DD.")
@click.option("--quarters", type=click.IntRange(1, 12), metavar="NUMBER", help="Stages.  [default: the model's, 4]")
@click.option(
    "--time-limit", type=Amount(min=0.1), metavar="SECONDS",
    help=f"Seconds for each search: the redesign, then each stage.  {USUAL_SECONDS}",
)  # fmt: skip
@click.option(
    "--effort", type=click.IntRange(min=1), metavar="UNITS", help="Units of search instead of seconds.  [default: off]"
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    default=0,
    show_default=True,
    help="Where the search starts from.",
)
@book_options
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on the screen.")
def redesign(
    book: Path | None,
    model: str,
    out: Path | None,
    effective_date: dt.datetime | None,
    quarters: int | None,
    time_limit: float | None,
    effort: int | None,
    seed: int,
    columns: Path | None,
    dates: str | None,
    duplicates: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Carve the books of BOOK from scratch, show how far today is from them, and find a path there.

    The path has one stage a quarter, each a plan of its own, none worse than the one before.

    Into the folder go `path.xlsx` (the gap, every move with its stage), `from scratch.xlsx`, and a plan for each stage.

    \b
    Example:
      bookwright redesign book.xlsx
      bookwright redesign book.xlsx --quarters 2 -o "redesign 2027"
    """
    source = book_given(book)
    place = path_of(source)
    from bookwright import api, planner
    from bookwright.cli.progress import prepare
    from bookwright.planning_model import load
    from bookwright.report.redesign import redesign_workbook, sentences
    from bookwright.scenarios.redesign import redesign as find
    from bookwright.tables.write import write

    folder = out or place.parent / f"{place.stem if place.is_file() else place.name} redesign"
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; the redesign is written into a folder. Maybe another name with -o.")
    if folder.exists() and place.resolve() == folder.resolve():
        raise UsageError(f"{folder} is the book itself. Maybe another name with -o.")
    if not folder.parent.is_dir():
        raise UsageError(f"There is no folder {folder.parent}. Maybe make it first.")
    portfolio = api.read(source, columns=columns, dates=dates, duplicates=duplicates)
    decided = load(model)
    portfolio, said = api.prepare(portfolio, decided)
    (portfolio.findings + said).stop_on_errors()
    seconds = None if effort else time_limit or planner.usual_seconds(len(portfolio.accounts))
    workers = 1 if effort else os.cpu_count() or 1
    prepare(quiet)
    found = find(
        portfolio,
        decided,
        planner.Options(seconds, effort, seed=seed, workers=workers),
        effective_date=effective_date.date() if effective_date else None,
        quarters=quarters,
        on_stage=None if quiet else lambda line: click.echo(line, err=True),
    )
    folder.mkdir(exist_ok=True)
    inputs = (
        *([source] if isinstance(source, Path) else []),
        *([columns] if columns else []),
        *([Path(model)] if Path(model).is_file() else []),
    )
    plans = {"from scratch": found.scratch, **{f"stage {s.number}": s.result for s in found.stages}}
    files = [str(api.write(result, folder / f"{name}.xlsx", inputs=inputs)) for name, result in plans.items()]
    files.insert(0, str(write(redesign_workbook(found), folder / "path.xlsx", inputs=inputs).path))
    lines = sentences(found)
    if as_json:
        print_json(_as_json(found, lines, files))
    else:
        for text in lines:
            click.echo(text)
        click.echo("")
        table(_rows(found))
        click.echo(f"Folder: {folder}")
    raise click.exceptions.Exit(found.scratch.exit_code)


def _rows(found: Any) -> list[tuple[str, ...]]:
    from bookwright.report.redesign import gap_table

    keys = ("What", "From", "Moves", "ARR moved", "Hours over 100 %", "CSMs over 100 %", "Highest use", "Lowest use")
    gap = gap_table(found)
    at = [[c.title for c in gap.columns].index(key) for key in keys]
    rows: list[tuple[str, ...]] = [keys]
    for row in gap.rows:
        what, on, moves, arr, hours, over, high, low = (row[k] for k in at)
        used = ["-" if u is None else f"{float(u):.0%}" for u in (high, low)]  # type: ignore[arg-type]
        rows.append((str(what), "" if on is None else str(on), f"{moves:,}", f"{arr:,.0f}", f"{hours:,.1f}", str(over),
                     *used))  # fmt: skip
    return rows


def _as_json(found: Any, lines: list[str], files: list[str]) -> dict[str, Any]:
    def moves(result: Any) -> list[dict[str, Any]]:
        return [
            {"account_id": m.account_id, "from": m.csm_from, "to": m.csm_to, "kind": m.kind.value}
            for m in result.plan.moves
        ]

    return {
        "said": " ".join(lines),
        "status": found.scratch.status.value,
        "today": dict(found.today),
        "from_scratch": {"values": dict(found.goal), "moves": moves(found.scratch)},
        "stages": [
            {
                "number": s.number,
                "from": s.on,
                "status": s.result.status.value,
                "values": dict(s.values),
                "moves": moves(s.result),
                "waits": dict(s.waits),
            }
            for s in found.stages
        ],
        "left_out": dict(found.left_out),
        "files": files,
    }
