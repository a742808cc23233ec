"""Preferences of the Pairs sheet: an account that changes hands goes to a CSM it prefers, where that costs little."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.portfolio import WishKind
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Mode, Rule, Settings


class PrefersSettings(Settings):
    """`points` is what a missed preference adds to the price of a move."""

    mode: Mode = "priority"
    points: float = Field(default=1.0, ge=0)


class Prefers(Rule):
    """Rows of the Pairs sheet with kind "prefer"; an account with several prefers any of them; staying never misses."""

    id = "prefers"
    title = "Preferred CSMs"
    modes = ("priority", "off")
    schema = PrefersSettings
    settings: PrefersSettings

    @property
    def priority(self) -> str:
        """Missed preferences count in the price of moves."""
        return "moves"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        count = sum(w.kind is WishKind.PREFER for w in problem.portfolio.wishes)
        points = self.settings.points
        head = f"Accounts that change hands go to a CSM they prefer (Pairs sheet, {count} rows)"
        return f"{head}; a miss costs {points:g} points."

    def post(self, board: Board) -> None:
        """Price a miss: an account with a preference that comes to another CSM."""
        problem = board.problem
        liked: dict[int, list[int]] = defaultdict(list)
        for wish in problem.portfolio.wishes:
            i, j = problem.account_position.get(wish.account_id), problem.csm_position.get(wish.other)
            if wish.kind is WishKind.PREFER and i is not None and j is not None:
                liked[i].append(j)
        if not liked:
            return
        row = np.full(len(problem.accounts), -1, dtype=np.intp)
        row[list(liked)] = np.arange(len(liked))
        misses = np.ones((len(liked) + 1, len(problem.csms)), dtype=np.bool_)
        misses[-1] = False
        for k, csms in enumerate(liked.values()):
            misses[k, csms] = False
        owner, points = problem.owner, round(self.settings.points * 1000)

        def miss(i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.int64]:
            return np.where(misses[row[i], j] & (owner[i] != j), points, 0).astype(np.int64)

        board.cost("moves", miss)

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Accounts that came to a CSM other than those they prefer."""
        portfolio = plan.problem.portfolio
        liked: dict[str, set[str]] = defaultdict(set)
        for wish in portfolio.wishes:
            if wish.kind == "prefer" and wish.other in portfolio.csm_by_id and wish.account_id in plan.by_account:
                liked[wish.account_id].add(wish.other)
        found = []
        for account_id, csms in liked.items():
            now = plan.by_account[account_id]
            if now is None or now in csms or now == ground.today.by_account[account_id]:
                continue
            names = " or ".join(portfolio.csm_name(c) for c in sorted(csms))
            text = f"{portfolio.account_by_id[account_id].label} prefers {names} but goes to {portfolio.csm_name(now)}."
            found.append(Breach(self.id, self.title, text, 1, "accounts", 0.0, False, now, (account_id,)))
        return found
