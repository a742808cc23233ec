"""Before its Announce on, nothing that is sent reveals a departure or a new colleague: files, lists, the page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bookwright import api_review
from bookwright.findings import ReviewError
from tests.report.builders import csm
from tests.review.cases import MOVES, NOW, Case, headers, result, team
from tests.review.test_send import parts, serials
from tests.test_cli import Run, run

__all__ = ["run"]
SOON = NOW.date() + dt.timedelta(days=9)
START = {"start_date": dt.date(2026, 12, 14), "announce_on": SOON}
LEAVES = {"end_date": dt.date(2027, 1, 31), "announce_on": SOON}


def case(folder: Path, **update: dict[str, Any]) -> Case:
    """The team and Eve, who is new and gets A-1, A-2 and N-1 in the plan; some CSMs changed."""
    eve = csm("C5", "Eve Lind", manager="Noor Haddad")
    csms = tuple(c.model_copy(update=update.get(c.id, {})) for c in (*team(), eve))
    return Case(folder, result({**MOVES, "A-1": "C5", "A-2": "C5", "N-1": "C5"}, csms=csms))


def test_sending_is_refused_while_it_would_reveal_a_new_colleague(tmp_path: Path) -> None:
    """Eve has not started: the moves to her are named with the files they would stand in; on the day, sent."""
    mine = case(tmp_path / "plan", C5=START)
    with pytest.raises(ReviewError) as refused:
        mine.send()
    said = str(refused.value)
    assert f"Eve Lind, until {SOON}" in said
    assert "A-1" in said
    assert "go to this book (in the files of Mia Berg, Noor Haddad" in said
    assert len(mine.send(now=NOW + dt.timedelta(days=9)).files) == 4


@pytest.mark.parametrize("by", ["manager", "csm"])
def test_held_back_a_new_colleague_is_in_no_part_of_any_file(tmp_path: Path, by: str) -> None:
    """Neither as a book, nor in a list, nor as a reviewer; the accounts meant for her stand as today."""
    mine = case(tmp_path / "plan", C5={**START, "name": "Quirina Zabel", "email": "zabel@example.com"})
    sent = mine.send(hold_back=True, by=by)
    assert {a for _, a in sent.held_back} >= {"Account A-1 (A-1)", "Account A-2 (A-2)"}
    for file in sent.files:
        for name, text in parts(file.path).items():
            assert "zabel" not in text.lower(), (file.path.name, name)
            assert serials(START["start_date"]) not in text
    if by == "manager":
        page = openpyxl.load_workbook(mine.file("Mia Berg"))["Accounts"]
        columns = headers(page)
        rows = {page.cell(r, 1).value: r for r in range(3, page.max_row + 1)}
        assert page.cell(rows["A-1"], columns["Proposed CSM"]).value == "Ana Ruiz"


def test_a_colleague_who_has_started_is_no_secret(tmp_path: Path) -> None:
    """Announce on is about what is still to come: with no departure and a start in the past it holds nothing back."""
    mine = case(tmp_path / "plan", C5={"start_date": NOW.date(), "announce_on": SOON})
    assert mine.send().held_back == ()


@pytest.mark.parametrize(("csm_id", "facts", "verb"), [("C1", LEAVES, "leave the book"), ("C5", START, "go to this")])
def test_the_page_is_refused_too(tmp_path: Path, csm_id: str, facts: dict[str, Any], verb: str) -> None:
    """What shows the whole plan names the moves it would reveal, until the day."""
    mine = case(tmp_path / "plan", **{csm_id: facts})
    with pytest.raises(ReviewError, match=f"(?s)The page would reveal.*{verb}"):
        api_review.refuse_unannounced(mine.result, "The page", today=NOW.date())
    api_review.refuse_unannounced(mine.result, "The page", today=SOON)


def test_the_command_keeps_the_plan_and_writes_no_page(tmp_path: Path, run: Run) -> None:
    """Exit 6 with the list, the plan written and told."""
    book = tmp_path / "team.xlsx"
    assert run("generate", book, "--accounts", "40", "--csms", "4", "--occasion", "departure").code == 0
    sheets = openpyxl.load_workbook(book)
    page = sheets["CSMs"]
    head = next(r for r in page.iter_rows(max_row=5) if any(c.value == "Announce on" for c in r))
    at = {c.value: c.column for c in head}
    leaving = [r for r in range(head[0].row + 1, page.max_row + 1) if page.cell(r, at["End date"]).value]
    assert leaving
    for r in leaving:
        page.cell(r, at["Announce on"]).value = dt.date.today() + dt.timedelta(days=2)
    sheets.save(book)
    ran = run("plan", book, "--effort", "10", "-q", "--html", tmp_path / "page.html")
    assert ran.code == 6
    assert "would reveal departures" in ran.err
    assert "Plan: " in ran.out
    assert (tmp_path / "team plan.xlsx").exists()
    assert not (tmp_path / "page.html").exists()
