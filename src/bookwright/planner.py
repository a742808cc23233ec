"""The method of the product: audit, solve, check, and where no plan keeps every hard rule, the nearest one; reasons."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright import diagnose, engine
from bookwright.books import Plan
from bookwright.engine import Answer, LevelReport, Limits, Progress
from bookwright.engine.solve import solve as run_engine
from bookwright.engine.warm import warm
from bookwright.explain import explain
from bookwright.findings import Finding, Findings, Severity
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Cell, Portfolio
from bookwright.problem import Problem, resolve
from bookwright.result import Breach, ExceptionNote, LedgerRow, PriorityReport, Result, Status, StoppedBy
from bookwright.rules import Board, Ground, Rule, build, set_up
from bookwright.rules.move_price import MovePrice
from bookwright.solve import Posted, chosen_moves, post, unit_of, value_of

_KEPT_FOR_FEWEST = 0.07


def usual_seconds(accounts: int) -> float:
    """How long to search when nobody says: a minute, less for teams where nothing is won by waiting."""
    return 5.0 if accounts <= 250 else 20.0 if accounts <= 600 else 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to search: seconds of solving (None = no clock), effort, gap, seed, workers, and who hears of progress."""

    time_limit: float | None = 60.0
    effort: int | None = None
    gap: float = 1e-4
    seed: int = 0
    workers: int = 1
    on_progress: Callable[[Progress], None] | None = None
    stop: Callable[[], bool] | None = None

    def limits(self, spent: float = 0.0) -> Limits:
        """As the engine takes them, with `spent` seconds gone; a little is kept for proving the fewest moves."""
        seconds = None if self.time_limit is None else max(0.5, (self.time_limit - spent) * (1 - _KEPT_FOR_FEWEST))
        return Limits(seconds, self.effort, self.gap, self.seed, self.workers, self.on_progress, self.stop)

    def shown(self) -> dict[str, Any]:
        """For the Run sheet."""
        alone = self.effort is not None and self.time_limit is None and self.workers == 1
        return {
            "seed": self.seed,
            "workers": self.workers,
            "time limit (s)": self.time_limit,
            "effort": self.effort,
            "gap": self.gap,
            "reproducible": alone,
        }


