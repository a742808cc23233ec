"""Rules that post rows: hours, book size, move budget; each at its edge, and each changing an answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookwright.findings import InputError
from bookwright.result import Status
from bookwright.rules import CATALOGUE, build
from tests.builders import DAY, account, breaches, csm, edge, model, of, owners, planned, portfolio, posted

PRICE: dict[str, Any] = {"move_price": {}}


def test_a_ceiling_at_the_edge() -> None:
    """A book may reach the ceiling and not pass it by a minute."""
    rows = [account("a1", hours=60), account("a2", "bo", hours=60), account("a3", "bo", hours=1 / 60)]
    board, rules = posted(portfolio(rows), model({"hours": {"mode": "hard", "ceiling_percent": 120}}))
    edge(board, rules, "hours", {"a2": "ana"}, {"a2": "ana", "a3": "ana"})


def test_hard_hours_mean_100_percent() -> None:
    """Without a ceiling of its own the wall stands at capacity."""
    rows = [account("a1", hours=100), account("a2", "bo", hours=0.01)]
    board, rules = posted(portfolio(rows), model({"hours": {"mode": "hard"}}))
    edge(board, rules, "hours", {}, {"a2": "ana"})


def test_no_worse_holds_an_overfull_book_to_today() -> None:
    """130 hours stay 130; 100 become 100 and no more."""
    rows = [account("a1", hours=130), account("a2", "bo", hours=1), account("a3", "bo", hours=99)]
    board, rules = posted(portfolio(rows), model({"hours": {"mode": "no_worse"}}))
    edge(board, rules, "hours", {}, {"a2": "ana"})
    edge(board, rules, "hours", {"a1": "ana"}, {"a1": "bo"})


def test_rounding_to_seconds_never_sets_check_and_posting_at_odds() -> None:
    """A thousand accounts of a third of a second each are rounded up alike on both sides."""
    tiny = [account(f"t{k}", "ana", hours=0.0001) for k in range(200)]
    other = [account(f"u{k}", "bo", hours=0.0002) for k in range(200)]
    team = [csm("ana", customer_hours=0.0), csm("bo", customer_hours=0.0)]
    for mode in ("no_worse", "priority"):
        result = planned(portfolio(tiny + other, team), model({"hours": {"mode": mode}, **PRICE}, ["moves"]))
        assert result.status is Status.OPTIMAL


def test_a_wall_and_the_priority_are_told_apart() -> None:
    """At 130 of a ceiling of 120, one breach is hard and one is the priority's; the ledger counts hours over 100 %."""
    facts = portfolio([account("a1", hours=130)], [csm("ana")])
    result = planned(facts, model({"hours": {"ceiling_percent": 120}}, ["hours"]))
    assert result.status is Status.IMPOSSIBLE
    assert [(b.hard, round(b.amount, 6)) for b in result.breaches] == [(True, 10), (False, 30)]
    assert next(r.after for r in result.ledger if r.rule == "hours") == pytest.approx(30)


def test_hours_change_the_answer_and_the_ledger() -> None:
    """One account leaves Ana where hours count, none where they do not."""
    facts = portfolio([account("a1", hours=60), account("a2", hours=60)])
    assert len(planned(facts, model(PRICE, ["moves"])).plan.moves) == 0
    result = planned(facts, model({"hours": {}, **PRICE}, ["hours", "moves"]))
    row = next(r for r in result.ledger if r.rule == "hours")
    assert (len(result.plan.moves), row.before, row.after) == (1, 20, 0)
    assert result.priorities[0].before == pytest.approx(20 / 120, abs=1e-6)
    assert result.priorities[0].value == 0


def test_hours_hold_in_the_last_month_of_the_horizon() -> None:
    """A starter on a ramp is not capped by month one: 75 % count, not 25 %."""
    team = [csm("ana"), csm("new", start_date=DAY)]
    board, rules = posted(portfolio([account("a1", None, hours=75)], team), model({"hours": {"mode": "hard"}}))
    assert not breaches(board, rules, of(board, a1="new"), "hours")
    board, rules = posted(portfolio([account("a1", None, hours=75.1)], team), model({"hours": {"mode": "hard"}}))
    edge(board, rules, "hours", {"a1": "ana"}, {"a1": "new"})


