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
from bookwright.rules.evenness import Evenness
from bookwright.rules.families import Families
from bookwright.rules.freezes import Freezes
from bookwright.rules.hours import Hours
from bookwright.rules.matches import Match
from bookwright.rules.move_budget import MoveBudget
from bookwright.rules.move_price import MovePrice
from bookwright.rules.ownership import Ownership
from bookwright.rules.pins import Pins
from bookwright.rules.rule import Rule
from bookwright.rules.segments import Segments

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
    "move_price": MovePrice,
    "evenness": Evenness,
}
"""Table name in a planning model -> rule. First those that never give way, then those that may, last to first."""

ALWAYS = ("ownership", "pins")
"""Rules that are on without being named: every account has one owner, and a pin is the user's own word."""


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
        tables: Any = model.rules.get(name, {})
        for table in tables if isinstance(tables, Sequence) and not isinstance(tables, str) else [tables]:
            try:
                settings = kind.schema.model_validate(table)
            except ValidationError as error:
                text = explain_validation(error, kind.schema, f"planning model {model.name}", f"rules.{name}")
                raise InputError(text) from error
            if settings.mode != "off":
                found.append(kind(settings))
    priorities = {rule.priority for rule in found if rule.priority}
    unknown = [p.name for p in model.priorities if p.name not in priorities | {"hours", "balance", "moves", "evenness"}]
    if unknown:
        raise InputError(
            f'planning model {model.name}: priority "{unknown[0]}" is not served by any rule. Maybe "balance".'
        )
    return tuple(found)


def set_up(problem: Problem, rules: Sequence[Rule]) -> Board:
    """Let every rule bar and hold, settle precedence, then let every rule post its rows and costs."""
    board = Board(problem)
    for rule in rules:
        rule.bar(board)
    board.settle()
    for rule in rules:
        rule.post(board)
    return board
