"""Situations that several tests start from."""

from __future__ import annotations

import datetime as dt

import pytest

from bookwright.portfolio import Portfolio
from tests.builders import DAY, account, csm, portfolio


@pytest.fixture
def overloaded_ana() -> Portfolio:
    """Ana has 120 of 100 hours, Bo 20; any two of her twelve accounts would do."""
    return portfolio([*(account(f"a{k}") for k in range(12)), account("b0", "bo"), account("b1", "bo")])


@pytest.fixture
def everybody_over() -> Portfolio:
    """A team that asks for help: 330 hours of work for 200."""
    return portfolio([account(f"a{k}", "ana" if k % 3 else "bo") for k in range(33)])


@pytest.fixture
def departure() -> Portfolio:
    """Ana leaves within the horizon; two of her accounts are frozen, one is new, and Cy covers another segment."""
    rows = [account(f"a{k}", segment="Big", renewal_date=DAY if k < 2 else None) for k in range(4)]
    rows.append(account("new", None, segment="Big"))
    team = [csm("ana", end_date=DAY + dt.timedelta(days=30)), csm("bo"), csm("cy", segments=("Small",))]
    return portfolio(rows, team)


@pytest.fixture
def nobody_may_own() -> Portfolio:
    """Three accounts of a segment that nobody covers, and one that somebody does."""
    rows = [account(f"x{k}", None, segment="Space") for k in range(3)]
    return portfolio(
        [*rows, account("a1", segment="Big")], [csm("ana", segments=("Big",)), csm("bo", segments=("Big",))]
    )
