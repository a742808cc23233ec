"""What books amount to under some answer about who owns which account: the numbers the live formulas must come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bookwright.review.proposal import Proposal
from bookwright.review.scope import Scope


@dataclass(frozen=True, slots=True)
class BookTotal:
    """One book: accounts, hours a month, ARR; utilization is hours / hours available (None without any)."""

    csm_id: str
    accounts: int
    hours: float
    arr: float
    utilization: float | None
    utilization_today: float | None


def totals(proposal: Proposal, scope: Scope, csm_of: Mapping[str, str | None]) -> tuple[BookTotal, ...]:
    """The books of a scope when account id -> CSM id holds; other accounts count where the proposal puts them."""
    found = []
    for csm_id in scope.csm_ids:
        mine = [a for a, proposed in proposal.after.items() if csm_of.get(a, proposed) == csm_id]
        today = sum(proposal.hours(a) for a, old in proposal.before.items() if old == csm_id)
        hours, has = sum(proposal.hours(a) for a in mine), proposal.capacity[csm_id]
        arr = sum(proposal.problem.portfolio.account_by_id[a].arr for a in mine)
        shares = (hours / has, today / has) if has > 0 else (None, None)
        found.append(BookTotal(csm_id, len(mine), hours, arr, *shares))
    return tuple(found)
