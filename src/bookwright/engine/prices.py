"""Prices of rows, and what every pair costs at them: the heart of the relaxation, its bound and its pricing.

A price lifts or lowers each pair by price x coefficient; with exact integers in, exact integers out. The loops are
compiled and work in place on a block of pairs, so that 17 million pairs need no second array of their size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled
from bookwright.engine.mip import Mip
from bookwright.engine.model import Model

Floats = NDArray[np.float64]
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Duals:
    """Prices: `row` one (rows,) array per family, added to a pair per unit of use; `level` one per earlier level.

    A positive row price says that the row is full at its high end, a negative one that it is short at its low end.
    """

    row: tuple[NDArray[Any], ...]
    level: NDArray[Any]

    def plain(self) -> dict[str, Any]:
        """As plain lists, the way a report keeps them."""
        return {"row": [part.tolist() for part in self.row], "level": self.level.tolist()}


def no_duals(model: Model, held: int) -> Duals:
    """All prices zero."""
    return Duals(tuple(np.zeros(family.rows) for family in model.families), np.zeros(held))


def duals_of(model: Model, program: Mip, dual: Floats, held: int) -> Duals:
    """The prices an LP's row duals amount to; rows that the program left out have price 0."""
    ends = np.cumsum([model.items] + [family.rows for family in model.families] + [held])
    every = np.zeros(int(ends[-1]))
    known = program.row_key < ends[-1]
    every[program.row_key[known]] = -dual[known]
    parts = tuple(every[a:b] for a, b in pairwise(ends[:-1]))
    return Duals(parts, np.maximum(every[ends[-2] :], 0.0))


def blocks(model: Model, size: int = _BLOCK) -> Iterator[tuple[int, int]]:
    """Stretches of items whose pairs number about `size`."""
    start = np.asarray(model.pair_start, dtype=np.int64)
    first = 0
    while first < model.items:
        last = int(np.searchsorted(start, start[first] + size, side="right")) - 1
        last = min(max(last, first + 1), model.items)
        yield first, last
        first = last


def priced(
    model: Model, duals: Duals, cost: NDArray[Any] | None, first: int, last: int, cost_times: int | float = 1
) -> NDArray[Any]:
    """What each pair of items first..last-1 costs: cost x cost_times + prices of its rows and earlier levels.

    The result is int64 when all prices are integers, else float64.
    """
    exact = duals.level.dtype.kind == "i"
    begin, end = int(model.pair_start[first]), int(model.pair_start[last])
    out: NDArray[Any] = np.zeros(end - begin, dtype=np.int64 if exact else np.float64)
    if cost is not None:
        out += np.asarray(cost)[begin:end].astype(out.dtype) * cost_times
    for h, price in enumerate(duals.level):
        level_cost = model.levels[h].cost
        if level_cost is not None and price != 0:
            out += np.asarray(level_cost)[begin:end].astype(out.dtype) * price
    for family, row_price in zip(model.families, duals.row, strict=True):
        if not row_price.any():
            continue
        _add_family(
            out,
            model.pair_start,
            model.pair_agent,
            model.home,
            first,
            last,
            np.asarray(family.row_of),
            family.by == "agent",
            np.asarray(family.use),
            len(family.use) == model.items,
            family.away_only,
            row_price,
        )
    return out


@compiled
def _add_family(
    out: NDArray[Any],
    pair_start: NDArray[Any],
    pair_agent: NDArray[Any],
    home: NDArray[Any],
    first: int,
    last: int,
    row_of: NDArray[Any],
    by_agent: bool,
    use: NDArray[Any],
    use_by_item: bool,
    away_only: bool,
    price: NDArray[Any],
) -> None:
    """Adds price x use to every pair of the block that counts in the family."""
    begin = pair_start[first]
    for item in range(first, last):
        for pair in range(pair_start[item], pair_start[item + 1]):
            agent = pair_agent[pair]
            if away_only and agent == home[item]:
                continue
            row = row_of[agent] if by_agent else row_of[item]
            if row >= 0:
                out[pair - begin] += price[row] * (use[item] if use_by_item else use[pair])
