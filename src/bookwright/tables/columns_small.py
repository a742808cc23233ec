"""The columns of the small sheets (Pairs, Absences, Settings) and the rows of the Settings sheet."""

from __future__ import annotations

from bookwright.tables.columns import SettingRow, Table, column, split
from bookwright.tables.columns import Type as T

PAIRS = Table(
    "pairs",
    "Pairs",
    aliases=split("pair; wishes; pairs and exceptions"),
    help="Accounts that stay together or apart; CSMs an account must never have, or prefers.",
    columns=(
        column(
            "Kind",
            "kind",
            T.WISH,
            "keep together / keep apart / never / prefer.",
            aliases="type; rule; wish",
            required=True,
            example="keep together",
        ),  # fmt: skip
        column(
            "Account ID",
            "account_id",
            T.ID,
            "The account.",
            aliases="account; id; customer id",
            required=True,
            example="A-001",
        ),  # fmt: skip
        column(
            "Other",
            "other",
            T.ID,
            "An account id, or a CSM for never and prefer.",
            aliases="other account id; csm; other account; other id; with",
            required=True,
            example="A-002",
        ),  # fmt: skip
        column(
            "Note",
            "note",
            T.TEXT,
            "Why.",
            aliases="notes; reason; comment",
        ),  # fmt: skip
    ),
)

ABSENCES = Table(
    "absences",
    "Absences",
    aliases=split("absence; leave; time off; pto"),
    help="Hours a CSM loses in a month: long leave, part-time spells.",
    columns=(
        column(
            "CSM",
            "csm",
            T.CSM,
            "CSM ID or unique name.",
            aliases="csm id; csm name; name; customer success manager",
            required=True,
            example="Ana Lopez",
        ),  # fmt: skip
        column(
            "Month",
            "month",
            T.MONTH,
            "Any day of the month, or 2026-08.",
            aliases="date; month start; period",
            required=True,
            unit="month",
            example="2026-08",
        ),  # fmt: skip
        column(
            "Hours lost",
            "hours_lost",
            T.HOURS,
            "Customer hours lost in that month.",
            aliases="hours; lost hours; absence hours; hours absent",
            required=True,
            unit="hours",
            example=80,
        ),  # fmt: skip
    ),
)

SETTINGS = Table(
    "settings",
    "Settings",
    aliases=split("setting; parameters; options"),
    help="What people may set without a planning model; a blank value leaves the planning model's.",
    columns=(
        column(
            "Setting",
            "setting",
            T.LABEL,
            "The setting's name.",
            aliases="name; parameter; option; key",
            required=True,
        ),  # fmt: skip
        column(
            "Value",
            "value",
            T.TEXT,
            "Blank = the planning model's.",
            required=True,
        ),  # fmt: skip
        column(
            "Unit",
            "unit",
            T.LABEL,
            "Unit of the value.",
            aliases="units",
        ),  # fmt: skip
        column(
            "Meaning",
            "meaning",
            T.TEXT,
            "What it does.",
            aliases="help; description; explanation",
        ),  # fmt: skip
    ),
)

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
    ),  # fmt: skip
    SettingRow(
        "horizon_months",
        "Horizon",
        "months",
        T.INTEGER,
        "3",
        "Books must fit the CSMs' hours in the last month of the horizon.",
        aliases=split("horizon months"),
    ),  # fmt: skip
    SettingRow(
        "arr_tolerance_percent",
        "ARR tolerance",
        "%",
        T.PERCENT,
        "10",
        "How far a book's ARR may be from its target.",
        aliases=split("arr band; arr tolerance percent"),
    ),  # fmt: skip
    SettingRow(
        "renewal_tolerance_percent",
        "Renewal ARR tolerance",
        "%",
        T.PERCENT,
        "15",
        "The same for renewal ARR per fiscal quarter.",
        aliases=split("renewal tolerance; renewal tolerance percent"),
    ),  # fmt: skip
    SettingRow(
        "utilization_tolerance_points",
        "Utilization tolerance",
        "points",
        T.PERCENT,
        "10",
        "How far a CSM's utilization may be from the mean of those who cover the same segments.",
        aliases=split("utilisation tolerance; utilization tolerance points"),
    ),  # fmt: skip
    SettingRow(
        "freeze_days_before_renewal",
        "Freeze days before renewal",
        "days",
        T.INTEGER,
        "60",
        "Accounts this near to renewal stay.",
        aliases=split("freeze before renewal"),
    ),  # fmt: skip
    SettingRow(
        "freeze_days_after_renewal",
        "Freeze days after renewal",
        "days",
        T.INTEGER,
        "30",
        "Accounts this soon after renewal stay.",
        aliases=split("freeze after renewal"),
    ),  # fmt: skip
    SettingRow(
        "freeze_days_after_csm_change",
        "Freeze days after a CSM change",
        "days",
        T.INTEGER,
        "90",
        "Accounts that changed CSM this recently stay.",
        aliases=split("freeze days after csm change; freeze after csm change"),
    ),  # fmt: skip
    SettingRow(
        "onboarding_days",
        "Onboarding days",
        "days",
        T.INTEGER,
        "90",
        "Onboarding accounts stay this long.",
        aliases=split("onboarding freeze days"),
    ),  # fmt: skip
    SettingRow(
        "move_budget_accounts_percent",
        "Move budget: accounts",
        "%",
        T.PERCENT,
        "15",
        "At most this share of accounts may be moved by choice.",
        aliases=split("move budget accounts percent; max moves percent"),
    ),  # fmt: skip
    SettingRow(
        "move_budget_arr_percent",
        "Move budget: ARR",
        "%",
        T.PERCENT,
        "15",
        "At most this share of ARR may be moved by choice.",
        aliases=split("move budget arr percent"),
    ),  # fmt: skip
    SettingRow(
        "hours_ceiling_percent",
        "Hours ceiling",
        "%",
        T.PERCENT,
        "none",
        "A wall: no book above this share of capacity. Blank = hours come first, but are no wall.",
        aliases=split("hours ceiling percent"),
    ),  # fmt: skip
    SettingRow(
        "internal_share_percent",
        "Internal share",
        "%",
        T.PERCENT,
        "33.3",
        "Share of contract hours spent without customers.",
        aliases=split("internal time; internal share percent"),
    ),  # fmt: skip
    SettingRow(
        "contract_hours_per_month",
        "Contract hours per month",
        "hours a month",
        T.HOURS,
        "150",
        "Where the CSM's cell is blank; ordinary leave already taken off.",
        aliases=split("contract hours"),
    ),  # fmt: skip
    SettingRow(
        "currency",
        "Currency",
        "code",
        T.CURRENCY,
        "as in the accounts",
        "Currency of the plan.",
        aliases=split("report currency"),
    ),  # fmt: skip
    SettingRow(
        "fiscal_year_starts_month",
        "Fiscal year starts in month",
        "month 1-12",
        T.INTEGER,
        "1",
        "1 = January, 2 = February...",
        aliases=split("fiscal year starts; fiscal year start; fiscal year starts month"),
    ),  # fmt: skip
)
