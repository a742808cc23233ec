"""The columns of the CSMs sheet, with other headers people use."""

from __future__ import annotations

from bookwright.tables.columns import Table, column, split
from bookwright.tables.columns import Type as T

CSMS = Table(
    "csms",
    "CSMs",
    aliases=split(
        "csm; csm list; team; csm team; customer success managers; people; cs team; roster; capacity; managers"
    ),
    help="One row per CSM or pool.",
    columns=(
        column(
            "CSM ID",
            "id",
            T.ID,
            "Your own id of the CSM; blank = the name.",
            aliases="employee id; user id; owner id; csm user id; person id; id; worker id",
            example="C-01",
        ),
        column(
            "CSM",
            "name",
            T.LABEL,
            "The name people know.",
            aliases=(
                "csm name; name; full name; customer success manager; customer success manager name; employee; "
                "employee name; owner name; user name; person; csm full name; display name"
            ),
            required=True,
            example="Ana Lopez",
        ),
        column(
            "Email",
            "email",
            T.LABEL,
            "Where review workbooks go.",
            aliases="e mail; email address; csm email; work email; mail",
            example="ana.lopez@example.com",
        ),
        column(
            "Manager",
            "manager",
            T.LABEL,
            "The person the CSM reports to.",
            aliases="team lead; reports to; csm manager; manager name; team leader; line manager; direct manager",
            example="Marta Ruiz",
        ),
        column(
            "Segments",
            "segments",
            T.LIST,
            "Segments covered; blank = all.",
            aliases="segment; covers; segments covered; covered segments; tier; tiers; coverage",
            required=True,
            example="Enterprise, Mid-Market",
        ),
        column(
            "Regions",
            "regions",
            T.LIST,
            "Regions covered; blank = any.",
            aliases="region; territory; territories; geo; geos; covered regions",
            example="EMEA",
        ),
        column(
            "Languages",
            "languages",
            T.LIST,
            "Languages spoken; blank = any.",
            aliases="language; speaks; languages spoken",
            example="Spanish, English",
        ),
        column(
            "Industries",
            "industries",
            T.LIST,
            "Industries known; blank = any.",
            aliases="industry; verticals; vertical; sectors",
        ),
        column(
            "Products",
            "products",
            T.LIST,
            "Products known; blank = any.",
            aliases="product; product lines; product knowledge",
        ),
        column(
            "Time zones",
            "time_zones",
            T.LIST,
            "For the preference of close time zones.",
            aliases="time zone; timezone; timezones; tz",
        ),
        column(
            "Pod",
            "pod",
            T.LIST,
            "Pods served; blank = any.",
            aliases="pods; squad; cs pod",
        ),
        column(
            "Contract hours per month",
            "contract_hours",
            T.HOURS,
            "Ordinary leave already taken off; blank = 150.",
            aliases=(
                "contract hours; contracted hours; hours per month; monthly hours; working hours per month; "
                "working hours"
            ),
            unit="hours a month",
            example=150,
        ),
        column(
            "Customer hours per month",
            "customer_hours",
            T.HOURS,
            "Capacity; wins over contract hours.",
            aliases=(
                "customer hours; customer facing hours; capacity; capacity hours; available hours; customer facing "
                "hours per month; capacity hours per month; capacity per month"
            ),
            unit="hours a month",
        ),
        column(
            "Reserved hours",
            "reserved_hours",
            T.HOURS,
            "Hours for own projects or manager duties.",
            aliases="reserved hours per month; project hours; other hours",
            unit="hours a month",
        ),
        column(
            "Internal share",
            "internal_share",
            T.SHARE,
            "Share of hours without customers; blank = one third.",
            aliases="internal time; internal share percent; internal; internal time share",
            unit="%",
        ),
        column(
            "Productivity",
            "productivity",
            T.FACTOR,
            "1 = normal.",
            aliases="productivity factor; efficiency",
            unit="factor",
        ),
        column(
            "Ramp (percent per month)",
            "ramp",
            T.PERCENTS,
            "Percent of full productivity in each month from the start date: 25, 50, 75.",
            aliases="ramp; ramp percent per month; ramp schedule; ramp up",
            unit="% per month",
        ),
        column(
            "Ramp (percent now)",
            "ramp_now",
            T.PERCENT,
            "Percent of full productivity today.",
            aliases="ramp percent now; ramp now; current ramp; ramp today",
            unit="%",
        ),
        column(
            "Start date",
            "start_date",
            T.DATE,
            "First day; blank = here.",
            aliases="start; hire date; starts; joined; joining date; date of hire",
            unit="date",
        ),
        column(
            "End date",
            "end_date",
            T.DATE,
            "Last day; blank = stays.",
            aliases="end; leaves; leaving date; last day; termination date; departure date",
            unit="date",
        ),
        column(
            "Announce on",
            "announce_on",
            T.DATE,
            "Before this date nothing sent may reveal the departure.",
            aliases="announcement date; announced on; announce date",
            unit="date",
        ),
        column(
            "Max accounts",
            "max_accounts",
            T.INTEGER,
            "At most so many accounts.",
            aliases="maximum accounts; account cap; max book size; account limit; max number of accounts",
            unit="accounts",
        ),
        column(
            "Max moves in",
            "max_moves_in",
            T.INTEGER,
            "At most so many chosen moves in.",
            aliases="max in; maximum moves in",
            unit="accounts",
        ),
        column(
            "Max moves out",
            "max_moves_out",
            T.INTEGER,
            "At most so many chosen moves out.",
            aliases="max out; maximum moves out",
            unit="accounts",
        ),
        column(
            "Kind",
            "kind",
            T.KIND,
            "A pool is several people with summed hours.",
            aliases="type; csm kind; csm type",
            unit="person / pool",
            example="person",
        ),
        column(
            "Cost per month",
            "cost_per_month",
            T.MONEY,
            "For headcount.",
            aliases="monthly cost; cost; loaded cost per month",
            unit="currency a month",
        ),
        column(
            "CRM user ID",
            "crm_user_id",
            T.ID,
            "For exports to the CRM.",
            aliases="crm id; salesforce user id; sfdc user id; crm owner id; hubspot owner id; salesforce id",
        ),
    ),
)
