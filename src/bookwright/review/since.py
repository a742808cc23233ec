"""What changed since the last round: accounts new, gone and changed, CSMs joined and left, moves already made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bookwright.portfolio import Account, Portfolio
from bookwright.problem import Problem

_COMPARED = (
    "segment", "arr", "csm_id", "hours", "renewal_arr", "renewal_date", "region", "language", "time_zone", "industry",
    "product", "pod", "parent_id", "health", "stage", "pin", "freeze_until", "escalation", "status", "coverage",
)  # fmt: skip
"""Facts of an account that a plan depends on."""


@dataclass(frozen=True, slots=True)
class Since:
    """Facts that differ between the last round's book and today's.

    `changed` maps account id -> fields that differ; `left` CSM id -> how ("not on the CSMs sheet any more", or the end
    date in words for operations). `made` are moves of the last plan that today's book already shows; `astray` accounts
    whose CSM changed to neither what the plan said nor what it was.
    """

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] | None = None
    joined: tuple[str, ...] = ()
    left: Mapping[str, str] | None = None
    made: tuple[str, ...] = ()
    astray: tuple[str, ...] = ()


def since(old: Portfolio, before: Mapping[str, str | None], after: Mapping[str, str | None], today: Problem) -> Since:
    """Compare the book of the last round, and its plan (before, after), with today's."""
    now = today.portfolio
    planned = {a.id: a for a in today.accounts}
    were = {a.id: a for a in old.accounts if a.planned}
    changed = {i: fields for i, a in planned.items() if i in were and (fields := _differ(were[i], a))}
    leaving = {c.id: why for c, why in zip(today.csms, today.leaves, strict=True) if why and c.id in old.csm_by_id}
    already = {c.id for c in old.csms if c.end_date is not None and c.end_date < today.horizon_end}
    left = {c.id: "is not on the CSMs sheet any more" for c in old.csms if c.id not in now.csm_by_id}
    left |= {i: why for i, why in leaving.items() if i not in already}
    moved = [i for i in were if i in planned and planned[i].csm_id != were[i].csm_id]
    made = tuple(i for i in moved if after.get(i) == planned[i].csm_id and before.get(i) != after.get(i))
    return Since(
        new=tuple(i for i in planned if i not in were),
        gone=tuple(i for i in were if i not in planned),
        changed=changed,
        joined=tuple(c.id for c in now.csms if c.id not in old.csm_by_id),
        left=left,
        made=made,
        astray=tuple(i for i in moved if i not in made),
    )


def _differ(old: Account, new: Account) -> tuple[str, ...]:
    return tuple(f for f in _COMPARED if getattr(old, f) != getattr(new, f))


def lines(found: Since, old: Portfolio, today: Problem) -> list[str]:
    """What changed, in sentences for operations; says so when nothing did."""
    now = today.portfolio

    def named(ids: tuple[str, ...], book: Portfolio) -> str:
        labels = [book.account_by_id[i].label for i in ids[:3]]
        return ", ".join(labels) + (f" and {len(ids) - 3:,} more" if len(ids) > 3 else "")

    def count(n: int, one: str, more: str) -> str:
        return f"{n:,} {one if n == 1 else more}"

    said = []
    if found.new:
        said.append(f"{count(len(found.new), 'account is', 'accounts are')} new: {named(found.new, now)}.")
    if found.gone:
        said.append(f"{count(len(found.gone), 'account is', 'accounts are')} gone: {named(found.gone, old)}.")
    facts = tuple(i for i, fields in (found.changed or {}).items() if fields != ("csm_id",))
    if facts:
        said.append(f"{count(len(facts), 'account has', 'accounts have')} other facts: {named(facts, now)}.")
    said += [f"{now.csm_name(i)} has joined." for i in found.joined]
    said += [f"{(now if i in now.csm_by_id else old).csm_name(i)} {why}." for i, why in (found.left or {}).items()]
    if found.made:
        verb = "move of the last plan is" if len(found.made) == 1 else "moves of the last plan are"
        said.append(f"{len(found.made):,} {verb} made already: {named(found.made, now)}.")
    if found.astray:
        verb = "account has" if len(found.astray) == 1 else "accounts have"
        said.append(f"{len(found.astray):,} {verb} another CSM than planned: {named(found.astray, now)}.")
    return said or ["Nothing changed in the book since the last round."]
