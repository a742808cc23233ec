"""Move budget: how many accounts may change hands by choice, in all and per CSM, and how much ARR."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from bookwright.books import Plan
from bookwright.problem import Problem, whole_down
from bookwright.result import Breach
from bookwright.rules.board import OPEN_LOW, Board, Ints, Rows
from bookwright.rules.rule import Ground, Rule, Settings


class MoveBudgetSettings(Settings):
    """Shares are of planned accounts that have a CSM and of their ARR; None = no budget of that kind.

    `elsewhere_percent`: moves by choice to CSMs who are no new hires, as a share of the same accounts; at 0 new hires
    alone receive. Per CSM in: the larger of `in_at_least` and `in_percent_of_book` of today's accounts, new hires
    exempt; the CSMs sheet's "Max moves in" and "Max moves out" win.
    """

    accounts_percent: float | None = Field(default=15.0, ge=0)
    arr_percent: float | None = Field(default=15.0, ge=0)
    elsewhere_percent: float | None = Field(default=None, ge=0)
    in_at_least: int | None = Field(default=3, ge=0)
    in_percent_of_book: float = Field(default=20.0, ge=0)


class MoveBudget(Rule):
    """Only chosen moves count: placing an account without a CSM, or one whose CSM leaves, is free."""

    id = "move_budget"
    title = "Move budget"
    unit = "accounts"
    schema = MoveBudgetSettings
    settings: MoveBudgetSettings

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence with its numbers."""
        s = self.settings
        parts = []
        if s.accounts_percent is not None:
            parts.append(f"{s.accounts_percent:g} % of the accounts")
        if s.arr_percent is not None:
            parts.append(f"{s.arr_percent:g} % of the ARR")
        head = f"At most {' and '.join(parts)} change hands by choice" if parts else "Moves by choice"
        if s.in_at_least is not None:
            share = f"{s.in_at_least} or {s.in_percent_of_book:g} % of the book"
            head += f"; no CSM receives more than {share}, whichever is more (new hires exempt)"
        if s.elsewhere_percent is not None:
            few = f"at most {s.elsewhere_percent:g} % go to others" if s.elsewhere_percent > 0 else "nobody else does"
            head += f"; new hires receive, {few}"
        return head + "."

    def bar(self, board: Board) -> None:
        """With nothing left for others, bar everyone but new hires from accounts that may stay where they are."""
        problem = board.problem
        if self.settings.elsewhere_percent is None or self.settings.elsewhere_percent > 0:
            return
        owned = np.flatnonzero(problem.owner >= 0)
        stays = owned[board.bars[owned, problem.owner[owned]] == 0]
        others = np.array([not is_new(problem, j) for j in range(len(problem.csms))])
        mask = np.zeros(board.bars.shape, dtype=np.bool_)
        mask[stays] = others
        board.bar(self.id, board.except_today(mask), lambda i, j: "is no new hire, and only new hires receive accounts")

    def limits_in(self, problem: Problem) -> list[int | None]:
        """How many chosen moves each CSM may receive; None = any number."""
        today = np.bincount(problem.owner[problem.owner >= 0], minlength=len(problem.csms))
        found: list[int | None] = []
        for j, csm in enumerate(problem.csms):
            if csm.max_moves_in is not None:
                found.append(csm.max_moves_in)
            elif self.settings.in_at_least is None or is_new(problem, j) or today[j] == 0:
                found.append(None)
            else:
                share = math.floor(today[j] * self.settings.in_percent_of_book / 100 + 1e-9)
                found.append(max(self.settings.in_at_least, share))
        return found

    def post(self, board: Board) -> None:
        """Rows over chosen moves: in all by count and ARR, per CSM in and out."""
        problem, s = board.problem, self.settings
        m = len(problem.csms)
        chosen = board.chosen()
        count = chosen.astype(np.int64)
        one = np.zeros(m, dtype=np.int32)
        low1 = np.array([OPEN_LOW])
        owned = problem.owner >= 0
        if s.accounts_percent is not None:
            high = whole_down(owned.sum() * s.accounts_percent / 100)
            if high < count.sum():  # a budget for every account holds nothing
                board.post(
                    Rows(self.id, "moves", "Moves by choice", count, one, low1, np.array([high]), away_only=True)
                )
        if s.arr_percent is not None:
            # A credit (ARR below zero) neither spends the budget nor earns any.
            worth = np.maximum(problem.arr, 0.0)
            high = whole_down(float(worth[owned].sum()) * s.arr_percent / 100)
            # Each account's ARR rounded up: what fits in whole units fits in fact, and moving nothing always fits.
            arr = np.where(chosen, np.ceil(worth - 1e-6), 0).astype(np.int64)
            if high < arr.sum():
                rows = Rows(
                    self.id, "moves_arr", "ARR moved by choice", arr, one, low1, np.array([high]), away_only=True
                )
                board.post(rows)
        if s.elsewhere_percent is not None and s.elsewhere_percent > 0:
            others = np.array([-1 if is_new(problem, j) else 0 for j in range(m)], dtype=np.int32)
            high = whole_down(owned.sum() * s.elsewhere_percent / 100)
            title = "Moves to CSMs who are not new"
            board.post(Rows(self.id, "moves_elsewhere", title, count, others, low1, np.array([high]), away_only=True))
        limits = self.limits_in(problem)
        self._per_csm(board, "moves_in", "Moves in", count, limits, np.arange(m, dtype=np.int32), "csm")
        out = [c.max_moves_out for c in problem.csms]
        self._per_csm(board, "moves_out", "Moves out", count, out, problem.owner.astype(np.int32), "account")

    def _per_csm(
        self, board: Board, name: str, title: str, use: Ints, limits: list[int | None], where: object, by: object
    ) -> None:
        held = [j for j, limit in enumerate(limits) if limit is not None and limit < np.sum(use)]
        if not held:
            return
        row = np.full(len(limits), -1, dtype=np.int32)
        row[held] = np.arange(len(held), dtype=np.int32)
        positions = np.asarray(where)
        row_of = np.where(positions >= 0, row[positions], -1).astype(np.int32)
        high = np.array([limits[j] for j in held], dtype=np.int64)
        low = np.full(len(held), OPEN_LOW)
        board.post(Rows(self.id, name, title, use, row_of, low, high, by=by, away_only=True))  # type: ignore[arg-type]

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Budgets overdrawn by chosen moves, counted move by move."""
        problem, s = plan.problem, self.settings
        portfolio = problem.portfolio
        chosen = [m for m in plan.moves if m.kind == "chosen"]
        owned = [a for a in problem.accounts if ground.today.by_account[a.id] is not None]
        found: list[Breach] = []

        def hold(what: str, amount: float, limit: float, unit: str, csm_id: str | None = None) -> None:
            if amount > limit + 1e-6 * max(1.0, abs(limit)):
                text = f"{what}: {amount:,.0f} against a budget of {limit:,.0f}."
                found.append(Breach(self.id, self.title, text, amount - limit, unit, 0.0, True, csm_id))

        if s.accounts_percent is not None:
            hold("Accounts moved by choice", len(chosen), int(len(owned) * s.accounts_percent / 100 + 1e-9), "accounts")
        if s.arr_percent is not None:
            moved = sum(max(portfolio.account_by_id[m.account_id].arr, 0.0) for m in chosen)
            hold("ARR moved by choice", moved, sum(max(a.arr, 0.0) for a in owned) * s.arr_percent / 100, "ARR")
        if s.elsewhere_percent is not None:
            new = {csm.id for j, csm in enumerate(problem.csms) if is_new(problem, j)}
            elsewhere = [m for m in chosen if m.csm_to not in new and ground.held.get(m.account_id) != m.csm_to]
            few = int(len(owned) * s.elsewhere_percent / 100 + 1e-9)
            hold("Accounts moved to CSMs who are not new", len(elsewhere), few, "accounts")
        came, went = Counter(m.csm_to for m in chosen), Counter(m.csm_from for m in chosen)
        books = Counter(ground.today.by_account[a.id] for a in owned)
        for j, csm in enumerate(problem.csms):
            book, limit = books[csm.id], csm.max_moves_in
            if limit is None and s.in_at_least is not None and book and not is_new(problem, j):
                limit = max(s.in_at_least, int(book * s.in_percent_of_book / 100 + 1e-9))
            if limit is not None:
                hold(f"Moves to {csm.name}", came[csm.id], limit, "accounts", csm.id)
            if csm.max_moves_out is not None:
                hold(f"Moves from {csm.name}", went[csm.id], csm.max_moves_out, "accounts", csm.id)
        return found

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """Accounts moved by choice."""
        return float(sum(m.kind == "chosen" for m in plan.moves))


def is_new(problem: Problem, j: int) -> bool:
    """True for a CSM whose capacity still grows within the horizon, or who starts in it: a book to be filled."""
    csm = problem.csms[j]
    starts = csm.start_date is not None and csm.start_date >= problem.effective_date
    ramping = csm.ramp_now is not None and csm.ramp_now < 100
    return starts or ramping or bool(problem.capacity_months[j, 0] < problem.capacity_months[j, -1] - 1e-9)
