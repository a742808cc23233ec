"""bookwright fairness: several measures of fairness side by side, for whoever leads the teams."""

from __future__ import annotations

from pathlib import Path

import click

from bookwright.cli.shared import print_json, table


@click.command(short_help="Show several measures of fairness of PLAN, before and after.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="The plan's store, where it is not beside the workbook.  [default: PLAN with .bookwright]",
)
@click.option("--json", "as_json", is_flag=True, help="Print as one JSON object.")
def fairness(plan: Path, store: Path | None, as_json: bool) -> None:
    """Show measures of fairness per segment of PLAN (.xlsx, or the .bookwright beside it), before and after.

    ARR at risk is assumed (1, 3 and 15 % of the ARR of chosen moves), not measured.

    \b
    Example:
      bookwright fairness "book plan.xlsx"
    """
    from bookwright.report.fairness import as_json as plain
    from bookwright.report.fairness import fairness as measured
    from bookwright.report.fairness import lines
    from bookwright.report.why import opened

    found = measured(opened(plan, store).plan)
    if as_json:
        print_json(plain(found))
    else:
        table(lines(found))
