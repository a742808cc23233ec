"""Facts with defaults, so that a test names only what its story is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bookwright.books import Plan
from bookwright.findings import Findings
from bookwright.planner import Options, check, ground_of
from bookwright.planner import plan as run_planner
from bookwright.planning_model import PlanningModel, Priority
from bookwright.portfolio import Absence, Account, Csm, Portfolio, Wish, WishKind
from bookwright.problem import Problem, resolve
from bookwright.result import Breach, Result
from bookwright.rules import Board, Ground, Rule, build, set_up
from bookwright.solve import worth

DAY = dt.date(2027, 1, 1)
"""The effective date of every test: the first day of a fiscal quarter."""

PROVE = Options(time_limit=None, gap=0.0)
"""Search until everything is proved; reads no clock."""

LEVELS = ("hours", "balance", "moves", "evenness")


def account(id: str, csm: str | None = "ana", **more: Any) -> Account:
    """An account of Ana's: 10 hours a month, 100 of ARR, no segment, nothing that holds it."""
    return Account(id=id, csm_id=csm, **{"hours": 10.0, "arr": 100.0, **more})


def csm(id: str, **more: Any) -> Csm:
    """A CSM with 100 customer hours a month who may own anything."""
    return Csm(id=id, **{"name": id.capitalize(), "customer_hours": 100.0, **more})


def portfolio(
    accounts: Sequence[Account], csms: Sequence[Csm] | None = None, wishes: Sequence[Wish] = (), **more: Any
) -> Portfolio:
    """Accounts with Ana and Bo, unless other CSMs are given."""
    team = tuple(csms) if csms is not None else (csm("ana"), csm("bo"))
    return Portfolio(accounts=tuple(accounts), csms=team, wishes=tuple(wishes), **more)


def wish(kind: str, account_id: str, other: str) -> Wish:
    """A row of the Pairs sheet."""
    return Wish(kind=WishKind(kind), account_id=account_id, other=other)


def absence(csm_id: str, month: dt.date, hours: float) -> Absence:
    """Hours a CSM loses in a month."""
    return Absence(csm_id=csm_id, month=month, hours_lost=hours)


def model(rules: Mapping[str, Any] | None = None, levels: Sequence[str | Priority] = (), **more: Any) -> PlanningModel:
    """A planning model with these rules and levels and nothing else, effective on `DAY`."""
    priorities = tuple(Priority(name=level) if isinstance(level, str) else level for level in levels)
    given = {"name": "test", "effective_date": DAY, **more}
    return PlanningModel(rules=dict(rules or {}), priorities=priorities, **given)


def problem(facts: Portfolio, decided: PlanningModel | None = None) -> Problem:
    """The two laid together."""
    return resolve(facts, decided or model(), today=DAY)


def posted(facts: Portfolio, decided: PlanningModel) -> tuple[Board, tuple[Rule, ...]]:
    """The board after every rule has posted, and the rules."""
    laid = problem(facts, decided)
    rules = build(laid.model)
    return set_up(laid, rules), rules


def planned(facts: Portfolio, decided: PlanningModel, options: Options = PROVE) -> Result:
    """The planner's answer."""
    return run_planner(facts, decided, options, today=DAY, findings=Findings())


def owners(result: Result) -> dict[str, str | None]:
    """Account id -> CSM id of the plan."""
    return dict(result.plan.by_account)


def of(board: Board, **csm_of: str | None) -> Plan:
    """A plan written as account=csm; accounts not named stay where they are today."""
    today = Plan.today(board.problem).by_account
    return Plan.from_ids(board.problem, {**today, **csm_of}, board.forced())


def breaches(board: Board, rules: Sequence[Rule], plan: Plan, rule: str) -> list[Breach]:
    """What one rule's own check says of a plan."""
    ground: Ground = ground_of(board, Plan.today(board.problem))
    return [b for b in check(rules, plan, ground) if b.rule == rule]


def keeps_posting(board: Board, plan: Plan) -> bool:
    """Whether a plan keeps all that the rules posted as hard: bars, groups, apart pairs and rows."""
    csm_of = plan.csm_of
    if (csm_of < 0).any() or not board.allowed[np.arange(len(csm_of)), csm_of].all():
        return False
    if any(len({int(csm_of[i]) for i in members}) > 1 for _, members in board.groups):
        return False
    if any(csm_of[i] == csm_of[k] for i, k in board.apart):
        return False
    for rows in board.rows:
        load = worth(board, rows, csm_of)
        if rows.priority is None and ((load < rows.low) | (load > rows.high)).any():
            return False
    return True


def edge(board: Board, rules: Sequence[Rule], rule: str, inside: Mapping[str, str], outside: Mapping[str, str]) -> None:
    """Just inside, the rule's check and its posting both agree to a plan; just outside, both refuse it."""
    for csm_of, good in ((inside, True), (outside, False)):
        plan = of(board, **csm_of)
        said = breaches(board, rules, plan, rule)
        assert (not said) == good, f"check, {csm_of}: {[b.what for b in said]}"
        assert keeps_posting(board, plan) == good, f"posting, {csm_of}"
