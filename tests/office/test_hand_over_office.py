"""Hand-over workbooks in a real spreadsheet program: a page per account, and a checklist that survives a save."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import openpyxl
import pytest

from bookwright.api_export import collect_checklists, hand_over
from bookwright.export.brief_sheets import COMING
from tests.export.test_refusals import write
from tests.office.test_plan_workbook import convert
from tests.review.cases import NOW, Case, edit

pytestmark = pytest.mark.office


def pages(pdf: Path) -> list[str]:
    """The text of each page."""
    told = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True, text=True).stdout
    return told.split("\f")[:-1]


def test_one_page_per_account(tmp_path: Path) -> None:
    """Even with more contacts and work than fit, an account takes one page, with its steps at the end."""
    case = Case(tmp_path)
    heads = ("Contact ID", "Account ID", "First Name", "Last Name", "Email")
    contacts = write(tmp_path / "contacts.csv", heads, *((str(k), "A-1", "Given", f"Name{k}", "x") for k in range(30)))
    heads = ("Task ID", "Account ID", "Subject", "Status")
    tasks = write(tmp_path / "tasks.csv", heads, *((str(k), "A-1", f"Task {k} " * 12, "Open") for k in range(30)))
    hand_over(case.plan, tmp_path / "ho", children=[contacts, tasks], today=NOW.date())
    found = pages(convert(tmp_path / "ho" / "Hand-over Cleo Tan.xlsx", "pdf", tmp_path / "out"))
    assert len(found) == 3 + 3  # Read me, what comes, what leaves; three accounts
    page = next(p for p in found[3:] if "Account A-1" in p)
    for text in ("Hand-over", "Systems updated", "... and 20 more", "... and 14 more", "Name9"):
        assert text in page


def test_a_checklist_saved_by_libreoffice_is_read(tmp_path: Path) -> None:
    """Days typed in and saved by another program come back as those days."""
    case = Case(tmp_path)
    hand_over(case.plan, tmp_path / "ho", today=NOW.date())
    book = tmp_path / "ho" / "Hand-over Cleo Tan.xlsx"
    title = openpyxl.load_workbook(book)[COMING]["I2"].value
    edit(book, {"A-1": {title: dt.datetime(2026, 11, 20), "Comment": "Ünï"}}, COMING)
    (read,) = collect_checklists(case.plan, [convert(book, "xlsx", tmp_path / "out")], now=NOW)
    assert read.findings == ()
    assert [(d.account_id, d.step, d.done_on) for d in read.new] == [("A-1", "Internal brief", dt.date(2026, 11, 20))]
