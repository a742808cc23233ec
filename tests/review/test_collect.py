"""Collecting: what is read, what is named wrong and where, whose file it is, and who wins (nobody by coming last)."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bookwright import store
from bookwright.findings import ReviewError, Severity
from bookwright.review.decisions import Answer
from bookwright.review.rounds import Rounds
from bookwright.review.settle import approve, approve_exceptions, close
from bookwright.review.status import status
from tests.review.cases import NOW, Case, address, edit, headers, result

MIA, NOOR, VIK, OPS = "Mia Berg", "Noor Haddad", "Vik Rao", "operations"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A round sent by manager."""
    made = Case(tmp_path / "plan")
    made.send(due=dt.date(2026, 12, 20))
    return made


def errors(done: Any) -> list[str]:
    """Codes and cells of the wrong edits."""
    return [f"{f.code} {f.sheet}!{f.cells[0]}" for f in done.findings if f.severity is Severity.ERROR]


def test_answers_are_recorded_with_who_where_and_why(case: Case) -> None:
    """Each decision carries reviewer, reason, comment, file and cell; a filled override alone is an override."""
    path = case.returned(
        MIA,
        {
            "A-1": {"Decision": "Reject", "Reason": "customer asked", "Comment": " they  asked "},
            "A-3": {"Decision": "accept, hand over later", "Hand over on": dt.datetime(2027, 2, 1)},
            "A-4": {"Override": "c2"},
            "S-1": {"Decision": "data is wrong", "Comment": "is Enterprise"},
        },
    )
    done = case.collect(path)
    new = {d.account_id: d for d in done.files[0].new}
    assert done.exit_code == 0
    assert (new["A-1"].answer, new["A-1"].reason, new["A-1"].comment) == (Answer.REJECT, "customer asked", "they asked")
    assert new["A-1"].reviewer == MIA
    assert (new["A-1"].file, new["A-1"].cell) == (path.name, "Accounts!" + address(path, "A-1", "Decision"))
    assert (new["A-3"].answer, new["A-3"].hand_over_on) == (Answer.ACCEPT_LATER, dt.date(2027, 2, 1))
    assert (new["A-4"].answer, new["A-4"].csm_id) == (Answer.OVERRIDE, "C2")
    assert new["S-1"].answer is Answer.DATA_IS_WRONG


WRONG = [
    ("A-1", {"Decision": "acept"}, "unknown_word", "Decision", 'Maybe "accept".'),
    ("A-1", {"Override": "Bne Okafor"}, "unknown_csm", "Override", 'Maybe "Ben Okafor".'),
    ("A-1", {"Decision": "override"}, "override_without_csm", "Override", ""),
    ("A-1", {"Decision": "reject", "Override": "Ben Okafor"}, "two_answers", "Override", ""),
    ("A-1", {"Decision": "accept, hand over later"}, "later_without_date", "Hand over on", ""),
    ("A-1", {"Decision": "accept", "Hand over on": "2027-02-01"}, "date_without_later", "Hand over on", ""),
    ("A-1", {"Hand over on": "2027-02-01"}, "no_decision", "Decision", ""),
    ("A-1", {"Decision": "accept, hand over later", "Hand over on": "2027-04-02"}, "date_outside", "Hand over on", ""),
    ("A-1", {"Decision": "accept, hand over later", "Hand over on": "soon"}, "no_date", "Hand over on", ""),
    ("A-1", {"Decision": "accept, hand over later", "Hand over on": "02/03/2027"}, "two_dates", "Hand over on", ""),
    ("A-1", {"Decision": "=B3"}, "formula", "Decision", "Maybe type the word itself."),
    ("S-1", {"Decision": "reject"}, "not_offered", "Decision", ""),
    ("N-1", {"Decision": "reject"}, "not_offered", "Decision", ""),
    ("A-4", {"Decision": "reject"}, "not_offered", "Decision", ""),
]


