"""Hours: the book a CSM ends with fits the hours they have; overload is the first thing a plan keeps small."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from bookwright.books import Plan
from bookwright.problem import Problem, whole_down
from bookwright.result import Breach
from bookwright.rules.board import OPEN_LOW, SHARE, Board, Rows
from bookwright.rules.rule import Ground, Mode, Rule, Settings


class HoursSettings(Settings):
    """priority: least hours over 100 %. A wall only with `ceiling_percent`, or in modes hard (100 %) and no_worse."""

    mode: Mode = "priority"
    ceiling_percent: float | None = Field(default=None, ge=0)


class Hours(Rule):
    """Workload of the book at the horizon's end against capacity in its last month."""

    id = "hours"
    title = "Hours"
    unit = "hours"
    modes = ("hard", "no_worse", "priority", "off")
    schema = HoursSettings
    settings: HoursSettings

    @property
    def priority(self) -> str:
        """The level its overload adds to."""
        return "hours" if self.mode == "priority" else ""

    def ceiling(self) -> float | None:
        """The wall as a share of capacity, None when there is none."""
        if self.settings.ceiling_percent is not None:
            return self.settings.ceiling_percent / 100
        return 1.0 if self.mode in ("hard", "no_worse") else None

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        ceiling = self.ceiling()
        if ceiling is None:
            return "As few hours as possible over 100 % of a CSM's hours in the last month of the horizon."
        text = f"No book is over {ceiling:.0%} of the CSM's hours in the last month of the horizon"
        return text + (", or no worse than today where it is over." if self.mode == "no_worse" else ".")

    def post(self, board: Board) -> None:
        """A priced row per CSM at 100 %, and a hard one at the ceiling where there is one."""
        problem = board.problem
        m = len(problem.csms)
        every = np.arange(m, dtype=np.int32)
        low = np.full(m, OPEN_LOW)
        ceiling = self.ceiling()
        if ceiling is not None:
            high = np.array([whole_down(c * ceiling * 3600) for c in problem.capacity_hours], dtype=np.int64)
            if self.mode == "no_worse":
                owned = problem.owner >= 0
                today = np.bincount(problem.owner[owned], weights=problem.workload[owned], minlength=m).astype(np.int64)
                high = np.maximum(high, today)
            board.post(Rows(self.id, "hours_ceiling", "Hours", problem.workload, every, low, high))
        if self.mode == "priority":
            total = max(1, int(problem.workload.sum()))
            price = np.full(m, max(1, round(SHARE / total)), dtype=np.int64)
            rows = Rows(
                self.id,
                "hours",
                "Hours over 100 %",
                problem.workload,
                every,
                low,
                problem.capacity,
                priority="hours",
                price=price,
            )
            board.post(rows)

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Hours over the ceiling (hard) and over 100 % (the priority), per CSM."""
        problem = plan.problem
        hours: dict[str, float] = {}
        before: dict[str, float] = {}
        rounding: dict[str, float] = {}
        for account, need in zip(problem.accounts, problem.hours.tolist(), strict=True):
            now, home = plan.by_account[account.id], ground.today.by_account[account.id]
            if now is not None:
                hours[now] = hours.get(now, 0.0) + need
            if home is not None:
                before[home] = before.get(home, 0.0) + need
                rounding[home] = rounding.get(home, 0.0) + math.ceil(need * 3600) / 3600 - need
        ceiling = self.ceiling()
        limits = [(1.0, False)] if self.mode == "priority" else []
        limits += [(ceiling, True)] if ceiling is not None else []
        found = []
        for csm, capacity in zip(problem.csms, problem.capacity_hours.tolist(), strict=True):
            now_hours, then = hours.get(csm.id, 0.0), before.get(csm.id, 0.0)
            for share_of, hard in limits:
                limit = capacity * share_of
                if self.mode == "no_worse":
                    # Today's book counts in whole seconds, each account rounded up.
                    limit = max(limit, then + rounding.get(csm.id, 0.0))
                over = now_hours - limit
                if over > 1e-3:
                    share = f"{now_hours / capacity:.0%} of {capacity:,.0f} h" if capacity > 0 else "no hours left"
                    text = f"{csm.name} has {now_hours:,.1f} h of work: {share}, {over:,.1f} h too many."
                    today = max(0.0, then - capacity * share_of)
                    found.append(Breach(self.id, self.title, text, over, "hours", today, hard, csm.id))
        return found

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Hours over 100 % of all CSMs where that is a priority, else hours over the ceiling."""
        found = self.check(plan, ground) if breaches is None else breaches
        return sum(b.amount for b in found if b.hard == (self.mode != "priority"))
