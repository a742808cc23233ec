"""The rows of the Settings sheet, with their canonical keys: what people may set without a planning model."""

from __future__ import annotations

from bookwright.tables.columns import SettingRow, split
from bookwright.tables.columns import Type as T

HOURS_KEY = "hours_per_month:"
"""Settings keys of hours per segment start so: `hours_per_month:Enterprise`."""

SETTING_ROWS: tuple[SettingRow, ...] = (
    SettingRow(
        "effective_date",
        "Effective date",
        "date",
        T.DATE,
        "first day of the next fiscal quarter",
        "The day the plan takes effect; freezes, ramps and the horizon count from it.",
        aliases=split("plan date; start date"),
    ),
    SettingRow(
        "horizon_months",
        "Horizon",
        "months",
        T.INTEGER,
        "3",
        "Books must fit the CSMs' hours in the last month of the horizon.",
        aliases=split("horizon months"),
    ),
    SettingRow(
        "arr_tolerance_percent",
        "ARR tolerance",
        "%",
        T.PERCENT,
        "10",
        "How far a book's ARR may be from its target.",
        aliases=split("arr band; arr tolerance percent"),
    ),
    SettingRow(
        "renewal_tolerance_percent",
        "Renewal ARR tolerance",
        "%",
        T.PERCENT,
        "15",
        "The same for renewal ARR per fiscal quarter.",
        aliases=split("renewal tolerance; renewal tolerance percent"),
    ),
    SettingRow(
        "utilization_tolerance_points",
        "Utilization tolerance",
        "points",
        T.PERCENT,
        "10",
        "How far a CSM's utilization may be from the mean of those who cover the same segments.",
        aliases=split("utilisation tolerance; utilization tolerance points"),
    ),
    SettingRow(
        "freeze_days_before_renewal",
        "Freeze days before renewal",
        "days",
        T.INTEGER,
        "60",
        "Accounts this near to renewal stay.",
        aliases=split("freeze before renewal"),
    ),
    SettingRow(
        "freeze_days_after_renewal",
        "Freeze days after renewal",
        "days",
        T.INTEGER,
        "30",
        "Accounts this soon after renewal stay.",
        aliases=split("freeze after renewal"),
    ),
    SettingRow(
        "freeze_days_after_csm_change",
        "Freeze days after a CSM change",
        "days",
        T.INTEGER,
        "90",
        "Accounts that changed CSM this recently stay.",
        aliases=split("freeze days after csm change; freeze after csm change"),
    ),
    SettingRow(
        "onboarding_days",
        "Onboarding days",
        "days",
        T.INTEGER,
        "90",
        "Onboarding accounts stay this long.",
        aliases=split("onboarding freeze days"),
    ),
    SettingRow(
        "move_budget_accounts_percent",
        "Move budget: accounts",
        "%",
        T.PERCENT,
        "15",
        "At most this share of accounts may be moved by choice.",
        aliases=split("move budget accounts percent; max moves percent"),
    ),
    SettingRow(
        "move_budget_arr_percent",
        "Move budget: ARR",
        "%",
        T.PERCENT,
        "15",
        "At most this share of ARR may be moved by choice.",
        aliases=split("move budget arr percent"),
    ),
    SettingRow(
        "hours_ceiling_percent",
        "Hours ceiling",
        "%",
        T.PERCENT,
        "none",
        "A wall: no book above this share of capacity. Blank = hours come first, but are no wall.",
        aliases=split("hours ceiling percent"),
    ),
    SettingRow(
        "internal_share_percent",
        "Internal share",
        "%",
        T.PERCENT,
        "33.3",
        "Share of contract hours spent without customers.",
        aliases=split("internal time; internal share percent"),
    ),
    SettingRow(
        "contract_hours_per_month",
        "Contract hours per month",
        "hours a month",
        T.HOURS,
        "150",
        "Where the CSM's cell is blank; ordinary leave already taken off.",
        aliases=split("contract hours"),
    ),
    SettingRow(
        "currency",
        "Currency",
        "code",
        T.CURRENCY,
        "as in the accounts",
        "Currency of the plan.",
        aliases=split("report currency"),
    ),
    SettingRow(
        "fiscal_year_starts_month",
        "Fiscal year starts in month",
        "month 1-12",
        T.INTEGER,
        "1",
        "1 = January, 2 = February...",
        aliases=split("fiscal year starts; fiscal year start; fiscal year starts month"),
    ),
)

SEGMENT_HOURS: tuple[tuple[str, str], ...] = (("Enterprise", "8"), ("Mid-Market", "3"), ("SMB", "0.75"))
"""Segments that get an hours row in the template, with the default shown there as text (hours a month)."""
