"""The Touchpoints and Segments sheets laid over a planning model: what stands in the workbook wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from bookwright.coverage_model import Segmentation, SegmentCoverage, SegmentRule, Touchpoint
from bookwright.findings import Finding, InputError, Severity
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Portfolio, SegmentRow, TouchpointRow

TOUCHPOINTS_ORIGIN, SEGMENTS_ORIGIN = "Touchpoints sheet", "Segments sheet"


def with_sheets(model: PlanningModel, portfolio: Portfolio) -> PlanningModel:
    """The planning model with the workbook's Touchpoints and Segments sheets laid over it, each with its origin.

    A segment named on Touchpoints gets the rows there and no others. On Segments, blank cells change nothing; rows
    with a condition replace the planning model's segment rules. Raises `InputError` naming the row.
    """
    if not portfolio.touchpoints and not portfolio.segment_rows:
        return model
    coverage = dict(model.coverage)
    names = {name.casefold(): name for name in coverage}
    origins = dict(model.origins)
    by_segment: dict[str, list[TouchpointRow]] = {}
    for row in portfolio.touchpoints:
        by_segment.setdefault(names.setdefault(row.segment.casefold(), row.segment), []).append(row)
    for segment, rows in by_segment.items():
        made = tuple(_touchpoint(row) for row in rows)
        coverage[segment] = coverage.get(segment, SegmentCoverage()).model_copy(
            update={"touchpoints": made, "source": ""}
        )
        origins[f"coverage.{segment}"] = TOUCHPOINTS_ORIGIN
    for line in portfolio.segment_rows:
        given = {
            "new_accounts_percent_per_year": line.new_accounts_percent,
            "inbound_hours_per_month": line.inbound_hours,
            "tickets_per_month": line.tickets,
            "minutes_per_ticket": line.minutes_per_ticket,
        }
        changed = {key: value for key, value in given.items() if value is not None}
        if changed:
            segment = names.setdefault(line.segment.casefold(), line.segment)
            coverage[segment] = _checked(coverage.get(segment, SegmentCoverage()), changed, line)
            origins.setdefault(f"coverage.{segment}", SEGMENTS_ORIGIN)
    rules = _rules(portfolio.segment_rows)
    segmentation = model.segmentation
    if rules:
        segmentation = Segmentation.model_validate({**segmentation.model_dump(), "rules": rules})
        origins["segmentation.rules"] = SEGMENTS_ORIGIN
    return model.model_copy(update={"coverage": coverage, "segmentation": segmentation, "origins": origins})


def _rules(rows: Sequence[SegmentRow]) -> tuple[SegmentRule, ...]:
    """Rows that say who belongs to a segment: those with a limit or values."""
    return tuple(
        SegmentRule(
            segment=row.segment, column=row.column or "arr", at_least=row.at_least, below=row.below, one_of=row.one_of
        )
        for row in rows
        if row.at_least is not None or row.below is not None or row.one_of
    )


def _touchpoint(row: TouchpointRow) -> Touchpoint:
    fields: dict[str, Any] = row.model_dump(exclude={"segment", "row"})
    given = {k: v for k, v in fields.items() if v not in (None, "")}
    found: Touchpoint = _valid(Touchpoint, given, "Touchpoints", row.row)
    return found


def _checked(table: SegmentCoverage, changed: dict[str, float], row: SegmentRow) -> SegmentCoverage:
    found: SegmentCoverage = _valid(SegmentCoverage, {**table.model_dump(), **changed}, "Segments", row.row)
    return found


def _valid(schema: Any, values: dict[str, Any], sheet: str, row: int) -> Any:
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        what = str(first["loc"][-1]).replace("_", " ")
        text = f"Row {row} of the {sheet} sheet: {what} {first.get('input')!r} cannot be: {first['msg'].lower()}."
        raise InputError(Finding("bad_coverage", Severity.ERROR, text, "Maybe a typing error.", sheet=sheet)) from error
