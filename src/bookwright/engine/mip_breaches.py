"""A plan as a whole solution of a program: what its breach columns come to, given where the items go."""

from __future__ import annotations

import numpy as np

from bookwright.engine.evaluate import Longs
from bookwright.engine.knapsack import Floats
from bookwright.engine.mip import Mip


def with_breaches(program: Mip, x: Floats) -> Longs:
    """Values of all columns, (cols,), from those of the pairs: every breach column holds what its row is outside.

    A solution that keeps no limit of an earlier level stays outside it: nothing takes that up.
    """
    pairs = len(program.pairs)
    chosen = np.round(x[:pairs]).astype(np.int64)
    row = np.repeat(np.arange(program.rows), np.diff(program.row_start))
    col, val = program.row_col, program.row_val
    of_pair = col < pairs
    load = np.zeros(program.rows, dtype=np.int64)
    np.add.at(load, row[of_pair], val[of_pair] * chosen[col[of_pair]])
    row, col, val = row[~of_pair], col[~of_pair], val[~of_pair]
    # A breach stands first in the row that it is a breach of: -1 for too much, 1 for too little.
    own, sign = np.full(program.cols, -1, dtype=np.int64), np.zeros(program.cols, dtype=np.int64)
    own[col[::-1]], sign[col[::-1]] = row[::-1], val[::-1]
    outside = np.zeros(program.cols, dtype=np.int64)
    over, under = val == -1, (val == 1) & (row == own[col])
    np.maximum.at(outside, col[over], load[row[over]] - program.high[row[over]])
    np.maximum.at(outside, col[under], program.low[row[under]] - load[row[under]])
    # Of two slopes of one row the gentle one is filled first; their keys follow each other.
    order = pairs + np.argsort(program.col_key[pairs:], kind="stable")
    gentle, steep = order[:-1], order[1:]
    same = (program.col_key[steep] == program.col_key[gentle] + 1) & (own[gentle] == own[steep])
    same &= sign[gentle] == sign[steep]
    outside[steep[same]] -= program.upper[gentle[same]]
    found = np.clip(outside, 0, program.upper)
    found[:pairs] = chosen
    return np.asarray(found, dtype=np.int64)
