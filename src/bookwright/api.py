"""What each command calls, for Python users: read, check, plan, write, tables.

import bookwright as bw
p = bw.read("book.xlsx")
r = bw.plan(p, "quarterly_rebalance")
bw.write(r, "plan.xlsx")
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookwright import planner, store
from bookwright.capacity import Capacity, Outcome, analyse
from bookwright.engine import Progress
from bookwright.findings import Findings, UsageError
from bookwright.planning_model import PlanningModel, load
from bookwright.portfolio import Cell, Portfolio
from bookwright.problem import resolve
from bookwright.report.summary import frozen_word
from bookwright.report.tables import frames as as_frames
from bookwright.report.tables import workbook
from bookwright.result import Result
from bookwright.scenarios.cover import interim_cover
from bookwright.tables import Sql, convert, map_segments
from bookwright.tables import read as read_book
from bookwright.tables.write import write as write_book
from bookwright.workload import sort_into_segments, with_sheets

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_MODEL = "quarterly_rebalance"


@dataclass(frozen=True)
class Checked:
    """A book as read: the portfolio, everything worth saying about it, and how long reading took."""

    portfolio: Portfolio
    findings: Findings
    seconds: float = 0.0


def check(
    book: str | Path | Sql,
    *,
    columns: str | Path | Mapping[str, Any] | None = None,
    dates: str | None = None,
    duplicates: str = "refuse",
    model: str | Path | PlanningModel | None = None,
) -> Checked:
    """Read a workbook or a folder of .csv and say what is wrong with it; errors come back as findings, not raised.

    With a `model`, money is brought into one currency by its rates, segment names are mapped onto its own, and what
    the planning model finds in the facts (accounts nobody may own, segments short of hours) is said too.
    """
    began = time.perf_counter()
    portfolio, findings = read_book(book, columns=columns, dates=dates, duplicates=duplicates)  # type: ignore[arg-type]
    if model is not None and not findings.errors:
        chosen = model if isinstance(model, PlanningModel) else load(model)
        portfolio, said = prepare(portfolio, chosen)
        findings = findings + said
    return Checked(portfolio, findings, time.perf_counter() - began)


def read(
    book: str | Path | Sql,
    *,
    columns: str | Path | Mapping[str, Any] | None = None,
    dates: str | None = None,
    duplicates: str = "refuse",
) -> Portfolio:
    """Read a workbook, a folder of .csv, or a database (`bw.Sql`) into a portfolio; `portfolio.findings` says what was
    assumed.

    Raises `InputError` with all errors at once, each naming file, sheet and cell; `UsageError` for a path or option
    that does not exist.
    """
    checked = check(book, columns=columns, dates=dates, duplicates=duplicates)
    checked.findings.stop_on_errors()
    return checked.portfolio.model_copy(update={"findings": checked.findings, "read_seconds": checked.seconds})


def prepare(portfolio: Portfolio, model: PlanningModel) -> tuple[Portfolio, Findings]:
    """Money in one currency by the model's rates, segments by its rules, foreign segment names onto its own."""
    portfolio, money = convert(portfolio, model.fx.rates, model.currency or (model.fx.into if model.fx.rates else ""))
    portfolio, sorted_in = sort_into_segments(portfolio, with_sheets(model, portfolio))
    money = money + sorted_in
    if any(c.segments for c in portfolio.csms):
        return portfolio, money
    named_there = (*model.hours_per_month, *model.coverage, *(r.segment for r in portfolio.touchpoints))
    portfolio, named = map_segments(portfolio, dict.fromkeys(named_there))
    return portfolio, money + named


def plan(
    portfolio: Portfolio,
    model: str | Path | PlanningModel = DEFAULT_MODEL,
    *,
    effective_date: dt.date | None = None,
    time_limit: float | None = None,
    effort: int | None = None,
    gap: float = 1e-4,
    seed: int = 0,
    workers: int = 1,
    settings: Mapping[str, Cell] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    today: dt.date | None = None,
) -> Result:
    """Plan the books: who owns which account, how good that is proved to be, and why.

    `model` is a planning model by name, path or value; `time_limit` in seconds of solving (60, less for small teams);
    with `effort` (a count of deterministic units) no clock is read and one worker repeats itself exactly. `settings`
    are laid over the model by the Settings sheet's names ({"arr_tolerance_percent": 15}). A plan that cannot keep the
    hard rules is a Result too: look at `status`.
    """
    chosen = model if isinstance(model, PlanningModel) else load(model)
    portfolio, said = prepare(portfolio, chosen)
    findings = portfolio.findings + said
    findings.stop_on_errors()
    if effort is not None:
        time_limit = None
    elif time_limit is None:
        time_limit = planner.usual_seconds(len(portfolio.accounts))
    options = planner.Options(time_limit, effort, gap, seed, workers, on_progress, stop)
    result = planner.plan(
        portfolio,
        chosen,
        options,
        today=today,
        effective_date=effective_date,
        settings=settings,
        findings=findings,
    )
    result = replace(result, interim=interim_cover(result, options))
    return replace(result, seconds={**result.seconds, "read": portfolio.read_seconds})


