"""A mixed-integer program over some pairs of a model, as arrays of exact integers.

Items whose pairs are all left out stand where the given assignment has them; their loads are taken off the row limits
and their costs go into the constant. With every pair chosen this is the whole model at one level. It knows no solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.evaluate import Longs, pair_of
from bookwright.engine.mip_parts import MipColumns, MipRows
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model, RowFamily
from bookwright.engine.rows import item_of_pairs, level_cost, on_pairs

HARD = -1
"""In place of a level: minimise how far hard rows are broken, each as a fraction of its limit, in billionths."""

_HARD_UNIT = 10**9


@dataclass(frozen=True, slots=True, eq=False)
class Mip:
    """min cost.x + constant with low <= A x <= high, 0 <= x <= upper, all integer.

    The first len(pairs) columns are pairs of the model, the others breaches. Rows are in CSR form. The first
    `choices` rows say that each free item gets exactly one agent. `broken` = no assignment of the free items can do.
    Keys name rows and columns of the model the same way in every program built from it: a row key is its item, or
    counts on through the rows of all families, the limited levels and the apart pairs; a column key is its pair, or
    counts on through two sides and two slopes of every row. `stood` (choices,) is the column in which each free item
    stands in the given assignment, -1 where that pair was not chosen. `counts` are groups of pair columns; how many of
    a group are chosen is a whole number that branch and bound may decide on, too.
    """

    pairs: Longs
    choice: Longs
    choices: int
    cost: Longs
    upper: Longs
    row_start: Longs
    row_col: Longs
    row_val: Longs
    low: Longs
    high: Longs
    row_key: Longs
    col_key: Longs
    stood: Longs
    constant: int
    broken: bool
    counts: tuple[Longs, ...] = ()

    @property
    def cols(self) -> int:
        """How many columns."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.low)


def build(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    pairs: Longs | None = None,
    cost: Ints | None = None,
) -> Mip:
    """The program of one level over `pairs` (ascending; all by default), earlier levels held to `limits`.

    `level` = HARD lets hard rows be broken and minimises that. Items without a chosen pair stay as in `agent_of`.
    `cost` (model pairs,) replaces the level's own objective: then levels 0..len(limits)-1 are limits only.
    """
    held = len(limits) if cost is not None else max(level, 0)
    if cost is not None:
        # The objective is no level's: rows are hard, or they are limits of the levels before.
        level = held
    if pairs is None:
        pairs = np.arange(model.pairs, dtype=np.int64)
    item = item_of_pairs(model, pairs)
    counts = np.bincount(item, minlength=model.items)
    standing = pair_of(model, agent_of)
    # An item with one chosen pair has no choice: it stands at that pair.
    single = counts[item] == 1
    standing[item[single]] = pairs[single]
    pairs, item = pairs[~single], item[~single]
    fixed_items = np.flatnonzero(counts <= 1)
    fixed = standing[fixed_items]

    columns, rows = MipColumns(held), MipRows()
    objective = cost is None and level >= 0
    own = np.zeros(len(pairs), dtype=np.int64)
    constant = 0
    if cost is not None:
        own = np.asarray(cost)[pairs].astype(np.int64)
        constant = int(np.asarray(cost)[fixed].astype(np.int64).sum())
    elif objective:
        own = level_cost(model, level, pairs)
        constant = int(level_cost(model, level, fixed).sum())
    columns.add(len(pairs), own, np.ones(len(pairs), dtype=np.int64), pairs)
    level_constant = [int(level_cost(model, h, fixed).sum()) for h in range(held)]
    for h in range(held):
        columns.level_cost[h].append((np.arange(len(pairs), dtype=np.int64), level_cost(model, h, pairs)))

    free, choice = np.unique(item, return_inverse=True)
    choice = choice.astype(np.int64)
    ones = np.ones(len(free), dtype=np.int64)
    rows.limits(ones, ones, free.astype(np.int64))
    rows.entries(choice, np.arange(len(pairs), dtype=np.int64), np.ones(len(pairs), dtype=np.int64))

    broken = False
    key = model.items
    for family in model.families:
        key += family.rows
        if family.level is not None and family.level >= held and not (objective and family.level == level):
            continue
        elastic = level == HARD and family.level is None
        if level == HARD and not elastic:
            continue
        extra, bad = _post(
            model, family, pairs, item, fixed, fixed_items, rows, columns, level, objective, elastic, key - family.rows
        )
        broken |= bad
        if family.level is None or (objective and family.level == level):
            constant += extra
        else:
            level_constant[family.level] += extra
    extra, bad = _post_apart(model, pairs, item, fixed, fixed_items, rows, columns, level, held, objective, key + held)
    broken |= bad
    if model.apart_level is None or (objective and model.apart_level == level):
        constant += extra
    elif model.apart_level < held:
        level_constant[model.apart_level] += extra

    for h in range(held):
        room = limits[h] - level_constant[h]
        broken |= room < 0
        index = np.concatenate([part[0] for part in columns.level_cost[h]])
        value = np.concatenate([part[1] for part in columns.level_cost[h]])
        kept = value != 0
        if not kept.any():
            continue
        first = rows.limits(np.array([NO_LOW]), np.array([max(room, 0)], dtype=np.int64), np.array([key + h]))
        rows.entries(np.full(int(kept.sum()), first), index[kept], value[kept])
    stood = np.searchsorted(pairs, standing[free])
    stood = np.where(np.append(pairs, -1)[stood] == standing[free], stood, -1)
    return _finish(pairs, choice, stood, rows, columns, constant, broken)


