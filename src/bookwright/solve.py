"""From the board to the engine and back: items, rows and levels out, an assignment in, each checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import NO_HIGH, NO_LOW, Level, Model, RowFamily
from bookwright.planning_model import Priority
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, SHARE, Board, Rows
from bookwright.rules.catalogue import CATALOGUE
from bookwright.rules.loads import UNITS, breach, unit_of, value_of, worth

__all__ = ["GIVES_WAY", "Posted", "breach", "chosen_moves", "post", "unit_of", "value_of", "worth"]

GIVES_WAY = ("apart", "move_budget", "book_size", "hours", "balance")
"""Rules whose rows may give way in the nearest plan, the last of them first (catalogue order)."""

_SCALES = {"changes": "value", "moves": "value"}


@dataclass(frozen=True, eq=False)
class Posted:
    """A board as an engine model, with the way back: `item_of` (accounts,), -1 for accounts nobody may own.

    `members` lists the accounts of each item. `elastic` names the rule of each leading level that stands for hard rows
    giving way; the planning model's priorities follow.
    """

    model: Model
    item_of: NDArray[np.intp]
    elastic: tuple[str, ...] = ()

    def agents_to_accounts(self, agent_of: NDArray[np.int32]) -> NDArray[np.int32]:
        """CSM position per account from agent per item; -1 for accounts nobody may own."""
        found = np.full(len(self.item_of), -1, dtype=np.int32)
        known = self.item_of >= 0
        found[known] = agent_of[self.item_of[known]]
        return found

    def accounts_to_agents(self, csm_of: NDArray[np.int32]) -> NDArray[np.int32]:
        """Agent per item from CSM per account: that of the item's first account."""
        known = np.flatnonzero(self.item_of >= 0)[::-1]
        found = np.full(self.model.items, -1, dtype=np.int32)
        found[self.item_of[known]] = csm_of[known]
        return found


@dataclass(eq=False)
class _Items:
    """Accounts grouped into items; `mixed` = items whose members have different CSMs today."""

    item_of: NDArray[np.intp]
    count: int
    home: NDArray[np.int32]
    mixed: NDArray[np.bool_]
    groups: dict[int, NDArray[np.intp]] = field(default_factory=dict)


