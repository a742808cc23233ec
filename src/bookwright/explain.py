"""Why: a sentence for every move, and for every account that stays although its CSM is over hours.

Arithmetic on the plan only: a reason is what taking this one move back would do, counted over every row the rules
posted. Every number in a sentence comes from the problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bookwright.books import MoveKind, Plan
from bookwright.planning_model import Priority
from bookwright.rules.board import Board, Rows
from bookwright.solve import breach, worth


@dataclass(eq=False)
class _Books:
    """Loads of every priced or hard family of rows by CSM under the plan."""

    board: Board
    plan: Plan
    loads: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    hours: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        for rows in self.board.rows:
            if rows.by == "csm" and not rows.away_only:
                self.loads[rows.name] = worth(self.board, rows, self.plan.csm_of)
        owned = self.plan.csm_of >= 0
        problem = self.plan.problem
        self.hours = np.bincount(self.plan.csm_of[owned], weights=problem.hours[owned], minlength=len(problem.csms))

    def share(self, j: int, extra: float = 0.0) -> str:
        """Utilization of a CSM in words, with `extra` hours on top."""
        capacity = self.plan.problem.capacity_hours[j]
        return f"{(self.hours[j] + extra) / capacity:.0%}" if capacity > 0 else "no hours"

    def change(self, rows: Rows, i: int, giver: int, taker: int) -> int:
        """How much worse a family's breach gets when account i goes from giver to taker."""
        row_of, use = np.asarray(rows.row_of), int(np.asarray(rows.use)[i])
        if use == 0:
            return 0
        load = self.loads[rows.name]
        after = load.copy()
        if row_of[giver] >= 0:
            after[row_of[giver]] -= use
        if row_of[taker] >= 0:
            after[row_of[taker]] += use
        touched = [int(row_of[j]) for j in (giver, taker) if row_of[j] >= 0]
        return int(breach(rows, after)[touched].sum() - breach(rows, load)[touched].sum())


def explain(board: Board, plan: Plan, priorities: Sequence[Priority]) -> dict[str, str]:
    """Account id -> why it moves, or why it stays although its CSM is over 100 %."""
    books = _Books(board, plan)
    problem = plan.problem
    found: dict[str, str] = {}
    for move in plan.moves:
        i = problem.account_position[move.account_id]
        j = problem.csm_position[move.csm_to]
        if move.kind is MoveKind.CHOSEN:
            found[move.account_id] = _chosen(books, priorities, i, int(problem.owner[i]), j)
        else:
            found[move.account_id] = _placed(books, i, j, move.reason)
    over = np.flatnonzero(books.hours > problem.capacity_hours + 1e-3)
    for i in np.flatnonzero(np.isin(plan.csm_of, over)).tolist():
        if plan.csm_of[i] == problem.owner[i]:
            found[problem.accounts[i].id] = _stays(books, i, int(plan.csm_of[i]))
    return found


def _placed(books: _Books, i: int, j: int, reason: str) -> str:
    """Placed or forced: why it needed an owner, and what speaks for this one."""
    problem, board = books.plan.problem, books.board
    account, csm = problem.accounts[i], problem.csms[j]
    why = f"{reason}. " if reason else "Had no CSM. "
    hold = board.holds.get(i)
    if hold is not None and hold.csm == j:
        return f"{why}{csm.name} must have it ({hold.why})."
    options = np.flatnonzero(board.allowed[i])
    if len(options) == 1:
        return f"{why}{csm.name} is the only CSM who may own it; with it at {books.share(j)} of the hours."
    of = f"{account.segment} accounts" if account.segment else "it"
    others = len(options) - 1
    lighter = int(
        sum(
            books.hours[k] / max(problem.capacity_hours[k], 1e-9)
            < books.hours[j] / max(problem.capacity_hours[j], 1e-9)
            for k in options
        )
    )
    rank = "the least used" if lighter == 0 else f"{lighter + 1} of {others + 1} by hours used"
    return f"{why}{csm.name} may take {of} and has room: {books.share(j)} of the hours with it ({rank} of those who may own it)."


