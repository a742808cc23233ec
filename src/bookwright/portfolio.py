"""The facts: accounts, CSMs, wishes and absences as the workbook gives them; nothing decided, nothing computed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bookwright.findings import Findings

Cell = str | int | float | bool | dt.date | dt.datetime | None
"""What a cell can hold after it was read raw."""


class Status(StrEnum):
    """Whether an account is a customer to plan for: only active and onboarding accounts and those with notice are."""

    ACTIVE = "active"
    ONBOARDING = "onboarding"
    NOTICE = "notice given"
    CHURNED = "churned"
    NOT_PLANNED = "not planned"


class Coverage(StrEnum):
    """How an account is covered: partner and none keep their owner and are not planned."""

    NAMED = "named"
    POOL = "pool"
    PARTNER = "partner"
    NONE = "none"


class Kind(StrEnum):
    """A CSM is a person or a pool of people with summed hours."""

    PERSON = "person"
    POOL = "pool"


class WishKind(StrEnum):
    """What a row of the Pairs sheet asks for."""

    TOGETHER = "keep together"
    APART = "keep apart"
    NEVER = "never"
    PREFER = "prefer"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Account(_Facts):
    """A customer, known everywhere by the user's own id; blank cells are None and money is in one currency.

    `arr` and `renewal_arr` are in whole or broken currency units, `hours` per month, `health` 0 to 100. `csm_id` is
    today's CSM as an id of the CSMs sheet, None when blank or unknown; `csm_text` is the cell as written. `pin` is the
    id of the CSM that must own the account. `extra` holds unknown columns as read, in the workbook's order; `row` is
    the spreadsheet row, for messages.
    """

    id: str
    name: str = ""
    segment: str = ""
    arr: float = 0.0
    csm_id: str | None = None
    csm_text: str = ""
    hours: float | None = None
    renewal_arr: float | None = None
    currency: str = ""
    region: str = ""
    time_zone: str = ""
    language: str = ""
    industry: str = ""
    product: str = ""
    pod: str = ""
    parent_id: str = ""
    renewal_date: dt.date | None = None
    contract_term_months: float | None = None
    csm_since: dt.date | None = None
    csm_changes_24m: int | None = None
    health: float | None = None
    stage: str = ""
    complexity: str = ""
    growth_potential: float | None = None
    pin: str | None = None
    pin_reason: str = ""
    pin_until: dt.date | None = None
    freeze_until: dt.date | None = None
    escalation: bool = False
    status: Status = Status.ACTIVE
    coverage: Coverage = Coverage.NAMED
    sales_owner: str = ""
    notes: str = ""
    extra: dict[str, Cell] = Field(default_factory=dict)
    row: int = 0

    @property
    def planned(self) -> bool:
        """True when the plan decides who owns it: not churned, not left out, not with a partner or uncovered."""
        return self.status not in (Status.CHURNED, Status.NOT_PLANNED) and self.coverage not in (
            Coverage.PARTNER,
            Coverage.NONE,
        )

    @property
    def label(self) -> str:
        """Name and id, as messages call it."""
        return f"{self.name} ({self.id})" if self.name and self.name != self.id else self.id

    def value(self, field: str) -> Any:
        """The value of one of our fields, or of an unknown column by its header; None when there is no such thing."""
        # Asked of every account for every rule: the instance's own dictionary is several times quicker than the class.
        own = self.__dict__
        return own[field] if field in own else self.extra.get(field)


class Csm(_Facts):
    """A named person, or a pool, who can own accounts.

    Hours are per month. `customer_hours` wins over contract hours; None = computed (see workload). `ramp` holds the
    percent of full productivity per month counted from the start date; `ramp_now` the percent today. Empty tuples
    mean "any". `segments`, `regions` and so on are as written, one entry each.
    """

    id: str
    name: str
    email: str = ""
    manager: str = ""
    segments: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    time_zones: tuple[str, ...] = ()
    pod: tuple[str, ...] = ()
    contract_hours: float | None = None
    customer_hours: float | None = None
    reserved_hours: float = 0.0
    internal_share: float | None = None
    productivity: float = 1.0
    ramp: tuple[float, ...] = ()
    ramp_now: float | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    announce_on: dt.date | None = None
    max_accounts: int | None = None
    max_moves_in: int | None = None
    max_moves_out: int | None = None
    kind: Kind = Kind.PERSON
    cost_per_month: float | None = None
    crm_user_id: str = ""
    extra: dict[str, Cell] = Field(default_factory=dict)
    row: int = 0

    def list_of(self, field: str) -> tuple[str, ...]:
        """The entries of one of our list columns, or of an unknown column by its header, split at , ; and |."""
        if field in type(self).model_fields:
            found = getattr(self, field)
            return found if isinstance(found, tuple) else ((str(found),) if found not in (None, "") else ())
        text = self.extra.get(field)
        if text in (None, ""):
            return ()
        parts = str(text).replace(";", ",").replace("|", ",").split(",")
        return tuple(p.strip() for p in parts if p.strip())


class Wish(_Facts):
    """A row of the Pairs sheet: `other` is an account id for keep together / apart, a CSM id for never / prefer."""

    kind: WishKind
    account_id: str
    other: str
    note: str = ""
    row: int = 0


class Absence(_Facts):
    """Hours a CSM loses in a month (the first day of it)."""

    csm_id: str
    month: dt.date
    hours_lost: float
    row: int = 0


class TouchpointRow(_Facts):
    """A row of the Touchpoints sheet: the rows of a segment replace the planning model's; None = default.

    `hours` each time, `times` per `per` (month, quarter, year, once); `months` as in the planning model.
    """

    segment: str
    name: str
    hours: float
    times: float | None = None
    per: str = ""
    channel: str = ""
    activity: str = ""
    owner: str = ""
    stage: str = ""
    before_renewal: bool = False
    months: int | None = None
    automatable_percent: float | None = None
    row: int = 0


class MadeRow(_Facts):
    """A touchpoint made, or a count of them: `date` for a row of a log, else `times` over so many `months`."""

    account_id: str
    name: str
    date: dt.date | None = None
    times: float = 1.0
    months: float | None = None
    row: int = 0


class SegmentRow(_Facts):
    """A row of the Segments sheet: who belongs to a segment, and what comes in from it; blank cells are None."""

    segment: str
    column: str = ""
    at_least: float | None = None
    below: float | None = None
    one_of: tuple[str, ...] = ()
    new_accounts_percent: float | None = None
    inbound_hours: float | None = None
    tickets: float | None = None
    minutes_per_ticket: float | None = None
    row: int = 0


class Portfolio(_Facts):
    """Accounts and CSMs as given, with wishes, absences and the Settings sheet; the input of every plan.

    `settings` are the rows of the Settings sheet by our setting name, as read. `account_columns` are the headers of
    the accounts table in the user's order, with the field each was read as (None = unknown, carried along).
    """

    accounts: tuple[Account, ...] = ()
    csms: tuple[Csm, ...] = ()
    wishes: tuple[Wish, ...] = ()
    absences: tuple[Absence, ...] = ()
    touchpoints: tuple[TouchpointRow, ...] = ()
    segment_rows: tuple[SegmentRow, ...] = ()
    made: tuple[MadeRow, ...] = ()
    settings: dict[str, Cell] = Field(default_factory=dict)
    account_columns: tuple[tuple[str, str | None], ...] = ()
    source: str = ""
    currency: str = ""
    findings: Findings = Field(default_factory=Findings, exclude=True, repr=False)
    """What was assumed in reading; no fact, so it is left out of dumps and fingerprints."""
    read_seconds: float = Field(default=0.0, exclude=True, repr=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed; what the original looked up by id is not taken along."""
        copied = super().model_copy(update=update, deep=deep)
        for remembered in ("account_by_id", "csm_by_id"):
            copied.__dict__.pop(remembered, None)
        return copied

    @cached_property
    def account_by_id(self) -> dict[str, Account]:
        """Accounts by id."""
        return {a.id: a for a in self.accounts}

    @cached_property
    def csm_by_id(self) -> dict[str, Csm]:
        """CSMs by id."""
        return {c.id: c for c in self.csms}

    def csm_name(self, csm_id: str | None) -> str:
        """The name of a CSM for people to read; the id itself when unknown, empty when there is none."""
        if not csm_id:
            return ""
        csm = self.csm_by_id.get(csm_id)
        return csm.name if csm else csm_id

    def facts_text(self) -> str:
        """Every fact in one spelling, where it came from aside: the same book read from .xlsx, .csv, .ods, Parquet or
        a database gives the same text, though unknown columns come typed from one and as text from another.
        """
        left_out: Any = {"source": True, "accounts": {"__all__": {"extra"}}, "csms": {"__all__": {"extra"}}}
        records: tuple[Account | Csm, ...] = (*self.accounts, *self.csms)
        own = [
            (record.id, header, text)
            for record in records
            for header, cell in record.extra.items()
            if (text := spelled(cell))
        ]
        return self.model_dump_json(exclude=left_out) + json.dumps(own, ensure_ascii=False)


def spelled(cell: Cell) -> str:
    """A cell of an unknown column in one spelling: 5.0 and "5" are alike, a day at midnight is the day."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).strip()
