"""Headcount: bottom-up beside the rules of thumb and why they differ; hires against tooling."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bookwright.capacity.analysis import Capacity, SegmentCase

REMOVABLE = (0.20, 0.30)
"""What one article (Pivotal Path) holds to be removable by tooling that is well set up: 20-30 % of the work."""


@dataclass(frozen=True, slots=True)
class Trade:
    """n hires beside the tooling that gives as many hours: `share` of the automatable touchpoints' hours."""

    hires: int
    hours: float
    share_of_automatable: float | None
    share_of_all: float
    cost_per_month: float | None

    @property
    def verdict(self) -> str:
        """Whether tooling could do it, in words."""
        if self.share_of_automatable is None or self.share_of_automatable > 1:
            return "more than all that could be automated"
        low, high = REMOVABLE
        if self.share_of_all <= low:
            return "within what tooling is said to remove (20-30 % of the work)"
        return "at the edge of it" if self.share_of_all <= high else "beyond it"


def trades(capacity: Capacity, most: int = 12) -> tuple[Trade, ...]:
    """From one hire up to what the short hours ask for (at least three rows): hours, tooling equal to them, cost."""
    total = sum(p.hours for p in capacity.parts)
    automatable = sum(p.hours * p.automatable for p in capacity.parts)
    missing = sum(s.not_served for s in capacity.segments)
    count = min(most, max(3, math.ceil(missing / capacity.hours_per_csm)))
    cost = capacity.cost_per_csm
    found = []
    for n in range(1, count + 1):
        hours = n * capacity.hours_per_csm
        found.append(
            Trade(
                n,
                hours,
                hours / automatable if automatable else None,
                hours / total if total else 0.0,
                n * cost if cost is not None else None,
            )
        )
    return tuple(found)


def explain_top_down(capacity: Capacity, segment: SegmentCase, rule: float) -> str:
    """Why hours and a rule of ARR per CSM differ for a segment, in one sentence."""
    if segment.arr_per_csm is None or not segment.arr:
        return f"{segment.name}: no hours or no ARR to compare."
    holds = segment.arr_per_csm
    full = capacity.hours_per_csm * capacity.target
    head = (
        f"{segment.name}: {full:,.0f} h hold {segment.customers_per_csm:,.1f} accounts with {holds:,.0f} of ARR; "
        f"the rule supposes {rule:,.0f}"
    )
    ratio = holds / rule
    if 0.9 <= ratio <= 1.1:
        return head + ": about the same."
    if ratio > 1:
        return head + f", {ratio:.1f} x as many CSMs as the hours need: accounts pay much for the hours they take."
    return (
        head + f", {ratio:.2f} x the CSMs that the hours need: accounts take more hours than they pay for by the rule."
    )
