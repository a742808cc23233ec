"""Imports run one way, and each library has one room: read from the sources, late imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bookwright

SOURCE = Path(bookwright.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

SPINE = (
    ("findings",), ("portfolio",), ("sections",), ("coverage_model",), ("planning_model",), ("workload",), ("problem",),
    ("books",), ("hand_over",), ("result",), ("rules",), ("capacity", "solve"), ("diagnose", "explain", "fixing"),
    ("clash", "audit", "outcome", "provenance"), ("planner",), ("store",), ("scenarios", "review"), ("trust",),
    ("report",), ("export",),
    ("api",), ("api_review", "api_round", "api_choices", "api_plans", "api_trust", "api_export"), ("cli",),
)  # fmt: skip
"""Each room may import those before it and itself."""
BELOW = {room: {room, *(r for step in SPINE[:k] for r in step)} for k, rooms in enumerate(SPINE) for room in rooms}
ALLOWED = BELOW | {
    "engine": {"engine"},
    "tables": {"findings", "portfolio", "tables"},
    "generate": {"findings", "portfolio", "generate_names", "generate_story"},
    "generate_names": set(),
    "generate_story": {"findings", "portfolio", "generate_names"},
    "__init__": {*BELOW, "generate"},
    "__main__": {"cli"},
}
EXTRA = {
    "engine": {
        "hand_over", "solve", "diagnose", "explain", "fixing", "clash", "outcome", "provenance", "planner", "scenarios",
        "trust", "api", "api_round", "api_choices", "api_plans", "cli",
    },
    "tables": {"review", "report", "export", "api", "api_round", "api_trust", "api_choices", "api_plans", "cli"},
    "generate": {"api", "cli"},
}  # fmt: skip
"""Side rooms, and who may import them; api and cli take the engine's Progress alone."""
RESERVED = {
    "ortools": {"engine"}, "openpyxl": {"tables"}, "xlsxwriter": {"tables"}, "click": {"cli"},
    "tomllib": {"planning_model", "tables"}, "sqlite3": {"store", "review"},
    "sqlalchemy": {"tables"}, "pyarrow": {"tables"}, "xlrd": {"tables"},
}  # fmt: skip


def room_of(file: Path) -> str:
    """The top-level room a file lives in."""
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[str]:
    """Full names of all that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            if node.module == "bookwright":
                yield from (f"bookwright.{alias.name}" for alias in node.names)
            else:
                yield str(node.module)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_imports_run_one_way(file: Path) -> None:
    """No room imports one above it, and no library outside its room."""
    room = room_of(file)
    assert room in ALLOWED, f"{room} has no place in the spine"
    for name in imports(file):
        first, *rest = name.split(".")
        if first == "bookwright" and rest and ((SOURCE / f"{rest[0]}.py").exists() or (SOURCE / rest[0]).is_dir()):
            may = rest[0] in ALLOWED[room] or room in EXTRA.get(rest[0], set())
            assert may, f"{room} imports {name}"
            assert room not in ("api", "api_round", "api_choices", "api_plans", "cli") or not name.startswith(
                "bookwright.engine."
            ), f"{room} imports {name}"
        assert room in RESERVED.get(first, {room}), f"{room} imports {first}"


def test_no_room_is_named_for_leftovers() -> None:
    """A file is a room with a purpose; in cli, models.py is the command of that name."""
    assert not {"utils.py", "helpers.py", "models.py"} & {f.name for f in FILES if room_of(f) != "cli"}
