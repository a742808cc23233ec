"""The CRM's record id of each account: from Account ID, or from the column that holds it; damaged ones refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bookwright.export.targets import Target
from bookwright.findings import Finding, Findings, InputError, Severity, UsageError
from bookwright.portfolio import Account, Portfolio, spelled
from bookwright.tables.columns import normal
from bookwright.tables.record_ids import DamagedId, case_was_lost


@dataclass(frozen=True)
class RecordIds:
    """Account id -> the CRM's record id, in the form its import takes; `column` is where they stand in the book."""

    column: str
    by_account: dict[str, str]


def record_ids(portfolio: Portfolio, accounts: Sequence[Account], target: Target, column: str = "") -> RecordIds:
    """The record ids of these accounts; `InputError` names every account whose id is damaged, or two with one id.

    Without a `column` Account ID is tried first, then the one column of the team's own that holds a sound id for every
    account.
    """
    header, source = _column(portfolio, accounts, target, column)
    texts = {a.id: _text(a, source) for a in accounts}
    wrong = []
    found: dict[str, str] = {}
    holders: dict[str, Account] = {}
    if target.name == "salesforce" and case_was_lost(_text(a, source) for a in portfolio.accounts):
        message = f"{header}: no id has a letter of the other case; their case was lost, and they name other records."
        wrong.append(Finding("case_lost", Severity.ERROR, message, "Maybe export the 18-character ids."))
    for account in accounts:
        text = texts[account.id]
        try:
            made = target.record_id(text)
        except DamagedId as error:
            message = f"{account.label}: the {target.title} record id {text!r} {error}."
            advice = error.advice if text else "Maybe another column holds it: --record-id-column."
            wrong.append(Finding("damaged_id", Severity.ERROR, message, advice, value=text))
            continue
        other = holders.setdefault(made, account)
        if other is not account:
            message = f"{account.label} and {other.label} have one record id, {made}."
            wrong.append(Finding("double_id", Severity.ERROR, message, "Maybe one of them is a copy.", value=made))
        found[account.id] = made
    damaged = [f for f in wrong if f.code == "damaged_id"]
    if len(damaged) == len(accounts) > 3:
        message = f"{header}: none of {len(accounts):,} is a {target.title} record id, as {damaged[0].value!r}."
        advice = "Maybe another column holds it: --record-id-column HEADER."
        raise InputError(Finding("no_record_ids", Severity.ERROR, message, advice))
    Findings(tuple(wrong)).stop_on_errors()
    return RecordIds(header, found)


def _text(account: Account, source: str) -> str:
    return account.id if source == "id" else spelled(account.value(source))


def _column(portfolio: Portfolio, accounts: Sequence[Account], target: Target, column: str) -> tuple[str, str]:
    """The header and the field, or own column, that holds the record ids."""
    headers = [(h, field or h) for h, field in portfolio.account_columns] or [("Account ID", "id")]
    if column:
        for header, source in headers:
            if normal(header) == normal(column):
                return header, source
        own = ", ".join(h for h, _ in headers[:12])
        raise UsageError(f"The accounts have no column {column!r}. Maybe one of: {own}.")
    first = next((h for h, source in headers if source == "id"), "Account ID")
    if target.name == "csv" or not accounts or all(_sound(a, "id", target) for a in accounts):
        return first, "id"
    others = [(h, s) for h, s in headers if s == h and all(_sound(a, s, target) for a in accounts)]
    return others[0] if len(others) == 1 else (first, "id")


def _sound(account: Account, source: str, target: Target) -> bool:
    try:
        target.record_id(_text(account, source))
    except DamagedId:
        return False
    return True
