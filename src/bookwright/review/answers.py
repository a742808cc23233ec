"""What a returned file answers: only input cells are read, each row is told by its check, each wrong edit is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bookwright.findings import Finding, Severity
from bookwright.portfolio import Account
from bookwright.review.decisions import (
    LATEST_HAND_OVER_DAYS,
    REASONS,
    Answer,
    Correction,
    Decision,
    answer_of,
    reason_of,
)
from bookwright.review.identity import (
    CHECK,
    COLUMN,
    COMMENT,
    CORRECTIONS,
    DECISION,
    HAND_OVER,
    ID,
    INPUTS,
    OVERRIDE,
    REASON,
    SHOULD_BE,
)
from bookwright.review.proposal import Proposal
from bookwright.review.same_cell import parsed, same
from bookwright.review.wording import MEANT, csm_names, near, not_offered, place_of
from bookwright.review.workbook import OFFERS
from bookwright.tables.cells import as_text
from bookwright.tables.grid import is_blank
from bookwright.tables.notes import show
from bookwright.tables.raw import Broken, Raw, RawSheet
from bookwright.tables.returned import Returned, Row
from bookwright.tables.write_sheets import letters_of


@dataclass(frozen=True)
class Asked:
    """What a file asked: its rows' locked cells by account id, as the store keeps them, and who was asked.

    `rows` = account id -> {"check", "cells", "before", "after", "kind"} (and "over" in a conflicts workbook); `titles`
    name the cells. `elsewhere` = checks of other files of the review -> whose they are.
    """

    reviewer: str
    round: int
    titles: Sequence[str]
    rows: Mapping[str, Mapping[str, Any]]
    elsewhere: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """What was read: answers that hold, corrections, and everything worth saying, wrong edits as errors."""

    decisions: tuple[Decision, ...]
    corrections: tuple[Correction, ...]
    findings: tuple[Finding, ...]


def read_answers(returned: Returned, proposal: Proposal, asked: Asked) -> Answers:
    """Read a returned file's input cells against what it asked; never a formula column, never a guess."""
    return _Reader(returned, proposal, asked).read()


