"""Balance, caps and targets: bands at their edges, and targets that are unique, attainable and checkable."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from bookwright.findings import InputError
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.portfolio import Account
from bookwright.problem import Problem, resolve
from bookwright.result import Status
from bookwright.rules import Board, build, set_up
from bookwright.rules.targets import classify, shared, targets
from tests.builders import DAY, account, breaches, csm, edge, model, of, owners, planned, portfolio, posted, problem

PRICE: dict[str, Any] = {"move_price": {}}


def band(measure: str = "arr", **more: Any) -> dict[str, Any]:
    """A balance of one measure, hard unless said otherwise, with bands as narrow as they are written."""
    return {"balance": [{"measure": measure, "mode": "hard", "grain": 0, **more}]}


@pytest.mark.parametrize(
    ("measure", "fields"),
    [
        ("arr", {"arr": 1.0}),
        ("accounts", {}),
        ("red_arr", {"arr": 1.0, "health": 20.0}),
        ("renewal_arr", {"renewal_arr": 1.0, "renewal_date": DAY}),
        ("growth_potential", {"growth_potential": 0.25}),
        ("Seats", {"extra": {"Seats": 3}}),
        ("utilization", {"hours": 1.0}),
        ("hours", {"hours": 1.0}),
    ],
)
def test_bands_at_the_edge_for_every_measure(measure: str, fields: dict[str, Any]) -> None:
    """Ten each is the target and 20 % the band: twelve to eight is inside, thirteen to seven is not."""
    rows = [account(f"a{k}", "ana", **fields) for k in range(10)]
    rows += [account(f"b{k}", "bo", **fields) for k in range(10)]
    rows = rows if measure in ("utilization", "hours") else [r.model_copy(update={"hours": 5.0}) for r in rows]
    wide = {"tolerance_percent": 20, "tolerance_points": 2}
    board, rules = posted(portfolio(rows), model(band(measure, **wide)))
    rule = f"balance_{measure}"
    edge(board, rules, rule, {f"b{k}": "ana" for k in range(2)}, {f"b{k}": "ana" for k in range(3)})


def test_a_quarter_is_balanced_by_itself() -> None:
    """Renewals of one quarter do not make up for another's."""
    later = dt.date(2027, 5, 1)
    rows = [account("a1", renewal_date=DAY), account("a2", renewal_date=DAY)]
    rows += [account("b1", "bo", renewal_date=later), account("b2", "bo", renewal_date=later)]
    board, rules = posted(
        portfolio(rows), model(band("renewal_arr", mode="priority", tolerance_percent=0), ["balance"])
    )
    assert {b.measure for b in board.bands} == {"renewal_arr_0", "renewal_arr_1"}
    found = breaches(board, rules, of(board), "balance_renewal_arr")
    assert [round(b.amount, 6) for b in found] == [0.25] * 4
    assert not breaches(board, rules, of(board, a1="bo", b1="ana"), "balance_renewal_arr")


def test_no_worse_leaves_a_crooked_book_and_makes_none_worse() -> None:
    """Bo's three may stay three of four; they may not become four, and Ana's one may become two."""
    rows = [account("a1"), *(account(f"b{k}", "bo") for k in range(3))]
    board, rules = posted(portfolio(rows), model(band("accounts", mode="no_worse", tolerance_percent=0)))
    edge(board, rules, "balance_accounts", {}, {"a1": "bo"})
    edge(board, rules, "balance_accounts", {"b1": "ana"}, {"a1": "bo"})


def test_a_cap_on_a_share_at_the_edge() -> None:
    """At most half of the ARR of a book may be red; no_worse holds to what is over it today."""
    rows = [account("r", arr=100, health=10), account("g", arr=100), account("s", "bo", arr=1, health=10)]
    rows.append(account("h", "bo", arr=500))
    cap = {"balance": [{"measure": "red_arr", "cap_percent": 50, "mode": "hard"}]}
    board, rules = posted(portfolio(rows), model(cap))
    edge(board, rules, "cap_red_arr", {}, {"s": "ana"})
    cap["balance"][0]["mode"] = "no_worse"
    crooked = [rows[0], account("g", "bo", arr=100), *rows[2:]]
    board, rules = posted(portfolio(crooked), model(cap))
    edge(board, rules, "cap_red_arr", {"h": "ana"}, {"s": "ana"})


