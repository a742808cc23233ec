"""Small results built by hand: a team of six with an overloaded Ana, a new hire, a leaver, and odd accounts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookwright.books import Plan
from bookwright.findings import Finding, Findings, Severity
from bookwright.planning_model import PlanningModel, Priority
from bookwright.portfolio import Account, Coverage, Csm, Portfolio, Status
from bookwright.problem import Problem, resolve
from bookwright.result import (
    Band,
    Breach,
    ExceptionNote,
    LedgerRow,
    PriorityReport,
    Result,
    StoppedBy,
    TargetShare,
)
from bookwright.result import Status as PlanStatus

DAY = dt.date(2027, 1, 1)


def account(id: str, csm: str | None = "C1", **more: Any) -> Account:
    """An account with defaults worth nothing special."""
    given = {"name": f"Account {id}", "segment": "Enterprise", "arr": 100_000.0, "hours": 8.0, "csm_text": csm or ""}
    return Account(id=id, csm_id=csm, **{**given, **more})


def csm(id: str, name: str, **more: Any) -> Csm:
    """A CSM with 100 customer hours a month."""
    given = {"segments": ("Enterprise",), "customer_hours": 100.0, "manager": "Mia"}
    return Csm(id=id, name=name, **{**given, **more})


def team() -> tuple[Csm, ...]:
    """Six CSMs under two managers; Finn leaves before the horizon ends, Gus has just started."""
    return (
        csm("C1", "Ana Ruiz"),
        csm("C2", "Ben Okafor"),
        csm("C3", "Chloé D'Arcy", manager="Noor"),
        csm("C4", "=HYPERLINK(1)", manager="Noor"),
        csm("C5", "Finn Leaver", end_date=dt.date(2027, 1, 31), announce_on=dt.date(2027, 1, 10)),
        csm("C6", "Gus New", manager="Noor"),
    )


STRANGE = ("00123", "=1+1", "-Dash", "NA", "+49 30", "@SUM(1)", "1e5", "<r>x</r>", "A" * 60)


def portfolio(**more: Any) -> Portfolio:
    """About forty accounts: Ana's book is too large, a few have no CSM, some are not planned, ids are strange."""
    accounts = [
        account(f"A-{k:03}", "C1", arr=50_000.0 + 9_000 * k, renewal_date=dt.date(2027, 1 + k % 12, 15))
        for k in range(16)
    ]
    accounts += [account(f"B-{k:03}", "C2", arr=80_000.0, health=40.0 if k % 3 == 0 else 90.0) for k in range(9)]
    accounts += [account(f"C-{k:03}", "C3", arr=70_000.0, csm_since=dt.date(2026, 6, 1)) for k in range(7)]
    accounts += [account(f"F-{k:03}", "C5", arr=60_000.0) for k in range(3)]
    accounts += [
        account(text, None, name=text, region="NA", arr=10_000.0 * k, extra={"Note to self": text, "Score": 3})
        for k, text in enumerate(STRANGE)
    ]
    accounts += [account("X-1", "C2", status=Status.CHURNED), account("X-2", None, coverage=Coverage.PARTNER)]
    columns = (
        ("Account ID", "id"),
        ("Account", "name"),
        ("Segment", "segment"),
        ("ARR", "arr"),
        ("CSM Name", "csm_id"),
        ("Region", "region"),
        ("Renewal date", "renewal_date"),
        ("Note to self", None),
        ("Score", None),
    )
    given: dict[str, Any] = {"accounts": tuple(accounts), "csms": team(), "account_columns": columns, "currency": "USD"}
    return Portfolio(**{**given, **more})


def model() -> PlanningModel:
    """A planning model with the four usual priorities."""
    names = ("hours", "balance", "moves", "evenness")
    return PlanningModel(
        name="quarterly_rebalance",
        title="Quarterly rebalance",
        priorities=tuple(Priority(name=n) for n in names),
        text='name = "quarterly_rebalance"\n[horizon]\nmonths = 3\n',
        origins={"horizon_months": "Settings sheet"},
    )


def problem(**more: Any) -> Problem:
    """The portfolio resolved on the first of January 2027."""
    return resolve(portfolio(**more), model(), today=dt.date(2026, 12, 1), effective_date=DAY)


