"""Months of a horizon: they start on the effective date's day of the month, and need not be calendar months."""

from __future__ import annotations

import calendar
import datetime as dt


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


def overlap(first: dt.date, after: dt.date, begin: dt.date, end: dt.date) -> float:
    """The share of the days from `first` up to `after` (not counted) that lie from `begin` up to `end`; 0 to 1."""
    days = (after - first).days
    inside = (min(after, end) - max(first, begin)).days
    return max(0, inside) / days if days > 0 else 0.0
