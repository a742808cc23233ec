"""The plan store OUT.bookwright: one SQLite file beside the plan's workbook that holds all of what the plan rests on.

Facts as read, the planning model's text with its settings, the plan, bounds and duals per priority, the log. A store is
written whole to a temporary file and put in place; review rounds are added to it later.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bookwright.findings import ReviewError
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Portfolio
from bookwright.result import Result

SUFFIX = ".bookwright"
VERSION = 1

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
create table log (seconds real, priority text, value real, bound real, note text);
create table findings (code text, severity text, text text);
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

    @property
    def plan_id(self) -> str:
        """The plan's id, as on the workbook's Run sheet."""
        return self.meta["plan_id"]


def path_for(workbook: str | Path) -> Path:
    """Where the store of a workbook lives: beside it, same name."""
    return Path(workbook).with_suffix(SUFFIX)


def save(result: Result, path: str | Path) -> Path:
    """Write the store of a result; whole or not at all."""
    target = Path(path)
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


def load(path: str | Path) -> Stored:
    """Read a plan store; a missing or foreign file is a `ReviewError` (exit 6) that says where it was looked for."""
    place = Path(path)
    if not place.is_file():
        raise ReviewError(
            f"There is no plan store {place}. Maybe it was moved away from its workbook: give it with --store."
        )
    try:
        with closing(sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)) as database:
            meta = dict(database.execute("select key, value from meta"))
            blobs = {
                name: zlib.decompress(content).decode()
                for name, content in database.execute("select name, content from blobs")
            }
            rows = database.execute("select account_id, csm_before, csm_after, why from assignments").fetchall()
            cursor = database.execute("select * from priorities order by position")
            names = [column[0] for column in cursor.description]
            priorities = tuple(dict(zip(names, row, strict=True)) for row in cursor)
    except (sqlite3.DatabaseError, zlib.error) as error:
        raise ReviewError(
            f"{place.name} is not a plan store of Bookwright, or it is damaged ({error}). Maybe plan again."
        ) from error
    return Stored(
        path=place,
        meta=meta,
        portfolio=Portfolio.model_validate_json(blobs["portfolio"]),
        model=PlanningModel.model_validate_json(blobs["planning_model"]),
        before={r[0]: r[1] for r in rows},
        after={r[0]: r[2] for r in rows},
        why={r[0]: r[3] for r in rows if r[3]},
        priorities=priorities,
    )


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode(), 6)


def _plain(value: Any) -> Any:
    """Numpy numbers and arrays as plain ones."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot store {type(value).__name__}")
