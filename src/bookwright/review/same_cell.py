"""Whether a cell that came back still holds what was sent, whatever a spreadsheet program made of its type."""

from __future__ import annotations

import contextlib
import datetime as dt

from bookwright.review.identity import ARR, HOURS, RENEWAL, spelled
from bookwright.tables.cells import as_text
from bookwright.tables.dates import NotADate, parse_date
from bookwright.tables.grid import is_blank
from bookwright.tables.numbers import NotANumber, parse_number
from bookwright.tables.raw import Raw

NUMBERS = (ARR, HOURS, "Hours")


def same(raw: Raw, sent: str, title: str) -> bool:
    """Whether a returned locked cell still holds what was sent, whatever a program made of its type."""
    if is_blank(raw):
        return not sent
    if title in NUMBERS:
        return any(abs(n - float(sent or "nan")) < 0.011 for n in _numbers(raw))
    if title == RENEWAL:
        return sent in {d.isoformat() for order in ("dmy", "mdy") if (d := parsed(raw, order)) is not None}
    text = spelled(as_text(raw))
    if text == sent:
        return True
    if isinstance(raw, bool):
        return text.casefold() == sent.casefold()
    if isinstance(raw, int | float):
        return any(abs(n - raw) <= 1e-9 * max(1.0, abs(raw)) for n in _numbers(sent))
    return isinstance(raw, dt.date | dt.datetime) and not any(c.isalpha() for c in sent)


def _numbers(raw: Raw) -> list[float]:
    """The numbers a cell can be read as, with a decimal point or comma."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return []
    if isinstance(raw, int | float):
        return [float(raw)]
    found = []
    for decimal in (".", ","):
        with contextlib.suppress(NotANumber):
            found.append(parse_number(raw, decimal)[0])
    with contextlib.suppress(ValueError):
        found.append(float(raw))
    return found


def parsed(raw: Raw, order: str) -> dt.date | None:
    """A cell as a date with day or month first; None when it is none."""
    try:
        return parse_date(raw, order)
    except NotADate:
        return None
