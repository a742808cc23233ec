"""Rows and columns of a program while it is put together, part by part."""

from __future__ import annotations

import numpy as np

from bookwright.engine.evaluate import Longs


class MipRows:
    """Collects coefficients row by row."""

    def __init__(self) -> None:
        self.row: list[Longs] = []
        self.col: list[Longs] = []
        self.val: list[Longs] = []
        self.low: list[Longs] = []
        self.high: list[Longs] = []
        self.key: list[Longs] = []
        self.count = 0

    def limits(self, low: Longs, high: Longs, key: Longs) -> int:
        """Adds rows with these limits; the index of the first."""
        first = self.count
        self.key.append(key)
        self.low.append(low)
        self.high.append(high)
        self.count += len(low)
        return first

    def entries(self, row: Longs, col: Longs, val: Longs) -> None:
        """Adds coefficients."""
        self.row.append(row)
        self.col.append(col)
        self.val.append(val)


class MipColumns:
    """Collects columns and what they cost at the objective and at every limited level."""

    def __init__(self, levels: int) -> None:
        self.cost: list[Longs] = []
        self.upper: list[Longs] = []
        self.key: list[Longs] = []
        self.level_cost: list[list[tuple[Longs, Longs]]] = [[] for _ in range(levels)]
        self.count = 0

    def add(self, count: int, cost: Longs, upper: Longs, key: Longs) -> Longs:
        """Adds columns; their indices."""
        self.key.append(key)
        self.cost.append(cost)
        self.upper.append(upper)
        index = np.arange(self.count, self.count + count, dtype=np.int64)
        self.count += count
        return index
