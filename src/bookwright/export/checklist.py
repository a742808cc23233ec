"""The checklist of a hand-over: what identifies it, what returned files say of it, kept in the plan's store."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path

from bookwright import store
from bookwright.export.brief import STEPS, Brief
from bookwright.export.changes import Change, Transition
from bookwright.findings import Finding, InputError, Severity
from bookwright.tables.cells import as_text
from bookwright.tables.dates import NotADate, parse_date
from bookwright.tables.grid import is_blank
from bookwright.tables.notes import show
from bookwright.tables.raw import Broken, Raw
from bookwright.tables.returned import Returned, Row, read_returned

MARK = "Bookwright hand-over"
"""First cell of the hidden sheet, and the custom property that holds the CSM's id."""
ID, COMMENT, CHECK = "Account ID", "Comment", "Check"
STEP_TITLES = tuple(f"{step} on" if step.endswith(("ed", "told")) else f"{step} done on" for step in STEPS)
FIRST_DAY = dt.date(2015, 1, 1)
_SCHEMA = """
create table if not exists hand_over_steps (
  id integer primary key, plan_id text not null, account_id text not null, csm_to text not null, step text not null,
  done_on text not null, reporter text not null, recorded_at text not null, file text not null, cell text not null
);
create table if not exists hand_over_comments (
  id integer primary key, plan_id text not null, account_id text not null, text text not null, reporter text not null,
  recorded_at text not null, file text not null, cell text not null
);
create table if not exists hand_over_withdrawn (
  kind text not null, id integer not null, at text not null, primary key (kind, id)
);
"""


@dataclass(frozen=True, slots=True)
class Done:
    """One step of one move that somebody says was done."""

    account_id: str
    csm_to: str
    step: str
    done_on: dt.date
    reporter: str
    file: str
    cell: str


@dataclass(frozen=True)
class FileRead:
    """What became of one returned file: the CSM it is of, what is new, and everything worth saying."""

    name: str
    reporter: str
    new: tuple[Done, ...]
    findings: tuple[Finding, ...]
    refused: bool = False


def check_of(moves: Transition, brief: Brief) -> str:
    """The check of a row: of the plan, the account and who receives it."""
    return _check(moves.plan_id, brief.change)


def _check(plan_id: str, change: Change) -> str:
    told = "\t".join((plan_id, change.account.id, change.csm_to))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def collect(
    moves: Transition, files: Sequence[str | Path], *, now: dt.datetime, replace: Sequence[str | Path] = ()
) -> tuple[FileRead, ...]:
    """Read returned checklists in any order and keep what holds; the same file twice counts once.

    A blank cell says nothing and takes nothing back. Wrong cells are named, the others are kept. A file of `replace`
    takes the place of all its CSM told before, which stays in the store as withdrawn; with a wrong cell it does not.
    """
    outcomes = []
    with closing(store.open_to_add(moves.store_path, _SCHEMA)) as database:
        for path, replaces in (*((f, False) for f in files), *((f, True) for f in replace)):
            outcome, comments = _read(moves, Path(path), now.date())
            if replaces and outcome.findings:
                text = "Nothing was replaced, as cells of the file must be mended first."
                said = (*outcome.findings, Finding("not_replaced", Severity.ERROR, text, file=outcome.name))
                outcomes.append(changed(outcome, new=(), findings=said, refused=True))
                continue
            database.execute("begin immediate")
            if replaces:
                _withdraw(database, moves.plan_id, outcome.reporter, now)
            new = _record(database, moves.plan_id, outcome, comments, now)
            database.execute("commit")
            outcomes.append(changed(outcome, new=new))
    return tuple(outcomes)


def _withdraw(database: store.Database, plan_id: str, reporter: str, now: dt.datetime) -> None:
    """What a CSM told before is told no longer; it stays on record."""
    for table in ("hand_over_steps", "hand_over_comments"):
        database.execute(
            f"insert or ignore into hand_over_withdrawn select '{table}', id, ? from {table}"
            " where plan_id = ? and reporter = ?",
            (now.isoformat(), plan_id, reporter),
        )


def _record(
    database: store.Database,
    plan_id: str,
    outcome: FileRead,
    comments: Sequence[tuple[str, str, str]],
    now: dt.datetime,
) -> tuple[Done, ...]:
    """Keep what a file says and nobody said before; returns the steps that are new."""
    known = set(_standing(database, "hand_over_steps", "account_id, csm_to, step, done_on, reporter"))
    new = tuple(
        d
        for d in dict.fromkeys(outcome.new)
        if (d.account_id, d.csm_to, d.step, d.done_on.isoformat(), d.reporter) not in known
    )
    at = now.isoformat()
    database.executemany(
        "insert into hand_over_steps (plan_id, account_id, csm_to, step, done_on, reporter, recorded_at, file, cell)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(plan_id, d.account_id, d.csm_to, d.step, d.done_on.isoformat(), d.reporter, at, d.file, d.cell) for d in new],
    )
    said = set(_standing(database, "hand_over_comments", "account_id, text, reporter"))
    database.executemany(
        "insert into hand_over_comments (plan_id, account_id, text, reporter, recorded_at, file, cell)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        [
            (plan_id, account, text, outcome.reporter, at, outcome.name, cell)
            for account, text, cell in comments
            if (account, text, outcome.reporter) not in said
        ],
    )
    return new


def _standing(database: store.Database, table: str, columns: str) -> list[tuple[str, ...]]:
    """Rows of a table that nobody withdrew, in the order recorded; none where the store has no such table."""
    tables = {row[0] for row in database.execute("select name from sqlite_master where type = 'table'")}
    if table not in tables:
        return []
    gone = f"select id from hand_over_withdrawn where kind = '{table}'" if "hand_over_withdrawn" in tables else "-1"
    return [tuple(r) for r in database.execute(f"select {columns} from {table} where id not in ({gone}) order by id")]


