"""A plan whose workbook was renamed is still explained: its store is found by the plan id it carries."""

from __future__ import annotations

from pathlib import Path

from bookwright import api
from bookwright.report.why import opened

STARTER = Path(__file__).parents[1] / "sample_inputs" / "starter.xlsx"


def test_a_renamed_workbook_finds_its_store(tmp_path: Path) -> None:
    """The store keeps its old name; the workbook says which plan it is."""
    written = api.write(api.plan(api.read(STARTER), effort=20), tmp_path / "plan.xlsx")
    renamed = written.rename(tmp_path / "Q1 final.xlsx")
    assert opened(renamed).stored.path == tmp_path / "plan.bookwright"
