"""Raw cells to values by the column's declared type; whatever cannot be read is said with its address."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bookwright.portfolio import Cell, Coverage, Kind, Status, WishKind
from bookwright.tables.columns import Type, normal
from bookwright.tables.dates import NotADate, parse_date, parse_month
from bookwright.tables.numbers import BLANKS, NotANumber, parse_number
from bookwright.tables.raw import Broken, PaddedCell, PercentCell, Raw

_SPACE_LIKE = re.compile(r"[\u00a0\u2007\u202f\u3000\t\r\n\v\f]+")
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"))
LONGEST_CELL = 32_767


class BadCell(ValueError):
    """A cell that its column's type cannot read; message for people, and advice."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


def as_text(raw: Raw) -> str:
    """A cell as text, exactly: 123.0 is "123", a date is its ISO form, an error cell its error."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, Broken):
        return raw.text
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, PaddedCell):
        return raw.seen
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(float(raw))
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat() if raw.time() == dt.time() else raw.isoformat(sep=" ")
    return str(raw)


def as_cell(raw: Raw) -> Cell:
    """A cell of an unknown column, to ride along: error cells become their text, a formula without a value None."""
    if isinstance(raw, Broken):
        return None if raw.text.startswith("=") else raw.text
    if isinstance(raw, (dt.time, dt.timedelta)):
        return str(raw)
    if isinstance(raw, PercentCell):
        return float(raw)
    return int(raw) if isinstance(raw, PaddedCell) else raw


def clean(text: str) -> str:
    """A name or id without what nobody sees: non-breaking and outer spaces, zero-width and control characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _UNSEEN.sub("", _SPACE_LIKE.sub(" ", text)).strip()


def split_list(text: str) -> tuple[str, ...]:
    """A list cell split at `,` `;` `|` and line breaks; empty entries and repeats left out."""
    parts = (clean(p) for p in re.split(r"[,;|\n]", text))
    return tuple(dict.fromkeys(p for p in parts if p))


@dataclass(frozen=True, slots=True)
class Style:
    """How one column's texts are to be read: decimal sign, day or month first, date system, fractions or percents."""

    decimal: str = "."
    order: str = "mdy"
    date1904: bool = False
    fractions: bool = False
    decimals: tuple[tuple[str, str], ...] = ()  # decimal sign of each currency, where a column mixes several


_WORDS: dict[Type, dict[Any, str]] = {
    Type.STATUS: {
        Status.ACTIVE: "active customer live current ok yes renewed adopted adopting mature",
        Status.ONBOARDING: "onboarding implementation implementing new kickoff launching",
        Status.NOTICE: "notice_given notice cancelling canceling churning cancelled_at_term pending_churn non_renewing",
        Status.CHURNED: "churned churn cancelled canceled former lost inactive closed terminated expired ended",
        Status.NOT_PLANNED: "not_planned prospect excluded exclude do_not_plan out_of_scope ignore test internal no",
    },
    Type.COVERAGE: {
        Coverage.NAMED: "named dedicated high_touch csm medium_touch mid_touch",
        Coverage.POOL: "pool pooled digital tech_touch low_touch scaled scale digital_touch shared",
        Coverage.PARTNER: "partner reseller partner_led channel",
        Coverage.NONE: "none no uncovered self_serve self_service no_touch not_covered",
    },
    Type.KIND: {Kind.PERSON: "person human individual csm named", Kind.POOL: "pool team pooled shared queue"},
    Type.WISH: {
        WishKind.TOGETHER: "keep_together together same_csm family",
        WishKind.APART: "keep_apart apart separate conflict not_together",
        WishKind.NEVER: "never not barred exclude block blocked conflict_of_interest",
        WishKind.PREFER: "prefer preferred likes prefers wish",
    },
    Type.YESNO: {
        True: "yes y true 1 x open ja si sí oui active escalated",
        False: "no n false 0 closed none nein non resolved",
    },
    Type.HEALTH: {
        25.0: "red r poor bad critical unhealthy at_risk",
        60.0: "amber yellow orange y a medium neutral fair moderate",
        90.0: "green g good healthy great excellent strong",
    },
}
_LOOKUP: dict[Type, dict[str, Any]] = {
    kind: {normal(w): value for value, words in table.items() for w in words.split()} for kind, table in _WORDS.items()
}
_ALLOWED = {
    Type.STATUS: "active, onboarding, notice given, churned or not planned",
    Type.COVERAGE: "named, pool, partner or none",
    Type.KIND: "person or pool",
    Type.WISH: "keep together, keep apart, never or prefer",
    Type.YESNO: "yes or no",
    Type.HEALTH: "a number from 0 to 100, red, amber or green",
}


