"""The model and an assignment laid out for compiled loops: shifts are tried, applied and taken back in O(families).

An assignment is judged by its `score`, a vector of integers compared from the left: place 0 is the hard breach (in
billionths of each row's limit, at least 1 per unit, 0 exactly when all hard rows and apart pairs hold), place k + 1 is
the value of level k. Everything is int64; `pack` refuses a model whose numbers could outgrow it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled
from bookwright.engine.evaluate import pair_of
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model

Longs = NDArray[np.int64]
HARD_UNIT = 10**9
_ROOM = 2.0**61


class TooLarge(ValueError):
    """The model's prices times its loads could leave int64."""


class Packed(NamedTuple):
    """The model as flat arrays. Rows of all families are numbered through; -1 is no row."""

    pair_start: Longs
    pair_agent: NDArray[np.int32]
    home: NDArray[np.int32]
    cost: Longs  # (costs, pairs): the levels that have one
    cost_place: Longs  # (costs,): place in the score
    use_item: Longs  # (families, items), zeros where pair-dependent
    use_pair: Longs  # (pair-dependent families, pairs)
    use_pair_of: Longs  # (families,): row of use_pair, -1 when by item
    row_agent: NDArray[np.int32]  # (families, agents)
    row_item: NDArray[np.int32]  # (families, items or 1)
    by_item: NDArray[np.bool_]
    away_only: NDArray[np.bool_]
    low: Longs  # (rows,)
    high: Longs
    price: Longs  # of a unit above high
    price_under: Longs  # of a unit below low
    knee: Longs
    place: Longs  # (rows,): place in the score the row's breach counts in
    apart_start: Longs  # (items + 1,)
    apart_item: NDArray[np.int32]
    apart_place: int
    apart_price: int


class State(NamedTuple):
    """An assignment under change: agents, pairs, loads, score, and each agent's items as a linked list."""

    agent_of: NDArray[np.int32]
    pair: Longs
    load: Longs
    score: Longs
    head: NDArray[np.int32]  # (agents,): first item, -1 for none
    after: NDArray[np.int32]  # (items,)
    before: NDArray[np.int32]


def pack(model: Model) -> Packed:
    """Lay the model out for compiled loops; TooLarge when int64 might not hold its sums."""
    items, families = model.items, model.families
    offsets = np.concatenate([[0], np.cumsum([family.rows for family in families], dtype=np.int64)]).astype(np.int64)
    rows = int(offsets[-1])
    by_item = np.array([family.by == "item" for family in families], dtype=np.bool_)
    row_agent = np.full((len(families), model.agents), -1, dtype=np.int32)
    row_item = np.full((len(families), items if by_item.any() else 1), -1, dtype=np.int32)
    use_item = np.zeros((len(families), items), dtype=np.int64)
    paired = [number for number, family in enumerate(families) if len(family.use) != items]
    use_pair_of = np.full(len(families), -1, dtype=np.int64)
    low, high = np.full(rows, NO_LOW, dtype=np.int64), np.full(rows, NO_HIGH, dtype=np.int64)
    price, knee = np.zeros(rows, dtype=np.int64), np.full(rows, NO_HIGH, dtype=np.int64)
    price_under = np.zeros(rows, dtype=np.int64)
    place = np.zeros(rows, dtype=np.int64)
    for number, family in enumerate(families):
        span = slice(int(offsets[number]), int(offsets[number + 1]))
        row_of = np.asarray(family.row_of)
        shifted = np.where(row_of >= 0, row_of + offsets[number], -1)
        (row_item if by_item[number] else row_agent)[number] = shifted
        if number in paired:
            use_pair_of[number] = paired.index(number)
        else:
            use_item[number] = family.use
        low[span] = np.clip(family.low, NO_LOW, NO_HIGH)
        high[span] = np.clip(family.high, NO_LOW, NO_HIGH)
        if family.level is None:
            price[span] = HARD_UNIT // np.clip(np.abs(high[span]), 1, HARD_UNIT)
            price_under[span] = HARD_UNIT // np.clip(np.abs(low[span]), 1, HARD_UNIT)
        else:
            place[span] = family.level + 1
            price[span] = family.price if family.price is not None else 0
            price_under[span] = price[span]
            knee[span] = NO_HIGH if family.knee is None else np.clip(family.knee, 0, NO_HIGH)
    costed = [number for number, level in enumerate(model.levels) if level.cost is not None]
    use_pair = _stack([families[number].use for number in paired], model.pairs)
    cost = _stack([model.levels[number].cost for number in costed], model.pairs)
    _refuse_what_outgrows(model, use_item, use_pair, np.maximum(price, price_under), low, high)
    apart_start, apart_item = _neighbours(model)
    hard_apart = model.apart_level is None
    return Packed(
        np.ascontiguousarray(model.pair_start, dtype=np.int64),
        np.ascontiguousarray(model.pair_agent, dtype=np.int32),
        np.ascontiguousarray(model.home, dtype=np.int32),
        cost,
        np.array([number + 1 for number in costed], dtype=np.int64),
        use_item,
        use_pair,
        use_pair_of,
        row_agent,
        row_item,
        by_item,
        np.array([family.away_only for family in families], dtype=np.bool_),
        low,
        high,
        price,
        price_under,
        knee,
        place,
        apart_start,
        apart_item,
        0 if model.apart_level is None else model.apart_level + 1,
        HARD_UNIT if hard_apart else int(model.apart_price),
    )


