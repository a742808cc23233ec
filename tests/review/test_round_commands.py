"""The commands of a second round as people type them: plan --round, and review price."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import openpyxl
import pytest

import bookwright as bw
from bookwright import store
from bookwright.review.decisions import Answer, Decision
from bookwright.review.rounds import FileReturned, Rounds
from tests.test_cli import SAMPLES, Run

NOW = dt.datetime(2026, 12, 10, 12, tzinfo=dt.UTC)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of `bookwright`."""
    return Run(capsys)


@pytest.fixture
def reviewed(tmp_path: Path) -> Path:
    """The starter's plan (four accounts go to C-3), with one move handed over later, one rejected, one overridden."""
    book = tmp_path / "book.xlsx"
    shutil.copy(SAMPLES / "starter.xlsx", book)
    plan = bw.write(bw.plan(bw.read(book)), tmp_path / "book plan.xlsx")
    when = dt.date.fromisoformat(store.load(store.path_for(plan)).meta["effective_date"])
    decisions = [
        Decision("A-05", Answer.ACCEPT_LATER, hand_over_on=when + dt.timedelta(days=30), reviewer="Mia"),
        Decision("A-06", Answer.REJECT, reason="executive sponsor", reviewer="Mia"),
        Decision("A-07", Answer.OVERRIDE, csm_id="C-2", reviewer="Noor"),
    ]
    with Rounds(store.path_for(plan)) as rounds:
        rounds.record(FileReturned("0", "Review Mia.xlsx", 1, "Mia", "recorded", NOW), decisions)
    return plan


def test_a_second_round_is_planned_kept_and_written(run: Run, reviewed: Path) -> None:
    """It says first what changed; the workbook lists the holdover; the store has both plans, both to be priced."""
    book = reviewed.with_name("book.xlsx")
    ran = run("plan", reviewed, "--round", "2", "--book", book)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("Nothing changed in the book since the last round.\n3 decisions hold:")
    second = reviewed.with_name("book plan round 2.xlsx")
    sheets = openpyxl.load_workbook(second, read_only=True)
    cells = list(sheets["Holdovers"].iter_rows(values_only=True))
    assert any(row[0] == "A-05" for row in cells)
    assert any(
        "3 decisions hold" in str(v) for row in sheets["Since last round"].iter_rows(values_only=True) for v in row
    )
    after = store.load(store.path_for(reviewed)).after
    assert (after["A-05"], after["A-06"], after["A-07"]) == ("C-3", "C-1", "C-2")
    assert store.rounds_planned(store.path_for(reviewed)) == (1, 2)
    assert run("review", "price", second, "--account", "A-06", "--to", "C-3").code == 0


def test_json_of_a_round_is_one_object_with_its_decisions(run: Run, reviewed: Path) -> None:
    """What changed goes to stderr, the object alone to stdout."""
    ran = run("plan", reviewed, "--round", "2", "--book", reviewed.with_name("book.xlsx"), "--json")
    told = json.loads(ran.out)
    assert told["round"] == 2
    assert told["decisions"]["hold"] == 3
    assert told["holdovers"][0][0] == "A-05"
    assert told["clash"] is None


def test_decisions_that_cannot_all_hold_exit_with_four_and_keep_the_last_plan(run: Run, reviewed: Path) -> None:
    """All accounts of two CSMs overridden to one goes beyond the move budget: the decisions are named."""
    where = store.path_for(reviewed)
    before = store.load(where)
    other = [a for a, c in before.after.items() if c == "C-1" and a not in ("A-05", "A-06", "A-07")]
    with Rounds(where) as rounds:
        more = [Decision(a, Answer.OVERRIDE, csm_id="C-2", reviewer="Mia") for a in other]
        rounds.record(FileReturned("1", "Review Mia.xlsx", 1, "Mia", "recorded", NOW), more)
    ran = run("plan", reviewed, "--round", "2", "--book", reviewed.with_name("book.xlsx"), "-q")
    assert ran.code == 4
    assert "decisions that cannot all hold" in ran.out
    assert "the plan of the last round stands" in ran.out
    assert not reviewed.with_name("book plan round 2.xlsx").exists()
    assert store.load(where).after == before.after


def test_the_price_of_what_reviewers_asked_for(run: Run, reviewed: Path) -> None:
    """Without names, the answers of the round that differ from the plan are priced, each and together."""
    ran = run("review", "price", reviewed, "--json")
    told = json.loads(ran.out)
    assert [list(p["fixed"]) for p in told["each"]] == [["A-06"], ["A-07"]]
    assert told["proved"]
    assert all(level["low"] == level["high"] for p in told["each"] for level in p["levels"])
    assert "A-06" in run("review", "price", reviewed).out


def test_wrong_calls_say_what_to_type(run: Run, reviewed: Path) -> None:
    """A round without a book, a book without a round, a model for a round, an account without a CSM."""
    book = reviewed.with_name("book.xlsx")
    for args, hint in (
        (("plan", reviewed, "--round", "2"), "--book"),
        (("plan", book, "--book", book), "--round 2"),
        (("plan", reviewed, "--round", "2", "--book", book, "-m", "new_accounts"), "planning model"),
        (("plan", reviewed, "--round", "7", "--book", book), "--round 2"),
        (("review", "price", reviewed, "--account", "A-06"), "--to"),
        (("review", "price", reviewed, "--account", "A-06", "--to", "Nobody"), "Maybe one of"),
    ):
        ran = run(*args)
        assert ran.code == 2, args
        assert hint in ran.err
