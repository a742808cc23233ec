"""The moves of a plan in order of value: stop after any step and what stands is a valid plan."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright.books import Plan
from bookwright.generate import generate
from bookwright.planner import Options, check, ground_of
from bookwright.planning_model import PlanningModel, load
from bookwright.portfolio import Portfolio
from bookwright.result import Breach, Result
from bookwright.rules import build, set_up
from bookwright.scenarios.order import Step, steps_of
from tests.builders import account, csm, model, planned, portfolio, wish
from tests.random_cases import tiny_model, tiny_portfolio

QUICK = Options(time_limit=None, effort=40)


def stepped(facts: Portfolio, decided: PlanningModel) -> tuple[Result, tuple[Step, ...], list[Plan]]:
    """The plan, its steps, and the plan that stands after each of them (today's books first)."""
    result = planned(facts, decided, QUICK)
    board = set_up(result.problem, build(result.problem.model))
    steps = steps_of(board, result.plan)
    now = dict(result.today.by_account)
    prefixes = [Plan.from_ids(result.problem, now, board.forced())]
    for step in steps:
        now |= {a: result.plan.by_account[a] for a in step.account_ids}
        prefixes.append(Plan.from_ids(result.problem, now, board.forced()))
    return result, steps, prefixes


def broken(result: Result, plan: Plan) -> dict[tuple[object, ...], float]:
    """What every rule's own check says, by rule, CSM and accounts."""
    rules = build(result.problem.model)
    ground = ground_of(set_up(result.problem, rules), result.today)
    found: dict[tuple[object, ...], float] = {}
    for b in check(rules, plan, ground):
        key = (b.rule, b.title, b.csm_id, b.account_ids, b.hard, _budget(b))
        found[key] = found.get(key, 0.0) + b.amount
    return found


def _budget(b: Breach) -> str:
    """Which of the budgets: one rule has several, told apart by how they begin."""
    return b.what.split(":")[0] if b.rule == "move_budget" else ""


def assert_every_prefix_holds(result: Result, steps: tuple[Step, ...], prefixes: list[Plan]) -> None:
    """Independent arithmetic: no breach above today's and the whole plan's, every move in exactly one step."""
    assert sorted(a for s in steps for a in s.account_ids) == sorted(m.account_id for m in result.plan.moves)
    assert prefixes[-1].by_account == {
        **result.today.by_account,
        **{a: c for a, c in result.plan.by_account.items() if c},
    }
    today, whole = broken(result, prefixes[0]), broken(result, prefixes[-1])
    for k, prefix in enumerate(prefixes):
        for key, amount in broken(result, prefix).items():
            allowed = max(today.get(key, 0.0), whole.get(key, 0.0))
            # Hours are held to whole seconds, each account rounded up.
            slack = 0.01 if key[0] == "hours" else 1e-6 * max(1.0, allowed)
            assert amount <= allowed + slack, f"after step {k}: {key} {amount} > {allowed}"


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_no_prefix_breaks_what_today_keeps_or_worsens_what_today_breaks(seed: int) -> None:
    """Every rule in every mode, families, apart pairs, budgets, ceilings, on random books."""
    result, steps, prefixes = stepped(tiny_portfolio(seed, accounts=9, csms=4), tiny_model(seed))
    if not result.diagnosis:
        assert_every_prefix_holds(result, steps, prefixes)


def test_every_prefix_of_a_rebalance_of_a_hundred_accounts_holds() -> None:
    """The shipped model on a realistic team; the needed steps come first and the gain only then begins."""
    facts = generate(accounts=120, csms=6, seed=5)
    result, steps, prefixes = stepped(facts, load("quarterly_rebalance"))
    assert len(steps) > 5
    assert_every_prefix_holds(result, steps, prefixes)
    needed = [s.needed for s in steps]
    assert needed == sorted(needed, reverse=True)
    assert steps[-1].gained == pytest.approx(1.0)
    first = next(k for k, s in enumerate(steps) if not s.needed)
    half = steps[first + (len(steps) - first) // 2 - 1]
    assert half.gained is not None
    assert half.gained > 0.5, "the first half of the moves brings less than half of the gain"


def test_two_full_books_swap_in_one_step() -> None:
    """Ana and Bo own as many accounts as they may: one big account can only go if a small one comes back."""
    rows = [account("big", "ana", hours=60.0), account("more", "ana", hours=50.0), account("small", "bo", hours=5.0)]
    team = [csm("ana", max_accounts=2), csm("bo", max_accounts=1)]
    decided = model({"book_size": {}, "hours": {}, "move_price": {}}, ("hours", "moves"))
    result, steps, prefixes = stepped(portfolio(rows, team), decided)
    assert len(result.plan.moves) == 2
    assert [len(s.account_ids) for s in steps] == [2]
    assert_every_prefix_holds(result, steps, prefixes)


def test_one_must_leave_before_the_other_comes() -> None:
    """Accounts that must be apart never meet on the way: the one in the way moves first, or both at once."""
    rows = [account("a1", "ana", hours=80.0), account("a2", "ana", hours=40.0), account("b1", "bo", hours=10.0)]
    decided = model(
        {"apart": {}, "hours": {}, "balance": [{"measure": "utilization", "tolerance_points": 5}], "move_price": {}},
        ("hours", "balance", "moves"),
    )
    facts = portfolio(rows, [csm("ana"), csm("bo"), csm("cy")], [wish("keep apart", "a2", "b1")])
    _, steps, prefixes = stepped(facts, decided)
    assert steps
    for prefix in prefixes:
        now = prefix.by_account
        assert now["a2"] != now["b1"]


def test_placing_comes_before_choosing_and_gains_nothing_to_boast_of() -> None:
    """An account without a CSM is placed first; the share of the gain counts chosen moves only."""
    rows = [*(account(f"a{k}") for k in range(12)), account("new", None)]
    decided = model({"hours": {}, "move_price": {}}, ("hours", "moves"))
    _, steps, _ = stepped(portfolio(rows), decided)
    assert steps[0].account_ids == ("new",)
    assert steps[0].needed
    assert steps[0].gained == 0.0
    assert steps[-1].gained == pytest.approx(1.0)
