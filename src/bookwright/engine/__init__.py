"""The engine: items to agents, exactly one each, in levels, with a proven bound for every level.

Domain-free: it speaks the field's language (items, agents, pairs, rows, bounds) and imports nothing else of this
package. It is the only room that imports ortools. Its public face is `Model` (what to solve), `Limits` (for how
long), `solve` and `Answer` (what came out).
"""

from bookwright.engine.model import (
    NO_HIGH,
    NO_LOW,
    Answer,
    Level,
    LevelReport,
    Limits,
    Model,
    Progress,
    RowFamily,
    Stopped,
)
from bookwright.engine.side import side_bound
from bookwright.engine.solve import Method, solve

__all__ = [
    "NO_HIGH",
    "NO_LOW",
    "Answer",
    "Level",
    "LevelReport",
    "Limits",
    "Method",
    "Model",
    "Progress",
    "RowFamily",
    "Stopped",
    "side_bound",
    "solve",
]
