"""What it costs to fix accounts: the plan repaired around them, level by level, with a proven bound beside it.

The engine's model is cut down to one pair for each fixed item. Small models are solved again to the end, and the cost
of a level is what its best value rises by. Large ones are repaired around the plan itself: a local search over the
books that give and take lowers what each level exceeds the plan by, in order, and earns nothing for bettering the plan
elsewhere. Their bound is the Lagrangian at the stored prices of rows: one pass over the pairs, no new relaxation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import LevelReport, Limits, Model
from bookwright.engine import solve as run_engine
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import hard_breach, values
from bookwright.engine.local import improve
from bookwright.engine.prices import Duals
from bookwright.planning_model import PlanningModel
from bookwright.problem import Problem
from bookwright.rules import Board, build, set_up
from bookwright.solve import Posted, post, unit_of

EXACT_ITEMS = 100
"""Up to here a plan is proved before it is priced, and every repair is."""
EXACT_PAIRS = 4000
"""Up to here the engine solves a level as one program; so does the repair of a plan that is proved."""

_TURN, _TURN_PER_PAIR = 0.1, 3.5e-6
"""Seconds of a turn of a repair: at least, and by the pairs of the whole problem. A turn cut short mends no budget."""

Agents = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One level of the plan to be priced against: what it reached in its turn, its bound and limit (integer units).

    `csm_of` (accounts,) is the plan the level's turn ended with, `duals` the prices its certified bound rests on.
    """

    name: str
    best: int
    bound: int
    limit: int
    csm_of: Agents | None = None
    duals: Duals | None = None


@dataclass(frozen=True, eq=False)
class Base:
    """A plan as the engine sees it: what fixing is measured against. `csm_of` (accounts,) is the plan itself."""

    problem: Problem
    board: Board
    posted: Posted
    csm_of: Agents
    levels: tuple[Standing, ...]

    @property
    def proved(self) -> bool:
        """Whether no level can be better."""
        return all(level.best <= level.bound for level in self.levels)

    @cached_property
    def values(self) -> tuple[int, ...]:
        """What the plan itself is worth in every level; later levels may have used what earlier ones give."""
        return tuple(values(self.posted.model, self.posted.accounts_to_agents(self.csm_of)))

    @property
    def nearly_proved(self) -> bool:
        """Whether every level is within what the engine takes for proved: a ten-thousandth."""
        return all(v.best - v.bound <= 1e-4 * max(unit_of(v.name)[0], v.best) for v in self.levels)


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """What fixing accounts costs each level, in integer units: `high` by the best repair found, `low` by bound.

    Where all is proved, both are the rise of the level's best value. Else they are counted from the plan as it stands,
    and the entry of a level is for plans that keep every earlier level within `held`: the plan's own limit, or what the
    repair reached where the fixed accounts leave no better. To hold earlier levels tighter may cost more than `high`.
    `csm_of` (accounts,) is the repaired plan, None where no plan with the fixed accounts was found; `why_not` then says
    why, and `impossible` that it is proved that there is none.
    """

    high: tuple[int, ...]
    low: tuple[int, ...]
    csm_of: Agents | None
    held: tuple[int, ...] = ()
    impossible: bool = False
    why_not: str = ""


def base_of(problem: Problem, csm_of: Agents, levels: Sequence[Standing] = (), *, seconds: float = 20.0) -> Base:
    """The plan `csm_of` (accounts,) of CSM positions as a base; levels that are not given, or not proved, are solved.

    A small model is proved to the end here where `seconds` allow, so that prices become single numbers. Levels that
    another version posted otherwise say nothing of this model, and are solved as if they were not given.
    """
    board = set_up(problem, build(problem.model))
    posted = post(board, problem.model.priorities)
    base = Base(problem, board, posted, csm_of, tuple(levels))
    levels = levels if _of_this_model(base) else ()
    if levels and (base.proved or posted.model.items > EXACT_ITEMS):
        return base
    answer = run_engine(posted.model, posted.accounts_to_agents(csm_of), Limits(seconds=seconds, gap=0.0))
    solved = tuple(_standing(report, posted) for report in answer.levels)
    if levels:
        solved = tuple(_better(old, new) for old, new in zip(levels, solved, strict=True))
    return replace(base, levels=solved)


