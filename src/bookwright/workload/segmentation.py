"""Segments by rule, accounts near a boundary, and a health score from weighted columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bookwright.coverage_model import HealthPart, SegmentRule
from bookwright.findings import Finding, Findings, Severity
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Account, Portfolio


@dataclass(frozen=True, slots=True)
class NearBoundary:
    """An account whose value is close to the limit of a segment rule: a little more or less would change it."""

    account_id: str
    account: str
    segment: str
    column: str
    value: float
    limit: float
    away: float
    """(value - limit) / limit."""


def sort_into_segments(portfolio: Portfolio, model: PlanningModel) -> tuple[Portfolio, Findings]:
    """The portfolio with segments by the model's rules and health by its weighted columns, and what that changed.

    An override wins; a filled Segment cell wins unless the model says `fill = "all"`; else the first rule that matches.
    A filled Health cell always wins.
    """
    by_rule: Counter[str] = Counter()
    scored = 0
    accounts = []
    rules, parts = model.segmentation.rules, model.health_score.parts
    overrides = model.segmentation.overrides
    for account in portfolio.accounts:
        changed: dict[str, Any] = {}
        segment = overrides.get(account.id) or account.segment
        if account.id not in overrides and rules and (not account.segment or model.segmentation.fill == "all"):
            segment = next((r.segment for r in rules if _matches(r, account)), account.segment)
        if segment != account.segment:
            changed["segment"] = segment
            by_rule[segment] += 1
        if account.health is None and parts and (score := health_score(account, parts)) is not None:
            changed["health"] = score
            scored += 1
        accounts.append(account.model_copy(update=changed) if changed else account)
    if not by_rule and not scored:
        return portfolio, Findings()
    said = []
    if by_rule:
        origin = model.origins.get("segmentation.rules", "planning model")
        parts_of = ", ".join(f"{count:,} {segment}" for segment, count in by_rule.most_common())
        text = f"{by_rule.total():,} accounts get their segment by rule ({origin}): {parts_of}."
        said.append(Finding("segment_by_rule", Severity.NOTE, text, count=by_rule.total()))
    if scored:
        text = f"{scored:,} accounts get their health from the planning model's weighted columns."
        said.append(Finding("health_by_score", Severity.NOTE, text, count=scored))
    return portfolio.model_copy(update={"accounts": tuple(accounts)}), Findings(tuple(said))


def health_score(account: Account, parts: Sequence[HealthPart]) -> float | None:
    """0 to 100: the weighted mean of the columns that hold a number, each from worst (0) to best (100)."""
    total = weight = 0.0
    for part in parts:
        value = account.value(part.column)
        if isinstance(value, bool) or not isinstance(value, int | float) or part.best == part.worst:
            continue
        share = (value - part.worst) / (part.best - part.worst)
        total += part.weight * min(1.0, max(0.0, share))
        weight += part.weight
    return 100 * total / weight if weight else None


def near_boundaries(portfolio: Portfolio, model: PlanningModel) -> tuple[NearBoundary, ...]:
    """Planned accounts within the model's percentage of a limit of a segment rule, the nearest first."""
    share = model.segmentation.boundary_percent / 100
    limits = {
        (r.column, limit) for r in model.segmentation.rules for limit in (r.at_least, r.below) if limit is not None
    }
    found: dict[str, NearBoundary] = {}
    for account in portfolio.accounts:
        for column, limit in limits if account.planned else ():
            value = _number(account.value(column))
            if value is None or not limit or abs(value - limit) > share * abs(limit):
                continue
            away = (value - limit) / abs(limit)
            if account.id not in found or abs(away) < abs(found[account.id].away):
                found[account.id] = NearBoundary(account.id, account.name, account.segment, column, value, limit, away)
    return tuple(sorted(found.values(), key=lambda n: (abs(n.away), n.account_id)))


def _matches(rule: SegmentRule, account: Account) -> bool:
    value = account.value(rule.column)
    if rule.one_of:
        return str("" if value is None else value).strip().casefold() in {w.strip().casefold() for w in rule.one_of}
    number = _number(value)
    if number is None:
        return False
    above = rule.at_least is None or number >= rule.at_least
    return above and (rule.below is None or number < rule.below)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
