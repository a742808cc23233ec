"""From a CRM's export to a plan, its load file back into the CRM, and undone: for each import format."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bookwright import api
from bookwright.api_export import after, as_loaded, export
from bookwright.findings import UsageError
from tests.export.crm import ASKED, CHECKERS, PEOPLE, TODAY, Crm


@pytest.fixture(scope="module", params=["salesforce", "hubspot", "csv"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Crm, Path, Path]:
    """A CRM, the plan of its book, and the folder of the export."""
    folder = tmp_path_factory.mktemp(request.param)
    crm = Crm(folder, request.param)
    plan = crm.plan(folder)
    export(plan, request.param, folder / "load", csm_field=crm.field, today=TODAY)
    return crm, plan, folder / "load"


def test_load_and_back_again(loaded: tuple[Crm, Path, Path]) -> None:
    """Loaded, planning again finds nothing to move; rolled back, the copy is the export, byte for byte."""
    crm, plan, folder = loaded
    original = crm.accounts.read_bytes()
    rows = CHECKERS[crm.system](folder / "load.csv", crm.field)
    before = {row[0]: row[3] for row in crm.rows}
    assert crm.load(folder / "load.csv") == len(rows) - 1 >= 3
    book = api.read(crm.folder, columns=crm.columns)
    assert all(a.csm_id for a in book.accounts), "every loaded value names a CSM"
    assert [a.name for a in book.accounts] == [row[1] for row in crm.rows]
    model, held, new = after(book, "quarterly_rebalance", plan)
    assert (held, new) == (12, 0)
    again = api.plan(book, model, effort=40, effective_date=None, today=TODAY)
    assert again.plan.moves == ()
    told, model = as_loaded(book, "quarterly_rebalance", [plan.parent], today=TODAY, **ASKED)  # type: ignore[arg-type]
    assert "as_loaded" in {f.code for f in told.findings}, "names, ids or e-mails of the CRM: the CSM is the same"
    assert api.plan(told, model, effort=40, today=TODAY, **ASKED).plan.moves == ()  # type: ignore[arg-type]
    assert crm.load(folder / "rollback.csv") == len(rows) - 1
    assert {row[0]: row[3] for row in crm.rows} == before
    assert crm.accounts.read_bytes() == original


def test_people_see_names_and_programs_see_ids(loaded: tuple[Crm, Path, Path]) -> None:
    """check.csv names who the CRM should show today; what a spreadsheet would run has an apostrophe before it."""
    crm, _, folder = loaded
    with (folder / "check.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {row[0]: row[1] for row in crm.rows}
    assert {r["New CSM"] for r in rows} <= set(PEOPLE)
    for row in rows:
        name = names[row[crm.headers[0]].removeprefix("'")]
        assert row["Account"] == (f"'{name}" if name[0] in "=+-@" else name)
        assert row["CSM in the CRM today"] in (*PEOPLE, "nobody")


def test_a_folder_with_a_rollback_file_is_never_written_over(loaded: tuple[Crm, Path, Path]) -> None:
    """Exported twice, the first way back must not be lost."""
    crm, plan, folder = loaded
    with pytest.raises(UsageError, match="rollback file must not be lost"):
        export(plan, crm.system, folder, csm_field=crm.field, today=TODAY)


def test_the_field_has_no_default(loaded: tuple[Crm, Path, Path], tmp_path: Path) -> None:
    """Nothing is guessed, above all not the owner of the account; asked for, it is said."""
    crm, plan, _ = loaded
    with pytest.raises(UsageError, match="There is no default"):
        export(plan, crm.system, tmp_path / "a", today=TODAY)
    assert not (tmp_path / "a").exists()
    done = export(plan, crm.system, tmp_path / "b", csm_field="OwnerId", today=TODAY)
    assert "owner_field" in {f.code for f in done.load.findings}


def test_batches_follow_the_hand_over(loaded: tuple[Crm, Path, Path], tmp_path: Path) -> None:
    """In files of two: together they are load.csv, in its order, none with two days or three rows."""
    crm, plan, _ = loaded
    done = export(plan, crm.system, tmp_path / "out", csm_field=crm.field, batch=2, today=TODAY)
    whole = CHECKERS[crm.system](tmp_path / "out" / "load.csv", crm.field)
    parts = [CHECKERS[crm.system](tmp_path / "out" / "batches" / name, crm.field) for name, _ in done.files.batches]
    assert [row for part in parts for row in part[1:]] == whole[1:]
    assert max(len(part) for part in parts) == 3
    days = {r.record_id: r.change.hand_over_on for r in done.load.rows}
    assert all(len({days[row[0]] for row in part[1:]}) == 1 for part in parts)
    assert [days[row[0]] for row in whole[1:]] == sorted(days.values())
