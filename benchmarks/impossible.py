"""Impossible problems: every reported clash and way out judged by another solver (HiGHS by way of scipy).

    python -m benchmarks.impossible --count 100

Half of the problems are impossible only because accounts are whole: their relaxation is feasible.
"""

from __future__ import annotations

import argparse
import time

from bookwright.diagnose.clash import clash_of
from bookwright.diagnose.conditions import conditions_of
from bookwright.diagnose.ways_out import ways_out
from tests.builders import posted
from tests.impossible_cases import case, holds, lumpy_case


def judge(seed: int, whole: bool) -> dict[str, float] | None:
    """One problem: what is wrong with its diagnosis (all zero = nothing); None where it is possible."""
    board, _ = posted(*(lumpy_case(seed) if whole else case(seed)))
    conditions = conditions_of(board)
    if holds(conditions.puzzle):
        return None
    begun = time.perf_counter()
    clash, ways = clash_of(conditions), ways_out(conditions)
    seconds = time.perf_counter() - begun
    members = list(clash.members) if clash else []
    return {
        "unproved": float(clash is None or not clash.proved),
        "not a clash": float(holds(conditions.puzzle, members)),
        "not minimal": float(sum(not holds(conditions.puzzle, [k for k in members if k != one]) for one in members)),
        "no way out": float(not ways),
        "ways that lead nowhere": float(sum(not holds(way.puzzle) for way in ways)),
        "relaxation feasible": float(holds(conditions.puzzle, whole=False)),
        "members": float(len(members)),
        "ways": float(len(ways)),
        "seconds": seconds,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Judge diagnoses of random impossible problems.")
    parser.add_argument("--count", type=int, default=100, help="problems of each kind (default 100)")
    parser.add_argument("--first", type=int, default=1000, help="first seed (default 1000)")
    given = parser.parse_args()
    count = given.count
    for whole in (False, True):
        found: list[dict[str, float]] = []
        seed = given.first
        while len(found) < count:
            row = judge(seed, whole)
            found += [row] if row else []
            seed += 1
        print("impossible only in whole accounts" if whole else "impossible", f"({count} problems)")
        for key in found[0]:
            print(f"  {key}: {sum(row[key] for row in found):g}")


if __name__ == "__main__":
    main()
