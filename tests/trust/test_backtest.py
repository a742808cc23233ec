"""The backtest: what was done against what the tool would have done, on the same facts."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from bookwright.books import MoveKind
from bookwright.cli.backtest import backtest as command
from bookwright.findings import UsageError
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Portfolio
from bookwright.report.backtest import measures, notes, sentence
from bookwright.trust.backtest import Backtest, backtest
from sample_inputs.make import HERE
from tests.builders import DAY, PROVE, account, csm, model, portfolio

RULES = {"segments": {}, "freezes": {}, "hours": {}, "move_price": {}}


def decided(**more: object) -> PlanningModel:
    """Hours first, then the price of moves."""
    return model({**RULES, **more}, ("hours", "moves"))


def before() -> Portfolio:
    """Ana has seven accounts of 20 h for 100 h, Bo none; one of hers has an open escalation."""
    return portfolio([account(f"a{k}", hours=20.0, escalation=k == 0) for k in range(7)])


def after(*to_bo: str) -> Portfolio:
    """The same accounts with some of them at Bo."""
    book = before()
    moved = tuple(a.model_copy(update={"csm_id": "bo"}) if a.id in to_bo else a for a in book.accounts)
    return book.model_copy(update={"accounts": moved})


def replayed(done: Portfolio, facts: Portfolio | None = None, decided_by: PlanningModel | None = None) -> Backtest:
    """The backtest of a proved plan."""
    return backtest(facts or before(), done, decided_by or decided(), PROVE)


def test_too_many_moves_and_a_frozen_one_are_named() -> None:
    """Four went, two would have done; one of the four was not to move."""
    found = replayed(after("a0", "a1", "a2", "a3"))
    assert found.done.moves() == 4
    assert found.ours.moves() == 2
    assert found.moves_saved == 2
    assert found.overload_avoided == 0
    assert [b.rule for b in found.done.broken] == ["freezes"]
    assert sentence(found).startswith("4 accounts were moved by choice; Bookwright would have moved 2, 2 fewer.")
    assert found.frugal is None


def test_too_few_moves_leave_hours_and_the_same_number_is_tried_too() -> None:
    """One went where two are needed: 20 h too many stay; with one move the tool could do no better."""
    found = replayed(after("a1"))
    assert found.done.overload_hours == pytest.approx(20.0)
    assert found.ours.overload_hours == 0.0
    assert found.overload_avoided == pytest.approx(20.0)
    assert found.frugal is not None
    assert found.frugal.moves(MoveKind.CHOSEN) == 1
    assert found.frugal.overload_hours == pytest.approx(20.0)
    assert "With no more moves than were made: 20.0 h." in sentence(found)


def test_who_joined_and_who_left_count_on_both_sides() -> None:
    """Bo left and Cy came: Bo's account is a forced move on both sides, and Cy may take accounts on both."""
    facts = portfolio([account("a", "ana"), account("b", "bo"), account("old", "ana")])
    done = portfolio([account("a", "ana"), account("b", "cy"), account("new", "cy")], [csm("ana"), csm("cy")])
    found = replayed(done, facts)
    assert found.left_csms == ("bo",)
    assert found.new_csms == ("cy",)
    assert found.joined == ("new",)
    assert found.gone == ("old",)
    assert [side.moves(MoveKind.FORCED) for side in found.sides] == [1, 1]
    assert found.done.result.plan.by_account == {"a": "ana", "b": "cy", "old": "ana"}
    assert any("Left the team: Bo" in text for text in notes(found))


def test_an_owner_nobody_knows_counts_as_none() -> None:
    """An account with a CSM who is on no sheet has nobody, and that is said."""
    done = before()
    lost = tuple(a.model_copy(update={"csm_id": "zoe"}) if a.id == "a6" else a for a in done.accounts)
    found = replayed(done.model_copy(update={"accounts": lost}))
    assert found.unknown == ("a6",)
    assert found.done.result.plan.unassigned == ("a6",)


def test_the_day_is_never_read_off_a_clock_and_foreign_books_are_refused() -> None:
    """A quarter of the past needs its day; two books without a common account are two teams."""
    timeless = decided().model_copy(update={"effective_date": None})
    with pytest.raises(UsageError, match="--effective-date"):
        backtest(before(), after("a1"), timeless, PROVE)
    said = before().model_copy(update={"settings": {"effective_date": dt.date(2026, 10, 1)}})
    found = backtest(said, after("a1"), timeless, PROVE)
    assert found.ours.result.problem.effective_date == dt.date(2026, 10, 1)
    with pytest.raises(UsageError, match="share no account"):
        backtest(before(), portfolio([account("x")]), decided(), PROVE, effective_date=DAY)


def test_the_sample_tells_its_story(tmp_path: Path) -> None:
    """Fewer moves, no overload, no rule broken; on the screen, in the workbook, as JSON."""
    out = tmp_path / "backtest.xlsx"
    books = [str(HERE / "last_quarter_before.xlsx"), str(HERE / "last_quarter_after.xlsx")]
    run = CliRunner().invoke(command, [*books, "--effort", "10", "-o", str(out)])
    assert run.exit_code == 0, run.output
    assert run.output.startswith("18 accounts were moved by choice; Bookwright would have moved")
    sheets = openpyxl.load_workbook(out)
    assert sheets.sheetnames == ["Backtest", "Books", "Accounts"]
    cells = {row[0]: row[1:] for row in sheets["Backtest"].iter_rows(values_only=True)}
    assert cells["Hours a month over 100 %"][1] > 30 > cells["Hours a month over 100 %"][2]
    assert cells["Hard rules not kept"][1] >= 5
    assert cells["Hard rules not kept"][2] == 0
    plain = json.loads(CliRunner().invoke(command, [*books, "--effort", "10", "--json"]).output)
    assert plain["measures"]["moves_chosen"]["done"] == 18
    assert plain["moves_saved"] == 18 - plain["measures"]["moves_chosen"]["bookwright"]


def test_every_measure_has_a_value_for_every_side() -> None:
    """Three sides: before has none for moves, all have one for hours."""
    found = replayed(after("a1"))
    for key, _, _, values in measures(found):
        assert len(values) == 1 + len(found.sides), key
        assert all(v is not None for v in values[1:]), key
