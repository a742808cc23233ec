"""What would bring books under 100 %: the fewest accounts, with the least ARR, to people who have room for them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bookwright.capacity.analysis import Capacity
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules import Board

ENOUGH = 0.05
"""Hours that count as none."""
_NOTHING = 1e-9
_SWAPS = 200
"""Swaps for accounts with less ARR, per CSM."""

Moves = list[tuple[int, int]]
"""Account and CSM positions."""
Pick = Callable[[list[int], NDArray[np.float64]], NDArray[np.float64]]
"""Of those who are able, by position, and everybody's room: a number each, the lowest takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """What of a book may go as one: a family whole, or one account; `able` = who may own it (CSMs,)."""

    members: tuple[int, ...]
    hours: float
    arr: float
    able: NDArray[np.bool_]
    id: str

    @property
    def worth(self) -> float:
        """Hours per account."""
        return self.hours / len(self.members)


Items = Mapping[int, Sequence[Item]]
"""What of each book may go, by the CSM's position."""


def items_of(capacity: Capacity, board: Board, j: int) -> list[Item]:
    """What of a book may go, the most hours per account first."""
    problem, owner = capacity.problem, capacity.plan.csm_of
    of = {i: members for _, members in board.groups for i in members}
    mine = [i for i in np.flatnonzero(owner == j).tolist() if problem.hours[i] > 0]
    items = dict.fromkeys(tuple(of.get(i, (i,))) for i in mine)
    whole = [m for m in items if all(owner[i] == j for i in m) and not any(i in board.holds for i in m)]
    found = []
    for members in whole:
        here = list(members)
        hours, arr = float(problem.hours[here].sum()), float(problem.arr[here].sum())
        able = np.asarray(board.allowed[here].all(axis=0))
        able[j] = False
        found.append(Item(members, hours, arr, able, problem.accounts[members[0]].id))
    return sorted(found, key=lambda m: (-m.worth, m.arr, m.id))


def least_accounts(items: Sequence[Item], over: float) -> int:
    """The fewest accounts of a book that take so many hours, whoever takes them: proved, as items may even be split."""
    count, left = 0.0, over
    for item in items:
        if left <= ENOUGH:
            break
        share = min(1.0, left / item.hours)
        count, left = count + share * len(item.members), left - share * item.hours
    return math.ceil(count - 1e-6)


@dataclass(slots=True)
class Limits:
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


def relief(
    capacity: Capacity,
    items: Items,
    over: Sequence[int],
    room: NDArray[np.float64],
    limits: Limits,
) -> dict[int, Moves]:
    """What each CSM hands over, and to whom: the best of giving to those with most room, with least, or least wanted.

    Least wanted = those to whom the fewest hours of others who are over could go.
    """
    wanted = _wanted(items, over, room)
    picks: tuple[Pick, ...] = (
        lambda able, now: -now[able],
        lambda able, now: now[able],
        lambda able, now: wanted[able] - now[able] / (1.0 + now.max()),
    )
    tries = [_given_by(capacity, items, over, room.copy(), limits, pick, wanted) for pick in picks]

    def worth(made: tuple[dict[int, Moves], NDArray[np.float64], set[int]]) -> tuple[float, int]:
        given, left, _ = made
        return round(float(np.maximum(0.0, -left).sum()), 6), sum(map(len, given.values()))

    given, _, limits.hit = min(tries, key=worth)
    return given


