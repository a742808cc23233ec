"""Interim cover: who has an account while its CSM is on a long leave or has not started; its CSM stays its CSM."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bookwright import planner
from bookwright.hand_over import cover_needed
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Kind, Portfolio
from bookwright.problem import Problem, resolve
from bookwright.result import Interim, Result, Status
from bookwright.workload import month_starts

_SECONDS = 5.0
_ROUNDS = ("last_round", "decisions", "towards", "move_budget")
"""Rules of other occasions: who covers for a while is no move."""


def interim_cover(result: Result, options: planner.Options | None = None) -> tuple[Interim, ...]:
    """Who covers which account, from when until when, in the order of the workbook; empty where nothing needs cover.

    A leave of six weeks or more within the horizon, and the days between a leaver's last and a successor's first. Those
    who cover have room in the last month of the horizon, may own the account, and are chosen as successors are. Nobody
    who is away for long covers. `options` are the search's; it takes five seconds at most.
    """
    problem = result.problem
    away = _away(problem)
    late = {} if result.status is Status.NO_PLAN_FOUND else _late(result)
    if not away and not late:
        return ()
    owner = result.plan.by_account
    spans = {i: away[c] for i, c in owner.items() if c in away} | late
    if not spans:
        return ()
    absent = {*away, *(owner[i] for i in late)}
    portfolio = _meanwhile(result, absent, late)
    options = replace(options or planner.Options(), on_progress=None, workers=1)
    if options.time_limit is not None:
        options = replace(options, time_limit=min(_SECONDS, options.time_limit))
    when = problem.effective_date
    laid = planner.lay_out(resolve(portfolio, _held(problem.model), today=when, effective_date=when))
    covered = planner.assemble(laid, planner.search(laid, options), options, 0.0)
    found = []
    for i, account in enumerate(problem.accounts):
        if account.id not in spans:
            continue
        first, until = spans[account.id]
        csm = covered.plan.by_account[account.id]
        durable = str(owner[account.id])
        why = covered.why.get(account.id, "")
        for said in {laid.board.forced().get(account.id, ""), "Had no CSM"} - {""}:
            why = why.removeprefix(f"{said}. ")
        found.append(Interim(account.id, durable, csm, first, until, float(problem.hours[i]), why))
    return tuple(found)


def _away(problem: Problem) -> dict[str, tuple[dt.date, dt.date]]:
    """CSM id -> first day and day of return of the first long leave within the horizon, of people who stay."""
    starts = month_starts(problem.effective_date, problem.model.horizon.months)
    gone = {c.id for c, why in zip(problem.csms, problem.leaves, strict=True) if why}
    found: dict[str, tuple[dt.date, dt.date]] = {}
    for cover in cover_needed(problem, starts):
        person = problem.portfolio.csm_by_id[cover.csm_id].kind is Kind.PERSON
        if cover.long and person and cover.csm_id not in gone:
            found.setdefault(cover.csm_id, (max(cover.first, problem.effective_date), cover.returns))
    return found


def _late(result: Result) -> dict[str, tuple[dt.date, dt.date]]:
    """Account id -> the days between its leaver's last and its successor's first."""
    problem, found = result.problem, {}
    for move in result.plan.moves:
        start = problem.portfolio.csm_by_id[move.csm_to].start_date
        giver = problem.portfolio.csm_by_id.get(move.csm_from or "")
        if start is None or start <= problem.effective_date or giver is None or giver.end_date is None:
            continue
        first = max(problem.effective_date, giver.end_date + dt.timedelta(days=1))
        if first < start:
            found[move.account_id] = (first, start)
    return found


def _meanwhile(result: Result, absent: set[str | None], late: dict[str, tuple[dt.date, dt.date]]) -> Portfolio:
    """The plan's books without the absent; what a starter gets from one who stays is still with the giver."""
    problem, owner = result.problem, result.plan.by_account
    last = problem.effective_date - dt.timedelta(days=1)
    csms = tuple(c.model_copy(update={"end_date": last}) if c.id in absent else c for c in problem.portfolio.csms)
    accounts = []
    for account in problem.portfolio.accounts:
        if (csm := owner.get(account.id)) is not None:
            starter = csm in absent and account.id not in late and account.csm_id not in (None, csm)
            held = account.csm_id if starter and account.csm_id not in absent else csm
            pin = None if account.pin in absent else account.pin
            account = account.model_copy(update={"csm_id": held, "pin": pin})
        accounts.append(account)
    return problem.portfolio.model_copy(update={"accounts": tuple(accounts), "csms": csms})


def _held(model: PlanningModel) -> PlanningModel:
    """The model with everybody who is there held, and without what only evens out the rest."""
    rules = {name: table for name, table in model.rules.items() if name not in _ROUNDS}
    rules["freezes"] = {**rules.get("freezes", {}), "everyone": True, "or_budget": False}
    priorities = tuple(p for p in model.priorities if p.name in ("hours", "balance", "moves"))
    return model.model_copy(update={"rules": rules, "priorities": priorities})
