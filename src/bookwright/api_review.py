"""What the `review` commands call, for Python users: send, collect, status, close, approve.

PLAN is the plan's workbook or its store. The clock is read here and nowhere below; `now` overrides it.

import bookwright.api_review as review
review.send("plan.xlsx", "to review", by="manager")
review.collect("plan.xlsx", ["back/Review Mia.xlsx"])
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from bookwright.findings import ReviewError, UsageError
from bookwright.result import Result
from bookwright.review import collect as collecting
from bookwright.review import send as sending
from bookwright.review import settle
from bookwright.review import status as standing
from bookwright.review.announced import revealing, told
from bookwright.review.collect import Collected
from bookwright.review.decisions import Correction
from bookwright.review.locate import store_of
from bookwright.review.rounds import Approval, Rounds
from bookwright.review.scope import By
from bookwright.review.send import Sent
from bookwright.review.settle import Closed, OutsideRules, Silent
from bookwright.review.status import RoundStatus

PathLike = str | Path


def send(
    plan: PathLike,
    folder: PathLike,
    *,
    by: By = "manager",
    due: dt.date | None = None,
    show: Sequence[str] = (),
    protect: bool = True,
    hold_back: bool = False,
    store: PathLike | None = None,
    now: dt.datetime | None = None,
) -> Sent:
    """Write one review workbook per manager (or CSM) into a folder; see `review.send`."""
    where = store_of(plan, store)
    return sending.send(where, folder, now=_now(now), by=by, due=due, show=show, protect=protect, hold_back=hold_back)


def collect(
    plan: PathLike,
    files: Sequence[PathLike],
    *,
    replace: Sequence[PathLike] = (),
    store: PathLike | None = None,
    now: dt.datetime | None = None,
) -> Collected:
    """Read returned workbooks in any order and record what holds; see `review.collect`."""
    return collecting.collect(store_of(plan, store), files, now=_now(now), replace=replace)


def status(plan: PathLike, *, store: PathLike | None = None, now: dt.datetime | None = None) -> RoundStatus:
    """Who has answered, what was accepted and rejected, what is open."""
    return standing.status(store_of(plan, store), now=_now(now))


def close(plan: PathLike, silent: Silent, *, store: PathLike | None = None, now: dt.datetime | None = None) -> Closed:
    """Close the round; moves nobody answered for are accepted ("accept") or stay with today's CSM ("keep")."""
    return settle.close(store_of(plan, store), silent, now=_now(now))


def approve(plan: PathLike, *, who: str, store: PathLike | None = None, now: dt.datetime | None = None) -> Approval:
    """Seal the plan: who, when, fingerprint; it changes only by a new round."""
    return settle.approve(store_of(plan, store), who=who, now=_now(now))


def approve_exceptions(
    plan: PathLike, *, who: str, store: PathLike | None = None, now: dt.datetime | None = None
) -> tuple[OutsideRules, ...]:
    """Approve the overrides that stand outside the rules now; returns those newly approved."""
    return settle.approve_exceptions(store_of(plan, store), who=who, now=_now(now))


def judge_corrections(
    plan: PathLike, ids: Iterable[int], verdict: str, *, who: str, store: PathLike | None = None
) -> tuple[Correction, ...]:
    """Mark corrections (by number) as "accepted" or "refused"; returns them all as they stand now.

    Raises `UsageError` for a number that no correction has.
    """
    with Rounds(store_of(plan, store)) as rounds:
        known, asked = {c.id for c in rounds.corrections()}, tuple(ids)
        unknown = next((i for i in asked if i not in known), None)
        if unknown is not None:
            listed = f" Maybe one of {min(known)} to {max(known)}." if known else " None was asked for."
            raise UsageError(f"There is no correction {unknown}.{listed}")
        rounds.judge(asked, verdict, who)
        return rounds.corrections()


def refuse_unannounced(result: Result, what: str, *, today: dt.date | None = None) -> None:
    """Raise `ReviewError` where showing a plan to people would reveal a departure or a start before its `Announce on`.

    `what` is what would be shown, to begin the message with: "The page".
    """
    day = today or dt.date.today()
    problem = result.problem
    moves = revealing(problem, result.today.by_account, result.plan.by_account, day)
    if moves:
        lines = [f"{what} would reveal departures or new colleagues that are not announced yet, and is not written:"]
        lines += told(problem, moves, day, problem.portfolio.csm_name)
        lines.append("Maybe make it on the day of the announcement; the plan's workbook is for operations alone.")
        raise ReviewError("\n".join(lines))


def _now(given: dt.datetime | None) -> dt.datetime:
    return given or dt.datetime.now(dt.UTC).replace(microsecond=0)
