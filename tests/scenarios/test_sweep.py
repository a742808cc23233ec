"""Many jobs side by side: every outcome stored as it ends, so that a killed sweep goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bookwright.findings import UsageError
from bookwright.scenarios.sweep import Job, Line, run

Tell = Callable[[str], None]
Stop = Callable[[], bool]


def square(shared: int, args: Mapping[str, Any], tell: Tell, stop: Stop) -> Mapping[str, Any]:
    """The square of a number, plus what is shared and what came before; leaves a mark where asked to."""
    if "mark" in args:
        with Path(args["mark"]).open("a", encoding="utf-8") as file:
            file.write(f"{args['n']}\n")
    if args.get("wait"):
        ends = time.monotonic() + args["wait"]
        while time.monotonic() < ends and not stop():
            time.sleep(0.02)
    if args.get("dies") and not Path(args["dies"]).exists():
        Path(args["dies"]).touch()
        os._exit(7)
    if args.get("wrong"):
        raise UsageError("There is no such number. Maybe another.")
    tell("nearly there")
    return {"value": args["n"] ** 2 + shared + args.get("before", {}).get("value", 0), "said": f"n = {args['n']}"}


def jobs(count: int, **more: Any) -> list[Job]:
    """Jobs 0 .. count - 1."""
    return [Job(f"job {n}", f"Square {n}", {"n": n, **more}) for n in range(count)]


@pytest.mark.parametrize("workers", [1, 2])
def test_outcomes_come_back_by_key_whoever_did_them(workers: int, tmp_path: Path) -> None:
    """In this process or in two others: the same outcomes, a line begun and a line done for each job."""
    lines: list[Line] = []
    chain = [*jobs(3), Job("last", "Last", {"n": 1}, after="job 2")]
    swept = run(square, 100, chain, about="x", workers=workers, on_line=lines.append)
    assert {k: v["value"] for k, v in swept.outcomes.items()} == {"job 0": 100, "job 1": 101, "job 2": 104, "last": 205}
    assert swept.reused == ()
    assert swept.stopped == ()
    done = [line.job.key for line in lines if line.state == "done"]
    assert sorted(done) == ["job 0", "job 1", "job 2", "last"]
    assert done.index("job 2") < done.index("last")


def test_what_was_done_with_the_same_input_is_not_done_again(tmp_path: Path) -> None:
    """The journal answers for the same facts and arguments, and for no others; a torn last line is no outcome."""
    journal, mark = tmp_path / "sweep.jsonl", tmp_path / "mark"
    run(square, 0, jobs(3, mark=str(mark)), about="facts", journal=journal, workers=1)
    with journal.open("ab") as file:
        file.write(b'{"key": "job 3", "outc')
    again = run(square, 0, jobs(4, mark=str(mark)), about="facts", journal=journal, workers=1)
    assert again.reused == ("job 0", "job 1", "job 2")
    assert again.outcomes["job 3"]["value"] == 9
    assert mark.read_text().split() == ["0", "1", "2", "3"]
    third = run(square, 0, jobs(4, mark=str(mark)), about="facts", journal=journal, workers=1)
    assert len(third.reused) == 4, "the line after a torn one was lost"
    other = run(square, 5, jobs(4, mark=str(mark)), about="other facts", journal=journal, workers=1)
    assert other.reused == ()
    assert other.outcomes["job 3"]["value"] == 14


def test_a_killed_sweep_goes_on_where_it_was_and_leaves_no_process(tmp_path: Path) -> None:
    """kill -9 in the middle: what had ended is there, the workers end, the second run does the rest only."""
    journal, mark = tmp_path / "sweep.jsonl", tmp_path / "mark"
    script = (
        "from tests.scenarios.test_sweep import *\n"
        "if __name__ == '__main__':\n"
        f"    run(square, 0, jobs(6, wait=0.6, mark={str(mark)!r}), about='f', journal=Path({str(journal)!r}))\n"
    )
    file = tmp_path / "killed.py"
    file.write_text(script, encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(file)], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    ends = time.monotonic() + 60
    while (not journal.exists() or journal.read_bytes().count(b"\n") < 2) and time.monotonic() < ends:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stored = {json.loads(line)["key"] for line in journal.read_text().splitlines()}
    assert 2 <= len(stored) < 6
    time.sleep(1.0)
    begun = mark.read_text().split()
    time.sleep(1.0)
    assert mark.read_text().split() == begun, "a worker outlived its sweep"
    swept = run(square, 0, jobs(6, wait=0.6, mark=str(mark)), about="f", journal=journal)
    assert set(swept.reused) == stored
    assert {k: v["value"] for k, v in swept.outcomes.items()} == {f"job {n}": n * n for n in range(6)}
    assert len(mark.read_text().split()) == len(begun) + 6 - len(stored)


def test_a_process_that_dies_is_replaced_and_its_job_begun_anew(tmp_path: Path) -> None:
    """One death costs time, not the sweep."""
    swept = run(square, 0, [*jobs(2), Job("dies", "Dies", {"n": 3, "dies": str(tmp_path / "once")})], about="x")
    assert swept.outcomes["dies"]["value"] == 9
    assert len(swept.outcomes) == 3


def test_what_a_job_raises_comes_back_as_it_was_after_the_others_are_stored(tmp_path: Path) -> None:
    """A user's error keeps its class and words; what ran beside it is in the journal."""
    journal = tmp_path / "sweep.jsonl"
    both = [Job("slow", "Slow", {"n": 2, "wait": 0.5}), Job("wrong", "Wrong", {"n": 1, "wrong": True})]
    with pytest.raises(UsageError, match="no such number"):
        run(square, 0, both, about="x", journal=journal)
    assert [json.loads(line)["key"] for line in journal.read_text().splitlines()] == ["slow"]


def test_a_stopped_sweep_gives_what_it_has_and_stores_only_what_is_whole(tmp_path: Path) -> None:
    """Stop: running jobs give the best they have, which is not kept as their outcome; waiting ones do not begin."""
    journal = tmp_path / "sweep.jsonl"
    done: list[str] = []

    def note(line: Line) -> None:
        if line.state == "done":
            done.append(line.job.key)

    swept = run(
        square, 0, jobs(5, wait=0.4), about="x", journal=journal, workers=2, on_line=note, stop=lambda: len(done) >= 2
    )
    assert set(done) <= set(swept.outcomes)
    assert set(swept.stopped) == {f"job {n}" for n in range(5)} - set(done)
    assert {json.loads(line)["key"] for line in journal.read_text().splitlines()} == set(done)
