"""The whole answer for one account: its numbers against recomputed plans, its counterfactuals against enumeration."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from click.testing import CliRunner

from bookwright import store
from bookwright.books import Plan
from bookwright.cli.why import why as command
from bookwright.explain.trial import Trial
from bookwright.explain.verify import Outcome, best_with, changed_board, verify
from bookwright.explain.why import why
from bookwright.findings import UsageError
from bookwright.portfolio import Portfolio
from bookwright.report.why import account_of, answer, lines, opened
from bookwright.result import Result
from bookwright.rules import Board
from bookwright.solve import value_of
from tests.builders import DAY, account, csm, keeps_posting, model, planned, portfolio, posted
from tests.random_cases import tiny_model, tiny_portfolio

RULES = {"segments": {}, "freezes": {}, "hours": {}, "move_price": {}, "families": {"how": "keep"}}
LEVELS = ("hours", "moves")


def case(seed: int) -> tuple[Board, Result]:
    """A tiny random problem with its plan."""
    facts, decided = tiny_portfolio(seed), tiny_model(seed)
    board, _ = posted(facts, decided)
    return board, planned(facts, decided)


@pytest.mark.parametrize("block", range(4))
def test_prices_by_arithmetic_are_what_the_changed_plan_is_worth(block: int) -> None:
    """Every account with every other CSM: each priority's change, and whether a wall falls, recomputed whole."""
    compared = 0
    for seed in range(block * 15, block * 15 + 15):
        board, result = case(seed)
        names = [p.name for p in board.problem.model.priorities]
        base = result.plan
        kept = keeps_posting(board, base)
        for i, j in product(range(len(board.problem.accounts)), range(len(board.problem.csms))):
            trial = Trial(board, base)
            if j == base.csm_of[i] or not board.allowed[i, j] or base.csm_of[i] < 0:
                continue
            moved = base.csm_of.copy()
            moved[list(trial.members(i))] = j
            tried = trial.to(i, j)
            for name in names:
                change = value_of(board, name, moved) - value_of(board, name, base.csm_of)
                assert tried.levels[name] == change, f"seed {seed}: {name}"
            if kept:
                assert tried.possible == keeps_posting(board, Plan(board.problem, moved))
            compared += 1
    assert compared > 10


def enumerated(board: Board, i: int, j: int) -> list[int] | None:
    """The lexicographic optimum with give over every plan that keeps the hard rules and gives account i to CSM j."""
    options = [np.flatnonzero(row).tolist() for row in board.allowed]
    options[i] = [j] if j in options[i] else []
    plans = [np.array(p, dtype=np.int32) for p in product(*options)]
    plans = [p for p in plans if keeps_posting(board, Plan(board.problem, p))]
    found = []
    for priority in board.problem.model.priorities:
        if not plans:
            return None
        values = [value_of(board, priority.name, p) for p in plans]
        best = min(values)
        scale = best if priority.name == "moves" else 10**12
        least = min(best, round(priority.give_moves * board.give_at_least.get(priority.name, 0)))
        limit = best + max(int(priority.give * scale + 1e-9), least)
        plans = [p for p, v in zip(plans, values, strict=True) if v <= limit]
        found.append(best)
    return found


def test_a_counterfactual_is_true_when_enumeration_says_so() -> None:
    """The changed problem, enumerated with the account at either CSM: the same verdict for every change."""
    verdicts = set()
    for seed in range(60):
        board, result = case(seed)
        if (result.plan.csm_of < 0).any() or len(board.contradictions) or not keeps_posting(board, result.plan):
            continue
        for one in board.problem.accounts:
            for change in why(board, result.plan, one.id).changes:
                i, j = board.problem.account_position[one.id], board.problem.csm_position[change.csm_id]
                changed = changed_board(board, i, change)
                there, here = enumerated(changed, i, j), enumerated(changed, i, int(result.plan.csm_of[i]))
                solved = best_with(changed, result.plan, i, j, 20.0)
                assert (None if solved is None else [value for value, _ in solved]) == there, f"seed {seed}"
                said = verify(board, result.plan, one.id, change).outcome
                if there is None or here is None:
                    expected = Outcome.CANNOT if there is None else Outcome.GOES
                else:
                    expected = Outcome.TIES if there == here else Outcome.GOES if there < here else Outcome.STAYS
                assert said == expected, f"seed {seed}: {change}"
                verdicts.add(said)
    assert {Outcome.GOES, Outcome.STAYS, Outcome.TIES} <= verdicts


