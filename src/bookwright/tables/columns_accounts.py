"""The columns of the Accounts sheet, with the headers that CRM exports use and people write."""

from __future__ import annotations

from bookwright.tables.columns import Table, column, split
from bookwright.tables.columns import Type as T

ACCOUNTS = Table(
    "accounts",
    "Accounts",
    aliases=split("account; customers; customer; clients; book; book of business; portfolio; companies"),
    help="One row per customer account.",
    columns=(
        column(
            "Account ID",
            "id",
            T.ID,
            "Your own id of the account; kept exactly as text.",
            aliases=(
                "18 digit account id; account id 18; account 18 digit id; account id 18 digit; case safe account "
                "id; company id; customer id; client id; record id; sfdc id; salesforce id; salesforce account id; "
                "crm id; sfdc account id; account external id; external id; gsid; hs object id; account number; "
                "customer number; account no; id"
            ),
            required=True,
            example="A-001",
        ),
        column(
            "Account",
            "name",
            T.LABEL,
            "The account's name, for people.",
            aliases=(
                "account name; name; customer name; company name; client name; company; customer; client; account title"
            ),
            example="Acme Ltd",
        ),
        column(
            "Segment",
            "segment",
            T.LABEL,
            "Class of account; CSMs cover segments.",
            aliases=(
                "customer segment; account segment; cs segment; market segment; tier; account tier; customer tier; "
                "size segment; segmentation; service tier; touch model; company segment"
            ),
            required=True,
            example="Enterprise",
        ),
        column(
            "ARR",
            "arr",
            T.MONEY,
            "Annual recurring revenue; blank counts as 0.",
            aliases=(
                "annual recurring revenue; current arr; total arr; arr usd; arr eur; arr amount; acv; annual "
                "contract value; annualized revenue; arr current; recurring revenue; annual revenue recurring; "
                "contract arr; active arr; subscription arr; mrr x 12"
            ),
            required=True,
            unit="currency a year",
            example=250000,
        ),
        column(
            "Current CSM",
            "csm_text",
            T.CSM,
            "Today's CSM, by CSM ID or unique name; blank = needs an owner.",
            aliases=(
                "csm; csm name; customer success manager; customer success manager name; cs owner; cs manager; csm "
                "owner; assigned csm; account csm; csm full name; csm id; current csm id; primary csm; success "
                "manager; customer success owner; cs rep; csm email; csm assigned; customer success rep; client "
                "success manager; account csm name"
            ),
            example="Ana Lopez",
        ),
        column(
            "Hours per month",
            "hours",
            T.HOURS,
            "Hours the account needs from its CSM in a month; blank = the planning model's hours of its segment.",
            aliases=(
                "monthly hours; hours month; csm hours; csm hours per month; workload; workload hours; hours "
                "needed; effort hours; hours mo; hours"
            ),
            unit="hours a month",
            example=9,
        ),
        column(
            "Region",
            "region",
            T.LABEL,
            "Matched with the CSM's Regions.",
            aliases=(
                "geo; geography; sales region; account region; territory region; territory; billing region; "
                "market; theater; theatre"
            ),
            example="EMEA",
        ),
        column(
            "Time zone",
            "time_zone",
            T.LABEL,
            "For the preference of close time zones.",
            aliases="timezone; tz; account time zone",
            example="Europe/Madrid",
        ),
        column(
            "Language",
            "language",
            T.LABEL,
            "Matched with the CSM's Languages.",
            aliases="preferred language; account language; customer language",
            example="Spanish",
        ),
        column(
            "Industry",
            "industry",
            T.LABEL,
            "Matched with the CSM's Industries, as a preference.",
            aliases="vertical; industry vertical; sector; account industry",
            example="Retail",
        ),
        column(
            "Product",
            "product",
            T.LABEL,
            "Matched with the CSM's Products, as a preference.",
            aliases="products; product line; primary product; product name; sku",
            example="Suite",
        ),
        column(
            "Pod",
            "pod",
            T.LABEL,
            "Matched with the CSM's Pod.",
            aliases="account pod; cs pod; team pod; squad",
        ),
        column(
            "Parent ID",
            "parent_id",
            T.ID,
            "Id of the account's parent; accounts of one parent are a family.",
            aliases=(
                "parent account id; parent account; parent; ultimate parent id; parent company id; family id; "
                "ultimate parent account id; parent company; family; global ultimate parent id; parent account "
                "external id"
            ),
        ),
        column(
            "Renewal date",
            "renewal_date",
            T.DATE,
            "Accounts near renewal are frozen.",
            aliases=(
                "renewal; next renewal date; next renewal; contract end date; contract end; subscription end date; "
                "renews on; contract renewal date; current contract end date; term end date; subscription renewal "
                "date"
            ),
            unit="date",
            example="2026-09-30",
        ),
        column(
            "Renewal ARR",
            "renewal_arr",
            T.MONEY,
            "What is up for renewal; blank = ARR.",
            aliases="atr; available to renew; renewal amount; arr up for renewal; renewable arr",
            unit="currency a year",
        ),
        column(
            "Contract term (months)",
            "contract_term_months",
            T.NUMBER,
            "Terms of 3 months or less are not frozen before renewal.",
            aliases=(
                "contract term; term months; contract term months; subscription term; contract length months; "
                "contract length; term; initial term"
            ),
            unit="months",
        ),
        column(
            "CSM since",
            "csm_since",
            T.DATE,
            "When today's CSM took the account.",
            aliases=(
                "csm start date; current csm since; csm assigned date; csm assignment date; assigned since; csm "
                "assigned on; csm effective date"
            ),
            unit="date",
        ),
        column(
            "CSM changes in 24 months",
            "csm_changes_24m",
            T.INTEGER,
            "How often the CSM changed lately.",
            aliases="csm changes; csm changes 24m; csm changes last 24 months; number of csm changes",
            unit="changes",
        ),
        column(
            "Health",
            "health",
            T.HEALTH,
            "Below 50 is red, below 75 amber.",
            aliases=(
                "health score; customer health; account health; current score; overall health; scorecard; health "
                "status; customer health score; scorecard color; rag; rag status; overall score; primary churn score; "
                "churn score"
            ),
            unit="0-100 or red / amber / green",
            example=82,
        ),
        column(
            "Lifecycle stage",
            "stage",
            T.LABEL,
            "Adopting, mature...",
            aliases="lifecycle; stage; customer stage; journey stage; cs stage",
        ),
        column(
            "Complexity",
            "complexity",
            T.LABEL,
            "For multipliers on hours.",
            aliases="product complexity; account complexity",
        ),
        column(
            "Growth potential",
            "growth_potential",
            T.NUMBER,
            "Can be balanced like ARR.",
            aliases="expansion potential; whitespace; white space; upsell potential; growth score; expansion arr",
        ),
        column(
            "Status",
            "status",
            T.STATUS,
            "active / onboarding / notice given / churned / not planned; blank = active.",
            aliases="account status; customer status; lifecycle status; subscription status",
            example="active",
        ),
        column(
            "Coverage",
            "coverage",
            T.COVERAGE,
            "named / pool / partner / none; blank = named.",
            aliases="coverage model; coverage type; engagement model; cs coverage",
            example="named",
        ),
        column(
            "Currency",
            "currency",
            T.CURRENCY,
            "Currency of the money cells in the row.",
            aliases="account currency; currency code; currency iso code; arr currency",
            example="USD",
        ),
        column(
            "Pin",
            "pin",
            T.PIN,
            "A CSM's name = must have this CSM; yes = must keep today's.",
            aliases="locked; do not move; holdover; named exception; pinned; lock; pinned csm; pin to; keep csm",
        ),
        column(
            "Pin reason",
            "pin_reason",
            T.LABEL,
            "Why it is pinned.",
            aliases="lock reason; exception reason; holdover reason; reason for pin",
        ),
        column(
            "Pin until",
            "pin_until",
            T.DATE,
            "Last day of the pin; blank = no end.",
            aliases="locked until; holdover until; pinned until",
            unit="date",
        ),
        column(
            "Freeze until",
            "freeze_until",
            T.DATE,
            "May not move before this date.",
            aliases="frozen until; do not move before; no move before",
            unit="date",
        ),
        column(
            "Escalation",
            "escalation",
            T.YESNO,
            "An open escalation freezes the account.",
            aliases="escalated; open escalation; escalation status; is escalated",
            unit="yes / no",
        ),
        column(
            "Sales owner",
            "sales_owner",
            T.LABEL,
            "The sales person; never taken for the CSM.",
            aliases=(
                "account owner; owner; company owner; account owner full name; owner full name; owner name; "
                "account executive; ae; sales rep; account manager; opportunity owner; owner id; account owner id; "
                "hubspot owner; contact owner; account owner name; owner user account; account executive id"
            ),
        ),
        column(
            "Notes",
            "notes",
            T.TEXT,
            "Anything; never sent to reviewers unless asked.",
            aliases="note; comments; comment; remarks",
        ),
    ),
)
