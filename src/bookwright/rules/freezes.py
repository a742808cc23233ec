"""Freezes: accounts that must not move now: renewal near, CSM changed lately, onboarding, open escalation."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from bookwright.books import Plan
from bookwright.portfolio import Account, Coverage, Kind, Status
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Rule, Settings


class FreezeSettings(Settings):
    """Days are counted from the effective date. `everyone` = no account with a CSM moves at all; with `or_budget` that
    is so only while the move budget is 0 accounts, or stands on the Settings sheet: that one is for usual plans.

    -1 days = no such window (0 still holds the day itself). Short contracts, pooled accounts and exempt segments
    have no windows; an account's own freeze date and an open escalation hold everywhere.
    """

    days_before_renewal: int = Field(default=60, ge=-1)
    days_after_renewal: int = Field(default=30, ge=-1)
    days_after_csm_change: int = Field(default=90, ge=-1)
    onboarding_days: int = Field(default=90, ge=-1)
    short_contract_months: float = Field(default=3, ge=0)
    exempt_segments: tuple[str, ...] = ("Digital", "Pooled", "Tech-touch")
    everyone: bool = False
    or_budget: bool = False


class Freezes(Rule):
    """An account in a delicate moment stays with today's CSM, who is there to keep it."""

    id = "freezes"
    title = "Frozen accounts stay"
    schema = FreezeSettings
    settings: FreezeSettings

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence with its windows."""
        s = self.settings
        if self.everyone(problem):
            return "No account that has a CSM moves."
        return (
            f"Accounts stay put from {s.days_before_renewal} days before to {s.days_after_renewal} after a renewal, "
            f"for {s.days_after_csm_change} days after a change of CSM, during onboarding ({s.onboarding_days} days), "
            "with an open escalation, and until their own freeze date."
        )

    def everyone(self, problem: Problem) -> bool:
        """Whether nobody moves who has a CSM."""
        budget = problem.model.rules.get("move_budget", {}).get("accounts_percent")
        usual = problem.model.origins.get("move_budget_accounts_percent") == "Settings sheet"
        return self.settings.everyone and not (self.settings.or_budget and float(budget or 0) > 0 and not usual)

    def reason(self, account: Account, when: dt.date, *, pooled: bool = False, everyone: bool = False) -> str:
        """Why an account is frozen on the effective date; empty when it is not. `pooled`: a pool has it today."""
        s = self.settings
        if account.freeze_until is not None and account.freeze_until > when:
            return f"frozen until {account.freeze_until.isoformat()}"
        if account.escalation:
            return "escalation open"
        if everyone:
            return "nobody else moves"
        exempt = {name.casefold() for name in s.exempt_segments}
        if pooled or account.coverage is Coverage.POOL or account.segment.casefold() in exempt:
            return ""
        if account.contract_term_months is not None and account.contract_term_months <= s.short_contract_months:
            return ""
        since = (when - account.csm_since).days if account.csm_since else None
        onboarding = account.status is Status.ONBOARDING or account.stage.casefold().startswith("onboard")
        if onboarding and s.onboarding_days > 0 and (since is None or since <= s.onboarding_days):
            return "in onboarding"
        if account.renewal_date is not None:
            due = (account.renewal_date - when).days
            if -s.days_after_renewal <= due <= s.days_before_renewal:
                return f"renewal on {account.renewal_date.isoformat()}"
        if account.csm_since is not None and since is not None and 0 <= since <= s.days_after_csm_change:
            return f"CSM since {account.csm_since.isoformat()}"
        return ""

    def bar(self, board: Board) -> None:
        """Hold frozen accounts where they are; no freeze where today's CSM is missing or leaving."""
        problem = board.problem
        everyone = self.everyone(problem)
        for i, account in enumerate(problem.accounts):
            j = int(problem.owner[i])
            if j < 0 or problem.leaves[j]:
                continue
            pooled = problem.csms[j].kind is Kind.POOL
            why = self.reason(account, problem.effective_date, pooled=pooled, everyone=everyone)
            if why:
                board.hold(self.id, i, j, why)

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Frozen accounts that changed hands although their CSM stays and no pin or never asks for it."""
        problem, s = plan.problem, self.settings
        day = problem.effective_date.toordinal()
        exempt_names = [e.lower() for e in s.exempt_segments]
        never = {(w.account_id, w.other) for w in problem.portfolio.wishes if w.kind == "never"}
        everyone = s.everyone
        if s.or_budget and problem.model.origins.get("move_budget_accounts_percent") != "Settings sheet":
            everyone = everyone and not float(problem.model.rules.get("move_budget", {}).get("accounts_percent") or 0)
        found = []
        for account in problem.accounts:
            home, new = ground.today.by_account[account.id], plan.by_account[account.id]
            if home is None or home == new or ground.held.get(account.id, home) != home or (account.id, home) in never:
                continue
            csm = problem.portfolio.csm_by_id[home]
            if csm.end_date is not None and (problem.horizon_end - csm.end_date).days > 1:
                continue
            if csm.start_date is not None and csm.start_date >= problem.horizon_end:
                continue
            term = account.contract_term_months
            exempt = account.coverage == "pool" or csm.kind == "pool" or account.segment.lower() in exempt_names
            exempt = exempt or (term is not None and term <= s.short_contract_months)
            windows = []
            if not exempt:
                if account.renewal_date:
                    r = account.renewal_date.toordinal()
                    windows.append((r - s.days_before_renewal, r + s.days_after_renewal))
                if account.csm_since:
                    windows.append(
                        (account.csm_since.toordinal(), account.csm_since.toordinal() + s.days_after_csm_change)
                    )
                if s.onboarding_days and (account.status == "onboarding" or account.stage.lower()[:7] == "onboard"):
                    start = account.csm_since.toordinal() if account.csm_since else day
                    windows.append((start if start < day else day, start + s.onboarding_days))
            frozen = any(a <= day <= b for a, b in windows) or account.escalation or everyone
            frozen = frozen or (account.freeze_until is not None and account.freeze_until.toordinal() > day)
            if frozen:
                taker = problem.portfolio.csm_name(new) or "nobody"
                text = f"{account.label} is frozen with {csm.name} but moves to {taker}."
                found.append(Breach(self.id, self.title, text, 1, "accounts", 0.0, True, home, (account.id,)))
        return found
