"""What is seen while a plan is searched for, on stderr; and Ctrl-C, which ends the search and keeps the best plan."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import click

from bookwright.engine import Progress
from bookwright.solve import unit_of

T = TypeVar("T")


class Watch:
    """Shows each improvement: seconds left, priority, value, bound and gap. One line rewritten on a terminal."""

    def __init__(self, time_limit: float | None, quiet: bool = False) -> None:
        self.time_limit = time_limit
        self.quiet = quiet
        self.live = sys.stderr.isatty()
        self._shown = ""
        self._last: dict[str, str] = {}

    def __call__(self, progress: Progress) -> None:
        """Show one step of the search."""
        if self.quiet:
            return
        line = self._line(progress)
        if line == self._shown:
            return
        self._shown = line
        if self.live:
            click.echo(f"\r\x1b[2K{line}", err=True, nl=False)
        else:
            click.echo(line, err=True)

    def _line(self, p: Progress) -> str:
        size, unit = unit_of(p.name)
        left = "" if self.time_limit is None else f"{max(0.0, self.time_limit - p.seconds):4.0f} s left  "
        if p.hard_breach > 0:
            return f"{left}hard rules not yet kept ({p.hard_breach:.3g} over their limits)"
        if unit in ("points", "accounts"):
            value, bound = f"{p.value / size:,.1f} {unit}", f"{p.bound / size:,.1f}"
            gap = (p.value - p.bound) / p.value if p.value else 0.0
        else:
            value, bound = f"{p.value / size:.3%}", f"{p.bound / size:.3%}"
            gap = (p.value - p.bound) / size
        names = {
            "ramp": "new hires over their hours",
            "hours": "hours over 100 %",
            "balance": "outside the bands",
            "changes": "changes from the last round",
            "moves": "price of moves",
            "evenness": "spread",
        }
        return f"{left}{names.get(p.name, p.name)}: {value}, proved at least {bound}, gap {gap:.2%}"

    def close(self) -> None:
        """End the rewritten line."""
        if self.live and self._shown and not self.quiet:
            click.echo("\r\x1b[2K", err=True, nl=False)


def prepare(quiet: bool = False) -> None:
    """Compile the search where this installation has not yet, and say so when it takes a while."""
    from bookwright.planner import warm_up

    note = threading.Timer(
        6.0, click.echo, ("Compiling the search: once per installation, about half a minute ...", None, True, True)
    )
    if not quiet:
        note.start()
    try:
        warm_up()
    finally:
        note.cancel()


def interruptible(work: Callable[[Callable[[], bool]], T]) -> tuple[T, bool]:
    """Run `work(stop)` on a thread of its own; Ctrl-C makes `stop()` true and waits for the best plan so far.

    Returns what work returned and whether it was interrupted. A second Ctrl-C ends at once.
    """
    stop, done = threading.Event(), threading.Event()
    box: dict[str, Any] = {}

    def run() -> None:
        try:
            box["result"] = work(stop.is_set)
        except BaseException as error:
            box["error"] = error
        finally:
            done.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    interrupted = False
    # Not thread.join: interrupted, it takes a running thread for ended (CPython issue 45274). Short waits, so that the
    # signal is seen at once on every platform.
    while not done.is_set():
        try:
            done.wait(0.1)
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            stop.set()
            click.echo("\nStopping; the best plan so far is written (Ctrl-C again: at once, without it).", err=True)
    if "error" in box:
        raise box["error"]
    return box["result"], interrupted
