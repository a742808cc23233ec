"""Why no plan keeps every hard rule, in the words of the first screen: contradictions, clash, breaches, ways out."""

from __future__ import annotations

from bookwright.diagnose.clash import clash_of, sentences_of
from bookwright.diagnose.conditions import conditions_of
from bookwright.diagnose.ways_out import SMALL_PAIRS, ways_out
from bookwright.result import Result
from bookwright.rules.board import Board

MOST_PAIRS = 12_000
"""Up to so many pairs (accounts x CSMs) ways out are looked for, and the clash up to `SMALL_PAIRS`; above, arithmetic
alone: a clash of hundreds of rows would tell nobody more than the hours that are short and where."""


def sentences(board: Board, result: Result) -> tuple[str, ...]:
    """Why no plan keeps every hard rule: contradictions, breaches, what is short, what clashes, the ways out."""
    found = [c.text for c in board.contradictions]
    found += [f.message for f in result.findings if f.code == "nobody_may_own"]
    if result.status.value == "NO_PLAN_FOUND":
        found.append("Not proved impossible: the time ended first. Maybe allow more time (--time-limit).")
    for b in result.breaches:
        if b.hard and b.what not in found:
            found.append(b.what)
    found += [f.message for f in result.findings if f.code == "hours_short"]
    ways: list[str] = []
    if result.status.value == "IMPOSSIBLE" and board.bars.size <= MOST_PAIRS:
        clash, ways = _clash(board)
        found += clash
    return tuple(dict.fromkeys([*found, *ways]))


def _clash(board: Board) -> tuple[list[str], list[str]]:
    """The clash, and the ways out with a head line each; nothing where it is not impossible after all."""
    conditions = conditions_of(board)
    small = board.bars.size <= SMALL_PAIRS
    clash = clash_of(conditions, units=1.0, calls=600) if small else None
    if small and clash is None:
        return [], []
    # Larger teams get shorter searches: the plan is there already, people wait for the reasons only.
    found = ways_out(conditions, units=4.0 if small else 2.0)
    ways = [f"Way out: {way.text}{'' if way.proved else ' (not proved the least)'}." for way in found]
    head = ["Any one of these would do, each was solved again:"] if len(ways) > 1 else []
    return sentences_of(clash) if clash is not None else [], [*head, *ways]
