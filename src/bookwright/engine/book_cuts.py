"""Cuts from whole books: what was proved of each agent's book, as one row of a program for every agent.

At the prices at which whole books were closed, no book that agent a may have costs less than least_a. So

    sum_{p of a} cost_p x_p + sum_h weight_h breach^h_a + breach^level_a  >=  least_a

holds for every assignment, and a program that knows it begins where whole books ended, instead of at its own
relaxation, which splits what does not fit. (Lagrangian cuts; the prices only choose which of them, any would be valid.)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bookwright.engine.decomposition import Books
from bookwright.engine.evaluate import Longs, pair_of
from bookwright.engine.knapsack import Floats
from bookwright.engine.mip import Mip, breach_prices
from bookwright.engine.model import NO_HIGH, Ints, Model
from bookwright.engine.rows import on_pairs

_DIGITS, _MOST = 2.0**40, 2.0**60


def with_books(model: Model, level: int, program: Mip, agent_of: Ints, books: Books) -> Mip:
    """The program of one level with a row more for every agent that still has a choice.

    `agent_of` is the assignment with which the program was built, its pairs among those chosen: items without a choice
    stand there.
    """
    agent = np.asarray(model.pair_agent)[program.pairs].astype(np.int64)
    of_breach, price = _breach_columns(model, level, program, books)
    still = pair_of(model, agent_of)
    free = np.zeros(model.items, dtype=np.bool_)
    free[program.row_key[: program.choices]] = True
    settled = still[~free]
    settled_at = np.asarray(model.pair_agent)[settled]
    constant = np.zeros(model.agents)
    np.add.at(constant, settled_at, books.cost[settled])
    constant += _settled_breaches(model, level, program, settled, np.flatnonzero(~free), books)
    own = books.cost[program.pairs]
    # Whole numbers, rounded so that the row can only become weaker.
    largest = max(float(np.abs(own).max(initial=0.0)), float(price.max(initial=0.0)))
    if largest == 0:
        return program
    unit = _DIGITS / largest
    value = np.ceil(np.concatenate((own, price)) * unit)
    column = np.concatenate((np.arange(len(own)), len(own) + np.arange(len(price))))
    holder = np.concatenate((agent, of_breach))
    column, holder, value = column[value != 0], holder[value != 0], value[value != 0]
    count = np.bincount(holder[holder >= 0], minlength=model.agents)
    chosen = np.flatnonzero(count)
    order = np.lexsort((column, holder))
    order = order[holder[order] >= 0]
    low = np.clip(np.floor((books.least - constant)[chosen] * unit), -_MOST, _MOST)
    end = program.row_start[-1] + np.cumsum(count[chosen])
    key = model.items + sum(f.rows for f in model.families) + level + len(model.apart) * model.agents + chosen
    return replace(
        program,
        row_start=np.concatenate((program.row_start, end)).astype(np.int64),
        row_col=np.concatenate((program.row_col, column[order])).astype(np.int64),
        row_val=np.concatenate((program.row_val, value[order])).astype(np.int64),
        low=np.concatenate((program.low, low)).astype(np.int64),
        high=np.concatenate((program.high, np.full(len(chosen), NO_HIGH))).astype(np.int64),
        row_key=np.concatenate((program.row_key, key)).astype(np.int64),
    )


def _weight(level: int, of: int | None, books: Books) -> float:
    """What a unit of a breach that counts in level `of` costs in an agent's part."""
    return 0.0 if of is None or of > level else 1.0 if of == level else float(books.weight[of])


def _breach_columns(model: Model, level: int, program: Mip, books: Books) -> tuple[Longs, Floats]:
    """For every column of a breach its agent, -1 where no agent's part pays for it, and what it costs there."""
    pairs = len(program.pairs)
    row_of = (program.col_key[pairs:] - model.pairs) // 4
    agent, price = np.full(len(row_of), -1, dtype=np.int64), np.zeros(len(row_of))
    steep = (program.col_key[pairs:] - model.pairs) % 2
    first = model.items
    for number, family in enumerate(model.families):
        mine = np.flatnonzero((row_of >= first) & (row_of < first + family.rows))
        weight = _weight(level, family.level, books)
        if number in books.families and len(mine) and weight > 0:
            each, _ = breach_prices(family, False)
            at = np.asarray(family.row_of)
            holder = np.full(family.rows, -1, dtype=np.int64)
            holder[at[at >= 0]] = np.flatnonzero(at >= 0)
            row = row_of[mine] - first
            agent[mine] = holder[row]
            price[mine] = weight * each[row] * (1 + steep[mine])
        first += family.rows
    return agent, price


def _settled_breaches(model: Model, level: int, program: Mip, settled: Longs, items: Longs, books: Books) -> Floats:
    """What breaches cost each agent's part in rows that no column of the program can change, (agents,)."""
    found = np.zeros(model.agents)
    posted = set(program.row_key.tolist())
    first = model.items
    for number, family in enumerate(model.families):
        weight = _weight(level, family.level, books)
        if number in books.families and weight > 0:
            each, knee = breach_prices(family, False)
            row, use = on_pairs(model, family, settled, items)
            load = np.zeros(family.rows, dtype=np.int64)
            np.add.at(load, row[row >= 0], use[row >= 0])
            out = np.maximum(np.maximum(load - family.high, family.low - load), 0)
            cost = weight * each * (out + np.maximum(out - knee, 0))
            cost[[first + r in posted for r in range(family.rows)]] = 0.0
            at = np.asarray(family.row_of)
            found[at >= 0] += cost[at[at >= 0]]
        first += family.rows
    return found
