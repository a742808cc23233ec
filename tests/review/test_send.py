"""Sending: who gets what, what stands in the files, and what must never stand in them, in no part."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bookwright.findings import ReviewError, UsageError
from bookwright.portfolio import Absence, Csm
from bookwright.review.proposal import propose
from bookwright.review.rounds import Rounds
from bookwright.review.scope import scopes
from bookwright.store import load
from tests.report.builders import account, csm
from tests.review.cases import NOW, Case, accounts, edit, headers, result, team

REVIEWERS = ("Mia Berg", "Noor Haddad", "Vik Rao", "operations")


def scope_of(case: Case, by: str = "manager") -> dict[str, tuple[set[str], set[str]]]:
    """Reviewer -> CSM ids and account ids."""
    proposal = propose(load(case.store), NOW.date())
    return {s.name: (set(s.csm_ids), set(s.account_ids)) for s in scopes(proposal, by)}  # type: ignore[arg-type]


def test_giving_and_receiving_managers_both_answer(tmp_path: Path) -> None:
    """A-1 goes from Mia's Ana to Noor's Cleo: both have it; a manager's own book goes one up, or to operations."""
    found = scope_of(Case(tmp_path / "plan"))
    assert set(found) == set(REVIEWERS)
    assert found["Mia Berg"][0] == {"C1", "C2"}
    assert found["Noor Haddad"][0] == {"C3", "C4"}
    assert {"A-1", "A-2"} <= found["Mia Berg"][1] & found["Noor Haddad"][1]
    assert "A-3" not in found["Noor Haddad"][1]
    assert "N-1" in found["Noor Haddad"][1]
    assert found["Vik Rao"] == ({"M1"}, {"M-1"})
    assert found["operations"] == ({"M2"}, {"M-2"})


def test_by_csm_each_gets_their_own_book_and_moves(tmp_path: Path) -> None:
    """Giving and receiving CSM both answer; every account is somebody's."""
    found = scope_of(Case(tmp_path / "plan"), "csm")
    assert found["Cleo Tan"] == ({"C3"}, {"B-1", "B-2", "B-3", "A-1", "A-2", "N-1"})
    assert set.union(*(a for _, a in found.values())) == {a.id for a in accounts()}


def test_the_workbook_is_made_for_people(tmp_path: Path) -> None:
    """Five lines to read; moves first, largest first; only input cells unlocked; lists by what is possible."""
    case = Case(tmp_path / "plan")
    sent = case.send(due=dt.date(2026, 12, 20))
    assert [(f.reviewer, f.moves) for f in sent.files] == [
        ("Mia Berg", 5),
        ("Noor Haddad", 4),
        ("Vik Rao", 0),
        ("operations", 0),
    ]
    book = openpyxl.load_workbook(case.file("Mia Berg"))
    assert book.sheetnames[:4] == ["Read me", "Accounts", "Books", "Corrections"]
    lines = [r[0].value for r in book["Read me"].iter_rows() if r[0].value]
    assert [line[:2] for line in lines[1:]] == ["1.", "2.", "3.", "4.", "5."]
    assert "by 2026-12-20" in lines[5]
    page = book["Accounts"]
    columns = headers(page)
    rows = [{t: page.cell(r, c).value for t, c in columns.items()} for r in range(3, page.max_row + 1)]
    assert [r["Account ID"] for r in rows[:5]] == ["A-3", "A-2", "A-1", "00123", "S-1"]
    assert [r["Change"] for r in rows] == ["moves"] * 4 + ["reassigned"] + ["stays"] * 2
    assert rows[3]["Account"] == "=SUM(1)"
    assert page.cell(6, columns["Account"]).data_type == "s"
    lists = named_lists(book)
    assert offered(page, columns["Override"], 3, lists) == [c.name for c in team()]
    assert "reject" in offered(page, columns["Decision"], 3, lists)
    assert "reject" not in offered(page, columns["Decision"], 7, lists)
    assert offered(page, columns["Decision"], 8, lists) == ["accept", "override", "data is wrong"]


