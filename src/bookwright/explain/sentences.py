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
from bookwright.rules.loads import worth


@dataclass(eq=False)
class _Books:
    """Loads of every family of rows under the plan (integer units), and the hours of every book."""

    board: Board
    plan: Plan
    loads: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    hours: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.loads = {rows.name: worth(self.board, rows, self.plan.csm_of) for rows in self.board.rows}
        owned = self.plan.csm_of >= 0
        problem = self.plan.problem
        hours = np.bincount(self.plan.csm_of[owned], weights=problem.hours[owned], minlength=len(problem.csms))
        self.hours = hours.astype(np.float64)

    def share(self, j: int, extra: float = 0.0) -> str:
        """Utilization of a CSM in words, with `extra` hours on top."""
        capacity = self.plan.problem.capacity_hours[j]
        return f"{(self.hours[j] + extra) / capacity:.0%}" if capacity > 0 else "no hours"

    def used(self, csms: NDArray[np.intp], extra: float = 0.0) -> NDArray[np.float64]:
        """Utilization of some CSMs, with `extra` hours on top of each; those without hours come last."""
        capacity = np.maximum(self.plan.problem.capacity_hours[csms], 1e-9)
        return np.asarray((self.hours[csms] + extra) / capacity, dtype=np.float64)

    def change(self, rows: Rows, i: int, giver: int, taker: int) -> int:
        """How much worse a family's breach gets when account i goes from giver to taker."""
        use = int(rows.use[i])
        if use == 0:
            return 0
        load, worse = self.loads[rows.name], 0
        out, into = int(rows.row_of[giver]), int(rows.row_of[taker])
        for row, more in ((out, -use), (into, use)):
            if row >= 0 and out != into:
                worse += _breach(rows, row, int(load[row]) + more) - _breach(rows, row, int(load[row]))
        return worse


def _breach(rows: Rows, row: int, load: int) -> int:
    """Priced breach of one row at a load, in the integer units of its priority."""
    out = max(0, int(rows.low[row]) - load, load - int(rows.high[row]))
    extra = max(0, out - int(rows.knee[row])) if rows.knee is not None else 0
    return (out + extra) * (int(rows.price[row]) if rows.price is not None else 1)


def explain(board: Board, plan: Plan, priorities: Sequence[Priority]) -> dict[str, str]:
    """Account id -> why it moves, or why it stays although its CSM is over 100 %."""
    books = _Books(board, plan)
    problem = plan.problem
    found: dict[str, str] = {}
    for move in plan.moves:
        i = problem.account_position[move.account_id]
        j = problem.csm_position[move.csm_to]
        hold = board.holds.get(i)
        if hold is not None and hold.rule == "decisions":
            found[move.account_id] = f"Decided in the review: {hold.why}."
        elif move.kind is MoveKind.CHOSEN:
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
    with_it = books.used(options[options != j], float(problem.hours[i]))
    lighter = int((with_it < books.used(np.array([j]))[0]).sum())
    rank = "the least used" if lighter == 0 else f"{lighter + 1} of {others + 1} by hours used"
    place = f"{books.share(j)} of the hours with it ({rank} of those who may own it)"
    speaks = [phrase for said in board.evidence for phrase in said(i, j)]
    fits = f" {csm.name.split()[0]} {', '.join(speaks)}." if speaks else ""
    if books.hours[j] > problem.capacity_hours[j] + 1e-3:
        return f"{why}{csm.name} may take {of}, though over 100 %: {place}.{fits}"
    return f"{why}{csm.name} may take {of} and has room: {place}.{fits}"


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
        f"Part of an exchange: with the other moves it keeps {giver} at {books.share(home)} and {taker} at "
        f"{books.share(j)} of the hours; on its own it changes no limit."
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
    options = np.flatnonzero(board.allowed[i])
    options = options[options != home]
    if not len(options):
        return f"{head}nobody else may own it."
    need = float(problem.hours[i])
    best = int(options[np.argmin(books.used(options, need))])
    name, share = problem.csms[best].name, books.share(best, need)
    if books.hours[best] + need > problem.capacity_hours[best] + 1e-3:
        everyone = f"the only other CSM who may own it, {name}, would be at {share}"
        if len(options) > 1:
            everyone = f"everyone else who may own it would be over 100 % with it, the lightest, {name}, at {share}"
        return f"{head}{everyone}."
    budget = _budget_full(books, i, best)
    if budget:
        return f"{head}{name} has room, but {budget}."
    return f"{head}{name} has room ({share} with it), but moving it alone does not make the plan better."


def _budget_full(books: _Books, i: int, taker: int) -> str:
    """Which hard row a move of account i to `taker` would overdraw, in words; empty when none."""
    for rows in books.board.rows:
        if rows.priority is not None:
            continue
        use = int(rows.use[i])
        row = int(rows.row_of[taker]) if rows.by == "csm" else int(rows.row_of[i])
        if row < 0 or use <= 0:
            continue
        if int(books.loads[rows.name][row]) + use > int(rows.high[row]):
            if rows.rule == "move_budget":
                return "the move budget is used up"
            return f"the limit on {rows.title.lower()} is reached"
    return ""


def short_hours(plan: Plan) -> Mapping[str, float]:
    """Hours over 100 % per segment: overload of each CSM shared out by the hours of the segments in the book."""
    problem = plan.problem
    owned, kinds = plan.csm_of >= 0, len(problem.segments)
    where = plan.csm_of[owned].astype(np.intp) * kinds + problem.segment[owned]
    parts = np.bincount(where, weights=problem.hours[owned], minlength=len(problem.csms) * kinds)
    parts = parts.reshape(len(problem.csms), kinds)
    total = parts.sum(axis=1)
    over = np.where((total - problem.capacity_hours > 1e-3) & (total > 0), total - problem.capacity_hours, 0.0)
    short = (over / np.where(total > 0, total, 1.0)) @ parts
    return {name: float(short[k]) for k, name in enumerate(problem.segments) if short[k] > 0}
