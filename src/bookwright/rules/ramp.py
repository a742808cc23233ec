"""Ramp: what new hires end with fits their hours, renewals and onboarding of the last month included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.hand_over import monthly_hours
from bookwright.problem import Problem, whole_down
from bookwright.result import Breach
from bookwright.rules.board import OPEN_LOW, SHARE, Board, Rows
from bookwright.rules.move_budget import is_new
from bookwright.rules.rule import Ground, Mode, Rule, Settings

_EPS = 1e-3


class RampSettings(Settings):
    """`percent` of their hours is what new hires may end with: the rest is room for the last hand-overs."""

    mode: Mode = "priority"
    percent: float = Field(default=95.0, gt=0, le=100)


class Ramp(Rule):
    """A new hire's book is held to their hours of the horizon's last month; a priority of its own, `ramp`.

    Put before `hours` it has those carry a shortage who are there, not those who start. Earlier months are met by
    handing over later, so the last one tells: it has to hold the usual hours of the book, and those that fall in it.
    """

    id = "ramp"
    title = "New hires within their hours"
    modes = ("priority", "off")
    unit = "hours"
    schema = RampSettings
    settings: RampSettings

    @property
    def priority(self) -> str:
        """The level it adds to."""
        return "ramp"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        share = f"{self.settings.percent:g} % of their hours"
        return f"No new hire ends with more work than {share}, in the last month of the horizon or on average."

    def post(self, board: Board) -> None:
        """Priced rows of the new hires: usual hours, and hours of the last month."""
        problem = board.problem
        new = [j for j in range(len(problem.csms)) if is_new(problem, j) and not problem.leaves[j]]
        if not new:
            return
        row_of = np.full(len(problem.csms), -1, dtype=np.int32)
        row_of[new] = np.arange(len(new), dtype=np.int32)
        low = np.full(len(new), OPEN_LOW)
        share = self.settings.percent / 100
        high = np.array([whole_down(problem.capacity_hours[j] * share * 3600) for j in new], dtype=np.int64)
        last: NDArray[np.float64] = monthly_hours(problem, problem.model.horizon.months)[:, -1]
        peak = np.ceil(last * 3600 - 1e-6).astype(np.int64)
        for name, title, use in (
            ("ramp", "New hires' hours", problem.workload),
            ("ramp_last_month", "New hires' hours in the last month", peak),
        ):
            price = max(1, round(SHARE / max(1, int(use.sum()))))
            prices = np.full(len(new), price, dtype=np.int64)
            board.post(Rows(self.id, name, title, use, row_of, low, high, priority=self.priority, price=prices))

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """New hires with more work than hours, by the usual hours or by those of the last month, whichever is more."""
        problem = plan.problem
        falls = monthly_hours(problem, problem.model.horizon.months)[:, -1].tolist()
        usual: dict[str | None, float] = {}
        month: dict[str | None, float] = {}
        before: dict[str | None, float] = {}
        for account, hours, there in zip(problem.accounts, problem.hours.tolist(), falls, strict=True):
            owner, home = plan.by_account[account.id], ground.today.by_account[account.id]
            usual[owner] = usual.get(owner, 0.0) + hours
            month[owner] = month.get(owner, 0.0) + there
            before[home] = before.get(home, 0.0) + max(hours, there)
        found = []
        for j, csm in enumerate(problem.csms):
            if not is_new(problem, j) or problem.leaves[j]:
                continue
            have = float(problem.capacity_hours[j]) * self.settings.percent / 100
            load = max(usual.get(csm.id, 0.0), month.get(csm.id, 0.0))
            if load > have + _EPS:
                text = (
                    f"{csm.name} is new and ends with {load:,.1f} h of work; {have:,.0f} h leave room for hand-overs."
                )
                today = max(0.0, before.get(csm.id, 0.0) - have)
                found.append(Breach(self.id, self.title, text, load - have, "hours", today, False, csm.id))
        return found
