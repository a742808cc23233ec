"""Rules of occasions: fitting successors, nobody else moves, new hires alone receive, one stage towards a redesign."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import numpy as np
import pytest

from bookwright.books import Plan
from bookwright.planner import ground_of
from bookwright.planning_model import Priority
from bookwright.portfolio import Csm
from bookwright.result import Status
from bookwright.rules import Board
from bookwright.solve import value_of
from tests.builders import DAY, account, breaches, csm, edge, model, of, owners, planned, portfolio, posted
from tests.random_cases import tiny_model, tiny_portfolio

SUCCESSOR: dict[str, Any] = {"successor": {}}


def years(count: float) -> dt.date:
    """A day so many years before the effective date."""
    return DAY - dt.timedelta(days=round(count * 365.25))


def team() -> list[Csm]:
    """Ana leaves; Bo knows her trades, Cy none of them, Di is like Bo but new, Ed like Bo in another team."""
    trades = ("Health", "Finance")
    return [
        csm("ana", industries=trades, manager="Mia", end_date=DAY),
        csm("bo", industries=trades, manager="Mia"),
        csm("cy", manager="Mia"),
        csm("di", industries=trades, manager="Mia", start_date=years(0.9)),
        csm("ed", industries=trades, manager="Noor"),
    ]


POINTS = {
    "like her": ("bo", {}, 0.0),
    "knows neither the account's industry nor the others": ("cy", {}, 1.5),
    "no industry on the account": ("cy", {"industry": ""}, 0.5),
    "new, and the account is tenured": ("di", {"csm_since": years(2.01)}, 1.0),
    "new, and the account is young": ("di", {"csm_since": years(1.9)}, 0.0),
    "another team": ("ed", {}, 0.5),
    "no CSM before: the industry alone counts": ("ed", {"csm_id": None}, 0.0),
    "no CSM before, and the industry is not known": ("cy", {"csm_id": None}, 1.0),
}


@pytest.mark.parametrize("name", POINTS)
def test_what_a_successor_lacks(name: str) -> None:
    """Each point in the level, and the same recomputed by the ledger."""
    taker, facts, points = POINTS[name]
    facts = {"csm_id": "ana", "industry": "Health", "csm_since": years(1), **facts}
    board, rules = posted(portfolio([account("a1", facts.pop("csm_id"), **facts)], team()), model(SUCCESSOR, ["moves"]))
    plan = of(board, a1=taker)
    rule = next(r for r in rules if r.id == "successor")
    assert value_of(board, "moves", plan.csm_of) / 1000 == pytest.approx(points)
    assert rule.score(plan, ground_of(board, plan.today(board.problem))) == pytest.approx(points)


def test_a_book_shows_what_a_csm_knows() -> None:
    """Without an Industries cell, three accounts of an industry are knowledge, two are none."""
    for count, points in ((2, 1.0), (3, 0.0)):
        rows = [account(f"b{k}", "bo", industry="Health") for k in range(count)]
        facts = portfolio([account("new", None, industry="Health"), *rows])
        board, _ = posted(facts, model(SUCCESSOR, ["moves"]))
        assert value_of(board, "moves", of(board, new="bo").csm_of) / 1000 == points


def test_a_chosen_move_pays_for_the_team_in_its_price_alone() -> None:
    """Else it would be counted twice."""
    rows = [account("a1", industry="Health")]
    people = [csm("ana", manager="Mia", industries=("Health",)), csm("bo", manager="Noor", industries=("Health",))]
    board, _ = posted(portfolio(rows, people), model(SUCCESSOR, ["moves"]))
    assert value_of(board, "moves", of(board, a1="bo").csm_of) == 0


def test_the_fitting_successor_wins_and_is_told() -> None:
    """Turned on, the rule sends the account to who knows its industry; the reason says so."""
    rows = [account("a1", industry="Health"), account("b1", "bo", hours=20)]
    people = [csm("ana", end_date=DAY), csm("bo", industries=("Health",)), csm("cy", industries=("Finance",))]
    on = planned(portfolio(rows, people), model({**SUCCESSOR, "evenness": {}}, ["moves", "evenness"]))
    off = planned(portfolio(rows, people), model({"evenness": {}}, ["moves", "evenness"]))
    assert (owners(on)["a1"], owners(off)["a1"]) == ("bo", "cy")
    assert "knows Health" in on.why["a1"]


def test_everyone_stays_unless_there_is_a_budget() -> None:
    """With `or_budget` a move budget above nothing lifts the hold, and then the budget holds."""
    rows = [account(f"a{k}", hours=30) for k in range(10)]
    for percent, moves in ((0, 0), (10, 1), (20, 2)):
        rules = {
            "freezes": {"everyone": True, "or_budget": True},
            "move_budget": {"accounts_percent": percent, "arr_percent": None, "in_at_least": None},
            "hours": {},
        }
        result = planned(portfolio(rows), model(rules, ["hours"]))
        assert len(result.plan.moves) == moves, percent
    board, rules_ = posted(portfolio(rows), model({"freezes": {"everyone": True, "or_budget": True}}))
    assert breaches(board, rules_, of(board, a1="bo"), "freezes")


def newcomers(percent: float) -> tuple[Board, Any]:
    """Ana with ten accounts, Bo with one, Cy who starts today."""
    rows = [*(account(f"a{k}") for k in range(9)), account("b0", "bo")]
    people = [csm("ana"), csm("bo"), csm("cy", start_date=DAY)]
    rules = {"move_budget": {"accounts_percent": None, "arr_percent": None, "elsewhere_percent": percent}}
    return posted(portfolio(rows, people), model(rules))


def test_only_new_hires_receive() -> None:
    """At 0 % Cy alone may be given what has a CSM; at 10 % one account of ten may go to Bo besides."""
    edge(*newcomers(0), "move_budget", {"a1": "cy", "b0": "cy"}, {"a1": "bo"})
    edge(*newcomers(10), "move_budget", {"a1": "cy", "a2": "bo"}, {"a1": "bo", "a2": "bo"})


def test_what_must_move_may_go_to_anyone() -> None:
    """Who has no CSM, or one who leaves, is no disturbance."""
    rows = [account("a1"), account("x", None), account("b1", "bo")]
    people = [csm("ana", end_date=DAY), csm("bo"), csm("cy"), csm("di", start_date=DAY)]
    budget = {"move_budget": {"accounts_percent": None, "arr_percent": None, "elsewhere_percent": 0}}
    board, rules = posted(portfolio(rows, people), model(budget))
    assert not breaches(board, rules, of(board, a1="bo", x="cy"), "move_budget")
    assert board.allowed[0, 1:].all()
    assert board.allowed[1, 1:].all()
    assert board.allowed[2].tolist() == [False, True, False, True]


def test_a_stage_stays_or_arrives() -> None:
    """Only today's CSM and the redesign's; what waits stays; who is with a leaver goes although it should wait."""
    rows = [account("a1"), account("a2"), account("g1", "gil")]
    people = [csm("ana"), csm("bo"), csm("cy"), csm("gil", end_date=DAY)]
    to = {"plan": {"a1": "bo", "a2": "bo", "g1": "cy"}, "wait": {"a2": "renewal near", "g1": "renewal near"}}
    board, rules = posted(portfolio(rows, people), model({"towards": to}, ["changes"]))
    assert board.allowed.tolist() == [
        [True, True, False, False],
        [True, False, False, False],
        [False, False, True, False],
    ]
    rule = next(r for r in rules if r.id == "towards")
    plan = of(board, a1="bo", g1="cy")
    assert value_of(board, "changes", plan.csm_of) == 1 == rule.score(plan, ground_of(board, plan.today(board.problem)))


def test_families_wait_together() -> None:
    """One member near its renewal holds the other, so that both arrive in one stage."""
    rows = [account("a1", parent_id="f"), account("a2", parent_id="f")]
    to = {"plan": {"a1": "bo", "a2": "bo"}, "wait": {"a1": "renewal near"}}
    result = planned(portfolio(rows), model({"families": {"how": "keep"}, "towards": to}, ["changes"]))
    assert owners(result) == {"a1": "ana", "a2": "ana"}


def test_a_short_team_lets_those_carry_it_who_are_there() -> None:
    """Ana and a starter have 210 hours of work for 200: with `ramp` first the starter ends below 95, else at 100."""
    rows = [*(account(f"a{k}", hours=10) for k in range(20)), account("n", "new", hours=10)]
    people = [csm("ana"), csm("new", start_date=DAY, ramp=(50.0, 100.0))]
    for levels, most in ((["ramp", "hours"], 90), (["hours", "ramp"], 100)):
        result = planned(portfolio(rows, people), model({"hours": {}, "ramp": {}}, levels))
        assert result.plan.books[1].hours <= most
        assert len([b for b in result.breaches if b.rule == "ramp"]) == (most == 100)
    board, rules = posted(portfolio(rows, people), model({"ramp": {}}, ["ramp"]))
    nine = {f"a{k}": "new" for k in range(8)}
    for more, over in (({}, []), ({"a8": "new"}, [5])):
        plan = of(board, **nine, **more)
        assert [b.amount for b in breaches(board, rules, plan, "ramp")] == pytest.approx(over)
        assert (value_of(board, "ramp", plan.csm_of) > 0) == bool(over)


@pytest.mark.parametrize("seed", range(25))
def test_posting_and_arithmetic_agree_on_random_plans(seed: int) -> None:
    """Points of successors and hours of new hires in the level are those that the ledger counts by itself."""
    dice = random.Random(seed)
    trades = ("Health", "Finance", "Retail", "")
    facts = tiny_portfolio(seed)
    accounts = tuple(a.model_copy(update={"industry": dice.choice(trades)}) for a in facts.accounts)
    csms = tuple(
        c.model_copy(
            update={"industries": tuple(dice.sample(trades[:3], dice.randint(0, 2))), "manager": dice.choice("MN")}
        )
        for c in facts.csms
    )
    facts = facts.model_copy(update={"accounts": accounts, "csms": csms})
    settings = {
        "successor": {"knows_from_accounts": dice.choice([1, 2])},
        "ramp": {"percent": dice.choice([50.0, 95.0])},
    }
    board, rules = posted(facts, model({**settings, "prefers": {"mode": "off"}}, ["ramp", "moves"]))
    ground = ground_of(board, Plan.today(board.problem))
    for _ in range(5):
        csm_of = np.array([dice.choice(np.flatnonzero(row).tolist() or [-1]) for row in board.allowed], dtype=np.int32)
        plan = Plan(board.problem, csm_of, board.forced())
        for rule in rules:
            if rule.id == "successor":
                assert value_of(board, "moves", csm_of) / 1000 == pytest.approx(rule.score(plan, ground), abs=0.01)
            if rule.id == "ramp":
                assert (value_of(board, "ramp", csm_of) > 0) >= bool(rule.check(plan, ground))


@pytest.mark.parametrize("seed", range(20))
def test_plans_with_the_rules_of_occasions_pass_every_check(seed: int) -> None:
    """The planner hands out nothing that a hard check refuses: budgets for others, everybody held, ramps first."""
    dice = random.Random(seed)
    base = tiny_model(seed)
    budget = {"accounts_percent": dice.choice([0, 30, None]), "arr_percent": None, "in_at_least": None}
    rules = {
        **base.rules,
        "successor": {},
        "ramp": {},
        "freezes": {"everyone": dice.random() < 0.5, "or_budget": True},
        "move_budget": {**budget, "elsewhere_percent": dice.choice([0, 20, None])},
    }
    levels = (Priority(name="ramp"), *base.priorities)
    result = planned(tiny_portfolio(seed), base.model_copy(update={"rules": rules, "priorities": levels}))
    if result.status in (Status.OPTIMAL, Status.FEASIBLE):
        assert not [b for b in result.breaches if b.hard]
