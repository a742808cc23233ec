"""Corrections that operations accepted: facts of the next round where its book still has what was reviewed."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import openpyxl
import pytest

import bookwright as bw
from bookwright import api_review, api_round, store
from bookwright.findings import UsageError
from bookwright.planning_model import Fx, load
from bookwright.review.corrected import _parsed
from bookwright.review.decisions import Correction
from bookwright.review.resolve import Prepared
from bookwright.review.rounds import FileReturned, Rounds
from bookwright.tables.columns import Type
from bookwright.tables.write_input import write_portfolio
from tests.test_cli import SAMPLES

NOW = dt.datetime(2026, 12, 10, 12, tzinfo=dt.UTC)
ASKED = (
    Correction("A-06", "ARR", "250,000", reviewer="Mia"),
    Correction("A-07", "Hours a month", "2.5", reviewer="Mia"),
    Correction("A-08", "Today's CSM", "ana lopez", reviewer="Noor"),
    Correction("A-09", "Renewal date", "2027-06-30", reviewer="Noor"),
    Correction("A-10", "other", "is now a partner's", reviewer="Noor"),
    Correction("A-11", "ARR", "1", reviewer="Noor"),
    Correction("A-12", "ARR", "2", reviewer="Noor"),
)


@pytest.fixture
def corrected(tmp_path: Path) -> Path:
    """The starter's plan with seven corrections: five accepted, one refused, one open."""
    shutil.copy(SAMPLES / "starter.xlsx", tmp_path / "book.xlsx")
    plan = bw.write(bw.plan(bw.read(tmp_path / "book.xlsx")), tmp_path / "book plan.xlsx")
    with Rounds(store.path_for(plan)) as rounds:
        rounds.record(FileReturned("0", "Review Mia.xlsx", 1, "Mia", "recorded", NOW), (), ASKED)
    api_review.judge_corrections(plan, (1, 2, 3, 4, 5), "accepted", who="Dana")
    api_review.judge_corrections(plan, (6,), "refused", who="Dana")
    return plan


def prepare(plan: Path) -> tuple[Prepared, api_round.Resolved]:
    """The next round, and what was said before it was solved."""
    said: list[Prepared] = []
    found = api_round.next_round(
        plan, plan.with_name("book.xlsx"), round=2, effort=20, on_prepared=said.append, today=NOW.date()
    )
    return said[0], found


def test_accepted_corrections_are_facts_of_the_next_round_and_said_first(corrected: Path) -> None:
    """ARR, hours, today's CSM and a date come true; what cannot be applied, is refused or open changes nothing."""
    prepared, found = prepare(corrected)
    accounts = found.result.problem.portfolio.account_by_id
    assert accounts["A-06"].arr == 250_000
    assert accounts["A-07"].hours == 2.5
    assert (accounts["A-08"].csm_id, accounts["A-08"].csm_text) == ("C-1", "Ana Lopez")
    assert accounts["A-09"].renewal_date == dt.date(2027, 6, 30)
    assert accounts["A-11"].arr == 100_000
    assert accounts["A-12"].arr == 100_000
    assert "(A-06): ARR is taken as 250,000, not 100,000 (asked by Mia, accepted by Dana)." in prepared.said[0]
    assert '"other" is no column that can be corrected here' in prepared.said[4]
    assert prepared.said[5].startswith("1 correction is neither accepted nor refused")
    assert found.result.since_last_round[0] == prepared.said[0]
    assert api_round.write_round(found, corrected, corrected.with_name("second.xlsx")).exists()
    assert store.load(store.path_for(corrected)).portfolio.account_by_id["A-06"].arr == 250_000


def test_a_book_that_says_something_else_by_now_counts(corrected: Path) -> None:
    """Corrected in the source: nothing to do; changed to a third value: the book counts, and it is said."""
    book = corrected.with_name("book.xlsx")
    sheets = openpyxl.load_workbook(book)
    page = sheets["Accounts"]
    head = next(r for r in page.iter_rows(max_row=5) if any(c.value == "Account ID" for c in r))
    columns = {c.value: c.column for c in head}
    rows = {page.cell(r, columns["Account ID"]).value: r for r in range(1, page.max_row + 1)}
    page.cell(rows["A-06"], columns["ARR"]).value = 250_000
    page.cell(rows["A-07"], columns["Hours per month"]).value = 7
    sheets.save(book)
    prepared, found = prepare(corrected)
    accounts = found.result.problem.portfolio.account_by_id
    assert (accounts["A-06"].arr, accounts["A-07"].hours) == (250_000, 7)
    assert "is 250,000 in the book already" in prepared.said[0]
    assert "not applied: the book says 7 by now" in prepared.said[1]


