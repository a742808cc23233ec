"""Results of several benchmark runs in one table, and how the time to a gap grows with size.

    python -m benchmarks.together bench-a bench-b --out bench-results

Reads each folder's runs.json; writes runs.json, runs.csv, table.md, gap.png and growth.png: seconds after which the
moves of a plain portfolio were proved to be within a gap, against accounts x CSMs, with the line that grows in
proportion to them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.run import canvas, picture, save, table, write_csv

GAPS = (0.05, 0.02)


def main() -> None:
    """Read, join, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    args = parser.parse_args()
    runs = [run for folder in args.folders for run in json.loads((folder / "runs.json").read_text(encoding="utf-8"))]
    runs.sort(key=lambda run: (run["accounts"], ("plain", "default", "full").index(run["shape"]), run["seed"]))
    commit = ", ".join(dict.fromkeys(run["commit"] for run in runs))
    args.out.mkdir(exist_ok=True)
    (args.out / "runs.json").write_text(json.dumps(runs, indent=1), encoding="utf-8")
    write_csv(runs, args.out / "runs.csv")
    (args.out / "table.md").write_text(table(runs, commit), encoding="utf-8")
    picture([run for run in runs if run["solver"] == "bookwright"], args.out / "gap.png")
    growth(runs, args.out / "growth.png")
    print(table(runs, commit))
    for gap in GAPS:
        for size, seconds in times(runs, gap):
            print(f"within {gap:.0%}: {size:>12,} accounts x CSMs after {seconds:7.1f} s")


def seconds_to(run: dict, gap: float) -> float | None:
    """When a run's moves were proved to be within a gap, in seconds of its search; None when they never were."""
    for entry in run.get("log", []):
        value = entry["value"]
        if entry["priority"] == "moves" and value > 0 and (value - entry["bound"]) / value <= gap:
            return float(entry["seconds"])
    return None


def times(runs: list[dict], gap: float) -> list[tuple[int, float]]:
    """(accounts x CSMs, seconds to the gap) of every plain run of ours that got there, in order of size."""
    found = []
    for run in runs:
        if run["solver"] == "bookwright" and run["shape"] == "plain":
            seconds = seconds_to(run, gap)
            if seconds is not None:
                found.append((run["accounts"] * run["csms"], seconds))
    return sorted(found)


def growth(runs: list[dict], path: Path) -> None:
    """Seconds to a gap against size, both on logarithmic scales, beside growth in proportion."""
    figure, axes = canvas()
    for gap in GAPS:
        points = times(runs, gap)
        if not points:
            continue
        sizes, seconds = zip(*points, strict=True)
        (dots,) = axes.plot(sizes, seconds, "o", label=f"moves within {gap:.0%}, proved")
        # The line through the largest run: where smaller ones lie above it, time grows slower than size.
        axes.plot(sizes, [seconds[-1] * size / sizes[-1] for size in sizes], "--", color=dots.get_color(), alpha=0.5)
    axes.set(xlabel="accounts x CSMs", ylabel="seconds of search")
    axes.set_title("Time to the same gap (dashed: in proportion to accounts x CSMs)", fontsize=10)
    save(figure, axes, path)


if __name__ == "__main__":
    main()
