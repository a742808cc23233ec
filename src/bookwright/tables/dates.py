"""Dates as cells hold them: Excel dates, serial numbers, ISO text, and day or month first, decided per column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

# What may follow a date: a time, or words. Other digits would be another date.
_TAIL = r"(?:[T ,]+(?:\d{1,2}:\d\d.*|\D*))?$"
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TAIL)
_COMPACT = re.compile(r"^(20\d\d|19\d\d)(\d\d)(\d\d)$")
_NUMERIC = re.compile(r"^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})" + _TAIL)
_WORDS = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[-\s./]*([^\W\d]{3,12})\.?[-\s,./]*(\d{4}|\d{2})" + _TAIL)
_WORDS_US = re.compile(r"^([^\W\d]{3,12})\.?[-\s]*(\d{1,2})(?:st|nd|rd|th)?,?[-\s]+(\d{4})" + _TAIL)
_MONTH_YEAR = re.compile(r"^([^\W\d]{3,12})\.?[-\s/,']*(\d{4}|\d{2})$")
_YEAR_MONTH = re.compile(r"^(\d{4})[-/.](\d{1,2})$|^(\d{1,2})[-/.](\d{4})$")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar enero janvier gennaio", "feb february februar febrero fevrier février",
            "mar march märz maerz mrz marzo mars", "apr april abril avril aprile", "may mai mayo maggio",
            "jun june juni junio juin giugno", "jul july juli julio juillet luglio", "aug august agosto août aout",
            "sep sept september septiembre septembre settembre", "oct okt october oktober octubre octobre ottobre",
            "nov november noviembre novembre", "dec dez dic december dezember diciembre décembre decembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
FIRST, LAST = dt.date(1950, 1, 1), dt.date(2199, 12, 31)


class NotADate(ValueError):
    """The value is no date; the message is the advice, possibly empty."""


def orders(texts: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Text dates that can only have the day first, only the month first, and that leave it open (03/04/2027)."""
    days: list[str] = []
    months: list[str] = []
    open_ones: list[str] = []
    for text in texts:
        found = _NUMERIC.match(text.strip())
        if not found or found[2] == ".":
            continue
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second:
            days.append(text)
        elif second > 12 >= first:
            months.append(text)
        elif first != second:
            open_ones.append(text)
    return days, months, open_ones


def date_order(texts: Iterable[str]) -> str | None:
    """Whether a column's text dates have the day or the month first: "dmy", "mdy", "" undecidable, None when neither
    is in question (no such dates, or dates with points, which have the day first).
    """
    days, months, open_ones = orders(texts)
    if days or months:
        return "dmy" if len(days) >= len(months) else "mdy"
    return "" if open_ones else None


def from_serial(value: float, date1904: bool = False) -> dt.date:
    """The date of an Excel serial number; `NotADate` outside 1950 to 2199, where it is more likely something else."""
    base = dt.date(1904, 1, 1) if date1904 else dt.date(1899, 12, 30)
    if not 0 < value < 200_000:
        raise NotADate("")
    day = base + dt.timedelta(days=int(value))
    if not FIRST <= day <= LAST:
        raise NotADate("")
    return day


def parse_date(raw: object, order: str = "mdy", date1904: bool = False) -> dt.date:
    """A date from an Excel date, a serial number or a text; `order` says what 03/04/2026 is. `NotADate` otherwise."""
    if isinstance(raw, dt.datetime):
        return _sane(raw.date())
    if isinstance(raw, dt.date):
        return _sane(raw)
    if isinstance(raw, bool):
        raise NotADate("")
    if isinstance(raw, (int, float)):
        return _compact(str(raw)) or from_serial(raw, date1904)
    text = str(raw).strip()
    try:
        if found := _ISO.match(text):
            return _sane(dt.date(int(found[1]), int(found[2]), int(found[3])))
        if day := _compact(text):
            return day
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            return from_serial(float(text), date1904)
        if found := _NUMERIC.match(text):
            first, second, year = int(found[1]), int(found[3]), _year(found[4])
            day_first = order == "dmy" or found[2] == "."
            if first > 12 >= second:
                day_first = True
            elif second > 12 >= first:
                day_first = False
            day_of_month, month = (first, second) if day_first else (second, first)
            return _sane(dt.date(year, month, day_of_month))
        if (found := _WORDS.match(text)) and (month := _MONTHS.get(found[2].casefold(), 0)):
            return _sane(dt.date(_year(found[3]), month, int(found[1])))
        if (found := _WORDS_US.match(text)) and (month := _MONTHS.get(found[1].casefold(), 0)):
            return _sane(dt.date(int(found[3]), month, int(found[2])))
    except ValueError as error:
        raise NotADate("Maybe there is no such day." if not isinstance(error, NotADate) else str(error)) from error
    raise NotADate("")


def parse_month(raw: object, order: str = "mdy", date1904: bool = False) -> dt.date:
    """The first day of the month a cell names: any date in it, 2026-08, 08/2026, Aug 2026. `NotADate` otherwise."""
    if isinstance(raw, str):
        text = raw.strip()
        if found := _YEAR_MONTH.match(text):
            year, month = (int(found[1]), int(found[2])) if found[1] else (int(found[4]), int(found[3]))
            if 1 <= month <= 12:
                return _sane(dt.date(year, month, 1))
        if (found := _MONTH_YEAR.match(text)) and (month := _MONTHS.get(found[1].casefold(), 0)):
            return _sane(dt.date(_year(found[2]), month, 1))
    return parse_date(raw, order, date1904).replace(day=1)


def _compact(text: str) -> dt.date | None:
    found = _COMPACT.match(text)
    if not found:
        return None
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else (2000 + year if year < 70 else 1900 + year)


def _sane(day: dt.date) -> dt.date:
    if not FIRST <= day <= LAST:
        raise NotADate("Maybe the year is mistyped.")
    return day
