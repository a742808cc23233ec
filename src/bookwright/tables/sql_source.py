"""A book in a database: one query for the accounts, one for the CSMs, read and never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bookwright.findings import Finding, InputError, Severity, UsageError
from bookwright.tables.raw import RawSheet
from bookwright.tables.typed_values import typed_sheet

MOST_ROWS = 2_000_000
_TABLE = re.compile(r'^[\w$"`\[\]]+(\.[\w$"`\[\]]+){0,2}$')
_PIECES = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""What a semicolon may stand in: quoted text (kept) and comments (left out)."""
_DRIVERS = {"postgresql": ("psycopg", "psycopg2", "pg8000"), "postgres": ("psycopg", "psycopg2", "pg8000")}
"""Drivers to try in turn where an address names none."""


@dataclass(frozen=True)
class Sql:
    """Where a book stands in a database. `accounts` and `csms` are queries, or names of tables or views.

    `url` is an address as SQLAlchemy writes it (`postgresql://user:password@host/database`, `sqlite:///file.db`), or
    `env:NAME` for one kept in an environment variable. A query may also be `@FILE`, a file that holds it.
    """

    url: str = field(repr=False)
    accounts: str
    csms: str = ""

    @property
    def name(self) -> str:
        """What findings call it: the database's name, never its password."""
        tail = self.url.rsplit("/", 1)[-1].split("?", 1)[0]
        return Path(tail).name or "database" if not self.url.startswith("env:") else self.url[4:]


def open_sql(source: Sql) -> list[RawSheet]:
    """The tables of a book in a database as raw sheets named accounts and csms.

    Only what reads is sent (SELECT, WITH, VALUES, TABLE), one statement each, and everything is rolled back. Raises
    `UsageError` for an address or query that does not work; the password stands in no message.
    """
    queries = [(key, _query(text)) for key, text in (("accounts", source.accounts), ("csms", source.csms)) if text]
    sheets = []
    engine = _engine(source)
    from sqlalchemy import text as sql
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sql("set transaction read only"))
            elif engine.dialect.name == "sqlite":
                connection.execute(sql("pragma query_only = on"))
            for key, query in queries:
                try:
                    found = connection.execute(sql(query.replace(":", r"\:")))
                    sheets.append(typed_sheet(source.name, key, list(found.keys()), _rows(found, source, key)))
                except SQLAlchemyError as error:
                    raise UsageError(
                        f"The query for the {key} failed: {_said(error)}. Maybe run it by hand."
                    ) from error
            connection.rollback()
    except SQLAlchemyError as error:
        raise UsageError(
            f"The database {source.name!r} cannot be reached: {_said(error)}. Maybe the address or the password."
        ) from error
    finally:
        engine.dispose()
    return sheets


def _rows(found: Any, source: Sql, key: str) -> Iterator[tuple[Any, ...]]:
    for count, row in enumerate(found):
        if count >= MOST_ROWS:
            message = f"The query for the {key} gives more than {MOST_ROWS:,} rows."
            raise InputError(Finding("too_big", Severity.ERROR, message, "Maybe it lacks a filter.", file=source.name))
        yield tuple(row)


def _query(text: str) -> str:
    """One reading statement: as given, from a file, or all of a table."""
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The query file {text[1:]} cannot be read.") from error
    text = _PIECES.sub(lambda found: found[0] if found[1] else " ", text).strip().rstrip(";").strip()
    if _TABLE.match(text):
        return f"select * from {text}"
    bare = _PIECES.sub("", text)
    if not re.match(r"(select|with|values|table)\b", text, re.IGNORECASE) or ";" in bare:
        raise UsageError(
            f"Only one reading statement is sent to a database, and this is none: {text[:60]!r}."
            " Maybe SELECT ... FROM accounts, or the table's name."
        )
    return text


def _engine(source: Sql) -> Any:
    url = source.url
    if url.startswith("env:"):
        url = os.environ.get(url[4:], "")
        if not url:
            raise UsageError(f"There is no environment variable {source.url[4:]}. Maybe export it first.")
    try:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    except ImportError as error:
        raise UsageError("SQLAlchemy is not installed. Maybe: pip install 'bookwright[sql]'.") from error
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "--sql needs an address such as sqlite:///book.db or postgresql://user:password@host/database."
        ) from error
    if address.drivername == "sqlite" and address.database and not Path(address.database).is_file():
        raise UsageError(f"There is no file {address.database}.")  # SQLite would make an empty one
    names = [address.drivername]
    if address.drivername in _DRIVERS:
        names = [f"postgresql+{driver}" for driver in _DRIVERS[address.drivername]]
    for name in names:
        try:
            return create_engine(address.set(drivername=name), connect_args=_careful(name))
        except ModuleNotFoundError:
            continue
        except NoSuchModuleError as error:
            raise UsageError(f"No driver for {address.drivername!r} databases is installed.") from error
    raise UsageError(
        f"No driver for {address.drivername!r} databases is installed. Maybe: pip install 'bookwright[postgres]'."
    )


def _careful(driver: str) -> dict[str, Any]:
    """Options that end a hopeless wait."""
    if driver.endswith("+pg8000"):
        return {"timeout": 30}
    return {"connect_timeout": 15} if driver.startswith("postgresql") else {}


def _said(error: Exception) -> str:
    """A database's own words, in one line, without the statement and its parameters."""
    words = str(getattr(error, "orig", None) or error)
    found = re.search(r"'M': '((?:[^'\\]|\\.)*)'", words)  # pg8000 gives a dict
    return " ".join((found[1] if found else words).split())[:200].rstrip(".")
