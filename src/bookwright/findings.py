"""Findings: what is said about the input, where it stands, how bad it is, and a way out.

Findings are collected and shown together, never thrown one by one. The few exceptions of the package live here too,
because every room may raise them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is: an error stops the run, a warning states the assumption taken, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying about the input.

    `message` is a full sentence with the value in it; `advice` starts with "Maybe"; `cells` are addresses in letters
    ("D17"), the first of them the place, the rest "n more like it".
    """

    code: str
    severity: Severity
    message: str
    advice: str = ""
    file: str = ""
    sheet: str = ""
    cells: tuple[str, ...] = ()
    value: str = ""
    count: int = 1

    @property
    def place(self) -> str:
        """Where it stands, as people write it: `accounts.xlsx, sheet "Q3", cell F118`."""
        parts = [self.file] if self.file else []
        if self.sheet:
            parts.append(f'sheet "{self.sheet}"')
        if self.cells:
            parts.append(f"cell {self.cells[0]}")
        return ", ".join(parts)

    @property
    def text(self) -> str:
        """The whole finding in one line, ready to print."""
        head = f"{self.place}: " if self.place else ""
        line = f"{head}{self.message}"
        if self.advice:
            line += f" {self.advice}"
        more = self.cells[1:6]
        others = max(self.count - 1, len(self.cells) - 1)
        if others > 0 and more:
            tail = f", and {others - len(more)} more" if others > len(more) else ""
            line += f" {others} more like it: {', '.join(more)}{tail}."
        elif others > 0:
            line += f" {others} more like it."
        return line


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a run, worst first when shown."""

    items: tuple[Finding, ...] = ()

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, other: Findings | Iterable[Finding]) -> Findings:
        return Findings(self.items + tuple(other))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a run."""
        return tuple(f for f in self.items if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that state an assumption taken."""
        return tuple(f for f in self.items if f.severity is Severity.WARNING)

    def sorted(self) -> Findings:
        """Worst first, otherwise in the order found."""
        return Findings(tuple(sorted(self.items, key=lambda f: _RANK[f.severity])))

    def stop_on_errors(self) -> None:
        """Raise `InputError` with all errors at once when there is any."""
        if self.errors:
            raise InputError(self)


class BookwrightError(Exception):
    """Something a user can mend. The message is for people; `exit_code` is what the command line answers."""

    exit_code = 3


class InputError(BookwrightError):
    """Cells, references or settings that cannot be resolved: nothing was solved."""

    exit_code = 3

    def __init__(self, findings: Findings | Finding | str) -> None:
        if isinstance(findings, str):
            findings = Finding("input", Severity.ERROR, findings)
        if isinstance(findings, Finding):
            findings = Findings((findings,))
        self.findings = findings
        super().__init__("\n".join(f.text for f in findings.errors) or "The input cannot be read.")


class UsageError(BookwrightError):
    """The call itself is off: an option, a name, a file that is not there."""

    exit_code = 2


class ReviewError(BookwrightError):
    """Review conflicts, a stale file, or a plan store that is missing."""

    exit_code = 6
