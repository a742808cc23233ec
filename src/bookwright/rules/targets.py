"""Targets: what share of every measure each CSM should have; unique, attainable, and checkable as a sum of shares.

Accounts with the same allowed CSMs form a class. Each class's hours f are spread over its CSMs by

    minimise  sum_c load_c^2 / cap_c  +  0.001 sum_kc f_kc^2 / cap_c ,   load_c = sum_k f_kc ,   sum_c f_kc = F_k ,

a strictly convex quadratic program with one answer: everybody equally busy as far as territories and segments let
them, and each class split in proportion where that changes nothing. A CSM's target of a measure is the sum over classes
of its share of the class times the class's total of the measure. An account too large for any band (a whale) is set
against one CSM's target before the rest is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import clarabel
import numpy as np
from numpy.typing import NDArray

from bookwright.problem import Problem

SPREAD = 0.001


@dataclass(frozen=True, eq=False)
class Classes:
    """Accounts by their allowed CSMs: `of` (accounts,) class of each, -1 for orphans; `allowed` (classes, CSMs)."""

    of: NDArray[np.intp]
    allowed: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many classes."""
        return len(self.allowed)


@dataclass(frozen=True, eq=False)
class _Columns:
    """A sparse matrix by columns, as Clarabel reads one: scipy's takes longer to import than the program to solve."""

    shape: tuple[int, int]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    data: NDArray[np.float64]
    nnz: int
    has_canonical_format: bool = True
    has_sorted_indices: bool = True


@dataclass(frozen=True, eq=False)
class Targets:
    """Targets of one measure: `target` (CSMs,) = shares x totals; `share` (classes, CSMs), `total` (classes,).

    `whales` are (account, CSM) positions set against that CSM's target, each as a class of its own. `grain` (CSMs,) is
    the size of the account that a unit of the CSM's target typically sits in.
    """

    target: NDArray[np.float64]
    share: NDArray[np.float64]
    total: NDArray[np.float64]
    classes: Classes
    whales: tuple[tuple[int, int], ...]
    grain: NDArray[np.float64]


def classify(allowed: NDArray[np.bool_]) -> Classes:
    """Group accounts by their row of the allowed table; the order of classes does not depend on the order of rows."""
    packed = np.packbits(allowed, axis=1)
    # Sorting a few distinct rows is quicker than sorting all of them, which is how np.unique finds them.
    rows = [row.tobytes() for row in packed]
    number = {key: k for k, key in enumerate(sorted(set(rows)))}
    keys = np.frombuffer(b"".join(number), dtype=np.uint8).reshape(len(number), packed.shape[1])
    table = np.unpackbits(keys, axis=1, count=allowed.shape[1]).astype(np.bool_)
    of = np.array([number[row] for row in rows], dtype=np.intp)
    empty = ~table.any(axis=1)
    if empty.any():
        renumber = np.where(empty, -1, np.cumsum(~empty) - 1)
        of, table = renumber[of], table[~empty]
    return Classes(of, table)