class _Wrong(Exception):
    """A cell that cannot be taken: title, what is wrong, and a way out."""

    def __init__(self, title: str, code: str, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.title, self.code, self.what, self.advice = title, code, what, advice


class _Reader:
    """Reads one file; holds what has been said of it so far."""

    def __init__(self, returned: Returned, proposal: Proposal, asked: Asked) -> None:
        self.returned, self.proposal, self.asked = returned, proposal, asked
        self.findings: list[Finding] = []
        self.sheet = ""
        self.by_check = {str(row["check"]): a for a, row in asked.rows.items() if row.get("check")}
        self.account = proposal.problem.portfolio.account_by_id
        self.csm = csm_names(proposal)

    def read(self) -> Answers:
        corrections = self.corrections()
        # Every sheet that looks like it is read: people copy a sheet and fill in the copy.
        found = list(self.returned.tables((*self.asked.titles, *INPUTS, CHECK), (ID, DECISION)))
        if not found:
            self.sheet = ""
            message = f"No sheet has the headers {show(ID)} and {show(DECISION)}."
            finding = Finding("no_answers", Severity.ERROR, message, "Maybe a header was changed; undo that.")
            return Answers((), corrections, (*self.findings, self.placed(finding)))
        read: dict[str, list[tuple[Row, Decision]]] = {}
        for sheet, rows in found:
            self.sheet = sheet.name
            self.whole(sheet, rows)
            for row in rows:
                decision = self.row(row)
                if decision is not None:
                    read.setdefault(decision.account_id, []).append((row, decision))
        decisions = []
        for account_id, several in read.items():
            if len({d.outcome for _, d in several}) > 1:
                self.sheet = several[0][1].cell.rsplit("!", 1)[0]
                cells = tuple(place_of(row, d, self.sheet) for row, d in several)
                message = f"{self.label(account_id)} stands on {len(several)} rows with different answers."
                finding = Finding("double_row", Severity.ERROR, message, "Maybe delete the copied row.", cells=cells)
                self.findings.append(self.placed(finding))
            else:
                decisions.append(several[0][1])
        corrected = {c.account_id for c in corrections}
        for d in decisions:
            if d.answer is Answer.DATA_IS_WRONG and d.account_id not in corrected and not d.comment:
                message = f"{self.label(d.account_id)}: data is wrong, but nothing says which."
                finding = Finding("no_correction", Severity.WARNING, message, "Maybe ask; there is no Corrections row.")
                self.sheet, cell = d.cell.rsplit("!", 1)
                self.findings.append(self.placed(finding, cell))
        return Answers(tuple(decisions), corrections, tuple(self.findings))

    def whole(self, sheet: RawSheet, rows: Sequence[Row]) -> None:
        """Say what of a sheet cannot be read as it was sent: input columns that are gone, input cells merged."""
        at = next((row.at for row in rows), {})
        gone = [t for t in INPUTS if t not in at]
        if gone and rows and self.by_check:
            names = " and ".join(show(t) for t in gone)
            message = f"There is no column {names}; what stands there is not read."
            finding = Finding("column_gone", Severity.ERROR, message, "Maybe a header was changed; undo that.")
            self.findings.append(self.placed(finding))
        ours = {at[t].rstrip("0123456789") for t in INPUTS if t in at}
        last = max((row.number for row in rows), default=0)
        for top, left, bottom, right in sheet.merged:
            inputs = [letters_of(k) for k in range(left - 1, right) if letters_of(k) in ours]
            if inputs and rows and rows[0].number <= bottom and top <= last:
                area = f"{letters_of(left - 1)}{top}:{letters_of(right - 1)}{bottom}"
                message = f"The cells {area} are merged; they count for row {top} alone."
                finding = Finding("merged_cells", Severity.ERROR, message, "Maybe unmerge them and fill in each row.")
                self.findings.append(self.placed(finding, f"{inputs[0]}{top}"))

    # -- one row -----------------------------------------------------------------------------------------------

    def row(self, row: Row) -> Decision | None:
        """The answer of a row; None where there is none or it cannot be taken."""
        filled = [t for t in INPUTS if not is_blank(row.raw(t))]
        account_id = self.whose(row, bool(filled))
        if account_id is None or not filled:
            return None
        try:
            return self.answer(row, self.asked.rows[account_id], account_id)
        except _Wrong as wrong:
            self.say(row, wrong.title, wrong.code, f"{self.label(account_id)}: {wrong.what}", wrong.advice)
            return None

    def whose(self, row: Row, filled: bool) -> str | None:
        """The account of a row by its check and every locked cell; None, and said, where they do not agree."""
        check, id_text = row.text(CHECK), row.text(ID)
        level = Severity.ERROR if filled else Severity.WARNING
        if check in self.asked.elsewhere:
            what = f"this row comes from the file of {self.asked.elsewhere[check]}; it is not read here."
            if filled:
                self.say(row, ID, "row_of_another_file", what, "Maybe collect that file.")
            return None
        account_id = self.by_check.get(check)
        if account_id is None and not check:
            account_id = id_text if id_text in self.asked.rows else self.by_loose_id(row.raw(ID))
        if account_id is None:
            if filled and not id_text and not check:
                self.say(row, DECISION, "row_without_account", "an answer without an account.", "Maybe a moved cell.")
            elif filled or check:
                what = f"{show(id_text)} is not an account that was sent in this file."
                self.say(row, ID, "unknown_row", what, "Maybe the row was pasted in.", level)
            return None
        told = self.asked.rows[account_id]
        for title, sent in zip(self.asked.titles, told["cells"], strict=True):
            if title in row.at and not same(row.raw(title), str(sent), title):
                held = show(as_text(row.raw(title)))
                what = f"{title} is {held} where {show(sent) if sent else 'nothing'} was sent; the row is not read."
                advice = (
                    "Maybe part of the columns was sorted or filled down; undo that. Wrong facts go on Corrections."
                )
                self.say(row, title, "scrambled_row", what, advice, level)
                return None
        return account_id

    def by_loose_id(self, raw: Raw) -> str | None:
        """The account whose id a program turned into a number, when only one can be meant."""
        found = [a for a in self.asked.rows if same(raw, a, ID)]
        return found[0] if len(found) == 1 else None

    def answer(self, row: Row, told: Mapping[str, Any], account_id: str) -> Decision | None:
        """The five input cells as one answer."""
        for title in INPUTS:
            raw = row.raw(title)
            if row.is_formula(title):
                advice = "Maybe type the word itself."
                raise _Wrong(
                    title, "formula", f"{title} holds a formula; its result is not taken for an answer.", advice
                )
            if isinstance(raw, Broken):
                raise _Wrong(title, "broken_cell", f"{title} holds {raw.text}.")
        kind = str(told["kind"])
        answer = self.word(row, kind)
        csm_id = self.override(row)
        day = self.day(row)
        reason, comment = self.reason(row), " ".join(as_text(row.raw(COMMENT)).split())
        if reason is None:
            reason, comment = "other", "; ".join(t for t in (row.text(REASON), comment) if t)
        if csm_id is not None and answer is None:
            answer = Answer.OVERRIDE
        if answer is None:
            if day is not None:
                raise _Wrong(DECISION, "no_decision", f"{HAND_OVER} is filled, but no decision.", _LATER)
            what = "a reason or comment without a decision is no answer."
            self.say(row, DECISION, "comment_only", f"{self.label(account_id)}: {what}", "", Severity.WARNING)
            return None
        if answer is not Answer.OVERRIDE and csm_id is not None:
            what = f"the decision is {show(answer.word)}, but {OVERRIDE} names {self.proposal.csm_label(csm_id)}."
            raise _Wrong(OVERRIDE, "two_answers", what, "Maybe clear one of the two.")
        if answer is Answer.OVERRIDE and csm_id is None:
            raise _Wrong(OVERRIDE, "override_without_csm", "override, but no CSM is named.", "Maybe choose one there.")
        if answer is not Answer.ACCEPT_LATER and day is not None:
            raise _Wrong(HAND_OVER, "date_without_later", f"a date goes with {show(_LATER_WORD)} only.", _LATER)
        if answer is Answer.ACCEPT_LATER and day is None:
            raise _Wrong(HAND_OVER, "later_without_date", "hand over later, but no date.", "Maybe fill it in.")
        if csm_id is not None:
            answer, csm_id = self.as_meant(row, account_id, told, csm_id)
        if answer not in OFFERS[kind]:
            raise _Wrong(DECISION, "not_offered", not_offered(answer, kind), "Maybe name another CSM under Override.")
        if answer is Answer.ACCEPT and told["after"] != self.proposal.stored.after.get(account_id):
            return None  # the row showed no move, as it was held back; agreeing with that decides nothing
        cell = next((row.at[t] for t in INPUTS if not is_blank(row.raw(t))), f"{row.number}")
        return Decision(
            account_id=account_id,
            answer=answer,
            csm_id=csm_id,
            hand_over_on=day,
            reason=reason,
            comment=comment,
            reviewer=self.asked.reviewer,
            round=self.asked.round,
            file=self.returned.path.name,
            cell=f"{self.sheet}!{cell}",
            over=tuple(told.get("over", ())),
        )

    # -- the five cells ----------------------------------------------------------------------------------------

    def word(self, row: Row, kind: str) -> Answer | None:
        text = row.text(DECISION)
        if not text:
            return None
        answer = answer_of(text)
        if answer is None:
            meant = next((a for a, starts in MEANT.items() if text.casefold().startswith(starts)), None)
            hint = f"Maybe {show(meant.word)}." if meant else near(text, [a.word for a in OFFERS[kind]])
            raise _Wrong(DECISION, "unknown_word", f"{show(text)} is no decision.", hint)
        return answer

    def override(self, row: Row) -> str | None:
        text = row.text(OVERRIDE)
        if not text:
            return None
        found = self.csm.get(" ".join(text.split()).casefold(), ())
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(self.proposal.csm_label(c) for c in found)
            raise _Wrong(OVERRIDE, "two_csms", f"{show(text)} could be several CSMs.", f"Maybe one of: {names}.")
        hint = near(text, list(self.proposal.label.values()))
        raise _Wrong(OVERRIDE, "unknown_csm", f"{show(text)} is no CSM of this plan.", hint)

    def day(self, row: Row) -> dt.date | None:
        raw = row.raw(HAND_OVER)
        if is_blank(raw):
            return None
        first = self.proposal.problem.effective_date
        last = first + dt.timedelta(days=LATEST_HAND_OVER_DAYS)
        found = {d for order in ("dmy", "mdy") if (d := parsed(raw, order)) is not None}
        if not found:
            raise _Wrong(HAND_OVER, "no_date", f"{show(as_text(raw))} is not a date.", "Maybe write it as 2027-01-31.")
        inside = [d for d in found if first <= d <= last]
        if len(inside) > 1:
            raise _Wrong(HAND_OVER, "two_dates", f"{show(as_text(raw))} could be two days.", "Maybe write 2027-01-31.")
        if not inside:
            what = f"{min(found).isoformat()} is not from {first.isoformat()} to {last.isoformat()}."
            raise _Wrong(HAND_OVER, "date_outside", what, "Maybe reject instead, or choose an earlier day.")
        return inside[0]

    def reason(self, row: Row) -> str | None:
        text = row.text(REASON)
        found = reason_of(text)
        if found is None:
            what = f"{show(text)} is not on the list of reasons; kept as a comment under {show('other')}."
            self.say(row, REASON, "unknown_reason", what, near(text, REASONS), Severity.WARNING)
        return found

    def as_meant(self, row: Row, account_id: str, told: Mapping[str, Any], csm_id: str) -> tuple[Answer, str | None]:
        """An override to the proposed CSM is to accept, one to today's is to reject; one barred for good is refused."""
        if csm_id == told["after"]:
            return Answer.ACCEPT, None
        if csm_id == told["before"] and told["kind"] == "chosen":
            return Answer.REJECT, None
        barred = self.proposal.barred(account_id, csm_id)
        name = self.proposal.csm_label(csm_id)
        if barred is not None and barred.refused:
            what = f"{name} {'; '.join(barred.reasons)}: refused."
            raise _Wrong(OVERRIDE, "refused_override", what, "Maybe another CSM.")
        if barred is not None:
            what = f"{self.label(account_id)}: {name} {'; '.join(barred.reasons)}. Recorded as an exception."
            advice = "Maybe approve it: review approve --exceptions; until then it is not applied."
            self.say(row, OVERRIDE, "exception", what, advice, Severity.WARNING)
        return Answer.OVERRIDE, csm_id

    # -- corrections -------------------------------------------------------------------------------------------

    def corrections(self) -> tuple[Correction, ...]:
        """The rows of the Corrections sheet, wherever it stands."""
        found = self.returned.table(CORRECTIONS, (ID, COLUMN, SHOULD_BE))
        if found is None:
            return ()
        self.sheet = found[0].name
        read = []
        for row in found[1]:
            filled = [t for t in CORRECTIONS if not is_blank(row.raw(t))]
            if not filled:
                continue
            formula = next((t for t in filled if row.is_formula(t)), None)
            raw_id = row.raw(ID)
            account_id = row.text(ID) if row.text(ID) in self.asked.rows else self.by_loose_id(raw_id)
            if formula is not None:
                self.say(row, formula, "formula", f"{formula} holds a formula.", "Maybe type the value itself.")
            elif account_id is None or is_blank(raw_id):
                hint = near(row.text(ID), list(self.asked.rows))
                self.say(row, ID, "unknown_account", f"{show(row.text(ID))} is no account of this file.", hint)
            elif is_blank(row.raw(COLUMN)) or is_blank(row.raw(SHOULD_BE)):
                title = COLUMN if is_blank(row.raw(COLUMN)) else SHOULD_BE
                self.say(
                    row, title, "half_correction", f"{self.label(account_id)}: {title} is blank.", "Maybe fill it."
                )
            else:
                cell = f"{self.sheet}!{row.at[ID]}"
                read.append(
                    Correction(
                        account_id=account_id,
                        column=row.text(COLUMN),
                        should_be=row.text(SHOULD_BE),
                        comment=row.text(COMMENT),
                        reviewer=self.asked.reviewer,
                        round=self.asked.round,
                        file=self.returned.path.name,
                        cell=cell,
                    )
                )
        return tuple(read)

    # -- saying ------------------------------------------------------------------------------------------------

    def label(self, account_id: str) -> str:
        account: Account = self.account[account_id]
        return account.label

    def say(
        self, row: Row, title: str, code: str, what: str, advice: str = "", level: Severity = Severity.ERROR
    ) -> None:
        cell = row.at.get(title) or row.at.get(DECISION) or row.at.get(ID) or f"{row.number}"
        self.findings.append(self.placed(Finding(code, level, what[0].upper() + what[1:], advice), cell))

    def placed(self, finding: Finding, cell: str = "") -> Finding:
        cells = finding.cells or ((cell,) if cell else ())
        f = finding
        return Finding(f.code, f.severity, f.message, f.advice, self.returned.path.name, self.sheet, cells)


_LATER_WORD = Answer.ACCEPT_LATER.word
_LATER = f'Maybe "{_LATER_WORD}".'