def _of_this_model(base: Base) -> bool:
    """Whether the levels were found on this very model: the plan is worth what they say, prices fit its rows."""
    rows = [family.rows for family in base.posted.model.families]
    fits = (s.duals is None or [len(part) for part in s.duals.row] == rows for s in base.levels)
    return all(fits) and all(v <= s.limit for v, s in zip(base.values, base.levels, strict=False))


def standing_of(name: str, best: int, bound: int, limit: int, found: Mapping[str, Any]) -> Standing:
    """A level from plain values, as a store keeps them: `found` holds row and level prices and the plan by accounts."""
    prices = None
    if "row" in found:
        rows = tuple(np.asarray(part, dtype=np.float64) for part in found["row"])
        prices = Duals(rows, np.asarray(found["level"], dtype=np.float64))
    csm_of = found.get("csm_of")
    return Standing(name, best, bound, limit, None if csm_of is None else np.asarray(csm_of, dtype=np.int32), prices)


def _standing(report: LevelReport, posted: Posted) -> Standing:
    csm_of = None if report.agent_of is None else posted.agents_to_accounts(report.agent_of)
    return standing_of(report.name, report.best, report.bound, report.limit, {**report.duals, "csm_of": csm_of})


def _better(old: Standing, new: Standing) -> Standing:
    """What is known of a level from two solves: the lower best with its assignment, the higher bound."""
    kept, other = (new, old) if new.best <= old.best else (old, new)
    return replace(kept, bound=min(kept.best, max(old.bound, new.bound)), duals=kept.duals or other.duals)


def fix(base: Base, wanted: Mapping[int, int], *, seconds: float = 2.0, seed: int = 0) -> Repaired:
    """Fix accounts (position -> CSM position) and repair the plan around them; `seconds` for all levels together.

    Members of a family that must stay together follow the fixed one. A pair that the rules bar is fixed all the same,
    as the decisions rule would (an exception), unless a `never`, a pin or a CSM who is gone stands against it.
    """
    posted, why_not = _restricted(base, wanted)
    if why_not:
        return Repaired((), (), None, impossible=True, why_not=why_not)
    model = posted.model
    if model.items > EXACT_ITEMS and (model.pairs > EXACT_PAIRS or not base.nearly_proved):
        return _around(base, posted, wanted, seconds, seed)
    answer = run_engine(model, started(posted, base.csm_of), Limits(seconds=seconds, gap=0.0, seed=seed))
    if answer.hard_breach > 0:
        text = "no plan that keeps the hard rules has it" if answer.impossible else "no plan with it was found"
        return Repaired((), (), None, impossible=answer.impossible, why_not=text)
    high = tuple(r.best - s.best for r, s in zip(answer.levels, base.levels, strict=True))
    low = tuple(r.bound - s.best for r, s in zip(answer.levels, base.levels, strict=True))
    if high == low and base.proved:
        held = tuple(r.limit for r in answer.levels)
        return Repaired(high, low, posted.agents_to_accounts(_near(base, posted, answer.agent_of)), held)
    # Not proved: a repair near at hand may be better than what the search came to.
    whole = _against(base, posted, answer.agent_of, answer.levels)
    other = _around(base, posted, wanted, min(seconds, 1.0), seed, answer.levels)
    return other if other.csm_of is not None and other.high < whole.high else whole


def _around(
    base: Base,
    posted: Posted,
    wanted: Mapping[int, int],
    seconds: float,
    seed: int,
    found: Sequence[LevelReport] = (),
) -> Repaired:
    """Mend the plan within the books that give and take, else anywhere; hold every level to the plan's own value."""
    model, agent_of = posted.model, started(posted, base.csm_of)
    books = {int(base.csm_of[i]) for i in wanted} | set(wanted.values())
    for part in (neighbourhood(model, agent_of, books), model):
        agent_of = _mended(part, agent_of, base.values, seconds / 2, seed, model.pairs)
        if _content(model, agent_of, base.values):
            break
    if hard_breach(model, agent_of) == 0:
        return _against(base, posted, agent_of, found)
    # Hard rows that no few changes can keep: the engine looks for any plan that keeps them, or proves there is none.
    hard = replace(model, levels=(), families=tuple(f for f in model.families if f.level is None), apart_level=None)
    answer = run_engine(hard, agent_of, Limits(seconds=2 * seconds, seed=seed))
    if answer.hard_breach > 0:
        text = "no plan that keeps the hard rules has it" if answer.impossible else "no plan with it was found in time"
        return Repaired((), (), None, impossible=answer.impossible, why_not=text)
    return _against(base, posted, _mended(model, answer.agent_of, base.values, seconds, seed, model.pairs), found)


