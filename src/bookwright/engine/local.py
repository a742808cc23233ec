"""Local search on any model: better one level without giving up what earlier ones hold, from any start.

Passes of shifts and ejection chains over the items that can matter (those in rows that cost something, those on a pair
dearer than their cheapest), then kicks that are kept only where they do not worsen anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.evaluate import hard_breach, values
from bookwright.engine.local_capacity import capacities, improve_filling
from bookwright.engine.local_search import EVALUATIONS, RANDOM, Candidates, Work, descend, shake
from bookwright.engine.local_state import Longs, Packed, State, TooLarge, pack, state_of
from bookwright.engine.model import Ints, Model

EFFORT_UNIT = 1000
"""One unit of effort is so many evaluated moves: about a tenth of a millisecond for each row family."""

_PER_ITEM = 12
_WIDTH = 4
_SLICE = 20_000
_ALL_PAIRS = 400_000
_JOURNAL = 4096


def improve(
    model: Model,
    agent_of: Ints,
    *,
    level: int,
    limits: Sequence[int] = (),
    seconds: float | None = None,
    effort: int | None = None,
    seed: int = 0,
    reduced: NDArray[Any] | None = None,
    stop: Callable[[], bool] | None = None,
    packed: Packed | None = None,
) -> NDArray[np.int32]:
    """A better assignment at `level`, or the one given: (items,) int32, never worse, compared from the left.

    Compared are the hard breach, then for h < level what value_h exceeds limits[h], then the values of `level` and all
    later levels. So a start that breaks hard rows or limits is mended first. Ends after `seconds`, or after `effort`
    units of 1,000 evaluated moves, or when `stop` answers True, or when nothing is left to better; with neither
    seconds nor effort, at the first local optimum. Without `seconds` no clock is read and the result depends on the
    arguments alone. `reduced` (pairs,) are reduced costs: the search then looks at each item's cheapest pairs only.
    `packed` is `pack(model)` where the caller keeps it. A model whose numbers outgrow int64 is returned as given.
    """
    began = perf_counter() if seconds is not None else 0.0
    shape = capacities(model, level)
    if shape is not None:
        found = improve_filling(
            model, shape, agent_of, seconds=seconds, effort=effort, seed=seed, stop=stop, effort_unit=EFFORT_UNIT
        )
        return _better(model, found, np.asarray(agent_of, dtype=np.int32), level, ())
    try:
        packed = pack(model) if packed is None else packed
    except TooLarge:
        return np.asarray(agent_of, dtype=np.int32).copy()
    state = state_of(model, packed, agent_of)
    rng = np.random.default_rng(seed)
    broken = bool(state.score[0] > 0)
    lists = candidates(model, state.pair, reduced, rng)
    work = _work(packed, state, level, limits, seed)
    most = 10**18 if effort is None else effort * EFFORT_UNIT
    cheapest = _cheapest_costs(packed)
    first = level + 1

    def over() -> bool:
        if work.counter[EVALUATIONS] >= most or (stop is not None and stop()):
            return True
        return seconds is not None and perf_counter() - began >= seconds

    while not over():
        kept = 0
        hot = hot_items(packed, state, lists, cheapest, work.limit, first)
        if len(hot) == 0:
            break
        rng.shuffle(hot)
        for depth in (1, 3):
            position = 0
            while position < len(hot) and not over():
                position, bettered = descend(
                    packed, state, lists, work, first, hot, position, depth, 2000, _budget(work, most)
                )
                kept += bettered
        if kept > 0:
            continue
        if seconds is None and effort is None:
            break
        saved = np.zeros_like(state.score)
        # A few items that cannot better anything themselves: what can may need them out of its way.
        hot = np.concatenate([hot, rng.integers(model.items, size=len(hot) // 4 + 4)])
        for _ in range(50):
            if over():
                break
            kept += shake(
                packed, state, lists, work, first, hot, saved, 1 + int(rng.integers(3)), 400, _budget(work, most)
            )
    found = state.agent_of.copy()
    if broken:
        # Evaluation weighs hard rows by fractions, the score by whole numbers: where any were broken, ask evaluation.
        return _better(model, found, np.asarray(agent_of, dtype=np.int32), level, work.limit[1:first].tolist())
    return found


def _better(
    model: Model, found: NDArray[np.int32], given: NDArray[np.int32], level: int, limits: Sequence[int]
) -> NDArray[np.int32]:
    """Whichever evaluation finds better; `given` where they are the same."""
    keys = []
    for plan in (found, given):
        worth = values(model, plan)
        excess = [max(value - limit, 0) for value, limit in zip(worth, limits, strict=False)]
        keys.append((hard_breach(model, plan), *excess, *worth[level:]))
    return found if keys[0] < keys[1] else given.copy()


def _budget(work: Work, most: int) -> int:
    """Evaluations until the clock is looked at again, within what is left."""
    return int(min(_SLICE, most - work.counter[EVALUATIONS]))


def _work(packed: Packed, state: State, level: int, limits: Sequence[int], seed: int) -> Work:
    """Scratch memory and the limits by place; place 0, the hard breach, is held to 0."""
    places = len(state.score)
    held = np.zeros(places, dtype=np.int64)
    for number in range(level):
        held[number + 1] = min(int(limits[number]), 2**62) if number < len(limits) else int(state.score[number + 1])
    counter = np.zeros(3, dtype=np.int64)
    counter[RANDOM] = np.random.default_rng(seed + 7).integers(2**62)
    journal = np.zeros(_JOURNAL, dtype=np.int64)
    one, two, three, four = (np.zeros(places, dtype=np.int64) for _ in range(4))
    top = np.zeros((_WIDTH, places), dtype=np.int64)
    return Work(held, counter, journal, journal.copy(), one, two, three, four, top, np.zeros(_WIDTH, dtype=np.int64))


def candidates(model: Model, pair: Longs, reduced: NDArray[Any] | None, rng: np.random.Generator) -> Candidates:
    """The pairs to look at: all of a small model, else about a dozen per item and those in use.

    With reduced costs the cheapest above each item's best, without them a random choice.
    """
    start = np.asarray(model.pair_start, dtype=np.int64)
    pairs, items = model.pairs, model.items
    wanted = np.zeros(pairs, dtype=bool)
    if reduced is not None and pairs > _PER_ITEM * items:
        least = np.minimum.reduceat(reduced, start[:-1])
        above = reduced - np.repeat(least, np.diff(start))
        wanted = above <= np.partition(above, _PER_ITEM * items)[_PER_ITEM * items]
    elif pairs <= max(_ALL_PAIRS, _PER_ITEM * items):
        wanted[:] = True
    else:
        drawn = start[:-1, None] + (rng.random((items, _PER_ITEM)) * np.diff(start)[:, None]).astype(np.int64)
        wanted[drawn.ravel()] = True
    wanted[pair] = True
    chosen = np.flatnonzero(wanted)
    if len(chosen) < pairs:
        agents = model.pair_agent[chosen]
        owner = np.searchsorted(start, chosen, side="right") - 1
        # Every item's way home stays open: the price of moves is zero there.
        lacking = np.ones(items, dtype=bool)
        lacking[owner[agents == model.home[owner]]] = False
        wanted[_home_pairs(model, lacking)] = True
        chosen = np.flatnonzero(wanted)
    owner = np.searchsorted(start, chosen, side="right") - 1
    agents = np.asarray(model.pair_agent)[chosen]
    order = np.argsort(agents, kind="stable")
    item_start = np.searchsorted(chosen, start)
    agent_start = np.searchsorted(agents[order], np.arange(model.agents + 1))
    return Candidates(
        item_start.astype(np.int64),
        chosen.astype(np.int64),
        agent_start.astype(np.int64),
        chosen[order].astype(np.int64),
        owner[order].astype(np.int32),
    )


def _home_pairs(model: Model, which: NDArray[np.bool_]) -> Longs:
    """Pairs of the items in `which` with their homes, where allowed."""
    at_home = np.asarray(model.pair_agent) == np.repeat(np.where(which, model.home, -1), np.diff(model.pair_start))
    return np.flatnonzero(at_home)


def _cheapest_costs(packed: Packed) -> Longs:
    """The least cost of each item at each level that has costs, (costs, items)."""
    if len(packed.cost) == 0:
        return np.zeros((0, len(packed.home)), dtype=np.int64)
    return np.minimum.reduceat(packed.cost, packed.pair_start[:-1], axis=1)


def hot_items(packed: Packed, state: State, lists: Candidates, cheapest: Longs, limit: Longs, first: int) -> Longs:
    """Items a move of which may better the first place of the score that is not yet as good as it can be.

    That is the first one over its limit, else the first from `first` on that is not zero: items on a pair dearer than
    their cheapest, items in a breached row, items that may come into a row that wants more.
    """
    over = state.score[:first] > limit[:first]
    asked = np.flatnonzero(over)[:1] if over.any() else np.arange(first, len(state.score))
    for place in asked:
        if state.score[place] == 0:
            continue
        hot = np.zeros(len(packed.home), dtype=bool)
        for number in np.flatnonzero(packed.cost_place == place):
            hot |= packed.cost[number, state.pair] > cheapest[number]
        above = (state.load > packed.high) & (packed.place == place)
        below = (state.load < packed.low) & (packed.place == place)
        wanting = np.zeros(len(lists.agent_start) - 1, dtype=bool)
        for family in range(len(packed.by_item)):
            if packed.by_item[family]:
                row = packed.row_item[family]
                hot |= (row >= 0) & (above | below)[np.maximum(row, 0)]
            else:
                row = packed.row_agent[family]
                hot |= ((row >= 0) & (above | below)[np.maximum(row, 0)])[state.agent_of]
                # A negative use that comes in lowers a row that is too full.
                lowers = packed.use_item[family].min(initial=0) < 0 or packed.use_pair_of[family] >= 0
                wanted = (above | below) if lowers else below
                wanting |= (row >= 0) & wanted[np.maximum(row, 0)]
        for agent in np.flatnonzero(wanting):
            hot[lists.item_by_agent[lists.agent_start[agent] : lists.agent_start[agent + 1]]] = True
        if packed.apart_place == place:
            joined = np.flatnonzero(np.diff(packed.apart_start) > 0)
            hot[joined] = True
        if hot.any():
            return np.flatnonzero(hot)
    return np.zeros(0, dtype=np.int64)
