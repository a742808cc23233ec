"""A large model by shards of its agents: each shard is a model of its own, small enough for a linear program.

Every agent is in one shard, with the items that stand with it. Agents that may have the same items are dealt out to
different shards, so that each looks like the whole. A row of agents of several shards, and the limit of an earlier
level, are shared out: a shard gets what it uses as things stand, and its part of what is left by its number of items.
The shards' plans together are a plan of the whole, nearly as good as the program of the whole would give and much
nearer to what stands; dealt out anew, they find what the last shards could not see (a large neighbourhood search whose
neighbourhoods cover everything). Their prices together are a beginning for prices of the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bookwright.engine.bound import certified
from bookwright.engine.diving import SOLVES_PER_UNIT, dived
from bookwright.engine.evaluate import Longs, loads, pair_of, values
from bookwright.engine.leaning import leaning
from bookwright.engine.model import NO_HIGH, NO_LOW, Ints, Model, RowFamily
from bookwright.engine.prices import Duals, no_duals
from bookwright.engine.relaxation import Relaxation, first_guess, lifted, promising, relax
from bookwright.engine.rows import pairs_of_items

NO_LP_ABOVE = 40_000
"""Items beyond which one LP of the whole takes longer than all the rest."""

_SEEN_ITEMS = 1_000
_SAMPLED, _CLIMBS = 0.1, 6
_EVENED_FROM, _FADED, _SHUFFLED = 10, 0.7, 0.05
_AGENTS = 25


def shards_for(model: Model) -> int:
    """Into how many shards a model is best cut: about twenty-five agents each."""
    return max(round(model.agents / _AGENTS), 1)


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Some agents with their items: a model, limits and standing of its own, and how it lies in the whole.

    `agents`, `items` and `pairs` are the whole's, in the shard's order; for each family, `rows` are its rows' numbers
    in the whole and `share` what part of each row is the shard's (1.0: all of it).
    """

    model: Model
    limits: list[int]
    agents: Longs
    items: Longs
    pairs: Longs
    rows: tuple[Longs, ...]
    share: tuple[NDArray[np.float64], ...]
    standing: NDArray[np.int32]


