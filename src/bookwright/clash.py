"""Which wishes cannot all hold: the smallest set of them that clashes with the hard rules, and by how much.

Wishes are accounts fixed to CSMs (review decisions); every hard rule stands behind them. The set is found by the
deletion filter that diagnoses use (`engine.clash.minimal`), or is what alone overflows one hard row, fewest first.
Then a smaller one is looked for until there is proved to be none: the smallest set that meets whatever has to be
given up in every plan tried so far either holds, which gives one more such plan, or is the smallest clash (Reiter's
hitting sets, 1987; so Ignatiev et al., CP 2015).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import NO_HIGH, NO_LOW, Level, Limits, Model, RowFamily
from bookwright.engine import solve as run_engine
from bookwright.engine.clash import minimal, smallest_hitting
from bookwright.engine.evaluate import loads, outside
from bookwright.fixing import cut, deciding
from bookwright.problem import SECONDS, Problem
from bookwright.rules import Board, build, set_up
from bookwright.solve import Posted, post

_EFFORT = 100
"""Deterministic units of one question: what a plan needs that keeps the hard rules and some wishes."""
_QUESTIONS = {12_000: 300, 10**9: 40}
"""At most so many questions, by pairs of the model: larger teams wait longer for each."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A set of wishes (account ids) that cannot all hold, why, and what is missing where one limit is overflowed.

    `missing` is in `unit` (hours a month, accounts, ARR): what limits of one kind would have to give for every wish
    to hold. `smallest`: no clash has fewer wishes; else no wish can be left out of this set, but another set may be
    smaller.
    """

    account_ids: tuple[str, ...]
    why: str
    missing: float = 0.0
    unit: str = ""
    smallest: bool = True


def smallest_clash(problem: Problem, wanted: Mapping[str, str]) -> Clash | None:
    """The smallest set of wishes (account id -> CSM id) that cannot all hold; None when they can, or none is proved.

    `problem` without the wishes must have a plan; what its model decides already counts among the hard rules.
    """
    board, posted = _posted(problem, wanted)
    known = [c for c in board.contradictions if c.rule == "decisions"]
    if known:
        least = min(known, key=lambda c: len(c.account_ids))
        return Clash(tuple(a for a in least.account_ids if a in wanted) or least.account_ids, least.text)
    names = sorted(wanted)
    place = {a: (int(posted.item_of[problem.account_position[a]]), problem.csm_position[wanted[a]]) for a in names}
    free = _freed(problem, posted, wanted)
    asked = _Asked(free, [place[a] for a in names])
    every = range(len(names))
    if asked.holds(every) is not False or asked.holds(()) is not True:
        return None
    row = _one_row(free, asked.wishes)
    found = sorted(row) if row else minimal(asked.holds, every)
    if asked.holds(found) is not False:
        found = list(every)
    found, smallest = _smaller(asked, found)
    ids = tuple(names[k] for k in found)
    return _said(board, free, asked, found, ids, wanted, smallest)


def _posted(problem: Problem, wanted: Mapping[str, str]) -> tuple[Board, Posted]:
    """The board and the model with all wishes in it."""
    board = set_up(problem, build(deciding(problem.model, wanted)))
    return board, post(board, problem.model.priorities)


def _freed(problem: Problem, posted: Posted, wanted: Mapping[str, str]) -> Model:
    """The model without the wishes, in which each wished pair is there too, be it barred."""
    board = set_up(problem, build(problem.model))
    for a, c in wanted.items():
        i, j = problem.account_position[a], problem.csm_position[c]
        members = next((group for _, group in board.groups if i in group), (i,))
        board.bars[list(members), j] = 0
    board._allowed = board._classes = None
    free = post(board, problem.model.priorities)
    if not np.array_equal(free.item_of, posted.item_of):
        raise AssertionError("wishes changed who goes together")
    return replace(free.model, levels=(), families=tuple(f for f in free.model.families if f.level is None))


class _Asked:
    """Questions about wishes, each asked once and counted: can some hold, and which others can hold beside them.

    `wishes` are (item, agent). `given_up` collects, of every plan found, the wishes that it does not have.
    """

    def __init__(self, free: Model, wishes: Sequence[tuple[int, int]]) -> None:
        self.free, self.wishes = free, list(wishes)
        self.left = next(count for pairs, count in sorted(_QUESTIONS.items()) if free.pairs <= pairs)
        self.given_up: list[frozenset[int]] = []
        self._clashing: list[frozenset[int]] = []
        item = np.repeat(np.arange(free.items), np.diff(free.pair_start))
        cost = np.zeros(free.pairs, dtype=np.int64)
        for i, agent in self.wishes:
            cost += (item == i) & (np.asarray(free.pair_agent) != agent)
        # As many of the other wishes as can be: fewer questions until the smallest clash is known.
        self.generous = replace(free, levels=(Level("given up", cost=cost),))

    def holds(self, kept: Iterable[int]) -> bool | None:
        """Whether some wishes can all hold; None where the questions or their effort did not suffice."""
        asked = frozenset(kept)
        if any(asked.isdisjoint(lost) for lost in self.given_up):
            return True
        if any(clash <= asked for clash in self._clashing):
            return False
        if self.left <= 0:
            return None
        self.left -= 1
        model = cut(self.generous, {self.wishes[k][0]: self.wishes[k][1] for k in asked})
        answer = run_engine(model, None, Limits(seconds=None, effort=_EFFORT))
        if answer.hard_breach == 0:
            lost = (k for k, (item, agent) in enumerate(self.wishes) if int(answer.agent_of[item]) != agent)
            self.given_up.append(frozenset(lost))
            return True
        if answer.impossible:
            self._clashing.append(asked)
            return False
        return None


def _smaller(asked: _Asked, found: list[int]) -> tuple[list[int], bool]:
    """The smallest clash, not larger than `found`, and whether it is proved to be the smallest."""
    while True:
        # Every clash has a member among what each plan gave up: the fewest wishes that do are a bound.
        least = smallest_hitting(asked.given_up)
        if least is None or len(least) >= len(found):
            return found, least is not None
        answer = asked.holds(least)
        if answer is None:
            return found, False
        if answer is False:
            return sorted(least), True


def _one_row(model: Model, wishes: Sequence[tuple[int, int]]) -> list[int]:
    """The fewest wishes that alone overflow one hard row, whatever everybody else does; none when no row is."""
    best: list[int] = []
    for family in model.families:
        row, use = _counted(model, family)
        for r in np.flatnonzero((np.asarray(family.high) < NO_HIGH) | (np.asarray(family.low) > NO_LOW)).tolist():
            for sign, limit in ((1, int(family.high[r])), (-1, -int(family.low[r]))):
                if not NO_LOW < sign * limit < NO_HIGH:
                    continue
                found = _fewest(model, np.where(row == r, sign * use, 0), limit, wishes)
                if found and (not best or len(found) < len(best)):
                    best = found
    return best


def _counted(model: Model, family: RowFamily) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(row, use) of every pair of a family; row -1 where a pair does not count."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    agent = np.asarray(model.pair_agent)
    row = np.asarray(family.row_of)[agent if family.by == "agent" else item].astype(np.int64)
    if family.away_only:
        row = np.where(np.asarray(model.home)[item] == agent, -1, row)
    use = np.asarray(family.use, dtype=np.int64)
    return row, use if len(use) == model.pairs and len(use) != model.items else use[item]


def _fewest(model: Model, part: NDArray[np.int64], limit: int, wishes: Sequence[tuple[int, int]]) -> list[int]:
    """The fewest wishes that lift the least possible load of a row above its limit; none when all of them do not."""
    start = np.asarray(model.pair_start)
    least = np.minimum.reduceat(part, start[:-1])
    load = int(least.sum())
    extra: dict[int, tuple[int, int]] = {}
    for k, (item, agent) in enumerate(wishes):
        pairs = slice(int(start[item]), int(start[item + 1]))
        pair = pairs.start + int(np.flatnonzero(np.asarray(model.pair_agent)[pairs] == agent)[0])
        more = int(part[pair]) - int(least[item])
        if more > 0:
            extra[item] = (more, k)
    if load > limit or load + sum(more for more, _ in extra.values()) <= limit:
        return []
    named: list[int] = []
    for more, k in sorted(extra.values(), key=lambda e: (-e[0], e[1])):
        named.append(k)
        load += more
        if load > limit:
            break
    return named


def _said(
    board: Board,
    free: Model,
    asked: _Asked,
    found: Sequence[int],
    ids: tuple[str, ...],
    wanted: Mapping[str, str],
    smallest: bool,
) -> Clash:
    """A clash in words, with what is missing where limits of one kind stand in its way."""
    problem = board.problem
    position = problem.account_position
    for i, k in board.apart:
        pair = {problem.accounts[i].id, problem.accounts[k].id}
        if pair == set(ids) and len({wanted[a] for a in pair}) == 1:
            names = " and ".join(problem.accounts[x].label for x in (i, k))
            csm = problem.csms[problem.csm_position[wanted[ids[0]]]].name
            return Clash(ids, f"{names} are to be kept apart, but both were to be with {csm}.", smallest=smallest)
    assert all(a in position for a in ids)
    # What all of them lack is what people must find; where other limits are short too, what this set alone lacks.
    for some, who in ((range(len(asked.wishes)), "all decisions together"), (found, "these decisions")):
        for family in sorted(free.families, key=lambda f: not _is_hours(f)):
            short = _missing(board, free, family, {asked.wishes[k][0]: asked.wishes[k][1] for k in some})
            if short is not None:
                amount, unit, title, where = short
                text = f"{title}: {who} go {amount:,.1f} {unit} beyond the limit{where}."
                return Clash(ids, text, amount, unit, smallest)
    one = "this decision" if len(ids) == 1 else f"these {len(ids)} decisions"
    return Clash(ids, f"No plan that keeps the hard rules keeps {one} as well.", smallest=smallest)


def _missing(
    board: Board, free: Model, family: RowFamily, held: Mapping[int, int]
) -> tuple[float, str, str, str] | None:
    """How far one family of limits must give for some wishes to hold, everything else hard; None if that is no help.

    Amount, unit, the limit's title, and whose limits they are.
    """
    price = np.ones(family.rows, dtype=np.int64)
    given = replace(family, level=0, price=price, knee=None)
    others = tuple(given if f is family else f for f in free.families)
    model = cut(replace(free, families=others, levels=(Level("missing"),)), held)
    answer = run_engine(model, None, Limits(seconds=None, effort=_EFFORT))
    if answer.hard_breach > 0 or answer.levels[0].value <= 0:
        return None
    rows = next((x for x in board.rows if x.name == family.name), None)
    out = outside(given, loads(model, answer.agent_of)[free.families.index(family)])
    where = ""
    if rows is not None and rows.by == "csm" and family.rows > 1:
        row_of = np.asarray(rows.row_of)
        over = [board.problem.csms[int(j)].name for j in range(len(row_of)) if row_of[j] >= 0 and out[row_of[j]] > 0]
        where = f" ({', '.join(over[:3])}{f' and {len(over) - 3} more' if len(over) > 3 else ''})"
    title, missing = (rows.title if rows is not None else family.name), answer.levels[0].value
    if _is_hours(family):
        return missing / SECONDS, "hours a month", title, where
    counted = rows is not None and rows.rule in ("move_budget", "book_size")
    unit = ("ARR" if "arr" in family.name else "accounts") if counted else "whole units"
    return float(missing), unit, title, where


def _is_hours(family: RowFamily) -> bool:
    return family.name.startswith("hours") or family.name == "utilization"
