"""Random tiny portfolios and planning models: every rule in every mode, whole numbers, so that sums are exact."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from bookwright.planning_model import PlanningModel, Priority
from bookwright.portfolio import Account, Coverage, Csm, Kind, Portfolio, Status, Wish, WishKind
from tests.builders import DAY, model


def tiny_portfolio(seed: int, accounts: int = 5, csms: int = 3) -> Portfolio:
    """A few accounts and CSMs; every feature turns up often enough to clash with another."""
    dice = random.Random(seed)
    team = [_csm(dice, k) for k in range(dice.randint(2, csms))]
    ids = [c.id for c in team]
    rows = [_account(dice, k, ids) for k in range(dice.randint(2, accounts))]
    wishes = []
    for _ in range(dice.choice([0, 0, 1, 2])):
        kind = dice.choice(list(WishKind))
        one, two = dice.sample([a.id for a in rows], 2)
        other = two if kind in (WishKind.TOGETHER, WishKind.APART) else dice.choice(ids)
        wishes.append(Wish(kind=kind, account_id=one, other=other))
    return Portfolio(accounts=tuple(rows), csms=tuple(team), wishes=tuple(wishes))


def _csm(dice: random.Random, k: int) -> Csm:
    rare = dice.random() < 0.12
    return Csm(
        id=f"c{k}",
        name=f"Csm {k}",
        customer_hours=float(dice.choice([10, 15, 20, 30])),
        segments=dice.choice([(), (), ("Big",), ("Big", "Small")]),
        regions=dice.choice([(), (), ("North",), ("North", "South")]),
        time_zones=dice.choice([(), ("UTC",), ("UTC+5",)]),
        manager=dice.choice(["", "Mia", "Noor"]),
        max_accounts=dice.choice([None, None, None, 2, 3]),
        max_moves_in=dice.choice([None, None, 0, 1, 2]),
        max_moves_out=dice.choice([None, None, 0, 1]),
        kind=Kind.POOL if rare else Kind.PERSON,
        end_date=DAY + dt.timedelta(days=40) if k == 0 and dice.random() < 0.15 else None,
        start_date=DAY if dice.random() < 0.1 else None,
    )


def _account(dice: random.Random, k: int, csms: list[str]) -> Account:
    day = dt.timedelta(days=1)
    return Account(
        id=f"a{k}",
        csm_id=dice.choice([*csms, *csms, csms[0], None]),
        segment=dice.choice(["Big", "Big", "Small"]),
        region=dice.choice(["North", "North", "South", ""]),
        time_zone=dice.choice(["", "UTC+1", "UTC+6"]),
        hours=float(dice.choice([1, 2, 4, 7, 9])),
        arr=float(dice.choice([10, 20, 50, 100, 400])),
        renewal_date=dice.choice([None, DAY + 20 * day, DAY + 80 * day, DAY + 200 * day]),
        csm_since=dice.choice([None, None, DAY - 30 * day, DAY - 200 * day, DAY - 1500 * day]),
        health=dice.choice([None, 30.0, 60.0, 90.0]),
        growth_potential=dice.choice([None, 1.0, 5.0]),
        parent_id=dice.choice(["", "", "", "P", "a0"]) if k else "",
        pin=dice.choice([None] * 9 + csms),
        escalation=dice.random() < 0.06,
        status=Status.NOTICE if dice.random() < 0.05 else Status.ACTIVE,
        coverage=Coverage.POOL if dice.random() < 0.05 else Coverage.NAMED,
    )


def tiny_model(seed: int) -> PlanningModel:
    """A planning model with a random choice of rules and modes, and two to four levels with give."""
    dice = random.Random(seed + 7)
    rules: dict[str, Any] = {}

    def maybe(name: str, chance: float, *tables: dict[str, Any]) -> None:
        if dice.random() < chance:
            rules[name] = dice.choice(tables)

    maybe("segments", 0.6, {}, {"mode": "no_worse"}, {"mode": "off"})
    maybe("coverage", 0.6, {}, {"mode": "no_worse"})
    maybe("freezes", 0.4, {}, {"everyone": True}, {"days_before_renewal": 0, "days_after_csm_change": 10})
    maybe("families", 0.7, {}, {"how": "unite"}, {"how": "off"}, {"mode": "off"})
    maybe("apart", 0.5, {}, {"mode": "no_worse"}, {"mode": "off"})
    maybe(
        "book_size",
        0.5,
        {},
        {"max_accounts": 3},
        {"min_accounts": 1, "mode": "no_worse"},
        {"max_by_segment": {"Big": 2}},
    )
    budget = {"accounts_percent": dice.choice([None, 20.0, 50.0]), "arr_percent": dice.choice([None, 30.0, 60.0])}
    maybe("move_budget", 0.5, budget, {**budget, "in_at_least": dice.choice([None, 1])}, {"mode": "off"})
    ceiling = dice.choice([100, 120, 150])
    maybe("hours", 0.9, {}, {}, {"mode": "hard"}, {"mode": "no_worse"}, {"ceiling_percent": ceiling}, {"mode": "off"})
    maybe("move_price", 0.9, {})
    maybe("evenness", 0.8, {}, {"within_points": 10})
    maybe("prefers", 0.3, {}, {"points": 3})
    region = {"account": "region", "csm": "regions", "mode": dice.choice(["hard", "no_worse", "priority", "off"])}
    zone = {"account": "time_zone", "csm": "time_zones", "mode": dice.choice(["hard", "priority"]), "within_hours": 3}
    rules["matches"] = [region, zone] if dice.random() < 0.4 else [region]
    rules["balance"] = [_band(dice, measure) for measure in dice.sample(_MEASURES, dice.randint(0, 3))]
    if dice.random() < 0.15:
        mode = dice.choice(["hard", "no_worse", "priority"])
        rules["balance"].append({"measure": "red_arr", "cap_percent": 60, "mode": mode})
    names = [name for name in ("hours", "balance", "moves", "evenness") if dice.random() < 0.75] or ["moves"]
    if dice.random() < 0.3:
        dice.shuffle(names)
    gives = [0.0, 0.0, 0.01, 0.1, 0.5]
    levels = [Priority(name=n, give=dice.choice(gives), give_moves=dice.choice([0, 0, 1])) for n in names]
    return model(rules, levels)


_MEASURES = ("arr", "utilization", "renewal_arr", "accounts", "growth_potential")


def _band(dice: random.Random, measure: str) -> dict[str, Any]:
    mode = dice.choice(["priority", "priority", "priority", "hard", "no_worse", "off"])
    wide = 100.0 if mode == "hard" else 10.0
    return {
        "measure": measure,
        "mode": mode,
        "tolerance_percent": wide,
        "tolerance_points": wide / 2,
        "grain": dice.choice([0.0, 0.5, 1.0]),
        "weight": dice.choice([1.0, 2.0]),
    }
