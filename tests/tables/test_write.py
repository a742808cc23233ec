"""Writing workbooks: text stays text, files are whole or absent, inputs are never written onto."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright.findings import UsageError
from bookwright.tables import write as write_module
from bookwright.tables.write import LONGEST_TEXT, write
from bookwright.tables.write_file import place
from bookwright.tables.write_sheets import (
    Cell,
    Column,
    Formula,
    Kind,
    Look,
    Mark,
    Sheet,
    Table,
    Value,
    Workbook,
    letters_of,
    sheet_name,
)

STRANGE = ["00123", "=1+1", "-Dash", "+49 30", "@SUM(1)", "NA", "1e5", "TRUE", "#N/A", "http://x.y", "{=1}", "<r>x</r>"]
STRANGE += [
    "  spaced  ",
    "line\nbreak",
    "Zoë 株式会社 😀",
    "'quoted",
    '"',
    "&<>",
    "0x1F",
    "1/2",
    "None",
    "mailto:a@b",
    "<t>",
]


def book(rows: list[tuple[Value, ...]], *kinds: Kind, **more: object) -> Workbook:
    """A workbook of one sheet with one table."""
    width = len(rows[0]) if rows else len(kinds)
    columns = tuple(Column(f"C{k}", kinds[k] if k < len(kinds) else Kind.ANY) for k in range(width))
    return Workbook((Sheet("Data", (Table(columns, rows),)),), **more)  # type: ignore[arg-type]


def cells(path: Path, sheet: str = "Data") -> list[list[object]]:
    """What stands below the headers, as openpyxl reads it."""
    page = openpyxl.load_workbook(path, rich_text=False)[sheet]
    return [[c.value for c in row] for row in page.iter_rows(min_row=2)]


@pytest.mark.parametrize("streamed", [False, True])
def test_text_comes_out_exactly_as_it_went_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: bool) -> None:
    """Leading zeros, formulas, error words, links, markup: all text, in small and in streamed tables."""
    if streamed:
        monkeypatch.setattr(write_module, "LARGE_CELLS", 0)
    path = write(book([(t, t) for t in STRANGE], Kind.TEXT, Kind.ANY), tmp_path / "a.xlsx").path
    page = openpyxl.load_workbook(path)["Data"]
    for row, text in enumerate(STRANGE, 2):
        for column in (1, 2):
            found = page.cell(row, column)
            assert (found.value, found.data_type) == (text, "s"), text


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r", min_codepoint=32), min_size=1), min_size=1)
)
def test_any_printable_text_survives(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Whatever people type. (A text like _x0041_ is escaped as Excel does, which openpyxl does not undo.)"""
    texts = [t for t in texts if not re.search(r"_x[0-9a-fA-F]{4}_|[\x7f-\x9f\ufffe\uffff]", t)] or ["a"]
    path = write(book([(t,) for t in texts], Kind.TEXT), tmp_path_factory.mktemp("w") / "a.xlsx").path
    assert [row[0] for row in cells(path)] == texts


def seen(cell: Any, *, inline: bool = False) -> tuple[object, ...]:
    """A cell as Excel shows it: openpyxl undoes Excel's escape of an escape in shared text, but not inline."""
    value = cell.value.replace("x005F_", "") if inline and isinstance(cell.value, str) else cell.value
    return value, cell.data_type, cell.number_format


