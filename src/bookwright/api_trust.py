"""How far a plan can be trusted, for Python users: the ledger, prices of rules, how firm moves are, the backtest.

PLAN is the plan's workbook or its store.

import bookwright.api_trust as trust
plan, rows = trust.ledger("plan.xlsx")
trust.rule_prices("plan.xlsx")
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bookwright import api, planner
from bookwright.findings import ReviewError
from bookwright.planning_model import PlanningModel, load
from bookwright.problem import Problem
from bookwright.report import backtest as replayed
from bookwright.report import stability as shaken
from bookwright.report.rules import ledger_of
from bookwright.report.why import Opened, opened
from bookwright.result import LedgerRow, Result
from bookwright.review.price import base_of_stored
from bookwright.scenarios.sweep import Line
from bookwright.tables.write import write as write_book
from bookwright.trust import backtest as replaying
from bookwright.trust import rule_prices as pricing
from bookwright.trust import stability as shaking
from bookwright.trust.backtest import Backtest
from bookwright.trust.kept import keep
from bookwright.trust.rule_prices import RulePrice
from bookwright.trust.stability import Stability

PathLike = str | Path


def ledger(plan: PathLike, *, store: PathLike | None = None) -> tuple[Opened, tuple[LedgerRow, ...]]:
    """A stored plan and its ledger: what each rule weighs, before and after, and whether it is binding."""
    at_hand = opened(Path(plan), None if store is None else Path(store))
    return at_hand, ledger_of(at_hand)


def rule_prices(
    plan: PathLike,
    *,
    store: PathLike | None = None,
    seconds: float = 2.0,
    solve: bool | None = None,
    on_progress: Callable[[int, str], None] | None = None,
) -> tuple[RulePrice, ...]:
    """What each rule a little looser would buy, priority by priority; see `bookwright.trust.rule_prices`.

    `seconds` for each search; `solve` None = where it is cheap. A plan that breaks hard rules is a `ReviewError`.
    """
    at_hand = _kept(plan, store, "rules have no price yet")
    base = base_of_stored(at_hand.stored)
    return pricing.rule_prices(base, seconds=seconds, solve=solve, on_progress=on_progress)


def stability(
    plan: PathLike,
    *,
    store: PathLike | None = None,
    runs: int = shaking.RUNS,
    arr_percent: float = shaking.ARR_PERCENT,
    hours_percent: float = shaking.HOURS_PERCENT,
    seed: int = 0,
    seconds: float = 3.0,
    effort: int | None = None,
    workers: int = 1,
    on_line: Callable[[Line], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[Opened, Stability]:
    """A stored plan and how firm its moves are when ARR and hours are a little off; see `bookwright.trust.stability`.

    `seconds` of search for each run; with `effort` instead no clock is read and the same seed gives the same answer.
    """
    at_hand = _kept(plan, store, "there is no telling how firm its moves are")
    found = shaking.stability(
        at_hand.board.problem,
        at_hand.stored.after,
        runs=runs,
        arr_percent=arr_percent,
        hours_percent=hours_percent,
        seed=seed,
        seconds=seconds,
        effort=effort,
        workers=workers,
        on_line=on_line,
        stop=stop,
    )
    return at_hand, found


def firmness(
    result: Result,
    *,
    runs: int = shaking.RUNS,
    seed: int = 0,
    seconds: float = 3.0,
    effort: int | None = None,
    workers: int = 1,
    on_line: Callable[[Line], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[Result, Stability | None]:
    """A plan just made with how firm its moves are, for its sheet Moves; None where it moves nothing or breaks rules.

    See `stability`. `keep_stability` puts it into the store once that is written.
    """
    if result.status.value not in ("OPTIMAL", "FEASIBLE") or not result.plan.moves:
        return result, None
    problem = result.problem
    how = {"seed": seed, "seconds": seconds, "effort": effort, "workers": workers, "on_line": on_line, "stop": stop}
    try:
        found = shaking.stability(problem, result.plan.by_account, runs=runs, **how)  # type: ignore[arg-type]
    except ReviewError:
        # No run counts: interrupted before the first, or none keeps the hard rules. The plan is none the worse.
        return result, None
    return replace(result, firmness=shaken.by_account(found, problem)), found


def keep_stability(found: Stability, store: PathLike, plan_id: str) -> None:
    """Keep how firm moves are in the plan's store, so that `why` says it; a `ReviewError` where that cannot be."""
    keep(found, Path(store), plan_id)


def write_stability(found: Stability, problem: Problem, path: PathLike, *, inputs: tuple[PathLike, ...] = ()) -> Path:
    """Write how firm each move is as a workbook; returns where it went."""
    return write_book(shaken.workbook(found, problem), Path(path), inputs=inputs).path


def _kept(plan: PathLike, store: PathLike | None, so: str) -> Opened:
    """A stored plan that keeps every hard rule; another one is a `ReviewError`."""
    at_hand = opened(Path(plan), None if store is None else Path(store))
    if at_hand.stored.meta["status"] not in ("OPTIMAL", "FEASIBLE"):
        raise ReviewError(f"This plan does not keep every hard rule, so {so}. Maybe mend what its Rules sheet lists.")
    return at_hand


def backtest(
    before: PathLike,
    after: PathLike,
    *,
    model: str | Path | PlanningModel = api.DEFAULT_MODEL,
    effective_date: dt.date | None = None,
    time_limit: float | None = None,
    effort: int | None = None,
    columns: PathLike | Mapping[str, Any] | None = None,
    dates: str | None = None,
    duplicates: str = "refuse",
) -> Backtest:
    """What was done between two books, and what this tool would have done; see `bookwright.trust.backtest`.

    `before` and `after` are workbooks or folders of .csv. Raises `InputError` for a book that cannot be read.
    """
    chosen = model if isinstance(model, PlanningModel) else load(model)
    books = []
    for book in (before, after):
        portfolio, said = api.prepare(api.read(book, columns=columns, dates=dates, duplicates=duplicates), chosen)
        findings = portfolio.findings + said
        findings.stop_on_errors()
        books.append(portfolio.model_copy(update={"findings": findings}))
    if effort is None and time_limit is None:
        time_limit = planner.usual_seconds(len(books[0].accounts))
    options = planner.Options(None if effort else time_limit, effort)
    return replaying.backtest(books[0], books[1], chosen, options, effective_date=effective_date)


def write_backtest(found: Backtest, path: PathLike, *, inputs: tuple[PathLike, ...] = ()) -> Path:
    """Write the comparison as a workbook; returns where it went."""
    return write_book(replayed.workbook(found), Path(path), inputs=inputs).path
