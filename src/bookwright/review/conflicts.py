"""The Conflicts workbook: accounts about which reviewers differ, who said what and where, and cells to decide in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bookwright.review.decisions import OPERATIONS, REASONS, Decision
from bookwright.review.identity import (
    ACCOUNT,
    ARR,
    CHECK,
    DECISION,
    ID,
    INPUTS,
    MARK,
    PROPOSED,
    TODAY,
    check_of,
    file_id_of,
    identity_sheet,
    spelled,
)
from bookwright.review.merge import Conflict
from bookwright.review.proposal import Proposal
from bookwright.review.workbook import OFFERS, Review, input_columns
from bookwright.tables.notes import many
from bookwright.tables.write_sheets import Column, Kind, Sheet, Table, Value, Workbook

SAID = "Who said what"
TITLES = (ID, ACCOUNT, ARR, TODAY, PROPOSED)
_LISTS = {kind: f"Decisions{name}" for kind, name in (("chosen", "Move"), ("forced", "Forced"), ("", "Stay"))}
_LISTS["placed"] = _LISTS["forced"]


def conflicts_workbook(proposal: Proposal, conflicts: tuple[Conflict, ...], round: int) -> Review:
    """One row per conflict, with the answers as given; what is decided here stands over those answers and no others."""
    rows = {c.account_id: _cells(proposal, c.account_id) for c in conflicts}
    told = {c.account_id: [*rows[c.account_id], *(a.key for a in c.answers)] for c in conflicts}
    file_id = file_id_of(proposal, round, f"{OPERATIONS} on conflicts", told)
    base = {
        c.account_id: {
            "check": check_of(file_id, rows[c.account_id]),
            "cells": rows[c.account_id],
            "before": proposal.before[c.account_id],
            "after": proposal.stored.after[c.account_id],
            "kind": proposal.stored.kinds.get(c.account_id, ""),
            "over": [a.key for a in c.answers],
        }
        for c in conflicts
    }
    sheet = Sheet("Conflicts", tables=(_table(proposal, conflicts, base),), freeze_columns=2, protected=True)
    workbook = Workbook(
        sheets=(sheet, identity_sheet(file_id, proposal.stored.plan_id, round, OPERATIONS)),
        lists={
            **{_LISTS[k]: [a.word for a in OFFERS[k]] for k in ("chosen", "forced", "")},
            "AnyCsm": proposal.known,
            "Reasons": REASONS,
        },
        title="Conflicts",
        created=proposal.problem.effective_date,
        currency=proposal.problem.portfolio.currency or proposal.problem.model.currency,
        properties={MARK: file_id, "Bookwright plan": proposal.stored.plan_id, "Bookwright round": str(round)},
    )
    return Review(file_id, OPERATIONS, round, workbook, {"kind": "conflicts", "titles": TITLES, "rows": base})


def in_conflict(count: int) -> str:
    """ "1 account is in conflict", "3 accounts are in conflict"."""
    return f"{many(count, 'account')} {'is' if count == 1 else 'are'} in conflict"


def told_by(answer: Decision, proposal: Proposal) -> str:
    """An answer as people say it: "Mia: reject (customer asked), Review Mia.xlsx Accounts!L7"."""
    what = answer.answer.word
    if answer.csm_id:
        what += f" to {proposal.csm_label(answer.csm_id)}"
    if answer.hand_over_on:
        what += f" on {answer.hand_over_on.isoformat()}"
    why = "; ".join(t for t in (answer.reason, answer.comment) if t)
    where = f", {Path(answer.file).name} {answer.cell}" if answer.file else ""
    return f"{answer.reviewer}: {what}{f' ({why})' if why else ''}{where}"


def _cells(proposal: Proposal, account_id: str) -> list[str]:
    account = proposal.problem.portfolio.account_by_id[account_id]
    today, after = proposal.before[account_id], proposal.stored.after[account_id]
    named = (proposal.csm_label(today), proposal.csm_label(after))
    return [spelled(v) for v in (account.id, account.name, account.arr, *named)]


def _table(proposal: Proposal, conflicts: tuple[Conflict, ...], base: Mapping[str, Mapping[str, object]]) -> Table:
    decisions = tuple(_LISTS[str(base[c.account_id]["kind"])] for c in conflicts)
    columns = (
        Column(ID),
        Column(ACCOUNT, width=28),
        Column(ARR, Kind.MONEY),
        Column(TODAY, width=18),
        Column(PROPOSED, width=18),
        Column(SAID, width=70, wrap=True),
        *input_columns(proposal.problem.effective_date, decisions, ("AnyCsm",) * len(conflicts)),
        Column(CHECK, hidden=True, width=14),
    )
    rows: list[tuple[Value, ...]] = []
    for c in conflicts:
        account = proposal.problem.portfolio.account_by_id[c.account_id]
        rows.append(
            (
                account.id,
                account.name,
                account.arr,
                proposal.csm_label(proposal.before[account.id]),
                proposal.csm_label(proposal.stored.after[account.id]),
                "\n".join(told_by(a, proposal) for a in c.answers),
                *(None for _ in INPUTS),
                str(base[account.id]["check"]),
            )
        )
    note = f"Reviewers differ about these. Fill in {DECISION} and collect this file: it stands over the answers listed."
    return Table(columns=columns, rows=rows, note=note, filtered=True)
