"""Linear programs by HiGHS, from a warm basis that survives rows and columns coming and going.

As in `backend_highs.py`, the binding is scipy's own and numbers are floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize._highspy import _core

from bookwright.engine.backend import Floats
from bookwright.engine.backend_highs import load, scaled
from bookwright.engine.evaluate import Longs
from bookwright.engine.mip import Mip

_STATUS = _core.HighsModelStatus
_BASIC, _LOWER = _core.HighsBasisStatus.kBasic, _core.HighsBasisStatus.kLower


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
    highs = load(program, numbers, integer=False)
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


class Live:
    """A linear program that stays in the solver while its pairs are fixed, a few at a time.

    `firm` (rows,) are rows that may be broken at `dear` times the dearest row price, so that what is fixed early never
    leaves the rest without an answer. `seconds` are for all solves together.
    """

    def __init__(
        self, program: Mip, basis: Basis | None, firm: Longs, dear: float, seconds: float | None = None
    ) -> None:
        numbers = scaled(program)
        self.solves, self._pairs = 1, len(program.pairs)
        self._highs = load(program, numbers, integer=False)
        if seconds is not None:
            self._highs.setOptionValue("time_limit", max(seconds, 0.01))
        if basis is not None:
            _give(self._highs, program, basis)
            self._highs.setOptionValue("simplex_strategy", 4)
        self._highs.run()
        price = np.abs(np.asarray(self._highs.getSolution().row_dual)[program.choices :])
        price = max(float(price.max(initial=0.0)) * dear, 10.0 * float(numbers.cost.max(initial=0.0)), 1.0)
        for row in firm.tolist():
            for end, sign in ((numbers.high[row], -1.0), (numbers.low[row], 1.0)):
                if abs(end) < _core.kHighsInf:
                    self._highs.addCol(
                        price, 0.0, _core.kHighsInf, 1, np.array([row], dtype=np.int32), np.array([sign])
                    )
        # From here on little changes from one solve to the next.
        self._highs.setOptionValue("simplex_strategy", 1)
        self._highs.setOptionValue("presolve", "off")

    def solve(self) -> Floats | None:
        """The weight of each pair, (pairs,), or None where the solver gives none."""
        self.solves += 1
        self._highs.run()
        if self._highs.getModelStatus() != _STATUS.kOptimal:
            return None
        found: Floats = np.asarray(self._highs.getSolution().col_value)[: self._pairs]
        return found

    def fix(self, columns: Longs, chosen: NDArray[np.bool_]) -> None:
        """Leaves of these pairs only the chosen ones."""
        upper = np.where(chosen, _core.kHighsInf, 0.0)
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), np.zeros(len(columns)), upper)
