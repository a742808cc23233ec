"""The engine on public instances of the generalized assignment problem: `python -m benchmarks.gap FOLDER`.

Reads files as OR-Library and Yagiura publish them: agents and items, a row of costs per agent, a row of uses per agent,
the capacities. Each is posed to the same `solve` as everything else: one hard capacity row per agent, one level. The
value is recomputed from the assignment and the file; the clock runs from opening the file, compile time included.
"""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Instance:
    """One file: `cost` and `use` are (agents, items), `capacity` is (agents,)."""

    name: str
    cost: Longs
    use: Longs
    capacity: Longs


@dataclass(frozen=True)
class Result:
    """One line of the answer; gaps in percent. `value` is None when no plan was found: that counts as 100 %."""

    instance: str
    agents: int
    items: int
    value: int | None
    bound: int
    seconds: float
    best_known: int | None
    gap_to_best: float | None
    gap_to_bound: float
    fault: str = ""


def read(path: Path) -> Instance:
    """An instance from its text file; ValueError when the numbers do not add up to one."""
    try:
        numbers = np.array(path.read_text().split(), dtype=np.int64)
        agents, items = (int(number) for number in numbers[:2])
    except ValueError as error:
        raise ValueError(f"{path.name} is not a text file of whole numbers") from error
    cells = agents * items
    if len(numbers) != 2 + 2 * cells + agents:
        raise ValueError(f"{path.name} has {len(numbers)} numbers, {agents} x {items} needs {2 + 2 * cells + agents}")
    cost = numbers[2 : 2 + cells].reshape(agents, items)
    use = numbers[2 + cells : 2 + 2 * cells].reshape(agents, items)
    return Instance(path.name, cost, use, numbers[2 + 2 * cells :])


def generate(kind: str, agents: int, items: int, seed: int) -> Instance:
    """An instance of type C, D or E by the published recipe; capacity is 0.8 x an agent's uses / agents."""
    rng = np.random.default_rng(seed)
    shape = (agents, items)
    if kind == "C":
        use, cost = rng.integers(5, 26, shape), rng.integers(10, 51, shape)
    elif kind == "D":
        use = rng.integers(1, 101, shape)
        cost = 111 - use + rng.integers(-10, 11, shape)
    elif kind == "E":
        real = 1 - 10 * np.log(1 - rng.random(shape))
        cost = np.maximum(np.floor(1000 / real - 10 * rng.random(shape)), 0).astype(np.int64)
        use = np.floor(real).astype(np.int64)
    else:
        raise ValueError(f"type {kind!r} is not one of C, D, E")
    return Instance(f"{kind.lower()}{agents:02d}{items}", cost, use, (0.8 * use.sum(axis=1) / agents).astype(np.int64))


def write(instance: Instance, path: Path) -> None:
    """The instance as a text file of the same form."""
    lines = [f"{len(instance.capacity)} {instance.cost.shape[1]}"]
    lines += [" ".join(map(str, row)) for table in (instance.cost, instance.use) for row in table.tolist()]
    path.write_text("\n".join([*lines, " ".join(map(str, instance.capacity.tolist()))]) + "\n")


def model_of(instance: Instance) -> Any:
    """The instance as the engine's model: every pair allowed, nobody at home, one hard row per agent, one level."""
    from bookwright.engine.model import NO_LOW, Level, Model, RowFamily

    agents, items = instance.cost.shape
    capacity = RowFamily(
        "capacity",
        use=np.ascontiguousarray(instance.use.T).ravel(),
        row_of=np.arange(agents),
        low=np.full(agents, NO_LOW),
        high=instance.capacity,
    )
    return Model(
        agents=agents,
        pair_start=np.arange(items + 1, dtype=np.int64) * agents,
        pair_agent=np.tile(np.arange(agents, dtype=np.int32), items),
        home=np.full(items, -1, dtype=np.int32),
        levels=(Level("cost", cost=np.ascontiguousarray(instance.cost.T).ravel(), scale="value"),),
        families=(capacity,),
    )


def value_of(instance: Instance, agent_of: NDArray[Any]) -> int | None:
    """Cost of an assignment from the file's own numbers; None when it overfills an agent."""
    everyone = np.arange(instance.cost.shape[1])
    load = np.zeros(len(instance.capacity), dtype=np.int64)
    np.add.at(load, agent_of, instance.use[agent_of, everyone])
    return None if np.any(load > instance.capacity) else int(instance.cost[agent_of, everyone].sum())


