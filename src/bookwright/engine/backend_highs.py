"""HiGHS, through the binding that scipy ships: LPs with a warm basis, mixed-integer programs with a hint.

The binding is scipy's own (`scipy.optimize._highspy`), because `highspy` and `ortools` cannot be loaded together and
the HiGHS inside OR-Tools takes neither a basis nor an interruption. requirements.txt pins the scipy it was tested with.
HiGHS works in floats: plans are to be recomputed in integers by the caller, bounds are lowered by its tolerances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize._highspy import _core

from bookwright.engine.backend import Floats, OnPlan, Outcome, Share, Verdict, watching
from bookwright.engine.evaluate import Longs
from bookwright.engine.mip import Mip
from bookwright.engine.model import NO_HIGH, NO_LOW

NODES_PER_UNIT = 20
"""Branch-and-bound nodes in one deterministic unit."""

_CALLBACK = _core.cb.HighsCallbackType
_STATUS = _core.HighsModelStatus
_BASIC, _LOWER = _core.HighsBasisStatus.kBasic, _core.HighsBasisStatus.kLower


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """A program in floats: rows brought to about 1, breaches in their rows' units, costs divided by `cost_unit`."""

    value: Floats
    low: Floats
    high: Floats
    upper: Floats
    cost: Floats
    row_unit: Floats
    col_unit: Floats
    cost_unit: float


def scaled(program: Mip) -> Scaled:
    """Brings a program's numbers near 1, which LP solvers need."""
    pairs = len(program.pairs)
    row = np.repeat(np.arange(program.rows), np.diff(program.row_start))
    value = program.row_val.astype(np.float64)
    of_pair = program.row_col < pairs
    row_unit = np.zeros(program.rows)
    np.maximum.at(row_unit, row[of_pair], np.abs(value[of_pair]))
    row_unit[row_unit == 0] = 1.0
    # A breach is measured in the unit of the first row it stands in: its own row, before any limited level's.
    col_unit = np.ones(program.cols)
    breach = np.flatnonzero(~of_pair)[::-1]
    col_unit[program.row_col[breach]] = row_unit[row[breach]]
    value = value / row_unit[row] * col_unit[program.row_col]
    size = np.zeros(program.rows)
    np.maximum.at(size, row, np.abs(value))
    again = np.where(size > 100.0, size / 10.0, 1.0)
    value /= again[row]
    row_unit = row_unit * again
    cost = program.cost * col_unit
    top = float(np.abs(cost).max(initial=0.0))
    cost_unit = 1.0 if top <= 10_000 else top / 1_000
    return Scaled(
        value=value,
        low=np.where(program.low <= NO_LOW, -_core.kHighsInf, program.low / row_unit),
        high=np.where(program.high >= NO_HIGH, _core.kHighsInf, program.high / row_unit),
        upper=program.upper / col_unit,
        cost=cost / cost_unit,
        row_unit=row_unit,
        col_unit=col_unit,
        cost_unit=cost_unit,
    )


def _load(program: Mip, numbers: Scaled, integer: bool) -> Any:
    """A silent single-threaded HiGHS holding the program."""
    highs = _core._Highs()
    for name, setting in (("output_flag", False), ("threads", 1), ("parallel", "off")):
        highs.setOptionValue(name, setting)
    kind = np.zeros(program.cols, dtype=np.int32)
    upper = numbers.upper.copy()
    if integer:
        kind[: len(program.pairs)] = 1
    else:
        # "Exactly one agent" holds them at 1 already; without the second bound all duals sit on rows.
        upper[: len(program.pairs)] = _core.kHighsInf
    highs.passModel(
        program.cols,
        program.rows,
        len(numbers.value),
        int(_core.MatrixFormat.kRowwise),
        int(_core.ObjSense.kMinimize),
        0.0,
        numbers.cost,
        np.zeros(program.cols),
        upper,
        numbers.low,
        numbers.high,
        program.row_start.astype(np.int32),
        program.row_col.astype(np.int32),
        numbers.value,
        kind,
    )
    return highs


