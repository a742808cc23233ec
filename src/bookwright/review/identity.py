"""What tells a review workbook and its rows: titles, file ids, and checks over the cells that may not change."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

from bookwright.review.proposal import Proposal
from bookwright.tables.write_sheets import Cell, Kind, Sheet, Value

MARK = "Bookwright review"
"""First cell of the hidden identity sheet, and the custom property that holds the file's id."""
ID, ACCOUNT, SEGMENT, ARR, HOURS = "Account ID", "Account", "Segment", "ARR", "Hours a month"
RENEWAL, TODAY, PROPOSED, CHANGE, WHY = "Renewal date", "Today's CSM", "Proposed CSM", "Change", "Why"
DECISION, HAND_OVER, OVERRIDE, REASON, COMMENT = "Decision", "Hand over on", "Override", "Reason", "Comment"
AS_DECIDED, CHECK = "CSM as decided", "Check"
LOCKED = (ID, ACCOUNT, SEGMENT, ARR, HOURS, RENEWAL, TODAY, PROPOSED)
"""What the check of a row is made over."""
INPUTS = (DECISION, HAND_OVER, OVERRIDE, REASON, COMMENT)
COLUMN, SHOULD_BE = "Column", "Should be"
CORRECTIONS = (ID, COLUMN, SHOULD_BE, COMMENT)
CORRECTION_ROWS = 60


def locked(proposal: Proposal, account_id: str) -> list[str]:
    """The locked cells of an account's row in one spelling: what a returned row is compared with."""
    a = proposal.problem.portfolio.account_by_id[account_id]
    before, after = proposal.before[account_id], proposal.after[account_id]
    values: tuple[Value, ...] = (a.id, a.name, a.segment, a.arr, proposal.hours(a.id), a.renewal_date)
    return [spelled(v) for v in (*values, proposal.csm_label(before), proposal.csm_label(after))]


def spelled(value: Value) -> str:
    """A value in the one spelling that survives spreadsheet programs: numbers to cents, dates ISO, single spaces."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, int | float):
        return f"{value:.2f}"
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())[:200]


def check_of(file_id: str, cells: Sequence[str]) -> str:
    """The check of a row: of the file it stands in and every locked cell."""
    return hashlib.sha256("\t".join((file_id, *cells)).encode()).hexdigest()[:12]


def file_id_of(proposal: Proposal, round: int, reviewer: str, rows: Mapping[str, Sequence[str]]) -> str:
    """The id of a workbook: the same plan, round, reviewer and rows give the same id."""
    told = [proposal.stored.plan_id, proposal.stored.meta.get("plan_hash", ""), str(round), reviewer]
    told += ["\t".join(cells) for cells in rows.values()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def identity_sheet(file_id: str, plan_id: str, round: int, reviewer: str) -> Sheet:
    """The hidden sheet that says which file of which round this is."""
    facts = (("file", file_id), ("plan", plan_id), ("round", str(round)), ("reviewer", reviewer))
    cells = [Cell(0, 0, MARK)]
    for row, (name, value) in enumerate(facts, 1):
        cells += [Cell(row, 0, name), Cell(row, 1, value, kind=Kind.TEXT)]
    return Sheet("Bookwright", cells=tuple(cells), hidden=True)