def test_the_override_list_holds_those_who_may_take_it(tmp_path: Path) -> None:
    """S-1 is SMB: Ben and Dev cover it, and nobody else is offered; one list per class of accounts."""
    case = Case(tmp_path / "plan")
    case.send()
    book = openpyxl.load_workbook(case.file("Mia Berg"))
    page, lists = book["Accounts"], named_lists(book)
    columns = headers(page)
    rows = {page.cell(r, 1).value: r for r in range(3, page.max_row + 1)}
    assert offered(page, columns["Override"], rows["S-1"], lists) == ["Ben Okafor", "Dev Patel"]
    assert sum(name.startswith("MayTake") for name in lists) == 2


def named_lists(book: Any) -> dict[str, list[str]]:
    """The lists behind drop-downs by name."""
    found = {}
    for name, defined in book.defined_names.items():
        for sheet, area in defined.destinations:
            found[name] = [c.value for row in book[sheet][area] for c in row if c.value is not None]
    return found


def offered(page: Any, column: int, row: int, lists: Mapping[str, list[str]]) -> list[str]:
    """What the drop-down of a cell offers."""
    cell = page.cell(row, column).coordinate
    rule = next(v for v in page.data_validations.dataValidation if cell in v.sqref)
    return lists[rule.formula1]


def test_sending_again_gives_the_same_bytes_and_edited_files_are_kept(tmp_path: Path) -> None:
    """Nothing changed, nothing changes; a file with somebody's answers in it is never written over."""
    case = Case(tmp_path / "plan")
    case.send()
    before = {p.name: p.read_bytes() for p in (case.folder / "out").iterdir()}
    case.send()
    assert {p.name: p.read_bytes() for p in (case.folder / "out").iterdir()} == before
    edit(case.file("Mia Berg"), {"A-1": {"Decision": "reject"}})
    with pytest.raises(UsageError, match="may hold answers and is not replaced"):
        case.send()
    with Rounds(case.store) as rounds:
        assert len(rounds.files_sent()) == len(before)


def test_names_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    """A manager called ../../etc gets a file in the folder like everybody."""
    odd = (csm("C1", "Ana Ruiz", manager="../../etc/x"), csm("C2", "Ben Okafor", manager='a:b*"?'))
    facts: dict[str, Any] = {"csms": odd, "accounts": (account("A-1", "C1"), account("A-2", "C2"))}
    case = Case(tmp_path / "plan", result({"A-1": "C2"}, **facts))
    case.send()
    assert sorted(p.name for p in (case.folder / "out").iterdir()) == [
        "Review -..-etc-x.xlsx",
        "Review a-b---.xlsx",
    ]


PRIVATE = "divorce lawyer called; see 4711"


def private_team() -> tuple[Csm, ...]:
    """Ana is on medical leave, Ben leaves in September unannounced, Cleo ramps up."""
    more: dict[str, dict[str, Any]] = {
        "C1": {"reserved_hours": 13.25, "extra": {"Away": "medical leave, back 2027-03-19"}},
        "C2": {"end_date": dt.date(2027, 9, 17), "announce_on": dt.date(2027, 8, 23)},
        "C3": {"start_date": dt.date(2026, 11, 9), "ramp": (37.0, 73.0, 100.0), "extra": {"Salary": 98765}},
    }
    return tuple(c.model_copy(update=more.get(c.id, {})) for c in team())


def private_accounts() -> tuple[Any, ...]:
    """Every account has notes and a column of its own that nobody named."""
    return tuple(a.model_copy(update={"notes": PRIVATE, "extra": {"Gossip": f"{PRIVATE} {a.id}"}}) for a in accounts())


def private_case(folder: Path, **update: dict[str, Any]) -> Case:
    """A plan of that team."""
    csms = tuple(c.model_copy(update=update.get(c.id, {})) for c in private_team())
    columns = (("Account ID", "id"), ("Account", "name"), ("Notes", "notes"), ("Gossip", None))
    absences = (Absence(csm_id="C1", month=dt.date(2027, 2, 1), hours_lost=43.75),)
    facts: dict[str, Any] = {"accounts": private_accounts(), "csms": csms, "absences": absences}
    return Case(folder, result(account_columns=columns, **facts))


FORBIDDEN = (
    *(PRIVATE, "divorce", "4711", "Gossip", "Notes", "medical", "Away", "98765", "Salary", "13.25", "43.75"),
    *("2027-09-17", "2027-08-23", "2026-11-09", "2027-03-19", "2027-02-01", "37.0", "73.0"),
    *("leaves", "announce", "absen", "ramp", "reserved", "starts on", "customer_hours", "end_date"),
)


