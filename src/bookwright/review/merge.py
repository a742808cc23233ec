"""Three-way merge of answers: the store's base, every returned cell, and no file that wins by coming last.

A blank cell is the base. One answer, or several alike, stand. Answers that differ in what they decide are a conflict,
also two of one reviewer: only `--replace` takes an answer back. A reason or comment is a testimony and never in
conflict: all are kept. A ruling on a conflict stands over the answers it was made in sight of, and no others. The
outcome depends on which answers there are, not on their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bookwright.review.decisions import Decision


@dataclass(frozen=True, slots=True)
class Conflict:
    """An account about which standing answers differ; `answers` in a fixed order, not that of their arrival."""

    account_id: str
    answers: tuple[Decision, ...]


@dataclass(frozen=True)
class Merged:
    """What holds: one decision per account, and what people must still decide.

    A standing decision that several reviewers share carries their names in `reviewer`, joined by ", ", and their
    reasons and comments likewise.
    """

    decisions: Mapping[str, Decision] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()


def merge(answers: Iterable[Decision]) -> Merged:
    """One standing decision per account, and the conflicts; by account id."""
    by_account: dict[str, dict[str, Decision]] = {}
    for answer in answers:
        if not answer.withdrawn_by:
            by_account.setdefault(answer.account_id, {}).setdefault(answer.key, answer)
    decisions: dict[str, Decision] = {}
    conflicts = []
    for account_id in sorted(by_account):
        standing = _standing(by_account[account_id])
        if len({a.outcome for a in standing}) == 1:
            decisions[account_id] = _joined(standing)
        else:
            conflicts.append(Conflict(account_id, standing))
    return Merged(decisions, tuple(conflicts))


def _standing(answers: Mapping[str, Decision]) -> tuple[Decision, ...]:
    """The answers that no ruling was made over, in a fixed order."""
    over = {key for answer in answers.values() for key in answer.over}
    return tuple(answers[key] for key in sorted(answers) if key not in over)


def _joined(alike: tuple[Decision, ...]) -> Decision:
    """Answers that decide the same, as one."""
    return replace(
        alike[0],
        reviewer=", ".join(dict.fromkeys(a.reviewer for a in alike)),
        reason=_together(a.reason for a in alike),
        comment=_together(a.comment for a in alike),
    )


def _together(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(t for t in texts if t))