def _chosen(books: _Books, priorities: Sequence[Priority], i: int, home: int, j: int) -> str:
    """A chosen move: the first priority that would be worse without it, and the row that shows it."""
    for priority in priorities:
        changes = []
        for rows in books.board.rows:
            if rows.priority == priority.name and rows.by == "csm" and not rows.away_only:
                changes.append((books.change(rows, i, j, home), rows))
        if sum(c for c, _ in changes) <= 0:
            continue
        change, rows = max(changes, key=lambda pair: pair[0])
        if change > 0:
            return _without(books, rows, i, home, j)
    problem = books.plan.problem
    giver, taker = problem.csms[home].name, problem.csms[j].name
    return (
        f"Part of an exchange: with the other moves it keeps {giver} at {books.share(home)} and {taker} at {books.share(j)} "
        "of the hours; on its own it changes no limit."
    )


def _without(books: _Books, rows: Rows, i: int, home: int, j: int) -> str:
    """What the row would show if the account had stayed."""
    problem = books.plan.problem
    giver, taker = problem.csms[home].name, problem.csms[j].name
    hours = float(problem.hours[i])
    if rows.name in ("hours", "utilization", "evenness"):
        head = f"With it {giver} would be at {books.share(home, hours)} of the hours instead of {books.share(home)}"
        if rows.name == "hours":
            return f"{head}, over 100 %; {taker} is at {books.share(j)} with it."
        return f"{head}, and {taker} at {books.share(j, -hours)} instead of {books.share(j)}."
    load, use = books.loads[rows.name], int(np.asarray(rows.use)[i])
    row_of = np.asarray(rows.row_of)
    said = []
    for name, csm, sign in ((giver, home, 1), (taker, j, -1)):
        r = int(row_of[csm])
        if r < 0:
            continue
        back = int(load[r]) + sign * use
        low, high = int(np.asarray(rows.low)[r]), int(np.asarray(rows.high)[r])
        if back > high and sign > 0:
            said.append(f"{name} would be above the {rows.title} band ({back:,} against at most {high:,})")
        elif back < low and sign < 0:
            said.append(f"{name} would be below the {rows.title} band ({back:,} against at least {low:,})")
    text = " and ".join(said) if said else f"{giver} and {taker} would be further from their {rows.title} targets"
    return f"Without this move {text}."


def _stays(books: _Books, i: int, home: int) -> str:
    """Why an account stays although its CSM is over 100 %."""
    problem, board = books.plan.problem, books.board
    head = f"Stays although {problem.csms[home].name} is at {books.share(home)}: "
    hold = board.holds.get(i)
    if hold is not None:
        return f"{head}{hold.why}."
    options = [int(k) for k in np.flatnonzero(board.allowed[i]) if k != home]
    if not options:
        return f"{head}nobody else may own it."
    need = float(problem.hours[i])
    capacity = problem.capacity_hours
    best = min(options, key=lambda k: (books.hours[k] + need) / max(capacity[k], 1e-9))
    if books.hours[best] + need > capacity[best] + 1e-3:
        return f"{head}everyone else who may own it would be over 100 % with it, the lightest, {problem.csms[best].name}, at {books.share(best, need)}."
    budget = _budget_full(books, i, best)
    if budget:
        return f"{head}{problem.csms[best].name} has room, but {budget}."
    return f"{head}{problem.csms[best].name} has room ({books.share(best, need)} with it), but moving it alone does not make the plan better."


def _budget_full(books: _Books, i: int, taker: int) -> str:
    """Which hard row a move of account i to `taker` would overdraw, in words; empty when none."""
    board, plan = books.board, books.plan
    for rows in board.rows:
        if rows.priority is not None:
            continue
        use = int(np.asarray(rows.use)[i])
        row_of = np.asarray(rows.row_of)
        row = int(row_of[taker]) if rows.by == "csm" else int(row_of[i])
        if row < 0 or use <= 0:
            continue
        load = int(worth(board, rows, plan.csm_of)[row])
        if load + use > int(np.asarray(rows.high)[row]):
            if rows.rule == "move_budget":
                return "the move budget is used up"
            return f"the limit on {rows.title.lower()} is reached"
    return ""


def short_hours(plan: Plan) -> Mapping[str, float]:
    """Hours over 100 % per segment: overload of each CSM shared out by the hours of the segments in the book."""
    problem = plan.problem
    found: dict[str, float] = {}
    owned = plan.csm_of >= 0
    for j in range(len(problem.csms)):
        mine = owned & (plan.csm_of == j)
        total = float(problem.hours[mine].sum())
        over = total - float(problem.capacity_hours[j])
        if over <= 1e-3 or total <= 0:
            continue
        for k, name in enumerate(problem.segments):
            part = float(problem.hours[mine & (problem.segment == k)].sum())
            if part > 0:
                found[name] = found.get(name, 0.0) + over * part / total
    return found