def parts(path: Path) -> dict[str, str]:
    """Every part of a workbook, unzipped, as text."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def serials(day: dt.date) -> str:
    """A date as a spreadsheet stores it."""
    return f"<v>{(day - dt.date(1899, 12, 30)).days}</v>"


@pytest.mark.parametrize("by", ["manager", "csm"])
def test_nothing_private_stands_in_any_part_of_any_file(tmp_path: Path, by: str) -> None:
    """An unannounced departure, a medical leave, a ramp, notes and a column of gossip: in no part, as text or date."""
    case = private_case(tmp_path / "plan")
    sent = case.send(by=by)
    days = [serials(d) for d in (dt.date(2027, 9, 17), dt.date(2027, 8, 23), dt.date(2026, 11, 9))]
    for file in sent.files:
        for name, text in parts(file.path).items():
            lower = text.lower()
            found = [word for word in (*FORBIDDEN, *days) if word.lower() in lower]
            assert found == [], (file.path.name, name)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """A control: a column let in by name is found by the same search."""
    case = private_case(tmp_path / "plan")
    sent = case.send(show=("Gossip",))
    text = "".join(parts(sent.files[0].path).values())
    assert PRIVATE in text
    assert "Gossip" in text
    with pytest.raises(UsageError, match='no column "Goss"'):
        case.send(show=("Goss",))


def test_colleagues_outside_the_scope_are_a_name_only(tmp_path: Path) -> None:
    """Mia's Books hold her own team; Noor's accounts and totals are nowhere in her file."""
    case = Case(tmp_path / "plan")
    case.send()
    path = case.file("Mia Berg")
    books = openpyxl.load_workbook(path)["Books"]
    assert [r[0].value for r in books.iter_rows(min_row=3) if r[0].value] == ["Ana Ruiz", "Ben Okafor", "All books"]
    text = "".join(parts(path).values())
    assert "Cleo Tan" in text
    for theirs in ("B-1", "B-2", "M-1", "N-1"):
        assert f">{theirs}<" not in text


def test_sending_is_refused_while_it_would_reveal_a_departure(tmp_path: Path) -> None:
    """Ana leaves within the horizon, announced later: refused, naming accounts and files; on the day, sent."""
    leaving = {"end_date": dt.date(2027, 1, 31), "announce_on": dt.date(2026, 12, 10)}
    case = private_case(tmp_path / "plan", C1=leaving)
    with pytest.raises(ReviewError) as refused:
        case.send()
    said = str(refused.value)
    assert "Ana Ruiz, until 2026-12-10" in said
    assert "A-1" in said
    assert "Mia Berg, Noor Haddad" in said
    assert not (case.folder / "out").exists()
    assert len(case.send(now=NOW + dt.timedelta(days=9)).files) == 4


def test_held_back_moves_stand_as_today_and_give_nothing_away(tmp_path: Path) -> None:
    """With --hold-back Ana's book looks as it does today, her hours too, and nobody gets her accounts."""
    leaving = {"end_date": dt.date(2027, 1, 31), "announce_on": dt.date(2026, 12, 10)}
    case = private_case(tmp_path / "plan", C1=leaving)
    sent = case.send(hold_back=True)
    assert {c for c, _ in sent.held_back} == {"Ana Ruiz"}
    page = openpyxl.load_workbook(case.file("Mia Berg"))["Accounts"]
    columns = headers(page)
    rows = {page.cell(r, 1).value: r for r in range(3, page.max_row + 1)}
    for account_id in ("A-1", "A-2", "A-3"):
        assert page.cell(rows[account_id], columns["Proposed CSM"]).value == "Ana Ruiz"
        assert page.cell(rows[account_id], columns["Change"]).value == "stays"
    books = openpyxl.load_workbook(case.file("Mia Berg"), data_only=True)["Books"]
    ana = next(r for r in books.iter_rows(min_row=3) if r[0].value == "Ana Ruiz")
    assert ana[1].value == pytest.approx(100.0)
    text = "".join("".join(parts(f.path).values()) for f in sent.files)
    assert "2027-01-31" not in text
    assert "2026-12-10" not in text
    done = case.collect(case.returned("Mia Berg", {"A-1": {"Decision": "accept"}, "A-2": {"Override": "Ben Okafor"}}))
    assert [d.account_id for d in done.files[0].new] == ["A-2"]
