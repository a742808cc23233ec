"""Alarms: when what reviewers decided stops being exceptions to a plan and becomes another plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from bookwright.portfolio import Portfolio, Status
from bookwright.review.decisions import Answer, Decision

HELD_SHARE = 0.10
HELD_AT_LEAST = 10
REJECTED_SHARE = 0.30


def alarms(
    portfolio: Portfolio,
    decisions: Iterable[Decision],
    kinds: Mapping[str, str],
    standing_holdovers: Iterable[str] = (),
) -> tuple[str, ...]:
    """Sentences to say loudly; none when all is well.

    Standing pins, overrides and holdovers together above 10 % of a segment's planned accounts, and at least 10; more
    than 30 % of the moves rejected, with the most frequent reason. `kinds` = account id -> placed, forced or chosen for
    the plan's moves (a forced or placed move cannot be rejected, so chosen ones count).
    """
    decided = list(decisions)
    return (*_held(portfolio, decided, set(standing_holdovers)), *_rejected(decided, kinds))


def _held(portfolio: Portfolio, decisions: list[Decision], holdovers: set[str]) -> list[str]:
    overrides = {d.account_id for d in decisions if d.answer is Answer.OVERRIDE}
    later = {d.account_id for d in decisions if d.answer is Answer.ACCEPT_LATER} | holdovers
    accounts: Counter[str] = Counter()
    counted: dict[str, Counter[str]] = {}
    for a in portfolio.accounts:
        if not a.planned:
            continue
        accounts[a.segment] += 1
        pinned = a.pin is not None or a.status is Status.NOTICE
        kind = "overrides" if a.id in overrides else "holdovers" if a.id in later else "pins" if pinned else ""
        if kind:
            counted.setdefault(a.segment, Counter())[kind] += 1
    found = []
    for segment, kinds in counted.items():
        held, total = sum(kinds.values()), accounts[segment]
        if held >= HELD_AT_LEAST and held > HELD_SHARE * total:
            parts = ", ".join(f"{n:,} {kind}" for kind, n in sorted(kinds.items()))
            head = f"{held:,} of {total:,} {segment or 'unsegmented'} accounts ({held / total:.0%}) are held by hand"
            found.append(f"{head} ({parts}). Maybe the rules or the facts are wrong, not the plan.")
    return found


def _rejected(decisions: list[Decision], kinds: Mapping[str, str]) -> list[str]:
    chosen = {a for a, kind in kinds.items() if kind == "chosen"}
    refused = [d for d in decisions if d.answer is Answer.REJECT and d.account_id in chosen]
    if not chosen or len(refused) <= REJECTED_SHARE * len(chosen):
        return []
    reasons = Counter(reason.strip() for d in refused for reason in d.reason.split(";") if reason.strip())
    text = f"{len(refused):,} of {len(chosen):,} chosen moves ({len(refused) / len(chosen):.0%}) were rejected"
    if reasons:
        most = max(reasons.values())
        first = sorted(r for r, n in reasons.items() if n == most)[0]
        text += f", most often for: {first} ({most:,} {'times' if most > 1 else 'time'})"
    return [text + "."]
