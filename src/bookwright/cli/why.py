"""bookwright why: why an account has this CSM, who else could, at what price, and what would have to change."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from bookwright.cli.kinds import Amount
from bookwright.cli.shared import print_json


@click.command(short_help="Say why ACCOUNT has its CSM in PLAN, who else could have it, and at what price.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("account")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="The plan's store, where it is not beside the workbook.  [default: PLAN with .bookwright]",
)
@click.option(
    "--verify",
    is_flag=True,
    help="Solve again: prices with everything else re-planned, and whether each change would do.",
)
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    default=20.0,
    show_default=True,
    help="With --verify: the longest of each search.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
def why(plan: Path, account: str, store: Path | None, verify: bool, time_limit: float, as_json: bool) -> None:
    """Say why ACCOUNT (its id, or its name) has its CSM in PLAN (.xlsx, or the .bookwright beside it).

    Every number is arithmetic on the stored plan; nothing is solved, unless --verify asks for it. Nothing is written.

    \b
    Example:
      bookwright why "book plan.xlsx" A-1042
    """
    from bookwright.report.why import account_of, answer, lines, opened
    from bookwright.report.why import as_json as plain

    at_hand = opened(plan, store)
    found = answer(at_hand, account_of(at_hand.stored, account))
    said = None
    if verify:
        from bookwright.report.why_verified import again
        from bookwright.report.why_verified import lines as more

        said = again(at_hand, found, time_limit, lambda text: click.echo(text, err=True))
    if as_json:
        print_json({**plain(found), "verified": None if said is None else dataclasses.asdict(said)})
        return
    for line in lines(found, at_hand):
        click.echo(line)
    if said is not None:
        for line in more(said, at_hand):
            click.echo(line)
