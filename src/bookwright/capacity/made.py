"""Touchpoints made beside those planned: what each segment really got, and which accounts got least.

What a segment is to get is the coverage model's; what it got is the workbook's log or counts (sheet Touchpoints made).
Coverage quality as CS leaders mean it: the share of accounts that receive what is defined for their tier.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bookwright.capacity.analysis import Capacity
from bookwright.coverage_model import MONTHS_PER, SegmentCoverage, Touchpoint
from bookwright.workload import Hours, first_of_month

DAYS_A_MONTH = 365.25 / 12
NEARLY = 0.1
"""A log that ends some days before its quarter does is one of the quarter."""
COUNT_MONTHS = 3.0
"""What a count without a date and months covers."""


@dataclass(frozen=True, slots=True)
class MadeLine:
    """One touchpoint of a segment: how often it was made, over how many months, and how often a month is planned."""

    segment: str
    name: str
    place: int
    hours_each: float
    planned_per_month: float
    made: float
    months: float
    accounts: int
    """Accounts that got it at least once."""

    @property
    def made_per_month(self) -> float:
        """How often it was made in an average month."""
        return self.made / self.months

    @property
    def share(self) -> float | None:
        """Made / planned."""
        return self.made_per_month / self.planned_per_month if self.planned_per_month else None


@dataclass(frozen=True, slots=True)
class MadeSegment:
    """A segment: accounts that got all that was due, hours delivered of those due, accounts that got nothing.

    Due are proactive, recurring touchpoints of people, not those before renewals: times a month x months, rounded
    down.
    """

    name: str
    accounts: int
    on_plan: int
    hours_due: float
    hours_made: float
    nothing: int
    arr_nothing: float

    @property
    def quality(self) -> float | None:
        """The share of accounts that got all that was due."""
        return self.on_plan / self.accounts if self.accounts else None


@dataclass(frozen=True, slots=True)
class MadeAccount:
    """An account that got less than was due: hours due and made in the months of the log, and its CSM's name."""

    account_id: str
    segment: str
    csm: str
    arr: float
    hours_due: float
    hours_made: float
    missing: str


@dataclass(frozen=True, slots=True)
class Received:
    """What one planned account got: its position, times by place in its segment's table, and hours due and made."""

    account: int
    got: tuple[float, ...]
    hours_due: float
    hours_made: float
    all_due: bool

    @property
    def nothing(self) -> bool:
        """Whether it got no touchpoint of its segment at all."""
        return not any(self.got)


@dataclass(frozen=True, slots=True)
class Made:
    """Planned against made: per touchpoint, per segment, the accounts that got less than due, and unknown names."""

    months: float
    rows: int
    lines: tuple[MadeLine, ...]
    segments: tuple[MadeSegment, ...]
    accounts: tuple[MadeAccount, ...]
    unknown: tuple[tuple[str, float], ...]
    received: tuple[Received, ...] = ()
    """Every planned account whose segment has touchpoints."""


def made_of(capacity: Capacity) -> Made | None:
    """Planned against made for the planned accounts; None where the workbook has no log and no counts.

    A log's months run from the first of its first month to its last day. Names are compared without case and outer
    spaces; a name the account's segment does not have is in `unknown`.
    """
    problem = capacity.problem
    if not problem.portfolio.made:
        return None
    dates = [row.date for row in problem.portfolio.made if row.date is not None]
    length = ((max(dates) - first_of_month(min(dates))).days + 1) / DAYS_A_MONTH if dates else COUNT_MONTHS
    length = max(1.0, round(length, 1))
    tables = Hours(problem.model).tables
    times: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    unknown: dict[str, float] = defaultdict(float)
    for row in problem.portfolio.made:
        i = problem.account_position.get(row.account_id)
        if i is None:
            continue
        table, name = tables.get(problem.accounts[i].segment.casefold()), made_key(row.name)
        if table is None or all(made_key(t.name) != name for t in table.touchpoints):
            unknown[row.name] += row.times
            continue
        # Counts over other months are brought to the log's.
        times[i][name] += row.times * (1.0 if row.date is not None else length / (row.months or COUNT_MONTHS))
    lines: list[MadeLine] = []
    segments: list[MadeSegment] = []
    behind: list[MadeAccount] = []
    received: list[Received] = []
    for k, case in enumerate(capacity.segments):
        table = tables.get(problem.segments[k].casefold())
        mine = [i for i in range(len(problem.accounts)) if problem.segment[i] == k]
        if table is None:
            continue
        for place, t in enumerate(table.touchpoints):
            got = [times[i][made_key(t.name)] for i in mine]
            planned = len(mine) * _per_month(table, t)
            lines.append(
                MadeLine(case.name, t.name, place, t.hours, planned, sum(got), length, sum(g > 0 for g in got))
            )
        here: list[Received] = []
        for i in mine:
            found, lacks = _received(table, i, times[i], length)
            here.append(found)
            if lacks:
                account, j = problem.accounts[i], int(capacity.plan.csm_of[i])
                csm = problem.csms[j].name if j >= 0 else ""
                due, done = found.hours_due, found.hours_made
                behind.append(MadeAccount(account.id, case.name, csm, account.arr, due, done, ", ".join(lacks)))
        silent = [r.account for r in here if r.nothing]
        segments.append(
            MadeSegment(
                case.name,
                len(mine),
                sum(r.all_due for r in here),
                sum(r.hours_due for r in here),
                sum(r.hours_made for r in here),
                len(silent),
                float(sum(problem.arr[i] for i in silent)),
            )
        )
        received += here
    behind.sort(key=lambda a: (-a.arr * (1 - a.hours_made / a.hours_due if a.hours_due else 0.0), a.account_id))
    named = tuple(sorted(unknown.items(), key=lambda item: (-item[1], item[0])))
    listed = tuple(sorted(received, key=lambda r: r.account))
    rows = len(problem.portfolio.made)
    return Made(length, rows, tuple(lines), tuple(segments), tuple(behind), named, listed)


def _received(
    table: SegmentCoverage, account: int, times: Mapping[str, float], length: float
) -> tuple[Received, list[str]]:
    """What one account got of what was due, and the names of those it got less of."""
    due = {made_key(t.name): t for t in table.touchpoints if is_due(t)}
    asked = {name: _per_month(table, t) * length for name, t in due.items()}
    want = sum(due[name].hours * n for name, n in asked.items())
    have = sum(due[name].hours * min(n, times.get(name, 0.0)) for name, n in asked.items())
    lacks = [due[name].name for name, n in asked.items() if times.get(name, 0.0) + 1e-9 < math.floor(n + NEARLY)]
    got = tuple(times.get(made_key(t.name), 0.0) for t in table.touchpoints)
    return Received(account, got, want, have, not lacks), lacks


def made_key(name: str) -> str:
    """A touchpoint's name as it is compared: without case and outer spaces."""
    return " ".join(name.casefold().split())


def _per_month(table: SegmentCoverage, t: Touchpoint) -> float:
    """How often a month an average account gets it; one-time ones by the arrival rate."""
    return t.times * table.new_accounts_percent_per_year / 1200 if t.once else t.times / MONTHS_PER[t.per]


def is_due(t: Touchpoint) -> bool:
    """Whether every account of the segment is to get it all the year, from a person of the team."""
    return t.by_csm and not t.once and not t.before_renewal and t.channel == "human" and t.activity == "proactive"
