"""Keep apart: two accounts that must not have the same CSM (competitors, a conflict of interest)."""

from __future__ import annotations

from bookwright.books import Plan
from bookwright.portfolio import WishKind
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board, Contradiction
from bookwright.rules.rule import Ground, Rule


class Apart(Rule):
    """Rows of the Pairs sheet with kind "keep apart"; `no_worse` leaves alone what shares a CSM today and stays."""

    id = "apart"
    title = "Kept apart"
    unit = "pairs"
    modes = ("hard", "no_worse", "off")

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        count = sum(w.kind is WishKind.APART for w in problem.portfolio.wishes)
        return f"Accounts that the Pairs sheet keeps apart have different CSMs ({count} pairs)."

    def post(self, board: Board) -> None:
        """Hand the pairs to the board; a pair that is also to be kept together is a contradiction."""
        problem = board.problem
        group_of = {i: g for g, (_, members) in enumerate(board.groups) for i in members}
        for wish in problem.portfolio.wishes:
            i, k = problem.account_position.get(wish.account_id), problem.account_position.get(wish.other)
            if wish.kind is not WishKind.APART or i is None or k is None or i == k:
                continue
            together_today = problem.owner[i] >= 0 and problem.owner[i] == problem.owner[k]
            if self.mode == "no_worse" and together_today:
                continue
            if i in group_of and group_of[i] == group_of.get(k):
                a, b = problem.accounts[i], problem.accounts[k]
                text = f"{a.label} and {b.label} are to be kept apart, but also together (family, or the Pairs sheet)."
                board.contradictions.append(Contradiction(self.id, text, (a.id, b.id)))
                continue
            board.apart.append((min(i, k), max(i, k)))

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Pairs that share a CSM."""
        portfolio = plan.problem.portfolio
        found = []
        for wish in portfolio.wishes:
            pair = (wish.account_id, wish.other)
            if wish.kind != "keep apart" or pair[0] == pair[1] or any(p not in plan.by_account for p in pair):
                continue
            csm = plan.by_account[pair[0]]
            if csm is None or csm != plan.by_account[pair[1]]:
                continue
            home = ground.today.by_account[pair[0]]
            today = float(home is not None and home == ground.today.by_account[pair[1]])
            if self.mode == "no_worse" and today:
                continue
            a, b = (portfolio.account_by_id[p].label for p in pair)
            text = f"{a} and {b} are to be kept apart but both are with {portfolio.csm_name(csm)}."
            found.append(Breach(self.id, self.title, text, 1, "pairs", today, True, csm, pair))
        return found
