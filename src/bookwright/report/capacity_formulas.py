"""What the capacity sheets share: where entries start, cells that others refer to, the touchpoints as rows."""

from __future__ import annotations

from bookwright.capacity import Capacity
from bookwright.capacity.analysis import INBOUND, WHOLE, outcome_of
from bookwright.portfolio import Account
from bookwright.tables.write_sheets import Value, letters_of, quoted

FIRST = 3
"""Spreadsheet row of the first entry on sheets with one table: a note and the headers stand above."""
CONTRACT, INTERNAL = "Assumptions!$B$4", "Assumptions!$B$5"
CSM_HOURS, TARGET, COST = "Assumptions!$B$6", "Assumptions!$B$7", "Assumptions!$B$8"


def cells_of(sheet: str, letter: str, count: int) -> str:
    """A column of a one-table sheet as a formula refers to it: its entries, absolute."""
    name = quoted(sheet)
    return f"{name}!${letter}${FIRST}:${letter}${FIRST + max(1, count) - 1}"


LEAN = {full: lean for lean, full in zip("ABCDEFGH", "ACEGOPQR", strict=True)}
"""Columns of the Workload sheet that a large plan has, without the steps, and where they stand there."""


def workload_cells(c: Capacity, letters: str, *, lean: bool = False) -> list[str]:
    """Columns of the Workload sheet as formulas refer to them, by their letters on the full sheet."""
    n = len(c.problem.accounts)
    return [cells_of("Workload", LEAN.get(x, x) if lean else x, n) for x in letters]


OUTCOMES = {"renewal_rate": "Renewal rate", "expansion": "Expansion", "health": "Health"}
_FIRST_OUTCOME = 23
"""The column (from 0) on Workload of the first of them that any account has."""


def outcome_value(account: Account, which: str) -> float | None:
    """Renewal rate, expansion or health of an account, where known."""
    return account.health if which == "health" else outcome_of(account, which)


def outcome_letters(c: Capacity, *, lean: bool = False) -> dict[str, str]:
    """The columns on Workload of the outcomes that any account has."""
    first = len(LEAN) if lean else _FIRST_OUTCOME
    known = [which for which in OUTCOMES if any(outcome_value(a, which) is not None for a in c.problem.accounts)]
    return {which: letters_of(first + k) for k, which in enumerate(known)}


def touchpoint_lines(c: Capacity) -> list[tuple[int, str, tuple[Value, ...]]]:
    """Every touchpoint and inbound row: segment position, segment, cells up to hours per account."""
    model = c.problem.model
    rows: list[tuple[int, str, tuple[Value, ...]]] = []
    tables = {name.casefold(): (name, table) for name, table in model.coverage.items()}
    for k, segment in enumerate(c.problem.segments):
        if segment.casefold() not in tables:
            continue
        name, table = tables[segment.casefold()]
        source = model.origins.get(f"coverage.{name}", f"planning model {model.name}")
        if table.source and not source.endswith("sheet"):
            source += f" ({table.source})"
        smooth = table.new_accounts_percent_per_year / 100
        for t in table.touchpoints:
            share = smooth if t.once else None
            cells = (t.name, t.hours, t.times, t.per, t.channel, t.activity, t.owner, 1 if t.by_csm else 0, share)
            rows.append((k, segment, (*cells, t.automatable_percent / 100, source, int(t.before_renewal))))
        for each, times in (
            (table.inbound_hours_per_month, 1),
            (table.minutes_per_ticket / 60, table.tickets_per_month),
        ):
            if each * times:
                cells = (INBOUND, each, times, "month", "human", "reactive", "CSM", 1, None)
                rows.append((k, segment, (*cells, 0.0, source, 0)))
    return rows


def per_month_text(row: int, sheet: str = "") -> str:
    """Months in a formula: what a row's times on Touchpoint hours are multiplied by to be times a month."""
    f, k = f"{sheet}F{row}", f"{sheet}K{row}"
    return f'IF({f}="once",{k}/12,IF({f}="month",1,IF({f}="quarter",1/3,1/12)))'


def part_rows(c: Capacity) -> dict[tuple[str, int], int]:
    """The row on Touchpoint hours of each touchpoint that costs hours of the CSM, by segment and its place in there."""
    found: dict[tuple[str, int], int] = {}
    for r, (_, segment, cells) in enumerate(touchpoint_lines(c), FIRST):
        if cells[7] and cells[0] != INBOUND:
            name = segment or "(no segment)"
            found[name, sum(s == name for s, _ in found)] = r
    return found


def rows_of_parts(c: Capacity) -> dict[int, int]:
    """Position in `Capacity.parts` -> row on Touchpoint hours, for touchpoints."""
    at, seen, found = part_rows(c), dict[str, int](), {}
    for k, part in enumerate(c.parts):
        if part.name in (INBOUND, WHOLE):
            continue
        place = seen.get(part.segment, 0)
        seen[part.segment] = place + 1
        found[k] = at[part.segment, place]
    return found