def plan(
    portfolio: Portfolio,
    model: PlanningModel,
    options: Options | None = None,
    *,
    today: dt.date | None = None,
    effective_date: dt.date | None = None,
    settings: Mapping[str, Cell] | None = None,
    findings: Findings | None = None,
    start: Mapping[str, str | None] | None = None,
) -> Result:
    """Give every account an owner: the plan, how good it is proved to be, and why.

    `settings` are options laid over the model and the Settings sheet, by the sheet's names. `start` (account id -> CSM
    id) is a plan to search from, e.g. the last round's; accounts it does not name start with today's CSM. Raises
    `InputError` where cells, references or settings cannot be resolved; a plan that cannot keep the hard rules is a
    Result, not an error.
    """
    options = options or Options()
    warm_up()
    began = time.perf_counter()
    problem = resolve(portfolio, model, today=today or dt.date.today(), effective_date=effective_date, options=settings)
    rules = build(problem.model)
    board = set_up(problem, rules)
    said = (findings or Findings()) + audit(board)
    posted = post(board, problem.model.priorities)
    answer = run_engine(
        posted.model, posted.accounts_to_agents(_start(problem, start)), options.limits(time.perf_counter() - began)
    )
    elastic = answer.hard_breach > 0
    impossible = answer.impossible or bool(board.contradictions) or bool(len(board.orphans()))
    if elastic:
        proved = answer.impossible
        posted = post(board, problem.model.priorities, elastic=True)
        answer = run_engine(posted.model, answer.agent_of, options.limits(time.perf_counter() - began))
        kept = all(report.value == 0 for report in answer.levels[: len(posted.elastic)])
        proved = proved or any(report.bound > 0 for report in answer.levels[: len(posted.elastic)])
        impossible = impossible or (proved and not kept)
        elastic = not kept
    today_plan = Plan.today(problem)
    found = Plan(problem, posted.agents_to_accounts(answer.agent_of), board.forced())
    ground = ground_of(board, today_plan)
    said_by = {rule.id: rule.check(found, ground) for rule in rules}
    breaches = in_order(said_by)
    status = _status(answer, posted, impossible, elastic)
    if status in (Status.OPTIMAL, Status.FEASIBLE) and any(b.hard for b in breaches):
        broken = next(b for b in breaches if b.hard)
        raise AssertionError(f"the independent check does not agree with the solver: {broken.what}")
    fewest = (
        _fewest_moves(posted, board, answer, options, time.perf_counter() - began)
        if status is Status.FEASIBLE or status is Status.OPTIMAL
        else None
    )
    versions = _versions()
    result = Result(
        status=status,
        stopped_by=StoppedBy(answer.stopped.value),
        problem=problem,
        plan=found,
        today=today_plan,
        priorities=_priorities(board, posted, answer, problem),
        breaches=breaches,
        ledger=_ledger(rules, found, ground, said_by),
        bands=tuple(replace(b, after=_after(b.measure, b.csm_id, board, found)) for b in board.bands),
        target_shares=tuple(board.target_shares),
        whales=tuple((name, problem.accounts[i].id, problem.csms[j].id) for name, i, j in board.whales),
        exceptions=tuple(ExceptionNote(rule, problem.accounts[i].id, text) for rule, i, text in board.exceptions),
        frozen={problem.accounts[i].id: hold.why for i, hold in sorted(board.holds.items())},
        findings=said + _thin_new_books(board, found, today_plan),
        why=explain(board, found, problem.model.priorities),
        price=_prices(rules, found),
        fewest_moves=fewest,
        log=tuple(_log_line(p) for p in answer.log),
        options=options.shown(),
        versions=versions,
        fingerprint=fingerprint(problem, options.seed, versions),
        plan_id=found.plan_hash[:12],
        duals={report.name: {**report.duals, "csm_of": _by_account(posted, report)} for report in answer.levels},
    )
    if status in (Status.IMPOSSIBLE, Status.NO_PLAN_FOUND):
        result = replace(result, diagnosis=diagnose.sentences(board, result))
    return replace(result, seconds={"read": 0.0, "solve": time.perf_counter() - began, "write": 0.0})


def warm_up() -> None:
    """Compile the search before the clock starts: half a minute once per installation, two seconds in later runs."""
    warm()


def _start(problem: Problem, start: Mapping[str, str | None] | None) -> NDArray[np.int32]:
    """CSM position per account to search from; -1 where today has no CSM and the start names none."""
    if start is None:
        return problem.owner
    at = problem.csm_position
    named = [at.get(start.get(a.id) or "", -1) for a in problem.accounts]
    return np.where(np.array(named, dtype=np.int32) >= 0, named, problem.owner).astype(np.int32)


def _by_account(posted: Posted, report: LevelReport) -> NDArray[np.int32] | None:
    """The plan a level's turn ended with (accounts,): where its repairs start, once decisions are priced."""
    return None if report.agent_of is None else posted.agents_to_accounts(report.agent_of)


