"""The compiled inner loops of the local search: shifts and ejection chains, judged level by level.

A chain starts by moving one item even where that worsens the score; the agent it enters then sends one of its own items
on, or the agent it left takes one in; up to three moves. The first chain that ends better than it began is kept, all
others are taken back. (Ejection chains: Yagiura, Ibaraki, Glover, INFORMS J. Computing 16, 2004; here the judge is not
one penalised sum but the levels in order.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.compiled import compiled
from bookwright.engine.local_state import Longs, Packed, State, shift, try_shift


class Candidates(NamedTuple):
    """The pairs the search looks at, by item and by agent."""

    item_start: Longs  # (items + 1,)
    pair: Longs  # (candidates,)
    agent_start: Longs  # (agents + 1,)
    by_agent: Longs  # (candidates,): the same pairs, ordered by agent
    item_by_agent: NDArray[np.int32]  # (candidates,): their items


class Work(NamedTuple):
    """Memory of a search between calls: what is judged, what may be taken back, how much was done."""

    limit: Longs  # (places,): what the places before `first` are held to
    counter: Longs  # evaluations, journal length, random state
    journal_item: Longs
    journal_pair: Longs
    change: Longs  # (places,) scratch
    best: Longs
    second: Longs
    before: Longs
    top: Longs  # (width, places) scratch: changes of the best first moves
    top_pair: Longs


EVALUATIONS, JOURNAL, RANDOM = 0, 1, 2


@compiled
def random_below(work: Work, bound: int) -> int:
    """A whole number in [0, bound): a 63-bit linear congruential step, upper bits."""
    state = (work.counter[RANDOM] * 6364136223846793005 + 1442695040888963407) & 0x7FFFFFFFFFFFFFFF
    work.counter[RANDOM] = state
    return int((state >> 24) % bound)


@compiled
def compare(score: Longs, change: Longs, before: Longs, limit: Longs, first: int) -> int:
    """-1 if score + change is better than `before`, 1 if worse, 0 if the same, judged from the left.

    Places below `first` count only by what exceeds their limit.
    """
    for place in range(len(score)):
        new = score[place] + change[place]
        old = before[place]
        if place < first:
            new = max(new - limit[place], 0)
            old = max(old - limit[place], 0)
        if new < old:
            return -1
        if new > old:
            return 1
    return 0


@compiled
def apply(packed: Packed, state: State, work: Work, item: int, pair: int, change: Longs) -> None:
    """Shift and remember how to take it back."""
    index = work.counter[JOURNAL]
    if index < len(work.journal_item):
        work.journal_item[index] = item
        work.journal_pair[index] = state.pair[item]
    work.counter[JOURNAL] = index + 1
    shift(packed, state, item, pair, change)


@compiled
def take_back(packed: Packed, state: State, work: Work, mark: int) -> None:
    """Undo shifts until the journal is `mark` long again."""
    while work.counter[JOURNAL] > mark:
        index = work.counter[JOURNAL] - 1
        item = work.journal_item[index]
        try_shift(packed, state, item, work.journal_pair[index], work.change)
        shift(packed, state, item, work.journal_pair[index], work.change)
        work.counter[JOURNAL] = index


@compiled
def copy(source: Longs, target: Longs) -> None:
    """Copy element by element (a slice assignment costs seconds of compile time)."""
    for place in range(len(source)):
        target[place] = source[place]


@compiled
def best_onward(
    packed: Packed,
    state: State,
    lists: Candidates,
    work: Work,
    first: int,
    moved: int,
    source: int,
    target: int,
    most: int,
) -> tuple[int, int]:
    """The best single move after `moved` went from `source` to `target`: (item, pair), (-1, -1) for none.

    Looked at: items of `target` going anywhere, and items from anywhere coming to `source`; at most `most` of each,
    from a random place on. The change is left in work.second.
    """
    found_item, found_pair = -1, -1
    seen = 0
    item = int(state.head[target])  # one width of integer everywhere: each other mix is compiled anew
    while item >= 0 and seen < most:
        if item != moved:
            for index in range(lists.item_start[item], lists.item_start[item + 1]):
                pair = lists.pair[index]
                if packed.pair_agent[pair] == target:
                    continue
                try_shift(packed, state, item, pair, work.change)
                seen += 1
                if found_pair < 0 or compare(state.score, work.change, work.best, work.limit, first) < 0:
                    found_item, found_pair = item, int(pair)
                    copy(work.change, work.second)
                    for place in range(len(work.best)):
                        work.best[place] = state.score[place] + work.change[place]
        item = int(state.after[item])
    work.counter[EVALUATIONS] += seen
    begin = lists.agent_start[source]
    length = lists.agent_start[source + 1] - begin
    if length > 0:
        seen = min(most, length)
        at = random_below(work, length)
        for _ in range(seen):
            item = int(lists.item_by_agent[begin + at])
            pair = lists.by_agent[begin + at]
            at += 1
            if at == length:
                at = 0
            if item == moved or state.agent_of[item] == source:
                continue
            try_shift(packed, state, item, pair, work.change)
            if found_pair < 0 or compare(state.score, work.change, work.best, work.limit, first) < 0:
                found_item, found_pair = item, int(pair)
                copy(work.change, work.second)
                for place in range(len(work.best)):
                    work.best[place] = state.score[place] + work.change[place]
        work.counter[EVALUATIONS] += seen
    return found_item, found_pair


@compiled
def chain(
    packed: Packed, state: State, lists: Candidates, work: Work, first: int, item: int, depth: int, most: int
) -> bool:
    """Try to better the score by a chain that starts with `item`; True if it was bettered (and applied)."""
    places = len(state.score)
    width = len(work.top_pair)
    copy(state.score, work.before)
    kept = 0
    for index in range(lists.item_start[item], lists.item_start[item + 1]):
        pair = lists.pair[index]
        if pair == state.pair[item]:
            continue
        try_shift(packed, state, item, pair, work.change)
        work.counter[EVALUATIONS] += 1
        # Insert into the list of the best `width` first moves.
        at = kept
        while at > 0:
            for place in range(places):
                work.best[place] = state.score[place] + work.top[at - 1, place]
            if compare(state.score, work.change, work.best, work.limit, first) >= 0:
                break
            at -= 1
        if at >= width:
            continue
        kept = min(kept + 1, width)
        for slot in range(kept - 1, at, -1):
            work.top_pair[slot] = work.top_pair[slot - 1]
            for place in range(places):
                work.top[slot, place] = work.top[slot - 1, place]
        work.top_pair[at] = pair
        for place in range(places):
            work.top[at, place] = work.change[place]
    for slot in range(kept):
        mark = work.counter[JOURNAL]
        source = state.agent_of[item]
        for place in range(places):
            work.second[place] = work.top[slot, place]
        apply(packed, state, work, item, work.top_pair[slot], work.second)
        if compare_now(state.score, work.before, work.limit, first) < 0:
            return True
        if slot == 0 and depth < 2:
            take_back(packed, state, work, mark)
            return False
        moved, start, target = item, int(source), int(state.agent_of[item])
        for _ in range(depth - 1):
            next_item, next_pair = best_onward(packed, state, lists, work, first, moved, start, target, most)
            if next_pair < 0:
                break
            left = int(state.agent_of[next_item])
            apply(packed, state, work, next_item, next_pair, work.second)
            if compare_now(state.score, work.before, work.limit, first) < 0:
                return True
            # The chain goes on from the agent that was entered last, and may close where it was left last.
            moved, start, target = next_item, left if left != target else start, int(state.agent_of[next_item])
        take_back(packed, state, work, mark)
    return False


@compiled
def compare_now(score: Longs, before: Longs, limit: Longs, first: int) -> int:
    """-1 if `score` is better than `before`, 1 if worse, 0 if the same."""
    for place in range(len(score)):
        new, old = score[place], before[place]
        if place < first:
            new, old = max(new - limit[place], 0), max(old - limit[place], 0)
        if new != old:
            return -1 if new < old else 1
    return 0


@compiled
def descend(
    packed: Packed,
    state: State,
    lists: Candidates,
    work: Work,
    first: int,
    order: Longs,
    begin: int,
    depth: int,
    most: int,
    budget: int,
) -> tuple[int, int]:
    """Chains from each item of `order[begin:]` until `budget` evaluations are spent: (next position, chains kept)."""
    kept = 0
    stop_at = work.counter[EVALUATIONS] + budget
    position = begin
    while position < len(order) and work.counter[EVALUATIONS] < stop_at:
        if chain(packed, state, lists, work, first, order[position], depth, most):
            kept += 1
        position += 1
        work.counter[JOURNAL] = 0
    return position, kept


@compiled
def shake(
    packed: Packed,
    state: State,
    lists: Candidates,
    work: Work,
    first: int,
    hot: Longs,
    saved: Longs,
    strength: int,
    most: int,
    budget: int,
) -> int:
    """Kick a few items around a hot one, mend by short chains, keep what is no worse; count the kicks that bettered.

    Goes on until `budget` evaluations are spent. The state is never left worse than it was found.
    """
    bettered = 0
    stop_at = work.counter[EVALUATIONS] + budget
    while work.counter[EVALUATIONS] < stop_at:
        work.counter[JOURNAL] = 0
        copy(state.score, saved)
        item = hot[random_below(work, len(hot))]
        touched_a, touched_b = state.agent_of[item], state.agent_of[item]
        for _ in range(strength):
            begin = lists.item_start[item]
            length = lists.item_start[item + 1] - begin
            pair = lists.pair[begin + random_below(work, length)]
            if pair != state.pair[item]:
                touched_a, touched_b = state.agent_of[item], packed.pair_agent[pair]
                try_shift(packed, state, item, pair, work.change)
                copy(work.change, work.second)
                apply(packed, state, work, item, pair, work.second)
            # The next kick moves an item of the agent just entered.
            steps = random_below(work, 8)
            other = state.head[touched_b]
            while steps > 0 and state.after[other] >= 0:
                other = state.after[other]
                steps -= 1
            item = int(other)
        for agent in (touched_a, touched_b):
            steps = 0
            other = state.head[agent]
            while other >= 0 and steps < 12 and work.counter[JOURNAL] < len(work.journal_item) - 8:
                following = state.after[other]
                chain(packed, state, lists, work, first, int(other), 2, most)
                # The list may have changed under the chain: go on only where it still leads somewhere of this agent.
                other = following if following >= 0 and state.agent_of[following] == agent else -1
                steps += 1
        work.counter[EVALUATIONS] += 1
        verdict = compare_now(state.score, saved, work.limit, first)
        if verdict < 0:
            bettered += 1
        elif verdict > 0:
            take_back(packed, state, work, 0)
    return bettered
