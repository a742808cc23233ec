"""Is a counterfactual true: the changed problem is solved again, once with each of the two CSMs, and compared.

"It would move to B" is true when the best plan of the changed problem that gives it to B beats the best one that
leaves it where it is, priority by priority. Where the time ends before both are proved, nothing is claimed here; what
plans found and bounds proved say all the same is in `bookwright.trust.counterfactual`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from bookwright.books import Plan
from bookwright.engine import Answer, Limits
from bookwright.engine.solve import solve as run_engine
from bookwright.explain.why import Change
from bookwright.problem import Problem
from bookwright.rules import Board, build
from bookwright.rules.lifted import Lift, set_up_lifted
from bookwright.rules.loads import unit_of
from bookwright.solve import Posted, post

_OTHER = np.uint32(1 << 31)


class Outcome(StrEnum):
    """What solving again says of a counterfactual: it goes there, either is as good, it stays, or not settled."""

    GOES = "goes there"
    TIES = "either is as good"
    STAYS = "stays all the same"
    CANNOT = "cannot be"
    OPEN = "not settled in the time given"


@dataclass(frozen=True, slots=True)
class Difference:
    """One priority: the best plan with the named CSM less the best one that leaves the account, in `unit`.

    Proved to lie from `low` to `high` among plans that keep the priorities before it as well; `found` is the
    difference of the two plans found. Negative: better with the named CSM. `held` is what the priorities after it hold
    it to, where two plans were brought up together.
    """

    name: str
    unit: str
    low: float
    high: float
    found: float
    held: float | None = None

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Verified:
    """A counterfactual with what solving it again said.

    `levels` goes down to the priority that decides. Where not `proved`, the outcome is what the best plans found say,
    and the intervals of `levels` say how far that can be from the truth.
    """

    change: Change
    outcome: Outcome
    proved: bool = True
    levels: tuple[Difference, ...] = ()


def verify(board: Board, plan: Plan, account_id: str, change: Change, *, seconds: float = 20.0) -> Verified:
    """Solve the changed problem again with the account at the named CSM and at the plan's; `seconds` for each."""
    problem = board.problem
    i, j = problem.account_position[account_id], problem.csm_position[change.csm_id]
    changed = changed_board(board, i, change)
    there = best_with(changed, plan, i, j, seconds)
    here = best_with(changed, plan, i, int(plan.csm_of[i]), seconds)
    outcome, levels = compared(there, here, [p.name for p in problem.model.priorities])
    return Verified(change, outcome, outcome is not Outcome.OPEN, levels)


def changed_board(board: Board, i: int, change: Change) -> Board:
    """The board of the problem with the change made."""
    problem = board.problem
    rules = build(problem.model)
    if change.kind == "hours":
        return set_up_lifted(_with_hours(problem, change.csm_short, change.hours), rules, ())
    if change.kind == "hold":
        return set_up_lifted(problem, rules, [Lift(change.rule, i)])
    if change.kind == "cover":
        j = problem.csm_position[change.csm_id]
        bits = int(board.bars[i, j])
        return set_up_lifted(problem, rules, [Lift(r, i, j) for r, b in board.bits.items() if bits >> b & 1])
    rules = tuple(rule for rule in rules if rule.id != change.rule)
    return set_up_lifted(problem, rules, ())


def _with_hours(problem: Problem, csm_id: str, hours: float) -> Problem:
    months = np.array(problem.capacity_months)
    months[problem.csm_position[csm_id]] += hours
    return replace(problem, capacity_months=months)


Levels = tuple[tuple[int, int], ...]
"""(value, bound) per priority."""


def best_with(board: Board, plan: Plan, i: int, j: int, seconds: float) -> Levels | None:
    """The best plan that gives account i, and whoever must stay with it, to CSM j: None where there is none."""
    found = solved_with(board, plan, i, j, Limits(seconds=seconds, gap=0.0))
    if found is None or found[0].hard_breach > 0:
        return None
    return tuple((r.best, r.bound) for r in found[0].levels)


def solved_with(board: Board, plan: Plan, i: int, j: int, limits: Limits) -> tuple[Answer, Posted] | None:
    """What the engine says of the problem with account i, and whoever must stay with it, at CSM j; None: barred."""
    if j < 0 or board.bars[i, j]:
        return None
    members = next((group for _, group in board.groups if i in group), (i,))
    cut = copy.copy(board)
    cut.bars = board.bars.copy()
    others = np.arange(len(board.problem.csms)) != j
    cut.bars[list(members)] |= np.where(others, _OTHER, np.uint32(0))
    cut._allowed = cut._classes = None
    posted = post(cut, board.problem.model.priorities)
    return run_engine(posted.model, posted.accounts_to_agents(plan.csm_of), limits), posted


def compared(there: Levels | None, here: Levels | None, names: Sequence[str]) -> tuple[Outcome, tuple[Difference, ...]]:
    """Priority by priority, by what is proved: the outcome, and the differences down to the one that decides."""
    if there is None:
        return Outcome.CANNOT, ()
    if here is None:
        return Outcome.GOES, ()
    levels = []
    for name, (value, bound), (other, other_bound) in zip(names, there, here, strict=True):
        levels.append(difference(name, bound - other, value - other_bound, value - other))
        if value < other_bound:
            return Outcome.GOES, tuple(levels)
        if other < bound:
            return Outcome.STAYS, tuple(levels)
        if not value == bound == other == other_bound:
            return Outcome.OPEN, tuple(levels)
    return Outcome.TIES, tuple(levels)


def difference(name: str, low: int, high: int, found: int) -> Difference:
    """A difference given in the engine's integer units, in the unit people read."""
    size, unit = unit_of(name)
    return Difference(name, unit, low / size, high / size, found / size)
