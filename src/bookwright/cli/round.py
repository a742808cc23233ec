"""bookwright plan PLAN --round N --book BOOK: the next round of a reviewed plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookwright.cli.page import page
from bookwright.cli.shared import existing, print_json, show_findings, writable
from bookwright.findings import UsageError

if TYPE_CHECKING:
    from bookwright.review.resolve import Prepared, Resolved


def plan_round(
    plan: Path,
    *,
    round: int,
    book: Path | None,
    out: Path | None,
    store: Path | None,
    html: Path | None,
    reading: Mapping[str, Any],
    search: Mapping[str, Any],
    as_json_: bool,
    quiet: bool,
) -> None:
    """Say what changed, plan the round around what was decided, keep it; exits like `plan`."""
    if book is None:
        raise UsageError("--round needs today's facts. Maybe --book BOOK; the last book will do if nothing changed.")
    existing(plan)
    existing(book)
    from bookwright import api_round
    from bookwright.cli.progress import Watch, interruptible

    target = out or plan.with_name(f"{plan.stem} round {round}.xlsx")
    inputs = (book, plan, *([reading["columns"]] if reading["columns"] else []))
    writable(target, ".xlsx", inputs)
    if html is not None:
        writable(html, ".html", (*inputs, target))
    watch = Watch(None if search["effort"] else search["time_limit"], quiet)

    def told(prepared: Prepared) -> None:
        if not quiet:
            for line in prepared.said:
                click.echo(line, err=as_json_)

    def work(stop: Callable[[], bool]) -> Resolved:
        return api_round.next_round(
            plan, book, round=round, store=store, **reading, **search, on_prepared=told, on_progress=watch, stop=stop
        )

    resolved, interrupted = interruptible(work)
    watch.close()
    result = resolved.result
    written, refused = None, None
    if resolved.good:
        written = api_round.write_round(resolved, plan, target, store=store, inputs=inputs)
        refused = page(result, html, (*inputs, target)) if html is not None else None
    if as_json_:
        print_json(_as_json(resolved, written))
    else:
        _show(resolved, written, quiet)
    if refused is not None:
        raise refused
    raise click.exceptions.Exit(130 if interrupted else result.exit_code)


def _show(resolved: Resolved, written: Path | None, quiet: bool) -> None:
    from bookwright.report.summary import summary
    from bookwright.report.verdict import alarms, verdict

    result = resolved.result
    if not quiet:
        show_findings(result.findings, most=12)
    if written is None:
        for line in result.diagnosis:
            click.echo(line)
        click.echo(f"No plan of round {resolved.prepared.round}: the plan of the last round stands.")
        return
    said = summary(result)
    for line in alarms(said):
        click.echo(line)
    click.echo(verdict(said))
    click.echo(f"{resolved.changes:,} accounts have another CSM than in the last round's plan.")
    click.echo(f"Plan: {written}")


def _as_json(resolved: Resolved, written: Path | None) -> dict[str, Any]:
    from bookwright.report.json import as_json

    standing = resolved.prepared.standing
    clash = resolved.clash
    return {
        **as_json(resolved.result, out=None if written is None else str(written)),
        "round": resolved.prepared.round,
        "said": list(resolved.prepared.said),
        "changes_from_last_round": resolved.changes,
        "decisions": {
            "hold": len(standing.kept),
            "lapsed": [[d.decision.account_id, d.decision.reviewer, d.why] for d in standing.lapsed],
            "refused": [[d.decision.account_id, d.decision.reviewer, d.why] for d in standing.refused],
            "waiting": [[d.decision.account_id, d.decision.reviewer, d.why] for d in standing.waiting],
        },
        "holdovers": [[h.account_id, h.csm_from, h.csm_to, h.until.isoformat()] for h in standing.holdovers],
        "clash": None
        if clash is None
        else {
            "account_ids": list(clash.account_ids),
            "why": clash.why,
            "missing": clash.missing,
            "unit": clash.unit,
            "smallest": clash.smallest,
        },
    }