@pytest.mark.parametrize(("account_id", "cells", "code", "title", "advice"), WRONG)
def test_each_wrong_edit_is_named_by_file_sheet_and_cell(
    case: Case, account_id: str, cells: dict[str, Any], code: str, title: str, advice: str
) -> None:
    """A wrong cell is not guessed at: it is named, everything else in the file is recorded, exit 3."""
    reviewer = NOOR if account_id == "N-1" else MIA
    good = {"B-1": {"Decision": "accept"}} if reviewer == NOOR else {"A-2": {"Decision": "accept"}}
    path = case.returned(reviewer, {account_id: cells, **good})
    done = case.collect(path)
    assert errors(done) == [f"{code} Accounts!{address(path, account_id, title)}"]
    said = next(f for f in done.findings if f.code == code)
    assert said.file == path.name
    assert said.text.startswith(f'{path.name}, sheet "Accounts", cell {address(path, account_id, title)}: ')
    assert advice in said.text
    assert [d.account_id for d in done.files[0].new] == list(good)
    assert done.exit_code == 3


def test_just_inside_the_dates_is_fine(case: Case) -> None:
    """Ninety days after the effective date is the last day, and a date that is one day in range needs no question."""
    later = {"Decision": "accept, hand over later"}
    days = {"A-1": "2027-04-01", "A-2": "31.01.2027", "A-3": "13/01/2027"}
    done = case.collect(case.returned(MIA, {a: {**later, "Hand over on": d} for a, d in days.items()}))
    assert errors(done) == []
    assert [str(d.hand_over_on) for d in done.files[0].new] == ["2027-01-13", "2027-01-31", "2027-04-01"]


def test_an_override_to_the_proposed_csm_is_to_accept_and_to_todays_is_to_reject(case: Case) -> None:
    """What is meant counts, so that two managers who want the same are not in conflict."""
    case.collect(case.returned(MIA, {"A-1": {"Override": "Cleo Tan"}, "A-2": {"Override": "Ana Ruiz"}}))
    done = case.collect(case.returned(NOOR, {"A-1": {"Decision": "accept"}, "A-2": {"Decision": "reject"}}))
    assert done.merged.conflicts == ()
    assert {a: d.answer for a, d in done.merged.decisions.items()} == {"A-1": Answer.ACCEPT, "A-2": Answer.REJECT}
    assert done.merged.decisions["A-1"].reviewer == f"{MIA}, {NOOR}"


def test_an_unknown_reason_is_kept_as_a_comment(case: Case) -> None:
    """The decision is not lost for it; the text stays readable."""
    done = case.collect(case.returned(MIA, {"A-1": {"Decision": "reject", "Reason": "capacty"}}))
    assert [(f.code, f.advice) for f in done.findings] == [("unknown_reason", 'Maybe "capacity".')]
    assert (done.files[0].new[0].reason, done.files[0].new[0].comment) == ("other", "capacty")
    assert done.exit_code == 0


def test_an_override_against_a_rule_is_an_exception_and_waits_for_approval(case: Case) -> None:
    """Cleo does not cover SMB: recorded, listed with the rule, approved by name."""
    done = case.collect(case.returned(MIA, {"S-1": {"Override": "Cleo Tan"}}))
    assert [f.code for f in done.findings] == ["exception"]
    assert "does not cover SMB" in done.findings[0].message
    before = status(case.store, now=NOW).exceptions
    assert [(e.account_id, e.csm_id, e.rules, e.approved) for e in before] == [("S-1", "C3", ("segments",), False)]
    assert [e.account_id for e in approve_exceptions(case.store, who="Dana", now=NOW)] == ["S-1"]
    assert [e.approved for e in status(case.store, now=NOW).exceptions] == [True]
    assert approve_exceptions(case.store, who="Dana", now=NOW) == ()


def test_an_override_that_a_never_bars_is_refused(tmp_path: Path) -> None:
    """A never pair is no exception: the cell is named and nothing is recorded."""
    from bookwright.portfolio import Wish, WishKind

    never = Wish(kind=WishKind.NEVER, account_id="A-1", other="C2")
    case = Case(tmp_path / "plan", result(wishes=(never,)))
    case.send()
    done = case.collect(case.returned(MIA, {"A-1": {"Override": "Ben Okafor"}}))
    assert [e.split()[0] for e in errors(done)] == ["refused_override"]
    assert done.merged.decisions == {}


