"""Ways out of an overload: what may not move is not offered, and what is offered keeps the rules' own checks."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import pytest

from bookwright.books import Plan
from bookwright.capacity import Overload, analyse, overloads
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.problem import resolve
from tests.builders import DAY, account, breaches, csm, model, of, portfolio, posted, problem

RULES = {
    "segments": {}, "pins": {}, "freezes": {"days_before_renewal": 60}, "families": {"how": "keep"},
    "matches": [{"account": "region", "csm": "regions"}], "book_size": {}, "hours": {},
}  # fmt: skip


def ways(accounts: list[Any], team: list[Any], **rules: Any) -> tuple[Overload, ...]:
    """The overload list under these rules."""
    return overloads(analyse(problem(portfolio(accounts, team), model({**RULES, **rules}))))


def handed(found: Overload) -> dict[str, str]:
    """Account id -> who takes it."""
    return {id: to for id, _, _, to in found.hand_over}


def test_what_is_held_is_not_offered() -> None:
    """Ana is 20 h over; three of her twelve accounts are pinned, frozen or in escalation: cheapest, and not offered."""
    accounts = [account(f"a{k}", "ana", arr=100.0 + k) for k in range(12)]
    accounts[0] = account("a0", "ana", arr=1.0, pin="ana")
    accounts[1] = account("a1", "ana", arr=2.0, renewal_date=DAY + dt.timedelta(days=30))
    accounts[2] = account("a2", "ana", arr=3.0, escalation=True)
    (ana,) = ways(accounts, [csm("ana"), csm("bo")])
    assert handed(ana) == {"a3": "Bo", "a4": "Bo"}
    assert ana.verdict == "brings the book under 100 %; no fewer would do"
    assert dict(ana.held) == {"pins": 1, "freezes": 2}


def test_only_those_who_may_own_it_take_it() -> None:
    """Bo has most room and another region; Cy covers the region."""
    accounts = [account(f"a{k}", "ana", region="North") for k in range(11)]
    team = [csm("ana", regions=("North",)), csm("bo", regions=("South",)), csm("cy", regions=("North", "South"))]
    (ana,) = ways([*accounts, account("c", "cy", hours=50.0)], team)
    assert set(handed(ana).values()) == {"Cy"}


def test_families_go_whole() -> None:
    """The cheapest account has a parent at Ana's: both go, or none."""
    accounts = [account(f"a{k}", "ana", arr=100.0) for k in range(10)]
    accounts += [account("child", "ana", arr=1.0, parent_id="parent"), account("parent", "ana", arr=2.0)]
    (ana,) = ways(accounts, [csm("ana"), csm("bo")])
    assert set(handed(ana)) == {"child", "parent"}


@pytest.mark.parametrize(("most", "moved"), [(2, 2), (1, 1), (0, 0)])
def test_the_rules_own_check_has_the_last_word(most: int, moved: int) -> None:
    """Ana is 20 h over; Bo may take so many accounts: what stays over is said."""
    accounts = [account(f"a{k}", "ana", arr=100.0 + k) for k in range(12)]
    (ana,) = ways(accounts, [csm("ana"), csm("bo", max_accounts=most)])
    assert len(ana.hand_over) == moved
    assert ana.left == pytest.approx(20 - 10 * moved)
    assert ("Book size allows no more" in ana.verdict) == (moved < 2)


def test_a_budget_that_stops_is_named() -> None:
    """15 % of twelve accounts is one."""
    (ana,) = ways([account(f"a{k}", "ana") for k in range(12)], [csm("ana"), csm("bo")], move_budget={})
    assert len(ana.hand_over) == 1
    assert "10.0 h stay over: Move budget allows no more" in ana.verdict


def test_all_of_a_list_at_once_keeps_every_hard_rule() -> None:
    """A generated team under the shipped planning model: the list is a plan without new hard breaches."""
    decided = load("quarterly_rebalance").model_copy(update={"effective_date": DAY})
    facts = generate(120, 6, 2)
    laid = resolve(facts, decided, today=DAY)
    lists = overloads(analyse(laid))
    assert any(o.hand_over for o in lists)
    who = {c.name: c.id for c in facts.csms}
    board, rules = posted(facts, decided)
    plan = of(board, **{id: who[to] for o in lists for id, _, _, to in o.hand_over})
    today = Plan.today(board.problem)
    for rule in rules:
        before = sum(b.amount for b in breaches(board, rules, today, rule.id) if b.hard)
        assert sum(b.amount for b in breaches(board, rules, plan, rule.id) if b.hard) <= before
    for o in lists:
        book = plan.books[board.problem.csm_position[o.csm_id]]
        assert book.hours - book.capacity_hours <= o.left + 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_as_few_accounts_as_any_choice(seed: int) -> None:
    """Ana's book is over; somebody has room for all. Every choice of accounts is tried: none with fewer does."""
    rng = random.Random(seed)
    accounts = [account(f"a{k}", "ana", hours=rng.uniform(4, 40), arr=float(rng.randrange(1, 99))) for k in range(9)]
    over = sum(a.hours or 0.0 for a in accounts) - 100
    (ana,) = ways(accounts, [csm("ana"), csm("bo", customer_hours=900.0)])
    fewest = min(
        size
        for size in range(10)
        for choice in itertools.combinations(accounts, size)
        if sum(a.hours or 0.0 for a in choice) >= over
    )
    assert len(ana.hand_over) == ana.least == fewest
    assert sum(h for _, h, _, _ in ana.hand_over) >= over - 1e-6
    assert ana.verdict == "brings the book under 100 %; no fewer would do"


def test_of_as_few_the_least_arr_goes() -> None:
    """One account is enough, and several are large enough: the one that pays least goes, not the largest."""
    hours = {"huge": (60.0, 900.0), "dear": (25.0, 500.0), "cheap": (21.0, 100.0), "small": (14.0, 1.0)}
    accounts = [account(i, "ana", hours=h, arr=arr) for i, (h, arr) in hours.items()]
    (ana,) = ways(accounts, [csm("ana"), csm("bo")])
    assert ana.over == pytest.approx(20)
    assert set(handed(ana)) == {"cheap"}


def test_more_than_the_least_is_said() -> None:
    """The largest account fits nobody's room: two smaller ones go, and one is named as what it could have been."""
    accounts = [account("large", "ana", hours=60.0), *(account(f"s{k}", "ana", hours=12.0) for k in range(5))]
    (ana,) = ways([*accounts, account("b", "bo", hours=70.0)], [csm("ana"), csm("bo")])
    assert len(ana.hand_over) == 2
    assert ana.verdict == "brings the book under 100 %; no fewer than 1 would do"


@pytest.mark.parametrize(("bo", "cy"), [(21.0, 20.0), (20.0, 21.0), (15.0, 60.0)])
def test_room_that_others_need_is_left_to_them(bo: float, cy: float) -> None:
    """Ana may give to Bo or Cy, Dee to Bo alone: whoever has more room, both come under 100 %."""
    accounts = [account(f"a{k}", "ana", region="North", hours=10.0, arr=100.0 + k) for k in range(12)]
    accounts += [account(f"d{k}", "dee", region="South", hours=15.0) for k in range(7)]
    accounts += [account("d", "dee", region="South", hours=8.0)]
    team = [
        csm("ana", regions=("North",)),
        csm("bo", regions=("North", "South"), customer_hours=bo),
        csm("cy", regions=("North",), customer_hours=cy),
        csm("dee", regions=("South",)),
    ]
    ana, dee = ways(accounts, team)
    assert (ana.left, dee.left) == (0.0, 0.0)
    assert set(handed(dee).values()) == {"Bo"}
