"""The facts as arrays: what every account needs, what every CSM has, on one effective date. No bars yet.

Money and hours become integers here, once: whole currency units and whole seconds, workload rounded up and capacity
down, so that a plan that fits in integers fits in fact. What people see and what `check` uses stays in the workbook's
own values.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bookwright.findings import InputError
from bookwright.planning_model import PlanningModel, with_settings
from bookwright.portfolio import Account, Cell, Csm, Portfolio
from bookwright.workload import Hours, add_months, capacity_by_month, month_starts, with_sheets

SECONDS = 3600
_EPS = 1e-6
RED_BELOW = 50.0
"""Health below this is red, below 75 amber."""
AMBER_BELOW = 75.0
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Quarter:
    """A fiscal quarter: `label` for people ("2027 Q1"), `first` its first day, `after` the day after its last."""

    label: str
    first: dt.date
    after: dt.date


def fiscal_quarter(day: dt.date, starts_month: int) -> Quarter:
    """The fiscal quarter that holds a day; named by the calendar year in which the fiscal year ends."""
    shifted = (day.month - starts_month) % 12
    first = add_months(day.replace(day=1), -(shifted % 3))
    year_end = add_months(add_months(first, -(shifted - shifted % 3)), 11)
    prefix = "FY" if starts_month != 1 else ""
    return Quarter(f"{prefix}{year_end.year} Q{shifted // 3 + 1}", first, add_months(first, 3))


def default_effective_date(today: dt.date, starts_month: int) -> dt.date:
    """The first day of the next fiscal quarter: what a plan counts from when nobody says."""
    return fiscal_quarter(today, starts_month).after


@dataclass(frozen=True, eq=False)
class Problem:
    """Portfolio x planning model, resolved to numbers on an effective date.

    Arrays over planned accounts (n) and CSMs (m): `owner` (n,) position of today's CSM, -1 none; `hours` (n,) float and
    `workload` (n,) whole seconds; `arr` (n,) float; `renewal_arr` (n, quarters) float: the ARR that renews in each
    quarter; `red` (n,) bool; `capacity_hours` (m,) float and `capacity` (m,) seconds: the last month of the horizon;
    `capacity_months` (m, months). `segment` (n,) position in `segments`. `leaves` says why a CSM can own nothing at the
    horizon's end ("" = can).
    """

    portfolio: Portfolio
    model: PlanningModel
    effective_date: dt.date
    accounts: tuple[Account, ...]
    csms: tuple[Csm, ...]
    owner: NDArray[np.int32]
    hours: NDArray[np.float64]
    hours_origin: tuple[str, ...] = field(repr=False)
    arr: NDArray[np.float64]
    renewal_arr: NDArray[np.float64]
    red: NDArray[np.bool_]
    growth_potential: NDArray[np.float64]
    segment: NDArray[np.int32]
    segments: tuple[str, ...]
    capacity_months: NDArray[np.float64]
    leaves: tuple[str, ...]
    quarters: tuple[Quarter, ...]

    @cached_property
    def capacity_hours(self) -> NDArray[np.float64]:
        """Hours per CSM in the last month of the horizon: what a book is held to."""
        return np.array(self.capacity_months[:, -1])

    @cached_property
    def workload(self) -> NDArray[np.int64]:
        """Seconds per account, rounded up."""
        return np.ceil(self.hours * SECONDS - _EPS).astype(np.int64)

    @cached_property
    def capacity(self) -> NDArray[np.int64]:
        """Seconds per CSM, rounded down."""
        return np.floor(self.capacity_hours * SECONDS + _EPS).astype(np.int64)

    @cached_property
    def arr_units(self) -> NDArray[np.int64]:
        """ARR in whole currency units (nearest: it is balanced, never held to a wall but by budgets)."""
        return np.rint(self.arr).astype(np.int64)

    @property
    def horizon_end(self) -> dt.date:
        """The day after the horizon's last."""
        return month_starts(self.effective_date, self.model.horizon.months)[-1]

    @cached_property
    def account_position(self) -> Mapping[str, int]:
        """Account id -> position."""
        return {a.id: i for i, a in enumerate(self.accounts)}

    @cached_property
    def csm_position(self) -> Mapping[str, int]:
        """CSM id -> position."""
        return {c.id: j for j, c in enumerate(self.csms)}

    def measure(self, name: str) -> NDArray[np.float64] | None:
        """A numeric column of the accounts by name, blank as 0: arr, hours, accounts, red_arr, ours or the user's."""
        if name == "arr":
            return self.arr
        if name in ("hours", "utilization"):
            return self.hours
        if name == "accounts":
            return np.ones(len(self.accounts))
        if name == "red_arr":
            return np.where(self.red, self.arr, 0.0)
        if name == "growth_potential":
            return self.growth_potential
        values = [a.value(name) for a in self.accounts]
        if all(v is None or v == "" for v in values):
            return None
        if any(isinstance(v, str) and v for v in values):
            return None
        return np.array([float(v) if isinstance(v, int | float) else 0.0 for v in values])

    def renewal_due(self, i: int) -> int | None:
        """Days from the effective date to the account's renewal (negative = past), None when not known."""
        date = self.accounts[i].renewal_date
        return None if date is None else (date - self.effective_date).days


