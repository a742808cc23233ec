"""The workbook a reviewer gets: Read me, Accounts to decide on, Books that recalculate, Corrections; nothing private.

Columns are an allow-list. Identity stands in three places: a hidden sheet, a custom property, and a check in every row
over the cells that may not change. Proposed values stand beside live ones, so that previews show numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bookwright.findings import UsageError
from bookwright.review.books_sheet import books_sheet
from bookwright.review.decisions import LATEST_HAND_OVER_DAYS, REASONS, Answer
from bookwright.review.identity import (
    ACCOUNT,
    ARR,
    AS_DECIDED,
    CHANGE,
    CHECK,
    COLUMN,
    COMMENT,
    CORRECTION_ROWS,
    DECISION,
    HAND_OVER,
    HOURS,
    ID,
    INPUTS,
    LOCKED,
    MARK,
    OVERRIDE,
    PROPOSED,
    REASON,
    RENEWAL,
    SEGMENT,
    SHOULD_BE,
    TODAY,
    WHY,
    check_of,
    file_id_of,
    identity_sheet,
    locked,
)
from bookwright.review.proposal import Proposal
from bookwright.review.scope import Scope
from bookwright.review.totals import BookTotal, totals
from bookwright.tables.columns_accounts import ACCOUNTS
from bookwright.tables.write_sheets import (
    Cell,
    Column,
    Formula,
    Kind,
    Look,
    Mark,
    Sheet,
    Table,
    Value,
    Workbook,
    letters_of,
)

OFFERS: Mapping[str, tuple[Answer, ...]] = {
    "chosen": tuple(Answer),
    "forced": tuple(a for a in Answer if a is not Answer.REJECT),
    "placed": tuple(a for a in Answer if a is not Answer.REJECT),
    "": (Answer.ACCEPT, Answer.OVERRIDE, Answer.DATA_IS_WRONG),
}
"""Answers that make sense by kind of move: a forced move cannot be rejected, nor can the first CSM of an account that
has none, and where nothing moves there is nothing to reject or hand over."""
_LISTS = {"chosen": "DecisionsMove", "forced": "DecisionsForced", "placed": "DecisionsForced", "": "DecisionsStay"}
_CHANGES = {"chosen": "moves", "forced": "reassigned", "placed": "first CSM", "": "stays"}


@dataclass(frozen=True, eq=False)
class Review:
    """A workbook to send: `base` is what the store keeps of it, by which returned cells are judged."""

    file_id: str
    reviewer: str
    round: int
    workbook: Workbook
    base: Mapping[str, object] = field(repr=False)


def review_workbook(
    proposal: Proposal,
    scope: Scope,
    *,
    round: int = 1,
    due: dt.date | None = None,
    show: Sequence[str] = (),
    protect: bool = True,
) -> Review:
    """The workbook of one reviewer. `show` names further columns of the accounts, Notes or the team's own, to let in.

    Raises `UsageError` for a column that the accounts do not have.
    """
    extra = [(title, _field_of(proposal, title)) for title in show]
    rows = {a: locked(proposal, a) for a in scope.account_ids}
    file_id = file_id_of(proposal, round, scope.name, rows)
    checks = {a: check_of(file_id, cells) for a, cells in rows.items()}
    choices, lists = _may_take(proposal, scope)
    accounts = Sheet(
        "Accounts",
        tables=(_accounts_table(proposal, scope, extra, checks, choices),),
        freeze_columns=2,
        protected=protect,
        tab="#2F6690",
    )
    sheets = (
        _read_me(proposal, scope, round, due),
        accounts,
        books_sheet(proposal, scope, accounts, protect),
        _corrections(proposal, accounts, [title for title, _ in extra], protect),
        identity_sheet(file_id, proposal.stored.plan_id, round, scope.name),
    )
    workbook = Workbook(
        sheets=sheets,
        lists={**{_LISTS[k]: [a.word for a in OFFERS[k]] for k in ("chosen", "forced", "")}, **lists}
        | {"Reasons": REASONS, "CorrectionColumns": _correctable([title for title, _ in extra])},
        title=f"Review of {scope.name}",
        created=proposal.problem.effective_date,
        currency=proposal.problem.portfolio.currency or proposal.problem.model.currency,
        properties={MARK: file_id, "Bookwright plan": proposal.stored.plan_id, "Bookwright round": str(round)},
    )
    base = {
        "kind": "review",
        "titles": LOCKED,
        "rows": {
            a: {
                "check": checks[a],
                "cells": cells,
                "before": proposal.before[a],
                "after": proposal.after[a],
                "kind": proposal.kind[a],
            }
            for a, cells in rows.items()
        },
    }
    return Review(file_id, scope.name, round, workbook, base)


def input_columns(
    effective: dt.date, decisions: tuple[str, ...], overrides: tuple[str, ...], comment_width: float = 34
) -> tuple[Column, ...]:
    """The five cells a reviewer fills in, with the drop-down of every row."""
    latest = effective + dt.timedelta(days=LATEST_HAND_OVER_DAYS)
    later = f"Only with 'accept, hand over later': a day up to {latest.isoformat()}."
    return (
        Column(DECISION, entry=True, width=22, row_choices=decisions, help="Blank = no answer."),
        Column(HAND_OVER, Kind.DATE, entry=True, width=13, between=(effective, latest), help=later),
        Column(
            OVERRIDE,
            entry=True,
            width=20,
            row_choices=overrides,
            strict=False,
            help="Another CSM for this account, also where none was proposed to move. Listed: who may take it.",
        ),
        Column(REASON, entry=True, width=26, choices="Reasons"),
        Column(COMMENT, entry=True, width=comment_width, wrap=True),
    )


def _accounts_table(
    proposal: Proposal,
    scope: Scope,
    extra: Sequence[tuple[str, str]],
    checks: Mapping[str, str],
    choices: Mapping[str, str],
) -> Table:
    utilization = {t.csm_id: t for t in totals(proposal, scope, proposal.after)}
    decisions = tuple(_LISTS[proposal.kind[a]] for a in scope.account_ids)
    marks = (Mark(Look.WARN, equals="reassigned"), Mark(Look.GOOD, equals="moves"), Mark(Look.GOOD, equals="first CSM"))
    columns = (
        Column(ID),
        Column(ACCOUNT, width=28),
        Column(SEGMENT),
        Column(ARR, Kind.MONEY),
        Column(HOURS, Kind.HOURS, width=11),
        Column(RENEWAL, Kind.DATE, width=13),
        *(Column(title, Kind.ANY, key=f"shown {title}", width=20, wrap=True) for title, _ in extra),
        Column(TODAY, width=18),
        Column(PROPOSED, width=18),
        Column(CHANGE, width=11, marks=marks),
        Column(WHY, width=48, wrap=True),
        *input_columns(proposal.problem.effective_date, decisions, tuple(choices[a] for a in scope.account_ids)),
        Column(AS_DECIDED, Kind.ANY, width=18, help="Follows your decisions; Books adds up by it."),
        Column(CHECK, hidden=True, width=14),
    )
    titles = [c.title for c in columns]
    at = {title: letters_of(titles.index(title)) for title in (TODAY, PROPOSED, DECISION, OVERRIDE)}
    rows = []
    for number, account_id in enumerate(scope.account_ids, 3):
        account = proposal.problem.portfolio.account_by_id[account_id]
        proposed = proposal.csm_label(proposal.after[account_id])
        override, decision, today, new = (f"{at[t]}{number}" for t in (OVERRIDE, DECISION, TODAY, PROPOSED))
        live = f'=IF(TRIM({override})<>"",TRIM({override}),IF(LOWER(TRIM({decision}))="reject",{today}&"",{new}&""))'
        rows.append(
            (
                account.id,
                account.name,
                account.segment,
                account.arr,
                proposal.hours(account_id),
                account.renewal_date,
                *(_plain(account.value(field)) for _, field in extra),
                proposal.csm_label(proposal.before[account_id]),
                proposed,
                _CHANGES[proposal.kind[account_id]],
                _why(proposal, account_id, utilization),
                *(None for _ in INPUTS),
                Formula(live, proposed),
                checks[account_id],
            )
        )
    return Table(
        columns=columns,
        rows=rows,
        note="Largest change first. The yellow cells are yours: decide there, or leave them blank for no answer.",
        filtered=True,
    )


def _corrections(proposal: Proposal, accounts: Sheet, shown: Sequence[str], protect: bool) -> Sheet:
    """Blank rows for facts that are wrong."""
    table = Table(
        columns=(
            Column(ID, entry=True, width=18, choices=f"={accounts.address(ID)}", strict=False),
            Column(COLUMN, entry=True, width=22, choices="CorrectionColumns", strict=False),
            Column(SHOULD_BE, entry=True, width=30, wrap=True),
            Column(COMMENT, entry=True, width=50, wrap=True),
        ),
        rows=[(None,) * 4 for _ in range(CORRECTION_ROWS)],
        note="One row per wrong fact. Operations corrects the source and plans again with it.",
    )
    return Sheet("Corrections", tables=(table,), protected=protect)


def _read_me(proposal: Proposal, scope: Scope, round: int, due: dt.date | None) -> Sheet:
    """Five lines, and no more."""
    moving = sum(bool(proposal.kind[a]) for a in scope.account_ids)
    effective = proposal.problem.effective_date.isoformat()
    back = f" by {due.isoformat()}" if due else ""
    counted = f"{len(scope.account_ids):,} accounts, of which {moving:,} would change hands"
    lines = (
        f"These are your books, today's and as proposed from {effective}: {counted}. Those come first on Accounts.",
        "Fill the yellow cells: accept; accept, hand over later; reject; override; data is wrong. Blank = no answer.",
        "Override names another CSM, also for an account that stays; its list holds those who may take it.",
        "Books adds up hours, utilization and ARR as you decide, beside what was proposed.",
        f"A wrong fact goes on Corrections. Send this file back{back}; filter as you like, but change no other cell.",
    )
    cells = [Cell(0, 0, f"Review for {scope.name}, round {round}", Look.TITLE)]
    cells += [Cell(k, 0, f"{k - 1}.  {line}", Look.VERDICT) for k, line in enumerate(lines, 2)]
    heights = {0: 30.0, **dict.fromkeys(range(2, 2 + len(lines)), 24.0)}
    return Sheet("Read me", cells=tuple(cells), widths=(128.0,), heights=heights, gridlines=False)


def _may_take(proposal: Proposal, scope: Scope) -> tuple[dict[str, str], dict[str, Sequence[str]]]:
    """Account id -> the name of the list of CSMs who may take it, and those lists: one per class, not per account."""
    names: dict[tuple[str, ...], str] = {}
    of: dict[str, str] = {}
    for account_id in scope.account_ids:
        allowed = proposal.may_take(account_id)
        of[account_id] = names.setdefault(allowed, f"MayTake{len(names) + 1}") if allowed else ""
    return of, {name: [proposal.csm_label(c) for c in allowed] for allowed, name in names.items() if allowed}


def _why(proposal: Proposal, account_id: str, planned: Mapping[str, BookTotal]) -> str:
    """Why an account changes hands, from what its reviewer may know: never a date, an absence or a departure."""
    kind, old, new = proposal.kind[account_id], proposal.before[account_id], proposal.after[account_id]
    if not kind:
        return ""
    if kind == "placed":
        return "Has no CSM today."
    if kind == "forced":
        barred = proposal.barred(account_id, old) if old else None
        if barred and barred.rules == ("segments",):
            return f"{proposal.csm_label(old)} {barred.reasons[0]}."
        return "Book reassigned." if barred and barred.refused else "Today's CSM may no longer own it."
    said = []
    for csm_id in (old, new):
        book = planned.get(csm_id or "")
        if book is not None and book.utilization is not None and book.utilization_today is not None:
            name = proposal.csm_label(csm_id)
            said.append(f"{name} from {book.utilization_today:.0%} to {book.utilization:.0%} of hours")
    return ("; ".join(said) + " in the plan.") if said else "Evens out hours and ARR."


def _field_of(proposal: Proposal, title: str) -> str:
    """The field or own column behind a header that is to be shown."""
    for header, name in proposal.problem.portfolio.account_columns:
        if header.casefold() == title.casefold():
            return name or header
    for column in ACCOUNTS.columns:
        if column.title.casefold() == title.casefold():
            return column.field
    own = [header for header, _ in proposal.problem.portfolio.account_columns]
    raise UsageError(f'The accounts have no column "{title}". Maybe one of: {", ".join(own[:12])}.')


def _correctable(shown: Sequence[str]) -> list[str]:
    """The columns a correction may name: those in sight."""
    return list(dict.fromkeys((ACCOUNT, SEGMENT, ARR, HOURS, RENEWAL, TODAY, *shown, "other")))


def _plain(value: object) -> Value:
    if value is None or isinstance(value, str | int | float | bool | dt.date):
        return value
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