def _finish(
    pairs: Longs, choice: Longs, stood: Longs, rows: MipRows, columns: MipColumns, constant: int, broken: bool
) -> Mip:
    """Puts the pieces in CSR order."""
    row, col, val = np.concatenate(rows.row), np.concatenate(rows.col), np.concatenate(rows.val)
    order = np.argsort(row, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=rows.count)))).astype(np.int64)
    return Mip(
        pairs=pairs,
        choice=choice,
        choices=len(stood),
        cost=np.concatenate(columns.cost),
        upper=np.concatenate(columns.upper),
        row_start=start,
        row_col=col[order],
        row_val=val[order],
        low=np.concatenate(rows.low),
        high=np.concatenate(rows.high),
        row_key=np.concatenate(rows.key),
        col_key=np.concatenate(columns.key),
        stood=stood,
        constant=constant,
        broken=broken,
    )


def _post(
    model: Model,
    family: RowFamily,
    pairs: Longs,
    item: Longs,
    fixed: Longs,
    fixed_items: Longs,
    rows: MipRows,
    columns: MipColumns,
    level: int,
    objective: bool,
    elastic: bool,
    key: int,
) -> tuple[int, bool]:
    """Posts one family; (what rows that cannot change add to the family's level, whether one is broken for good)."""
    fixed_row, fixed_use = on_pairs(model, family, fixed, fixed_items)
    base = np.zeros(family.rows, dtype=np.int64)
    np.add.at(base, fixed_row[fixed_row >= 0], fixed_use[fixed_row >= 0])
    row, use = on_pairs(model, family, pairs, item)
    counts = row >= 0
    most, least = base.copy(), base.copy()
    np.add.at(most, row[counts], np.maximum(use[counts], 0))
    np.add.at(least, row[counts], np.minimum(use[counts], 0))
    low = np.asarray(family.low, dtype=np.int64)
    high = np.asarray(family.high, dtype=np.int64)
    over = np.where((high < NO_HIGH) & (most > high), most - high, 0)
    under = np.where((low > NO_LOW) & (least < low), low - least, 0)
    touched = np.zeros(family.rows, dtype=bool)
    touched[row[counts]] = True
    priced = family.level is not None
    price, knee = breach_prices(family, elastic)
    extra, bad = 0, False
    still = ~touched & ((over > 0) | (under > 0))
    if still.any():
        if priced or elastic:
            out = np.maximum(over, under)[still]
            length = out + np.maximum(out - knee[still], 0)
            extra = sum(int(p) * int(o) for p, o in zip(price[still], length, strict=True))
        else:
            bad = True
    live = np.flatnonzero(touched & ((over > 0) | (under > 0)))
    if not len(live):
        return extra, bad
    place = np.full(family.rows, -1, dtype=np.int64)
    first = rows.limits(
        np.where(under[live] > 0, low[live] - base[live], NO_LOW),
        np.where(over[live] > 0, high[live] - base[live], NO_HIGH),
        key + live,
    )
    place[live] = np.arange(first, first + len(live))
    used = counts & (place[np.maximum(row, 0)] >= 0)
    rows.entries(place[row[used]], np.flatnonzero(used), use[used])
    if priced or elastic:
        own = elastic or (objective and family.level == level)
        for reach, sign in ((over, -1), (under, 1)):
            side = live[reach[live] > 0]
            side_key = model.pairs + 4 * (key + side) + (2 if sign > 0 else 0)
            _breach_columns(family, side, side_key, reach, sign, place, price, knee, rows, columns, own)
    return extra, bad


