"""The benchmark on public instances reads, poses, judges and tells the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import gap
from bookwright.engine.evaluate import hard_breach, values

TINY = "2 3\n4 9 1\n5 1 7\n2 2 2\n3 1 3\n4\n3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two agents, three items: the optimum is 4 + 1 + 1 = 6."""
    (tmp_path / "tiny").write_text(TINY)
    (tmp_path / "notes.md").write_text("not an instance")
    return tmp_path


def answer(folder: Path, *options: str) -> tuple[int, dict]:
    """Exit code and JSON document."""
    result = CliRunner().invoke(gap.main, [str(folder), "--seconds", "5", "--json", *options])
    return result.exit_code, json.loads(result.stdout)


def test_an_instance_is_read_row_by_row(folder: Path) -> None:
    """Costs and uses are rows per agent, then the capacities; the model's values are those of the file."""
    instance = gap.read(folder / "tiny")
    assert instance.cost.tolist() == [[4, 9, 1], [5, 1, 7]]
    assert instance.use.tolist() == [[2, 2, 2], [3, 1, 3]]
    assert instance.capacity.tolist() == [4, 3]
    model = gap.model_of(instance)
    assert values(model, np.array([0, 1, 0])) == [6] == [gap.value_of(instance, np.array([0, 1, 0]))]
    assert hard_breach(model, np.array([0, 0, 0])) > 0
    assert gap.value_of(instance, np.array([0, 0, 0])) is None


def test_a_proved_optimum_is_reached_and_reported(folder: Path) -> None:
    """The tiny instance ends at 6 with bound 6, measured against its best known value; other files are passed over."""
    (folder / "best_known.csv").write_text("instance,agents,items,best_known,proven_optimal\ntiny,2,3,6,1\n")
    code, document = answer(folder)
    (result,) = document["results"]
    assert code == 0
    assert (result["value"], result["bound"], result["gap_to_best"]) == (6, 6, 0.0)
    assert document["means"]["t"]["gap_to_best"] == 0.0


def test_a_bound_above_a_proved_optimum_fails_the_run(folder: Path) -> None:
    """A best known value of 5, said to be proved, cannot be under our bound of 6: the run ends with 1."""
    (folder / "best_known.csv").write_text("instance,agents,items,best_known,proven_optimal\ntiny,2,3,5,1\n")
    code, document = answer(folder)
    assert code == 1
    assert "above the proved optimum 5" in document["results"][0]["fault"]


@pytest.mark.parametrize("kind", ["C", "D", "E"])
def test_generated_instances_follow_the_recipe_and_survive_the_file(kind: str, tmp_path: Path) -> None:
    """Ranges of the published recipe, capacities of 80 %, the same seed the same file, and read back unchanged."""
    path = tmp_path / "one"
    run = CliRunner().invoke(gap.main, [str(path), "--generate", kind, "5", "40", "7"])
    assert run.exit_code == 0, run.output
    back, made = gap.read(path), gap.generate(kind, 5, 40, 7)
    assert np.array_equal(back.cost, made.cost)
    assert np.array_equal(back.use, made.use)
    assert back.capacity.tolist() == (0.8 * made.use.sum(axis=1) / 5).astype(int).tolist()
    if kind == "C":
        assert made.use.min() >= 5
        assert made.use.max() <= 25
        assert made.cost.min() >= 10
        assert made.cost.max() <= 50
    if kind == "D":
        assert np.abs(made.cost + made.use - 111).max() <= 10
    if kind == "E":
        assert made.use.min() >= 1


def test_a_file_that_is_no_instance_is_said_to_be_skipped(tmp_path: Path) -> None:
    """Numbers that do not add up are named, and an empty folder is an error."""
    (tmp_path / "short").write_text("2 3 1 1")
    with pytest.raises(ValueError, match="needs 16"):
        gap.read(tmp_path / "short")
    result = CliRunner().invoke(gap.main, [str(tmp_path)])
    assert result.exit_code == 1
    assert "skipped: short has 4 numbers" in result.output
