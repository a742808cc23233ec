"""Collecting returned files: any number, in any order, each told by what it carries; what holds is recorded.

No file wins by coming last, and none is taken for another's. What was recorded before is not recorded twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from bookwright import store
from bookwright.findings import Finding, InputError, ReviewError, Severity
from bookwright.review.answers import Answers, Asked, read_answers
from bookwright.review.conflicts import conflicts_workbook
from bookwright.review.decisions import OPERATIONS, Correction, Decision
from bookwright.review.effect import Counted
from bookwright.review.identity import CHECK, DECISION, ID, MARK, spelled
from bookwright.review.merge import Merged, merge
from bookwright.review.proposal import Proposal, propose
from bookwright.review.rounds import FileReturned, FileSent, Round, Rounds
from bookwright.review.send import put, refuse_settled, sha256_of
from bookwright.tables.returned import Returned, read_returned

PLAN_TITLES = (ID, "Account", "Segment", "From", "To", "ARR", "Hours", "Renewal date")
"""Locked columns of the plan workbook's Moves sheet."""


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file: `verdict` in a word or two, the answers that are new, all that is to be said."""

    name: str
    reviewer: str
    verdict: str
    new: tuple[Decision, ...] = ()
    corrections: tuple[Correction, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: bool = False


@dataclass(frozen=True, eq=False)
class Collected(Counted):
    """The outcome of collecting. `merged` is what stands now, all files so far taken together."""

    round: int
    files: tuple[FileOutcome, ...]
    merged: Merged
    conflicts_file: Path | None
    proposal: Proposal

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything said of any file."""
        return tuple(f for file in self.files for f in file.findings)

    @property
    def exit_code(self) -> int:
        """6 where people must decide or a file does not belong, 3 where cells must be mended, else 0."""
        if self.merged.conflicts or any(f.refused for f in self.files):
            return ReviewError.exit_code
        return InputError.exit_code if any(f.severity is Severity.ERROR for f in self.findings) else 0


def collect(
    store_path: str | Path,
    files: Sequence[str | Path],
    *,
    now: dt.datetime,
    replace: Sequence[str | Path] = (),
) -> Collected:
    """Read returned files and record what holds; `replace` files withdraw their reviewer's earlier answers.

    Order does not matter, and a file collected twice counts once. Where answers differ, a Conflicts workbook is
    written beside the store.
    """
    number = store.rounds_planned(store_path)[-1]
    with Rounds(store_path) as rounds:
        refuse_settled(rounds, number)
        collector = _Collector(store_path, rounds, number, now)
        last = {Path(p).resolve() for p in replace}
        outcomes = [collector.file(Path(p), False) for p in files if Path(p).resolve() not in last]
        outcomes += collector.replacing([Path(p) for p in replace])
        merged = merge(rounds.decisions(number))
        path = _write_conflicts(rounds, collector.proposal(number), merged, Path(store_path), now, number)
        return Collected(number, tuple(outcomes), merged, path, collector.proposal(number))