def steps_done(moves: Transition) -> dict[tuple[str, str], dict[str, dt.date]]:
    """(account id, receiving CSM) -> step -> day; where two days were told, the later one, whatever came last."""
    found: dict[tuple[str, str], dict[str, dt.date]] = {}
    with closing(store.open_to_read(moves.store_path)) as database:
        rows = _standing(database, "hand_over_steps", "account_id, csm_to, step, done_on")
    for account, to, step, day in rows:
        when = dt.date.fromisoformat(day)
        mine = found.setdefault((account, to), {})
        mine[step] = max(mine.get(step, when), when)
    return found


def comments(moves: Transition) -> dict[str, tuple[str, ...]]:
    """Account id -> what was said of it, each once."""
    found: dict[str, list[str]] = {}
    with closing(store.open_to_read(moves.store_path)) as database:
        rows = _standing(database, "hand_over_comments", "account_id, text")
    for account, text in rows:
        found.setdefault(account, []).append(text)
    return {account: tuple(dict.fromkeys(texts)) for account, texts in found.items()}


def _read(moves: Transition, path: Path, today: dt.date) -> tuple[FileRead, list[tuple[str, str, str]]]:
    try:
        returned = read_returned(path)
    except InputError as error:
        return FileRead(path.name, "", (), tuple(error.findings), True), []
    plan = returned.properties.get("Bookwright plan") or returned.marked(MARK).get("plan", "")
    csm_id = returned.properties.get(MARK) or returned.marked(MARK).get("csm", "")
    table = returned.table((ID, *STEP_TITLES, COMMENT, CHECK), (ID, STEP_TITLES[0]))
    checks = {_check(moves.plan_id, c): c for c in moves.changes}
    ours = table is not None and any(row.text(CHECK) in checks for row in table[1])
    if table is None or (plan and plan != moves.plan_id and not ours):
        text = "This is no checklist of this plan's hand-overs."
        if plan and plan != moves.plan_id:
            text = f"This checklist belongs to another plan ({plan}); this store holds {moves.plan_id}."
        finding = Finding("foreign_file", Severity.ERROR, text, "Maybe the file sent last.", file=path.name)
        return FileRead(path.name, "", (), (finding,), True), []
    reporter = moves.proposal.csm_label(csm_id) or "operations"
    reader = _Rows(returned, table[0].name, checks, reporter, today)
    for row in table[1]:
        reader.row(row)
    return FileRead(path.name, reporter, tuple(reader.done), tuple(reader.findings)), reader.comments


class _Rows:
    """Reads the rows of one checklist; holds what they say."""

    def __init__(
        self, returned: Returned, sheet: str, checks: dict[str, Change], reporter: str, today: dt.date
    ) -> None:
        self.file, self.sheet, self.checks, self.reporter, self.today = (
            returned.path.name, sheet, checks, reporter, today,
        )  # fmt: skip
        self.done: list[Done] = []
        self.comments: list[tuple[str, str, str]] = []
        self.findings: list[Finding] = []
        self.by_id = {c.account.id: c for c in checks.values()}

    def row(self, row: Row) -> None:
        """One move: its filled cells, if it is one of this plan's."""
        filled = [t for t in (*STEP_TITLES, COMMENT) if not is_blank(row.raw(t))]
        if not filled:
            return
        check, told = row.text(CHECK), row.text(ID)
        change = self.checks.get(check) if check else self.by_id.get(told)
        if change is None:
            self.say(row, ID, f"{show(told)} is no move of this plan.", "Maybe the row was pasted in.")
            return
        if told != change.account.id:
            text = f"{ID} is {show(told)} where {show(change.account.id)} was sent; the row is not read."
            self.say(row, ID, text, "Maybe part of the columns was sorted; undo that.")
            return
        for step, title in zip(STEPS, STEP_TITLES, strict=True):
            raw = row.raw(title)
            if is_blank(raw):
                continue
            day, wrong = self.day(raw, row.is_formula(title))
            if day is None:
                self.say(row, title, f"{change.account.label}: {title} {wrong}.", "Maybe write it as 2027-01-31.")
                continue
            cell = f"{self.sheet}!{row.at[title]}"
            self.done.append(Done(change.account.id, change.csm_to, step, day, self.reporter, self.file, cell))
        text = " ".join(as_text(row.raw(COMMENT)).split())
        if text:
            self.comments.append((change.account.id, text, f"{self.sheet}!{row.at[COMMENT]}"))

    def day(self, raw: Raw, formula: bool) -> tuple[dt.date | None, str]:
        """The day in a cell, or what is wrong with it."""
        if formula or isinstance(raw, Broken):
            return None, "holds a formula, not a day"
        shown = show(as_text(raw))
        days = set()
        for order in ("dmy", "mdy"):
            try:
                days.add(parse_date(raw, order))
            except NotADate:
                continue
        days = {d for d in days if d >= FIRST_DAY}
        past = {d for d in days if d <= self.today}
        if not days:
            return None, f"{shown} is no day"
        if not past:
            return None, f"{shown} is still to come"
        return (next(iter(past)), "") if len(past) == 1 else (None, f"{shown} could be two days")

    def say(self, row: Row, title: str, message: str, advice: str) -> None:
        """Say what is wrong with a cell."""
        cell = row.at.get(title, f"{row.number}")
        self.findings.append(
            Finding("bad_cell", Severity.ERROR, message, advice, file=self.file, sheet=self.sheet, cells=(cell,))
        )
