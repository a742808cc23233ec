"""A plain list from another system (records, users, open work): columns found by header, every cell as exact text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bookwright.findings import Finding, InputError, Severity, UsageError
from bookwright.tables.cells import as_text, clean
from bookwright.tables.columns import normal
from bookwright.tables.headers import CAMEL, header_text
from bookwright.tables.notes import letters, show
from bookwright.tables.raw import RawSheet
from bookwright.tables.sources import open_sheets

_LOOK_AT = 40
_OWN = re.compile(r"__c$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its number, its texts by key, and the addresses of its cells."""

    number: int
    cells: Mapping[str, str]
    at: Mapping[str, str]

    def text(self, key: str) -> str:
        """The cell under a key, without unseen or outer spaces; "" where it is blank or there is no such column."""
        return self.cells.get(key, "")


@dataclass(frozen=True)
class Listing:
    """A list as read: `headers` are those of the keys that were found, as the file writes them."""

    file: str
    headers: Mapping[str, str]
    records: tuple[Record, ...]

    def finding(self, code: str, severity: Severity, message: str, advice: str, record: Record, key: str) -> Finding:
        """Something to say about one cell."""
        cell = record.at.get(key, f"{record.number}")
        return Finding(code, severity, message, advice, file=self.file, cells=(cell,), value=record.text(key))


def read_listing(path: str | Path, wanted: Mapping[str, Sequence[str]], needed: Sequence[str]) -> Listing:
    """Read a list from a file of any kind; `wanted` gives the headers a key may have, the best first.

    Headers are compared without case and punctuation, `CSM__c` also as CSM, `ParentId` also as Parent Id. Raises
    `UsageError` for a missing file, `InputError` where no sheet has all `needed` keys.
    """
    place = Path(path)
    if not place.is_file():
        raise UsageError(f"There is no file {path}.")
    sheets = [s for s in open_sheets(place) if s.rows]
    best: tuple[int, RawSheet, int, dict[str, int]] | None = None
    for sheet in sheets:
        for position, (_, cells) in enumerate(sheet.rows[:_LOOK_AT]):
            found = _match([header_text(c) for c in cells], wanted)
            if set(needed) <= set(found) and (best is None or len(found) > best[0]):
                best = (len(found), sheet, position, found)
    if best is None:
        seen = [header_text(c) for c in sheets[0].rows[0][1]] if sheets else []
        lacks = [k for k in needed if not sheets or k not in _match(seen, wanted)]
        names = " and ".join(" or ".join(show(n) for n in wanted[k][:2]) for k in lacks or needed)
        message = f"No column is called {names}. The headers are {', '.join(show(h) for h in seen[:10] if h)}."
        raise InputError(
            Finding("no_such_column", Severity.ERROR, message, "Maybe export that column too.", file=place.name)
        )
    _, sheet, position, found = best
    headers = [header_text(c) for c in sheet.rows[position][1]]
    records = []
    for number, raw in sheet.rows[position + 1 :]:
        texts = {key: clean(as_text(raw[k])) if k < len(raw) else "" for key, k in found.items()}
        if any(texts.values()):
            records.append(Record(number, texts, {key: f"{letters(k)}{number}" for key, k in found.items()}))
    return Listing(place.name, {key: headers[k] for key, k in found.items()}, tuple(records))


def _match(headers: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Key -> position of the header that means it: the best name wins, each header serves one key."""
    spelled = [{normal(h), normal(CAMEL.sub(" ", h)), normal(_OWN.sub("", h))} if h else set() for h in headers]
    found: dict[str, int] = {}
    for key, names in wanted.items():
        exact = [k for name in names for k, h in enumerate(headers) if h == name]
        loose = [k for name in names for k, words in enumerate(spelled) if normal(name) in words]
        free = [k for k in (*exact, *loose) if k not in found.values()]
        if free:
            found[key] = free[0]
    return found
