"""Which decisions stand in a new round: joined by account id to today's book, and tested against its rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bookwright.problem import Problem
from bookwright.result import Holdover
from bookwright.review.decisions import Answer, Decision
from bookwright.rules import Board
from bookwright.workload import month_starts

_ASIDE = ("pins", "freezes", "decisions")
"""Bars of holds: a decision beats a freeze, and a pin elsewhere refuses it by its own word."""
_VERB = {
    Answer.ACCEPT: "accepted",
    Answer.ACCEPT_LATER: "accepted for later",
    Answer.REJECT: "rejected",
    Answer.OVERRIDE: "overridden",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision that holds: its account is with `csm_id` in the new plan."""

    decision: Decision
    csm_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A decision that does not hold in the new round: it lapsed, is refused, or waits for an approval; and why."""

    decision: Decision
    why: str


@dataclass(frozen=True)
class Standing:
    """Decisions sorted: `kept`, `lapsed` (facts changed), `refused` (a never or a pin), `waiting` (exceptions)."""

    kept: tuple[Kept, ...]
    lapsed: tuple[Dropped, ...]
    refused: tuple[Dropped, ...]
    waiting: tuple[Dropped, ...]
    exceptions: tuple[Dropped, ...]
    """Approved exceptions that hold, each with the rule it breaks."""
    holdovers: tuple[Holdover, ...]

    @property
    def hold(self) -> dict[str, dict[str, str]]:
        """The settings of the decisions rule: account id -> CSM id and why."""
        return {k.decision.account_id: {"csm": k.csm_id, "why": k.why} for k in self.kept}


@dataclass(frozen=True, slots=True)
class Answered:
    """A standing decision with what its round proposed: today's CSM then (`before`) and the plan's (`after`)."""

    decision: Decision
    before: str | None
    after: str | None


def latest(
    rounds: Iterable[tuple[Mapping[str, Decision], Mapping[str, str | None], Mapping[str, str | None]]],
) -> dict[str, Answered]:
    """The last word on each account over all rounds, given as (decisions, before, after) in order.

    "Data is wrong" asks for nothing, so an earlier decision stands behind it.
    """
    found: dict[str, Answered] = {}
    for decisions, before, after in rounds:
        for account_id, d in decisions.items():
            if d.answer is not Answer.DATA_IS_WRONG:
                found[account_id] = Answered(d, before.get(account_id), after.get(account_id))
    return found


def sort(
    answers: Mapping[str, Answered],
    board: Board,
    approved: Collection[tuple[str, str]],
    gone_names: Mapping[str, str],
) -> Standing:
    """Test each decision against today's book; `approved` are (account id, CSM id) of approved exceptions.

    `gone_names` = names of CSMs of earlier books, for those who are not on today's sheet.
    """
    problem = board.problem
    kept: list[Kept] = []
    bins: dict[str, list[Dropped]] = {"lapsed": [], "refused": [], "waiting": [], "exceptions": []}
    holdovers = []
    for account_id in sorted(answers):
        asked = answers[account_id]
        target, why = _target(asked, problem, gone_names)
        if target is None:
            bins["lapsed"].append(Dropped(asked.decision, why))
            continue
        i, j = problem.account_position[account_id], problem.csm_position[target]
        bin_name, why = _verdict(board, i, j, (account_id, target) in approved, asked.decision)
        if bin_name:
            bins[bin_name].append(Dropped(asked.decision, why))
        if bin_name in ("lapsed", "refused", "waiting"):
            continue
        csm_id = target
        if asked.decision.answer is Answer.ACCEPT_LATER and asked.decision.hand_over_on and problem.owner[i] >= 0:
            holdover = _holdover(problem, i, target, asked.decision, asked.decision.hand_over_on)
            if holdover is not None:
                holdovers.append(holdover)
                csm_id = holdover.counts_with
        kept.append(Kept(asked.decision, csm_id, _why(asked.decision)))
    return Standing(
        tuple(kept),
        tuple(bins["lapsed"]),
        tuple(bins["refused"]),
        tuple(bins["waiting"]),
        tuple(bins["exceptions"]),
        tuple(holdovers),
    )


def _target(asked: Answered, problem: Problem, gone_names: Mapping[str, str]) -> tuple[str | None, str]:
    """The CSM a decision asks for, or why it lapses."""
    d = asked.decision
    if d.account_id not in problem.account_position:
        return None, "the account is not in the book any more, or not planned"
    target = {Answer.OVERRIDE: d.csm_id, Answer.REJECT: asked.before}.get(d.answer, asked.after)
    if target is None:
        return None, "it names no CSM"
    j = problem.csm_position.get(target)
    if j is None:
        return None, f"{gone_names.get(target, target)} is not on the CSMs sheet any more"
    if problem.leaves[j]:
        return None, f"{problem.csms[j].name} cannot own accounts when the horizon ends"
    home = problem.accounts[problem.account_position[d.account_id]].csm_id
    if d.answer is Answer.REJECT and home != target:
        return (
            None,
            f"the account has gone from {problem.csms[j].name} to {problem.portfolio.csm_name(home) or 'nobody'}",
        )
    return target, ""


def _verdict(board: Board, i: int, j: int, approved: bool, decision: Decision) -> tuple[str, str]:
    """("", "") when a decision holds, else where it goes and why."""
    problem, account = board.problem, board.problem.accounts[i]
    hold = board.holds.get(i)
    name = problem.csms[j].name
    notice = hold is not None and hold.why == "notice was given"
    if hold is not None and hold.csm != j and (hold.rule == "pins" or notice):
        return "refused", f"{account.label} is held with {problem.csms[hold.csm].name} ({hold.why})"
    bits = int(board.bars[i, j])
    broken = []
    for rule, bit in board.bits.items():
        if not bits >> bit & 1 or rule in _ASIDE:
            continue
        reason = f"{name} {board.reasons[rule](i, j)}"
        if rule in board.absolute:
            return ("refused" if decision.answer is Answer.OVERRIDE else "lapsed"), reason
        broken.append(reason)
    if not broken:
        return "", ""
    why = "; ".join(broken)
    if decision.answer is not Answer.OVERRIDE:
        return "lapsed", why
    return ("exceptions" if approved else "waiting"), why


def _holdover(problem: Problem, i: int, target: str, decision: Decision, until: dt.date) -> Holdover | None:
    """The hand-over still to come; None when its day has passed or the account is there already."""
    account, home = problem.accounts[i], problem.csms[int(problem.owner[i])].id
    if until <= problem.effective_date or home == target or problem.leaves[int(problem.owner[i])]:
        return None
    last_month = month_starts(problem.effective_date, problem.model.horizon.months)[-2]
    counts = target if until <= last_month else home
    hours = float(problem.hours[i])
    return Holdover(account.id, home, target, until, hours, account.arr, counts, decision.reason)


def _why(d: Decision) -> str:
    because = f": {d.reason}" if d.reason else ""
    return f"{_VERB[d.answer]} in round {d.round} by {d.reviewer}{because}"


def lines(found: Standing, problem: Problem) -> list[str]:
    """What became of the decisions, in sentences, naming whose each one was."""
    kinds = {a: sum(k.decision.answer is a for k in found.kept) for a in _VERB}
    parts = [f"{n:,} {_VERB[a]}" for a, n in kinds.items() if n]
    said = [f"{len(found.kept):,} decisions hold: {', '.join(parts)}." if parts else "No decisions to hold."]
    groups: Sequence[tuple[str, Sequence[Dropped]]] = (
        ("lapses", found.lapsed),
        ("is refused", found.refused),
        ("waits for `review approve --exceptions`", found.waiting),
        ("is an approved exception", found.exceptions),
    )
    book = problem.portfolio.account_by_id
    for verb, group in groups:
        for g in group:
            label = book[g.decision.account_id].label if g.decision.account_id in book else g.decision.account_id
            said.append(f"{label}: the decision of {g.decision.reviewer} ({g.decision.answer.word}) {verb}: {g.why}.")
    for h in found.holdovers:
        name = problem.portfolio.csm_name
        text = f"{book[h.account_id].label} stays with {name(h.csm_from)} until {h.until.isoformat()}"
        said.append(f"{text}, then goes to {name(h.csm_to)}.")
    return said
