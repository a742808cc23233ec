"""The ledger: what each rule weighs, and whether it is binding, against plain recomputation of every single change."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from bookwright.books import Plan
from bookwright.explain.binding import Room, _parts, binding, rooms_of, terms
from bookwright.generate import generate
from bookwright.planner import Options
from bookwright.planning_model import load
from bookwright.report.tables import frames
from bookwright.result import Result
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, Board
from bookwright.rules.loads import unit_of, value_of, worth
from tests.builders import account, csm, model, planned, portfolio, posted
from tests.random_cases import tiny_model, tiny_portfolio


def broken(board: Board, csm_of: np.ndarray) -> dict[tuple[str, str, int], int]:
    """How far each hard row is broken: (rule, family, row) -> amount."""
    found = {}
    for rows in board.rows:
        if rows.priority is None:
            for r, load in enumerate(worth(board, rows, csm_of).tolist()):
                low, high = int(rows.low[r]), int(rows.high[r])
                low_out = low - load if low > OPEN_LOW else 0
                found[rows.rule, rows.name, r] = max(0, low_out, load - high if high < OPEN_HIGH else 0)
    return found


def against(board: Board, plan: Plan, i: int, j: int) -> set[str]:
    """Every rule that speaks against account i alone going to CSM j, by recomputing the whole plan."""
    moved = plan.csm_of.copy()
    moved[i] = j
    bits = int(board.bars[i, j])
    names = {"gone": "ownership", "never": "ownership"}
    found = {names.get(rule, rule) for rule, bit in board.bits.items() if bits >> bit & 1}
    if any(i in members for _, members in board.groups):
        found.add("families")
    if any(i in pair and moved[pair[0]] == moved[pair[1]] for pair in board.apart):
        found.add("apart")
    before = broken(board, plan.csm_of)
    return found | {key[0] for key, out in broken(board, moved).items() if out > before[key]}


def better(change: dict[str, int], rooms: tuple[Room, ...]) -> bool:
    """Whether a change betters a priority while no earlier one rises more than it may."""
    for room in rooms:
        if change[room.name] + room.above <= -max(1, unit_of(room.name)[0] // 10**6):
            return True
        if change[room.name] > room.room:
            return False
    return False


def parts(board: Board, csm_of: np.ndarray) -> dict[tuple[str, str], int]:
    """(rule, priority) -> its value."""
    found: dict[tuple[str, str], int] = {}
    for rule, priority, value in _parts(board, csm_of):
        found[rule, priority] = found.get((rule, priority), 0) + value
    return found


def singles(board: Board, plan: Plan) -> Iterator[tuple[int, int]]:
    """Every account with every other CSM."""
    for i, j in product(range(len(plan.csm_of)), range(len(board.problem.csms))):
        if plan.csm_of[i] >= 0 and plan.csm_of[i] != j:
            yield i, j


def expected(board: Board, plan: Plan, rooms: tuple[Room, ...], rules: list[str]) -> dict[str, int]:
    """Accounts that would do better without each rule, one change and one rule after the other."""
    names = [room.name for room in rooms]
    stood = parts(board, plan.csm_of)
    found: dict[str, set[int]] = {rule: set() for rule in rules}
    for i, j in singles(board, plan):
        moved = plan.csm_of.copy()
        moved[i] = j
        by_rule = {key: value - stood[key] for key, value in parts(board, moved).items()}
        whole = {n: sum(v for (_, p), v in by_rule.items() if p == n) for n in names}
        walls = against(board, plan, i, j)
        for rule in rules:
            rest = {n: whole[n] - by_rule.get((rule, n), 0) for n in names}
            alone = walls <= {rule} and better(rest, rooms)
            if alone and (walls or not better(whole, rooms)):
                found[rule].add(i)
    return {rule: len(accounts) for rule, accounts in found.items()}


def test_binding_is_what_recomputing_every_single_change_says() -> None:
    """Random tiny problems with every rule in every mode: the same accounts for every rule."""
    yes = set()
    for seed in range(55):
        facts, decided = tiny_portfolio(seed), tiny_model(seed)
        board, rules = posted(facts, decided)
        result = planned(facts, decided)
        if [p.name for p in result.priorities] != [p.name for p in decided.priorities]:
            continue
        best = {p.name: p.best for p in result.priorities}
        rooms = rooms_of(board, result.plan, best, {p.name: p.limit for p in result.priorities})
        ids = [rule.id for rule in rules]
        found = binding(board, result.plan, rooms, ids)
        want = expected(board, result.plan, rooms, ids)
        assert {rule: b.better for rule, b in found.items()} == want, f"seed {seed}"
        yes |= {rule for rule, count in want.items() if count}
        for rule, b in found.items():
            if b.better:
                assert against(board, result.plan, b.account, b.csm) <= {rule}, f"seed {seed}: {rule}"
                assert b.gain > 0
    assert len(yes) >= 5, yes


def test_the_terms_of_a_priority_add_up_to_it() -> None:
    """What rules add to a priority is the priority, for today's books and for the plan."""
    facts, decided = generate(60, 5, 2), load("quarterly_rebalance")
    board, _ = posted(facts, decided)
    plan = planned(facts, decided, Options(time_limit=None, effort=20)).plan
    for priority in board.problem.model.priorities:
        mine = [t for t in terms(board, plan).values() if t.priority == priority.name]
        size = unit_of(priority.name)[0]
        assert sum(t.after for t in mine) == pytest.approx(value_of(board, priority.name, plan.csm_of) / size)
        assert sum(t.before for t in mine) == pytest.approx(value_of(board, priority.name, board.problem.owner) / size)


