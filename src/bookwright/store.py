"""The plan store OUT.bookwright: one SQLite file beside the plan's workbook that holds all of what the plan rests on.

Facts as read, the planning model's text with its settings, the plan, bounds and duals per priority, the log. A store is
written whole to a temporary file and put in place. Review rounds and the plans of later rounds are added to it in
place, in transactions: the first plan stays as it was written, and a plan of round 2 is a store of its own inside.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from bookwright.findings import ReviewError
from bookwright.hand_over import schedule
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Portfolio
from bookwright.result import Result

SUFFIX = ".bookwright"
VERSION = 1
"""The newest layout that this version reads and writes."""
BUSY_SECONDS = 15.0

Database = sqlite3.Connection
"""What `open_to_read` and `open_to_add` hand out."""

_SCHEMA = """
create table meta (key text primary key, value text not null) without rowid;
create table blobs (name text primary key, content blob not null) without rowid;
create table assignments (
  account_id text primary key, csm_before text, csm_after text, kind text, why text
) without rowid;
create table priorities (
  position integer primary key, name text not null, unit text not null, before real, value real not null,
  best real not null, bound real not null, certified real not null, solver real not null, gap real not null,
  give real not null, "limit" real not null, duals blob
);
create table hand_overs (account_id text primary key, day text not null) without rowid;
create table log (seconds real, priority text, value real, bound real, note text);
create table findings (code text, severity text, text text);
"""
_PLANS = """
create table if not exists plans (round integer primary key, plan_id text not null, content blob not null);
"""


@dataclass(frozen=True)
class Stored:
    """A plan as the store holds it. `before` and `after` are account id -> CSM id (None = no owner)."""

    path: Path
    meta: Mapping[str, str]
    portfolio: Portfolio
    model: PlanningModel
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    why: Mapping[str, str]
    priorities: tuple[Mapping[str, Any], ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Account id -> placed, forced or chosen, for accounts that change hands."""
    days: Mapping[str, dt.date] = field(default_factory=dict)
    """Account id -> first day of the planned hand-over month; empty in stores of earlier versions."""

    @property
    def plan_id(self) -> str:
        """The plan's id, as on the workbook's Run sheet."""
        return self.meta["plan_id"]


def path_for(workbook: str | Path) -> Path:
    """Where the store of a workbook lives: beside it, same name."""
    return Path(workbook).with_suffix(SUFFIX)


def save(result: Result, path: str | Path) -> Path:
    """Write the store of a result; whole or not at all. A store that holds a review is never replaced."""
    target = Path(path)
    refuse_reviewed(target)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}.", suffix=SUFFIX)
    os.close(handle)
    temporary = Path(name)
    try:
        with closing(sqlite3.connect(temporary)) as database:
            database.executescript(_SCHEMA)
            with database:
                _fill(database, result)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _fill(database: sqlite3.Connection, result: Result) -> None:
    problem = result.problem
    meta = {
        "store_version": str(VERSION),
        "plan_id": result.plan_id,
        "plan_hash": result.plan.plan_hash,
        "fingerprint": result.fingerprint,
        "status": result.status.value,
        "stopped_by": result.stopped_by.value,
        "effective_date": problem.effective_date.isoformat(),
        "options": json.dumps(dict(result.options), default=str),
        "versions": json.dumps(dict(result.versions)),
        "fewest_moves": "" if result.fewest_moves is None else str(result.fewest_moves),
    }
    database.executemany("insert into meta values (?, ?)", meta.items())
    blobs = {
        "portfolio": problem.portfolio.model_dump_json(),
        "planning_model": problem.model.model_dump_json(),
    }
    database.executemany("insert into blobs values (?, ?)", ((k, _packed(v)) for k, v in blobs.items()))
    kinds = {m.account_id: m.kind.value for m in result.plan.moves}
    before, after = result.today.by_account, result.plan.by_account
    rows: Iterable[tuple[Any, ...]] = ((a, before[a], after[a], kinds.get(a), result.why.get(a, "")) for a in after)
    database.executemany("insert into assignments values (?, ?, ?, ?, ?)", rows)
    planned = schedule(problem, result.plan, result.price).hand_overs
    days = ((a, planned[a].on.isoformat()) for a in sorted(planned))
    database.executemany("insert into hand_overs values (?, ?)", days)
    for k, p in enumerate(result.priorities):
        duals = _packed(json.dumps(result.duals.get(p.name), default=_plain))
        numbers = (
            k,
            p.name,
            p.unit,
            p.before,
            p.value,
            p.best,
            p.bound,
            p.certified,
            p.solver,
            p.gap,
            p.give,
            p.limit,
            duals,
        )
        database.execute(f"insert into priorities values ({', '.join('?' * len(numbers))})", numbers)
    log = ((e["seconds"], e["priority"], e["value"], e["bound"], e["note"]) for e in result.log)
    database.executemany("insert into log values (?, ?, ?, ?, ?)", log)
    database.executemany(
        "insert into findings values (?, ?, ?)", ((f.code, f.severity.value, f.text) for f in result.findings)
    )


