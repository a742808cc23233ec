"""The method of the product: lay out, search, check; where no plan keeps every hard rule, the nearest one; reasons."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright import diagnose, engine
from bookwright.audit import audit, thin_new_books
from bookwright.books import Plan
from bookwright.engine import Answer, LevelReport, Limits, Progress
from bookwright.engine.solve import solve as run_engine
from bookwright.engine.warm import warm
from bookwright.explain import explain
from bookwright.explain.ledger import complete, priced_limits
from bookwright.findings import Findings
from bookwright.outcome import after, check, ground_of, in_order, ledger, prices, priorities
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Cell, Portfolio
from bookwright.problem import Problem, resolve
from bookwright.provenance import fingerprint, log_line, versions_here
from bookwright.result import ExceptionNote, Result, Status, StoppedBy
from bookwright.rules import Board, Rule, build, set_up
from bookwright.solve import Posted, chosen_moves, post

__all__ = ["Options", "audit", "check", "fingerprint", "ground_of", "in_order", "plan", "usual_seconds", "warm_up"]

_KEPT_FOR_FEWEST = 0.07


def usual_seconds(accounts: int) -> float:
    """How long to search when nobody says: a minute, less for teams where nothing is won by waiting."""
    return 3.0 if accounts <= 250 else 20.0 if accounts <= 600 else 60.0


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


@dataclass(frozen=True, eq=False)
class Laid:
    """Facts and planning model laid together: what the rules posted, and what was said before any solving."""

    problem: Problem
    rules: tuple[Rule, ...]
    board: Board
    findings: Findings


@dataclass(frozen=True, eq=False)
class Searched:
    """What the engine came to. `impossible`: proved that no plan keeps the hard rules; `nearest`: this one does not."""

    posted: Posted
    answer: Answer
    impossible: bool
    nearest: bool

    @property
    def status(self) -> Status:
        """What is known of the plan."""
        if self.impossible:
            return Status.IMPOSSIBLE
        if self.nearest:
            return Status.NO_PLAN_FOUND
        reports = self.answer.levels[len(self.posted.elastic) :]
        return Status.OPTIMAL if all(r.gap <= 1e-4 for r in reports) else Status.FEASIBLE


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
    laid = lay_out(problem, findings)
    searched = search(laid, options, start, began)
    result = assemble(laid, searched, options, began)
    if result.status in (Status.IMPOSSIBLE, Status.NO_PLAN_FOUND):
        result = replace(result, diagnosis=diagnose.sentences(laid.board, result))
    return replace(result, seconds={"read": 0.0, "solve": time.perf_counter() - began, "write": 0.0})


def lay_out(problem: Problem, findings: Findings | None = None) -> Laid:
    """Let the rules of the planning model speak on the facts."""
    rules = build(problem.model)
    board = set_up(problem, rules)
    return Laid(problem, rules, board, (findings or Findings()) + audit(board))


def search(
    laid: Laid, options: Options, start: Mapping[str, str | None] | None = None, began: float | None = None
) -> Searched:
    """The best plan found that keeps the hard rules; where none is found, the nearest one, the hard rules elastic."""
    began = time.perf_counter() if began is None else began
    board, levels = laid.board, laid.problem.model.priorities
    posted = post(board, levels)
    begin = posted.accounts_to_agents(_start(laid.problem, start))
    answer = run_engine(posted.model, begin, options.limits(time.perf_counter() - began))
    nearest = answer.hard_breach > 0
    impossible = answer.impossible or bool(board.contradictions) or bool(len(board.orphans()))
    if nearest:
        proved = answer.impossible
        posted = post(board, levels, elastic=True)
        answer = run_engine(posted.model, answer.agent_of, options.limits(time.perf_counter() - began))
        kept = all(report.value == 0 for report in answer.levels[: len(posted.elastic)])
        proved = proved or any(report.bound > 0 for report in answer.levels[: len(posted.elastic)])
        impossible = impossible or (proved and not kept)
        nearest = not kept
    return Searched(posted, answer, impossible, nearest)


def assemble(laid: Laid, searched: Searched, options: Options, began: float) -> Result:
    """The plan checked by every rule on its own arithmetic, with all that reports say of it."""
    problem, rules, board = laid.problem, laid.rules, laid.board
    posted, answer, status = searched.posted, searched.answer, searched.status
    today_plan = Plan.today(problem)
    found = Plan(problem, posted.agents_to_accounts(answer.agent_of), board.forced())
    ground = ground_of(board, today_plan)
    said_by = {rule.id: rule.check(found, ground) for rule in rules}
    breaches = in_order(said_by)
    good = status in (Status.OPTIMAL, Status.FEASIBLE)
    if good and any(b.hard for b in breaches):
        broken = next(b for b in breaches if b.hard)
        raise AssertionError(f"the independent check does not agree with the solver: {broken.what}")
    spent = time.perf_counter() - began
    versions = versions_here()
    reported = priorities(board, posted, answer, problem)
    proofs = [(report.name, report.certified, report.duals) for report in answer.levels]
    priced = priced_limits(board, [family.name for family in posted.model.families], proofs) if good else {}
    return Result(
        status=status,
        stopped_by=StoppedBy(answer.stopped.value),
        problem=problem,
        plan=found,
        today=today_plan,
        priorities=reported,
        breaches=breaches,
        ledger=complete(ledger(rules, found, ground, said_by), board, found, reported, priced, kept=good),
        bands=tuple(replace(b, after=after(b.measure, b.csm_id, board, found)) for b in board.bands),
        target_shares=tuple(board.target_shares),
        whales=tuple((name, problem.accounts[i].id, problem.csms[j].id) for name, i, j in board.whales),
        exceptions=tuple(ExceptionNote(rule, problem.accounts[i].id, text) for rule, i, text in board.exceptions),
        frozen={problem.accounts[i].id: hold.why for i, hold in sorted(board.holds.items())},
        findings=laid.findings + thin_new_books(board, found, today_plan),
        why=explain(board, found, problem.model.priorities),
        price=prices(rules, found),
        fewest_moves=_fewest_moves(posted, board, answer, options, spent) if good else None,
        log=tuple(log_line(p) for p in answer.log),
        options=options.shown(),
        versions=versions,
        fingerprint=fingerprint(problem, options.seed, versions),
        plan_id=found.plan_hash[:12],
        duals={report.name: {**report.duals, "csm_of": _by_account(posted, report)} for report in answer.levels},
    )


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


def _fewest_moves(posted: Posted, board: Board, answer: Answer, options: Options, spent: float) -> int | None:
    """A proven lower bound on the number of chosen moves, hours and balance kept as well."""
    names = [level.name for level in posted.model.levels]
    if "moves" not in names or posted.elastic:
        return None
    cost = chosen_moves(board, posted)
    seconds = None if options.time_limit is None else min(5.0, max(0.5, options.time_limit - spent))
    return engine.side_bound(posted.model, answer, cost, levels=names.index("moves"), seconds=seconds)
