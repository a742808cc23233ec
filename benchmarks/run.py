"""make bench: generated portfolios planned by Bookwright and by ready-made solvers, in the same run.

    python -m benchmarks.run                      minutes: one seed, up to 10,000 x 100, plain and default shape
    python -m benchmarks.run --full               hours: several seeds, 100,000 x 500, full shape, too
    python -m benchmarks.run --sizes 500x12 --seeds 3 --solvers bookwright,cp-sat,highs

Writes bench-results/runs.csv, gap.png (gap of the moves level against time) and table.md, each with the commit and the
machine's cores.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

SECONDS = {(200, 10): 10, (500, 12): 20, (2000, 30): 30, (10000, 100): 60, (100000, 500): 180}
BUILDABLE = 400_000
"""Pairs above which a ready-made solver's model is not even built."""


def main() -> None:
    """Run what is asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--sizes", help="e.g. 500x12,2000x30")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--shapes", help="plain,default,full")
    parser.add_argument("--solvers", default=None)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, help="instead of each size's own limit")
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    args = parser.parse_args()
    sizes = (
        [tuple(map(int, s.split("x"))) for s in args.sizes.split(",")]
        if args.sizes
        else list(SECONDS)[: 5 if args.full else 4]
    )
    shapes = (args.shapes or ("plain,default,full" if args.full else "plain,default")).split(",")
    solvers = (args.solvers or "bookwright,cp-sat,highs").split(",")
    seeds = args.seeds or (3 if args.full else 1)
    args.out.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    runs = []
    for accounts, csms in sizes:
        seconds = args.seconds or SECONDS.get((accounts, csms), 60)
        for shape in shapes:
            for seed in range(1, seeds + 1):
                for solver in solvers:
                    if solver != "bookwright" and accounts * csms / 3 > BUILDABLE:
                        continue
                    found = one(accounts, csms, seed, shape, seconds, args.workers, solver)
                    found |= {"commit": commit, "cores": os.cpu_count(), "limit": seconds}
                    runs.append(found)
                    print(line(found), flush=True)
    write_csv(runs, args.out / "runs.csv")
    (args.out / "table.md").write_text(table(runs, commit), encoding="utf-8")
    (args.out / "runs.json").write_text(json.dumps(runs, indent=1), encoding="utf-8")
    picture(runs, args.out / "gap.png")
    print(f"\n{table(runs, commit)}\n{args.out}/runs.csv, table.md, gap.png")


def one(accounts: int, csms: int, seed: int, shape: str, seconds: float, workers: int, solver: str) -> dict:
    """One run in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.one",
        "--accounts",
        str(accounts),
        "--csms",
        str(csms),
        "--seed",
        str(seed),
    ]
    command += ["--shape", shape, "--seconds", str(seconds), "--workers", str(workers), "--solver", solver]
    if solver == "bookwright":
        command.append("--write")
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds * 3 + 600)
        return json.loads(ran.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, IndexError, json.JSONDecodeError) as error:
        said = f"no answer ({type(error).__name__})"
        found = {"accounts": accounts, "csms": csms, "seed": seed, "shape": shape, "solver": solver}
        return found | {"levels": [], "seconds": 0.0, "peak_mb": 0, "status": said}


def level(found: dict, name: str) -> dict | None:
    """The outcome of one level, None when it was not reached."""
    return next((x for x in found["levels"] if x["name"] == name), None)


def line(found: dict) -> str:
    """A run in one line."""
    head = (
        f"{found['accounts']:>7,} x {found['csms']:<3} {found['shape']:<7} seed {found['seed']} {found['solver']:<10}"
    )
    parts = []
    for x in found["levels"]:
        best = "none" if x["best"] is None else f"{x['best']:.5g}"
        parts.append(f"{x['name']} {best} (bound {x['bound']:.5g})")
    return f"{head} {found['seconds']:6.1f} s {found['peak_mb']:5} MB  {found.get('status', '')}  {'; '.join(parts)}"


