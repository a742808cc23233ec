"""bookwright template and generate: workbooks to start from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.shared import fresh, print_json
from bookwright.findings import UsageError


@click.command(short_help="Write a blank workbook to fill in.")
@click.argument("out", type=click.Path(path_type=Path))
def template(out: Path) -> None:
    """Write a blank workbook: headers, notes, drop-downs, one example row.

    \b
    Example:
      bookwright template book.xlsx
    """
    from bookwright.tables.template import write_template

    fresh(out)
    written = write_template(out)
    click.echo(f'{written} written. Fill Accounts and CSMs, then: bookwright plan "{written}"')


@click.command(short_help="Write a realistic made-up portfolio, of any size.")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--accounts",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    default=200,
    show_default=True,
    help="How many accounts.",
)
@click.option(
    "--csms", type=click.IntRange(min=1), metavar="NUMBER", default=10, show_default=True, help="How many CSMs."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    default=0,
    show_default=True,
    help="Same seed, same portfolio.",
)
@click.option(
    "--slack",
    type=Amount(min=0.1),
    metavar="FACTOR",
    default=1.12,
    show_default=True,
    help="Hours the team has / hours the accounts need; below 1 is a team with too much work.",
)
@click.option(
    "--shape",
    type=click.Choice(["plain", "default", "full"]),
    default="default",
    show_default=True,
    help="How much happens in it: plain facts, the usual, or families, pairs and absences too.",
)
@click.option(
    "--occasion",
    type=click.Choice(["quarterly_rebalance", "new_accounts", "new_hire", "departure"]),
    default="quarterly_rebalance",
    show_default=True,
    help="What it is made for.",
)
@click.option(
    "--effective-date",
    type=Day(),
    metavar="DATE",
    help="YYYY-MM-DD, written into its Settings sheet.  [default: 2027-01-01]",
)
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
    fresh(out)
    if out.suffix.lower() not in ("", ".xlsx"):
        raise UsageError(f"{out.name} must end in .xlsx, or be a folder for .csv files. Maybe {out.stem}.xlsx.")
    from bookwright.generate import generate as make
    from bookwright.tables.write_input import write_portfolio

    when = effective_date.date() if effective_date else None
    portfolio = make(accounts, csms, seed, slack=slack, shape=shape, occasion=occasion, effective_date=when)
    written = write_portfolio(portfolio, out)
    if as_json:
        print_json(
            {
                "out": str(written),
                "accounts": accounts,
                "csms": csms,
                "seed": seed,
                "shape": shape,
                "occasion": occasion,
            }
        )
    else:
        click.echo(f"{written}: {accounts:,} accounts, {csms:,} CSMs, seed {seed}.")
