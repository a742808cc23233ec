"""Prices of decisions against an independent program, and the interval where a plan is not proved."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest

import bookwright as bw
from benchmarks.baselines import cp_sat
from benchmarks.prices import free_again, held_again
from bookwright.fixing import EXACT_ITEMS, Base, cut, fix
from bookwright.generate import generate
from bookwright.result import Result
from bookwright.review.price import base_of_result, base_of_stored, price, sentence
from bookwright.solve import unit_of
from bookwright.store import load, save
from tests.builders import account, csm, model, planned, portfolio

TODAY = dt.date(2026, 12, 1)


def small(accounts: int, csms: int, seed: int) -> Result:
    """A generated team with every feature, planned."""
    return bw.plan(generate(accounts, csms, seed, shape="full"), time_limit=10, today=TODAY)


def other_pairs(base: Base, count: int, seed: int) -> list[tuple[int, int]]:
    """Some (account, CSM) positions that the rules allow and the plan does not have."""
    allowed = [tuple(p) for p in np.argwhere(base.board.allowed).tolist() if base.csm_of[p[0]] != p[1]]
    return random.Random(seed).sample(allowed, count)  # type: ignore[arg-type]


@pytest.mark.parametrize(("accounts", "csms", "seed"), [(60, 6, 1), (40, 5, 6), (60, 5, 3), (30, 3, 1), (50, 5, 4)])
def test_ten_overrides_each_cost_what_an_independent_program_says(accounts: int, csms: int, seed: int) -> None:
    """Ten overrides of each of five teams: one number per priority, the same as one CP-SAT model finds."""
    base = base_of_result(small(accounts, csms, seed))
    assert base.proved
    without = [outcome.value for outcome in cp_sat(base.posted.model, None, 60.0, 1)]
    for i, j in other_pairs(base, 10, seed):
        asked = (base.problem.accounts[i].id, base.problem.csms[j].id)
        found = price(base, [asked], seconds=20.0).each[0]
        theirs = cp_sat(cut(base.posted.model, {int(base.posted.item_of[i]): j}), None, 60.0, 1)
        if theirs[0].value is None:
            assert not found.possible
            assert found.proved_not
            continue
        assert found.possible
        assert all(level.exact for level in found.levels)
        ours = [round(level.high * unit_of(level.name)[0]) for level in found.levels]
        assert ours == [t.value - w for t, w in zip(theirs, without, strict=True)]  # type: ignore[operator]


def test_what_the_plan_says_already_costs_nothing() -> None:
    """To accept is free, one move or all of them."""
    result = small(40, 4, 2)
    base = base_of_result(result)
    wanted = [(m.account_id, m.csm_to) for m in result.plan.moves]
    found = price(base, wanted)
    assert all(level.low == level.high == 0 for p in [*found.each, found.together] if p for level in p.levels)
    assert found.together is not None
    assert found.together.moves == 0


def test_the_sum_of_prices_is_not_the_price_of_all() -> None:
    """Two accounts kept with Ana cost nothing one by one, as the other can go; both together keep her over hours."""
    rows = [account("a1", hours=30.0), account("a2", hours=30.0), account("a3", hours=60.0, pin="ana")]
    rules = {"hours": {"mode": "priority"}, "move_price": {}}
    result = planned(portfolio(rows), model(rules, ("hours", "moves")))
    moved = [m.account_id for m in result.plan.moves]
    assert len(moved) == 1
    found = price(base_of_result(result), [("a1", "ana"), ("a2", "ana")])
    assert [[level.high for level in p.levels] for p in found.each] == [[0, 0], [0, 0]]
    swapped = next(p for p in found.each if moved[0] in p.fixed)
    assert swapped.best_compensation is not None
    assert swapped.best_compensation.account_id == ({"a1", "a2"} - set(moved)).pop()
    assert found.together is not None
    assert found.together.overload_hours == pytest.approx(20.0)
    assert found.together.levels[0].high == pytest.approx(20 / 120)
    assert found.together.moves == -1


def test_a_never_has_no_price_and_a_barred_segment_has_one() -> None:
    """An override outside coverage can be priced as an exception; one that a pin bars cannot."""
    rows = [account("a1", segment="Big"), account("a2", segment="Big", pin="ana")]
    team = [csm("ana", segments=("Big",)), csm("bo", segments=("Small",))]
    result = planned(portfolio(rows, team), model({"segments": {}, "hours": {}, "move_price": {}}, ("hours", "moves")))
    base = base_of_result(result)
    outside, pinned, unknown = price(base, [("a1", "bo"), ("a2", "bo"), ("a9", "bo")], together=False).each
    assert outside.possible
    assert outside.moves == 1
    assert not pinned.possible
    assert "pinned" in pinned.why_not
    assert "a9" in unknown.why_not
    assert "cannot be" in sentence(base, pinned)


def test_a_family_goes_along_and_is_named() -> None:
    """To override one member moves the family; the others are listed as following, not as compensation."""
    rows = [account("p"), account("q", parent_id="p"), account("r")]
    rules = {"families": {"how": "keep"}, "hours": {}, "move_price": {}}
    result = planned(portfolio(rows), model(rules, ("hours", "moves")))
    found = price(base_of_result(result), [("q", "bo")]).each[0]
    assert found.follow == ("p",)
    assert found.compensation == ()
    assert found.moves == 2


def test_a_stored_plan_has_the_prices_of_its_result(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """What a price needs survives the store."""
    result = small(30, 3, 1)
    stored = load(save(result, tmp_path / "x.bookwright"))
    ours, theirs = base_of_result(result), base_of_stored(stored)
    wanted = [(ours.problem.accounts[i].id, ours.problem.csms[j].id) for i, j in other_pairs(ours, 3, 1)]
    assert price(ours, wanted).each == price(theirs, wanted).each


def test_the_interval_of_a_larger_plan_holds_what_solving_again_finds() -> None:
    """400 accounts, not proved: each entry alone holds a longer search that keeps what the entry says is held."""
    result = bw.plan(generate(400, 10, 5, shape="full"), time_limit=3, today=TODAY)
    base = base_of_result(result)
    assert base.posted.model.items > EXACT_ITEMS
    assert not base.proved
    for i, j in other_pairs(base, 2, 3):
        found = fix(base, {i: j}, seconds=1.0)
        assert found.csm_of is not None
        assert found.csm_of[i] == j
        fixed = cut(base.posted.model, {int(base.posted.item_of[i]): j})
        start = base.posted.accounts_to_agents(found.csm_of)
        reached, _ = held_again(fixed, start, found.held, 2.0)
        change = tuple(r - v for r, v in zip(reached, base.values, strict=True))
        for low, now, high in zip(found.low, change, found.high, strict=True):
            assert low <= now <= high
        assert all(h >= level.limit for h, level in zip(found.held, base.levels, strict=True))


def test_upper_ends_are_firm_where_nothing_to_the_left_can_be_bettered() -> None:
    """Solved afresh: above the lower end while the left is as good, below the upper one where it is firm; JSON says."""
    base = base_of_result(bw.plan(generate(400, 10, 5, shape="full"), time_limit=3, today=TODAY))
    seen = set()
    for i, j in other_pairs(base, 3, 4):
        found = fix(base, {i: j}, seconds=1.0)
        told = price(base, [(base.problem.accounts[i].id, base.problem.csms[j].id)], seconds=1.0).each[0].levels
        assert [level.firm for level in told] == [all(one.exact for one in told[:k]) for k in range(len(told))]
        assert found.csm_of is not None
        fixed = cut(base.posted.model, {int(base.posted.item_of[i]): j})
        again = free_again(fixed, base.posted.accounts_to_agents(found.csm_of), 3.0)
        for k, (now, stood, low, high) in enumerate(zip(again, base.values, found.low, found.high, strict=True)):
            if all(again[h] <= found.held[h] for h in range(k)):
                assert low <= now - stood
                firm = all(found.low[h] == found.high[h] for h in range(k))
                seen.add(firm)
                assert not firm or now - stood <= high
    assert seen == {True, False}
