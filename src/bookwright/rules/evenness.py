"""Evenness: a smaller spread of utilization, as far as few extra moves can buy it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from bookwright.books import Plan
from bookwright.problem import Problem, whole_down, whole_up
from bookwright.result import Breach
from bookwright.rules.board import SHARE, Board, Rows
from bookwright.rules.rule import Ground, Mode, Rule, Settings
from bookwright.rules.targets import shared


class EvennessSettings(Settings):
    """Deviations within `within_points` of the CSM's target utilization count as even."""

    mode: Mode = "priority"
    within_points: float = Field(default=2.0, ge=0)


class Evenness(Rule):
    """Hours away from the target beyond a small tolerance, as a share of all hours."""

    id = "evenness"
    title = "Utilization spread"
    modes = ("priority", "off")
    unit = "share"
    schema = EvennessSettings
    settings: EvennessSettings

    @property
    def priority(self) -> str:
        """The level it adds to."""
        return "evenness"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        points = self.settings.within_points
        return f"Utilization as even as few extra moves allow; differences within {points:g} points count as even."

    def post(self, board: Board) -> None:
        """A priced row per CSM around the target hours."""
        problem = board.problem
        aim = shared(problem, board.classes, problem.hours)
        there = [j for j in range(len(problem.csms)) if not problem.leaves[j] and problem.capacity_hours[j] > 0]
        half = self.settings.within_points / 100 * problem.capacity_hours
        row_of = np.full(len(problem.csms), -1, dtype=np.int32)
        row_of[there] = np.arange(len(there), dtype=np.int32)
        low = np.array([max(0, whole_up((aim.target[j] - half[j]) * 3600)) for j in there], dtype=np.int64)
        high = np.array([whole_down((aim.target[j] + half[j]) * 3600) for j in there], dtype=np.int64)
        low = np.minimum(low, high)
        price = np.full(len(there), max(1, round(SHARE / max(1, int(problem.workload.sum())))), dtype=np.int64)
        board.post(
            Rows(
                self.id,
                "evenness",
                "Utilization spread",
                problem.workload,
                row_of,
                low,
                high,
                priority="evenness",
                price=price,
            )
        )

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Spread of utilization for the ledger: highest less lowest, over CSMs with capacity."""
        shares = [
            b.utilization
            for b, gone in zip(plan.books, plan.problem.leaves, strict=True)
            if b.utilization is not None and not gone
        ]
        return max(shares) - min(shares) if shares else 0.0
