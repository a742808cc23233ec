"""Ownership: every account has exactly one CSM who is there to own it, and never one it must not have."""

from __future__ import annotations

import numpy as np

from bookwright.books import Plan
from bookwright.portfolio import WishKind
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Rule


class Ownership(Rule):
    """Exactly one CSM per account; nobody who has left by the horizon's end; never pairs."""

    id = "ownership"
    title = "Every account has one owner"

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        return "Every account has exactly one CSM, who is there when the horizon ends and is not on its never list."

    def bar(self, board: Board) -> None:
        """Bar CSMs who are gone, and never pairs; both beat every pin."""
        problem = board.problem
        gone = np.array([bool(text) for text in problem.leaves])
        if gone.any():
            board.bar("gone", gone, lambda i, j: problem.leaves[j], absolute=True)
        never = np.zeros(board.bars.shape, dtype=np.bool_)
        found = False
        for wish in problem.portfolio.wishes:
            i, j = problem.account_position.get(wish.account_id), problem.csm_position.get(wish.other)
            if wish.kind is WishKind.NEVER and i is not None and j is not None:
                never[i, j] = found = True
        if found:
            board.bar("never", never, lambda i, j: "must never have it (Pairs sheet)", absolute=True)

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Accounts without an owner, with a CSM who is gone, or with one they must never have."""
        problem = plan.problem
        last_day = problem.horizon_end
        never = {(w.account_id, w.other) for w in problem.portfolio.wishes if w.kind is WishKind.NEVER}
        found = []
        for account_id, csm_id in plan.by_account.items():
            what = ""
            if csm_id is None:
                what = "has no owner: nobody may own it"
            else:
                csm = problem.portfolio.csm_by_id[csm_id]
                if csm.end_date is not None and (last_day - csm.end_date).days > 1:
                    what = f"is with {csm.name}, who is gone by the end of the horizon"
                elif csm.start_date is not None and csm.start_date >= last_day:
                    what = f"is with {csm.name}, who has not started by the end of the horizon"
                elif (account_id, csm_id) in never:
                    what = f"is with {csm.name}, whom it must never have"
            if what:
                label = problem.portfolio.account_by_id[account_id].label
                today = ground.today.by_account[account_id] == csm_id
                found.append(
                    Breach(
                        self.id,
                        self.title,
                        f"{label} {what}.",
                        1,
                        "accounts",
                        float(today),
                        True,
                        csm_id,
                        (account_id,),
                    )
                )
        return found
