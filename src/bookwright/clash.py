"""Which wishes cannot all hold: the smallest set of them that clashes with the hard rules, and by how much.

Wishes are accounts fixed to CSMs (review decisions). Looked for in this order: two wishes that meet in one family or
on a `keep apart` row, then a single hard row that a few wishes alone overflow (fewest first), then any set, by
splitting in halves (Junker, QuickXplain, 2004): what is found so cannot lose a member, but a smaller one may exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bookwright.engine import NO_HIGH, NO_LOW, Limits, Model, RowFamily
from bookwright.engine import solve as run_engine
from bookwright.fixing import cut, deciding
from bookwright.problem import SECONDS, Problem
from bookwright.rules import Board, build, set_up
from bookwright.solve import Posted, post

_SECONDS = 2.0
"""Longest search for one set of wishes."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A set of wishes (account ids) that cannot all hold, why, and what is missing where one limit is overflowed.

    `missing` is in `unit` (hours a month, accounts, ARR). `smallest`: no clash has fewer wishes; else no wish can be
    left out of this set, but another set may be smaller.
    """

    account_ids: tuple[str, ...]
    why: str
    missing: float = 0.0
    unit: str = ""
    smallest: bool = True


def smallest_clash(problem: Problem, wanted: Mapping[str, str], *, seconds: float = 20.0) -> Clash | None:
    """The smallest set of wishes (account id -> CSM id) that cannot all hold; None when none is found in time.

    `problem` without the wishes must have a plan; what its model decides already counts among the hard rules.
    """
    board, posted = _posted(problem, wanted)
    known = [c for c in board.contradictions if c.rule == "decisions"]
    if known:
        least = min(known, key=lambda c: len(c.account_ids))
        return Clash(tuple(a for a in least.account_ids if a in wanted) or least.account_ids, least.text)
    place = {a: int(posted.item_of[problem.account_position[a]]) for a in wanted}
    agent = {a: problem.csm_position[c] for a, c in wanted.items()}
    free = _freed(problem, posted, wanted)
    found = _apart(board, problem, wanted)
    if found is None:
        found = _one_row(board, free, {a: (place[a], agent[a]) for a in wanted})
    return found or _split(posted.model, free, place, list(wanted), seconds)


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


def _apart(board: Board, problem: Problem, wanted: Mapping[str, str]) -> Clash | None:
    """Two wishes for one CSM that a keep-apart row speaks against."""
    ids = [a.id for a in problem.accounts]
    for i, k in board.apart:
        if ids[i] in wanted and ids[k] in wanted and wanted[ids[i]] == wanted[ids[k]]:
            names = " and ".join(problem.accounts[x].label for x in (i, k))
            csm = problem.portfolio.csm_name(wanted[ids[i]])
            return Clash((ids[i], ids[k]), f"{names} are to be kept apart, but both were to be with {csm}.")
    return None


def _one_row(board: Board, model: Model, wanted: Mapping[str, tuple[int, int]]) -> Clash | None:
    """The fewest wishes that alone overflow one hard row, whatever everybody else does."""
    best: Clash | None = None
    for family in model.families:
        if family.level is not None:
            continue
        row, use = _counted(model, family)
        for r in np.flatnonzero((np.asarray(family.high) < NO_HIGH) | (np.asarray(family.low) > NO_LOW)).tolist():
            for sign, limit in ((1, int(family.high[r])), (-1, -int(family.low[r]))):
                if not NO_LOW < sign * limit < NO_HIGH:
                    continue
                part = np.where(row == r, sign * use, 0)
                found = _fewest(model, part, limit, wanted)
                if found is not None and (best is None or len(found[0]) < len(best.account_ids)):
                    best = _said(board, family, r, *found)
    return best


def _counted(model: Model, family: RowFamily) -> tuple[np.ndarray, np.ndarray]:
    """(row, use) of every pair of a family; row -1 where a pair does not count."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    agent = np.asarray(model.pair_agent)
    row = np.asarray(family.row_of)[agent if family.by == "agent" else item].astype(np.int64)
    if family.away_only:
        row = np.where(np.asarray(model.home)[item] == agent, -1, row)
    use = np.asarray(family.use, dtype=np.int64)
    return row, use[item] if len(use) == model.items else use


def _fewest(
    model: Model, part: np.ndarray, limit: int, wanted: Mapping[str, tuple[int, int]]
) -> tuple[tuple[str, ...], int] | None:
    """The fewest wishes that lift the least possible load of a row above its limit, and by how much all of them do."""
    start = np.asarray(model.pair_start)
    least = np.minimum.reduceat(part, start[:-1])
    load = int(least.sum())
    extra: dict[int, tuple[int, str]] = {}
    for a, (item, agent) in wanted.items():
        pairs = slice(int(start[item]), int(start[item + 1]))
        pair = pairs.start + int(np.flatnonzero(np.asarray(model.pair_agent)[pairs] == agent)[0])
        more = int(part[pair]) - int(least[item])
        if more > 0:
            extra[item] = (more, a)
    every = load + sum(more for more, _ in extra.values())
    if every <= limit or load > limit:
        return None
    named: list[str] = []
    for more, a in sorted(extra.values(), key=lambda e: (-e[0], e[1])):
        named.append(a)
        load += more
        if load > limit:
            return tuple(named), every - limit
    return None


def _said(board: Board, family: RowFamily, r: int, account_ids: tuple[str, ...], missing: int) -> Clash:
    """A row in words."""
    problem = board.problem
    rows = next((x for x in board.rows if x.name == family.name), None)
    title = rows.title if rows is not None else family.name
    hours = family.name.startswith("hours") or family.name == "utilization"
    amount, unit = (missing / SECONDS, "hours a month") if hours else (float(missing), "in whole units")
    if rows is not None and rows.rule in ("move_budget", "book_size"):
        unit = "ARR" if "arr" in family.name else "accounts"
    where = ""
    if len(family.low) > 1 and rows is not None:
        positions = np.asarray(rows.row_of) if rows.by == "csm" else None
        csm = None if positions is None else next(iter(np.flatnonzero(positions == r).tolist()), None)
        where = "" if csm is None else f" of {problem.csms[csm].name}"
    text = f"{title}{where}: these decisions together go {amount:,.1f} {unit} beyond the limit."
    return Clash(account_ids, text, amount, unit)


def _split(model: Model, free: Model, place: Mapping[str, int], names: list[str], seconds: float) -> Clash | None:
    """A set that clashes and cannot lose a member, by QuickXplain; None when the wishes are not proved to clash."""
    agent = {a: int(model.pair_agent[model.pair_start[place[a]]]) for a in names}
    spent = 0.0

    def clashes(some: Sequence[str]) -> bool:
        nonlocal spent
        if spent > seconds:
            return False
        answer = run_engine(cut(free, {place[a]: agent[a] for a in some}), None, Limits(seconds=_SECONDS))
        spent += answer.seconds
        return answer.impossible

    def explain(base: list[str], rest: list[str], fresh: bool) -> list[str]:
        if fresh and clashes(base):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        right = explain(base + rest[:half], rest[half:], True)
        left = explain(base + right, rest[:half], bool(right))
        return left + right

    if not names or not clashes(names) or clashes([]):
        return None
    found = explain([], names, False)
    one = "this decision" if len(found) == 1 else f"these {len(found)} decisions"
    return Clash(tuple(found), f"No plan that keeps the hard rules keeps {one} as well.", smallest=len(found) == 1)
