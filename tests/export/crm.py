"""A small CRM: exports as three systems write them, checkers of their import formats, and files applied to a copy.

The checkers are written from the makers' public documentation, and share nothing with the code that writes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

from bookwright import api
from bookwright.store import path_for

NAMES = (
    "Æther & Søns", "O'Brien, \"Ltd\"", "=HYPERLINK(1)", "+44 Club", "Zürich Straße AG", "名古屋商事", "NA", "00042",
    "Plain Ltd", "@Home", "-5 Degrees", "Ünïted",
)  # fmt: skip
PEOPLE = ("Ana López", "Bob O'Stone", "Chloé Tan")
TODAY = dt.date(2026, 11, 2)
ASKED = {
    "effective_date": dt.date(2027, 1, 1),
    "settings": {"move_budget_accounts_percent": 80, "move_budget_arr_percent": 80},
}
"""What every plan here is asked with."""


def salesforce_id(prefix: str, number: int) -> str:
    """An id of 15 characters with capitals, and its three check characters, worked out bit by bit."""
    body = f"{prefix}Dn00000{'AbCdEfGhIj'[number % 10]}{'xYz'[number % 3]}{number:03d}"
    assert len(body) == 15
    checks = ""
    for chunk in (body[:5], body[5:10], body[10:]):
        bits = "".join("1" if c.isupper() else "0" for c in reversed(chunk))
        checks += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[int(bits, 2)]
    return body + checks


USERS = [salesforce_id("005", k) for k in range(len(PEOPLE))]


class Crm:
    """A CRM's accounts in a folder: `accounts` as exported, `csms` beside them; one CSM has far too much."""

    def __init__(self, folder: Path, system: str) -> None:
        self.folder = folder / "book"
        self.folder.mkdir(parents=True)
        self.system = system
        self.ids = [salesforce_id("001", k) if system == "salesforce" else f"{10012345670 + k}" for k in range(12)]
        if system == "csv":
            self.ids = [f"{'=-+0'[k % 4]}{k:05d}" for k in range(12)]  # what a spreadsheet would run, or shorten
        holds = USERS if system == "salesforce" else PEOPLE
        owner = [holds[0] if k < 9 else holds[1] for k in range(12)]
        owner[11] = "" if system != "hubspot" else owner[11]
        self.headers = {
            "salesforce": ("Id", "Name", "OwnerId", "CSM__c", "ARR__c", "Segment__c", "Hours__c"),
            "hubspot": ("Record ID", "Company name", "Company owner", "Success Manager", "ARR", "Segment", "Hours"),
            "csv": ("Account ID", "Account", "Account Owner", "CSM", "ARR", "Segment", "Hours"),
        }[system]  # fmt: skip
        self.rows = [
            [self.ids[k], NAMES[k], "Rita Rep", owner[k], str(100_000 + 1_000 * k), "SMB", "12"] for k in range(12)
        ]
        self.accounts = self.folder / "accounts.csv"
        self.accounts.write_text(self.text(), encoding="utf-8")
        csms = ["CSM ID,CSM,Email,Segments,Customer hours per month,CRM user ID"]
        for k, name in enumerate(PEOPLE):
            user = USERS[k][:15] if system == "salesforce" else ""
            csms.append(f"C{k},{name},user{k}@example.com,SMB,70,{user}")
        (self.folder / "csms.csv").write_text("\n".join(csms) + "\n", encoding="utf-8")
        self.columns = {"accounts": {"columns": {"csm": self.headers[3], "hours": self.headers[6]}}}

    @property
    def field(self) -> str:
        """The header of the CSM's field."""
        return self.headers[3]

    def text(self) -> str:
        """The accounts as the system exports them, every value exactly."""
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([self.headers, *self.rows])
        return text.getvalue()

    def plan(self, folder: Path) -> Path:
        """Plan the books and write plan and store."""
        result = api.plan(api.read(self.folder, columns=self.columns), effort=40, today=TODAY, **ASKED)  # type: ignore[arg-type]
        assert len(result.plan.moves) >= 3
        place = api.write(result, folder / "plan.xlsx")
        assert path_for(place).is_file()
        return place

    def load(self, file: Path) -> int:
        """Load a file as the CRM would: records by id, one field, `#N/A` empties it; returns how many changed."""
        rows = CHECKERS[self.system](file, self.field)
        at = {row[0]: row for row in self.rows}
        column = self.headers.index(rows[0][1])
        changed = 0
        for record, value in rows[1:]:
            value = "" if self.system == "salesforce" and value == "#N/A" else value
            changed += at[record][column] != value
            at[record][column] = value
        self.accounts.write_text(self.text(), encoding="utf-8")
        return changed


def strict(file: Path) -> list[list[str]]:
    """A file as RFC 4180 reads it: UTF-8 without a mark, commas, every row as wide as the first, no stray spaces."""
    data = file.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf"), "a byte order mark would become part of the first header"
    text = data.decode("utf-8")
    assert text.endswith("\n")
    rows = list(csv.reader(io.StringIO(text), strict=True))
    assert all(len(row) == len(rows[0]) for row in rows)
    assert all(value == value.strip() for row in rows for value in row), "spaces become part of the value"
    assert len({row[0] for row in rows[1:]}) == len(rows) - 1, "a record stands twice"
    return rows


def salesforce(file: Path, field: str) -> list[list[str]]:
    """Bulk API: headers are API names, ids of 18 characters, a blank changes nothing, `#N/A` empties, 10 MB, 10,000."""
    rows = strict(file)
    assert rows[0] == ["Id", field]
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", field)
    assert len(rows) - 1 <= 10_000
    assert file.stat().st_size <= 10_000_000
    for record, value in rows[1:]:
        assert _sound(record, "001"), record
        assert value == "#N/A" or _sound(value, "005"), value
    return rows


def _sound(text: str, prefix: str) -> bool:
    if not re.fullmatch(r"[0-9A-Za-z]{15}[A-Z0-5]{3}", text) or not text.startswith(prefix):
        return False
    for k in range(3):
        number = sum(2**j for j in range(5) if text[5 * k + j].isupper())
        if text[15 + k] != (chr(65 + number) if number < 26 else str(number - 26)):
            return False
    return True


def hubspot(file: Path, field: str) -> list[list[str]]:
    """The import tool: `Record ID` finds the record, a user is an e-mail or a full name, one sheet, 1,048,576 rows."""
    rows = strict(file)
    assert rows[0] == ["Record ID", field]
    assert len(rows) <= 1_048_576
    for record, value in rows[1:]:
        assert re.fullmatch(r"[0-9]+", record), record
        assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", value) or value in PEOPLE, value
    return rows


def plain(file: Path, field: str) -> list[list[str]]:
    """Any other system: id and value, exactly."""
    rows = strict(file)
    assert rows[0] == ["Account ID", field]
    return rows


CHECKERS = {"salesforce": salesforce, "hubspot": hubspot, "csv": plain}
