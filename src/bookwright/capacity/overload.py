"""Who is over 100 %, and what would bring each below: accounts to hand over, touchpoints to automate or to drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.capacity.analysis import Capacity
from bookwright.rules import Board, Ground, Rule, build, set_up

_ENOUGH = 0.05
"""Hours that count as none."""

HandOver = tuple[str, float, float, str]
"""Account id, hours, ARR, and the name of the CSM who may own it and has room."""


@dataclass(frozen=True, slots=True)
class Overload:
    """A CSM over 100 %: three ways out, each on its own. Hours a month.

    `hand_over`: accounts that may move, each to somebody who may own it and has room, least ARR per hour first, as many
    as are needed; families go whole. All of them together keep every rule of the planning model that today's books
    keep (checked by the rules themselves). `left` = hours that stay over after that, `stopped` = the rule that allows
    no more, `held` = accounts of the book that must stay, by what holds them. `automate` and `drop` = (segment,
    touchpoint, hours).
    """

    csm_id: str
    over: float
    hand_over: tuple[HandOver, ...]
    left: float
    stopped: str
    held: tuple[tuple[str, int], ...]
    automate: tuple[tuple[str, str, float], ...]
    drop: tuple[tuple[str, str, float], ...]

    @property
    def verdict(self) -> str:
        """What handing over comes to, in words."""
        if self.left <= _ENOUGH:
            return "brings the book under 100 %"
        held = ", ".join(f"{count:,} held by {why}" for why, count in self.held)
        why = "for the rest of the book nobody may own it and has room"
        text = f"{self.left:,.1f} h stay over: " + (f"{self.stopped} allows no more" if self.stopped else why)
        return text + (f" ({held})" if held else "")


def overloads(capacity: Capacity) -> tuple[Overload, ...]:
    """Every CSM over 100 %, the most hours over first."""
    problem = capacity.problem
    room = np.array([c.capacity - c.hours for c in capacity.csms])
    over = [j for j in np.argsort(room, kind="stable").tolist() if room[j] < -_ENOUGH]
    if not over:
        return ()
    rules = build(problem.model)
    board = set_up(problem, rules)
    given = _given(capacity, board, over, room.copy(), limit=None)
    stopped: dict[int, str] = {}
    if _broken(capacity, board, rules, [m for moves in given.values() for m in moves]):
        given, stopped = _given_one_by_one(capacity, board, rules, over, room.copy())
    return tuple(_overload(capacity, board, j, -float(room[j]), given[j], stopped.get(j, "")) for j in over)


Moves = list[tuple[int, int]]
"""Account and CSM positions."""


def _items(capacity: Capacity, board: Board, j: int) -> list[tuple[int, ...]]:
    """What of a book may go as one: families whole, others alone; least ARR per hour first."""
    problem, owner = capacity.problem, capacity.plan.csm_of
    of = {i: members for _, members in board.groups for i in members}
    mine = [i for i in np.flatnonzero(owner == j).tolist() if problem.hours[i] > 0]
    items = dict.fromkeys(tuple(of.get(i, (i,))) for i in mine)
    whole = [m for m in items if all(owner[i] == j for i in m) and not any(i in board.holds for i in m)]

    def worth(members: tuple[int, ...]) -> tuple[float, float, str]:
        hours = float(problem.hours[list(members)].sum())
        return float(problem.arr[list(members)].sum()) / hours, -hours, problem.accounts[members[0]].id

    return sorted(whole, key=worth)


def _given(
    capacity: Capacity, board: Board, over: Sequence[int], room: NDArray[np.float64], limit: int | None
) -> dict[int, Moves]:
    """What each CSM hands over, and to whom: the CSM with most room who may own it."""
    problem, given = capacity.problem, dict[int, Moves]()
    for j in over:
        moves: Moves = []
        for members in _items(capacity, board, j):
            if room[j] >= 0 or (limit is not None and len(moves) >= limit):
                break
            hours = float(problem.hours[list(members)].sum())
            able = np.flatnonzero(board.allowed[list(members)].all(axis=0) & (room >= hours))
            able = able[able != j]
            if len(able):
                to = int(able[np.argmax(room[able])])
                room[to] -= hours
                room[j] += hours
                moves += [(i, to) for i in members]
        given[j] = moves
    return given


def _given_one_by_one(
    capacity: Capacity, board: Board, rules: Sequence[Rule], over: Sequence[int], room: NDArray[np.float64]
) -> tuple[dict[int, Moves], dict[int, str]]:
    """Where budgets or book sizes do not allow all of it: as much, CSM by CSM, as the rules keep; what stopped it."""
    problem, kept = capacity.problem, Moves()
    found: dict[int, Moves] = {}
    stopped: dict[int, str] = {}
    for j in over:
        moves = _given(capacity, board, [j], room.copy(), limit=None)[j]
        low, high = 0, len(moves)
        while low < high:  # the most moves, in their order, that keep everything
            middle = (low + high + 1) // 2
            broken = _broken(capacity, board, rules, kept + moves[:middle])
            low, high = (low, middle - 1) if broken else (middle, high)
            stopped[j] = broken or stopped.get(j, "")
        found[j] = moves[:low]
        kept += found[j]
        for i, to in found[j]:
            room[to] -= problem.hours[i]
            room[j] += problem.hours[i]
    return found, stopped


def _broken(capacity: Capacity, board: Board, rules: Sequence[Rule], moves: Moves) -> str:
    """The rule whose own check finds a hard breach that today's books do not have, or a worse one; "" = none."""
    csm_of = np.array(capacity.plan.csm_of)
    for i, to in moves:
        csm_of[i] = to
    held = {board.problem.accounts[i].id: board.problem.csms[h.csm].id for i, h in board.holds.items()}
    split = tuple(members for code, _, members in board.notes if code == "family_split")
    ground = Ground(capacity.plan, held, tuple(board.bands), split)
    plan = Plan(capacity.problem, csm_of, board.forced())
    for rule in rules:
        had = _hard(rule, capacity.plan, ground)
        if any(amount > had.get(what, 0.0) + 1e-6 for what, amount in _hard(rule, plan, ground).items()):
            return rule.title
    return ""


