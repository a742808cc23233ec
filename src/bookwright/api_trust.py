"""How far a plan can be trusted, for Python users: the ledger, prices of rules, how firm moves are, the backtest.

PLAN is the plan's workbook or its store.

import bookwright.api_trust as trust
plan, rows = trust.ledger("plan.xlsx")
trust.rule_prices("plan.xlsx")
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bookwright.report.rules import ledger_of
from bookwright.report.why import Opened, opened
from bookwright.result import LedgerRow
from bookwright.review.price import base_of_stored
from bookwright.trust import rule_prices as pricing
from bookwright.trust.rule_prices import RulePrice

PathLike = str | Path


def ledger(plan: PathLike, *, store: PathLike | None = None) -> tuple[Opened, tuple[LedgerRow, ...]]:
    """A stored plan and its ledger: what each rule weighs, before and after, and whether it is binding."""
    at_hand = opened(Path(plan), None if store is None else Path(store))
    return at_hand, ledger_of(at_hand)


def rule_prices(
    plan: PathLike,
    *,
    store: PathLike | None = None,
    seconds: float = 2.0,
    solve: bool | None = None,
    on_progress: Callable[[int, str], None] | None = None,
) -> tuple[RulePrice, ...]:
    """What each rule a little looser would buy, priority by priority; see `bookwright.trust.rule_prices`.

    `seconds` for each search; `solve` None = where it is cheap. A plan that breaks hard rules is a `ReviewError`.
    """
    at_hand = opened(Path(plan), None if store is None else Path(store))
    base = base_of_stored(at_hand.stored)
    return pricing.rule_prices(base, seconds=seconds, solve=solve, on_progress=on_progress)
