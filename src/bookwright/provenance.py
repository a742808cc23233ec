"""Where an outcome comes from: the fingerprint of what it depends on, the versions it was made with, its log."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Mapping
from typing import Any

from bookwright.engine import Progress
from bookwright.problem import Problem
from bookwright.solve import unit_of


def fingerprint(problem: Problem, seed: int, versions: Mapping[str, str]) -> str:
    """sha256 of facts, planning model, effective date, seed and versions: what an outcome depends on."""
    facts = problem.portfolio.facts_text()
    model = problem.model.model_dump(mode="json", exclude={"text", "origins"})
    rest = [model, problem.effective_date.isoformat(), seed, dict(versions)]
    text = f"{facts}\n{json.dumps(rest, sort_keys=True, default=str)}"
    return hashlib.sha256(text.encode()).hexdigest()


def versions_here() -> dict[str, str]:
    """The versions of what an outcome rests on: ours, Python's, the solvers'."""
    names = ("bookwright", "ortools", "numpy", "scipy", "clarabel", "numba", "pydantic")
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "from source"
    return found


def log_line(p: Progress) -> dict[str, Any]:
    """One step of the search in the units people read."""
    size, _ = unit_of(p.name)
    return {
        "seconds": round(p.seconds, 3),
        "priority": p.name,
        "value": p.value / size,
        "bound": p.bound / size,
        "note": p.note,
    }
