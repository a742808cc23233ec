"""The Moves sheet: every account that changes hands, the largest first, with cells to decide in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bookwright.books import MoveKind
from bookwright.hand_over import Schedule, schedule
from bookwright.problem import fiscal_quarter
from bookwright.result import Result
from bookwright.review.decisions import LATEST_HAND_OVER_DAYS, REASONS, WORDS
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Table

FIRM = "firm"
"""What Firmness says of a move that no shaken plan changes."""
DECISIONS = tuple(WORDS.values())
DECISIONS_FORCED = tuple(d for d in DECISIONS if d != "reject")


def lists(result: Result) -> Mapping[str, tuple[str, ...]]:
    """The lists behind the drop-downs, by the name that formulas use."""
    names = tuple(c.name for c, leaves in zip(result.problem.csms, result.problem.leaves, strict=True) if not leaves)
    return {"Decisions": DECISIONS, "DecisionsForced": DECISIONS_FORCED, "CsmNames": names, "Reasons": REASONS}


def moves_table(result: Result, months: Schedule | None = None) -> Table:
    """One row per move, by ARR from the largest; `Kind` says whether it is placed, forced or chosen.

    `months` is the schedule of hand-overs where it is known already.
    """
    planned = (months or schedule(result.problem, result.plan, result.price)).hand_overs
    problem = result.problem
    at, name = problem.account_position, problem.portfolio.csm_name
    when = problem.effective_date
    credit = fiscal_quarter(when, problem.model.fiscal_year_starts_month).after - dt.timedelta(days=1)
    rows = []
    for move in sorted(result.plan.moves, key=lambda m: (-problem.arr[at[m.account_id]], at[m.account_id])):
        i = at[move.account_id]
        account = problem.accounts[i]
        rows.append(
            (
                account.id,
                account.name,
                account.segment,
                name(move.csm_from) or account.csm_text,
                name(move.csm_to),
                move.kind.value,
                account.arr,
                float(problem.hours[i]),
                account.renewal_date,
                result.why.get(account.id) or move.reason,
                result.price.get(account.id),
                *((result.firmness.get(account.id),) if result.firmness else ()),
                when,
                planned[account.id].on,
                None,
                None,
                None,
                None,
                None,
                credit if move.csm_from else None,
            )
        )
    return Table(
        columns=_columns(when, bool(result.firmness)),
        rows=rows,
        filtered=True,
        note="Largest ARR first. The yellow cells are yours: decide here, or leave blank for no answer.",
        empty="No account moves.",
    )


def _columns(when: dt.date, firmness: bool) -> tuple[Column, ...]:
    latest = when + dt.timedelta(days=LATEST_HAND_OVER_DAYS)
    firm = Column(
        "Firmness",
        width=34,
        wrap=True,
        marks=(Mark(Look.GOOD, equals=FIRM),),
        help="firm: the move is made however ARR and hours were shaken; else in how many plans it flips, and to what.",
    )
    kinds = tuple(
        Mark(look, equals=kind.value) for look, kind in ((Look.WARN, MoveKind.FORCED), (Look.GOOD, MoveKind.PLACED))
    )
    return (
        Column("Account ID", key="account_id"),
        Column("Account", key="account", width=30),
        Column("Segment"),
        Column("From", key="csm_from", help="Today's CSM; blank = none."),
        Column("To", key="csm_to"),
        Column(
            "Kind",
            marks=kinds,
            help="placed: had no CSM. forced: today's CSM leaves or may no longer own it. chosen: the plan prefers it.",
        ),
        Column("ARR", Kind.MONEY),
        Column("Hours", Kind.HOURS, help="Hours a month that the account needs."),
        Column("Renewal date", Kind.DATE),
        Column("Why", width=90, wrap=True),
        Column("Price", Kind.POINTS, help="What moving this account costs, in points (see Run for the settings)."),
        *((firm,) if firmness else ()),
        Column("Effective date", Kind.DATE),
        Column(
            "Planned hand-over",
            Kind.DATE,
            help="First day of the month from which the new CSM can carry it (see Months). Another day: Hand over on.",
        ),
        Column(
            "Decision",
            entry=True,
            width=22,
            choices='IF($F{row}="forced",DecisionsForced,Decisions)',
            help="accept / accept, hand over later / reject (not for forced moves) / override / data is wrong",
        ),
        Column(
            "Hand over on",
            Kind.DATE,
            entry=True,
            width=13,
            between=(when, latest),
            help=f"With 'accept, hand over later': the day, at latest {latest.isoformat()}.",
        ),
        Column("Override", entry=True, width=20, choices="CsmNames", help="The CSM who should have it instead."),
        Column("Reason", entry=True, width=26, choices="Reasons"),
        Column("Comment", entry=True, width=36, wrap=True),
        Column(
            "Credit until", Kind.DATE, entry=True, help="Until this day the renewal counts for the CSM it comes from."
        ),
    )