@pytest.mark.parametrize("measure", ["arr", "utilization", "accounts", "renewal_arr", "red_arr", "growth_potential"])
def test_every_measure_changes_the_answer_and_the_ledger(measure: str) -> None:
    """All with Ana: without the term nobody moves, with it the ledger shows before and after."""
    fields = {"renewal_date": DAY, "health": 10.0, "growth_potential": 5.0}
    facts = portfolio([account(f"a{k}", **fields) for k in range(4)])
    assert not planned(facts, model(PRICE, ["balance", "moves"])).plan.moves
    result = planned(facts, model({**PRICE, **band(measure, mode="priority")}, ["balance", "moves"]))
    row = next(r for r in result.ledger if r.rule == f"balance_{measure}")
    assert len(result.plan.moves) > 0
    assert row.before > row.after
    assert result.priorities[0].before is not None
    assert result.priorities[0].before > result.priorities[0].value


def test_a_cap_changes_the_answer() -> None:
    """Ana's book is all red; the cap sends red away or brings green."""
    rows = [account("r1", health=10), account("r2", health=10), account("g1", "bo"), account("g2", "bo")]
    cap = {"balance": [{"measure": "red_arr", "cap_percent": 50}]}
    result = planned(portfolio(rows), model({**PRICE, **cap}, ["balance", "moves"]))
    assert len(result.plan.moves) > 0
    assert result.priorities[0].value == 0


def test_the_slope_doubles_beyond_twice_the_tolerance() -> None:
    """One book 30 outside is dearer than two books 15 outside."""
    rows = [account("x", arr=1000)] + [account(f"{n}{k}", n, arr=10) for n in ("ana", "bo", "cy") for k in range(10)]
    board, _ = posted(portfolio(rows, [csm(n) for n in ("ana", "bo", "cy")]), model(band(mode="priority"), ["balance"]))
    rows_of = board.rows_of("balance_arr")[0]
    half = (rows_of.high - rows_of.low) / 2
    assert (np.abs(rows_of.knee - half) <= 1).all()


def test_hard_bands_on_broken_amounts_never_set_check_and_posting_at_odds() -> None:
    """Cents and small shares: what the rows agree to, the check agrees to."""
    rows = [account(f"a{k}", "ana" if k % 2 else "bo", arr=10.49 + k / 7, growth_potential=0.1 * k) for k in range(40)]
    for measure in ("arr", "growth_potential"):
        for mode in ("hard", "no_worse"):
            rules = {**band(measure, mode=mode, tolerance_percent=3), **PRICE}
            assert planned(portfolio(rows), model(rules, ["moves"])).status is Status.OPTIMAL


def test_a_measure_that_is_no_column_is_refused() -> None:
    """Misspelt or text: never a rule that does nothing."""
    with pytest.raises(InputError, match=r'"ar" is no numeric column of the accounts\. Maybe "arr"'):
        posted(portfolio([account("a1")]), model(band("ar")))
    with pytest.raises(InputError, match='"Seats" is no numeric column'):
        posted(portfolio([account("a1", extra={"Seats": "many"})]), model(band("Seats")))
    posted(portfolio([account("a1", extra={"Seats": None})]), model(band("Seats")))


# -- targets ---------------------------------------------------------------------------------------------------


def board_of(seed: int, accounts: int = 300, csms: int = 12) -> Board:
    """A generated team under the quarterly rebalance."""
    facts = generate(accounts, csms, seed=seed)
    laid = resolve(facts, load("quarterly_rebalance"), today=DAY)
    return set_up(laid, build(laid.model))


def bands_of(board: Board) -> dict[tuple[str, str], float]:
    """(measure, CSM) -> target."""
    return {(b.measure, b.csm_id): b.target for b in board.bands}


