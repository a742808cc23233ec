"""A plan in its store, workbooks sent from it, and hands that edit them: what every review test starts from."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

from bookwright import store
from bookwright.portfolio import Account, Csm, Portfolio
from bookwright.problem import resolve
from bookwright.report.tables import workbook
from bookwright.result import Result
from bookwright.review.collect import Collected, collect
from bookwright.review.decisions import Decision
from bookwright.review.rounds import Rounds
from bookwright.review.send import Sent, send
from bookwright.tables.write import write
from tests.report.builders import DAY, account, csm, make_result, model

NOW = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)
"""When everything here is sent and collected: a month before the effective date."""

MOVES = {"A-1": "C3", "A-2": "C3", "A-3": "C2", "B-1": "C4", "00123": "C2", "N-1": "C3", "S-1": "C2"}
"""Who goes where: two across managers, one within, one the other way, one placed, one forced by its segment."""


def team() -> tuple[Csm, ...]:
    """Mia runs Ana and Ben, Noor runs Cleo and Dev; Mia owns a book too and reports to Vik, Noor reports to nobody."""
    return (
        csm("C1", "Ana Ruiz", manager="Mia Berg"),
        csm("C2", "Ben Okafor", manager="Mia Berg", segments=("Enterprise", "SMB")),
        csm("C3", "Cleo Tan", manager="Noor Haddad"),
        csm("C4", "Dev Patel", manager="noor  haddad", segments=("Enterprise", "SMB")),
        csm("M1", "Mia Berg", manager="Vik Rao"),
        csm("M2", "Noor Haddad", manager=""),
    )


def accounts() -> tuple[Account, ...]:
    """A dozen accounts, one with an id of digits, one without a CSM, one whose CSM does not cover its segment."""
    return (
        *(account(f"A-{k}", "C1", arr=100_000.0 * k, renewal_date=dt.date(2027, k, 15)) for k in range(1, 6)),
        *(account(f"B-{k}", "C3", arr=90_000.0 + k) for k in range(1, 4)),
        account("00123", "C1", name="=SUM(1)", arr=55_555.55),
        account("N-1", None, arr=20_000.0),
        account("S-1", "C1", segment="SMB", arr=10_000.0),
        account("M-1", "M1", arr=70_000.0),
        account("M-2", "M2", arr=71_000.0),
    )


def portfolio(**more: Any) -> Portfolio:
    """The team with its accounts, in dollars."""
    return Portfolio(**{"accounts": accounts(), "csms": team(), "currency": "USD", **more})


def result(moves: Mapping[str, str | None] | None = None, plan_id: str = "plan-1", **more: Any) -> Result:
    """A plan by hand; segments are a wall, so S-1 cannot stay with Ana."""
    facts = portfolio(**more)
    decided = model().model_copy(update={"rules": {"segments": {}}})
    problem = resolve(facts, decided, today=NOW.date(), effective_date=DAY)
    made = make_result({**MOVES} if moves is None else dict(moves), problem=problem, plan_id=plan_id)
    forced = {"S-1": "Ana Ruiz does not cover SMB"}
    return changed(made, forced)


def changed(made: Result, forced: Mapping[str, str]) -> Result:
    """The result with these moves as forced ones."""
    from dataclasses import replace

    from bookwright.books import Plan

    return replace(made, plan=Plan(made.problem, made.plan.csm_of, forced))


class Case:
    """A plan with its workbook and store in a folder, and what people do with it."""

    def __init__(self, folder: Path, made: Result | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.result = made or result()
        self.plan = write(workbook(self.result), folder / "team plan.xlsx").path
        self.store = store.save(self.result, store.path_for(self.plan))

    def send(self, **more: Any) -> Sent:
        """Send a round into the folder `out`."""
        return send(self.store, self.folder / "out", **{"now": NOW, **more})

    def file(self, reviewer: str) -> Path:
        """The workbook sent to a reviewer."""
        return self.folder / "out" / f"Review {reviewer}.xlsx"

    def returned(self, reviewer: str, edits: Mapping[str, Mapping[str, Any]], name: str = "") -> Path:
        """A reviewer's workbook with some cells of some accounts filled in, as a new file."""
        back = self.folder / "back" / (name or f"{reviewer}.xlsx")
        back.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.file(reviewer), back)
        edit(back, edits)
        return back

    def collect(self, *files: Path, replace: tuple[Path, ...] = ()) -> Collected:
        """Collect files."""
        return collect(self.store, files, now=NOW, replace=replace)

    def standing(self) -> list[Decision]:
        """Every answer in the store, without where and when it was read."""
        with Rounds(self.store) as rounds:
            return sorted((d.bare for d in rounds.decisions()), key=lambda d: d.key)


def edit(path: Path, edits: Mapping[str, Mapping[str, Any]], sheet: str = "Accounts") -> None:
    """Fill in cells by account id and header, as a person would."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    columns = headers(page)
    rows = {page.cell(r, columns["Account ID"]).value: r for r in range(1, page.max_row + 1)}
    for account_id, cells in edits.items():
        for title, value in cells.items():
            page.cell(rows[account_id], columns[title]).value = value
    book.save(path)


def headers(page: Any) -> dict[str, int]:
    """Header -> column of the table on a sheet."""
    row = next(r for r in page.iter_rows(max_row=10) if any(c.value == "Account ID" for c in r))
    return {c.value: c.column for c in row if c.value is not None}


def address(path: Path, account_id: str, title: str, sheet: str = "Accounts") -> str:
    """The address of a cell by account id and header."""
    page = openpyxl.load_workbook(path)[sheet]
    columns = headers(page)
    row = next(r for r in range(1, page.max_row + 1) if page.cell(r, columns["Account ID"]).value == account_id)
    return str(page.cell(row, columns[title]).coordinate)
