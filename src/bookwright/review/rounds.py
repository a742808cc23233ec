"""Review rounds in the plan store: what was sent and returned, every answer, closing and approvals.

The store, not a workbook, is the merge base and the audit trail. Records are added, never changed but to mark them
withdrawn or judged; each method is one transaction, so that a kill at any moment leaves all of it or nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from bookwright import store
from bookwright.findings import ReviewError
from bookwright.review.decisions import Answer, Correction, Decision

_SCHEMA = """
create table if not exists rounds (
  round integer primary key, plan_id text not null, reviewed_by text not null, due text, opened_at text not null,
  closed_at text, silent text
);
create table if not exists files_sent (
  id text primary key, round integer not null, reviewer text not null, name text not null, sha256 text not null,
  sent_at text not null, base blob not null
);
create table if not exists files_returned (
  id integer primary key, sha256 text not null, name text not null, round integer not null, reviewer text not null,
  verdict text not null, returned_at text not null
);
create table if not exists decisions (
  id integer primary key, round integer not null, account_id text not null, answer text not null, csm_id text,
  hand_over_on text, reason text not null, comment text not null, reviewer text not null, recorded_at text not null,
  file text not null, cell text not null, over_keys text not null, withdrawn_by text not null default ''
);
create table if not exists corrections (
  id integer primary key, round integer not null, account_id text not null, field text not null,
  should_be text not null, comment text not null, reviewer text not null, recorded_at text not null,
  file text not null, cell text not null, verdict text not null default '', judged_by text not null default '',
  withdrawn_by text not null default ''
);
create table if not exists approvals (
  id integer primary key, round integer not null, kind text not null, who text not null, approved_at text not null,
  plan_hash text not null, fingerprint text not null, content text not null
);
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One review round: the plan under review, how it was cut up, when it is due, and how it was closed."""

    number: int
    plan_id: str
    reviewed_by: str
    due: dt.date | None
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None
    silent: str = ""


@dataclass(frozen=True, slots=True)
class FileSent:
    """A workbook sent: `id` stands in it three times; `base` is what its rows held.

    `sha256` lists the hashes of every version written, the last one last.
    """

    id: str
    round: int
    reviewer: str
    name: str
    sha256: str
    sent_at: dt.datetime
    base: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class FileReturned:
    """A workbook that came back, and what was made of it ("recorded 12", "stale", "of another plan"...)."""

    sha256: str
    name: str
    round: int
    reviewer: str
    verdict: str
    returned_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved what and when: kind "plan" seals the plan, kind "exceptions" names overrides outside the rules.

    `content` of exceptions: [[account id, CSM id], ...].
    """

    round: int
    kind: str
    who: str
    approved_at: dt.datetime
    plan_hash: str
    fingerprint: str
    content: tuple[tuple[str, str], ...] = ()