def _stack(arrays: list[Any], pairs: int) -> Longs:
    """Rows of one (k, pairs) int64 array; no copy where there is one array that is int64 already."""
    if not arrays:
        return np.zeros((0, pairs), dtype=np.int64)
    if len(arrays) == 1:
        return np.ascontiguousarray(arrays[0], dtype=np.int64).reshape(1, pairs)
    return np.stack([np.asarray(array, dtype=np.int64) for array in arrays])


def _refuse_what_outgrows(
    model: Model, use_item: Longs, use_pair: Longs, price: Longs, low: Longs, high: Longs
) -> None:
    """Raise TooLarge when a row's breach, or all of them together, might reach 2**61."""
    total = sum(
        float(np.abs(level.cost).max(initial=0)) * model.items for level in model.levels if level.cost is not None
    )
    total += float(model.apart_price) * len(model.apart)
    most = [float(np.abs(use_item[number]).sum(dtype=np.float64)) for number in range(len(use_item))]
    paired = iter(use_pair)
    first = 0
    for number, family in enumerate(model.families):
        if len(family.use) != model.items:
            most[number] = float(np.abs(next(paired)).max(initial=0)) * model.items
        span = slice(first, first + family.rows)
        first += family.rows
        ends = np.maximum(
            np.where(low[span] > NO_LOW, np.abs(low[span].astype(np.float64)), 0),
            np.where(high[span] < NO_HIGH, np.abs(high[span].astype(np.float64)), 0),
        )
        # Each item counts in one row of a family, so the loads of all its rows together stay below `most`.
        dearest = float(price[span].max(initial=0))
        total += 2 * dearest * most[number] + 2 * float((price[span] * ends).sum())
    if total >= _ROOM:
        raise TooLarge(f"values of this model may reach {total:.3g}, beyond int64")


def _neighbours(model: Model) -> tuple[Longs, NDArray[np.int32]]:
    """Apart pairs as adjacency lists, both ways."""
    apart = np.asarray(model.apart, dtype=np.int64).reshape(-1, 2)
    ends = np.concatenate([apart[:, 0], apart[:, 1]])
    others = np.concatenate([apart[:, 1], apart[:, 0]])
    order = np.argsort(ends, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=model.items))]).astype(np.int64)
    return start, others[order].astype(np.int32)


def state_of(model: Model, packed: Packed, agent_of: Ints) -> State:
    """The state in which `agent_of` stands; ValueError where an agent is not allowed."""
    pair = pair_of(model, np.asarray(agent_of))
    state = empty_state(model, packed)
    place_all(packed, state, pair)
    return state


def empty_state(model: Model, packed: Packed) -> State:
    """No item placed (agent -1): loads are 0 and breached lows count."""
    items = model.items
    state = State(
        np.full(items, -1, dtype=np.int32),
        np.full(items, -1, dtype=np.int64),
        np.zeros(len(packed.low), dtype=np.int64),
        np.zeros(len(model.levels) + 1, dtype=np.int64),
        np.full(model.agents, -1, dtype=np.int32),
        np.full(items, -1, dtype=np.int32),
        np.full(items, -1, dtype=np.int32),
    )
    score_rows(packed, state.load, state.score)
    return state