def test_managers_who_differ_are_in_conflict_and_a_workbook_asks(case: Case) -> None:
    """Both sides of a move answer for it; exit 6; what is decided in the Conflicts workbook stands, in any order."""
    mia = case.returned(MIA, {"A-1": {"Decision": "reject", "Reason": "executive sponsor"}})
    noor = case.returned(NOOR, {"A-1": {"Decision": "accept"}})
    done = case.collect(noor, mia)
    assert done.exit_code == 6
    assert [c.account_id for c in done.merged.conflicts] == ["A-1"]
    assert done.conflicts_file is not None
    said = openpyxl.load_workbook(done.conflicts_file)["Conflicts"]["F3"].value
    assert said.splitlines() == [
        f"Mia Berg: reject (executive sponsor), Mia Berg.xlsx Accounts!{address(mia, 'A-1', 'Decision')}",
        f"Noor Haddad: accept, Noor Haddad.xlsx Accounts!{address(noor, 'A-1', 'Decision')}",
    ]
    edit(done.conflicts_file, {"A-1": {"Decision": "reject"}}, sheet="Conflicts")
    settled = case.collect(done.conflicts_file)
    assert settled.exit_code == 0
    assert settled.merged.decisions["A-1"].answer is Answer.REJECT
    assert settled.merged.decisions["A-1"].reviewer == OPS
    assert case.collect(mia, noor).exit_code == 0
    assert len(case.standing()) == 3


def test_a_ruling_does_not_cover_what_is_said_later(case: Case) -> None:
    """An answer that came after the ruling, and differs from it, is a new conflict."""
    mia, noor = (case.returned(m, {"A-1": {"Decision": a}}) for m, a in ((MIA, "reject"), (NOOR, "accept")))
    path = case.collect(mia, noor).conflicts_file
    assert path is not None
    edit(path, {"A-1": {"Decision": "reject"}}, sheet="Conflicts")
    assert case.collect(path).exit_code == 0
    done = case.collect(case.returned(NOOR, {"A-1": {"Override": "Dev Patel"}}, "again.xlsx"))
    assert [c.account_id for c in done.merged.conflicts] == ["A-1"]


def test_a_conflicts_workbook_being_filled_in_is_not_replaced(case: Case) -> None:
    """Collecting again while somebody decides leaves their file as it is."""
    mia, noor = (case.returned(m, {"A-1": {"Decision": a}}) for m, a in ((MIA, "reject"), (NOOR, "accept")))
    path = case.collect(mia, noor).conflicts_file
    assert path is not None
    edit(path, {"A-1": {"Comment": "thinking"}}, sheet="Conflicts")
    edited = path.read_bytes()
    assert case.collect(mia).conflicts_file == path
    assert path.read_bytes() == edited
    other = case.returned(NOOR, {"A-2": {"Decision": "accept"}}, "b.xlsx")
    case.collect(other, case.returned(MIA, {"A-2": {"Decision": "reject"}}, "c.xlsx"))
    assert path.read_bytes() == edited


def test_a_changed_mind_needs_replace(case: Case) -> None:
    """Two files of one reviewer that differ are a conflict; with --replace the first is withdrawn for good."""
    first = case.returned(MIA, {"A-1": {"Decision": "reject"}, "A-3": {"Decision": "accept"}}, "first.xlsx")
    second = case.returned(MIA, {"A-1": {"Decision": "accept"}}, "second.xlsx")
    case.collect(first)
    assert case.collect(second).exit_code == 6
    done = case.collect(replace=(second,))
    assert done.exit_code == 0
    assert {a: d.answer for a, d in done.merged.decisions.items()} == {"A-1": Answer.ACCEPT}
    assert case.collect(first).merged.decisions == done.merged.decisions
    with Rounds(case.store) as rounds:
        gone = [d for d in rounds.decisions(withdrawn=True) if d.withdrawn_by]
    assert {(d.account_id, d.withdrawn_by) for d in gone} == {("A-1", "second.xlsx"), ("A-3", "second.xlsx")}


