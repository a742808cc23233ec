"""The next round of a reviewed plan, and the price of decisions, for Python users: what the commands call.

import bookwright.api_round as rounds
r = rounds.next_round("plan.xlsx", "book of today.xlsx", round=2)
rounds.write_round(r, "plan.xlsx", "plan round 2.xlsx")
rounds.prices("plan.xlsx", [("A-1", "Ana Ruiz")])
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bookwright import api, planner, store
from bookwright.engine import Progress
from bookwright.findings import ReviewError, UsageError
from bookwright.fixing import Base
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Portfolio
from bookwright.report.tables import workbook
from bookwright.review import price as pricing
from bookwright.review import resolve
from bookwright.review.corrected import Corrected, correct
from bookwright.review.locate import store_of
from bookwright.review.merge import merge
from bookwright.review.price import Price, Priced
from bookwright.review.resolve import Prepared, Resolved
from bookwright.review.rounds import Rounds
from bookwright.store import Stored
from bookwright.tables.write import write as write_book

PathLike = str | Path


def next_round(
    plan: PathLike,
    book: PathLike,
    *,
    round: int,
    store: PathLike | None = None,
    columns: PathLike | Mapping[str, Any] | None = None,
    dates: str | None = None,
    duplicates: str = "refuse",
    time_limit: float | None = 60.0,
    effort: int | None = None,
    gap: float = 1e-4,
    seed: int = 0,
    workers: int = 1,
    on_prepared: Callable[[Prepared], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    today: dt.date | None = None,
) -> Resolved:
    """Plan the next round: facts from today's book, decisions from the plan's store, the rest with few changes.

    Corrections that operations accepted are facts too, where the book still has the value that was reviewed.

    `plan` is the plan's workbook or its store; its planning model and effective date hold on. `on_prepared` hears what
    changed before any solving. Nothing is written: see `write_round`. Raises `UsageError` for a round that does not
    follow, `ReviewError` where answers are in conflict, `InputError` for a book that cannot be read.
    """
    where = store_of(plan, store)
    day = today or dt.date.today()
    read = api.read(book, columns=columns, dates=dates, duplicates=duplicates)
    model = _load(where).model
    corrected = _corrected(where, read, model)
    facts, said = api.prepare(corrected.portfolio, model)
    findings = facts.findings + said
    findings.stop_on_errors()
    prepared = resolve.prepare(where, round, facts, today=day, corrected=corrected.said)
    if on_prepared is not None:
        on_prepared(prepared)
    options = planner.Options(None if effort else time_limit, effort, gap, seed, workers, on_progress, stop)
    found = resolve.solve(prepared, options, today=day, findings=findings)
    result = replace(found.result, seconds={**found.result.seconds, "read": read.read_seconds})
    return replace(found, result=result)


def write_round(
    resolved: Resolved,
    plan: PathLike,
    path: PathLike,
    *,
    store: PathLike | None = None,
    inputs: tuple[PathLike, ...] = (),
) -> Path:
    """Keep a round's plan in the store and write its workbook; returns where the workbook went.

    A plan that does not keep the hard rules is a `ReviewError`: the last good one stands.
    """
    where = store_of(plan, store)
    if not resolve.save(resolved, where):
        raise ReviewError("The plan of the last round stands: this one does not keep every rule and decision.")
    return write_book(workbook(resolved.result), Path(path), inputs=inputs).path


def prices(
    plan: PathLike,
    wanted: Sequence[tuple[str, str]] | None = None,
    *,
    store: PathLike | None = None,
    seconds: float = 2.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Base, Priced]:
    """The price of decisions on a plan, before anyone accepts them: each alone and all together.

    `wanted` = (account id, CSM id or unique name), or None for what reviewers rejected and overrode in the last round.
    `seconds` bounds the search for each. Returns the plan as priced against, and the prices.
    """
    where = store_of(plan, store)
    stored = _load(where)
    asked = _answered(where, stored) if wanted is None else [(a, _csm(stored, c)) for a, c in wanted]
    base = pricing.base_of_stored(stored)
    return base, pricing.price(base, asked, seconds=seconds, on_progress=on_progress)


def price_sentence(base: Base, price: Price) -> str:
    """A price in words."""
    return pricing.sentence(base, price)


def _load(where: Path) -> Stored:
    return store.load(where)


def _corrected(where: Path, facts: Portfolio, model: PlanningModel) -> Corrected:
    """Today's facts with the corrections that operations accepted in any round."""
    with Rounds(where) as rounds:
        asked = rounds.corrections()
    reviewed = {n: store.load(where, n).portfolio for n in sorted({c.round for c in asked})}
    return correct(facts, asked, reviewed, lambda book: api.prepare(book, model)[0])


def _answered(where: Path, stored: Stored) -> list[tuple[str, str]]:
    """What the last round's standing answers ask for, where it differs from the plan."""
    with Rounds(where) as rounds:
        decisions = merge(rounds.decisions(store.rounds_planned(where)[-1])).decisions
    wanted = ((a, pricing.wanted_by(d, stored.before, stored.after)) for a, d in decisions.items())
    return [(a, c) for a, c in wanted if c is not None and c != stored.after.get(a)]


def _csm(stored: Stored, text: str) -> str:
    """A CSM by id, else by unique name."""
    if text in stored.portfolio.csm_by_id:
        return text
    found = [c.id for c in stored.portfolio.csms if c.name.casefold() == text.strip().casefold()]
    if len(found) != 1:
        names = ", ".join(c.name for c in stored.portfolio.csms[:8])
        raise UsageError(f'"{text}" is {"several CSMs" if found else "no CSM of this plan"}. Maybe one of: {names}.')
    return found[0]
