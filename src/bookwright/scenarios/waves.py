"""The moves of a plan over weeks or months: what each CSM can take in, freezes, blackouts, healthy accounts first.

The engine solves it with moves as items and waves as agents: hard rows for the intake and the hand-over hours of each
CSM in each wave, first as few moves as possible left over, then the needed and the healthy ones as early as can be.
After every wave no rule's row is further outside its limit than today or than under the whole plan; rows that this asks
for are added where a schedule breaks them, until none does.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Move, MoveKind, Plan
from bookwright.engine import NO_LOW, Level, Limits, Model, RowFamily
from bookwright.engine import solve as run_engine
from bookwright.engine.warm import warm
from bookwright.hand_over import hand_over_hours
from bookwright.portfolio import Kind
from bookwright.problem import AMBER_BELOW, RED_BELOW
from bookwright.rules import Board, build
from bookwright.rules.freezes import Freezes
from bookwright.scenarios.calendar import Wave
from bookwright.scenarios.order import Watch, steps_of

_NEEDED, _GREEN, _AMBER, _RED, _UNKNOWN = 16, 8, 4, 1, 6
"""How much each wave of waiting counts: needed moves most, red accounts least."""
_ROUNDS = 40
_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Pace:
    """What a wave may hold: moves into one book, and hand-over hours of one CSM, given and taken (None = no limit)."""

    intake: int = 3
    hours: float | None = None


@dataclass(frozen=True, slots=True)
class Waved:
    """One move in its wave; `wave` None = in none of them, and `why`. `step` counts moves that are made together."""

    move: Move
    wave: Wave | None
    step: int
    hours: float
    why: str = ""


@dataclass(frozen=True, eq=False)
class Schedule:
    """The moves by wave. `late` and `order` are (value, bound): left over, and weighted waves waited; gap = difference.

    `intake` and `hours` are (CSMs, waves): accounts taken in, and hand-over hours given and taken. `broken` names rows
    that are worse after some wave than today and in the end; empty unless the search ran out of rounds.
    """

    waves: tuple[Wave, ...]
    moves: tuple[Waved, ...]
    intake: NDArray[np.int64]
    hours: NDArray[np.float64]
    late: tuple[int, int]
    order: tuple[int, int]
    broken: tuple[str, ...] = ()

    @property
    def left(self) -> tuple[Waved, ...]:
        """Moves that fit into no wave."""
        return tuple(m for m in self.moves if m.wave is None)


def schedule(
    board: Board,
    plan: Plan,
    waves: Sequence[Wave],
    pace: Pace,
    *,
    seconds: float | None = 10.0,
    effort: int | None = None,
) -> Schedule:
    """Spread a plan's moves over waves."""
    problem = board.problem
    at, moves = problem.account_position, {m.account_id: m for m in plan.moves}
    items = [[moves[a] for a in step.account_ids] for step in steps_of(board, plan)]
    if not items or not waves:
        nothing = np.zeros((len(problem.csms), len(waves)))
        left = tuple(Waved(m, None, k, 0.0, "no wave") for k, ms in enumerate(items) for m in ms)
        return Schedule(tuple(waves), left, nothing.astype(np.int64), nothing, (len(left), len(left)), (0, 0))
    warm()
    model, why = _model(board, items, waves, pace)
    watch = Watch(board, plan)
    start: NDArray[np.int32] | None = None
    broken: list[str] = []
    for _ in range(_ROUNDS):
        limits = Limits(seconds, effort, 1e-6) if effort is None else Limits(None, effort, 1e-6)
        answer = run_engine(model, start, limits)
        more, broken = _broken(watch, board, items, answer.agent_of, len(waves))
        if not more:
            break
        model = replace(model, families=(*model.families, *more))
        start = answer.agent_of
    found: list[Waved] = []
    intake = np.zeros((len(problem.csms), len(waves)), dtype=np.int64)
    hours = np.zeros((len(problem.csms), len(waves)))
    who = problem.csm_position
    for k, (group, w) in enumerate(zip(items, answer.agent_of.tolist(), strict=True)):
        wave = waves[w] if w < len(waves) else None
        for move in sorted(group, key=lambda m: at[m.account_id]):
            cost = hand_over_hours(problem, move)
            reason = why[k] if wave is None and why[k] else "" if wave else "what its CSMs can take is used up"
            found.append(Waved(move, wave, k, cost, reason))
            if wave is not None:
                intake[who[move.csm_to], w] += 1
                for side in (move.csm_to, move.csm_from or ""):
                    if side in who:
                        hours[who[side], w] += cost
    found.sort(key=lambda m: (len(waves) if m.wave is None else waves.index(m.wave), m.step))
    late, waited = answer.levels
    return Schedule(
        tuple(waves), tuple(found), intake, hours, (late.best, late.bound), (waited.best, waited.bound), tuple(broken)
    )


