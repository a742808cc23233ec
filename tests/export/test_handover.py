"""Briefs, checklists, letters: what a receiving CSM is told and not told, what comes back, and what is late."""

from __future__ import annotations

import datetime as dt
import zipfile
from itertools import permutations
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bookwright import store
from bookwright.api_export import collect_checklists, hand_over, hand_over_status
from bookwright.export.brief_sheets import COMING, LEAVING
from bookwright.export.changes import transition
from bookwright.findings import InputError, ReviewError, UsageError
from bookwright.portfolio import Absence, Account
from tests.export.test_refusals import write
from tests.review.cases import NOW, Case, accounts, edit, portfolio, result

SECRETS = ("Medical leave", "Private remark", "bonus plan", "2027-02-27", "27 February", "ramps at", "13.37", "41.5")
"""Words and numbers of the facts that nothing sent may hold: notes, own columns, an end date, an absence, hours."""
TITLES = ("Internal brief done on", "Joint call done on", "Customer told on", "Systems updated on")
ALL_DONE = dict.fromkeys(TITLES, dt.datetime(2026, 11, 30))


def team_case(folder: Path, **announced: Any) -> Case:
    """The review's team, with secrets: Ana leaves, Cleo is away, accounts have notes and private columns."""
    people = []
    for c in portfolio().csms:
        if c.id == "C1":
            c = c.model_copy(update={"end_date": dt.date(2027, 2, 27), "reserved_hours": 13.37, **announced})
        if c.id == "C3":
            c = c.model_copy(update={"ramp_now": 41.5, "extra": {"HR": "ramps at home after Medical leave"}})
        people.append(c)
    told = {"notes": "Private remark", "health": 40.0, "escalation": True, "language": "German"}
    extra = {"Executive sponsor": "Dr. Weiß", "Last touch": dt.date(2026, 11, 5), "Margin": "bonus plan"}
    some: list[Account] = [
        a.model_copy(update={**told, "extra": extra, "row": k}) for k, a in enumerate(accounts(), start=2)
    ]
    away = (Absence(csm_id="C3", month=dt.date(2027, 2, 1), hours_lost=41.5),)
    headers = (("Account ID", "id"), ("Notes", "notes"), *((h, None) for h in extra))
    return Case(
        folder,
        result(csms=tuple(people), accounts=tuple(some), absences=away, account_columns=headers, plan_id="plan-h"),
    )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """The team's plan."""
    return team_case(tmp_path)


def sent(case: Case, name: str = "ho", **more: Any) -> Path:
    """Hand-overs written into a folder."""
    hand_over(case.plan, case.folder / name, today=NOW.date(), **more)
    return case.folder / name


def texts_of(folder: Path) -> str:
    """Everything that stands in the files of a folder, workbooks unzipped."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                found += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
        elif path.is_file():
            found.append(path.read_text(encoding="utf-8"))
    return "\n".join(found)


def test_a_page_per_account_and_nothing_private(case: Case) -> None:
    """A page for each account that comes; no file holds a note, a day of leaving, an absence."""
    folder = sent(case)
    book = openpyxl.load_workbook(folder / "Hand-over Cleo Tan.xlsx")
    assert book.sheetnames[:3] == ["Read me", COMING, LEAVING]
    assert len(book.sheetnames) - 3 - 1 == 3  # and the hidden one that tells the file
    assert book[COMING].page_setup.fitToHeight == 0
    assert all(book[name].page_setup.fitToHeight != 0 for name in book.sheetnames[3:-1])
    everything = texts_of(folder)
    assert [s for s in SECRETS if s in everything] == []
    for word in ("Dr. Weiß", "German", "40, red", "2026-11-05"):
        assert word in everything
    assert "Book reassigned." in everything
    assert not (folder / "Hand-over Mia Berg.xlsx").exists(), "who neither gives nor receives gets no file"


def test_what_is_named_is_let_in(case: Case) -> None:
    """Notes only on request; a column that is not there is named."""
    assert "Private remark" in texts_of(sent(case, show=("notes",)))
    with pytest.raises(UsageError, match="no column 'Nots'"):
        sent(case, "b", show=("Nots",))


def test_an_unannounced_departure_is_not_handed_over(tmp_path: Path) -> None:
    """Refused with the list; held back, no file names the accounts of that book."""
    case = team_case(tmp_path, announce_on=dt.date(2027, 1, 20))
    with pytest.raises(ReviewError, match="Ana Ruiz, until 2027-01-20"):
        sent(case)
    everything = texts_of(sent(case, "b", hold_back=True))
    assert "Ana Ruiz" not in everything
    assert "A-1<" not in everything
    assert "N-1" in everything


def test_contacts_and_open_work_stand_on_the_page(case: Case) -> None:
    """Of this account alone, open alone; the letter is addressed to the first contact."""
    heads = ("Contact ID", "Account ID", "First Name", "Last Name", "Email")
    contacts = write(case.folder / "contacts.csv", heads,
                     ("1", "A-1", "Jürgen", "=Weiß", "j@x.example"), ("2", "B-2", "Not", "Moved", "n@x"))  # fmt: skip
    work = write(case.folder / "tickets.csv", ("Ticket ID", "Company ID", "Ticket name", "Ticket status"),
                 ("7", "A-1", "Login fails", "Open"), ("8", "A-1", "Old one", "Closed"))  # fmt: skip
    folder = sent(case, children=[contacts, work])
    everything = texts_of(folder)
    assert "Login fails" in everything
    assert "Old one" not in everything
    assert "Not Moved" not in everything
    letter = (folder / "letters" / "Account A-1 A-1.txt").read_text(encoding="utf-8")
    assert letter.startswith("Subject: Your new contact for Account A-1\n\nDear Jürgen =Weiß,")
    assert "Cleo Tan takes over from Ana Ruiz" in letter
    first = (folder / "letters" / "Account N-1 N-1.txt").read_text(encoding="utf-8")
    assert "takes over" not in first
    assert "None" not in first


def test_a_letter_of_ones_own(case: Case) -> None:
    """A template fills what it asks for; a word that nothing fills is named with the nearest."""
    mine = case.folder / "letter.txt"
    mine.write_text("Hallo {contact}: {new_csm} ab {hand_over_on}.\nBisher: {old_csm}.\n", encoding="utf-8")
    folder = sent(case, letter=mine)
    assert (folder / "letters" / "Account N-1 N-1.txt").read_text(encoding="utf-8") == (
        "Hallo customer: Cleo Tan ab 1 March 2027.\n"
    )
    mine.write_text("{new_cms}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"\{new_cms\}, which nothing fills\. Maybe \{new_csm\}"):
        sent(case, "b", letter=mine)


# -- checklists ------------------------------------------------------------------------------------------------


def filled(case: Case, csm: str, edits: dict[str, dict[str, Any]], name: str) -> Path:
    """A CSM's workbook with some days filled in, as a new file."""
    back = case.folder / f"{name}.xlsx"
    back.write_bytes((case.folder / "ho" / f"Hand-over {csm}.xlsx").read_bytes())
    edit(back, edits, COMING)
    return back


