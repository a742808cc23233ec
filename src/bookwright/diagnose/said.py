"""Why no plan keeps every hard rule, in the words of the first screen: contradictions, clash, breaches, ways out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bookwright.diagnose.clash import clash_of, sentences_of, title_of
from bookwright.diagnose.conditions import conditions_of
from bookwright.diagnose.rules_that_clash import RulesClash, rules_that_clash
from bookwright.diagnose.ways_out import SMALL_PAIRS, ways_out
from bookwright.result import Breach, Result
from bookwright.rules.board import Board

MOST_PAIRS = 12_000
"""Up to so many pairs (accounts x CSMs) ways out are looked for, and the clash up to `SMALL_PAIRS`; above, arithmetic
alone: a clash of hundreds of rows would tell nobody more than the hours that are short and where."""

_TOLD = 3
"""Up to so many breaches of one rule are told one by one."""


def sentences(board: Board, result: Result) -> tuple[str, ...]:
    """Why no plan keeps every hard rule: contradictions, breaches, what is short, what clashes, the ways out."""
    found = [c.text for c in board.contradictions]
    found += [f.message for f in result.findings if f.code == "nobody_may_own"]
    if result.status.value == "NO_PLAN_FOUND":
        found.append("Not proved impossible: the time ended first. Maybe allow more time (--time-limit).")
    short = [f.message for f in result.findings if f.code == "hours_short"]
    if short and board.problem.hours.sum() <= board.problem.capacity_hours.sum():
        need, have = board.problem.hours.sum(), board.problem.capacity_hours.sum()
        found.append(
            f"Hours fit in total ({need:,.0f} h of work, {have:,.0f} h of people), but not where they are needed:"
        )
    found += short + [f.message for f in result.findings if f.code == "hours_short_month"]
    ways: list[str] = []
    if result.status.value == "IMPOSSIBLE" and board.bars.size <= MOST_PAIRS:
        clash, ways = _clash(board)
        found += clash
    return tuple(dict.fromkeys([*found, *ways, *_nearest(result, found)]))


def _nearest(result: Result, said: Sequence[str]) -> list[str]:
    """What the nearest plan breaks; many breaches of one rule are counted, the worst of them told."""
    by_rule: dict[str, list[Breach]] = defaultdict(list)
    for breach in result.breaches:
        if breach.hard and breach.what not in said:
            by_rule[breach.title].append(breach)
    found = []
    for title, breaches in by_rule.items():
        worst = max(breaches, key=lambda b: b.amount)
        if len(breaches) <= _TOLD:
            found += [f"The nearest plan breaks: {b.what}" for b in breaches]
        else:
            total = f", {sum(b.amount for b in breaches):,.1f} h in all" if worst.unit == "hours" else ""
            found.append(f"The nearest plan breaks {title} {len(breaches)} times{total}; most of all: {worst.what}")
    return found


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
    if clash is not None:
        return sentences_of(clash), [*head, *ways]
    rules = rules_that_clash(conditions)
    return [_rules_sentence(rules)] if rules is not None and len(rules.rules) > 1 else [], [*head, *ways]


def _rules_sentence(clash: RulesClash) -> str:
    names = ", ".join(title_of(rule) for rule in clash.rules)
    proof = "without any one of them the rest can" if clash.proved else "not proved that all of them are needed"
    return f"These rules cannot all hold together ({proof}): {names}."