def write(
    result: Result,
    path: str | Path,
    *,
    inputs: tuple[str | Path, ...] = (),
    on_findings: Callable[[Findings], None] | None = None,
) -> Path:
    """Write the plan's workbook and, beside it, its store; returns where the workbook went.

    Never onto one of `inputs`. When the workbook is open elsewhere and cannot be replaced, a new name is taken.
    `on_findings` hears of what a workbook cannot hold as it is: text above 32,767 characters, broken characters.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"The plan is written as .xlsx, not {target.name}. Maybe {target.stem}.xlsx.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}. Maybe make it first.")
    store.refuse_reviewed(store.path_for(target))
    written = write_book(workbook(result), target, inputs=inputs)
    if on_findings is not None and written.findings:
        on_findings(Findings(tuple(written.findings)))
    store.save(result, store.path_for(written.path))
    return written.path


def frames(result: Result) -> dict[str, pd.DataFrame]:
    """The plan as pandas frames by sheet name: summary, books, moves, assignments, rules, targets, findings, run."""
    return as_frames(result)


def capacity(
    portfolio: Portfolio,
    model: str | Path | PlanningModel = DEFAULT_MODEL,
    *,
    effective_date: dt.date | None = None,
    settings: Mapping[str, Cell] | None = None,
    today: dt.date | None = None,
) -> Capacity:
    """What the accounts need against what the CSMs have, bottom-up, for today's books: ratios, headcount, time.

    Nothing is planned or searched for. Hours are a month; `Capacity.segments` and `.csms` hold the figures,
    `what_if(capacity, [...])` answers what would get done, `write_capacity` writes the workbook.
    """
    chosen = model if isinstance(model, PlanningModel) else load(model)
    portfolio, said = prepare(portfolio, chosen)
    (portfolio.findings + said).stop_on_errors()
    problem = resolve(
        portfolio, chosen, today=today or dt.date.today(), effective_date=effective_date, options=settings
    )
    return analyse(problem)


def write_capacity(
    found: Capacity, path: str | Path, outcome: Outcome | None = None, *, inputs: tuple[str | Path, ...] = ()
) -> Path:
    """Write the capacity case: .xlsx with live formulas, or .md for the one page; returns where it went."""
    from bookwright.report.capacity_case import markdown
    from bookwright.report.capacity_sheets import capacity_workbook
    from bookwright.tables.write_file import place_text

    target = Path(path)
    if target.suffix.lower() == ".md":
        place_text(target, markdown(found, outcome), inputs=inputs)
        return target
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"The capacity case is written as .xlsx or .md, not {target.name}. Maybe {target.stem}.xlsx.")
    return write_book(capacity_workbook(found, outcome), target, inputs=inputs).path


@dataclass(frozen=True)
class Standing:
    """Where a book stands before any planning: what the rules find in it, and what cannot move.

    `frozen` = (why, accounts, ARR), most ARR first; `planned` and `total` count accounts and their ARR.
    """

    findings: Findings
    frozen: tuple[tuple[str, int, float], ...]
    planned: tuple[int, float]
    total: tuple[int, float]

    def lines(self) -> list[str]:
        """The standing in sentences: first how much cannot move, and why."""
        n, arr = sum(f[1] for f in self.frozen), sum(f[2] for f in self.frozen)
        share = n / self.planned[0] if self.planned[0] else 0.0
        lines = (
            [f"{n:,} of {self.planned[0]:,} planned accounts ({share:.0%}, ARR {arr:,.0f}) cannot move:"]
            if n
            else ["Every account may move."]
        )
        lines += [f"  {count:,} {why} (ARR {money:,.0f})" for why, count, money in self.frozen]
        left_out = self.total[0] - self.planned[0]
        if left_out:
            lines.append(
                f"{left_out:,} accounts are not planned (churned, partner, none): they keep their row and owner."
            )
        return lines


def standing(
    portfolio: Portfolio, model: str | Path | PlanningModel = DEFAULT_MODEL, *, today: dt.date | None = None
) -> Standing:
    """What the rules find before any solving: contradictions, short segments, accounts nobody may own, frozen ARR."""
    from bookwright.rules import build, set_up

    chosen = model if isinstance(model, PlanningModel) else load(model)
    problem = resolve(portfolio, chosen, today=today or dt.date.today())
    board = set_up(problem, build(problem.model))
    grouped: dict[str, tuple[int, float]] = {}
    for i, hold in board.holds.items():
        word = frozen_word(hold.why)
        count, money = grouped.get(word, (0, 0.0))
        grouped[word] = (count + 1, money + float(problem.arr[i]))
    frozen = tuple(sorted(((w, n, a) for w, (n, a) in grouped.items()), key=lambda row: -row[2]))
    every = (len(portfolio.accounts), sum(a.arr for a in portfolio.accounts))
    return Standing(planner.audit(board), frozen, (len(problem.accounts), float(problem.arr.sum())), every)
