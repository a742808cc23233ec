"""Towards: one stage on the way to a plan that is known: every account stays, or goes where that plan has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board, Bools
from bookwright.rules.rule import Ground, Mode, Rule, Settings


class TowardsSettings(Settings):
    """`plan`: account id -> CSM id where the way ends. `wait`: account id -> why it does not move in this stage."""

    mode: Mode = "priority"
    plan: Mapping[str, str] = {}
    wait: Mapping[str, str] = {}


class Towards(Rule):
    """Bars every CSM but today's and the one of the plan; counts accounts that are not there yet.

    Comes after the bands are agreed, so that a stage is measured by the same targets as the plan it leads to. An
    account whose CSM may no longer own it does not wait; where neither of the two may own it, anybody may who else
    could.
    """

    id = "towards"
    title = "On the way to the redesign"
    modes = ("priority", "off")
    schema = TowardsSettings
    settings: TowardsSettings

    @property
    def priority(self) -> str:
        """The level it adds to."""
        return "changes"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        wait = f"; {len(self.settings.wait):,} wait for a later stage" if self.settings.wait else ""
        return f"Accounts stay, or go where the redesign has them{wait}."

    def _goal(self, problem: Problem) -> NDArray[np.intp]:
        """CSM position per account where the way ends, -1 where the plan names none."""
        at, csm = problem.account_position, problem.csm_position
        goal = np.full(len(problem.accounts), -1, dtype=np.intp)
        for account_id, csm_id in self.settings.plan.items():
            if account_id in at and csm_id in csm:
                goal[at[account_id]] = csm[csm_id]
        return goal

    def post(self, board: Board) -> None:
        """Bar the others, then price what is not there yet."""
        problem, goal = board.problem, self._goal(board.problem)
        known = np.flatnonzero(goal >= 0)
        stay, end = (np.zeros(board.bars.shape, dtype=np.bool_) for _ in range(2))
        owned = np.flatnonzero(problem.owner >= 0)
        stay[owned, problem.owner[owned]] = True
        end[known, goal[known]] = True
        allowed = board.allowed
        waits = np.array([a.id in self.settings.wait for a in problem.accounts], dtype=np.bool_)
        later = waits & (stay & allowed).any(axis=1)
        kept: Bools = np.asarray(np.where(later[:, None], stay, stay | end) & allowed, dtype=np.bool_)
        for _, members in board.groups:
            rows = list(members)
            # Whoever must go together goes now, where one of them cannot wait.
            if not kept[rows].all(axis=0).any():
                kept[rows] = (stay[rows] | end[rows]) & allowed[rows]
            if not kept[rows].all(axis=0).any():
                kept[rows] = allowed[rows]
        lost = np.flatnonzero(~kept.any(axis=1))
        kept[lost] = allowed[lost]
        board.bar(self.id, allowed & ~kept, lambda i, j: "is not where the redesign has it")

        def away(i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.int64]:
            return np.where((goal[i] >= 0) & (goal[i] != j), 1, 0).astype(np.int64)

        board.cost(self.priority, away)

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Accounts that are not yet with the CSM of the redesign."""
        goal, csms = self.settings.plan, plan.problem.portfolio.csm_by_id
        return float(sum(goal.get(a, c) != c for a, c in plan.by_account.items() if goal.get(a, c) in csms))
