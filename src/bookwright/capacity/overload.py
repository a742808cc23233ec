"""Who is over 100 %, and what would bring each below: accounts to hand over, touchpoints to automate or to drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bookwright.books import Plan
from bookwright.capacity.analysis import Capacity
from bookwright.capacity.relief import ENOUGH, Limits, Moves, items_of, least_accounts, relief
from bookwright.result import Breach
from bookwright.rules import Board, Ground, Rule, build, set_up

_ROUNDS = 8
"""Times a list is made again within what the rules' checks left."""

HandOver = tuple[str, float, float, str]
"""Account id, hours, ARR, and the name of the CSM who may own it and has room."""


@dataclass(frozen=True, slots=True)
class Overload:
    """A CSM over 100 %: three ways out, each on its own. Hours a month.

    `hand_over`: the fewest accounts that bring the book under 100 %, and among as few those with the least ARR: each
    hand-over is a new face for a customer and hours on both sides. Each goes to somebody who may own it and has room;
    families go whole. All of them together keep every rule of the planning model that today's books keep (checked by
    the rules themselves). `left` = hours that stay over after that, `least` = accounts without which it cannot be done
    whoever takes them, `stopped` = the rule that allows no more, `held` = accounts of the book that must stay, by what
    holds them. `automate` and `drop` = (segment, touchpoint, hours).
    """

    csm_id: str
    over: float
    hand_over: tuple[HandOver, ...]
    left: float
    least: int
    stopped: str
    held: tuple[tuple[str, int], ...]
    automate: tuple[tuple[str, str, float], ...]
    drop: tuple[tuple[str, str, float], ...]

    @property
    def verdict(self) -> str:
        """What handing over comes to, in words."""
        if self.left <= ENOUGH:
            count = len(self.hand_over)
            fewest = "no fewer would do" if count <= self.least else f"no fewer than {self.least:,} would do"
            return f"brings the book under 100 %; {fewest}"
        held = ", ".join(f"{count:,} held by {why}" for why, count in self.held)
        why = "for the rest of the book nobody may own it and has room"
        text = f"{self.left:,.1f} h stay over: " + (f"{self.stopped} allows no more" if self.stopped else why)
        return text + (f" ({held})" if held else "")


def overloads(capacity: Capacity) -> tuple[Overload, ...]:
    """Every CSM over 100 %, the most hours over first."""
    problem = capacity.problem
    room = np.array([c.capacity - c.hours for c in capacity.csms])
    over = [j for j in np.argsort(room, kind="stable").tolist() if room[j] < -ENOUGH]
    if not over:
        return ()
    rules = build(problem.model)
    board = set_up(problem, rules)
    audit = _Audit(capacity, board, rules)
    limits = Limits()
    items = {j: items_of(capacity, board, j) for j in over}
    given = relief(capacity, items, over, room.copy(), limits)
    for _ in range(_ROUNDS):
        broken = audit.broken([m for moves in given.values() for m in moves])
        if not broken:
            break
        limits.tighten(broken, given, problem)
        given = relief(capacity, items, over, room.copy(), limits)
    else:
        given = _first_that_keep(audit, given)
    stopped = dict.fromkeys(limits.hit, limits.stopped)
    return tuple(
        _overload(
            capacity, board, j, -float(room[j]), given[j], least_accounts(items[j], -float(room[j])), stopped.get(j, "")
        )
        for j in over
    )


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


def _overload(
    capacity: Capacity, board: Board, j: int, over: float, moves: Moves, least: int, stopped: str
) -> Overload:
    problem = capacity.problem
    handed = tuple(
        (problem.accounts[i].id, float(problem.hours[i]), float(problem.arr[i]), problem.csms[to].name)
        for i, to in moves
    )
    mine = np.flatnonzero(capacity.plan.csm_of == j).tolist()
    held = Counter(board.holds[i].rule for i in mine if i in board.holds)
    mix = capacity.part_hours[j]
    pairs = list(zip(capacity.parts, mix.tolist(), strict=True))
    automate = [(p.segment, p.name, h * p.automatable) for p, h in pairs if h * p.automatable > ENOUGH]
    drop, left = [], over
    for part, hours in sorted(pairs, key=lambda pair: -pair[0].order):
        if left <= ENOUGH:
            break
        if part.activity == "proactive" and hours > ENOUGH:
            drop.append((part.segment, part.name, min(hours, left)))
            left -= hours
    automate.sort(key=lambda row: -row[2])
    stays = max(0.0, over - sum(h for _, h, _, _ in handed))
    stopped = stopped if stays > ENOUGH else ""
    kept = tuple(held.most_common())
    return Overload(problem.csms[j].id, over, handed, stays, least, stopped, kept, tuple(automate), tuple(drop))
