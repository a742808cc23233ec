"""What a reviewer can say about an account: the answers, the reasons, and the records the store keeps of them.

Words are PRACTICE's: accept / accept, hand over later / reject / override / data is wrong. A record never changes; an
answer taken back is withdrawn by the file that did so, and stays readable.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Answer(StrEnum):
    """What was decided about one account; `word` is how the sheets write it."""

    ACCEPT = "accept"
    ACCEPT_LATER = "accept_later"
    REJECT = "reject"
    OVERRIDE = "override"
    DATA_IS_WRONG = "data_is_wrong"

    @property
    def word(self) -> str:
        """The entry of the drop-down."""
        return WORDS[self]


WORDS: Mapping[Answer, str] = {
    Answer.ACCEPT: "accept",
    Answer.ACCEPT_LATER: "accept, hand over later",
    Answer.REJECT: "reject",
    Answer.OVERRIDE: "override",
    Answer.DATA_IS_WRONG: "data is wrong",
}
REASONS = (
    "executive sponsor",
    "renewal or expansion in flight",
    "escalation or legal",
    "customer asked",
    "language or time zone",
    "product or industry knowledge",
    "capacity",
    "conflict of interest",
    "data",
    "other",
)
LATEST_HAND_OVER_DAYS = 90
"""Days after the effective date by which an account accepted for later must have changed hands."""
OPERATIONS = "operations"
"""The reviewer of what no manager answers for, and the author of edits in the plan's own workbook."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One reviewer's answer about one account, as recorded.

    `csm_id` is the CSM an override names, None otherwise. `reviewer` is the manager's or CSM's key (see scope) or
    "operations". `recorded_at` is UTC; `file` and `cell` say where it was read ("Review Mia.xlsx", "Accounts!L7").
    `over` is filled for a ruling on a conflict: the `key`s of the answers it was made in sight of. `id` counts from 1
    in the store, 0 = not stored yet; `withdrawn_by` names the file or command that took it back.
    """

    account_id: str
    answer: Answer
    csm_id: str | None = None
    hand_over_on: dt.date | None = None
    reason: str = ""
    comment: str = ""
    reviewer: str = OPERATIONS
    round: int = 1
    recorded_at: dt.datetime | None = None
    file: str = ""
    cell: str = ""
    over: tuple[str, ...] = ()
    id: int = 0
    withdrawn_by: str = ""

    @property
    def outcome(self) -> tuple[Answer, str | None, dt.date | None]:
        """What is decided: two answers with one outcome agree, whatever their reasons."""
        return (self.answer, self.csm_id, self.hand_over_on)

    @property
    def key(self) -> str:
        """Who said what: the same answer of the same reviewer, read twice, is one record."""
        when = self.hand_over_on.isoformat() if self.hand_over_on else ""
        parts = (self.round, self.reviewer, self.account_id, self.answer.value, self.csm_id or "", when)
        return "\t".join(str(p) for p in (*parts, self.reason, self.comment, *self.over))

    @property
    def bare(self) -> Decision:
        """The answer without where and when it was read: what comparing two stores goes by."""
        return replace(self, recorded_at=None, file="", cell="", id=0)


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of a Corrections sheet: a fact that a reviewer says is wrong, for operations to accept.

    `verdict` is "" while open, else "accepted" or "refused" (by `judged_by`). An accepted one counts in the next round
    where the book still has the old value; the user's own workbook is never changed.
    """

    account_id: str
    column: str
    should_be: str
    comment: str = ""
    reviewer: str = OPERATIONS
    round: int = 1
    recorded_at: dt.datetime | None = None
    file: str = ""
    cell: str = ""
    id: int = 0
    verdict: str = ""
    judged_by: str = ""
    withdrawn_by: str = ""

    @property
    def key(self) -> str:
        """Who asks for what: read twice, it is one record."""
        parts = (self.round, self.reviewer, self.account_id, self.column, self.should_be, self.comment)
        return "\t".join(str(p) for p in parts)


def answer_of(text: str) -> Answer | None:
    """The answer a cell's word stands for, without regard to case and punctuation; None for an unknown word."""
    plain = _plain(text)
    return next((a for a, word in WORDS.items() if plain in (_plain(word), _plain(a.value))), None)


def reason_of(text: str) -> str | None:
    """The reason of the picklist that a cell's text names; None for an unknown one, "" for a blank."""
    plain = _plain(text)
    return "" if not plain else next((r for r in REASONS if _plain(r) == plain), None)


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
