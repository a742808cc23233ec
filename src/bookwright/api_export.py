"""The last mile for Python users: what `bookwright export` and `bookwright handover` call.

import bookwright.api_export as last_mile
last_mile.export("plan.xlsx", "salesforce", "to load", csm_field="CSM__c")
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bookwright import api
from bookwright.export import checklist
from bookwright.export import hand_over as sending
from bookwright.export.brief import briefs
from bookwright.export.changes import Transition, transition
from bookwright.export.checklist import FileRead
from bookwright.export.children import Children, Left, left_behind, read_children, write_left
from bookwright.export.days import keep_days, read_days
from bookwright.export.hand_over import HandOvers
from bookwright.export.letter import TEMPLATE, read_template
from bookwright.export.load import Files, Load, prepare, write
from bookwright.export.progress import Progress, progress
from bookwright.export.settled import loaded_before, settled
from bookwright.export.targets import target_of
from bookwright.export.users import read_users
from bookwright.findings import Findings
from bookwright.planning_model import PlanningModel
from bookwright.planning_model import load as load_model
from bookwright.portfolio import Cell, Portfolio
from bookwright.review.locate import store_of
from bookwright.store import load as load_stored

PathLike = str | Path


def after(
    portfolio: Portfolio, model: PathLike | PlanningModel, plan: PathLike, *, store: PathLike | None = None
) -> tuple[PlanningModel, int, int]:
    """A planning model for planning again after `plan` was loaded: what it settled stays; see `export.settled`."""
    chosen = model if isinstance(model, PlanningModel) else load_model(model)
    return settled(portfolio, chosen, store_of(plan, store))


def as_loaded(
    portfolio: Portfolio,
    model: PathLike | PlanningModel,
    folders: Sequence[PathLike],
    *,
    effective_date: dt.date | None = None,
    settings: Mapping[str, Cell] | None = None,
    today: dt.date | None = None,
) -> tuple[Portfolio, PlanningModel]:
    """What to plan where a plan kept in `folders` was loaded since: the book with a finding that says so, the model.

    Where the book says nothing new beside that plan's moves, the model holds what it settled (see `after`); where more
    has changed, or there is no such plan, the model is as given. Date and `settings` are those it will be planned with.
    """
    chosen = model if isinstance(model, PlanningModel) else load_model(model)
    found = loaded_before(
        portfolio,
        chosen,
        [Path(f) for f in folders],
        today=today or dt.date.today(),
        effective_date=effective_date,
        settings=settings,
        prepare=lambda book: api.prepare(book, chosen)[0],
    )
    if found is None:
        return portfolio, chosen
    if found.same:
        chosen, _, _ = settled(portfolio, chosen, found.store_path, whole=True)
    findings = Findings((*portfolio.findings, found.finding))
    return portfolio.model_copy(update={"findings": findings}), chosen


@dataclass(frozen=True, eq=False)
class Exported:
    """An export as written: the transition, what is loaded, the files, and what a plain owner load leaves behind."""

    moves: Transition
    load: Load
    files: Files
    left: tuple[Left, ...]


def export(
    plan: PathLike,
    to: str,
    folder: PathLike,
    *,
    csm_field: str = "",
    record_id_column: str = "",
    users: PathLike | None = None,
    crm_export: PathLike | None = None,
    children: Sequence[PathLike] = (),
    batch: int | None = None,
    waves: PathLike | None = None,
    hold_back: bool = False,
    draft: bool = False,
    store: PathLike | None = None,
    today: dt.date | None = None,
) -> Exported:
    """Write the files that bring a plan into the CRM `to` (salesforce, hubspot, csv): changed accounts only.

    `csm_field` and `record_id_column` default to the planning model's [crm]. `crm_export` is an export of the CRM of
    today: accounts that somebody moved since are held back. `children` are exports of open work and contacts, each
    KIND=FILE or FILE. `waves` gives the days of hand-over, as `bookwright waves` writes them; the plan's store keeps
    them. `ReviewError` for a plan that may not be passed on, `InputError` with every damaged id and unknown user.
    """
    target = target_of(to)
    _keep(plan, store, waves)
    moves = transition(store_of(plan, store), today or dt.date.today(), hold_back=hold_back, draft=draft)
    crm = moves.proposal.problem.model.crm
    people = read_users(users) if users else None
    load = prepare(
        moves,
        target,
        field=csm_field or crm.csm_field,
        record_id_column=record_id_column or crm.record_id_column,
        users=people,
        crm_export=crm_export,
    )
    read: tuple[Children, ...] = tuple(read_children(c) for c in children)
    left = tuple(left_behind(c, moves, load, people) for c in read)
    files = write(load, moves, folder, batch=batch)
    for found in left:
        write_left(found, load, Path(folder))
    return Exported(moves, load, files, left)


def _keep(plan: PathLike, given: PathLike | None, waves: PathLike | None) -> None:
    """Keep the days of a calendar in the plan's store."""
    if waves is not None:
        where = store_of(plan, given)
        keep_days(where, load_stored(where).plan_id, read_days(waves))


def hand_over(
    plan: PathLike,
    folder: PathLike,
    *,
    children: Sequence[PathLike] = (),
    show: Sequence[str] = (),
    letter: PathLike | None = None,
    record_id_column: str = "",
    waves: PathLike | None = None,
    hold_back: bool = False,
    draft: bool = False,
    store: PathLike | None = None,
    today: dt.date | None = None,
) -> tuple[HandOvers, Transition]:
    """Write hand-over briefs into a new folder: per CSM a workbook with checklist and Markdown, letters per account.

    `children` are exports of contacts and open work, `show` further columns of the accounts to let in, `letter` an
    edited template.
    """
    _keep(plan, store, waves)
    moves = transition(store_of(plan, store), today or dt.date.today(), hold_back=hold_back, draft=draft)
    template = read_template(letter) if letter else TEMPLATE
    read = [read_children(c) for c in children]
    column = record_id_column or moves.proposal.problem.model.crm.record_id_column
    return sending.send(moves, briefs(moves, read, show, column), folder, template=template), moves


def collect_checklists(
    plan: PathLike,
    files: Sequence[PathLike],
    *,
    replace: Sequence[PathLike] = (),
    store: PathLike | None = None,
    now: dt.datetime | None = None,
) -> tuple[FileRead, ...]:
    """Read returned checklists in any order and keep what holds; see `export.checklist.collect`."""
    when = now or dt.datetime.now(dt.UTC).replace(microsecond=0)
    moves = transition(store_of(plan, store), when.date(), hold_back=True, draft=True)
    return checklist.collect(moves, files, now=when, replace=replace)


def hand_over_status(plan: PathLike, *, on: dt.date | None = None, store: PathLike | None = None) -> Progress:
    """Where every move of a transition stands on a day (today), and what is late."""
    day = on or dt.date.today()
    return progress(transition(store_of(plan, store), day, hold_back=True, draft=True), day)