def spread(classes: Classes, hours: NDArray[np.float64], capacity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours of each class over its CSMs, shape (classes, CSMs), rows summing to `hours`; see the formula above.

    CSMs without capacity get nothing; classes without hours, or that nobody with capacity may own, get zeros.
    """
    k_count, m = classes.allowed.shape
    flow = np.zeros((k_count, m))
    usable = classes.allowed & (capacity > 0)[None, :]
    base = np.zeros(m)
    open_classes = []
    for k in range(k_count):
        options = np.flatnonzero(usable[k])
        if hours[k] <= 0 or len(options) == 0:
            continue
        if len(options) == 1:
            flow[k, options[0]] = hours[k]
            base[options[0]] += hours[k]
        else:
            open_classes.append(k)
    if open_classes:
        flow[open_classes] = _solve(usable[open_classes], hours[open_classes], base, capacity)
    return flow


def _solve(
    usable: NDArray[np.bool_], hours: NDArray[np.float64], base: NDArray[np.float64], capacity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The quadratic program over classes with several CSMs, by an interior point method (Clarabel)."""
    row, col = np.nonzero(usable)
    count, used = len(row), np.flatnonzero(usable.any(axis=0))
    agent = np.searchsorted(used, col)
    scale = float(np.mean(capacity[used]))
    cap = capacity[used] / scale
    # Variables: the flows, then the loads; loads are tied to flows by equalities, so that everything stays sparse.
    diagonal = np.concatenate([2 * SPREAD / cap[agent], 2 / cap])
    wide = count + len(used)
    objective = _columns((wide, wide), np.ones(wide), np.arange(wide), diagonal)
    linear = np.zeros(wide)
    # A flow counts in its class's sum, in its CSM's load and is at least 0; a load stands in its own equality alone.
    first = len(hours)
    flow_rows = np.column_stack([row, first + agent, first + len(used) + np.arange(count)])
    rows = np.concatenate([flow_rows.ravel(), first + np.arange(len(used))])
    values = np.concatenate([np.tile([1.0, 1.0, -1.0], count), -np.ones(len(used))])
    each = np.concatenate([np.full(count, 3), np.ones(len(used), dtype=np.intp)])
    held = _columns((first + wide, wide), each, rows, values)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    solver = clarabel.DefaultSolver(
        objective,
        linear,
        held,
        np.concatenate([hours / scale, -base[used] / scale, np.zeros(count)]),
        [clarabel.ZeroConeT(len(hours) + len(used)), clarabel.NonnegativeConeT(count)],
        settings,
    )
    flows = np.maximum(np.array(solver.solve().x[:count]), 0.0)
    found = np.zeros(usable.shape)
    found[row, col] = flows
    found /= found.sum(axis=1, keepdims=True)
    return found * hours[:, None]


def _columns(shape: tuple[int, int], each: NDArray[Any], rows: NDArray[Any], values: NDArray[np.float64]) -> _Columns:
    """The matrix whose columns hold `each` many values, at `rows` in ascending order."""
    start = np.concatenate([[0], np.cumsum(each)]).astype(np.int64)
    return _Columns(shape, start, rows.astype(np.int64), values, len(values))


def targets(
    problem: Problem,
    classes: Classes,
    values: NDArray[np.float64],
    tolerance: NDArray[np.float64],
) -> Targets:
    """Targets of a measure with `values` (accounts,) and `tolerance` (CSMs,), whales set aside first."""
    plain = shared(problem, classes, values)
    whales = _whales(problem, classes, values, plain.target, tolerance)
    if not whales:
        return plain
    return shared(problem, set_aside(classes, whales), values, whales)


def shared(
    problem: Problem, classes: Classes, values: NDArray[np.float64], whales: Sequence[tuple[int, int]] = ()
) -> Targets:
    """Spread hours over classes and turn the shares into targets of a measure."""
    known = classes.of >= 0
    hours = summed(classes.of[known], problem.hours[known], classes.count)
    total = summed(classes.of[known], values[known], classes.count)
    capacity = problem.capacity_hours
    flow = spread(classes, hours, capacity)
    by_capacity = classes.allowed * capacity[None, :]
    weight = np.where(hours[:, None] > 0, flow, by_capacity)
    sums = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, sums, out=np.zeros_like(weight), where=sums > 0)
    plain = known.copy()
    plain[[i for i, _ in whales]] = False
    mass = summed(classes.of[plain], values[plain], classes.count)
    square = summed(classes.of[plain], values[plain] ** 2, classes.count)
    weights, squares = mass @ share, square @ share
    grain = np.divide(squares, weights, out=np.zeros_like(weights), where=weights > 0)
    return Targets(total @ share, share, total, classes, tuple(whales), grain)


def summed(of: NDArray[np.intp], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sum of values per class, (count,)."""
    return np.bincount(of, weights=values, minlength=count).astype(np.float64)


def _whales(
    problem: Problem,
    classes: Classes,
    values: NDArray[np.float64],
    target: NDArray[np.float64],
    tolerance: NDArray[np.float64],
) -> list[tuple[int, int]]:
    """Accounts above (1 + tolerance) x the mean target of their CSMs, each with the CSM it is set against."""
    capacity = problem.capacity_hours
    usable = classes.allowed & (capacity > 0)[None, :]
    number = np.maximum(1, usable.sum(axis=1))
    mean = (usable @ target) / number
    slack = (usable @ tolerance) / number
    known = np.flatnonzero((classes.of >= 0) & (values > 0))
    k = classes.of[known]
    large = known[(values[known] > (1 + slack[k]) * mean[k]) & (number[k] > 1)]
    # The largest CSM; among equals the one with the larger target, then by id: never by the order of rows.
    order = sorted(range(len(capacity)), key=lambda j: (-capacity[j], -float(f"{target[j]:.5g}"), problem.csms[j].id))
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    found = []
    for i in large.tolist():
        options = np.flatnonzero(usable[classes.of[i]])
        home = int(problem.owner[i])
        found.append((i, home if home in options else int(options[np.argmin(rank[options])])))
    return found


def set_aside(classes: Classes, whales: Sequence[tuple[int, int]]) -> Classes:
    """The classes with every whale in a class of its CSM alone."""
    of, tables = classes.of.copy(), [classes.allowed]
    made: dict[int, int] = {}
    for i, j in whales:
        if j not in made:
            made[j] = classes.count + len(made)
            tables.append((np.arange(classes.allowed.shape[1]) == j)[None, :])
        of[i] = made[j]
    return Classes(of, np.concatenate(tables))