def audit(board: Board) -> Findings:
    """What is said before any solving: contradictions, accounts nobody may own, segments short of hours."""
    problem = board.problem
    found: list[Finding] = []
    for c in board.contradictions:
        found.append(
            Finding("contradiction", Severity.WARNING, c.text, "Maybe change the pin, or the row on the Pairs sheet.")
        )
    found.extend(diagnose.orphan_findings(board))
    found.extend(diagnose.shortages(board))
    for code, text, members in board.notes:
        found.append(Finding(code, Severity.WARNING, text, count=max(1, len(members))))
    fallback = sum(origin == "fallback" for origin in problem.hours_origin)
    built = sum(origin == "touchpoints" for origin in problem.hours_origin)
    by_model = sum(origin == "segment" for origin in problem.hours_origin) + built
    if by_model or fallback:
        text = (
            f"{by_model + fallback:,} accounts have no hours: {by_model:,} take the planning model's for their segment"
        )
        if built:
            text += f" ({built:,} from its touchpoints)"
        if fallback:
            text += f", {fallback:,} its fallback of {problem.model.hours_per_month_elsewhere:g} h"
        advice = "Maybe set hours per segment on the Settings sheet, or fill Hours per month."
        found.append(Finding("hours_from_model", Severity.WARNING, text + ".", advice, count=by_model + fallback))
    for rule, i, text in board.exceptions:
        found.append(Finding("exception", Severity.NOTE, f"{problem.accounts[i].label} {text} ({rule})."))
    for name, i, j in board.whales:
        label, csm = problem.accounts[i].label, problem.csms[j].name
        text = f"{label} is too large for any band of {_spoken(name, problem)}: it is set against {csm}'s target."
        found.append(Finding("whale", Severity.NOTE, text))
    return Findings(tuple(found))


def _thin_new_books(board: Board, plan: Plan, today: Plan) -> list[Finding]:
    """Books that were empty and end below nine tenths of their target hours, each with the reason."""
    problem = board.problem
    found = []
    for band in board.bands:
        j = problem.csm_position[band.csm_id]
        hours = plan.books[j].hours
        if band.measure != "utilization" or today.books[j].accounts or hours >= 0.9 * band.target:
            continue
        why = "it is inside the band, and every further move costs more than it evens out"
        if hours < band.low:
            why = "what may move to this book is held by freezes, pins, coverage or the budgets"
        ends = f"ends at {hours:,.0f} of {band.target:,.0f} target hours"
        text = f"{problem.csms[j].name} starts with an empty book and {ends}: {why}."
        found.append(Finding("thin_new_book", Severity.NOTE, text))
    return found


def _spoken(measure: str, problem: Problem) -> str:
    """A measure as people call it: renewal_arr_0 is the Renewal ARR of the first quarter."""
    if measure.startswith("renewal_arr_"):
        return f"Renewal ARR {problem.quarters[int(measure.rsplit('_', 1)[1])].label}"
    return {"arr": "ARR", "utilization": "utilization"}.get(measure, measure.replace("_", " "))


def ground_of(board: Board, today: Plan) -> Ground:
    """What checks may know besides the plan."""
    problem = board.problem
    held = {problem.accounts[i].id: problem.csms[h.csm].id for i, h in board.holds.items()}
    split = tuple(members for code, _, members in board.notes if code == "family_split")
    return Ground(today, held, tuple(board.bands), split)


def check(rules: Sequence[Rule], plan: Plan, ground: Ground) -> tuple[Breach, ...]:
    """Every rule's independent check, hard breaches first, in the order of the catalogue."""
    return in_order({rule.id: rule.check(plan, ground) for rule in rules})


def in_order(said_by: Mapping[str, Sequence[Breach]]) -> tuple[Breach, ...]:
    """Breaches by rule as one list: hard ones first, in the order of the catalogue."""
    return tuple(sorted((b for found in said_by.values() for b in found), key=lambda b: not b.hard))


def _status(answer: Answer, posted: Posted, impossible: bool, elastic: bool) -> Status:
    if impossible:
        return Status.IMPOSSIBLE
    if elastic:
        return Status.NO_PLAN_FOUND
    reports = answer.levels[len(posted.elastic) :]
    return Status.OPTIMAL if all(r.gap <= 1e-4 for r in reports) else Status.FEASIBLE


