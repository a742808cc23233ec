"""HiGHS, through the binding that scipy ships: mixed-integer programs with a hint (`backend_lp.py`: linear ones).

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
from scipy.optimize._highspy import _core

from bookwright.engine.backend import Floats, OnPlan, Outcome, Share, Verdict, watching
from bookwright.engine.mip import Mip
from bookwright.engine.mip_breaches import with_breaches
from bookwright.engine.model import NO_HIGH, NO_LOW

NODES_PER_UNIT = 20
"""Branch-and-bound nodes in one deterministic unit."""

News = Callable[[], Floats | None]

_RELIABLE = 2
_CALLBACK = _core.cb.HighsCallbackType
_STATUS = _core.HighsModelStatus


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


def load(program: Mip, numbers: Scaled, integer: bool) -> Any:
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
    for number, group in enumerate(program.counts if integer else ()):
        highs.addVar(0.0, float(len(group)))
        highs.changeColIntegrality(program.cols + number, _core.HighsVarType.kInteger)
        ones = np.append(np.ones(len(group)), -1.0)
        highs.addRow(0.0, 0.0, len(ones), np.append(group, program.cols + number).astype(np.int32), ones)
    return highs


def branch_and_bound(
    program: Mip,
    share: Share,
    hint: Floats | None = None,
    on_plan: OnPlan | None = None,
    on_bound: Callable[[int], None] | None = None,
    news: News | None = None,
    seeks: bool = False,
) -> Outcome:
    """Solves as a mixed-integer program. Plans are correct to HiGHS's tolerances only; `bound` allows for them.

    `on_plan` is told of every better plan, `on_bound` of every better bound, both while it runs. With `news` others
    look for plans meanwhile: it answers a better one, by the pair columns, or None; this run is then for the proof, and
    looks for plans of its own only where it `seeks`.
    """
    numbers = scaled(program)
    highs = load(program, numbers, integer=True)
    highs.setOptionValue("random_seed", share.seed % (2**31))
    highs.setOptionValue("mip_rel_gap", share.content_share)
    highs.setOptionValue("mip_abs_gap", max(share.content / numbers.cost_unit, 1e-6))
    if share.seconds is not None:
        highs.setOptionValue("time_limit", max(share.seconds, 0.01))
    if share.units is not None:
        highs.setOptionValue("mip_max_nodes", max(share.units, 1) * NODES_PER_UNIT)
    if news is not None:
        # For a proof little is branched on trial, nothing begun anew; a presolved program takes in no plan (1.12).
        highs.setOptionValue("mip_allow_restart", False)
        highs.setOptionValue("mip_pscost_minreliable", _RELIABLE)
        highs.setOptionValue("presolve", "off")
        if not seeks:
            # What its own programs within programs would find costs a quarter of its time.
            highs.setOptionValue("mip_heuristic_effort", 0.0)
            for name in ("rins", "rens", "root_reduced_cost", "feasibility_jump"):
                highs.setOptionValue(f"mip_heuristic_run_{name}", False)
    if hint is not None:
        highs.setSolution(len(program.pairs), np.arange(len(program.pairs), dtype=np.int32), hint[: len(program.pairs)])
    halt = [False]
    if on_plan is not None or share.stop is not None or news is not None:
        _listen(
            highs,
            halt,
            share,
            on_plan,
            len(program.pairs),
            lambda proved: _tell(on_bound, program, numbers, proved),
            None if news is None else lambda: _whole(program, numbers, news()),
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


def _whole(program: Mip, numbers: Scaled, x: Floats | None) -> Floats | None:
    """Pair columns made a solution of the whole program, in its scale."""
    if x is None:
        return None
    counts = [float(x[group].sum()) for group in program.counts]
    return np.append(with_breaches(program, x) / numbers.col_unit, counts)


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
    news: News | None,
) -> None:
    """Lets HiGHS be stopped, passes its plans and bounds on, and others' plans in."""
    best = [-inf]

    def called(kind: int, message: str, out: Any, given: Any, data: object) -> None:
        if kind == int(_CALLBACK.kCallbackMipImprovingSolution):
            if on_plan is not None:
                on_plan(np.array(out.mip_solution, dtype=np.float64)[:pairs])
            return
        if kind == int(_CALLBACK.kCallbackMipUserSolution):
            x = None if news is None else news()
            if x is not None:
                given.setSolution(x)
            return
        if kind == int(_CALLBACK.kCallbackMipInterrupt) and best[0] < float(out.mip_dual_bound) < inf:
            best[0] = float(out.mip_dual_bound)
            on_bound(best[0])
        if halt[0]:
            given.user_interrupt = True

    highs.setCallback(called, None)
    if on_plan is not None:
        highs.startCallback(_CALLBACK.kCallbackMipImprovingSolution)
    if news is not None:
        highs.startCallback(_CALLBACK.kCallbackMipUserSolution)
    if share.stop is not None:
        highs.startCallback(_CALLBACK.kCallbackMipInterrupt)
        highs.startCallback(_CALLBACK.kCallbackSimplexInterrupt)