def test_streamed_rows_are_the_same_as_written_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of value in every kind of column: same values, types and styles, above, in and below the stream."""
    values: list[Value] = [*STRANGE, None, "", 0, -3, 2.5, 10**20, True, False, float("nan"), float("-inf"), 1e300]
    values += [
        dt.date(2027, 1, 1),
        dt.date(1900, 1, 1),
        dt.date(1900, 3, 1),
        dt.date(1850, 1, 1),
        "x" * 40_000,
        "a\x07",
    ]
    values += [dt.datetime(2027, 1, 1, 13, 30), Formula("=1+1", 2), Formula('="a"&"b"', "ab"), "_x0041_", "\ud83d"]
    columns = tuple(Column(kind.value, kind, entry=kind is Kind.MONEY, wrap=kind is Kind.TEXT) for kind in Kind)
    rows = [(value,) * len(columns) for value in values]
    total = ("All",) + (1.0,) * (len(columns) - 1)
    large = Table(columns, rows, title="Large", note="Note", filtered=True, total=total)
    small = Table(columns[:2], [("x", "y")])
    sheets = (Sheet("A", (small, large, small)), Sheet("B", (large,)))
    plain = write(Workbook(sheets), tmp_path / "plain.xlsx")
    monkeypatch.setattr(write_module, "LARGE_CELLS", 100)
    streamed = write(Workbook(sheets), tmp_path / "streamed.xlsx")
    assert [f.text.replace("plain", "streamed") for f in plain.findings] == [f.text for f in streamed.findings]
    for name in ("A", "B"):
        one, two = (openpyxl.load_workbook(w.path)[name] for w in (plain, streamed))
        assert one.dimensions == two.dimensions
        for row_one, row_two in zip(one.iter_rows(), two.iter_rows(), strict=True):
            for a, b in zip(row_one, row_two, strict=True):
                assert seen(a) == seen(b, inline=True), a.coordinate
                assert repr((a.alignment, a.fill)) == repr((b.alignment, b.fill)), a.coordinate
        left, right = (openpyxl.load_workbook(w.path, data_only=True)[name] for w in (plain, streamed))
        for row_one, row_two in zip(left.iter_rows(), right.iter_rows(), strict=True):
            assert [seen(c)[0] for c in row_one] == [seen(c, inline=True)[0] for c in row_two]
    lean = openpyxl.load_workbook(streamed.path, read_only=True)["B"]
    assert sum(1 for _ in lean.iter_rows()) == len(rows) + 4


def test_control_characters_give_a_valid_file(tmp_path: Path) -> None:
    """A bell in a note is written the way Excel writes it, not as broken XML."""
    path = write(book([("a\x07b\x00c",)], Kind.TEXT), tmp_path / "a.xlsx").path
    assert "a_x0007_b_x0000_c" in zipfile.ZipFile(path).read("xl/sharedStrings.xml").decode()
    assert len(cells(path)) == 1


def test_text_too_long_for_a_cell_is_cut_and_said(tmp_path: Path) -> None:
    """The edge: 32,767 characters fit, one more is cut with a finding that names the cell; emoji count twice."""
    fits, long, emoji = "a" * LONGEST_TEXT, "a" * (LONGEST_TEXT + 1), "😀" * (LONGEST_TEXT // 2 + 1)
    done = write(book([(fits, long, emoji)], Kind.TEXT), tmp_path / "a.xlsx")
    assert [(f.code, f.sheet, f.cells, f.file) for f in done.findings] == [
        ("text_cut", "Data", ("B2",), "a.xlsx"),
        ("text_cut", "Data", ("C2",), "a.xlsx"),
    ]
    assert cells(done.path)[0][0] == fits
    assert cells(done.path)[0][1] == long[:LONGEST_TEXT]


def test_broken_characters_are_replaced_and_said(tmp_path: Path) -> None:
    """Half an emoji cannot be written at all."""
    done = write(book([("a\ud83d",)], Kind.TEXT), tmp_path / "a.xlsx")
    assert [f.code for f in done.findings] == ["broken_text"]
    assert cells(done.path) == [["a\ufffd"]]


def test_numbers_and_dates_that_spreadsheets_do_not_know(tmp_path: Path) -> None:
    """Not-a-number, infinity, twenty digits, dates before 1900: words instead of a broken file."""
    row = (
        float("nan"),
        float("inf"),
        10**20,
        dt.date(1850, 1, 2),
        dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
        True,
        1.5,
        None,
    )
    path = write(book([row]), tmp_path / "a.xlsx").path
    assert cells(path)[0] == [
        "not a number",
        "infinite",
        str(10**20),
        "1850-01-02",
        dt.datetime(2027, 1, 1),
        True,
        1.5,
        None,
    ]


def test_never_onto_an_input(tmp_path: Path) -> None:
    """By the same path, by another spelling, and through a link."""
    source = tmp_path / "in.xlsx"
    source.write_bytes(b"precious")
    link = tmp_path / "link.xlsx"
    link.symlink_to(source)
    for target in (source, tmp_path / "." / "in.xlsx", link):
        with pytest.raises(UsageError, match="never written onto"):
            write(book([("a",)]), target, inputs=[source])
    assert source.read_bytes() == b"precious"


def test_a_failure_leaves_the_old_file_and_no_leftovers(tmp_path: Path) -> None:
    """Whole or not at all."""
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"old")

    def fail(part: Path) -> None:
        part.write_bytes(b"half")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        place(target, fail)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out.xlsx"]


def test_a_file_held_open_gets_a_second_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel on Windows holds the file: the plan is not lost, and the caller learns where it is."""
    monkeypatch.setattr("bookwright.tables.write_file.WAIT_SECONDS", 0.0)
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"held")
    (tmp_path / "out (2).xlsx").write_bytes(b"also there")
    tries = []

    def replace(source: str, goal: str) -> None:
        tries.append(goal)
        if goal == str(target):
            raise PermissionError(13, "in use")
        os.replace(source, goal)

    placed = place(target, lambda part: part.write_bytes(b"new") and None, replace=replace)
    assert placed == tmp_path / "out (3).xlsx"
    assert placed.read_bytes() == b"new"
    assert tries.count(str(target)) == 3
    assert target.read_bytes() == b"held"


def test_folders_that_are_not_there_are_named(tmp_path: Path) -> None:
    """A sentence, not a traceback."""
    with pytest.raises(UsageError, match="there is no folder"):
        write(book([("a",)]), tmp_path / "no" / "a.xlsx")
    with pytest.raises(UsageError, match="it is a folder"):
        write(book([("a",)]), tmp_path)


