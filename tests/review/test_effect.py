"""The price of a decision by arithmetic, beside every answer that comes in and in the status of a round."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bookwright.review.decisions import Answer, Decision
from bookwright.review.effect import Effects, sentence
from bookwright.review.proposal import propose
from bookwright.store import load, save
from tests.builders import account, csm, model, planned, portfolio
from tests.review.cases import NOW, Case
from tests.test_cli import Run, run

__all__ = ["run"]


def effects(folder: Path, **rules: object) -> Effects:
    """Ana has 120 h of accounts for 100 h; the plan gives one of 30 h to Bo."""
    rows = [account("big", hours=60.0, arr=600.0, pin="ana"), account("x", hours=30.0), account("y", hours=30.0)]
    team = [csm("ana", customer_hours=100.0), csm("bo", customer_hours=100.0)]
    result = planned(portfolio(rows, team), model({"hours": {}, "move_price": {}, **rules}, ("hours", "moves")))
    assert len(result.plan.moves) == 1
    return Effects(propose(load(save(result, folder / "p.bookwright")), NOW.date()))


def test_a_rejection_costs_the_hours_that_come_back(tmp_path: Path) -> None:
    """20 h over 100 % for Ana, one move fewer, both books before and after; nothing else is changed for it."""
    count = effects(tmp_path)
    moved = next(a for a in ("x", "y") if count.proposal.stored.after[a] == "bo")
    wanted = count.wanted([Decision(moved, Answer.REJECT)])
    assert wanted == {moved: "ana"}
    effect = count.of(wanted)
    assert effect.overload_hours == pytest.approx(20.0)
    assert effect.moves == -1
    assert effect.points < 0
    assert effect.books == {"ana": (pytest.approx(0.9), pytest.approx(1.2)), "bo": (pytest.approx(0.3), 0.0)}
    said = sentence(effect, count.proposal)
    assert "+20.0 h over 100 %" in said
    assert "-1 move;" in said
    assert "90% to 120% of hours" in said


def test_to_accept_costs_nothing_and_data_is_wrong_asks_for_nothing(tmp_path: Path) -> None:
    """Only what differs from the plan has a price."""
    count = effects(tmp_path)
    assert count.wanted([Decision("x", Answer.ACCEPT), Decision("y", Answer.DATA_IS_WRONG)]) == {}


def test_a_hard_limit_that_an_override_goes_beyond_is_named(tmp_path: Path) -> None:
    """A wall at 100 %: keeping both with Ana goes beyond her hours."""
    count = effects(tmp_path, hours={"ceiling_percent": 100})
    moved = next(a for a in ("x", "y") if count.proposal.stored.after[a] == "bo")
    assert count.of({moved: "ana"}).breaks == ("Hours",)


def test_all_together_is_counted_on_one_set_of_books(tmp_path: Path) -> None:
    """Swapping x and y costs nothing in hours; each alone would."""
    count = effects(tmp_path)
    moved, stays = ("x", "y") if count.proposal.stored.after["x"] == "bo" else ("y", "x")
    both = count.of({moved: "ana", stays: "bo"})
    assert both.overload_hours == pytest.approx(0.0)
    assert both.moves == 0


def test_collect_and_status_say_it(tmp_path: Path, run: Run) -> None:
    """A price under each answer that differs, one for all, also in JSON; none under what agrees."""
    case = Case(tmp_path / "plan")
    case.send()
    edits = {"A-1": {"Decision": "reject"}, "A-2": {"Override": "Ben Okafor"}, "A-3": {"Decision": "accept"}}
    back = case.returned("Mia Berg", edits)
    told = run("review", "collect", case.plan, back).out
    assert told.count("    price: ") == 2
    assert "What 2 of them ask for instead of the plan, nothing else changed: -1 move" in told
    again = json.loads(run("review", "collect", case.plan, "--replace", back, "--json").out)
    assert again["price_together"]["moves"] == -1
    shown = run("review", "status", case.plan)
    assert "Account A-1 (A-1) with Ana Ruiz: -1 move" in shown.out
    assert "All together: -1 move" in shown.out
    assert len(json.loads(run("review", "status", case.plan, "--json").out)["prices"]) == 2
