"""Exports of Salesforce, HubSpot, Gainsight, ChurnZero and Vitally, told by their headers, and what is odd in each.

Headers as the makers' public documentation names them: Salesforce's Account object and reports, HubSpot's company
properties, Gainsight's Company object, ChurnZero's CSV import, Vitally's account object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bookwright.findings import Severity
from bookwright.tables.cells import as_text
from bookwright.tables.columns import normal, split
from bookwright.tables.grid import Grid, is_blank
from bookwright.tables.headers import CAMEL
from bookwright.tables.notes import Notes, show
from bookwright.tables.raw import Raw


@dataclass(frozen=True, slots=True)
class System:
    """A system whose exports are known: at least `least` of its `signs` stand among the headers, one `strong` one."""

    name: str
    strong: frozenset[str]
    signs: frozenset[str]
    least: int = 2


def _system(name: str, strong: str, signs: str, least: int = 2) -> System:
    return System(name, frozenset(split(strong)), frozenset((*split(strong), *split(signs))), least)


SYSTEMS = (
    _system(
        "ChurnZero",
        "account external id; owner user account; parent account external id",
        "total contract amount; next renewal date; is active; license count; start date; end date; primary churn score",
    ),
    _system(
        "Vitally",
        "external id; account executive id; users count; nps detractor count; churned at",
        "csm id; mrr; next renewal date; health score; trial end date; last seen timestamp; nps score; organization id",
    ),
    _system(
        "Gainsight",
        "gsid; managed as; curr score id; customer lifetime in months; sfdc account id",
        "csm name; current score; overall score; renewal date; lifecycle stage; original contract date; status; csm",
    ),
    _system(
        "HubSpot",
        "record id; hs object id; company owner; hubspot team; associated contact ids; company domain name",
        "company name; lifecycle stage; annual revenue; industry; create date; last activity date",
    ),
    _system(
        "Salesforce",
        "18 digit account id; account owner; owner id; owner name; currency iso code; own field",
        "account id; account name; id; name; parent account id; parent id; type; industry; billing country; "
        "annual revenue; last activity",
    ),
)


def recognise(headers: list[str]) -> System | None:
    """The system that an accounts export comes from, by its headers; None for a sheet of the team's own."""
    seen = {normal(CAMEL.sub(" ", h)) for h in headers}
    if any(h.lower().endswith("__c") or "__r." in h.lower() for h in headers):
        seen.add("own field")
    found = [(len(s.signs & seen), s) for s in SYSTEMS if s.strong & seen and len(s.signs & seen) >= s.least]
    return max(found, key=lambda f: f[0])[1] if found else None


def adapt(grid: Grid, notes: Notes) -> System | None:
    """Say which system an accounts table comes from, and read its odd columns as they are meant.

    A monthly amount stands in for a missing ARR, times 12; ChurnZero's contract amount for a missing ARR; Vitally's
    health is out of ten; `IsActive` and `churnedAt` stand in for a missing status. Each is said.
    """
    system = recognise([h for h, _ in grid.headers])
    if system is not None:
        notes.add(
            "export_of", Severity.NOTE, f"This looks like an export of {system.name}; its columns are read as such.",
        )  # fmt: skip
    own_id = _spare(grid, "external id") if system is not None and system.name == "Vitally" else ""
    if own_id and grid.header("id") == "id" and not any(is_blank(c) for c in grid.extra[own_id]):
        _take(grid, own_id, "id")  # the team's own id, not the one Vitally gave
    for name, words, factor in _MONEY:
        if "arr" not in grid.columns and (header := _spare(grid, name)):
            _take(grid, header, "arr")
            grid.scale["arr"] = factor
            notes.add(
                "stands_in_for_arr", Severity.WARNING, f"There is no ARR column; {show(header)} is taken as {words}.",
                "Maybe name the right one by --columns FILE.toml.", cell=_top(grid, "arr"), key=header,
            )  # fmt: skip
    if system is not None and system.name == "Vitally" and "health" in grid.columns:
        numbers = [c for c in grid.columns["health"] if isinstance(c, (int, float)) or _numeric(c)]
        if numbers and all(0 <= float(str(n)) <= 10 for n in numbers):
            grid.scale["health"] = 10.0
            notes.add(
                "health_of_ten", Severity.NOTE, "Health is read as out of ten, as Vitally gives it.",
                cell=_top(grid, "health"),
            )  # fmt: skip
    for name, meaning, says in _STATUS:
        if system is not None and "status" not in grid.columns and (header := _spare(grid, name)):
            _take(grid, header, "status")
            grid.columns["status"] = [meaning(c) for c in grid.columns["status"]]
            notes.add("stands_in_for_status", Severity.NOTE, f"{show(header)}: {says}", cell=_top(grid, "status"))
    return system


def _is_active(cell: Raw) -> Raw:
    return "churned" if normal(as_text(cell)) in ("false", "no", "0") else "active" if not is_blank(cell) else None


def _churned_at(cell: Raw) -> Raw:
    return None if is_blank(cell) else "churned"


_MONEY = (
    ("mrr", "monthly revenue, times 12", 12.0),
    ("monthly recurring revenue", "monthly revenue, times 12", 12.0),
    ("total contract amount", "a year's revenue", 1.0),
)
_STATUS: tuple[tuple[str, Callable[[Raw], Raw], str], ...] = (
    ("is active", _is_active, "accounts that are not active are read as churned."),
    ("churned at", _churned_at, "accounts with a date there are read as churned."),
)


def _spare(grid: Grid, name: str) -> str:
    """The header of an unread column that says `name`, empty when there is none."""
    for header, field in grid.headers:
        if field is None and normal(CAMEL.sub(" ", header.removesuffix("__c"))) == name:
            return header
    return ""


def _take(grid: Grid, header: str, field: str) -> None:
    """Read an unread column as one of our fields; it rides along as it is, too."""
    grid.columns[field] = list(grid.extra[header])
    grid.letter[field] = grid.letter[header]


def _top(grid: Grid, field: str) -> str:
    return grid.cell(field, 0) if len(grid) else ""


def _numeric(cell: Raw) -> bool:
    try:
        float(str(cell))
    except ValueError:
        return False
    return not is_blank(cell)
