"""Counterfactuals that no search settles: two plans like for like, and an interval that holds the truth."""

from __future__ import annotations

import pytest

from bookwright.books import Plan
from bookwright.engine.evaluate import hard_breach, values
from bookwright.explain.verify import Difference, Outcome, Verified, changed_board, verify
from bookwright.explain.why import Change, why
from bookwright.fixing import Base
from bookwright.generate import generate
from bookwright.planner import Options
from bookwright.planning_model import load
from bookwright.report.why_verified import _verdict
from bookwright.review.price import base_of_result
from bookwright.trust.counterfactual import Search, Sides, _like_for_like, brought_up, sides_of, verified
from tests.builders import planned

UNITS = 40


@pytest.fixture(scope="module")
def base() -> Base:
    """A proved plan of 36 accounts and 4 CSMs."""
    options = Options(time_limit=None, effort=400, gap=0.0)
    return base_of_result(planned(generate(36, 4, 3, slack=0.95), load("quarterly_rebalance"), options))


def changes(base: Base) -> list[tuple[str, Change]]:
    """What could be otherwise, for every account."""
    made = Plan(base.problem, base.csm_of, base.board.forced())
    return [(a.id, c) for a in base.problem.accounts for c in why(base.board, made, a.id).changes]


def sides(base: Base, account: str, change: Change) -> Sides | Outcome:
    """The two sides of one of them."""
    i, j = base.problem.account_position[account], base.problem.csm_position[change.csm_id]
    return sides_of(base, changed_board(base.board, i, change), i, j)


def test_the_interval_holds_what_two_optima_differ_by(base: Base) -> None:
    """While the optima tie, the proved difference lies in each interval; a proved verdict is the truth."""
    judged = 0
    for account, change in changes(base)[::6]:
        pair = sides(base, account, change)
        if isinstance(pair, Outcome):
            continue
        true = verify(base.board, Plan(base.problem, base.csm_of), account, change)
        assert true.proved
        outcome, proved, levels = _like_for_like(pair, Search(None, UNITS))
        if proved:
            assert outcome is true.outcome
        for mine, exact in zip(levels, true.levels, strict=False):
            assert mine.low - 1e-9 <= exact.found <= mine.high + 1e-9, (account, change, mine, exact)
            assert mine.low <= mine.found <= mine.high
            judged += 1
            if exact.found:
                break
    assert judged > 4


def test_what_one_plan_learns_the_other_gets(base: Base) -> None:
    """Neither plan is worse than the other with the account put where it has it: only the account keeps them apart."""
    seen = 0
    for account, change in changes(base)[::6]:
        pair = sides(base, account, change)
        if isinstance(pair, Outcome):
            continue
        there, here = brought_up(pair, 0, [], Search(None, UNITS), None, ((), ()))
        for mine, other, side, model in ((there, here, 0, pair.there), (here, there, 1, pair.here)):
            placed = other.copy()
            placed[pair.item] = pair.agents[side]
            worth = [(hard_breach(model, plan), values(model, plan)[0]) for plan in (mine, placed)]
            assert worth[0] <= worth[1]
            seen += worth[0] < worth[1]
    assert seen


def test_a_small_problem_is_solved_to_the_end(base: Base) -> None:
    """There the verdict is the one of the exact solves, and every difference is one number."""
    for account, change in changes(base)[::12]:
        found = verified(base, account, change)
        assert found == verify(base.board, Plan(base.problem, base.csm_of), account, change)
        assert found.proved
        assert all(level.exact for level in found.levels)


def test_a_verdict_that_is_not_proved_says_so_with_its_interval() -> None:
    """What the plans found differ by, and how far the proof lets that be wrong."""
    change = Change("hours", "With 4.0 h more a month Bo would have room for it within 100 %.", "bo")
    level = Difference("moves", "points", -12.0, 1.5, -2.25)
    said = _verdict(Verified(change, Outcome.GOES, False, (level,)), "Bo")
    assert said == (
        "In the plans found the one with Bo is then the better one: moves -2.25 points "
        "(proved: between -12 points and +1.5 points)."
    )
    assert _verdict(Verified(change, Outcome.STAYS), "Bo") == "Not enough: it stays where it is all the same."
