"""An account's hours, step by step: touchpoints of its segment, inbound, multipliers; its own cell wins.

The same steps serve the plan and the capacity case. Where they come from is said for every account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bookwright.coverage_model import SegmentCoverage, Touchpoint
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Account, Status
from bookwright.workload.months import add_months, overlap

ORIGINS = {
    "cell": "the account's own cell",
    "touchpoints": "touchpoints of its segment x multipliers",
    "segment": "hours of its segment",
    "fallback": "the planning model's fallback",
}
"""Where an account's hours come from, in order of precedence."""

RED_BELOW, AMBER_BELOW = 50.0, 75.0


@dataclass(frozen=True, slots=True)
class Factor:
    """One multiplier that applies: the column, the account's value in it, and the factor."""

    column: str
    value: str
    factor: float


@dataclass(frozen=True, slots=True)
class Steps:
    """How an account's hours come about. `by_coverage` = (touchpoints + inbound) x factors, None without a table.

    `hours` is what counts, by the precedence of `ORIGINS`.
    """

    origin: str
    hours: float
    own: float | None
    touchpoints: float
    inbound: float
    factors: tuple[Factor, ...]
    by_coverage: float | None

    @property
    def factor(self) -> float:
        """All multipliers together."""
        found = 1.0
        for f in self.factors:
            found *= f.factor
        return found


class Hours:
    """Hours of accounts under one planning model; made once per run, as it looks names up without case."""

    def __init__(self, model: PlanningModel) -> None:
        self.model = model
        self.flat = {name.casefold(): hours for name, hours in model.hours_per_month.items()}
        self.tables = {name.casefold(): table for name, table in model.coverage.items()}
        self._recurring = {name: _recurring(table) for name, table in self.tables.items()}
        self._smoothed = {
            name: sum(table.hours_per_month(t) for t in table.touchpoints if t.once)
            for name, table in self.tables.items()
        }
        self._shifts: dict[tuple[Any, ...], list[float]] = {}
        self._starts: tuple[dt.date, ...] = ()
        self._staged: dict[tuple[str, str, Status], bool] = {}
        self._factors: dict[tuple[str, type, Any], Factor | None] = {}
        self._one_times = {name: [t for t in table.touchpoints if t.once] for name, table in self.tables.items()}
        self._set_by_user = {
            key.split(":", 1)[1].casefold() for key in model.origins if key.startswith("hours_per_month:")
        } - {
            key.split(".", 1)[1].casefold()
            for key, origin in model.origins.items()
            if key.startswith("coverage.") and origin.endswith("sheet")
        }
        self._multipliers = [
            (column, [(_test(word), word, factor) for word, factor in table.items()])
            for column, table in model.multipliers.items()
        ]

    def coverage(self, account: Account) -> SegmentCoverage | None:
        """The coverage table of an account's segment, None where the planning model has none."""
        return self.tables.get(account.segment.casefold())

    def factors(self, account: Account) -> tuple[Factor, ...]:
        """The multipliers that apply to an account, the first matching entry of each column."""
        found = []
        for column, entries in self._multipliers:
            value = account.value(column)
            if value is None or value == "":
                continue
            key = column, type(value), value
            if key not in self._factors:
                first = ((word, factor) for test, word, factor in entries if test(value))
                self._factors[key] = next((Factor(column, word, factor) for word, factor in first), None)
            if (known := self._factors[key]) is not None:
                found.append(known)
        return tuple(found)

    def steps(self, account: Account) -> Steps:
        """How the hours of one account come about, and which source wins."""
        key = account.segment.casefold()
        table = self.tables.get(key)
        touch = inbound = 0.0
        factors: tuple[Factor, ...] = ()
        by_coverage = None
        if table is not None:
            touch = self._recurring[key] + self._one_time(account, table, key)
            inbound = table.inbound_hours
            factors = self.factors(account)
            by_coverage = touch + inbound
            for f in factors:
                by_coverage *= f.factor
        if account.hours is not None:
            origin, hours = "cell", account.hours
        elif by_coverage is not None and not (key in self._set_by_user and key in self.flat):
            origin, hours = "touchpoints", by_coverage
        elif key in self.flat:
            origin, hours = "segment", self.flat[key]
        else:
            origin, hours = "fallback", self.model.hours_per_month_elsewhere
        return Steps(origin, hours, account.hours, touch, inbound, factors, by_coverage)

    def _one_time(self, account: Account, table: SegmentCoverage, key: str) -> float:
        """One-time hours in the average month: smoothed, or what falls into the last month of the horizon."""
        if self.model.workload.one_time == "smoothed" or self.model.effective_date is None:
            return self._smoothed[key]
        effective, months = self.model.effective_date, self.model.horizon.months
        begin, end = add_months(effective, months - 1), add_months(effective, months)
        return sum(one_time_in(t, account, effective, begin, end) for t in table.touchpoints if t.once)

    def in_months(self, account: Account, steps: Steps, starts: Sequence[dt.date]) -> list[float]:
        """Hours in each month that begins at `starts[k]` and ends before `starts[k + 1]`.

        The account's hours are its average month; renewal and one-time touchpoints of its segment are moved from the
        average to the days where they fall. Where the account has hours of its own, these touchpoints are scaled to
        them: the cell says how much, the coverage table says when.
        """
        flat = [steps.hours] * (len(starts) - 1)
        table = self.coverage(account)
        if table is None or not steps.by_coverage or steps.origin not in ("cell", "touchpoints"):
            return flat
        shift = self._shift(account, table, tuple(starts))
        if not any(shift):
            return flat
        scale = steps.factor * steps.hours / steps.by_coverage
        return [max(0.0, h + scale * s) for h, s in zip(flat, shift, strict=True)]

    def _shift(self, account: Account, table: SegmentCoverage, starts: tuple[dt.date, ...]) -> list[float]:
        """Hours that renewal and one-time touchpoints move into each month from the average, before multipliers.

        Accounts alike in segment, renewal, start and stage share one answer.
        """
        renewal_of = account.renewal_date, account.contract_term_months
        if starts != self._starts:
            self._starts, self._shifts = starts, {}
        segment = account.segment.casefold()
        stage = segment, account.stage, account.status
        if (staged := self._staged.get(stage)) is None:
            staged = self._staged[stage] = any(in_stage(t, account) for t in self._one_times[segment])
        key = (segment, *renewal_of, staged and (account.csm_since, account.stage, account.status))
        if (known := self._shifts.get(key)) is not None:
            return known
        found = [0.0] * (len(starts) - 1)
        smoothed, effective = self.model.workload.one_time == "smoothed", starts[0]
        renewal = next_renewal(account, effective)
        for t in table.touchpoints:
            if not t.by_csm or (not t.once and (not t.before_renewal or renewal is None)):
                continue
            if t.once:
                if not in_stage(t, account):
                    continue
                average = table.hours_per_month(t) if smoothed else self._last_month(t, account)
                for k in range(len(found)):
                    found[k] += one_time_in(t, account, effective, starts[k], starts[k + 1]) - average
            elif renewal is not None:
                first = add_months(renewal, -t.months)
                for k in range(len(found)):
                    true = t.hours * t.times * overlap(first, renewal, starts[k], starts[k + 1])
                    found[k] += true - table.hours_per_month(t)
        self._shifts[key] = found
        return found

    def _last_month(self, t: Touchpoint, account: Account) -> float:
        effective, months = self.model.effective_date, self.model.horizon.months
        if effective is None:
            return 0.0
        return one_time_in(t, account, effective, add_months(effective, months - 1), add_months(effective, months))


