"""AdventureWorks (701 stores, 17 sales people) read through its column mapping; the folder is BOOKWRIGHT_DATA."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bookwright.portfolio import Portfolio
from bookwright.tables import draft_csms, propose_mapping, read

pytestmark = pytest.mark.real
MAPPING = Path(__file__).with_name("adventureworks.toml")


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of AdventureWorks, in or beside the one that BOOKWRIGHT_DATA names."""
    given = Path(os.environ["BOOKWRIGHT_DATA"])
    return given if (given / "stores.csv").exists() else given / "adventureworks"


@pytest.fixture(scope="module")
def portfolio(folder: Path) -> Portfolio:
    """The portfolio as read, without an error."""
    read_one, findings = read(folder, columns=MAPPING)
    assert not findings.errors
    return read_one


def test_every_store_and_only_the_representatives_are_read(portfolio: Portfolio) -> None:
    """701 stores, each with today's owner; 14 of 17 people, 160 customer hours each."""
    assert len(portfolio.accounts) == 701
    assert all(a.csm_id for a in portfolio.accounts)
    assert len(portfolio.csms) == 14
    assert {c.customer_hours for c in portfolio.csms} == {160}
    assert {a.segment: a.hours for a in portfolio.accounts} == {"BM": 2.0, "BS": 2.5, "OS": 3.0}


def test_regions_are_the_territories_held_today(portfolio: Portfolio) -> None:
    """Each representative covers where they hold stores; the new hire 284 the Northwest."""
    held: dict[str, set[str]] = {}
    for account in portfolio.accounts:
        held.setdefault(str(account.csm_id), set()).add(account.region)
    for csm in portfolio.csms:
        assert set(csm.regions) == held.get(csm.id, {"Northwest"})
    assert portfolio.csm_by_id["284"].regions == ("Northwest",)


def test_without_a_mapping_one_is_proposed(folder: Path) -> None:
    """The proposal finds the stores' ids, owners, revenue and the people."""
    text = propose_mapping(folder)
    for line in ('id = "store_id"', 'csm = "owner_salesperson_id"', 'arr = "AnnualRevenue"', 'id = "salesperson_id"'):
        assert line in text


def test_a_csms_sheet_can_be_drafted(folder: Path) -> None:
    """13 people own stores today."""
    assert len(draft_csms(folder, columns=MAPPING)) == 13
