"""Kill -9 at random moments: no file is ever half there, and no recorded answer is lost; a plain save would lose."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bookwright import store
from bookwright.review.collect import collect
from bookwright.review.rounds import Rounds
from bookwright.review.send import sha256_of
from tests.review.cases import NOW, Case

KILLS = int(os.environ.get("BOOKWRIGHT_KILLS", "12"))
"""Of each command: send, collect, and planning the next round (test_round_kills). 34 make over a hundred in all."""


def killed(work: Callable[[int], None], after: float | None) -> bytes:
    """Run `work` in a process of its own and kill it after some seconds, or never (None); returns what it reported."""
    into, out = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(into)
        # What a command prints is no part of the test.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            work(out)
        finally:
            os._exit(0)
    os.close(out)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    told = b""
    while chunk := os.read(into, 65536):
        told += chunk
    os.close(into)
    return told


def sound(path: Path) -> bool:
    """Whether a workbook is whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None and "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def whole(case: Case) -> None:
    """The store passes SQLite's own check and still holds the plan."""
    assert store.load(case.store).plan_id == "plan-1"
    with closing(store.open_to_read(case.store)) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


def duration(work: Callable[[], object]) -> float:
    """Seconds that some work takes, here and now."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def test_kills_during_send(tmp_path: Path) -> None:
    """Whenever it dies: every workbook there is whole and known to the store, and sending again completes the round."""
    chance = random.Random(1)
    fresh = Case(tmp_path / "plan")
    untouched = fresh.store.read_bytes()
    takes = duration(fresh.send)
    expected = {p.name: p.read_bytes() for p in (fresh.folder / "out").iterdir()}
    for _ in range(KILLS):
        fresh.store.write_bytes(untouched)
        shutil.rmtree(fresh.folder / "out", ignore_errors=True)
        killed(lambda _: fresh.send() and None, chance.uniform(0, 1.2 * takes))
        whole(fresh)
        there = list((fresh.folder / "out").glob("Review*.xlsx"))
        assert all(sound(p) for p in there)
        with Rounds(fresh.store) as rounds:
            known = {sha for f in rounds.files_sent() for sha in f.sha256.split()}
        assert {sha256_of(p) for p in there} <= known
    fresh.send()
    assert {p.name: p.read_bytes() for p in (fresh.folder / "out").glob("Review*.xlsx")} == expected


def test_kills_during_collect(tmp_path: Path) -> None:
    """What was reported as recorded is in the store after the kill; collecting again adds what was not, and no more."""
    chance = random.Random(2)
    case = Case(tmp_path / "plan")
    case.send()
    moves = {"Mia Berg": ("A-1", "A-2"), "Noor Haddad": ("B-1",)}
    files = [
        case.returned(m, {a: {"Decision": "accept", "Comment": f"{m} {a}"}}, f"{m} {a}.xlsx")
        for m, ids in moves.items()
        for a in ids
    ]
    untouched = case.store.read_bytes()
    takes = duration(lambda: case.collect(*files))
    expected = {d.key for d in case.standing()}
    assert len(expected) == 3

    def work(out: int) -> None:
        record = Rounds.record

        def reporting(self: Rounds, *args: Any, **more: Any) -> Any:
            new = record(self, *args, **more)
            os.write(out, "".join(f"{d.comment}\n" for d in new).encode())
            return new

        Rounds.record = reporting  # type: ignore[method-assign]
        collect(case.store, files, now=NOW)

    for _ in range(KILLS):
        case.store.write_bytes(untouched)
        case.store.with_name(f"{case.store.name}-journal").unlink(missing_ok=True)
        told = killed(work, chance.uniform(0, 1.2 * takes))
        whole(case)
        kept = {d.comment for d in case.standing()}
        assert set(told.decode().split("\n")) - {""} <= kept
        case.collect(*files)
        assert {d.key for d in case.standing()} == expected


def test_a_plain_save_in_place_does_lose(tmp_path: Path) -> None:
    """The control: answers kept in a workbook that is loaded, changed and saved in place do not survive such kills."""
    chance = random.Random(3)
    path = tmp_path / "answers.xlsx"
    book = openpyxl.Workbook()
    for r in range(400):
        book.active.append([f"A-{r}", "accept", "a comment of some length"])
    book.save(path)

    def save(_: int) -> None:
        mine = openpyxl.load_workbook(path)
        mine.active["B1"] = "reject"
        mine.save(path)

    good = path.read_bytes()
    takes = duration(lambda: save(0))
    lost = 0
    for _ in range(160):
        path.write_bytes(good)
        killed(save, chance.uniform(0.2 * takes, 1.2 * takes))
        lost += not sound(path)
        if lost >= 3:
            break
        # The machine may be busier now, or no longer: a save that came to its end takes less than that.
        takes *= 0.9 if path.read_bytes() != good else 1.1
    assert lost >= 3


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_transaction_is_all_or_nothing(tmp_path: Path, moment: str) -> None:
    """Dying between the answers of a file and its commit leaves none of them; after the commit, all."""
    case = Case(tmp_path / "plan")
    case.send()
    path = case.returned("Mia Berg", {a: {"Decision": "accept"} for a in ("A-1", "A-2", "A-3")})

    def work(_: int) -> None:
        real = Rounds._add

        def dying(self: Rounds, decisions: object, at: object) -> object:
            found = real(self, decisions, at)  # type: ignore[arg-type]
            if moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        Rounds._add = dying  # type: ignore[assignment, method-assign]
        collect(case.store, [path], now=NOW)
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            work(0)
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    whole(case)
    assert len(case.standing()) == (0 if moment == "before" else 3)
    assert len(case.collect(path).merged.decisions) == 3
