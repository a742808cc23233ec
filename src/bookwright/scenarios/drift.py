"""Drift: does a plan of some time ago still hold on today's facts, and the fewest changes that mend it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookwright import planner
from bookwright.books import Plan
from bookwright.planning_model import PlanningModel, Priority
from bookwright.portfolio import Portfolio
from bookwright.problem import Problem, resolve
from bookwright.result import Breach, Result
from bookwright.rules import build, set_up
from bookwright.rules.loads import unit_of, value_of
from bookwright.scenarios.compare import Side, side_of

_EPS = 1e-9


@dataclass(frozen=True, eq=False)
class Drift:
    """What became of a plan, by account id. `done` moves are made, `open` ones not yet; `elsewhere` are with a third.

    `new` accounts are in no plan, `gone` ones no longer in the book; `lost` are planned for a CSM who is gone.
    `broken` is what the plan breaks on today's facts and did not when it was made, or breaks more of.
    """

    problem: Problem
    then: Side
    now: Side
    done: tuple[str, ...]
    open: tuple[str, ...]
    elsewhere: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    lost: tuple[str, ...]
    no_owner: tuple[str, ...]
    broken: tuple[Breach, ...]
    promised: Mapping[str, float]
    """Hours over 100 % and what is outside the bands (shares), as the plan promised."""
    stands: Mapping[str, float]
    """The same for the plan on today's facts."""

    @property
    def holds(self) -> bool:
        """True when nothing of the plan has to change."""
        return not (self.broken or self.lost or self.no_owner)


def drift(
    then: Side, before: Mapping[str, str | None], book: Portfolio, effective_date: dt.date | None = None
) -> Drift:
    """Lay a plan over the book of today: its planning model, its effective date unless another is given.

    `then` is the plan on the facts it was made from, `before` account id -> CSM id at that time.
    """
    model = then.plan.problem.model
    day = effective_date or then.plan.problem.effective_date
    problem = resolve(book.model_copy(update={"settings": {}}), model, today=day, effective_date=day)
    board = set_up(problem, build(problem.model))
    planned = then.plan.by_account
    home = Plan.today(problem).by_account
    csms = set(problem.csm_position)
    wanted = {a: planned[a] if planned.get(a) in csms else home[a] for a in home}
    now = side_of("today", Plan.from_ids(problem, wanted, board.forced()), board)
    moved = [a for a in planned if a in home and planned[a] != before.get(a)]
    promised, stands = _levels(then), _levels(now)
    return Drift(
        problem=problem,
        then=then,
        now=now,
        done=tuple(a for a in moved if home[a] == planned[a]),
        open=tuple(a for a in moved if home[a] != planned[a] and home[a] == before.get(a)),
        elsewhere=tuple(a for a in home if a in planned and home[a] not in (planned[a], before.get(a))),
        new=tuple(a for a in home if a not in planned),
        gone=tuple(a for a in planned if a not in home),
        lost=tuple(a for a in home if planned.get(a) is not None and planned[a] not in csms),
        no_owner=tuple(a for a, c in wanted.items() if c is None),
        broken=_worse(then, now),
        promised=promised,
        stands=stands,
    )


def _levels(side: Side) -> dict[str, float]:
    names = [n for n in ("hours", "balance") if side.plan.problem.model.priority(n) is not None]
    return {n: value_of(side.board, n, side.plan.csm_of) / unit_of(n)[0] for n in names}


def _worse(then: Side, now: Side) -> tuple[Breach, ...]:
    """Breaches of today that the plan did not have, or has more of; small shifts of a share are no drift.

    Budgets are left out: they were spent when the plan was made, and moves already made do not count today.
    """
    known: dict[tuple[object, ...], float] = {}
    for b in then.breaches:
        key = (b.rule, b.title, b.csm_id, b.account_ids)
        known[key] = max(known.get(key, 0.0), b.amount)
    found = []
    for b in now.breaches:
        was = known.get((b.rule, b.title, b.csm_id, b.account_ids), 0.0)
        slack = _EPS if b.hard else max(0.1 * was, 0.002 if b.unit == "share" else 0.5)
        if b.rule != "move_budget" and b.amount > was + slack:
            found.append(b)
    return tuple(sorted(found, key=lambda b: not b.hard))


def repair_model(model: PlanningModel, found: Drift) -> PlanningModel:
    """The planning model that mends a plan: as good as promised in hours and balance, then the fewest changes."""
    known = {a: c for a, c in found.then.plan.by_account.items() if c is not None}
    rules = {**model.rules, "last_round": {"plan": known}}
    levels: list[Priority] = []
    for p in model.priorities:
        if p.name in ("hours", "balance"):
            limit = found.promised.get(p.name, 0.0)
            levels.append(p.model_copy(update={"give": 0.0, "limit": limit + 1e-9}))
    names = [p.name for p in model.priorities]
    levels.append(Priority(name="changes"))
    levels.extend(p for p in model.priorities if p.name in ("moves",) and p.name in names)
    return model.model_copy(update={"rules": rules, "priorities": tuple(levels)})


def repair(found: Drift, options: planner.Options) -> Result:
    """The plan with the fewest accounts that get another CSM than planned, good as promised where that can be."""
    problem = found.problem
    start = {a: c for a, c in found.now.plan.by_account.items() if c is not None}
    day = problem.effective_date
    return planner.plan(
        problem.portfolio,
        repair_model(problem.model, found),
        options,
        today=day,
        effective_date=day,
        start=start,
    )


def changes_of(found: Drift, result: Result) -> list[tuple[str, str | None, str | None]]:
    """Accounts that the repair gives to another CSM than the plan did: (account id, planned, repaired)."""
    planned: Mapping[str, str | None] = found.now.plan.by_account
    return [(a, planned[a], c) for a, c in result.plan.by_account.items() if planned.get(a) != c]


def sentences(found: Drift) -> Sequence[str]:
    """What became of the plan, in a few sentences."""
    moves = len(found.done) + len(found.open)
    said = [f"Of {moves:,} planned moves {len(found.done):,} are made and {len(found.open):,} are still open."]
    if found.elsewhere:
        said.append(f"{len(found.elsewhere):,} accounts are with somebody the plan did not name.")
    if found.new or found.gone:
        said.append(f"{len(found.new):,} accounts are new, {len(found.gone):,} are gone.")
    if found.lost:
        said.append(f"{len(found.lost):,} accounts are planned for a CSM who is no longer there.")
    if found.no_owner:
        said.append(f"{len(found.no_owner):,} accounts have no CSM.")
    said.append("The plan still holds." if found.holds else "The plan no longer holds:")
    said.extend(b.what for b in found.broken[:8])
    if len(found.broken) > 8:
        said.append(f"... and {len(found.broken) - 8} more.")
    return said
