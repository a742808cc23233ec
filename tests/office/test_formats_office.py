"""Formats made by real programs: LibreOffice saves the workbook as .ods and .xls, a PostgreSQL server holds it."""

from __future__ import annotations

import datetime as dt
import getpass
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bookwright.findings import UsageError
from bookwright.tables import Sql, read
from tests.office.test_plan_workbook import convert
from tests.tables.same_book import ACCOUNTS, CSMS, as_xlsx
from tests.tables.test_number_formats import book as formatted_book

pytestmark = pytest.mark.office


@pytest.mark.parametrize("kind", ["ods", "xls", "xlsx"])
def test_what_libreoffice_saves_is_the_same_book(tmp_path: Path, kind: str) -> None:
    """Saved by another program in each format, every fact is as it was."""
    book = as_xlsx(tmp_path / "book.xlsx")
    saved = convert(book, kind, tmp_path / "out")
    assert read(saved)[0].facts_text() == read(book)[0].facts_text()


@pytest.mark.parametrize("kind", ["ods", "xls", "xlsx"])
def test_numbers_mean_what_their_cells_show(tmp_path: Path, kind: str) -> None:
    """Percents and ids in a format of zeros, saved by another program in each format."""
    settings = [("Hours ceiling", (1.1, "0%"))]
    made = formatted_book(tmp_path / "book.xlsx", settings, Account_ID=(42, "00000"), Health=(0.8, "0%"))
    found = read(convert(tmp_path / "book.xlsx", kind, tmp_path / "out"))[0]
    assert found.facts_text() == made.facts_text()
    assert (found.accounts[0].id, found.accounts[0].health) == ("00042", 80)
    assert found.settings["hours_ceiling_percent"] == pytest.approx(110)


def command(program: str, *arguments: str) -> list[str]:
    """A call of a PostgreSQL program, by another user where we are root: the server refuses to run as root."""
    found = shutil.which(program) or str(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))[-1])
    by = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
    return [*by, found, *arguments]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server with data in a temporary folder, which ends with the test."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.chmod(0o777)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = str(folder / "data")
    try:
        run(command("initdb", "-D", data, "-U", "me", "-A", "trust", "-E", "UTF8", "--no-sync"))
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(command("pg_ctl", "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start"))
        try:
            yield f"postgresql://me@127.0.0.1:{port}/postgres"
        finally:
            run(command("pg_ctl", "-D", data, "-m", "immediate", "stop"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(call: Sequence[str]) -> None:
    """Run a program to its end; it must not keep our pipes open."""
    done = subprocess.run(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/tmp", timeout=120)
    assert done.returncode == 0, call


TYPES: dict[type, str] = {str: "text", int: "bigint", float: "numeric(20, 9)", dt.date: "date"}


@pytest.fixture(scope="module")
def filled(server: str) -> str:
    """The server with the book in two tables, columns typed."""
    engine = create_engine(server.replace("postgresql", "postgresql+pg8000"))
    with engine.begin() as connection:
        for name, rows in (("accounts", ACCOUNTS), ("csms", CSMS)):
            kinds = [TYPES[_kind([row[k] for row in rows[1:]])] for k in range(len(rows[0]))]
            columns = ", ".join(f'"{h}" {kind}' for h, kind in zip(rows[0], kinds, strict=True))
            connection.execute(text(f"create table {name} (nr serial, {columns})"))
            names = ", ".join(f'"{h}"' for h in rows[0])
            marks = ", ".join(f":p{k}" for k in range(len(rows[0])))
            for row in rows[1:]:
                values = {f"p{k}": cell for k, cell in enumerate(row)}
                connection.execute(text(f"insert into {name} ({names}) values ({marks})"), values)
    engine.dispose()
    return server


def _kind(cells: list[Any]) -> type:
    kinds = {type(c) for c in cells if c is not None}
    return float if kinds == {int, float} else kinds.pop()


def select(table: str, headers: Sequence[str]) -> str:
    """A query for the book's columns in the book's order."""
    return f"select {', '.join(chr(34) + h + chr(34) for h in headers)} from {table} order by nr"


def test_a_book_in_postgresql_is_the_same_book(filled: str, tmp_path: Path) -> None:
    """Text, bigint, numeric and date columns; an address without a driver finds one."""
    there = Sql(filled, select("accounts", ACCOUNTS[0]), select("csms", CSMS[0]))
    assert read(there)[0].facts_text() == read(as_xlsx(tmp_path / "book.xlsx"))[0].facts_text()


def test_postgresql_refuses_to_write(filled: str) -> None:
    """The transaction is read only, whatever the query says; the message is the server's own."""
    with pytest.raises(UsageError, match="read-only"):
        read(Sql(filled, "with gone as (delete from accounts returning *) select * from gone"))
    with pytest.raises(UsageError, match='relation "acounts" does not exist'):
        read(Sql(filled, "acounts"))