def run(path: Path, seconds: float, workers: int, seed: int, best: dict[str, tuple[int, bool]]) -> Result:
    """Solve one file and judge the answer."""
    began = perf_counter()
    instance = read(path)
    model = model_of(instance)
    from bookwright.engine.model import Limits
    from bookwright.engine.solve import solve

    left = max(seconds - (perf_counter() - began), 0.01)
    answer = solve(model, limits=Limits(seconds=left, workers=workers, seed=seed, gap=0.0))
    took = perf_counter() - began
    value, bound = value_of(instance, answer.agent_of), answer.levels[0].bound
    known, proved = best.get(instance.name, (None, False))
    fault = ""
    if value is not None and value != answer.levels[0].value:
        fault = f"reported value {answer.levels[0].value} is not {value}, the value of the assignment"
    elif value is not None and bound > value:
        fault = f"bound {bound} is above the value {value}"
    elif value is not None and known is not None and proved and bound > known:
        fault = f"bound {bound} is above the proved optimum {known}"
    agents, items = instance.cost.shape
    return Result(
        instance=instance.name,
        agents=agents,
        items=items,
        value=value,
        bound=bound,
        seconds=round(took, 2),
        best_known=known,
        gap_to_best=None if known is None else 100.0 if value is None else round(100 * (value - known) / known, 4),
        gap_to_bound=100.0 if value is None else round(100 * (value - bound) / max(abs(value), 1), 4),
        fault=fault,
    )


def best_known(folder: Path) -> dict[str, tuple[int, bool]]:
    """Best known values by instance, and whether they are proved optimal; empty where there is no file."""
    path = folder / "best_known.csv"
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {
            row["instance"]: (int(row["best_known"]), row["proven_optimal"].strip() == "1")
            for row in csv.DictReader(file)
        }


def means(results: list[Result]) -> dict[str, dict[str, float]]:
    """Mean gaps per type: the letter the instance's name begins with."""
    kinds: dict[str, list[Result]] = {}
    for result in results:
        letters = result.instance.lstrip("-_.")[:1].lower()
        kinds.setdefault(letters, []).append(result)
    out = {}
    for kind, group in sorted(kinds.items()):
        known = [result.gap_to_best for result in group if result.gap_to_best is not None]
        out[kind] = {"instances": len(group), "gap_to_bound": float(np.mean([r.gap_to_bound for r in group]))}
        if known:
            out[kind]["gap_to_best"] = float(np.mean(known))
    return out


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seconds", default=10.0, show_default=True, help="Wall time for each instance.")
@click.option("--workers", default=1, show_default=True, help="Threads.")
@click.option("--seed", default=0, show_default=True, help="Random seed.")
@click.option("--only", default="", help="Only instances whose name begins with one of these, separated by commas.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option(
    "--generate",
    "recipe",
    nargs=4,
    type=(str, int, int, int),
    default=None,
    metavar="TYPE AGENTS ITEMS SEED",
    help="Write an instance of type C, D or E to the file FOLDER, and stop.",
)
def main(
    folder: Path,
    seconds: float,
    workers: int,
    seed: int,
    only: str,
    as_json: bool,
    recipe: tuple[str, int, int, int] | None,
) -> None:
    """Solve every instance in FOLDER (or the one file FOLDER) and compare with best known values.

    Ends with code 1 when a bound is above a proved optimum, or a reported value is not that of the assignment.

    Example: python -m benchmarks.gap instances/ --seconds 10 --workers 1 --json
    """
    if recipe is not None:
        kind, agents, items, number = recipe
        write(generate(kind.upper(), agents, items, number), folder)
        return
    files = [folder] if folder.is_file() else sorted(path for path in folder.iterdir() if path.is_file())
    best = best_known(folder if folder.is_dir() else folder.parent)
    results = []
    starts = tuple(part for part in only.split(",") if part)
    for path in files:
        if path.suffix.lower() in (".csv", ".md", ".json") or (starts and not path.name.startswith(starts)):
            continue
        try:
            result = run(path, seconds, workers, seed, best)
        except ValueError as error:
            click.echo(f"skipped: {error}", err=True)
            continue
        results.append(result)
        if not as_json:
            gap = "" if result.gap_to_best is None else f"{result.gap_to_best:8.3f} % above best known"
            click.echo(
                f"{result.instance:<12} value {result.value}  bound {result.bound}  {result.seconds:6.2f} s "
                f"{result.gap_to_bound:8.3f} % above bound {gap} {result.fault}"
            )
    if as_json:
        click.echo(json.dumps({"results": [asdict(result) for result in results], "means": means(results)}, indent=1))
    else:
        for kind, figures in means(results).items():
            click.echo(f"mean of {kind}: " + ", ".join(f"{name} {figure:.4g}" for name, figure in figures.items()))
    if not results:
        raise click.ClickException(f"no instance found in {folder}")
    if any(result.fault for result in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
