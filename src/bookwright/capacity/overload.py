"""Who is over 100 %, and what would bring each below: accounts to hand over, touchpoints to automate or to drop."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.capacity.analysis import Capacity
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules import Board, Ground, Rule, build, set_up

_ENOUGH = 0.05
"""Hours that count as none."""
_ROUNDS = 8
"""Times a list is made again within what the rules' checks left."""

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
    audit = _Audit(capacity, board, rules)
    limits = _Limits()
    given = _given(capacity, board, over, room.copy(), limits)
    for _ in range(_ROUNDS):
        broken = audit.broken([m for moves in given.values() for m in moves])
        if not broken:
            break
        limits.tighten(broken, given, problem)
        given = _given(capacity, board, over, room.copy(), limits)
    else:
        given = _first_that_keep(audit, given)
    stopped = dict.fromkeys(limits.hit, limits.stopped)
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


@dataclass(slots=True)
class _Limits:
    """What the rules' checks said no to: accounts a CSM may receive or give, all together, and accounts at all."""

    into: dict[int, int] = field(default_factory=dict)
    out: dict[int, int] = field(default_factory=dict)
    total: int | None = None
    banned: set[int] = field(default_factory=set)
    stopped: str = ""
    hit: set[int] = field(default_factory=set)
    """CSMs who would hand over more but for these limits."""

    def tighten(self, broken: Sequence[Breach], given: Mapping[int, Moves], problem: Problem) -> None:
        """Take back about as much as each breach is too much."""
        came = Counter(to for moves in given.values() for _, to in moves)
        whole = sum(came.values())
        for b in broken:
            self.stopped = b.title
            j = problem.csm_position.get(b.csm_id or "", -1)
            count = came[j] if came[j] else len(given.get(j, ())) if j >= 0 else whole
            much = math.ceil(b.amount - 1e-6) if b.unit == "accounts" else max(1, count // 4)
            if b.account_ids:
                self.banned |= {problem.account_position[i] for i in b.account_ids if i in problem.account_position}
            elif j >= 0 and came[j]:
                self.into[j] = max(0, min(self.into.get(j, count), count - much))
            elif j >= 0:
                self.out[j] = max(0, min(self.out.get(j, count), count - much))
            else:
                self.total = max(0, count - much)


def _given(
    capacity: Capacity, board: Board, over: Sequence[int], room: NDArray[np.float64], limits: _Limits
) -> dict[int, Moves]:
    """What each CSM hands over, and to whom: the CSM with most room who may own it and may still receive."""
    problem, given = capacity.problem, dict[int, Moves]()
    came: Counter[int] = Counter()
    limits.hit = set()
    for j in over:
        moves: Moves = []
        for members in _items(capacity, board, j):
            size = len(members)
            if room[j] >= 0:
                break
            spent = limits.total is not None and came.total() + size > limits.total
            if spent or len(moves) + size > limits.out.get(j, len(problem.accounts)):
                limits.hit.add(j)
                break
            if limits.banned & set(members):
                limits.hit.add(j)
                continue
            hours = float(problem.hours[list(members)].sum())
            able = np.flatnonzero(board.allowed[list(members)].all(axis=0) & (room >= hours))
            able = able[able != j]
            some = len(able) > 0
            able = able[[came[k] + size <= limits.into.get(k, len(problem.accounts)) for k in able.tolist()]]
            if some and not len(able):
                limits.hit.add(j)
            if len(able):
                to = int(able[np.argmax(room[able])])
                room[to] -= hours
                room[j] += hours
                came[to] += size
                moves += [(i, to) for i in members]
        given[j] = moves
    return given


def _first_that_keep(audit: _Audit, given: Mapping[int, Moves]) -> dict[int, Moves]:
    """The most moves, in their order, that keep every check."""
    listed = [(j, move) for j, moves in given.items() for move in moves]
    low, high = 0, len(listed)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if audit.broken([m for _, m in listed[:middle]]) else (middle, high)
    kept = listed[:low]
    return {j: [m for k, m in kept if k == j] for j in given}


class _Audit:
    """The rules' own checks, beside what they say of today's books."""

    def __init__(self, capacity: Capacity, board: Board, rules: Sequence[Rule]) -> None:
        self.capacity = capacity
        # Only these can find hard breaches.
        self.rules = [r for r in rules if r.mode in ("hard", "no_worse") or r.id == "hours"]
        held = {board.problem.accounts[i].id: board.problem.csms[h.csm].id for i, h in board.holds.items()}
        split = tuple(members for code, _, members in board.notes if code == "family_split")
        self.ground = Ground(capacity.plan, held, tuple(board.bands), split)
        self.forced = board.forced()
        self.today = {_about(b): b.amount for b in self._hard(capacity.plan)}

    def broken(self, moves: Moves) -> list[Breach]:
        """Hard breaches, once these moves are made, that today's books do not have, or have less."""
        csm_of = np.array(self.capacity.plan.csm_of)
        for i, to in moves:
            csm_of[i] = to
        plan = Plan(self.capacity.problem, csm_of, self.forced)
        return [b for b in self._hard(plan) if b.amount > self.today.get(_about(b), 0.0) + 1e-6]

    def _hard(self, plan: Plan) -> list[Breach]:
        return [b for rule in self.rules for b in rule.check(plan, self.ground) if b.hard]


def _about(b: Breach) -> tuple[object, ...]:
    """What a breach is about: the same rule, CSM and accounts, and the same budget of a CSM."""
    return b.rule, b.title, b.unit, b.csm_id, b.account_ids, b.what.split(":")[0]


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
    stopped = stopped if stays > _ENOUGH else ""
    kept = tuple(held.most_common())
    return Overload(problem.csms[j].id, over, handed, stays, stopped, kept, tuple(automate), tuple(drop))