def refuse_reviewed(path: str | Path) -> None:
    """Raise `ReviewError` where a store holds what reviewers or CSMs sent back: planning anew must not lose it."""
    place = Path(path)
    if not place.is_file():
        return
    try:
        with closing(open_to_read(place)) as database:
            begun, handed = (
                table in _tables(database) and database.execute(f"select count(*) from {table}").fetchone()[0]
                for table in ("rounds", "hand_over_steps")
            )
    except (ReviewError, sqlite3.DatabaseError):
        return  # no store of ours: nothing of a review to lose
    if handed:
        raise ReviewError(
            f"{place.name} holds returned checklists of a hand-over and is not replaced. Maybe another name with -o."
        )
    if begun:
        raise ReviewError(
            f"{place.name} holds a review with its answers and is not replaced. Maybe `bookwright plan PLAN --round 2`"
            " for the next round, or another name with -o."
        )


def open_to_read(path: str | Path) -> sqlite3.Connection:
    """A store's database, not to be written; a missing one is a `ReviewError` (exit 6) that says where it should be.

    What a killed command left half written is rolled back on the way, which needs the right to write the file.
    """
    place = Path(path)
    if not place.is_file():
        raise ReviewError(
            f"There is no plan store {place}. Maybe it was moved away from its workbook: give it with --store."
        )
    half = place.with_name(f"{place.name}-journal").exists()
    uri = f"{place.resolve().as_uri()}?mode={'rw' if half else 'ro'}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)


