"""A workbook that comes back from people: its sheets raw, which cells hold formulas, and the properties it carries."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError, fromstring

from bookwright.findings import Finding, InputError, Severity
from bookwright.tables.cells import as_text, clean
from bookwright.tables.columns import normal
from bookwright.tables.file_kind import file_kind, read_head
from bookwright.tables.headers import header_text
from bookwright.tables.raw import Raw, RawSheet
from bookwright.tables.write_sheets import letters_of
from bookwright.tables.xlsx_file import read_xlsx

_PROPERTIES = "docProps/custom.xml"
_PROPERTY = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
HEADER_WITHIN = 30
"""Rows from the top in which a header row is looked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table that came back: raw cells and their addresses by our title."""

    number: int
    cells: Mapping[str, Raw]
    at: Mapping[str, str]
    formulas: frozenset[str]

    def raw(self, title: str) -> Raw:
        """The raw cell under a title; None where it is blank or the column is gone."""
        return self.cells.get(title)

    def text(self, title: str) -> str:
        """The cell as text without what nobody sees; "" where it is blank."""
        return clean(as_text(self.cells.get(title)))

    def is_formula(self, title: str) -> bool:
        """True when a formula made the cell's value."""
        return self.at.get(title, "") in self.formulas


@dataclass(frozen=True)
class Returned:
    """A returned workbook. `sha256` of its bytes; `properties` are its custom properties by name."""

    path: Path
    sha256: str
    sheets: tuple[RawSheet, ...]
    properties: Mapping[str, str]

    def table(self, titles: Sequence[str], needed: Sequence[str]) -> tuple[RawSheet, list[Row]] | None:
        """The rows under a header row that holds all `needed` titles, on whichever sheet; None when there is none.

        Sheets may be renamed, columns moved, hidden, filtered; rows sorted or gone. Hidden rows count.
        """
        return next(self.tables(titles, needed), None)

    def tables(self, titles: Sequence[str], needed: Sequence[str]) -> Iterator[tuple[RawSheet, list[Row]]]:
        """The same of every sheet that has such a header row: people copy sheets."""
        keys = {normal(t): t for t in titles}
        wanted = {normal(t) for t in needed}
        for sheet in self.sheets:
            for position, (_, cells) in enumerate(sheet.rows[:HEADER_WITHIN]):
                found: dict[int, str] = {}
                for k, cell in enumerate(cells):
                    title = keys.get(normal(header_text(cell)))
                    if title is not None and title not in found.values():
                        found[k] = title
                if wanted <= {normal(t) for t in found.values()}:
                    yield sheet, [_row(sheet, number, raw, found) for number, raw in sheet.rows[position + 1 :]]
                    break

    def marked(self, mark: str) -> dict[str, str]:
        """Names and values of the identity sheet: the one whose first cell is `mark`; empty when it is gone."""
        for sheet in self.sheets:
            if sheet.rows and sheet.rows[0][1] and as_text(sheet.rows[0][1][0]) == mark:
                pairs = [[as_text(c) for c in cells[:2]] for _, cells in sheet.rows[1:]]
                return {p[0]: p[1] for p in pairs if len(p) == 2}
        return {}


def _row(sheet: RawSheet, number: int, raw: Sequence[Raw], found: Mapping[int, str]) -> Row:
    return Row(
        number,
        {title: raw[k] for k, title in found.items() if k < len(raw)},
        {title: f"{letters_of(k)}{number}" for k, title in found.items()},
        sheet.formulas,
    )


def read_returned(path: str | Path) -> Returned:
    """Read a workbook that came back; `InputError` when it is missing, no .xlsx, or damaged."""
    place = Path(path)
    if place.is_dir():
        advice = f"Maybe name the files in it: {place.name}/*.xlsx."
        raise InputError(Finding("folder", Severity.ERROR, "This is a folder.", advice, file=place.name))
    if not place.is_file():
        raise InputError(Finding("no_file", Severity.ERROR, "There is no such file.", file=place.name))
    read_head(place)
    if (kind := file_kind(place)) != "xlsx":
        what = "a text file" if kind == "csv" else f"an .{kind} file"
        message = f"This is {what}; answers come back in the workbook that was sent."
        advice = "Maybe save it as an Excel workbook (.xlsx)."
        raise InputError(Finding("not_a_workbook", Severity.ERROR, message, advice, file=place.name))
    sheets = read_xlsx(place)
    return Returned(place, hashlib.sha256(place.read_bytes()).hexdigest(), tuple(sheets), _properties(place))


def _properties(path: Path) -> dict[str, str]:
    """Custom properties; none where a spreadsheet service dropped them."""
    try:
        with zipfile.ZipFile(path) as archive:
            if _PROPERTIES not in archive.namelist():
                return {}
            root = fromstring(archive.read(_PROPERTIES))
    except (zipfile.BadZipFile, OSError, ParseError, KeyError):
        return {}
    return {p.get("name", ""): "".join(p.itertext()) for p in root.iter(_PROPERTY)}
