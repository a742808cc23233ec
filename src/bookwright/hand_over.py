"""Months in a plan: when each move is handed over so that receivers can carry it, each month's load, cover needed.

A move is for good, a month is not: early months are met by handing over later, not by another owner.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Move, MoveKind, Plan
from bookwright.portfolio import Kind
from bookwright.problem import Problem
from bookwright.workload import Hours, capacity_by_month, first_of_month, full_hours, month_starts

if TYPE_CHECKING:
    from bookwright.engine.slots import Slots

LONG_MONTHS = 1.4
"""An absence of 6 weeks or more of a CSM's hours asks for interim cover; a shorter one is covered as it is."""
PEAK = 1.2
"""Months up to this utilization pass without remark (the trade's rule of thumb); hours beyond it count twice."""
_EPS = 1e-6
_FULL = 1e9
"""A month in which a CSM has received all they may is taken only when every month is like that."""
_RECEIVES = 10.0
"""An hour over of somebody who receives counts as much as ten of one who only gives: who is over waits a month."""
_STARTS = 1000.0
"""... and where books are filled along a ramp, this many: a starter's month is not overdrawn for anybody's sake."""
_URGENT = 3.0
"""A month's wait of an account whose CSM leaves, or that has none, counts as much as three chosen moves'."""
_MONTHLY: WeakKeyDictionary[Problem, NDArray[np.float64]] = WeakKeyDictionary()
_SCHEDULES: WeakKeyDictionary[Plan, tuple[bool, Schedule]] = WeakKeyDictionary()


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
    over: float = 0.0
    """Hours over capacity, all CSMs and months, at their `weights`; those over 120 % count twice."""
    least_over: float = 0.0
    """No choice of months for these moves has less of that: proved."""
    weights: tuple[float, ...] = ()
    """What an hour over of each CSM counts as in these two."""

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
    """Give every move a month, so that people are over their hours as little as can be, then as early as can be.

    Those who receive come first: no book is pressed on a starter to relieve somebody who is over today. A giver keeps
    the account, and its hours, until its month; one who leaves hands over before they are gone. Among months as good,
    moves whose giver leaves go first, then accounts without a CSM, then the largest ARR; or, where the planning model's
    `hand_over.order` is "easy", those of the lowest `price` (account id -> points). Reads no clock: the same plan, the
    same months. `Schedule.least_over` is proved: no choice of months is over by less.
    """
    easy = price if problem.model.hand_over.order == "easy" else None
    if (known := _SCHEDULES.get(plan)) is not None and known[0] == (easy is None):
        return known[1]
    starts = tuple(month_starts(problem.effective_date, problem.model.horizon.months))
    from bookwright.engine.slots import choose  # here: monthly hours are wanted where nothing is solved

    moves, slots = _slots(problem, plan, starts, easy or {})
    chosen = choose(slots, _first_fit(slots))
    hours, extra = np.array(slots.base), np.zeros_like(slots.base)
    found: dict[str, HandOver] = {}
    need, at, who = monthly_hours(problem, len(starts) - 1), problem.account_position, problem.csm_position
    for move, month in zip(moves, chosen.slot.tolist(), strict=True):
        i, to, cost = at[move.account_id], who[move.csm_to], hand_over_hours(problem, move)
        hours[to, month:] += need[i, month:]
        extra[to, month] += cost
        if (giver := who.get(move.csm_from or "")) is not None:
            hours[giver, :month] += need[i, :month]
            extra[giver, giver_month(slots.room[giver], month)] += cost
        found[move.account_id] = HandOver(move.account_id, month, starts[month], cost)
    cover = cover_needed(problem, starts)
    weights = tuple(slots.price.tolist())
    made = Schedule(found, starts, hours, extra, slots.room, cover, chosen.over, chosen.bound, weights)
    _SCHEDULES[plan] = (easy is None), made
    return made


