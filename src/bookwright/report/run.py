"""The Findings and Run sheets: what was said about the input, and everything needed to understand or repeat the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bookwright.findings import Finding
from bookwright.planning_model import PlanningModel, parse, place_of
from bookwright.result import Result
from bookwright.rules.catalogue import CATALOGUE, build
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Table, Value

_SEVERITIES = (Mark(Look.BAD, equals="error"), Mark(Look.WARN, equals="warning"))


def findings_table(result: Result) -> Table:
    """One row per finding, worst first: where it stands, what it is, and a way out."""
    rows = [_finding(f) for f in result.findings.sorted()]
    return Table(
        columns=(
            Column("Severity", width=10, marks=_SEVERITIES),
            Column("Where", width=40, wrap=True),
            Column("What", width=70, wrap=True),
            Column("Maybe", width=50, wrap=True, key="advice"),
            Column("Value", width=24, wrap=True),
            Column("Count", Kind.WHOLE, width=8),
            Column("More like it", width=30, wrap=True),
            Column("Code", width=24),
        ),
        rows=rows,
        filtered=True,
        empty="Nothing to say about the input.",
    )


def _finding(f: Finding) -> tuple[Value, ...]:
    more = ", ".join(f.cells[1:21])
    count = max(f.count, len(f.cells), 1)
    return (f.severity.value, f.place, f.message, f.advice, f.value, count, more, f.code)


def run_table(result: Result) -> Table:
    """What was run and how: dates, status, plan id, fingerprint, options, versions."""
    columns = (Column("Run", width=52), Column("Value", width=46, wrap=True), Column("Note", width=34))
    return Table(columns=columns, rows=list(_facts(result)))


def settings_table(result: Result) -> Table:
    """Every setting in force with its value and where the value comes from."""
    return Table(
        columns=(Column("Setting"), Column("Value", wrap=True), Column("Where it comes from", key="origin")),
        rows=settings(result),
        title="Settings",
    )


def _facts(result: Result) -> Iterator[tuple[Value, ...]]:
    problem = result.problem
    model = problem.model
    yield "Planning model", model.title or model.name, model.name
    yield "Effective date", problem.effective_date.isoformat(), model.origins.get("effective_date", "default")
    yield "Input", problem.portfolio.source or "made in Python", ""
    yield "Status", result.status.value, "OPTIMAL: proved best; FEASIBLE: keeps every hard rule"
    yield "Stopped by", result.stopped_by.value, ""
    yield "Plan ID", result.plan_id, ""
    yield "Plan hash", result.plan.plan_hash, "sha256 of sorted lines: account id, tab, CSM id"
    yield "Fingerprint", result.fingerprint, "sha256 of facts, planning model, effective date, seed, versions"
    for name, value in result.options.items():
        yield name.replace("_", " ").capitalize(), _plain(value), "option"
    for name, version in result.versions.items():
        yield f"Version of {name}", version, ""
    for name, seconds in result.seconds.items():
        yield f"Seconds to {name}", round(float(seconds), 2), "differs from run to run"


def priorities_table(result: Result) -> Table:
    """One row per priority in order: value, what is proved of it, and how far from the best it can be."""
    rows = [
        (p.title or p.name, p.unit, p.before, p.value, p.best, p.bound, p.gap, p.give, p.certified, p.solver)
        for p in result.priorities
    ]
    return Table(
        columns=(
            Column("Priority", width=38),
            Column("Unit"),
            Column("Before", Kind.NUMBER, width=14),
            Column("Value in this plan", Kind.NUMBER, width=14, key="value"),
            Column(
                "Best reached", Kind.NUMBER, width=14, key="best", help="Later priorities may give up `give` of it."
            ),
            Column("Proved bound", Kind.NUMBER, width=14, key="bound", help="No plan can be better than this."),
            Column("Gap", Kind.SHARE, width=10, help="(best - bound) / scale: 0 = proved best."),
            Column("Give", Kind.SHARE, width=10),
            Column("Certified bound", Kind.NUMBER, width=14, key="certified"),
            Column("Solver's bound", Kind.NUMBER, width=14, key="solver"),
        ),
        rows=rows,
        title="Priorities",
        empty="The planning model has no priorities.",
    )


def model_table(result: Result) -> Table:
    """The planning model's text as it was read, line by line."""
    lines = result.problem.model.text.splitlines()
    return Table(
        columns=(Column("Line"),),
        title="Planning model as read",
        rows=[(line or " ",) for line in lines],
        empty="No text: made in Python.",
    )


def settings(result: Result) -> list[tuple[str, Value, str]]:
    """Every setting in force: key, value, and where it comes from (default, planning model, Settings sheet, option)."""
    model = result.problem.model
    aside = {"origins", "text", "priorities", "name", "title", "description"}
    written = _flat(parse(model.text, model.name).model_dump(exclude_unset=True)) if model.text else {}
    laid_over = {place_of(key): origin for key, origin in model.origins.items()}
    in_force = _flat(model.model_dump(exclude=aside | {"rules"})) | _flat(_rules(model), "rules")
    found: list[tuple[str, Value, str]] = []
    for key, value in in_force.items():
        origin = laid_over.get(key) or (f"planning model {model.name}" if key in written else "default")
        found.append((key, _plain(value), origin))
    return found


def _rules(model: PlanningModel) -> dict[str, Any]:
    """The tables of the rules that are on, with the defaults they take where the planning model says nothing."""
    names = {kind: name for name, kind in CATALOGUE.items()}
    tables: dict[str, list[dict[str, Any]]] = {}
    for rule in build(model):
        tables.setdefault(names[type(rule)], []).append(rule.settings.model_dump())
    several = {name for name, table in model.rules.items() if isinstance(table, list | tuple)}
    return {name: found if name in several else found[0] for name, found in tables.items()}


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys; lists of tables by their measure, account column or position."""
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for key, inner in value.items():
            found |= _flat(inner, f"{prefix}.{key}" if prefix else str(key))
        return found
    if isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
        found = {}
        for k, inner in enumerate(value):
            name = next((key for key in ("measure", "account", "column") if key in inner), None)
            here = f"{prefix}.{inner[name] if name else k + 1}"
            found |= _flat({key: v for key, v in inner.items() if key != name}, here)
        return found
    return {prefix: value}


def _plain(value: Any) -> Value:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not set"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value) or "none"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
