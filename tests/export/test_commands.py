"""The commands: what they print, their exit codes, and that nothing is written where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bookwright import cli
from tests.export.crm import Crm
from tests.export.test_refusals import write


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Crm:
    """A HubSpot export, planned once."""
    made = Crm(tmp_path_factory.mktemp("crm"), "hubspot")
    made.plan(made.folder.parent)
    return made


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    with pytest.raises(SystemExit) as end:
        cli.main([str(a) for a in args])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_export_says_what_it_wrote(crm: Crm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts to stdout, doubts to stderr; as JSON one object."""
    plan = crm.folder.parent / "plan.xlsx"
    code, out, err = run(capsys, "export", plan, "--to", "hubspot", "--csm-field", crm.field, "-d", tmp_path / "a")
    assert (code, "to load into HubSpot, field Success Manager" in out) == (0, True)
    assert "Nobody checked whether the CRM's users are active" in err
    code, out, _ = run(
        capsys, "export", plan, "--to", "hubspot", "--csm-field", crm.field, "-d", tmp_path / "b", "--json"
    )
    told = json.loads(out)
    assert (code, told["to"], told["to_load"]) == (0, "hubspot", told["changes"])
    assert all(Path(f).is_file() for f in told["files"])


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("--to", "hubspot"), 2, "There is no default"),
        (("--to", "hubspot", "--csm-field", "Record ID"), 2, "is the record id itself"),
        (("--to", "salesforce", "--csm-field", "CSM__c"), 3, "none of"),
        (("--to", "salesforce", "--csm-field", "Success Manager"), 2, "Maybe Success_Manager__c"),
        (("--to", "hubspot", "--csm-field", "X", "--users", "none.csv"), 2, "There is no file none.csv"),
        (("--to", "hubspot", "--csm-field", "X", "--children", "sales=none.csv"), 2, "no kind of open work"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    crm: Crm, tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], code: int, says: str
) -> None:
    """One message, an exit code, no folder, no traceback."""
    plan = crm.folder.parent / "plan.xlsx"
    got, _, err = run(capsys, "export", plan, *args, "-d", tmp_path / "out")
    assert (got, says in err) == (code, True), err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_a_verify_file_without_the_field_is_named(crm: Crm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The column that is missing, and those that are there."""
    plan = crm.folder.parent / "plan.xlsx"
    wrong = write(tmp_path / "crm.csv", ("Record ID", "Company name", "Company owner"), (crm.ids[0], "x", "Rita Rep"))
    code, _, err = run(
        capsys, "export", plan, "--to", "hubspot", "--csm-field", crm.field, "-d", tmp_path / "o", "--verify", wrong
    )
    assert code == 3
    assert 'crm.csv: No column is called "Success Manager"' in err
    assert '"Company owner"' in err
    assert not (tmp_path / "o").exists()


def test_a_plan_without_its_store_and_a_missing_plan(
    crm: Crm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 6 where the store is gone, 2 where the plan is."""
    lone = tmp_path / "lone.xlsx"
    lone.write_bytes((crm.folder.parent / "plan.xlsx").read_bytes())
    for command in (("export", lone, "--to", "csv", "--csm-field", "X", "-d", tmp_path / "o"),
                    ("handover", "send", lone, "-d", tmp_path / "o"), ("handover", "status", lone)):  # fmt: skip
        code, _, err = run(capsys, *command)
        assert (code, "no plan store" in err) == (6, True)
    code, _, err = run(capsys, "handover", "status", tmp_path / "gone.xlsx")
    assert (code, "There is no plan" in err) == (2, True)


def test_hand_over_from_send_to_status(crm: Crm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sent, a file that is none of ours refused with exit 6, status as JSON."""
    plan = crm.folder.parent / "plan.xlsx"
    code, out, _ = run(capsys, "handover", "send", plan, "-d", tmp_path / "ho")
    assert (code, "hand-overs and" in out) == (0, True)
    code, out, err = run(capsys, "handover", "collect", plan, crm.accounts)
    assert (code, "not read" in out, "text file" in err) == (6, True, True)
    code, out, _ = run(capsys, "handover", "status", plan, "--on", "2027-06-01", "--json")
    told = json.loads(out)
    assert code == 0
    assert {m["state"] for m in told["moves"]} == {"late"}
    assert sum(c["late"] for c in told["csms"]) == len(told["moves"])


def test_planning_after_a_load_names_what_is_settled(
    crm: Crm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A book that was not loaded yet is not settled where the plan moves it."""
    columns = tmp_path / "columns.toml"
    columns.write_text(f'[accounts.columns]\ncsm = "{crm.field}"\nhours = "Hours"\n', encoding="utf-8")
    plan = crm.folder.parent / "plan.xlsx"
    code, out, _ = run(
        capsys, "plan", crm.folder, "--after", plan, "--columns", columns, "--effort", "5", "-o", tmp_path / "p.xlsx"
    )
    assert code == 0
    assert "accounts are as plan.xlsx left them and stay;" in out
    assert not out.startswith("12 accounts")
