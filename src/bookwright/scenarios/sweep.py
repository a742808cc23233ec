"""Many solves side by side in processes: a line of progress for each, each outcome stored as it ends.

A sweep is a list of jobs and one function that does a job. Outcomes are appended to a journal beside what they make;
a sweep that was killed takes from it what was done with the same input and goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bookwright.scenarios.pool import Pool

Outcome = Mapping[str, Any]
"""What a job comes to: plain values that JSON can hold."""


class Work(Protocol):
    """Does one job; a function of a module, so that a fresh process finds it by name.

    `shared` is the same for all jobs, `args` are the job's (with "before" = the outcome of the job it comes after),
    `tell` shows how far it is, `stop` says that the best so far is wanted now.
    """

    def __call__(
        self, shared: Any, args: Mapping[str, Any], tell: Callable[[str], None], stop: Callable[[], bool]
    ) -> Outcome:
        """Do it and return plain values."""
        ...


@dataclass(frozen=True)
class Job:
    """One solve: `key` names its stored outcome, `title` its line of progress; `after` is the key of another job."""

    key: str
    title: str
    args: Mapping[str, Any]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What a job's line shows now: `state` is running, done, stored (by an earlier run) or stopped."""

    job: Job
    state: str
    text: str
    seconds: float


@dataclass(frozen=True)
class Swept:
    """Outcomes by job key. `reused` were stored by an earlier run; `stopped` were interrupted and are not stored."""

    outcomes: Mapping[str, Outcome]
    reused: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()


def run(
    work: Work,
    shared: Any,
    jobs: Sequence[Job],
    *,
    about: str,
    journal: Path | None = None,
    workers: int = 2,
    pool: Pool | None = None,
    still: Callable[[Outcome], bool] = bool,
    on_line: Callable[[Line], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Swept:
    """Do all jobs, at most `workers` at a time, each in a process of its own beyond one; outcomes by key.

    `about` is a fingerprint of all that `shared` holds: outcomes in the journal count only for the same one, the same
    arguments and the same versions, and where `still` says that what they speak of is there. Jobs start in order, a
    job with `after` once that one is done. What a job raises is raised here, after the others that run are stored.
    With a `pool` of the same work and shared input, its processes are used and left running for the next sweep.
    """
    show = on_line or (lambda line: None)
    prints = _fingerprints(work, jobs, about)
    kept = {} if journal is None else _stored(journal)
    outcomes: dict[str, Outcome] = {}
    for job in jobs:
        record = kept.get(job.key)
        if record is not None and record["fingerprint"] == prints[job.key] and still(record["outcome"]):
            outcomes[job.key] = record["outcome"]
            show(Line(job, "stored", "done by an earlier run", float(record["seconds"])))
    reused = tuple(outcomes)
    halted = stop or (lambda: False)

    def store(job: Job, outcome: Outcome, seconds: float) -> None:
        outcomes[job.key] = outcome
        if journal is not None:
            record = {"key": job.key, "fingerprint": prints[job.key], "seconds": round(seconds, 3), "outcome": outcome}
            _append(journal, record)

    left = [job for job in jobs if job.key not in outcomes]
    if pool is not None:
        stopped = _side_by_side(pool, left, store, outcomes, show, halted)
    elif workers <= 1 or len(left) <= 1:
        stopped = _here(work, shared, left, store, outcomes, show, halted)
    else:
        with Pool(work, shared, min(workers, len(left))) as own:
            stopped = _side_by_side(own, left, store, outcomes, show, halted)
    return Swept(outcomes, reused, stopped)


def _here(
    work: Work,
    shared: Any,
    left: Sequence[Job],
    store: Callable[[Job, Outcome, float], None],
    outcomes: dict[str, Outcome],
    show: Callable[[Line], None],
    halted: Callable[[], bool],
) -> tuple[str, ...]:
    """One job after the other in this process."""
    stopped = []
    for job in left:
        began = time.perf_counter()
        if halted():
            stopped.append(job.key)
            continue

        def tell(text: str, job: Job = job, began: float = began) -> None:
            show(Line(job, "running", text, time.perf_counter() - began))

        tell("begun")
        outcome = work(shared, _args(job, outcomes), tell, halted)
        seconds = time.perf_counter() - began
        if halted():
            outcomes[job.key] = outcome
            stopped.append(job.key)
        else:
            store(job, outcome, seconds)
        show(Line(job, "stopped" if halted() else "done", str(outcome.get("said", "")), seconds))
    return tuple(stopped)


def _side_by_side(
    pool: Pool,
    left: Sequence[Job],
    store: Callable[[Job, Outcome, float], None],
    outcomes: dict[str, Outcome],
    show: Callable[[Line], None],
    halted: Callable[[], bool],
) -> tuple[str, ...]:
    waiting = {job.key: job for job in left}
    stopped: list[str] = []
    error: BaseException | None = None
    while waiting or pool.busy:
        if error is not None or halted():
            stopped.extend(waiting)
            waiting.clear()
            if halted():
                pool.halt()
        for job in [j for j in waiting.values() if j.after is None or j.after in outcomes][: pool.idle]:
            del waiting[job.key]
            pool.begin(job, _args(job, outcomes))
            show(Line(job, "running", "begun", 0.0))
        if waiting and not pool.busy and not any(j.after in outcomes for j in waiting.values()):
            raise ValueError(f"nothing can begin: {', '.join(waiting)} wait for jobs that are not there")
        for job, kind, value, seconds in pool.heard(0.1):
            if kind == "told":
                show(Line(job, "running", str(value), seconds))
            elif kind == "raised":
                error = error or value
            elif halted():
                outcomes[job.key] = value
                stopped.append(job.key)
                show(Line(job, "stopped", str(value.get("said", "")), seconds))
            else:
                store(job, value, seconds)
                show(Line(job, "done", str(value.get("said", "")), seconds))
    if error is not None:
        raise error
    return tuple(stopped)


def _args(job: Job, outcomes: Mapping[str, Outcome]) -> Mapping[str, Any]:
    return job.args if job.after is None else {**job.args, "before": outcomes[job.after]}


def _fingerprints(work: Work, jobs: Sequence[Job], about: str) -> dict[str, str]:
    """sha256 per job of what its outcome depends on; a job that comes after another depends on that one's, too."""
    from bookwright.provenance import versions_here  # not needed by the processes, which load this file too

    name = f"{getattr(work, '__module__', '')}.{getattr(work, '__qualname__', '')}"
    head = [name, about, dict(versions_here())]
    found: dict[str, str] = {}
    for job in jobs:
        earlier = found.get(job.after or "", job.after)
        text = json.dumps([head, job.key, dict(job.args), earlier], sort_keys=True, default=str)
        found[job.key] = hashlib.sha256(text.encode()).hexdigest()
    return found


def _stored(journal: Path) -> dict[str, dict[str, Any]]:
    """The records of a journal by key, later ones first; a line torn by a kill is no record."""
    if not journal.is_file():
        return {}
    found = {}
    for line in journal.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and {"key", "fingerprint", "seconds", "outcome"} <= set(record):
            found[str(record["key"])] = record
    return found


def _append(journal: Path, record: Mapping[str, Any]) -> None:
    """Add one line and have it on the disk before anything else happens."""
    with journal.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
            file.write(b"\n" if torn else b"")
        file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
