"""How a column is declared. Every input column is declared once; reader, writer, template and docs use that."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bookwright.portfolio import Cell


class Type(StrEnum):
    """What a column's cells mean; a cell is parsed by its column's type and never guessed."""

    TEXT = "text"  # kept exactly
    LABEL = "label"  # text without outer spaces
    ID = "id"
    CSM = "csm"  # a CSM by id or unique name
    PIN = "pin"  # a CSM, or yes = today's
    MONEY = "money"
    NUMBER = "number"
    HOURS = "hours"
    INTEGER = "integer"
    SHARE = "share"  # 33 %, 33 or 0.33 -> 0.33
    PERCENT = "percent"  # 50 % or 50 -> 50
    PERCENTS = "percents"  # a list of percents
    FACTOR = "factor"  # 0.8, 80 % or 80 -> 0.8
    DATE = "date"
    MONTH = "month"
    LIST = "list"
    HEALTH = "health"
    YESNO = "yesno"
    STATUS = "status"
    COVERAGE = "coverage"
    KIND = "kind"
    WISH = "wish"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title on our sheets, the field it fills, its type, other headers people use, and its help."""

    title: str
    field: str
    type: Type
    help: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""
    example: Cell = None


@dataclass(frozen=True, slots=True)
class Table:
    """One input sheet: its key in mappings, its sheet name, other sheet names people use, and its columns."""

    key: str
    sheet: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()
    help: str = ""

    def column(self, field: str) -> Column:
        """The column that fills `field`; KeyError when there is none."""
        for column in self.columns:
            if column.field == field:
                return column
        raise KeyError(field)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One row of the Settings sheet: canonical key, title, unit, type, default as text, and what it means."""

    key: str
    title: str
    unit: str
    type: Type
    default: str
    meaning: str
    aliases: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    """What a number may be, ends included; the planning model checks the same for who writes no sheet."""


def split(text: str) -> tuple[str, ...]:
    """`"a; b"` as `("a", "b")`: how aliases are written down here."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def column(
    title: str,
    field: str,
    type: Type,
    help: str = "",
    *,
    aliases: str = "",
    required: bool = False,
    unit: str = "",
    example: Cell = None,
) -> Column:
    """A `Column` with its aliases written as one text, split at `;`."""
    return Column(title, field, type, help, split(aliases), required, unit, example)


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """A header or name as compared: no case, no punctuation, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


OUTPUT_TITLES = frozenset(
    normal(title)
    for title in split(
        "New CSM; New CSM ID; Moved; Why; Kind; Decision; Override; Reason; From; To; Credit until; Hand over on; "
        "Comment; Points; Planned; Planned hand-over; Plan ID; Checksum"
    )
)
"""Titles of our own columns on output sheets, normalised; a user's column so named gets " (input)"."""


def is_output_title(header: str) -> bool:
    """True when a user's header would clash with one of our own output columns."""
    return normal(header) in OUTPUT_TITLES
