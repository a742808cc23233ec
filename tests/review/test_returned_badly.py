"""Files that come back in ways nobody asked for: each ends in a clear finding or a right answer, never in silence."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from tests.review.cases import Case, headers

REJECT = {"A-1": {"Decision": "reject"}}


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A round sent by manager."""
    found = Case(tmp_path / "plan")
    found.send()
    return found


def opened(path: Path) -> tuple[Any, Any, dict[str, int], dict[str, int]]:
    """A workbook, its Accounts sheet, columns by header and rows by account."""
    book = openpyxl.load_workbook(path)
    page = book["Accounts"]
    return book, page, headers(page), {page.cell(r, 1).value: r for r in range(1, page.max_row + 1)}


def stands(done: Any) -> dict[str, str]:
    """Account id -> answer of what stands."""
    return {a: d.answer.value for a, d in done.merged.decisions.items()}


def codes(done: Any) -> list[str]:
    """Codes of what was said."""
    return [f.code for f in done.findings]


def test_answers_on_a_copy_of_the_sheet_count(case: Case) -> None:
    """People copy a sheet before they work: what is filled in on either is read, and told apart where it differs."""
    path = case.returned("Mia Berg", {"A-2": {"Decision": "accept"}})
    book, page, columns, rows = opened(path)
    copy = book.copy_worksheet(page)
    copy.cell(rows["A-1"], columns["Decision"]).value = "reject"
    book.save(path)
    assert stands(case.collect(path)) == {"A-1": "reject", "A-2": "accept"}
    copy.cell(rows["A-2"], columns["Decision"]).value = "reject"
    other = path.with_name("differs.xlsx")
    book.save(other)
    done = case.collect(other)
    assert codes(done) == ["double_row"]
    assert "Accounts Copy!" in done.findings[0].text


def test_merged_cells_are_named(case: Case) -> None:
    """Only the first row of merged cells holds what is typed; the others would lose it in silence."""
    path = case.returned("Mia Berg", {})
    book, page, columns, rows = opened(path)
    first = min(rows["A-1"], rows["A-2"])
    letter = get_column_letter(columns["Decision"])
    page.cell(first, columns["Decision"]).value = "reject"
    page.merge_cells(f"{letter}{first}:{letter}{first + 1}")
    book.save(path)
    done = case.collect(path)
    assert codes(done) == ["merged_cells"]
    assert f"{letter}{first}:{letter}{first + 1} are merged" in done.findings[0].text
    assert done.exit_code == 3


@pytest.mark.parametrize("title", ["Hand over on", "Override", "Reason", "Comment"])
def test_an_input_column_with_another_header_is_missed(case: Case, title: str) -> None:
    """What stands under it cannot be read; the rest of the file is."""
    path = case.returned("Mia Berg", REJECT)
    book, page, columns, _ = opened(path)
    page.cell(2, columns[title]).value = "Who?"
    book.save(path)
    done = case.collect(path)
    assert codes(done) == ["column_gone"]
    assert f'no column "{title}"' in done.findings[0].text
    assert stands(done) == {"A-1": "reject"}


def test_no_decision_column_at_all_blames_no_other_sheet(case: Case) -> None:
    """The message names the file; the Corrections sheet has no part in it."""
    path = case.returned("Mia Berg", REJECT)
    book, page, columns, _ = opened(path)
    page.cell(2, columns["Decision"]).value = "My decision"
    book.save(path)
    done = case.collect(path)
    assert codes(done) == ["no_answers"]
    assert "Corrections" not in done.findings[0].text


def test_two_files_cannot_both_replace(case: Case) -> None:
    """The last file does not win here either: with two of one reviewer none is taken, in any order."""
    one = case.returned("Mia Berg", REJECT, "one.xlsx")
    two = case.returned("Mia Berg", {"A-1": {"Decision": "accept"}}, "two.xlsx")
    for files in ((one, two), (two, one)):
        done = case.collect(replace=files)
        assert codes(done) == ["replaced_twice"] * 2
        assert stands(done) == {}
    assert stands(case.collect(replace=(two, two))) == {"A-1": "accept"}


def test_what_a_file_is_called_does_not_matter(case: Case) -> None:
    """A workbook without an ending, or with another one, is told by its content."""
    path = case.returned("Mia Berg", REJECT)
    for name in ("answers", "answers.xlsm", "answers.xls"):
        other = path.with_name(name)
        shutil.copy(path, other)
        done = case.collect(replace=(other,))
        assert stands(done) == {"A-1": "reject"}, name


def test_a_folder_and_a_csv_of_the_sheet_are_named(case: Case) -> None:
    """Neither is a workbook; each says what to give instead."""
    path = case.returned("Mia Berg", REJECT)
    with (path.parent / "sheet.csv").open("w", newline="") as file:
        csv.writer(file).writerows([c.value for c in r] for r in opened(path)[1].iter_rows())
    done = case.collect(path.parent, path.parent / "sheet.csv")
    assert codes(done) == ["folder", "not_a_workbook"]
    assert "*.xlsx" in done.findings[0].text
    assert stands(done) == {}


def test_a_file_without_its_check_column_is_still_told_and_one_without_anything_is_not(case: Case) -> None:
    """The hidden sheet names it; rows pasted into a new workbook without the hidden column are refused."""
    path = case.returned("Mia Berg", REJECT)
    book, page, columns, _ = opened(path)
    rows = [[c.value for c in r if c.column != columns["Check"]] for r in page.iter_rows()]
    page.delete_cols(columns["Check"])
    book.save(path)
    assert stands(case.collect(path)) == {"A-1": "reject"}
    bare = openpyxl.Workbook()
    for row in rows:
        bare.active.append(row)
    bare.save(path.with_name("bare.xlsx"))
    done = case.collect(path.with_name("bare.xlsx"))
    assert codes(done) == ["foreign_file"]
    assert done.exit_code == 6
