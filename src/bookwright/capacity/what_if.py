"""What-if: more or less capacity, hires in a segment, tooling, growth; which work would get done that is not today."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bookwright.capacity.analysis import Capacity, Part
from bookwright.findings import UsageError

ORDER = (
    "Assumed: when hours are short, inbound and reactive work is done first, then internal work, then renewals and "
    "onboarding, then the rest in the order of the Touchpoints table."
)
"""What is left undone follows from this order; reorder the table to change it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `what` is capacity, tooling, hires or accounts; `amount` a fraction if `percent`, else a number."""

    what: str
    segment: str
    amount: float
    percent: bool
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hours a month that fit before and after, per segment and per touchpoint: (part, undone before, undone after)."""

    changes: tuple[Change, ...]
    segments: tuple[tuple[str, float, float], ...]
    """Segment, hours not done before and after."""
    done: tuple[tuple[Part, float, float], ...]
    idle_before: float
    idle_after: float
    no_csm: float = 0.0
    """Hours of accounts without a CSM, or whose CSM is gone by then; only hires or a plan change that."""
    assumption: str = ORDER
    worked: tuple[Worked, Worked] | None = field(default=None, compare=False, repr=False)
    """How it was worked out, before and after, for the sheet that shows it."""


@dataclass(frozen=True, eq=False)
class Worked:
    """Hours of each CSM (last row: accounts without one) by part: `need` and `undone` (CSMs + 1, parts), `have`."""

    have: NDArray[np.float64]
    need: NDArray[np.float64]
    undone: NDArray[np.float64]


def parse_change(text: str) -> Change:
    """A change as people write it: capacity=+20%, tooling=25%, hires:Enterprise=2, accounts:SMB=+50 (or +10%)."""
    match = re.fullmatch(r"\s*(capacity|tooling|hires|accounts)\s*(?::\s*(.+?))?\s*=\s*([+-]?[\d.]+)\s*(%?)\s*", text)
    known = "Known: capacity=+20%, tooling=25%, hires:Enterprise=2, accounts:SMB=+50."
    if match is None:
        raise UsageError(f"--what-if {text}: not understood. {known}")
    what, segment, number, percent = match[1], match[2] or "", match[3], bool(match[4])
    try:
        amount = float(number) / (100 if percent else 1)
    except ValueError as error:
        raise UsageError(f"--what-if {text}: {number} is no number. {known}") from error
    if what in ("capacity", "tooling") and (not percent or segment):
        raise UsageError(f"--what-if {text}: {what} takes a percentage and no segment. {known}")
    if what == "tooling" and not 0 <= amount <= 1:
        raise UsageError(f"--what-if {text}: tooling takes from 0 % to 100 %.")
    if what == "capacity" and amount < -1:
        raise UsageError(f"--what-if {text}: nobody has less than nothing.")
    if what in ("hires", "accounts") and not segment:
        raise UsageError(f"--what-if {text}: which segment? {known}")
    if what == "hires" and (percent or amount < 0):
        raise UsageError(f"--what-if {text}: hires takes a number of CSMs. {known}")
    return Change(what, segment, amount, percent, text.strip())


def what_if(capacity: Capacity, changes: Sequence[Change]) -> Outcome:
    """Which hours of which touchpoints fit before and after the changes, CSM by CSM, in the assumed order of work.

    Accounts without a CSM get nothing before and after; hires of a segment take what nobody had time for. `tooling`
    removes a share of the hours of touchpoints that are marked automatable. Raises `UsageError` for unknown segments.
    """
    segments = [s.name for s in capacity.segments]
    by_name = {name.casefold(): name for name in segments}
    for change in changes:
        if change.segment and change.segment.casefold() not in by_name:
            raise UsageError(f"--what-if {change.text}: no such segment. Known: {', '.join(segments)}.")
    have = np.append([c.capacity for c in capacity.csms], 0.0)
    need = capacity.part_hours
    new_have, new_need = have.copy(), need.copy()
    hires: dict[str, float] = {}
    for change in changes:
        inside = np.array([p.segment.casefold() == change.segment.casefold() for p in capacity.parts], dtype=bool)
        if change.what == "capacity":
            new_have = new_have * (1 + change.amount)
        elif change.what == "tooling":
            new_need = new_need * (1 - change.amount * np.array([p.automatable for p in capacity.parts]))
        elif change.what == "accounts":
            count = next(s.accounts for s in capacity.segments if s.name == by_name[change.segment.casefold()])
            growth = change.amount if change.percent else change.amount / count
            new_need[-1, inside] += growth * new_need[:, inside].sum(axis=0)
        else:
            name = by_name[change.segment.casefold()]
            hires[name] = hires.get(name, 0.0) + change.amount * capacity.hours_per_csm
    new_need = np.maximum(new_need, 0.0)
    before = Worked(have, need, _undone(capacity.parts, need, have))
    after = Worked(new_have, new_need, _undone(capacity.parts, new_need, new_have))
    undone, later = before.undone.sum(axis=0), after.undone.sum(axis=0)
    idle, idle_later = (float(s.have.sum() - s.need.sum() + s.undone.sum()) for s in (before, after))
    idle_later += _hired(capacity.parts, later, hires)
    rows = tuple((p, float(undone[k]), float(later[k])) for k, p in enumerate(capacity.parts))
    by_segment = tuple(
        (name, sum(b for p, b, _ in rows if p.segment == name), sum(a for p, _, a in rows if p.segment == name))
        for name in segments
    )
    lost = float(need[have <= 0].sum())
    return Outcome(tuple(changes), by_segment, rows, idle, idle_later, lost, worked=(before, after))


def _undone(parts: Sequence[Part], need: NDArray[np.float64], have: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours of each part that each CSM has no time for (CSMs, parts).

    CSM by CSM, in the order of the parts; where several come at once (the same place in the tables of several segments,
    or work that is not broken down), each is done in the same proportion.
    """
    orders = np.array([p.order for p in parts])
    left = have.copy()
    undone = np.zeros_like(need)
    for order in np.unique(orders).tolist():
        here = np.flatnonzero(orders == order)
        wanted = need[:, here].sum(axis=1)
        done = np.minimum(left, wanted)
        left -= done
        share = np.divide(done, wanted, out=np.ones_like(wanted), where=wanted > 0)
        undone[:, here] = need[:, here] * (1 - share)[:, None]
    return undone


def _hired(parts: Sequence[Part], undone: NDArray[np.float64], hires: Mapping[str, float]) -> float:
    """Take off `undone` what hires of each segment have time for, in the order of work; returns their hours left."""
    spare = 0.0
    for segment, hours in hires.items():
        for k in sorted(range(len(parts)), key=lambda k: parts[k].order):
            if parts[k].segment == segment:
                done = min(hours, float(undone[k]))
                undone[k] -= done
                hours -= done
        spare += hours
    return spare
