"""A line of progress for each of many solves, on stderr: rewritten in place on a terminal, one line per event else."""

from __future__ import annotations

import shutil
import sys

import click

from bookwright.scenarios.sweep import Line


class SweepWatch:
    """Shows what every job of a sweep does now; off a terminal it says when one begins and when it ends."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.live = sys.stderr.isatty()
        self._lines: dict[str, str] = {}
        self._drawn = 0

    def __call__(self, line: Line) -> None:
        """Show one change of one job."""
        if self.quiet:
            return
        words = {"running": "...", "done": "done", "stored": "kept", "stopped": "stopped"}[line.state]
        text = f"{line.job.title}: {words} {line.seconds:5.1f} s  {line.text}".rstrip()
        if not self.live:
            if line.state != "running" or line.text == "begun":
                click.echo(text, err=True)
            return
        self._lines[line.job.key] = text
        self._draw()

    def _draw(self) -> None:
        """Draw all lines anew over those drawn before."""
        columns, rows = shutil.get_terminal_size((100, 24))
        shown = list(self._lines.values())[-max(1, rows - 2) :]
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        click.echo(up + "".join(f"\x1b[2K{text[: columns - 1]}\n" for text in shown), err=True, nl=False)
        self._drawn = len(shown)
