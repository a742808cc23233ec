"""A table found on a sheet: its columns by field, unknown columns by header, without totals, footers and ghost rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bookwright.findings import Severity
from bookwright.tables.columns import Column, Table, Type, is_output_title, normal
from bookwright.tables.headers import header_text, match_headers
from bookwright.tables.notes import Notes, letters, many, show
from bookwright.tables.raw import Raw, RawSheet

_TOTALS = re.compile(
    r"^(grand |sub ?|sum |overall )?"
    r"(totals?|sum|summe|gesamt|gesamtsumme|insgesamt|suma|somme|totale|count|average|mittelwert)"
    r"( (count|accounts|arr|sum|all|records|rows))?( \d+)*$"
)
_FOOTERS = re.compile(
    r"^(copyright|confidential|generated|report|page \d|source|note|notes|filter|filtered by|as of|exported|c 20\d\d|"
    r"applied filters|last updated|run by|created by)\b"
)
_NUMERIC = (Type.MONEY, Type.NUMBER, Type.HOURS, Type.INTEGER, Type.SHARE, Type.PERCENT, Type.FACTOR)


@dataclass(slots=True)
class Grid:
    """One table as columns of raw cells; `rows` are the row numbers as people see them.

    `headers` keeps the user's order: (header, field or None). `letter` maps a field (or an unknown header) to its
    column letters.
    """

    table: Table
    file: str
    sheet: str
    rows: list[int]
    columns: dict[str, list[Raw]]
    extra: dict[str, list[Raw]]
    headers: list[tuple[str, str | None]]
    letter: dict[str, str]
    source: RawSheet
    confirmed: frozenset[str] = field(default_factory=frozenset)
    scale: dict[str, float] = field(default_factory=dict)
    """Fields whose numbers are multiplied once they are read: a monthly amount, a score out of ten."""

    def __len__(self) -> int:
        return len(self.rows)

    def cell(self, name: str, index: int) -> str:
        """The address of a cell, such as D17, by field or unknown header; the row alone when it has no column."""
        return f"{self.letter.get(name, '')}{self.rows[index]}"

    def header(self, name: str) -> str:
        """The user's header of one of our fields; our title when the table has no such column."""
        for header, field_name in self.headers:
            if field_name == name:
                return header
        return self.table.column(name).title

    def keep(self, indices: list[int]) -> None:
        """Keep only these rows."""
        self.rows = [self.rows[i] for i in indices]
        for store in (self.columns, self.extra):
            for name, cells in store.items():
                store[name] = [cells[i] for i in indices]


def make_grid(sheet: RawSheet, table: Table, position: int, notes: Notes, mapped: dict[str, str] | None = None) -> Grid:
    """Cut the table whose header stands at `sheet.rows[position]` out of a sheet, noting what was skipped or odd."""
    header_row, header_cells = sheet.rows[position] if sheet.rows else (1, [])
    known, missing = match_headers(header_cells, table, mapped)
    for header in missing:
        notes.add(
            "mapped_header_missing", Severity.ERROR, f"The mapping names {show(header)}, which is no header here.",
            "Maybe it is spelled otherwise: " + ", ".join(show(header_text(c)) for c in header_cells[:8] if c) + ".",
            key=header,
        )  # fmt: skip
    body = sheet.rows[position + 1 :]
    _fill_merged(sheet, body, known, notes)
    body = _drop_totals(body, known, notes, sheet)
    if sheet.odd_bytes:
        notes.add(
            "mixed_encoding", Severity.WARNING,
            f"The file is UTF-8, but {many(sheet.odd_bytes, 'letter')} in it not: read as Windows-1252.",
            "Maybe check names with letters such as é or ü.", count=sheet.odd_bytes,
        )  # fmt: skip
    if sheet.is_text:
        _say_shifted(sheet, header_cells, body, notes)
    width = max([len(header_cells), *(len(cells) for _, cells in body)]) if body else len(header_cells)
    padded = [cells if len(cells) == width else cells + [None] * (width - len(cells)) for _, cells in body]
    turned: list[list[Raw]] = [list(c) for c in zip(*padded, strict=True)] if padded else [[] for _ in range(width)]
    grid = Grid(table, sheet.file, sheet.sheet, [n for n, _ in body], {}, {}, [], {}, sheet, frozenset(mapped or ()))
    for index in range(width):
        text = header_text(header_cells[index]) if index < len(header_cells) else ""
        column = known.get(index)
        if column:
            grid.columns[column.field] = turned[index]
            grid.headers.append((text, column.field))
            grid.letter[column.field] = letters(index)
            continue
        if all(c is None for c in turned[index]) and (not text or text in grid.extra):
            continue
        name = _free_name(text or f"Column {letters(index)}", grid)
        if text and name != text and not is_output_title(text):
            notes.add(
                "duplicate_header", Severity.WARNING, f"{show(text)} stands twice; the second is kept as {show(name)}.",
                cell=f"{letters(index)}{header_row}", key=text,
            )  # fmt: skip
        elif text and (found := _second(text, table, grid)):
            notes.add(
                "second_column", Severity.NOTE,
                f"{show(text)} could also be {found.title}; {show(grid.header(found.field))} was taken.",
                cell=f"{letters(index)}{header_row}", key=text,
            )  # fmt: skip
        grid.extra[name] = turned[index]
        grid.headers.append((name, None))
        grid.letter.setdefault(name, letters(index))
    if sheet.hidden_rows:
        notes.add(
            "hidden_rows", Severity.NOTE, f"{many(sheet.hidden_rows, 'hidden row')} read too.",
            "Maybe a filter is set; delete the rows that are not meant.",
        )  # fmt: skip
    if sheet.cut_columns:
        notes.add("too_many_columns", Severity.WARNING, "Columns beyond the 500th are not read.")
    return grid


