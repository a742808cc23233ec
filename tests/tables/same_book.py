"""One portfolio that is hard to carry (ids like 00123, NA, formulas-like text, dates), written in every format."""

from __future__ import annotations

import csv
import datetime as dt
import sqlite3
from pathlib import Path
from typing import Any

from tests.tables.books import workbook

SF = "001Dn00000AbCdEIAV"
ACCOUNTS: tuple[tuple[Any, ...], ...] = (
    ("Account ID", "Account", "Segment", "ARR", "Current CSM", "Region", "Renewal date", "CSM since", "Health",
     "Escalation", "Parent ID", "Notes", "Support tier", "Signed on", "Seats", "Ratio"),
    ("00123", "Æther & Søns", "Enterprise", 250000, "C1", "NA", dt.date(2027, 9, 30), dt.date(2024, 1, 2), 82, "no",
     None, "=1+1", "Gold", dt.date(2025, 3, 1), 120, 0.25),
    (SF, "O'Brien \"Quoted\", Ltd", "Mid-Market", 80000.5, "Ana López", "NA", dt.date(2028, 1, 31), None, 40, "yes",
     "00123", "+44 20 7946 0000", None, None, 7, 1.5),
    ("1E5", "@Home GmbH", "SMB", 1200, None, "None", None, None, None, None, None, "two\nlines",
     "n/a", None, None, None),
    ("0", "null", "SMB", 0, "C2", "APAC", dt.date(2027, 2, 28), dt.date(2026, 12, 31), 66.5, None, "00123",
     "-5 % off; see | pipe", "007", dt.date(2024, 2, 29), 100000, 3),
    ("TRUE", "TRUE", "SMB", 999999999.99, "C2", "EMEA", None, None, 0, None, None, "a\tb  c", "1.50", None, -3, 1e-7),
)  # fmt: skip
CSMS: tuple[tuple[Any, ...], ...] = (
    ("CSM ID", "CSM", "Segments", "Regions", "Contract hours per month", "Start date", "Max accounts", "Internal share",
     "Ramp (percent per month)", "CRM user ID", "Shoe size"),
    ("C1", "Ana López", "Enterprise, Mid-Market", "NA; None", 150, None, 40, 0.25, None, "0051t000000abcdAAA", 38),
    ("C2", "NA", "SMB|Mid-Market", None, 142.5, dt.date(2026, 11, 1), None, None, "25, 50, 75", "000123456789", 44.5),
)  # fmt: skip
DATES = ("Renewal date", "CSM since", "Signed on", "Start date")


def as_xlsx(path: Path) -> Path:
    """A workbook."""
    return workbook(path, Accounts=ACCOUNTS, CSMs=CSMS)


def as_csv(folder: Path) -> Path:
    """A folder with accounts.csv and csms.csv."""
    folder.mkdir(exist_ok=True)
    for name, rows in (("accounts", ACCOUNTS), ("csms", CSMS)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([_csv(cell) for cell in row] for row in rows)
    return folder


def _csv(cell: Any) -> Any:
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell


def as_parquet(folder: Path) -> Path:
    """A folder with accounts.parquet and csms.parquet, columns typed."""
    import pyarrow
    from pyarrow import parquet

    folder.mkdir(exist_ok=True)
    for name, rows in (("accounts", ACCOUNTS), ("csms", CSMS)):
        columns = {header: [row[k] for row in rows[1:]] for k, header in enumerate(rows[0])}
        parquet.write_table(pyarrow.table(columns), folder / f"{name}.parquet")
    return folder


def as_sqlite(path: Path) -> str:
    """A SQLite database with the tables accounts and csms; returns its address."""
    with sqlite3.connect(path) as database:
        for name, rows in (("accounts", ACCOUNTS), ("csms", CSMS)):
            columns = ", ".join(f'"{h}"' for h in rows[0])
            database.execute(f"create table {name} ({columns})")
            cells = [[c.isoformat() if isinstance(c, dt.date) else c for c in row] for row in rows[1:]]
            database.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", cells)
    database.close()
    return f"sqlite:///{path}"
