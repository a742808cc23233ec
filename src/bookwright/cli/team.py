"""bookwright team: two books become one team, or a segment gets CSMs of its own."""

from __future__ import annotations

from pathlib import Path

import click

from bookwright.cli.shared import existing, fresh, show_findings
from bookwright.findings import UsageError


@click.group()
def team() -> None:
    """Merge books into one team, or give a segment its own CSMs.

    The outcome is a book to plan.

    \b
    Example:
      bookwright team merge north.xlsx south.xlsx -o team.xlsx
      bookwright team split book.xlsx --segment SMB --csm "Dan Ito" -o split.xlsx
    """


def _target(out: Path, inputs: tuple[Path, ...]) -> Path:
    from bookwright.tables.write_file import refuse_inputs

    refuse_inputs(out, inputs)
    if out.suffix.lower() != ".xlsx":
        raise UsageError(f"{out.name} must end in .xlsx. Maybe {out.stem}.xlsx.")
    return fresh(out)


@team.command(short_help="Several books become one.")
@click.argument("books", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Where the merged book goes.")
def merge(books: tuple[Path, ...], out: Path) -> None:
    """Merge BOOKS into one book: every account and CSM with the book it came from. Then plan it as any other.

    The same CSM or account in several books is taken once; one id that means different things gets the book's name in
    front. What was assumed is said.

    \b
    Example:
      bookwright team merge north.xlsx south.xlsx -o team.xlsx
      bookwright plan team.xlsx
    """
    from bookwright import api
    from bookwright.scenarios.team import merge as join
    from bookwright.tables.write_input import write_portfolio

    target = _target(out, books)
    labelled = [(book.stem if existing(book).is_file() else book.name, api.read(book)) for book in books]
    merged, notes = join(labelled)
    show_findings(notes)
    write_portfolio(merged, target, inputs=books)
    parts = ", ".join(f"{label} ({len(p.accounts):,} accounts, {len(p.csms)} CSMs)" for label, p in labelled)
    click.echo(f"{len(merged.accounts):,} accounts and {len(merged.csms)} CSMs from {parts}.")
    click.echo(f"Book: {target}. Next: bookwright plan {target}")


@team.command(short_help="A segment gets CSMs of its own.")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--segment", required=True, help="The segment that gets CSMs of its own.")
@click.option("--csm", "csms", multiple=True, metavar="NAME", help="Covers that segment alone; may be repeated.")
@click.option("--new", multiple=True, metavar="NAME", help="A CSM to be added for it; may be repeated.")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Where the changed book goes.")
def split(book: Path, segment: str, csms: tuple[str, ...], new: tuple[str, ...], out: Path) -> None:
    """Change who covers what in BOOK: the CSMs named cover SEGMENT alone, and nobody else does. Then plan it.

    Accounts whose CSM no longer covers them move as forced moves, outside every budget.

    \b
    Example:
      bookwright team split book.xlsx --segment SMB --csm "Dan Ito" --new "SMB hire" -o split.xlsx
      bookwright plan split.xlsx
    """
    from bookwright import api
    from bookwright.scenarios.team import split as part
    from bookwright.tables.write_input import write_portfolio

    target = _target(out, (existing(book),))
    portfolio = api.read(book)
    changed = part(portfolio, segment, csms, new)
    write_portfolio(changed, target, inputs=(book,))
    mine = {c.id for c in changed.csms if c.segments and [s.casefold() for s in c.segments] == [segment.casefold()]}
    here = [a for a in portfolio.accounts if a.planned and a.segment.casefold() == segment.casefold()]
    there = [a for a in portfolio.accounts if a.planned and a.csm_id in mine and a not in here]
    moving = sum(a.csm_id not in mine for a in here)
    names = ", ".join(c.name for c in changed.csms if c.id in mine)
    click.echo(f"{segment}: {len(here):,} accounts, covered by {names} alone.")
    click.echo(f"{moving:,} of them have another CSM today, or none.")
    click.echo(f"{len(there):,} accounts of other segments leave these CSMs.")
    click.echo(f"Book: {target}. Next: bookwright plan {target}")
