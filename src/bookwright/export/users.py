"""The CRM's users: whom a CSM is in the CRM, whether that user exists there and is active."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bookwright.export.targets import Target
from bookwright.findings import Finding, Findings, InputError, Severity
from bookwright.portfolio import Csm
from bookwright.tables.listing import read_listing
from bookwright.tables.people import name_key
from bookwright.tables.record_ids import DamagedId, alike

_HEADERS = {
    "id": ("Id", "User ID", "Owner ID", "CRM user ID", "Record ID", "HubSpot owner ID"),
    "email": ("Email", "E-mail", "Email address", "User email"),
    "name": ("Name", "Full Name", "User name", "User", "Owner name"),
    "first": ("First name",),
    "last": ("Last name",),
    "active": ("IsActive", "Active", "Is active", "Status", "User status"),
    "inactive": ("Deactivated", "Inactive", "Is deactivated"),
}
_NO = frozenset(("false", "no", "0", "inactive", "deactivated", "disabled", "suspended", "deleted", "n"))


@dataclass(frozen=True, slots=True)
class User:
    """One user of the CRM."""

    id: str
    name: str
    email: str
    active: bool


@dataclass(frozen=True)
class Users:
    """The users of an export; `None` in place of this means that nobody gave one, and only forms are checked."""

    file: str
    users: tuple[User, ...]

    def find(self, csm: Csm) -> User | None:
        """The user a CSM is: by CRM user ID, else by e-mail, else by a name only one user has."""
        if csm.crm_user_id:
            key = alike(csm.crm_user_id)
            return next(
                (u for u in self.users if key in (alike(u.id), u.email) or name_key(u.email) == name_key(key)), None
            )
        for said, told in ((csm.email, "email"), (csm.name, "name")):
            found = [u for u in self.users if said and name_key(getattr(u, told)) == name_key(said)]
            if len(found) == 1:
                return found[0]
        return None


def read_users(path: str | Path) -> Users:
    """The users in an export of them: id or e-mail, name, and whether they are active."""
    listing = read_listing(path, _HEADERS, ())
    if not {"id", "email"} & set(listing.headers):
        message = "No column holds the users' ids or e-mails."
        raise InputError(Finding("no_such_column", Severity.ERROR, message, "Maybe another file.", file=listing.file))
    users = []
    for record in listing.records:
        name = record.text("name") or " ".join(t for t in (record.text("first"), record.text("last")) if t)
        off = record.text("inactive").casefold() in ("true", "yes", "1", "y")
        active = not off and record.text("active").casefold() not in _NO
        users.append(User(record.text("id"), name, record.text("email"), active))
    return Users(listing.file, tuple(users))


def crm_users(csms: Iterable[Csm], target: Target, users: Users | None) -> dict[str, str]:
    """CSM id -> how the CRM's import writes that user; `InputError` names every CSM who cannot be loaded.

    Salesforce takes the user's id, HubSpot the e-mail; any other CRM the CRM user ID, else the CSM ID.
    """
    found: dict[str, str] = {}
    wrong: list[Finding] = []
    for csm in csms:
        user = users.find(csm) if users else None
        if users is not None and (user is None or not user.active):
            who = csm.crm_user_id or csm.email or csm.name
            if user is None:
                text = f"{csm.name} ({who}) is no user in {users.file}."
                advice = "Maybe the CRM user ID on the CSMs sheet is another person's, or the user is still to be made."
            else:
                text = f"{csm.name} is an inactive user in the CRM ({users.file}), and cannot be given accounts there."
                advice = "Maybe activate the user first."
            code = "inactive_user" if user else "unknown_user"
            wrong.append(Finding(code, Severity.ERROR, text, advice, value=who))
            continue
        told = _told(csm, target, user)
        try:
            found[csm.id] = target.user(told)
        except DamagedId as error:
            text = f"{csm.name}: the CRM user ID {told!r} {error}." if told else f"{csm.name} has no CRM user ID."
            advice = error.advice if told else "Maybe fill it on the CSMs sheet, or give an export of users: --users."
            wrong.append(Finding("no_user", Severity.ERROR, text, advice, value=told))
    Findings(tuple(wrong)).stop_on_errors()
    return found


def _told(csm: Csm, target: Target, user: User | None) -> str:
    if target.name == "hubspot":
        return (user.email if user else "") or (csm.crm_user_id if "@" in csm.crm_user_id else "") or csm.email
    return csm.crm_user_id or (user.id if user else "") or (csm.id if target.name == "csv" else "")