def write_csv(runs: list[dict], path: Path) -> None:
    """Every level of every run as a row."""
    columns = [
        "commit",
        "cores",
        "accounts",
        "csms",
        "shape",
        "seed",
        "solver",
        "limit",
        "seconds",
        "read",
        "write",
        "peak_mb",
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, "status", "level", "best", "bound", "gap"])
        for found in runs:
            for x in found["levels"] or [{}]:
                row = [found.get(c, "") for c in columns]
                writer.writerow(
                    [
                        *row,
                        found.get("status", ""),
                        x.get("name", ""),
                        x.get("best", ""),
                        x.get("bound", ""),
                        x.get("gap", ""),
                    ]
                )


def table(runs: list[dict], commit: str) -> str:
    """Medians over seeds as a Markdown table: our gaps per level, and how the ready-made solvers stand."""
    rows = [
        f"{os.cpu_count()} cores, commit {commit}; medians over seeds; gap = (value - bound) / scale.",
        "",
        "| accounts x CSMs | shape | seconds | hours gap | balance gap | moves gap | peak MB | CP-SAT | HiGHS |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    keys = dict.fromkeys((f["accounts"], f["csms"], f["shape"]) for f in runs)
    for accounts, csms, shape in keys:
        mine = [f for f in runs if (f["accounts"], f["csms"], f["shape"]) == (accounts, csms, shape)]
        ours = [f for f in mine if f["solver"] == "bookwright" and f["levels"]]
        if not ours:
            continue
        gaps = {n: statistics.median(level(f, n)["gap"] for f in ours) for n in ("hours", "balance", "moves")}
        seconds = statistics.median(f["seconds"] + f.get("read", 0) + f.get("write", 0) for f in ours)
        peak = max(f["peak_mb"] for f in ours)
        others = [against(mine, ours, solver) for solver in ("cp-sat", "highs")]
        cells = [f"{accounts:,} x {csms}", shape, f"{seconds:.0f}"]
        cells += [f"{gaps['hours']:.5f}", f"{gaps['balance']:.5f}", f"{gaps['moves']:.2%}", f"{peak:,}", *others]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def against(mine: list[dict], ours: list[dict], solver: str) -> str:
    """How a ready-made solver stands: the first level where it is behind ours, by how much of that level."""
    verdicts = []
    for f in mine:
        if f["solver"] != solver:
            continue
        us = next((o for o in ours if o["seed"] == f["seed"]), None)
        if us is None:
            continue
        verdict = "level on all"
        for x in us["levels"]:
            theirs = level(f, x["name"])
            if theirs is None or theirs["best"] is None:
                verdict = f"no plan at {x['name']}"
                break
            scale = max(x["best"], 1e-9) if x["name"] == "moves" else 1.0
            behind = (theirs["best"] - x["best"]) / scale
            if abs(behind) > 1e-4:
                verdict = f"{'behind' if behind > 0 else 'ahead'} at {x['name']} by {abs(behind):.2%}"
                break
        verdicts.append(verdict)
    return "; ".join(dict.fromkeys(verdicts)) or "not built"


def picture(runs: list[dict], path: Path) -> None:
    """Gap of the moves level against time, one line per run of ours."""
    figure, axes = canvas()
    for found in runs:
        points = [(p["seconds"], p) for p in found.get("log", []) if p["priority"] == "moves" and p["value"] > 0]
        if not points:
            continue
        seconds = [s for s, _ in points]
        gaps = [max(1e-5, (p["value"] - p["bound"]) / p["value"]) for _, p in points]
        axes.step(
            seconds,
            gaps,
            where="post",
            label=f"{found['accounts']:,} x {found['csms']} {found['shape']} seed {found['seed']}",
        )
    axes.set(xlabel="seconds", ylabel="proven gap of the moves level")
    save(figure, axes, path)


def canvas() -> tuple[Any, Any]:
    """An empty figure and its axes, drawn without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(8, 4.5))


def save(figure: Any, axes: Any, path: Path) -> None:
    """Writes a figure whose two scales are logarithmic."""
    axes.set(xscale="log", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