def make_result(moves: dict[str, str | None] | None = None, **more: Any) -> Result:
    """A result by hand: by default Ana gives five accounts to Gus, Finn's go to Ben, new ones are placed."""
    p = more.pop("problem", None) or problem()
    today = Plan.today(p)
    answer = dict(today.by_account)
    if moves is None:
        moves = {f"A-{k:03}": "C6" for k in range(11, 16)}
        moves |= {f"F-{k:03}": "C2" for k in range(3)}
        moves |= {text: "C4" if k % 2 else "C6" for k, text in enumerate(STRANGE)}
    answer |= moves
    forced = {a.id: "Finn Leaver leaves on 2027-01-31" for a in p.accounts if a.csm_id == "C5"}
    plan = Plan.from_ids(p, answer, forced)
    bands, shares = targets(p, today, plan)
    given: dict[str, Any] = {
        "status": PlanStatus.OPTIMAL,
        "stopped_by": StoppedBy.PROVED,
        "problem": p,
        "plan": plan,
        "today": today,
        "priorities": priorities(),
        "ledger": (ledger("hours", 28.0, 4.0), ledger("balance", 310_000.0, 12_000.0)),
        "breaches": (
            Breach("hours", "Hours", "Ben Okafor needs 4 hours more than 100.", 4, "hours", 0.0, False, "C2"),
        ),
        "bands": bands,
        "target_shares": shares,
        "exceptions": (ExceptionNote("pins", "A-001", "pinned to Ana Ruiz outside coverage"),),
        "frozen": {"A-000": "renewal on 2027-01-15", "A-001": "renewal on 2027-02-15", "C-000": "CSM since 2026-12-01"},
        "findings": Findings(
            (
                Finding(
                    "blank_arr",
                    Severity.WARNING,
                    "Blank ARR taken as 0.",
                    "Maybe fill it in.",
                    "b.xlsx",
                    "Accounts",
                    ("D4",),
                ),
            )
        ),
        "why": {m.account_id: f"{p.portfolio.csm_name(m.csm_to)} has room for it." for m in plan.moves},
        "price": {m.account_id: 1.5 for m in plan.moves if m.csm_from},
        "fewest_moves": 5,
        "seconds": {"read": 0.1, "solve": 1.0, "write": 0.1},
        "options": {"seed": 1, "workers": 1, "reproducible": True},
        "versions": {"bookwright": "0.1.0"},
        "fingerprint": "f" * 64,
        "plan_id": "plan-1",
    }
    return Result(**{**given, **more})


def priorities() -> tuple[PriorityReport, ...]:
    """Four priorities, all proved but the moves."""
    common = {"give": 0.0, "limit": 0.0, "certified": 0.0, "solver": 0.0}
    return (
        PriorityReport("hours", "Hours over 100 %", "hours", 28.0, 4.0, 4.0, 4.0, gap=0.0, **common),
        PriorityReport("balance", "Outside the bands", "share", 0.4, 0.02, 0.02, 0.02, gap=0.0, **common),
        PriorityReport("moves", "Price of moves", "points", None, 10.2, 10.0, 10.0, gap=0.0, **common),
        PriorityReport("evenness", "Spread", "points", 40.0, 12.0, 12.0, 9.0, gap=0.25, **common),
    )


def ledger(rule: str, before: float, after: float) -> LedgerRow:
    """A line of the ledger."""
    sentence = f"The sentence of {rule}."
    return LedgerRow(rule, rule.title(), sentence, "priority", rule, "", "hours", before, after, "100 %", 1, 1)


def targets(p: Problem, today: Plan, plan: Plan) -> tuple[tuple[Band, ...], tuple[TargetShare, ...]]:
    """ARR spread evenly over the five who stay, from two classes of accounts."""
    stay = [c for c, leaves in zip(p.csms, p.leaves, strict=True) if not leaves]
    total = float(p.arr.sum())
    before = {b.csm_id: b.arr for b in today.books}
    after = {b.csm_id: b.arr for b in plan.books}
    goal = total / len(stay)
    bands = tuple(
        Band("arr", "ARR", "USD", c.id, goal, 0.9 * goal, 1.1 * goal, before[c.id], after[c.id]) for c in stay
    )
    shares = tuple(
        TargetShare("arr", c.id, name, 1 / len(stay), part * total)
        for c in stay
        for name, part in (("Enterprise, any region", 0.7), ("Enterprise, NA", 0.3))
    )
    return bands, shares
