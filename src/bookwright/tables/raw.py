"""What a file holds before its meaning is known: raw cells, raw sheets, the limits, and the refusal of a whole file."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

from bookwright.findings import Finding, InputError, Severity
from bookwright.portfolio import Cell

MAX_FILE_BYTES = 50_000_000
MAX_CSV_BYTES = 500_000_000
MAX_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that holds no usable value: an error such as #N/A, or a formula that was never calculated."""

    text: str
    reason: str


class PercentCell(float):
    """A number in a percent format: 1.1 is seen as 110 %."""


class PaddedCell(int):
    """A whole number in a format of zeros: 42 is seen as 00042, which is what an id means."""

    seen: str

    def __new__(cls, number: int, seen: str) -> PaddedCell:
        """The number, and how it is seen."""
        made = super().__new__(cls, number)
        made.seen = seen
        return made


_UNFORMATTED = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')
_ZEROS = re.compile(r"0{2,}")


def as_seen(number: float | int, number_format: str) -> float | int:
    """A number as its cell's format (Excel's notation) shows it, where that changes what is meant: percents, ids."""
    plain = _UNFORMATTED.sub("", number_format).split(";")[0]
    if "%" in plain:
        return PercentCell(number)
    if _ZEROS.fullmatch(plain) and isinstance(number, int) and 0 <= number < 10 ** (len(plain) - 1):
        return PaddedCell(number, f"{number:0{len(plain)}d}")
    return number


Raw = Cell | dt.time | dt.timedelta | Broken
"""A cell as the file holds it, before its column's type is known."""


@dataclass(slots=True)
class RawSheet:
    """One sheet or CSV file: rows of raw cells with their row numbers, blank rows left out.

    `rows[k]` is `(row number as people see it, cells from column A)`; rows may have different lengths. `merged` holds
    merged ranges as (first row, first column, last row, last column), all from 1; `formulas` the addresses of cells
    whose value a formula made.
    """

    file: str
    name: str
    rows: list[tuple[int, list[Raw]]] = field(default_factory=list)
    hidden_rows: int = 0
    merged: tuple[tuple[int, int, int, int], ...] = ()
    visible: bool = True
    is_text: bool = False
    decimal_comma: bool = False
    date1904: bool = False
    cut_columns: int = 0
    formulas: frozenset[str] = frozenset()
    odd_bytes: int = 0
    """Bytes of a UTF-8 file that are none."""
    swallowed: tuple[int, int, str] | None = None
    """Row, column (from 0) and first words of a text that has whole rows in it: a quotation mark is missing."""

    @property
    def sheet(self) -> str:
        """The sheet's name for findings; empty for a CSV file, which is named by its file."""
        return "" if self.is_text else self.name


def refuse(path: Path, code: str, message: str, advice: str = "") -> InputError:
    """The error for a whole file that cannot be read."""
    return InputError(Finding(code, Severity.ERROR, message, advice, file=path.name))
