"""Pins: an account that must have a named CSM, and accounts with notice given, which stay where they are."""

from __future__ import annotations

from collections import Counter

from bookwright.books import Plan
from bookwright.portfolio import Account, Status
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Rule, Settings


class PinSettings(Settings):
    """`many_per_csm`: more pins than this for one CSM is a finding."""

    many_per_csm: int = 10


class Pins(Rule):
    """A pinned account has the CSM it is pinned to until the pin's last day, even outside coverage."""

    id = "pins"
    title = "Pins hold"
    schema = PinSettings
    settings: PinSettings

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        count = sum(self._lives(a, problem) for a in problem.accounts)
        return f"A pinned account keeps the CSM it is pinned to; accounts with notice given stay ({count} in all)."

    @staticmethod
    def _lives(account: Account, problem: Problem) -> bool:
        pinned = account.pin is not None and (account.pin_until is None or account.pin_until >= problem.effective_date)
        return pinned or (account.status is Status.NOTICE and account.csm_id is not None)

    def bar(self, board: Board) -> None:
        """Hold pinned accounts; a pin whose `Pin until` is before the effective date has lapsed."""
        problem = board.problem
        for i, account in enumerate(problem.accounts):
            if account.pin is None or not self._lives(account, problem):
                continue
            j = problem.csm_position.get(account.pin)
            if j is None:
                text = (
                    f'{account.label} is pinned to "{account.pin}", who is not on the CSMs sheet: the pin is left out.'
                )
                board.notes.append(("unknown_pin", text, (i,)))
            else:
                reason = f": {account.pin_reason}" if account.pin_reason else ""
                board.hold(self.id, i, j, f"pinned{reason}")
        for i, account in enumerate(problem.accounts):
            if account.status is Status.NOTICE and problem.owner[i] >= 0 and not problem.leaves[problem.owner[i]]:
                board.hold("freezes", i, int(problem.owner[i]), "notice was given")
        counts = Counter(h.csm for h in board.holds.values() if h.rule == self.id)
        for j, count in counts.items():
            if count > self.settings.many_per_csm:
                name = problem.csms[j].name
                text = f"{name} has {count} pinned accounts. Maybe some pins are habits: each one ties the plan."
                board.notes.append(("many_pins", text, ()))

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Pinned accounts that another CSM has, and accounts with notice given that left a CSM who is there."""
        problem = plan.problem
        when, end = problem.effective_date, problem.horizon_end
        csms = problem.portfolio.csm_by_id
        never = {(w.account_id, w.other) for w in problem.portfolio.wishes if w.kind == "never"}
        found = []
        for account in problem.accounts:
            home, now = ground.today.by_account[account.id], plan.by_account[account.id]
            lapsed = account.pin_until is not None and (account.pin_until - when).days < 0
            if account.pin is not None and account.pin in csms and not lapsed:
                wanted, why = account.pin, "is pinned to"
            elif account.status == "notice given" and home is not None and (account.id, home) not in never:
                wanted, why = home, "has given notice and stays with"
                started = csms[home].start_date
                ended = csms[home].end_date
                if (ended is not None and (end - ended).days > 1) or (started is not None and started >= end):
                    continue
            else:
                continue
            if now != wanted:
                name = problem.portfolio.csm_name
                text = f"{account.label} {why} {name(wanted)} but is with {name(now) or 'nobody'}."
                today = float(home != wanted)
                found.append(Breach(self.id, self.title, text, 1, "accounts", today, True, wanted, (account.id,)))
        return found
