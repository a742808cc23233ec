"""The result as one JSON object: what `plan --json` prints."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bookwright.books import MoveKind
from bookwright.report.summary import Extent, summary
from bookwright.report.verdict import alarms, notes, verdict
from bookwright.result import Result


def as_json(result: Result, out: str | Path | None = None) -> dict[str, Any]:
    """The result as plain values, ready for `json.dumps`; `out` is the workbook that was written.

    Money is in `currency`, hours are per month, shares and gaps are fractions. No number is ever NaN or infinite:
    such a value is null.
    """
    s = summary(result)
    severities = [f.severity.value for f in result.findings]
    found = {
        "status": result.status.value,
        "stopped_by": result.stopped_by.value,
        "exit_code": result.exit_code,
        "verdict": verdict(s),
        "alarms": alarms(s),
        "notes": notes(s),
        "effective_date": result.problem.effective_date.isoformat(),
        "planning_model": result.problem.model.name,
        "currency": s.currency,
        "priorities": [_priority(p) for p in result.priorities],
        "accounts": s.accounts,
        "csms": s.csms,
        "unassigned": list(result.unassigned),
        "fewest_moves": result.fewest_moves,
        "moves": {
            **{kind.value: _extent(s.moves[kind]) for kind in MoveKind},
            "all": _extent(s.all_moves),
            "near_renewal": _extent(s.near_renewal),
            "second_change": _extent(s.second_change),
            "across_managers": _extent(s.across_managers),
        },
        "before_after": {line.key: {"before": line.before, "after": line.after} for line in s.lines},
        "breaches": [dataclasses.asdict(b) for b in s.breaches],
        "diagnosis": list(result.diagnosis),
        "shortages": [dataclasses.asdict(x) for x in s.shortages],
        "teams": [dataclasses.asdict(t) for t in s.teams],
        "interim": [dataclasses.asdict(x) for x in result.interim],
        "frozen": [dataclasses.asdict(g) for g in s.frozen],
        "not_planned": [dataclasses.asdict(g) for g in s.not_planned],
        "ledger": [dataclasses.asdict(row) for row in result.ledger],
        "bands": [dataclasses.asdict(b) for b in result.bands],
        "findings": {level: severities.count(level) for level in ("error", "warning", "note")},
        "seconds": {key: round(float(result.seconds.get(key, 0.0)), 3) for key in ("read", "solve", "write")},
        "options": dict(result.options),
        "out": None if out is None else str(out),
        "plan_id": result.plan_id,
        "plan_hash": result.plan.plan_hash,
        "fingerprint": result.fingerprint,
        "version": result.versions.get("bookwright", ""),
    }
    plain: dict[str, Any] = _plain(found)
    return plain


def _priority(p: Any) -> dict[str, Any]:
    keys = ("name", "title", "unit", "before", "value", "best", "bound", "gap", "give")
    return {key: getattr(p, key) for key in keys}


def _extent(e: Extent) -> dict[str, Any]:
    return dataclasses.asdict(e)


def _plain(value: Any) -> Any:
    """Only what JSON knows: numpy numbers become plain ones, what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