def test_nothing_is_replaced_by_a_file_with_wrong_cells(case: Case) -> None:
    """Earlier answers are not given up for a file that cannot be read whole."""
    case.collect(case.returned(MIA, {"A-1": {"Decision": "reject"}}, "first.xlsx"))
    done = case.collect(replace=(case.returned(MIA, {"A-1": {"Decision": "yes please"}}, "second.xlsx"),))
    assert "not_replaced" in {f.code for f in done.findings}
    assert done.merged.decisions["A-1"].answer is Answer.REJECT


def test_corrections_are_listed_for_operations(case: Case) -> None:
    """Rows of the Corrections sheet are recorded once; half rows and strangers are named; verdicts are kept."""
    path = case.returned(MIA, {})
    book = openpyxl.load_workbook(path)
    page = book["Corrections"]
    rows = [
        ("00123", "ARR", 60000, "signed in May"),
        ("A-9", "ARR", 1, None),
        ("A-1", None, "x", None),
        (123, "Segment", "SMB", None),
    ]
    for r, row in enumerate(rows, 3):
        for c, value in enumerate(row, 1):
            page.cell(r, c).value = value
    book.save(path)
    done = case.collect(path, path)
    assert sorted(errors(done)[:2]) == ["half_correction Corrections!B5", "unknown_account Corrections!A4"]
    found = status(case.store, now=NOW).corrections
    assert [(c.account_id, c.column, c.should_be) for c in found] == [
        ("00123", "ARR", "60000"),
        ("00123", "Segment", "SMB"),
    ]
    with Rounds(case.store) as rounds:
        rounds.judge([found[0].id], "accepted", "Dana")
    assert [c.verdict for c in status(case.store, now=NOW).corrections] == ["accepted", ""]


def test_sheets_renamed_rows_sorted_filtered_hidden_and_ids_as_numbers(case: Case) -> None:
    """What a spreadsheet service does to a file changes no answer."""
    path = case.returned(MIA, {"00123": {"Decision": "accept"}, "A-1": {"Decision": "reject"}})
    book = openpyxl.load_workbook(path)
    page = book["Accounts"]
    columns = headers(page)
    rows = [[c.value for c in row] for row in page.iter_rows(min_row=3)]
    for r, row in enumerate(reversed(rows), 3):
        for c, value in enumerate(row, 1):
            live = isinstance(value, str) and value.startswith("=IF")
            page.cell(r, c).value = 123 if value == "00123" else "gone" if live else value
            if isinstance(value, str) and value.startswith("=SUM"):
                page.cell(r, c).data_type = "s"
    page.title = "Konten"
    page.column_dimensions["B"].hidden = True
    page.row_dimensions[5].hidden = True
    page.auto_filter.add_filter_column(columns["Decision"] - 1, ["accept"])
    book.custom_doc_props = openpyxl.packaging.custom.CustomPropertyList()
    del book["Bookwright"]
    del book["Books"]
    book.save(path)
    done = case.collect(path)
    assert errors(done) == []
    assert {d.account_id: d.answer for d in done.files[0].new} == {"00123": Answer.ACCEPT, "A-1": Answer.REJECT}


def test_partly_sorted_columns_are_caught(case: Case) -> None:
    """Ids sorted without the rest: no answer is taken, each row is named."""
    path = case.returned(MIA, {"A-1": {"Decision": "reject"}, "A-3": {"Decision": "accept"}})
    book = openpyxl.load_workbook(path)
    page = book["Accounts"]
    ids = [page.cell(r, 1).value for r in range(3, page.max_row + 1)]
    for r, value in enumerate(sorted(ids, reverse=True), 3):
        page.cell(r, 1).value = value
    book.save(path)
    done = case.collect(path)
    assert done.files[0].new == ()
    assert {e.split()[0] for e in errors(done)} == {"scrambled_row"}


