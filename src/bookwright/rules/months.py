"""Months: renewals and onboarding that meet in one book in one month are eased where that costs little, else said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.hand_over import monthly_hours
from bookwright.problem import Problem, whole_down
from bookwright.result import Breach
from bookwright.rules.board import OPEN_LOW, SHARE, Board, Rows
from bookwright.rules.rule import Ground, Mode, Rule, Settings
from bookwright.workload import month_starts

_EPS = 1e-3


class MonthsSettings(Settings):
    """Peaks up to `peak_percent` of the CSM's hours are free; `months_ahead` months from the effective date count.

    A month is held to it only if a book of today is above it, or renewals and onboarding take at least
    `team_percent` of all hours in it. `weight` counts a breach against those of the bands.
    """

    mode: Mode = "priority"
    peak_percent: float = Field(default=120.0, ge=100)
    months_ahead: int = Field(default=6, ge=1, le=24)
    team_percent: float = Field(default=5.0, ge=0)
    weight: float = Field(default=1.0, gt=0)


class Months(Rule):
    """Work of a book in a month of renewals and onboarding, against the CSM's hours at the horizon's end.

    Ramps and leave are not counted here: early months are met by hand-over months, not by another owner.
    """

    id = "months"
    title = "Monthly peaks"
    unit = "hours"
    modes = ("priority", "off")
    schema = MonthsSettings
    settings: MonthsSettings
    _known: tuple[Problem, NDArray[np.float64]] | None = None

    @property
    def priority(self) -> str:
        """Peaks weigh with the bands."""
        return "balance"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        s = self.settings
        return (
            f"In the next {s.months_ahead} months no renewals and onboarding bring a book over {s.peak_percent:g} % of "
            "the CSM's hours, where bands and moves allow."
        )

    def _need(self, problem: Problem) -> NDArray[np.float64]:
        """Hours of each account in each month ahead (accounts, months); worked out once per problem."""
        if self._known is None or self._known[0] is not problem:
            starts = month_starts(problem.effective_date, self.settings.months_ahead)
            self._known = problem, monthly_hours(problem, starts)
        return self._known[1]

    def post(self, board: Board) -> None:
        """A priced row per CSM in each month with real peaks."""
        problem, s = board.problem, self.settings
        need = self._need(problem)
        m = len(problem.csms)
        owned = problem.owner >= 0
        average = np.bincount(problem.owner[owned], weights=problem.hours[owned], minlength=m)
        limit = problem.capacity_hours * s.peak_percent / 100
        there = np.array([not leaves for leaves in problem.leaves]) & (problem.capacity_hours > 0)
        row_of = np.full(m, -1, dtype=np.int32)
        row_of[there] = np.arange(int(there.sum()), dtype=np.int32)
        high = np.array([whole_down(h * 3600) for h in limit[there].tolist()], dtype=np.int64)
        for k in range(s.months_ahead):
            load = np.bincount(problem.owner[owned], weights=need[owned, k], minlength=m)
            today = bool((there & (load > limit + _EPS) & (load > average + _EPS)).any())
            extra = float(np.maximum(0.0, need[:, k] - problem.hours).sum())
            if extra <= _EPS or not (today or extra >= s.team_percent / 100 * float(problem.capacity_hours.sum())):
                continue
            use = np.ceil(need[:, k] * 3600 - 1e-6).astype(np.int64)
            price = np.full(len(high), max(1, round(SHARE * s.weight / max(1, int(use.sum())))), dtype=np.int64)
            low = np.full(len(high), OPEN_LOW)
            title = f"Peaks of month {k + 1}"
            board.post(
                Rows(self.id, f"months_{k + 1}", title, use, row_of, low, high, priority=self.priority, price=price)
            )

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Books over the limit in a month that is heavier than their average, month by month."""
        problem, s = plan.problem, self.settings
        starts = month_starts(problem.effective_date, s.months_ahead)
        work: dict[tuple[str, str | None], list[float]] = {}
        usual: dict[tuple[str, str | None], float] = {}
        heavy: dict[tuple[str | None, int], int] = {}
        for i, (account, months) in enumerate(zip(problem.accounts, self._need(problem).tolist(), strict=True)):
            hours = float(problem.hours[i])
            for when, owner in (("now", plan.by_account[account.id]), ("then", ground.today.by_account[account.id])):
                total = work.setdefault((when, owner), [0.0] * s.months_ahead)
                usual[when, owner] = usual.get((when, owner), 0.0) + hours
                for k, h in enumerate(months):
                    total[k] += h
                    if when == "now" and h > hours + _EPS:
                        heavy[owner, k] = heavy.get((owner, k), 0) + 1
        found = []
        for j, csm in enumerate(problem.csms):
            capacity = float(problem.capacity_hours[j])
            if problem.leaves[j] or capacity <= 0 or ("now", csm.id) not in work:
                continue
            limit = capacity * s.peak_percent / 100
            for k, load in enumerate(work["now", csm.id]):
                if load <= limit + _EPS or load <= usual["now", csm.id] + _EPS:
                    continue
                before = max(0.0, work.get(("then", csm.id), [0.0] * s.months_ahead)[k] - limit)
                head = f"{csm.name} has {load:,.1f} h of work in the month from {starts[k].isoformat()}"
                text = f"{head}: {load / capacity:.0%} of {capacity:,.0f} h"
                text += f", with renewals or onboarding of {heavy.get((csm.id, k), 0)} accounts."
                found.append(Breach(self.id, self.title, text, load - limit, "hours", before, False, csm.id))
        return found

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Hours above the limit, all CSMs and months."""
        return sum(b.amount for b in (self.check(plan, ground) if breaches is None else breaches))