def open_to_add(path: str | Path, schema: str) -> sqlite3.Connection:
    """A store's database to add to in place; `schema` holds `create table if not exists` statements.

    Transactions are begun and ended by the caller. A rollback journal and full synchronisation: what was committed
    survives a kill or a power cut, what was not is rolled back by the next to open it.
    """
    place = Path(path)
    open_to_read(place).close()
    database = sqlite3.connect(
        f"{place.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        database.execute("pragma journal_mode = delete")
        database.execute("pragma synchronous = full")
        _check_version(place, dict(database.execute("select key, value from meta")))
        wanted = {line.split()[5] for line in schema.splitlines() if line.startswith("create table if not exists")}
        if not wanted <= _tables(database):
            database.execute("begin immediate")
            for statement in filter(str.strip, schema.split(";")):
                database.execute(statement)
            database.execute("commit")
    except sqlite3.DatabaseError as error:
        database.close()
        raise _damaged(place, error) from error
    except ReviewError:
        database.close()
        raise
    return database


def save_round(result: Result, path: str | Path, round: int) -> None:
    """Add the plan of a later round to the store; the plans of other rounds stay as they are."""
    with tempfile.TemporaryDirectory() as folder:
        inner = save(result, Path(folder) / f"round{SUFFIX}").read_bytes()
    with closing(open_to_add(path, _PLANS)) as database:
        database.execute("begin immediate")
        row = (round, result.plan_id, zlib.compress(inner, 6))
        database.execute("insert or replace into plans values (?, ?, ?)", row)
        database.execute("commit")


def rounds_planned(path: str | Path) -> tuple[int, ...]:
    """The rounds that have a plan: always 1, and those added by `save_round`."""
    try:
        with closing(open_to_read(path)) as database:
            later = database.execute("select round from plans order by round") if "plans" in _tables(database) else ()
            return (1, *(row[0] for row in later))
    except sqlite3.DatabaseError as error:
        raise _damaged(Path(path), error) from error


def load(path: str | Path, round: int | None = None) -> Stored:
    """Read a plan store: the plan of the last round, or of a given one.

    A missing, foreign or newer file is a `ReviewError` (exit 6) that says where it was looked for.
    """
    place = Path(path)
    try:
        with closing(open_to_read(place)) as database:
            content = None
            if round != 1 and "plans" in _tables(database):
                content = database.execute(
                    "select content from plans where ? is null or round = ? order by round desc limit 1", (round, round)
                ).fetchone()
            if content is not None:
                with closing(sqlite3.connect(":memory:")) as inner:
                    inner.deserialize(zlib.decompress(content[0]))
                    return _read(inner, place)
            if round not in (None, 1):
                raise ReviewError(f"{place.name} holds no plan of round {round}.")
            return _read(database, place)
    except _UNREADABLE as error:
        raise _damaged(place, error) from error


def moves_of(path: str | Path) -> dict[str, str]:
    """Account id -> CSM id it is to move to, of the last plan in a store; facts and planning model are left unread."""
    with closing(open_to_read(path)) as database:
        try:
            if "plans" not in _tables(database):
                rows = database.execute("select account_id, csm_after from assignments where kind is not null")
                return {a: csm for a, csm in rows if csm}
        except sqlite3.DatabaseError as error:
            raise _damaged(Path(path), error) from error
    stored = load(path)
    return {a: csm for a in stored.kinds if (csm := stored.after[a])}


def _read(database: sqlite3.Connection, place: Path) -> Stored:
    meta = dict(database.execute("select key, value from meta"))
    _check_version(place, meta)
    blobs = {
        name: zlib.decompress(content).decode() for name, content in database.execute("select name, content from blobs")
    }
    rows = database.execute("select account_id, csm_before, csm_after, why, kind from assignments").fetchall()
    days = database.execute("select account_id, day from hand_overs") if "hand_overs" in _tables(database) else ()
    cursor = database.execute("select * from priorities order by position")
    names = [column[0] for column in cursor.description]
    priorities = tuple(dict(zip(names, row, strict=True)) for row in cursor)
    return Stored(
        path=place,
        meta=meta,
        portfolio=Portfolio.model_validate_json(blobs["portfolio"]),
        model=PlanningModel.model_validate_json(blobs["planning_model"]),
        before={r[0]: r[1] for r in rows},
        after={r[0]: r[2] for r in rows},
        why={r[0]: r[3] for r in rows if r[3]},
        priorities=priorities,
        kinds={r[0]: r[4] for r in rows if r[4]},
        days={account: dt.date.fromisoformat(day) for account, day in days},
    )


def _tables(database: sqlite3.Connection) -> set[str]:
    return {row[0] for row in database.execute("select name from sqlite_master where type = 'table'")}


def _check_version(place: Path, meta: Mapping[str, str]) -> None:
    """A newer layout is refused by name, not misread."""
    if int(meta.get("store_version", "0")) > VERSION:
        raise ReviewError(f"{place.name} was made by a newer Bookwright. Maybe update it.")


_UNREADABLE = (sqlite3.DatabaseError, zlib.error, KeyError, TypeError, ValueError)
"""What a foreign or damaged store raises: pages, packed texts, parts that are missing, facts that do not fit."""


def _damaged(place: Path, error: Exception) -> ReviewError:
    why = str(error)
    if isinstance(error, ValidationError):
        why = f"{error.title} does not fit: {error.errors()[0]['msg']}"
    elif isinstance(error, KeyError):
        why = f"no {error.args[0]}"
    return ReviewError(f"{place.name} is not a plan store of Bookwright, or it is damaged ({why}). Maybe plan again.")


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), 6)


def _plain(value: Any) -> Any:
    """Numpy numbers and arrays as plain ones."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot store {type(value).__name__}")