def test_book_size_at_the_edge() -> None:
    """The model's limit, the CSM's own, the least, and the limit of a segment."""
    rows = [account("a1"), account("a2", "bo"), account("a3", "cy", segment="Big"), account("a4", "cy", segment="big")]
    team = [csm("ana", max_accounts=1), csm("bo"), csm("cy")]
    sizes: dict[str, Any] = {"max_accounts": 2, "min_accounts": 1, "max_by_segment": {"BIG": 2}}
    board, rules = posted(portfolio(rows, team), model({"book_size": sizes}))
    for outside in ({"a3": "ana"}, {"a1": "bo"}, {"a2": "cy"}):
        edge(board, rules, "book_size", {"a3": "bo"}, outside)
    assert {b.what for b in breaches(board, rules, of(board, a2="cy"), "book_size")} == {
        "Bo has 0 accounts; the limit is 1.",
        "Cy has 3 accounts; the limit is 2.",
    }
    board, rules = posted(portfolio(rows, team), model({"book_size": {"max_by_segment": {"Big": 1}}}))
    edge(board, rules, "book_size", {"a3": "bo"}, {})


def test_book_size_no_worse_keeps_todays_crowd() -> None:
    """Three of two may stay three; two may not become three."""
    rows = [account(f"a{k}") for k in range(3)] + [account(f"b{k}", "bo") for k in range(2)] + [account("c", "cy")]
    team = [csm("ana"), csm("bo"), csm("cy")]
    board, rules = posted(portfolio(rows, team), model({"book_size": {"max_accounts": 2, "mode": "no_worse"}}))
    edge(board, rules, "book_size", {}, {"c": "ana"})
    edge(board, rules, "book_size", {"c": "ana", "a1": "cy"}, {"c": "bo"})


def test_book_size_changes_the_answer() -> None:
    """Max accounts makes Ana give one away."""
    facts = portfolio([account("a1"), account("a2")], [csm("ana", max_accounts=1), csm("bo")])
    for rules, moves in (({}, 0), ({"book_size": {}}, 1)):
        assert len(planned(facts, model({**PRICE, **rules}, ["moves"])).plan.moves) == moves


def budget(**settings: Any) -> dict[str, Any]:
    """A move budget with only what is named."""
    return {"move_budget": {"accounts_percent": None, "arr_percent": None, "in_at_least": None, **settings}}


def test_budgets_at_the_edge() -> None:
    """By count and by ARR, each with its limit still inside."""
    rows = [account(f"a{k}", arr=100.0) for k in range(9)] + [account("dear", arr=100.5), account("new", None, arr=1e6)]
    board, rules = posted(portfolio(rows), model(budget(accounts_percent=20)))
    edge(
        board,
        rules,
        "move_budget",
        {"a0": "bo", "a1": "bo", "new": "bo"},
        {f"a{k}": "bo" for k in range(3)} | {"new": "bo"},
    )
    board, rules = posted(portfolio(rows), model(budget(arr_percent=10)))
    edge(board, rules, "move_budget", {"a0": "bo", "new": "bo"}, {"a0": "bo", "a1": "bo", "new": "bo"})
    edge(board, rules, "move_budget", {"a0": "bo", "new": "ana"}, {"dear": "bo", "a1": "bo", "new": "ana"})


def test_moves_in_and_out_of_a_csm_at_the_edge() -> None:
    """The larger of a number and a share of the book; the CSMs sheet wins; new hires are exempt."""
    rows = [account(f"a{k}") for k in range(8)] + [account(f"b{k}", "bo") for k in range(10)]
    team = [csm("ana"), csm("bo"), csm("new", start_date=DAY), csm("cy", max_moves_in=1), csm("di", ramp_now=50)]
    board, rules = posted(portfolio(rows, team), model(budget(in_at_least=1, in_percent_of_book=20)))
    into_bo = [{f"a{k}": "bo" for k in range(count)} for count in (2, 3)]
    edge(board, rules, "move_budget", *into_bo)
    edge(board, rules, "move_budget", {"a0": "cy"}, {"a0": "cy", "a1": "cy"})
    for exempt in ("new", "di"):
        assert not breaches(board, rules, of(board, **{f"a{k}": exempt for k in range(8)}), "move_budget")
    team = [csm("ana", max_moves_out=1), csm("bo")]
    board, rules = posted(portfolio(rows, team), model(budget()))
    edge(board, rules, "move_budget", {"a0": "bo", "b0": "ana"}, {"a0": "bo", "a1": "bo"})


