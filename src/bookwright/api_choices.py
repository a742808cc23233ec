"""Several complete plans to choose from, for Python users and the command line: alternatives, frontier, what-ifs.

Every plan is solved in a process of its own and written as a workbook with its store; what a sweep has stored is not
solved again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bookwright import api, planner, store
from bookwright.books import Plan
from bookwright.engine import Progress
from bookwright.findings import Finding, Findings, Severity, UsageError
from bookwright.planning_model import PlanningModel, load
from bookwright.portfolio import Portfolio
from bookwright.problem import Problem, resolve
from bookwright.report.summary import summary
from bookwright.report.verdict import verdict
from bookwright.rules import build, set_up
from bookwright.scenarios import frontier as curve
from bookwright.scenarios.alternatives import ALTERNATIVES, alternative
from bookwright.scenarios.changes import Change, apply, parse_change
from bookwright.scenarios.choice import Choice, choice_of
from bookwright.scenarios.order import Step, steps_of
from bookwright.scenarios.pool import Pool
from bookwright.scenarios.sweep import Job, Line, run
from bookwright.tables.write import write as write_book
from bookwright.tables.write_file import place_text
from bookwright.tables.write_sheets import Workbook

JOURNAL = "sweep.jsonl"
"""What a folder of plans keeps of every solve that ended, so that a killed sweep goes on where it was."""


@dataclass(frozen=True)
class Search:
    """How each plan is searched for; `seconds` per plan (None = by size), `workers` processes of one thread each."""

    seconds: float | None = None
    effort: int | None = None
    gap: float = 1e-4
    seed: int = 0
    workers: int = 2
    on_line: Callable[[Line], None] | None = None
    stop: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Chosen:
    """Plans to choose from, each in figures with the path of its workbook; `stopped` names those broken off."""

    problem: Problem = field(repr=False)
    choices: tuple[Choice, ...]
    stopped: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()


def alternatives(
    portfolio: Portfolio,
    model: str | Path | PlanningModel = api.DEFAULT_MODEL,
    folder: str | Path = ".",
    *,
    effective_date: dt.date | None = None,
    search: Search | None = None,
    inputs: Sequence[str | Path] = (),
    today: dt.date | None = None,
) -> Chosen:
    """Three plans: fewest moves, recommended, most even, each a workbook in `folder`."""
    ground = _ground(portfolio, model, effective_date, today, inputs)
    search, place = search or Search(), Path(folder)
    jobs = [
        ground.job(name, name.capitalize(), search, place / f"{name}.xlsx", alternative(ground.model, name))
        for name in ALTERNATIVES
    ]
    return _swept(ground, jobs, place, search)


def frontier(
    portfolio: Portfolio,
    model: str | Path | PlanningModel = api.DEFAULT_MODEL,
    folder: str | Path = ".",
    *,
    points: int = 12,
    effective_date: dt.date | None = None,
    search: Search | None = None,
    inputs: Sequence[str | Path] = (),
    today: dt.date | None = None,
) -> tuple[curve.Frontier, Chosen]:
    """Moves against balance: `points` plans (10 to 20) from fewest moves to most even, each with its proven gap."""
    low, high = curve.POINTS
    if not low <= points <= high:
        raise UsageError(f"A frontier has from {low} to {high} points, not {points}.")
    search = search or Search()
    ground = _ground(portfolio, model, effective_date, today, inputs)
    place = Path(folder)
    longer = replace(search, seconds=2.5 * ground.seconds(search))
    last = place / f"point {points:02}.xlsx"
    ends = [
        ground.job("point 01", "Fewest moves", longer, place / "point 01.xlsx", curve.fewest_model(ground.model)),
        ground.job("end", "Most even", longer, last, curve.limited_model(ground.model, None)),
    ]
    with Pool(plan_one, {"ground": ground}, max(1, search.workers)) as pool:
        ended = _swept(ground, ends, place, search, pool)
        if ended.stopped:
            return curve.assemble(ended.choices), ended
        fewest, even = ended.choices
        steps = ordered(ground.problem, even)
        aimed = curve.aims(even, steps, fewest, points)
        jobs = []
        # Two chains, each point warm-started from the next tighter one; the looser chain begins from its own prefix.
        middle = len(aimed) // 2
        for tight, loose in ((len(aimed) - 1, middle), (middle - 1, 0)):
            for k in range(tight, loose - 1, -1):
                aim, key = aimed[k], f"point {k + 2:02}"
                jobs.append(
                    ground.job(
                        key,
                        f"Point {k + 2}",
                        search,
                        place / f"{key}.xlsx",
                        curve.limited_model(ground.model, aim),
                        limit=aim.limit,
                        start=aim.start,
                        after=f"point {k + 3:02}" if k < tight else None,
                    )
                )
        swept = _swept(ground, jobs, place, search, pool)
        if not swept.stopped and any(c.breach < even.breach for c in swept.choices):
            # A search that ran out of time: the end goes on from where it stood, as all are measured against it.
            once_more = [replace(ends[1], key="end once more", args={**ends[1].args, "start": dict(even.csm_of)})]
            even = next(iter(_swept(ground, once_more, place, search, pool).choices), even)
        every = [fewest, *swept.choices, even]
        found = curve.assemble(every)
        again = [] if swept.stopped else list(zip(curve.refill(found), found.dropped, strict=False))
        jobs = [
            ground.job(
                f"{lost.key} again",
                f"{lost.title} again",
                search,
                Path(lost.out),
                curve.limited_model(ground.model, aim),
                limit=aim.limit,
                start=aim.start,
            )
            for aim, lost in again
        ]
        more = _swept(ground, jobs, place, search, pool)
    gone = {lost.key for _, lost in again[: len(more.choices)]}
    anew = [replace(c, key=c.key.removesuffix(" again"), title=c.title.removesuffix(" again")) for c in more.choices]
    found = curve.named(curve.assemble([*(c for c in every if c.key not in gone), *anew]))
    if found.points:
        found = replace(found, steps=ordered(ground.problem, found.points[-1]))
    reused = (*ended.reused, *swept.reused, *more.reused)
    return found, Chosen(ground.problem, found.points, (*swept.stopped, *more.stopped), reused)


def what_if(
    portfolio: Portfolio,
    changes: Sequence[str],
    model: str | Path | PlanningModel = api.DEFAULT_MODEL,
    folder: str | Path = ".",
    *,
    effective_date: dt.date | None = None,
    search: Search | None = None,
    inputs: Sequence[str | Path] = (),
    today: dt.date | None = None,
) -> Chosen:
    """The plan as things are, and one for each change: "capacity=+20%", "hire:Enterprise=2", "drop=Ana", "grow:SMB=+8".

    Changes joined by commas are made together. Each plan is a workbook in `folder` that says what was changed.
    """
    ground = _ground(portfolio, model, effective_date, today, inputs)
    told = [parse_change(text) for text in changes]
    for change in told:
        apply(ground.portfolio, ground.problem, change)  # unknown names are said before anything is solved
    place, search = Path(folder), search or Search()
    jobs = [ground.job("as is", "As things are", search, place / "as is.xlsx", ground.model)]
    names: set[str] = set()
    for change in told:
        name = _file_name(change.text, names)
        out = place / f"{name}.xlsx"
        jobs.append(ground.job(name, change.title, search, out, ground.model, changes=(change.text,)))
    return _swept(ground, jobs, place, search)


def ordered(problem: Problem, choice: Choice) -> tuple[Step, ...]:
    """The moves of a choice in order of value."""
    board = set_up(problem, build(problem.model))
    return steps_of(board, Plan.from_ids(problem, choice.csm_of, board.forced()))


@dataclass(frozen=True)
class _Ground:
    """What all jobs of a sweep share, and the fingerprint of it."""

    portfolio: Portfolio
    model: PlanningModel
    problem: Problem
    findings: Findings
    today: dt.date
    effective_date: dt.date | None
    inputs: tuple[str, ...]

    def seconds(self, search: Search) -> float:
        return search.seconds or planner.usual_seconds(len(self.portfolio.accounts))

    def job(
        self,
        key: str,
        title: str,
        search: Search,
        out: Path,
        model: PlanningModel,
        *,
        changes: Sequence[str] = (),
        limit: float | None = None,
        start: Mapping[str, str | None] | None = None,
        after: str | None = None,
    ) -> Job:
        args = {
            "key": key,
            "title": title,
            "model": model.model_dump_json(),
            "seconds": None if search.effort is not None else self.seconds(search),
            "effort": search.effort,
            "gap": search.gap,
            "seed": search.seed,
            "out": str(out),
            "changes": list(changes),
            "limit": limit,
            "start": None if start is None else dict(start),
        }
        return Job(key, title, args, after)


def _ground(
    portfolio: Portfolio,
    model: str | Path | PlanningModel,
    effective_date: dt.date | None,
    today: dt.date | None,
    inputs: Sequence[str | Path],
) -> _Ground:
    chosen = model if isinstance(model, PlanningModel) else load(model)
    portfolio, said = api.prepare(portfolio, chosen)
    findings = portfolio.findings + said
    findings.stop_on_errors()
    day = today or dt.date.today()
    problem = resolve(portfolio, chosen, today=day, effective_date=effective_date)
    # From here on the date is the resolved one: a sweep that goes on tomorrow is the same sweep.
    return _Ground(
        portfolio, chosen, problem, findings, problem.effective_date, problem.effective_date, tuple(map(str, inputs))
    )


def _swept(ground: _Ground, jobs: Sequence[Job], folder: Path, search: Search, pool: Pool | None = None) -> Chosen:
    """Solve all jobs side by side; the folder is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {folder}: {error.strerror or error}. Maybe another -o.") from error
    for job in jobs:
        store.refuse_reviewed(store.path_for(job.args["out"]))
    about = hashlib.sha256(f"{ground.portfolio.model_dump_json()}\n{ground.effective_date}".encode()).hexdigest()
    swept = run(
        plan_one,
        {"ground": ground},
        jobs,
        about=about,
        journal=folder / JOURNAL,
        workers=search.workers,
        pool=pool if search.workers > 1 else None,
        still=lambda outcome: Path(str(outcome["out"])).is_file(),
        on_line=search.on_line,
        stop=search.stop,
    )
    made = tuple(Choice.from_plain(swept.outcomes[j.key]) for j in jobs if j.key in swept.outcomes)
    return Chosen(ground.problem, made, swept.stopped, swept.reused)