def _wanted(items: Items, over: Sequence[int], room: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours over of the CSMs from whose books something could go to each CSM."""
    found = np.zeros(len(room))
    for j in over:
        if items[j]:
            found += -room[j] * np.any([m.able for m in items[j]], axis=0)
    return found


def _given_by(
    capacity: Capacity,
    items: Items,
    over: Sequence[int],
    room: NDArray[np.float64],
    limits: Limits,
    pick: Pick,
    wanted: NDArray[np.float64],
) -> tuple[dict[int, Moves], NDArray[np.float64], set[int]]:
    problem, given = capacity.problem, dict[int, Moves]()
    came: Counter[int] = Counter()
    hit: set[int] = set()

    def takers(item: Item, j: int) -> list[int]:
        """Who may own it, has room, and may receive so many more."""
        some = np.flatnonzero(item.able & (room >= item.hours)).tolist()
        found = [k for k in some if came[k] + len(item.members) <= limits.into.get(k, len(problem.accounts))]
        if some and not found:
            hit.add(j)
        return found

    def give(item: Item, j: int, to: int, sign: int = 1) -> None:
        room[to] -= sign * item.hours
        room[j] += sign * item.hours
        came[to] += sign * len(item.members)

    for j in over:
        taken: dict[str, tuple[Item, int]] = {}
        listed = [m for m in items[j] if not limits.banned.intersection(m.members)]
        if len(listed) < len(items[j]):
            hit.add(j)
        scarce = [float(np.where(m.able & (room > 0), wanted, np.inf).min()) for m in listed]
        ranked = sorted(range(len(listed)), key=lambda k: (-round(listed[k].worth, 6), scarce[k], k))
        listed = [listed[k] for k in ranked]
        for item in listed:
            if room[j] >= -_NOTHING:
                break
            spent = limits.total is not None and came.total() + len(item.members) > limits.total
            given_out = sum(len(m.members) for m, _ in taken.values())
            if spent or given_out + len(item.members) > limits.out.get(j, len(problem.accounts)):
                hit.add(j)
                break
            if able := takers(item, j):
                to = able[int(np.argmin(pick(able, room)))]
                give(item, j, to)
                taken[item.id] = item, to
        _cheaper(listed, taken, j, room, takers, give, pick, wanted)
        order = sorted(taken.values(), key=lambda pair: (-pair[0].hours, pair[0].id))
        given[j] = [(i, to) for item, to in order for i in item.members]
    return given, room, hit


def _cheaper(
    listed: Sequence[Item],
    taken: dict[str, tuple[Item, int]],
    j: int,
    room: NDArray[np.float64],
    takers: Callable[[Item, int], list[int]],
    give: Callable[..., None],
    pick: Pick,
    wanted: NDArray[np.float64],
) -> None:
    """Take back what is not needed; swap the rest for as many accounts with less ARR. The book stays under 100 %."""
    if room[j] < -_NOTHING:
        return
    for item, to in sorted(taken.values(), key=lambda pair: -pair[0].arr):
        if room[j] - item.hours >= -_NOTHING:
            give(item, j, to, -1)
            del taken[item.id]
    hours, arr = (np.array([getattr(m, name) for m in listed]) for name in ("hours", "arr"))
    size = np.array([len(m.members) for m in listed])
    free = np.array([m.id not in taken for m in listed], dtype=bool)
    at = {m.id: k for k, m in enumerate(listed)}
    for _ in range(_SWAPS):
        best: tuple[float, Item, int] | None = None
        for item, _ in taken.values():
            fits = free & (size <= len(item.members)) & (hours >= item.hours - room[j] - _NOTHING) & (arr < item.arr)
            if fits.any():
                k = int(np.argmin(np.where(fits, arr, np.inf)))
                if best is None or item.arr - arr[k] > best[0]:
                    best = item.arr - arr[k], item, k
        if best is None:
            return
        _, item, k = best
        to = taken[item.id][1]
        give(item, j, to, -1)
        free[k] = False
        # Room that others want is not spent on a little ARR.
        able = [other for other in takers(listed[k], j) if wanted[other] <= wanted[to]]
        if not able:
            give(item, j, to)
            continue
        to = able[int(np.argmin(pick(able, room)))]
        give(listed[k], j, to)
        del taken[item.id]
        free[at[item.id]] = True
        taken[listed[k].id] = listed[k], to
