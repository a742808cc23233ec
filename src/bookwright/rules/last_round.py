"""Last round: a plan that is solved again around decisions changes as little as it can of what people have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Mode, Rule, Settings


class LastRoundSettings(Settings):
    """`plan`: account id -> CSM id in the last round's plan; accounts that are new are left out."""

    mode: Mode = "priority"
    plan: Mapping[str, str] = {}


class LastRound(Rule):
    """Every account whose CSM differs from the last round's plan counts one, after hours and balance."""

    id = "last_round"
    title = "Changes from the last round"
    modes = ("priority", "off")
    schema = LastRoundSettings
    settings: LastRoundSettings

    @property
    def priority(self) -> str:
        """The level it adds to."""
        return "changes"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        return "As few accounts as possible get another CSM than in the plan that was reviewed."

    def post(self, board: Board) -> None:
        """Cost of a pair = 1 unless the last plan has it; nothing for new accounts and where that CSM is no more."""
        problem = board.problem
        last = np.full(len(problem.accounts), -1, dtype=np.int64)
        for account_id, csm_id in self.settings.plan.items():
            i, j = problem.account_position.get(account_id), problem.csm_position.get(csm_id)
            if i is not None and j is not None:
                last[i] = j

        def changed(i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.int64]:
            return np.where((last[i] >= 0) & (last[i] != j), 1, 0).astype(np.int64)

        board.cost(self.priority, changed)

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Accounts whose CSM is another than in the last round's plan."""
        last, csms = self.settings.plan, plan.problem.portfolio.csm_by_id
        return float(sum(last.get(a, c) != c for a, c in plan.by_account.items() if last.get(a, c) in csms))