@compiled
def breach(packed: Packed, row: int, load: int) -> int:
    """What a row adds to its place of the score at this load."""
    out, price = load - packed.high[row], packed.price[row]
    if out <= 0:
        out, price = packed.low[row] - load, packed.price_under[row]
        if out <= 0:
            return 0
    return int(price * (out + max(out - packed.knee[row], 0)))


@compiled
def score_rows(packed: Packed, load: Longs, score: Longs) -> None:
    """Add every row's breach to the score."""
    for row in range(len(packed.low)):
        score[packed.place[row]] += breach(packed, row, load[row])


@compiled
def row_and_use(packed: Packed, family: int, item: int, pair: int) -> tuple[int, int]:
    """The row of the family in which a pair counts (-1 for none) and its use; pair -1 is nowhere."""
    if pair < 0:
        return -1, 0
    agent = packed.pair_agent[pair]
    if packed.away_only[family] and agent == packed.home[item]:
        return -1, 0
    row = int(packed.row_item[family, item] if packed.by_item[family] else packed.row_agent[family, agent])
    if row < 0:
        return -1, 0
    paired = packed.use_pair_of[family]
    if paired >= 0:
        return row, packed.use_pair[paired, pair]
    return row, packed.use_item[family, item]


@compiled
def try_shift(packed: Packed, state: State, item: int, pair: int, change: Longs) -> None:
    """Write into `change` how the score would change if `item` moved to `pair` (-1: nowhere). Applies nothing."""
    for place in range(len(change)):
        change[place] = 0
    old = state.pair[item]
    for number in range(len(packed.cost_place)):
        place = packed.cost_place[number]
        if pair >= 0:
            change[place] += packed.cost[number, pair]
        if old >= 0:
            change[place] -= packed.cost[number, old]
    for family in range(len(packed.by_item)):
        row_left, less = -1, 0
        # Two rounds of one loop, not two calls: what is called once is compiled once.
        for entering in range(2):
            row, use = row_and_use(packed, family, item, pair if entering else old)
            if not entering:
                row_left, less = row, -use
                continue
            if row == row_left:
                use += less
                row_left = -1
            for _ in range(2):
                if row >= 0 and use != 0:
                    load = state.load[row]
                    change[packed.place[row]] += breach(packed, row, load + use) - breach(packed, row, load)
                row, use = row_left, less
    if packed.apart_start[item] < packed.apart_start[item + 1]:
        agent = packed.pair_agent[pair] if pair >= 0 else -2
        for index in range(packed.apart_start[item], packed.apart_start[item + 1]):
            other = state.agent_of[packed.apart_item[index]]
            if other >= 0 and other == agent:
                change[packed.apart_place] += packed.apart_price
            if other >= 0 and old >= 0 and other == state.agent_of[item]:
                change[packed.apart_place] -= packed.apart_price


@compiled
def shift(packed: Packed, state: State, item: int, pair: int, change: Longs) -> None:
    """Move `item` to `pair`; `change` must hold what try_shift wrote for exactly this move."""
    old = state.pair[item]
    for family in range(len(packed.by_item)):
        for entering in range(2):
            row, use = row_and_use(packed, family, item, pair if entering else old)
            if row >= 0:
                state.load[row] += use if entering else -use
    for place in range(len(state.score)):
        state.score[place] += change[place]
    if old >= 0:
        left, right = state.before[item], state.after[item]
        if left >= 0:
            state.after[left] = right
        else:
            state.head[state.agent_of[item]] = right
        if right >= 0:
            state.before[right] = left
    state.pair[item] = pair
    if pair < 0:
        state.agent_of[item] = -1
        return
    agent = packed.pair_agent[pair]
    first = state.head[agent]
    state.agent_of[item] = agent
    state.before[item] = -1
    state.after[item] = first
    if first >= 0:
        state.before[first] = item
    state.head[agent] = item


@compiled
def place_all(packed: Packed, state: State, pair: Longs) -> None:
    """Put every item whose pair is not -1 where it says; the state must be empty of those items."""
    change = np.zeros(len(state.score), dtype=np.int64)
    for item in range(len(pair)):
        if pair[item] >= 0:
            try_shift(packed, state, item, pair[item], change)
            shift(packed, state, item, pair[item], change)
