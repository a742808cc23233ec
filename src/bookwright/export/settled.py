"""Planning again after a plan was loaded: what it settled stays, and only what is new or was moved since is planned.

Planned afresh, a book that was just rebalanced would be rebalanced again: budgets begin anew, and accounts that changed
hands are held by other freezes than before, which moves targets. Each quarter that is right; the week after it is not.
So a book that says nothing new since its plan is told by the plan's store beside it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookwright import store
from bookwright.findings import Finding, ReviewError, Severity
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Account, Cell, Portfolio
from bookwright.problem import resolve
from bookwright.store import Stored


def settled(
    portfolio: Portfolio, model: PlanningModel, store_path: str | Path, *, whole: bool = False
) -> tuple[PlanningModel, int, int]:
    """The planning model with a loaded plan's answers as decisions, for accounts that are where that plan put them.

    Returns it with how many accounts are settled, and how many are not: new ones, those somebody moved since. With
    `whole`, moves not made yet are settled, too. What beats a decision beats this: never pairs, a CSM gone, pins.
    """
    stored = store.load(store_path)
    hold: dict[str, Mapping[str, Any]] = {}
    planned = [a for a in portfolio.accounts if a.planned]
    for account in planned:
        after = stored.after.get(account.id)
        if after is not None and (whole or after == account.csm_id):
            verb = "left" if after == account.csm_id else "moves"
            hold[account.id] = {"csm": after, "why": f"as plan {stored.plan_id} {verb} it"}
    rules = {**model.rules, "decisions": {"hold": hold}}
    return model.model_copy(update={"rules": rules}), len(hold), len(planned) - len(hold)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plan that a book shows as made: `made` of its `moves`; `same` where the book says nothing new beside them."""

    store_path: Path
    made: int
    moves: int
    same: bool

    @property
    def finding(self) -> Finding:
        """What is taken from it, or what could be: for people."""
        name = self.store_path.name
        head = f"{self.made:,} of the {self.moves:,} moves of {name} are made in this book"
        if not self.same:
            text = f"{head}, and more has changed since. It is planned afresh, with new budgets."
            return Finding("loaded_before", Severity.WARNING, text, f'Maybe --after "{name}" plans only what is new.')
        if not self.moves:
            head = f"This book is as {name} has it"
        left = self.moves - self.made
        so = f"the other {left:,} stand as planned" if left else "nothing is left to move"
        text = f"{head}, and nothing else has changed since. So {so}."
        return Finding("as_loaded", Severity.WARNING, text, "Maybe --afresh plans it anew, with new budgets.")


def loaded_before(
    portfolio: Portfolio,
    model: PlanningModel,
    folders: Iterable[Path],
    *,
    today: dt.date,
    effective_date: dt.date | None = None,
    settings: Mapping[str, Cell] | None = None,
    prepare: Callable[[Portfolio], Portfolio],
) -> Loaded | None:
    """The plan of the same effective date, kept in one of these folders, that a book shows as made; None without one.

    One move made is enough where the book says nothing else than the plan knew; where it does, at least half of them.
    Among several plans the one with most moves made, then the one with fewest left. `prepare` brings the book's money
    and segments in line.
    """
    now = {a.id: a.csm_id for a in portfolio.accounts}
    found: list[tuple[int, int, Path]] = []
    for place in sorted({p.resolve() for folder in folders for p in folder.glob(f"*{store.SUFFIX}")}):
        try:
            moves = store.moves_of(place)
        except ReviewError:
            continue  # another file of that name, or one that a newer version made
        made = sum(now.get(a) == csm for a, csm in moves.items())
        if made or not moves:
            found.append((made, len(moves), place))
    if not found:
        return None
    problem = resolve(prepare(portfolio), model, today=today, effective_date=effective_date, options=settings)
    asked = _decided(problem.model)
    seen: list[Loaded] = []
    for made, count, place in sorted(found, key=lambda f: (-f[0], f[1], f[2])):
        try:
            stored = store.load(place)
        except ReviewError:
            continue
        if stored.model.effective_date != problem.effective_date:
            continue
        same = _decided(stored.model) == asked and _undone(problem.portfolio, stored) == _facts(stored.portfolio, {})
        # A plan that moves nothing tells nothing, unless it stands for one that was loaded before it.
        if (same and (made or "decisions" in stored.model.rules)) or 2 * made >= max(1, count):
            seen.append(Loaded(place, made, count, same))
    return next((s for s in seen if s.same), next(iter(seen), None))


_CHANGES_HANDS = ("csm_id", "csm_text", "csm_since", "csm_changes_24m")
"""What a CRM changes with an account's CSM."""


def _decided(model: PlanningModel) -> Mapping[str, Any]:
    """What a planning model decides, without what an earlier plan settled."""
    told = model.model_dump(mode="json", exclude={"text", "origins"})
    told["rules"].pop("decisions", None)
    return told


def _undone(portfolio: Portfolio, stored: Stored) -> Any:
    """The facts of a book with a plan's moves taken back, the day they were made included."""
    then, now = stored.portfolio.account_by_id, portfolio.account_by_id
    made = (a for a in stored.kinds if a in now and now[a].csm_id == stored.after[a])
    return _facts(portfolio, {a: then[a] for a in made if a in then})


def _facts(portfolio: Portfolio, back: Mapping[str, Account]) -> Any:
    """Every fact, rows and columns in any order; accounts in `back` with the CSM they had."""
    rows = []
    for account in sorted(portfolio.accounts, key=lambda a: a.id):
        then = back.get(account.id, account)
        update: dict[str, Any] = {f: getattr(then, f) for f in _CHANGES_HANDS}
        update["row"] = 0
        if then.csm_id:
            update["csm_text"] = ""  # by id, name or CRM user id: one and the same CSM
        rows.append(account.model_copy(update=update))
    csms = tuple(c.model_copy(update={"row": 0}) for c in sorted(portfolio.csms, key=lambda c: c.id))
    update = {"accounts": tuple(rows), "csms": csms, "account_columns": ()}
    text = portfolio.model_copy(update=update).facts_text()
    facts, end = json.JSONDecoder().raw_decode(text)
    return facts, sorted(json.loads(text[end:]))
