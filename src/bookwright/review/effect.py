"""The price of a decision by arithmetic: what it does to the plan as it stands, with nothing else changed.

Quick enough to stand beside every answer that comes in. What the best repair brings it down to, and what is proved, is
the work of `review.price`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.explain.trial import Trial
from bookwright.review.decisions import Decision
from bookwright.review.merge import Merged
from bookwright.review.price import NOTHING, arr_outside, costs_in_words, overload, points_in_words, wanted_by
from bookwright.review.proposal import Proposal
from bookwright.solve import unit_of


@dataclass(frozen=True, slots=True)
class Effect:
    """What accounts given to other CSMs do to the plan as it stands, everything else as planned.

    `wanted` = account id -> CSM id. In people's units, plan with it less plan without: `overload_hours` over 100 % a
    month, `arr_outside` the ARR bands, `points` of the price of moves, `moves` of all kinds. `books` = CSM id -> share
    of hours used before and after (None without hours), `breaks` the titles of hard limits that it goes beyond,
    `follow` how many members of a family go along.
    """

    wanted: Mapping[str, str]
    overload_hours: float
    arr_outside: float
    points: float
    moves: int
    books: Mapping[str, tuple[float | None, float | None]]
    breaks: tuple[str, ...] = ()
    follow: int = 0


class Effects:
    """Effects of decisions on one proposal's plan, each counted from the same books."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        plan = Plan.from_ids(proposal.problem, proposal.stored.after)
        self.trial = Trial(proposal.board, plan)
        self._outside = arr_outside(proposal.board, plan)
        self._overload = overload(plan)

    def wanted(self, decisions: Iterable[Decision]) -> dict[str, str]:
        """Account id -> CSM id of decisions that ask for something else than the plan does."""
        stored = self.proposal.stored
        asked = ((d.account_id, wanted_by(d, stored.before, stored.after)) for d in decisions)
        known = self.proposal.problem.csm_position
        return {a: c for a, c in asked if c is not None and c in known and c != stored.after.get(a)}

    def of(self, wanted: Mapping[str, str]) -> Effect:
        """What these wishes together do to the plan."""
        problem, trial = self.proposal.problem, self.trial
        now = trial.plan.csm_of
        then = now.copy()
        for account_id, csm_id in wanted.items():
            then[list(trial.members(problem.account_position[account_id]))] = problem.csm_position[csm_id]
        after = Plan(problem, then, trial.plan.forced)
        changed = np.flatnonzero(then != now)
        touched = sorted({int(j) for j in (*now[changed].tolist(), *then[changed].tolist()) if j >= 0})
        one = len(wanted) == 1
        first = next(iter(wanted), "")
        tried = trial.to(problem.account_position[first], problem.csm_position[wanted[first]]) if one else None
        return Effect(
            wanted=dict(wanted),
            overload_hours=overload(after) - self._overload,
            arr_outside=arr_outside(self.proposal.board, after) - self._outside,
            points=self._points(changed, now, then),
            moves=len(after.moves) - len(trial.plan.moves),
            books={problem.csms[j].id: (_share(trial.plan, j), _share(after, j)) for j in touched},
            breaks=tuple(dict.fromkeys(w.rows.title for w in tried.walls)) if tried else (),
            follow=len(changed) - len(wanted),
        )

    def _points(self, changed: NDArray[np.intp], now: NDArray[np.int32], then: NDArray[np.int32]) -> float:
        """Change of the price of moves, in points."""
        total = 0
        for cost in self.proposal.board.costs.get("moves", ()):
            total += int(cost(changed, then[changed].astype(np.intp)).sum())
            owned = changed[now[changed] >= 0]
            total -= int(cost(owned, now[owned].astype(np.intp)).sum())
        return total / unit_of("moves")[0]


class Counted:
    """What decisions cost by arithmetic, for what has `merged` decisions on a `proposal`."""

    merged: Merged
    proposal: Proposal

    @cached_property
    def effects(self) -> Mapping[str, Effect]:
        """Account id -> what the decision that stands does to the plan as it is, where it asks for something else."""
        wanted = self._count.wanted(self.merged.decisions.values())
        return {a: self._count.of({a: c}) for a, c in wanted.items()}

    @cached_property
    def together(self) -> Effect | None:
        """What all standing decisions together do to the plan as it is; None where none asks for something else."""
        wanted = self._count.wanted(self.merged.decisions.values())
        return self._count.of(wanted) if wanted else None

    def effect_of(self, answer: Decision) -> Effect | None:
        """What one answer would do, standing or in conflict; None where it asks for what the plan says."""
        wanted = self._count.wanted([answer])
        return self._count.of(wanted) if wanted else None

    @cached_property
    def _count(self) -> Effects:
        return Effects(self.proposal)


def sentence(effect: Effect, proposal: Proposal) -> str:
    """An effect in words; to be read after what it is the effect of."""
    parts = costs_in_words(effect.overload_hours, effect.arr_outside, effect.moves)
    if abs(effect.points) >= 0.05:
        parts.append(points_in_words(effect.points))
    shown = list(effect.books.items())[:2] if len(effect.wanted) == 1 else []
    for csm_id, (before, after) in shown:
        if before is not None and after is not None:
            parts.append(f"{proposal.csm_label(csm_id)} {before:.0%} to {after:.0%} of hours")
    if effect.breaks:
        parts.append(f"goes beyond a hard limit: {', '.join(effect.breaks)}")
    if effect.follow:
        parts.append(f"{effect.follow} of the same family go along" if effect.follow > 1 else "its family goes along")
    return "; ".join(parts) if parts else NOTHING


def _share(plan: Plan, j: int) -> float | None:
    book = plan.books[j]
    return book.hours / book.capacity_hours if book.capacity_hours > 0 else None