def _say_shifted(sheet: RawSheet, header: list[Raw], body: list[tuple[int, list[Raw]]], notes: Notes) -> None:
    """Rows of a CSV file whose cells stand in wrong columns: quotation marks that are missing."""
    if sheet.swallowed:
        row, column, text = sheet.swallowed
        notes.add(
            "open_quote", Severity.ERROR,
            f"The text that begins with {show(text)} has whole rows in it: a quotation mark is missing or too many.",
            "Maybe export the file again.", cell=f"{letters(column)}{row}", value=text,
        )  # fmt: skip
    wide = [(number, cells) for number, cells in body if any(not is_blank(c) for c in cells[len(header) :])]
    # Where most rows have it, it is a column without a header, unless it looks like the end of 1,200.
    ends = all(re.fullmatch(r"\d{3}(\.\d+)?", str(cells[-1]).strip()) for _, cells in wide)
    if wide and (ends or 2 * len(wide) < len(body)):
        number, cells = wide[0]
        more = next(c for c in cells[len(header) :] if not is_blank(c))
        notes.add(
            "shifted_row", Severity.ERROR,
            f"Row {number} has {len(cells)} cells and the header {len(header)}: {show(more)} is beyond the last.",
            "Maybe a number or a text with a delimiter in it needs quotation marks: export the file again.",
            cells=tuple(f"{letters(len(header))}{n}" for n, _ in wide[:500]), count=len(wide), value=str(more),
        )  # fmt: skip


def _free_name(text: str, grid: Grid) -> str:
    name = f"{text} (input)" if is_output_title(text) else text
    base, count = name, 2
    taken = {h for h, _ in grid.headers}
    while name in taken:
        name = f"{base} ({count})"
        count += 1
    return name


def _second(text: str, table: Table, grid: Grid) -> Column | None:
    from bookwright.tables.headers import find_column

    found = find_column(text, table)
    return found[1] if found and found[1].field in grid.columns else None


def _fill_merged(sheet: RawSheet, body: list[tuple[int, list[Raw]]], known: dict[int, Column], notes: Notes) -> None:
    """Give every row of a merged block of text its value; numbers and ids are left once, so that nothing is doubled."""
    if not sheet.merged or not body:
        return
    by_row = dict(body)
    for top, left, bottom, right in sheet.merged:
        column = known.get(left - 1)
        if top < body[0][0] or bottom == top or column is None:
            continue
        first = by_row.get(top, [])
        value = first[left - 1] if len(first) >= left else None
        block = f"{letters(left - 1)}{top}:{letters(right - 1)}{bottom}"
        if value is None:
            continue
        once = column.type in _NUMERIC or column.type is Type.ID
        notes.add(
            "merged_cells", Severity.WARNING,
            f"{column.title}: the merged cells {block} are read "
            + ("as one value, in the first row only." if once else "as the same value in each row."),
            cell=f"{letters(left - 1)}{top}", key=column.field,
        )  # fmt: skip
        if once:
            continue
        for number in range(top + 1, min(bottom, body[-1][0]) + 1):
            cells = by_row.get(number)
            if cells is None:
                continue
            if len(cells) < left:
                cells.extend([None] * (left - len(cells)))
            if cells[left - 1] is None:
                cells[left - 1] = value


def _drop_totals(
    body: list[tuple[int, list[Raw]]], known: dict[int, Column], notes: Notes, sheet: RawSheet
) -> list[tuple[int, list[Raw]]]:
    """Leave out totals rows, repeated headers, footers below the table, and rows of blanks."""
    kept: list[tuple[int, list[Raw]]] = []
    id_index = next((i for i, c in known.items() if c.field in ("id", "account_id")), None)
    last_full = max((k for k, (_, c) in enumerate(body) if sum(v is not None for v in c) > 1), default=-1)
    for place, (number, cells) in enumerate(body):
        id_cell = cells[id_index] if id_index is not None and id_index < len(cells) else None
        filled = [c for c in cells if c is not None and not (isinstance(c, str) and not c.strip("\u00a0 \t\r\n"))]
        if not filled:
            continue
        texts = [c for c in filled if isinstance(c, str) and not _numeric_text(c)]
        blank_id = id_index is not None and (id_cell is None or (isinstance(id_cell, str) and not id_cell.strip()))
        why = ""
        if (id_index is None or blank_id or (texts and texts[0] == id_cell)) and len(texts) <= 1:
            if texts and _TOTALS.match(normal(texts[0])):
                why = "a totals row"
            elif blank_id and not texts and len(known) > 2:
                why = "a totals row without a label" if len(filled) > 0 else ""
        if not why and len(filled) == 1 and place > last_full >= 0 and len(known) > 1 and texts:
            gap = number - body[last_full][0] > 1
            if _FOOTERS.match(normal(texts[0])) or (gap and " " in texts[0].strip()):
                why = "a footer"
        if why:
            first = next((letters(i) for i, c in enumerate(cells) if c is not None), "A")
            notes.add(
                "skipped_row", Severity.NOTE, f"Row {number} is {why} and is left out.", cell=f"{first}{number}",
                key=why,
            )  # fmt: skip
            continue
        kept.append((number, cells))
    return kept


def _numeric_text(text: str) -> bool:
    return not any(c.isalpha() for c in text)


def is_blank(cell: Raw) -> bool:
    """True for no value or only spaces; an error cell is not blank."""
    return cell is None or (isinstance(cell, str) and not cell.strip("\u00a0 \t\r\n"))
