"""Settling a round: closing it for those who did not answer, approving exceptions, sealing the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bookwright import store
from bookwright.findings import ReviewError
from bookwright.review.conflicts import in_conflict
from bookwright.review.decisions import OPERATIONS, Answer, Decision
from bookwright.review.merge import Merged, merge
from bookwright.review.price import wanted_by
from bookwright.review.proposal import Barred, Proposal, propose
from bookwright.review.rounds import Approval, Rounds
from bookwright.review.send import refuse_settled

Silent = Literal["accept", "keep"]


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing settled: moves nobody answered for, taken as accepted or kept with today's CSM.

    `following` are those left open, as an answer about another member of their family sends it elsewhere.
    """

    round: int
    accepted: tuple[str, ...]
    kept: tuple[str, ...]
    following: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideRules:
    """An override that a rule speaks against: applied only once it is approved."""

    account_id: str
    csm_id: str
    reviewer: str
    why: str
    rules: tuple[str, ...]
    approved: bool


def close(store_path: str | Path, silent: Silent, *, now: dt.datetime) -> Closed:
    """Close the round: a move that nobody answered for is accepted, or kept where today's CSM may keep it.

    Raises `ReviewError` where no round was sent, answers are in conflict, or the round is closed already.
    """
    number = store.rounds_planned(store_path)[-1]
    stored = store.load(store_path, number)
    with Rounds(store_path) as rounds:
        refuse_settled(rounds, number)
        current = rounds.current()
        if current is None or current.number != number:
            raise ReviewError(f"Round {number} was not sent yet. Maybe `bookwright review send` first.")
        merged = merge(rounds.decisions(number))
        _refuse_conflicts(merged)
        open_moves = unanswered(stored, merged)
        kept = tuple(a for a in open_moves if silent == "keep" and stored.kinds[a] == "chosen")
        silently = {a: stored.before[a] if a in set(kept) else stored.after[a] for a in open_moves}
        following = _following(propose(stored, now.date()), merged, silently)
        kept = tuple(a for a in kept if a not in following)
        accepted = tuple(a for a in open_moves if a not in {*kept, *following})
        settled = [_silent(a, Answer.REJECT, number) for a in kept]
        settled += [_silent(a, Answer.ACCEPT, number) for a in accepted]
        rounds.close(number, silent, now, settled)
    return Closed(number, accepted, kept, tuple(a for a in open_moves if a in following))


def _following(proposal: Proposal, merged: Merged, silently: Mapping[str, str | None]) -> frozenset[str]:
    """Accounts whose family an answer sends to another CSM than silence would: silence does not speak against it."""
    stored, accounts = proposal.stored, proposal.problem.accounts
    found = set()
    for _, group in proposal.board.groups:
        members = [accounts[i].id for i in group]
        asked = {wanted_by(d, stored.before, stored.after) for a in members if (d := merged.decisions.get(a))} - {None}
        found |= {a for a in members if a in silently and asked and silently[a] not in asked}
    return frozenset(found)


def unanswered(stored: store.Stored, merged: Merged) -> tuple[str, ...]:
    """Accounts that change hands and about which nothing stands and nothing is in conflict."""
    disputed = {c.account_id for c in merged.conflicts}
    return tuple(a for a in stored.kinds if a not in merged.decisions and a not in disputed)


def exceptions(proposal: Proposal, merged: Merged, approvals: Sequence[Approval]) -> tuple[OutsideRules, ...]:
    """Standing overrides to CSMs whom a rule bars, and whether each was approved."""
    approved = {pair for a in approvals if a.kind == "exceptions" for pair in a.content}
    found = []
    for d in merged.decisions.values():
        if d.answer is not Answer.OVERRIDE or d.csm_id is None:
            continue
        barred: Barred | None = proposal.barred(d.account_id, d.csm_id)
        if barred is not None:
            why = "; ".join(barred.reasons)
            ok = (d.account_id, d.csm_id) in approved and not barred.refused
            found.append(OutsideRules(d.account_id, d.csm_id, d.reviewer, why, barred.rules, ok))
    return tuple(found)


def approve_exceptions(store_path: str | Path, *, who: str, now: dt.datetime) -> tuple[OutsideRules, ...]:
    """Approve the exceptions that stand now, and no later ones; returns those newly approved."""
    number = store.rounds_planned(store_path)[-1]
    stored = store.load(store_path, number)
    proposal = propose(stored, now.date())
    with Rounds(store_path) as rounds:
        merged = merge(rounds.decisions(number))
        asked = tuple(e for e in exceptions(proposal, merged, rounds.approvals(number)) if not e.approved)
        if asked:
            pairs = tuple((e.account_id, e.csm_id) for e in asked)
            told = (stored.meta["plan_hash"], stored.meta["fingerprint"])
            rounds.approve(Approval(number, "exceptions", who, now, *told, pairs))
    return asked


def approve(store_path: str | Path, *, who: str, now: dt.datetime) -> Approval:
    """Seal the plan of the last round: who, when, and its fingerprint; it changes only by a new round.

    Raises `ReviewError` where answers are in conflict, moves of a sent round have no answer, or answers ask for
    something else than this plan does.
    """
    number = store.rounds_planned(store_path)[-1]
    stored = store.load(store_path, number)
    with Rounds(store_path) as rounds:
        seal = rounds.sealed(number)
        if seal is not None:
            when = seal.approved_at.date().isoformat()
            raise ReviewError(f"The plan of round {number} was sealed by {seal.who} on {when}.")
        merged = merge(rounds.decisions(number))
        _refuse_conflicts(merged)
        current = rounds.current()
        sent = current is not None and current.number == number
        open_moves = unanswered(stored, merged)
        if sent and open_moves:
            raise ReviewError(
                f"{len(open_moves)} moves have no answer. Maybe `bookwright review close PLAN --silent accept` first."
            )
        other = [d for d in merged.decisions.values() if d.answer is not Answer.ACCEPT]
        if other:
            raise ReviewError(
                f"{len(other)} answers ask for something else than this plan does."
                f" Maybe plan them in first: bookwright plan PLAN --round {number + 1} --book BOOK"
            )
        approval = Approval(number, "plan", who, now, stored.meta["plan_hash"], stored.meta["fingerprint"])
        rounds.approve(approval)
    return approval


def _silent(account_id: str, answer: Answer, round: int) -> Decision:
    return Decision(account_id, answer, comment="nobody answered", reviewer=OPERATIONS, round=round)


def _refuse_conflicts(merged: Merged) -> None:
    if merged.conflicts:
        raise ReviewError(f"{in_conflict(len(merged.conflicts))}. Maybe fill in the Conflicts workbook and collect it.")
