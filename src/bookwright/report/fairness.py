"""Fairness on demand: several measures side by side, per segment, today's books against the plan's.

For whoever leads the teams, not for reviewers: envy in particular compares named people and stands in nothing that is
sent out. A CSM counts in the segment that most of their hours are for under the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SWAP = 0.1
"""Another book's hours per ARR must be lower by more than this share before somebody would swap."""
LOSS = {"low": 0.01, "stated": 0.03, "stress": 0.15}
"""Assumed share of the ARR of chosen moves that is lost because of the move: assumptions, not measured."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Fairness of some books. Spreads are highest less lowest; None where there are no hours or no ARR.

    `gini_arr` = sum of all |a - b| / (2 n^2 mean), 0 = equal (Gini 1912); `max_to_mean_arr`; `variation_arr` = standard
    deviation / mean; `envy` = how many CSMs would swap books with somebody, by hours per ARR: another book asks for
    fewer hours for the same ARR, by more than a tenth (whole accounts cannot be shared out finer).
    """

    csms: int
    utilization_spread: float | None
    arr_spread: float | None
    gini_arr: float | None
    max_to_mean_arr: float | None
    variation_arr: float | None
    envy: int


@dataclass(frozen=True, slots=True)
class Fairness:
    """Measures by segment ("" = all), before and after, and expected ARR at risk of the chosen moves by assumption."""

    before: Mapping[str, Measures]
    after: Mapping[str, Measures]
    arr_at_risk: Mapping[str, float]


def gini(values: Floats) -> float | None:
    """Gini coefficient: 0 = all equal, near 1 = one has everything; None where all is nothing."""
    total = float(values.sum())
    if not len(values) or total <= 0:
        return None
    order = np.sort(values)
    rank = np.arange(1, len(order) + 1)
    # Half the relative mean difference, summed over the sorted values.
    return float((2 * rank - len(order) - 1) @ order / (len(order) * total))


def measures(arr: Floats, hours: Floats, capacity: Floats) -> Measures:
    """Fairness of books given by ARR, hours and capacity (CSMs,)."""
    has = capacity > 0
    used = hours[has] / capacity[has]
    money = arr[has]
    mean = float(money.mean()) if len(money) else 0.0
    return Measures(
        csms=int(has.sum()),
        utilization_spread=float(used.max() - used.min()) if len(used) else None,
        arr_spread=float(money.max() - money.min()) if len(money) else None,
        gini_arr=gini(money),
        max_to_mean_arr=float(money.max() / mean) if mean > 0 else None,
        variation_arr=float(money.std() / mean) if mean > 0 else None,
        envy=int(_envies(money, hours[has]).sum()),
    )


def _envies(arr: Floats, hours: Floats) -> Bools:
    """Who would swap with somebody: some other book has fewer hours per ARR by more than `SWAP`.

    Hours without any ARR are the worst book there is; a book without hours envies nobody.
    """
    works = hours > 0
    per_arr = np.where(arr > 0, hours / np.where(arr > 0, arr, 1.0), np.inf)
    per_arr = np.where(works, per_arr, 0.0)
    # An empty book is nothing to swap for: it has no ARR either.
    least = float(per_arr[works].min()) if works.any() else 0.0
    return works & (per_arr * (1 - SWAP) > least)


def fairness(plan: Plan) -> Fairness:
    """All measures of a plan against today's books."""
    problem = plan.problem
    today = Plan.today(problem)
    kinds = len(problem.segments)
    owned = plan.csm_of >= 0
    where = plan.csm_of[owned].astype(np.intp) * kinds + problem.segment[owned]
    hours = np.bincount(where, weights=problem.hours[owned], minlength=len(problem.csms) * kinds)
    main = hours.reshape(len(problem.csms), kinds).argmax(axis=1)
    there = np.array([not gone for gone in problem.leaves])
    filled = np.array([book.accounts > 0 for book in plan.books])
    found: list[dict[str, Measures]] = []
    for one in (today, plan):
        arr = np.array([b.arr for b in one.books])
        used = np.array([b.hours for b in one.books])
        parts = {"": there}
        parts |= {name: there & filled & (main == k) for k, name in enumerate(problem.segments)}
        found.append({n: measures(arr[p], used[p], problem.capacity_hours[p]) for n, p in parts.items() if p.any()})
    chosen = {m.account_id for m in plan.moves if m.kind == "chosen"}
    moved = sum(a.arr for a in problem.accounts if a.id in chosen)
    return Fairness(found[0], found[1], {name: moved * share for name, share in LOSS.items()})


def lines(found: Fairness) -> list[list[str]]:
    """The measures as rows of a table: header, then one row per segment and measure."""
    out = [["Segment", "Measure", "Before", "After"]]
    for name, after in found.after.items():
        before = found.before[name]
        for f in fields(Measures):
            if f.name != "csms":
                pair = (_shown(f.name, getattr(before, f.name)), _shown(f.name, getattr(after, f.name)))
                out.append([name or "All", f.name.replace("_", " "), *pair])
    for name, value in found.arr_at_risk.items():
        out.append(["All", f"ARR at risk, {name} ({LOSS[name]:.0%} of moved ARR)", "", f"{value:,.0f}"])
    return out


def as_json(found: Fairness) -> dict[str, Any]:
    """The measures as plain values."""
    return asdict(found)


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name == "utilization_spread":
        return f"{value:.1%}"
    return f"{value:,.0f}" if name in ("arr_spread", "envy") else f"{value:.3f}"
