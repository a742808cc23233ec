"""Sending hand-overs: per CSM a workbook and Markdown of what comes and what leaves, and letters to the customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bookwright.export.brief import Brief
from bookwright.export.brief_sheets import hand_over_workbook
from bookwright.export.brief_text import hand_over_text
from bookwright.export.changes import Transition
from bookwright.export.letter import TEMPLATE, letter
from bookwright.findings import UsageError
from bookwright.tables.write import write
from bookwright.tables.write_file import place_text, safe_name


@dataclass(frozen=True, slots=True)
class Handed:
    """What one CSM gets: how many accounts come and leave, and where their files are."""

    csm: str
    coming: int
    leaving: int
    workbook: Path
    text: Path


@dataclass(frozen=True)
class HandOvers:
    """Everything that was written."""

    files: tuple[Handed, ...]
    letters: tuple[Path, ...]


def send(moves: Transition, briefs: Sequence[Brief], folder: str | Path, *, template: str = TEMPLATE) -> HandOvers:
    """Write one workbook and one text per CSM who receives or gives an account, and a letter per account.

    Into a new or empty folder only: a checklist that somebody filled in is never written over.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(
            f"{place} is there already and not empty; checklists are not written over. Maybe another folder."
        )
    (place / "letters").mkdir(parents=True)
    csms = moves.proposal.problem.portfolio.csms
    currency = moves.proposal.problem.portfolio.currency or moves.proposal.problem.model.currency
    files, taken = [], []  # type: ignore[var-annotated]
    for csm in csms:
        coming = [b for b in briefs if b.change.csm_to == csm.id]
        leaving = [b for b in briefs if b.change.csm_from == csm.id]
        if not coming and not leaving:
            continue
        name = safe_name(f"Hand-over {moves.proposal.csm_label(csm.id)}", taken)
        taken.append(name)
        made = write(hand_over_workbook(moves, csm.id, coming, leaving), place / f"{name}.xlsx").path
        told = hand_over_text(moves.proposal.csm_label(csm.id), coming, leaving, currency)
        text = place_text(place / f"{name}.md", told)
        files.append(Handed(moves.proposal.csm_label(csm.id), len(coming), len(leaving), made, text))
    letters, taken = [], []
    for brief in briefs:
        taken.append(safe_name(f"{brief.title} {brief.change.account.id}", taken))
        letters.append(place_text(place / "letters" / f"{taken[-1]}.txt", letter(moves, brief, template)))
    return HandOvers(tuple(files), tuple(letters))
