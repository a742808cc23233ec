"""Decisions: what reviewers decided in an earlier round holds: accepted moves, rejected ones, overrides, holdovers."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from bookwright.books import Plan
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Rule, Settings


class Held(BaseModel):
    """One decision as the rule needs it: who shall own the account, and why in words ("accepted by Mia")."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    csm: str
    why: str = "decided in the review"


class DecisionSettings(Settings):
    """`hold`: account id -> the CSM (id) that a decision gives it to, with the reason."""

    hold: Mapping[str, Held] = {}


class Decisions(Rule):
    """Comes last in the catalogue: a decision takes choices away, but moves no target and makes no move less chosen.

    So a plan that is accepted whole comes back unchanged. Precedence: never > CSM gone > pin > decision > freeze >
    coverage and matches; what is overruled below is listed as an exception. Where members of a family must stay
    together, a decision on one of them holds for all.
    """

    id = "decisions"
    title = "Review decisions hold"
    schema = DecisionSettings
    settings: DecisionSettings

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        return f"What reviewers decided holds ({len(self.settings.hold):,} accounts)."

    def post(self, board: Board) -> None:
        """Give each decided account, and whoever must stay with it, to its CSM."""
        problem = board.problem
        for account_id, held in self.settings.hold.items():
            i, j = problem.account_position.get(account_id), problem.csm_position.get(held.csm)
            if i is None or j is None:
                what = f"account {account_id}" if i is None else f"CSM {held.csm}"
                board.notes.append(("decision_lapsed", f"A decision lapses: {what} is not in this book.", ()))
            else:
                board.decide(self.id, i, j, held.why)

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Accounts that are not with the CSM a decision gives them to."""
        portfolio = plan.problem.portfolio
        found = []
        for account_id, held in self.settings.hold.items():
            now = plan.by_account.get(account_id, held.csm)
            if now != held.csm and held.csm in portfolio.csm_by_id:
                label, name = portfolio.account_by_id[account_id].label, portfolio.csm_name
                text = f"{label} was to be with {name(held.csm)} ({held.why}) but is with {name(now) or 'nobody'}."
                found.append(Breach(self.id, self.title, text, 1, "accounts", 0.0, True, held.csm, (account_id,)))
        return found