def _against(base: Base, posted: Posted, agent_of: Agents, found: Sequence[LevelReport]) -> Repaired:
    """A repair measured against the plan as it stands; bettering a level first of all earns nothing.

    `found` is what a search of the same model came to: its bounds hold where its limits were no tighter than ours.
    """
    model, stood = posted.model, base.values
    agent_of = _near(base, posted, agent_of, stood)
    now = values(model, agent_of)
    high = tuple(n - s for n, s in zip(now, stood, strict=True))
    high = tuple(max(0, h) if all(e <= 0 for e in high[:k]) else h for k, h in enumerate(high))
    held = tuple(max(level.limit, n) for level, n in zip(base.levels, now, strict=True))
    proved = _bounds(base, model, now, held, found)
    low = tuple(min(b - s, h) for b, s, h in zip(proved, stood, high, strict=True))
    return Repaired(high, low, posted.agents_to_accounts(agent_of), held)


def _mended(model: Model, start: Agents, stood: Sequence[int], seconds: float, seed: int, pairs: int) -> Agents:
    """Local search in short turns until no level is worse than it stood, time is over, or turns bring nothing.

    `pairs` of the whole problem say how long a turn takes to find anything.

    Turns go in twos: all levels together, then the first one that is still worse on its own, which may find ways that
    cost later levels something; these are mended in the turn after.
    """
    last, agent_of, idle = len(model.levels) - 1, start, 0
    length = max(_TURN, min(_TURN_PER_PAIR * pairs, seconds))
    for turn in range(max(1, round(seconds / length))):
        now = values(model, agent_of)
        worse = [k for k in range(last) if now[k] > stood[k]]
        level = worse[0] if worse and turn % 2 else last
        found = improve(model, agent_of, level=level, limits=stood[:level], seconds=length, seed=seed + turn)
        idle = idle + 1 if (found == agent_of).all() else 0
        agent_of = found
        if idle == 4 or _content(model, agent_of, stood):
            break
    return agent_of


def _content(model: Model, agent_of: Agents, stood: Sequence[int]) -> bool:
    """Whether no level is worse than it stood and every hard row holds."""
    content = all(v <= s for v, s in zip(values(model, agent_of), stood, strict=True))
    return content and hard_breach(model, agent_of) == 0


