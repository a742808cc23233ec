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
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, SHARE, Board, Bools, Rows
from bookwright.rules.rule import Ground, Mode, Rule, Settings
from bookwright.workload import capacity_by_month, month_starts

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
    """Work of a book in a month of renewals and onboarding, against the hours the CSM has in that month.

    Ramp, leave, start and end dates lower a month's hours, and with them what renewals may add; they alone move
    nothing: a book's usual work is always allowed (what it lacks is cover, or a later hand-over). In months before the
    horizon's last, a CSM with fewer hours than at its end answers only for accounts that stay: new ones come later.
    """

    id = "months"
    title = "Monthly peaks"
    unit = "hours"
    modes = ("priority", "off")
    schema = MonthsSettings
    settings: MonthsSettings

    @property
    def priority(self) -> str:
        """Peaks weigh with the bands."""
        return "balance"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        s = self.settings
        return (
            f"In the next {s.months_ahead} months no renewals and onboarding bring a book over {s.peak_percent:g} % of "
            "the CSM's hours in that month, where bands and moves allow."
        )

    def post(self, board: Board) -> None:
        """A priced row per CSM in each month with real peaks: what the book asks for, or what has to leave it."""
        problem, s = board.problem, self.settings
        need = monthly_hours(problem, s.months_ahead)
        m = len(problem.csms)
        owned = problem.owner >= 0
        average = np.bincount(problem.owner[owned], weights=problem.hours[owned], minlength=m)
        have = np.array(
            [
                capacity_by_month(
                    c, problem.effective_date, problem.model, absences=problem.portfolio.absences, months=s.months_ahead
                )
                for c in problem.csms
            ]
        )
        end = problem.capacity_hours
        share = min(1.0, float(problem.hours.sum()) / max(_EPS, float(end.sum())))
        there = np.array([not leaves for leaves in problem.leaves]) & (end > 0)
        for k in range(s.months_ahead):
            later = (have[:, k] < end - _EPS) & (k < problem.model.horizon.months - 1)
            usual = np.where(later, average, np.maximum(average, share * end))
            limit = np.maximum(have[:, k] * s.peak_percent / 100, np.minimum(usual, end))
            load = np.bincount(problem.owner[owned], weights=need[owned, k], minlength=m)
            today = bool((there & (load > limit + _EPS) & (load > average + _EPS)).any())
            extra = float(np.maximum(0.0, need[:, k] - problem.hours).sum())
            if extra <= _EPS or not (today or extra >= s.team_percent / 100 * float(end.sum())):
                continue
            use = np.ceil(need[:, k] * 3600 - 1e-6).astype(np.int64)
            price = max(1, round(SHARE * s.weight / max(1, int(use.sum()))))
            self._hold(board, k, use, limit, there & ~later, price)
            self._give_away(board, k, use, limit, there & later, price)

    def _hold(
        self, board: Board, k: int, use: NDArray[np.int64], limit: NDArray[np.float64], who: Bools, price: int
    ) -> None:
        """The whole book of a month below its limit."""
        row_of, count = _rows(who)
        if count:
            high = np.array([whole_down(h * 3600) for h in limit[who].tolist()], dtype=np.int64)
            prices, low = np.full(count, price, dtype=np.int64), np.full(count, OPEN_LOW)
            title = f"Peaks of month {k + 1}"
            board.post(
                Rows(self.id, f"months_{k + 1}", title, use, row_of, low, high, priority=self.priority, price=prices)
            )

    def _give_away(
        self, board: Board, k: int, use: NDArray[np.int64], limit: NDArray[np.float64], who: Bools, price: int
    ) -> None:
        """What stays below the limit: at least the rest of today's book goes elsewhere."""
        owner = board.problem.owner
        mine = np.bincount(owner[owner >= 0], weights=use[owner >= 0].astype(np.float64), minlength=len(who))
        least = mine - np.array([whole_down(h * 3600) for h in limit.tolist()], dtype=np.float64)
        row_of, count = _rows(who & (least > 0))
        if count:
            where = np.where(owner >= 0, row_of[owner], -1).astype(np.int32)
            low, high = least[row_of >= 0].astype(np.int64), np.full(count, OPEN_HIGH)
            name, title, prices = f"months_{k + 1}_out", f"Peaks of month {k + 1}", np.full(count, price)
            board.post(
                Rows(
                    self.id, name, title, use, where, low, high, "account", True, priority=self.priority, price=prices
                )
            )  # fmt: skip

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Books over the limit in a month that is heavier than their average, CSM by CSM and month by month."""
        problem, s = plan.problem, self.settings
        starts = month_starts(problem.effective_date, s.months_ahead)
        need = monthly_hours(problem, s.months_ahead).tolist()
        hours = problem.hours.tolist()
        books: dict[str, list[int]] = {c.id: [] for c in problem.csms}
        before: dict[str, list[int]] = {c.id: [] for c in problem.csms}
        for i, account in enumerate(problem.accounts):
            if (now := plan.by_account[account.id]) is not None:
                books[now].append(i)
            if (then := ground.today.by_account[account.id]) is not None:
                before[then].append(i)
        # What books take on average, as a share of what all have: what an absence alone may not push out of a book.
        fair = min(1.0, sum(hours) / max(_EPS, sum(problem.capacity_hours.tolist())))
        found = []
        for j, csm in enumerate(problem.csms):
            end = float(problem.capacity_hours[j])
            if problem.leaves[j] or end <= 0:
                continue
            absences = problem.portfolio.absences
            months = capacity_by_month(
                csm, problem.effective_date, problem.model, absences=absences, months=s.months_ahead
            )
            average = sum(hours[i] for i in before[csm.id])
            stayed = set(before[csm.id])
            for k, have in enumerate(months.tolist()):
                comes_later = have < end - _EPS and k < problem.model.horizon.months - 1
                mine = [i for i in books[csm.id] if not comes_later or i in stayed]
                usual = average if comes_later else max(average, fair * end)
                limit = max(have * s.peak_percent / 100, min(usual, end))
                load = sum(need[i][k] for i in mine)
                if load <= limit + _EPS or load <= sum(hours[i] for i in mine) + _EPS:
                    continue
                was = max(0.0, sum(need[i][k] for i in before[csm.id]) - limit)
                heavy = sum(need[i][k] > hours[i] + _EPS for i in mine)
                head = f"{csm.name} has {load:,.1f} h of work in the month from {starts[k].isoformat()}"
                text = f"{head} and {have:,.1f} h for it" + (f" ({load / have:.0%})" if have > 0 else "")
                text += f": {load - have:,.1f} h short, with renewals or onboarding of {heavy} accounts."
                found.append(Breach(self.id, self.title, text, load - limit, "hours", was, False, csm.id))
        return found

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Hours above the limit, all CSMs and months."""
        return sum(b.amount for b in (self.check(plan, ground) if breaches is None else breaches))


def _rows(who: Bools) -> tuple[NDArray[np.int32], int]:
    """A row number per CSM that counts (-1 for others), and how many there are."""
    row_of = np.full(len(who), -1, dtype=np.int32)
    row_of[who] = np.arange(int(who.sum()), dtype=np.int32)
    return row_of, int(who.sum())
