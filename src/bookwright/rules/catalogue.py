"""The catalogue: every rule once, in order; where hard rules cannot all hold, the later ones give way first."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bookwright.findings import InputError
from bookwright.planning_model import PlanningModel, explain_validation
from bookwright.problem import Problem
from bookwright.rules.apart import Apart
from bookwright.rules.balance import Balance
from bookwright.rules.board import Board
from bookwright.rules.book_size import BookSize
from bookwright.rules.coverage import CoverageKind
from bookwright.rules.decisions import Decisions
from bookwright.rules.evenness import Evenness
from bookwright.rules.families import Families
from bookwright.rules.freezes import Freezes
from bookwright.rules.hours import Hours
from bookwright.rules.last_round import LastRound
from bookwright.rules.matches import Match
from bookwright.rules.months import Months
from bookwright.rules.move_budget import MoveBudget
from bookwright.rules.move_price import MovePrice
from bookwright.rules.ownership import Ownership
from bookwright.rules.pins import Pins
from bookwright.rules.prefers import Prefers
from bookwright.rules.ramp import Ramp
from bookwright.rules.rule import Rule
from bookwright.rules.segments import Segments
from bookwright.rules.successor import Successor
from bookwright.rules.towards import Towards

CATALOGUE: Mapping[str, type[Rule]] = {
    "ownership": Ownership,
    "segments": Segments,
    "coverage": CoverageKind,
    "matches": Match,
    "pins": Pins,
    "freezes": Freezes,
    "families": Families,
    "apart": Apart,
    "move_budget": MoveBudget,
    "book_size": BookSize,
    "hours": Hours,
    "balance": Balance,
    "months": Months,
    "ramp": Ramp,
    "move_price": MovePrice,
    "prefers": Prefers,
    "successor": Successor,
    "evenness": Evenness,
    "last_round": LastRound,
    "decisions": Decisions,
    "towards": Towards,
}
"""Table name in a planning model -> rule. First those that never give way, then those that may, last to first."""

ALWAYS = ("ownership", "pins", "families", "apart", "prefers")
"""Rules that are on without being named: every account has one owner, and what pins and the Pairs sheet ask is the
user's own word. Parent IDs count only where a planning model names families."""

_SERVED = {"ramp", "hours", "balance", "changes", "moves", "evenness"}
_MANY = ("matches", "balance")
_UNNAMED: Mapping[str, Mapping[str, str]] = {"families": {"how": "off"}}


def build(model: PlanningModel) -> tuple[Rule, ...]:
    """The rules that a planning model turns on, in the order of the catalogue, their settings validated.

    A table that is absent is off; `[[rules.x]]` makes several rules of a kind. Raises `InputError` naming the unknown
    table or key with the nearest known one.
    """
    unknown = [name for name in model.rules if name not in CATALOGUE]
    if unknown:
        near = difflib.get_close_matches(unknown[0], CATALOGUE, n=1)
        hint = f' Maybe "{near[0]}".' if near else f" Known: {', '.join(CATALOGUE)}."
        raise InputError(f'planning model {model.name}: there is no rule "{unknown[0]}".{hint}')
    found: list[Rule] = []
    for name, kind in CATALOGUE.items():
        if name not in model.rules and name not in ALWAYS:
            continue
        tables: Any = model.rules.get(name, _UNNAMED.get(name, {}))
        several = isinstance(tables, Sequence) and not isinstance(tables, str)
        if several and name not in _MANY:
            raise InputError(f"planning model {model.name}: rules.{name} is one table. Maybe [rules.{name}].")
        for table in tables if several else [tables]:
            try:
                settings = kind.schema.model_validate(table)
            except ValidationError as error:
                text = explain_validation(error, kind.schema, f"planning model {model.name}", f"rules.{name}")
                raise InputError(text) from error
            if settings.mode not in kind.modes:
                known = ", ".join(kind.modes)
                text = f'planning model {model.name}: rules.{name}.mode = "{settings.mode}" has no meaning here.'
                raise InputError(f"{text} Maybe one of {known}.")
            if settings.mode != "off":
                found.append(kind(settings))
    _no_doubles(model, found)
    return tuple(found)


def _no_doubles(model: PlanningModel, rules: Sequence[Rule]) -> None:
    """Refuse two tables for one rule, two priorities of one name, and priorities that no rule serves."""
    ids = [rule.id for rule in rules]
    double = next((i for i in ids if ids.count(i) > 1), None)
    if double:
        raise InputError(f"planning model {model.name}: two tables make the rule {double}. Maybe delete one of them.")
    names = [p.name for p in model.priorities]
    double = next((n for n in names if names.count(n) > 1), None)
    if double:
        raise InputError(f'planning model {model.name}: priority "{double}" stands there twice. Maybe delete one.')
    unknown = [n for n in names if n not in _SERVED]
    if unknown:
        near = difflib.get_close_matches(unknown[0], _SERVED, n=1)
        hint = f'Maybe "{near[0]}".' if near else f"Known: {', '.join(sorted(_SERVED))}."
        raise InputError(f'planning model {model.name}: priority "{unknown[0]}" is not served by any rule. {hint}')


def set_up(problem: Problem, rules: Sequence[Rule]) -> Board:
    """Let every rule bar and hold, settle precedence, then let every rule post its rows and costs."""
    board = Board(problem)
    for rule in rules:
        rule.bar(board)
    board.settle()
    for rule in rules:
        board.posting = rule.id
        rule.post(board)
    listed = {p.name for p in problem.model.priorities}
    for name in dict.fromkeys(rule.priority for rule in rules if rule.priority not in ("", *listed)):
        idle = [r.title for r in rules if r.priority == name and r.id not in ALWAYS]
        if idle:
            text = f'{", ".join(idle)}: counted, but not minimised, as the planning model has no priority "{name}".'
            board.notes.append(("no_such_priority", text, ()))
    return board
