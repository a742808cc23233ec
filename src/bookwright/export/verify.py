"""Before loading: who has each account in the CRM now, so that what somebody moved since is not moved over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bookwright.export.changes import Change, Transition
from bookwright.export.record_ids import RecordIds
from bookwright.export.targets import Target
from bookwright.export.users import Users
from bookwright.tables.listing import read_listing
from bookwright.tables.people import NOBODY, People, name_key
from bookwright.tables.record_ids import alike

_IDS = ("Account ID", "18 Digit Account ID", "Record ID", "Company ID", "Id", "Account Id")
_CSM = ("Current CSM", "CSM", "Customer Success Manager", "CSM Name", "CSM ID")
_OWNER = ("OwnerId", "Owner ID", "Account Owner", "Company owner", "Owner")


@dataclass(frozen=True, slots=True)
class Found:
    """What the CRM holds for one change: `state` is same, done, moved or missing; `value` the cell as it stands."""

    state: str
    value: str
    who: str


def verify(
    moves: Transition, changes: tuple[Change, ...], ids: RecordIds, target: Target, field: str, is_owner: bool,
    path: str | Path, users: Users | None = None,
) -> Mapping[str, Found]:  # fmt: skip
    """Account id -> what an export of the CRM says today.

    "same": as the plan expects; "done": the new CSM has it already; "moved": somebody else has; "missing": not in the
    export, or twice with different CSMs. Raises `InputError` where the export lacks the id or the CSM's field.
    """
    base = field.removesuffix("__c")
    names = (field, f"{base}__r.Name", base.replace("_", " "), f"{base.replace('_', ' ')}: Full Name")
    wanted = {"id": (target.id_header, ids.column, *_IDS), "csm": (*names, *(_OWNER if is_owner else _CSM))}
    listing = read_listing(path, wanted, ("id", "csm"))
    held: dict[str, set[str]] = {}
    for record in listing.records:
        held.setdefault(alike(record.text("id")), set()).add(record.text("csm"))
    people = _who(moves, users)
    found: dict[str, Found] = {}
    for change in changes:
        values = held.get(ids.by_account[change.account.id]) or held.get(alike(change.account.id)) or set()
        if len(values) != 1:
            found[change.account.id] = Found("missing", "", "several CSMs" if values else "")
            continue
        value = next(iter(values))
        found[change.account.id] = Found(_state(change, value, people), value, _named(moves, people, value))
    return found


class _Who:
    """Finds the CSM a cell means: by the plan's own people, else by way of the CRM's users."""

    def __init__(self, people: People, by_user: Mapping[str, str]) -> None:
        self.people, self.by_user = people, by_user

    def find(self, text: str) -> str | None:
        return self.people.find(text) or self.by_user.get(alike(text)) or self.by_user.get(name_key(text))


def _who(moves: Transition, users: Users | None) -> _Who:
    csms = moves.proposal.problem.portfolio.csms
    by_user: dict[str, str] = {}
    for csm in csms if users else ():
        user = users.find(csm) if users else None
        if user is not None:
            by_user |= {key: csm.id for key in (alike(user.id), name_key(user.email), name_key(user.name)) if key}
    return _Who(People(csms), by_user)


def _state(change: Change, value: str, people: _Who) -> str:
    now = people.find(value)
    if now is not None and now == change.csm_to:
        return "done"
    if now is not None:
        return "same" if now == change.csm_from else "moved"
    if change.csm_from is not None:
        return "moved"
    nobody, expected = value.casefold() in NOBODY, change.account.csm_text
    if nobody or expected.casefold() in NOBODY:
        return "same" if nobody and expected.casefold() in NOBODY else "moved"
    return "same" if alike(value) == alike(expected) or name_key(value) == name_key(expected) else "moved"


def _named(moves: Transition, people: _Who, value: str) -> str:
    return moves.proposal.csm_label(people.find(value)) or value
