"""What must hold for every portfolio: names and order mean nothing, and nobody is worse off for help."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright.planning_model import Priority
from bookwright.portfolio import Account, Csm, Portfolio, Wish
from bookwright.result import Result, Status
from tests.builders import csm, model, planned, portfolio
from tests.random_cases import tiny_model, tiny_portfolio

SEEDS = st.integers(1000, 10**6)
MODEST = settings(max_examples=15, deadline=None, derandomize=True)


def assert_same(one: Result, two: Result) -> None:
    """Status, and value and bound of every level (targets come from an interior point: equal to about 1e-5)."""
    assert one.status == two.status
    for first, second in zip(one.priorities, two.priorities, strict=True):
        assert first.name == second.name
        assert (first.best, first.bound) == pytest.approx((second.best, second.bound), abs=2e-3)


def renamed(facts: Portfolio, salt: int) -> Portfolio:
    """The same portfolio under other ids; names of people and accounts stay."""
    dice = random.Random(salt)
    new = {x.id: f"{dice.randrange(10**9)}-{x.id}" for x in (*facts.accounts, *facts.csms)}

    def account(a: Account) -> Account:
        pin, home = (new.get(x, x) if x else x for x in (a.pin, a.csm_id))
        return a.model_copy(
            update={"id": new[a.id], "csm_id": home, "pin": pin, "parent_id": new.get(a.parent_id, a.parent_id)}
        )

    def person(c: Csm) -> Csm:
        return c.model_copy(update={"id": new[c.id]})

    def pair(w: Wish) -> Wish:
        return w.model_copy(update={"account_id": new[w.account_id], "other": new[w.other]})

    return facts.model_copy(
        update={
            "accounts": tuple(map(account, facts.accounts)),
            "csms": tuple(map(person, facts.csms)),
            "wishes": tuple(map(pair, facts.wishes)),
        }
    )


def shuffled(facts: Portfolio, salt: int) -> Portfolio:
    """The same portfolio with its rows in another order."""
    dice = random.Random(salt)

    def turned(rows: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(dice.sample(rows, len(rows)))

    parts = {"accounts": facts.accounts, "csms": facts.csms, "wishes": facts.wishes}
    return facts.model_copy(update={name: turned(rows) for name, rows in parts.items()})


@MODEST
@given(SEEDS)
def test_renaming_ids_changes_no_value(seed: int) -> None:
    """Status, value and bound of every level are the same under other ids, tied whales apart."""
    facts, decided = tiny_portfolio(seed), tiny_model(seed)
    one, two = planned(facts, decided), planned(renamed(facts, seed), decided)
    if not one.whales:
        assert_same(one, two)


@MODEST
@given(SEEDS)
def test_the_order_of_rows_changes_no_value(seed: int) -> None:
    """Accounts, CSMs and wishes in any order."""
    facts, decided = tiny_portfolio(seed), tiny_model(seed)
    one, two = planned(facts, decided), planned(shuffled(facts, seed), decided)
    assert_same(one, two)


@MODEST
@given(SEEDS)
def test_an_idle_csm_never_worsens_the_hours(seed: int) -> None:
    """One more pair of hands, who may own anything: no more hours over 100 % than before."""
    facts = tiny_portfolio(seed)
    decided = model({"segments": {}, "coverage": {}, "hours": {}, "move_price": {}}, ["hours", "moves"])
    more = facts.model_copy(update={"csms": (*facts.csms, csm("idle", customer_hours=5.0))})
    one, two = planned(facts, decided), planned(more, decided)
    if one.status is Status.OPTIMAL:
        assert two.status is Status.OPTIMAL
        assert two.priorities[0].best <= one.priorities[0].best + 1e-12


@MODEST
@given(SEEDS, st.sampled_from(["hours", "balance", "moves", "evenness"]))
def test_a_level_that_comes_first_is_at_least_as_good_as_later(seed: int, name: str) -> None:
    """No priority is served better from a later place, and give never helps the one that gives."""
    facts, decided = tiny_portfolio(seed), tiny_model(seed)
    names = [p.name for p in decided.priorities]
    if name not in names:
        return
    first = decided.model_copy(
        update={"priorities": (Priority(name=name), *(p for p in decided.priorities if p.name != name))}
    )
    one, two = planned(facts, first), planned(facts, decided)
    if one.status is Status.OPTIMAL:
        later = next(p for p in two.priorities if p.name == name)
        assert one.priorities[0].best <= later.value + 1e-9
        assert one.priorities[0].value == one.priorities[0].best


@MODEST
@given(st.lists(st.tuples(st.floats(0.01, 40), st.floats(1, 1e6), st.integers(-1, 2)), min_size=1, max_size=7))
def test_broken_numbers_never_set_checks_and_rows_at_odds(rows: list[tuple[float, float, int]]) -> None:
    """Hours and ARR of any fraction: the planner's own check would stop a plan that its rows let through."""
    names = ("ana", "bo", "cy")
    accounts = [
        Account(id=f"a{k}", hours=hours, arr=arr, csm_id=names[j] if j >= 0 else None)
        for k, (hours, arr, j) in enumerate(rows)
    ]
    bands = [{"measure": m, "mode": "no_worse", "tolerance_percent": 60} for m in ("arr", "utilization")]
    rules = {"hours": {"mode": "no_worse"}, "move_budget": {}, "move_price": {}, "balance": bands}
    facts = portfolio(accounts, [csm(n, customer_hours=33.3) for n in names])
    result = planned(facts, model(rules, ["moves"]))
    assert result.status in (Status.OPTIMAL, Status.IMPOSSIBLE)
    if result.status is Status.OPTIMAL:
        assert not result.breaches
