"""Need against capacity: per segment, per CSM, and by what is done with the time. Plain arithmetic, no search.

Hours are per month: accounts' average month, CSMs' last month of the horizon, as plans are held to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from bookwright.books import Plan
from bookwright.coverage_model import SegmentCoverage, Touchpoint
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Account, Csm, Kind, Status
from bookwright.problem import Problem
from bookwright.workload import Hours, Steps, full_hours

INBOUND, WHOLE = "Inbound", "Not broken down"
ACTIVITIES = ("proactive", "reactive", "internal", "not broken down")
_OUTCOMES = {
    "renewal_rate": ("renewal rate", "renewed", "gross renewal rate", "grr", "gross retention"),
    "expansion": ("expansion", "expansion rate", "net retention", "nrr", "net renewal rate"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One touchpoint (or inbound) of a segment: hours per account before multipliers, and hours of all accounts.

    `order` says what is done first when hours are short (an assumption, said with every answer that rests on it).
    """

    segment: str
    name: str
    activity: str
    channel: str
    order: int
    hours_each: float
    per_account: float
    automatable: float
    hours: float


@dataclass(frozen=True, slots=True)
class SegmentCase:
    """A segment: need and time in hours a month, ratios as results, headcount, coverage and outcomes.

    `available` = the capacity of those who have its accounts, by the hours each gives it. `served` = hours that fit
    into the books as they stand. `csms_needed` and `csms_today` count full CSMs (`Capacity.hours_per_csm`).
    """

    name: str
    accounts: int
    arr: float
    need: float
    by_coverage: float | None
    available: float
    served: float
    arr_not_served: float
    customers_per_csm: float | None
    arr_per_csm: float | None
    csms_needed: float
    csms_today: float
    top_down: tuple[float, ...]
    renewal_rate: float | None
    expansion: float | None
    health: float | None
    churned: int

    @property
    def short(self) -> float:
        """Hours short even if all who have its accounts shared evenly."""
        return max(0.0, self.need - self.available)

    @property
    def idle(self) -> float:
        """Hours left over."""
        return max(0.0, self.available - self.need)

    @property
    def not_served(self) -> float:
        """Hours that do not fit into the books as they stand."""
        return self.need - self.served

    @property
    def utilization(self) -> float | None:
        """Need / available."""
        return self.need / self.available if self.available else None

    @property
    def quality(self) -> float | None:
        """Coverage quality if books were even: available / need, at most 1."""
        return min(1.0, self.available / self.need) if self.need else None

    @property
    def quality_now(self) -> float | None:
        """Coverage quality as the books stand: served / need."""
        return self.served / self.need if self.need else None


@dataclass(frozen=True, slots=True)
class CsmCase:
    """A CSM: full hours, capacity in the last month, their book, and what its hours are for."""

    csm_id: str
    name: str
    full: float
    capacity: float
    accounts: int
    hours: float
    arr: float
    activities: tuple[float, ...]

    @property
    def utilization(self) -> float | None:
        """Hours of the book / capacity."""
        return self.hours / self.capacity if self.capacity else None

    @property
    def served_share(self) -> float:
        """The share of the book's hours that fit."""
        return min(1.0, self.capacity / self.hours) if self.hours else 1.0


@dataclass(frozen=True, eq=False)
class Capacity:
    """The whole picture. `need` and `given` are (CSMs, segments) hours; `part_hours` (CSMs + 1, parts), last = no CSM.

    `weights` (CSMs, segments) says how the hours of a CSM are given to segments: by the hours of the book; without a
    book, by the need of the segments they cover.
    """

    problem: Problem
    plan: Plan
    steps: tuple[Steps, ...]
    segments: tuple[SegmentCase, ...]
    csms: tuple[CsmCase, ...]
    parts: tuple[Part, ...]
    need: NDArray[np.float64]
    weights: NDArray[np.float64]
    part_hours: NDArray[np.float64]
    hours_per_csm: float
    target: float

    @property
    def given(self) -> NDArray[np.float64]:
        """Hours each CSM has for each segment."""
        return np.array([c.capacity for c in self.csms])[:, None] * self.weights

    @property
    def most_short(self) -> SegmentCase | None:
        """The most underserved segment by hours that do not fit the books."""
        worst = max(self.segments, key=lambda s: s.not_served, default=None)
        return worst if worst is not None and worst.not_served > 0.05 else None

    @property
    def most_arr_short(self) -> SegmentCase | None:
        """The most underserved segment by ARR: ARR x the share of its hours that does not fit."""
        worst = max(self.segments, key=lambda s: s.arr_not_served, default=None)
        return worst if worst is not None and worst.arr_not_served > 0.5 else None

    @property
    def cost_per_csm(self) -> float | None:
        """Cost of a CSM per month: the planning model's, else the mean of the CSMs sheet; None = not known."""
        if self.problem.model.headcount.cost_per_csm_month is not None:
            return self.problem.model.headcount.cost_per_csm_month
        costs = [c.cost_per_month for c in self.problem.csms if c.cost_per_month is not None]
        return fmean(costs) if costs else None


