"""What a planning model says about coverage: touchpoints per segment, segment rules, headcount settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bookwright.sections import Section

MONTHS_PER = {"month": 1.0, "quarter": 3.0, "year": 12.0}
"""Months in the period that `times` of a recurring touchpoint count in."""

Per = Literal["month", "quarter", "year", "once"]
Channel = Literal["human", "digital"]
Activity = Literal["proactive", "reactive", "internal"]


class Touchpoint(Section):
    """Something done for a customer: `hours` of a person each time (preparation and follow-up included), how often.

    `per = "once"` makes it one-time (a kick-off): it belongs to the first `months` of an account, or to those whose
    lifecycle stage is `stage`. A recurring one `before_renewal` falls into the `months` before the renewal date.
    Hours of an `owner` other than the CSM are shown, and cost no CSM hours.
    """

    name: str
    hours: float = Field(ge=0)
    times: float = Field(default=1.0, ge=0)
    per: Per = "month"
    channel: Channel = "human"
    activity: Activity = "proactive"
    owner: str = "CSM"
    stage: str = ""
    before_renewal: bool = False
    months: int = Field(default=3, ge=1, le=24)
    automatable_percent: float = Field(default=0.0, ge=0, le=100)

    @property
    def by_csm(self) -> bool:
        """True when it costs hours of the CSM or pool who owns the account."""
        return self.owner.strip().casefold() in ("", "csm", "pool", "customer success manager")

    @property
    def once(self) -> bool:
        """True for a one-time touchpoint."""
        return self.per == "once"


class SegmentCoverage(Section):
    """What accounts of one segment get: touchpoints, and the hours that come in by themselves.

    `new_accounts_percent_per_year` is the arrival rate that smooths one-time touchpoints over the base. Inbound is
    given in hours, or as tickets x minutes, or both (added). `source` says where the figures come from, for people.
    """

    new_accounts_percent_per_year: float = Field(default=0.0, ge=0)
    inbound_hours_per_month: float = Field(default=0.0, ge=0)
    tickets_per_month: float = Field(default=0.0, ge=0)
    minutes_per_ticket: float = Field(default=0.0, ge=0)
    touchpoints: tuple[Touchpoint, ...] = ()
    source: str = ""

    @property
    def inbound_hours(self) -> float:
        """Hours an account asks for by itself in a month."""
        return self.inbound_hours_per_month + self.tickets_per_month * self.minutes_per_ticket / 60

    def hours_per_month(self, touchpoint: Touchpoint) -> float:
        """CSM hours one touchpoint takes per account and month; one-time ones smoothed by the arrival rate.

        Smoothing: in a steady base a share of `new_accounts_percent_per_year` / 12 is new each month and takes the
        one-time hours once (the capacity guide's "smooth the time out across the customer base").
        """
        if not touchpoint.by_csm:
            return 0.0
        each = touchpoint.hours * touchpoint.times
        if touchpoint.once:
            return each * self.new_accounts_percent_per_year / 100 / 12
        return each / MONTHS_PER[touchpoint.per]

    @property
    def total_hours(self) -> float:
        """CSM hours an account of this segment takes in an average month, before multipliers."""
        return sum(self.hours_per_month(t) for t in self.touchpoints) + self.inbound_hours


class WorkloadSettings(Section):
    """How hours are built: one-time touchpoints smoothed over all accounts, or in the real months of those in stage."""

    one_time: Literal["smoothed", "months"] = "smoothed"


class SegmentRule(Section):
    """An account is of `segment` when its `column` is in [at_least, below), or one of `one_of`; first match wins."""

    segment: str
    column: str = "arr"
    at_least: float | None = None
    below: float | None = None
    one_of: tuple[str, ...] = ()


class Segmentation(Section):
    """Segments by rule. `fill = "blank"` leaves filled Segment cells alone (they are the overrides), "all" does not.

    `overrides` (account id = segment) always win. Accounts within `boundary_percent` of a limit are listed.
    """

    fill: Literal["blank", "all"] = "blank"
    boundary_percent: float = Field(default=10.0, ge=0, le=100)
    rules: tuple[SegmentRule, ...] = ()
    overrides: dict[str, str] = Field(default_factory=dict)


class HealthPart(Section):
    """One column of the health score: `worst` counts 0, `best` counts 100, in between in proportion."""

    column: str
    weight: float = Field(default=1.0, gt=0)
    worst: float = 0.0
    best: float = 100.0


class HealthScore(Section):
    """Health from weighted columns, for accounts whose Health cell is blank; parts without a value do not count."""

    parts: tuple[HealthPart, ...] = ()


class HandOverSettings(Section):
    """Hours a hand-over takes on each side, by segment of the account; `pool` where a pool gives or takes it.

    `order`: who is handed over first among moves of a kind: the largest ARR, or the easiest (lowest price).
    """

    hours: dict[str, float] = Field(default={"Enterprise": 4.0, "Mid-Market": 1.5, "SMB": 0.5, "Digital": 0.1})
    pool: float = Field(default=0.1, ge=0)
    elsewhere: float = Field(default=1.0, ge=0)
    latest_days: int = Field(default=90, ge=0)
    order: Literal["large", "easy"] = "large"
    accounts_per_month: int | None = Field(default=None, ge=1)


class Headcount(Section):
    """How headcount is counted: the utilization to staff for, the rules of thumb beside it, and what a CSM costs."""

    target_utilization_percent: float = Field(default=100.0, gt=0, le=150)
    arr_per_csm: tuple[float, ...] = (1_000_000.0, 2_000_000.0)
    cost_per_csm_month: float | None = Field(default=None, ge=0)
