"""bookwright review price: what decisions cost before anyone accepts them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookwright.cli.kinds import Amount
from bookwright.cli.shared import print_json, store_option, table
from bookwright.findings import UsageError

if TYPE_CHECKING:
    from bookwright.review.price import Price


@click.command(short_help="What decisions cost, before anyone accepts them.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--account", "accounts", multiple=True, metavar="ID", help="Account to fix; with --to. May be repeated.")
@click.option("--to", "csms", multiple=True, metavar="CSM", help="CSM (id or name) of the --account before it.")
@store_option
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="Longest search for one decision; five times that for all together.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the prices as one JSON object.")
def price(
    plan: Path, accounts: tuple[str, ...], csms: tuple[str, ...], store: Path | None, time_limit: float, as_json: bool
) -> None:
    """Price what reviewers rejected and overrode in the last round of PLAN, or any account with any CSM.

    Each priority changes by an amount between what is proved and what the best repair found needs, the priorities
    before it held to what the plan is held to; one number where both plans are proved.

    Exit codes: 0 done, 2 usage, 6 the plan's store is missing, or the plan breaks hard rules.

    \b
    Example:
      bookwright review price "book plan.xlsx"
      bookwright review price "book plan.xlsx" --account A-17 --to "Ana Ruiz"
    """
    if len(accounts) != len(csms):
        raise UsageError("Each --account needs a --to. Maybe --account A-17 --to Ana.")
    from bookwright import api_round

    wanted = list(zip(accounts, csms, strict=True)) or None
    base, found = api_round.prices(plan, wanted, store=store, seconds=time_limit)
    if as_json:
        every = None if found.together is None else _plain(found.together)
        print_json({"proved": found.proved, "each": [_plain(p) for p in found.each], "together": every})
        return
    if not found.each:
        click.echo("No answer asks for anything else than the plan does: nothing to price.")
        return
    for p in found.each:
        click.echo(api_round.price_sentence(base, p))
    if found.together is not None and len(found.each) > 1:
        click.echo(f"All together: {api_round.price_sentence(base, found.together)}")
    heads = [level.name for level in base.levels]
    rows = [["Account", "CSM", *heads]]
    name = base.problem.portfolio.csm_name
    for p in found.each:
        account_id, csm_id = next(iter(p.fixed.items()))
        rows.append([account_id, name(csm_id), *(_interval(p, k) for k in range(len(heads)))])
    if found.together is not None and len(found.each) > 1:
        rows.append(["together", "", *(_interval(found.together, k) for k in range(len(heads)))])
    click.echo("")
    table(rows)
    if not found.proved:
        click.echo("Lower ends are proved for every plan that is as good on the priorities to the left.")
        if any(not level.firm for p in (*found.each, found.together or found.each[0]) for level in p.levels):
            click.echo("* or more, in a plan that betters one to the left; its lower end says by how much one could.")
        click.echo("The plan is not proved best, so part of a negative lower end is what a longer search could find.")


def _interval(price: Price, k: int) -> str:
    if not price.possible:
        return "-"
    level = price.levels[k]
    said = f"{level.high:+.4g}" if level.exact else f"{level.low:+.4g} to {level.high:+.4g}"
    return said if level.firm else f"{said} *"


def _plain(price: Price) -> dict[str, Any]:
    return dataclasses.asdict(price) | {"possible": price.possible}
