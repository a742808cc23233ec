"""The only lines that know a solver: CP-SAT for exact integers, HiGHS for mixed-integer programs and LPs.

Every call takes arrays and gives back arrays, a bound that is safe to round, and what it cost in deterministic units.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from math import ceil, floor, inf
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from bookwright.engine.mip import Mip
from bookwright.engine.model import NO_HIGH, NO_LOW

Floats = NDArray[np.float64]
OnPlan = Callable[[Floats], object]

CPSAT_UNITS_PER_SECOND = 20
"""Deterministic units in one CP-SAT deterministic second."""

_LARGE = 2**60
_QUICK = 5e-4


class Verdict(Enum):
    """What a solver proved."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a solver found: columns (None without a plan), an integer that no plan can be below, units used."""

    verdict: Verdict
    x: Floats | None
    bound: int | None
    units: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What one call may use: wall seconds or deterministic units (None = no limit), threads, seed, a stop signal.

    `content` is the distance between value and bound, in the objective's integer units, at which to end;
    `content_share` the same as a fraction of the value.
    """

    seconds: float | None = None
    units: int | None = None
    workers: int = 1
    seed: int = 0
    content: int = 0
    content_share: float = 0.0
    stop: Callable[[], bool] | None = None


class _Listener(cp_model.CpSolverSolutionCallback):
    """Passes plans on."""

    def __init__(self, variables: list[cp_model.IntVar], on_plan: OnPlan) -> None:
        super().__init__()
        self._variables, self._on_plan = variables, on_plan

    def on_solution_callback(self) -> None:
        """Called by CP-SAT at each better plan."""
        self._on_plan(np.array([self.value(v) for v in self._variables], dtype=np.float64))


def fits_cpsat(mip: Mip) -> bool:
    """Whether every sum CP-SAT would form stays inside 64 bits."""
    if float(np.abs(mip.cost).astype(np.float64) @ mip.upper.astype(np.float64)) > _LARGE:
        return False
    size = np.abs(mip.row_val).astype(np.float64) * mip.upper[mip.row_col].astype(np.float64)
    row = np.repeat(np.arange(mip.rows), np.diff(mip.row_start))
    return bool((np.bincount(row, weights=size, minlength=mip.rows) <= _LARGE).all())


def cpsat(mip: Mip, share: Share, hint: Floats | None = None, on_plan: OnPlan | None = None) -> Outcome:
    """Solves in exact integer arithmetic; bound and verdict are proofs."""
    model = cp_model.CpModel()
    variables = [model.new_int_var(0, int(u), "") for u in mip.upper]
    for row in range(mip.rows):
        begin, end = int(mip.row_start[row]), int(mip.row_start[row + 1])
        columns = [variables[c] for c in mip.row_col[begin:end].tolist()]
        if row < mip.choices:
            model.add_exactly_one(columns)
            continue
        expression = cp_model.LinearExpr.weighted_sum(columns, mip.row_val[begin:end].tolist())
        low, high = int(mip.low[row]), int(mip.high[row])
        if low <= NO_LOW:
            model.add(expression <= high)
        elif high >= NO_HIGH:
            model.add(expression >= low)
        else:
            model.add_linear_constraint(expression, low, high)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, mip.cost.tolist()))
    if hint is not None:
        for variable, value in zip(variables, hint.tolist(), strict=False):
            model.add_hint(variable, round(value))
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = max(share.workers, 1)
    parameters.random_seed = share.seed % (2**31)
    # Alone, a worker proves far more with all rows in its LP (60 accounts, a knee in every row: 0.01 s against > 15 s).
    parameters.linearization_level = 2
    if share.seconds is not None:
        parameters.max_time_in_seconds = max(share.seconds, 0.01)
    if share.units is not None:
        parameters.max_deterministic_time = max(share.units, 1) / CPSAT_UNITS_PER_SECOND
    parameters.catch_sigint_signal = False
    if share.content > 0:
        parameters.absolute_gap_limit = float(share.content)
    if share.content_share > 0:
        parameters.relative_gap_limit = share.content_share
    listener = None if on_plan is None else _Listener(variables[: len(mip.pairs)], on_plan)
    with watching(share.stop, solver.stop_search):
        status = solver.solve(model, listener)
    units = ceil(solver.response_proto.deterministic_time * CPSAT_UNITS_PER_SECOND)
    if status == cp_model.INFEASIBLE:
        return Outcome(Verdict.INFEASIBLE, None, None, units)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Outcome(Verdict.UNKNOWN, None, None, units)
    integers = [solver.value(v) for v in variables]
    x = np.array(integers, dtype=np.float64)
    value = sum(c * v for c, v in zip(mip.cost.tolist(), integers, strict=True))
    verdict = Verdict.OPTIMAL if status == cp_model.OPTIMAL else Verdict.FEASIBLE
    # CP-SAT counts in integers: below 2**50 its float bound is one.
    proved = solver.best_objective_bound
    bound = ceil(proved - 1e-6) if abs(proved) < 2**50 else safe_bound(proved)
    if status == cp_model.OPTIMAL and share.content == 0 and share.content_share == 0:
        bound = value
    return Outcome(verdict, x, min(bound, value) + mip.constant, units)


@contextmanager
def watching(stop: Callable[[], bool] | None, interrupt: Callable[[], object]) -> Iterator[None]:
    """Asks `stop` ten times a second from a thread of its own, and interrupts the solver when it says so."""
    if stop is None:
        yield
        return
    done = Event()

    def watch() -> None:
        while not done.wait(0.1):
            if stop():
                interrupt()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@dataclass
class _Turns:
    """Who wants quick turns in this process, and what to go back to when the last one has ended."""

    lock: Lock = field(default_factory=Lock)
    users: int = 0
    usual: float = 0.0


_turns = _Turns()


@contextmanager
def quick_turns() -> Iterator[None]:
    """Threads take turns sooner: a solver that calls back some hundred times a second else waits for another thread.

    Measured: branch and bound beside a thread that computes in Python took 2.1 times as long with the usual five
    milliseconds, 1.3 times with half a millisecond.
    """
    with _turns.lock:
        if not _turns.users:
            _turns.usual = sys.getswitchinterval()
            sys.setswitchinterval(min(_turns.usual, _QUICK))
        _turns.users += 1
    try:
        yield
    finally:
        with _turns.lock:
            _turns.users -= 1
            if not _turns.users:
                sys.setswitchinterval(_turns.usual)


def safe_bound(bound: float) -> int:
    """The least integer that is surely not above a solver's float bound rounded up: a tolerance is given away first."""
    if bound in (inf, -inf):
        raise ValueError("no bound")
    slack = 1e-6 + 1e-9 * abs(bound)
    return ceil(bound - slack) if abs(bound) < 2**52 else floor(bound - slack)