def frozen_team() -> Result:
    """Ana has too much and Bo has room, but every account of Ana's is held by an open escalation."""
    held = [account(f"a{k}", hours=30.0, escalation=True) for k in range(4)]
    return planned(portfolio(held), model({"freezes": {}, "hours": {}, "move_price": {}}, ("hours", "moves")))


def test_the_rule_that_holds_an_overload_in_place_is_named_with_an_account() -> None:
    """Without the freezes an account of Ana's would go to Bo; the ledger says which and what it would better."""
    rows = {row.rule: row for row in frozen_team().ledger}
    assert rows["freezes"].binding == "yes"
    assert "4 accounts would do better" in rows["freezes"].binding_why
    assert "with Bo" in rows["freezes"].binding_why
    assert "hours over 100 % better by" in rows["freezes"].binding_why
    assert rows["pins"].binding == "no"
    assert rows["hours"].share == 1.0
    assert rows["freezes"].share is None


def test_a_full_limit_is_named() -> None:
    """Bo may take one account and takes it: no room is left there."""
    facts = portfolio([account(f"a{k}", hours=30.0) for k in range(5)], [csm("ana"), csm("bo", max_moves_in=1)])
    rules = {"hours": {}, "move_price": {}, "move_budget": {"accounts_percent": None, "arr_percent": None}}
    row = next(r for r in planned(facts, model(rules, ("hours", "moves"))).ledger if r.rule == "move_budget")
    assert row.binding == "yes"
    assert "No room left: Bo." in row.binding_why


def test_the_ledger_is_in_the_frames_and_says_nothing_where_rules_are_broken() -> None:
    """Python users see share and binding; a plan that cannot keep its rules is not said to be held by them."""
    rules = frames(frozen_team())["rules"]
    assert set(rules["binding"]) == {"yes", "no"}
    assert rules["why_binding"].str.len().gt(0).all()
    facts = portfolio([account("a", hours=500.0)], [csm("ana")])
    rows = planned(facts, model({"hours": {"mode": "hard"}, "move_price": {}}, ("moves",))).ledger
    assert {row.binding for row in rows} == {""}


def test_a_model_without_priorities_has_a_ledger_too() -> None:
    """Where nothing is minimised nothing is better elsewhere, and no rule is binding."""
    rows = planned(portfolio([account("a"), account("b")]), model({"segments": {}})).ledger
    assert {row.binding for row in rows} == {"no"}
