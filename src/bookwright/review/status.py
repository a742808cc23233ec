"""Where a round stands: who has answered, what was accepted and rejected, what is open, in conflict, or to correct."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bookwright import store
from bookwright.review.decisions import Answer, Correction
from bookwright.review.effect import Counted
from bookwright.review.merge import Conflict, Merged, merge
from bookwright.review.proposal import Proposal, propose
from bookwright.review.rounds import Approval, Round, Rounds
from bookwright.review.settle import OutsideRules, exceptions, unanswered


@dataclass(frozen=True, slots=True)
class ReviewerStatus:
    """One reviewer: moves in scope and how many of them were answered; when something last came back."""

    name: str
    moves: int
    answered: int
    by_answer: Mapping[Answer, int]
    last_returned: dt.datetime | None


@dataclass(frozen=True, eq=False)
class RoundStatus(Counted):
    """Where a round stands. `round` is None before anything was sent."""

    number: int
    round: Round | None
    plan_id: str
    moves: int
    reviewers: tuple[ReviewerStatus, ...]
    merged: Merged
    open_moves: tuple[str, ...]
    exceptions: tuple[OutsideRules, ...]
    corrections: tuple[Correction, ...]
    seal: Approval | None
    proposal: Proposal

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Accounts about which answers differ."""
        return self.merged.conflicts

    @property
    def by_answer(self) -> Mapping[Answer, int]:
        """How many standing decisions of each kind."""
        return Counter(d.answer for d in self.merged.decisions.values())


def status(store_path: str | Path, *, now: dt.datetime) -> RoundStatus:
    """Where the last round of a plan stands; reads only, apart from making room for rounds in the store."""
    number = store.rounds_planned(store_path)[-1]
    stored = store.load(store_path, number)
    proposal = propose(stored, now.date())
    with Rounds(store_path) as rounds:
        current = rounds.current()
        answers = rounds.decisions(number)
        merged = merge(answers)
        scope: dict[str, set[str]] = {}
        for f in rounds.files_sent(number):
            if f.base["kind"] == "review":
                mine = scope.setdefault(f.reviewer, set())
                mine.update(a for a, row in f.base["rows"].items() if row["kind"])
        returned = {f.reviewer: f.returned_at for f in rounds.files_returned(number)}
        for name in dict.fromkeys([*(d.reviewer for d in answers), *returned]):
            scope.setdefault(name, set())
        people = []
        for name, mine in scope.items():
            told = {d.account_id: d.answer for d in answers if d.reviewer == name}
            counted = Counter(told.values())
            people.append(ReviewerStatus(name, len(mine), len(mine & set(told)), counted, returned.get(name)))
        return RoundStatus(
            number=number,
            round=current if current is not None and current.number == number else None,
            plan_id=stored.plan_id,
            moves=len(stored.kinds),
            reviewers=tuple(people),
            merged=merged,
            open_moves=unanswered(stored, merged),
            exceptions=exceptions(proposal, merged, rounds.approvals(number)),
            corrections=rounds.corrections(number),
            seal=rounds.sealed(number),
            proposal=proposal,
        )