def test_find_and_replace_over_names_is_caught(case: Case) -> None:
    """A locked cell that changed speaks against the row, by address, with both values."""
    path = case.returned(MIA, {"A-1": {"Decision": "reject", "Proposed CSM": "Ben Okafor"}})
    done = case.collect(path)
    assert errors(done) == [f"scrambled_row Accounts!{address(path, 'A-1', 'Proposed CSM')}"]
    assert '"Ben Okafor" where "Cleo Tan" was sent' in done.findings[0].message


def test_a_copied_row_with_another_answer_is_named(case: Case) -> None:
    """The same account twice with different answers: neither is taken."""
    path = case.returned(MIA, {"A-1": {"Decision": "reject"}})
    book = openpyxl.load_workbook(path)
    page = book["Accounts"]
    r = next(r for r in range(3, 30) if page.cell(r, 1).value == "A-1")
    last = page.max_row + 1
    for c in range(1, page.max_column + 1):
        page.cell(last, c).value = page.cell(r, c).value
    page.cell(last, headers(page)["Decision"]).value = "accept"
    book.save(path)
    done = case.collect(path)
    assert [e.split()[0] for e in errors(done)] == ["double_row"]
    assert done.files[0].new == ()


def test_rows_pasted_from_a_colleagues_file_are_not_read(case: Case) -> None:
    """Noor's row in Mia's file is told by its check."""
    path = case.returned(MIA, {})
    theirs = openpyxl.load_workbook(case.returned(NOOR, {"B-2": {"Decision": "accept"}}))["Accounts"]
    r = next(r for r in range(3, 30) if theirs.cell(r, 1).value == "B-2")
    book = openpyxl.load_workbook(path)
    page = book["Accounts"]
    last = page.max_row + 1
    for c in range(1, theirs.max_column + 1):
        page.cell(last, c).value = theirs.cell(r, c).value
    book.save(path)
    done = case.collect(path)
    assert [e.split()[0] for e in errors(done)] == ["row_of_another_file"]
    assert NOOR in done.findings[0].message


def test_a_file_of_another_plan_is_refused(case: Case, tmp_path: Path) -> None:
    """Exit 6, and it says which plan it belongs to."""
    other = Case(tmp_path / "other", result(plan_id="plan-2"))
    other.send()
    done = case.collect(other.returned(MIA, {"A-1": {"Decision": "reject"}}))
    assert done.exit_code == 6
    assert "belongs to another plan (plan-2)" in done.findings[0].message
    assert done.merged.decisions == {}


def test_what_is_no_workbook_at_all_is_named(case: Case) -> None:
    """A missing file, a text file, a workbook of something else: each said, and nothing else is held up."""
    text = case.folder / "notes.xlsx"
    text.write_text("Account ID,Decision\n")
    stranger = openpyxl.Workbook()
    stranger.save(case.folder / "stranger.xlsx")
    good = case.returned(MIA, {"A-1": {"Decision": "reject"}})
    done = case.collect(case.folder / "none.xlsx", text, case.folder / "stranger.xlsx", good)
    assert [f.code for f in done.findings] == ["no_file", "not_a_workbook", "foreign_file"]
    assert set(done.merged.decisions) == {"A-1"}
    assert done.exit_code == 6


def test_the_plans_own_workbook_edited_by_operations_is_a_returned_file(case: Case) -> None:
    """Decisions on its Moves sheet are operations' answers, also before anything was sent."""
    edited = case.folder / "copy.xlsx"
    shutil.copyfile(case.plan, edited)
    edit(edited, {"A-2": {"Decision": "reject"}, "00123": {"Override": "Dev Patel"}}, sheet="Moves")
    done = case.collect(edited)
    assert errors(done) == []
    assert {(d.account_id, d.answer, d.reviewer) for d in done.files[0].new} == {
        ("A-2", Answer.REJECT, OPS),
        ("00123", Answer.OVERRIDE, OPS),
    }
    mia = case.collect(case.returned(MIA, {"A-2": {"Decision": "accept"}}))
    assert [c.account_id for c in mia.merged.conflicts] == ["A-2"]


