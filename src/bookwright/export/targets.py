"""What each CRM's import takes: the record id's header and form, how a user is written, a blank, rows per file.

Salesforce: Data Loader and Bulk API (comma, UTF-8 without mark, field API names as headers, `#N/A` for null, 10,000
records a batch). HubSpot: its import tool (UTF-8, property labels as headers, `Record ID` to find existing records, a
user by e-mail or name, 500,000 rows a day on the smallest plans; a blank cell changes nothing).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bookwright.findings import UsageError
from bookwright.tables.columns import normal
from bookwright.tables.record_ids import DamagedId, digits, widen


@dataclass(frozen=True, slots=True)
class Target:
    """One CRM's import. `record_id` and `user` give the form it takes, or raise `DamagedId`.

    `blank` empties a field; None where a file cannot. `batch` is the most rows in a file.
    """

    name: str
    title: str
    id_header: str
    record_id: Callable[[str], str]
    user: Callable[[str], str]
    blank: str | None
    batch: int
    children: tuple[str, ...] = ()


def _account(text: str) -> str:
    return widen(text, "account")


def _salesforce_user(text: str) -> str:
    return widen(text, "user")


def _hubspot_user(text: str) -> str:
    """HubSpot matches a user by e-mail address or full name; a bare number is neither."""
    if not text:
        raise DamagedId("is blank")
    if text.isdigit():
        raise DamagedId("is a number; HubSpot's import takes a user's e-mail", "Maybe fill the CSM's Email.")
    return text


def _as_is(text: str) -> str:
    if not text:
        raise DamagedId("is blank")
    return text


TARGETS = {
    "salesforce": Target("salesforce", "Salesforce", "Id", _account, _salesforce_user, "#N/A", 10_000),
    "hubspot": Target("hubspot", "HubSpot", "Record ID", digits, _hubspot_user, None, 500_000),
    "csv": Target("csv", "CSV", "Account ID", _as_is, _as_is, "", 1_000_000),
}
_API_NAME = re.compile(r"[A-Za-z]\w*")
_OWNERS = frozenset(("owner", "ownerid", "owner id", "account owner", "company owner", "hubspot owner"))


def target_of(name: str) -> Target:
    """A target by name; `UsageError` for an unknown one."""
    if name not in TARGETS:
        raise UsageError(f"There is no target {name!r}. Maybe {', '.join(TARGETS)}.")
    return TARGETS[name]


def check_field(target: Target, field: str) -> tuple[str, bool]:
    """The CSM's field in the CRM, and whether it is the record's owner; `UsageError` where it cannot be one.

    There is no default: in most CRMs the owner of an account is its sales rep.
    """
    field = field.strip()
    if not field:
        raise UsageError(
            "Which field of the CRM holds the CSM? There is no default, so that no account owner is changed unasked."
            " Maybe --csm-field CSM__c, or csm_field under [crm] in the planning model."
        )
    if "\n" in field or (target.name == "salesforce" and not _API_NAME.fullmatch(field)):
        meant = re.sub(r"\W+", "_", field).strip("_") + "__c"
        raise UsageError(f"Salesforce loads by the field's API name, and {field!r} is none. Maybe {meant}.")
    if normal(field) == normal(target.id_header):
        raise UsageError(f"{field!r} is the record id itself. Maybe CSM__c.")
    return field, normal(field) in _OWNERS