def plan_one(
    shared: Any, args: Mapping[str, Any], tell: Callable[[str], None], stop: Callable[[], bool]
) -> Mapping[str, Any]:
    """One plan of a sweep, solved on one thread and written with its store; its figures as plain values."""
    ground: _Ground = shared["ground"]
    changes = tuple(parse_change(text) for text in args["changes"])
    portfolio, findings = ground.portfolio, ground.findings
    options: dict[str, Any] = {}
    for change in changes:
        portfolio, what = apply(portfolio, ground.problem, change)
        findings = findings + Findings((Finding("what_if", Severity.NOTE, f"What if: {'; '.join(what)}."),))
        options["what if"] = "; ".join(what)
    before = args.get("before")
    start = before["csm_of"] if before is not None else args["start"]
    if args["limit"] is not None:
        options["limit on hours over and outside the bands"] = args["limit"]

    def progress(p: Progress) -> None:
        tell(said_of(p))

    result = planner.plan(
        portfolio,
        PlanningModel.model_validate_json(args["model"]),
        planner.Options(args["seconds"], args["effort"], args["gap"], args["seed"], 1, progress, stop),
        today=ground.today,
        effective_date=ground.effective_date,
        findings=findings,
        start=start,
    )
    result = replace(result, options={**result.options, **options})
    words = verdict(summary(result))
    out = api.write(result, args["out"], inputs=ground.inputs)
    found = choice_of(
        result,
        args["key"],
        args["title"],
        changed=tuple(c for change in changes for c in apply(ground.portfolio, ground.problem, change)[1]),
        out=str(out),
        verdict=words,
        limit=args["limit"],
    )
    return {**found.plain(), "said": words}


