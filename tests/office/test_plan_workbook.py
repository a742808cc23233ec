"""The plan's workbook in LibreOffice: it opens, recalculates to our numbers, and survives being saved there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl import load_workbook

from bookwright.report.tables import frames, workbook
from bookwright.tables.write import write
from tests.report.builders import STRANGE, make_result

pytestmark = pytest.mark.office


def convert(source: Path, kind: str, folder: Path) -> Path:
    """A file converted by LibreOffice, with a profile of its own so that runs do not meet."""
    folder.mkdir()
    profile = (folder / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind]
    command += ["--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = list(folder.glob(f"{source.stem}.*"))
    assert found, done.stdout + done.stderr
    return found[0]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The usual team's workbook, its stored formula results made wrong so that only a recalculation can mend them."""
    return write(workbook(make_result()), tmp_path_factory.mktemp("office") / "plan.xlsx").path


@pytest.fixture(scope="module")
def resaved(plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Opened and saved as .xlsx by LibreOffice, everything recalculated on the way."""
    stripped = plan.with_name("stripped.xlsx")
    book = openpyxl.load_workbook(plan)  # openpyxl keeps formulas and drops their stored results
    book.save(stripped)
    return convert(stripped, "xlsx", tmp_path_factory.mktemp("resaved") / "out")


def test_recalculated_targets_equal_ours(resaved: Path) -> None:
    """Books' live sums of shares, and each share times its total, come out as the plan's own numbers."""
    ours = frames(make_result())
    book = openpyxl.load_workbook(resaved, data_only=True)
    header = [c.value for c in book["Books"][2]]
    column = header.index("ARR target")
    targets = [row[column].value for row in book["Books"].iter_rows(min_row=3, max_row=8)]
    expected = [None if v != v else v for v in ours["books"]["arr_target"]]
    assert [t is None for t in targets] == [e is None for e in expected]
    assert [t for t in targets if t is not None] == pytest.approx([e for e in expected if e is not None])
    amounts = [row[6].value for row in book["Targets"].iter_rows(min_row=3)]
    assert amounts == pytest.approx(list(ours["targets"]["amount"]))
    assert min(amounts) > 0


def test_text_survives_a_save_in_libreoffice(plan: Path, tmp_path: Path) -> None:
    """Ids 00123 and =1+1, region NA: the same text after an open and save."""
    page = openpyxl.load_workbook(convert(plan, "xlsx", tmp_path / "out"))["Assignments"]
    found = {row[0].value: row for row in page.iter_rows(min_row=2)}
    for text in STRANGE:
        assert text in found
        assert [found[text][k].value for k in (0, 1, 5, 7)] == [text, text, "NA", text]
        assert found[text][0].data_type == "s"


def test_a_streamed_workbook_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that we write ourselves are a valid sheet to LibreOffice too."""
    monkeypatch.setattr("bookwright.tables.write.LARGE_CELLS", 100)
    path = write(workbook(make_result()), tmp_path / "plan.xlsx").path
    book = openpyxl.load_workbook(convert(path, "xlsx", tmp_path / "out"))
    ids = [row[0].value for row in book["Assignments"].iter_rows(min_row=2)]
    assert ids == [a.id for a in make_result().problem.portfolio.accounts]
    assert book["Moves"].auto_filter.ref == "A2:S19"


def test_drop_downs_lists_and_colours_survive(plan: Path, tmp_path: Path) -> None:
    """What people need to decide is still there after a round through LibreOffice."""
    book = openpyxl.load_workbook(convert(plan, "xlsx", tmp_path / "out"))
    sources = " ".join(v.formula1 or "" for v in book["Moves"].data_validations.dataValidation)
    for name in ("DecisionsForced", "CsmNames", "Reasons"):
        assert name in sources
    assert book["Lists"].sheet_state == "hidden"
    assert book["Books"].conditional_formatting
    assert len(book["Summary"]._charts) == 2


def test_it_prints(plan: Path, tmp_path: Path) -> None:
    """As a PDF, a sheet of a small team on one page (Run, Hours by month may take two); the hidden lists on none."""
    pdf = convert(plan, "pdf", tmp_path / "out").read_bytes()
    assert pdf.startswith(b"%PDF")
    shown = [sheet for sheet in load_workbook(plan).worksheets if sheet.sheet_state == "visible"]
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) in range(len(shown), len(shown) + 3)
