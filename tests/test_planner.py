"""The planner as a whole: statuses, the audit before solving, the ledger, the same answer every time."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from bookwright.books import MoveKind
from bookwright.generate import generate
from bookwright.planner import Options, plan
from bookwright.planning_model import PlanningModel, load
from bookwright.portfolio import Portfolio, Status
from bookwright.result import Result, StoppedBy
from bookwright.result import Status as Verdict
from tests.builders import DAY, PROVE, account, csm, model, owners, planned, portfolio

REBALANCE: dict[str, Any] = {"segments": {}, "freezes": {}, "hours": {}, "move_price": {}, "evenness": {}}


def said(result: Result, code: str) -> list[str]:
    """Findings of one kind."""
    return [f.text for f in result.findings if f.code == code]


def test_least_overload_with_the_fewest_moves(overloaded_ana: Portfolio) -> None:
    """Two of twelve accounts move, proved; nothing is left broken."""
    result = planned(overloaded_ana, model(REBALANCE, ["hours", "moves"]))
    assert (result.status, result.stopped_by, result.exit_code) == (Verdict.OPTIMAL, StoppedBy.PROVED, 0)
    assert len(result.plan.moves) == 2
    assert not result.breaches
    assert [p.gap for p in result.priorities] == [0, 0]


def test_a_team_over_its_hours_gets_a_plan_not_a_refusal(everybody_over: Portfolio) -> None:
    """130 hours too many stay 130 hours too many: proved, said before solving, and never IMPOSSIBLE."""
    result = planned(everybody_over, model(REBALANCE, ["hours", "moves"]))
    assert result.status is Verdict.OPTIMAL
    assert sum(b.amount for b in result.breaches if b.rule == "hours") == pytest.approx(130)
    assert result.priorities[0].value == result.priorities[0].bound
    assert said(result, "hours_short") == [
        (
            "33 accounts (no segment) need 330.0 h a month; Ana, Bo have 200.0 h: 130.0 h short. "
            "Maybe 2 more CSMs, or let somebody else cover some of them."
        )
    ]


def test_a_departure_forces_moves_that_no_freeze_or_budget_stops(departure: Portfolio) -> None:
    """Frozen or not, Ana's accounts go to Bo; the new one is placed; nothing was chosen."""
    decided = model({**REBALANCE, "move_budget": {"accounts_percent": 0, "arr_percent": 0}}, ["hours", "moves"])
    result = planned(departure, decided)
    assert set(owners(result).values()) == {"bo"}
    assert {kind: len(result.plan.moves_of(kind)) for kind in MoveKind} == {
        MoveKind.PLACED: 1,
        MoveKind.FORCED: 4,
        MoveKind.CHOSEN: 0,
    }
    assert next(r.after for r in result.ledger if r.rule == "move_budget") == 0


def test_a_segment_nobody_covers_is_one_finding(nobody_may_own: Portfolio) -> None:
    """Three accounts, one sentence; they go to no owner, the rest is planned, exit 4."""
    result = planned(nobody_may_own, model(REBALANCE, ["hours", "moves"]))
    assert (result.status, result.exit_code) == (Verdict.IMPOSSIBLE, 4)
    assert result.unassigned == ("x0", "x1", "x2")
    assert owners(result)["a1"] == "ana"
    assert len(said(result, "nobody_may_own")) == 1
    assert "Nobody may own x0, x1, x2: no CSM covers Space." in said(result, "nobody_may_own")[0]
    assert result.diagnosis[0].startswith("Nobody may own x0")


def test_a_ceiling_that_the_user_set_can_be_impossible(everybody_over: Portfolio) -> None:
    """What is short is said first; the nearest plan has the least hours over the ceiling, which are said last."""
    result = planned(everybody_over, model({"hours": {"mode": "hard"}, "move_price": {}}, ["moves"]))
    assert result.status is Verdict.IMPOSSIBLE
    assert sum(b.amount for b in result.breaches if b.hard) == pytest.approx(130)
    assert "130.0 h short" in result.diagnosis[0]
    assert result.diagnosis[-1].startswith("The nearest plan breaks")


def test_short_of_time_is_not_impossible(everybody_over: Portfolio) -> None:
    """Stopped at once: there is a plan all the same, its numbers are its own, and it is not called proved."""
    facts = generate(120, 8, seed=2)
    result = plan(facts, load("quarterly_rebalance"), Options(time_limit=None, effort=1), today=DAY)
    assert result.status in (Verdict.FEASIBLE, Verdict.OPTIMAL)
    assert not result.unassigned
    assert all(p.bound <= p.best + 1e-12 for p in result.priorities)