def test_same_workbook_same_bytes(tmp_path: Path) -> None:
    """Nothing of the clock or the machine gets in."""
    digests = set()
    for name in ("a", "b"):
        path = write(
            book([("x", 1.0, dt.date(2027, 1, 1))], created=dt.date(2027, 1, 1)), tmp_path / f"{name}.xlsx"
        ).path
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_formulas_carry_their_result(tmp_path: Path) -> None:
    """Previews calculate nothing: the stored value must be there beside the formula."""
    path = write(book([(2.0, Formula("=A2*21", 42))]), tmp_path / "a.xlsx").path
    assert openpyxl.load_workbook(path)["Data"]["B2"].value == "=A2*21"
    assert openpyxl.load_workbook(path, data_only=True)["Data"]["B2"].value == 42


def test_what_guides_people_is_there(tmp_path: Path) -> None:
    """Frozen headers, filter, data bars, colours, drop-downs through defined names, totals, an empty state."""
    columns = (
        Column("Name", entry=True, choices="Names"),
        Column("Use", Kind.PERCENT, bar=1.5, marks=(Mark(Look.BAD, above=1.0),), help="Hours over capacity."),
    )
    full = Sheet(
        "Full", (Table(columns, [("Ana", 0.5), (None, 1.2)], filtered=True, total=("All", 0.9)),), freeze_columns=1
    )
    empty = Sheet("Empty", (Table(columns, [], empty="No account moves."),))
    workbook = Workbook((full, empty), lists={"Names": ["Ana", "=Ben"]}, properties={"Bookwright plan": "p1"})
    found = openpyxl.load_workbook(write(workbook, tmp_path / "a.xlsx").path)
    page = found["Full"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == "A1:B3"
    rules = [r.type for ranges in page.conditional_formatting for r in ranges.rules]
    assert sorted(rules) == ["cellIs", "dataBar"]
    assert [(v.formula1, str(v.sqref)) for v in page.data_validations.dataValidation] == [("Names", "A2:A3")]
    assert found.defined_names["Names"].attr_text == "Lists!$A$2:$A$3"
    assert found["Lists"].sheet_state == "hidden"
    assert found["Lists"]["A3"].value == "=Ben"
    assert found["Lists"]["A3"].data_type == "s"
    assert [c.value for c in page[4]] == ["All", 0.9]
    assert page["B1"].comment.text == "Hours over capacity."
    assert page["B2"].number_format == "0 %"
    assert found["Empty"]["A2"].value == "No account moves."
    assert found.custom_doc_props["Bookwright plan"].value == "p1"


def test_free_cells_stand_where_they_were_put(tmp_path: Path) -> None:
    """Text in a number's cell stays text; merged cells span."""
    sheet = Sheet(
        "Page", cells=(Cell(3, 2, "none", Look.LABEL, Kind.PERCENT), Cell(1, 0, "=Title", Look.TITLE, across=3))
    )
    page = openpyxl.load_workbook(write(Workbook((sheet,)), tmp_path / "a.xlsx").path)["Page"]
    assert page["C4"].value == "none"
    assert (page["A2"].value, page["A2"].data_type) == ("=Title", "s")
    assert [str(r) for r in page.merged_cells.ranges] == ["A2:C2"]


@pytest.mark.parametrize("streamed", [False, True])
def test_wrapped_text_gets_the_height_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: bool) -> None:
    """One line stays as it is; a long sentence gets more room, within reason."""
    if streamed:
        monkeypatch.setattr(write_module, "LARGE_CELLS", 0)
    table = Table((Column("Why", wrap=True, width=40),), [(t,) for t in ("short", "word " * 20, "word " * 2000)] * 7)
    page = openpyxl.load_workbook(write(Workbook((Sheet("Data", (table,)),)), tmp_path / "a.xlsx").path)["Data"]
    heights = [page.row_dimensions[r].height for r in (2, 3, 4)]
    assert heights[0] in (None, 15)
    assert 40 <= heights[1] <= 60
    assert heights[2] == 180


def test_decimals_where_they_tell_something(tmp_path: Path) -> None:
    """20 accounts are not 20.00, and nothing ends in a lonely point."""
    page = openpyxl.load_workbook(write(book([(20.0, 0.25, 1234.5)], *[Kind.NUMBER] * 3), tmp_path / "a.xlsx").path)[
        "Data"
    ]
    assert [c.number_format for c in page[2]] == ["#,##0", "#,##0.00", "#,##0"]


def test_names_and_letters() -> None:
    """Sheet names Excel accepts, told apart without case; columns beyond Z."""
    assert sheet_name("a/b:c") == "a-b-c"
    assert sheet_name("x" * 40) == "x" * 31
    assert sheet_name("Ana", ["ana"]) == "Ana 2"
    assert sheet_name("History") == "History 2"
    assert sheet_name("''") == "Sheet"
    assert [letters_of(k) for k in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
