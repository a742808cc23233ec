"""bookwright waves: the moves of a plan over weeks or months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from bookwright.cli.kinds import Amount, Day
from bookwright.cli.shared import existing, print_json, store_option, writable


@click.command(short_help="Spread the moves of PLAN over weeks or months that people can carry.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--by", "unit", type=click.Choice(["weeks", "months"]), default="weeks", show_default=True, help="Length of a wave."
)
@click.option("--waves", "number", type=click.IntRange(1, 104), help="How many waves.  [default: 12 weeks or 6 months]")
@click.option(
    "--start", type=Day(), metavar="DATE", help="First day, YYYY-MM-DD.  [default: the plan's effective date]"
)
@click.option(
    "--per-csm", type=click.IntRange(1, 1000), help="Accounts into one book in a wave.  [default: 2 a week, 6 a month]"
)
@click.option(
    "--hours",
    type=Amount(min=0.1),
    metavar="HOURS",
    help="Hand-over hours of one CSM in a wave, given and taken.  [default: no limit]",
)
@click.option(
    "--blackout",
    "blackouts",
    multiple=True,
    metavar="DATES",
    help="No hand-over on these days: 2027-03-22..2027-04-05; may be given several times.",
)
@click.option(
    "--usual-blackouts/--no-usual-blackouts",
    default=True,
    show_default=True,
    help="None in the last week of a fiscal quarter and the first of the year.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help='Where it goes.  [default: "PLAN waves.xlsx"]')
@store_option
@click.option(
    "--time-limit",
    type=Amount(min=0.1),
    metavar="SECONDS",
    default=10.0,
    show_default=True,
    help="Seconds for each search.",
)
@click.option("--effort", type=click.IntRange(min=1), metavar="UNITS", help="Units of search instead of seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print as one JSON object.")
def waves(
    plan: Path,
    unit: str,
    number: int | None,
    start: dt.datetime | None,
    per_csm: int | None,
    hours: float | None,
    blackouts: Sequence[str],
    usual_blackouts: bool,
    out: Path | None,
    store: Path | None,
    time_limit: float,
    effort: int | None,
    as_json: bool,
) -> None:
    """Spread the moves of PLAN over waves: needed moves and healthy accounts first, red ones last.

    No CSM takes in more than they can, nothing is handed over while it is frozen or on a blackout day, and after no
    wave is a book further over a limit than today or than in the end. Writes a workbook with a calendar, and an .ics
    file beside it for people's own calendars.

    \b
    Example:
      bookwright waves "book plan.xlsx"
      bookwright waves "book plan.xlsx" --by months --per-csm 4 --blackout 2027-03-22..2027-04-05
    """
    existing(plan)
    target = out or plan.with_name(f"{plan.stem} waves.xlsx")
    writable(target, ".xlsx", (plan,))
    from bookwright import api_plans
    from bookwright.report import waves as shown
    from bookwright.report.verdict import count

    found, one = api_plans.waves_of(
        plan,
        unit=unit,
        number=number,
        start=start.date() if start else None,
        per_csm=per_csm,
        hours=hours,
        blackouts=blackouts,
        usual=usual_blackouts,
        store=store,
        seconds=time_limit,
        effort=effort,
    )
    problem = one.board.problem
    written = api_plans.write_sheets(shown.workbook(found, problem), target, (plan,))
    calendar = api_plans.write_text(written.with_suffix(".ics"), shown.ics(found, problem, one.stored.plan_id), (plan,))
    said = shown.sentences(found)
    if as_json:
        print_json(
            {
                "moves": [
                    {
                        "account_id": m.move.account_id,
                        "from": m.move.csm_from,
                        "to": m.move.csm_to,
                        "wave": m.wave.number if m.wave else None,
                        "hand_over_from": m.wave.on.isoformat() if m.wave else None,
                        "why": m.why,
                    }
                    for m in found.moves
                ],
                "left_over": {"value": found.late[0], "bound": found.late[1]},
                "waited": {"value": found.order[0], "bound": found.order[1]},
                "said": said,
                "out": [str(written), str(calendar)],
            }
        )
        return
    for wave, moves in shown.by_wave(found).items():
        first = moves[0].wave
        assert first is not None
        click.echo(f"Wave {wave:2}  {first.on.isoformat()}  {count(len(moves), 'move'):>9}")
    for line in said:
        click.echo(line)
    click.echo(f"Waves: {written}")
    click.echo(f"Calendar: {calendar}")
