"""The same levels as one CP-SAT model and as one HiGHS MIP through MathOpt: what a ready-made solver does with them.

Written against the engine's `Model` alone and sharing nothing with the engine's own programs, so that it also serves
as an independent check of small cases. Levels are solved in order; a level gets half of the time left while others
wait, the last one all of it, as in the engine. Every level is hinted with the best assignment so far.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

from bookwright.engine import NO_HIGH, NO_LOW, Model, RowFamily
from bookwright.engine.evaluate import allowance


@dataclass(frozen=True)
class LevelOutcome:
    """Value and bound of one level in integer units; value None = no assignment was found."""

    name: str
    value: int | None
    bound: float
    seconds: float


def row_pairs(model: Model, family: RowFamily) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(row, pair, coefficient) of every pair that counts in a family."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    agent = np.asarray(model.pair_agent)
    use = np.asarray(family.use)
    coefficient = use if len(use) == model.pairs and len(use) != model.items else use[item]
    row = np.asarray(family.row_of)[agent if family.by == "agent" else item]
    counts = (row >= 0) & (coefficient != 0)
    if family.away_only:
        counts &= np.asarray(model.home)[item] != agent
    pairs = np.flatnonzero(counts)
    return row[pairs], pairs, coefficient[pairs]


def _share(left: float, waiting: bool) -> float:
    return left / 2 if waiting else left


def cp_sat(model: Model, start: np.ndarray | None, seconds: float, workers: int, seed: int = 0) -> list[LevelOutcome]:
    """Levels in order with one CP-SAT model; breaches are integer variables."""
    began = time.perf_counter()
    cp = cp_model.CpModel()
    x = [cp.new_bool_var("") for _ in range(model.pairs)]
    for i in range(model.items):
        cp.add_exactly_one(x[model.pair_start[i] : model.pair_start[i + 1]])
    terms: list[tuple[list, list]] = [([], []) for _ in model.levels]
    for k, level in enumerate(model.levels):
        if level.cost is not None:
            used = np.flatnonzero(level.cost)
            terms[k][0].extend(x[p] for p in used.tolist())
            terms[k][1].extend(np.asarray(level.cost)[used].tolist())
    for family in model.families:
        row, pair, coefficient = row_pairs(model, family)
        for r in range(family.rows):
            mine = np.flatnonzero(row == r)
            variables, weights = [x[p] for p in pair[mine].tolist()], coefficient[mine].tolist()
            low, high = int(family.low[r]), int(family.high[r])
            top = (
                int(np.abs(coefficient[mine]).sum())
                + abs(low if low > NO_LOW else 0)
                + abs(high if high < NO_HIGH else 0)
            )
            load = cp_model.LinearExpr.weighted_sum(variables, weights)
            if family.level is None:
                if high < NO_HIGH:
                    cp.add(load <= high)
                if low > NO_LOW:
                    cp.add(load >= low)
                continue
            price = int(family.price[r])
            knee = int(family.knee[r]) if family.knee is not None else NO_HIGH
            for limit, sign in ((high, 1), (low, -1)):
                if NO_LOW < limit < NO_HIGH:
                    out = cp.new_int_var(0, top, "")
                    cp.add(sign * load <= sign * limit + out)
                    terms[family.level][0].append(out)
                    terms[family.level][1].append(price)
                    if knee < top:
                        extra = cp.new_int_var(0, top, "")
                        cp.add(extra >= out - knee)
                        terms[family.level][0].append(extra)
                        terms[family.level][1].append(price)
    _apart_cp(cp, model, x, terms)
    best = start
    found = []
    for k, level in enumerate(model.levels):
        left = seconds - (time.perf_counter() - began)
        if left < 0.5:
            found.append(LevelOutcome(level.name, None, 0.0, 0.0))
            continue
        at = time.perf_counter()
        objective = cp_model.LinearExpr.weighted_sum(*terms[k]) if terms[k][0] else 0
        cp.minimize(objective)
        if best is not None:
            cp.clear_hints()
            chosen = set(_pairs_of(model, best).tolist())
            for p in range(model.pairs):
                cp.add_hint(x[p], p in chosen)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = _share(left, k + 1 < len(model.levels))
        solver.parameters.num_workers = workers
        solver.parameters.random_seed = seed
        status = solver.solve(cp)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found.append(
                LevelOutcome(level.name, None, max(0.0, solver.best_objective_bound), time.perf_counter() - at)
            )
            break
        value = round(solver.objective_value) if terms[k][0] else 0
        found.append(LevelOutcome(level.name, value, solver.best_objective_bound, time.perf_counter() - at))
        taken = np.array([solver.boolean_value(v) for v in x])
        best = np.asarray(model.pair_agent)[taken]
        cp.add(objective <= value + allowance(model, level, value))
    return found


def _apart_cp(cp: cp_model.CpModel, model: Model, x: list, terms: list) -> None:
    for a, b in np.asarray(model.apart).tolist():
        of_a = {int(model.pair_agent[p]): p for p in range(model.pair_start[a], model.pair_start[a + 1])}
        of_b = {int(model.pair_agent[p]): p for p in range(model.pair_start[b], model.pair_start[b + 1])}
        for agent in of_a.keys() & of_b.keys():
            cp.add_at_most_one([x[of_a[agent]], x[of_b[agent]]])


def _pairs_of(model: Model, agent_of: np.ndarray) -> np.ndarray:
    """The pair of each item under an assignment; items whose agent is not allowed are left out."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    return np.flatnonzero(np.asarray(agent_of)[item] == np.asarray(model.pair_agent))


