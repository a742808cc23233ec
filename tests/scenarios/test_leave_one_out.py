"""Leave-one-out: who would take what if one CSM left, what would be short, and that nobody else's accounts move."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bookwright.cli import main
from bookwright.findings import UsageError
from bookwright.planning_model import load
from bookwright.portfolio import Kind, Portfolio
from bookwright.report.leave_one_out import leave_one_out_workbook, sentence
from bookwright.scenarios.leave_one_out import LeaveOneOut, leave_one_out
from sample_inputs import occasions
from tests.builders import DAY, account, csm, portfolio

MODEL = load("departure").model_copy(update={"effective_date": DAY})


def asked(facts: Portfolio, *names: str, **more: object) -> LeaveOneOut:
    """The answer in this process."""
    return leave_one_out(facts, MODEL, csms=names, effort=60, workers=1, **more)  # type: ignore[arg-type]


def small() -> Portfolio:
    """Ana's Japanese account nobody else may own; Bo has room for half of Ana's book; Pool is no person."""
    rows = [account(f"a{k}", hours=20.0) for k in range(4)]
    rows += [
        account("jp", region="Japan"),
        account("new", None, hours=0.0),
        *(account(f"b{k}", "bo", hours=20.0) for k in range(3)),
    ]
    people = [csm("ana"), csm("bo", regions=("EMEA",)), csm("desk", kind=Kind.POOL, customer_hours=500.0)]
    return portfolio(rows, people)


def test_each_book_goes_to_who_may_have_it_and_what_is_short_is_said() -> None:
    """Bo has 40 hours left for Ana's 80: 40 short, and one account for nobody. Ana has 10 left for Bo's 60."""
    found = asked(small())
    ana, bo = found.leavings
    assert [x.csm_id for x in found.leavings] == ["ana", "bo"]
    assert (ana.takers, ana.nobody, ana.accounts) == ({"bo": 4}, ("jp",), 5)
    assert ana.short == pytest.approx(40)
    assert ana.over == (("bo", 0.0, pytest.approx(40)),)
    assert (bo.takers, bo.nobody) == ({"ana": 3}, ())
    assert bo.short == pytest.approx(50)
    assert "2 would leave it short, most of all Bo: 50 h" in sentence(found)
    assert "1 has accounts that nobody else may own" in sentence(found)


def test_hours_that_are_over_today_are_not_the_leaver_s() -> None:
    """Bo is 20 over already; Ana's 30 hours make it 50, of which 30 are short."""
    facts = portfolio([account("a1", hours=30), account("b1", "bo", hours=120)])
    (ana,) = asked(facts, "ana").leavings
    assert ana.over == (("bo", pytest.approx(20), pytest.approx(50)),)
    assert ana.short == pytest.approx(30)


def test_what_waits_today_is_placed_first() -> None:
    """An account without a CSM, and the book of one who is known to leave, are no part of the question."""
    facts = portfolio(
        [account("a1"), account("new", None), account("g1", "gil")],
        [csm("ana"), csm("bo"), csm("gil", end_date=DAY)],
    )
    found = asked(facts)
    assert found.placed_first == 2
    assert {x.csm_id for x in found.leavings} == {"ana", "bo"}
    assert sum(x.accounts for x in found.leavings) == 3


def test_a_pin_to_the_leaver_holds_nothing() -> None:
    """Who is gone cannot be pinned to; the plan of a leaver is never a contradiction."""
    facts = portfolio([account("a1", pin="ana"), account("b1", "bo")])
    (ana,) = asked(facts, "ana").leavings
    assert ana.takers == {"bo": 1}


def test_a_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    """By name or id, whatever the case."""
    assert [x.csm_id for x in asked(small(), "BO").leavings] == ["bo"]
    with pytest.raises(UsageError, match="Maybe one of: Ana, Bo"):
        asked(small(), "Zoe")


def test_a_killed_run_goes_on_from_its_journal(tmp_path: Path) -> None:
    """Outcomes are stored as they end; the second run takes them, another book does not."""
    journal = tmp_path / "x.progress"
    first = asked(small(), journal=journal)
    seen: list[str] = []
    assert len(journal.read_text(encoding="utf-8").splitlines()) == 3
    again = asked(small(), journal=journal, on_line=lambda line: seen.append(line.state))
    assert set(seen) == {"stored"}
    assert [x.takings for x in again.leavings] == [x.takings for x in first.leavings]
    other = small()
    other = other.model_copy(update={"accounts": other.accounts[1:]})
    asked(other, journal=journal, on_line=lambda line: seen.append(line.state))
    assert "done" in seen


def test_side_by_side_says_the_same_as_one_after_the_other() -> None:
    """Two processes, the same outcomes; every account of every book once."""
    team = occasions.departure()
    team = team.model_copy(update={"csms": tuple(c.model_copy(update={"end_date": None}) for c in team.csms)})
    one = leave_one_out(team, load("departure"), csms=("C-1", "C-2"), effort=60, workers=1)
    two = leave_one_out(team, load("departure"), csms=("C-1", "C-2"), effort=60, workers=2)
    assert one.leavings == two.leavings
    for x in one.leavings:
        assert {t.account_id for t in x.takings} == {a.id for a in team.accounts if a.csm_id == x.csm_id}
        assert all(t.csm_to not in (None, x.csm_id) for t in x.takings)


def test_the_workbook_counts_as_the_answer_does() -> None:
    """Hours taken over sum to the book, but for what nobody may own."""
    found = asked(small())
    book = leave_one_out_workbook(found)
    rows = book.sheet("Hours taken").tables[0].rows
    assert [sum(float(v or 0) for v in row[1:]) for row in rows] == [80.0, 60.0]  # type: ignore[arg-type]
    assert len(book.sheet("Accounts").tables[0].rows) == 8


def test_the_command_writes_a_workbook_and_says_it_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A leaf of the shelf: exit 0, a file, an object; the journal is gone when it is done."""
    book = tmp_path / "team.xlsx"
    occasions.OCCASIONS["departure.xlsx"](book)
    with pytest.raises(SystemExit) as end:
        main(["leave-one-out", str(book), "--csm", "Elif Demir", "--effort", "60", "--workers", "1", "-q", "--json"])
    assert end.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["leavings"][0]["csm_id"] == "C-2"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["team leave-one-out.xlsx", "team.xlsx"]
