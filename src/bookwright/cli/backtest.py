"""bookwright backtest: last quarter's books before and after, and what this tool would have done."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.shared import book_options, existing, print_json, table, writable


@click.command(short_help="What was done last quarter (BEFORE, AFTER), and what this tool would have done.")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("-m", "--model", default="quarterly_rebalance", show_default=True, help="Planning model: name or .toml.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write a workbook, too (.xlsx).  [default: none]")
@click.option(
    "--effective-date",
    type=Day(),
    metavar="DATE",
    help="Day from which the books after hold.  [default: Settings sheet]",
)
@click.option("--time-limit", type=Amount(min=0.1), metavar="SECONDS", help="Search this long.  [default: as for plan]")
@click.option(
    "--effort", type=click.IntRange(min=1), metavar="UNITS", help="Units of search instead of seconds.  [default: off]"
)
@book_options
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as one JSON object.")
def backtest(
    before: Path,
    after: Path,
    model: str,
    out: Path | None,
    effective_date: dt.datetime | None,
    time_limit: float | None,
    effort: int | None,
    columns: Path | None,
    dates: str | None,
    duplicates: str,
    as_json: bool,
) -> None:
    """Compare what was done with what a plan would have been, on the same facts: those of BEFORE, the team of AFTER.

    BEFORE and AFTER are books (.xlsx or a folder of .csv) from before and after the change, with the same account ids.

    \b
    Example:
      bookwright backtest "book july.xlsx" "book october.xlsx" --effective-date 2026-10-01
    """
    existing(before)
    existing(after)
    if out is not None:
        writable(out, ".xlsx", (before, after))
    from bookwright import api_trust
    from bookwright.report import backtest as said

    found = api_trust.backtest(
        before,
        after,
        model=model,
        effective_date=effective_date.date() if effective_date else None,
        time_limit=time_limit,
        effort=effort,
        columns=columns,
        dates=dates,
        duplicates=duplicates,
    )
    if as_json:
        print_json(said.as_json(found))
    else:
        click.echo(said.sentence(found))
        click.echo("")
        table(said.table_lines(found))
        for text in said.notes(found):
            click.echo(text)
    if out is not None:
        written = api_trust.write_backtest(found, out, inputs=(before, after))
        click.echo(f"Workbook: {written}", err=as_json)
