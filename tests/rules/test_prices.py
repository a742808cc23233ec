"""Prices and the last level: every point of a move's price, preferences of the Pairs sheet, evenness."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookwright.planner import ground_of
from bookwright.planning_model import Priority
from bookwright.portfolio import Wish
from bookwright.solve import value_of
from tests.builders import DAY, account, breaches, csm, model, of, owners, planned, portfolio, posted, problem, wish

PRICE: dict[str, Any] = {"move_price": {}}


def days(count: int) -> dt.date:
    """So many days from the effective date."""
    return DAY + dt.timedelta(days=count)


POINTS = {
    "a median account": ({}, 1.5),
    "four medians and more": ({"arr": 900.0}, 1 + 2.0),
    "half a median": ({"arr": 50.0}, 1.25),
    "two years with the CSM": ({"csm_since": days(-731)}, 1.5 + 0.5 * 731 / 365.25),
    "ten years with the CSM": ({"csm_since": days(-3650)}, 1.5 + 1.5),
    "CSM changed 365 days ago": ({"csm_since": days(-365)}, 1.5 + 0.5 * 365 / 365.25 + 1),
    "CSM changed 366 days ago": ({"csm_since": days(-366)}, 1.5 + 0.5 * 366 / 365.25),
    "two changes in 24 months": ({"csm_changes_24m": 2}, 2.5),
    "one change in 24 months": ({"csm_changes_24m": 1}, 1.5),
    "two changes, the last long ago": ({"csm_changes_24m": 2, "csm_since": days(-400)}, 1.5 + 0.5 * 400 / 365.25),
    "yellow": ({"health": 74.0}, 2.5),
    "green": ({"health": 75.0}, 1.5),
    "renewal in 60 days": ({"renewal_date": days(60)}, 1.5),
    "renewal in 61 days": ({"renewal_date": days(61)}, 2.25),
    "renewal in 120 days": ({"renewal_date": days(120)}, 2.25),
    "renewal in 121 days": ({"renewal_date": days(121)}, 1.5),
    "another manager": ({"pin": "cy"}, 2.0),
    "another manager, near renewal": ({"pin": "cy", "renewal_date": days(61)}, 3.0),
    "no CSM today": ({"csm_id": None}, 0.0),
}


@pytest.mark.parametrize("name", POINTS)
def test_the_price_of_a_move(name: str) -> None:
    """Each point in the level, and the same one recomputed by the ledger; medians of the segment are 100."""
    fields, points = POINTS[name]
    fields = {"csm_id": "ana", "arr": 100.0, **fields}
    target = fields.pop("pin", "bo")
    home = fields.pop("csm_id")
    rows = [account("a1", home, **fields), *(account(f"m{k}", arr=100.0) for k in range(3))]
    team = [csm("ana", manager="Mia"), csm("bo", manager="mia"), csm("cy", manager="Noor")]
    board, rules = posted(portfolio(rows, team), model(PRICE, ["moves"]))
    plan = of(board, a1=target)
    rule = next(r for r in rules if r.id == "move_price")
    assert value_of(board, "moves", plan.csm_of) / 1000 == pytest.approx(points, abs=6e-4)
    assert rule.score(plan, ground_of(board, plan.today(board.problem))) == pytest.approx(points, abs=1e-9)


CHEAPER = {
    "base": {"arr": 100.0},
    "arr": {"arr": 300.0},
    "tenure": {"csm_since": days(-1000)},
    "health": {"health": 10.0},
    "changed": {"csm_since": days(-200)},
    "renewal": {"renewal_date": days(100)},
}


@pytest.mark.parametrize("name", CHEAPER)
def test_each_point_changes_who_moves(name: str) -> None:
    """One of two accounts must leave Ana: the one whose price has the point stays, whichever comes first."""
    dear, cheap = CHEAPER[name], {"arr": 100.0 if name != "base" else 50.0}
    for first in (dear, cheap):
        second = cheap if first is dear else dear
        rows = [account("a1", **{"hours": 60, **first}), account("a2", **{"hours": 60, **second})]
        fillers = [account(f"m{k}", "bo", hours=0, arr=100.0) for k in range(3)]
        result = planned(portfolio([*rows, *fillers]), model({"hours": {}, **PRICE}, ["hours", "moves"]))
        assert [m.account_id for m in result.plan.moves] == ["a2" if first is dear else "a1"]


def test_managers_change_who_receives() -> None:
    """Both could take the account; the one of the same manager does."""
    for managers in (("Mia", "Noor"), ("Noor", "Mia")):
        team = [csm("ana", manager="Mia"), *(csm(n, manager=m) for n, m in zip(("bo", "cy"), managers, strict=True))]
        rows = [account("a1", hours=60), account("a2", hours=60)]
        result = planned(portfolio(rows, team), model({"hours": {}, **PRICE}, ["hours", "moves"]))
        assert [m.csm_to for m in result.plan.moves] == ["bo" if managers[0] == "Mia" else "cy"]


def test_the_price_of_moves_changes_the_answer_and_the_ledger() -> None:
    """Balance to the last account, or half of the moves for a give of a tenth."""
    rows = [account(f"a{k}", arr=100 + k) for k in range(8)]
    band = {"balance": [{"measure": "accounts", "tolerance_percent": 0, "grain": 0}]}
    free = planned(portfolio(rows), model({**band, **PRICE}, [Priority(name="balance", give=0.5), "moves"]))
    assert len(free.plan.moves) < 4
    strict = planned(portfolio(rows), model({**band, **PRICE}, ["balance", "moves"]))
    row = next(r for r in strict.ledger if r.rule == "move_price")
    assert (row.before, len(strict.plan.moves)) == (0, 4)
    assert row.after == pytest.approx(strict.priorities[1].value, abs=0.004)
    assert strict.price.keys() == {m.account_id for m in strict.plan.moves}


PREFER = [wish("prefer", "a1", "cy")]


@pytest.mark.parametrize("wishes", [PREFER, [*PREFER, wish("prefer", "a1", "di")]])
def test_preferred_csms_change_the_answer(wishes: list[Wish]) -> None:
    """A new account goes to whom it prefers, unless the rule is off; several wishes are alternatives."""
    team = [csm(name) for name in ("ana", "bo", "cy", "di")]
    facts = portfolio([account("a1", None), account("a2", "bo")], team, wishes)
    liked = {w.other for w in wishes}
    assert owners(planned(facts, model({}, ["moves"])))["a1"] in liked
    board, rules = posted(facts, model({}, ["moves"]))
    for name in ("ana", "bo", "cy", "di"):
        assert bool(breaches(board, rules, of(board, a1=name), "prefers")) == (name not in liked)
    off, _ = posted(facts, model({"prefers": {"mode": "off"}}, ["moves"]))
    assert not off.costs


def test_a_preference_moves_nobody() -> None:
    """Staying never misses; moving elsewhere does, at its price."""
    facts = portfolio([account("a1")], [csm("ana"), csm("bo"), csm("cy")], PREFER)
    assert owners(planned(facts, model(PRICE, ["moves"]))) == {"a1": "ana"}
    leaving = portfolio([account("a1")], [csm("ana", end_date=DAY), csm("bo")], [wish("prefer", "a1", "ana")])
    result = planned(leaving, model({**PRICE, "prefers": {"points": 2}}, ["moves"]))
    assert (owners(result), result.priorities[0].value) == ({"a1": "bo"}, 2.0)
    assert [b.what for b in result.breaches] == ["a1 prefers Ana but goes to Bo."]


EVENLY = (Priority(name="moves", give_moves=2), "evenness")


def test_evenness_changes_the_answer_and_the_ledger() -> None:
    """Two of twelve accounts must leave Ana; evenness moves two more, as far as the moves' give allows."""
    facts = portfolio([account(f"a{k:02}") for k in range(12)])
    rules = {**PRICE, "hours": {}, "evenness": {}}
    assert len(planned(facts, model(rules, ["hours", "moves", "evenness"])).plan.moves) == 2
    result = planned(facts, model(rules, ["hours", *EVENLY]))
    row = next(r for r in result.ledger if r.rule == "evenness")
    assert (len(result.plan.moves), row.before, row.after) == (4, pytest.approx(1.2), pytest.approx(0.4))
    assert len(planned(facts, model({**PRICE, "hours": {}}, ["hours", EVENLY[0]])).plan.moves) == 2


@pytest.mark.parametrize(("accounts", "moves"), [(4, 0), (10, 0), (11, 2)])
def test_evenness_spends_no_more_than_the_moves_themselves(accounts: int, moves: int) -> None:
    """Where nothing must move, nothing moves merely to be more even; one move that must be buys one more."""
    facts = portfolio([account(f"a{k:02}") for k in range(accounts)])
    result = planned(facts, model({**PRICE, "hours": {}, "evenness": {}}, ["hours", *EVENLY]))
    assert len(result.plan.moves) == moves


def test_evenness_within_its_points_is_even() -> None:
    """At 22 and 18 % with 2 points nothing is uneven; at 23 and 17 % one point of each is."""
    for hours, uneven in ((22.0, 0), (23.0, 2 / 40)):
        rows = [account("a1", hours=hours), account("a2", "bo", hours=40 - hours)]
        board, _ = posted(portfolio(rows), model({"evenness": {}}, ["evenness"]))
        assert value_of(board, "evenness", problem(portfolio(rows)).owner) / 10**12 == pytest.approx(uneven, abs=1e-4)
