"""Open work and contacts of accounts that change hands: what a plain owner load leaves with the old CSM.

Loaded by file, a new owner of an account is its new owner alone: contacts, opportunities, tasks and cases keep theirs
(Salesforce, "Mass update Account ownership with Data Loader"). So each kind gets a load file of its own, for those
records whose owner is the CSM who gives the account away; work of others stays with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bookwright.export.changes import Change, Transition
from bookwright.export.load import Load
from bookwright.export.users import Users
from bookwright.findings import Finding, InputError, Severity, UsageError
from bookwright.tables.columns import normal
from bookwright.tables.csv_write import write_csv
from bookwright.tables.listing import Listing, Record, read_listing
from bookwright.tables.people import People
from bookwright.tables.record_ids import KEY_PREFIX, DamagedId, alike, digits, widen

KINDS = {
    "opportunities": "opportunities deals opportunity deal renewals",
    "tasks": "tasks task activities activity open activities to dos todos",
    "cases": "cases case tickets ticket support",
    "contacts": "contacts contact people",
}
_ONE = {"opportunities": "opportunity", "tasks": "task", "cases": "case", "contacts": "contact"}
_PREFIX = {KEY_PREFIX[one]: kind for kind, one in _ONE.items()}
_OWNER_HEADERS = (
    "OwnerId", "Owner ID", "Assigned To ID", "Opportunity Owner ID", "Owner.Name", "Opportunity Owner", "Deal owner",
    "Task assigned to", "Assigned To", "Assigned", "Activity assigned to", "Case Owner", "Ticket owner",
    "Contact Owner", "Owner", "Owner Name",
)  # fmt: skip
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "Opportunity ID", "Deal ID", "Task ID", "Activity ID", "Case ID", "Ticket ID", "Contact ID", "Record ID", "Id",
    ),
    "account": (
        "AccountId", "Account ID", "Associated Company IDs", "Associated Company ID", "Company ID",
        "Primary Associated Company ID", "WhatId", "Related To ID",
    ),
    "owner": _OWNER_HEADERS,
    "name": (
        "Opportunity Name", "Deal Name", "Subject", "Task title", "Title of task", "Ticket name", "Case Subject",
        "Contact Name", "Full Name", "Name", "Case Number",
    ),
    "first": ("First Name",),
    "last": ("Last Name",),
    "closed": ("IsClosed", "Closed", "Is Closed", "Is deal closed?", "Completed"),
    "status": ("StageName", "Stage", "Deal Stage", "Status", "Ticket status", "Task status", "Case Status"),
    "due": ("CloseDate", "Close Date", "ActivityDate", "Due Date", "Due"),
    "amount": ("Amount", "Deal amount"),
    "email": ("Email",),
    "title": ("Title", "Job title", "Role"),
}  # fmt: skip
_SHUT = ("closed", "won", "lost", "completed", "complete", "done", "resolved", "solved", "cancelled", "canceled")


@dataclass(frozen=True, slots=True)
class Child:
    """One record below an account: its id, whose account it is, its owner as written, and what people see of it."""

    id: str
    accounts: tuple[str, ...]
    owner: str
    name: str
    status: str
    due: str
    amount: str
    email: str
    title: str
    open: bool
    record: Record


@dataclass(frozen=True)
class Children:
    """The records of one export, all of one kind."""

    kind: str
    listing: Listing
    records: tuple[Child, ...]

    @cached_property
    def by_account(self) -> dict[str, list[Child]]:
        """The open records by the account's id as the export writes it, widened."""
        found: dict[str, list[Child]] = {}
        for child in self.records:
            for account in child.accounts if child.open else ():
                found.setdefault(account, []).append(child)
        return found


@dataclass(frozen=True)
class Left:
    """What an owner load leaves behind of one kind: `rows` are (child, change, new user); `others` = work of others."""

    kind: str
    file: str
    rows: tuple[tuple[Child, Change, str], ...]
    others: tuple[tuple[Child, Change], ...]
    headers: Mapping[str, str]


def read_children(given: str | Path) -> Children:
    """Read an export of open work or contacts, `KIND=FILE` or `FILE`.

    Without a kind it is told by the ids (Salesforce), the file's name, or the headers. Raises `UsageError` for an
    unknown kind, `InputError` where ids or accounts are missing.
    """
    kind, file = "", str(given)
    if "=" in file and not Path(file).is_file():
        named, _, file = file.partition("=")
        kind = _kind_named(named)
        if not kind:
            raise UsageError(f"{named!r} is no kind of open work. Maybe {', '.join(KINDS)}.")
    listing = read_listing(file, _HEADERS, ("id", "account"))
    kind = kind or _kind_told(listing)
    if not kind:
        message = "Nothing says what these records are."
        advice = f"Maybe say it: --children {next(iter(KINDS))}={Path(file).name}."
        raise InputError(Finding("unknown_kind", Severity.ERROR, message, advice, file=listing.file))
    return Children(kind, listing, tuple(_child(r, kind) for r in listing.records if r.text("id")))


