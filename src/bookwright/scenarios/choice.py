"""One plan among several, as plain figures: what leaders lay side by side, and what a sweep stores of each solve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bookwright.books import MoveKind, Plan
from bookwright.result import PriorityReport, Result

FULL = 1.0
_EPS = 1e-6


@dataclass(frozen=True)
class Choice:
    """A plan in figures. Hours are a month; `hours_over` and `outside` are what hours and balance are scored by.

    `hours_over` = hours over 100 % as a share of all hours, `outside` = what lies outside the bands as a share of the
    measures' totals (the part beyond a band's width twice), `price` = points of the chosen moves. Each with the bound
    that is proved (None where nothing is) and, for `price`, the gap as a fraction. `csm_of` is account id -> CSM id.
    """

    key: str
    title: str
    changed: tuple[str, ...]
    status: str
    stopped_by: str
    chosen: int
    forced: int
    placed: int
    moved_arr: float
    csms_over: int
    over_hours: float
    highest: float | None
    lowest: float | None
    hours_over: float
    outside: float
    spread: float | None
    price: float
    price_bound: float | None
    price_gap: float | None
    outside_bound: float | None
    outside_gap: float | None
    fewest_moves: int | None
    unassigned: int
    hard_breaches: int
    plan_id: str
    plan_hash: str
    seconds: float
    accounts: int
    csms: int
    out: str = ""
    verdict: str = ""
    limit: float | None = None
    """The limit on `breach` this plan was made for, where it is a point of a frontier."""
    csm_of: Mapping[str, str | None] = field(default_factory=dict, repr=False)

    @property
    def moves(self) -> int:
        """All accounts that change hands."""
        return self.chosen + self.forced + self.placed

    @property
    def breach(self) -> float:
        """What hours and balance ask for and do not get: hours over 100 % and what is outside the bands, as shares."""
        return self.hours_over + self.outside

    def plain(self) -> dict[str, Any]:
        """As a sweep stores it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, stored: Mapping[str, Any]) -> Choice:
        """Back from what `plain` gave."""
        known = {k: v for k, v in stored.items() if k in cls.__dataclass_fields__}
        return cls(**{**known, "changed": tuple(stored.get("changed", ()))})


def choice_of(
    result: Result,
    key: str,
    title: str,
    *,
    changed: tuple[str, ...] = (),
    out: str = "",
    verdict: str = "",
    limit: float | None = None,
) -> Choice:
    """A result in figures."""
    plan, levels = result.plan, {p.name: p for p in result.priorities}
    used = _utilizations(plan)
    price, outside, hours = levels.get("moves"), levels.get("balance"), levels.get("hours")
    over = [(b.hours - b.capacity_hours) for b in plan.books if b.hours > b.capacity_hours * FULL + _EPS]
    counts = {kind: len(plan.moves_of(kind)) for kind in MoveKind}
    arr = {a.id: a.arr for a in result.problem.accounts}
    return Choice(
        key=key,
        title=title,
        changed=changed,
        status=result.status.value,
        stopped_by=result.stopped_by.value,
        chosen=counts[MoveKind.CHOSEN],
        forced=counts[MoveKind.FORCED],
        placed=counts[MoveKind.PLACED],
        moved_arr=sum(arr[m.account_id] for m in plan.moves),
        csms_over=len(over),
        over_hours=sum(over),
        highest=max(used, default=None),
        lowest=min(used, default=None),
        hours_over=0.0 if hours is None else hours.value,
        outside=0.0 if outside is None else outside.value,
        spread=max(used) - min(used) if used else None,
        price=0.0 if price is None else price.value,
        price_bound=None if price is None else price.bound,
        price_gap=_gap(price),
        outside_bound=None if outside is None else outside.bound,
        outside_gap=_gap(outside),
        fewest_moves=result.fewest_moves,
        unassigned=len(plan.unassigned),
        hard_breaches=sum(b.hard for b in result.breaches),
        plan_id=result.plan_id,
        plan_hash=plan.plan_hash,
        seconds=float(result.seconds.get("solve", 0.0)),
        accounts=len(result.problem.accounts),
        csms=len(result.problem.csms),
        out=out,
        verdict=verdict,
        limit=limit,
        csm_of=dict(plan.by_account),
    )


def _gap(priority: PriorityReport | None) -> float | None:
    return None if priority is None else float(priority.gap)


def _utilizations(plan: Plan) -> list[float]:
    """Utilization of every CSM who is there at the horizon's end."""
    problem = plan.problem
    return [
        float(u) for j, book in enumerate(plan.books) if not problem.leaves[j] and (u := book.utilization) is not None
    ]