def said_of(p: Progress) -> str:
    """A step of the search in a few words, for a line of progress."""
    from bookwright.solve import unit_of

    if p.hard_breach > 0:
        return "hard rules not yet kept"
    size, unit = unit_of(p.name)
    names = {
        "hours": "hours over 100 %",
        "balance": "outside the bands",
        "moves": "price of moves",
        "evenness": "spread",
    }
    value = f"{p.value / size:,.1f} {unit}" if unit in ("points", "accounts") else f"{p.value / size:.3%}"
    return f"{names.get(p.name, p.name)} {value}"


def write_comparison(book: Workbook, page: str, stem: Path, inputs: Sequence[str | Path] = ()) -> tuple[Path, Path]:
    """Write what compares plans: STEM.xlsx and STEM.html; returns where they went."""
    written = write_book(book, stem.with_name(f"{stem.name}.xlsx"), inputs=inputs).path
    return written, place_text(stem.with_name(f"{stem.name}.html"), page, inputs=inputs)


def _file_name(text: str, taken: set[str]) -> str:
    """A change as a file name: letters, digits and a few signs; unique."""
    name = "".join(c if c.isalnum() or c in " +-%." else " " for c in text)
    name = " ".join(name.split())[:60].strip(" .") or "change"
    found, k = name, 2
    while found.casefold() in taken or found == "as is":
        found, k = f"{name} {k}", k + 1
    taken.add(found.casefold())
    return found


__all__ = [
    "Change",
    "Chosen",
    "Search",
    "alternatives",
    "frontier",
    "ordered",
    "what_if",
    "write_comparison",
]
