"""The two books of the backtest: a team in September, and in October after its books were evened out by ARR alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from bookwright.generate import generate
from bookwright.portfolio import Portfolio
from bookwright.tables.write_input import write_portfolio

HELD_FROM = dt.date(2026, 10, 1)
SEED = 1
ACCOUNTS, CSMS, MOVED = 120, 8, 18

BEFORE_STORY = (
    "Last quarter, before: eight CSMs with 120 accounts in September 2026",
    "Books had grown uneven. In October they were evened out by hand, by ARR: see last_quarter_after.xlsx.",
    "bookwright backtest last_quarter_before.xlsx last_quarter_after.xlsx",
    "What was done moved 18 accounts and looked at money alone: hours, renewals and changes of CSM were not seen.",
)
AFTER_STORY = (
    "Last quarter, after: the same team in October 2026",
    "18 accounts went from the books of the most ARR to those of the least, the largest first, one after the other.",
    "bookwright backtest last_quarter_before.xlsx last_quarter_after.xlsx",
)


def before() -> Portfolio:
    """Eight CSMs with uneven books; every account has a CSM."""
    made = generate(ACCOUNTS, CSMS, seed=SEED, effective_date=HELD_FROM)
    first = made.csms[0]
    accounts = tuple(
        a if a.csm_id else a.model_copy(update={"csm_id": first.id, "csm_text": first.name}) for a in made.accounts
    )
    return made.model_copy(update={"accounts": accounts})


def after() -> Portfolio:
    """The book of most ARR gives its largest account to the book of least ARR that covers it, 18 times."""
    book = before()
    owner = {a.id: a.csm_id for a in book.accounts}
    moved: set[str] = set()
    for _ in range(MOVED):
        arr = {c.id: sum(a.arr for a in book.accounts if owner[a.id] == c.id) for c in book.csms}
        swaps = [
            (arr[giver] - arr[c.id], a.arr, a.id, c.id)
            for a in book.accounts
            for c in book.csms
            if (giver := owner[a.id] or "") != c.id and a.id not in moved
            and (not c.segments or a.segment in c.segments) and arr[c.id] + a.arr < arr[giver]
        ]  # fmt: skip
        if not swaps:
            break
        _, _, account_id, taker = max(swaps)
        owner[account_id] = taker
        moved.add(account_id)
    names = {c.id: c.name for c in book.csms}
    accounts = tuple(
        a.model_copy(update={"csm_id": owner[a.id], "csm_text": names[owner[a.id] or ""]}) for a in book.accounts
    )
    return book.model_copy(update={"accounts": accounts})


LAST_QUARTER: dict[str, Callable[[Path], object]] = {
    "last_quarter_before.xlsx": lambda path: write_portfolio(before(), path, story=BEFORE_STORY),
    "last_quarter_after.xlsx": lambda path: write_portfolio(after(), path, story=AFTER_STORY),
}
