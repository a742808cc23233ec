"""The decisions rule on the board: what it beats, what beats it; it moves no target and makes no move forced."""

from __future__ import annotations

from typing import Any

import pytest

from bookwright.books import MoveKind
from bookwright.result import Status
from tests.builders import account, breaches, csm, model, of, owners, planned, portfolio, posted, wish

RULES: dict[str, Any] = {"segments": {}, "freezes": {}, "hours": {}, "move_price": {}}
LEVELS = ("hours", "moves")


def deciding(**csm_of: str) -> dict[str, Any]:
    """The rules with accounts decided."""
    return {**RULES, "decisions": {"hold": {a: {"csm": c} for a, c in csm_of.items()}}}


def test_a_decision_moves_the_account_and_the_move_is_chosen() -> None:
    """It costs points like any chosen move."""
    result = planned(portfolio([account("a1"), account("a2")]), model(deciding(a1="bo"), LEVELS))
    assert owners(result) == {"a1": "bo", "a2": "ana"}
    (move,) = result.plan.moves
    assert move.kind is MoveKind.CHOSEN
    assert result.priorities[1].value > 0


def test_the_check_says_who_is_not_where_a_decision_put_them() -> None:
    """Independent of the posting: a plan that leaves the account at home breaks the rule."""
    board, rules = posted(portfolio([account("a1")]), model(deciding(a1="bo"), LEVELS))
    (broken,) = breaches(board, rules, of(board), "decisions")
    assert broken.hard
    assert "was to be with Bo" in broken.what
    assert not breaches(board, rules, of(board, a1="bo"), "decisions")


def test_targets_do_not_follow_decisions() -> None:
    """Five accounts held with Ana leave every target where it was; as pins they would raise Ana's."""
    rows = [account(f"a{k}", arr=100.0 * (k + 1)) for k in range(10)]
    balance = {"balance": [{"measure": "arr"}]}
    free, _ = posted(portfolio(rows), model({**RULES, **balance}, LEVELS))
    held, _ = posted(portfolio(rows), model({**deciding(a9="ana", a8="ana"), **balance}, LEVELS))
    assert [b.target for b in held.bands] == [b.target for b in free.bands]


@pytest.mark.parametrize(
    ("more", "wishes", "why"),
    [({"pin": "ana"}, (), "pinned"), ({}, (wish("never", "a1", "bo"),), "must never have it")],
)
def test_pins_and_nevers_beat_decisions(more: dict[str, Any], wishes: Any, why: str) -> None:
    """The contradiction is said, and nothing is proved possible."""
    board, _ = posted(portfolio([account("a1", **more)], wishes=wishes), model(deciding(a1="bo"), LEVELS))
    (said,) = board.contradictions
    assert said.rule == "decisions"
    assert why in said.text


def test_a_decision_beats_a_freeze_and_coverage_as_an_exception() -> None:
    """A frozen account leaves for a CSM who does not cover it: allowed, and listed."""
    rows = [account("a1", segment="Big", escalation=True), account("a2", segment="Big", escalation=True)]
    team = [csm("ana", segments=("Big",)), csm("bo", segments=("Small",))]
    result = planned(portfolio(rows, team), model(deciding(a1="bo"), LEVELS))
    assert result.status is Status.OPTIMAL
    assert owners(result) == {"a1": "bo", "a2": "ana"}
    (note,) = result.exceptions
    assert "does not cover Big" in note.text


def test_a_forced_move_stays_forced_and_its_reason_does_not_name_the_decision() -> None:
    """Ana leaves; an accepted move is still forced because of that."""
    team = [csm("ana", segments=("Small",)), csm("bo"), csm("cy")]
    result = planned(portfolio([account("a1", segment="Big")], team), model(deciding(a1="cy"), LEVELS))
    (move,) = result.plan.moves
    assert (move.kind, move.csm_to) == (MoveKind.FORCED, "cy")
    assert move.reason == "Ana does not cover Big"


def test_few_changes_come_before_few_moves_and_new_accounts_cost_nothing() -> None:
    """The last plan had a1 with Bo: it goes there although staying would cost no points."""
    last = {"last_round": {"plan": {"a1": "bo", "a2": "gone"}}}
    result = planned(portfolio([account("a1"), account("a2")]), model({**RULES, **last}, ("hours", "changes", "moves")))
    assert owners(result) == {"a1": "bo", "a2": "ana"}
    without = planned(portfolio([account("a1"), account("a2")]), model({**RULES, **last}, LEVELS))
    assert owners(without)["a1"] == "ana"