def account_hours(account: Account, model: PlanningModel) -> tuple[float, str]:
    """Hours per month of one account and where they come from: cell, touchpoints, segment or fallback."""
    steps = Hours(model).steps(account)
    return steps.hours, steps.origin


def in_stage(touchpoint: Touchpoint, account: Account) -> bool:
    """Whether a one-time touchpoint is going on for an account: by its lifecycle stage, or while it is onboarded."""
    stage = touchpoint.stage.strip().casefold()
    if account.status is Status.ONBOARDING and stage in ("", "onboarding"):
        return True
    return account.stage.strip().casefold() == (stage or "onboarding")


def one_time_in(touchpoint: Touchpoint, account: Account, effective: dt.date, begin: dt.date, end: dt.date) -> float:
    """Hours of a one-time touchpoint from `begin` up to `end`: spread evenly over its months.

    They count from the day the account got its CSM, or from the effective date where that is blank.
    """
    if not touchpoint.by_csm or not in_stage(touchpoint, account):
        return 0.0
    first = account.csm_since or effective
    after = add_months(first, touchpoint.months)
    return touchpoint.hours * touchpoint.times * overlap(first, after, begin, end)


def next_renewal(account: Account, day: dt.date) -> dt.date | None:
    """The first renewal on or after a day, counted on by the contract term (a year where blank); None = not known."""
    renewal = account.renewal_date
    if renewal is None:
        return None
    term = max(1, round(account.contract_term_months or 12))
    k = 0
    while renewal < day and k < 600:
        k += 1
        renewal = add_months(account.renewal_date or renewal, k * term)
    return renewal


def _recurring(table: SegmentCoverage) -> float:
    return sum(table.hours_per_month(t) for t in table.touchpoints if not t.once)


def _test(word: str) -> Any:
    """A multiplier's entry as a test of a value: a word, a health colour, or a comparison such as "< 50"."""
    text = word.strip()
    for sign in ("<=", ">=", "<", ">"):
        if text.startswith(sign):
            try:
                limit = float(text[len(sign) :].replace(",", "").replace("%", ""))
            except ValueError:
                break
            return _Compare(sign, limit)
    return _Word(text.casefold())


@dataclass(frozen=True, slots=True)
class _Compare:
    sign: str
    limit: float

    def __call__(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        pairs = {"<": value < self.limit, "<=": value <= self.limit, ">": value > self.limit}
        return bool(pairs.get(self.sign, value >= self.limit))


@dataclass(frozen=True, slots=True)
class _Word:
    word: str

    def __call__(self, value: Any) -> bool:
        if isinstance(value, bool):
            return self.word == ("yes" if value else "no")
        if isinstance(value, int | float) and self.word in ("red", "amber", "yellow", "green"):
            colour = "red" if value < RED_BELOW else "amber" if value < AMBER_BELOW else "green"
            return colour == ("amber" if self.word == "yellow" else self.word)
        return str(value).strip().casefold() == self.word
