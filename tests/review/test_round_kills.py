"""Kill -9 at any moment of planning the next round, the search included: the last plan or both, every answer."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import bookwright as bw
from bookwright import api_round, store
from bookwright.cli.group import main
from bookwright.review import resolve
from bookwright.review.decisions import Answer, Decision
from bookwright.review.rounds import FileReturned, Rounds
from tests.review.test_kills import KILLS, duration, killed, sound
from tests.test_cli import SAMPLES

NOW = dt.datetime(2026, 12, 10, 12, tzinfo=dt.UTC)
STEPS = ("began", "said", "searching", "searched", "kept", "written")


def reviewed(folder: Path) -> Path:
    """The starter's plan with a rejection and an override."""
    shutil.copy(SAMPLES / "starter.xlsx", folder / "book.xlsx")
    plan = bw.write(bw.plan(bw.read(folder / "book.xlsx"), effort=20), folder / "book plan.xlsx")
    answers = [Decision("A-06", Answer.REJECT, reviewer="Mia"), Decision("A-07", Answer.OVERRIDE, csm_id="C-2")]
    with Rounds(store.path_for(plan)) as rounds:
        rounds.record(FileReturned("0", "Review Mia.xlsx", 1, "Mia", "recorded", NOW), answers)
    return plan


def command(plan: Path, out: int) -> None:
    """The command as people type it; tells through the pipe `out` how far it has come."""
    prepare, solve, keep, write = resolve.prepare, resolve.solve, resolve.save, api_round.write_book

    def told(before: str, work: Any, after: str) -> Any:
        def step(*args: Any, **more: Any) -> Any:
            os.write(out, f"{before}\n".encode() if before else b"")
            found = work(*args, **more)
            os.write(out, f"{after}\n".encode())
            return found

        return step

    resolve.prepare = told("began", prepare, "said")
    resolve.solve = told("searching", solve, "searched")
    resolve.save = told("", keep, "kept")
    api_round.write_book = told("", write, "written")
    args = ["plan", str(plan), "--round", "2", "--book", str(plan.with_name("book.xlsx")), "--effort", "60", "-q"]
    main(args)


def test_kills_at_any_moment_of_a_re_solve(tmp_path: Path) -> None:
    """Whenever it dies, what is there is whole, no answer is lost, and doing it again ends in the same plan."""
    chance = random.Random(4)
    plan = reviewed(tmp_path)
    place, out = store.path_for(plan), tmp_path / "book plan round 2.xlsx"
    first, untouched = store.load(place).after, place.read_bytes()
    with Rounds(place) as rounds:
        answers = {d.key for d in rounds.decisions()}
    takes = duration(lambda: killed(lambda pipe: command(plan, pipe), None))
    second = store.load(place).after
    assert store.rounds_planned(place) == (1, 2)
    assert sound(out)
    reached = set()
    for k in range(KILLS):
        place.write_bytes(untouched)
        place.with_name(f"{place.name}-journal").unlink(missing_ok=True)
        out.unlink(missing_ok=True)
        # One moment at random in each of as many slices of the whole: the search, the longest step, is always met.
        told = killed(lambda pipe: command(plan, pipe), takes * (k + chance.random()) / KILLS).decode().split()
        reached.add(told[-1] if told else "nothing yet")
        rounds_there = store.rounds_planned(place)
        assert rounds_there in ((1,), (1, 2))
        assert "kept" not in told or rounds_there == (1, 2)
        assert store.load(place, 1).after == first
        assert store.load(place).after == (second if 2 in rounds_there else first)
        assert not out.exists() or (sound(out) and 2 in rounds_there)
        assert "written" not in told or out.exists()
        with Rounds(place) as rounds:
            assert {d.key for d in rounds.decisions()} == answers
        with closing(store.open_to_read(place)) as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    assert "searching" in reached, reached
    killed(lambda pipe: command(plan, pipe), None)
    assert store.load(place).after == second
