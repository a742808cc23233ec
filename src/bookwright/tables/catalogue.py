"""The columns of the small sheets (Pairs, Absences, Settings), and all input sheets by their key."""

from __future__ import annotations

from bookwright.tables.columns import Table, column, split
from bookwright.tables.columns import Type as T
from bookwright.tables.columns_accounts import ACCOUNTS
from bookwright.tables.columns_coverage import MADE, SEGMENTS, TOUCHPOINTS
from bookwright.tables.columns_csms import CSMS

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
            example="prefer",
        ),
        column(
            "Account ID",
            "account_id",
            T.ID,
            "The account.",
            aliases="account; id; customer id",
            required=True,
            example="A-001",
        ),
        column(
            "Other",
            "other",
            T.ID,
            "An account id, or a CSM for never and prefer.",
            aliases="other account id; csm; other account; other id; with",
            required=True,
            example="Ana Lopez",
        ),
        column(
            "Note",
            "note",
            T.TEXT,
            "Why.",
            aliases="notes; reason; comment",
        ),
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
        ),
        column(
            "Month",
            "month",
            T.MONTH,
            "Any day of the month, or 2026-08.",
            aliases="date; month start; period",
            required=True,
            unit="month",
            example="2026-08",
        ),
        column(
            "Hours lost",
            "hours_lost",
            T.HOURS,
            "Customer hours lost in that month.",
            aliases="hours; lost hours; absence hours; hours absent",
            required=True,
            unit="hours",
            example=80,
        ),
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
        ),
        column(
            "Value",
            "value",
            T.TEXT,
            "Blank = the planning model's.",
            required=True,
        ),
        column(
            "Unit",
            "unit",
            T.LABEL,
            "Unit of the value.",
            aliases="units",
        ),
        column(
            "Meaning",
            "meaning",
            T.TEXT,
            "What it does.",
            aliases="help; description; explanation",
        ),
    ),
)

TABLES: dict[str, Table] = {t.key: t for t in (ACCOUNTS, CSMS, PAIRS, ABSENCES, TOUCHPOINTS, SEGMENTS, MADE, SETTINGS)}
"""All input sheets by their key in mappings and file names."""
