"""What people write for answers and CSMs, and what to say of a word that is none."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bookwright.review.decisions import Answer, Decision
from bookwright.review.identity import DECISION
from bookwright.review.proposal import Proposal
from bookwright.tables.notes import show
from bookwright.tables.returned import Row

MEANT = {
    Answer.ACCEPT: ("appr", "apr", "yes", "ok", "agree", "fine", "y", "ja"),
    Answer.REJECT: ("no", "den", "decl", "refus", "keep", "stay"),
}
"""How people begin other words for an answer: offered as advice, never taken for it."""


def place_of(row: Row, decision: Decision, sheet: str) -> str:
    """The address of a row's answer, with its sheet where that is another one."""
    own = decision.cell.rsplit("!", 1)[0]
    return row.at[DECISION] if own == sheet else f"{own}!{row.at[DECISION]}"


def near(text: str, known: Sequence[str]) -> str:
    """The nearest known word as advice, else some of them."""
    by_plain = {k.casefold(): k for k in known}
    close = difflib.get_close_matches(text.casefold(), by_plain, n=1, cutoff=0.5)
    if close:
        return f"Maybe {show(by_plain[close[0]])}."
    return f"Maybe one of: {', '.join(known[:8])}." if known else ""


def not_offered(answer: Answer, kind: str) -> str:
    """Why an answer makes no sense for a row."""
    if kind == "forced":
        return f"{show(answer.word)}: today's CSM may no longer own it."
    if kind == "placed":
        return f"{show(answer.word)}: it has no CSM today to stay with."
    return f"{show(answer.word)}: it is not proposed to move."


def csm_names(proposal: Proposal) -> dict[str, tuple[str, ...]]:
    """What people write for a CSM, in small letters -> ids: label, id, or name."""
    sure = {label.casefold(): i for i, label in proposal.label.items()}
    found: dict[str, tuple[str, ...]] = {}
    for csm in proposal.problem.csms:
        name = " ".join(csm.name.split()).casefold()
        found[name] = (*found.get(name, ()), csm.id)
    for csm in proposal.problem.csms:
        found.setdefault(csm.id.casefold(), (csm.id,))
    return found | {label: (i,) for label, i in sure.items()}