class Rounds:
    """The review side of an open plan store; a context manager.

    with Rounds(path) as rounds:
        for decision in rounds.decisions():
            ...
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._database = store.open_to_add(self.path, _SCHEMA)

    def __enter__(self) -> Rounds:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # -- rounds ------------------------------------------------------------------------------------------------

    def rounds(self) -> tuple[Round, ...]:
        """Every round so far, in order."""
        rows = self._database.execute("select * from rounds order by round")
        return tuple(
            Round(n, plan, by, _day(due), _moment(opened), _moment(closed) if closed else None, silent or "")
            for n, plan, by, due, opened, closed, silent in rows
        )

    def current(self) -> Round | None:
        """The last round, open or closed; None before the first `send`."""
        found = self.rounds()
        return found[-1] if found else None

    def begin(self, round: Round, files: Sequence[FileSent]) -> None:
        """Open a round (again) and note what is about to be sent, before any file is written."""
        with self._writing():
            self._database.execute(
                "insert into rounds values (?, ?, ?, ?, ?, null, null) on conflict(round) do update set"
                " reviewed_by = excluded.reviewed_by, due = excluded.due",
                (round.number, round.plan_id, round.reviewed_by, _iso(round.due), _iso(round.opened_at)),
            )
            for f in files:
                base = zlib.compress(json.dumps(f.base, ensure_ascii=False).encode(), 6)
                row = (f.id, f.round, f.reviewer, f.name, f.sha256, _iso(f.sent_at), base)
                self._database.execute("insert or ignore into files_sent values (?, ?, ?, ?, ?, ?, ?)", row)

    def sent(self, file_id: str, name: str, sha256: str) -> None:
        """Note where a file goes and what its bytes hash to, before it is put there; earlier hashes are kept."""
        with self._writing():
            self._database.execute(
                "update files_sent set name = ?, sha256 = trim(replace(sha256, ?, '') || ' ' || ?) where id = ?",
                (name, sha256, sha256, file_id),
            )

    def files_sent(self, round: int | None = None) -> tuple[FileSent, ...]:
        """The files sent, of one round or all."""
        rows = self._database.execute(
            "select id, round, reviewer, name, sha256, sent_at, base from files_sent"
            " where ? is null or round = ? order by round, reviewer",
            (round, round),
        )
        return tuple(
            FileSent(r[0], r[1], r[2], r[3], r[4], _moment(r[5]), json.loads(zlib.decompress(r[6]))) for r in rows
        )

    def close(self, round: int, silent: str, at: dt.datetime, decisions: Sequence[Decision] = ()) -> None:
        """Close a round and record what settles the accounts nobody answered for, in one step."""
        with self._writing():
            self._add(decisions, at)
            self._database.execute(
                "update rounds set closed_at = ?, silent = ? where round = ?", (_iso(at), silent, round)
            )

    # -- what came back ----------------------------------------------------------------------------------------

    def record(
        self,
        file: FileReturned,
        decisions: Sequence[Decision] = (),
        corrections: Sequence[Correction] = (),
        *,
        replace: bool = False,
    ) -> tuple[Decision, ...]:
        """Add what a returned file says, all or nothing; returns the answers that are new.

        The same answer of the same reviewer is recorded once. With `replace` that reviewer's other standing answers
        of the round are withdrawn.
        """
        with self._writing():
            if replace:
                kept = {d.key for d in decisions} | {c.key for c in corrections}
                for table, records in (("decisions", self.decisions(file.round)), ("corrections", self._open(file))):
                    for r in records:
                        if r.reviewer == file.reviewer and r.key not in kept:
                            self._database.execute(
                                f"update {table} set withdrawn_by = ? where id = ?", (file.name, r.id)
                            )
            new = self._add(decisions, file.returned_at)
            known, at = {c.key for c in self.corrections(file.round)}, _iso(file.returned_at)
            for c in corrections:
                if c.key not in known:
                    known.add(c.key)
                    self._database.execute(
                        "insert into corrections (round, account_id, field, should_be, comment, reviewer, recorded_at,"
                        " file, cell) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        (c.round, c.account_id, c.column, c.should_be, c.comment, c.reviewer, at, c.file, c.cell),
                    )
            self._database.execute(
                "insert into files_returned (sha256, name, round, reviewer, verdict, returned_at)"
                " values (?, ?, ?, ?, ?, ?)",
                (file.sha256, file.name, file.round, file.reviewer, file.verdict, _iso(file.returned_at)),
            )
        return new

    def _open(self, file: FileReturned) -> tuple[Correction, ...]:
        return tuple(c for c in self.corrections(file.round) if not c.verdict)

    def _add(self, decisions: Iterable[Decision], at: dt.datetime) -> tuple[Decision, ...]:
        known = {d.key for d in self.decisions()}
        new = []
        for d in decisions:
            if d.key in known:
                continue
            known.add(d.key)
            new.append(d)
            self._database.execute(
                "insert into decisions (round, account_id, answer, csm_id, hand_over_on, reason, comment, reviewer,"
                " recorded_at, file, cell, over_keys) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    d.round,
                    d.account_id,
                    d.answer.value,
                    d.csm_id,
                    _iso(d.hand_over_on),
                    d.reason,
                    d.comment,
                    d.reviewer,
                    _iso(at),
                    d.file,
                    d.cell,
                    json.dumps(d.over),
                ),
            )
        return tuple(new)

    def files_returned(self, round: int | None = None) -> tuple[FileReturned, ...]:
        """Every file collected so far, in the order it came."""
        rows = self._database.execute(
            "select sha256, name, round, reviewer, verdict, returned_at from files_returned"
            " where ? is null or round = ? order by id",
            (round, round),
        )
        return tuple(FileReturned(r[0], r[1], r[2], r[3], r[4], _moment(r[5])) for r in rows)

    def decisions(self, round: int | None = None, *, withdrawn: bool = False) -> tuple[Decision, ...]:
        """Every reviewer's recorded answers, in the order recorded; without those taken back unless asked for.

        These are the raw answers; `merge.merge` turns them into one standing decision per account and the conflicts.
        """
        rows = self._database.execute(
            "select account_id, answer, csm_id, hand_over_on, reason, comment, reviewer, round, recorded_at, file,"
            " cell, over_keys, id, withdrawn_by from decisions"
            " where (? is null or round = ?) and (? or withdrawn_by = '') order by id",
            (round, round, withdrawn),
        )
        return tuple(
            Decision(
                account_id=r[0],
                answer=Answer(r[1]),
                csm_id=r[2],
                hand_over_on=_day(r[3]),
                reason=r[4],
                comment=r[5],
                reviewer=r[6],
                round=r[7],
                recorded_at=_moment(r[8]),
                file=r[9],
                cell=r[10],
                over=tuple(json.loads(r[11])),
                id=r[12],
                withdrawn_by=r[13],
            )
            for r in rows
        )

    def corrections(self, round: int | None = None, *, withdrawn: bool = False) -> tuple[Correction, ...]:
        """Every correction asked for, judged or not; without those taken back unless asked for."""
        rows = self._database.execute(
            "select account_id, field, should_be, comment, reviewer, round, recorded_at, file, cell, id, verdict,"
            " judged_by, withdrawn_by from corrections where (? is null or round = ?) and (? or withdrawn_by = '')"
            " order by id",
            (round, round, withdrawn),
        )
        return tuple(
            Correction(r[0], r[1], r[2], r[3], r[4], r[5], _moment(r[6]), r[7], r[8], r[9], r[10], r[11], r[12])
            for r in rows
        )

    def judge(self, ids: Iterable[int], verdict: str, who: str) -> None:
        """Mark corrections as accepted or refused."""
        with self._writing():
            self._database.executemany(
                "update corrections set verdict = ?, judged_by = ? where id = ?", [(verdict, who, i) for i in ids]
            )

    # -- approvals ---------------------------------------------------------------------------------------------

    def approve(self, approval: Approval) -> None:
        """Record an approval; nothing takes it back."""
        with self._writing():
            self._database.execute(
                "insert into approvals (round, kind, who, approved_at, plan_hash, fingerprint, content)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (
                    approval.round,
                    approval.kind,
                    approval.who,
                    _iso(approval.approved_at),
                    approval.plan_hash,
                    approval.fingerprint,
                    json.dumps(approval.content),
                ),
            )

    def approvals(self, round: int | None = None, kind: str | None = None) -> tuple[Approval, ...]:
        """The approvals so far."""
        rows = self._database.execute(
            "select round, kind, who, approved_at, plan_hash, fingerprint, content from approvals"
            " where (? is null or round = ?) and (? is null or kind = ?) order by id",
            (round, round, kind, kind),
        )
        return tuple(
            Approval(r[0], r[1], r[2], _moment(r[3]), r[4], r[5], tuple((a, c) for a, c in json.loads(r[6])))
            for r in rows
        )

    def sealed(self, round: int) -> Approval | None:
        """The approval that sealed a round's plan, None while it is open."""
        found = self.approvals(round, "plan")
        return found[-1] if found else None

    def _writing(self) -> _Transaction:
        return _Transaction(self._database)


class _Transaction:
    """One write transaction: taken at once, so that two commands at a time wait for each other."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        try:
            self._database.execute("begin immediate")
        except sqlite3.OperationalError as error:
            raise ReviewError(f"The plan store cannot be written ({error}). Maybe another command holds it.") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.execute("commit" if kind is None else "rollback")


def has_rounds(path: str | Path) -> bool:
    """True when a store holds a review."""
    with closing(store.open_to_read(path)) as database:
        found = database.execute("select count(*) from sqlite_master where name = 'rounds'").fetchone()[0]
        return bool(found) and bool(database.execute("select count(*) from rounds").fetchone()[0])


def _iso(when: dt.date | dt.datetime | None) -> str | None:
    return None if when is None else when.isoformat()


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
