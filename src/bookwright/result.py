"""Result: the plan, what is proved of it, and everything a report needs to say so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bookwright.books import Plan
from bookwright.findings import Findings
from bookwright.problem import Problem


class Status(StrEnum):
    """What is known of the plan: proved best, good, proved that none can keep the hard rules, or none found."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"
    IMPOSSIBLE = "IMPOSSIBLE"
    NO_PLAN_FOUND = "NO_PLAN_FOUND"


EXIT_CODES = {Status.OPTIMAL: 0, Status.FEASIBLE: 0, Status.IMPOSSIBLE: 4, Status.NO_PLAN_FOUND: 5}


class StoppedBy(StrEnum):
    """What ended the search."""

    PROVED = "proved"
    GAP = "gap"
    TIME = "time"
    EFFORT = "effort"
    INTERRUPT = "interrupt"


@dataclass(frozen=True, slots=True)
class PriorityReport:
    """One priority: value, proven bound and gap, in the unit people read (`unit`), before (today's books) and after.

    `best` is the value the level was brought to; `value` what the final plan has after later priorities used their
    give. `gap` = (best - bound) / scale. `certified` and `solver` are the two bounds it rests on.
    """

    name: str
    title: str
    unit: str
    before: float | None
    value: float
    best: float
    bound: float
    certified: float
    solver: float
    gap: float
    give: float
    limit: float


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that the plan does not keep: where, by how much, in words. `today` = how much today's books break it."""

    rule: str
    title: str
    what: str
    amount: float
    unit: str
    today: float = 0.0
    hard: bool = False
    csm_id: str | None = None
    account_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the ledger: a rule or objective term, with its value for today's books and for the plan.

    `before` and `after` are the rule's own score in `unit`. What it weighs in its priority is `term_before`/`_after`.
    """

    rule: str
    title: str
    sentence: str
    mode: str
    priority: str
    measure: str
    unit: str
    before: float
    after: float
    limit: str = ""
    breaches_before: int = 0
    breaches_after: int = 0
    term_before: float | None = None
    """What the rule adds to its priority, in the priority's unit (`term_unit`); None for rules that only forbid."""
    term_after: float | None = None
    term_unit: str = ""
    share: float | None = None
    """`term_after` as a share of the priority's value."""
    binding: str = ""
    """yes = without this rule alone an account would do better with another CSM; no; blank = not said."""
    binding_why: str = ""


@dataclass(frozen=True, slots=True)
class ExceptionNote:
    """Something allowed although a rule speaks against it, e.g. a pin outside coverage; or a wish that lapsed."""

    rule: str
    account_id: str
    text: str


@dataclass(frozen=True, slots=True)
class TargetShare:
    """One term of a CSM's target: `share` of a class of accounts (those with the same possible CSMs) x its total."""

    measure: str
    csm_id: str
    accounts: str
    share: float
    total: float


@dataclass(frozen=True, slots=True)
class Band:
    """What a balance row holds a CSM to: the target of a measure and the band around it (workbook units)."""

    measure: str
    title: str
    unit: str
    csm_id: str
    target: float
    low: float
    high: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Holdover:
    """An accepted move that is handed over later: until `until` hours and ARR stay with today's CSM.

    `counts_with` is the CSM whose book has it in this plan: the new one when the day is before the last month of the
    horizon, else still today's.
    """

    account_id: str
    csm_from: str
    csm_to: str
    until: dt.date
    hours: float
    arr: float
    counts_with: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Interim:
    """An account that somebody covers until its CSM is there: `owner` stays its CSM, `cover` has it meanwhile.

    From the day `first` until `until`, when the owner is back or starts. `cover` None = nobody else may own it.
    """

    account_id: str
    owner: str
    cover: str | None
    first: dt.date
    until: dt.date
    hours: float
    why: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """The outcome of planning: a plan (or the nearest one), what is proved, and how it came about."""

    status: Status
    stopped_by: StoppedBy
    problem: Problem
    plan: Plan
    today: Plan
    priorities: tuple[PriorityReport, ...] = ()
    breaches: tuple[Breach, ...] = ()
    ledger: tuple[LedgerRow, ...] = ()
    bands: tuple[Band, ...] = ()
    target_shares: tuple[TargetShare, ...] = ()
    whales: tuple[tuple[str, str, str], ...] = ()
    """(measure, account id, CSM id) of accounts too large for any band, set against one CSM's target."""
    exceptions: tuple[ExceptionNote, ...] = ()
    frozen: Mapping[str, str] = field(default_factory=dict)
    """Account id -> why it may not move (pins, freezes)."""
    findings: Findings = field(default_factory=Findings)
    why: Mapping[str, str] = field(default_factory=dict)
    """Account id -> sentence: for every move, and for every account that stays although its CSM is over hours."""
    price: Mapping[str, float] = field(default_factory=dict)
    """Account id -> points that moving it costs (the price of a move), for moved accounts."""
    fewest_moves: int | None = None
    """Proved: no plan that keeps hours and balance as well needs fewer chosen moves. None = not proved."""
    diagnosis: tuple[str, ...] = ()
    """Why no plan keeps every hard rule, in sentences; empty unless IMPOSSIBLE or NO_PLAN_FOUND."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """{"read": s, "solve": s, "write": s}"""
    log: tuple[Mapping[str, Any], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """seed, workers, time_limit, effort, gap as used, and whether the run is reproducible."""
    versions: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    plan_id: str = ""
    duals: Mapping[str, Any] = field(default_factory=dict)
    holdovers: tuple[Holdover, ...] = ()
    """Accepted moves that are handed over later; filled from round 2 on."""
    interim: tuple[Interim, ...] = ()
    """Who covers for a CSM on a long leave, or for one who starts later; nobody's CSM changes by it."""
    firmness: Mapping[str, str] = field(default_factory=dict)
    """Account id -> how firm its move is when ARR and hours are a little off; filled where that was asked for."""
    since_last_round: tuple[str, ...] = ()
    """What changed since the last round and which decisions hold or lapse, in sentences; filled from round 2 on."""

    @property
    def exit_code(self) -> int:
        """What the command line answers."""
        return EXIT_CODES[self.status]

    @property
    def unassigned(self) -> tuple[str, ...]:
        """Ids of accounts nobody may own; empty unless the status is IMPOSSIBLE."""
        return self.plan.unassigned