def test_what_comes_back_is_kept_in_any_order_and_once(tmp_path: Path) -> None:
    """Two files about one account and one about another: every order, and twice, gives one status."""
    seen = []
    for k, order in enumerate(permutations(range(3))):
        case = team_case(tmp_path / str(k))
        sent(case)
        files = [
            filled(case, "Cleo Tan", {"A-1": {TITLES[0]: dt.datetime(2026, 11, 20)}}, "early"),
            filled(case, "Cleo Tan", {"A-1": {TITLES[0]: dt.datetime(2026, 11, 25), "Comment": "went well"}}, "late"),
            filled(case, "Ben Okafor", {"A-3": ALL_DONE}, "ben"),
        ]
        for k2 in (*order, order[0]):
            collect_checklists(case.plan, [files[k2]], now=NOW)
        found = hand_over_status(case.plan, on=dt.date(2027, 4, 10))
        seen.append([(m.change.account.id, dict(m.done), m.state, m.comments) for m in found.moves])
    assert all(s == seen[0] for s in seen)
    of = {a: (done, state, said) for a, done, state, said in seen[0]}
    assert of["A-3"][1] == "done"
    assert of["A-1"] == ({"Internal brief": dt.date(2026, 11, 25)}, "late", ("went well",))


def test_wrong_cells_are_named_and_the_rest_is_kept(case: Case) -> None:
    """A day to come, a word, a formula, a day that could be two: each by its cell."""
    sent(case)
    back = filled(
        case, "Cleo Tan",
        {"A-1": {TITLES[0]: dt.datetime(2026, 12, 2), TITLES[1]: dt.datetime(2026, 11, 3)},
         "A-2": {TITLES[0]: "soon", TITLES[1]: "=TODAY()", TITLES[2]: "03/04/2026", TITLES[3]: "2026-11-30"}},
        "wrong",
    )  # fmt: skip
    (read,) = collect_checklists(case.plan, [back], now=NOW)
    assert {(d.account_id, d.step) for d in read.new} == {("A-1", "Joint call"), ("A-2", "Systems updated")}
    said = " ".join(f.text for f in read.findings)
    for text in ("is still to come", '"soon" is no day', "holds a formula", "could be two days", COMING, "cell "):
        assert text in said


