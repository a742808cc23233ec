"""Solve a model: level by level, an assignment that gets better and a bound that proves how good it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from bookwright.engine import exact
from bookwright.engine.backend import Share
from bookwright.engine.evaluate import scale_of
from bookwright.engine.large import Large
from bookwright.engine.local_state import Packed, TooLarge, pack
from bookwright.engine.model import Answer, Ints, Limits, Model, Stopped
from bookwright.engine.search import Search
from bookwright.engine.start import construct

_ONE_PROGRAM = 400
"""Up to so many pairs CP-SAT is done at once, in exact integers throughout; beyond, it was slower (docs/engine.md)."""

Method = Literal["auto", "exact", "large"]


def solve(model: Model, start: Ints | None = None, limits: Limits | None = None, *, method: Method = "auto") -> Answer:
    """The best assignment found, level by level, with a proven bound for each level.

    `start` is (items,): an agent for each item; items whose agent is not allowed are placed anew. `method` chooses
    one program over all pairs ("exact"), relaxation and neighbourhoods ("large"), or by size ("auto"). With
    `limits.seconds` None nothing reads a clock and one worker repeats itself exactly.
    """
    search = Search(model, limits or Limits())
    search.offer(construct(model, seed=search.limits.seed), "start")
    if start is not None:
        search.offer(_allowed(model, start, search), "given start")
    by_size: Method = "large" if model.pairs > _ONE_PROGRAM else "exact"
    large = Large(search, _packed(model)) if (by_size if method == "auto" else method) == "large" else None
    if search.hard > 0:
        share = _share(search, waiting=len(model.levels))
        if large is not None:
            large.mend(share)
        else:
            exact.close_breach(search, share)
    if search.hard == 0:
        for level in range(len(model.levels)):
            search.level = level
            begun = search.clock.elapsed
            if search.clock.over() is None and not search.content():
                share = _share(search, waiting=len(model.levels) - level - 1)
                search.clock.turn_ends = None if share.seconds is None else search.clock.elapsed + share.seconds
                if large is not None:
                    large.improve_level(share)
                else:
                    exact.close_level(search, share)
            search.close_level()
            search.standing[level].seconds = search.clock.elapsed - begun
        search.level = max(len(model.levels) - 1, 0)
    return search.answer(_ended_by(search))


def _packed(model: Model) -> Packed | None:
    """The layout of the local search, None where numbers outgrow it."""
    try:
        return pack(model)
    except TooLarge:
        return None


def _ended_by(search: Search) -> Stopped:
    """What ended the search: a proof, contentment, or the first limit reached."""
    if search.impossible:
        return Stopped.PROVED
    if search.hard == 0:
        standing = search.standing
        if all(s.best is not None and (s.best <= s.bound or search.gap(k) == 0.0) for k, s in enumerate(standing)):
            return Stopped.PROVED
        if all(search.gap(k) <= search.limits.gap for k in range(len(standing))):
            return Stopped.GAP
    return search.clock.over() or (Stopped.TIME if search.limits.seconds is not None else Stopped.EFFORT)


_PART = {0: 1.0, 1: 0.88}
"""What part of what is left a level may take, by how many levels wait behind it; a half where more do.

The last level wins little after its first seconds, so it holds back an eighth, not a half, from the one before it.
"""


def _share(search: Search, waiting: int) -> Share:
    """What the next step may use: a part of what is left while later levels wait, else all."""
    seconds, units = search.clock.left()
    part = _PART.get(waiting, 0.5)
    limits = search.limits
    level = search.model.levels[search.level] if search.model.levels else None
    content, content_share = 0, 0.0
    if level is not None and search.hard == 0:
        if level.scale == "value":
            content_share = limits.gap
        else:
            content = int(limits.gap * scale_of(search.model, level, search.values[search.level]))
    return Share(
        seconds=None if seconds is None else seconds * part,
        units=None if units is None else units if not waiting else max(int(units * part), 1),
        workers=limits.workers,
        seed=limits.seed,
        content=content,
        content_share=content_share,
        stop=limits.stop if level is None or level.limit is None else _or_good_enough(search),
    )


def _or_good_enough(search: Search) -> Callable[[], bool]:
    """Ends a level's turn where a value fixed beforehand is reached, too."""
    stop = search.limits.stop
    return lambda: search.good_enough() or (stop is not None and stop())


def _allowed(model: Model, start: Ints, search: Search) -> Ints:
    """The start with every item that stands where it may not put where the constructed start has it."""
    assert search.agent_of is not None
    start = np.asarray(start)
    if start.shape != (model.items,):
        raise ValueError(f"start has shape {start.shape}, the model has {model.items} items")
    first, last = np.asarray(model.pair_start[:-1]), np.asarray(model.pair_start[1:])
    item = np.repeat(np.arange(model.items), last - first)
    fits = np.bincount(item[model.pair_agent == start[item]], minlength=model.items) > 0
    return np.where(fits, start, search.agent_of)