def branch_and_bound(
    program: Mip,
    share: Share,
    hint: Floats | None = None,
    on_plan: OnPlan | None = None,
    on_bound: Callable[[int], None] | None = None,
) -> Outcome:
    """Solves as a mixed-integer program. Plans are correct to HiGHS's tolerances only; `bound` allows for them.

    `on_plan` is told of every better plan, `on_bound` of every better bound, both while it runs.
    """
    numbers = scaled(program)
    highs = _load(program, numbers, integer=True)
    highs.setOptionValue("random_seed", share.seed % (2**31))
    highs.setOptionValue("mip_rel_gap", share.content_share)
    highs.setOptionValue("mip_abs_gap", max(share.content / numbers.cost_unit, 1e-6))
    if share.seconds is not None:
        highs.setOptionValue("time_limit", max(share.seconds, 0.01))
    if share.units is not None:
        highs.setOptionValue("mip_max_nodes", max(share.units, 1) * NODES_PER_UNIT)
    if hint is not None:
        highs.setSolution(len(program.pairs), np.arange(len(program.pairs), dtype=np.int32), hint[: len(program.pairs)])
    halt = [False]
    if on_plan is not None or share.stop is not None:
        _listen(
            highs, halt, share, on_plan, len(program.pairs), lambda proved: _tell(on_bound, program, numbers, proved)
        )
    with watching(share.stop, lambda: halt.__setitem__(0, True)):
        highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    nodes = max(int(info.mip_node_count), 0)
    units = 1 + nodes // NODES_PER_UNIT
    if status in (_STATUS.kInfeasible, _STATUS.kUnboundedOrInfeasible):
        return Outcome(Verdict.INFEASIBLE, None, None, units)
    bound = _whole_bound(program, numbers, float(info.mip_dual_bound))
    solution = highs.getSolution()
    if int(info.primal_solution_status) != int(_core.SolutionStatus.kSolutionStatusFeasible):
        return Outcome(Verdict.UNKNOWN, None, bound, units)
    x = np.asarray(solution.col_value, dtype=np.float64)
    verdict = Verdict.OPTIMAL if status == _STATUS.kOptimal else Verdict.FEASIBLE
    return Outcome(verdict, x, bound, units)


def _whole_bound(program: Mip, numbers: Scaled, proved: float) -> int | None:
    """HiGHS's bound as an integer, lowered by what its tolerances on costs could hide."""
    if not isfinite(proved) or abs(proved) > 1e100:
        return None
    slack = (1e-6 + 1e-7 * program.choices) * numbers.cost_unit + 1e-9 * abs(proved) * numbers.cost_unit
    return ceil(proved * numbers.cost_unit - slack) + program.constant


def _tell(on_bound: Callable[[int], None] | None, program: Mip, numbers: Scaled, proved: float) -> None:
    """Passes a bound on."""
    bound = _whole_bound(program, numbers, proved)
    if on_bound is not None and bound is not None:
        on_bound(bound)


