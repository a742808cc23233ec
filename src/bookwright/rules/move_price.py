"""Price of moves: what changing hands risks, in points; an account that stays, or had no owner, costs nothing."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.problem import AMBER_BELOW, Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Mode, Rule, Settings

THOUSANDTHS = 1000


class MovePriceSettings(Settings):
    """Points of a move: base + ARR per segment median + tenure + health + a recent change + across managers.

    Where CSM since is blank, two CSM changes in 24 months count as a recent one.
    """

    mode: Mode = "priority"
    base: float = Field(default=1.0, ge=0)
    arr_per_median: float = Field(default=0.5, ge=0)
    arr_medians_at_most: float = Field(default=4.0, ge=0)
    per_year_with_csm: float = Field(default=0.5, ge=0)
    years_at_most: float = Field(default=3.0, ge=0)
    health_yellow_or_red: float = Field(default=1.0, ge=0)
    csm_changed_within_12_months: float = Field(default=1.0, ge=0)
    across_managers: float = Field(default=0.5, ge=0)
    near_renewal_factor: float = Field(default=1.5, ge=0)
    near_renewal_from_day: int = Field(default=61, ge=0)
    near_renewal_to_day: int = Field(default=120, ge=0)


class MovePrice(Rule):
    """The price of every chosen move, summed; later priorities may give up a little of it."""

    id = "move_price"
    title = "Price of moves"
    modes = ("priority", "off")
    unit = "points"
    schema = MovePriceSettings
    settings: MovePriceSettings

    @property
    def priority(self) -> str:
        """The level it adds to."""
        return "moves"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence with its points."""
        s = self.settings
        return (
            f"As few and as gentle moves as possible: {s.base:g} point each, more for large accounts, long tenure, "
            "yellow or red health, a CSM change within 12 months, another manager; "
            f"x {s.near_renewal_factor:g} {s.near_renewal_from_day} to {s.near_renewal_to_day} days before renewal."
        )

    def _prices(self, problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Thousandths of a point per account, and the factor for the points across managers."""
        s = self.settings
        n = len(problem.accounts)
        median = np.zeros(len(problem.segments))
        for k in range(len(problem.segments)):
            median[k] = np.median(problem.arr[problem.segment == k])
        ratio = np.divide(problem.arr, median[problem.segment], out=np.zeros(n), where=median[problem.segment] > 0)
        points = s.base + s.arr_per_median * np.minimum(ratio, s.arr_medians_at_most)
        when = problem.effective_date
        days = np.array([(when - a.csm_since).days if a.csm_since else -1 for a in problem.accounts])
        often = np.array([a.csm_since is None and (a.csm_changes_24m or 0) >= 2 for a in problem.accounts], dtype=bool)
        points += s.per_year_with_csm * np.clip(days / 365.25, 0, s.years_at_most)
        points += s.csm_changed_within_12_months * (((days >= 0) & (days <= 365)) | often)
        weak = np.array([a.health is not None and a.health < AMBER_BELOW for a in problem.accounts])
        points += s.health_yellow_or_red * weak
        due = np.array([(a.renewal_date - when).days if a.renewal_date else -1 for a in problem.accounts])
        near = (due >= s.near_renewal_from_day) & (due <= s.near_renewal_to_day)
        factor = np.where(near, s.near_renewal_factor, 1.0)
        return np.rint(points * factor * THOUSANDTHS).astype(np.int64), factor

    def post(self, board: Board) -> None:
        """Cost of a pair = the price of moving the account there, nothing for today's CSM or no CSM."""
        problem = board.problem
        prices, factor = self._prices(problem)
        prices = np.where(board.chosen(), prices, 0)
        owner = problem.owner
        managers = [c.manager.casefold() for c in problem.csms]
        code = {name: k for k, name in enumerate(dict.fromkeys(managers))}
        team = np.array([code[name] if name else -1 - j for j, name in enumerate(managers)])
        known = np.array([bool(name) for name in managers])
        across = np.where(board.chosen(), np.rint(self.settings.across_managers * factor * THOUSANDTHS), 0).astype(
            np.int64
        )

        def price(i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.int64]:
            home = owner[i]
            other = (team[home] != team[j]) & known[home] & known[j]
            return np.where(home == j, 0, prices[i] + np.where(other, across[i], 0))

        board.cost("moves", price)
        live = prices[prices > 0]
        board.give_at_least["moves"] = int(np.median(live)) if len(live) else THOUSANDTHS

    def price_of(self, problem: Problem) -> dict[str, float]:
        """Points of moving each account to a CSM of the same manager, for people to see; from plain arithmetic."""
        s = self.settings
        by_segment = defaultdict(list)
        for account in problem.accounts:
            by_segment[account.segment].append(account.arr)
        medians = {name: statistics.median(values) for name, values in by_segment.items()}
        found = {}
        for account in problem.accounts:
            median = medians[account.segment]
            points = s.base
            if median > 0:
                points += s.arr_per_median * min(account.arr / median, s.arr_medians_at_most)
            if account.csm_since is not None and account.csm_since <= problem.effective_date:
                days = (problem.effective_date - account.csm_since).days
                points += s.per_year_with_csm * min(days / 365.25, s.years_at_most)
                if days <= 365:
                    points += s.csm_changed_within_12_months
            if account.csm_since is None and account.csm_changes_24m is not None and account.csm_changes_24m >= 2:
                points += s.csm_changed_within_12_months
            if account.health is not None and account.health < 75:
                points += s.health_yellow_or_red
            if account.renewal_date is not None:
                due = (account.renewal_date - problem.effective_date).days
                if s.near_renewal_from_day <= due <= s.near_renewal_to_day:
                    points *= s.near_renewal_factor
            found[account.id] = points
        return found

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Points of all chosen moves, recomputed move by move."""
        problem, s = plan.problem, self.settings
        price = self.price_of(problem)
        total = 0.0
        for move in plan.moves:
            if move.kind != "chosen" or move.csm_from is None:
                continue
            total += price[move.account_id]
            giver = problem.portfolio.csm_by_id[move.csm_from].manager.lower()
            taker = problem.portfolio.csm_by_id[move.csm_to].manager.lower()
            if giver and taker and giver != taker:
                due = problem.renewal_due(problem.account_position[move.account_id])
                near = due is not None and s.near_renewal_from_day <= due <= s.near_renewal_to_day
                total += s.across_managers * (s.near_renewal_factor if near else 1.0)
        return total
