"""Processes that do jobs: started afresh (spawn), one engine thread each; they end when the one that started them does.

Nothing but plain values travels: the shared input once per process, arguments and outcomes per job.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bookwright import findings
from bookwright.findings import BookwrightError

if TYPE_CHECKING:
    from bookwright.scenarios.sweep import Job, Work

_TELL_SECONDS = 0.5
_TRIES = 2
_PATIENCE_SECONDS = 10.0


@dataclass(eq=False)
class _Worker:
    """A process, our end of its pipe, and what it does now."""

    process: Any
    pipe: Connection
    job: Job | None = None
    args: Mapping[str, Any] | None = None
    tries: int = 0
    began: float = 0.0


class Pool:
    """At most `size` processes, started when there is something to do."""

    def __init__(self, work: Work, shared: Any, size: int) -> None:
        self._work, self._shared, self._size = work, shared, size
        self._context = multiprocessing.get_context("spawn")
        self._halt = self._context.Event()
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in self._workers:
            with contextlib.suppress(OSError):
                worker.pipe.send(None)
        for worker in self._workers:
            worker.process.join(0.0 if kind is not None and worker.job is not None else _PATIENCE_SECONDS)
            if worker.process.is_alive():
                worker.process.terminate()
                worker.process.join()
            worker.pipe.close()

    @property
    def busy(self) -> int:
        """How many jobs run."""
        return sum(worker.job is not None for worker in self._workers)

    @property
    def idle(self) -> int:
        """How many more could."""
        return self._size - self.busy

    def halt(self) -> None:
        """Ask every running job for the best it has now."""
        self._halt.set()

    def begin(self, job: Job, args: Mapping[str, Any], tries: int = 1) -> None:
        """Hand a job to an idle process, or start one for it."""
        worker = next((w for w in self._workers if w.job is None), None) or self._start()
        worker.job, worker.args, worker.tries, worker.began = job, args, tries, time.perf_counter()
        worker.pipe.send(args)

    def heard(self, seconds: float) -> Iterator[tuple[Job, str, Any, float]]:
        """(job, told / did / raised, value, seconds so far) of what came within `seconds`.

        A job whose process died is tried once more in a fresh one.
        """
        listening = {worker.pipe: worker for worker in self._workers if worker.job is not None}
        for pipe in wait(list(listening), seconds):
            worker = listening[pipe]  # type: ignore[index]
            job = worker.job
            assert job is not None
            spent = time.perf_counter() - worker.began
            try:
                kind, value = worker.pipe.recv()
            except (EOFError, OSError):
                self._workers.remove(worker)
                worker.process.join()
                if worker.tries < _TRIES:
                    self.begin(job, worker.args or {}, worker.tries + 1)
                    yield job, "told", "its process ended; begun anew", spent
                else:
                    text = f"{job.title}: its process ended twice (exit code {worker.process.exitcode})."
                    yield job, "raised", BookwrightError(f"{text} Maybe not enough memory: try fewer workers."), spent
                continue
            if kind == "told":
                yield job, kind, value, spent
                continue
            worker.job = worker.args = None
            yield job, kind, _error(*value) if kind == "raised" else value, spent

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(self._work, self._shared, theirs, self._halt), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


def _error(name: str, text: str, trace: str = "") -> Exception:
    """What a job raised: an error that users can mend keeps its class, any other is a bug; its traceback is a note."""
    kind = getattr(findings, name, None)
    if isinstance(kind, type) and issubclass(kind, BookwrightError):
        return kind(text)
    bug = RuntimeError(f"{name}: {text}")
    bug.add_note(trace)
    return bug


def _serve(work: Work, shared: Any, pipe: Connection, halt: Any) -> None:
    """A worker's life: take arguments, do the job, send the outcome; end when told to, or when the parent is gone."""
    # Ctrl-C reaches every process of a terminal: the parent decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a solver's own code prints is no part of what a command prints.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    last, sending = [0.0], threading.Lock()

    def tell(text: str) -> None:
        now = time.monotonic()
        with sending:
            if now - last[0] >= _TELL_SECONDS:
                last[0] = now
                pipe.send(("told", text))

    while True:
        try:
            args = pipe.recv()
        except (EOFError, OSError):
            return
        if args is None:
            return
        try:
            reply: tuple[str, Any] = ("did", work(shared, args, tell, halt.is_set))
        except BookwrightError as error:
            reply = ("raised", (type(error).__name__, str(error)))
        except Exception as error:
            reply = ("raised", (type(error).__name__, str(error), traceback.format_exc()))
        with sending:
            pipe.send(reply)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
