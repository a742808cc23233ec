"""Leave-one-out: for each CSM, who would take what if they left, and what would be short. Before anybody leaves.

Accounts without a CSM, and books of those whose leaving is known, are placed first: what is asked is one more leaver.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookwright import planner
from bookwright.books import Plan
from bookwright.findings import UsageError
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Csm, Kind, Portfolio
from bookwright.problem import Problem, resolve
from bookwright.provenance import fingerprint, versions_here
from bookwright.scenarios.sweep import Job, Line, run

GAP = 1e-3
"""A tenth of a percent is near enough to know who would take what."""
SECONDS = 5.0
"""Search for each leaver at most this long; most are proved in less."""
_EPS = 1e-3
_FIRST = "placed first"


@dataclass(frozen=True, slots=True)
class Taking:
    """An account of the leaver and who would take it (None = nobody may own it), with the reason."""

    account_id: str
    csm_to: str | None
    why: str


@dataclass(frozen=True)
class Leaving:
    """What comes of one CSM leaving. Hours are a month; `short` = hours over 100 % that come on top of today's.

    `over` = (CSM id, hours over 100 % before, after) for those above it afterwards; `proved` = no better placement.
    """

    csm_id: str
    accounts: int
    hours: float
    arr: float
    takings: tuple[Taking, ...]
    over: tuple[tuple[str, float, float], ...]
    short: float
    proved: bool

    @property
    def takers(self) -> dict[str, int]:
        """CSM id -> accounts taken, most first."""
        counts: dict[str, int] = {}
        for taking in self.takings:
            if taking.csm_to is not None:
                counts[taking.csm_to] = counts.get(taking.csm_to, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def nobody(self) -> tuple[str, ...]:
        """Ids of accounts that nobody else may own."""
        return tuple(t.account_id for t in self.takings if t.csm_to is None)


@dataclass(frozen=True)
class LeaveOneOut:
    """Every CSM's leaving, the worst first, on the books as they stand once what waits today is placed."""

    problem: Problem
    settled: Plan
    leavings: tuple[Leaving, ...]
    placed_first: int
    stopped: tuple[str, ...] = ()
    """CSMs that an interrupt left out."""