def test_forced_and_placed_moves_are_free() -> None:
    """A budget of nothing stops nobody who must move, and always lets everybody stay."""
    rows = [account("a1"), account("a2", None, arr=0.4), account("a3", "bo", arr=0.4)]
    team = [csm("ana", end_date=DAY), csm("bo")]
    result = planned(portfolio(rows, team), model({**budget(accounts_percent=0, arr_percent=0), **PRICE}, ["moves"]))
    assert (result.status, owners(result)) == (Status.OPTIMAL, {"a1": "bo", "a2": "bo", "a3": "bo"})


def test_budgets_change_the_answer() -> None:
    """Three accounts should leave Ana; the budget pays for one."""
    rows = [account(f"a{k}", hours=40) for k in range(5)]
    rules: dict[str, Any] = {"hours": {}, **PRICE}
    for more, moves in (({}, 2), (budget(accounts_percent=20), 1), (budget(arr_percent=20), 1)):
        assert len(planned(portfolio(rows), model({**rules, **more}, ["hours", "moves"])).plan.moves) == moves
    for team in ([csm("ana", max_moves_out=1), csm("bo")], [csm("ana"), csm("bo", max_moves_in=1)]):
        assert len(planned(portfolio(rows, team), model({**rules, **budget()}, ["hours", "moves"])).plan.moves) == 1


def test_a_family_with_several_csms_counts_each_members_move() -> None:
    """United with Ana, the accounts of Bo and Cy move: nothing may leave Cy, so all must come to Cy or all break it."""
    rows = [account(f"f{k}", home, parent_id="P") for k, home in enumerate(("ana", "bo", "cy"))]
    team = [csm("ana"), csm("bo", max_moves_out=1), csm("cy", max_moves_out=0)]
    decided = model({"families": {"how": "unite"}, **budget(), **PRICE}, ["moves"])
    board, rules = posted(portfolio(rows, team), decided)
    edge(board, rules, "move_budget", {"f0": "cy", "f1": "cy"}, {"f1": "ana", "f2": "ana"})
    result = planned(portfolio(rows, team), decided)
    assert (result.status, set(owners(result).values())) == (Status.OPTIMAL, {"cy"})


def test_a_horizon_with_a_leaver_leaves_no_book_behind() -> None:
    """Ana's last day is within the horizon: her book moves even though she is there in month one."""
    team = [csm("ana", end_date=DAY + dt.timedelta(days=30)), csm("bo")]
    assert owners(planned(portfolio([account("a1")], team), model({"hours": {}}, ["hours"]))) == {"a1": "bo"}


def test_modes_without_a_meaning_are_refused() -> None:
    """A rule that cannot be a priority does not silently become a wall."""
    for name, kind in CATALOGUE.items():
        required = {"matches": {"account": "region", "csm": "regions"}, "balance": {"measure": "arr"}}.get(name, {})
        for mode in ("hard", "no_worse", "priority", "off"):
            decided = model({name: {**required, "mode": mode}})
            if mode in kind.modes:
                assert any(type(rule) is kind for rule in build(decided)) == (mode != "off")
            else:
                with pytest.raises(InputError, match="has no meaning"):
                    build(decided)


@pytest.mark.parametrize(
    ("rules", "levels", "said"),
    [
        ({"segment": {}}, [], 'there is no rule "segment". Maybe "segments"'),
        ({"hours": {"ceiling": 100}}, [], 'unknown key "rules.hours.ceiling". Maybe "ceiling_percent"'),
        ({"hours": [{}, {}]}, [], "rules.hours is one table"),
        ({"balance": [{"measure": "arr"}, {"measure": "arr"}]}, [], "two tables make the rule balance_arr"),
        ({}, ["hour"], 'priority "hour" is not served by any rule. Maybe "hours"'),
        ({}, ["hours", "hours"], 'priority "hours" stands there twice'),
    ],
)
def test_planning_models_are_refused_in_words(rules: dict[str, Any], levels: list[str], said: str) -> None:
    """Nothing that a planning model says is silently left out."""
    with pytest.raises(InputError) as error:
        build(model(rules, levels))
    assert said in str(error.value)


def test_a_term_without_its_priority_is_said() -> None:
    """Evenness on, but no such level: counted, not minimised, and the findings say so."""
    result = planned(portfolio([account("a1")]), model({"evenness": {}}, ["moves"]))
    assert [f.message for f in result.findings if f.code == "no_such_priority"] == [
        'Utilization spread: counted, but not minimised, as the planning model has no priority "evenness".'
    ]
