"""Months in a plan: when each move is handed over so that receivers can carry it, each month's load, cover needed.

A move is for good, a month is not: early months are met by handing over later, not by another owner.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Move, MoveKind, Plan
from bookwright.portfolio import Kind
from bookwright.problem import Problem
from bookwright.workload import Hours, capacity_by_month, first_of_month, full_hours, month_starts

LONG_MONTHS = 1.4
"""An absence of 6 weeks or more of a CSM's hours asks for interim cover; a shorter one is covered as it is."""
_EPS = 1e-6
_FULL = 1e9
"""A month in which a CSM has received all they may is taken only when every month is like that."""
_MONTHLY: WeakKeyDictionary[Problem, NDArray[np.float64]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class HandOver:
    """A move's planned hand-over: month of the horizon (from 0), its first day, and the hours it costs each side."""

    account_id: str
    month: int
    on: dt.date
    hours: float


@dataclass(frozen=True, slots=True)
class Cover:
    """An absence to cover: hours lost from the first month to the last; `long` = interim cover, back on `returns`."""

    csm_id: str
    first: dt.date
    returns: dt.date
    hours: float
    long: bool


@dataclass(frozen=True, eq=False)
class Schedule:
    """Hand-overs by account id, and per CSM and month (CSMs, months): hours of accounts, of hand-overs, capacity.

    Capacity here has absences taken off. `starts` are the first days of the months, and the day after the horizon.
    """

    hand_overs: Mapping[str, HandOver]
    starts: tuple[dt.date, ...]
    hours: NDArray[np.float64]
    hand_over_hours: NDArray[np.float64]
    capacity: NDArray[np.float64]
    cover: tuple[Cover, ...]

    @property
    def load(self) -> NDArray[np.float64]:
        """Hours of accounts and hand-overs."""
        return self.hours + self.hand_over_hours


def monthly_hours(problem: Problem, months: int) -> NDArray[np.float64]:
    """Hours of each account in each of the first `months` months (accounts, months), renewals and onboarding in theirs.

    Worked out once per problem: whoever asks for fewer months gets the first of those already known.
    """
    known = _MONTHLY.get(problem)
    if known is None or known.shape[1] < months:
        hours, starts = Hours(problem.model), month_starts(problem.effective_date, months)
        found = [hours.in_months(a, hours.steps(a), starts) for a in problem.accounts]
        known = _MONTHLY[problem] = np.array(found, dtype=np.float64).reshape(len(problem.accounts), months)
    return known[:, :months]


def schedule(problem: Problem, plan: Plan, price: Mapping[str, float] | None = None) -> Schedule:
    """Give every move a month: the earliest in which the receiver can carry it from then on, before a giver is gone.

    Moves whose giver leaves come first, then accounts without a CSM, then the largest ARR; or, where the planning
    model's `hand_over.order` is "easy", those of the lowest `price` (account id -> points). Where no month fits, the
    one with the fewest hours over, the earliest of those. Plain arithmetic, one pass: the same plan, the same months.
    """
    starts = tuple(month_starts(problem.effective_date, problem.model.horizon.months))
    months = len(starts) - 1
    need = monthly_hours(problem, months)
    capacity = np.array(
        [
            capacity_by_month(c, problem.effective_date, problem.model, absences=problem.portfolio.absences)
            for c in problem.csms
        ]
    ).reshape(len(problem.csms), months)
    hours = np.zeros_like(capacity)
    extra = np.zeros_like(capacity)
    stays = np.flatnonzero((plan.csm_of == problem.owner) & (plan.csm_of >= 0))
    np.add.at(hours, plan.csm_of[stays], need[stays])
    latest = problem.effective_date + dt.timedelta(days=problem.model.hand_over.latest_days)
    last = max(k for k in range(months) if k == 0 or starts[k] <= latest)
    at, who = problem.account_position, problem.csm_position
    found: dict[str, HandOver] = {}

    def deadline(move: Move) -> int:
        giver = problem.portfolio.csm_by_id.get(move.csm_from or "")
        if giver is None or giver.end_date is None:
            return last
        return max((k for k in range(last + 1) if starts[k] <= giver.end_date + dt.timedelta(days=1)), default=0)

    rank = {MoveKind.FORCED: 0, MoveKind.PLACED: 1, MoveKind.CHOSEN: 2}
    easy = price if price is not None and problem.model.hand_over.order == "easy" else {}

    def turn(move: Move) -> tuple[float, ...]:
        i = at[move.account_id]
        return deadline(move), rank[move.kind], easy.get(move.account_id, 0.0), -problem.arr[i], i

    most = problem.model.hand_over.accounts_per_month
    taken = np.zeros(capacity.shape, dtype=np.int64)
    moves = sorted(plan.moves, key=turn)
    for move in moves:
        i, to = at[move.account_id], who[move.csm_to]
        cost = hand_over_hours(problem, move)
        over = []
        for k in range(deadline(move) + 1):
            more = need[i, k:].copy()
            more[0] += cost
            load = hours[to, k:] + extra[to, k:]
            full = most is not None and taken[to, k] >= most
            short = float(np.maximum(0.0, load + more - np.maximum(capacity[to, k:], load)).sum())
            over.append(short + (_FULL if full else 0.0))
        month = int(np.argmin(np.array(over) > min(over) + _EPS))
        taken[to, month] += 1
        hours[to, month:] += need[i, month:]
        extra[to, month] += cost
        if (giver := who.get(move.csm_from or "")) is not None:
            hours[giver, :month] += need[i, :month]
            # In the same month, unless the giver is gone by then.
            side = month if month == 0 or capacity[giver, month] > 0 else month - 1
            extra[giver, side] += cost
        found[move.account_id] = HandOver(move.account_id, month, starts[month], cost)
    return Schedule(found, starts, hours, extra, capacity, cover_needed(problem, starts))


def hand_over_hours(problem: Problem, move: Move) -> float:
    """Hours of one hand-over on each side: by segment, less where a pool gives or takes it."""
    settings = problem.model.hand_over
    sides = (problem.portfolio.csm_by_id.get(id) for id in (move.csm_from or "", move.csm_to))
    if any(side is not None and side.kind is Kind.POOL for side in sides):
        return settings.pool
    segment = problem.portfolio.account_by_id[move.account_id].segment.casefold()
    return {name.casefold(): h for name, h in settings.hours.items()}.get(segment, settings.elsewhere)


def cover_needed(problem: Problem, starts: Sequence[dt.date]) -> tuple[Cover, ...]:
    """Absences within the horizon, months in a row taken together; short ones move nothing and need cover."""
    found = []
    for csm in problem.csms:
        lost: dict[dt.date, float] = {}
        for absence in problem.portfolio.absences:
            if absence.csm_id == csm.id and absence.hours_lost > 0:
                month = first_of_month(absence.month)
                lost[month] = lost.get(month, 0.0) + absence.hours_lost
        runs: list[list[dt.date]] = []
        for month in sorted(lost):
            if runs and first_of_month(runs[-1][-1], 1) == month:
                runs[-1].append(month)
            else:
                runs.append([month])
        full = full_hours(csm, problem.model)
        for run in runs:
            back = first_of_month(run[-1], 1)
            if back <= starts[0] or run[0] >= starts[-1]:
                continue
            hours = sum(lost[m] for m in run)
            found.append(Cover(csm.id, run[0], back, hours, full > 0 and hours >= LONG_MONTHS * full))
    return tuple(found)
