"""One benchmark run in a process of its own, so that its memory is its own: prints one JSON object.

python -m benchmarks.one --accounts 500 --csms 12 --seed 1 --shape plain --seconds 20 --workers 2 [--solver bookwright]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Generate, plan (or let a ready-made solver try), and print what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, required=True)
    parser.add_argument("--csms", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", default="plain")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--solver", choices=["bookwright", "cp-sat", "highs"], default="bookwright")
    parser.add_argument("--write", action="store_true", help="go through workbooks: read one, write one")
    args = parser.parse_args()
    found = portfolio_run(args) if args.solver == "bookwright" else baseline_run(args)
    found |= {
        "accounts": args.accounts,
        "csms": args.csms,
        "seed": args.seed,
        "shape": args.shape,
        "solver": args.solver,
    }
    scale = 1 if sys.platform == "darwin" else 1024
    found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 2**20)
    print(json.dumps(found))


def portfolio_run(args: argparse.Namespace) -> dict:
    """The whole product: facts in, plan out; with --write through .xlsx files, as a user has them."""
    from bookwright import api
    from bookwright.generate import generate

    portfolio = generate(args.accounts, args.csms, args.seed, shape=args.shape)
    read = write = 0.0
    with tempfile.TemporaryDirectory() as folder:
        if args.write:
            from bookwright.tables.write_input import write_portfolio

            book = write_portfolio(portfolio, Path(folder) / "book.xlsx")
            at = time.perf_counter()
            portfolio = api.read(book)
            read = time.perf_counter() - at
        at = time.perf_counter()
        result = api.plan(portfolio, time_limit=args.seconds, workers=args.workers, today=dt.date(2026, 12, 1))
        total = time.perf_counter() - at
        if args.write:
            at = time.perf_counter()
            api.write(result, Path(folder) / "plan.xlsx")
            write = time.perf_counter() - at
    return {
        "status": result.status.value,
        "stopped_by": result.stopped_by.value,
        "seconds": round(total, 2),
        "read": round(read, 2),
        "write": round(write, 2),
        "levels": [{"name": p.name, "best": p.best, "bound": p.bound, "gap": p.gap} for p in result.priorities],
        "moves": len(result.plan.moves),
        "log": [dict(line) for line in result.log],
    }


def baseline_run(args: argparse.Namespace) -> dict:
    """The same levels as one model for a ready-made solver, started from the same start as the engine."""
    from benchmarks.baselines import cp_sat, highs
    from bookwright.engine.start import construct
    from bookwright.generate import generate
    from bookwright.planning_model import load
    from bookwright.problem import resolve
    from bookwright.rules import build, set_up
    from bookwright.solve import post, unit_of

    model = load("quarterly_rebalance")
    problem = resolve(
        generate(args.accounts, args.csms, args.seed, shape=args.shape), model, today=dt.date(2026, 12, 1)
    )
    posted = post(set_up(problem, build(problem.model)), problem.model.priorities).model
    solver = cp_sat if args.solver == "cp-sat" else highs
    at = time.perf_counter()
    outcomes = solver(posted, construct(posted, seed=0), args.seconds, args.workers)
    levels = []
    for o in outcomes:
        unit = unit_of(o.name)[0]
        value = None if o.value is None else o.value / unit
        levels.append({"name": o.name, "best": value, "bound": o.bound / unit})
    return {"seconds": round(time.perf_counter() - at, 2), "levels": levels}


if __name__ == "__main__":
    main()
