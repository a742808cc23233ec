"""A new round: facts from today's book, decisions from the store, the rest planned again with as few changes as can be.

Hours and balance come first, then changes from the last round's plan, then the price of moves from today's CSM. Where
the decisions cannot all hold, the smallest set that clashes is named and the last good plan is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bookwright import planner, store
from bookwright.clash import Clash, smallest_clash
from bookwright.findings import Findings, ReviewError, UsageError
from bookwright.planning_model import PlanningModel, Priority, place_of
from bookwright.portfolio import Cell, Portfolio
from bookwright.problem import resolve
from bookwright.result import Result, Status
from bookwright.review import since as book_since
from bookwright.review import standing as decided
from bookwright.review.alarms import alarms
from bookwright.review.decisions import Decision
from bookwright.review.merge import merge
from bookwright.review.rounds import Rounds
from bookwright.review.since import Since, since
from bookwright.review.standing import Standing
from bookwright.rules import build, set_up
from bookwright.store import Stored

RULES = ("decisions", "last_round")
CHANGES = "changes"
_GOOD = (Status.OPTIMAL.value, Status.FEASIBLE.value)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A new round before any solving: what changed, what became of the decisions, and what is to be planned."""

    round: int
    last: Stored
    portfolio: Portfolio
    model: PlanningModel
    settings: Mapping[str, Cell]
    effective_date: dt.date
    since: Since
    standing: Standing
    alarms: tuple[str, ...]
    said: tuple[str, ...]
    """All of it in sentences, what changed first."""


@dataclass(frozen=True, eq=False)
class Resolved:
    """A round planned: `result` is the plan, or the nearest one where the decisions clash (`clash` names them).

    `changes` counts accounts whose CSM differs from the last round's plan. Only a plan that keeps the hard rules is to
    be saved (`good`).
    """

    prepared: Prepared
    result: Result
    clash: Clash | None
    changes: int

    @property
    def good(self) -> bool:
        """Whether it keeps every hard rule and decision: else the last good plan is kept.

        Where the last round's plan was only the nearest one itself, it is enough that every decision holds.
        """
        if self.result.status.value in _GOOD:
            return True
        decisions = any(b.rule == "decisions" for b in self.result.breaches)
        return self.prepared.last.meta["status"] not in _GOOD and self.clash is None and not decisions


def prepare(
    store_path: str | Path, round: int, portfolio: Portfolio, *, today: dt.date, corrected: tuple[str, ...] = ()
) -> Prepared:
    """Say what changed since the last round and which decisions hold; solves nothing.

    `portfolio` is today's book, `corrected` what was said of corrections in it: it is said first. Raises `UsageError`
    where the round does not follow the last one, `ReviewError` where answers are still in conflict.
    """
    number = _follows(store_path, round)
    last = store.load(store_path, number)
    with Rounds(store_path) as rounds:
        told = []
        gone_names: dict[str, str] = {}
        for n in range(1, number + 1):
            of_round = store.load(store_path, n) if n < number else last
            gone_names |= {c.id: c.name for c in of_round.portfolio.csms}
            merged = merge(rounds.decisions(n))
            if merged.conflicts and n == number:
                raise ReviewError(
                    f"{len(merged.conflicts)} accounts are in conflict. Maybe fill in the Conflicts workbook and"
                    " collect it."
                )
            told.append((merged.decisions, of_round.before, of_round.after))
        approved = {pair for a in rounds.approvals(kind="exceptions") for pair in a.content}
    when = dt.date.fromisoformat(last.meta["effective_date"])
    settings = options_of(last.model)
    plain = without_rounds(last.model)
    problem = resolve(portfolio, plain, today=today, effective_date=when, options=settings)
    board = set_up(problem, build(problem.model))
    changed = since(last.portfolio, last.before, last.after, problem)
    found = decided.sort(decided.latest(told), board, approved, gone_names)
    current: Mapping[str, Decision] = told[-1][0]
    later = [h.account_id for h in found.holdovers]
    every = {d.account_id: d for d in [*(k.decision for k in found.kept), *current.values()]}
    loud = alarms(portfolio, every.values(), last.kinds, later)
    model = with_round(plain, found, last.after)
    said = (*corrected, *book_since.lines(changed, last.portfolio, problem), *decided.lines(found, problem), *loud)
    return Prepared(round, last, portfolio, model, settings, when, changed, found, loud, said)