def analyse(problem: Problem, plan: Plan | None = None) -> Capacity:
    """What the accounts need against what the CSMs have, for today's books or for a plan."""
    plan = plan or Plan.today(problem)
    model = problem.model
    hours = Hours(model)
    steps = tuple(hours.steps(a) for a in problem.accounts)
    names = [s or "(no segment)" for s in problem.segments]
    m, n_segments = len(problem.csms), len(names)
    who = np.where(plan.csm_of >= 0, plan.csm_of, m)
    need = np.zeros((m + 1, n_segments))
    np.add.at(need, (who, problem.segment), problem.hours)
    capacity = problem.capacity_hours
    weights = _weights(problem, need)
    book = need[:m].sum(axis=1)
    share = np.append(np.where(book > 0, np.minimum(1.0, capacity / np.where(book > 0, book, 1.0)), 1.0), 0.0)
    parts, part_hours = _parts(problem, hours, steps, who)
    available = capacity @ weights
    people = [usual_hours(c, model) for c in problem.csms if c.kind is Kind.PERSON]
    standard = model.capacity.contract_hours_per_month * (1 - model.capacity.internal_share_percent / 100)
    hours_per_csm = fmean(people) if people and fmean(people) > 0 else standard
    target = model.headcount.target_utilization_percent / 100
    cases = []
    gone = [a for a in problem.portfolio.accounts if a.status is Status.CHURNED]
    for k, name in enumerate(names):
        mine = np.flatnonzero(problem.segment == k)
        members = [problem.accounts[i] for i in mine.tolist()]
        total, arr = float(problem.hours[mine].sum()), float(problem.arr[mine].sum())
        covered = [steps[i].by_coverage for i in mine.tolist()]
        mean = total / len(mine) if total else 0.0
        per_csm = hours_per_csm * target / mean if mean else None
        cases.append(
            SegmentCase(
                name=name,
                accounts=len(mine),
                arr=arr,
                need=total,
                by_coverage=sum(c or 0.0 for c in covered) if any(c is not None for c in covered) else None,
                available=float(available[k]),
                served=float((problem.hours[mine] * share[who[mine]]).sum()),
                arr_not_served=float((problem.arr[mine] * (1 - share[who[mine]]))[problem.hours[mine] > 0].sum()),
                customers_per_csm=per_csm,
                arr_per_csm=per_csm * arr / len(mine) if per_csm else None,
                csms_needed=total / (hours_per_csm * target),
                csms_today=float(available[k]) / hours_per_csm,
                top_down=tuple(arr / rule for rule in model.headcount.arr_per_csm),
                renewal_rate=_outcome(members, "renewal_rate"),
                expansion=_outcome(members, "expansion"),
                health=fmean(known) if (known := [a.health for a in members if a.health is not None]) else None,
                churned=sum((a.segment or "(no segment)") == name for a in gone),
            )
        )
    counts = np.bincount(who, minlength=m + 1)
    arr_of = np.bincount(who, weights=problem.arr, minlength=m + 1)
    kinds = np.array([[p.activity == a for a in ACTIVITIES] for p in parts], dtype=np.float64).reshape(-1, 4)
    spent = part_hours @ kinds
    csms = tuple(
        CsmCase(
            c.id,
            c.name,
            full_hours(c, model),
            float(capacity[j]),
            int(counts[j]),
            float(book[j]),
            float(arr_of[j]),
            tuple(spent[j].tolist()),
        )
        for j, c in enumerate(problem.csms)
    )
    return Capacity(
        problem, plan, steps, tuple(cases), csms, parts, need[:m], weights, part_hours, hours_per_csm, target
    )