def neighbourhood(model: Model, agent_of: Agents, books: set[int]) -> Model:
    """The model in which only the given agents' items may go anywhere, and the others stay or come to them."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    agent = np.asarray(model.pair_agent)
    inside = np.isin(agent, list(books))
    return _kept(model, (agent == agent_of[item]) | inside | np.isin(agent_of, list(books))[item])


def _bounds(
    base: Base, model: Model, reached: Sequence[int], held: Sequence[int], found: Sequence[LevelReport]
) -> tuple[int, ...]:
    """Per level the Lagrangian of the cut-down model at the stored prices, earlier levels kept within `held`.

    Where no earlier limit had to widen, the base's own bound holds too: fixing only takes choices away.
    """
    bounds: list[int] = []
    for k, (level, stood) in enumerate(zip(model.levels, base.levels, strict=True)):
        limits = list(held[:k])
        bound = 0
        if all(mine <= theirs.limit for mine, theirs in zip(limits, base.levels, strict=False)):
            bound = stood.bound
        if found and all(mine <= theirs.limit for mine, theirs in zip(limits, found, strict=False)):
            bound = max(bound, found[k].bound)
        if stood.duals is not None and len(stood.duals.level) == k:
            bound = max(bound, certified(model, k, limits, stood.duals))
        elif level.cost is not None:
            first = np.asarray(model.pair_start[:-1], dtype=np.int64)
            bound = max(bound, int(np.minimum.reduceat(np.asarray(level.cost, dtype=np.int64), first).sum()))
        bounds.append(min(bound, reached[k]))
    return tuple(bounds)


def _near(base: Base, posted: Posted, agent_of: Agents, content: Sequence[int] | None = None) -> Agents:
    """The repair with as many items as possible back where the plan had them, no level worse for it.

    With `content`, a level may rise up to that value: what is no worse than the plan needs no repair.
    """
    model = posted.model
    stood = started(posted, base.csm_of)
    now, worth = agent_of.copy(), values(model, agent_of)
    if content is not None:
        worth = [max(w, c) for w, c in zip(worth, content, strict=True)]
    changed = True
    while changed:
        changed = False
        for item in np.flatnonzero(now != stood).tolist():
            trial = now.copy()
            trial[item] = stood[item]
            found = values(model, trial)
            if all(f <= w for f, w in zip(found, worth, strict=True)) and hard_breach(model, trial) == 0:
                now, changed = trial, True
    return now


def started(posted: Posted, csm_of: Agents) -> Agents:
    """A plan by items, every item that stands where it no longer may put on its first pair."""
    model, agent_of = posted.model, posted.accounts_to_agents(csm_of)
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    fits = np.bincount(item[np.asarray(model.pair_agent) == agent_of[item]], minlength=model.items) > 0
    first = np.asarray(model.pair_agent)[np.asarray(model.pair_start[:-1])]
    return np.where(fits, agent_of, first).astype(np.int32)


def _restricted(base: Base, wanted: Mapping[int, int]) -> tuple[Posted, str]:
    """The model with one pair for each fixed item; posted anew where a pair is not among the allowed ones."""
    posted = base.posted
    asked: dict[int, int] = {}
    for i, j in wanted.items():
        item = int(posted.item_of[i])
        inside = (
            item >= 0
            and j in posted.model.pair_agent[posted.model.pair_start[item] : posted.model.pair_start[item + 1]]
        )
        if not inside or asked.setdefault(item, j) != j:
            return _posted_anew(base, wanted)
    return replace(posted, model=cut(posted.model, asked)), ""


def _posted_anew(base: Base, wanted: Mapping[int, int]) -> tuple[Posted, str]:
    problem = base.problem
    hold = {problem.accounts[i].id: problem.csms[j].id for i, j in wanted.items()}
    board = set_up(problem, build(deciding(problem.model, hold)))
    known = len(base.board.contradictions)
    if len(board.contradictions) > known:
        return base.posted, board.contradictions[known].text
    return post(board, problem.model.priorities), ""


def deciding(model: PlanningModel, hold: Mapping[str, str]) -> PlanningModel:
    """The planning model with accounts (id -> CSM id) decided besides what was decided before."""
    table = dict(model.rules.get("decisions", {}))
    table["hold"] = {**table.get("hold", {}), **{a: {"csm": c} for a, c in hold.items()}}
    return model.model_copy(update={"rules": {**model.rules, "decisions": table}})


def cut(model: Model, asked: Mapping[int, int]) -> Model:
    """The model with one pair for each asked item (item -> agent); every row and level as it was."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    want = np.full(model.items, -1, dtype=np.int64)
    want[list(asked)] = list(asked.values())
    return _kept(model, (want[item] < 0) | (want[item] == model.pair_agent))


def _kept(model: Model, kept: NDArray[np.bool_]) -> Model:
    """The model with some of its pairs (pairs,) only; every row and level as it was."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    start = np.concatenate([[0], np.cumsum(np.bincount(item[kept], minlength=model.items))]).astype(np.int64)
    by_pair = model.pairs != model.items
    families = tuple(
        replace(f, use=np.asarray(f.use)[kept]) if by_pair and len(f.use) == model.pairs else f for f in model.families
    )
    levels = tuple(v if v.cost is None else replace(v, cost=np.asarray(v.cost)[kept]) for v in model.levels)
    return replace(
        model, pair_start=start, pair_agent=np.asarray(model.pair_agent)[kept], families=families, levels=levels
    )
