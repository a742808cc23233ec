"""bookwright rules: the ledger of a plan, which rules hold it where it is, and what each a little looser would buy."""

from __future__ import annotations

from pathlib import Path

import click

from bookwright.cli.kinds import Amount
from bookwright.cli.shared import print_json, table


@click.command(short_help="Show what each rule weighs in PLAN, which are binding, and what each would buy.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="The plan's store, where it is not beside the workbook.  [default: PLAN with .bookwright]",
)
@click.option("--price", is_flag=True, help="Make each rule a little looser and say what that would buy.")
@click.option(
    "--solve/--no-solve",
    default=None,
    help="With --price: search for what it buys, or go by the prices of rows in the proof alone.  "
    "[default: search up to 20,000 pairs of accounts and CSMs]",
)
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="With --price: the longest of each search; there are about thirty.",
)
@click.option("--json", "as_json", is_flag=True, help="Print ledger and prices as one JSON object.")
def rules(plan: Path, store: Path | None, price: bool, solve: bool | None, time_limit: float, as_json: bool) -> None:
    """Show every rule and priority of PLAN (.xlsx, or the .bookwright beside it) before and after.

    A rule is binding when without it alone an account would do better with another CSM, when a limit of it has no room
    for even the smallest account, or when the proof puts a price on it. Nothing is solved, unless --price asks for it.

    \b
    Example:
      bookwright rules "book plan.xlsx"
      bookwright rules "book plan.xlsx" --price
    """
    from bookwright import api_trust
    from bookwright.report import rules as said

    at_hand, rows = api_trust.ledger(plan, store=store)
    prices = None
    if price:
        prices = api_trust.rule_prices(plan, store=store, seconds=time_limit, solve=solve, on_progress=_tell)
    if as_json:
        print_json(said.as_json(at_hand, rows, prices))
        return
    table(said.priorities_of(at_hand))
    click.echo("")
    table(said.ledger_lines(rows))
    click.echo("")
    if not any(row.binding for row in rows):
        click.echo("This plan does not keep every hard rule, so nothing is said of what is binding.")
    for line in said.binding_lines(rows):
        click.echo(line)
    if prices is not None:
        click.echo("")
        for line in said.price_lines(prices, float(at_hand.board.problem.hours.sum())):
            click.echo(line)


def _tell(done: int, text: str) -> None:
    click.echo(f"{done + 1}: {text}", err=True)
