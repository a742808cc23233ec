"""Ways out of a shortage of hours in larger teams: found by transport arithmetic, then solved with whole accounts.

The transport problem (accounts in pieces) is a necessary condition that costs milliseconds, so every single permission
can be tried; what passes is solved with whole accounts before it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bookwright.diagnose.conditions import Conditions
from bookwright.diagnose.transport import Short, short_sets
from bookwright.engine.clash import Apart, Bar, Puzzle, feasible
from bookwright.rules.board import Board
from bookwright.rules.targets import classify

Key = tuple[int, str, str]
"""A permission: CSM, the board's rule, the reason it lifts."""
MOST_OUT = 40
BEST = 20
"""So many permissions that help most alone are tried in pairs."""


def out_of_scope(conditions: Conditions, short: Sequence[Short], *, units: float) -> tuple[list[int], bool] | None:
    """Few accounts (positions) to another team; and whether fewer are proved not enough.

    One after the other, each time the account that relieves the shortage most, the largest of each class being tried.
    """
    board, share = conditions.board, ceiling_of(conditions)
    hours = board.problem.hours
    missing = sum(s.short_hours for s in short)
    largest = np.sort(np.concatenate([hours[s.accounts] for s in short]))[::-1] if short else np.zeros(0)
    least = int(np.searchsorted(np.cumsum(largest), missing - 0.05)) + 1
    chosen: list[int] = []
    left = list(short)
    while left and len(chosen) < MOST_OUT:
        tries = [i for i in _largest_of_classes(board, left) if i not in chosen][:BEST]
        best = min(tries, key=lambda i: (_missing(board, [*chosen, i], share), -float(hours[i])))
        chosen.append(best)
        left = short_sets(_lighter(board, chosen), share)
    if left or not chosen:
        return None
    rest = sorted((i for s in short for i in s.accounts.tolist() if i not in chosen), key=lambda i: -float(hours[i]))
    for more in range(4):
        tried = chosen + rest[:more]
        if feasible(without(conditions.puzzle, tried), units=units):
            return tried, len(tried) == least
    return None


def _largest_of_classes(board: Board, short: Sequence[Short]) -> list[int]:
    """For each class in the short sets its accounts, largest first, the classes taking turns."""
    hours, of = board.problem.hours, board.classes.of
    ranked: list[tuple[int, float, int]] = []
    for part in short:
        for k in np.unique(of[part.accounts]).tolist():
            mine = part.accounts[of[part.accounts] == k]
            order = mine[np.argsort(-hours[mine], kind="stable")][:3]
            ranked += [(turn, -float(hours[i]), i) for turn, i in enumerate(order.tolist())]
    return [i for _, _, i in sorted(ranked)]


def _missing(board: Board, gone: Sequence[int], share: float) -> float:
    return sum(s.short_hours for s in short_sets(_lighter(board, gone), share))


def permissions(conditions: Conditions, *, units: float) -> tuple[list[tuple[int, str]], bool, Puzzle] | None:
    """The fewest (CSM, reason) to lift so that hours fit; whether fewer cannot do, proved; and the puzzle solved."""
    board, share = conditions.board, ceiling_of(conditions)
    opened: dict[Key, list[tuple[int, int]]] = {}
    for k, (bar, said) in enumerate(zip(conditions.puzzle.conditions, conditions.said, strict=True)):
        if isinstance(bar, Bar) and said.rule in ("segments", "coverage", "matches"):
            for j in np.flatnonzero(bar.barred).tolist():
                opened.setdefault((j, said.bar, board.reasons[said.bar](bar.item, j)), []).append((k, bar.item))
    left = {key: sum(s.short_hours for s in _with(board, share, [key], opened)) for key in opened}
    ranked = sorted(left, key=lambda key: (left[key], key))
    tries: list[tuple[Key, ...]] = [(key,) for key in ranked if left[key] <= 0.05]
    if not tries:
        # No single one passes the necessary condition, so two would be the fewest.
        tries = [pair for pair in combinations(ranked[:BEST], 2) if not _with(board, share, list(pair), opened)]
    for keys in tries[:10]:
        puzzle = _lifted(conditions.puzzle, {(k, key[0]) for key in keys for k, _ in opened[key]})
        if feasible(puzzle, units=units):
            return [(j, reason) for j, _, reason in keys], True, puzzle
    return None


def ceiling_of(conditions: Conditions) -> float:
    """The hours ceiling as a share of each CSM's hours; 1 where the rule names none."""
    table = conditions.board.problem.model.rules.get("hours", {})
    return float(table.get("ceiling_percent") or 100.0) / 100


def without(puzzle: Puzzle, items: Sequence[int]) -> Puzzle:
    """The puzzle with some items at an agent of their own that nothing counts."""
    gone = set(items)
    new = [Bar(c.item, np.append(c.barred, c.item not in gone)) if isinstance(c, Bar) else c for c in puzzle.conditions]
    away = np.zeros(puzzle.agents + 1, dtype=np.bool_)
    away[-1] = True
    new += [Bar(i, ~away if i in gone else away) for i in range(puzzle.items)]
    kept = [c for c in new if not (isinstance(c, Apart) and {c.one, c.other} <= gone)]
    return Puzzle(puzzle.items, puzzle.agents + 1, tuple(kept))


def _lifted(puzzle: Puzzle, pairs: set[tuple[int, int]]) -> Puzzle:
    """The puzzle with (number of a bar, agent) taken off."""
    new = list(puzzle.conditions)
    for k, j in pairs:
        bar = new[k]
        assert isinstance(bar, Bar)
        barred = bar.barred.copy()
        barred[j] = False
        new[k] = Bar(bar.item, barred)
    return replace(puzzle, conditions=tuple(new))


def _with(board: Board, share: float, keys: list[Key], opened: dict[Key, list[tuple[int, int]]]) -> list[Short]:
    """What is short once some CSMs may own more; where another rule bars a pair too, nothing opens."""
    allowed = board.allowed.copy()
    for key in keys:
        j, rule, _ = key
        items = [i for _, i in opened[key]]
        allowed[items, j] |= (board.bars[items, j] & ~np.uint32(1 << board.bits[rule])) == 0
    return short_sets(_Relaxed(board, allowed), share)  # type: ignore[arg-type]


class _Relaxed:
    """As much of a board as the transport problem looks at."""

    def __init__(self, board: Board, allowed: NDArray[np.bool_]) -> None:
        self.problem, self.classes = board.problem, classify(allowed)


def _lighter(board: Board, gone: Sequence[int]) -> Board:
    """The board with some accounts at nobody."""
    allowed = board.allowed.copy()
    allowed[list(gone)] = False
    return _Relaxed(board, allowed)  # type: ignore[return-value]