def relax_shards(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    *,
    count: int | None = None,
    seed: int = 0,
    workers: int = 1,
    seconds: float | None = None,
    stop: Callable[[], bool] | None = None,
    lean: float | None = None,
) -> Relaxation:
    """One level relaxed shard by shard: pairs and weights of all shards together, and what their prices prove.

    As `relax` for the rest. A shard that could not be solved in time stays as it stands. `seed` deals the agents out.
    With `lean`, every shard's program is made whole (`plan`), charged so much for what the next level would pay.
    """
    began = monotonic() if seconds is not None else 0.0
    posed = model if lean is None else leaning(model, level, lean, agent_of)
    shards = cut(posed, limits, agent_of, count or shards_for(model), seed)
    waiting = len(shards)

    def late() -> bool:
        return (stop is not None and stop()) or (seconds is not None and monotonic() - began > seconds)

    def solve(shard: Shard) -> Relaxation | None:
        nonlocal waiting
        left = None
        if seconds is not None:
            left = seconds - (monotonic() - began)
            if left <= 0:
                return None
            left = min(left, 2.0 * left * workers / max(waiting, 1))
        waiting -= 1
        until = None if left is None else monotonic() + left
        found = relax(
            shard.model,
            level,
            shard.limits,
            shard.standing,
            seconds=left,
            # A charged level of rows is one of rows still.
            sample=lean is None or model.levels[level].cost is not None,
            stop=stop,
        )
        if found is not None and lean is not None:
            other = seed if len(shards) == 1 else None
            left = None if until is None else max(until - monotonic(), 0.1)
            plan, solves = dived(shard.model, level, shard.limits, shard.standing, found, late, other, left)
            found = replace(found, plan=plan, rounds=found.rounds + solves // SOLVES_PER_UNIT)
        return found

    if workers > 1 and len(shards) > 1:
        with ThreadPoolExecutor(workers) as pool:
            solved = list(pool.map(solve, shards))
    else:
        solved = [solve(shard) for shard in shards]
    found = [(shard, part) for shard, part in zip(shards, solved, strict=True) if part is not None]
    duals = joined(model, len(limits), [shard for shard, _ in found], [part.duals for _, part in found])
    # Items of shards without an answer stay; so does what a shard left out.
    pairs = [shard.pairs[part.pairs] for shard, part in found]
    x = [part.x for _, part in found]
    unsolved = [shard.items for shard, part in zip(shards, solved, strict=True) if part is None]
    if unsolved:
        pairs.append(pair_of(model, agent_of)[np.concatenate(unsolved)])
        x.append(np.ones(len(pairs[-1])))
    whole = None
    if lean is not None:
        whole = np.asarray(agent_of, dtype=np.int32).copy()
        for shard, part in found:
            if part.plan is not None:
                whole[shard.items] = shard.agents[part.plan]
    every, weight = np.concatenate(pairs), np.concatenate(x)
    order = np.argsort(every)
    bound = certified(model, level, limits, duals)
    return Relaxation(
        value=float(sum(part.value for _, part in found)),
        bound=bound,
        duals=duals,
        pairs=every[order],
        x=weight[order],
        done=False,
        rounds=sum(part.rounds for _, part in found),
        rough=True,
        plan=whole,
    )


def first_prices(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    *,
    seconds: float | None = None,
    stop: Callable[[], bool] | None = None,
) -> Relaxation:
    """Prices where no program of the whole can be solved: those of shards or of a sample, whichever prove more.

    A sample of the items is right where rows are many small loads, shards where budgets and lumps bind row by row.
    """
    half = None if seconds is None else seconds / 2
    sampled, _ = promising(model, level, limits, agent_of, None, half, stop)
    found = relax_shards(model, level, limits, agent_of, seconds=half, stop=stop)
    return found if sampled is None or sampled.bound < found.bound else sampled


def relaxed(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    *,
    cost: Ints | None = None,
    seconds: float | None = None,
    stop: Callable[[], bool] | None = None,
) -> Relaxation | None:
    """One level relaxed as its size allows: as a whole, or by first prices; costs by climbs from those of a sample."""
    if model.items <= NO_LP_ABOVE:
        return relax(model, level, limits, agent_of, cost=cost, seconds=seconds, stop=stop)
    if cost is None:
        return first_prices(model, level, limits, agent_of, seconds=seconds, stop=stop)
    began = monotonic() if seconds is not None else 0.0

    def late() -> bool:
        return (stop is not None and stop()) or (seconds is not None and monotonic() - began > seconds)

    first = None if seconds is None else _SAMPLED * seconds
    found = first_guess(model, level, limits, agent_of, cost, first, stop)
    return lifted(model, level, limits, found, cost=cost, over=late, rounds=_CLIMBS if seconds is None else 1_000)


def cut(model: Model, limits: list[int], agent_of: Ints, count: int, seed: int = 0) -> list[Shard]:
    """At most `count` shards of a model that stands at `agent_of`; limits of earlier levels are shared out.

    Agents of a shard that holds no item are in none: there is nothing to solve. Few shards are large enough to be
    even as they fall.
    """
    shard_of = dealt(model, count, seed, agent_of if count >= _EVENED_FROM else None)
    whole_loads, whole_values = loads(model, agent_of), values(model, agent_of)
    held = np.unique(shard_of[np.asarray(agent_of)]).tolist()
    return [_shard(model, limits, agent_of, shard_of, shard, whole_loads, whole_values) for shard in held]


def dealt(model: Model, count: int, seed: int = 0, agent_of: Ints | None = None) -> Longs:
    """The shard of each agent, (agents,): of those that may have the same items, one goes to each shard.

    As they stand at `agent_of`, agents that have too much go where too little is: what a shard is short of nobody in
    it can give.
    """
    step = max(model.items // _SEEN_ITEMS, 1)
    items = np.arange(0, model.items, step, dtype=np.int64)
    pairs = pairs_of_items(model, items)
    start = np.asarray(model.pair_start, dtype=np.int64)
    row = np.repeat(np.arange(len(items)), start[items + 1] - start[items])
    may = np.zeros((len(items), model.agents))
    may[row, np.asarray(model.pair_agent)[pairs]] = 1.0
    may -= may.mean(axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(may, full_matrices=False)
    # Along the first axis agents stand by kind.
    order = np.argsort(axes[0], kind="stable")
    rng = np.random.default_rng(seed)
    off = np.zeros((model.agents, 0)) if agent_of is None else _off_centre(model, agent_of)
    found = np.empty(model.agents, dtype=np.int64)
    total = np.zeros((count, off.shape[1]))
    for first in range(0, model.agents, count):
        part = order[first : first + count]
        if not off.shape[1]:
            found[part] = rng.permutation(count)[: len(part)]
            continue
        # What a shard is off by after an agent came, less what it was: 2 total . off + off . off.
        total *= _FADED
        worse = 2.0 * off[part] @ total.T + (off[part] ** 2).sum(axis=1, keepdims=True)
        worse += _SHUFFLED * (np.abs(worse).mean() + 1.0) * rng.standard_normal(worse.shape)
        agent, shard = linear_sum_assignment(worse)
        found[part[agent]] = shard
        total[shard] += off[part[agent]]
    return found


def _off_centre(model: Model, agent_of: Ints) -> NDArray[np.float64]:
    """How far each agent's loads lie from the middle of rows with two ends, (agents, families), in a usual distance."""
    columns = []
    for family, load in zip(model.families, loads(model, agent_of), strict=True):
        row_of, low, high = (np.asarray(part) for part in (family.row_of, family.low, family.high))
        held = np.flatnonzero(row_of >= 0) if family.by == "agent" else row_of[:0]
        held = held[(low[row_of[held]] > NO_LOW) & (high[row_of[held]] < NO_HIGH)]
        if family.level is None or family.price is None or not len(held):
            continue
        row = row_of[held]
        column = np.zeros(model.agents)
        column[held] = (load[row] - (low[row] + high[row]) / 2.0) * np.asarray(family.price, dtype=np.float64)[row]
        columns.append(column)
    off = np.stack(columns, axis=1) if columns else np.zeros((model.agents, 0))
    usual = float(np.abs(off).mean()) if off.size else 0.0
    return off / usual if usual > 0 else off


def _shard(
    model: Model,
    limits: list[int],
    agent_of: Ints,
    shard_of: Longs,
    shard: int,
    whole_loads: list[Longs],
    whole_values: list[int],
) -> Shard:
    """One shard: its pairs are those of its items with its agents, everything numbered anew."""
    agents = np.flatnonzero(shard_of == shard)
    items = np.flatnonzero(shard_of[np.asarray(agent_of)] == shard)
    part = len(items) / max(model.items, 1)
    number = np.full(model.agents + 1, -1, dtype=np.int32)
    number[agents] = np.arange(len(agents), dtype=np.int32)
    pairs = pairs_of_items(model, items)
    start = np.asarray(model.pair_start, dtype=np.int64)
    owner = np.repeat(np.arange(len(items)), start[items + 1] - start[items])
    kept = number[np.asarray(model.pair_agent)[pairs]] >= 0
    pairs, owner = pairs[kept], owner[kept]
    pair_start = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=len(items))))).astype(np.int64)
    families, rows, shares = [], [], []
    for family in model.families:
        own, row, share = _family(model, family, agents, items, pairs, part)
        families.append(own)
        rows.append(row)
        shares.append(share)
    standing = number[np.asarray(agent_of)[items]]
    small = Model(
        agents=len(agents),
        pair_start=pair_start,
        pair_agent=number[np.asarray(model.pair_agent)[pairs]],
        home=number[np.asarray(model.home)[items]],
        levels=tuple(
            level if level.cost is None else replace(level, cost=np.asarray(level.cost)[pairs])
            for level in model.levels
        ),
        families=tuple(families),
    )
    ends = [
        _ends(family, row, share, here, whole)
        for family, row, share, here, whole in zip(
            families, rows, shares, loads(small, standing), whole_loads, strict=True
        )
    ]
    small = replace(small, families=tuple(ends))
    found = values(small, standing)
    held = [v + int((limit - whole) * part) for v, limit, whole in zip(found, limits, whole_values, strict=False)]
    return Shard(small, held, agents, items, pairs, tuple(rows), tuple(shares), standing)