def _model(board: Board, items: Sequence[Sequence[Move]], waves: Sequence[Wave], pace: Pace) -> tuple[Model, list[str]]:
    """Items are steps, agents the waves and, last, "in none"; why an item can be in no wave at all, "" where it can."""
    problem, last = board.problem, len(waves)
    start, agent, why = [0], [], []
    late_cost: list[int] = []
    wait_cost: list[int] = []
    for group in items:
        allowed, reason = _allowed(board, group, waves)
        weight = max(_weight(board, m) for m in group) * len(group)
        needed = any(m.kind is not MoveKind.CHOSEN for m in group)
        for w in [*allowed, last]:
            agent.append(w)
            late_cost.append((100 if needed else 1) * len(group) if w == last else 0)
            wait_cost.append(weight * w)
        start.append(len(agent))
        why.append(reason)
    n = len(items)
    every = np.append(np.arange(last), -1).astype(np.int32)
    families = []
    for j, csm in enumerate(problem.csms):
        taken = np.array([sum(m.csm_to == csm.id for m in group) for group in items], dtype=np.int64)
        busy = np.array(
            [
                sum(round(hand_over_hours(problem, m) * _SECONDS) for m in group if csm.id in (m.csm_to, m.csm_from))
                for group in items
            ],
            dtype=np.int64,
        )
        hours = pace.hours if csm.kind is Kind.PERSON else None
        for name, use, most in (
            ("intake", taken, pace.intake if csm.kind is Kind.PERSON else None),
            ("hours", busy, None if hours is None else int(hours * _SECONDS)),
        ):
            # What must go together may be more than a wave usually holds.
            if most is not None and use.sum() > (top := max(most, int(use.max()))):
                low, high = np.full(last, NO_LOW), np.full(last, top)
                families.append(RowFamily(f"{name} {j}", use, every, low, high))
    model = Model(
        agents=last + 1,
        pair_start=np.array(start, dtype=np.int64),
        pair_agent=np.array(agent, dtype=np.int32),
        home=np.full(n, last, dtype=np.int32),
        levels=(
            Level("late", np.array(late_cost, dtype=np.int64)),
            Level("wait", np.array(wait_cost, dtype=np.int64), scale="value"),
        ),
        families=tuple(families),
    )
    return model, why


def _allowed(board: Board, group: Sequence[Move], waves: Sequence[Wave]) -> tuple[list[int], str]:
    """The waves in which all moves of a step may be made, and why there is none."""
    problem = board.problem
    freezes = next((r for r in build(problem.model) if isinstance(r, Freezes)), None)
    found, reason = [], ""
    for k, wave in enumerate(waves):
        against = ""
        for move in group:
            account = problem.portfolio.account_by_id[move.account_id]
            giver = problem.portfolio.csm_by_id.get(move.csm_from or "")
            taker = problem.portfolio.csm_by_id[move.csm_to]
            gone = giver is None or (giver.end_date is not None and wave.on > giver.end_date)
            if taker.start_date is not None and wave.on < taker.start_date:
                against = against or f"{taker.name} has not started"
            elif freezes is not None and not gone and move.kind is not MoveKind.FORCED:
                assert giver is not None
                against = against or freezes.reason(account, wave.on, pooled=giver.kind is Kind.POOL)
            there_at_first = giver is not None and giver.end_date is not None and giver.end_date >= waves[0].on
            if move.kind is MoveKind.FORCED and gone and there_at_first:
                against = against or "its CSM is gone by then"
        if against:
            reason = reason or against
        else:
            found.append(k)
    return found, "" if found else reason


