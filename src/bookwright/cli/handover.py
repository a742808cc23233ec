"""bookwright handover: briefs for receiving and giving CSMs, checklists collected, how far the transition is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookwright.cli.kinds import Day
from bookwright.cli.shared import (
    finding_as_json,
    fresh,
    hand_over_options,
    print_json,
    show_findings,
    store_option,
    table,
)
from bookwright.findings import UsageError

if TYPE_CHECKING:
    from bookwright.export.progress import Progress

MOST_LINES = 40


@click.group(short_help="Brief CSMs and customers; say what is late.")
def handover() -> None:
    """Brief the CSMs who receive and give accounts, collect their checklists, see what is late.

    \b
    Example:
      bookwright handover send "book plan.xlsx" -d hand-over --children contacts.csv
      bookwright handover collect "book plan.xlsx" back/*.xlsx
      bookwright handover status "book plan.xlsx"
    """


_PLAN = click.argument("plan", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")


@handover.command(short_help="Write briefs, checklists and letters.")
@_PLAN
@click.option("-d", "--folder", type=click.Path(path_type=Path), required=True, help="A new folder for the files.")
@click.option(
    "--children",
    multiple=True,
    metavar="FILE",
    help="An export of contacts, opportunities, tasks or cases; also KIND=FILE. Several are possible.",
)
@click.option("--show", multiple=True, metavar="COLUMN", help="A further column of the accounts to let in, by header.")
@click.option("--letter", type=click.Path(path_type=Path), metavar="FILE", help="Your own letter to the customers.")
@click.option(
    "--record-id-column", metavar="HEADER", default="", help="Your column that holds the CRM's record id, for children."
)
@hand_over_options
@click.option("--draft", is_flag=True, help="Also of a plan that is under review, or breaks a hard rule.")
@store_option
@_JSON
def send(
    plan: Path,
    folder: Path,
    children: tuple[str, ...],
    show: tuple[str, ...],
    letter: Path | None,
    record_id_column: str,
    waves: Path | None,
    hold_back: bool,
    draft: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """Write per CSM a workbook (what comes with a checklist, what leaves, a page per account) and the same as Markdown.

    Exit codes: 0 done, 2 usage, 3 a file that cannot be read, 6 the plan is not sealed, has no store, or would reveal a
    departure or a new colleague not announced yet.

    \b
    Example:
      bookwright handover send "book plan.xlsx" -d hand-over --children contacts.csv --children tasks.csv
    """
    from bookwright import api_export

    done, moves = api_export.hand_over(
        plan, folder, children=children, show=show, letter=letter, record_id_column=record_id_column, waves=waves,
        hold_back=hold_back, draft=draft, store=store,
    )  # fmt: skip
    if as_json:
        files = [
            {"csm": f.csm, "coming": f.coming, "leaving": f.leaving, "workbook": str(f.workbook), "text": str(f.text)}
            for f in done.files
        ]
        held = [{"csm": c, "account": a} for c, a in moves.held_back]
        print_json({"files": files, "letters": [str(p) for p in done.letters], "not_announced": held})
        return
    click.echo(f"{len(done.files)} hand-overs and {len(done.letters)} letters in {folder}.")
    rows = [(f.csm, f"{f.coming:,}", f"{f.leaving:,}", f.workbook.name) for f in done.files]
    table([("CSM", "Coming", "Leaving", "File"), *rows])
    if moves.held_back:
        click.echo(f"Left out, as not announced: {moves.left_out:,} moves.")


@handover.command(short_help="Read returned checklists and keep what holds.")
@_PLAN
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--replace",
    "replaces",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A checklist that takes the place of all its CSM told before, where a day was wrong. Several are possible.",
)
@store_option
@_JSON
def collect(plan: Path, files: tuple[Path, ...], replaces: tuple[Path, ...], store: Path | None, as_json: bool) -> None:
    """Read returned checklists, in any order and as often as they come; wrong cells are named, the others are kept.

    Exit codes: 0 done, 2 usage, 3 cells to mend, 6 a file that is none of this plan's.

    \b
    Example:
      bookwright handover collect "book plan.xlsx" back/*.xlsx
      bookwright handover collect "book plan.xlsx" --replace "back/Hand-over Ana Ruiz.xlsx"
    """
    from bookwright import api_export
    from bookwright.findings import Findings

    if not files and not replaces:
        raise UsageError("Nothing to collect. Maybe name the checklists that came back.")

    read = api_export.collect_checklists(plan, files, replace=replaces, store=store)
    findings = Findings(tuple(f for r in read for f in r.findings))
    if as_json:
        told = [{"file": r.name, "csm": r.reporter, "new": len(r.new), "refused": r.refused} for r in read]
        print_json({"files": told, "findings": [finding_as_json(f) for f in findings]})
    else:
        show_findings(findings, most=MOST_LINES)
        for r in read:
            what = "not read" if r.refused else f"{len(r.new)} new steps of {r.reporter}"
            click.echo(f"{r.name}: {what}.")
    code = 6 if any(r.refused for r in read) else 3 if findings.errors else 0
    raise click.exceptions.Exit(code)


@handover.command(short_help="Say how far the transition is, and what is late.")
@_PLAN
@click.option("--on", type=Day(), metavar="DATE", help="As of this day, YYYY-MM-DD.  [default: today]")
@store_option
@_JSON
def status(plan: Path, on: dt.datetime | None, store: Path | None, as_json: bool) -> None:
    """Say how far the transition of PLAN is: late is what should have been handed over and has a step undone.

    \b
    Example:
      bookwright handover status "book plan.xlsx" --on 2027-01-15
    """
    from bookwright import api_export

    found = api_export.hand_over_status(plan, on=on.date() if on else None, store=store)
    if as_json:
        print_json(_as_json(found))
        return
    done, late = found.count("done"), found.count("late")
    click.echo(f"Plan {found.plan_id} on {found.on}: {done} of {len(found.moves)} moves handed over, {late} late.")
    rows = [(c.name, *(f"{n:,}" for n in (c.moves, c.done, c.late, c.soon, c.open))) for c in found.csms]
    table([("CSM", "Moves", "Done", "Late", "Within 7 days", "Later"), *rows])
    waiting = [m for m in found.moves if m.state in ("late", "soon")]
    for m in waiting[:MOST_LINES]:
        day = m.change.hand_over_on.isoformat()
        missing = ", ".join(s.lower() for s in m.missing)
        click.echo(f"{m.state}: {m.change.account.label} to {m.taker}, hand-over {day}; still to do: {missing}.")
    if len(waiting) > MOST_LINES:
        click.echo(f"... and {len(waiting) - MOST_LINES} more.")


@handover.command(short_help="Write the letter's template, to edit.")
@click.argument("out", type=click.Path(path_type=Path))
def letter(out: Path) -> None:
    """Write the letter's template to OUT, a text file to edit; words in braces are filled in per account.

    \b
    Example:
      bookwright handover letter letter.txt
      bookwright handover send "book plan.xlsx" -d hand-over --letter letter.txt
    """
    from bookwright.export.letter import FIELDS, TEMPLATE
    from bookwright.tables.write_file import place_text

    place_text(fresh(out), TEMPLATE)
    click.echo(f"Template: {out}. In braces:")
    table([(f"{{{name}}}", meaning) for name, meaning in FIELDS.items()])


def _as_json(found: Progress) -> dict[str, Any]:
    return {
        "plan_id": found.plan_id,
        "on": found.on,
        "moves": [
            {
                "account_id": m.change.account.id,
                "from": m.giver,
                "to": m.taker,
                "hand_over_on": m.change.hand_over_on,
                "state": m.state,
                "done": dict(m.done),
                "missing": list(m.missing),
                "comments": list(m.comments),
            }
            for m in found.moves
        ],
        "csms": [
            {"name": c.name, "moves": c.moves, "done": c.done, "late": c.late, "soon": c.soon, "open": c.open}
            for c in found.csms
        ],
    }
