"""Numbers as people and exports write them: currency text, thousands, decimal commas, percents, 1.2M, (500)."""

from __future__ import annotations

import re
from collections.abc import Iterable

SYMBOLS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "A$": "AUD", "C$": "CAD"}
_CODES = (
    "USD EUR GBP JPY INR AUD CAD NZD CHF SEK NOK DKK PLN CZK HUF RON BGN TRY ILS ZAR BRL MXN ARS "
    "CLP COP PEN CNY HKD SGD KRW TWD THB MYR IDR PHP VND AED SAR QAR EGP NGN KES RUB UAH ISK"
)
CODES = frozenset(_CODES.split())
_SCALES = {"k": 1e3, "tsd": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mm": 1e6, "b": 1e9, "bn": 1e9}
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’]+")
_SHAPE = re.compile(
    r"^(?P<sign>[-+\u2212]?)(?P<before>[^\d\s.,+-]{0,4}?)(?P<sign2>[-+\u2212]?)(?P<digits>\d[\d.,]*|[.,]\d+)"
    r"(?P<scale>tsd|mio|mn|mm|bn|[kmb])?(?P<after>[^\d\s.,+-]{0,4}?)(?P<percent>%?)(?P<minus>-?)$",
    re.IGNORECASE,
)
_ZEROES = re.compile(r"^[\d.,]*[oOlI][\d.,oOlI]*$")
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
BLANKS = frozenset(("", "-", "--", "–", "—", "n/a", "na", "none", "null", "nan", "tbd", "tba", "?", "#n/a"))
"""Texts that mean "nothing" in a cell of numbers or dates, in lower case."""


class NotANumber(ValueError):
    """The text is no number; the message is the advice, possibly empty."""


def parse_number(text: str, decimal: str = ".") -> tuple[float, str, bool]:
    """A number written as text: value, currency code ("" when none), and whether it was a percent.

    `decimal` decides where one separator could be either: "1,200" is 1200 with "." and 1.2 with ","; with "" three
    digits after it are thousands, whichever it is. Percent text keeps its figure ("15 %" is 15). `NotANumber` carries a
    hint, such as a letter O for a zero.
    """
    squeezed = _SPACES.sub("", text)
    negative = False
    if squeezed.startswith("(") and squeezed.endswith(")"):
        negative, squeezed = True, squeezed[1:-1]
    found = _SHAPE.match(squeezed)
    if not found:
        raise NotANumber(_hint(squeezed))
    before, after, scale = found["before"], found["after"], (found["scale"] or "").lower()
    currency = ""
    for mark in (before, after):
        if mark:
            code = SYMBOLS.get(mark.upper()) or (mark.upper() if mark.upper() in CODES else None)
            if code is None and mark.lower() in ("kr", "fr", "zł", "kč", "rs", "r$", "₽", "₪", "₩"):
                code = ""
            if code is None:
                raise NotANumber(_hint(squeezed))
            currency = currency or code
    value = _digits(found["digits"], decimal) * _SCALES.get(scale, 1.0)
    signs = [s for s in (found["sign"], found["sign2"], found["minus"], "(" if negative else "") if s]
    if len(signs) > 1:
        raise NotANumber("")
    if signs and signs[0] != "+":
        value = -value
    return value, currency, bool(found["percent"])


def _digits(digits: str, decimal: str) -> float:
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        decimal = "," if digits.rfind(",") > digits.rfind(".") else "."
    elif commas > 1 or points > 1 or (not decimal and commas + points == 1 and _EITHER.fullmatch(digits)):
        decimal = "." if commas else ","
    elif commas == 1 and not re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits):
        decimal = ","
    elif points == 1 and not re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", digits):
        decimal = "."
    decimal = decimal or "."
    other = "." if decimal == "," else ","
    parts = digits.split(decimal)
    groups = parts[0].split(other)
    if len(parts) > 2 or (len(parts) == 2 and other in parts[1]):
        raise NotANumber("Maybe points and commas are mixed up.")
    in_threes = all(len(g) == 3 for g in groups[1:]) and 1 <= len(groups[0]) <= 3
    indian = len(groups[-1]) == 3 and all(len(g) == 2 for g in groups[1:-1])  # 12,34,567
    if len(groups) > 1 and not in_threes and not indian:
        raise NotANumber("Maybe points and commas are mixed up.")
    return float(("".join(groups) or "0") + "." + (parts[1] if len(parts) == 2 else "0"))


def _hint(squeezed: str) -> str:
    if _ZEROES.match(squeezed) and re.search(r"[oO]", squeezed):
        return "Maybe a letter O."
    if _ZEROES.match(squeezed):
        return "Maybe a letter l or I for a 1."
    return ""


def decimal_of(texts: Iterable[str], default: str) -> tuple[str, bool]:
    """Which sign is a column's decimal separator, and whether its texts leave that open.

    Evidence is a number that can be read one way only, such as 1.200,50 or 7,5. The second answer is True when there
    is none, but some number could be read two ways (1.200).
    """
    points = commas = doubtful = 0
    for text in texts:
        digits = "".join(c for c in text if c in "0123456789.,")
        c, p = digits.count(","), digits.count(".")
        if not c and not p:
            continue
        if c and p:
            commas, points = (commas + 1, points) if digits.rfind(",") > digits.rfind(".") else (commas, points + 1)
        elif c > 1:
            points += 1
        elif p > 1:
            commas += 1
        elif _EITHER.fullmatch(digits):
            doubtful += 1
        elif c:
            commas += 1
        else:
            points += 1
    if commas or points:
        return ("," if commas > points else "."), False
    return default, doubtful > 0