@pytest.mark.parametrize("seed", range(3))
def test_reordering_rows_changes_no_target(seed: int) -> None:
    """Neither the accounts' order nor the CSMs'."""
    facts = generate(300, 12, seed=seed)
    dice = np.random.default_rng(seed)
    turned = facts.model_copy(
        update={
            "accounts": tuple(facts.accounts[i] for i in dice.permutation(len(facts.accounts))),
            "csms": tuple(facts.csms[i] for i in dice.permutation(len(facts.csms))),
        }
    )
    decided = load("quarterly_rebalance")
    one, two = (resolve(p, decided, today=DAY) for p in (facts, turned))
    first, second = (bands_of(set_up(p, build(p.model))) for p in (one, two))
    assert first == pytest.approx(second, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_one_percent_of_one_accounts_hours_moves_no_target_by_two(seed: int) -> None:
    """Unique and smooth: the largest account's hours up by a hundredth."""
    facts = generate(300, 12, seed=seed)
    big = max(facts.accounts, key=lambda a: a.hours or 0.0)
    more = big.model_copy(update={"hours": (big.hours or 0.0) * 1.01})
    changed = facts.model_copy(update={"accounts": tuple(more if a is big else a for a in facts.accounts)})
    decided = load("quarterly_rebalance")
    one, two = (resolve(p, decided, today=DAY) for p in (facts, changed))
    first, second = (bands_of(set_up(p, build(p.model))) for p in (one, two))
    assert first == pytest.approx(second, rel=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_targets_are_a_sum_of_shares_and_attainable(seed: int) -> None:
    """They add up to the total, every share goes to somebody allowed, and the shown shares make the shown target."""
    board = board_of(seed)
    laid = board.problem
    aim = targets(laid, board.classes, laid.arr, np.full(len(laid.csms), 0.1))
    owned = np.flatnonzero(board.classes.of >= 0)
    assert aim.target.sum() == pytest.approx(laid.arr[owned].sum())
    assert not aim.share[~aim.classes.allowed].any()
    assert aim.share.sum(axis=1) == pytest.approx(1.0)
    sums: dict[tuple[str, str], float] = {}
    for term in board.target_shares:
        key = (term.measure, term.csm_id)
        sums[key] = sums.get(key, 0.0) + term.share * term.total
    assert sums == pytest.approx({k: v for k, v in bands_of(board).items() if v > 0}, rel=1e-6, abs=1e-3)


def laid_out(rows: list[Account], **capacity: float) -> Problem:
    """A problem with these capacities."""
    return problem(portfolio(rows, [csm(name, customer_hours=hours) for name, hours in capacity.items()]))


def test_targets_follow_hours_where_territories_allow() -> None:
    """Everybody equally busy: Bo has half of Ana's hours and gets half of her share."""
    laid = laid_out([account(f"a{k}") for k in range(30)], ana=100, bo=50)
    aim = shared(laid, classify(np.ones((30, 2), dtype=bool)), laid.arr)
    assert aim.target == pytest.approx([2000, 1000], rel=1e-6)


def test_targets_stay_within_territories() -> None:
    """Twenty accounts are Ana's alone; Bo can take no more than the ten that both may own."""
    laid = laid_out([account(f"a{k}") for k in range(30)], ana=100, bo=100)
    allowed = np.array([[True, k < 10] for k in range(30)])
    aim = shared(laid, classify(allowed), laid.arr)
    assert aim.target == pytest.approx([2000, 1000], rel=1e-3)


def test_no_capacity_means_target_nothing() -> None:
    """Even where nobody else may own the accounts."""
    laid = laid_out([account("a1"), account("a2")], ana=100, bo=0)
    for allowed in ([[True, True], [True, True]], [[False, True], [False, True]]):
        assert shared(laid, classify(np.array(allowed)), laid.arr).target[1] == 0


def test_whales_are_set_against_their_own_csm_and_named() -> None:
    """A tenth of the accounts with most of the ARR does not raise everybody's target."""
    rows = [account("whale", "bo", arr=5000), *(account(f"a{k}", "ana", arr=100) for k in range(20))]
    result = planned(portfolio(rows), model(band(mode="priority"), ["balance"]))
    assert result.whales == (("arr", "whale", "bo"),)
    assert any(f.code == "whale" and "whale is too large" in f.message for f in result.findings)
    assert owners(result)["whale"] == "bo"
    homeless = [account("whale", None, arr=5000), *rows[1:]]
    team = [csm("ana", customer_hours=50.0), csm("bo")]
    assert planned(portfolio(homeless, team), model(band(mode="priority"), ["balance"])).whales[0][2] == "bo"
