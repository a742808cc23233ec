"""Capacity: the hours a CSM has for customers in each month, from contract, internal share, ramp, dates and leave."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Absence, Csm
from bookwright.workload.months import first_of_month, month_starts, overlap


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


def capacity_by_month(
    csm: Csm,
    effective: dt.date,
    model: PlanningModel,
    *,
    absences: Sequence[Absence] = (),
    months: int | None = None,
) -> NDArray[np.float64]:
    """Hours a CSM has for customers in each month of the horizon (or of `months`), shape (months,).

    Full hours x ramp x the share of the month's days between start and end date. Absences are taken off only where
    they are given: a plan holds books to capacity without them, as a short leave moves no account (docs/rules.md).
    """
    starts = month_starts(effective, months or model.horizon.months)
    hours = full_hours(csm, model)
    found = []
    for begin, end in itertools.pairwise(starts):
        present = share_there(csm, begin, end)
        lost = sum(a.hours_lost * _part(a.month, begin, end) for a in absences if a.csm_id == csm.id)
        found.append(max(0.0, hours * ramp_share(csm, begin, effective, model) * present - lost))
    return np.array(found)


def share_there(csm: Csm, begin: dt.date, end: dt.date) -> float:
    """The share of the days from `begin` up to `end` (not counted) on which a CSM is there: from start to end date."""
    first = max(begin, csm.start_date) if csm.start_date else begin
    last = min(end, csm.end_date + dt.timedelta(days=1)) if csm.end_date else end
    return max(0, (last - first).days) / (end - begin).days


def _part(month: dt.date, begin: dt.date, end: dt.date) -> float:
    """The share of a calendar month that lies in a month of the horizon."""
    first = first_of_month(month)
    return overlap(first, first_of_month(first, 1), begin, end)