def test_a_wrong_day_is_taken_back_by_a_file_in_the_place_of_all_before(case: Case) -> None:
    """A blank takes nothing back; --replace does, for that CSM alone, and not from a file with a wrong cell."""
    sent(case)
    first = filled(case, "Cleo Tan", {"A-1": {TITLES[0]: dt.datetime(2026, 11, 25), "Comment": "Wrong row"}}, "first")
    other = filled(case, "Ben Okafor", {"A-3": ALL_DONE}, "ben")
    right = filled(case, "Cleo Tan", {"A-2": {TITLES[0]: dt.datetime(2026, 11, 25)}}, "right")
    broken = filled(case, "Cleo Tan", {"A-2": {TITLES[0]: "soon"}}, "broken")

    def told() -> dict[str, tuple[int, tuple[str, ...]]]:
        moves = hand_over_status(case.plan, on=NOW.date()).moves
        return {m.change.account.id: (len(m.done), m.comments) for m in moves if m.done or m.comments}

    collect_checklists(case.plan, [first, other, right], now=NOW)
    assert told() == {"A-1": (1, ("Wrong row",)), "A-2": (1, ()), "A-3": (len(TITLES), ())}
    (refused,) = collect_checklists(case.plan, [], replace=[broken], now=NOW)
    assert (refused.refused, refused.findings[-1].code, len(told())) == (True, "not_replaced", 3)
    (again,) = collect_checklists(case.plan, [], replace=[right], now=NOW)
    assert (len(again.new), told()) == (1, {"A-2": (1, ()), "A-3": (len(TITLES), ())})
    (back,) = collect_checklists(case.plan, [first], now=NOW)
    assert (len(back.new), told()["A-1"]) == (1, (1, ("Wrong row",)))


def test_a_plan_whose_hand_over_is_under_way_is_not_replaced(case: Case) -> None:
    """Planning anew under the same name would lose what CSMs sent back."""
    sent(case)
    collect_checklists(case.plan, [filled(case, "Ben Okafor", {"A-3": ALL_DONE}, "ben")], now=NOW)
    with pytest.raises(ReviewError, match="holds returned checklists"):
        store.save(case.result, store.path_for(case.plan))


def test_days_of_hand_over_are_the_plans_own(tmp_path: Path) -> None:
    """What is held back makes no month of the others another one than the plan's workbook shows."""
    case = team_case(tmp_path, announce_on=dt.date(2027, 1, 20))
    planned = store.load(case.store).days
    moves = transition(case.store, NOW.date(), hold_back=True)
    assert moves.held_back
    assert {c.account.id: c.hand_over_on for c in moves.changes}.items() <= planned.items()
    assert len(planned) > len(moves.changes)


def test_files_of_other_plans_and_scrambled_rows_are_refused(case: Case, tmp_path: Path) -> None:
    """Another plan's checklist, a workbook of something else, ids sorted without their rows."""
    sent(case)
    other = Case(tmp_path / "other", result(plan_id="plan-2"))
    hand_over(other.plan, tmp_path / "other" / "ho", today=NOW.date())
    foreign = collect_checklists(case.plan, [tmp_path / "other" / "ho" / "Hand-over Cleo Tan.xlsx", case.plan], now=NOW)
    assert [r.refused for r in foreign] == [True, True]
    assert "belongs to another plan (plan-2)" in foreign[0].findings[0].text
    back = filled(case, "Cleo Tan", {"A-1": {TITLES[0]: dt.datetime(2026, 11, 20)}}, "scrambled")
    book = openpyxl.load_workbook(back)
    page = book[COMING]
    page["A3"].value, page["A4"].value = page["A4"].value, page["A3"].value
    book.save(back)
    (read,) = collect_checklists(case.plan, [back], now=NOW)
    assert read.new == ()
    assert "the row is not read" in read.findings[0].text


def test_late_is_what_should_have_been_handed_over(case: Case) -> None:
    """Before the day open or soon, on the day not late yet, the day after late, done once every step is."""
    assert {m.state for m in hand_over_status(case.plan, on=dt.date(2026, 12, 1)).moves} == {"open"}
    assert {m.state for m in hand_over_status(case.plan, on=dt.date(2026, 12, 25)).moves} >= {"soon"}
    first = min(m.change.hand_over_on for m in hand_over_status(case.plan, on=NOW.date()).moves)
    assert hand_over_status(case.plan, on=first).count("late") == 0
    after = hand_over_status(case.plan, on=first + dt.timedelta(days=1))
    assert after.count("late") == sum(m.change.hand_over_on == first for m in after.moves)
    assert sum(c.late for c in after.csms) == after.count("late")


def test_days_of_a_calendar_are_kept_for_all_that_follows(case: Case) -> None:
    """What waves say holds in briefs, load files and status; a move in no wave keeps its planned month."""
    rows = [("Wave", "Hand over from", "Account ID"), ("1", "2027-01-18", "A-1"), ("", "", "A-2")]
    waves = write(case.folder / "waves.csv", *rows)
    before = {m.change.account.id: m.change.hand_over_on for m in hand_over_status(case.plan, on=NOW.date()).moves}
    assert "hand-over on 2027-01-18" in texts_of(sent(case, waves=waves))
    after = {m.change.account.id: m.change.hand_over_on for m in hand_over_status(case.plan, on=NOW.date()).moves}
    assert after == {**before, "A-1": dt.date(2027, 1, 18)}
    wrong = write(case.folder / "wrong.csv", rows[0], ("1", "soonish", "A-1"))
    with pytest.raises(InputError, match=r"wrong\.csv, cell B2: Hand over from 'soonish' is no date"):
        sent(case, "b", waves=wrong)


def test_a_filled_checklist_is_never_written_over(case: Case) -> None:
    """Sent twice into one folder is refused."""
    sent(case)
    with pytest.raises(UsageError, match="not written over"):
        sent(case)
