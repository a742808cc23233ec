"""A review round with a real spreadsheet program in the middle: what comes back differs in the edits only."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bookwright.review.decisions import Answer
from bookwright.review.proposal import propose
from bookwright.review.scope import Scope, scopes
from bookwright.review.totals import totals
from bookwright.store import load
from tests.office.test_plan_workbook import convert
from tests.review.cases import NOW, Case, headers

pytestmark = pytest.mark.office

REVIEWER = "Mia Berg"
EDITS = {
    "A-1": {"Decision": "reject", "Reason": "customer asked", "Comment": "Ünï – they asked"},
    "A-2": {"Override": "Dev Patel"},
    "A-5": {"Override": "Ben Okafor", "Reason": "capacity"},
    "00123": {"Decision": "accept, hand over later", "Hand over on": "2027-02-15"},
    "S-1": {"Decision": "accept"},
}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A round sent by manager."""
    made = Case(tmp_path_factory.mktemp("round"))
    made.send()
    return made


@pytest.fixture(scope="module")
def resaved(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mia's workbook with her edits, recalculated and saved by LibreOffice."""
    edited = case.returned(REVIEWER, EDITS)
    return convert(edited, "xlsx", tmp_path_factory.mktemp("resaved") / "out")


def test_an_untouched_file_comes_back_without_a_difference(case: Case, tmp_path: Path) -> None:
    """Opened and saved by LibreOffice, nothing edited: no answer, no finding."""
    done = case.collect(convert(case.file("Noor Haddad"), "xlsx", tmp_path / "out"))
    assert [f.text for f in done.findings] == []
    assert done.files[0].reviewer == "Noor Haddad"
    assert done.files[0].new == ()


def test_exactly_the_edits_come_back(case: Case, resaved: Path) -> None:
    """Five edits, five answers, told by account; the text of a comment survives."""
    done = case.collect(resaved)
    assert [f.text for f in done.findings] == []
    new = {d.account_id: d for d in done.files[0].new}
    assert {a: (d.answer, d.csm_id) for a, d in new.items()} == {
        "A-1": (Answer.REJECT, None),
        "A-2": (Answer.OVERRIDE, "C4"),
        "A-5": (Answer.OVERRIDE, "C2"),
        "00123": (Answer.ACCEPT_LATER, None),
        "S-1": (Answer.ACCEPT, None),
    }
    assert new["A-1"].comment == "Ünï – they asked"
    assert new["A-1"].reason == "customer asked"
    assert str(new["00123"].hand_over_on) == "2027-02-15"


def test_its_live_totals_equal_ours(case: Case, resaved: Path) -> None:
    """Hours, utilization, ARR and accounts as decided, recalculated by LibreOffice, follow the decisions."""
    proposal = propose(load(case.store), NOW.date())
    scope = next(s for s in scopes(proposal, "manager") if s.name == REVIEWER)
    decided = {**proposal.after, "A-1": "C1", "A-2": "C4", "A-5": "C2"}
    page = openpyxl.load_workbook(resaved, data_only=True)["Books"]
    live = live_totals(page)
    ours = {proposal.csm_label(t.csm_id): t for t in totals(proposal, scope, decided)}
    assert set(ours) < set(live)
    for name, total in ours.items():
        assert live[name] == pytest.approx((total.hours, total.utilization, total.arr, total.accounts)), name
    assert live["All books"][2] == pytest.approx(sum(t.arr for t in ours.values()))
    assert changed_books(proposal, scope) != live


def test_planned_values_are_stored_for_previews(case: Case) -> None:
    """Before any program calculates, the file shows the proposed numbers in its live cells."""
    proposal = propose(load(case.store), NOW.date())
    scope = next(s for s in scopes(proposal, "manager") if s.name == REVIEWER)
    live = live_totals(openpyxl.load_workbook(case.file(REVIEWER), data_only=True)["Books"])
    for name, total in changed_books(proposal, scope).items():
        assert live[name] == pytest.approx(total), name


def live_totals(page: object) -> dict[str, tuple[float, ...]]:
    """CSM -> hours, utilization, ARR, accounts as decided."""
    titles = ("Hours as decided", "Utilization as decided", "ARR as decided", "Accounts as decided")
    row = next(r for r in page.iter_rows(max_row=5) if r[0].value == "CSM")  # type: ignore[attr-defined]
    columns = {c.value: c.column - 1 for c in row}
    rows = page.iter_rows(min_row=row[0].row + 1)  # type: ignore[attr-defined]
    return {r[0].value: tuple(r[columns[t]].value for t in titles) for r in rows if r[0].value}


def changed_books(proposal: object, scope: Scope) -> dict[str, tuple[float, ...]]:
    """The totals as proposed."""
    found = totals(proposal, scope, proposal.after)  # type: ignore[attr-defined, arg-type]
    return {
        proposal.csm_label(t.csm_id): (t.hours, t.utilization, t.arr, t.accounts)  # type: ignore[attr-defined, misc]
        for t in found
    }


def test_drop_downs_locks_and_hidden_parts_survive(case: Case, resaved: Path) -> None:
    """After LibreOffice: only the five input columns are unlocked, lists are bound, the check column is hidden."""
    book = openpyxl.load_workbook(resaved)
    page = book["Accounts"]
    columns = headers(page)
    assert page.protection.sheet
    row = next(page.iter_rows(min_row=3, max_row=3))
    unlocked = {title for title, k in columns.items() if not row[k - 1].protection.locked}
    assert unlocked == {"Decision", "Hand over on", "Override", "Reason", "Comment"}
    sources = " ".join(v.formula1 or "" for v in page.data_validations.dataValidation)
    assert "MayTake1" in sources
    assert "DecisionsForced" in sources
    assert page.column_dimensions[row[columns["Check"] - 1].column_letter].hidden
    assert book["Bookwright"].sheet_state == "hidden"
