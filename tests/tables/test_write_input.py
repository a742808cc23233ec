"""Input workbooks: what is written is read back as the same facts, text stays text, the bytes are the same again."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from bookwright.findings import InputError, UsageError
from bookwright.generate import OCCASIONS, SHAPES, generate
from bookwright.portfolio import Absence, Account, Coverage, Csm, Kind, Portfolio, Status, Wish, WishKind
from bookwright.tables import read
from bookwright.tables.write_input import write_portfolio

FORMS = ("book.xlsx", "book")


def facts(portfolio: Portfolio) -> Portfolio:
    """A portfolio without what belongs to the file: where it came from and its headers."""
    return portfolio.model_copy(update={"source": "", "account_columns": ()})


def come_back(portfolio: Portfolio, path: Path) -> Portfolio:
    """The portfolio written and read again, with no finding that stops."""
    again, findings = read(write_portfolio(portfolio, path))
    assert not findings.errors, [f.text for f in findings.errors]
    return again


@pytest.fixture
def complete() -> Portfolio:
    """Every field of the facts filled once, with the texts that spreadsheets like to spoil."""
    day = dt.date(2026, 5, 17)
    accounts = (
        Account(
            id="00123", name="=1+1", segment="Mid-Market", arr=1234.56, csm_id="C-1", csm_text="Ana Lopez", hours=2.25,
            renewal_arr=1000.0, region="NA", time_zone="UTC+1", language="Spanish", industry="Retail", product="Core",
            pod="Blue", parent_id="007", renewal_date=day, contract_term_months=24.0, csm_since=day,
            csm_changes_24m=2, health=61.0, stage="Adopting", complexity="High", growth_potential=17.5, pin="C-1",
            pin_reason="Executive sponsor", pin_until=day, freeze_until=day, escalation=True, status=Status.NOTICE,
            coverage=Coverage.POOL, sales_owner="Sam Seller", notes="-5 % asked; @legal", row=2,
            extra={"NPS": 7.0, "Tier": "+A", "Seen": dt.datetime(2026, 1, 2)},
        ),
        Account(
            id="E7", name="-Dash", segment="SMB", arr=0.0, row=3, extra={"NPS": None, "Tier": "None", "Seen": None}
        ),
    )  # fmt: skip
    csms = (
        Csm(
            id="C-1", name="Ana Lopez", email="ana@example.com", manager="Marta Ruiz", segments=("Mid-Market", "SMB"),
            regions=("NA", "EMEA"), languages=("Spanish",), industries=("Retail",), products=("Core", "Plus"),
            time_zones=("UTC+1",), pod=("Blue",), contract_hours=150.0, customer_hours=98.5, reserved_hours=4.0,
            internal_share=0.25, productivity=0.9, ramp=(25.0, 50.0, 75.0), ramp_now=50.0, start_date=day,
            end_date=dt.date(2027, 5, 1), announce_on=day, max_accounts=40, max_moves_in=5, max_moves_out=6,
            kind=Kind.POOL, cost_per_month=9000.0, crm_user_id="0051", row=2,
            extra={"Desk": "007"},
        ),
        Csm(id="C-2", name="Ben Carter", segments=("SMB",), regions=("NA",), row=3, extra={"Desk": None}),
        Csm(id="C-3", name="Ben Carter", segments=("SMB",), regions=("NA",), row=4, extra={"Desk": "x"}),
    )  # fmt: skip
    wishes = (
        Wish(kind=WishKind.APART, account_id="00123", other="E7", note="Competitors", row=2),
        Wish(kind=WishKind.NEVER, account_id="E7", other="C-2", row=3),
    )
    absences = (Absence(csm_id="C-3", month=dt.date(2026, 8, 1), hours_lost=40.5, row=2),)
    return Portfolio(
        accounts=accounts,
        csms=csms,
        wishes=wishes,
        absences=absences,
        settings={"effective_date": dt.date(2026, 7, 1), "hours_per_month:SMB": 0.5, "currency": "EUR"},
        currency="EUR",
    )


def test_the_complete_portfolio_is_complete(complete: Portfolio) -> None:
    """A field added to the facts must be added here too, or its way through a workbook goes untested."""
    for thing in (complete.accounts[0], complete.csms[0], complete.wishes[0]):
        usual = {name: field.get_default(call_default_factory=True) for name, field in type(thing).model_fields.items()}
        assert [n for n in usual if getattr(thing, n) == usual[n] and n not in ("currency", "kind")] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_field_comes_back(complete: Portfolio, tmp_path: Path, form: str) -> None:
    """Workbook or csv folder: the same accounts, CSMs, wishes, absences and settings, field by field."""
    again = come_back(complete, tmp_path / form)
    for name in ("csms", "wishes", "absences", "settings", "currency"):
        assert getattr(again, name) == getattr(complete, name), name
    for before, after in zip(complete.accounts, again.accounts, strict=True):
        assert after.model_copy(update={"extra": {}}) == before.model_copy(update={"extra": {}})


def test_unknown_columns_come_back_from_a_workbook(complete: Portfolio, tmp_path: Path) -> None:
    """A team's own columns ride along with their types."""
    again = come_back(complete, tmp_path / "book.xlsx")
    assert [a.extra for a in again.accounts] == [a.extra for a in complete.accounts]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_generated_portfolios_come_back_whole(tmp_path: Path, shape: str, form: str) -> None:
    """What generate makes is what a plan of its workbook sees."""
    for seed, occasion in enumerate(OCCASIONS):
        portfolio = generate(60, 5, seed=seed, shape=shape, occasion=occasion)
        again = come_back(portfolio, tmp_path / f"{seed}{form}")
        for before, after in zip(portfolio.accounts, again.accounts, strict=True):
            assert after == before
        assert facts(again) == facts(portfolio)


