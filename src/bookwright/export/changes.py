"""What a plan changes in the CRM: accounts with another CSM, in the order in which they are handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bookwright import store
from bookwright.books import Plan
from bookwright.export.days import kept_days
from bookwright.findings import ReviewError
from bookwright.hand_over import schedule
from bookwright.portfolio import Account, Csm
from bookwright.problem import Problem
from bookwright.result import Status
from bookwright.review.announced import told
from bookwright.review.decisions import Answer
from bookwright.review.merge import merge
from bookwright.review.proposal import Proposal, propose
from bookwright.review.rounds import Rounds, has_rounds


@dataclass(frozen=True, slots=True)
class Change:
    """One account that changes hands: `csm_from` is None where no CSM of the plan has it today.

    `hand_over_on` is the day it was accepted for, else that of its wave, else the first day of its planned month.
    """

    account: Account
    csm_from: str | None
    csm_to: str
    kind: str
    hand_over_on: dt.date


@dataclass(frozen=True, eq=False)
class Transition:
    """The changes of a plan's last round, first hand-over first, within a day the largest ARR.

    `held_back` are labels (CSM, account) of moves that would reveal a departure or a new colleague not announced yet;
    `sealed_by` is "" for a plan that was not sealed.
    """

    store_path: Path
    round: int
    proposal: Proposal = field(repr=False)
    changes: tuple[Change, ...]
    held_back: tuple[tuple[str, str], ...]
    sealed_by: str

    @property
    def plan_id(self) -> str:
        """The plan's id, as on the workbook's Run sheet."""
        return self.proposal.stored.plan_id

    @property
    def left_out(self) -> int:
        """How many moves are held back; one from a secret departure to a secret start tells of both."""
        return len({account for _, account in self.held_back})

    def csm(self, csm_id: str | None) -> Csm | None:
        """A CSM of the plan by id."""
        return self.proposal.problem.portfolio.csm_by_id.get(csm_id or "")

    def giver(self, change: Change) -> str:
        """Who has the account today: a CSM's label, else the cell as the book writes it."""
        return self.proposal.csm_label(change.csm_from) or change.account.csm_text


def transition(store_path: str | Path, today: dt.date, *, hold_back: bool = False, draft: bool = False) -> Transition:
    """The changes of a stored plan, as they may be passed on today.

    Raises `ReviewError` (exit 6) where the plan is under review and not sealed or does not keep its hard rules (unless
    it is a `draft`), and where the changes would reveal a departure or a new colleague before their `Announce on`
    (unless those moves are held back).
    """
    place = Path(store_path)
    number = store.rounds_planned(place)[-1]
    stored = store.load(place, number)
    sealed_by, days = _reviewed(place, number, draft)
    if stored.meta.get("status") in (Status.IMPOSSIBLE.value, Status.NO_PLAN_FOUND.value) and not draft:
        raise ReviewError(
            "This plan is the nearest one: it does not keep every hard rule. Maybe plan again; --draft exports it so."
        )
    proposal = propose(stored, today)
    if proposal.held_back and not hold_back:
        raise ReviewError(_would_reveal(proposal, today))
    problem = proposal.problem
    kept = kept_days(place, stored.plan_id)
    planned = stored.days or _scheduled(problem, proposal.after)
    found = []
    for account_id in proposal.moving:
        to = proposal.after[account_id]
        if to is None:
            continue
        day = days.get((account_id, to)) or kept.get(account_id) or planned[account_id]
        account = problem.portfolio.account_by_id[account_id]
        found.append(Change(account, proposal.before[account_id], to, proposal.kind[account_id], day))
    found.sort(key=lambda c: (c.hand_over_on, -c.account.arr, c.account.id))
    book = problem.portfolio.account_by_id
    held = tuple((proposal.csm_label(c), book[a].label) for c, a in proposal.held_back)
    return Transition(place, number, proposal, tuple(found), held, sealed_by)


def _reviewed(place: Path, number: int, draft: bool) -> tuple[str, Mapping[tuple[str, str], dt.date]]:
    """Who sealed the plan, and the days that reviewers accepted moves for, by account and receiving CSM."""
    if not has_rounds(place):
        return "", {}
    days: dict[tuple[str, str], dt.date] = {}
    with Rounds(place) as rounds:
        seal = rounds.sealed(number)
        if seal is None and not draft:
            raise ReviewError(
                f"The plan of round {number} is under review and not sealed. Maybe `bookwright review approve PLAN`"
                " first; --draft exports it as it is."
            )
        for earlier in range(1, number + 1):
            after = store.load(place, earlier).after
            for decision in merge(rounds.decisions(earlier)).decisions.values():
                to = after.get(decision.account_id)
                if decision.answer is Answer.ACCEPT_LATER and decision.hand_over_on and to:
                    days[(decision.account_id, to)] = decision.hand_over_on
    return (seal.who if seal else ""), days


def _scheduled(problem: Problem, after: Mapping[str, str | None]) -> Mapping[str, dt.date]:
    """The days of a plan whose store is of an earlier version and does not hold them."""
    return {a: h.on for a, h in schedule(problem, Plan.from_ids(problem, after)).hand_overs.items()}


def _would_reveal(proposal: Proposal, today: dt.date) -> str:
    lines = ["This would reveal departures or new colleagues that are not announced yet:"]
    lines += told(proposal.problem, proposal.held_back, today, proposal.csm_label)
    lines.append("Maybe wait for the day of the announcement, or leave those accounts out with --hold-back.")
    return "\n".join(lines)
