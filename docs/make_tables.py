"""Makes the tables of docs/ that repeat what the code declares: `python docs/make_tables.py` writes them anew.

A table stands between `<!-- made: NAME -->` and `<!-- end -->`. A test keeps pages and code equal. After `make bench`,
its table goes into the README between the marks that stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bookwright.coverage_model import SegmentCoverage, Touchpoint
from bookwright.planning_model import PlanningModel, place_of
from bookwright.rules.catalogue import CATALOGUE
from bookwright.tables.catalogue import TABLES
from bookwright.tables.setting_rows import SETTING_ROWS

FOLDER = Path(__file__).parent

NOT_BY_HAND = ("last_round", "decisions", "towards")
"""Rules that a later round or a staged path turns on; nobody writes them into a planning model."""

MEANINGS = {
    "": {
        "name": "how the model is called: letters, digits, underscores",
        "title": "the heading of Summary",
        "description": "one sentence for `bookwright models list`",
        "effective_date": "the day the plan takes effect; without it the first day of the next fiscal quarter",
        "fiscal_year_starts_month": "1 = January; fiscal quarters count from it",
        "currency": "currency of the plan; blank: as in the accounts",
        "hours_per_month": "a table, segment = hours: for accounts whose Hours cell is blank",
        "coverage": "a table per segment, `[coverage.SEGMENT]`: see below",
        "multipliers": "a table per column of the accounts, `[multipliers.COLUMN]`: value = factor on the hours from "
        'touchpoints; a value is a word, a health colour, or a comparison such as `"< 50"`',
        "hours_per_month_elsewhere": "hours of an account whose segment is not in that table either",
    },
    "horizon": {"months": "books are held to the CSMs' hours in the last of these months"},
    "crm": {
        "csm_field": "the CRM's field that holds the CSM, as `CSM__c` or `Customer Success Manager`; "
        "it has no default, above all not the account owner",
        "record_id_column": "your column that holds the CRM's record id, where Account ID is not it",
    },
    "capacity": {
        "contract_hours_per_month": "where the CSM's cell is blank; ordinary leave is already taken off",
        "internal_share_percent": "share of contract hours without customers: meetings, admin, learning",
        "ramp_percent_per_month": "what a CSM manages in the first, second, ... month after their start date",
    },
    "coverage.SEGMENT": {
        "new_accounts_percent_per_year": "new accounts in a year as a share of the base: smooths one-time touchpoints",
        "inbound_hours_per_month": "hours an account asks for by itself",
        "tickets_per_month": "tickets per account, added to inbound hours ...",
        "minutes_per_ticket": "... with these minutes each",
        "touchpoints": "a list of touchpoints: see below",
        "source": "where the figures come from, for readers of the sheets",
    },
    "coverage.SEGMENT.touchpoints": {
        "name": "what is done",
        "hours": "hours of a person each time, preparation and follow-up included",
        "times": "how often in the period",
        "per": "`month`, `quarter`, `year`, or `once`: one-time, as a kick-off",
        "channel": "`human` or `digital`",
        "activity": "`proactive`, `reactive` or `internal`",
        "owner": "another role than `CSM` (or `Pool`): its hours are shown and not counted",
        "stage": "lifecycle stage of a one-time touchpoint; none: onboarding",
        "before_renewal": "true: falls into the months before the renewal date",
        "months": "months that a one-time or renewal touchpoint is spread over",
        "automatable_percent": "share of its hours that tooling could take over",
    },
    "workload": {
        "one_time": "`smoothed` over all accounts by the arrival rate, or in the real `months` of those in that stage",
    },
    "segmentation": {
        "fill": "`blank`: rules fill blank Segment cells; `all`: rules overwrite them",
        "boundary_percent": "accounts this near to a limit are listed",
        "rules": "a list, the first that matches wins: `segment`, `column` (`arr`), `at_least`, `below`, `one_of`",
        "overrides": "a table, account id = segment: wins over cells and rules",
    },
    "health_score": {
        "parts": "a list for accounts without Health: `column`, `weight`, `worst` (counts 0), `best` (counts 100)",
    },
    "hand_over": {
        "hours": "hours that a hand-over takes on each side, by segment of the account",
        "pool": "... where a pool gives or takes it",
        "elsewhere": "... where the segment is not in that table",
        "latest_days": "no hand-over is planned later than this many days after the effective date",
        "order": "who is handed over first: `large` (the largest ARR) or `easy` (the lowest price of a move)",
        "accounts_per_month": "a CSM receives at most this many accounts in a month; none: as many as their hours hold",
    },
    "stages": {
        "quarters": "stages of the path from today to a redesign, one a quarter",
        "accounts_percent": "at most this share of the accounts that have a CSM moves by choice in one stage",
        "arr_percent": "... and this share of their ARR",
        "days_before_renewal": "who is this near to renewal when a stage begins waits for a later one",
        "days_after_renewal": "... or this soon after it",
        "days_after_csm_change": "... or changed CSM this recently",
        "onboarding_days": "... or is onboarded since no longer than this",
    },
    "headcount": {
        "target_utilization_percent": "the utilization to staff for",
        "arr_per_csm": "rules of thumb that the hours are compared with; they decide nothing",
        "cost_per_csm_month": "what a CSM costs; none: the mean of Cost per month on the CSMs sheet",
    },
    "fx": {
        "into": "currency that everything is turned into",
        "date": "the day of the rates, shown on Run",
        "rates": "a table, currency = what one unit of it is worth",
    },
    "matches": {
        "account": "a column of the accounts: ours (`region`) or your own header",
        "csm": "a list column of the CSMs: ours (`regions`) or your own header",
        "points": "what a miss adds to the price of a move (mode priority)",
        "within_hours": "compare time zones by their distance in hours instead of by name",
    },
    "pins": {"many_per_csm": "more pins than this for one CSM is a finding"},
    "freezes": {
        "days_before_renewal": "stays put this many days before its renewal",
        "days_after_renewal": "... and this many after it",
        "days_after_csm_change": "stays put this many days after `CSM since`",
        "onboarding_days": "stays put this many days while it is onboarded",
        "short_contract_months": "no windows for contracts this short or shorter",
        "exempt_segments": "segments without windows",
        "everyone": "true: no account that has a CSM moves by choice",
        "or_budget": "true: `everyone` is meant only while the model's `move_budget.accounts_percent` is 0",
    },
    "families": {
        "how": "`keep`: members with one CSM today stay together; `unite`: all end with one CSM; `off`",
    },
    "prefers": {"points": "what missing a preferred CSM adds to the price of a move"},
    "ramp": {
        "percent": "new hires end with at most this share of their hours; the rest is room for the last hand-overs",
    },
    "successor": {
        "industry": "points where whoever takes the account over does not know its industry",
        "background": "points x the share of the predecessor's industries that the successor does not know",
        "new_hire": "points where a tenured account goes to a new hire (ramping, or less than a year in the team)",
        "tenured_years": "... from this many years with today's CSM on",
        "another_team": "points where the successor has another manager (placed and forced moves; chosen ones pay "
        "`across_managers`)",
        "knows_from_accounts": "a CSM knows an industry that so many accounts of today's book have, beside those of "
        "their Industries cell",
    },
    "move_budget": {
        "accounts_percent": "at most this share of the accounts that have a CSM moves by choice",
        "arr_percent": "... and this share of their ARR",
        "elsewhere_percent": "at most this share moves to CSMs who are no new hires; 0: new hires alone receive",
        "in_at_least": "each CSM may receive this many ...",
        "in_percent_of_book": "... or this share of today's book, whichever is more; new hires are exempt",
    },
    "book_size": {
        "max_accounts": "accounts per CSM at most; `Max accounts` on the CSMs sheet wins",
        "min_accounts": "accounts per CSM at least",
        "max_by_segment": "a table, segment = accounts of it per CSM at most",
    },
    "hours": {"ceiling_percent": "a wall: no book above this share of the CSM's hours"},
    "balance": {
        "measure": "`arr`, `utilization`, `renewal_arr` (a band per fiscal quarter), `accounts`, `red_arr`, "
        "`growth_potential`, or a numeric column of yours",
        "tolerance_percent": "the band is the target plus and minus this share of it",
        "tolerance_points": "the band for `utilization`: points of the CSM's hours",
        "tolerance_percent_by_segment": "another tolerance for CSMs who mainly have that segment",
        "weight": "how much a breach of this measure counts against the others",
        "grain": "the band is never narrower than this many typical accounts either way",
        "cap_percent": "instead of a band: `measure` at most this share of `of` in any book",
        "of": "what `cap_percent` is a share of",
    },
    "months": {
        "peak_percent": "work of a book in a month up to this share of the CSM's hours is free",
        "months_ahead": "months from the effective date that are looked at",
        "team_percent": "a month counts if a book is over it today, or if its peaks take this share of all hours",
        "weight": "how much a breach counts against those of the bands",
    },
    "move_price": {
        "base": "points of any move",
        "arr_per_median": "points per multiple of the segment's median ARR ...",
        "arr_medians_at_most": "... counted up to this multiple",
        "per_year_with_csm": "points per year with today's CSM ...",
        "years_at_most": "... counted up to this many years",
        "health_yellow_or_red": "points where health is yellow or red (below 75)",
        "csm_changed_within_12_months": "points where the CSM changed in the last 12 months",
        "across_managers": "points where the new CSM has another manager",
        "near_renewal_factor": "the price is multiplied by this ...",
        "near_renewal_from_day": "... from this many days before renewal",
        "near_renewal_to_day": "... up to this many",
    },
    "evenness": {"within_points": "differences from the target utilization within this count as even"},
}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines
    )


def input_columns(key: str) -> str:
    """The columns of one input sheet."""
    rows = []
    for column in TABLES[key].columns:
        title = f"**{column.title}** (required)" if column.required else column.title
        unit = f" ({column.unit})" if column.unit else ""
        rows.append((title, column.type.value, column.help + unit, ", ".join(column.aliases)))
    return _table(("column", "holds", "meaning", "also understood"), rows)


def settings_rows() -> str:
    """The rows of the Settings sheet, and where each stands in a planning model."""
    rows = [(s.title, s.unit, f"{s.meaning} Blank: {s.default}.", f"`{place_of(s.key)}`") for s in SETTING_ROWS]
    rows.append(
        ("Hours per month: SEGMENT", "hours a month", "For accounts without hours of their own.", "`hours_per_month`")
    )
    return _table(("setting", "unit", "meaning", "in a planning model"), rows)


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "(required)"
    if value is None or value in ("", {}, ()):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{k} {v:g}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _keys(schema: type[BaseModel], meanings: dict[str, str], skip: Sequence[str] = ()) -> str:
    rows = []
    for key, field in schema.model_fields.items():
        if key in skip:
            continue
        if key not in meanings:
            raise KeyError(f"{schema.__name__}.{key} has no meaning yet: add it to MEANINGS in {__file__}")
        default = field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]
        rows.append((f"`{key}`", _default(default), meanings[key]))
    return _table(("key", "default", "meaning"), rows)


def model_keys() -> str:
    """The keys at the top of a planning model, and of its plain tables."""
    sections = (
        "horizon",
        "capacity",
        "fx",
        "crm",
        "workload",
        "segmentation",
        "health_score",
        "headcount",
        "hand_over",
    )
    # Tables that a command of their own uses (capacity, coverage) are told on that command's page.
    elsewhere = [
        key
        for key, field in PlanningModel.model_fields.items()
        if key not in MEANINGS[""] and field.annotation not in (str, int, float, bool)
    ]
    parts = [_keys(PlanningModel, MEANINGS[""], (*elsewhere, "text"))]
    for name in (*sections, "stages"):
        schema: Any = PlanningModel.model_fields[name].annotation
        parts.append(f"`[{name}]`\n\n{_keys(schema, MEANINGS[name])}")
    for name, schema in (("coverage.SEGMENT", SegmentCoverage), ("coverage.SEGMENT.touchpoints", Touchpoint)):
        head = f"`[[{name}]]`" if name.endswith("touchpoints") else f"`[{name}]`"
        parts.append(f"{head}\n\n{_keys(schema, MEANINGS[name])}")
    return "\n\n".join(parts)


def rule_keys() -> str:
    """Every rule with its modes and settings."""
    parts = []
    for name, rule in CATALOGUE.items():
        if name in NOT_BY_HAND:
            continue
        many = name in ("matches", "balance")
        head = f"### `{'[[' if many else '['}rules.{name}{']]' if many else ']'}`"
        default = _default(rule.schema.model_fields["mode"].default)
        modes = ", ".join(f"**{m}**" if m == default else m for m in rule.modes)
        first = (rule.__doc__ or "").strip().splitlines()[0]
        text = f"{head}\n\n{first} Modes: {modes}."
        if len(rule.schema.model_fields) > 1:
            text += "\n\n" + _keys(rule.schema, MEANINGS.get(name, {}), ("mode",))
        parts.append(text)
    return "\n\n".join(parts)


MADE: dict[str, Callable[[], str]] = {
    **{f"columns {key}": (lambda k=key: input_columns(k)) for key in TABLES if key != "settings"},  # type: ignore[misc]
    "settings": settings_rows,
    "model keys": model_keys,
    "rule keys": rule_keys,
}


def made(text: str) -> str:
    """A page with its tables made anew."""

    def fill(match: re.Match[str]) -> str:
        return f"<!-- made: {match[1]} -->\n{MADE[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- made: (.+?) -->\n.*?<!-- end -->", fill, text, flags=re.DOTALL)


def with_benchmarks(readme: str, table: str) -> str:
    """The README with the table that `make bench` wrote."""
    marks = "<!-- benchmarks: from bench-results/table.md -->", "<!-- end of benchmarks -->"
    before, rest = readme.split(marks[0])
    return f"{before}{marks[0]}\n{table.strip()}\n{marks[1]}{rest.split(marks[1])[1]}"


if __name__ == "__main__":
    measured, front = FOLDER.parent / "bench-results" / "table.md", FOLDER.parent / "README.md"
    if measured.is_file():
        text = with_benchmarks(front.read_text(encoding="utf-8"), measured.read_text(encoding="utf-8"))
        front.write_text(text, encoding="utf-8", newline="\n")
    for page in sorted(FOLDER.glob("*.md")):
        old = page.read_text(encoding="utf-8")
        if (new := made(old)) != old:
            page.write_text(new, encoding="utf-8", newline="\n")
            print(f"{page.name} made anew")