def test_text_stays_text_in_the_cells(complete: Portfolio, tmp_path: Path) -> None:
    """No formula, no number made of an id: checked in the raw cells, not by our own reader."""
    page = openpyxl.load_workbook(write_portfolio(complete, tmp_path / "book.xlsx"))["Accounts"]
    headers = [c.value for c in page[1]]
    cells = {h: page[2][at] for at, h in enumerate(headers)}
    assert (cells["Account ID"].value, cells["Account ID"].data_type) == ("00123", "s")
    assert (cells["Account"].value, cells["Account"].data_type) == ("=1+1", "s")
    assert cells["ARR"].value == 1234.56
    assert cells["Renewal date"].value == dt.datetime(2026, 5, 17)


def test_csv_cells_cannot_be_run(complete: Portfolio, tmp_path: Path) -> None:
    """Texts that a spreadsheet program would take for a formula stand behind an apostrophe."""
    folder = write_portfolio(complete, tmp_path / "book")
    with (folder / "accounts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1][:2] == ["00123", "'=1+1"]
    assert rows[2][1] == "'-Dash"


def test_only_columns_that_hold_something_are_written(tmp_path: Path) -> None:
    """A small portfolio gives a small sheet: the required columns, name and CSM, and what is filled."""
    portfolio = Portfolio(accounts=(Account(id="1", health=50.0),), csms=(Csm(id="C", name="Ana"),))
    book = openpyxl.load_workbook(write_portfolio(portfolio, tmp_path / "book.xlsx"))
    headers = [c.value for c in book["Accounts"][1]]
    assert headers == ["Account ID", "Account", "Segment", "ARR", "Current CSM", "Health"]
    assert [c.value for c in book["CSMs"][1]] == ["CSM ID", "CSM", "Segments"]
    assert book.sheetnames == ["Accounts", "CSMs", "Settings"]


def test_two_csms_of_one_name_are_written_by_id(complete: Portfolio, tmp_path: Path) -> None:
    """A name that two share would find nobody."""
    book = openpyxl.load_workbook(write_portfolio(complete, tmp_path / "book.xlsx"))
    assert book["Absences"]["A2"].value == "C-3"
    assert book["Accounts"].cell(2, [c.value for c in book["Accounts"][1]].index("Pin") + 1).value == "Ana Lopez"


def test_the_story_stands_first_and_is_not_read(tmp_path: Path) -> None:
    """A page for people does not disturb the facts."""
    portfolio = generate(20, 3, seed=1)
    path = write_portfolio(portfolio, tmp_path / "book.xlsx", story=("A story", "with two lines"))
    assert openpyxl.load_workbook(path).sheetnames[0] == "Story"
    assert facts(read(path)[0]) == facts(portfolio)


def test_the_same_facts_give_the_same_bytes(tmp_path: Path) -> None:
    """No clock, no random ids in the file."""
    portfolio = generate(40, 4, seed=2, shape="full")
    one, two = write_portfolio(portfolio, tmp_path / "one.xlsx"), write_portfolio(portfolio, tmp_path / "two.xlsx")
    assert one.read_bytes() == two.read_bytes()


def test_an_input_is_never_written_onto(tmp_path: Path) -> None:
    """Neither as a workbook nor inside a folder."""
    portfolio = generate(5, 2, seed=1)
    path = write_portfolio(portfolio, tmp_path / "book.xlsx")
    before = path.read_bytes()
    with pytest.raises(UsageError):
        write_portfolio(generate(5, 2, seed=2), path, inputs=[path])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["book.xlsx"]


def test_a_text_longer_than_a_cell_is_refused_not_cut(tmp_path: Path) -> None:
    """A workbook would lose it silently; a csv holds it."""
    portfolio = Portfolio(accounts=(Account(id="1", notes="x" * 40_000),), csms=(Csm(id="C", name="Ana"),))
    with pytest.raises(InputError, match="40,000 characters"):
        write_portfolio(portfolio, tmp_path / "book.xlsx")
    assert write_portfolio(portfolio, tmp_path / "book").is_dir()