def _priorities(board: Board, posted: Posted, answer: Answer, problem: Problem) -> tuple[PriorityReport, ...]:
    titles = {
        "hours": "Hours over 100 %",
        "balance": "Outside the bands",
        "changes": "Changes from the last round",
        "moves": "Price of moves",
        "evenness": "Utilization spread",
    }
    found = []
    for k, report in enumerate(answer.levels):
        size, unit = unit_of(report.name)
        mine = problem.model.priority(report.name) if k >= len(posted.elastic) else None
        before = None if mine is None else value_of(board, report.name, problem.owner) / size
        best = report.best if report.best is not None else report.value
        found.append(
            PriorityReport(
                name=report.name,
                title=titles.get(report.name, report.name.capitalize()),
                unit=unit,
                before=before,
                value=report.value / size,
                best=best / size,
                bound=report.bound / size,
                certified=report.certified / size,
                solver=report.solver / size,
                gap=report.gap,
                give=0.0 if mine is None else problem.model.priorities[mine].give,
                limit=report.limit / size,
            )
        )
    return tuple(found)


def _after(measure: str, csm_id: str, board: Board, plan: Plan) -> float:
    """Load of a band's measure under the plan, in the workbook's unit."""
    book = plan.books[board.problem.csm_position[csm_id]]
    if measure.startswith("renewal_arr_"):
        return book.renewal_arr[int(measure.rsplit("_", 1)[1])]
    simple = {"arr": book.arr, "utilization": book.hours, "hours": book.hours, "accounts": float(book.accounts)}
    simple |= {"red_arr": book.red_arr, "growth_potential": book.growth_potential}
    if measure in simple:
        return simple[measure]
    values = board.problem.measure(measure)
    mine = plan.csm_of == board.problem.csm_position[csm_id]
    return float(values[mine].sum()) if values is not None else 0.0


def _ledger(
    rules: Sequence[Rule], plan: Plan, ground: Ground, said_by: Mapping[str, Sequence[Breach]]
) -> tuple[LedgerRow, ...]:
    problem = plan.problem
    found = []
    for rule in rules:
        before, after = rule.check(ground.today, ground), said_by[rule.id]
        found.append(
            LedgerRow(
                rule=rule.id,
                title=rule.title,
                sentence=rule.sentence(problem),
                mode=rule.mode,
                priority=rule.priority,
                measure=rule.measure,
                unit=rule.unit,
                before=rule.score(ground.today, ground, before),
                after=rule.score(plan, ground, after),
                breaches_before=len(before),
                breaches_after=len(after),
            )
        )
    return tuple(found)


def _prices(rules: Sequence[Rule], plan: Plan) -> dict[str, float]:
    rule = next((r for r in rules if isinstance(r, MovePrice)), None)
    if rule is None:
        return {}
    every = rule.price_of(plan.problem)
    return {m.account_id: every[m.account_id] for m in plan.moves}


def _fewest_moves(posted: Posted, board: Board, answer: Answer, options: Options, spent: float) -> int | None:
    """A proven lower bound on the number of chosen moves, hours and balance kept as well."""
    names = [level.name for level in posted.model.levels]
    if "moves" not in names or posted.elastic:
        return None
    cost = chosen_moves(board, posted)
    seconds = None if options.time_limit is None else min(5.0, max(0.5, options.time_limit - spent))
    return engine.side_bound(posted.model, answer, cost, levels=names.index("moves"), seconds=seconds)


def fingerprint(problem: Problem, seed: int, versions: Mapping[str, str]) -> str:
    """sha256 of facts, planning model, effective date, seed and versions: what an outcome depends on."""
    facts = problem.portfolio.model_dump_json(exclude={"source"})
    model = problem.model.model_dump(mode="json", exclude={"text", "origins"})
    rest = [model, problem.effective_date.isoformat(), seed, dict(versions)]
    text = f"{facts}\n{json.dumps(rest, sort_keys=True, default=str)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _versions() -> dict[str, str]:
    names = ("bookwright", "ortools", "numpy", "scipy", "clarabel", "numba", "pydantic")
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "from source"
    return found


def _log_line(p: Progress) -> dict[str, Any]:
    size, _ = unit_of(p.name)
    return {
        "seconds": round(p.seconds, 3),
        "priority": p.name,
        "value": p.value / size,
        "bound": p.bound / size,
        "note": p.note,
    }