def highs(model: Model, start: np.ndarray | None, seconds: float, workers: int, seed: int = 0) -> list[LevelOutcome]:
    """Levels in order with one MIP for HiGHS through MathOpt; rows are scaled to about 1."""
    began = time.perf_counter()
    mo = mathopt.Model()
    x = [mo.add_binary_variable() for _ in range(model.pairs)]
    for i in range(model.items):
        row = mo.add_linear_constraint(lb=1.0, ub=1.0)
        for p in range(model.pair_start[i], model.pair_start[i + 1]):
            row.set_coefficient(x[p], 1.0)
    costs: list[dict] = [{} for _ in model.levels]
    for k, level in enumerate(model.levels):
        if level.cost is not None:
            for p in np.flatnonzero(level.cost).tolist():
                costs[k][x[p]] = float(level.cost[p])
    for family in model.families:
        rows, pair, coefficient = row_pairs(model, family)
        for r in range(family.rows):
            mine = np.flatnonzero(rows == r)
            low, high = int(family.low[r]), int(family.high[r])
            size = float(np.abs(coefficient[mine]).mean()) if len(mine) else 1.0
            for limit, sign in ((high, 1.0), (low, -1.0)):
                if not NO_LOW < limit < NO_HIGH:
                    continue
                row = mo.add_linear_constraint(ub=sign * limit / size)
                for p, c in zip(pair[mine].tolist(), coefficient[mine].tolist(), strict=True):
                    row.set_coefficient(x[p], sign * c / size)
                if family.level is None:
                    continue
                price = float(family.price[r])
                knee = int(family.knee[r]) if family.knee is not None else NO_HIGH
                out = mo.add_variable(lb=0.0, ub=knee / size if knee < NO_HIGH else float("inf"))
                row.set_coefficient(out, -1.0)
                costs[family.level][out] = price * size
                if knee < NO_HIGH:
                    beyond = mo.add_variable(lb=0.0)
                    row.set_coefficient(beyond, -1.0)
                    costs[family.level][beyond] = 2.0 * price * size
    for a, b in np.asarray(model.apart).tolist():
        of_a = {int(model.pair_agent[p]): p for p in range(model.pair_start[a], model.pair_start[a + 1])}
        of_b = {int(model.pair_agent[p]): p for p in range(model.pair_start[b], model.pair_start[b + 1])}
        for agent in of_a.keys() & of_b.keys():
            row = mo.add_linear_constraint(ub=1.0)
            row.set_coefficient(x[of_a[agent]], 1.0)
            row.set_coefficient(x[of_b[agent]], 1.0)
    best = start
    found = []
    for k, level in enumerate(model.levels):
        left = seconds - (time.perf_counter() - began)
        if left < 0.5:
            found.append(LevelOutcome(level.name, None, 0.0, 0.0))
            continue
        at = time.perf_counter()
        unit = float(level.unit)
        mo.minimize(mathopt.LinearSum(c / unit * v for v, c in costs[k].items()) if costs[k] else 0.0)
        parameters = mathopt.SolveParameters(
            time_limit=dt.timedelta(seconds=_share(left, k + 1 < len(model.levels))), random_seed=seed
        )
        parameters.highs.int_options["threads"] = workers
        hints = []
        if best is not None:
            values = dict.fromkeys(x, 0.0) | {x[p]: 1.0 for p in _pairs_of(model, best).tolist()}
            hints = [mathopt.SolutionHint(variable_values=values)]
        try:
            answer = mathopt.solve(
                mo,
                mathopt.SolverType.HIGHS,
                params=parameters,
                model_params=mathopt.ModelSolveParameters(solution_hints=hints),
            )
        except Exception as error:  # MathOpt reports refusals of HiGHS in several ways
            found.append(LevelOutcome(f"{level.name} ({type(error).__name__})", None, 0.0, time.perf_counter() - at))
            break
        bound = answer.termination.objective_bounds.dual_bound * unit
        if not answer.has_primal_feasible_solution():
            found.append(LevelOutcome(level.name, None, bound, time.perf_counter() - at))
            break
        value = round(answer.objective_value() * unit)
        found.append(LevelOutcome(level.name, value, bound, time.perf_counter() - at))
        taken = answer.variable_values()
        best = np.asarray(model.pair_agent)[np.array([taken[v] > 0.5 for v in x])]
        if costs[k]:
            limit = (value + allowance(model, level, value)) / unit
            mo.add_linear_constraint(mathopt.LinearSum(c / unit * v for v, c in costs[k].items()) <= limit + 1e-9)
    return found
