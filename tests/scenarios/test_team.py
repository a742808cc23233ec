"""Teams merge and split: nobody is lost, ids that clash are kept apart, and a segment gets CSMs of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

import bookwright as bw
from bookwright.cli import main
from bookwright.findings import InputError, UsageError
from bookwright.scenarios.team import CAME_FROM, merge, split
from sample_inputs import occasions
from tests.builders import DAY, absence, account, csm, portfolio, wish


def test_two_teams_become_one_and_even_out() -> None:
    """The samples: the ids clash, all 33 accounts and six people are there, and nobody is over 100 % after a plan."""
    merged, notes = merge([("north", occasions.team_north()), ("south", occasions.team_south())])
    assert [f.code for f in notes] == ["ids_clash"]
    assert [c.id for c in merged.csms] == ["north:C-1", "north:C-2", "north:C-3", "south:C-1", "south:C-2", "south:C-3"]
    assert len(merged.accounts) == 33
    assert {a.extra[CAME_FROM] for a in merged.accounts} == {"north", "south"}
    result = bw.plan(merged, effort=30)
    assert sum(b.hours > b.capacity_hours for b in result.today.books) == 2
    assert not any(b.hours > b.capacity_hours for b in result.plan.books)


def test_a_merged_book_reads_back_as_it_was_made(tmp_path: Path) -> None:
    """Owners, pins, wishes and leave follow their CSM through the file."""
    north = portfolio(
        [account("a1", pin="ana"), account("a2", "bo")],
        [csm("ana", name="Ana North"), csm("bo")],
        [wish("never", "a2", "ana"), wish("keep together", "a1", "a2")],
        absences=(absence("ana", DAY, 20),),
    )
    south = portfolio([account("s1", "ana")], [csm("ana", name="Ana South")])
    merged, _ = merge([("n", north), ("s", south)])
    from bookwright.tables.write_input import write_portfolio

    book = bw.read(write_portfolio(merged, tmp_path / "team.xlsx"))
    assert {a.id: a.csm_id for a in book.accounts} == {"a1": "n:ana", "a2": "bo", "s1": "s:ana"}
    assert book.accounts[0].pin == "n:ana"
    assert {(w.kind.value, w.account_id, w.other) for w in book.wishes} == {
        ("never", "a2", "n:ana"),
        ("keep together", "a1", "a2"),
    }
    assert [(a.csm_id, a.hours_lost) for a in book.absences] == [("n:ana", 20)]


def test_who_stands_in_both_is_taken_once() -> None:
    """The same id and name is one person, one customer: the first row counts, and it is said."""
    one = portfolio([account("a1", name="Acme")], [csm("ana", customer_hours=80.0)])
    two = portfolio([account("a1", "bo", name="acme"), account("a2")], [csm("ana", customer_hours=50.0), csm("bo")])
    merged, notes = merge([("x", one), ("y", two)])
    assert [(c.id, c.customer_hours) for c in merged.csms] == [("ana", 80.0), ("bo", 100.0)]
    assert [(a.id, a.csm_id) for a in merged.accounts] == [("a1", "ana"), ("a2", "ana")]
    assert [f.code for f in notes] == ["in_several_books", "in_several_books"]


def test_what_cannot_be_one_is_refused_or_said() -> None:
    """Two currencies are refused; settings that differ are told, the first wins."""
    one, two = portfolio([account("a1")], currency="USD"), portfolio([account("a2")], currency="EUR")
    with pytest.raises(InputError, match="x in USD, y in EUR"):
        merge([("x", one), ("y", two)])
    with pytest.raises(UsageError):
        merge([("x", one)])
    near, far = (portfolio([account(f"a{k}")], settings={"arr_tolerance_percent": k}) for k in (5, 9))
    merged, notes = merge([("x", near), ("y", far)])
    assert merged.settings == {"arr_tolerance_percent": 5}
    assert "settings_differ" in {f.code for f in notes}


def test_a_segment_gets_csms_of_its_own() -> None:
    """Cy covers Small alone, nobody else does; a blank cell becomes the list of the others; forced moves follow."""
    rows = [account("a1", segment="Big"), account("a2", segment="Small"), account("c1", "cy", segment="Big")]
    team = [csm("ana"), csm("bo", segments=("Big", "Small")), csm("cy", segments=("Big",))]
    changed = split(portfolio(rows, team), "small", ["CY"], ["Eva"])
    assert {c.id: c.segments for c in changed.csms} == {
        "ana": ("Big",),
        "bo": ("Big",),
        "cy": ("Small",),
        "Eva": ("Small",),
    }
    result = bw.plan(changed, effort=100, effective_date=DAY)
    assert result.plan.by_account["a2"] in ("cy", "Eva")
    assert result.plan.by_account["c1"] in ("ana", "bo")
    assert {m.account_id: m.kind.value for m in result.plan.moves} == {"a2": "forced", "c1": "forced"}


def test_a_split_that_cannot_be_says_why() -> None:
    """Unknown names, a segment without accounts, a CSM left with nothing to cover, no CSM at all."""
    book = portfolio([account("a1", segment="Big")], [csm("ana", segments=("Big",)), csm("bo")])
    for segment, csms, new, said in (
        ("Huge", ["bo"], [], "Known: Big"),
        ("Big", ["Zoe"], [], "Maybe one of: Ana, Bo"),
        ("Big", ["bo"], [], "Ana covers Big alone"),
        ("Big", [], [], "--new NAME"),
        ("Big", ["ana"], ["Bo"], "on the CSMs sheet already"),
    ):
        with pytest.raises(UsageError, match=said):
            split(book, segment, csms, new)


def test_the_commands_write_books_to_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Merge, then split; an existing file is not written over."""
    for name in ("team_north.xlsx", "team_south.xlsx"):
        occasions.OCCASIONS[name](tmp_path / name)
    books = [str(tmp_path / name) for name in ("team_north.xlsx", "team_south.xlsx")]
    out, other = str(tmp_path / "team.xlsx"), str(tmp_path / "split.xlsx")
    codes = []
    for args in (
        ["team", "merge", *books, "-o", out],
        ["team", "merge", *books, "-o", out],
        ["team", "split", out, "--segment", "Mid-Market", "--new", "Eva", "-o", other],
    ):
        with pytest.raises(SystemExit) as end:
            main(args)
        codes.append(end.value.code)
    assert codes == [0, 2, 2]  # the file is there; and who covers nothing else must be named
    assert len(bw.read(out).accounts) == 33
    assert "33 accounts and 6 CSMs" in capsys.readouterr().out
