"""The cheapest ways out of an impossible problem, each of one kind, in words of the business, each solved again.

For every kind of thing that could give (a hold, what a CSM covers, hours, a budget, accounts to another team, a hire,
the ceiling) the least of it that makes a plan possible; where no kind is enough alone, the least of all together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from bookwright.diagnose.conditions import Conditions
from bookwright.diagnose.transport import short_sets
from bookwright.diagnose.ways_large import ceiling_of, out_of_scope, permissions, without
from bookwright.engine.clash import Bar, Condition, Given, Limit, Puzzle, Soft, cheapest, feasible
from bookwright.rules.board import Board

_HOLDS = ("pins", "freezes", "decisions")
_COVER = ("segments", "coverage", "matches")
_PAIRS = ("never", "gone")
_IN_THE_WAY = {"move_budget": "the limits on moves", "freezes": "the freezes", "families": "families together"}
"""Rules that can keep hours from where they are needed, and how they are called then."""
SHOWN = 6
SMALL_PAIRS = 1_500
"""Up to so many pairs every question is put to the solver whole; above, transport arithmetic goes ahead."""


@dataclass(frozen=True, slots=True, eq=False)
class WayOut:
    """Something to give up that makes a plan possible. `kind` names what; `text` says it with its numbers.

    `proved` = nothing less of the kind is enough. `puzzle` is the problem with it given up: solved, and possible.
    """

    kind: str
    text: str
    proved: bool
    puzzle: Puzzle


def ways_out(conditions: Conditions, *, units: float = 4.0) -> list[WayOut]:
    """Several cheapest ways out, those that ask least of people first; each was solved and is possible."""
    makers: Sequence[Callable[[Conditions, float], WayOut | None]] = (
        _budget,
        _holds,
        _together,
        _sizes,
        _cover,
        _hours,
        _out_of_scope,
        _hire,
        _ceiling,
        _bands,
        _pairs,
    )
    found = [way for make in makers if (way := make(conditions, units)) is not None]
    if len(found) < 2:
        # Several clashes of different kinds: no single kind mends them, or only by leaving accounts out.
        found += [way for way in [_everything(conditions, units)] if way is not None]
    return [way for way in found if feasible(way.puzzle, units=units)][:SHOWN]


# -- one kind each -------------------------------------------------------------------------------------------------


def _numbers(conditions: Conditions, rules: Sequence[str], kind: type[Condition]) -> list[int]:
    every = zip(conditions.puzzle.conditions, conditions.said, strict=True)
    return [k for k, (c, s) in enumerate(every) if s.rule in rules and isinstance(c, kind)]


def _holds(conditions: Conditions, units: float) -> WayOut | None:
    """Pins, freezes and decisions that end, account by account."""
    mine = _numbers(conditions, _HOLDS, Bar)
    soft, keys = _lifting(conditions, {k: [str(k)] * conditions.puzzle.agents for k in mine})
    given = _asked(conditions, soft, units)
    if given is None:
        return None
    lifted = [mine[int(n)] for n in sorted(mine.index(int(keys[n])) for n in given.literals)]
    said = [conditions.said[k] for k in lifted]
    word = {"pins": "the pin", "freezes": "the freeze", "decisions": "the decision"}
    parts = [f"lift {word[s.rule]} on {s.text}" for s in said]
    return _way("hold", "; ".join(parts), given, _without(conditions, lifted))


def _cover(conditions: Conditions, units: float) -> WayOut | None:
    """What CSMs cover besides: one permission per CSM and reason ("does not cover Enterprise")."""
    board = conditions.board
    if _large(conditions):
        found = permissions(conditions, units=units)
        if found is None:
            return None
        return WayOut("cover", "; ".join(_permit(board, j, reason) for j, reason in found[0]), found[1], found[2])
    asked: dict[int, list[str]] = {}
    for k in _numbers(conditions, _COVER, Bar):
        bar = conditions.puzzle.conditions[k]
        assert isinstance(bar, Bar)
        rule = conditions.said[k].bar
        asked[k] = [f"{j}|{board.reasons[rule](bar.item, j)}" for j in range(conditions.puzzle.agents)]
    soft, keys = _lifting(conditions, asked)
    given = _asked(conditions, soft, units)
    if given is None:
        return None
    bought = {keys[n] for n in given.literals}
    new = list(conditions.puzzle.conditions)
    for k, names in asked.items():
        bar = new[k]
        assert isinstance(bar, Bar)
        new[k] = Bar(bar.item, bar.barred & ~np.array([name in bought for name in names]))
    said = []
    for key in sorted(bought):
        j, reason = key.split("|", 1)
        said.append(_permit(board, int(j), reason))
    return _way("cover", "; ".join(said), given, replace(conditions.puzzle, conditions=tuple(new)))


def _permit(board: Board, j: int, reason: str) -> str:
    """A permission in words."""
    what = reason.removeprefix("does not cover ")
    return f"let {board.problem.csms[j].name} {'cover ' + what if what != reason else 'have it although: ' + reason}"


def _large(conditions: Conditions) -> bool:
    return conditions.puzzle.items * conditions.puzzle.agents > SMALL_PAIRS


def _pairs(conditions: Conditions, units: float) -> WayOut | None:
    """Never pairs and CSMs who are gone: the last things to give."""
    mine = _numbers(conditions, _PAIRS, Bar)
    soft, keys = _lifting(conditions, {k: [str(k)] * conditions.puzzle.agents for k in mine})
    given = _asked(conditions, soft, units)
    if given is None:
        return None
    lifted = [int(keys[n]) for n in given.literals]
    text = "; ".join(f"let this be otherwise: {conditions.said[k].text}" for k in lifted)
    return _way("never", text, given, _without(conditions, lifted))


def _together(conditions: Conditions, units: float) -> WayOut | None:
    """Families and Pairs rows that are given up."""
    every = zip(conditions.puzzle.conditions, conditions.said, strict=True)
    mine = [k for k, (c, s) in enumerate(every) if s.rule in ("families", "apart") and not isinstance(c, Bar)]
    soft = Soft(whole={k: n for n, k in enumerate(mine)}, prices=[1] * len(mine))
    given = _asked(conditions, soft, units) if mine else None
    if given is None:
        return None
    lifted = [mine[n] for n in given.literals]
    text = "; ".join(f"give up that {conditions.said[k].text}" for k in lifted)
    return _way("together", text, given, _without(conditions, lifted))


def _budget(conditions: Conditions, units: float) -> WayOut | None:
    return _widened(conditions, "budget", ("move_budget",), units)


def _sizes(conditions: Conditions, units: float) -> WayOut | None:
    return _widened(conditions, "book_size", ("book_size",), units)


def _bands(conditions: Conditions, units: float) -> WayOut | None:
    return _widened(conditions, "band", ("balance",), units)


def _hours(conditions: Conditions, units: float) -> WayOut | None:
    """More hours a month, CSM by CSM; where that is more than are short, the rule that keeps hours from being used."""
    way = _widened(conditions, "hours", ("hours",), units)
    if way is None:
        return None
    short = sum(s.short_hours for s in short_sets(conditions.board, ceiling_of(conditions)))
    more = _added(conditions, way)
    if short <= 0 or more < short + 1:
        return way
    for rule, words in _IN_THE_WAY.items():
        freed = _but_for(conditions, rule)
        other = _widened(freed, "hours", ("hours",), units) if freed is not None else None
        if freed is not None and other is not None and _added(freed, other) < more - 1:
            return replace(way, text=f"{way.text}; without {words} {_added(freed, other):,.1f} h would do")
    return way


def _added(conditions: Conditions, way: WayOut) -> float:
    """Hours a month that a way out adds to the limits."""
    pairs = zip(way.puzzle.conditions, conditions.puzzle.conditions, strict=True)
    return (
        sum(_limit_of(new) - _limit_of(old) for new, old in pairs if isinstance(new, Limit) and new is not old) / 3600
    )


def _but_for(conditions: Conditions, rule: str) -> Conditions | None:
    """The conditions without those of one rule; None where it has none."""
    kept = [k for k, said in enumerate(conditions.said) if said.rule != rule]
    if len(kept) == len(conditions.said):
        return None
    puzzle = replace(conditions.puzzle, conditions=tuple(conditions.puzzle.conditions[k] for k in kept))
    return replace(conditions, puzzle=puzzle, said=tuple(conditions.said[k] for k in kept))


def _widened(conditions: Conditions, kind: str, rules: Sequence[str], units: float) -> WayOut | None:
    """The least units outside the limits of some rules."""
    mine = _numbers(conditions, rules, Limit)
    given = _asked(conditions, Soft(widen=dict.fromkeys(mine, 1)), units) if mine else None
    if given is None:
        return None
    new = list(conditions.puzzle.conditions)
    parts = []
    wider = dict(given.widened)
    if kind == "hours":
        # Said to a tenth of an hour, rounded up: what is said is what is solved again.
        wider = {k: ceil(more / 360) * 360 for k, more in wider.items()}
    for k, more in wider.items():
        limit, said = new[k], conditions.said[k]
        assert isinstance(limit, Limit)
        new[k] = replace(limit, high=limit.high + more) if limit.high is not None else _lower(limit, more)
        who = conditions.board.problem.csms[said.csm].name if said.csm is not None else ""
        if kind == "hours":
            parts.append(f"{who} {more / 3600:,.1f} h")
        else:
            was, now = limit.high or limit.low or 0, _limit_of(new[k])
            title = said.rows.title if said.rows is not None else said.rule
            parts.append(f"{title}{' of ' + who if who else ''}: {now:,} instead of {was:,}")
    if kind == "hours":
        total = sum(wider.values()) / 3600
        text = f"{total:,.1f} more hours a month ({', '.join(parts)})"
    else:
        text = f"{'raise' if kind != 'band' else 'widen'} {'; '.join(parts)}"
    return _way(kind, text, given, replace(conditions.puzzle, conditions=tuple(new)))


def _lower(limit: Limit, more: int) -> Limit:
    assert limit.low is not None
    return replace(limit, low=limit.low - more)


def _limit_of(condition: Condition) -> int:
    assert isinstance(condition, Limit)
    return condition.high if condition.high is not None else condition.low or 0


def _out_of_scope(conditions: Conditions, units: float) -> WayOut | None:
    """The fewest accounts to a pool or another team; among those the least ARR."""
    problem = conditions.board.problem
    if _large(conditions):
        found = out_of_scope(conditions, short_sets(conditions.board, ceiling_of(conditions)), units=units)
        if found is None:
            return None
        return WayOut("out", _out_text(conditions, found[0]), found[1], without(conditions.puzzle, found[0]))
    arr = np.minimum(np.rint(problem.arr), 10**9).astype(np.int64)
    given = _asked(conditions, Soft(drop=arr + int(arr.sum()) + 1), units)
    if given is None or not given.dropped or len(given.dropped) == len(problem.accounts):
        return None
    return _way("out", _out_text(conditions, given.dropped), given, without(conditions.puzzle, given.dropped))


def _out_text(conditions: Conditions, items: Sequence[int]) -> str:
    problem = conditions.board.problem
    names = [problem.accounts[i].label for i in items]
    hours = float(problem.hours[list(items)].sum())
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    few = "this account" if len(names) == 1 else f"these {len(names)} accounts"
    return f"move {few} to a pool or another team ({hours:,.1f} h a month): {shown}"


def _hire(conditions: Conditions, units: float) -> WayOut | None:
    """The fewest hires, each with the hours of a full CSM here, free to own whatever is not held."""
    problem = conditions.board.problem
    ceilings = _numbers(conditions, ("hours",), Limit)
    if not ceilings:
        return None
    full = int(np.median([_limit_of(conditions.puzzle.conditions[k]) for k in ceilings]))
    most = max(1, ceil(float(problem.workload.sum()) / max(full, 1)))
    sure = True
    for count in range(1, min(most, 12) + 1):
        puzzle = _with_hires(conditions, count, full)
        answer = feasible(puzzle, units=units)
        if answer:
            people = "one hire" if count == 1 else f"{count} hires"
            return WayOut("hire", f"{people} with {full / 3600:,.0f} h a month", sure, puzzle)
        sure = sure and answer is False
    return None


def _with_hires(conditions: Conditions, count: int, full: int) -> Puzzle:
    """New agents: open to everybody but those held, with a ceiling of their own; budgets count moves to them too."""
    puzzle, m = conditions.puzzle, conditions.puzzle.agents
    workload = conditions.board.problem.workload.astype(np.int64)
    new: list[Condition] = []
    for condition, said in zip(puzzle.conditions, conditions.said, strict=True):
        if isinstance(condition, Bar):
            held = said.rule in _HOLDS
            new.append(Bar(condition.item, np.concatenate([condition.barred, np.full(count, held)])))
        elif isinstance(condition, Limit) and said.rule == "move_budget" and said.csm is None:
            new.append(_counting_hires(condition, m, count))
        else:
            new.append(condition)
    every = np.arange(puzzle.items, dtype=np.int64)
    for a in range(m, m + count):
        new.append(Limit(every, np.full(puzzle.items, a, dtype=np.int64), workload, high=full))
    return Puzzle(puzzle.items, m + count, tuple(new))


def _counting_hires(limit: Limit, m: int, count: int) -> Limit:
    """A budget counts moves to the hires too: what an account counts with another CSM."""
    items, first = np.unique(limit.item, return_index=True)
    agents = np.repeat(np.arange(m, m + count, dtype=np.int64), len(items))
    return replace(
        limit,
        item=np.concatenate([limit.item, np.tile(items, count)]),
        agent=np.concatenate([limit.agent, agents]),
        use=np.concatenate([limit.use, np.tile(limit.use[first], count)]),
    )


def _ceiling(conditions: Conditions, units: float) -> WayOut | None:
    """The lowest whole percent of the hours limits at which a plan is possible."""
    mine = _numbers(conditions, ("hours",), Limit)
    if not mine:
        return None

    def raised(percent: int) -> Puzzle:
        new = list(conditions.puzzle.conditions)
        for k in mine:
            limit = new[k]
            assert isinstance(limit, Limit)
            if limit.high is not None:
                new[k] = replace(limit, high=limit.high * percent // 100)
        return replace(conditions.puzzle, conditions=tuple(new))

    low, high, sure = 100, 400, True
    if not feasible(raised(high), units=units):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        answer = feasible(raised(middle), units=units)
        low, high = (low, middle) if answer else (middle, high)
        sure = sure and answer is not None
    return WayOut("ceiling", f"let books be up to {high - 100} % fuller than the ceiling now", sure, raised(high))


def _everything(conditions: Conditions, units: float) -> WayOut | None:
    """The least of all kinds together, where no kind alone is enough: whole conditions, rules that rank low first."""
    order = [rule for group in conditions.groups() for rule in {conditions.said[k].rule for k in group}]
    number = len(conditions.said)
    prices = [1 + order.index(s.rule) for s in conditions.said]
    limits = [k for k, c in enumerate(conditions.puzzle.conditions) if isinstance(c, Limit)]
    lifts = {
        k: np.where(c.barred, k, -1).astype(np.int64)
        for k, c in enumerate(conditions.puzzle.conditions)
        if isinstance(c, Bar)
    }
    whole = {k: k for k, c in enumerate(conditions.puzzle.conditions) if not isinstance(c, Bar | Limit)}
    scale = 10_000
    soft = Soft(lifts, whole, [p * scale for p in prices], dict.fromkeys(limits, 1))
    given = cheapest(conditions.puzzle, soft, units=units)
    if given is None:
        return None
    lifted = sorted({*given.literals, *given.widened})
    assert all(k < number for k in lifted)
    text = "all of these together: " + "; ".join(f"give up that {conditions.said[k].text}" for k in lifted)
    return WayOut("together", text, given.proved, _without(conditions, lifted))


# -- how ----------------------------------------------------------------------------------------------------------


def _lifting(conditions: Conditions, names: dict[int, list[str]]) -> tuple[Soft, list[str]]:
    """Literals by name: bars (numbers) whose agents carry the same name are bought together, at price 1."""
    keys: dict[str, int] = {}
    lifts = {}
    for k, by_agent in names.items():
        bar = conditions.puzzle.conditions[k]
        assert isinstance(bar, Bar)
        every = [
            keys.setdefault(n, len(keys)) if barred else -1 for n, barred in zip(by_agent, bar.barred, strict=True)
        ]
        lifts[k] = np.array(every, dtype=np.int64)
    return Soft(lifts=lifts, prices=[1] * len(keys)), list(keys)


def _asked(conditions: Conditions, soft: Soft, units: float) -> Given | None:
    if not (soft.prices or soft.widen or soft.drop is not None):
        return None
    return cheapest(conditions.puzzle, soft, units=units)


def _without(conditions: Conditions, lifted: Sequence[int]) -> Puzzle:
    gone = set(lifted)
    return replace(
        conditions.puzzle, conditions=tuple(c for k, c in enumerate(conditions.puzzle.conditions) if k not in gone)
    )


def _way(kind: str, text: str, given: Given, puzzle: Puzzle) -> WayOut:
    return WayOut(kind, text, given.proved, puzzle)
