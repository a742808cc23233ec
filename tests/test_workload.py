"""Hours of accounts and CSMs: where they come from, ramps, starts and ends, month by month."""

from __future__ import annotations

import datetime as dt

import pytest

from bookwright.planning_model import CapacitySettings
from bookwright.portfolio import Csm
from bookwright.workload import account_hours, add_months, capacity_by_month, full_hours, month_starts
from tests.builders import DAY, account, csm, model

MODEL = model(hours_per_month={"Big": 8.0}, hours_per_month_elsewhere=2.0)


def months(person: Csm, *, effective: dt.date = DAY) -> list[float]:
    """Capacity in each month of a horizon of three."""
    return [round(float(h), 3) for h in capacity_by_month(person, effective, MODEL)]


def test_an_accounts_hours_come_from_its_cell_its_segment_or_the_fallback() -> None:
    """In this order; a zero in the cell is a zero."""
    assert account_hours(account("a", hours=0.0, segment="Big"), MODEL) == (0.0, "cell")
    assert account_hours(account("a", hours=None, segment="BIG"), MODEL) == (8.0, "segment")
    assert account_hours(account("a", hours=None, segment="Odd"), MODEL) == (2.0, "fallback")


def test_a_csms_hours_come_from_customer_hours_or_the_contract() -> None:
    """Contract x (1 - internal share) - reserved, x productivity; never below nothing."""
    assert full_hours(csm("a", customer_hours=90.0, reserved_hours=20), MODEL) == 90
    assert full_hours(csm("a", customer_hours=None), MODEL) == pytest.approx(100)
    part = csm("a", customer_hours=None, contract_hours=80.0, internal_share=0.25, reserved_hours=10, productivity=0.5)
    assert full_hours(part, MODEL) == pytest.approx(25)
    assert full_hours(csm("a", customer_hours=None, reserved_hours=500), MODEL) == 0


def test_starting_and_ending_within_the_horizon() -> None:
    """Days present count; after the last day there is nothing."""
    assert months(csm("a")) == [100, 100, 100]
    assert months(csm("a", end_date=dt.date(2027, 2, 14))) == [100, 50, 0]
    assert months(csm("a", start_date=dt.date(2027, 2, 15), ramp=(100.0,))) == [0, 50, 100]
    assert months(csm("a", start_date=dt.date(2027, 4, 1))) == [0, 0, 0]


def test_ramps_count_from_the_start() -> None:
    """The sheet's ramp, else the planning model's; the last step of the sheet's holds on."""
    assert months(csm("a", start_date=DAY)) == [25, 50, 75]
    assert months(csm("a", start_date=DAY, ramp=(50.0, 60.0))) == [50, 60, 60]
    assert months(csm("a", start_date=dt.date(2026, 12, 1))) == [50, 75, 100]
    assert months(csm("a", start_date=dt.date(2026, 12, 31))) == [25, 50, 75]
    assert months(csm("a", start_date=dt.date(2020, 1, 1))) == [100, 100, 100]
    assert months(csm("a", start_date=dt.date(2020, 1, 1), ramp=(50.0, 60.0))) == [60, 60, 60]


def test_ramp_now_is_the_share_on_the_effective_date() -> None:
    """It climbs along the steps above it, also along the sheet's own where no start date is given."""
    assert months(csm("a", ramp_now=50.0)) == [50, 75, 100]
    assert months(csm("a", ramp_now=60.0)) == [60, 75, 100]
    assert months(csm("a", ramp_now=100.0)) == [100, 100, 100]
    assert months(csm("a", ramp_now=20.0, ramp=(20.0, 40.0))) == [20, 40, 40]
    assert months(csm("a", ramp=(20.0, 40.0))) == [20, 40, 40]


def test_no_ramp_in_the_model_means_full_hours() -> None:
    """An empty list is no ramp at all."""
    flat = MODEL.model_copy(update={"capacity": CapacitySettings(ramp_percent_per_month=())})
    assert capacity_by_month(csm("a", start_date=DAY), DAY, flat).tolist() == [100, 100, 100]


def test_months_end_where_shorter_ones_do() -> None:
    """A horizon that starts on the 31st has months of their own length."""
    assert add_months(dt.date(2027, 1, 31), 1) == dt.date(2027, 2, 28)
    assert month_starts(dt.date(2027, 1, 31), 2) == [dt.date(2027, 1, 31), dt.date(2027, 2, 28), dt.date(2027, 3, 31)]
