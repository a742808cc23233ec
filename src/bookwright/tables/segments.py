"""Segment names that accounts and CSMs spell differently ("ENT", "Commercial") are brought together, and said."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable

from bookwright.findings import Findings, Severity
from bookwright.portfolio import Portfolio
from bookwright.tables.columns import normal
from bookwright.tables.notes import Notes, letters, many, show
from bookwright.tables.setting_rows import HOURS_KEY

STANDARD = ("Enterprise", "Mid-Market", "SMB", "Digital")
_WORDS = {
    "Enterprise": "enterprise ent entp enterprises strategic large major key_account key_accounts global",
    "Mid-Market": "mid_market midmarket mm mid medium commercial com corporate mid_size midsize mid_touch",
    "SMB": "smb small_business small sb sme small_and_medium scb small_medium_business velocity",
    "Digital": "digital tech_touch techtouch long_tail longtail scale scaled digital_touch pooled low_touch self_serve",
}
_FAMILY = {normal(w): name for name, words in _WORDS.items() for w in words.split()}
OLD_HEADER = "Segment (input)"


def _proposal(name: str, known: dict[str, str]) -> str:
    """The known segment that `name` most likely means; empty when none does."""
    key = normal(name)
    if key in known:
        return known[key]
    family = _FAMILY.get(key)
    if family:
        for other_key, other in known.items():
            if _FAMILY.get(other_key) == family:
                return other
    close = difflib.get_close_matches(key, list(known), 1, 0.85)
    return known[close[0]] if close else ""


def map_segments(
    portfolio: Portfolio, known: Iterable[str] = (), *, place: tuple[str, str] = ("", "")
) -> tuple[Portfolio, Findings]:
    """Rename foreign segment names: of accounts to those the CSMs cover; of both to those in `known`.

    `known` are the names a planning model gives hours for. A name on the CSMs sheet is changed only to one of those,
    and only where no CSM covers that one already. Where no CSM names segments and `known` is empty, the standard names
    (Enterprise, Mid-Market, SMB, Digital) are taken. The accounts' names as they were stay in the column
    "Segment (input)". `place` is the file and sheet to name. Every change is a warning (a note where only case or
    punctuation differ); names without a proposal stay as they are.
    """
    covered = list(dict.fromkeys(s for c in portfolio.csms for s in c.segments))
    set_ones = [k.removeprefix(HOURS_KEY) for k in portfolio.settings if k.startswith(HOURS_KEY)]
    theirs = {normal(s): s for s in (*set_ones, *known)}
    keys = {normal(s) for s in covered}
    renamed = {
        s: p for s in covered if s not in theirs.values() and (p := _proposal(s, theirs)) and p != s
        and (normal(p) == normal(s) or normal(p) not in keys)
    }  # fmt: skip
    given = [s for s in dict.fromkeys([*covered, *theirs.values()]) if s not in renamed] or list(STANDARD)
    names = {normal(s): s for s in reversed(given)}
    counts = Counter(a.segment for a in portfolio.accounts if a.segment)
    exact = set(names.values())
    change = dict(renamed)
    change |= {s: p for s in counts if s not in exact and s not in change and (p := _proposal(s, names)) and p != s}
    notes = Notes(*place)
    if not change:
        return portfolio, notes.findings()
    if renamed:
        csms = tuple(
            c.model_copy(update={"segments": tuple(dict.fromkeys(change.get(s, s) for s in c.segments))})
            for c in portfolio.csms
        )
        portfolio = portfolio.model_copy(update={"csms": csms})
    column = next((i for i, (_, f) in enumerate(portfolio.account_columns) if f == "segment"), None)
    rows: dict[str, list[int]] = {}
    for account in portfolio.accounts:
        if account.segment in change:
            rows.setdefault(account.segment, []).append(account.row)
    for old, new in change.items():
        spelled = normal(old) == normal(new)
        cells = tuple(f"{letters(column)}{r}" for r in rows.get(old, [])[:500]) if column is not None else ()
        notes.add(
            "foreign_segment", Severity.NOTE if spelled else Severity.WARNING,
            f"The segment {show(old)} ({many(counts[old], 'account')}) is taken as {show(new)}.",
            "" if spelled else "Maybe write it so, or map it in a column mapping.", cells=cells, value=old, key=old,
            count=max(1, len(cells)),
        )  # fmt: skip
    if not rows:
        return portfolio, notes.findings()
    accounts = tuple(
        a.model_copy(
            update={
                "segment": change.get(a.segment, a.segment),
                "extra": a.extra if OLD_HEADER in a.extra else a.extra | {OLD_HEADER: a.segment},
            }
        )
        for a in portfolio.accounts
    )
    columns = portfolio.account_columns
    if all(h != OLD_HEADER for h, _ in columns):
        columns = (*columns, (OLD_HEADER, None))
    return portfolio.model_copy(update={"accounts": accounts, "account_columns": columns}), notes.findings()
