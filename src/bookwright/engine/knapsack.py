"""One agent's part of a Lagrangian, closed exactly: which items it would take, its own rows kept or paid for.

    min over x in {0,1}^n, load = A x:   c . x + sum_r breach_r(load_r)

The rows are priced first, which leaves each item with a penalty for changing its mind; a depth-first search over the
items of small penalty then looks for the set whose penalties and row losses are least. It ends early with what is
proved so far. The idea is that of Balas and Zemel's core for knapsack problems (Operations Research 28, 1980).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

OPEN = 1e300
"""Row ends from here on hold nothing; a price from here on is a hard row's."""


@compiled
def _worth(y: float, low: float, high: float, price: float, knee: float) -> float:
    """The most that y * load - breach(load) can be."""
    if y > 0.0:
        return y * high + (y - price) * knee if y > price else y * high
    if y < 0.0:
        return y * low + (-y - price) * knee if -y > price else y * low
    return 0.0


@compiled
def _loss(load: float, y: float, low: float, high: float, price: float, knee: float, worth: float) -> float:
    """breach(load) - y * load + worth: what a load loses against the best one at price y; never below 0."""
    out = load - high if load > high else low - load
    if out <= 0.0:
        return worth - y * load
    if price >= OPEN:
        return OPEN
    if out > knee:
        return price * (2.0 * out - knee) - y * load + worth
    return price * out - y * load + worth


@compiled
def _least_loss(
    least: float, most: float, y: float, low: float, high: float, price: float, knee: float, worth: float
) -> float:
    """The least loss of any load between `least` and `most`: the loss is convex, so the nearest to its best point."""
    if y > 0.0:
        best = high + knee if y > price else high
    elif y < 0.0:
        best = low - knee if -y > price else low
    else:
        if most >= low and least <= high:
            return 0.0
        best = low if most < low else high
    return _loss(min(max(best, least), most), y, low, high, price, knee, worth)


@compiled
def _price_rows(
    cost: Floats, use: Floats, y: Floats, low: Floats, high: Floats, price: Floats, knee: Floats, passes: int
) -> Floats:
    """Betters the prices of the rows one after another, each by an exact line search; the items' reduced costs."""
    rows, items = use.shape
    reduced = cost.copy()
    for row in range(rows):
        if low[row] <= -OPEN and high[row] >= OPEN:
            y[row] = 0.0
        elif price[row] < OPEN:
            # Where the slope never doubles, a price beyond the row's would be worth without end.
            top = price[row] if knee[row] >= OPEN else 2.0 * price[row]
            y[row] = min(max(y[row], -top), top)
        if high[row] >= OPEN:
            y[row] = min(y[row], 0.0)
        if low[row] <= -OPEN:
            y[row] = max(y[row], 0.0)
        for item in range(items):
            reduced[item] += y[row] * use[row, item]
    turn = np.empty(items)
    which = np.empty(items, dtype=np.int64)
    for _ in range(passes):
        moved = False
        for row in range(rows):
            hard = price[row] >= OPEN
            top = 1e18 if hard else price[row] if knee[row] >= OPEN else 2.0 * price[row]
            first, last = -top, top
            if low[row] <= -OPEN:
                first = 0.0
            if high[row] >= OPEN:
                last = 0.0
            if first >= last:
                continue
            count = 0
            load = 0.0
            for item in range(items):
                if use[row, item] > 0.0:
                    turn[count] = y[row] - reduced[item] / use[row, item]
                    which[count] = item
                    count += 1
                    load += use[row, item]
                elif use[row, item] < 0.0:
                    turn[count] = y[row] - reduced[item] / use[row, item]
                    which[count] = item
                    count += 1
            # From the lowest price on: items of positive use are all in, those of negative use all out.
            order = np.argsort(turn[:count])
            at = first
            k = 0
            while k < count and turn[order[k]] <= at:
                load -= abs(use[row, which[order[k]]])
                k += 1
            while at < last:
                aim = low[row] if at < 0.0 else high[row]
                if not hard and at < -price[row]:
                    aim = low[row] - knee[row]
                elif not hard and at >= price[row]:
                    aim = high[row] + knee[row]
                if load <= aim:
                    break
                step = last
                if not hard and -price[row] > at:
                    step = min(step, -price[row])
                elif at < 0.0:
                    step = min(step, 0.0)
                elif not hard and price[row] > at:
                    step = min(step, price[row])
                if k < count and turn[order[k]] < step:
                    step = turn[order[k]]
                at = step
                while k < count and turn[order[k]] <= at:
                    load -= abs(use[row, which[order[k]]])
                    k += 1
            if abs(at) >= 1e18:
                # No price is enough: the row cannot be kept. The search will find that out.
                at = y[row]
            if abs(at - y[row]) > 1e-12 * (1.0 + abs(at)):
                for item in range(items):
                    reduced[item] += (at - y[row]) * use[row, item]
                y[row] = at
                moved = True
        if not moved:
            break
    return reduced


