"""Who reviews what: by manager or by CSM. Giving and receiving side both answer for a move between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bookwright.portfolio import Csm
from bookwright.review.decisions import OPERATIONS
from bookwright.review.proposal import Proposal

By = Literal["manager", "csm"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What one reviewer answers for: `csm_ids` the books, `account_ids` every account in them today or as proposed.

    Accounts are sorted by impact: those that change hands first, the largest ARR first. `name` is the manager's name,
    the CSM's label, or "operations".
    """

    name: str
    csm_ids: tuple[str, ...]
    account_ids: tuple[str, ...]


def scopes(proposal: Proposal, by: By) -> tuple[Scope, ...]:
    """One scope per reviewer, by name; together they hold every planned account at least once."""
    reviewer = reviewers(proposal, by)
    books: dict[str, list[str]] = {}
    for csm in proposal.problem.csms:
        if csm.id not in proposal.hidden:
            books.setdefault(reviewer[csm.id], []).append(csm.id)
    accounts: dict[str, list[str]] = {name: [] for name in books}
    for account in proposal.problem.accounts:
        sides = [c for c in (proposal.before[account.id], proposal.after[account.id]) if c is not None]
        for name in dict.fromkeys(reviewer[c] for c in sides) or {OPERATIONS: None}:
            accounts.setdefault(name, []).append(account.id)
    arr = {a.id: a.arr for a in proposal.problem.accounts}
    return tuple(
        Scope(
            name,
            tuple(books.get(name, ())),
            tuple(sorted(accounts[name], key=lambda a: (not proposal.kind[a], -arr[a], a))),
        )
        for name in sorted(accounts, key=lambda n: (n == OPERATIONS, n.casefold()))
        if accounts[name]
    )


def reviewers(proposal: Proposal, by: By) -> Mapping[str, str]:
    """CSM id -> who answers for that book.

    By manager: a manager's own book goes to the manager they report to themselves, and to operations where there is
    none. By CSM: the CSM, but operations for a pool and for a book whose CSM is gone by the end of the horizon.
    """
    csms = proposal.problem.csms
    if by == "csm":
        gone = {
            c.id
            for c, why in zip(csms, proposal.problem.leaves, strict=True)
            if why and c.id not in proposal.unannounced
        }
        return {c.id: OPERATIONS if c.id in gone or c.kind.value == "pool" else proposal.csm_label(c.id) for c in csms}
    spelled: dict[str, str] = {}
    for csm in csms:
        if csm.manager.strip():
            spelled.setdefault(_key(csm.manager), " ".join(csm.manager.split()))
    person = {key: csm for csm in csms for key in (_key(csm.id), _key(csm.name), _key(csm.email)) if key}
    return {csm.id: _manager(csm, person, spelled) for csm in csms}


def _manager(csm: Csm, person: Mapping[str, Csm], spelled: Mapping[str, str]) -> str:
    """The manager of a book, written one way; operations where nobody but the book's own CSM is named."""
    key = _key(csm.manager)
    if not key or (key in person and person[key].id == csm.id):
        return OPERATIONS
    if key in person:
        return " ".join(person[key].name.split())
    return spelled[key]


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()