@pytest.fixture
def frozen_team() -> Portfolio:
    """Ana is over her hours; one account is frozen by a renewal, one is Enterprise, which only she covers."""
    near = DAY + dt.timedelta(days=20)
    accounts = [
        account("frozen", hours=40.0, renewal_date=near),
        account("big", hours=40.0, segment="Enterprise"),
        account("free", hours=30.0),
    ]
    team = [csm("ana"), csm("bo", segments=("SMB",), customer_hours=50.0), csm("cid", customer_hours=10.0)]
    return portfolio(accounts, [team[0], team[1], team[2]])


def told(facts: Portfolio, account_id: str) -> str:
    """The answer as printed, by way of the planner."""
    decided = model(RULES, LEVELS)
    board, _ = posted(facts, decided)
    result = planned(facts, decided)
    found = why(board, result.plan, account_id, result.why.get(account_id, ""))
    return " | ".join([found.sentence, *(c.text for c in found.changes), *(b.why for b in found.barred)])


def test_a_freeze_is_named_and_who_would_be_next(frozen_team: Portfolio) -> None:
    """The renewal's date, and the cheapest other CSM were it not there."""
    text = told(frozen_team, "frozen")
    assert "renewal on 2027-01-21" in text
    assert "Bo would be the cheapest other CSM" in text


def test_barred_csms_are_named_with_their_reason(frozen_team: Portfolio) -> None:
    """Bo does not cover Enterprise."""
    assert "does not cover Enterprise" in told(frozen_team, "big")


def test_the_hours_somebody_lacks_are_exact(frozen_team: Portfolio) -> None:
    """Cid has 10 h and would need 30 more for the account of 40."""
    assert "With 30.0 h more a month Cid" in told(frozen_team, "big")


def test_the_command_answers_from_the_store_alone(frozen_team: Portfolio, tmp_path: object) -> None:
    """By id or by name, without the workbook; an unknown account gets the nearest ones."""
    path = store.save(planned(frozen_team, model(RULES, LEVELS)), f"{tmp_path}/plan.bookwright")
    done = CliRunner().invoke(command, [str(path), "free"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("free moves from Ana to Bo (chosen).")
    again = CliRunner().invoke(command, [str(path), "free", "--verify"])
    assert "Solved again" in again.output
    with pytest.raises(UsageError, match="Maybe fre"):
        account_of(opened(path).stored, "fre")


def test_an_account_that_is_not_planned_is_answered_too(tmp_path: object) -> None:
    """Churned accounts keep their owner."""
    facts = portfolio([account("a"), account("gone", status="churned")])
    path = store.save(planned(facts, model(RULES, LEVELS)), f"{tmp_path}/plan.bookwright")
    at_hand = opened(path)
    text = lines(answer(at_hand, account_of(at_hand.stored, "gone")), at_hand)
    assert "Is not planned (churned)" in text[1]


def test_opening_a_plan_loads_no_solver() -> None:
    """`why` answers from arithmetic: a fresh process that imports its report has loaded no solver and no compiler."""
    code = (
        "import sys, bookwright.report.why; print({'ortools', 'numba', 'pandas', 'scipy.optimize'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_what_lies_outside_a_band_is_said_in_the_measure_s_own_unit() -> None:
    """ARR outside the bands before and after a change, added up from the books: the same money as in the words."""
    facts = portfolio([account(f"a{k}", arr=1000.0 * (k + 1)) for k in range(6)], [csm("ana"), csm("bo"), csm("cy")])
    decided = model({"balance": [{"measure": "arr", "grain": 0}], "move_price": {}}, ("balance", "moves"))
    result = planned(facts, decided)
    board, _ = posted(facts, decided)

    def outside(csm_of: np.ndarray) -> float:
        books = Plan(board.problem, csm_of).books
        return sum(
            max(0.0, band.low - book.arr, book.arr - band.high) for band, book in zip(board.bands, books, strict=True)
        )

    seen = 0
    for i, one in enumerate(board.problem.accounts):
        for other in why(board, result.plan, one.id).others:
            moved = result.plan.csm_of.copy()
            moved[i] = board.problem.csm_position[other.csm_id]
            change = outside(moved) - outside(result.plan.csm_of)
            (said,) = other.outside or (None,)
            assert (said.change if said else 0.0) == pytest.approx(change, abs=1.0)
            if said and said.change > 0:
                assert f"ARR: {said.change:,.0f} more outside the bands" in other.words
                seen += 1
    assert seen > 3