class _Collector:
    """Takes one file after the other; holds the plans of the rounds."""

    def __init__(self, store_path: str | Path, rounds: Rounds, number: int, now: dt.datetime) -> None:
        self.store_path, self.rounds, self.number, self.now = Path(store_path), rounds, number, now
        self.sent = {f.id: f for f in rounds.files_sent()}
        self.checks = {str(row["check"]): f for f in self.sent.values() for row in f.base["rows"].values()}
        self.proposals: dict[int, Proposal] = {}

    def proposal(self, number: int) -> Proposal:
        """The plan of a round as proposed."""
        if number not in self.proposals:
            self.proposals[number] = propose(store.load(self.store_path, number), self.now.date())
        return self.proposals[number]

    def replacing(self, paths: Sequence[Path]) -> list[FileOutcome]:
        """Files that take the place of what their reviewers answered: two different ones of one reviewer do not."""
        whose: dict[Path, tuple[str, str]] = {}
        for path in paths:
            with contextlib.suppress(InputError):
                returned = read_returned(path)
                asked = self.asked(returned)
                if isinstance(asked, Asked):
                    whose[path] = (asked.reviewer, returned.sha256)
        count = Counter(reviewer for reviewer, _ in set(whose.values()))
        found = []
        for path in paths:
            reviewer = whose.get(path, ("", ""))[0]
            if count[reviewer] > 1:
                message = f"Several files are to replace what {reviewer} answered; none does."
                finding = Finding("replaced_twice", Severity.ERROR, message, "Maybe leave all but one out.", path.name)
                found.append(FileOutcome(path.name, reviewer, "not replaced", findings=(finding,)))
            else:
                found.append(self.file(path, True))
        return found

    def file(self, path: Path, replacing: bool) -> FileOutcome:
        """Read and record one file."""
        try:
            returned = read_returned(path)
        except InputError as error:
            return FileOutcome(path.name, "", "not readable", findings=tuple(error.findings))
        asked = self.asked(returned)
        if isinstance(asked, FileOutcome):
            return asked
        same = [f for f in self.rounds.files_returned() if f.sha256 == returned.sha256 and f.verdict == "recorded"]
        if same and not replacing:
            return FileOutcome(path.name, asked.reviewer, "collected before")
        read = read_answers(returned, self.proposal(asked.round), asked)
        wrong = [f for f in read.findings if f.severity is Severity.ERROR]
        if replacing and wrong:
            message = "Nothing was replaced, as cells of the file must be mended first."
            finding = Finding("not_replaced", Severity.ERROR, message, file=path.name)
            return FileOutcome(path.name, asked.reviewer, "not replaced", findings=(*read.findings, finding))
        stale = asked.round < self.number
        if stale:
            read = self.still_asked(read, asked, path)
        if not self.rounds.current() or self.rounds.current().number < self.number:  # type: ignore[union-attr]
            plan_id = self.proposal(self.number).stored.plan_id
            self.rounds.begin(Round(self.number, plan_id, OPERATIONS, None, self.now), ())
        verdict = "stale" if stale else "cells to mend" if wrong else "recorded"
        noted = FileReturned(returned.sha256, path.name, self.number, asked.reviewer, verdict, self.now)
        new = self.rounds.record(noted, read.decisions, read.corrections, replace=replacing)
        return FileOutcome(path.name, asked.reviewer, verdict, new, read.corrections, read.findings, stale)

    def asked(self, returned: Returned) -> Asked | FileOutcome:
        """What a file was sent to ask: by the checks of its rows, its property, its hidden sheet; or the plan's own."""
        sent = self.sent_as(returned)
        if sent is not None:
            elsewhere = {c: f.reviewer for c, f in self.checks.items() if f.id != sent.id}
            return Asked(sent.reviewer, sent.round, sent.base["titles"], sent.base["rows"], elsewhere)
        plan_id = returned.properties.get("Bookwright plan") or returned.marked(MARK).get("plan") or _run_id(returned)
        for number in reversed(store.rounds_planned(self.store_path)):
            proposal = self.proposal(number)
            if plan_id == proposal.stored.plan_id and returned.table(
                (*PLAN_TITLES, DECISION), (ID, DECISION, "From", "To")
            ):
                return Asked(OPERATIONS, number, PLAN_TITLES, _plan_rows(proposal))
        mine = self.proposal(self.number).stored.plan_id
        if plan_id and plan_id != mine:
            message = f"This file belongs to another plan ({plan_id}); this store holds {mine}."
            verdict, advice = "of another plan", "Maybe name the other plan, or the file sent last."
        else:
            message = "This is not a file that was sent for this plan."
            verdict, advice = (
                "not of this review",
                "Maybe its rows were copied into a new workbook without the hidden column.",
            )
        finding = Finding("foreign_file", Severity.ERROR, message, advice, file=returned.path.name)
        return FileOutcome(returned.path.name, "", verdict, findings=(finding,), refused=True)

    def sent_as(self, returned: Returned) -> FileSent | None:
        """The sent file this is: that of most of its rows' checks, else by property or hidden sheet."""
        table = returned.table((ID, DECISION, CHECK), (ID, DECISION))
        told = Counter(f.id for row in (table[1] if table else ()) if (f := self.checks.get(row.text(CHECK))))
        best = max(told, key=lambda i: (told[i], i)) if told else ""
        ids = (best, returned.properties.get(MARK, ""), returned.marked(MARK).get("file", ""))
        return next((self.sent[i] for i in ids if i in self.sent), None)

    def still_asked(self, read: Answers, asked: Asked, path: Path) -> Answers:
        """Of a stale file, the answers to what is proposed now just as it was then; the rest is listed."""
        now = self.proposal(self.number).stored
        kept: list[Decision] = []
        lapsed: list[Decision] = []
        for d in read.decisions:
            told = asked.rows[d.account_id]
            same = d.account_id in now.after and (told["before"], told["after"]) == (
                now.before[d.account_id],
                now.after[d.account_id],
            )
            (kept if same else lapsed).append(d)
        label = self.proposal(asked.round).problem.portfolio.account_by_id
        message = f"This file is of round {asked.round}; round {self.number} is under review."
        message += f" {len(kept)} of its answers still make sense and are taken over."
        said = [Finding("stale_file", Severity.WARNING, message, file=path.name)]
        for d in lapsed:
            text = (
                f"{label[d.account_id].label}: {d.answer.word} by {d.reviewer} lapses; something else is proposed now."
            )
            said.append(Finding("lapsed", Severity.WARNING, text, file=path.name, cells=(d.cell.rsplit("!", 1)[-1],)))
        taken = tuple(changed(d, round=self.number) for d in kept)
        corrections = tuple(changed(c, round=self.number) for c in read.corrections)
        return Answers(taken, corrections, (*said, *read.findings))


