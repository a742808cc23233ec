"""What the review commands show of answers and of where a round stands: lines for people, plain values for --json."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bookwright.review.decisions import Decision
    from bookwright.review.effect import Effect
    from bookwright.review.proposal import Proposal
    from bookwright.review.status import RoundStatus

MOST_LINES = 40


def decision_json(d: Decision) -> dict[str, Any]:
    """An answer as plain values."""
    return {
        "account_id": d.account_id,
        "answer": d.answer.value,
        "csm_id": d.csm_id,
        "hand_over_on": d.hand_over_on,
        "reason": d.reason,
        "comment": d.comment,
        "reviewer": d.reviewer,
        "file": d.file,
        "cell": d.cell,
    }


def price_json(effect: Effect | None) -> dict[str, Any] | None:
    """A price by arithmetic as plain values, null for an answer that asks for what the plan says."""
    return None if effect is None else dataclasses.asdict(effect)


def short(d: Decision, proposal: Proposal) -> str:
    """An answer in a line: the move it is about, what was said, and why."""
    before, after = proposal.before[d.account_id], proposal.stored.after[d.account_id]
    names = [proposal.csm_label(c) or "nobody" for c in (before, after)]
    move = f"{names[0]} to {names[1]}" if before != after else f"with {names[0]}"
    what = d.answer.word + (f" to {proposal.csm_label(d.csm_id)}" if d.csm_id else "")
    what += f" on {d.hand_over_on}" if d.hand_over_on else ""
    why = "; ".join(t for t in (d.reason, d.comment) if t)
    return f"{move}: {what}{f' ({why})' if why else ''}"


def status_lines(s: RoundStatus) -> list[str]:
    """Where a round stands, in lines."""
    if s.round is None:
        state = "not sent yet"
    elif s.round.closed_at:
        state = f"closed on {s.round.closed_at.date()}, silence means {s.round.silent}"
    else:
        state = f"sent on {s.round.opened_at.date()}" + (f", due {s.round.due}" if s.round.due else "")
    lines = [f"Round {s.number} of plan {s.plan_id}: {state}."]
    for r in s.reviewers:
        told = ", ".join(f"{n} {a.word}" for a, n in r.by_answer.items())
        when = f" (last file {r.last_returned.date()})" if r.last_returned else ""
        lines.append(f"  {r.name}: {r.answered} of {r.moves} moves answered{f': {told}' if told else ''}{when}")
    told = ", ".join(f"{n} {a.word}" for a, n in s.by_answer.items()) or "none"
    lines.append(f"Standing decisions: {told}. Open: {len(s.open_moves)} of {s.moves} moves.")
    if s.conflicts:
        accounts = s.proposal.problem.portfolio.account_by_id
        more = f" and {len(s.conflicts) - 20:,} more" if len(s.conflicts) > 20 else ""
        lines.append(f"In conflict: {', '.join(accounts[c.account_id].label for c in s.conflicts[:20])}{more}.")
    if s.effects:
        from bookwright.review.effect import sentence

        label_of = s.proposal.problem.portfolio.account_by_id
        lines.append("What decisions ask for instead of the plan, each alone and nothing else changed:")
        for a, effect in list(s.effects.items())[:MOST_LINES]:
            name = s.proposal.csm_label(effect.wanted[a])
            lines.append(f"  {label_of[a].label} with {name}: {sentence(effect, s.proposal)}.")
        if len(s.effects) > MOST_LINES:
            lines.append(f"  ... and {len(s.effects) - MOST_LINES:,} more.")
        if s.together is not None and len(s.effects) > 1:
            lines.append(f"  All together: {sentence(s.together, s.proposal)}.")
        lines.append("  After the best repair: bookwright review price PLAN")
    for e in s.exceptions:
        label, name = e.account_id, s.proposal.csm_label(e.csm_id)
        lines.append(f"Exception{'' if e.approved else ', not approved'}: {label} to {name}, who {e.why}.")
    waiting = sum(not c.verdict for c in s.corrections)
    if s.corrections:
        lines.append(f"Corrections: {len(s.corrections)} asked for, {waiting} open (bookwright review corrections).")
    if s.seal:
        lines.append(f"Sealed by {s.seal.who} at {s.seal.approved_at.isoformat()}, fingerprint {s.seal.fingerprint}.")
    return lines


def status_json(s: RoundStatus) -> dict[str, Any]:
    """Where a round stands, as plain values."""
    return {
        "round": s.number,
        "plan_id": s.plan_id,
        "sent_at": s.round.opened_at if s.round else None,
        "due": s.round.due if s.round else None,
        "closed_at": s.round.closed_at if s.round else None,
        "silent": s.round.silent if s.round else "",
        "moves": s.moves,
        "open": list(s.open_moves),
        "reviewers": [
            {
                "name": r.name,
                "moves": r.moves,
                "answered": r.answered,
                "answers": {a.value: n for a, n in r.by_answer.items()},
                "last_returned": r.last_returned,
            }
            for r in s.reviewers
        ],
        "decisions": {a.value: n for a, n in s.by_answer.items()},
        "conflicts": [c.account_id for c in s.conflicts],
        "prices": [price_json(e) for e in s.effects.values()],
        "price_together": price_json(s.together),
        "exceptions": [
            {"account_id": e.account_id, "csm_id": e.csm_id, "why": e.why, "approved": e.approved} for e in s.exceptions
        ],
        "corrections": [
            {"account_id": c.account_id, "column": c.column, "should_be": c.should_be, "verdict": c.verdict}
            for c in s.corrections
        ],
        "sealed": {"by": s.seal.who, "at": s.seal.approved_at, "fingerprint": s.seal.fingerprint} if s.seal else None,
    }
