"""What must not be revealed yet: CSMs who leave, or have not started, before their `Announce on`.

Whatever is sent to people asks here first: review workbooks, exports, the page for leadership.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

from bookwright.portfolio import Csm
from bookwright.problem import Problem


def secret_departures(problem: Problem, today: dt.date) -> frozenset[str]:
    """Ids of CSMs whose end date is not announced by `today`."""
    return frozenset(c.id for c in problem.csms if c.end_date is not None and _secret(c, today))


def secret_starts(problem: Problem, today: dt.date) -> frozenset[str]:
    """Ids of CSMs who have not started by `today`, and of whom nobody has been told.

    Who has accounts already is known to whoever looks into the CRM.
    """
    owners = {problem.csms[j].id for j in set(problem.owner.tolist()) if j >= 0}
    return frozenset(
        c.id
        for c in problem.csms
        if c.start_date is not None and c.start_date > today and _secret(c, today) and c.id not in owners
    )


def _secret(csm: Csm, today: dt.date) -> bool:
    return csm.announce_on is not None and today < csm.announce_on


def revealing(
    problem: Problem, before: Mapping[str, str | None], after: Mapping[str, str | None], today: dt.date
) -> tuple[tuple[str, str], ...]:
    """(CSM id, account id) of moves that would reveal an unannounced departure or start.

    `before` and `after` are account id -> CSM id. A CSM who leaves after the horizon loses accounts like anybody else.
    """
    leaving = {c.id for c, why in zip(problem.csms, problem.leaves, strict=True) if why}
    leaving &= secret_departures(problem, today)
    starting = secret_starts(problem, today)
    found = []
    for account_id, old in before.items():
        new = after.get(account_id)
        if new == old:
            continue
        found += [(c, account_id) for c in (old, new) if c is not None and c in (leaving if c == old else starting)]
    return tuple(found)


def told(
    problem: Problem,
    moves: Collection[tuple[str, str]],
    today: dt.date,
    label: Callable[[str], str],
    to_whom: Callable[[str, Sequence[str]], str] = lambda csm_id, accounts: "",
) -> list[str]:
    """The moves that would give it away, a line per CSM; `to_whom` (CSM id, account ids) may add who would see them."""
    portfolio, starting = problem.portfolio, secret_starts(problem, today)
    lines = []
    for csm_id in dict.fromkeys(c for c, _ in moves):
        accounts = [a for c, a in moves if c == csm_id]
        named = ", ".join(portfolio.account_by_id[a].label for a in accounts[:10])
        more = f" and {len(accounts) - 10} more" if len(accounts) > 10 else ""
        verb = "go to this book" if csm_id in starting else "leave the book"
        until = portfolio.csm_by_id[csm_id].announce_on
        lines.append(f"  {label(csm_id)}, until {until}: {named}{more} {verb}{to_whom(csm_id, accounts)}")
    return lines
