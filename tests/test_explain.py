"""Why in words: every move and every stay in an overfull book has a sentence, and its numbers are the plan's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bookwright.explain import _Books, explain, short_hours
from bookwright.generate import generate
from bookwright.planner import Options, plan
from bookwright.planning_model import load
from bookwright.portfolio import Portfolio
from bookwright.solve import breach, worth
from tests.builders import DAY, account, csm, model, of, planned, portfolio, posted

RULES: dict[str, Any] = {"segments": {}, "hours": {}, "move_price": {}}


def why(
    facts: Portfolio, rules: dict[str, Any] | None = None, levels: tuple[str, ...] = ("hours", "moves")
) -> dict[str, str]:
    """The sentences of the planner's answer."""
    return dict(planned(facts, model(rules if rules is not None else RULES, levels)).why)


def test_a_move_for_hours_says_what_would_be(overloaded_ana: Portfolio) -> None:
    """What taking it back would do to Ana."""
    sentences = why(overloaded_ana)
    assert len(sentences) == 2
    assert set(sentences.values()) == {
        "With it Ana would be at 110% of the hours instead of 100%, over 100 %; Bo is at 40% with it."
    }


def test_a_move_for_balance_names_the_band() -> None:
    """Without the move, who would be outside what."""
    facts = portfolio([account(f"a{k}") for k in range(4)])
    band = {"balance": [{"measure": "arr", "grain": 0}], "move_price": {}}
    sentences = why(facts, band, ("balance", "moves"))
    assert set(sentences.values()) == {
        (
            "Without this move Ana would be above the ARR band (300 against at most 220) "
            "and Bo would be below the ARR band (100 against at least 180)."
        )
    }


def test_forced_and_placed_moves_say_why_and_whether_there_is_room(departure: Portfolio) -> None:
    """Today's CSM's reason first; then who may own it."""
    sentences = why(departure)
    assert sentences["new"] == "Had no CSM. Bo is the only CSM who may own it; with it at 50% of the hours."
    assert sentences["a0"].startswith("Ana leaves on 2027-01-31. Bo is the only CSM")
    crowded = portfolio([account("new", None, hours=150)])
    text = why(crowded)["new"]
    assert "has room" not in text
    assert "though over 100 %: 150% of the hours with it" in text
    assert (
        "has room: 10% of the hours with it (the least used of those who may own it)"
        in why(portfolio([account("new", None)]))["new"]
    )


STAYS: dict[str, tuple[dict[str, Any], list[Any], dict[str, Any], str]] = {
    "nobody else": ({"segment": "Big"}, [csm("ana"), csm("bo", segments=("Small",))], {}, "nobody else may own it"),
    "frozen": ({"escalation": True}, [csm("ana"), csm("bo")], {"freezes": {}}, "escalation open"),
    "only one and full": ({}, [csm("ana"), csm("bo", customer_hours=1.0)], {}, "the only other CSM who may own it, Bo"),
    "all full": (
        {},
        [csm("ana"), csm("bo", customer_hours=1.0), csm("cy", customer_hours=2.0)],
        {},
        "the lightest, Cy",
    ),
    "budget": (
        {},
        [csm("ana", max_moves_out=0), csm("bo")],
        {"move_budget": {}},
        "Bo has room, but the move budget is used up",
    ),
    "size": ({}, [csm("ana"), csm("bo", max_accounts=0)], {"book_size": {}}, "but the limit on accounts is reached"),
}


@pytest.mark.parametrize("name", STAYS)
def test_who_stays_in_an_overfull_book_has_a_reason(name: str) -> None:
    """120 of 100 hours, and nothing can leave."""
    fields, team, rules, expected = STAYS[name]
    rows = [account("a1", hours=60, **fields), account("a2", hours=60, **fields)]
    sentences = why(portfolio(rows, team), {**RULES, **rules})
    assert sentences["a1"].startswith("Stays although Ana is at 120%: ")
    assert expected in sentences["a1"]


def test_every_move_and_every_stay_is_explained() -> None:
    """On a generated team, nobody is left without a sentence and nobody gets one too many."""
    result = plan(
        generate(40, 5, seed=3, slack=0.9), load("quarterly_rebalance"), Options(time_limit=None, effort=20), today=DAY
    )
    over = {b.csm_id for b in result.plan.books if b.hours > b.capacity_hours + 1e-3}
    moved = {m.account_id for m in result.plan.moves}
    stay = {a for a, c in result.plan.by_account.items() if c in over and a not in moved}
    assert set(result.why) == moved | stay


def test_a_single_moves_effect_is_that_of_the_whole_plan_scored_anew() -> None:
    """The change in words rests on the same arithmetic as the rows, recomputed in full."""
    facts = generate(60, 5, seed=1)
    decided = load("quarterly_rebalance").model_copy(update={"effective_date": DAY})
    board, _ = posted(facts, decided)
    sitting = of(board)
    books = _Books(board, sitting)
    for i in np.flatnonzero(sitting.csm_of >= 0)[:20].tolist():
        giver = int(sitting.csm_of[i])
        taker = (giver + 1) % len(facts.csms)
        moved = sitting.csm_of.copy()
        moved[i] = taker
        for rows in board.rows:
            if rows.by == "csm" and not rows.away_only:
                full = (
                    breach(rows, worth(board, rows, moved)).sum()
                    - breach(rows, worth(board, rows, sitting.csm_of)).sum()
                )
                assert books.change(rows, i, giver, taker) == full
    assert explain(board, sitting, decided.priorities).keys() <= {a.id for a in facts.accounts}


def test_hours_short_per_segment_add_up_to_the_overload() -> None:
    """30 hours too many, shared out by the hours of the segments in the book."""
    rows = [
        account("a1", hours=90, segment="Big"),
        account("a2", hours=40, segment="Small"),
        account("b", "bo", hours=5),
    ]
    board, _ = posted(portfolio(rows), model())
    assert short_hours(of(board)) == pytest.approx({"Big": 30 * 90 / 130, "Small": 30 * 40 / 130})