def _number(raw: Raw, style: Style) -> tuple[float | None, bool, str]:
    """Value, whether it was percent text, and a currency code; None for a blank."""
    if isinstance(raw, bool):
        raise BadCell("is not a number")
    if isinstance(raw, (int, float)):
        if not math.isfinite(raw):
            raise BadCell("is not a number")
        return float(raw), False, ""
    if isinstance(raw, (dt.date, dt.datetime, dt.time, dt.timedelta)):
        raise BadCell("is a date, not a number", "Maybe the cell's format is wrong.")
    text = str(raw)
    if text.strip().casefold() in BLANKS:
        return None, False, ""
    try:
        value, currency, percent = parse_number(text, style.decimal)
        for code, sign in style.decimals:
            if code == currency and sign != style.decimal:
                value = parse_number(text, sign)[0]
    except NotANumber as error:
        raise BadCell("is not a number", str(error)) from None
    if not math.isfinite(value):
        raise BadCell("is not a number")
    return value, percent, currency


def _percentage(raw: Raw, style: Style) -> tuple[float | None, bool, str]:
    """As `_number`, for kinds that mean a share: a cell in a percent format is as good as percent text."""
    if isinstance(raw, PercentCell):
        value, _, currency = _number(raw, style)
        return None if value is None else round(value * 100, 9), True, currency
    return _number(raw, style)


def _positive(value: float | None) -> float | None:
    if value is not None and value < 0:
        raise BadCell("is below zero")
    return value


def _parse_hours(raw: Raw, style: Style) -> float | None:
    if isinstance(raw, dt.timedelta):
        return _positive(raw.total_seconds() / 3600)
    if isinstance(raw, dt.time):
        return raw.hour + raw.minute / 60 + raw.second / 3600
    if isinstance(raw, str):
        clock = re.fullmatch(r"\s*(\d{1,3}):([0-5]\d)\s*", raw)
        if clock:
            return int(clock[1]) + int(clock[2]) / 60
        raw = re.sub(r"\s*(hours?|hrs?|h|std)\.?(\s*/\s*(mo|month|m))?\s*$", "", raw, flags=re.IGNORECASE)
    value = _positive(_number(raw, style)[0])
    if value is not None and value > 100_000:
        raise BadCell("is more hours than a month can hold")
    return value


def _parse_integer(raw: Raw, style: Style) -> int | None:
    value = _positive(_number(raw, style)[0])
    if value is None:
        return None
    if not value.is_integer() or value > 1e9:
        raise BadCell("is not a whole number")
    return int(value)


def _parse_share(raw: Raw, style: Style) -> float | None:
    value, percent, _ = _percentage(raw, style)
    if _positive(value) is None or value is None:
        return None
    value = value / 100 if percent or value > 1 else value
    if value > 1:
        raise BadCell("is more than 100 %")
    return value


def _parse_percent(raw: Raw, style: Style) -> float | None:
    value, percent, _ = _percentage(raw, style)
    if value is None:
        return None
    _positive(value)
    return value * 100 if style.fractions and not percent else value


def _parse_percents(raw: Raw, style: Style) -> tuple[float, ...]:
    if isinstance(raw, PercentCell):
        only = _parse_percent(raw, style)
        return () if only is None else (only,)
    parts = [str(raw)] if not isinstance(raw, str) else [p for p in re.split(r"[;|/\n]|,(?=\s)|\s+", raw) if p.strip()]
    if isinstance(raw, str) and len(parts) == 1 and raw.count(",") > 0:
        parts = raw.split(",")
    values = [v for p in parts if (v := _parse_percent(p, Style())) is not None]
    if values and max(values) <= 1 and "%" not in str(raw):
        values = [v * 100 for v in values]
    if any(v > 200 for v in values):
        raise BadCell("is not a list of percents")
    return tuple(values)


