"""The Touchpoints and Segments sheets: words as people write them, and what is refused."""

from __future__ import annotations

from pathlib import Path

from bookwright.portfolio import SegmentRow, TouchpointRow
from bookwright.tables import read
from bookwright.tables.write_input import write_portfolio
from tests.tables.books import CSMS, HEADERS, codes, said, workbook

ACCOUNT = ("A1", "Name", "SMB", 1000, "Ana Lopez")


def test_words_are_understood_and_rows_kept(tmp_path: Path) -> None:
    """Monthly is month, one-time is once; a row without hours is left out and said."""
    head = ("Segment", "Touchpoint", "Hours", "Times", "Cadence", "Channel", "Before renewal", "Automatable")
    rows = (
        head,
        ("SMB", "Call", 0.5, 2, "Monthly", "human", None, 0.3),
        ("SMB", "Kick-off", "1,5", None, "one-time", "tech touch", "yes", None),
        ("SMB", "Nothing", None, 1, "year", None, None, None),
    )
    facts, findings = read(workbook(tmp_path / "b.xlsx", Accounts=[HEADERS, ACCOUNT], CSMs=CSMS, Touchpoints=rows))
    first, second = facts.touchpoints
    assert (first.per, first.times, first.automatable_percent) == ("month", 2, 30)
    assert (second.per, second.hours, second.channel, second.before_renewal) == ("once", 1.5, "digital", True)
    assert said(findings, "bad_touchpoint").cells


def test_an_unknown_word_stops(tmp_path: Path) -> None:
    """A cadence nobody knows would change every book: an error, with its cell."""
    rows = (("Segment", "Touchpoint", "Hours each", "Per"), ("SMB", "Call", 1, "fortnight"))
    _, findings = read(workbook(tmp_path / "b.xlsx", Accounts=[HEADERS, ACCOUNT], CSMs=CSMS, Touchpoints=rows))
    assert said(findings, "bad_touchpoint").cells == ("D2",)
    assert "bad_touchpoint" in codes(findings, "error")


def test_segment_rules_name_our_columns_or_the_users(tmp_path: Path) -> None:
    """Annual Recurring Revenue is our ARR, Users the user's own; a column that is nowhere is an error."""
    rows = (
        ("Segment", "Column", "At least", "Below", "One of"),
        ("Big", "Annual Recurring Revenue", 5000, None, None),
        ("Big", "users", 10, None, None),
        ("Small", "Planet", None, None, "Mars"),
    )
    book = workbook(tmp_path / "b.xlsx", Accounts=[(*HEADERS, "Users"), (*ACCOUNT, 7)], CSMs=CSMS, Segments=rows)
    facts, findings = read(book)
    assert [r.column for r in facts.segment_rows] == ["arr", "Users", ""]
    assert said(findings, "bad_segment").cells == ("B4",)


def test_both_sheets_survive_writing_and_reading(tmp_path: Path) -> None:
    """What is written reads back as the same facts."""
    facts, _ = read(workbook(tmp_path / "b.xlsx", Accounts=[HEADERS, ACCOUNT], CSMs=CSMS))
    touchpoints = (TouchpointRow(segment="SMB", name="Call", hours=0.25, times=3, per="quarter", months=2, row=2),)
    lines = (SegmentRow(segment="SMB", column="arr", below=5000.0, new_accounts_percent=12.0, row=2),)
    facts = facts.model_copy(update={"touchpoints": touchpoints, "segment_rows": lines})
    again, _ = read(write_portfolio(facts, tmp_path / "out.xlsx"))
    assert again.touchpoints == touchpoints
    assert again.segment_rows == lines