@pytest.mark.parametrize("rows", [[], [account("gone", status=Status.CHURNED)], [account("new", None)]])
def test_very_small_books_are_planned(rows: list[Any]) -> None:
    """No account, no planned account, one account."""
    for decided in (load("quarterly_rebalance"), load("new_accounts"), model()):
        result = planned(portfolio(rows, [csm("ana")]), decided)
        assert result.status is Verdict.OPTIMAL
        assert not result.unassigned


def test_new_accounts_moves_nobody_and_worsens_nothing() -> None:
    """The shipped model: only what has no CSM is placed, and nobody is pushed over hours that can be kept."""
    facts = generate(150, 10, seed=4)
    result = plan(facts, load("new_accounts"), Options(time_limit=None, effort=200), today=DAY)
    assert result.status is not Verdict.NO_PLAN_FOUND
    assert not result.plan.moves_of(MoveKind.CHOSEN)
    before, after = result.today.books, result.plan.books
    for then, now in zip(before, after, strict=True):
        assert now.hours <= max(then.hours, then.capacity_hours) + 0.01


@pytest.mark.parametrize("seed", range(3))
def test_what_is_returned_passes_every_check_and_rescores_to_its_numbers(seed: int) -> None:
    """The level of moves is the ledger's price and its missed preferences; hours and before / after agree as well."""
    facts = generate(40, 5, seed=seed)
    result = plan(facts, load("quarterly_rebalance"), Options(time_limit=None, effort=60), today=DAY)
    assert not [b for b in result.breaches if b.hard]
    ledger = {row.rule: row for row in result.ledger}
    values = {p.name: p for p in result.priorities}
    total = sum(float(h) for h in result.problem.hours)
    assert values["hours"].value * total == pytest.approx(ledger["hours"].after, abs=0.05)
    missed = sum(
        row.after * 0.25 for rule, row in ledger.items() if row.mode == "priority" and rule.startswith("match")
    )
    missed += ledger["prefers"].after
    assert values["moves"].value == pytest.approx(
        ledger["move_price"].after + missed, abs=0.001 * len(result.plan.moves)
    )
    assert values["moves"].before == 0
    assert {b.csm_id for b in result.bands} <= {c.id for c in facts.csms}
    for band in result.bands:
        if band.measure == "arr":
            book = next(b for b in result.plan.books if b.csm_id == band.csm_id)
            assert band.after == pytest.approx(book.arr)


def test_findings_say_where_hours_come_from() -> None:
    """Model hours and fallback, counted apart."""
    rows = [account("a1", hours=None, segment="SMB"), account("a2", hours=None), account("a3")]
    result = planned(portfolio(rows), model(hours_per_month={"SMB": 0.6}))
    found = said(result, "hours_from_model")[0]
    assert found.startswith("2 accounts have no hours: 1 take the planning model's for their segment")
    assert "1 its fallback of 2 h" in found


def small() -> tuple[Portfolio, PlanningModel, Options]:
    """A case with ties enough to differ."""
    return generate(24, 3, seed=9), load("quarterly_rebalance"), Options(time_limit=None, effort=20, seed=3)


def test_same_seed_and_effort_give_the_same_plan_here_and_in_a_fresh_process() -> None:
    """One worker, no clock: the same plan hash and fingerprint, three times."""
    facts, decided, options = small()
    first, second = (plan(facts, decided, options, today=DAY) for _ in range(2))
    assert (first.plan.plan_hash, first.fingerprint) == (second.plan.plan_hash, second.fingerprint)
    assert first.options["reproducible"]
    script = (
        "from tests.test_planner import *\n"
        "facts, decided, options = small()\n"
        "result = plan(facts, decided, options, today=DAY)\n"
        "print(result.plan.plan_hash, result.fingerprint)"
    )
    fresh = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert fresh.stdout.split() == [first.plan.plan_hash, first.fingerprint]


def test_the_fingerprint_depends_on_what_the_plan_depends_on() -> None:
    """Facts, planning model, effective date and seed; not on where the file lay."""
    facts = portfolio([account("a1")])
    prints = {
        plan(p, m, PROVE if seed == 0 else Options(time_limit=None, seed=seed), today=day).fingerprint
        for p, m, seed, day in (
            (facts, model(), 0, DAY),
            (portfolio([account("a1", arr=101.0)]), model(), 0, DAY),
            (facts, model(REBALANCE), 0, DAY),
            (facts, model(), 1, DAY),
            (facts, model(effective_date=DAY.replace(day=2)), 0, DAY),
        )
    }
    assert len(prints) == 5
    moved = facts.model_copy(update={"source": "elsewhere.xlsx"})
    assert plan(moved, model(), PROVE, today=DAY).fingerprint in prints
