"""Would it move to B if ...: the changed problem with the account at B and with it where it is, like for like.

A small problem is solved to the end with the account at either CSM (`explain.verify`). A large one is not, and two
searches of their own would differ by what luck brought each. So the two plans are brought up together from the plan at
hand: a local search over the books that give and take, and what one of the two plans finds elsewhere is handed to the
other with the account put back. What is left between them is the account's own doing. Beside it stands what is proved:
for each priority the Lagrangian at the stored prices of rows, with the account at either CSM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.engine import Limits, Model
from bookwright.engine import solve as run_engine
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import allowance, hard_breach, scale_of, values
from bookwright.engine.local import improve
from bookwright.explain.verify import (
    Difference,
    Levels,
    Outcome,
    Verified,
    changed_board,
    compared,
    difference,
    solved_with,
)
from bookwright.explain.why import Change
from bookwright.fixing import EXACT_ITEMS, EXACT_PAIRS, Base, cut, neighbourhood, started
from bookwright.rules import Board
from bookwright.rules.loads import unit_of
from bookwright.solve import Posted, post
from bookwright.trust.rule_prices import carried_over, held_to

_TURNS = 20
"""A turn of the local search is this part of the time that one search may take."""
_ROUNDS = 3
"""How often each of the two plans may learn from the other at one priority."""
_ALIKE = 1e-4
"""Plans found that differ by less than this part of a priority's scale, what planning takes for proved, are alike."""

Agents = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Sides:
    """The changed problem with the account at the named CSM (`there`) and where the plan has it (`here`).

    `item` is the account's, `agents` the two CSMs. `base` is the plan at hand with its stored levels.
    """

    base: Base
    posted: Posted
    item: int
    agents: tuple[int, int]
    there: Model
    here: Model


@dataclass(frozen=True, eq=False)
class Search:
    """How long each local search may take: seconds, or evaluations in units of effort and no clock."""

    seconds: float | None
    effort: int | None = None

    def whole(self) -> Limits:
        """For a problem that is solved to the end."""
        return Limits(seconds=self.seconds, effort=self.effort, gap=0.0)

    def better(self, model: Model, agent_of: Agents, level: int, limits: Sequence[int]) -> Agents:
        """One turn of the local search."""
        seconds = None if self.seconds is None else self.seconds / _TURNS
        return improve(model, agent_of, level=level, limits=limits, seconds=seconds, effort=self.effort)


def verified(
    base: Base, account_id: str, change: Change, *, seconds: float | None = 20.0, effort: int | None = None
) -> Verified:
    """Whether a counterfactual is true, with an interval for every priority down to the one that decides.

    `seconds` for each of the two searches of a small problem, and at most about that for a large one; with `effort`
    (and `seconds` None) no clock is read. `proved` tells whether the outcome is, or only what the best plans found say.
    """
    problem, search = base.problem, Search(seconds, effort)
    i, j = problem.account_position[account_id], problem.csm_position[change.csm_id]
    now = int(base.csm_of[i])
    changed = changed_board(base.board, i, change)
    model = base.posted.model
    known: tuple[Known, Known] = ((), ())
    if model.items <= EXACT_ITEMS or model.pairs <= EXACT_PAIRS:
        outcome, levels, known = _to_the_end(changed, base, i, (j, now), search)
        if outcome is not Outcome.OPEN:
            return Verified(change, outcome, True, levels)
    sides = sides_of(base, changed, i, j)
    if isinstance(sides, Outcome):
        return Verified(change, sides)
    return Verified(change, *_like_for_like(sides, search, known))


Known = tuple[tuple[Agents, int, int], ...]
"""Per priority what a search to the end came to: assignment of items, its bound, and what later ones are held to."""


