"""Bookwright gives every customer account an owner: fair books, the fewest moves, and a proof.

Example:
    import bookwright as bw
    p = bw.read("book.xlsx")
    r = bw.plan(p, "quarterly_rebalance")
    bw.write(r, "plan.xlsx")
"""

from __future__ import annotations

import importlib
import logging
from typing import Any

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "read": "bookwright.api",
    "check": "bookwright.api",
    "plan": "bookwright.api",
    "write": "bookwright.api",
    "frames": "bookwright.api",
    "Account": "bookwright.portfolio",
    "Csm": "bookwright.portfolio",
    "Portfolio": "bookwright.portfolio",
    "PlanningModel": "bookwright.planning_model",
    "Plan": "bookwright.books",
    "Book": "bookwright.books",
    "Move": "bookwright.books",
    "MoveKind": "bookwright.books",
    "Result": "bookwright.result",
    "Status": "bookwright.result",
    "StoppedBy": "bookwright.result",
    "Finding": "bookwright.findings",
    "Findings": "bookwright.findings",
    "BookwrightError": "bookwright.findings",
    "Sql": "bookwright.tables",
    "InputError": "bookwright.findings",
    "UsageError": "bookwright.findings",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    """Load public names when they are first asked for, so that `import bookwright` and `--help` stay quick."""
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