def usual_hours(csm: Csm, model: PlanningModel) -> float:
    """A CSM's customer hours a month before reserved hours, productivity and ramp: what a hire would have."""
    if csm.customer_hours is not None:
        return csm.customer_hours
    contract = csm.contract_hours if csm.contract_hours is not None else model.capacity.contract_hours_per_month
    share = csm.internal_share if csm.internal_share is not None else model.capacity.internal_share_percent / 100
    return contract * (1 - share)


def _weights(problem: Problem, need: NDArray[np.float64]) -> NDArray[np.float64]:
    """How each CSM's hours are given to segments, rows adding up to 1 (0 where nothing they cover needs any)."""
    book = need[:-1].copy()
    total = need.sum(axis=0)
    for j, csm in enumerate(problem.csms):
        if book[j].sum() <= 0:
            covers = {s.casefold() for s in csm.segments}
            book[j] = [
                t if not covers or s.casefold() in covers else 0.0 for s, t in zip(problem.segments, total, strict=True)
            ]
    sums = book.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(book, sums, out=np.zeros_like(book), where=sums > 0))


def _parts(
    problem: Problem, hours: Hours, steps: Sequence[Steps], who: NDArray[np.int32]
) -> tuple[tuple[Part, ...], NDArray[np.float64]]:
    """Hours by touchpoint: an account's hours in the proportions of its segment's table; else one part of their own."""
    m = len(problem.csms)
    parts: list[Part] = []
    columns: list[NDArray[np.float64]] = []
    for k, segment in enumerate(problem.segments):
        mine = np.flatnonzero(problem.segment == k)
        name = segment or "(no segment)"
        table = hours.tables.get(segment.casefold())
        scaled = np.zeros(m + 1)
        rest = np.zeros(m + 1)
        total = 0.0 if table is None else table.total_hours
        for i in mine.tolist():
            if steps[i].origin in ("cell", "touchpoints") and total > 0:
                scaled[who[i]] += problem.hours[i]
            else:
                rest[who[i]] += problem.hours[i]
        if table is not None and total > 0:
            lines = [_line(table, t) for t in table.touchpoints if t.by_csm]
            if table.inbound_hours:
                lines.append((INBOUND, "reactive", "human", 0, 0.0, table.inbound_hours, 0.0))
            for at, (title, activity, channel, order, each, per, automatable) in enumerate(lines):
                column = scaled * per / total
                order = {"reactive": 0, "internal": 1}.get(activity, order) * 1000 + at
                found = Part(name, title, activity, channel, order, each, per, automatable, float(column.sum()))
                parts.append(found)
                columns.append(column)
        if rest.sum() > 0:
            each = float(rest.sum()) / max(1, len(mine))
            parts.append(Part(name, WHOLE, ACTIVITIES[3], "human", 3500, 0.0, each, 0.0, float(rest.sum())))
            columns.append(rest)
    return tuple(parts), np.array(columns).T.reshape(m + 1, len(columns))


def _line(table: SegmentCoverage, t: Touchpoint) -> tuple[str, str, str, int, float, float, float]:
    """A touchpoint as title, activity, channel, order, hours each, hours a month, automatable share."""
    order = 2 if t.once or t.before_renewal else 3
    return t.name, t.activity, t.channel, order, t.hours, table.hours_per_month(t), t.automatable_percent / 100


def outcome_of(account: Account, which: str) -> float | None:
    """What the user's own column of that name ("renewal_rate" or "expansion") says of an account; yes = 1, no = 0."""
    words = _OUTCOMES[which]
    for header, value in account.extra.items():
        if " ".join(header.casefold().replace("_", " ").split()) in words and value not in (None, ""):
            number = {"yes": 1.0, "no": 0.0}.get(str(value).casefold(), value)
            if isinstance(number, int | float):
                return float(number)
    return None


def outcome_unit(mean: float) -> float:
    """What a mean of such a column is divided by: 100 where it is in percent, else 1."""
    return 100.0 if abs(mean) > 3 else 1.0


def outcome_mean(accounts: Sequence[Account], which: str) -> float | None:
    """Mean of the user's own column of that name, weighted by ARR, as it stands there. None = no such column."""
    total = weight = 0.0
    for account in accounts:
        if (number := outcome_of(account, which)) is not None:
            total += number * max(account.arr, 1e-9)
            weight += max(account.arr, 1e-9)
    return total / weight if weight else None


def _outcome(accounts: Sequence[Account], which: str) -> float | None:
    mean = outcome_mean(accounts, which)
    return None if mean is None else mean / outcome_unit(mean)