def test_the_correction_holds_on_in_the_third_round(corrected: Path) -> None:
    """While the book still has the old value, no later round forgets it."""
    _, second = prepare(corrected)
    api_round.write_round(second, corrected, corrected.with_name("second.xlsx"))
    third = api_round.next_round(corrected, corrected.with_name("book.xlsx"), round=3, effort=20, today=NOW.date())
    assert third.result.problem.portfolio.account_by_id["A-06"].arr == 250_000
    assert not any("other facts" in line for line in third.prepared.said)


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("Today's CSM", "Nobody Known", "no CSM of the book"),
        ("Renewal date", "03/04/2027", "two days"),
        ("ARR", "a lot", "cannot be read"),
        ("Account ID", "A-99", "no column that can be corrected"),
    ],
)
def test_what_cannot_be_understood_is_said_and_changes_nothing(
    tmp_path: Path, column: str, text: str, why: str
) -> None:
    """A name nobody has, a day that could be another, a word for money, an id."""
    facts = bw.read(SAMPLES / "starter.xlsx")
    asked = Correction("A-06", column, text, reviewer="Mia", verdict="accepted", judged_by="Dana")
    found = api_round.correct(facts, [asked], {1: facts}, lambda book: book)
    assert found.portfolio is facts
    assert why in found.said[0]


def test_a_number_that_no_correction_has_is_refused(corrected: Path) -> None:
    """Nothing is accepted by mistake."""
    with pytest.raises(UsageError, match="no correction 9"):
        api_review.judge_corrections(corrected, (9,), "accepted", who="Dana")


def test_money_in_another_currency_is_corrected_by_the_models_rates(tmp_path: Path) -> None:
    """Reviewers see dollars: a bare number is dollars, one in euros is brought over; renewals keep their rate."""
    facts = bw.read(SAMPLES / "starter.xlsx")
    euros = {a: {"currency": "EUR", "arr": 80_000.0, "renewal_arr": 40_000.0} for a in ("A-06", "A-07", "A-08")}
    accounts = tuple(a.model_copy(update=euros.get(a.id, {"currency": "USD"})) for a in facts.accounts)
    book = write_portfolio(facts.model_copy(update={"accounts": accounts, "currency": ""}), tmp_path / "book.xlsx")
    usual = load("quarterly_rebalance")
    model = usual.model_copy(update={"fx": Fx(into="USD", rates={"EUR": 1.25})})
    plan = bw.write(bw.plan(bw.read(book), model, effort=20), tmp_path / "book plan.xlsx")
    told = {"A-06": "250,000", "A-07": "€ 96,000", "A-08": "£ 70,000", "A-09": "£ 70,000", "A-10": "$120,000"}
    asked = [Correction(a, "ARR", value, reviewer="Mia") for a, value in told.items()]
    with Rounds(store.path_for(plan)) as rounds:
        rounds.record(FileReturned("0", "Review Mia.xlsx", 1, "Mia", "recorded", NOW), (), asked)
    api_review.judge_corrections(plan, (1, 2, 3, 4, 5), "accepted", who="Dana")
    prepared, found = prepare(plan)
    now = found.result.problem.portfolio.account_by_id
    assert [(now[a].arr, now[a].renewal_arr) for a in ("A-06", "A-07", "A-08", "A-10")] == [
        (250_000, 50_000), (120_000, 50_000), (100_000, 50_000), (120_000, None)
    ]  # fmt: skip
    assert "(A-06): ARR is taken as 250,000 USD, not 100,000 (asked by Mia, accepted by Dana)." in prepared.said[0]
    assert "(A-07): ARR is taken as 120,000 USD, not 100,000" in prepared.said[1]
    for line in prepared.said[2:4]:
        assert "the correction to £ 70,000 is not applied: the book has no rate from GBP into USD" in line


@pytest.mark.parametrize(("text", "arr"), [("1.200", 1200.0), ("1,200", 1200.0), ("1200.5", 1200.5), ("7,5", 7.5)])
def test_money_in_a_correction_reads_as_in_a_book(text: str, arr: float) -> None:
    """Three digits after a point are thousands there, too."""
    assert _parsed(text, Type.MONEY) == arr
