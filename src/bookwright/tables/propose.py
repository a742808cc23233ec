"""Proposes a column mapping for a book whose headers cannot be matched: by likeness of names, then by content."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bookwright.tables.catalogue import TABLES
from bookwright.tables.cells import BadCell, Style, as_text, parse_cell
from bookwright.tables.columns import Table, Type, normal
from bookwright.tables.grid import is_blank
from bookwright.tables.headers import CAMEL, find_header, header_text, match_headers
from bookwright.tables.raw import Raw, RawSheet
from bookwright.tables.sources import sheets_of
from bookwright.tables.sql_source import Sql

_WANTED = {
    "accounts": ("id", "name", "segment", "arr", "csm_text", "hours", "region", "renewal_date", "health", "parent_id"),
    "csms": ("id", "name", "segments", "regions", "manager", "email", "contract_hours", "customer_hours"),
}
_SAMPLE = 400
_HINTS = {
    "segment": frozenset(("type", "class", "category", "band", "size")),
    "arr": frozenset(("revenue", "acv", "mrr", "value")),
    "name": frozenset(("name", "login", "user")),
}


def propose_mapping(path: str | Path | Sql) -> str:
    """A column mapping (TOML text) for `path`, to be looked over: certain lines as they are, guesses marked.

    Headers are matched by name first, then by likeness of names, then by content: distinct codes make an id, few
    repeated words a segment, dates a date. What was not found stands as a comment. Nothing is written or changed.
    """
    source = path if isinstance(path, Sql) else Path(path)
    name = source.name
    sheets = [s for s in sheets_of(path) if s.rows]
    lines = [
        f"# Proposed column mapping for {name}. Look it over: lines marked (guess) were not certain.",
        '# A line field = "HEADER" says which of your columns is meant; field = "" says that there is none.',
        "",
    ]
    accounts = _pick(sheets, TABLES["accounts"], [])
    csms = _pick(sheets, TABLES["csms"], [accounts] if accounts else [])
    owners: set[str] = set()
    if csms:
        owners = (_keys_held(csms, accounts) if accounts else set()) or _people(csms)
    for key, sheet in (("accounts", accounts), ("csms", csms)):
        if sheet is None:
            lines += [f"# No sheet looks like the {TABLES[key].sheet} sheet.", ""]
            continue
        lines += _table_lines(key, sheet, isinstance(source, Path) and source.is_dir(), owners)
    return "\n".join(lines).rstrip() + "\n"


def _pick(sheets: Sequence[RawSheet], table: Table, used: list[RawSheet]) -> RawSheet | None:
    """The sheet that bears the table's name, else the one that most headers match, else the longest one left."""
    free = [s for s in sheets if s not in used]
    names = {normal(n) for n in (table.key, table.sheet, *table.aliases)}
    named = [s for s in free if normal(s.name) in names]
    if named or not free:
        return named[0] if named else None
    ranked = sorted(free, key=lambda s: (find_header(s, table)[1], len(s.rows) * (table.key == "accounts")))
    best = ranked[-1]
    if table.key == "accounts" or find_header(best, table)[1] >= 2:
        return best
    return next((s for s in free if used and _keys_held(s, used[0])), None)


def _keys_held(sheet: RawSheet, accounts: RawSheet) -> set[str]:
    """The values of the column of `sheet` that a column of the accounts draws its repeated values from, if any."""
    theirs = _columns(accounts, _header_position(accounts, TABLES["accounts"])).values()
    for values in _columns(sheet, _header_position(sheet, TABLES["csms"])).values():
        keys = {as_text(v).strip().casefold() for v in values}
        if len(keys) < max(3, len(values)):
            continue
        for column in theirs:
            drawn = [as_text(v).strip().casefold() for v in column]
            if len(set(drawn)) > 2 and len(set(drawn)) < 0.5 * len(drawn) and set(drawn) <= keys:
                return keys
    return set()


def _header_position(sheet: RawSheet, table: Table) -> int:
    """The row that names most columns, else the first row whose cells are all text and that is as wide as the table."""
    position, score = find_header(sheet, table)
    if score >= 2:
        return position
    width = max(sum(c is not None for c in cells) for _, cells in sheet.rows[:40])
    for index, (_, cells) in enumerate(sheet.rows[:40]):
        filled = [c for c in cells if c is not None]
        if len(filled) >= 0.7 * width and all(isinstance(c, str) for c in filled):
            return index
    return position


def _columns(sheet: RawSheet, position: int) -> dict[int, list[Raw]]:
    sample = [cells for _, cells in sheet.rows[position + 1 : position + 1 + _SAMPLE]]
    width = len(sheet.rows[position][1])
    return {i: [c[i] for c in sample if i < len(c) and not is_blank(c[i])] for i in range(width)}


