"""Who is over 100 %, and what would bring each below: accounts to hand over, touchpoints to automate or to drop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bookwright.capacity.analysis import Capacity


@dataclass(frozen=True, slots=True)
class Overload:
    """A CSM over 100 %: three ways out, each on its own. Hours a month.

    `hand_over` = (account id, hours, ARR, CSM with room who covers the segment or ""), least ARR per hour first, as
    many as are needed; pinned accounts and open escalations are left out. `automate` and `drop` = (segment,
    touchpoint, hours).
    """

    csm_id: str
    over: float
    hand_over: tuple[tuple[str, float, float, str], ...]
    automate: tuple[tuple[str, str, float], ...]
    drop: tuple[tuple[str, str, float], ...]


def overloads(capacity: Capacity) -> tuple[Overload, ...]:
    """Every CSM over 100 %, the most hours over first."""
    problem = capacity.problem
    room = np.array([c.capacity - c.hours for c in capacity.csms])
    found = []
    for j in sorted(range(len(capacity.csms)), key=lambda j: room[j]):
        over = -float(room[j])
        if over <= 0.05:
            break
        mine = [
            i
            for i in np.flatnonzero(capacity.plan.csm_of == j).tolist()
            if problem.hours[i] > 0 and problem.accounts[i].pin is None and not problem.accounts[i].escalation
        ]
        mine.sort(key=lambda i: (problem.arr[i] / problem.hours[i], -problem.hours[i], problem.accounts[i].id))
        gone, moved = 0.0, []
        for i in mine:
            if gone >= over:
                break
            hours = float(problem.hours[i])
            to = _room_for(capacity, i, j, room)
            if to is not None:
                room[to] -= hours
            name = problem.csms[to].name if to is not None else ""
            moved.append((problem.accounts[i].id, hours, float(problem.arr[i]), name))
            gone += hours
        mix = capacity.part_hours[j]
        pairs = list(zip(capacity.parts, mix.tolist(), strict=True))
        automate = [(p.segment, p.name, h * p.automatable) for p, h in pairs if h * p.automatable > 0.05]
        drop, left = [], over
        for part, hours in sorted(pairs, key=lambda pair: -pair[0].order):
            if left <= 0.05:
                break
            if part.activity == "proactive" and hours > 0.05:
                drop.append((part.segment, part.name, min(hours, left)))
                left -= hours
        automate.sort(key=lambda row: -row[2])
        found.append(Overload(problem.csms[j].id, over, tuple(moved), tuple(automate), tuple(drop)))
    return tuple(found)


def _room_for(capacity: Capacity, i: int, j: int, room: np.ndarray) -> int | None:
    """The CSM with most room for an account among those who cover its segment, if it fits."""
    segment = capacity.problem.accounts[i].segment.casefold()
    able = [
        k
        for k, csm in enumerate(capacity.problem.csms)
        if k != j
        and not capacity.problem.leaves[k]
        and room[k] >= capacity.problem.hours[i]
        and (not csm.segments or segment in {s.casefold() for s in csm.segments})
    ]
    return max(able, key=lambda k: float(room[k]), default=None)
