"""What a receiving CSM is told of each account: an allow-list of facts, contacts and open work; nothing private.

Notes and the team's own columns only where they are named. No reason names dates, absences or hours of a colleague.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bookwright.export.changes import Change, Transition
from bookwright.export.children import Child, Children, of_account
from bookwright.findings import UsageError
from bookwright.portfolio import Account, spelled
from bookwright.problem import AMBER_BELOW, RED_BELOW
from bookwright.tables.columns import normal
from bookwright.tables.record_ids import alike

STEPS = ("Internal brief", "Joint call", "Customer told", "Systems updated")
"""What a hand-over is made of, in order; each has a day on which it was done."""
MEANINGS = (
    "{giver} and {taker} go through goals, people, risks and open work.",
    "{giver} introduces {taker} to the customer's main contacts.",
    "The customer has the name and address of {taker} in writing.",
    "Owner, contacts, open work and calendars are changed in the CRM.",
)
ONE = {"opportunities": "Opportunity", "tasks": "Task", "cases": "Case"}
"""What one record of open work is called."""
_SPONSOR = ("executive sponsor", "exec sponsor", "sponsor", "champion", "main contact", "primary contact")
_TOUCH = (
    "last touch", "last touchpoint", "last activity", "last activity date", "last contacted", "last contact",
    "last contact date", "last meeting", "last meeting date", "last call",
)  # fmt: skip
Fact = str | float | int | dt.date | None


@dataclass(frozen=True, slots=True)
class Brief:
    """One account on its way: `facts` are (label, value) in reading order, `shown` columns let in by name."""

    change: Change
    giver: str
    taker: str
    why: str
    facts: tuple[tuple[str, Fact], ...]
    shown: tuple[tuple[str, str], ...]
    contacts: tuple[Child, ...]
    work: tuple[tuple[str, Child], ...]

    @property
    def title(self) -> str:
        """The account as people call it."""
        return self.change.account.name or self.change.account.id


def briefs(
    moves: Transition, children: Sequence[Children] = (), show: Sequence[str] = (), record_id_column: str = ""
) -> tuple[Brief, ...]:
    """One brief per change, in the order of hand-over. `show` names further columns of the accounts to let in.

    Raises `UsageError` for a column that the accounts do not have.
    """
    columns = [(title, _field(moves, title)) for title in show]
    source = _field(moves, record_id_column) if record_id_column else ""
    found = []
    for change in moves.changes:
        account = change.account
        keys = {alike(account.id)} | ({alike(spelled(account.value(source)))} if source else set())
        mine = [(c.kind, r) for c in children for r in of_account(c, keys)]
        found.append(
            Brief(
                change,
                moves.giver(change),
                moves.proposal.csm_label(change.csm_to),
                why(moves, change),
                _facts(account, change),
                tuple((title, spelled(account.value(field))) for title, field in columns),
                tuple(r for kind, r in mine if kind == "contacts"),
                tuple((kind, r) for kind, r in mine if kind != "contacts"),
            )
        )
    return tuple(found)


def why(moves: Transition, change: Change) -> str:
    """Why the account changes hands, from what its new CSM may know."""
    proposal = moves.proposal
    if change.kind == "placed":
        return "It has no CSM on the team today."
    if change.kind == "forced" and change.csm_from:
        barred = proposal.barred(change.account.id, change.csm_from)
        if barred and barred.rules == ("segments",):
            return f"{proposal.csm_label(change.csm_from)} {barred.reasons[0]}."
        return "Book reassigned."
    return "To even out hours and revenue between books."


def health_word(health: float | None) -> str:
    """A score with its colour: "82, green"."""
    if health is None:
        return ""
    colour = "red" if health < RED_BELOW else "amber" if health < AMBER_BELOW else "green"
    return f"{health:g}, {colour}"


def _facts(account: Account, change: Change) -> tuple[tuple[str, Fact], ...]:
    own = {normal(header): header for header in account.extra}
    sponsor = next((spelled(account.extra[own[n]]) for n in _SPONSOR if n in own), "")
    touch = next((spelled(account.extra[own[n]]) for n in _TOUCH if n in own), "")
    return (
        ("Hand-over on", change.hand_over_on),
        ("ARR", account.arr),
        ("Renewal date", account.renewal_date),
        ("Segment", account.segment),
        ("Health", health_word(account.health)),
        ("Open escalation", "yes" if account.escalation else "no"),
        ("Executive sponsor", sponsor),
        ("Last touch", touch),
        ("Language", account.language),
        ("Region", account.region),
        ("Time zone", account.time_zone),
        ("Industry", account.industry),
        ("Product", account.product),
        ("Lifecycle stage", account.stage),
        ("Sales owner", account.sales_owner),
        ("Account ID", account.id),
    )


def _field(moves: Transition, title: str) -> str:
    """The field, or own column, behind a header that is to be shown."""
    headers = moves.proposal.problem.portfolio.account_columns
    for header, name in headers:
        if normal(header) == normal(title):
            return name or header
    if normal(title) == "notes":
        return "notes"
    own = ", ".join(h for h, _ in headers[:12])
    raise UsageError(f"The accounts have no column {title!r}. Maybe one of: {own}.")
