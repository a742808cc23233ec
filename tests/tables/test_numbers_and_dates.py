"""Numbers and dates as people and exports write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookwright.tables.dates import NotADate, date_order, from_serial, parse_date, parse_month
from bookwright.tables.numbers import NotANumber, decimal_of, parse_number


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("$1,200.50", 1200.5, "USD"),
        ("€1.200,50", 1200.5, "EUR"),
        ("1 200,50 €", 1200.5, "EUR"),
        ("1\u202f200,50", 1200.5, ""),
        ("CHF 1'200", 1200, "CHF"),
        ("1.2M", 1_200_000, ""),
        ("USD 5k", 5000, "USD"),
        ("5 Mio", 5_000_000, ""),
        ("(500)", -500, ""),
        ("($1,500)", -1500, "USD"),
        ("500-", -500, ""),
        ("-$5", -5, "USD"),
        ("1.234.567", 1_234_567, ""),
        ("12,34,567", 1_234_567, ""),
        ("7,5", 7.5, ""),
        (".5", 0.5, ""),
        ("0,125", 0.125, ""),
        ("15 %", 15, ""),
    ],
)
def test_a_number_is_read_as_it_is_meant(text: str, value: float, currency: str) -> None:
    """Currency signs, thousands, decimal commas, brackets and scales are understood."""
    assert parse_number(text)[:2] == (value, currency)


@pytest.mark.parametrize("text", ["abc", "1,2,3", "1.2.3,4", "", "$", "12 apples", "--5", "1,2.3,4", "nan", "inf"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """No text is bent into a number."""
    with pytest.raises(NotANumber):
        parse_number(text)


def test_a_letter_for_a_digit_is_named() -> None:
    """The hint tells a letter O from a zero."""
    with pytest.raises(NotANumber, match="letter O"):
        parse_number("12O0")
    with pytest.raises(NotANumber, match="letter l"):
        parse_number("1l00")


@pytest.mark.parametrize(
    ("texts", "sign", "doubt"),
    [
        (["1.200,50", "1.200"], ",", False),
        (["1,200.50", "1,200"], ".", False),
        (["1.200"], ".", True),
        (["1200"], ".", False),
        (["7,5", "1.200"], ",", False),
        (["0.125"], ".", False),
    ],
)
def test_the_whole_column_decides_on_the_decimal_sign(texts: list[str], sign: str, doubt: bool) -> None:
    """One number that can be read one way only decides for those that could be read two ways."""
    assert decimal_of(texts, ".") == (sign, doubt)


@given(st.floats(min_value=-1e9, max_value=1e9, allow_nan=False))
def test_written_and_read_again_a_number_is_the_same(value: float) -> None:
    """US and German writing both come back to the cent."""
    us = f"{value:,.2f}"
    german = us.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert parse_number(us)[0] == pytest.approx(round(value, 2), abs=0.006)
    assert parse_number(german)[0] == pytest.approx(round(value, 2), abs=0.006)


@pytest.mark.parametrize(
    ("raw", "order", "day"),
    [
        ("2026-09-30", "mdy", (2026, 9, 30)),
        ("2026-09-30T00:00:00.000Z", "mdy", (2026, 9, 30)),
        ("30.9.2026", "mdy", (2026, 9, 30)),
        ("03.04.2026", "mdy", (2026, 4, 3)),
        ("03/04/2026", "mdy", (2026, 3, 4)),
        ("03/04/2026", "dmy", (2026, 4, 3)),
        ("13/04/2026", "mdy", (2026, 4, 13)),
        ("9/30/26", "dmy", (2026, 9, 30)),
        ("Sep 30, 2026", "mdy", (2026, 9, 30)),
        ("30-Sep-26", "mdy", (2026, 9, 30)),
        ("30. März 2026", "mdy", (2026, 3, 30)),
        ("20260930", "mdy", (2026, 9, 30)),
        (46295, "mdy", (2026, 9, 30)),
        (dt.datetime(2026, 9, 30, 12), "mdy", (2026, 9, 30)),
    ],
)
def test_a_date_is_read_as_it_is_meant(raw: object, order: str, day: tuple[int, int, int]) -> None:
    """Excel dates, serial numbers, ISO text, words, and both orders of day and month."""
    assert parse_date(raw, order) == dt.date(*day)


@pytest.mark.parametrize("raw", ["soon", "2026-02-30", "31/31/2026", 7, 1e9, -5, True, "9999-12-31", "Q3 2026"])
def test_what_is_no_date_is_refused(raw: object) -> None:
    """Days that do not exist, years no plan reaches, and plain numbers are no dates."""
    with pytest.raises(NotADate):
        parse_date(raw)


def test_the_whole_column_decides_on_day_or_month_first() -> None:
    """13/04 shows that the day is first; 04/05 alone leaves it open; dates with points do not ask."""
    assert date_order(["03/04/2026", "13/04/2026"]) == "dmy"
    assert date_order(["03/04/2026", "04/13/2026"]) == "mdy"
    assert date_order(["03/04/2026", "05/06/2026"]) == ""
    assert date_order(["03.04.2026", "2026-01-02"]) is None
    assert date_order(["04/04/2026"]) is None


def test_months_are_read_by_name_number_or_any_day() -> None:
    """A month's cell may hold a date, 2026-08, 08/2026 or Aug 2026."""
    for raw in ("2026-08", "08/2026", "Aug 2026", "August 26", "2026-08-17", dt.date(2026, 8, 31)):
        assert parse_month(raw) == dt.date(2026, 8, 1)


def test_the_1904_date_system_is_known() -> None:
    """Old Mac workbooks count days from 1904: the same number is four years and a day later."""
    assert from_serial(46295 - 1462, date1904=True) == from_serial(46295)
