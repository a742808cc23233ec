"""What the rows that the rules posted come to under an assignment: loads, breaches and the value of a priority.

Arithmetic alone, no solver: what a sentence, a ledger or a price by arithmetic is counted with.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bookwright.rules.board import SHARE, Board, Rows

UNITS = {"hours": SHARE, "balance": SHARE, "changes": 1, "moves": 1000, "evenness": SHARE}
"""Integer units of one whole, by priority."""


def worth(board: Board, rows: Rows, csm_of: NDArray[np.int32]) -> NDArray[np.int64]:
    """Loads of a family of rows under an assignment of accounts (unowned ones count nowhere), shape (rows,)."""
    use = np.asarray(rows.use, dtype=np.int64)
    counted = csm_of >= 0
    if rows.away_only:
        counted = counted & (csm_of != board.problem.owner)
    row = np.asarray(rows.row_of)[csm_of] if rows.by == "csm" else np.asarray(rows.row_of)
    counted = counted & (row >= 0)
    found = np.zeros(len(rows.low), dtype=np.int64)
    np.add.at(found, row[counted], use[counted])
    return found


def breach(rows: Rows, load: NDArray[np.int64]) -> NDArray[np.int64]:
    """Priced breach per row of a family, in the integer units of its priority."""
    out = np.maximum(0, np.maximum(np.asarray(rows.low) - load, load - np.asarray(rows.high)))
    extra = np.maximum(0, out - rows.knee) if rows.knee is not None else 0
    return np.asarray(np.asarray(rows.price if rows.price is not None else 1) * (out + extra), dtype=np.int64)


def value_of(board: Board, priority: str, csm_of: NDArray[np.int32]) -> int:
    """A priority's value for an assignment of accounts, in integer units; what today's books are scored by."""
    total = sum(int(breach(rows, worth(board, rows, csm_of)).sum()) for rows in board.rows if rows.priority == priority)
    owned = np.flatnonzero(csm_of >= 0)
    for cost in board.costs.get(priority, ()):
        total += int(cost(owned, csm_of[owned].astype(np.intp)).sum())
    return total


def unit_of(priority: str) -> tuple[int, str]:
    """How many integer units make one, and what that one is called."""
    names: Mapping[str, str] = {"hours": "share of hours", "changes": "accounts", "moves": "points"}
    return UNITS.get(priority, SHARE), names.get(priority, "share")
