"""Finds the header row below title rows, and says which of its cells is which of our columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bookwright.tables.columns import Column, Table, normal
from bookwright.tables.raw import Broken, Raw, RawSheet

_LOOK_AT = 40
_UNITS = re.compile(r"[(\[].*?[)\]]")
_OWN_FIELD = re.compile(
    r"^(?:[a-z][a-z0-9]{1,14}__)?([a-z][a-z0-9_]*?)__(?:c|r\.(?:name|email|username))$", re.IGNORECASE
)
"""A team's own field in Salesforce: NAME__c, its record's name NAME__r.Name, either with a package's prefix."""
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a word begins in a header such as nextRenewalDate or SFDCAccountId."""


def header_text(cell: Raw) -> str:
    """A header cell as text, outer and non-breaking spaces and line breaks taken off; empty when there is none."""
    if cell is None or isinstance(cell, Broken):
        return ""
    return " ".join(str(cell).replace("\ufeff", "").split())


def _ranks(table: Table) -> dict[str, tuple[int, Column]]:
    ranks: dict[str, tuple[int, Column]] = {}
    for column in table.columns:
        for rank, name in enumerate((column.title, column.field, *column.aliases)):
            key = normal(name)
            if key not in ranks or ranks[key][0] > rank:
                ranks[key] = (rank, column)
    return ranks


_RANKS: dict[str, dict[str, tuple[int, Column]]] = {}


def find_column(header: str, table: Table) -> tuple[int, Column] | None:
    """The column of `table` that a header means, with a rank (0 = our own title); None when it means none of them.

    Tried in turn: the header as it is, without units in brackets, without a CRM's prefix ("Account: ...") or suffix
    ("ARR__c", "CSM__r.Name", "JBCXM__ARR__c"), and with words parted where a capital begins them ("nextRenewalDate").
    """
    ranks = _RANKS.get(table.key)
    if ranks is None:
        ranks = _RANKS[table.key] = _ranks(table)
    tries = [header, _UNITS.sub(" ", header)]
    if ":" in header:
        tries += [header.split(":", 1)[1], header.split(":", 1)[0]]
    if own := _OWN_FIELD.match(header):
        tries.append(own[1])
    for penalty, text in enumerate(tries):
        for words in (text, CAMEL.sub(" ", text)):
            found = ranks.get(normal(words))
            if found and normal(words):
                return found[0] + 100 * penalty, found[1]
    return None


def match_headers(
    cells: Sequence[Raw], table: Table, mapped: Mapping[str, str] | None = None
) -> tuple[dict[int, Column], list[str]]:
    """Which header cell (index from 0) is which column; each column at most once, the best-ranked header wins.

    `mapped` is field -> header from a column mapping: it wins over names, an empty header means "there is no such
    column", and a header it uses is not matched by name. The second answer lists mapped headers that are not there.
    """
    texts = [header_text(c) for c in cells]
    taken: dict[int, Column] = {}
    missing: list[str] = []
    mapped = mapped or {}
    by_text: dict[str, int] = {}
    for index, text in enumerate(texts):
        by_text.setdefault(text, index)
        by_text.setdefault(normal(text), index)
    for field, header in mapped.items():
        if not header:
            continue
        index_of = by_text.get(" ".join(header.split()), by_text.get(normal(header)))
        if index_of is None:
            missing.append(header)
        else:
            taken[index_of] = table.column(field)
    candidates: list[tuple[int, int, Column]] = []
    for index, text in enumerate(texts):
        found = find_column(text, table) if text else None
        if found and index not in taken and found[1].field not in mapped:
            candidates.append((found[0], index, found[1]))
    used = {c.field for c in taken.values()}
    for _, index, column in sorted(candidates, key=lambda c: (c[0], c[1])):
        if column.field not in used:
            used.add(column.field)
            taken[index] = column
    return taken, missing


def find_header(
    sheet: RawSheet, table: Table, mapped: Mapping[str, str] | None = None, row: int | None = None
) -> tuple[int, int]:
    """Where the header row of a table stands: position in `sheet.rows`, and how many columns it names (0 = nowhere).

    The row that names most columns wins, the upper one on a tie; a given `row` number is taken as it is.
    """
    best, best_score = 0, 0
    for position, (number, cells) in enumerate(sheet.rows[:_LOOK_AT]):
        if row is not None:
            if number == row:
                return position, len(match_headers(cells, table, mapped)[0])
            continue
        texts = sum(1 for c in cells if isinstance(c, str))
        if texts < 1:
            continue
        score = len(match_headers(cells, table, mapped)[0])
        if score > best_score:
            best, best_score = position, score
    return best, best_score