def _parse_factor(raw: Raw, style: Style) -> float | None:
    value, percent, _ = _percentage(raw, style)
    if value is None:
        return None
    value = value / 100 if percent or value > 5 else value
    if not 0 < value <= 5:
        raise BadCell("is not a factor such as 1 or 80 %")
    return value


def _parse_word(raw: Raw, kind: Type) -> Any:
    key = normal(as_text(raw)).replace(" ", "_")
    found = _LOOKUP[kind].get(normal(key))
    if found is None:
        raise BadCell(f"is not {_ALLOWED[kind]}")
    return found


def _parse_health(raw: Raw, style: Style) -> float | None:
    if isinstance(raw, str) and any(c.isalpha() for c in raw) and raw.strip().casefold() not in BLANKS:
        return float(_parse_word(raw, Type.HEALTH))
    value, percent, _ = _percentage(raw, style)
    if value is None:
        return None
    value = value * 100 if style.fractions and not percent else value
    if not 0 <= value <= 100:
        raise BadCell("is not a number from 0 to 100")
    return value


def _parse_id(raw: Raw) -> str:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and abs(raw) >= 1e15:
        raise BadCell(
            "has more than 15 digits as a number, and Excel has already changed its end",
            "Maybe format the column as text and export again.",
        )
    return clean(as_text(raw))


def _date(raw: Raw, style: Style, parse: Callable[..., dt.date]) -> dt.date | None:
    if isinstance(raw, str) and raw.strip().casefold() in BLANKS:
        return None
    if isinstance(raw, (dt.time, dt.timedelta)):
        raise BadCell("is not a date")
    try:
        return parse(raw, style.order, style.date1904)
    except NotADate as error:
        raise BadCell("is not a date", str(error)) from None


def _currency(raw: Raw) -> str:
    text = clean(as_text(raw)).upper()
    from bookwright.tables.numbers import CODES, SYMBOLS

    if text in SYMBOLS:
        return SYMBOLS[text]
    code = re.match(r"[A-Z]{3}\b", text)
    if code and (code[0] in CODES or len(text) == 3):
        return code[0]
    raise BadCell("is not a currency code such as USD")


def parse_cell(raw: Raw, kind: Type, style: Style) -> Any:
    """One cell's value by type; None where it is blank. `BadCell` says what is wrong with it."""
    if isinstance(raw, Broken):
        raise BadCell(f"holds no value ({raw.reason})", "Maybe mend the formula.")
    if isinstance(raw, str) and raw.strip() in _ERRORS and kind is not Type.TEXT:
        raise BadCell("holds no value (error in the cell)", "Maybe mend the formula.")
    match kind:
        case Type.TEXT:
            return as_text(raw)
        case Type.LABEL | Type.CSM | Type.PIN:
            return clean(as_text(raw))
        case Type.ID:
            return _parse_id(raw)
        case Type.MONEY | Type.NUMBER:
            return _number(raw, style)[0]
        case Type.HOURS:
            return _parse_hours(raw, style)
        case Type.INTEGER:
            return _parse_integer(raw, style)
        case Type.SHARE:
            return _parse_share(raw, style)
        case Type.PERCENT:
            return _parse_percent(raw, style)
        case Type.PERCENTS:
            return _parse_percents(raw, style)
        case Type.FACTOR:
            return _parse_factor(raw, style)
        case Type.DATE:
            return _date(raw, style, parse_date)
        case Type.MONTH:
            return _date(raw, style, parse_month)
        case Type.LIST:
            return split_list(as_text(raw))
        case Type.HEALTH:
            return _parse_health(raw, style)
        case Type.CURRENCY:
            return _currency(raw)
        case _:
            return _parse_word(raw, kind)
