"""A stronger bound than the LP's: items are priced, and every agent closes its own rows exactly.

    L(u, mu) = sum_i u_i - sum_h mu_h limit_h + sum_a min { sum_p (cost_p + sum_h mu_h cost^h_p - u_i(p)) x_p
                                                            + breaches of a's rows, weighed by level : x in {0,1} }

Where books hold few large items the LP splits them for nothing; here no agent may. It is the bound of a Dantzig-Wolfe
reformulation with whole books as columns, found by subgradients (Polyak's step towards the best assignment known,
deflected). What it proves rests on each agent's search, so it counts as the solver's, not as certified.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from bookwright.engine.compiled import compiled
from bookwright.engine.evaluate import Longs
from bookwright.engine.knapsack import OPEN, Flags, Floats, knapsack
from bookwright.engine.mip import breach_prices
from bookwright.engine.model import NO_HIGH, NO_LOW, Model
from bookwright.engine.prices import Duals, priced
from bookwright.engine.rows import item_of_pairs, level_cost, on_pairs

_NODES_FIRST, _NODES = 1_000_000, 200_000
_LENGTH, _PATIENCE, _SHRINK, _MEMORY = 0.2, 10, 0.8, 0.3
_HOPE, _TRIED = 4, 6
_AIM, _AIM_AT_LEAST = 0.03, 0.25
_SAFE = 1e-9
_ROUNDING = 1e-9
_AT_ONCE = 8


class Parts(NamedTuple):
    """The pairs in order of agent, and each agent's own rows."""

    first: Longs  # (agents + 1,)
    item: Longs  # (pairs,)
    cost: Floats  # (pairs,): own cost and what shared rows charge
    held: Floats  # (levels held, pairs): cost at each earlier level
    use: Floats  # (families, pairs)
    low: Floats  # (agents, families)
    high: Floats
    price: Floats  # of a unit outside; OPEN for hard rows
    level: Longs  # (families,): the earlier level the row's breach counts in, -1 for the current level or hard
    knee: Floats


@compiled
def _evaluate(
    parts: Parts,
    u: Floats,
    mu: Floats,
    y: Floats,
    begin: Floats,
    passes: int,
    nodes: int,
    cover: Floats,
    spent: Floats,
    taken: Flags,
    loss: Floats,
    proved: Floats,
    since: int,
    until: int,
) -> None:
    """Parts of agents since..until-1: fills proved (agents,), taken, loss; adds to cover (items,), spent (held,)."""
    families = parts.use.shape[0]
    for agent in range(since, until):
        a, b = parts.first[agent], parts.first[agent + 1]
        cost = np.empty(b - a)
        for k in range(b - a):
            cost[k] = parts.cost[a + k] - u[parts.item[a + k]]
            for h in range(len(mu)):
                cost[k] += mu[h] * parts.held[h, a + k]
        rows = 0
        which = np.empty(families, dtype=np.int64)
        for family in range(families):
            if parts.low[agent, family] > -OPEN or parts.high[agent, family] < OPEN:
                which[rows] = family
                rows += 1
        use = np.empty((rows, b - a))
        low, high, price, knee = np.empty(rows), np.empty(rows), np.empty(rows), np.empty(rows)
        own = np.empty(rows)
        for row in range(rows):
            family = which[row]
            use[row] = parts.use[family, a:b]
            low[row], high[row] = parts.low[agent, family], parts.high[agent, family]
            knee[row] = parts.knee[agent, family]
            price[row] = parts.price[agent, family]
            if parts.level[family] >= 0:
                price[row] *= mu[parts.level[family]]
            own[row] = y[agent, family]
        bound, by_prices, x, reduced = knapsack(cost, use, own, low, high, price, knee, passes, begin[agent], nodes)
        begin[agent] = min(max(0.25 * (bound - by_prices), 1e-4), 1.0)
        for row in range(rows):
            y[agent, which[row]] = own[row]
        proved[agent] = bound
        for k in range(b - a):
            taken[a + k] = x[k]
            # What the other answer for this pair costs at least, beyond what is proved of this agent: below 0 where
            # the prices have it taken, so that leaving it is what costs.
            firm = max(abs(reduced[k]) - (bound - by_prices), 0.0)
            loss[a + k] = firm if reduced[k] >= 0.0 else -firm
            if x[k]:
                cover[parts.item[a + k]] += 1.0
                for h in range(len(mu)):
                    spent[h] += parts.held[h, a + k]
        for row in range(rows):
            family = which[row]
            if parts.level[family] < 0:
                continue
            load = 0.0
            for k in range(b - a):
                if x[k]:
                    load += use[row, k]
            out = max(load - high[row], low[row] - load)
            if out > 0.0:
                spent[parts.level[family]] += parts.price[agent, family] * (out + max(out - knee[row], 0.0))