def _to_the_end(
    changed: Board, base: Base, i: int, csms: tuple[int, int], search: Search
) -> tuple[Outcome, tuple[Difference, ...], tuple[Known, Known]]:
    """Both sides solved by the engine; what is proved, and what it came to where that is not enough."""
    plan = Plan(base.problem, base.csm_of)
    worth: list[Levels | None] = []
    known: list[Known] = []
    for csm in csms:
        found = solved_with(changed, plan, i, csm, search.whole())
        if found is None or found[0].hard_breach > 0:
            worth.append(None)
            known.append(())
            continue
        reports = found[0].levels
        worth.append(tuple((r.best, r.bound) for r in reports))
        known.append(
            tuple((found[0].agent_of if r.agent_of is None else r.agent_of, r.bound, r.limit) for r in reports)
        )
    outcome, levels = compared(worth[0], worth[1], [p.name for p in base.problem.model.priorities])
    return outcome, levels, (known[0], known[1])


def sides_of(base: Base, changed: Board, i: int, j: int) -> Sides | Outcome:
    """The two sides of a counterfactual; an `Outcome` where one of them cannot be."""
    posted = post(changed, base.problem.model.priorities)
    model, item, now = posted.model, int(posted.item_of[i]), int(base.csm_of[i])
    if item < 0:
        return Outcome.CANNOT
    may = np.asarray(model.pair_agent)[int(model.pair_start[item]) : int(model.pair_start[item + 1])].tolist()
    if j not in may:
        return Outcome.CANNOT
    if now not in may:
        return Outcome.GOES
    return Sides(base, posted, item, (j, now), cut(model, {item: j}), cut(model, {item: now}))


def _like_for_like(
    sides: Sides, search: Search, known: tuple[Known, Known] = ((), ())
) -> tuple[Outcome, bool, tuple[Difference, ...]]:
    """Priority by priority: both plans brought up together, and bounds; ends at the first one that decides."""
    names = [p.name for p in sides.base.problem.model.priorities]
    limits: list[int] = []
    levels: list[Difference] = []
    proved = True
    plans: tuple[Agents, Agents] | None = None
    for k, name in enumerate(names):
        plans = brought_up(sides, k, limits, search, plans, known)
        models = (sides.there, sides.here)
        kept = [_kept(model, plan, limits) for model, plan in zip(models, plans, strict=True)]
        if not all(kept):
            # One of them keeps what is hard, and the priorities before, and the other was not brought to it.
            outcome = Outcome.STAYS if kept[1] else Outcome.GOES if kept[0] else Outcome.OPEN
            return outcome, False, tuple(levels)
        there, here = (values(model, plan)[k] for model, plan in zip(models, plans, strict=True))
        least = [min(worth, floor(sides, side, k, limits, known[side])) for side, worth in ((0, there), (1, here))]
        levels.append(difference(name, least[0] - here, there - least[1], there - here))
        settled = there < least[1] or here < least[0]
        if settled or abs(there - here) > _ALIKE * scale_of(sides.there, sides.there.levels[k], here):
            return (Outcome.GOES if there < here else Outcome.STAYS), proved and settled, tuple(levels)
        proved = proved and least[0] == least[1] == there == here
        limit = max(there, here + allowance(sides.there, sides.there.levels[k], here))
        # A search to the end knows its own limits; else the plan's, which it was made under, stand.
        limits.append(limit if known[0] else max(limit, sides.base.levels[k].limit))
        levels[-1] = replace(levels[-1], held=limits[-1] / unit_of(name)[0])
    return Outcome.TIES, proved, tuple(levels)


def floor(sides: Sides, side: int, k: int, limits: Sequence[int], known: Known = ()) -> int:
    """No plan of a side within `limits` of the earlier priorities is below this at priority k (integer units)."""
    model = sides.here if side else sides.there
    cost, stood = model.levels[k].cost, sides.base.levels[k]
    first = np.asarray(model.pair_start[:-1], dtype=np.int64)
    least = 0 if cost is None else int(np.minimum.reduceat(np.asarray(cost, dtype=np.int64), first).sum())
    if known and all(mine <= theirs for mine, (_, _, theirs) in zip(limits, known, strict=False)):
        least = max(least, known[k][1])
    if stood.duals is None or len(stood.duals.level) != k:
        return least
    return max(least, certified(model, k, list(limits), carried_over(model, sides.base.posted.model, stood.duals)))


