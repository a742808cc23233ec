"""A plan that was loaded is told by its store: planned again by the plain command, the book stays as it is."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bookwright import api, cli, store
from bookwright.api_export import as_loaded, export
from bookwright.findings import ReviewError
from bookwright.generate import generate
from bookwright.portfolio import Portfolio
from bookwright.result import Result
from bookwright.tables.write_input import write_portfolio
from tests.export.crm import TODAY

EFFORT = 8
AS_IS = {"hold_back": True, "draft": True}  # one of the teams has wishes that cannot all hold
LOADED, LOOKS_LOADED = "as_loaded", "loaded_before"


def plan(book: Path, out: Path) -> Result:
    """What `bookwright plan BOOK` does, as often as it likes: read, look for a loaded plan beside, plan, write."""
    portfolio, model = as_loaded(api.read(book), "quarterly_rebalance", [book.parent], today=TODAY)
    result = api.plan(portfolio, model, effort=EFFORT, today=TODAY)
    api.write(result, out)
    return result


def book_of(folder: Path, seed: int) -> Path:
    """A made-up team's book: sizes and shapes differ by seed, somebody is overloaded."""
    made = generate(
        accounts=24 + 5 * (seed % 5), csms=3 + seed % 3, seed=seed, shape=("default", "full", "plain")[seed % 3],
        slack=(1.12, 0.95)[seed % 2],
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    return write_portfolio(made, folder / "book.xlsx")


def load(book: Path, file: Path, out: Path, *, also: dict[str, str] | None = None) -> Path:
    """A copy of the book with a load file's CSMs in it, and `also` other accounts' CSMs."""
    with file.open(encoding="utf-8", newline="") as rows:
        new = {row[0]: row[1] for row in list(csv.reader(rows))[1:]} | (also or {})
    read = api.read(book)
    by_id = {c.crm_user_id or c.id: c.id for c in read.csms}
    accounts = tuple(
        a.model_copy(update={"csm_id": by_id[new[a.id]], "csm_text": new[a.id]}) if a.id in new else a
        for a in read.accounts
    )
    return write_portfolio(read.model_copy(update={"accounts": accounts}), out)


def codes(portfolio: Portfolio | Result) -> set[str]:
    """What is said of an earlier plan."""
    return {f.code for f in portfolio.findings} & {LOADED, LOOKS_LOADED}


@pytest.mark.parametrize("seed", range(8))
def test_a_loaded_book_needs_no_move(tmp_path: Path, seed: int) -> None:
    """Any team, any shape: load.csv in a copy of the book, planned the same way, moves nothing; and again not."""
    book = book_of(tmp_path, seed)
    first = plan(book, tmp_path / "plan.xlsx")
    assert first.plan.moves
    assert not codes(first)
    done = export(tmp_path / "plan.xlsx", "csv", tmp_path / "load", csm_field="CSM", today=TODAY, **AS_IS)
    loaded = load(book, tmp_path / "load" / "load.csv", tmp_path / "loaded.xlsx")
    for out in ("again.xlsx", "again.xlsx"):
        again = plan(loaded, tmp_path / out)
        assert codes(again) == {LOADED}
        assert len(again.plan.moves) == len(first.plan.moves) - len(done.load.rows)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    """A book, its copy with the plan loaded, and the plan."""
    folder = tmp_path_factory.mktemp("team")
    book = book_of(folder, 3)
    result = plan(book, folder / "plan.xlsx")
    export(folder / "plan.xlsx", "csv", folder / "load", csm_field="CSM", today=TODAY, **AS_IS)
    return book, load(book, folder / "load" / "load.csv", folder / "loaded.xlsx"), result


def test_what_the_crm_changes_with_the_csm_is_no_news(team: tuple[Path, Path, Result]) -> None:
    """The day of the change set by the CRM, rows in another order: still the loaded book."""
    _, loaded, result = team
    read = api.read(loaded)
    moved = {m.account_id for m in result.plan.moves}
    on = result.problem.effective_date
    rows = tuple(a.model_copy(update={"csm_since": on}) if a.id in moved else a for a in reversed(read.accounts))
    told, model = as_loaded(
        read.model_copy(update={"accounts": rows}), "quarterly_rebalance", [loaded.parent], today=TODAY
    )
    assert codes(told) == {LOADED}
    assert len(model.rules["decisions"]["hold"]) == len(result.plan.by_account)


@pytest.mark.parametrize("share", [2, 100])
def test_half_loaded_the_rest_stands_as_planned(team: tuple[Path, Path, Result], tmp_path: Path, share: int) -> None:
    """Waves: what is loaded stays, be it one account, and what is not moves to the same CSM as before."""
    book, _, first = team
    moves = sorted(first.plan.moves, key=lambda m: m.account_id)
    half = {m.account_id: m.csm_to for m in moves[: -(-len(moves) // share)]}
    nothing = tmp_path / "none.csv"
    nothing.write_text("Account ID,CSM\n", encoding="utf-8")
    ids = {c.id: c.crm_user_id or c.id for c in first.problem.csms}
    part = load(book, nothing, tmp_path / "part.xlsx", also={a: ids[c] for a, c in half.items()})
    told, model = as_loaded(api.read(part), "quarterly_rebalance", [book.parent], today=TODAY)
    again = api.plan(told, model, effort=EFFORT, today=TODAY)
    assert again.plan.by_account == first.plan.by_account
    assert {m.account_id for m in again.plan.moves} == {m.account_id for m in moves} - set(half)


def test_a_book_with_news_is_planned_afresh_and_the_way_out_is_named(team: tuple[Path, Path, Result]) -> None:
    """An account's ARR changed, a CSM joined, another rule: planned afresh, --after offered. Next quarter: no word."""
    _, loaded, _ = team
    read = api.read(loaded)
    beside = [loaded.parent]
    richer = (read.accounts[0].model_copy(update={"arr": read.accounts[0].arr + 1}), *read.accounts[1:])
    joined = (*read.csms, read.csms[0].model_copy(update={"id": "new", "name": "New", "crm_user_id": "", "email": ""}))
    for news in ({"accounts": richer}, {"csms": joined}, {"settings": {**read.settings, "horizon_months": 4}}):
        told, model = as_loaded(read.model_copy(update=news), "quarterly_rebalance", beside, today=TODAY)
        assert (codes(told), "decisions" in model.rules) == ({LOOKS_LOADED}, False)
        assert any("--after" in f.advice for f in told.findings)
    later = dt.date(2027, 4, 1)
    told, model = as_loaded(read, "quarterly_rebalance", beside, today=TODAY, effective_date=later)
    assert (codes(told), "decisions" in model.rules) == (set(), False)
    assert not codes(as_loaded(read, "quarterly_rebalance", [], today=TODAY)[0])


def test_what_is_no_store_is_passed_over(team: tuple[Path, Path, Result], tmp_path: Path) -> None:
    """A foreign file of that name, an empty one: no plan, no word."""
    (tmp_path / "a.bookwright").write_bytes(b"something else")
    (tmp_path / "b.bookwright").write_bytes(b"")
    for name, harm in (("c", "delete from blobs where name = 'portfolio'"), ("d", "update blobs set content = 'x'")):
        place = tmp_path / f"{name}.bookwright"
        shutil.copy(team[0].parent / f"plan{store.SUFFIX}", place)
        with closing(sqlite3.connect(place)) as database:
            database.execute(harm)
            database.commit()
        with pytest.raises(ReviewError, match=rf"{name}\.bookwright is not a plan store"):
            store.load(place)
    with pytest.raises(ReviewError, match=r"a\.bookwright is not a plan store"):
        store.rounds_planned(tmp_path / "a.bookwright")
    told, _ = as_loaded(api.read(team[1]), "quarterly_rebalance", [tmp_path], today=TODAY)
    assert not codes(told)


def test_the_command_says_so_and_plans_anew_when_asked(
    team: tuple[Path, Path, Result], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`bookwright plan COPY` moves nothing by choice and says whose doing it is; --afresh looks again."""
    _, loaded, _ = team
    for more, says in (((), True), (("--afresh",), False)):
        with pytest.raises(SystemExit):
            cli.main(["plan", str(loaded), "--effort", str(EFFORT), "-o", str(tmp_path / "out.xlsx"), *more])
        said = capsys.readouterr()
        assert ("moves of plan.bookwright are made in this book" in said.err) is says
        assert says is False or "No account moves" in said.out or "0 chosen" in said.out or "forced" in said.out