def test_a_stale_file_keeps_what_still_makes_sense(case: Case) -> None:
    """Round 2 proposes A-1 as before and A-2 otherwise: the first answer is taken over, the other listed; exit 6."""
    mia = case.returned(MIA, {"A-1": {"Decision": "accept"}, "A-2": {"Decision": "reject"}})
    second = {**dict(result().plan.by_account), "A-2": "C4"}
    store.save_round(result({a: c for a, c in second.items() if c}, plan_id="plan-1b"), case.store, 2)
    done = case.collect(mia)
    assert done.exit_code == 6
    assert [(d.account_id, d.round) for d in done.files[0].new] == [("A-1", 2)]
    assert [f.code for f in done.findings] == ["stale_file", "lapsed"]
    assert "reject by Mia Berg lapses" in done.findings[1].message


def test_closing_settles_what_nobody_answered_as_asked(case: Case) -> None:
    """Keep leaves chosen moves with today's CSM and accepts those that must be; a closed round takes no more files."""
    mia = case.returned(MIA, {"A-1": {"Decision": "accept"}})
    case.collect(mia)
    done = close(case.store, "keep", now=NOW)
    assert set(done.kept) == {"A-2", "A-3", "B-1", "00123"}
    assert set(done.accepted) == {"N-1", "S-1"}
    with pytest.raises(ReviewError, match="Round 1 was closed on 2026-12-01"):
        case.collect(mia)
    with pytest.raises(ReviewError, match="4 answers ask for something else"):
        approve(case.store, who="Dana", now=NOW)


def test_a_plan_is_sealed_once_all_is_answered(case: Case) -> None:
    """Not before; then with who, when and fingerprint; and a sealed plan is not replaced, sent or answered again."""
    with pytest.raises(ReviewError, match="7 moves have no answer"):
        approve(case.store, who="Dana", now=NOW)
    close(case.store, "accept", now=NOW)
    seal = approve(case.store, who="Dana", now=NOW)
    assert (seal.who, seal.fingerprint, seal.plan_hash) == ("Dana", "f" * 64, case.result.plan.plan_hash)
    assert status(case.store, now=NOW).seal == seal
    for again in (
        lambda: case.send(),
        lambda: case.collect(case.file(MIA)),
        lambda: approve(case.store, who="x", now=NOW),
    ):
        with pytest.raises(ReviewError, match="sealed by Dana"):
            again()
    with pytest.raises(ReviewError, match="holds a review"):
        store.save(case.result, case.store)


def test_conflicts_hold_up_closing_and_sealing(case: Case) -> None:
    """Nobody's answer is overruled by closing."""
    case.collect(*(case.returned(m, {"A-1": {"Decision": a}}) for m, a in ((MIA, "reject"), (NOOR, "accept"))))
    with pytest.raises(ReviewError, match="1 account is in conflict"):
        close(case.store, "accept", now=NOW)
    with pytest.raises(ReviewError, match="1 account is in conflict"):
        approve(case.store, who="Dana", now=NOW)


def test_status_says_who_has_answered_and_what_is_open(case: Case) -> None:
    """Per reviewer: moves in scope, answered, and how."""
    case.collect(case.returned(MIA, {"A-1": {"Decision": "reject"}, "A-3": {"Decision": "accept"}}))
    found = status(case.store, now=NOW)
    by_name = {r.name: r for r in found.reviewers}
    assert (by_name[MIA].moves, by_name[MIA].answered) == (5, 2)
    assert (by_name[NOOR].moves, by_name[NOOR].answered, by_name[NOOR].last_returned) == (4, 0, None)
    assert set(found.open_moves) == {"A-2", "B-1", "00123", "N-1", "S-1"}
    assert found.by_answer == {Answer.REJECT: 1, Answer.ACCEPT: 1}
