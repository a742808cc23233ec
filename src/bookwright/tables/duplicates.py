"""Rows with one Account ID: kept once where they are alike, refused or added up where they differ."""

from __future__ import annotations

from typing import Any

from bookwright.findings import Severity
from bookwright.portfolio import Account
from bookwright.tables.cells import as_text
from bookwright.tables.grid import Grid
from bookwright.tables.notes import Notes, show


def _content(grid: Grid, i: int) -> tuple[str, ...]:
    return tuple(as_text(c[i]).strip() for store in (grid.columns, grid.extra) for c in store.values())


def without_duplicates(
    accounts: list[Account], rows: list[int], grid: Grid, notes: Notes, duplicates: str
) -> tuple[Account, ...]:
    """One account per id: identical rows once, rows that differ refused, or added up with `duplicates="sum"`."""
    first: dict[str, int] = {}
    groups: dict[str, list[int]] = {}
    for k, account in enumerate(accounts):
        if account.id in first:
            groups.setdefault(account.id, [first[account.id]]).append(k)
        else:
            first[account.id] = k
    if not groups:
        return tuple(accounts)
    drop: set[int] = set()
    for account_id, members in groups.items():
        same = len({_content(grid, rows[k]) for k in members}) == 1
        cells = tuple(grid.cell("id", rows[k]) for k in members)
        if same:
            notes.add(
                "duplicate_account", Severity.WARNING,
                f"{show(account_id)} stands {len(members)} times with the same content; one is kept.", cells=cells[1:],
                value=account_id, key="same",
            )  # fmt: skip
            drop.update(members[1:])
        elif duplicates == "sum" and len(codes := {c for k in members if (c := accounts[k].currency)}) > 1:
            notes.add(
                "duplicate_currencies", Severity.ERROR,
                f"{show(account_id)} stands {len(members)} times, in {', '.join(sorted(codes))}: they cannot be added.",
                "Maybe give all its rows in one currency.", cells=cells, value=account_id,
            )  # fmt: skip
            drop.update(members[1:])
        elif duplicates == "sum":
            owners = list(dict.fromkeys(c for k in members if (c := accounts[k].csm_text)))
            if len(owners) > 1:
                kept = max((accounts[k] for k in members), key=lambda a: a.arr).csm_text or owners[0]
                notes.add(
                    "duplicate_owners", Severity.WARNING,
                    f"{show(account_id)} has {len(owners)} CSMs ({', '.join(show(o) for o in owners[:3])}); "
                    f"{show(kept)} was taken, whose row has the most ARR.", cells=cells, value=account_id,
                )  # fmt: skip
            accounts[members[0]] = _summed([accounts[k] for k in members])
            drop.update(members[1:])
            notes.add(
                "duplicate_account", Severity.WARNING,
                f"{show(account_id)} stands {len(members)} times; its rows were added up.", cells=cells,
                value=account_id, key="sum",
            )  # fmt: skip
        else:
            notes.add(
                "duplicate_account", Severity.ERROR,
                f"{show(account_id)} stands {len(members)} times with different content.",
                "Maybe one row per product: --duplicates sum adds them up.", cells=cells, value=account_id,
                key="differ",
            )  # fmt: skip
            drop.update(members[1:])
    return tuple(a for k, a in enumerate(accounts) if k not in drop)


def _summed(rows: list[Account]) -> Account:
    """One account from its product rows: money, hours and growth added up, products listed, the rest from the row with
    the most ARR, blanks filled from the others.
    """
    ordered = sorted(rows, key=lambda a: -a.arr)
    base = ordered[0]
    update: dict[str, Any] = {}
    for other in ordered[1:]:
        for field in type(base).model_fields:
            if not getattr(update.get(field), "__len__", None) and getattr(base, field) in (None, ""):
                update.setdefault(field, None)
                if update[field] in (None, "") and getattr(other, field) not in (None, ""):
                    update[field] = getattr(other, field)
    update = {f: v for f, v in update.items() if v is not None}
    update["arr"] = sum(a.arr for a in rows)
    for field in ("renewal_arr", "hours", "growth_potential"):
        given = [v for a in rows if (v := getattr(a, field)) is not None]
        if given:
            update[field] = sum(given)
    products = dict.fromkeys(p.strip() for a in rows for p in a.product.split(",") if p.strip())
    update["product"] = ", ".join(products)
    update["row"] = rows[0].row
    return base.model_copy(update=update)
