"""The files to load: load.csv, rollback.csv, check.csv, batches in the order of hand-over, and what is held back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bookwright.export.changes import Change, Transition
from bookwright.export.record_ids import RecordIds, record_ids
from bookwright.export.targets import Target, check_field
from bookwright.export.users import Users, crm_users
from bookwright.export.verify import Found, verify
from bookwright.findings import Finding, Severity, UsageError
from bookwright.portfolio import Csm
from bookwright.tables.csv_write import write_csv
from bookwright.tables.record_ids import DamagedId
from bookwright.tables.write_file import place_text

_WORDS = {"done": "has the new CSM already", "moved": "moved in the CRM since", "missing": "not in the CRM's export"}


@dataclass(frozen=True)
class Row:
    """One account to load: its record id, today's user and the new one as the import writes them.

    `old` is None where a file cannot restore it.
    """

    change: Change
    record_id: str
    old: str | None
    new: str


@dataclass(frozen=True)
class Load:
    """What is to be loaded, in order; `aside` are changes that are not, with what the CRM says about them."""

    target: Target
    field: str
    ids: RecordIds
    rows: tuple[Row, ...]
    aside: tuple[tuple[Change, Found], ...]
    findings: tuple[Finding, ...]
    users: Mapping[str, str]


@dataclass(frozen=True)
class Files:
    """What was written: `batches` are (file, rows); children are added by kind."""

    folder: Path
    written: tuple[Path, ...]
    batches: tuple[tuple[str, int], ...]


def prepare(
    moves: Transition,
    target: Target,
    *,
    field: str,
    record_id_column: str = "",
    users: Users | None = None,
    crm_export: str | Path | None = None,
) -> Load:
    """Check every id and user, compare with the CRM where its export is given, and lay out the rows.

    Raises `InputError` with every damaged id and every unknown or inactive user by name, `UsageError` for a field that
    cannot be one.
    """
    field, is_owner = check_field(target, field)
    said: list[Finding] = []
    if is_owner:
        text = f"{field} is the record's owner, in most CRMs the sales rep: loading changes who owns the account."
        said.append(Finding("owner_field", Severity.WARNING, text, "Maybe a field of its own for the CSM."))
    if not users:
        text = "Nobody checked whether the CRM's users are active."
        said.append(Finding("users_unchecked", Severity.NOTE, text, "Maybe give an export of users: --users FILE."))
    portfolio = moves.proposal.problem.portfolio
    ids = record_ids(portfolio, [c.account for c in moves.changes], target, record_id_column)
    by_csm = crm_users(_receivers(moves), target, users)
    now: Mapping[str, Found] = {}
    if crm_export is not None:
        now = verify(moves, moves.changes, ids, target, field, is_owner, crm_export, users)
    rows, aside = [], []
    for change in moves.changes:
        seen = now.get(change.account.id)
        if seen is not None and seen.state != "same":
            aside.append((change, seen))
            continue
        old = _old(moves, change, target, seen)
        rows.append(Row(change, ids.by_account[change.account.id], old, by_csm[change.csm_to]))
    by_hand = [r.change.account.label for r in rows if r.old is None]
    if by_hand:
        text = f"rollback.csv lacks {len(by_hand):,} accounts, whose CSM today no file can restore: "
        text += ", ".join(by_hand[:8]) + (", ..." if len(by_hand) > 8 else "") + "."
        said.append(Finding("no_rollback", Severity.WARNING, text, "Maybe note them; they are marked in check.csv."))
    return Load(target, field, ids, tuple(rows), tuple(aside), tuple(said), by_csm)


def _receivers(moves: Transition) -> list[Csm]:
    found = dict.fromkeys(c.csm_to for c in moves.changes)
    return [csm for i in found if (csm := moves.csm(i)) is not None]


def _old(moves: Transition, change: Change, target: Target, seen: Found | None) -> str | None:
    """What restores today's CSM: the CRM's own cell, else the book's, else that CSM's user; None where nothing does."""
    giver = moves.csm(change.csm_from)
    told = [seen.value] if seen else []
    told += [change.account.csm_text]
    if giver is not None:
        told += [giver.email, giver.crm_user_id] if target.name == "hubspot" else [giver.crm_user_id]
    if not any(told):
        return target.blank
    for text in told:
        try:
            return target.user(text)
        except DamagedId:
            continue
    return None


def write(load: Load, moves: Transition, folder: str | Path, *, batch: int | None = None) -> Files:
    """Write the files into a folder; load.csv comes last, and nothing that is there is overwritten."""
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(
            f"{place} is there already and not empty; a rollback file must not be lost. Maybe another folder."
        )
    place.mkdir(parents=True, exist_ok=True)
    header = (load.target.id_header, load.field)
    groups = _batches(load.rows, batch or load.target.batch)
    name_of = {row.record_id: name for name, rows in groups for row in rows}
    written = [
        write_csv(place / "rollback.csv", header, [(r.record_id, r.old) for r in load.rows if r.old is not None]),
        write_csv(place / "check.csv", *_check(load, moves, name_of), for_people=True),
    ]
    if load.aside:
        written.append(write_csv(place / "held back.csv", *_aside(load, moves), for_people=True))
    if len(groups) > 1:
        (place / "batches").mkdir()
        for name, rows in groups:
            written.append(write_csv(place / "batches" / name, header, [(r.record_id, r.new) for r in rows]))
    written.append(place_text(place / "read me.txt", _read_me(load, moves, len(groups))))
    written.append(write_csv(place / "load.csv", header, [(r.record_id, r.new) for r in load.rows]))
    return Files(place, tuple(written), tuple((name, len(rows)) for name, rows in groups))


def _batches(rows: Sequence[Row], most: int) -> list[tuple[str, list[Row]]]:
    """Rows by day of hand-over, each day in files of at most so many rows."""
    found: list[tuple[str, list[Row]]] = []
    for day, group in itertools.groupby(rows, key=lambda r: r.change.hand_over_on):
        mine = list(group)
        for k in range(0, len(mine), most):
            found.append((f"load {len(found) + 1:02d} {day.isoformat()}.csv", mine[k : k + most]))
    return found


def _check(load: Load, moves: Transition, name_of: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    """Who the CRM should show today for each record, for people."""
    headers = [load.target.id_header, "Account", "CSM in the CRM today", f"{load.field} today", "New CSM"]
    headers += [f"{load.field} new", "Hand over on", "Kind", "Batch", "Rollback"]
    rows = []
    for r in load.rows:
        c = r.change
        after = "by hand" if r.old is None else "rollback.csv"
        rows.append(
            [
                r.record_id,
                c.account.name or c.account.id,
                moves.giver(c) or "nobody",
                r.old or "",
                moves.proposal.csm_label(c.csm_to),
                r.new,
                c.hand_over_on.isoformat(),
                c.kind,
                name_of[r.record_id],
                after,
            ]
        )
    return headers, rows


def _aside(load: Load, moves: Transition) -> tuple[list[str], list[list[str]]]:
    headers = [load.target.id_header, "Account", "CSM expected", "CSM found", "New CSM in the plan", "Why"]
    rows = [
        [
            load.ids.by_account[c.account.id],
            c.account.name or c.account.id,
            moves.giver(c) or "nobody",
            seen.who,
            moves.proposal.csm_label(c.csm_to),
            _WORDS[seen.state],
        ]
        for c, seen in load.aside
    ]
    return headers, rows


def _read_me(load: Load, moves: Transition, batches: int) -> str:
    sealed = f"sealed by {moves.sealed_by}" if moves.sealed_by else "not sealed"
    lines = [
        f"Plan {moves.plan_id}, {sealed}; for {load.target.title}, field {load.field}.",
        "",
        f"load.csv      {len(load.rows)} records and their new CSM, in the order in which they are handed over.",
        "rollback.csv  The same records with the CSM they have today: load it to undo.",
        "check.csv     For people: whom the CRM should show today, the new CSM, the day of hand-over, the batch.",
    ]
    if load.aside:
        lines.append(
            "held back.csv Accounts that are not in load.csv, as the CRM shows another CSM than the plan expects."
        )
    if batches > 1:
        lines.append("batches       load.csv again, one file per day of hand-over and load: load each on its day.")
    lines += [
        "",
        "Load the files as they are. Opened and saved in a spreadsheet, ids lose zeros and long numbers their end.",
    ]
    return "\n".join(lines) + "\n"