def resolve(
    portfolio: Portfolio,
    model: PlanningModel,
    *,
    today: dt.date,
    effective_date: dt.date | None = None,
    options: Mapping[str, Cell] | None = None,
) -> Problem:
    """Lay the planning model over the facts: settings resolved, planned accounts picked, everything a number.

    The effective date is the option, else the Settings sheet's, else the planning model's, else the first day of the
    next fiscal quarter after `today` (the only place a clock comes in, and the caller reads it).
    """
    model = with_sheets(with_settings(model, portfolio.settings, "Settings sheet"), portfolio)
    if options:
        model = with_settings(model, options, "option")
    if effective_date is not None:
        model = with_settings(model, {"effective_date": effective_date}, "option")
    when = model.effective_date or default_effective_date(today, model.fiscal_year_starts_month)
    if not portfolio.csms:
        raise InputError(
            "There is nobody to own accounts: the CSMs sheet is empty. Maybe `bookwright check --draft-csms`."
        )
    accounts = tuple(a for a in portfolio.accounts if a.planned)
    _refuse_doubles("Accounts", [a.id for a in portfolio.accounts])
    _refuse_doubles("CSMs", [c.id for c in portfolio.csms])
    position = {c.id: j for j, c in enumerate(portfolio.csms)}
    owner = np.array([position.get(a.csm_id or "", -1) for a in accounts], dtype=np.int32)
    hour_model = Hours(model.model_copy(update={"effective_date": when}))
    hours = [(found.hours, found.origin) for found in map(hour_model.steps, accounts)]
    segments = tuple(dict.fromkeys(a.segment for a in accounts))
    code = {s: k for k, s in enumerate(segments)}
    quarters = [fiscal_quarter(when, model.fiscal_year_starts_month)]
    while len(quarters) < QUARTERS:
        quarters.append(fiscal_quarter(quarters[-1].after, model.fiscal_year_starts_month))
    end = month_starts(when, model.horizon.months)
    return Problem(
        portfolio=portfolio,
        model=model.model_copy(update={"effective_date": when}),
        effective_date=when,
        accounts=accounts,
        csms=portfolio.csms,
        owner=owner,
        hours=np.array([h for h, _ in hours], dtype=np.float64),
        hours_origin=tuple(o for _, o in hours),
        arr=np.array([a.arr for a in accounts], dtype=np.float64),
        renewal_arr=_renewals(accounts, quarters),
        red=np.array([a.health is not None and a.health < RED_BELOW for a in accounts], dtype=np.bool_),
        growth_potential=np.array([a.growth_potential or 0.0 for a in accounts], dtype=np.float64),
        segment=np.array([code[a.segment] for a in accounts], dtype=np.int32),
        segments=segments,
        capacity_months=np.array([capacity_by_month(c, when, model) for c in portfolio.csms]),
        leaves=tuple(_leaves(c, end[-2], end[-1]) for c in portfolio.csms),
        quarters=tuple(quarters),
    )


def _refuse_doubles(sheet: str, ids: Sequence[str]) -> None:
    """An id that stands for two rows would give one of them two owners, or none."""
    if len(set(ids)) < len(ids):
        double = next(i for i, count in Counter(ids).items() if count > 1)
        raise InputError(f'{sheet}: the id "{double}" stands on more than one row. Maybe a copied row.')


def _leaves(csm: Csm, last_month: dt.date, end: dt.date) -> str:
    """Why a CSM can own nothing when the horizon ends; empty when they can."""
    if csm.end_date is not None and csm.end_date < end - dt.timedelta(days=1):
        return f"leaves on {csm.end_date.isoformat()}"
    if csm.start_date is not None and csm.start_date >= end:
        return f"starts on {csm.start_date.isoformat()}, after the horizon"
    return ""


def _renewals(accounts: Sequence[Account], quarters: Sequence[Quarter]) -> NDArray[np.float64]:
    """ARR that renews in each quarter, shape (accounts, quarters); a blank Renewal ARR counts as the ARR."""
    found = np.zeros((len(accounts), len(quarters)))
    for i, account in enumerate(accounts):
        if account.renewal_date is None:
            continue
        for q, quarter in enumerate(quarters):
            if quarter.first <= account.renewal_date < quarter.after:
                found[i, q] = account.arr if account.renewal_arr is None else account.renewal_arr
    return found


def whole_up(value: float) -> int:
    """A low limit in whole units: rounded up."""
    return math.ceil(value - _EPS)


def whole_down(value: float) -> int:
    """A high limit in whole units: rounded down."""
    return math.floor(value + _EPS)
