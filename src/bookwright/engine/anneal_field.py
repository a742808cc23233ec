"""What the annealing's loop works on, laid out from a model: candidates, uses and rows in one currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.anneal_loop import HIGH, KNEE, LOAD, LOW, PRICE, Field, Floats, Longs
from bookwright.engine.evaluate import pair_of
from bookwright.engine.knapsack import OPEN
from bookwright.engine.leaning import charges
from bookwright.engine.mip import breach_prices
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model, RowFamily
from bookwright.engine.prices import Duals
from bookwright.engine.rows import level_cost, on_pairs

_PARTNERS = 2_000_000


class Laid(NamedTuple):
    """A field, and what stands in it before any item with a choice is placed."""

    field: Field
    plain: Floats  # (agents, 5, plain families)
    load: Floats  # (rows of other families,)
    value: Floats  # (groups,)


class _Family(NamedTuple):
    """One family in the field's units: ends, price and knee of its rows, their group, loads of items without choice."""

    of: RowFamily
    use: Floats  # (items with a choice,) or (their pairs,)
    ends: Floats  # (5, rows): low, high, price, knee, load
    group: int
    items: int

    @property
    def by_pair(self) -> bool:
        """Whether the use depends on the agent."""
        return len(self.use) != self.items

    @property
    def plain(self) -> bool:
        """Whether every row is one agent's and an item's use is its own."""
        held = np.asarray(self.of.row_of)
        held = np.sort(held[held >= 0])
        of_one = np.array_equal(held, np.arange(self.of.rows))
        return self.of.by == "agent" and not self.of.away_only and not self.by_pair and of_one


def lay_out(
    model: Model,
    level: int,
    duals: Duals,
    weight: Floats,
    agent_of: Ints,
    items: Longs,
    pairs: Longs,
    item: Longs,
    lean: float,
) -> Laid:
    """The field of one level over `pairs`, the candidates of `items`, those with a choice; all others stay.

    `weight` (level + 1,) is what one integer unit of each level weighs. `item` is the model's item of each pair. `lean`
    is what of its charges (`leaning.py`) a level of rows alone pays.
    """
    standing, still = pair_of(model, agent_of), np.ones(model.items, dtype=np.bool_)
    still[items] = False
    fixed_items = np.flatnonzero(still)
    fixed = standing[fixed_items]
    counts = np.bincount(item, minlength=model.items)[items]
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    agent = np.asarray(model.pair_agent)[pairs].astype(np.int64)
    groups = level + 2
    cost, value = np.zeros((len(pairs), groups)), np.zeros(groups)
    for h in range(level + 1):
        group = 0 if h == level else h + 1
        cost[:, group] = level_cost(model, h, pairs) * weight[h]
        value[group] = float(level_cost(model, h, fixed).sum()) * weight[h]
    if model.levels[level].cost is None:
        cost[:, 0] += lean * charges(model, level, pairs, item, agent_of)
    plain: list[_Family] = []
    others: list[_Family] = []
    for number, family in enumerate(model.families):
        if family.level is not None and family.level > level:
            continue
        _, used = on_pairs(model, family, pairs, item)
        unit = (float(np.abs(used).mean()) if len(used) else 0.0) or 1.0
        base = np.zeros(family.rows)
        base_row, base_use = on_pairs(model, family, fixed, fixed_items)
        np.add.at(base, base_row[base_row >= 0], base_use[base_row >= 0] / unit)
        low, high = np.asarray(family.low, dtype=np.float64), np.asarray(family.high, dtype=np.float64)
        if family.level is None:
            own = np.abs(np.asarray(duals.row[number], dtype=np.float64)) * unit * weight[level]
            price, knee, group = np.maximum(2.0 * own, 1.0), np.full(family.rows, OPEN), groups - 1
        else:
            each, turn = breach_prices(family, False)
            price, knee = each * unit * weight[family.level], np.where(turn < NO_HIGH, turn / unit, OPEN)
            group = 0 if family.level == level else family.level + 1
        ends = np.stack(
            [
                np.where(low > NO_LOW, low / unit, -OPEN),
                np.where(high < NO_HIGH, high / unit, OPEN),
                price,
                knee,
                base,
            ]
        )
        own_use = np.asarray(family.use, dtype=np.float64) / unit
        found = _Family(
            family, own_use[items] if len(own_use) == model.items else own_use[pairs], ends, group, len(items)
        )
        (plain if found.plain else others).append(found)
    apart_start, apart = _apart(model, items, agent_of)
    ends = np.concatenate([f.ends for f in others], axis=1) if others else np.zeros((5, 0))
    of_pair = [f for f in others if f.by_pair]
    column = np.cumsum([f.by_pair for f in others]) - 1
    row_of_agent, row_of_item = _rows(others, model.agents, items)
    partner_start, partner = _partners(start, agent, model.agents)
    field = Field(
        start=start,
        agent=agent,
        owner=np.repeat(np.arange(len(items), dtype=np.int64), counts),
        home=np.asarray(model.home)[items].astype(np.int64),
        cost=cost,
        plain_use=_columns([f.use for f in plain], len(items)),
        plain_group=np.array([f.group for f in plain], dtype=np.int64),
        use=_columns([np.zeros(len(items)) if f.by_pair else f.use for f in others], len(items)),
        use_of_pair=_columns([f.use for f in of_pair], len(pairs)),
        paired=np.array([column[k] if f.by_pair else -1 for k, f in enumerate(others)], dtype=np.int64),
        row_of_agent=row_of_agent,
        row_of_item=row_of_item,
        by_item=np.array([f.of.by == "item" for f in others], dtype=np.bool_),
        away_only=np.array([f.of.away_only for f in others], dtype=np.bool_),
        low=ends[LOW].copy(),
        high=ends[HIGH].copy(),
        price=ends[PRICE].copy(),
        knee=ends[KNEE].copy(),
        group=np.repeat([f.group for f in others], [f.of.rows for f in others]).astype(np.int64),
        apart_start=apart_start,
        apart=apart,
        apart_price=1.0,
        agents=model.agents,
        partner_start=partner_start,
        partner=partner,
    )
    return Laid(field, _plain(plain, model.agents), ends[LOAD].copy(), value)


