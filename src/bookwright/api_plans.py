"""Plans that are there already, for Python users and the command line: compare, check for drift, repair, waves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from bookwright import api, planner
from bookwright.books import Plan
from bookwright.engine import Progress
from bookwright.findings import UsageError
from bookwright.portfolio import Portfolio
from bookwright.report.why import Opened, opened
from bookwright.result import Result
from bookwright.scenarios.calendar import parse_blackout, usual_blackouts, waves
from bookwright.scenarios.compare import Compared, compare, side_of
from bookwright.scenarios.drift import Drift, drift, repair
from bookwright.scenarios.waves import Pace, Schedule, schedule
from bookwright.tables.write import write as write_book
from bookwright.tables.write_file import place_text
from bookwright.tables.write_sheets import Workbook


def compare_plans(plans: Sequence[str | Path]) -> Compared:
    """Lay plans (workbooks or stores) beside each other; a single one beside today's books."""
    opens = [opened(Path(plan)) for plan in plans]
    titles: list[str] = []
    for plan in plans:
        title, k = Path(plan).stem, 2
        while title in titles or title == "today":
            title, k = f"{Path(plan).stem} {k}", k + 1
        titles.append(title)
    sides = [side_of(title, one.plan, one.board) for title, one in zip(titles, opens, strict=True)]
    if len(sides) == 1:
        board = opens[0].board
        sides.insert(0, side_of("today", Plan.today(board.problem), board))
    return compare(sides)


def check_plan(
    plan: str | Path,
    portfolio: Portfolio,
    *,
    store: str | Path | None = None,
    effective_date: dt.date | None = None,
) -> Drift:
    """Whether a plan still holds on today's facts; nothing is solved."""
    one = opened(Path(plan), None if store is None else Path(store))
    prepared, said = api.prepare(portfolio, one.stored.model)
    (portfolio.findings + said).stop_on_errors()
    then = side_of("the plan", one.plan, one.board)
    return drift(then, one.stored.before, prepared, effective_date)


def repair_plan(
    found: Drift,
    *,
    time_limit: float | None = None,
    effort: int | None = None,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """The fewest changes that mend a plan which no longer holds."""
    seconds = None if effort else time_limit or planner.usual_seconds(len(found.problem.accounts))
    return repair(found, planner.Options(seconds, effort, 1e-4, seed, 1, on_progress, stop))


def waves_of(
    plan: str | Path,
    *,
    unit: str = "weeks",
    number: int | None = None,
    start: dt.date | None = None,
    per_csm: int | None = None,
    hours: float | None = None,
    blackouts: Sequence[str] = (),
    usual: bool = True,
    store: str | Path | None = None,
    seconds: float | None = 10.0,
    effort: int | None = None,
) -> tuple[Schedule, Opened]:
    """The moves of a stored plan over weeks or months; `blackouts` are dates or spans like 2027-03-22..2027-04-05."""
    spans = [parse_blackout(text) for text in blackouts]
    one = opened(Path(plan), None if store is None else Path(store))
    problem = one.board.problem
    first = start or problem.effective_date
    count = number or (12 if unit == "weeks" else 6)
    if usual:
        end = first + dt.timedelta(days=31 * count if unit == "months" else 7 * count)
        spans += usual_blackouts(first, end, problem.model.fiscal_year_starts_month)
    listed = waves(first, count, unit, spans)
    if not listed:
        raise UsageError("Every wave lies in a blackout. Maybe more waves, or --no-usual-blackouts.")
    pace = Pace(per_csm or (2 if unit == "weeks" else 6), hours)
    return schedule(one.board, one.plan, listed, pace, seconds=seconds, effort=effort), one


def write_text(path: str | Path, text: str, inputs: Sequence[str | Path] = ()) -> Path:
    """Write a text file safely; returns where it went."""
    return place_text(path, text, inputs=inputs)


def write_sheets(book: Workbook, path: str | Path, inputs: Sequence[str | Path] = ()) -> Path:
    """Write a declared workbook; returns where it went."""
    return write_book(book, path, inputs=inputs).path


__all__ = [
    "check_plan",
    "compare_plans",
    "repair_plan",
    "waves_of",
    "write_sheets",
    "write_text",
]
