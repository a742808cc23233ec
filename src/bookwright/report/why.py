"""The answer of `bookwright why`: a stored plan opened without solving, one account looked up, lines and JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
from pathlib import Path
from typing import Any

from bookwright import store
from bookwright.books import Plan
from bookwright.explain.why import Stake, Why, why
from bookwright.findings import UsageError
from bookwright.portfolio import Account
from bookwright.problem import resolve
from bookwright.rules import Board, build, set_up
from bookwright.store import Stored
from bookwright.trust.kept import kept

SHOWN = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Opened:
    """A stored plan with the problem it answers: the board as the rules set it up, and the plan on it."""

    stored: Stored
    board: Board
    plan: Plan


def opened(plan: Path, given: Path | None = None) -> Opened:
    """Open a plan by its workbook or store; a missing store is a `ReviewError` (exit 6)."""
    stored = store.load(_store_of(plan, given))
    day = dt.date.fromisoformat(stored.meta["effective_date"])
    # The stored planning model has the Settings sheet laid over it already.
    facts = stored.portfolio.model_copy(update={"settings": {}})
    problem = resolve(facts, stored.model, today=day, effective_date=day)
    board = set_up(problem, build(problem.model))
    return Opened(stored, board, Plan.from_ids(problem, stored.after, board.forced()))


def _store_of(plan: Path, given: Path | None) -> Path:
    """The store given or beside the workbook; else the one in its folder that holds the plan the workbook names."""
    beside = given or store.path_for(plan)
    if beside.is_file():
        return beside
    # Only now: telling a renamed workbook's plan takes reading it.
    from bookwright.review.locate import store_of

    return store_of(plan, given)


def account_of(stored: Stored, wanted: str) -> Account:
    """The account with this id, or with this name if only one has it; else a `UsageError` with the nearest ids."""
    every = stored.portfolio.accounts
    found = next((a for a in every if a.id == wanted), None)
    if found is not None:
        return found
    named = [a for a in every if a.name.casefold() == wanted.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(a.id for a in named[:5])
        raise UsageError(f"{len(named)} accounts are called {wanted}. Maybe one of: {ids}.")
    known = {text.casefold(): a for a in every for text in (a.id, a.name) if text}
    near = [known[t].label for t in difflib.get_close_matches(wanted.casefold(), known, n=3)]
    hint = f" Maybe {', '.join(dict.fromkeys(near))}." if near else " Maybe look at the sheet Assignments."
    raise UsageError(f"There is no account {wanted} in this plan.{hint}")


def answer(plan: Opened, account: Account) -> Why:
    """Why this CSM; an account that is not planned is answered too."""
    if account.id not in plan.board.problem.account_position:
        what = account.status.value if account.status.value != "active" else f"covered by {account.coverage.value}"
        name = plan.stored.portfolio.csm_name(account.csm_id) or account.csm_text or "nobody"
        text = f"Is not planned ({what}): it keeps its row and its owner."
        return Why(account.id, account.label, account.csm_id, name, name, False, "", text)
    found = why(plan.board, plan.plan, account.id, plan.stored.why.get(account.id, ""))
    shaken = kept(plan.stored)
    return found if shaken is None else dataclasses.replace(found, firm=shaken.sentence(account.id))


def lines(found: Why, plan: Opened) -> list[str]:
    """The answer as a person reads it, at most a screen."""
    name = plan.stored.portfolio.csm_name
    head = f"stays with {found.csm}"
    if found.moved:
        origin = f"from {found.today} " if found.today != "nobody" else ""
        head = f"moves {origin}to {found.csm} ({found.kind})"
    elif found.csm == "nobody":
        head = "has no owner in this plan"
    out = [f"{found.label} {head}.", f"  {found.sentence}"]
    if found.firm:
        out.append(f"  {found.firm}")
    if found.together:
        out.append(f"  Goes together with {_some(found.together, 4)} (family, or Pairs sheet).")
    if found.stakes:
        out += ["", "At stake:"]
        out += [f"  {stake_words(s, name(s.csm_id), plan)}" for s in found.stakes[:6]]
    if found.others:
        head = "Who else could have it" if not found.held else f"Who else could have it if this ended ({found.held})"
        out += ["", f"{head}, cheapest first, everything else as planned:"]
        for k, other in enumerate(found.others[:SHOWN], 1):
            share = "no hours" if other.utilization is None else f"at {other.utilization:.0%} with it"
            against = f"; but {'; '.join(other.needs)}" if other.needs else ""
            out.append(f"  {k}. {other.name} ({share}): {other.words}{against}")
        if len(found.others) > SHOWN:
            out.append(f"  ... and {len(found.others) - SHOWN} more, dearer still.")
    if found.barred:
        out += ["", "Who may not:"]
        for group in found.barred[:SHOWN]:
            names = [name(c) for c in group.csm_ids]
            out.append(f"  {_some(names, 3)}: {group.why}")
        if len(found.barred) > SHOWN:
            rest = sum(len(g.csm_ids) for g in found.barred[SHOWN:])
            out.append(f"  ... and {rest} more CSMs for other reasons.")
    if found.changes:
        out += ["", "What would have to change:", *(f"  - {c.text}" for c in found.changes)]
    return out


def stake_words(stake: Stake, who: str, plan: Opened) -> str:
    """A row at stake in one line: the book with the account and without it, against its limits."""
    problem = plan.board.problem

    def show(value: float) -> str:
        if stake.unit == "hours":
            capacity = float(problem.capacity_hours[problem.csm_position[stake.csm_id]])
            share = f" ({value / capacity:.0%})" if capacity > 0 else ""
            return f"{value:,.1f} h{share}"
        return f"{value:,.0f}"

    limits = "at most " + show(stake.high) if stake.high is not None else ""
    if stake.low is not None and stake.low > 0:
        limits = f"{show(stake.low)} to {show(stake.high)}" if stake.high is not None else f"at least {show(stake.low)}"
    return f"{stake.title}, {who}: {show(stake.with_it)} with it, {show(stake.without_it)} without; {limits}"


def as_json(found: Why) -> dict[str, Any]:
    """The answer as plain values."""
    plain = dataclasses.asdict(found)
    for row, other in zip(plain["others"], found.others, strict=True):
        row["words"] = other.words
    return plain


def _some(names: Any, most: int) -> str:
    shown = list(names)
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more
