"""Hours: what each account needs in a month, and what each CSM has in each month of the horizon."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools

import numpy as np
from numpy.typing import NDArray

from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Account, Csm


def first_of_month(day: dt.date, months: int = 0) -> dt.date:
    """The first day of the month `months` after the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; the last day of a shorter month."""
    first = first_of_month(day, months)
    return first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))


def month_starts(effective: dt.date, months: int) -> list[dt.date]:
    """The days on which the months of the horizon start, and the day after its end (months + 1 entries)."""
    return [add_months(effective, k) for k in range(months + 1)]


def account_hours(account: Account, model: PlanningModel) -> tuple[float, str]:
    """Hours per month of one account and where they come from: its own cell, its segment, or the fallback."""
    if account.hours is not None:
        return account.hours, "cell"
    by_segment = {name.casefold(): hours for name, hours in model.hours_per_month.items()}
    hours = by_segment.get(account.segment.casefold())
    if hours is not None:
        return hours, "segment"
    return model.hours_per_month_elsewhere, "fallback"


def full_hours(csm: Csm, model: PlanningModel) -> float:
    """Customer-facing hours a month of a CSM who is fully ramped and there all month.

    The customer hours where given; else contract hours x (1 - internal share) - reserved hours.
    """
    if csm.customer_hours is not None:
        base = csm.customer_hours
    else:
        contract = csm.contract_hours if csm.contract_hours is not None else model.capacity.contract_hours_per_month
        share = csm.internal_share if csm.internal_share is not None else model.capacity.internal_share_percent / 100
        base = contract * (1 - share) - csm.reserved_hours
    return max(0.0, base) * csm.productivity


def ramp_share(csm: Csm, month: dt.date, effective: dt.date, model: PlanningModel) -> float:
    """The share of full productivity a CSM has reached in the month that starts on `month`.

    Counted from the start date where there is one, along the sheet's ramp or else the planning model's. Without one,
    counted up from `ramp_now` (the percent on the effective date) along the same steps, or along the sheet's ramp from
    the effective date. `ramp_now` alone wins over a start date; nothing given means fully productive.
    """
    steps = [p / 100 for p in (csm.ramp or model.capacity.ramp_percent_per_month)]
    if not steps:
        return 1.0
    if csm.ramp_now is not None and (not csm.ramp or csm.start_date is None):
        now = csm.ramp_now / 100
        later = [s for s in steps if s > now + 1e-9]
        k = _months_between(effective, month)
        if k == 0:
            return now
        return later[k - 1] if k - 1 < len(later) else max(now, steps[-1])
    if csm.start_date is None and not csm.ramp:
        return 1.0
    k = _months_between(csm.start_date or effective, month)
    return steps[max(k, 0)] if k < len(steps) else steps[-1] if csm.ramp else 1.0


def _months_between(first: dt.date, second: dt.date) -> int:
    """Whole months from the first day to the second (negative when the second is earlier)."""
    months = (second.year - first.year) * 12 + second.month - first.month
    return months - 1 if second.day < first.day else months


def capacity_by_month(csm: Csm, effective: dt.date, model: PlanningModel) -> NDArray[np.float64]:
    """Hours a CSM has for customers in each month of the horizon, shape (months,).

    Full hours x ramp x the share of the month's days between start and end date. Absences are not taken off: a short
    leave moves no account (see the planning practice in docs/rules.md).
    """
    starts = month_starts(effective, model.horizon.months)
    hours = full_hours(csm, model)
    found = []
    for begin, end in itertools.pairwise(starts):
        first = max(begin, csm.start_date) if csm.start_date else begin
        last = min(end, csm.end_date + dt.timedelta(days=1)) if csm.end_date else end
        present = max(0, (last - first).days) / (end - begin).days
        found.append(hours * ramp_share(csm, begin, effective, model) * present)
    return np.array(found)