class Books(NamedTuple):
    """What was proved of each agent's book: at these prices no book that the agent may have costs less.

    In integer units of the level: `cost` (pairs,) is what a pair costs at the prices, `weight` (earlier levels,) what a
    unit of an earlier level's breach costs (0 where the level's rows count as hard), `least` (agents,) the cheapest
    book, lowered by what rounding could hide. `families` are those whose rows were closed.
    """

    cost: Floats
    weight: Floats
    least: Floats
    families: tuple[int, ...]


@dataclass(eq=False)
class Decomposition:
    """What was proved, in integer units, and each pair's loss: what using it costs beyond the bound, at least.

    An item that uses one pair leaves all others, so a pair also loses what leaving the others costs their agents.
    Losses count from `exactly`, the bound before it is rounded up to an integer. `books` is what it is the sum of.
    """

    bound: int
    exactly: float
    loss: Floats
    books: Books


def own_rows(model: Model, level: int) -> list[int] | None:
    """Families whose rows each belong to one agent; None when there are none that count at this level."""
    found = []
    for number, family in enumerate(model.families):
        if family.by != "agent" or (family.level is not None and family.level > level):
            continue
        row_of = np.asarray(family.row_of)
        used = row_of[row_of >= 0]
        if len(used) and len(np.unique(used)) == len(used):
            found.append(number)
    return found or None


def decompose(
    model: Model,
    level: int,
    limits: Sequence[int],
    duals: Duals,
    *,
    value: Callable[[], int],
    over: Callable[[], bool],
    tell: Callable[[int], None],
    rounds: int = 100_000,
) -> Decomposition | None:
    """Lifts the bound of a level from the relaxation's prices until `over`, or until it stands still.

    `value` answers the best assignment's value, towards which steps are taken; `tell` hears of better bounds.
    """
    families = own_rows(model, level)
    if families is None:
        return None
    work = _Work(model, level, list(limits), duals, families)
    return work.climb(value, over, tell, rounds)