def _plan_rows(proposal: Proposal) -> Mapping[str, Mapping[str, Any]]:
    """The Moves sheet of the plan's own workbook as the store knows it."""
    stored, portfolio = proposal.stored, proposal.problem.portfolio
    rows = {}
    for account_id in stored.kinds:
        a = portfolio.account_by_id[account_id]
        old, new = stored.before[account_id], stored.after[account_id]
        values = (a.id, a.name, a.segment, portfolio.csm_name(old) or a.csm_text, portfolio.csm_name(new))
        cells = [spelled(v) for v in (*values, a.arr, proposal.hours(a.id), a.renewal_date)]
        rows[a.id] = {"cells": cells, "before": old, "after": new, "kind": stored.kinds[a.id]}
    return rows


def _run_id(returned: Returned) -> str:
    """The plan id on the Run sheet, where properties were lost."""
    for sheet in returned.sheets:
        for _, cells in sheet.rows[:60]:
            if len(cells) > 1 and cells[0] == "Plan ID":
                return str(cells[1])
    return ""


def _write_conflicts(
    rounds: Rounds, proposal: Proposal, merged: Merged, store_path: Path, now: dt.datetime, number: int
) -> Path | None:
    """The Conflicts workbook beside the store; one that people have begun to fill in is left alone."""
    if not merged.conflicts:
        return None
    review = conflicts_workbook(proposal, merged.conflicts, number)
    target = store_path.with_name(f"{store_path.stem} conflicts.xlsx")
    known = {f.id: f for f in rounds.files_sent()}
    ours = {sha for f in known.values() for sha in f.sha256.split()}
    before = known.get(review.file_id)
    if before is not None and (store_path.parent / before.name).exists():
        return store_path.parent / before.name
    k = 2
    while target.exists() and sha256_of(target) not in ours:
        target = store_path.with_name(f"{store_path.stem} conflicts ({k}).xlsx")
        k += 1
    current = rounds.current()
    if current is not None:
        rounds.begin(current, [FileSent(review.file_id, number, review.reviewer, target.name, "", now, review.base)])
    return put(review, target, rounds)
