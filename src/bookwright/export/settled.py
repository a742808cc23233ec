"""Planning again after a plan was loaded: what it settled stays, and only what is new or was moved since is planned.

Planned afresh, a book that was just rebalanced would be rebalanced again: budgets begin anew, and accounts that changed
hands are held by other freezes than before, which moves targets. Each quarter that is right; the week after it is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bookwright import store
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Portfolio


def settled(portfolio: Portfolio, model: PlanningModel, store_path: str | Path) -> tuple[PlanningModel, int, int]:
    """The planning model with a loaded plan's answers as decisions, for accounts that are where that plan put them.

    Returns it with how many accounts are settled, and how many are not: new ones, those somebody moved since. What
    beats a decision beats this too: never pairs, a CSM who is gone, pins.
    """
    stored = store.load(store_path)
    hold: dict[str, Mapping[str, Any]] = {}
    planned = [a for a in portfolio.accounts if a.planned]
    for account in planned:
        if account.csm_id is not None and stored.after.get(account.id) == account.csm_id:
            hold[account.id] = {"csm": account.csm_id, "why": f"as plan {stored.plan_id} left it"}
    rules = {**model.rules, "decisions": {"hold": hold}}
    return model.model_copy(update={"rules": rules}), len(hold), len(planned) - len(hold)
