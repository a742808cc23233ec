"""What is not loaded, and why: damaged ids, unknown users, accounts moved since, plans not sealed or not announced."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from bookwright.api_export import export, hand_over
from bookwright.export.changes import transition
from bookwright.findings import InputError, ReviewError, UsageError
from bookwright.review.rounds import Rounds
from bookwright.review.settle import approve, close
from tests.export.crm import PEOPLE, TODAY, USERS, Crm, salesforce_id
from tests.review.cases import NOW, Case, portfolio, result
from tests.review.test_announced import SOON, START, case
from tests.review.test_send import parts


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Crm:
    """A Salesforce export, planned once."""
    made = Crm(tmp_path_factory.mktemp("crm"), "salesforce")
    made.plan(made.folder.parent)
    return made


def plan_of(crm: Crm) -> Path:
    """The plan beside the book."""
    return crm.folder.parent / "plan.xlsx"


def write(path: Path, *rows: tuple[str, ...]) -> Path:
    """A CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def lines(path: Path) -> list[dict[str, str]]:
    """A CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_inactive_and_unknown_users_are_refused_by_name(crm: Crm, tmp_path: Path) -> None:
    """Nothing is written while a receiving CSM is no active user of the CRM; ids of 15 and 18 characters are one."""
    rows = [("Id", "Name", "Email", "IsActive")]
    rows += [(USERS[k], PEOPLE[k], f"user{k}@example.com", "true") for k in range(3)]
    assert export(plan_of(crm), "salesforce", tmp_path / "ok", csm_field="CSM__c", today=TODAY,
                  users=write(tmp_path / "users.csv", *rows)).load.rows  # fmt: skip
    off = [rows[0], *((*r[:3], "false") for r in rows[1:])]
    with pytest.raises(InputError, match="Chloé Tan is an inactive user"):
        export(plan_of(crm), "salesforce", tmp_path / "a", csm_field="CSM__c", today=TODAY,
               users=write(tmp_path / "off.csv", *off))  # fmt: skip
    with pytest.raises(InputError, match=r"Chloé Tan .* is no user in few\.csv"):
        export(plan_of(crm), "salesforce", tmp_path / "a", csm_field="CSM__c", today=TODAY,
               users=write(tmp_path / "few.csv", *rows[:2]))  # fmt: skip
    assert not (tmp_path / "a").exists()


def test_every_damaged_id_is_named(tmp_path: Path) -> None:
    """Case folded, turned into a number, cut, of another kind, twice: each account by name, and nothing is written."""
    crm = Crm(tmp_path, "salesforce")
    wrong = {0: crm.ids[0].lower(), 1: "1.23457E+17", 2: crm.ids[2][:14], 3: salesforce_id("003", 7), 4: ""}
    crm.headers = (*crm.headers, "CRM id")
    for k, row in enumerate(crm.rows):
        row.append(wrong.get(k, crm.ids[k]))
    crm.rows[6][7] = crm.ids[5]
    for k, row in enumerate(crm.rows):
        row[0], row[3] = f"A-{k:02d}", "" if k < 8 else USERS[1]
    crm.headers = ("Account ID", *crm.headers[1:])
    crm.accounts.write_text(crm.text(), encoding="utf-8")
    plan = crm.plan(tmp_path)
    with pytest.raises(InputError) as caught:
        export(plan, "salesforce", tmp_path / "out", csm_field="CSM__c", record_id_column="crm ID", today=TODAY)
    said = "\n".join(f.text for f in caught.value.findings)
    for text in (
        "has lost its capitals", f"Maybe it was {crm.ids[0]}", "turned into a number", "has 14 characters",
        "is the id of a Salesforce contact, not of an account", "is blank", "have one record id",
    ):  # fmt: skip
        assert text in said
    assert "名古屋商事" in said or "+44 Club" in said
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match="no column 'SFDC'"):
        export(plan, "salesforce", tmp_path / "out", csm_field="CSM__c", record_id_column="SFDC", today=TODAY)


def test_what_somebody_moved_since_is_held_back(crm: Crm, tmp_path: Path) -> None:
    """One moved to a third, one done already, one gone from the export: the rest is loaded; the CRM's own cell is the
    way back."""
    whole = export(plan_of(crm), "salesforce", tmp_path / "all", csm_field="CSM__c", today=TODAY)
    first, second, third, *rest = whole.load.rows
    assert rest
    now = {row[0]: row[3] for row in crm.rows}
    now[first.record_id] = next(u for u in USERS if u not in (first.new, now[first.record_id]))
    now[second.record_id] = second.new[:15]
    del now[third.record_id]
    of_today = write(tmp_path / "today.csv", ("Account ID", "Account Name", "CSM__c"),
                     *((i[:15], "x", u) for i, u in now.items()))  # fmt: skip
    done = export(plan_of(crm), "salesforce", tmp_path / "out", csm_field="CSM__c", crm_export=of_today, today=TODAY)
    assert {c.account.id: s.state for c, s in done.load.aside} == {
        first.record_id: "moved", second.record_id: "done", third.record_id: "missing",
    }  # fmt: skip
    assert [r["Id"] for r in lines(tmp_path / "out" / "load.csv")] == [r.record_id for r in rest]
    assert [r["Id"] for r in lines(tmp_path / "out" / "rollback.csv")] == [r.record_id for r in rest]
    held = {r["Id"]: r for r in lines(tmp_path / "out" / "held back.csv")}
    assert held[first.record_id]["Why"] == "moved in the CRM since"
    assert held[first.record_id]["CSM found"] in PEOPLE


def test_children_left_behind_get_files_of_their_own(crm: Crm, tmp_path: Path) -> None:
    """Open work of the old CSM goes along; closed work, work of others and of accounts that stay is left alone."""
    moves = transition(crm.folder.parent / "plan.bookwright", TODAY)
    change = next(c for c in moves.changes if c.csm_from == "C0")
    stays = next(i for i in crm.ids if i not in {c.account.id for c in moves.changes})
    ids = [salesforce_id("006", k) for k in range(5)]
    opportunities = write(
        tmp_path / "export (3).csv",
        ("Id", "AccountId", "Name", "OwnerId", "IsClosed", "Amount", "CloseDate"),
        (ids[0], change.account.id[:15], "Renewal, =2027", USERS[0], "false", "1000", "2027-03-01"),
        (ids[1], change.account.id, "Won", USERS[0], "true", "1", ""),
        (ids[2], change.account.id, "Of sales", salesforce_id("005", 9), "false", "1", ""),
        (ids[3], stays, "Of an account that stays", USERS[0], "false", "1", ""),
    )
    tasks = write(
        tmp_path / "tasks.csv",
        ("Task ID", "Account ID", "Subject", "Assigned To", "Status"),
        (salesforce_id("00T", 1), change.account.id, "Call", PEOPLE[0], "Not Started"),
        (salesforce_id("00T", 2), change.account.id, "Mail", PEOPLE[0], "Completed"),
    )
    done = export(plan_of(crm), "salesforce", tmp_path / "out", csm_field="CSM__c", today=TODAY,
                  children=[str(opportunities), f"tasks={tasks}"])  # fmt: skip
    new = next(r.new for r in done.load.rows if r.change.account.id == change.account.id)
    place = tmp_path / "out" / "children"
    assert lines(place / "opportunities load.csv") == [{"Id": ids[0], "OwnerId": new}]
    assert lines(place / "opportunities rollback.csv") == [{"Id": ids[0], "OwnerId": USERS[0]}]
    assert [(r["Record"], r["What happens"]) for r in lines(place / "opportunities list.csv")] == [
        ("Renewal, =2027", "goes along"), ("Of sales", "stays: not the old CSM's"),
    ]  # fmt: skip
    assert lines(place / "tasks load.csv") == [{"Id": salesforce_id("00T", 1), "OwnerId": new}]
    assert lines(place / "tasks rollback.csv") == [{"Id": salesforce_id("00T", 1), "OwnerId": USERS[0]}]


def test_a_plan_under_review_waits_for_its_seal(tmp_path: Path) -> None:
    """Sent and not sealed is refused; sealed, it is exported and the files say by whom."""
    case = Case(tmp_path)
    assert export(case.plan, "csv", tmp_path / "free", csm_field="CSM", today=NOW.date()).moves.sealed_by == ""
    case.send()
    with pytest.raises(ReviewError, match="under review and not sealed"):
        export(case.plan, "csv", tmp_path / "a", csm_field="CSM", today=NOW.date())
    assert export(case.plan, "csv", tmp_path / "draft", csm_field="CSM", draft=True, today=NOW.date()).load.rows
    close(case.store, "accept", now=NOW)
    approve(case.store, who="Dana Cole", now=NOW)
    with Rounds(case.store) as rounds:
        assert rounds.sealed(1)
    done = export(case.plan, "csv", tmp_path / "b", csm_field="CSM", today=NOW.date())
    assert done.moves.sealed_by == "Dana Cole"
    assert "sealed by Dana Cole" in (tmp_path / "b" / "read me.txt").read_text(encoding="utf-8")
    assert {r["Account ID"] for r in lines(tmp_path / "b" / "load.csv")} == set(case.result.plan.by_account) & {
        m.account_id for m in case.result.plan.moves
    }


def test_a_departure_that_is_not_announced_is_not_loaded(tmp_path: Path) -> None:
    """Before the day of the announcement the CRM would tell everybody."""
    team = tuple(
        c.model_copy(update={"end_date": dt.date(2027, 1, 15), "announce_on": dt.date(2026, 12, 15)})
        if c.id == "C1" else c
        for c in portfolio().csms
    )  # fmt: skip
    case = Case(tmp_path, result(csms=team))
    with pytest.raises(ReviewError, match="Ana Ruiz, until 2026-12-15"):
        export(case.plan, "csv", tmp_path / "a", csm_field="CSM", today=NOW.date())
    done = export(case.plan, "csv", tmp_path / "b", csm_field="CSM", hold_back=True, today=NOW.date())
    assert not {"A-1", "A-2", "A-3", "00123", "S-1"} & {r["Account ID"] for r in lines(tmp_path / "b" / "load.csv")}
    assert "Ana Ruiz" not in "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "b").iterdir() if p.is_file())
    assert len(done.moves.held_back) == 5
    after = export(case.plan, "csv", tmp_path / "c", csm_field="CSM", today=dt.date(2026, 12, 15))
    assert len(after.load.rows) == 7


def test_a_new_colleague_who_is_not_announced_is_in_no_file(tmp_path: Path) -> None:
    """Before the day, loading accounts onto somebody nobody knows of would tell; so would a brief. On the day: done."""
    mine = case(tmp_path, C5={**START, "name": "Quirina Zabel", "email": "zabel@example.com"})
    with pytest.raises(ReviewError, match=rf"Quirina Zabel, until {SOON}: Account A-1 .* go to this book"):
        export(mine.plan, "csv", tmp_path / "a", csm_field="CSM", today=NOW.date())
    with pytest.raises(ReviewError, match="Quirina Zabel"):
        hand_over(mine.plan, tmp_path / "a", today=NOW.date())
    assert not (tmp_path / "a").exists()
    done = export(mine.plan, "csv", tmp_path / "b", csm_field="CSM", hold_back=True, today=NOW.date())
    assert done.moves.left_out == len({a for _, a in done.moves.held_back})
    assert not {"A-1", "A-2", "N-1"} & {r.change.account.id for r in done.load.rows}
    hand_over(mine.plan, tmp_path / "c", hold_back=True, today=NOW.date())
    for file in (f for folder in ("b", "c") for f in (tmp_path / folder).rglob("*") if f.is_file()):
        told = parts(file).values() if file.suffix == ".xlsx" else [file.read_text(encoding="utf-8")]
        assert "zabel" not in "".join((file.name, *told)).lower(), file
    after = export(mine.plan, "csv", tmp_path / "d", csm_field="CSM", today=SOON)
    assert {"A-1", "A-2", "N-1"} <= {r.change.account.id for r in after.load.rows}
