"""What must hold whatever people do to their files: 1,000 made-up reviews each in memory, a few with real files."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookwright.findings import Severity
from bookwright.review.answers import Answers, Asked, read_answers
from bookwright.review.decisions import REASONS, Answer, Decision
from bookwright.review.identity import CHECK, DECISION, HAND_OVER, ID, INPUTS, LOCKED, OVERRIDE
from bookwright.review.merge import Merged, merge
from bookwright.review.proposal import Proposal, propose
from bookwright.review.scope import scopes
from bookwright.review.workbook import OFFERS, Review, review_workbook
from bookwright.store import load
from bookwright.tables.raw import Raw, RawSheet
from bookwright.tables.returned import Returned
from bookwright.tables.write_sheets import Formula
from tests.report.builders import DAY
from tests.review.cases import NOW, Case

THOUSAND = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
Filled = dict[str, dict[str, Raw]]
"""Account id -> input cells."""


@cache
def proposal() -> Proposal:
    """The plan under review, made once."""
    import tempfile

    return propose(load(Case(Path(tempfile.mkdtemp()) / "plan").store), NOW.date())


@cache
def reviews() -> tuple[Review, ...]:
    """The workbooks of all managers."""
    return tuple(review_workbook(proposal(), s) for s in scopes(proposal(), "manager"))


@cache
def asked(review: Review) -> Asked:
    """What a workbook asked, as the store keeps it."""
    elsewhere = {
        str(row["check"]): r.reviewer
        for r in reviews()
        if r is not review
        for row in r.base["rows"].values()  # type: ignore[attr-defined]
    }
    return Asked(review.reviewer, 1, review.base["titles"], review.base["rows"], elsewhere)  # type: ignore[arg-type]


def sheet_of(review: Review, filled: Filled) -> RawSheet:
    """The Accounts sheet as a program would save it, with some input cells filled in."""
    table = review.workbook.sheet("Accounts").tables[0]
    titles = [c.title for c in table.columns]
    rows: list[tuple[int, list[Raw]]] = [(1, [table.note]), (2, list(titles))]
    for number, values in enumerate(table.rows, 3):
        cells: list[Raw] = [v.value if isinstance(v, Formula) else v for v in values]
        for title, value in filled.get(str(cells[0]), {}).items():
            cells[titles.index(title)] = value
        rows.append((number, cells))
    return RawSheet("a.xlsx", "Accounts", rows)


def read(review: Review, sheet: RawSheet) -> Answers:
    """The answers on a sheet."""
    return read_answers(Returned(Path("a.xlsx"), "", (sheet,), {}), proposal(), asked(review))


def accounts_of(review: Review) -> list[str]:
    """Ids of the accounts in a workbook."""
    return list(review.base["rows"])  # type: ignore[call-overload]


def filling(review: Review, chance: random.Random) -> Filled:
    """Valid answers for some accounts of a workbook."""
    filled: Filled = {}
    accounts = accounts_of(review)
    for account_id in chance.sample(accounts, chance.randint(0, min(6, len(accounts)))):
        answer = chance.choice(OFFERS[proposal().kind[account_id]])
        cells: dict[str, Raw] = {DECISION: chance.choice([answer.word, answer.word.upper(), f" {answer.word} "])}
        if answer is Answer.ACCEPT_LATER:
            cells[HAND_OVER] = DAY + dt.timedelta(days=chance.randint(0, 90))
        if answer is Answer.OVERRIDE:
            cells[OVERRIDE] = proposal().csm_label(chance.choice(may_take(account_id)))
            if chance.random() < 0.5:
                del cells[DECISION]
        if chance.random() < 0.5:
            cells["Reason"] = chance.choice(REASONS)
        if chance.random() < 0.5:
            cells["Comment"] = chance.choice(["no", "née + 1", "x" * 40, "+49"])
        filled[account_id] = cells
    # An override back to today's CSM is offered by no list for moves that must be; such cells are mended elsewhere.
    return {a: c for a, c in filled.items() if not _back(a, c)}


@cache
def may_take(account_id: str) -> tuple[str, ...]:
    """Ids of the CSMs on an account's drop-down."""
    return proposal().may_take(account_id)


def _back(account_id: str, cells: dict[str, Raw]) -> bool:
    before, kind = proposal().before[account_id], proposal().kind[account_id]
    return kind == "forced" and cells.get(OVERRIDE) == proposal().csm_label(before)


def returned_files(chance: random.Random) -> list[tuple[Review, Filled]]:
    """Up to three returned files of any reviewers, several of one too."""
    chosen = [chance.choice(reviews()) for _ in range(chance.randint(1, 3))]
    return [(review, filling(review, chance)) for review in chosen]


SEEDS = st.integers(0, 2**40).map(random.Random)
"""Each example is made from one drawn number: drawing every cell by itself took ten times as long."""


def outcome(answers: Iterable[Decision]) -> tuple[dict[str, Decision], list[tuple[str, tuple[Decision, ...]]]]:
    """What stands and what is in conflict, without where it was read."""
    merged: Merged = merge(answers)
    conflicts = [(c.account_id, tuple(a.bare for a in c.answers)) for c in merged.conflicts]
    return {a: d.bare for a, d in merged.decisions.items()}, conflicts


@THOUSAND
@given(SEEDS)
def test_order_does_not_matter_and_twice_equals_once(chance: random.Random) -> None:
    """Whatever files come in whatever order, and again: the same decisions stand and the same conflicts are open."""
    answers = [read(review, sheet_of(review, filled)).decisions for review, filled in returned_files(chance)]
    once = outcome(d for of_file in answers for d in of_file)
    twice = [*answers, *answers]
    chance.shuffle(twice)
    assert outcome(d for of_file in twice for d in of_file) == once


