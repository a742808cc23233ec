"""Waves as dates: weeks or months from the effective date on, without the days on which nothing may be handed over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bookwright.findings import UsageError
from bookwright.problem import fiscal_quarter
from bookwright.workload import add_months

USUAL = ("the last week of every fiscal quarter", "the first week of the year")
_DAY = dt.timedelta(days=1)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Wave:
    """A week or month of hand-overs: `number` from 1, its first day, the day after its last, the day it begins on.

    `on` is the first working day (Monday to Friday) on which something may be handed over.
    """

    number: int
    first: dt.date
    after: dt.date
    on: dt.date


def parse_blackout(text: str) -> tuple[dt.date, dt.date]:
    """A day or a span, 2027-03-22 or 2027-03-22..2027-04-05, both ends included."""
    found = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)\s*(?:(?:\.\.|to|/)\s*(\d{4}-\d\d-\d\d))?\s*", text)
    try:
        if found is None:
            raise ValueError(text)
        first = dt.date.fromisoformat(found[1])
        last = dt.date.fromisoformat(found[2]) if found[2] else first
    except ValueError as error:
        raise UsageError(f'Blackout "{text}" is no date. Maybe 2027-03-22..2027-04-05.') from error
    if last < first:
        raise UsageError(f'Blackout "{text}" ends before it begins. Maybe the other way round.')
    return first, last


def usual_blackouts(first: dt.date, after: dt.date, fiscal_year_starts: int) -> list[tuple[dt.date, dt.date]]:
    """The last week of every fiscal quarter and the first week of every year between two days."""
    found = []
    quarter = fiscal_quarter(first, fiscal_year_starts)
    while quarter.first < after:
        found.append((quarter.after - _WEEK * _DAY, quarter.after - _DAY))
        quarter = fiscal_quarter(quarter.after, fiscal_year_starts)
    for year in range(first.year, after.year + 1):
        found.append((dt.date(year, 1, 1), dt.date(year, 1, _WEEK)))
    return found


def waves(start: dt.date, count: int, unit: str, blackouts: Sequence[tuple[dt.date, dt.date]]) -> tuple[Wave, ...]:
    """`count` weeks (to Sunday, the first from `start`) or months; those without a day to hand over are left out.

    `unit` is "weeks" or "months".
    """
    found: list[Wave] = []
    first = start
    for k in range(count):
        if unit == "weeks":
            after = start - start.weekday() * _DAY + (k + 1) * _WEEK * _DAY
        else:
            after = add_months(start, k + 1)
        day = first
        while day < after and (day.weekday() >= 5 or any(a <= day <= b for a, b in blackouts)):
            day += _DAY
        if day < after:
            found.append(Wave(len(found) + 1, first, after, day))
        first = after
    return tuple(found)
