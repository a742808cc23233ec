"""The wheel, as `pip install .` makes it: planning models inside, and the command works far from any checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_wheel_made_from_the_sdist_brings_its_planning_models(tmp_path: Path) -> None:
    """sdist -> wheel -> an empty folder -> `bookwright models list` names every model of models/."""
    made = tmp_path / "dist"
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(made), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    wheel = next(made.glob("*.whl"))
    place, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    with zipfile.ZipFile(wheel) as parts:
        names = parts.namelist()
        parts.extractall(place)
    models = {path.name for path in (ROOT / "models").glob("*.toml")}
    assert models == {Path(n).name for n in names if n.startswith("bookwright/models/")}
    assert not [n for n in names if n.startswith(("tests/", "docs/", "benchmarks/"))]
    code = "import bookwright; print(bookwright.__file__); from bookwright.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "models", "list"],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=True,
    )
    home, *listed = done.stdout.splitlines()
    assert Path(home).is_relative_to(place)
    assert {line.split()[0] + ".toml" for line in listed} == models
