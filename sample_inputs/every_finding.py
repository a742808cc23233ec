"""The workbook in which everything is wrong once: what `bookwright check` can say about a sheet, each beside its cell.

It is written cell by cell, because no portfolio could hold these mistakes.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import xlsxwriter

from bookwright.tables.write_file import place
from bookwright.tables.write_input import CREATED

FORMULA = "=a formula without a stored value"
ERROR = "=NA()"

ACCOUNT_HEADERS = (
    "Account ID", "Account", "Segment", "ARR", "Current CSM", "Hours per month", "Region", "Parent ID", "Renewal date",
    "Renewal ARR", "Health", "Pin", "Escalation", "Status", "Coverage", "CSM changes in 24 months", "Customer ID",
    "Currency", "Growth potential", "Planet", "Planet", "Why",
)  # fmt: skip

# What is wrong stands in the last column, which is named like one of the output's: it comes back as "Why (input)".
ACCOUNTS: tuple[dict[str, Any], ...] = (
    {"id": "A-01 ", "why": "A space behind the id"},
    {"id": "A-02", "ARR": "12O0", "why": "A letter O in ARR"},
    {"id": 1234567890123456789, "why": "An id of 19 digits as a number: its end is lost already"},
    {"id": "A-04", "ARR": None, "why": "No ARR"},
    {"id": "A-05", "ARR": -5000, "why": "ARR below zero"},
    {"id": "A-06", "Current CSM": "Ana Lopes", "why": "A CSM who is not on the CSMs sheet"},
    {"id": "A-07", "Pin": "Beni", "why": "A pin to nobody"},
    {"id": "A-08", "Current CSM": None, "Pin": "yes", "why": "Pinned to today's CSM, but there is none"},
    {"id": "A-09", "Renewal date": "31/31/2027", "why": "No date"},
    {"id": "A-10", "Renewal date": "03/04/2027", "why": "Day or month first?"},
    {"id": "A-11", "Health": 140, "why": "Health is 0 to 100"},
    {"id": "A-12", "Status": "dormant", "why": "No such status"},
    {"id": "A-13", "Coverage": "sometimes", "why": "No such coverage"},
    {"id": "A-14", "Escalation": "perhaps", "why": "Neither yes nor no"},
    {"id": "A-15", "CSM changes in 24 months": 1.5, "why": "Half a change"},
    {"id": "A-16", "Hours per month": ERROR, "why": "An error in the cell"},
    {"id": "A-17", "Hours per month": FORMULA, "why": "A formula without a stored value"},
    {"id": "A-18", "Renewal ARR": "1.200", "why": "One thousand two hundred, or one and a fifth?"},
    {"id": "A-19", "why": "Twice the same"},
    {"id": "A-19", "why": "Twice the same"},
    {"id": "A-20", "why": "One id, two contents"},
    {"id": "A-20", "ARR": 77_000, "why": "One id, two contents, indeed"},
    {"id": None, "why": "No id"},
    {"id": "A-21", "Segment": "Midmarket", "why": "Another word for a segment"},
    {"id": "A-22", "Segment": "Digital", "why": "A segment that nobody covers"},
    {"id": "A-23", "Region": "Japan", "why": "A region that nobody covers"},
    {"id": "A-24", "ARR": 90_000, "why": "A parent with its children's ARR"},
    {"id": "A-25", "ARR": 40_000, "Parent ID": "A-24", "why": "A child"},
    {"id": "A-26", "ARR": 50_000, "Parent ID": "A-24", "why": "A child"},
    {"id": "A-27", "Status": "churned", "why": "No customer any more: kept, not planned"},
    {"id": "A-28", "Currency": "EUR", "why": "Another currency"},
    {"id": "A-32", "Currency": "gold", "why": "No currency"},
    {"id": "A-33", "Segment": None, "why": "No segment"},
    {"id": "A-34", "Growth potential": "huge", "why": "No number"},
    {"id": "A-29", "hidden": True, "why": "A hidden row"},
    {"id": "A-30", "Region": "merged", "why": "A merged cell"},
    {"id": "A-31", "Region": None, "why": "The same merged cell"},
    *({"id": f"A-{n}", "Pin": "yes", "Current CSM": "Ben Carter", "why": "Eleven pins for Ben"} for n in range(40, 51)),
)

CSM_HEADERS = ("CSM ID", "CSM", "Segments", "Regions", "Contract hours per month", "Start date", "End date", "Kind",
               "Ramp (percent per month)", "Internal share", "Productivity", "Ramp (percent now)")  # fmt: skip
CSMS: tuple[tuple[Any, ...], ...] = (
    ("C-1", "Ana Lopez", "Mid-Market", "Americas", 150, None, None, "person", None, None, None, None),
    ("C-2", "Ben Carter", "Mid-Market", "Americas", 150, None, None, "person", None, None, None, None),
    ("C-3", "Chloe Tan", None, "EMEA, Americas", 150, None, None, "person", None, None, None, None),  # no segments
    (
        "C-4",
        "Dan Kim",
        "SMB",
        "Americas",
        150,
        dt.date(2027, 3, 1),
        dt.date(2026, 3, 1),
        "person",
        None,
        None,
        None,
        None,
    ),
    ("C-5", "Eva Novak", "SMB", None, "full time", None, None, "robot", "slow", "a lot", "very", "lots"),
    ("C-6", "Eva Novak", "SMB", "Americas", 150, None, None, "person", None, None, None, None),  # a name twice
    ("C-1", "Ana Lopez", "Mid-Market", "Americas", 150, None, None, "person", None, None, None, None),  # a row twice
    ("C-2", "Bea Smith", "Mid-Market", "Americas", 150, None, None, "person", None, None, None, None),  # an id twice
    (None, None, "SMB", "Americas", 150, None, None, "person", None, None, None, None),  # nobody
)

PAIRS: tuple[tuple[Any, ...], ...] = (
    ("keep together", "A-01", "A-04", "fine"),
    ("keep close", "A-01", "A-04", "no such kind"),
    ("keep apart", "A-01", "A-99", "no such account"),
    ("never", "A-01", "Zoe Nobody", "no such CSM"),
    ("keep apart", "A-05", "A-05", "apart from itself"),
    ("keep together", "A-98", "A-01", "no such account"),
    ("keep apart", "A-01", None, "with whom?"),
)

ABSENCES: tuple[tuple[Any, ...], ...] = (
    ("Ana Lopez", "2027-02", 40),
    ("Zoe Nobody", "2027-02", 40),
    ("Ben Carter", "soon", 40),
    ("Ben Carter", "2027-02", "many"),
)

SETTINGS: tuple[tuple[Any, ...], ...] = (
    ("Effective date", dt.date(2027, 1, 1)),
    ("Currency", "USD"),
    ("Move bugdet: accounts", 20),
    ("Horizon", "long"),
    ("ARR tolerance", 10),
    ("ARR tolerance", 12),
)

EXPECTED = frozenset(
    (
        "bad_absence", "bad_coverage", "bad_currency", "bad_date", "bad_factor", "bad_health", "bad_hours",
        "bad_id", "bad_integer", "bad_kind", "bad_money", "bad_month", "bad_number", "bad_pair", "bad_percent",
        "bad_percents", "bad_pin", "bad_setting", "bad_share", "bad_status", "bad_wish", "bad_yesno", "blank_arr",
        "blank_regions", "blank_segment", "blank_segments", "counted_twice", "csm_without_name", "currencies",
        "date_order", "dates_reversed", "double_setting", "duplicate_account", "duplicate_csm", "duplicate_header",
        "foreign_segment", "hidden_rows", "merged_cells", "negative_arr", "no_account_id", "number_in_doubt",
        "second_column", "skipped_row", "trimmed", "unknown_csm", "unknown_setting",
    )
)  # fmt: skip
"""The codes of what is found. Not here: what makes a file unreadable, and what only a file without this can have."""

TOP = 2  # rows above the header: a title and a blank


def write_every_finding(path: str | Path) -> Path:
    """Write the workbook to a path; the same bytes every time."""
    return place(path, _write)


def _write(path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": CREATED})
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        money = book.add_format({"num_format": "#,##0"})
        head = book.add_format({"bold": True, "bg_color": "#DDE7F0", "bottom": 1, "text_wrap": True, "valign": "top"})
        page = _sheet(book, "Accounts", ACCOUNT_HEADERS, head, top=TOP)
        page.write_string(0, 0, "Customers, exported on 30 November 2026", book.add_format({"bold": True}))
        for number, wrong in enumerate(ACCOUNTS, start=TOP + 1):
            _account(page, number, wrong, date, money)
        last = TOP + len(ACCOUNTS)
        page.write_string(last + 1, 1, "Total")
        page.write_number(last + 1, 3, 2_500_000, money)
        page.set_column(len(ACCOUNT_HEADERS) - 1, len(ACCOUNT_HEADERS) - 1, 50)
        for name, headers, rows in (
            ("CSMs", CSM_HEADERS, CSMS),
            ("Pairs", ("Kind", "Account ID", "Other", "Note"), PAIRS),
            ("Absences", ("CSM", "Month", "Hours lost"), ABSENCES),
            ("Settings", ("Setting", "Value"), SETTINGS),
        ):
            page = _sheet(book, name, headers, head)
            for number, row in enumerate(rows, start=1):
                for at, cell in enumerate(row):
                    _put(page, number, at, cell, date)


def _sheet(book: Any, name: str, headers: tuple[str, ...], head: Any, top: int = 0) -> Any:
    page = book.add_worksheet(name)
    for at, header in enumerate(headers):
        page.write_string(top, at, header, head)
        page.set_column(at, at, max(11, min(len(header) + 2, 20)))
    page.freeze_panes(top + 1, 1)
    return page


def _account(page: Any, number: int, wrong: dict[str, Any], date: Any, money: Any) -> None:
    """One row: a sound account, but for what is said to be wrong."""
    sound: dict[str, Any] = {
        "Segment": "Mid-Market", "ARR": 60_000, "Current CSM": "Ana Lopez", "Hours per month": 3, "Region": "Americas",
        "Renewal date": dt.date(2027, 9, 30), "Renewal ARR": 60_000, "Health": 80, "Status": "active",
        "Coverage": "named", "CSM changes in 24 months": 0,
        "Currency": "USD",
    }  # fmt: skip
    row = sound | {k: v for k, v in wrong.items() if k in ACCOUNT_HEADERS}
    row |= {"Account ID": wrong["id"], "Account": f"Heron {number}", "Customer ID": f"K{number}", "Why": wrong["why"]}
    if wrong["why"] in ("Twice the same", "One id, two contents", "One id, two contents, indeed"):
        row |= {"Account": "Heron Twice", "Customer ID": "K0"}
    for at, header in enumerate(ACCOUNT_HEADERS):
        if header == "Planet":
            page.write_string(number, at, "Earth" if at == ACCOUNT_HEADERS.index("Planet") else "Mars")
        elif row.get(header) == "merged":
            page.merge_range(number, at, number + 1, at, "Americas")
        elif wrong["why"] != "The same merged cell" or header != "Region":
            _put(page, number, at, row.get(header), date, money)
    if wrong.get("hidden"):
        page.set_row(number, None, None, {"hidden": True})


def _put(page: Any, number: int, at: int, cell: Any, date: Any, money: Any = None) -> None:
    if cell is None:
        return
    if cell == FORMULA:
        page.write_formula(number, at, "=1+1", None, "")
    elif cell == ERROR:
        page.write_formula(number, at, ERROR, None, "#N/A")
    elif isinstance(cell, str):
        page.write_string(number, at, cell)
    elif isinstance(cell, dt.date):
        page.write_datetime(number, at, cell, date)
    else:
        page.write_number(number, at, cell, money)
