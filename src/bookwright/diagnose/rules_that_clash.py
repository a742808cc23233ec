"""In larger teams: which rules clash, whole rules only; the rows of such a clash run into hundreds and tell no more.

A deletion filter over rules. A set of rules cannot hold where a transport problem is short of hours (a proof, however
large the team) or where the exact solver says so; it can where the solver finds a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bookwright.diagnose.conditions import Conditions
from bookwright.diagnose.transport import short_of
from bookwright.diagnose.ways_large import ceiling_of
from bookwright.engine.clash import Bar, feasible
from bookwright.rules.targets import classify


@dataclass(frozen=True, slots=True)
class RulesClash:
    """Rules (catalogue names) that cannot all hold. `proved` = without any one of them the rest can."""

    rules: tuple[str, ...]
    proved: bool


def rules_that_clash(conditions: Conditions, *, units: float = 2.0) -> RulesClash | None:
    """The rules of a problem that cannot all hold; None where they can, or where that is not known."""
    groups = [group for group in conditions.groups() if group]
    if _holds(conditions, groups, units) is not False:
        return None
    sure = True
    k = 0
    while k < len(groups):
        rest = [group for n, group in enumerate(groups) if n != k]
        answer = _holds(conditions, rest, units)
        if answer is False:
            groups = rest
        else:
            sure = sure and answer is True
            k += 1
    return RulesClash(tuple(conditions.said[group[0]].rule for group in groups), sure)


def _holds(conditions: Conditions, groups: Sequence[Sequence[int]], units: float) -> bool | None:
    """Whether the conditions of some groups can all hold; None where that is not known."""
    kept = [k for group in groups for k in group]
    problem = conditions.board.problem
    if any(conditions.said[k].rule == "hours" for k in kept):
        allowed = np.ones((conditions.puzzle.items, conditions.puzzle.agents), dtype=np.bool_)
        for k in kept:
            condition = conditions.puzzle.conditions[k]
            if isinstance(condition, Bar):
                allowed[condition.item] &= ~condition.barred
        if short_of(classify(allowed), problem.hours, problem.capacity_hours * ceiling_of(conditions)):
            return False
    return feasible(conditions.puzzle, sorted(kept), units=units)