def _listen(
    highs: Any,
    halt: list[bool],
    share: Share,
    on_plan: OnPlan | None,
    pairs: int,
    on_bound: Callable[[float], None],
) -> None:
    """Lets HiGHS be stopped, and passes its plans and bounds on."""
    best = [-inf]

    def called(kind: int, message: str, out: Any, given: Any, data: object) -> None:
        if kind == int(_CALLBACK.kCallbackMipImprovingSolution):
            if on_plan is not None:
                on_plan(np.array(out.mip_solution, dtype=np.float64)[:pairs])
            return
        if kind == int(_CALLBACK.kCallbackMipInterrupt) and best[0] < float(out.mip_dual_bound) < inf:
            best[0] = float(out.mip_dual_bound)
            on_bound(best[0])
        if halt[0]:
            given.user_interrupt = True

    highs.setCallback(called, None)
    if on_plan is not None:
        highs.startCallback(_CALLBACK.kCallbackMipImprovingSolution)
    if share.stop is not None:
        highs.startCallback(_CALLBACK.kCallbackMipInterrupt)
        highs.startCallback(_CALLBACK.kCallbackSimplexInterrupt)


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Which columns and rows are basic or at which end, by key, sorted: survives rows and columns coming and going."""

    col_key: Longs
    col_status: NDArray[np.int8]
    row_key: Longs
    row_status: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class LpOutcome:
    """An LP's optimum: columns, row duals in the program's own units (min c - A'y), objective, basis, iterations."""

    x: Floats
    dual: Floats
    objective: float
    basis: Basis | None
    iterations: int


def linear(
    program: Mip,
    basis: Basis | None = None,
    seconds: float | None = None,
    *,
    interior: bool = False,
) -> LpOutcome | None:
    """Solves the program without integrality, from a basis where one is given; None without an optimum in time."""
    if not program.cols:
        # Every item is a constant: nothing to solve, and prices of zero are as good as any.
        return LpOutcome(np.zeros(0), np.zeros(program.rows), float(program.constant), None, 0)
    numbers = scaled(program)
    highs = _load(program, numbers, integer=False)
    if seconds is not None:
        highs.setOptionValue("time_limit", max(seconds, 0.01))
    if interior:
        highs.setOptionValue("solver", "ipm")
    elif basis is not None:
        _give(highs, program, basis)
        highs.setOptionValue("simplex_strategy", 4)
    highs.run()
    if highs.getModelStatus() != _STATUS.kOptimal:
        return None
    solution, info = highs.getSolution(), highs.getInfo()
    iterations = int(info.simplex_iteration_count) + int(info.ipm_iteration_count)
    return LpOutcome(
        x=np.asarray(solution.col_value) * numbers.col_unit,
        dual=np.asarray(solution.row_dual) * numbers.cost_unit / numbers.row_unit,
        objective=float(info.objective_function_value) * numbers.cost_unit + program.constant,
        basis=_take(highs, program),
        iterations=iterations,
    )


_STATUSES = [
    _core.HighsBasisStatus.kLower,
    _core.HighsBasisStatus.kBasic,
    _core.HighsBasisStatus.kUpper,
    _core.HighsBasisStatus.kZero,
    _core.HighsBasisStatus.kNonbasic,
]


def _take(highs: Any, program: Mip) -> Basis | None:
    """The basis HiGHS ended with."""
    basis = highs.getBasis()
    if not basis.valid:
        return None
    col = np.array([int(s) for s in basis.col_status], dtype=np.int8)
    row = np.array([int(s) for s in basis.row_status], dtype=np.int8)
    col_order, row_order = np.argsort(program.col_key), np.argsort(program.row_key)
    return Basis(program.col_key[col_order], col[col_order], program.row_key[row_order], row[row_order])


def _give(highs: Any, program: Mip, basis: Basis) -> None:
    """Starts HiGHS from a basis of an earlier program: what is new is nonbasic, except one column of each new item."""
    col = _known(basis.col_key, basis.col_status, program.col_key)
    row = _known(basis.row_key, basis.row_status, program.row_key)
    fresh_items = np.flatnonzero(row[: program.choices] < 0)
    # A new item stood somewhere as a constant: that column comes first in its row and is basic now.
    stood = program.stood[fresh_items]
    col[col < 0] = int(_LOWER)
    col[stood[stood >= 0]] = int(_BASIC)
    row[fresh_items] = np.where(stood >= 0, int(_LOWER), int(_BASIC))
    row[row < 0] = int(_BASIC)
    given = _core.HighsBasis()
    given.col_status = [_STATUSES[s] for s in col.tolist()]
    given.row_status = [_STATUSES[s] for s in row.tolist()]
    given.valid = True
    given.alien = True
    highs.setBasis(given)


def news(basis: Basis, program: Mip) -> float:
    """What part of the program's columns the basis knows nothing of."""
    return float((_known(basis.col_key, basis.col_status, program.col_key) < 0).mean()) if program.cols else 0.0


def _known(keys: Longs, status: NDArray[np.int8], wanted: Longs) -> NDArray[np.int8]:
    """The status of each wanted key, -1 where it is new."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int8)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, status[place], -1).astype(np.int8)