def solve(
    prepared: Prepared,
    options: planner.Options | None = None,
    *,
    today: dt.date,
    findings: Findings | None = None,
) -> Resolved:
    """Plan a prepared round, starting from the last round's plan."""
    p = prepared
    result = planner.plan(
        p.portfolio,
        p.model,
        options,
        today=today,
        effective_date=p.effective_date,
        settings=p.settings,
        findings=findings,
        start={**p.last.after, **{a: held["csm"] for a, held in p.standing.hold.items()}},
    )
    result = replace(result, holdovers=p.standing.holdovers, since_last_round=p.said)
    clash = None
    if result.status.value not in _GOOD and p.standing.kept:
        plain = resolve(
            p.portfolio, without_rounds(p.model), today=today, effective_date=p.effective_date, options=p.settings
        )
        clash = smallest_clash(plain, {k.decision.account_id: k.csm_id for k in p.standing.kept})
        if clash is not None:
            result = replace(result, diagnosis=(clash_sentence(clash, p), *result.diagnosis))
    then = p.last.after
    changes = sum(a in then and then[a] != c for a, c in result.plan.by_account.items())
    return Resolved(p, result, clash, changes)


def save(resolved: Resolved, store_path: str | Path) -> bool:
    """Keep the round's plan in the store; a plan that breaks hard rules is not kept, and the last good one stands."""
    if not resolved.good:
        return False
    store.save_round(resolved.result, store_path, resolved.prepared.round)
    return True


def clash_sentence(clash: Clash, prepared: Prepared) -> str:
    """The clash in words, each decision with whose it is."""
    book = prepared.portfolio.account_by_id
    by_id = {k.decision.account_id: k for k in prepared.standing.kept}
    name = prepared.portfolio.csm_name
    parts = [
        f"{book[a].label} to {name(by_id[a].csm_id)} ({by_id[a].decision.reviewer})"
        for a in clash.account_ids
        if a in by_id
    ]
    head = "The smallest set of decisions" if clash.smallest else "A set of decisions"
    return f"{head} that cannot all hold: {'; '.join(parts)}. {clash.why}"


def _follows(store_path: str | Path, round: int) -> int:
    """The number of the last round, after which `round` comes; a round not yet sent may be planned once more."""
    planned = store.rounds_planned(store_path)
    last = planned[-1]
    if round == last + 1:
        return last
    if round == last and round > 1:
        with Rounds(store_path) as rounds:
            begun = {r.number for r in rounds.rounds()} | {a.round for a in rounds.approvals(kind="plan")}
            begun |= {d.round for d in rounds.decisions()}
        if round not in begun:
            return planned[-2]
        raise UsageError(f"Round {round} is under review already. Maybe --round {round + 1}.")
    raise UsageError(f"The last round planned is {last}. Maybe --round {last + 1}.")


def without_rounds(model: PlanningModel) -> PlanningModel:
    """The planning model as it was before any review."""
    rules = {name: table for name, table in model.rules.items() if name not in RULES}
    levels = tuple(p for p in model.priorities if p.name != CHANGES)
    return model.model_copy(update={"rules": rules, "priorities": levels})


def with_round(model: PlanningModel, found: Standing, last: Mapping[str, str | None]) -> PlanningModel:
    """The planning model with the decisions as a hard rule, and few changes as a priority after hours and balance."""
    rules: dict[str, Any] = dict(model.rules)
    rules["last_round"] = {"plan": {a: c for a, c in last.items() if c is not None}}
    rules["decisions"] = {"hold": found.hold}
    levels = list(model.priorities)
    first = [k for k, p in enumerate(levels) if p.name in ("hours", "balance")]
    levels.insert(first[-1] + 1 if first else 0, Priority(name=CHANGES))
    return model.model_copy(update={"rules": rules, "priorities": tuple(levels)})


def options_of(model: PlanningModel) -> dict[str, Cell]:
    """Settings that were given as options in the first round: they hold on, whatever the new Settings sheet says."""
    found: dict[str, Cell] = {}
    for key, origin in model.origins.items():
        if origin == "option" and key != "effective_date":
            found[key] = _value(model, key)
    return {key: value for key, value in found.items() if value is not None}


def _value(model: PlanningModel, key: str) -> Any:
    if key.startswith("hours_per_month:"):
        return model.hours_per_month.get(key.split(":", 1)[1])
    place: Any = model.model_dump(exclude={"origins", "text"})
    path = place_of(key).split(".")
    for part in path:
        if isinstance(place, list | tuple):
            place = next((table for table in place if table.get("measure") == part), None)
        else:
            place = place.get(part)
        if place is None:
            return None
    return place