def _people(sheet: RawSheet) -> set[str]:
    position = _header_position(sheet, TABLES["csms"])
    known, _ = match_headers(sheet.rows[position][1], TABLES["csms"])
    columns = _columns(sheet, position)
    wanted = [i for i, c in known.items() if c.field in ("id", "name", "email")]
    return {as_text(v).strip().casefold() for i in wanted for v in columns.get(i, [])}


def _table_lines(key: str, sheet: RawSheet, folder: bool, owners: set[str]) -> list[str]:
    table = TABLES[key]
    position = _header_position(sheet, table)
    headers = [header_text(c) for c in sheet.rows[position][1]]
    known, _ = match_headers(sheet.rows[position][1], table)
    columns = _columns(sheet, position)
    taken = {c.field: i for i, c in known.items()}
    guesses: dict[str, int] = {}
    for field in _WANTED[key]:
        if field not in taken:
            free = [i for i, h in enumerate(headers) if h and i not in taken.values() and i not in guesses.values()]
            guess = _guess(table, field, free, headers, columns, owners)
            if guess is not None:
                guesses[field] = guess
    lines = [f"[{key}]"]
    lines.append(
        f"file = {_quote(sheet.file)}" if folder else f"sheet = {_quote(sheet.name)}"
    ) if folder or not sheet.is_text else None
    lines.append(f"header_row = {sheet.rows[position][0]}")
    lines += ["", f"[{key}.columns]"]
    names = {"csm_text": "csm"}
    for field in _WANTED[key] + tuple(f for f in taken if f not in _WANTED[key]):
        shown = names.get(field, field)
        if field in taken:
            lines.append(f"{shown} = {_quote(headers[taken[field]])}")
        elif field in guesses:
            sample = ", ".join(as_text(v)[:20] for v in columns[guesses[field]][:3])
            lines.append(f"{shown} = {_quote(headers[guesses[field]])}  # (guess) holds {_comment(sample)}")
        else:
            lines.append(f'# {shown} = ""')
    spare = [h for i, h in enumerate(headers) if h and i not in taken.values() and i not in guesses.values()]
    if spare:
        lines.append(f"# not used: {_comment(', '.join(spare))}")
    return [*lines, ""]


def _guess(
    table: Table, field: str, free: list[int], headers: list[str], columns: dict[int, list[Raw]], owners: set[str]
) -> int | None:
    """The free column most like what `field` holds; None when none is like it at all."""
    column = table.column(field)
    names = [normal(n) for n in (column.title, *column.aliases)]
    best, best_score = None, 0.55
    for index in free:
        header = normal(CAMEL.sub(" ", headers[index]))
        likeness = max(difflib.SequenceMatcher(None, header, n).ratio() for n in names)
        words = set(header.split())
        if any(set(n.split()) <= words for n in names) or words & _HINTS.get(field, frozenset()):
            likeness = max(likeness, 0.8)
        score = 0.5 * likeness + _content_score(field, column.type, columns.get(index, []), owners)
        score += 0.15 if field == "id" and index == 0 else 0.0  # ids stand first more often than not
        if score > best_score:
            best, best_score = index, score
    return best


def _content_score(field: str, kind: Type, values: list[Raw], owners: set[str]) -> float:
    """From -1 to 0.5: how well a column's cells fit a field."""
    if not values:
        return -1.0
    texts = [as_text(v) for v in values]
    distinct = len(set(texts)) / len(texts)
    numeric = sum(_reads(v, Type.NUMBER) for v in values) / len(values)
    match field:
        case "id":
            broken = any(isinstance(v, float) and not v.is_integer() for v in values)
            plain = distinct == 1 and max(map(len, texts)) <= 40 and not any(" " in t for t in texts)
            return 0.4 if plain and not broken else -1.0
        case "name":
            return 0.3 if distinct > 0.8 and numeric < 0.2 else -1.0
        case "segment" | "region" | "segments" | "regions":
            few = 2 <= len(set(texts)) <= 30 and distinct < 0.5 and numeric < 0.5
            return 0.2 if few else (-0.2 if numeric < 0.5 else -1.0)
        case "csm_text":
            if owners:
                return 0.5 if sum(t.strip().casefold() in owners for t in texts) >= 0.8 * len(texts) else -0.3
            return 0.0 if distinct < 0.7 else -0.5
        case "arr":
            return 0.2 if numeric > 0.9 and len(set(texts)) > 2 else -1.0
        case "parent_id":
            return 0.0 if distinct < 1 else -0.3
    fits = sum(_reads(v, kind) for v in values) / len(values)
    return 0.2 if fits > 0.9 else -1.0


def _reads(value: Any, kind: Type) -> bool:
    try:
        return parse_cell(value, kind, Style()) is not None
    except BadCell:
        return False


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:200]
