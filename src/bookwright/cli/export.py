"""bookwright export: the files that bring a plan into the CRM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookwright.cli.shared import hand_over_options, print_json, show_findings, store_option, table
from bookwright.findings import UsageError

if TYPE_CHECKING:
    from bookwright.api_export import Exported


@click.command(short_help="Write the files to load into the CRM, and to undo it.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(["salesforce", "hubspot", "csv"]), required=True, help="The CRM.")
@click.option("-d", "--folder", type=click.Path(path_type=Path), required=True, help="A new folder for the files.")
@click.option(
    "--csm-field",
    metavar="NAME",
    default="",
    help="The CRM's field that holds the CSM: an API name for Salesforce, a property's label for HubSpot."
    "  [default: csm_field under [crm] in the planning model]",
)
@click.option(
    "--record-id-column",
    metavar="HEADER",
    default="",
    help="Your column that holds the CRM's record id.  [default: Account ID, else the column that fits]",
)
@click.option(
    "--users", type=click.Path(path_type=Path), metavar="FILE", help="An export of the CRM's users, to check each CSM."
)
@click.option(
    "--verify",
    "crm_export",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An export of the CRM's accounts of today: those that somebody moved since are held back.",
)
@click.option(
    "--children",
    multiple=True,
    metavar="FILE",
    help="An export of opportunities, tasks, cases or contacts; also KIND=FILE. Several are possible.",
)
@click.option("--batch", type=click.IntRange(min=1), metavar="ROWS", help="Most rows in a file of the folder batches.")
@hand_over_options
@click.option("--draft", is_flag=True, help="Also a plan that is under review, or does not keep every hard rule.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
def export(
    plan: Path,
    to: str,
    folder: Path,
    csm_field: str,
    record_id_column: str,
    users: Path | None,
    crm_export: Path | None,
    children: tuple[str, ...],
    batch: int | None,
    waves: Path | None,
    hold_back: bool,
    draft: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """Write the files that bring PLAN into the CRM: load.csv, rollback.csv, check.csv; changed accounts only.

    Exit codes: 0 done, 2 usage, 3 damaged ids or users that are unknown or inactive (nothing is written), 6 the plan is
    not sealed, has no store, or would reveal a departure or a new colleague not announced yet.

    \b
    Example:
      bookwright export "book plan.xlsx" --to salesforce --csm-field CSM__c -d load
      bookwright export "book plan.xlsx" --to hubspot --csm-field "Customer Success Manager" -d load --users users.csv
      bookwright export "book plan.xlsx" --to salesforce -d load2 --verify accounts-today.csv --children tasks.csv
    """
    from bookwright import api_export
    from bookwright.findings import Findings

    if folder.is_file():
        raise UsageError(f"{folder} is a file. Maybe name a folder.")
    done = api_export.export(
        plan,
        to,
        folder,
        csm_field=csm_field,
        record_id_column=record_id_column,
        users=users,
        crm_export=crm_export,
        children=children,
        batch=batch,
        waves=waves,
        hold_back=hold_back,
        draft=draft,
        store=store,
    )
    if as_json:
        print_json(_as_json(done))
        return
    show_findings(Findings(done.load.findings))
    for line in _lines(done):
        click.echo(line)
    if len(done.files.batches) > 1:
        table([("Batch", "Rows"), *((name, f"{rows:,}") for name, rows in done.files.batches)])


def _lines(done: Exported) -> list[str]:
    load, moves = done.load, done.moves
    sealed = f"sealed by {moves.sealed_by}" if moves.sealed_by else "not sealed"
    lines = [
        (
            f"Plan {moves.plan_id}, {sealed}: {len(load.rows):,} of {len(moves.changes):,} changes to load into"
            f" {load.target.title}, field {load.field}; record ids from {load.ids.column}."
        )
    ]
    if load.aside:
        states = [seen.state for _, seen in load.aside]
        words = (("moved", "moved in the CRM since"), ("done", "done already"), ("missing", "not in the export"))
        parts = [f"{states.count(s):,} {word}" for s, word in words if s in states]
        lines.append(f"Held back: {', '.join(parts)} (held back.csv).")
    if moves.held_back:
        lines.append(f"Left out, as not announced: {moves.left_out:,} moves.")
    for left in done.left:
        lines.append(
            f"Left behind by an owner load, {left.kind}: {len(left.rows):,} to load (children/{left.kind} load.csv),"
            f" {len(left.others):,} stay with others."
        )
    names = ["load.csv", "rollback.csv", "check.csv"]
    lines.append(f"Written to {done.files.folder}: {', '.join(names)}.")
    return lines


def _as_json(done: Exported) -> dict[str, Any]:
    load = done.load
    return {
        "plan_id": done.moves.plan_id,
        "sealed_by": done.moves.sealed_by,
        "to": load.target.name,
        "field": load.field,
        "record_ids_from": load.ids.column,
        "changes": len(done.moves.changes),
        "to_load": len(load.rows),
        "held_back": [{"account_id": c.account.id, "why": seen.state, "crm_has": seen.value} for c, seen in load.aside],
        "not_announced": [{"csm": c, "account": a} for c, a in done.moves.held_back],
        "batches": [{"file": name, "rows": rows} for name, rows in done.files.batches],
        "children": {x.kind: {"to_load": len(x.rows), "stay_with_others": len(x.others)} for x in done.left},
        "files": [str(p) for p in done.files.written],
        "findings": [f.text for f in load.findings],
    }