def leave_one_out(
    portfolio: Portfolio,
    model: PlanningModel,
    *,
    csms: Sequence[str] = (),
    effective_date: dt.date | None = None,
    today: dt.date | None = None,
    seconds: float = SECONDS,
    effort: int | None = None,
    workers: int = 2,
    journal: Path | None = None,
    on_line: Callable[[Line], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> LeaveOneOut:
    """Ask for each CSM (or those named, by id or name) what comes of their leaving, side by side in processes.

    Nobody else moves, whatever budget the book's Settings sheet has. With `effort` no clock is read. `journal` stores
    each outcome as it ends, so that a killed run goes on where it was. Raises `UsageError` for unknown names.
    """
    model = _held(model)
    facts = portfolio.model_copy(update={"settings": _unbudgeted(portfolio)})
    problem = resolve(facts, model, today=today or dt.date.today(), effective_date=effective_date)
    planner.warm_up()
    when = problem.effective_date
    shared = {
        "portfolio": facts.model_dump_json(),
        "model": problem.model.model_copy(update={"effective_date": when}).model_dump_json(),
        "effective_date": when.isoformat(),
        "seconds": None if effort else seconds,
        "effort": effort,
    }
    asked = _asked(problem, csms)
    waiting = sum(j < 0 or bool(problem.leaves[j]) for j in problem.owner.tolist())
    settled = Plan.today(problem)
    if waiting:
        # A job like the others, so that a killed run goes on from the same books.
        first = Job(_FIRST, "Accounts that wait today", {"seconds": shared["seconds"], "effort": effort})
        about = fingerprint(problem, 0, versions_here())
        done = run(settle, shared, [first], about=about, journal=journal, workers=1, on_line=on_line, stop=stop)
        if _FIRST not in done.outcomes:
            return LeaveOneOut(problem, settled, (), waiting, tuple(c.id for c in asked))
        settled = Plan.from_ids(problem, done.outcomes[_FIRST]["owner"])
        facts = _owned_as(facts, settled)
        shared["portfolio"] = facts.model_dump_json()
    about = fingerprint(resolve(facts, model, today=when, effective_date=when), 0, versions_here())
    jobs = [Job(c.id, c.name, {"csm": c.id, "seconds": shared["seconds"], "effort": effort}) for c in asked]
    swept = run(leave, shared, jobs, about=about, journal=journal, workers=workers, on_line=on_line, stop=stop)
    found = [_leaving(swept.outcomes[c.id]) for c in asked if c.id in swept.outcomes]
    arr = {a.id: a.arr for a in portfolio.accounts}
    found.sort(key=lambda x: (-sum(arr[i] for i in x.nobody), -round(x.short, 6), -x.arr))
    left_out = tuple(key for key in swept.stopped if key not in swept.outcomes)
    return LeaveOneOut(problem, settled, tuple(found), waiting, left_out)


def settle(
    shared: Mapping[str, Any], args: Mapping[str, Any], tell: Callable[[str], None], stop: Callable[[], bool]
) -> dict[str, Any]:
    """The job before the others: a CSM for every account that has none, or one who is known to leave."""
    portfolio = Portfolio.model_validate_json(shared["portfolio"])
    when = dt.date.fromisoformat(shared["effective_date"])
    model = PlanningModel.model_validate_json(shared["model"])
    problem = resolve(portfolio, model, today=when, effective_date=when)
    plan, _, _ = _plan(problem, planner.Options(shared["seconds"], shared["effort"], GAP, stop=stop))
    return {"said": f"{len(plan.moves):,} placed first", "owner": dict(plan.by_account)}


def leave(
    shared: Mapping[str, Any], args: Mapping[str, Any], tell: Callable[[str], None], stop: Callable[[], bool]
) -> dict[str, Any]:
    """The job of one leaver, in a process of its own: the outcome as plain values."""
    portfolio = Portfolio.model_validate_json(shared["portfolio"])
    model = PlanningModel.model_validate_json(shared["model"])
    when = dt.date.fromisoformat(shared["effective_date"])
    leaver = portfolio.csm_by_id[args["csm"]]
    problem = resolve(without(portfolio, leaver.id, when), model, today=when, effective_date=when)
    today = Plan.today(problem)
    j = problem.csm_position[leaver.id]
    mine = [a.id for a, owner in zip(problem.accounts, problem.owner.tolist(), strict=True) if owner == j]
    book = today.books[j]
    if not mine:
        return {
            "said": "no accounts", "csm": leaver.id, "accounts": 0, "hours": 0.0, "arr": 0.0, "takings": [],
            "over": [], "short": 0.0, "proved": True,
        }  # fmt: skip
    options = planner.Options(
        shared["seconds"],
        shared["effort"],
        GAP,
        on_progress=lambda p: tell(f"{p.name}: gap {(p.value - p.bound) / max(1, abs(p.value)):.2%}"),
        stop=stop,
    )
    plan, why, proved = _plan(problem, options)
    over = []
    for k, (before, after) in enumerate(zip(today.books, plan.books, strict=True)):
        least = max(0.0, after.hours - after.capacity_hours)
        if k != j and least > _EPS:
            over.append((after.csm_id, max(0.0, before.hours - before.capacity_hours), least))
    short = sum(max(0.0, after - before) for _, before, after in over)
    takings = [(i, plan.by_account[i], why.get(i, "")) for i in mine]
    takers = len({to for _, to, _ in takings if to})
    said = f"{len(mine)} accounts to {takers} CSM{'' if takers == 1 else 's'}"
    said += f", {short:,.0f} h short" if short > 0.5 else ""
    return {
        "said": said, "csm": leaver.id, "accounts": len(mine), "hours": book.hours, "arr": book.arr,
        "takings": takings, "over": over, "short": short, "proved": proved,
    }  # fmt: skip


def without(portfolio: Portfolio, csm_id: str, when: dt.date) -> Portfolio:
    """The portfolio in which a CSM has left the day before; pins to them hold no more."""
    last = when - dt.timedelta(days=1)
    csms = tuple(c.model_copy(update={"end_date": last}) if c.id == csm_id else c for c in portfolio.csms)
    accounts = tuple(a.model_copy(update={"pin": None}) if a.pin == csm_id else a for a in portfolio.accounts)
    return portfolio.model_copy(update={"csms": csms, "accounts": accounts})


def _plan(problem: Problem, options: planner.Options) -> tuple[Plan, Mapping[str, str], bool]:
    """The placement, the reasons, and whether it is proved; no diagnosis of what is impossible."""
    laid = planner.lay_out(problem)
    searched = planner.search(laid, options)
    result = planner.assemble(laid, searched, options, 0.0)
    return result.plan, result.why, all(p.gap <= GAP for p in result.priorities)


def _held(model: PlanningModel) -> PlanningModel:
    """The model with everybody else held, and without what only evens out the rest."""
    freezes = {**model.rules.get("freezes", {}), "everyone": True, "or_budget": False}
    priorities = tuple(p for p in model.priorities if p.name != "evenness")
    return model.model_copy(update={"rules": {**model.rules, "freezes": freezes}, "priorities": priorities})


def _unbudgeted(portfolio: Portfolio) -> dict[str, Any]:
    return {k: v for k, v in portfolio.settings.items() if not k.startswith("move_budget_")}


def _owned_as(portfolio: Portfolio, plan: Plan) -> Portfolio:
    """The portfolio with the plan's owners as today's."""
    owner = plan.by_account
    accounts = tuple(
        a.model_copy(update={"csm_id": owner[a.id]}) if owner.get(a.id) is not None else a for a in portfolio.accounts
    )
    return portfolio.model_copy(update={"accounts": accounts})


def _asked(problem: Problem, names: Sequence[str]) -> list[Csm]:
    """The people asked for, by id or name; without names all people who are there at the end of the horizon."""
    there = [c for c, gone in zip(problem.csms, problem.leaves, strict=True) if not gone]
    if not names:
        return [c for c in there if c.kind is Kind.PERSON]
    found = []
    for name in names:
        match = [c for c in there if name.casefold() in (c.id.casefold(), c.name.casefold())]
        if len(match) != 1:
            known = ", ".join(c.name for c in there[:12])
            what = "nobody" if not match else f"{len(match)} CSMs"
            raise UsageError(f'"{name}" is {what} who is there at the end of the horizon. Maybe one of: {known}.')
        found.append(match[0])
    return found


def _leaving(outcome: Mapping[str, Any]) -> Leaving:
    return Leaving(
        csm_id=outcome["csm"],
        accounts=outcome["accounts"],
        hours=outcome["hours"],
        arr=outcome["arr"],
        takings=tuple(Taking(*row) for row in outcome["takings"]),
        over=tuple((str(c), float(b), float(a)) for c, b, a in outcome["over"]),
        short=outcome["short"],
        proved=outcome["proved"],
    )


__all__ = ["LeaveOneOut", "Leaving", "Taking", "leave", "leave_one_out", "without"]