class _Work:
    """The parts, in units of one typical choice, and the climb."""

    def __init__(self, model: Model, level: int, limits: list[int], duals: Duals, families: list[int]) -> None:
        self.model, self.level = model, level
        item = item_of_pairs(model)
        agent = np.asarray(model.pair_agent)
        self.order = np.argsort(agent, kind="stable")
        count = np.bincount(agent, minlength=model.agents)
        every = np.arange(model.pairs, dtype=np.int64)
        own = level_cost(model, level, every)
        some = own[own > 0]
        self.unit = float(np.median(some)) if len(some) else max(model.levels[level].unit * 1e-3, 1.0)
        # Rows that several agents share keep the relaxation's prices where they are hard; where they are priced, their
        # cap would move with mu, so they are left out, which can only lower the bound.
        shared = tuple(
            np.asarray(price, dtype=np.float64) * (number not in families and model.families[number].level is None)
            for number, price in enumerate(duals.row)
        )
        # A breach of an earlier level without limit is a breach of a hard row.
        self.families = families
        self.weighed = [h for h in range(level) if limits[h] > 0 or model.levels[h].cost is not None]
        mu = np.array([float(duals.level[h]) for h in self.weighed])
        nothing = Duals(shared, np.zeros(level))
        cost = priced(model, nothing, model.levels[level].cost, 0, model.items).astype(np.float64)
        self.constant = -_shared_worth(model, shared)
        self.scale = scale = [max(abs(float(limits[h])), 1.0) for h in self.weighed]
        self.limit = np.array([limits[h] / s for h, s in zip(self.weighed, scale, strict=True)])
        self.mu = np.array([m * s / self.unit for m, s in zip(mu, scale, strict=True)])
        held = np.zeros((len(self.weighed), model.pairs))
        for k, h in enumerate(self.weighed):
            held[k] = level_cost(model, h, every) / scale[k]
        use = np.zeros((len(families), model.pairs))
        shape = (model.agents, len(families))
        low, high, price, knee = np.full(shape, -OPEN), np.full(shape, OPEN), np.full(shape, OPEN), np.full(shape, OPEN)
        of, self.y = np.full(len(families), -1, dtype=np.int64), np.zeros(shape)
        for k, number in enumerate(families):
            family = model.families[number]
            row, used = on_pairs(model, family, every, item)
            size = max(float(np.abs(used).mean()), 1e-9)
            use[k] = np.where(row >= 0, used / size, 0.0)
            row_of = np.asarray(family.row_of)
            mine = np.flatnonzero(row_of >= 0)
            at = row_of[mine]
            ends = np.asarray(family.low, dtype=np.float64)[at], np.asarray(family.high, dtype=np.float64)[at]
            low[mine, k] = np.where(ends[0] > NO_LOW, ends[0] / size, -OPEN)
            high[mine, k] = np.where(ends[1] < NO_HIGH, ends[1] / size, OPEN)
            self.y[mine, k] = np.asarray(duals.row[number], dtype=np.float64)[at] * size / self.unit
            if family.level is None or (family.level < level and family.level not in self.weighed):
                # A hard row that is just full must not be broken by the rounding of its sum.
                low[mine, k] -= _ROUNDING * np.maximum(np.abs(low[mine, k]), 1.0)
                high[mine, k] += _ROUNDING * np.maximum(np.abs(high[mine, k]), 1.0)
                if family.level is not None:
                    # What costs nothing may be broken in a level of limit 0, too.
                    free = mine[np.asarray(family.price)[at] == 0]
                    low[free, k], high[free, k] = -OPEN, OPEN
                continue
            each, turn = breach_prices(family, False)
            knee[mine, k] = np.where(turn[at] < NO_HIGH, turn[at] / size, OPEN)
            if family.level == level:
                price[mine, k] = each[at] * size / self.unit
            else:
                of[k] = self.weighed.index(family.level)
                price[mine, k] = each[at] * size / scale[int(of[k])]
        self.parts = Parts(
            np.concatenate(([0], np.cumsum(count))).astype(np.int64),
            item[self.order],
            np.ascontiguousarray(cost[self.order]) / self.unit,
            np.ascontiguousarray(held[:, self.order]),
            np.ascontiguousarray(use[:, self.order]),
            low,
            high,
            price,
            of,
            knee,
        )
        self.u = self._between(duals, cost)

    def _between(self, duals: Duals, cost: Floats) -> Floats:
        """A price for each item: halfway between its cheapest and its second cheapest pair, but not much above."""
        model = self.model
        full = priced(model, duals, model.levels[self.level].cost, 0, model.items).astype(np.float64) / self.unit
        start = np.asarray(model.pair_start, dtype=np.int64)
        least = np.minimum.reduceat(full, start[:-1])
        first = np.flatnonzero(full <= np.repeat(least, np.diff(start)))
        item = item_of_pairs(model, first)
        _, place = np.unique(item, return_index=True)
        rest = full.copy()
        rest[first[place]] = np.inf
        second = np.minimum.reduceat(rest, start[:-1])
        return least + np.minimum(0.5 * (np.where(np.isfinite(second), second, least) - least), 0.5)

    def climb(
        self, value: Callable[[], int], over: Callable[[], bool], tell: Callable[[int], None], rounds: int
    ) -> Decomposition | None:
        """Subgradient steps from the prices at hand."""
        model, parts = self.model, self.parts
        u, mu = self.u.copy(), self.mu.copy()
        cover, spent = np.zeros(model.items), np.zeros(len(mu))
        taken, loss = np.zeros(model.pairs, dtype=np.bool_), np.zeros(model.pairs)
        begin = np.full(model.agents, 0.02)
        proved = np.zeros(model.agents)
        best, best_u, best_mu, best_loss, best_proved = -np.inf, u, mu, loss, proved
        memory: Any = None
        length, failed, last = _LENGTH, 0, 0
        for count in range(rounds):
            nodes = _NODES if count else _NODES_FIRST
            cover[:], spent[:] = 0.0, 0.0
            for since in range(0, model.agents, _AT_ONCE):
                if over():
                    # A sum of some agents' parts proves nothing.
                    return self._found(best, best_loss, best_u, best_mu, best_proved)
                until = min(since + _AT_ONCE, model.agents)
                _evaluate(parts, u, mu, self.y, begin, 3, nodes, cover, spent, taken, loss, proved, since, until)
            bound = float(proved.sum()) + float(u.sum()) - float(mu @ self.limit) + self.constant / self.unit
            if bound > best + 1e-7 * abs(bound):
                best, best_u, best_mu, failed, last = bound, u.copy(), mu.copy(), 0, count
                best_loss, best_proved = loss.copy(), proved.copy()
                tell(self.whole(best))
            else:
                failed += 1
                if failed >= _PATIENCE:
                    length, failed = length * _SHRINK, 0
                    u, mu, memory = best_u.copy(), best_mu.copy(), None
                    continue
            # A poor assignment is no aim, steps towards it would be far too long; nor is a bound of 0 itself.
            goal = value() / self.unit
            aim = min(goal, best + max(_AIM * abs(best), _AIM_AT_LEAST * (goal - best)))
            if over() or length < 0.01 or count > _HOPE * (last + _TRIED) or goal - best <= 1e-6 * abs(goal):
                break
            step = np.concatenate((1.0 - cover, 1.5 * (spent - self.limit)))
            memory = step if memory is None else (1 - _MEMORY) * step + _MEMORY * memory
            norm = float(memory @ memory)
            if norm <= 1e-12:
                break
            size = length * max(aim - bound, 0.0) / norm
            u += size * memory[: model.items]
            mu = np.maximum(mu + size * 1.5 * memory[model.items :], 0.0)
        return self._found(best, best_loss, best_u, best_mu, best_proved)

    def _found(self, best: float, loss: Floats, u: Floats, mu: Floats, proved: Floats) -> Decomposition | None:
        """The best bound with every pair's loss against it; None where no evaluation came to its end."""
        if best == -np.inf:
            return None
        parts, firm = self.parts, np.zeros(self.model.pairs)
        firm[self.order] = loss * self.unit
        leaving = np.maximum(-firm, 0.0)
        each = np.add.reduceat(leaving, np.asarray(self.model.pair_start[:-1], dtype=np.int64))
        others = np.repeat(each, np.diff(self.model.pair_start)) - leaving
        cost, weight = np.zeros(self.model.pairs), np.zeros(self.level)
        cost[self.order] = (parts.cost - u[parts.item] + mu @ parts.held) * self.unit
        weight[self.weighed] = mu / self.scale * self.unit
        size = np.add.reduceat(np.append(np.abs(cost[self.order]), 0.0), parts.first[:-1]) * (np.diff(parts.first) > 0)
        books = Books(
            cost,
            weight,
            proved * self.unit - _SAFE * (size + np.abs(proved * self.unit) + self.unit),
            tuple(self.families),
        )
        return Decomposition(self.whole(best), best * self.unit, np.maximum(firm, 0.0) + others, books)

    def whole(self, bound: float) -> int:
        """The bound as an integer, lowered by what rounding could hide."""
        return ceil((bound - _SAFE * (abs(bound) + float(np.abs(self.u).sum()))) * self.unit)


def _shared_worth(model: Model, prices: Sequence[Floats]) -> float:
    """What hard rows that several agents share are worth at their prices, in integer units."""
    total = 0.0
    for family, price in zip(model.families, prices, strict=True):
        for r in np.flatnonzero(price).tolist():
            end = family.high[r] if price[r] > 0 else family.low[r]
            total += float(price[r]) * float(end)
    return total
