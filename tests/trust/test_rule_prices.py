"""Prices of rules: what a little more room buys, against enumeration of every plan."""

from __future__ import annotations

import datetime as dt
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bookwright import store
from bookwright.books import Plan
from bookwright.cli.rules import rules as command
from bookwright.fixing import Base
from bookwright.portfolio import Portfolio
from bookwright.report.rules import price_lines
from bookwright.review.price import base_of_result
from bookwright.rules.board import Board
from bookwright.rules.loads import unit_of, value_of
from bookwright.trust.relaxing import Relaxation, relaxations
from bookwright.trust.rule_prices import RulePrice, rule_prices
from tests.builders import DAY, account, csm, keeps_posting, model, planned, portfolio
from tests.random_cases import tiny_model, tiny_portfolio


def base_of(facts: Portfolio, decided: object) -> Base | None:
    """The proved plan of a tiny problem, None where it cannot keep its rules."""
    result = planned(facts, decided)  # type: ignore[arg-type]
    if result.status.value != "OPTIMAL" or not result.priorities:
        return None
    return base_of_result(result)


def least(board: Board, names: list[str], k: int, limits: list[int]) -> int:
    """The least value of level k over all plans that keep what is hard, the levels before it within their limits."""
    options = [np.flatnonzero(row).tolist() for row in board.allowed]
    found = []
    for choice in product(*options):
        csm_of = np.array(choice, dtype=np.int32)
        if not keeps_posting(board, Plan(board.problem, csm_of)):
            continue
        if all(value_of(board, names[h], csm_of) <= limit for h, limit in enumerate(limits)):
            found.append(value_of(board, names[k], csm_of))
    return min(found)


def test_prices_of_tiny_problems_are_what_enumeration_says() -> None:
    """Every rule a little looser, every priority: the gain is the difference of two enumerated optima."""
    compared = positive = 0
    for seed in range(40):
        base = base_of(tiny_portfolio(seed), tiny_model(seed))
        if base is None:
            continue
        names = [s.name for s in base.levels]
        loose = {(r.rule, r.text): r for r in relaxations(base.board)}
        for price in rule_prices(base, seconds=5.0):
            relaxation: Relaxation = loose[price.rule, price.text]
            for gain in price.gains:
                k = names.index(gain.priority)
                limits = [
                    s.best + round((s.limit - s.best) * relaxation.times_give.get(s.name, 1.0)) for s in base.levels[:k]
                ]
                true = (base.levels[k].best - least(relaxation.board, names, k, limits)) / unit_of(gain.priority)[0]
                assert gain.least == pytest.approx(true), f"seed {seed}: {price.rule}, {price.text}, {gain.priority}"
                assert gain.most == pytest.approx(true) or gain.nothing
                compared += 1
                positive += true > 0
    assert compared > 40, (compared, positive)
    assert positive > 3, (compared, positive)


def test_the_prices_of_rows_never_say_less_than_there_is() -> None:
    """Without any solving the most that is said is no less than what solving finds."""
    base = base_of(squeezed(), decided())
    assert base is not None
    solved, by_rows = rule_prices(base, seconds=5.0), rule_prices(base, solve=False)
    assert [p.text for p in solved] == [p.text for p in by_rows]
    for one, other in zip(solved, by_rows, strict=True):
        for gain, bound in zip(one.gains, other.gains, strict=True):
            assert bound.how == "prices of rows"
            assert bound.least == 0.0
            assert bound.most >= gain.least - 1e-12
            assert 0.0 <= bound.estimate <= bound.most + 1e-12
    assert any(g.estimate > 0 for p in by_rows for g in p.gains)


def squeezed() -> Portfolio:
    """Ana has 140 h for 100; one of her accounts would do, but the budget allows one move of two that are needed."""
    accounts = [account(f"a{k}", hours=20.0) for k in range(7)]
    return portfolio(accounts, [csm("ana"), csm("bo"), csm("cy", segments=("Elsewhere",))])


def decided() -> object:
    """Hours first, then the price of moves; at most one account of seven moves."""
    budget = {"accounts_percent": 15.0, "arr_percent": None, "in_at_least": None}
    return model({"segments": {}, "hours": {}, "move_price": {}, "move_budget": budget}, ("hours", "moves"))


def of(prices: tuple[RulePrice, ...], rule: str) -> RulePrice:
    """The price of one rule."""
    return next(p for p in prices if p.rule == rule)


def test_a_budget_that_holds_an_overload_has_a_price_in_hours() -> None:
    """Seven accounts of 20 h: one more move takes 20 h off the overload, which 2 % more accounts do not buy."""
    base = base_of(squeezed(), decided())
    assert base is not None
    prices = rule_prices(base, seconds=5.0)
    assert of(prices, "move_budget").gains[0].nothing
    more_hours = of(prices, "hours").gains[0]
    assert more_hours.how == "solved"
    assert more_hours.least * 140 == pytest.approx(2.0, rel=1e-3)
    wider = model(
        {"segments": {}, "hours": {}, "move_price": {}, "move_budget": {**budget_of(28.0)}}, ("hours", "moves")
    )
    again = base_of(squeezed(), wider)
    assert again is not None
    gain = of(rule_prices(again, seconds=5.0), "move_budget").gains[0]
    assert gain.priority == "hours"
    assert gain.least * 140 == pytest.approx(20.0, rel=1e-3)


def budget_of(percent: float) -> dict[str, float | None]:
    """A budget of accounts alone: 28 % of seven is one, 30 % is two."""
    return {"accounts_percent": percent, "arr_percent": None, "in_at_least": None}


def test_the_command_prints_ledger_and_prices(tmp_path: Path) -> None:
    """In a terminal: the ledger, why rules are binding, what more room buys; as JSON the same."""
    wider = model({"segments": {}, "hours": {}, "move_price": {}, "move_budget": budget_of(28.0)}, ("hours", "moves"))
    path = store.save(planned(squeezed(), wider), tmp_path / "plan.bookwright")
    run = CliRunner().invoke(command, [str(path), "--price"])
    assert run.exit_code == 0, run.output
    assert "Move budget, let 30 % of the accounts move by choice instead of 28 %: 20.0 h less over 100 %." in run.output
    assert "Move budget: Without it" in run.output
    plain = CliRunner().invoke(command, [str(path), "--json"])
    assert '"binding": "yes"' in plain.output
    assert '"prices": null' in plain.output
    assert [p["name"] for p in json.loads(plain.output)["priorities"]] == ["hours", "moves"]


def test_a_looser_rule_that_forbids_the_plan_itself_is_left_out_and_said() -> None:
    """Once the freeze of one member ends, its family would have to stay together, which the plan did not keep to."""
    facts = portfolio(
        [
            account("a", hours=70.0, parent_id="p", renewal_date=DAY + dt.timedelta(days=50)),
            account("b", hours=50.0, parent_id="p"),
        ]
    )
    rules = {"families": {}, "freezes": {}, "hours": {}, "move_price": {}}
    base = base_of(facts, model(rules, ("hours", "moves")))
    assert base is not None
    prices = rule_prices(base, seconds=2.0)
    (left,) = [p for p in prices if p.left_out]
    assert left.text == "freeze 45 days before a renewal instead of 60"
    assert "Not priced, as a freed account would have to join its family: Frozen accounts stay (freeze 45 days" in (
        "\n".join(price_lines(prices, 120.0))
    )