def _kind_named(text: str) -> str:
    return next((k for k, words in KINDS.items() if normal(text) in (k, *words.split())), "")


def _kind_told(listing: Listing) -> str:
    prefixes = {r.text("id")[:3] for r in listing.records if len(r.text("id")) in (15, 18)}
    if len(prefixes) == 1 and (kind := _PREFIX.get(next(iter(prefixes)))):
        return kind
    for word in (*normal(Path(listing.file).stem).split(), *normal(listing.headers.get("id", "")).split()):
        if kind := _kind_named(word):
            return kind
    return ""


def _child(record: Record, kind: str) -> Child:
    t = record.text
    name = t("name") or " ".join(p for p in (t("first"), t("last")) if p)
    if kind == "contacts":
        name = " ".join(p for p in (t("first"), t("last")) if p) or t("name")
    closed = t("closed").casefold()
    is_open = closed not in ("true", "yes", "1") if closed else not any(w in t("status").casefold() for w in _SHUT)
    accounts = tuple(alike(p.strip()) for p in t("account").replace(",", ";").split(";") if p.strip())
    return Child(
        t("id"), accounts, t("owner"), name or t("id"), t("status"), t("due"), t("amount"), t("email"), t("title"),
        is_open or kind == "contacts", record,
    )  # fmt: skip


def of_account(children: Children, keys: set[str]) -> list[Child]:
    """The open records of one account, by its id or its record id."""
    found = (c for key in sorted(keys) for c in children.by_account.get(key, ()))
    return list({child.id: child for child in found}.values())


def left_behind(children: Children, moves: Transition, load: Load, users: Users | None = None) -> Left:
    """The open records of loaded accounts whose owner is the CSM who gives the account away.

    Raises `InputError` with every damaged record id among them.
    """
    people = People(moves.proposal.problem.portfolio.csms)
    by_user = {alike(u.id): c.id for c in moves.proposal.problem.portfolio.csms if users and (u := users.find(c))}
    of: dict[str, Change] = {}
    for row in load.rows:
        of[alike(row.record_id)] = of[alike(row.change.account.id)] = row.change
    rows, others, wrong = [], [], []
    for child in children.records:
        change = next((of[a] for a in child.accounts if a in of), None)
        if change is None or not child.open:
            continue
        owner = people.find(child.owner) or by_user.get(alike(child.owner))
        mine = owner is not None and owner == change.csm_from
        mine = mine or (change.csm_from is None and bool(child.owner) and child.owner == change.account.csm_text)
        if not mine:
            if owner != change.csm_to:
                others.append((child, change))
            continue
        try:
            _sound(child.id, children.kind, load.target.name)
        except DamagedId as error:
            message = f"{child.name}: the record id {child.id!r} {error}."
            wrong.append(
                children.listing.finding("damaged_id", Severity.ERROR, message, error.advice, child.record, "id")
            )
        rows.append((child, change, load.users[change.csm_to]))
    if wrong:
        from bookwright.findings import Findings

        raise InputError(Findings(tuple(wrong)))
    return Left(children.kind, children.listing.file, tuple(rows), tuple(others), children.listing.headers)


def _sound(text: str, kind: str, target: str) -> str:
    if target == "salesforce":
        return widen(text, _ONE[kind])
    return digits(text) if target == "hubspot" else text


def _owner(child: Child, change: Change, load: Load, old: Mapping[str, str | None]) -> str:
    """Today's owner as the import takes it: the export's own cell where it does, else the giving CSM's user."""
    try:
        return load.target.user(child.owner)
    except DamagedId:
        return old.get(change.account.id) or child.owner


def write_left(left: Left, load: Load, folder: Path) -> None:
    """Write what is left behind of one kind: to load, to undo, and a list for people."""
    place = folder / "children"
    place.mkdir(exist_ok=True)
    sales = load.target.name == "salesforce"
    id_header = load.target.id_header if load.target.name != "csv" else left.headers["id"]
    header = (id_header, "OwnerId" if sales else left.headers.get("owner", "Owner"))
    old = {r.change.account.id: r.old for r in load.rows}
    rows = [(_sound(c.id, left.kind, load.target.name), user, _owner(c, m, load, old)) for c, m, user in left.rows]
    write_csv(place / f"{left.kind} load.csv", header, [(i, user) for i, user, _ in rows])
    write_csv(place / f"{left.kind} rollback.csv", header, [(i, owner) for i, _, owner in rows])
    said = [
        [c.name, m.account.name or m.account.id, c.owner, c.status, c.due, c.amount, "goes along"]
        for c, m, _ in left.rows
    ]
    said += [
        [c.name, m.account.name or m.account.id, c.owner, c.status, c.due, c.amount, "stays: not the old CSM's"]
        for c, m in left.others
    ]
    names = ["Record", "Account", "Owner today", "Status", "Due", "Amount", "What happens"]
    write_csv(place / f"{left.kind} list.csv", names, said, for_people=True)
