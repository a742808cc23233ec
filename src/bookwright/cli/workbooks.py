"""bookwright template and generate: workbooks to start from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from bookwright.cli.shared import print_json


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
def template(out: Path) -> None:
    """Write a blank workbook: headers, notes, drop-downs, one example row.

    \b
    Example:
      bookwright template book.xlsx
    """
    from bookwright.findings import UsageError
    from bookwright.tables.template import write_template

    if out.exists():
        raise UsageError(f"{out} is already there. Maybe another name.")
    written = write_template(out)
    click.echo(f"{written} written. Fill Accounts and CSMs, then: bookwright plan {written.name}")


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--accounts", type=click.IntRange(min=1), default=200, show_default=True, help="How many accounts.")
@click.option("--csms", type=click.IntRange(min=1), default=10, show_default=True, help="How many CSMs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same portfolio.")
@click.option("--slack", type=click.FloatRange(min=0.1), default=1.12, show_default=True, help="Capacity / demand in hours.")
@click.option("--shape", type=click.Choice(["plain", "default", "full"]), default="default", show_default=True, help="How much happens in it.")
@click.option(
    "--occasion",
    type=click.Choice(["quarterly_rebalance", "new_accounts", "new_hire", "departure"]),
    default="quarterly_rebalance",
    show_default=True,
    help="What it is made for.",
)
@click.option("--effective-date", type=click.DateTime(["%Y-%m-%d"]), help="Written into its Settings sheet.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as one JSON object.")
def generate(
    out: Path,
    accounts: int,
    csms: int,
    seed: int,
    slack: float,
    shape: str,
    occasion: str,
    effective_date: dt.datetime | None,
    as_json: bool,
) -> None:
    """Write a realistic synthetic portfolio to OUT (.xlsx, or a folder of .csv).

    \b
    Example:
      bookwright generate team.xlsx --accounts 500 --csms 12 --seed 7
    """
    from bookwright.generate import generate as make
    from bookwright.tables.write_input import write_portfolio

    when = effective_date.date() if effective_date else None
    portfolio = make(accounts, csms, seed, slack=slack, shape=shape, occasion=occasion, effective_date=when)
    written = write_portfolio(portfolio, out)
    if as_json:
        print_json({"out": str(written), "accounts": accounts, "csms": csms, "seed": seed, "shape": shape, "occasion": occasion})
    else:
        click.echo(f"{written}: {accounts:,} accounts, {csms:,} CSMs, seed {seed}.")
