"""Annual redesign: the books from scratch, how far today is from them, and a path there over quarters.

Every stage is a plan of its own: an account stays or goes where the redesign has it; hours and bands come first and
start from the stage before, so that no stage is worse than the one before; then as many accounts as the stage's
budget allows go where they end. Who is near renewal when a stage begins waits for a later one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bookwright import planner
from bookwright.books import Plan
from bookwright.planning_model import Horizon, PlanningModel, Priority
from bookwright.portfolio import Kind, Portfolio
from bookwright.problem import Problem, resolve
from bookwright.result import Result, Status
from bookwright.rules import Board
from bookwright.rules.freezes import Freezes, FreezeSettings
from bookwright.rules.loads import unit_of, value_of
from bookwright.workload import add_months

MEASURES = ("hours", "balance", "evenness")
"""The priorities that a path is held to, in order."""
_BUDGETS = ("move_budget_accounts_percent", "move_budget_arr_percent")
_FREEZES = {
    "freeze_days_before_renewal": "days_before_renewal",
    "freeze_days_after_renewal": "days_after_renewal",
    "freeze_days_after_csm_change": "days_after_csm_change",
    "onboarding_days": "onboarding_days",
}
_QUARTER = 3
_EPS = 1e-9


@dataclass(frozen=True, eq=False)
class Stage:
    """One quarter of the path: its plan (from the stage before), and where it stands on the redesign's own measures.

    `plan` is the stage's outcome laid on the redesign's problem, `values` its hours over 100 %, outside the bands and
    spread there (shares). `before` = the same of the books it starts from, on its own quarter's measures, once what
    must move is placed. `waits` = account id -> why it does not move yet.
    """

    number: int
    on: dt.date
    result: Result
    plan: Plan
    values: Mapping[str, float]
    before: Mapping[str, float]
    waits: Mapping[str, str]

    @property
    def worse(self) -> list[str]:
        """Measures in which it is worse than what it starts from: none, unless a hard rule asks for it."""
        return _worse(self.result, self.before)


@dataclass(frozen=True, eq=False)
class Redesign:
    """The books from scratch, the path there, and what it leaves out: account id -> why.

    `today` and `goal` are values as of stages; `placed` is today once accounts without a CSM, or whose CSM may no
    longer have them, are where the redesign has them: what the first stage is compared with, and `start` its values.
    """

    scratch: Result
    placed: Plan
    today: Mapping[str, float]
    start: Mapping[str, float]
    goal: Mapping[str, float]
    stages: tuple[Stage, ...]
    left_out: Mapping[str, str]

    @property
    def problem(self) -> Problem:
        """The problem of the redesign: what everything is measured on."""
        return self.scratch.problem


def redesign(
    portfolio: Portfolio,
    model: PlanningModel,
    options: planner.Options | None = None,
    *,
    effective_date: dt.date | None = None,
    today: dt.date | None = None,
    quarters: int | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Redesign:
    """The books from scratch and a path there, `quarters` stages from the effective date on.

    The redesign is held to the hours that there are when the path ends, each stage to those at the end of its quarter.
    Budgets and freezes of the Settings sheet hold in the stages, not in the redesign. `on_stage` hears a line before
    each search. A redesign that cannot keep the hard rules has no path: look at `scratch.status`.
    """
    options = options or planner.Options()
    say = on_stage or (lambda line: None)
    say("From scratch ...")
    count = quarters or model.stages.quarters
    free = _without(portfolio, (*_BUDGETS, *_FREEZES, "horizon_months"))
    whole = model.model_copy(update={"horizon": Horizon(months=_QUARTER * count)})
    scratch = planner.plan(
        free, whole, options, today=today, effective_date=effective_date, findings=portfolio.findings
    )
    board = planner.lay_out(scratch.problem).board
    placed = _placed(board, scratch.plan)
    measured = (values(board, scratch.today), values(board, placed), values(board, scratch.plan))
    if scratch.status in (Status.IMPOSSIBLE, Status.NO_PLAN_FOUND):
        return Redesign(scratch, placed, *measured, (), {})
    goal = {a: c for a, c in scratch.plan.by_account.items() if c is not None}
    stages: list[Stage] = []
    standing = _without(portfolio, (*_FREEZES, "horizon_months"))
    waits: Mapping[str, str] = {}
    for number in range(1, count + 1):
        on = add_months(scratch.problem.effective_date, _QUARTER * (number - 1))
        say(f"Stage {number} of {count}, {on.isoformat()} ...")
        waits = _waits(standing, portfolio, model, on, goal)
        result, before = _stage(standing, model, options, on, goal, waits, last=number == count)
        standing = _moved(standing, result, on)
        plan = Plan.from_ids(scratch.problem, result.plan.by_account)
        stages.append(Stage(number, on, result, plan, values(board, plan), before, waits))
        if all(result.plan.by_account.get(a) == c for a, c in goal.items()):
            break
    while len(stages) > 1 and not stages[-1].result.plan.moves:
        stages.pop()
    end = stages[-1].result.plan.by_account
    left = {a: _why_left(a, waits) for a, c in goal.items() if end.get(a) != c}
    return Redesign(scratch, placed, *measured, tuple(stages), left)


def values(board: Board, plan: Plan) -> dict[str, float]:
    """Hours over 100 %, outside the bands and spread of a plan, as shares of what they are shares of."""
    return {name: value_of(board, name, plan.csm_of) / unit_of(name)[0] for name in MEASURES}


def _why_left(account_id: str, waits: Mapping[str, str]) -> str:
    if account_id in waits:
        return f"waits: {waits[account_id]}"
    return "the last stage's budget is used up, or the books are as good without it"


def _without(portfolio: Portfolio, keys: tuple[str, ...]) -> Portfolio:
    return portfolio.model_copy(update={"settings": {k: v for k, v in portfolio.settings.items() if k not in keys}})


def _waits(
    standing: Portfolio, portfolio: Portfolio, model: PlanningModel, on: dt.date, goal: Mapping[str, str]
) -> dict[str, str]:
    """Accounts in a delicate moment on the first day of a stage, with the reason; only those not yet where they end."""
    s = model.stages
    windows: dict[str, Any] = {
        "days_before_renewal": s.days_before_renewal,
        "days_after_renewal": s.days_after_renewal,
        "days_after_csm_change": s.days_after_csm_change,
        "onboarding_days": s.onboarding_days,
    }
    asked = {_FREEZES[k]: v for k, v in portfolio.settings.items() if k in _FREEZES and v is not None}
    rule = Freezes(FreezeSettings.model_validate(windows | asked))
    found = {}
    for account in standing.accounts:
        if account.csm_id is None or goal.get(account.id, account.csm_id) == account.csm_id:
            continue
        csm = standing.csm_by_id.get(account.csm_id)
        why = rule.reason(account, on, pooled=csm is not None and csm.kind is Kind.POOL)
        if why:
            found[account.id] = why
    return found


def _stage(
    standing: Portfolio,
    model: PlanningModel,
    options: planner.Options,
    on: dt.date,
    goal: Mapping[str, str],
    waits: Mapping[str, str],
    *,
    last: bool,
) -> tuple[Result, dict[str, float]]:
    """The best step from where the books stand towards the goal, within the stage's budget; and where they stand."""
    s = model.stages
    rules = {
        **model.rules,
        "towards": {"plan": goal, "wait": waits},
        "move_budget": {"accounts_percent": s.accounts_percent, "arr_percent": s.arr_percent, "in_at_least": None},
    }
    held = model.model_copy(
        update={
            "rules": rules,
            "priorities": tuple(Priority(name=n) for n in MEASURES),
            "horizon": Horizon(months=_QUARTER),
        }
    )
    laid = planner.lay_out(resolve(standing, held, today=on, effective_date=on))
    before = values(laid.board, _placed(laid.board, Plan.from_ids(laid.problem, goal)))
    limit = {name: value + _EPS for name, value in before.items()}

    def step(levels: tuple[Priority, ...]) -> Result:
        title = f"{model.title}: stage from {on.isoformat()}"
        priorities = (*levels, Priority(name="changes"), Priority(name="moves"))
        update = {"priorities": priorities, "title": title}
        return planner.plan(standing, held.model_copy(update=update), options, today=on, effective_date=on)

    # Earlier stages take what helps most; the last one all that does no harm.
    limited = MEASURES if last else ("evenness",)
    result = step(tuple(Priority(name=n, limit=limit[n] if n in limited else None) for n in MEASURES))
    if not _worse(result, before):
        return result, before
    # What is first helped at the cost of what is later: so every measure is held to where it stands before hours are
    # brought down.
    held_first = [Priority(name=n, limit=limit[n]) for n in ("balance", "evenness")]
    other = step((*held_first, Priority(name="hours", limit=limit["hours"] if last else None)))
    return (other if len(_worse(other, before)) < len(_worse(result, before)) else result), before


def _worse(result: Result, before: Mapping[str, float]) -> list[str]:
    return [p.name for p in result.priorities if p.name in MEASURES and p.value > before[p.name] + 2 * _EPS]


def _placed(board: Board, goal: Plan) -> Plan:
    """Today's books with every account that must move where the goal has it."""
    problem = board.problem
    stays = board.chosen()
    return Plan(problem, np.where(stays, problem.owner, goal.csm_of).astype(np.int32))


def _moved(standing: Portfolio, result: Result, on: dt.date) -> Portfolio:
    """The books after a stage: those who moved have their new CSM since the stage's first day."""
    new = {m.account_id: m.csm_to for m in result.plan.moves}
    name = standing.csm_name
    accounts = tuple(
        a.model_copy(update={"csm_id": new[a.id], "csm_text": name(new[a.id]), "csm_since": on}) if a.id in new else a
        for a in standing.accounts
    )
    return standing.model_copy(update={"accounts": accounts})


def hours_moved(result: Result) -> float:
    """Hours a month of the accounts that change hands."""
    at = result.problem.account_position
    return float(sum(result.problem.hours[at[m.account_id]] for m in result.plan.moves))
