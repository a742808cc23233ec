"""bookwright check: findings only."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from bookwright.cli.shared import (
    book_given,
    book_options,
    finding_as_json,
    fresh,
    path_of,
    print_json,
    show_findings,
)


@click.command(short_help="Say what is wrong with BOOK, and what a plan could not move.")
@click.argument("book", type=click.Path(path_type=Path), required=False)
@click.option(
    "-m", "--model", default="quarterly_rebalance", show_default=True, help="Planning model: a name or a .toml file."
)
@book_options
@click.option(
    "--draft-csms",
    type=click.Path(path_type=Path),
    help="Write a first CSMs sheet (.csv or .xlsx), made from the Current CSM column.",
)
@click.option(
    "--write-columns", type=click.Path(path_type=Path), help="Write a proposal for --columns to this .toml file."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
def check(
    book: Path | None,
    model: str,
    columns: Path | None,
    dates: Literal["dmy", "mdy"] | None,
    duplicates: Literal["refuse", "sum"],
    draft_csms: Path | None,
    write_columns: Path | None,
    as_json: bool,
) -> None:
    """Read BOOK and say what is wrong with it, and what a plan could not move; nothing is planned or changed.

    \b
    Example:
      bookwright check book.xlsx
      bookwright check export.xlsx --write-columns columns.toml
      bookwright check export.xlsx --draft-csms csms.csv
    """
    source = book_given(book)
    from bookwright import api
    from bookwright.findings import Findings
    from bookwright.report.verdict import count as number

    if write_columns is not None:
        fresh(write_columns)
        from bookwright.tables import propose_mapping
        from bookwright.tables.write_file import place_text

        place_text(write_columns, propose_mapping(source), inputs=(path_of(source),))
        click.echo(f"A proposal for --columns: {write_columns}. Read it before you use it.", err=True)
        return
    if draft_csms is not None:
        from bookwright.tables import write_draft

        count = write_draft(source, draft_csms, columns=columns, dates=dates, duplicates=duplicates)
        click.echo(
            f"{count} CSMs drafted from the Current CSM column: {draft_csms}. Check their segments and hours.", err=True
        )
        return
    checked = api.check(source, columns=columns, dates=dates, duplicates=duplicates, model=model)
    standing = api.standing(checked.portfolio, model) if not checked.findings.errors else None
    findings: Findings = checked.findings + (standing.findings if standing else ())
    if as_json:
        print_json(
            {
                "accounts": len(checked.portfolio.accounts),
                "csms": len(checked.portfolio.csms),
                "errors": len(findings.errors),
                "warnings": len(findings.warnings),
                "cannot_move": {w: {"accounts": n, "arr": a} for w, n, a in standing.frozen} if standing else {},
                "findings": [finding_as_json(f) for f in findings.sorted()],
            }
        )
    else:
        show_findings(findings, most=200)
        portfolio = checked.portfolio
        accounts, csms = number(len(portfolio.accounts), "account"), number(len(portfolio.csms), "CSM")
        click.echo(f"{accounts}, {csms} read from {source.name}.")
        if standing:
            for line in standing.lines():
                click.echo(line)
        errors, warnings = len(findings.errors), len(findings.warnings)
        rest = len(findings) - errors - warnings
        click.echo(f"{number(errors, 'error')}, {number(warnings, 'warning')}, {number(rest, 'note')}.")
    raise click.exceptions.Exit(3 if findings.errors else 0)