def _weight(board: Board, move: Move) -> int:
    account = board.problem.portfolio.account_by_id[move.account_id]
    if move.kind is not MoveKind.CHOSEN:
        return _NEEDED
    if account.health is None:
        return _UNKNOWN
    return _RED if account.health < RED_BELOW else _AMBER if account.health < AMBER_BELOW else _GREEN


def _broken(
    watch: Watch, board: Board, items: Sequence[Sequence[Move]], agent_of: NDArray[np.int32], last: int
) -> tuple[list[RowFamily], list[str]]:
    """Rows that are worse after some wave than they may be, as rows of the engine; the first wave each is broken in."""
    at = board.problem.account_position
    units = [[at[m.account_id] for m in group] for group in items]
    changes = [watch.changes(unit) for unit in units]
    found: list[RowFamily] = []
    said: list[str] = []
    for w in range(last):
        load = watch.load.copy()
        for change, wave in zip(changes, agent_of.tolist(), strict=True):
            if wave <= w:
                for row, by in change.items():
                    load[row] += by
        for row in np.flatnonzero(watch.out(load) > watch.may).tolist():
            use = np.array([change.get(row, 0) for change in changes], dtype=np.int64)
            low, high = watch.ends(row)
            row_of = np.where(np.arange(last + 1) <= w, 0, -1).astype(np.int32)
            name = f"{watch.title(row)} after wave {w + 1}"
            found.append(RowFamily(f"{name} ({row})", use, row_of, np.array([low]), np.array([high])))
            said.append(name)
    more, names = _met(watch, board, units, agent_of, last)
    return [*found, *more], [*said, *names]


def _met(
    watch: Watch, board: Board, units: Sequence[Sequence[int]], agent_of: NDArray[np.int32], last: int
) -> tuple[list[RowFamily], list[str]]:
    """Accounts that must be apart and meet on the way: the one that leaves must do so no later than the other comes."""
    owner, new, item = board.problem.owner, watch.plan.csm_of, {i: k for k, unit in enumerate(units) for i in unit}
    found: list[RowFamily] = []
    said: list[str] = []
    for i, k in ((i, k) for i, others in watch.apart.items() for k in others):
        if i not in item or owner[k] != new[i] or owner[i] == owner[k] or new[k] == new[i]:
            continue
        comes, leaves = int(agent_of[item[i]]), int(agent_of[item[k]]) if k in item else last
        if item.get(k) == item[i] or leaves <= comes or k not in item:
            continue
        use = np.zeros(len(units), dtype=np.int64)
        use[item[i]], use[item[k]] = 1, -1
        name = f"{board.problem.accounts[i].label} and {board.problem.accounts[k].label} apart"
        for w in range(comes, leaves):
            row_of = np.where(np.arange(last + 1) <= w, 0, -1).astype(np.int32)
            found.append(RowFamily(f"{name} {w}", use, row_of, np.array([NO_LOW]), np.array([0])))
        said.append(name)
    return found, said


def by_wave(found: Schedule) -> Mapping[int, list[Waved]]:
    """Moves by the number of their wave."""
    placed = [m for m in found.moves if m.wave is not None]
    return {k: list(v) for k, v in itertools.groupby(placed, key=lambda m: m.wave.number if m.wave else 0)}


__all__ = ["Pace", "Schedule", "Waved", "by_wave", "schedule"]