def _slots(
    problem: Problem, plan: Plan, starts: Sequence[dt.date], easy: Mapping[str, float]
) -> tuple[list[Move], Slots]:
    """The moves in the order they would go, and what each month of each would load on its two CSMs."""
    from bookwright.engine.slots import Slots

    months = len(starts) - 1
    need = monthly_hours(problem, months)
    absences = problem.portfolio.absences
    room = np.array(
        [capacity_by_month(c, problem.effective_date, problem.model, absences=absences) for c in problem.csms]
    ).reshape(len(problem.csms), months)
    base = np.zeros_like(room)
    stays = np.flatnonzero((plan.csm_of == problem.owner) & (plan.csm_of >= 0))
    np.add.at(base, plan.csm_of[stays], need[stays])
    latest = problem.effective_date + dt.timedelta(days=problem.model.hand_over.latest_days)
    last = max(k for k in range(months) if k == 0 or starts[k] <= latest)
    at, who = problem.account_position, problem.csm_position

    def deadline(move: Move) -> int:
        giver = problem.portfolio.csm_by_id.get(move.csm_from or "")
        if giver is None or giver.end_date is None:
            return last
        return max((k for k in range(last + 1) if starts[k] <= giver.end_date + dt.timedelta(days=1)), default=0)

    rank = {MoveKind.FORCED: 0, MoveKind.PLACED: 1, MoveKind.CHOSEN: 2}

    def turn(move: Move) -> tuple[float, ...]:
        i = at[move.account_id]
        return deadline(move), rank[move.kind], easy.get(move.account_id, 0.0), -problem.arr[i], i

    moves = sorted(plan.moves, key=turn)
    n = len(moves)
    line = np.array([(who[m.csm_to], who.get(m.csm_from or "", -1)) for m in moves], dtype=np.intp).reshape(n, 2)
    load = np.zeros((n, months, 2, months))
    for row, move in enumerate(moves):
        i, cost = at[move.account_id], hand_over_hours(problem, move)
        for k in range(months):
            load[row, k, 0, k:] = need[i, k:]
            load[row, k, 0, k] += cost
            if line[row, 1] >= 0:
                load[row, k, 1, :k] = need[i, :k]
                load[row, k, 1, giver_month(room[line[row, 1]], k)] += cost
    urgent = np.array([_URGENT if m.kind is not MoveKind.CHOSEN else 1.0 for m in moves])
    weight = urgent + (n - np.arange(n)) / max(1, n)
    after = np.array([deadline(m) + 1 for m in moves], dtype=np.intp)
    # From the first month in which the receiver is there, where that is in time.
    there = np.argmax(room[line[:, 0]] > 0, axis=1) if n else np.zeros(0, dtype=np.intp)
    first = np.where(there < after, there, 0)
    most = problem.model.hand_over.accounts_per_month
    price = np.ones(len(room))
    price[line[:, 0]] = _STARTS if problem.model.hand_over.order == "easy" else _RECEIVES
    return moves, Slots(first, after, line, load, base, room, room * PEAK, price, weight, most)


def giver_month(room: NDArray[np.float64], month: int) -> int:
    """The month in which a giver's hand-over hours fall: the same, unless the giver is gone by then."""
    return month if month == 0 or room[month] > 0 else month - 1


def _first_fit(slots: Slots) -> NDArray[np.intp]:
    """One pass in the order of the moves: the first month in which the receiver can carry it from then on.

    Where no month fits, the one with the fewest hours over; a month in which the receiver has taken all they may, only
    when every month is like that.
    """
    load, found = np.array(slots.base), np.zeros(len(slots.line), dtype=np.intp)
    taken = np.zeros(slots.base.shape, dtype=np.int64)
    for row, (to, giver) in enumerate(slots.line.tolist()):
        over, first = [], int(slots.first[row])
        for k in range(first, int(slots.after[row])):
            full = slots.most is not None and taken[to, k] >= slots.most
            more = slots.load[row, k, 0]
            short = float(np.maximum(0.0, load[to] + more - np.maximum(slots.room[to], load[to])).sum())
            over.append(short + (_FULL if full else 0.0))
        month = first + int(np.argmin(np.array(over) > min(over) + _EPS))
        taken[to, month] += 1
        load[to] += slots.load[row, month, 0]
        if giver >= 0:
            load[giver] += slots.load[row, month, 1]
        found[row] = month
    return found


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
