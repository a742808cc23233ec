"""Coverage: an account with a person is not moved to a pool, or out of one, merely to balance."""

from __future__ import annotations

import numpy as np

from bookwright.books import Plan
from bookwright.portfolio import Coverage, Kind
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Rule


class CoverageKind(Rule):
    """Named stays named and pooled stays pooled; Coverage = pool asks for a pool where there is one."""

    id = "coverage"
    title = "Named stays named, pooled stays pooled"
    modes = ("hard", "no_worse", "off")

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        return "An account with a person does not move to a pool, nor out of one; Coverage = pool asks for a pool."

    def bar(self, board: Board) -> None:
        """Bar crossings between people and pools for accounts that have a CSM, and people for pooled accounts."""
        problem = board.problem
        pool = np.array([c.kind is Kind.POOL for c in problem.csms])
        if not pool.any():
            return
        asked = np.array([a.coverage is Coverage.POOL for a in problem.accounts])
        owned = problem.owner >= 0
        in_pool = np.zeros(len(asked), dtype=np.bool_)
        in_pool[owned] = pool[problem.owner[owned]]
        wants_pool = asked | (owned & in_pool)
        wants_person = ~wants_pool & owned
        mask = (wants_pool[:, None] & ~pool[None, :]) | (wants_person[:, None] & pool[None, :])
        mask = board.except_today(mask) if self.mode == "no_worse" else mask
        board.bar(self.id, mask, lambda i, j: "is a pool" if pool[j] else "is a person, and the account is pooled")

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Accounts that crossed between a person and a pool."""
        portfolio = plan.problem.portfolio
        pools = {c.id for c in portfolio.csms if c.kind == "pool"}
        found = []
        for account in plan.problem.accounts if pools else ():
            home, new = ground.today.by_account[account.id], plan.by_account[account.id]
            if new is None or ground.held.get(account.id) == new or (self.mode == "no_worse" and home == new):
                continue
            want = account.coverage == "pool" or (home in pools)
            if (home is not None or want) and want != (new in pools):
                text = f"{account.label} is {'pooled' if want else 'named'} but is with {portfolio.csm_name(new)}."
                found.append(
                    Breach(self.id, self.title, text, 1, "accounts", float(home == new), True, new, (account.id,))
                )
        return found