@compiled
def _search(
    penalty: Floats,
    shift: Floats,
    load: Floats,
    y: Floats,
    low: Floats,
    high: Floats,
    price: Floats,
    knee: Floats,
    worth: Floats,
    below: float,
    nodes: int,
) -> tuple[float, Flags, bool, int]:
    """The cheapest set of changes that costs less than `below`, depth first.

    Answers (its cost or `below`, the set, whether all was searched, nodes left).
    """
    items, rows = len(penalty), len(y)
    least, most = np.zeros((items + 1, rows)), np.zeros((items + 1, rows))
    for k in range(items - 1, -1, -1):
        for row in range(rows):
            least[k, row] = least[k + 1, row] + min(shift[row, k], 0.0)
            most[k, row] = most[k + 1, row] + max(shift[row, k], 0.0)
    best, best_set = below, np.zeros(items, dtype=np.bool_)
    changed = np.zeros(items, dtype=np.bool_)
    load = load.copy()
    paid, k = 0.0, 0
    while True:
        nodes -= 1
        if nodes < 0:
            return best, best_set, False, 0
        bound = paid
        for row in range(rows):
            bound += _least_loss(
                load[row] + least[k, row],
                load[row] + most[k, row],
                y[row],
                low[row],
                high[row],
                price[row],
                knee[row],
                worth[row],
            )
            if bound >= best:
                break
        if bound < best:
            if k < items:
                k += 1
                continue
            best = bound
            best_set[:] = changed
        while True:
            k -= 1
            if k < 0:
                return best, best_set, True, nodes
            if changed[k]:
                changed[k] = False
                paid -= penalty[k]
                for row in range(rows):
                    load[row] -= shift[row, k]
            elif paid + penalty[k] < best:
                changed[k] = True
                paid += penalty[k]
                for row in range(rows):
                    load[row] += shift[row, k]
                k += 1
                break


@compiled
def knapsack(
    cost: Floats,
    use: Floats,
    y: Floats,
    low: Floats,
    high: Floats,
    price: Floats,
    knee: Floats,
    passes: int,
    begin: float,
    nodes: int,
) -> tuple[float, float, Flags, Floats]:
    """(proved lower bound, the part of it that prices alone prove, items taken, their reduced costs).

    `cost` (items,), `use` (rows, items), the rest (rows,); `price` = OPEN makes a row hard. `y` holds prices to begin
    with and is bettered in place. `begin` is how far above the priced bound to search first; it doubles while nothing
    is found. The items taken are a best set, or a good one where `nodes` ran out.
    """
    rows, items = use.shape
    reduced = _price_rows(cost, use, y, low, high, price, knee, passes)
    worth = np.empty(rows)
    load = np.zeros(rows)
    priced = 0.0
    for row in range(rows):
        worth[row] = _worth(y[row], low[row], high[row], price[row], knee[row])
        priced -= worth[row]
    taken = np.zeros(items, dtype=np.bool_)
    for item in range(items):
        if reduced[item] < 0.0:
            taken[item] = True
            priced += reduced[item]
            for row in range(rows):
                load[row] += use[row, item]
    if rows == 0:
        return priced, priced, taken, reduced
    penalty = np.abs(reduced)
    below, proved = begin, 0.0
    while True:
        core = np.flatnonzero(penalty < below)
        size = np.zeros(len(core))
        for k in range(len(core)):
            for row in range(rows):
                end = abs(high[row]) if high[row] < OPEN else abs(low[row])
                size[k] = max(size[k], abs(use[row, core[k]]) / max(end, 1e-9))
        core = core[np.argsort(-size)]
        shift = np.empty((rows, len(core)))
        for k in range(len(core)):
            for row in range(rows):
                shift[row, k] = -use[row, core[k]] if taken[core[k]] else use[row, core[k]]
        found, changes, whole, nodes = _search(
            penalty[core], shift, load, y, low, high, price, knee, worth, below, nodes
        )
        if found < below:
            for k in range(len(core)):
                if changes[k]:
                    taken[core[k]] = not taken[core[k]]
            return priced + (found if whole else proved), priced, taken, reduced
        if not whole:
            return priced + proved, priced, taken, reduced
        proved = below
        if len(core) == items and below > 1e12:
            return OPEN, priced, taken, reduced
        below *= 2.0