def breach_prices(family: RowFamily, elastic: bool) -> tuple[Longs, Longs]:
    """Price and knee of each row; hard rows in elastic mode cost their relative excess in billionths."""
    if elastic:
        low, high = np.asarray(family.low, dtype=np.int64), np.asarray(family.high, dtype=np.int64)
        size = np.where(high < NO_HIGH, np.abs(high), np.where(low > NO_LOW, np.abs(low), 1))
        return np.maximum(_HARD_UNIT // np.maximum(size, 1), 1), np.full(family.rows, NO_HIGH, dtype=np.int64)
    if family.level is None:
        none = np.zeros(family.rows, dtype=np.int64)
        return none, np.full(family.rows, NO_HIGH, dtype=np.int64)
    if family.price is None:
        raise ValueError(f"row family {family.name!r} adds to a level but has no price")
    knee = np.full(family.rows, NO_HIGH) if family.knee is None else np.clip(family.knee, 0, NO_HIGH)
    return np.asarray(family.price, dtype=np.int64), knee.astype(np.int64)


def _breach_columns(
    family: RowFamily,
    side: Longs,
    key: Longs,
    reach: Longs,
    sign: int,
    place: Longs,
    price: Longs,
    knee: Longs,
    rows: MipRows,
    columns: MipColumns,
    own: bool,
) -> None:
    """Columns that take up the breach of each row in `side`: up to the knee at the price, from there on at twice it.

    `reach` (rows,) is how far each row could be outside at most. The prices rise, so no row is needed for the order.
    """
    for steep in (False, True):
        some = reach[side] > (knee[side] if steep else 0)
        where = side[some]
        if not len(where):
            continue
        upper = reach[where] - knee[where] if steep else np.minimum(reach[where], knee[where])
        cost = price[where] * (2 if steep else 1)
        index = columns.add(len(where), cost if own else np.zeros(len(where), dtype=np.int64), upper, key[some] + steep)
        rows.entries(place[where], index, np.full(len(where), sign, dtype=np.int64))
        if not own and family.level is not None:
            columns.level_cost[family.level].append((index, cost))


def _post_apart(
    model: Model,
    pairs: Longs,
    item: Longs,
    fixed: Longs,
    fixed_items: Longs,
    rows: MipRows,
    columns: MipColumns,
    level: int,
    held: int,
    objective: bool,
    key: int,
) -> tuple[int, bool]:
    """Posts pairs of items that should not share an agent: x + x' <= 1 (+ a priced column) for each agent of both."""
    hard = model.apart_level is None
    if not len(model.apart) or (level == HARD and not hard):
        return 0, False
    own = (hard and level == HARD) or (objective and model.apart_level == level)
    if not hard and not own and (model.apart_level is None or model.apart_level >= held):
        return 0, False
    priced = own or not hard
    price = _HARD_UNIT if hard else int(model.apart_price)
    agent = np.asarray(model.pair_agent)
    where: dict[int, dict[int, int]] = {}
    wanted = set(np.unique(model.apart).tolist())
    for column, (i, a) in enumerate(zip(item.tolist(), agent[pairs].tolist(), strict=True)):
        if i in wanted:
            where.setdefault(i, {})[a] = column
    stands = {int(i): int(agent[p]) for i, p in zip(fixed_items, fixed, strict=True) if int(i) in wanted}
    extra, bad = 0, False
    for number, (left, right) in enumerate(model.apart.tolist()):
        if left in stands and right in stands:
            if stands[left] == stands[right]:
                extra, bad = extra + (price if priced else 0), bad or not priced
            continue
        if left in stands or right in stands:
            moving, at = (right, stands[left]) if left in stands else (left, stands[right])
            shared = [(where[moving][at],)] if at in where[moving] else []
        else:
            shared = [(where[left][a], where[right][a]) for a in sorted(where[left].keys() & where[right].keys())]  # type: ignore[misc]
        if not shared:
            continue
        room = len(shared[0]) - 1
        row_key = key + number * model.agents + np.arange(len(shared), dtype=np.int64)
        first = rows.limits(np.full(len(shared), NO_LOW), np.full(len(shared), room, dtype=np.int64), row_key)
        for offset, used in enumerate(shared):
            rows.entries(np.full(len(used), first + offset), np.array(used), np.ones(len(used), dtype=np.int64))
        if priced:
            # One column for all agents: the two items can meet on one agent only.
            column_key = np.array([model.pairs + 4 * int(row_key[0])])
            index = columns.add(1, np.array([price if own else 0]), np.ones(1, dtype=np.int64), column_key)
            count = len(shared)
            rows.entries(np.arange(first, first + count), np.repeat(index, count), np.full(count, -1, dtype=np.int64))
            if not own and model.apart_level is not None:
                columns.level_cost[model.apart_level].append((index, np.array([price], dtype=np.int64)))
    return extra, bad


def column_hint(model: Model, mip: Mip, agent_of: Ints) -> NDArray[np.float64]:
    """Where the assignment stands in the program's pair columns: 1 for the pair each free item uses, else 0."""
    standing = pair_of(model, agent_of)
    item = item_of_pairs(model, mip.pairs)
    hint: NDArray[np.float64] = (standing[item] == mip.pairs).astype(np.float64)
    return hint


def assignment(model: Model, mip: Mip, x: NDArray[np.float64], agent_of: Ints) -> NDArray[np.int32]:
    """The assignment a solution stands for: every free item goes to its largest column."""
    result = np.asarray(agent_of, dtype=np.int32).copy()
    item = item_of_pairs(model, mip.pairs)
    agent = np.asarray(model.pair_agent)[mip.pairs]
    order = np.lexsort((-x[: len(mip.pairs)], item))
    first = np.concatenate(([True], item[order][1:] != item[order][:-1])) if len(order) else np.zeros(0, dtype=bool)
    result[item[order][first]] = agent[order][first]
    return result
