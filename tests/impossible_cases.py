"""Random portfolios whose hard rules cannot all hold, and an independent program that says so or not."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array

from bookwright.engine.clash import Apart, Bar, Limit, Puzzle, Same
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Account, Csm, Portfolio, Wish, WishKind
from tests.builders import DAY, model

RULES = {
    "segments": {},
    "matches": [{"account": "region", "csm": "regions"}],
    "freezes": {"days_before_renewal": 60},
    "families": {"how": "unite"},
    "book_size": {},
    "move_budget": {"accounts_percent": 40, "arr_percent": None, "in_at_least": None},
    "hours": {"ceiling_percent": 100},
}


def case(seed: int) -> tuple[Portfolio, PlanningModel]:
    """6 to 30 accounts, 3 to 6 CSMs, every hard rule, tight hours; often impossible, in many ways."""
    dice = random.Random(seed)
    n, m = dice.randint(6, 30), dice.randint(3, 6)
    ids = [f"c{k}" for k in range(m)]
    lumpy = dice.random() < 0.5
    hours = [float(dice.choice([11, 12, 13]) if lumpy else dice.choice([1, 2, 3, 5, 8])) for _ in range(n)]
    load = sum(hours) / m * dice.choice([0.9, 1.0, 1.02, 1.1])
    # Lumpy work in books that hold a whole number of accounts and a half: it fits in hours, not in accounts.
    books = [load * dice.choice([0.9, 1.0, 1.1]) if not lumpy else 12.5 * max(1, round(load / 12)) for _ in ids]
    team = [
        Csm(
            id=i,
            name=i.capitalize(),
            customer_hours=round(books[k], 1),
            segments=dice.choice([(), (), ("Big",), ("Big", "Small")]),
            regions=dice.choice([(), (), ("North",), ("North", "South")]),
            max_accounts=dice.choice([None, None, None, max(2, n // m + dice.randint(-1, 2))]),
        )
        for k, i in enumerate(ids)
    ]
    rows = [
        Account(
            id=f"a{k}",
            csm_id=dice.choice([*ids, None]),
            segment=dice.choice(["Big", "Small"]),
            region=dice.choice(["North", "North", "South", ""]),
            hours=hours[k],
            arr=100.0,
            pin=dice.choice([None] * 12 + ids),
            renewal_date=DAY + dt.timedelta(days=20) if dice.random() < 0.1 else None,
            parent_id=dice.choice(["", "", "", "", "P", "Q"]),
        )
        for k in range(n)
    ]
    wishes = []
    for _ in range(dice.choice([0, 1, 2])):
        one, two = dice.sample([a.id for a in rows], 2)
        kind = dice.choice([WishKind.APART, WishKind.NEVER, WishKind.TOGETHER])
        wishes.append(Wish(kind=kind, account_id=one, other=dice.choice(ids) if kind is WishKind.NEVER else two))
    return Portfolio(accounts=tuple(rows), csms=tuple(team), wishes=tuple(wishes)), model(RULES)


def holds(puzzle: Puzzle, kept: list[int] | None = None, *, whole: bool = True) -> bool:
    """Whether the kept conditions can hold together, by another solver; with whole=False accounts may be cut."""
    n, m = puzzle.items, puzzle.agents
    upper = np.ones((n, m))
    row: list[tuple[list[int], list[float], float, float]] = [
        (list(range(i * m, (i + 1) * m)), [1.0] * m, 1.0, 1.0) for i in range(n)
    ]
    for number in range(len(puzzle.conditions)) if kept is None else kept:
        c = puzzle.conditions[number]
        if isinstance(c, Bar):
            upper[c.item, c.barred] = 0
        elif isinstance(c, Limit):
            low, high = -np.inf if c.low is None else c.low, np.inf if c.high is None else c.high
            row.append(((c.item * m + c.agent).tolist(), c.use.astype(float).tolist(), float(low), float(high)))
        elif isinstance(c, Same):
            for one, other in zip(c.items, c.items[1:], strict=False):
                row.extend(([one * m + a, other * m + a], [1.0, -1.0], 0.0, 0.0) for a in range(m))
        elif isinstance(c, Apart):
            row.extend(([c.one * m + a, c.other * m + a], [1.0, 1.0], 0.0, 1.0) for a in range(m))
    at = [k for k, (columns, _, _, _) in enumerate(row) for _ in columns]
    columns = [c for r in row for c in r[0]]
    values = [v for r in row for v in r[1]]
    table = coo_array((values, (at, columns)), shape=(len(row), n * m)).tocsc()
    low, high = np.array([r[2] for r in row]), np.array([r[3] for r in row])
    if not whole:
        bounded = linprog(
            np.zeros(n * m),
            A_ub=np.vstack([table.toarray()[np.isfinite(high)], -table.toarray()[np.isfinite(low)]]),
            b_ub=np.concatenate([high[np.isfinite(high)], -low[np.isfinite(low)]]) + 1e-7,
            bounds=np.column_stack([np.zeros(n * m), upper.ravel()]),
        )
        return bounded.status == 0
    found = milp(
        np.zeros(n * m),
        constraints=LinearConstraint(table, low, high),
        bounds=Bounds(np.zeros(n * m), upper.ravel()),
        integrality=np.ones(n * m),
    )
    assert found.status in (0, 2), found.message
    return found.status == 0


def lumpy_case(seed: int) -> tuple[Portfolio, PlanningModel]:
    """Impossible because accounts are whole: large ones that fit in hours, not in books, or too many to keep apart."""
    dice = random.Random(seed)
    m = dice.randint(3, 5)
    ids = [f"c{k}" for k in range(m)]
    if dice.random() < 0.7:
        count, book = 2 * m + 1, 25.0
        hours = [float(dice.choice([9, 10])) for _ in range(count)]
        wishes = []
    else:
        count, book = m + 1, 60.0
        hours = [float(dice.choice([4, 7, 10])) for _ in range(count)]
        pairs = [(f"a{i}", f"a{k}") for i in range(count) for k in range(i)]
        wishes = [Wish(kind=WishKind.APART, account_id=one, other=other) for one, other in pairs]
    hours += [1.0] * dice.randint(0, m)
    rows = [
        Account(
            id=f"a{k}",
            csm_id=dice.choice(ids),
            hours=h,
            arr=100.0,
            region=dice.choice(["", "", "North"]),
            segment=dice.choice(["Big", "Small"]),
        )
        for k, h in enumerate(hours)
    ]
    spare = [Csm(id="x", name="Xenia", customer_hours=30.0, segments=("Other",))] if dice.random() < 0.5 else []
    team = [
        Csm(id=i, name=i.capitalize(), customer_hours=book, regions=dice.choice([(), (), ("North", "South")]))
        for i in ids
    ]
    budget = {**RULES["move_budget"], "accounts_percent": None}  # type: ignore[dict-item]
    return Portfolio(accounts=tuple(rows), csms=(*team, *spare), wishes=tuple(wishes)), model(
        {**RULES, "move_budget": budget}
    )
