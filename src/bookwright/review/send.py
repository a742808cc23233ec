"""Sending a round: one workbook per reviewer into a folder, noted in the store before any file is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bookwright import store
from bookwright.findings import ReviewError, UsageError
from bookwright.review.announced import told
from bookwright.review.proposal import Proposal, propose
from bookwright.review.rounds import FileSent, Round, Rounds
from bookwright.review.scope import By, reviewers, scopes
from bookwright.review.workbook import Review, review_workbook
from bookwright.tables.write import write
from bookwright.tables.write_file import place as placed
from bookwright.tables.write_sheets import sheet_name


@dataclass(frozen=True, slots=True)
class SentFile:
    """One workbook that was written: for whom, where, how many accounts and how many that change hands."""

    reviewer: str
    path: Path
    accounts: int
    moves: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A round as sent. `held_back` are (CSM, account) labels of moves left out until they are announced."""

    round: int
    files: tuple[SentFile, ...]
    held_back: tuple[tuple[str, str], ...]


def send(
    store_path: str | Path,
    folder: str | Path,
    *,
    now: dt.datetime,
    by: By = "manager",
    due: dt.date | None = None,
    show: Sequence[str] = (),
    protect: bool = True,
    hold_back: bool = False,
) -> Sent:
    """Write one review workbook per reviewer into `folder` and open the round in the store.

    Sending again with nothing changed gives the same files. A workbook that somebody edited is never replaced. Refused
    with `ReviewError` where files would reveal a departure or a start before its `Announce on`, unless those moves
    are held back.
    """
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise UsageError(f"{place} is a file. Maybe name a folder.")
    stored = store.load(store_path)
    number = store.rounds_planned(store_path)[-1]
    proposal = propose(stored, now.date())
    cut = scopes(proposal, by)
    if proposal.held_back and not hold_back:
        raise ReviewError(_would_reveal(proposal, by, now.date()))
    made = [review_workbook(proposal, s, round=number, due=due, show=show, protect=protect) for s in cut]
    names = _names([s.name for s in cut])
    with Rounds(store_path) as rounds:
        refuse_settled(rounds, number)
        _refuse_edited(place, names, rounds)
        opened = Round(number, stored.plan_id, by, due, now)
        rounds.begin(opened, [_noted(r, name, now) for r, name in zip(made, names, strict=True)])
        place.mkdir(parents=True, exist_ok=True)
        files = []
        for review, name, scope in zip(made, names, cut, strict=True):
            path = put(review, place / name, rounds)
            moves = sum(bool(proposal.kind[a]) for a in scope.account_ids)
            files.append(SentFile(scope.name, path, len(scope.account_ids), moves))
    account_by_id = proposal.problem.portfolio.account_by_id
    held = tuple((proposal.csm_label(c), account_by_id[a].label) for c, a in proposal.held_back)
    return Sent(number, tuple(files), held)


def refuse_settled(rounds: Rounds, number: int) -> None:
    """Raise `ReviewError` where a round is closed or its plan sealed: what comes after is a new round."""
    seal = rounds.sealed(number)
    hint = f"Maybe plan round {number + 1}: bookwright plan PLAN --round {number + 1} --book BOOK"
    if seal is not None:
        when = seal.approved_at.date().isoformat()
        raise ReviewError(f"The plan of round {number} was sealed by {seal.who} on {when}. {hint}")
    closed = next((r.closed_at for r in rounds.rounds() if r.number == number and r.closed_at), None)
    if closed is not None:
        raise ReviewError(f"Round {number} was closed on {closed.date().isoformat()}. {hint}")


def put(review: Review, target: Path, rounds: Rounds) -> Path:
    """Write a workbook whose bytes the store knows before the file is there; returns where it went."""
    with tempfile.TemporaryDirectory() as scratch:
        made = write(review.workbook, Path(scratch) / "made.xlsx").path
        rounds.sent(review.file_id, target.name, sha256_of(made))
        path = placed(target, lambda part: _copy(made, part))
    if path.name != target.name:
        rounds.sent(review.file_id, path.name, sha256_of(path))
    return path


def _copy(made: Path, part: Path) -> None:
    shutil.copyfile(made, part)


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _noted(review: Review, name: str, now: dt.datetime) -> FileSent:
    return FileSent(review.file_id, review.round, review.reviewer, name, "", now, review.base)


def _names(reviewers: Sequence[str]) -> list[str]:
    """File names from reviewers' names: nothing in a name can lead out of the folder, and no two are alike."""
    taken: list[str] = []
    for reviewer in reviewers:
        clean = (
            "".join("-" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in reviewer).strip(" .") or "nobody"
        )
        taken.append(sheet_name(f"Review {clean}"[:31], taken))
    return [f"{name}.xlsx" for name in taken]


def _refuse_edited(folder: Path, names: Sequence[str], rounds: Rounds) -> None:
    """A file of that name that is not byte for byte one we wrote may hold somebody's answers."""
    ours = {sha for f in rounds.files_sent() for sha in f.sha256.split()}
    edited = [name for name in names if (folder / name).exists() and sha256_of(folder / name) not in ours]
    if edited:
        raise UsageError(
            f"{folder / edited[0]} is there and is not as it was sent; it may hold answers and is not replaced."
            " Maybe collect it first, or send into another folder."
        )


def _would_reveal(proposal: Proposal, by: By, today: dt.date) -> str:
    """What sending now would give away, to whom, and until when."""
    reviewer = reviewers(proposal, by)

    def files(csm_id: str, accounts: Sequence[str]) -> str:
        sides = (c for a in accounts for c in (proposal.stored.before[a], proposal.stored.after[a]))
        return f" (in the files of {', '.join(sorted({reviewer[c] for c in (csm_id, *sides) if c is not None}))})"

    lines = ["Sending now would reveal departures or new colleagues that are not announced yet:"]
    lines += told(proposal.problem, proposal.held_back, today, proposal.csm_label, files)
    lines.append("Maybe send on the day of the announcement, or with --hold-back: those accounts then stand as today.")
    return "\n".join(lines)