def _plain(families: Sequence[_Family], agents: int) -> Floats:
    """Rows of plain families by agent; an agent without a row has one that holds nothing."""
    found = np.zeros((agents, 5, len(families)))
    found[:, LOW], found[:, HIGH], found[:, KNEE] = -OPEN, OPEN, OPEN
    for k, family in enumerate(families):
        row = np.asarray(family.of.row_of)
        has = np.flatnonzero(row >= 0)
        found[has, :, k] = family.ends[:, row[has]].T
    return found


def _rows(families: Sequence[_Family], agents: int, items: Longs) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Which row an agent, or an item, counts in, family by family; rows count on from family to family."""
    of_agent, of_item, first = [], [], 0
    for family in families:
        row = np.asarray(family.of.row_of, dtype=np.int64)
        row = np.where(row >= 0, row + first, -1)
        by_item = family.of.by == "item"
        of_agent.append(np.full(agents, -1) if by_item else row)
        of_item.append(row[items] if by_item else np.full(len(items), -1))
        first += family.of.rows
    return _columns(of_agent, agents).astype(np.int32), _columns(of_item, len(items)).astype(np.int32)


def _apart(model: Model, items: Longs, agent_of: Ints) -> tuple[Longs, Longs]:
    """For each item with a choice those it may not meet: their numbers, or -1 - agent of those without a choice."""
    number = np.full(model.items, -1, dtype=np.int64)
    number[items] = np.arange(len(items))
    partner: list[list[int]] = [[] for _ in range(len(items))]
    for left, right in np.asarray(model.apart).tolist() if model.apart_level is None else []:
        for mine, other in ((left, right), (right, left)):
            if number[mine] >= 0:
                to = int(number[other])
                partner[int(number[mine])].append(to if to >= 0 else -1 - int(agent_of[other]))
    start = np.concatenate(([0], np.cumsum([len(p) for p in partner]))).astype(np.int64)
    return start, np.array([p for found in partner for p in found], dtype=np.int64)


def _columns(parts: Sequence[NDArray[Any]], rows: int) -> NDArray[Any]:
    """Columns side by side, row by row in memory."""
    return np.ascontiguousarray(np.stack(parts, axis=1)) if parts else np.zeros((rows, 0))


def _partners(start: Longs, agent: Longs, agents: int) -> tuple[Longs, NDArray[np.int32]]:
    """For each two agents a and b, candidates at a of items that have one at b: who could come when another goes.

    All of them, or a sample of each item's where there would be too many to hold.
    """
    counts = np.diff(start)
    others = np.maximum(counts - 1, 0)[np.repeat(np.arange(len(counts)), counts)]
    number = np.minimum(others, max(_PARTNERS // max(len(agent), 1), 1))
    left = np.repeat(np.arange(len(agent)), number)
    turn = np.arange(len(left)) - np.repeat(np.cumsum(number) - number, number)
    item = np.repeat(np.arange(len(counts)), counts)[left]
    place = left - start[item]
    # Evenly around the item's other candidates, so that a sample has near and far ones.
    right = start[item] + (place + 1 + turn * others[left] // number[left]) % counts[item]
    key = agent[left] * agents + agent[right]
    order = np.argsort(key, kind="stable")
    first = np.concatenate(([0], np.cumsum(np.bincount(key, minlength=agents * agents)))).astype(np.int64)
    return first, left[order].astype(np.int32)