def post(board: Board, priorities: Sequence[Priority], *, elastic: bool = False) -> Posted:
    """The board as an engine model; with `elastic`, hard rows give way in levels of their own, by catalogue order."""
    items = _items(board)
    pair_start, pair_item, pair_agent = _pairs(board, items)
    rules = _giving_way(board) if elastic else ()
    offset = len(rules)
    levels = [Level(f"give way: {rule}", unit=SHARE) for rule in rules]
    for priority in priorities:
        levels.append(_level(board, priority, items, pair_item, pair_agent))
    position = {p.name: offset + k for k, p in enumerate(priorities)}
    families: list[RowFamily] = []
    for rows in board.rows:
        if rows.priority is not None and rows.priority not in position:
            continue
        level = position.get(rows.priority or "") if rows.priority else None
        if level is None and elastic and _family_of(rows.rule) in rules:
            level = rules.index(_family_of(rows.rule))
            total = max(1, int(np.abs(rows.use).sum()))
            rows = _priced(rows, max(1, SHARE // total))
        families.extend(_families(board, rows, items, pair_item, pair_agent, level))
    apart = np.array(
        [
            (items.item_of[i], items.item_of[k])
            for i, k in board.apart
            if items.item_of[i] >= 0 and items.item_of[k] >= 0
        ],
        dtype=np.int32,
    ).reshape(-1, 2)
    within = apart[:, 0] == apart[:, 1]
    apart = np.unique(np.sort(apart[~within], axis=1), axis=0)
    model = Model(
        agents=len(board.problem.csms),
        pair_start=pair_start,
        pair_agent=pair_agent.astype(np.int32),
        home=items.home,
        levels=tuple(levels),
        families=tuple(families),
        apart=apart,
        apart_level=rules.index("apart") if "apart" in rules else None,
        apart_price=SHARE // max(1, len(apart)),
    )
    return Posted(model, items.item_of, rules)


def _family_of(rule: str) -> str:
    """The catalogue's table name of a rule id (balance_arr -> balance)."""
    return next((name for name in CATALOGUE if rule == name or rule.startswith(f"{name}_")), "balance")


def _giving_way(board: Board) -> tuple[str, ...]:
    hard = {_family_of(r.rule) for r in board.rows if r.priority is None} | ({"apart"} if board.apart else set())
    return tuple(rule for rule in GIVES_WAY if rule in hard)


def _items(board: Board) -> _Items:
    """Groups become items; accounts nobody may own are left out; the rest are items of their own, in order."""
    problem = board.problem
    n = len(problem.accounts)
    lead = np.arange(n)
    for _, members in board.groups:
        lead[list(members)] = min(members)
    alive = np.ones(n, dtype=np.bool_)
    alive[board.orphans()] = False
    leads = np.unique(lead[alive])
    number = np.full(n, -1, dtype=np.intp)
    number[leads] = np.arange(len(leads))
    item_of = np.where(alive, number[lead], -1)
    home = problem.owner[leads].astype(np.int32)
    mixed = np.zeros(len(leads), dtype=np.bool_)
    groups = {}
    for _, members in board.groups:
        item = int(item_of[members[0]])
        groups[item] = np.array(sorted(members), dtype=np.intp)
        mixed[item] = len({int(problem.owner[i]) for i in members}) > 1
    return _Items(item_of, len(leads), home, mixed, groups)


def _pairs(board: Board, items: _Items) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """The allowed pairs in item order, agents ascending: starts (items + 1,), item and agent of each."""
    known = items.item_of >= 0
    if not items.groups:
        allowed = board.allowed[known]
    else:
        lead = np.full(items.count, -1, dtype=np.intp)
        lead[items.item_of[known][::-1]] = np.flatnonzero(known)[::-1]
        allowed = board.allowed[lead]
        for item, members in items.groups.items():
            allowed[item] = board.allowed[members].all(axis=0)
    pair_item, pair_agent = np.nonzero(allowed)
    counts = np.bincount(pair_item, minlength=items.count)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, pair_item, pair_agent


def _level(
    board: Board, priority: Priority, items: _Items, pair_item: NDArray[np.intp], pair_agent: NDArray[np.intp]
) -> Level:
    costs = board.costs.get(priority.name)
    cost = _cost(board, costs, items, pair_item, pair_agent) if costs else None
    at_least = round(priority.give_moves * board.give_at_least.get(priority.name, 0))
    unit = UNITS.get(priority.name, SHARE)
    return Level(
        name=priority.name,
        cost=cost,
        unit=unit,
        limit=None if priority.limit is None else floor(priority.limit * unit + 1e-3),
        give=priority.give,
        give_at_least=at_least,
        scale=_SCALES.get(priority.name, "one"),  # type: ignore[arg-type]
        # Where nothing needs to move, nothing is moved merely for what comes later: a book just planned stays.
        give_within_value=True,
    )


def _cost(
    board: Board, costs: Sequence[Any], items: _Items, pair_item: NDArray[np.intp], pair_agent: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Cost of each pair: the sum over the item's members of what every posted cost says."""
    first = np.full(items.count, -1, dtype=np.intp)
    known = np.flatnonzero(items.item_of >= 0)[::-1]
    first[items.item_of[known]] = known
    account = first[pair_item]
    total = np.zeros(len(pair_item), dtype=np.int64)
    for cost in costs:
        total += cost(account, pair_agent)
    where, who = _others(items, account, pair_item)
    for cost in costs:
        np.add.at(total, where, cost(who, pair_agent[where]))
    return total


def _others(
    items: _Items, account: NDArray[np.intp], pair_item: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every (pair, member) of grouped items but for the pair's own `account`: pair positions, account positions."""
    where, who = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for item, members in items.groups.items():
        begin, end = np.searchsorted(pair_item, [item, item + 1])
        others = members[members != account[begin]]
        where.append(np.tile(np.arange(begin, end), len(others)))
        who.append(np.repeat(others, end - begin))
    return np.concatenate(where), np.concatenate(who)


def _priced(rows: Rows, price: int) -> Rows:
    """Hard rows as priced ones, for the nearest plan."""
    prices = np.full(len(rows.low), price, dtype=np.int64)
    return replace(rows, priority="", price=prices, knee=np.full(len(rows.low), OPEN_HIGH))


def _families(
    board: Board,
    rows: Rows,
    items: _Items,
    pair_item: NDArray[np.intp],
    pair_agent: NDArray[np.intp],
    level: int | None,
) -> list[RowFamily]:
    """Rows over accounts as rows over items; moves of items with several homes are counted pair by pair."""
    known = items.item_of >= 0
    use = np.zeros(items.count, dtype=np.int64)
    np.add.at(use, items.item_of[known], np.asarray(rows.use, dtype=np.int64)[known])
    low = np.where(np.asarray(rows.low) <= OPEN_LOW, NO_LOW, rows.low).astype(np.int64)
    high = np.where(np.asarray(rows.high) >= OPEN_HIGH, NO_HIGH, rows.high).astype(np.int64)
    price = None if level is None else np.asarray(rows.price, dtype=np.int64)
    knee = None if level is None else np.asarray(rows.knee if rows.knee is not None else np.full(len(low), NO_HIGH))
    away, by, row_of = rows.away_only, rows.by, np.asarray(rows.row_of)
    coefficient: NDArray[np.int64] = use
    mixed = np.flatnonzero(items.mixed)
    apart_rows: list[RowFamily] = []
    if by == "account":
        row_of_items = np.full(items.count, -1, dtype=np.int32)
        leaders = np.flatnonzero(known)[::-1]
        row_of_items[items.item_of[leaders]] = row_of[leaders]
        # An item with several homes counts in several rows, for each with another number of its members: such rows
        # are taken out and posted one by one, pair by pair.
        taken = np.unique([row_of[i] for item in mixed.tolist() for i in items.groups[item].tolist()]).astype(np.intp)
        for row in taken[taken >= 0].tolist():
            counted = np.flatnonzero(known & (row_of == row))
            pairs = _pair_uses(board, rows, items, counted, pair_item, pair_agent)
            ends = low[row : row + 1], high[row : row + 1]
            prices = (None, None) if price is None or knee is None else (price[row : row + 1], knee[row : row + 1])
            every = np.zeros(len(board.problem.csms), dtype=np.int32)
            name = f"{rows.name} {row}"
            apart_rows.append(RowFamily(name, pairs, every, *ends, "agent", False, level, *prices))
        row_of = np.where(np.isin(row_of_items, taken), -1, row_of_items)
    elif away and len(mixed):
        away = False
        coefficient = _pair_uses(board, rows, items, np.flatnonzero(known), pair_item, pair_agent)
    return [
        RowFamily(
            name=rows.name,
            use=coefficient,
            row_of=row_of.astype(np.int32),
            low=low,
            high=high,
            by="agent" if by == "csm" else "item",
            away_only=away,
            level=level,
            price=price,
            knee=knee,
        ),
        *apart_rows,
    ]


def _pair_uses(
    board: Board,
    rows: Rows,
    items: _Items,
    accounts: NDArray[np.intp],
    pair_item: NDArray[np.intp],
    pair_agent: NDArray[np.intp],
) -> NDArray[np.int64]:
    """What each pair moves of the given accounts (pairs,): the use of those members whose CSM today is another."""
    use = np.asarray(rows.use, dtype=np.int64)
    owner, found = board.problem.owner, np.zeros(len(pair_item), dtype=np.int64)
    begin = np.searchsorted(pair_item, items.item_of[accounts])
    count = np.searchsorted(pair_item, items.item_of[accounts], side="right") - begin
    account = np.repeat(accounts, count)
    pair = np.repeat(begin - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(len(account))
    np.add.at(found, pair, np.where(owner[account] != pair_agent[pair], use[account], 0))
    return found


def chosen_moves(board: Board, posted: Posted) -> NDArray[np.int64]:
    """How many accounts each pair of the model moves by choice, (pairs,): members who could stay and do not."""
    model, agents = posted.model, len(board.problem.csms)
    mine = np.flatnonzero(board.chosen() & (posted.item_of >= 0))
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    found = np.bincount(posted.item_of[mine], minlength=model.items).astype(np.int64)[item]
    key = item * agents + np.asarray(model.pair_agent, dtype=np.int64)
    home = posted.item_of[mine] * agents + board.problem.owner[mine]
    at = np.minimum(np.searchsorted(key, home), max(len(key) - 1, 0))
    stays = at[key[at] == home] if len(key) else at
    np.subtract.at(found, stays, 1)
    return found
