"""bookwright demo: a sample workbook and the main job on it."""

from __future__ import annotations

from pathlib import Path

import click

from bookwright.cli.kinds import Amount


@click.command(short_help="Lay down a sample workbook and plan it.")
@click.argument("folder", type=click.Path(path_type=Path), default="bookwright-demo")
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    default=10.0,
    show_default=True,
    help="Longest search; reading and writing come on top.",
)
def demo(folder: Path, time_limit: float) -> None:
    """Lay down a sample workbook in FOLDER and plan it.  [default: bookwright-demo]

    \b
    Example:
      bookwright demo
    """
    from bookwright import api
    from bookwright.cli.progress import Watch, interruptible, prepare
    from bookwright.generate import generate
    from bookwright.report.summary import summary
    from bookwright.report.verdict import alarms, verdict
    from bookwright.tables.write_input import write_portfolio

    folder.mkdir(parents=True, exist_ok=True)
    book = write_portfolio(generate(200, 10, seed=7), folder / "team.xlsx")
    click.echo(f"A team of 10 with 200 accounts: {book}")
    portfolio = api.read(book)
    prepare()
    watch = Watch(time_limit)
    result, interrupted = interruptible(
        lambda stop: api.plan(portfolio, time_limit=time_limit, on_progress=watch, stop=stop)
    )
    watch.close()
    written = api.write(result, folder / "team plan.xlsx", inputs=(book,))
    said = summary(result)
    for line in alarms(said):
        click.echo(line)
    click.echo(verdict(said))
    click.echo(f"The plan, to open in a spreadsheet program: {written}")
    click.echo("Next, with your own accounts: bookwright template book.xlsx, fill it, bookwright plan book.xlsx")
    if interrupted:
        raise click.exceptions.Exit(130)
