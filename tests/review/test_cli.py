"""The review commands as people type them: output, JSON, exit codes, and how a plan finds its store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.review.cases import Case, result
from tests.test_cli import Run, run

__all__ = ["run"]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A plan, nothing sent yet."""
    return Case(tmp_path / "plan")


def test_a_whole_round(case: Case, run: Run) -> None:
    """Send, collect two files that differ, and see what is open; closing is refused while they differ."""
    out = case.folder / "out"
    sent = run("review", "send", case.plan, "-d", out, "--due", "2027-01-15")
    assert sent.code == 0
    assert "Round 1: 4 workbooks" in sent.out
    mia = case.returned("Mia Berg", {"A-1": {"Decision": "reject", "Reason": "customer asked"}})
    noor = case.returned("Noor Haddad", {"A-1": {"Decision": "accept"}})
    met = run("review", "collect", case.plan, mia, noor)
    assert met.code == 6
    assert "Account A-1 (A-1): Ana Ruiz to Cleo Tan: reject (customer asked)" in met.out
    assert "1 account is in conflict" in met.out
    assert "team plan conflicts.xlsx" in met.out
    both = json.loads(run("review", "collect", case.plan, mia, noor, "--json").out)
    assert [f["verdict"] for f in both["files"]] == ["collected before"] * 2
    assert [c["account_id"] for c in both["conflicts"]] == ["A-1"]
    settled = run("review", "collect", case.plan, "--replace", noor, mia)
    assert settled.code == 6
    waiting = json.loads(run("review", "status", case.plan, "--json").out)
    assert waiting["conflicts"] == ["A-1"]
    assert waiting["sealed"] is None
    refused = run("review", "close", case.plan, "--silent", "accept")
    assert refused.code == 6
    assert "in conflict" in refused.err


def test_an_accepted_round_is_sealed(case: Case, run: Run) -> None:
    """Silence is asked for, then the seal says who and the fingerprint; a second seal is refused."""
    run("review", "send", case.plan, "-d", case.folder / "out")
    assert run("review", "close", case.plan).code == 2
    closed = run("review", "close", case.plan, "--silent", "accept")
    assert "7 moves accepted, 0 kept" in closed.out
    sealed = run("review", "approve", case.plan, "--by", "Dana Cole")
    assert sealed.code == 0
    assert "sealed by Dana Cole" in sealed.out
    assert "f" * 64 in sealed.out
    assert run("review", "approve", case.plan).code == 6
    assert "Sealed by Dana Cole" in run("review", "status", case.plan).out


def test_a_plan_finds_its_store_by_name_by_id_or_as_given(case: Case, run: Run) -> None:
    """A renamed workbook still finds it in its folder; elsewhere it is exit 6 with the way out; --store helps."""
    renamed = case.plan.rename(case.folder / "final FINAL.xlsx")
    assert run("review", "status", renamed).code == 0
    away = case.folder / "away"
    away.mkdir()
    moved = renamed.rename(away / "plan.xlsx")
    lost = run("review", "status", moved)
    assert lost.code == 6
    assert "--store" in lost.err
    assert run("review", "status", moved, "--store", case.store).code == 0
    assert run("review", "status", away / "none.xlsx").code == 2


def test_wrong_cells_are_exit_3_and_named(case: Case, run: Run) -> None:
    """The message carries file, sheet and cell."""
    run("review", "send", case.plan, "-d", case.folder / "out")
    path = case.returned("Mia Berg", {"A-1": {"Decision": "perhaps"}})
    done = run("review", "collect", case.plan, path)
    assert done.code == 3
    assert 'Mia Berg.xlsx, sheet "Accounts", cell' in done.err
    assert '"perhaps" is no decision' in done.err


def test_planning_again_does_not_lose_a_review(case: Case) -> None:
    """Writing a plan onto one whose store holds a review is refused before the workbook is touched."""
    from bookwright import api
    from bookwright.findings import ReviewError

    case.send()
    before = case.plan.read_bytes()
    with pytest.raises(ReviewError, match="holds a review"):
        api.write(result(), case.plan)
    assert case.plan.read_bytes() == before


def test_corrections_are_accepted_by_number(case: Case, run: Run) -> None:
    """Listed with numbers; a verdict is shown afterwards."""
    import openpyxl

    run("review", "send", case.plan, "-d", case.folder / "out")
    path = case.returned("Mia Berg", {})
    book = openpyxl.load_workbook(path)
    for column, value in enumerate(("A-1", "ARR", "90000", "renewed lower"), 1):
        book["Corrections"].cell(3, column).value = value
    book.save(path)
    run("review", "collect", case.plan, path)
    assert "renewed lower" in run("review", "corrections", case.plan).out
    assert "accepted" in run("review", "corrections", case.plan, "--accept", "1").out
