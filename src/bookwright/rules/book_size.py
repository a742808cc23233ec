"""Book size: how many accounts a CSM may have at most and should have at least."""

from __future__ import annotations

from collections import Counter

import numpy as np
from pydantic import Field

from bookwright.books import Plan
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, Board, Rows
from bookwright.rules.rule import Ground, Rule, Settings


class BookSizeSettings(Settings):
    """Limits for every CSM who is there; the CSMs sheet's "Max accounts" wins. `max_by_segment` counts one segment."""

    max_accounts: int | None = Field(default=None, ge=0)
    min_accounts: int | None = Field(default=None, ge=0)
    max_by_segment: dict[str, int] = Field(default_factory=dict)


class BookSize(Rule):
    """The number of accounts in a book stays between its limits."""

    id = "book_size"
    title = "Book size"
    unit = "accounts"
    modes = ("hard", "no_worse", "off")
    schema = BookSizeSettings
    settings: BookSizeSettings

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence with its numbers."""
        s = self.settings
        own = sum(c.max_accounts is not None for c in problem.csms)
        parts = []
        if s.min_accounts is not None:
            parts.append(f"at least {s.min_accounts}")
        if s.max_accounts is not None:
            parts.append(f"at most {s.max_accounts}")
        parts += [f"at most {limit} {segment}" for segment, limit in s.max_by_segment.items()]
        if own:
            parts.append(f"at most the CSM's own Max accounts ({own} CSMs have one)")
        return f"A book has {', '.join(parts)} accounts." if parts else "No limits on the number of accounts are set."

    def post(self, board: Board) -> None:
        """A row per CSM over counts, and one per CSM and segment."""
        problem, s = board.problem, self.settings
        there = [j for j, gone in enumerate(problem.leaves) if not gone]
        high = {
            j: limit
            for j in there
            if (limit := problem.csms[j].max_accounts if problem.csms[j].max_accounts is not None else s.max_accounts)
            is not None
        }
        low = {j: s.min_accounts for j in there if s.min_accounts is not None}
        ones = np.ones(len(problem.accounts), dtype=np.int64)
        self._post(board, "accounts", "Accounts", ones, low, high)
        for name, limit in s.max_by_segment.items():
            of_segment = np.array([n.casefold() == name.casefold() for n in problem.segments])[problem.segment]
            self._post(
                board,
                f"accounts_{name}",
                f"{name} accounts",
                of_segment.astype(np.int64),
                {},
                dict.fromkeys(there, limit),
            )

    def _post(
        self, board: Board, name: str, title: str, use: object, low: dict[int, int], high: dict[int, int]
    ) -> None:
        held = sorted(set(low) | set(high))
        if not held:
            return
        problem = board.problem
        counts = np.asarray(use)
        row_of = np.full(len(problem.csms), -1, dtype=np.int32)
        row_of[held] = np.arange(len(held), dtype=np.int32)
        lows = np.array([low.get(j, OPEN_LOW) for j in held], dtype=np.int64)
        highs = np.array([high.get(j, OPEN_HIGH) for j in held], dtype=np.int64)
        if self.mode == "no_worse":
            owned = problem.owner >= 0
            today = np.bincount(problem.owner[owned], weights=counts[owned], minlength=len(problem.csms))[held]
            lows, highs = np.minimum(lows, today.astype(np.int64)), np.maximum(highs, today.astype(np.int64))
        board.post(Rows(self.id, name, title, counts, row_of, lows, highs))

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Books with too many or too few accounts, counted one by one."""
        problem, s = plan.problem, self.settings
        now: Counter[tuple[str | None, str]] = Counter()
        then: Counter[tuple[str | None, str]] = Counter()
        for account in problem.accounts:
            for counts, owners in ((now, plan.by_account), (then, ground.today.by_account)):
                counts[owners[account.id], ""] += 1
                counts[owners[account.id], f"/{account.segment.lower()}"] += 1
        found = []
        for j, csm in enumerate(problem.csms):
            if problem.leaves[j]:
                continue
            limit = csm.max_accounts if csm.max_accounts is not None else s.max_accounts
            cases = [("accounts", "", s.min_accounts, limit)]
            cases += [(f"{name} accounts", f"/{name.lower()}", None, most) for name, most in s.max_by_segment.items()]
            for what, key, least, most in cases:
                count, before = now[csm.id, key], then[csm.id, key]
                over, over_then = (max(0, n - most) if most is not None else 0 for n in (count, before))
                under, under_then = (max(0, least - n) if least is not None else 0 for n in (count, before))
                if self.mode == "no_worse":
                    over, under = over if over > over_then else 0, under if under > under_then else 0
                if over or under:
                    text = f"{csm.name} has {count} {what}; the limit is {most if over else least}."
                    amount, today = float(over + under), float(over_then + under_then)
                    found.append(Breach(self.id, self.title, text, amount, "accounts", today, True, csm.id))
        return found
