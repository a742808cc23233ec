"""The frontier of a team of 200 with 10 CSMs, timed, and both of its ends against an independent MIP.

    python -m benchmarks.frontier --seed 21 --points 12 --mip-seconds 60

Prints a row per point, the wall time, how many points were dropped, and for each end value and bound of every level by
both solvers; ends with exit code 1 where they differ by more than the two gaps together.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.baselines import highs
from bookwright import api_choices
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.report.why import opened
from bookwright.scenarios.choice import Choice
from bookwright.scenarios.frontier import fewest_model, limited_model
from bookwright.solve import post

DAY = dt.date(2027, 1, 1)
_UNITS = {"moves": 1000, "balance": 10**12}


def differences(choice: Choice, first: bool, seconds: float) -> list[tuple[str, float, float, float]]:
    """Level, our value, the MIP's, and the sum of the two gaps, for one end of the curve."""
    decided = load("quarterly_rebalance")
    model = fewest_model(decided) if first else limited_model(decided, None)
    one = opened(Path(choice.out))
    posted = post(one.board, [p for p in model.priorities if p.name != "evenness"])
    other = {o.name: o for o in highs(posted.model, None, seconds, 2)}
    found = []
    for name, mine, bound in (
        ("balance", choice.outside, choice.outside_bound),
        ("moves", choice.price, choice.price_bound),
    ):
        theirs = other[name]
        if theirs.value is not None and bound is not None:
            value, low = theirs.value / _UNITS[name], theirs.bound / _UNITS[name]
            found.append((name, mine, value, (mine - bound) + max(0.0, value - low)))
    return found


def main() -> int:
    """Run it as the docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--csms", type=int, default=10)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--points", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--mip-seconds", type=float, default=60.0)
    given = parser.parse_args()
    facts = generate(accounts=given.accounts, csms=given.csms, seed=given.seed)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        found, _ = api_choices.frontier(
            facts,
            folder=folder,
            points=given.points,
            effective_date=DAY,
            search=api_choices.Search(workers=given.workers),
        )
        wall = time.perf_counter() - began
        for p in found.points:
            gap = 0.0 if p.price_gap is None else p.price_gap
            print(f"{p.title:14} {p.chosen:4} moves  price {p.price:8.2f}  gap {gap:6.2%}  left {p.breach:8.4f}")
        print(f"{len(found.points)} points, {len(found.dropped)} dropped, {wall:.1f} s")
        good = True
        for first, p in ((True, found.points[0]), (False, found.points[-1])):
            for name, mine, theirs, gaps in differences(p, first, given.mip_seconds):
                agrees = abs(mine - theirs) <= gaps + 1e-3 * max(1.0, abs(theirs))
                good = good and agrees
                said = "agree" if agrees else "DIFFER"
                print(f"{p.title}: {name} {mine:.6f}, MIP {theirs:.6f}, gaps {gaps:.6f}, {said}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