def _hard(rule: Rule, plan: Plan, ground: Ground) -> dict[object, float]:
    """Hard breaches of a rule by CSM and accounts: how much."""
    found: dict[object, float] = {}
    for b in rule.check(plan, ground):
        if b.hard:
            found[b.csm_id, b.account_ids] = found.get((b.csm_id, b.account_ids), 0.0) + b.amount
    return found


def _overload(capacity: Capacity, board: Board, j: int, over: float, moves: Moves, stopped: str) -> Overload:
    problem = capacity.problem
    handed = tuple(
        (problem.accounts[i].id, float(problem.hours[i]), float(problem.arr[i]), problem.csms[to].name)
        for i, to in moves
    )
    mine = np.flatnonzero(capacity.plan.csm_of == j).tolist()
    held = Counter(board.holds[i].rule for i in mine if i in board.holds)
    mix = capacity.part_hours[j]
    pairs = list(zip(capacity.parts, mix.tolist(), strict=True))
    automate = [(p.segment, p.name, h * p.automatable) for p, h in pairs if h * p.automatable > _ENOUGH]
    drop, left = [], over
    for part, hours in sorted(pairs, key=lambda pair: -pair[0].order):
        if left <= _ENOUGH:
            break
        if part.activity == "proactive" and hours > _ENOUGH:
            drop.append((part.segment, part.name, min(hours, left)))
            left -= hours
    automate.sort(key=lambda row: -row[2])
    stays = max(0.0, over - sum(h for _, h, _, _ in handed))
    kept = tuple(held.most_common())
    return Overload(problem.csms[j].id, over, handed, stays, stopped, kept, tuple(automate), tuple(drop))