def _family(
    model: Model, family: RowFamily, agents: Longs, items: Longs, pairs: Longs, part: float
) -> tuple[RowFamily, Longs, NDArray[np.float64]]:
    """The family's rows that count in the shard, their numbers in the whole, and each one's share of it."""
    row_of = np.asarray(family.row_of, dtype=np.int64)
    mine = row_of[agents if family.by == "agent" else items]
    rows = np.unique(mine[mine >= 0])
    members = np.bincount(row_of[row_of >= 0], minlength=family.rows)[rows]
    here = np.bincount(mine[mine >= 0], minlength=family.rows)[rows]
    number = np.full(family.rows + 1, -1, dtype=np.int32)
    number[rows] = np.arange(len(rows), dtype=np.int32)
    use = np.asarray(family.use)
    found = replace(
        family,
        use=use[items] if len(use) == model.items else use[pairs],
        row_of=number[mine],
        low=np.asarray(family.low)[rows],
        high=np.asarray(family.high)[rows],
        price=None if family.price is None else np.asarray(family.price)[rows],
        knee=None if family.knee is None else np.asarray(family.knee)[rows],
    )
    return found, rows, np.where(here == members, 1.0, part)


def _ends(family: RowFamily, rows: Longs, share: NDArray[np.float64], here: Longs, whole: Longs) -> RowFamily:
    """Limits as the shard has them: what it uses now and its share of what is left; its own rows' as they are."""

    def shared(ends: Ints) -> Longs:
        ends = np.asarray(ends, dtype=np.int64)
        closed = (ends > NO_LOW) & (ends < NO_HIGH) & (share < 1.0)
        left = np.where(closed, ends - whole[rows], 0) * share
        return np.where(closed, here + np.floor(left).astype(np.int64), ends)

    low = shared(family.low)
    return replace(family, low=low, high=shared(family.high))


def joined(model: Model, held: int, shards: list[Shard], duals: list[Duals]) -> Duals:
    """Prices of the whole: a shard's own rows as it has them, shared rows and levels in the mean of their shares."""
    nothing = no_duals(model, held)
    row, level = nothing.row, nothing.level
    for shard, found in zip(shards, duals, strict=True):
        part = len(shard.items) / max(model.items, 1)
        for whole, rows, share, own in zip(row, shard.rows, shard.share, found.row, strict=True):
            whole[rows] += share * own
        level += part * found.level
    return Duals(tuple(row), level)
