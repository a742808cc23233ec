"""What only the accounts as a whole show: money counted twice, ids damaged by letter case, mixed currencies."""

from __future__ import annotations

from collections import Counter

from bookwright.findings import Severity
from bookwright.portfolio import Account
from bookwright.tables.grid import Grid
from bookwright.tables.notes import Notes, many, show

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_WITHIN = 0.02
_MOST_ARR = 1e15
"""Beyond this, sums and their prices are no longer exact in 64 bits."""


def checksum18(id15: str) -> str:
    """The three letters that make a 15-character Salesforce id safe against changed case (Salesforce's own rule)."""
    tail = ""
    for start in (0, 5, 10):
        bits = sum(1 << k for k, c in enumerate(id15[start : start + 5]) if c.isupper())
        tail += _ALPHABET[bits]
    return tail


def check_accounts(accounts: tuple[Account, ...], grid: Grid, notes: Notes) -> None:
    """Say what looks wrong across accounts; nothing is changed."""
    rows = {row: i for i, row in enumerate(grid.rows)}
    if sum(abs(a.arr) for a in accounts) > _MOST_ARR:
        largest = max(accounts, key=lambda a: abs(a.arr))
        notes.add(
            "arr_too_large", Severity.ERROR,
            f"The ARR of all accounts is more than can be added up exactly ({_MOST_ARR:,.0f}); the largest is "
            f"{largest.arr:,.0f}.",
            "Maybe it is mistyped.", cell=grid.cell("arr", rows.get(largest.row, 0)), value=largest.id,
        )  # fmt: skip
    children: dict[str, list[Account]] = {}
    for account in accounts:
        if account.parent_id and account.parent_id != account.id:
            children.setdefault(account.parent_id, []).append(account)
    if children:
        by_id = {a.id: a for a in accounts}
        for parent_id, members in children.items():
            parent = by_id.get(parent_id)
            total = sum(m.arr for m in members)
            if parent and parent.arr > 0 and total > 0 and abs(parent.arr - total) <= _WITHIN * parent.arr:
                notes.add(
                    "counted_twice", Severity.WARNING,
                    f"{parent.label} has as much ARR ({parent.arr:,.0f}) as the accounts below it ({total:,.0f}).",
                    "Maybe counted twice.", cell=grid.cell("arr", rows.get(parent.row, 0)), value=parent.id,
                )  # fmt: skip
    crm = [a for a in accounts if len(a.id) == 18 and a.id.isalnum() and a.id.isascii()]
    if crm and len(crm) > 0.9 * len(accounts):
        hurt = [a for a in crm if checksum18(a.id[:15]) != a.id[15:].upper()]
        if hurt and any(a.id.startswith("00") for a in crm):
            notes.add(
                "id_case", Severity.WARNING,
                f"{show(hurt[0].id)} looks like a Salesforce id whose letter case was changed.",
                "Maybe export the ids again.", cells=tuple(grid.cell("id", rows[a.row]) for a in hurt[:500]),
                value=hurt[0].id, count=len(hurt),
            )  # fmt: skip
    if "segment" in grid.columns and (blank := [a for a in accounts if not a.segment]):
        notes.add(
            "blank_segment", Severity.WARNING, f"{many(len(blank), 'account')} of {len(accounts):,} without a segment.",
            "Maybe fill it in: hours and coverage hang on it.",
            cells=tuple(grid.cell("segment", rows[a.row]) for a in blank[:500]), count=len(blank),
        )  # fmt: skip
    codes = Counter(a.currency for a in accounts if a.currency)
    if len(codes) > 1:
        listed = ", ".join(f"{c} {n}" for c, n in codes.most_common())
        notes.add(
            "currencies", Severity.NOTE, f"The accounts are in {len(codes)} currencies: {listed}.",
            "Maybe give rates in the planning model's [fx].",
        )  # fmt: skip
