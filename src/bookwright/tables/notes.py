"""Findings gathered while reading: one finding per kind and column, with the cells of all that are alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from bookwright.findings import Finding, Findings, Severity

_MOST_CELLS = 500


@dataclass(slots=True)
class _Group:
    finding: Finding
    cells: list[str] = field(default_factory=list)
    count: int = 0


class Notes:
    """Collects findings; those with the same code, place and key become one with a count."""

    def __init__(self, file: str = "", sheet: str = "") -> None:
        self._groups: dict[tuple[str, str, str, str], _Group] = {}
        self._file, self._sheet = file, sheet

    def at(self, file: str, sheet: str = "") -> Notes:
        """The same collection, for findings of one sheet."""
        here = Notes(file, sheet)
        here._groups = self._groups
        return here

    def add(
        self,
        code: str,
        severity: Severity,
        message: str,
        advice: str = "",
        *,
        cell: str = "",
        cells: tuple[str, ...] = (),
        value: str = "",
        key: str = "",
        count: int = 1,
    ) -> None:
        """Say something; the first of a group gives the words, the others their cells."""
        where = (code, self._file, self._sheet, key)
        group = self._groups.get(where)
        if group is None:
            finding = Finding(code, severity, message, advice, self._file, self._sheet, (), value)
            group = self._groups[where] = _Group(finding)
        group.count += count
        for address in (cell, *cells):
            if address and len(group.cells) < _MOST_CELLS:
                group.cells.append(address)

    def findings(self) -> Findings:
        """All that was said, worst first, otherwise in the order said."""
        made = []
        for group in self._groups.values():
            f = group.finding
            made.append(
                Finding(
                    f.code, f.severity, f.message, f.advice, f.file, f.sheet, tuple(group.cells), f.value, group.count
                )
            )
        return Findings(tuple(made)).sorted()


def letters(index: int) -> str:
    """The letters of a column counted from 0: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def many(count: int, noun: str) -> str:
    """ "1 account", "3 accounts", "1,200 accounts"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def show(value: object, most: int = 60) -> str:
    """A cell's value for a message: in quotation marks, cut when long, control characters made visible."""
    text = str(value)
    text = "".join(" " if c.isspace() else c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f'"{text[:most]}..."' if len(text) > most else f'"{text}"'
