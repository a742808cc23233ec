"""Segments: a CSM owns accounts of the segments they cover."""

from __future__ import annotations

import numpy as np

from bookwright.books import Plan
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Rule


class Segments(Rule):
    """A blank Segments cell covers all; a pin or freeze may stand outside coverage; so may today's under `no_worse`."""

    id = "segments"
    title = "CSMs own segments they cover"
    modes = ("hard", "no_worse", "off")

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        return "A CSM owns only accounts of the segments in their Segments cell (blank = all)."

    def bar(self, board: Board) -> None:
        """Bar CSMs who do not cover the account's segment."""
        problem = board.problem
        covers = np.ones((len(problem.segments), len(problem.csms)), dtype=np.bool_)
        for j, csm in enumerate(problem.csms):
            if csm.segments:
                names = {s.casefold() for s in csm.segments}
                covers[:, j] = [not s or s.casefold() in names for s in problem.segments]
        if not covers.all():
            mask = ~covers[problem.segment]
            board.bar(
                self.id,
                board.except_today(mask) if self.mode == "no_worse" else mask,
                lambda i, j: f"does not cover {problem.accounts[i].segment}",
            )

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Accounts with a CSM whose Segments cell does not name theirs."""
        found = []
        for account in plan.problem.accounts:
            csm_id = plan.by_account[account.id]
            if csm_id is None or not account.segment or ground.held.get(account.id) == csm_id:
                continue
            csm = plan.problem.portfolio.csm_by_id[csm_id]
            if csm.segments and account.segment.lower() not in [s.lower() for s in csm.segments]:
                text = f"{account.label} is {account.segment}; {csm.name} covers {', '.join(csm.segments)}."
                today = float(ground.today.by_account[account.id] == csm_id)
                if today and self.mode == "no_worse":
                    continue
                found.append(Breach(self.id, self.title, text, 1, "accounts", today, True, csm_id, (account.id,)))
        return found