def brought_up(
    sides: Sides,
    k: int,
    limits: Sequence[int],
    search: Search,
    before: tuple[Agents, Agents] | None = None,
    known: tuple[Known, Known] = ((), ()),
) -> tuple[Agents, Agents]:
    """The two plans at priority k, each as good as local search and the other plan make it."""
    starts = [sides.base.csm_of]
    own = sides.base.levels[k].csm_of
    if own is not None:
        starts.append(own)
    begun = [started(sides.posted, csm_of) for csm_of in starts]
    found: list[Agents] = []
    for side, model in enumerate((sides.there, sides.here)):
        cut_down = held_to(model, k, limits)
        plans = [_at(sides, plan, side) for plan in begun]
        plans += [_at(sides, part[k][0], side) for part in known if part]
        plans += [_at(sides, plan, side) for plan in before or ()]
        best = min(plans, key=lambda plan: _key(cut_down, plan, limits))
        found.append(_mended(sides, cut_down, best, k, limits, search))
    for _ in range(_ROUNDS):
        learned = False
        for side, model in enumerate((sides.there, sides.here)):
            cut_down = held_to(model, k, limits)
            other = _mended(sides, cut_down, _at(sides, found[1 - side], side), k, limits, search)
            if _key(cut_down, other, limits) < _key(cut_down, found[side], limits):
                found[side], learned = other, True
        if not learned:
            break
    return found[0], found[1]


def _mended(sides: Sides, model: Model, start: Agents, k: int, limits: Sequence[int], search: Search) -> Agents:
    """A start bettered within the two books, and anywhere while something that must hold does not."""
    part = neighbourhood(model, start, set(sides.agents))
    found = search.better(part, start, k, limits)
    for _ in range(_ROUNDS):
        if _kept(model, found, limits):
            break
        found = search.better(model, found, k, limits)
    return found


def _at(sides: Sides, agent_of: Agents, side: int) -> Agents:
    """A plan with the account on one of the two sides."""
    placed = np.array(agent_of, dtype=np.int32)
    placed[sides.item] = sides.agents[side]
    return placed


def _key(model: Model, agent_of: Agents, limits: Sequence[int]) -> tuple[float, ...]:
    """Smaller is better: what is hard, then what earlier priorities exceed, then the last priority of the model."""
    worth = values(model, agent_of)
    over = (max(0, v - limit) for v, limit in zip(worth, limits, strict=False))
    return (hard_breach(model, agent_of), *over, worth[-1])


def _kept(model: Model, agent_of: Agents, limits: Sequence[int]) -> bool:
    """Whether a plan keeps what is hard and the earlier priorities."""
    worth = values(model, agent_of)
    return hard_breach(model, agent_of) == 0 and all(v <= x for v, x in zip(worth, limits, strict=False))


def solved_at(
    sides: Sides, side: int, k: int, limits: Sequence[int], seconds: float, start: Agents | None = None
) -> int | None:
    """Priority k on one side (0 there, 1 here) by the engine, from `start` or the plan at hand."""
    model = held_to(sides.here if side else sides.there, k, limits)
    if start is None:
        start = _at(sides, started(sides.posted, sides.base.csm_of), side)
        # A hard row that the account alone breaks costs a search from anywhere most of its time.
        start = Search(seconds).better(model, start, k, limits)
    answer = run_engine(model, start, Limits(seconds=seconds, gap=0.0))
    kept = answer.hard_breach == 0 and all(r.value <= x for r, x in zip(answer.levels, limits, strict=False))
    return answer.levels[k].value if kept else None
