"""bookwright review: send workbooks to reviewers, collect them, see where a round stands, settle it."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bookwright.cli.price import price
from bookwright.cli.review_shown import MOST_LINES, decision_json, price_json, short, status_json, status_lines
from bookwright.cli.shared import finding_as_json, print_json, show_findings, table

F = TypeVar("F", bound=Callable[..., Any])


@click.group(short_help="Send a plan to its reviewers, collect their answers, settle the round.")
def review() -> None:
    """Send a plan to its reviewers, collect their answers, settle the round.

    \b
    Example:
      bookwright review send "book plan.xlsx" -d review
      bookwright review collect "book plan.xlsx" review/*.xlsx
      bookwright review status "book plan.xlsx"
    """


def _plan(command: F) -> F:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object."),
        click.option(
            "--store", type=click.Path(path_type=Path), help="The plan's store, where it is not beside the workbook."
        ),
        click.argument("plan", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


@review.command(short_help="Write one workbook per reviewer.")
@_plan
@click.option(
    "-d", "--folder", type=click.Path(path_type=Path), required=True, help="Folder the workbooks go to; made if needed."
)
@click.option(
    "--by", type=click.Choice(["manager", "csm"]), default="manager", show_default=True, help="Who reviews a book."
)
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Day answers are due, for the Read me.")
@click.option("--show", multiple=True, metavar="COLUMN", help="A further column of the accounts to let in, by header.")
@click.option("--no-protection", is_flag=True, help="Leave the sheets unprotected, so that they can be sorted.")
@click.option("--hold-back", is_flag=True, help="Leave out moves that would reveal a departure not announced yet.")
def send(
    plan: Path,
    folder: Path,
    by: str,
    due: dt.datetime | None,
    show: tuple[str, ...],
    no_protection: bool,
    hold_back: bool,
    store: Path | None,
    as_json: bool,
) -> None:
    """Write one workbook per reviewer of PLAN into a folder; each holds only what that reviewer answers for.

    Exit codes: 0 done, 2 usage, 6 the plan's store is missing, the round is settled, or sending would reveal a
    departure that is not announced.

    \b
    Example:
      bookwright review send "book plan.xlsx" -d review --due 2027-01-15
    """
    from bookwright import api_review
    from bookwright.tables.notes import many

    sent = api_review.send(
        plan,
        folder,
        by=by,  # type: ignore[arg-type]
        due=due.date() if due else None,
        show=show,
        protect=not no_protection,
        hold_back=hold_back,
        store=store,
    )
    if as_json:
        files = [
            {"reviewer": f.reviewer, "file": str(f.path), "accounts": f.accounts, "moves": f.moves} for f in sent.files
        ]
        held = [{"csm": c, "account": a} for c, a in sent.held_back]
        print_json({"round": sent.round, "files": files, "held_back": held})
        return
    click.echo(f"Round {sent.round}: {many(len(sent.files), 'workbook')} in {folder}.")
    table(
        [
            ("Reviewer", "Accounts", "Moves", "File"),
            *((f.reviewer, f"{f.accounts:,}", f"{f.moves:,}", f.path.name) for f in sent.files),
        ]
    )
    if sent.held_back:
        click.echo(f"Held back, as not announced: {many(len(sent.held_back), 'move')}; they stand as today.")


@review.command(short_help="Read returned workbooks and record what holds.")
@_plan
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--replace",
    "replaces",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file that takes the place of all its reviewer answered before.",
)
def collect(plan: Path, files: tuple[Path, ...], replaces: tuple[Path, ...], store: Path | None, as_json: bool) -> None:
    """Read any number of returned workbooks, in any order, and record what holds; also PLAN's own, edited.

    Exit codes: 0 all recorded, 2 usage, 3 cells to mend (named; the rest is recorded), 6 answers in conflict (a
    Conflicts workbook is written), or a file that is stale or of another plan.

    \b
    Example:
      bookwright review collect "book plan.xlsx" back/*.xlsx
      bookwright review collect "book plan.xlsx" --replace "back/Review Mia.xlsx"
    """
    from bookwright import api_review
    from bookwright.findings import Findings
    from bookwright.review.conflicts import in_conflict, told_by
    from bookwright.review.effect import sentence
    from bookwright.tables.notes import many

    if not files and not replaces:
        raise click.UsageError('No files were given. Maybe: bookwright review collect "book plan.xlsx" back/*.xlsx')
    done = api_review.collect(plan, files, replace=replaces, store=store)
    label = done.proposal.problem.portfolio.account_by_id
    if as_json:
        print_json(
            {
                "round": done.round,
                "files": [
                    {
                        "file": f.name,
                        "reviewer": f.reviewer,
                        "verdict": f.verdict,
                        "new": [decision_json(d) | {"price": price_json(done.effect_of(d))} for d in f.new],
                        "corrections": len(f.corrections),
                        "findings": [finding_as_json(x) for x in f.findings],
                    }
                    for f in done.files
                ],
                "decisions": len(done.merged.decisions),
                "price_together": price_json(done.together),
                "conflicts": [
                    {"account_id": c.account_id, "answers": [decision_json(a) for a in c.answers]}
                    for c in done.merged.conflicts
                ],
                "conflicts_file": str(done.conflicts_file) if done.conflicts_file else None,
            }
        )
        raise click.exceptions.Exit(done.exit_code)
    show_findings(Findings(done.findings), most=MOST_LINES)
    for f in done.files:
        who = f" ({f.reviewer})" if f.reviewer else ""
        click.echo(
            f"{f.name}{who}: {f.verdict}, {many(len(f.new), 'new answer')}, {many(len(f.corrections), 'correction')}."
        )
        for d in f.new[:MOST_LINES]:
            click.echo(f"  {label[d.account_id].label}: {short(d, done.proposal)}")
            effect = done.effect_of(d)
            if effect is not None:
                click.echo(f"    price: {sentence(effect, done.proposal)}")
        if len(f.new) > MOST_LINES:
            click.echo(f"  ... and {len(f.new) - MOST_LINES} more.")
    stand = "stands" if len(done.merged.decisions) == 1 else "stand"
    click.echo(f"{many(len(done.merged.decisions), 'decision')} {stand} in round {done.round}.")
    if done.together is not None:
        n = len(done.together.wanted)
        head = f"What {n:,} of them ask" if n > 1 else "What one of them asks"
        click.echo(f"{head} for instead of the plan, nothing else changed: {sentence(done.together, done.proposal)}.")
        click.echo("The price after the best repair: bookwright review price PLAN")
    if done.merged.conflicts:
        click.echo(f"{in_conflict(len(done.merged.conflicts))}:")
        for c in done.merged.conflicts[:MOST_LINES]:
            click.echo(f"  {label[c.account_id].label}: {' | '.join(told_by(a, done.proposal) for a in c.answers)}")
        click.echo(f"Decide them in {done.conflicts_file}, and collect that.")
    raise click.exceptions.Exit(done.exit_code)


@review.command(short_help="Who has answered, and what is open.")
@_plan
def status(plan: Path, store: Path | None, as_json: bool) -> None:
    """Say who has answered, what was accepted and rejected, what is open, in conflict, outside the rules, to correct.

    \b
    Example:
      bookwright review status "book plan.xlsx"
    """
    from bookwright import api_review

    found = api_review.status(plan, store=store)
    if as_json:
        print_json(status_json(found))
        return
    for line in status_lines(found):
        click.echo(line)


@review.command(short_help="Settle what nobody answered, and close the round.")
@_plan
@click.option(
    "--silent",
    type=click.Choice(["accept", "keep"]),
    required=True,
    help="Moves without an answer: accepted, or kept with today's CSM (moves that must be are accepted).",
)
def close(plan: Path, silent: str, store: Path | None, as_json: bool) -> None:
    """Close the round of PLAN: what no answer means is asked here, never assumed.

    \b
    Example:
      bookwright review close "book plan.xlsx" --silent accept
    """
    from bookwright import api_review
    from bookwright.tables.notes import many

    done = api_review.close(plan, silent, store=store)  # type: ignore[arg-type]
    if as_json:
        lists = {"accepted": list(done.accepted), "kept": list(done.kept), "following": list(done.following)}
        print_json({"round": done.round, **lists})
    else:
        click.echo(
            f"Round {done.round} is closed. Without an answer: {many(len(done.accepted), 'move')} accepted,"
            f" {len(done.kept)} kept with today's CSM."
        )
        if done.following:
            head = many(len(done.following), "account")
            click.echo(f"{head} left open, as an answer sends the family elsewhere: {', '.join(done.following[:20])}.")


@review.command(short_help="Seal the plan, or approve overrides outside the rules.")
@_plan
@click.option("--exceptions", is_flag=True, help="Approve the overrides that a rule speaks against, not the plan.")
@click.option("--by", "who", metavar="WHO", help="Who approves.  [default: your login name]")
def approve(plan: Path, exceptions: bool, who: str | None, store: Path | None, as_json: bool) -> None:
    """Seal PLAN: who, when and its fingerprint are recorded, and it changes only by a new round.

    \b
    Example:
      bookwright review approve "book plan.xlsx" --by "Dana Cole"
      bookwright review approve "book plan.xlsx" --exceptions
    """
    from bookwright import api_review
    from bookwright.tables.notes import many

    name = who or getpass.getuser()
    if exceptions:
        found = api_review.approve_exceptions(plan, who=name, store=store)
        if as_json:
            print_json({"by": name, "exceptions": [{"account_id": e.account_id, "csm_id": e.csm_id} for e in found]})
            return
        click.echo(
            f"{many(len(found), 'exception')} approved by {name}." if found else "No exception waits for approval."
        )
        for e in found:
            click.echo(f"  {e.account_id} to {e.csm_id}: {e.why}")
        return
    seal = api_review.approve(plan, who=name, store=store)
    if as_json:
        print_json(
            {"by": seal.who, "at": seal.approved_at, "fingerprint": seal.fingerprint, "plan_hash": seal.plan_hash}
        )
    else:
        click.echo(f"Round {seal.round}: sealed by {seal.who} at {seal.approved_at.isoformat()}.")
        click.echo(f"Fingerprint {seal.fingerprint}")


@review.command(short_help="List the corrections asked for, and accept or refuse them.")
@_plan
@click.option("--accept", multiple=True, type=int, metavar="NUMBER", help="A correction to accept, by its number.")
@click.option("--refuse", multiple=True, type=int, metavar="NUMBER", help="A correction to refuse, by its number.")
@click.option("--by", "who", metavar="WHO", help="Who accepts or refuses.  [default: your login name]")
def corrections(
    plan: Path, accept: tuple[int, ...], refuse: tuple[int, ...], who: str | None, store: Path | None, as_json: bool
) -> None:
    """List the facts that reviewers say are wrong. Accepted ones count in the next round, where its book still has the
    old value; your own workbook is not changed.

    \b
    Example:
      bookwright review corrections "book plan.xlsx" --accept 1 --accept 3
    """
    from bookwright import api_review

    who = who or getpass.getuser()
    api_review.judge_corrections(plan, accept, "accepted", who=who, store=store)
    found = api_review.judge_corrections(plan, refuse, "refused", who=who, store=store)
    if as_json:
        keys = ("id", "account_id", "column", "should_be", "comment", "reviewer", "round", "verdict")
        print_json({"corrections": [{k: getattr(c, k) for k in keys} for c in found]})
        return
    if not found:
        click.echo("No corrections were asked for.")
        return
    heads = ("No.", "Account", "Column", "Should be", "Comment", "By", "Verdict")
    rows = [(str(c.id), c.account_id, c.column, c.should_be, c.comment, c.reviewer, c.verdict or "open") for c in found]
    table([heads, *rows])


review.add_command(price)
