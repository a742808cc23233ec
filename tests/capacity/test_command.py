"""bookwright capacity from end to end: figures as JSON, the workbook, the page, and options that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from bookwright.cli.capacity import capacity
from bookwright.findings import UsageError
from bookwright.generate import generate
from bookwright.tables.write_input import write_portfolio


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small generated team."""
    return write_portfolio(generate(60, 5, 1), tmp_path_factory.mktemp("capacity") / "book.xlsx")


def run(*args: object) -> str:
    """What the command prints on stdout."""
    return CliRunner().invoke(capacity, [str(a) for a in args], catch_exceptions=False, standalone_mode=False).stdout


def test_json_adds_up(book: Path) -> None:
    """Hours of segments are hours of accounts; with hires nothing more is undone."""
    found = json.loads(run(book, "--json", "--what-if", "hires:Enterprise=9"))
    assert sum(s["accounts"] for s in found["segments"]) == 60
    have = sum(c["capacity"] for c in found["csms"])
    assert sum(s["available"] for s in found["segments"]) == pytest.approx(have)
    assert found["what_if"]["not_done"]["Enterprise"]["after"] == pytest.approx(0)


def test_the_case_is_written_as_workbook_and_page(book: Path, tmp_path: Path) -> None:
    """Both tell the verdict that the screen tells."""
    said = run(book, "-o", tmp_path / "case.xlsx").splitlines()[0]
    run(book, "-o", tmp_path / "case.md")
    assert said in (tmp_path / "case.md").read_text(encoding="utf-8")
    sheets = openpyxl.load_workbook(tmp_path / "case.xlsx")
    assert sheets["Case"]["A2"].value == said
    assert {"By segment", "Workload", "Touchpoint hours", "Benchmarks", "Assumptions"} <= set(sheets.sheetnames)


def test_what_cannot_be_is_refused_before_any_work(book: Path, tmp_path: Path) -> None:
    """A foreign ending, the input itself, a change that makes no sense."""
    for args in (("-o", tmp_path / "case.pdf"), ("-o", book), ("--what-if", "luck=+20%")):
        with pytest.raises(UsageError):
            run(book, *args)


def test_the_readme_quotes_the_command() -> None:
    """The line that the README shows is the line that the sample gives."""
    root = Path(__file__).parents[2]
    said = run(root / "sample_inputs" / "starter.xlsx").splitlines()[0]
    assert said in " ".join((root / "README.md").read_text(encoding="utf-8").split())


def test_the_page_shows_what_the_sample_gives() -> None:
    """docs/capacity.md's answer to "what would get done with 20 % more" is the command's."""
    root = Path(__file__).parents[2]
    shown = (root / "docs" / "capacity.md").read_text(encoding="utf-8").split("```console\n")[1].split("```")[0]
    command, output = shown.split("\n", 1)
    assert command == "$ bookwright capacity mid_market_team.xlsx --what-if capacity=+20%"
    said = run(root / "sample_inputs" / "mid_market_team.xlsx", "--what-if", "capacity=+20%")
    assert said.strip() == output.strip()
