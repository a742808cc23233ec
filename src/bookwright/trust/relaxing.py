"""Every rule of a planning model a little looser: one setting a little wider, or the rule set aside where it has none.

What is looser is the rule alone. Bands and targets stay as they are, even where a rule decides who may own what: a
price compares plans by one yardstick.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bookwright.planning_model import PlanningModel
from bookwright.problem import Problem
from bookwright.rules import Board, Rule, build, set_up
from bookwright.rules.balance import Balance
from bookwright.rules.book_size import BookSize
from bookwright.rules.freezes import Freezes
from bookwright.rules.hours import Hours
from bookwright.rules.months import Months
from bookwright.rules.move_budget import MoveBudget

DAYS, POINTS, PERCENT, HOURS_PERCENT, CEILING, PEAK = 15, 2.0, 2.0, 2.0, 5.0, 10.0
"""How much is a little."""

PRICED = ("hours", "balance", "changes", "moves")
"""The priorities whose gains are priced."""

_WINDOWS = {
    "days_before_renewal": "freeze {new} days before a renewal instead of {old}",
    "days_after_renewal": "freeze {new} days after a renewal instead of {old}",
    "days_after_csm_change": "freeze {new} days after a change of CSM instead of {old}",
    "onboarding_days": "freeze {new} days of onboarding instead of {old}",
}
_BUDGETS: tuple[tuple[str, float, str], ...] = (
    ("accounts_percent", PERCENT, "let {new:g} % of the accounts move by choice instead of {old:g} %"),
    ("arr_percent", PERCENT, "let {new:g} % of the ARR move by choice instead of {old:g} %"),
    ("in_at_least", 1, "let each CSM receive {new:g} accounts at least instead of {old:g}"),
    ("in_percent_of_book", 5.0, "let a CSM receive {new:g} % of the book instead of {old:g} %"),
)
_YARDSTICKS = (Balance, Months)


@dataclass(frozen=True, eq=False)
class Relaxation:
    """One thing a little looser: the rule's id and title, what would be looser in words, and the board with it.

    `times_give`: priority -> how many times what it gives to later ones now.
    """

    rule: str
    title: str
    text: str
    board: Board
    times_give: Mapping[str, float] = field(default_factory=dict)


def relaxations(board: Board) -> Iterator[Relaxation]:
    """Every rule of the planning model a little looser, in the order of the ledger, then what priorities give.

    Rules that say nothing here are left out.
    """
    for rule in build(board.problem.model):
        for text, looser in _of(rule, board):
            yield Relaxation(rule.id, rule.title, text, looser)
    levels = board.problem.model.priorities
    for k, priority in enumerate(levels):
        # What the last priority gains by it is seldom asked for.
        if priority.give > 0 and any(later.name in PRICED for later in levels[k + 1 :]):
            text = f"let {priority.name} give up {200 * priority.give:g} % to later priorities instead of "
            text += f"{100 * priority.give:g} %"
            yield Relaxation(
                f"priority_{priority.name}", f"Priority {priority.name}", text, board, {priority.name: 2.0}
            )


def _of(rule: Rule, board: Board) -> Iterator[tuple[str, Board]]:
    model = board.problem.model
    if isinstance(rule, Freezes):
        for key, words in _WINDOWS.items():
            old = int(getattr(rule.settings, key))
            new = max(0, old - DAYS)
            if old and not rule.everyone(board.problem):
                yield words.format(old=old, new=new), _looser(board, _with(model, "freezes", key, new), rule)
    elif isinstance(rule, MoveBudget):
        for key, more, words in _BUDGETS:
            was = getattr(rule.settings, key)
            if was is not None:
                yield (
                    words.format(old=was, new=was + more),
                    _looser(board, _with(model, "move_budget", key, was + more), rule),
                )
    elif isinstance(rule, BookSize):
        limit = rule.settings.max_accounts
        if limit is not None:
            text = f"let a book have {limit + 1} accounts instead of {limit}"
            yield text, _looser(board, _with(model, "book_size", "max_accounts", limit + 1), rule)
    elif isinstance(rule, Hours):
        yield from _hours(rule, board)
    elif isinstance(rule, Balance):
        yield from _band(rule, board)
    elif isinstance(rule, Months):
        old_peak = rule.settings.peak_percent
        text = f"let a month be {old_peak + PEAK:g} % full instead of {old_peak:g} %"
        yield text, _looser(board, _with(model, "months", "peak_percent", old_peak + PEAK), rule)
    elif (
        rule.mode in ("hard", "no_worse") and rule.id not in ("ownership", "decisions") and _says_something(rule, board)
    ):
        yield "without this rule", _looser(board, _off(model, rule), rule)


def _hours(rule: Hours, board: Board) -> Iterator[tuple[str, Board]]:
    model = board.problem.model
    ceiling = rule.settings.ceiling_percent
    if ceiling is not None:
        text = f"let books be {ceiling + CEILING:g} % full instead of {ceiling:g} %"
        yield text, _looser(board, _with(model, "hours", "ceiling_percent", ceiling + CEILING), rule)
    more = board.problem.capacity_months * (1 + HOURS_PERCENT / 100)
    total = float(board.problem.capacity_hours.sum()) * HOURS_PERCENT / 100
    text = f"{HOURS_PERCENT:g} % more hours for every CSM ({total:,.0f} h a month in all)"
    yield text, _looser(board, model, rule, replace(board.problem, capacity_months=more))


def _band(rule: Balance, board: Board) -> Iterator[tuple[str, Board]]:
    s = rule.settings
    if s.cap_percent is not None:
        key, old, more, words = "cap_percent", s.cap_percent, PERCENT, "a cap of {new:g} % instead of {old:g} %"
    elif s.measure == "utilization":
        key, old, more = "tolerance_points", s.tolerance_points, POINTS
        words = "a band of +-{new:g} points instead of +-{old:g}"
    else:
        key, old, more = "tolerance_percent", s.tolerance_percent, PERCENT
        words = "a band of +-{new:g} % instead of +-{old:g} %"
    changes: dict[str, Any] = {key: old + more}
    if key == "tolerance_percent" and s.tolerance_percent_by_segment:
        changes["tolerance_percent_by_segment"] = {n: p + more for n, p in s.tolerance_percent_by_segment.items()}
    tables = [
        {**table, **changes} if build_id(table) == rule.id else table for table in board.problem.model.rules["balance"]
    ]
    model = board.problem.model.model_copy(update={"rules": {**board.problem.model.rules, "balance": tables}})
    yield words.format(old=old, new=old + more), _looser(board, model, rule)


def build_id(table: dict[str, Any]) -> str:
    """The id of the balance rule that a table makes."""
    return Balance(Balance.schema.model_validate(table)).id


def _says_something(rule: Rule, board: Board) -> bool:
    """Whether a rule bars, groups or keeps apart anything here."""
    if rule.id == "apart":
        return bool(board.apart)
    if rule.id == "families":
        return bool(board.groups)
    bit = board.bits.get(rule.id)
    return bit is not None and bool((board.bars & np.uint32(1 << bit)).any())


def _with(model: PlanningModel, rule: str, key: str, value: Any) -> PlanningModel:
    return model.model_copy(update={"rules": {**model.rules, rule: {**model.rules.get(rule, {}), key: value}}})


def _off(model: PlanningModel, rule: Rule) -> PlanningModel:
    """The planning model without one rule; of several tables of a kind, that one alone."""
    rules = dict(model.rules)
    if rule.id.startswith("match_"):
        rules["matches"] = [t for t in rules["matches"] if type(rule)(rule.schema.model_validate(t)).id != rule.id]
    else:
        rules[rule.id] = {**rules.get(rule.id, {}), "mode": "off"}
    return model.model_copy(update={"rules": rules})


def _looser(board: Board, model: PlanningModel, rule: Rule, problem: Problem | None = None) -> Board:
    """The board of the looser model, with the bands and targets of the board as it is."""
    made = replace(problem or board.problem, model=model)
    looser = set_up(made, build(model))
    if isinstance(rule, _YARDSTICKS):
        return looser
    kept = {r.id for r in build(board.problem.model) if isinstance(r, _YARDSTICKS)} | {"evenness"}
    old = {rows.name: rows for rows in board.rows if rows.rule in kept}
    # In the order of the old rows, so that stored prices of rows find theirs; rows that no longer stand fall out.
    new = {rows.name: rows for rows in looser.rows}
    looser.rows = [old.get(rows.name) or new[rows.name] for rows in board.rows if rows.name in old or rows.name in new]
    looser.rows += [rows for rows in new.values() if rows.name not in {r.name for r in looser.rows} | old.keys()]
    return looser