@THOUSAND
@given(SEEDS)
def test_no_decision_vanishes_and_an_untouched_file_changes_nothing(chance: random.Random) -> None:
    """Every valid answer stands, or stands in a conflict; nobody's is dropped for another's, no cell is in error."""
    files = returned_files(chance)
    answers: list[Decision] = []
    for review, filled in files:
        found = read(review, sheet_of(review, filled))
        assert [f.text for f in found.findings if f.severity is Severity.ERROR] == []
        assert {d.account_id for d in found.decisions} == set(filled)
        answers += found.decisions
    untouched = chance.choice(reviews())
    nothing = read(untouched, sheet_of(untouched, {}))
    assert nothing == Answers((), (), ())
    merged = merge([*answers, *nothing.decisions])
    conflicts = {c.account_id: c.answers for c in merged.conflicts}
    for d in answers:
        if d.account_id in conflicts:
            assert d.outcome in {a.outcome for a in conflicts[d.account_id]}
            assert len({a.outcome for a in conflicts[d.account_id]}) > 1
        else:
            assert merged.decisions[d.account_id].outcome == d.outcome
            assert d.reviewer in merged.decisions[d.account_id].reviewer


HARMLESS: Sequence[Callable[[RawSheet, random.Random], RawSheet]] = (
    lambda s, r: _rows(s, r.sample(s.rows[2:], len(s.rows) - 2)),
    lambda s, r: replace(s, name="Blatt 7", hidden_rows=3),
    lambda s, r: replace(s, rows=[(n, _shifted(c)) for n, c in s.rows]),
    lambda s, r: replace(s, rows=[(n + 40, c) for n, c in s.rows]),
    lambda s, r: _rows(s, [(n, [_retyped(c) for c in cells]) for n, cells in s.rows[2:]]),
)
"""Sorted rows, a renamed sheet, moved columns, rows inserted above, ids that became numbers."""


def _rows(sheet: RawSheet, body: Sequence[tuple[int, list[Raw]]]) -> RawSheet:
    return replace(sheet, rows=[*sheet.rows[:2], *((n, c) for n, (_, c) in enumerate(body, 3))])


def _shifted(cells: list[Raw]) -> list[Raw]:
    return [None, *cells[1:], cells[0]] if len(cells) > 1 else cells


def _retyped(cell: Raw) -> Raw:
    return float(cell) if isinstance(cell, str) and cell.isdigit() else cell


@THOUSAND
@given(SEEDS, st.sampled_from(HARMLESS))
def test_what_programs_do_to_a_sheet_changes_no_answer(
    chance: random.Random, do: Callable[[RawSheet, random.Random], RawSheet]
) -> None:
    """Sorted, renamed, moved, retyped, rows deleted: what is left is read the same, and nothing is in error."""
    review = chance.choice(reviews())
    sheet = sheet_of(review, filling(review, chance))
    kept = [row for row in sheet.rows[2:] if chance.random() < 0.8]
    left = {str(cells[0]) for _, cells in kept}
    odd = read(review, do(_rows(sheet, kept), chance))
    assert [f.text for f in odd.findings if f.severity is Severity.ERROR] == []
    assert {d.bare for d in odd.decisions} == {d.bare for d in read(review, sheet).decisions if d.account_id in left}


@THOUSAND
@given(SEEDS)
def test_a_scrambled_row_is_caught(chance: random.Random) -> None:
    """Part of the columns sorted or filled down: no answer is taken for an account that it was not given for."""
    review = chance.choice([r for r in reviews() if len(accounts_of(r)) > 1])
    sheet = sheet_of(review, filling(review, chance))
    titles = [str(t) for t in sheet.rows[1][1]]
    body = [list(cells) for _, cells in sheet.rows[2:]]
    cut = chance.choice([[ID], [ID, "Account"], [CHECK], [*INPUTS, CHECK], [t for t in titles if t != CHECK]])
    order = list(range(len(body)))
    while order == sorted(order):
        chance.shuffle(order)
    mixed = [
        [body[order[r]][k] if title in cut else body[r][k] for k, title in enumerate(titles)] for r in range(len(body))
    ]
    found = read(review, _rows(sheet, [(0, cells) for cells in mixed]))
    given_for = {d.bare for d in read(review, sheet).decisions}
    assert {d.bare for d in found.decisions} <= given_for
    at = titles.index(DECISION)
    for r, cells in enumerate(mixed):
        torn = order[r] != r
        answered = any(cells[titles.index(t)] is not None for t in INPUTS)
        if torn and answered and cells[at] is not None:
            row = [f for f in found.findings if f.cells and f.cells[0].endswith(str(r + 3))]
            assert [f.code for f in row if f.severity is Severity.ERROR], (cut, cells)


@FEW
@given(SEEDS)
def test_with_real_files_and_a_real_store(chance: random.Random) -> None:
    """The same through workbooks on disk: any order, and twice, leave the same answers in the store as in memory."""
    files = returned_files(chance)
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        case = Case(Path(folder))
        case.send()
        paths = [case.returned(review.reviewer, filled, f"{k}.xlsx") for k, (review, filled) in enumerate(files)]
        order = [*paths, *paths]
        chance.shuffle(order)
        for path in order:
            case.collect(path)
        inside = [d for review, filled in files for d in read(review, sheet_of(review, filled)).decisions]
        assert {d.key for d in case.standing()} == {d.key for d in inside}


def test_locked_titles_are_the_first_columns() -> None:
    """The cells that a check is made over are the ones a reviewer sees beside the answer."""
    titles = [c.title for c in reviews()[0].workbook.sheet("Accounts").tables[0].columns]
    assert set(LOCKED) < set(titles)
