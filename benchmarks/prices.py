"""Whether a longer re-solve lies inside the interval that a price gives: sampled overrides on one generated portfolio.

python -m benchmarks.prices --accounts 2000 --csms 30 --overrides 50 --seconds 60

Every override is priced (a repair of 2 s and a bound from the stored prices of rows), then the fixed model is solved
again for `--seconds`, starting from the repair. Inside = the re-solve's change is not below the bound and not above
the repair, compared priority by priority from the first, as plans are. One line of JSON per override, then the sums.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import time

import numpy as np

import bookwright as bw
from bookwright.engine import Limits, solve
from bookwright.fixing import cut, fix
from bookwright.generate import generate
from bookwright.review.price import base_of_result
from bookwright.solve import unit_of


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("accounts", 2000), ("csms", 30), ("seed", 1), ("overrides", 50)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the plan and of every re-solve")
    parser.add_argument("--price-seconds", type=float, default=2.0)
    given = parser.parse_args()
    facts = generate(given.accounts, given.csms, given.seed, shape="full")
    result = bw.plan(facts, time_limit=given.seconds, today=dt.date(2026, 12, 1))
    base = base_of_result(result)
    print(json.dumps({"plan": [(p.name, p.best, p.bound) for p in result.priorities]}), flush=True)
    pairs = [tuple(p) for p in np.argwhere(base.board.allowed).tolist() if base.csm_of[p[0]] != p[1]]
    inside = entries = every = 0
    spent = []
    for i, j in random.Random(given.seed).sample(pairs, given.overrides):
        began = time.perf_counter()
        found = fix(base, {i: j}, seconds=given.price_seconds)
        spent.append(time.perf_counter() - began)
        account, csm = base.problem.accounts[i].id, base.problem.csms[j].id
        if found.csm_of is None:
            print(json.dumps({"account": account, "csm": csm, "why_not": found.why_not}), flush=True)
            continue
        model = cut(base.posted.model, {int(base.posted.item_of[i]): j})
        again = solve(model, base.posted.accounts_to_agents(found.csm_of), Limits(seconds=given.seconds))
        change = tuple(r.best - v for r, v in zip(again.levels, base.values, strict=True))
        held = [low <= c <= high for low, c, high in zip(found.low, change, found.high, strict=True)]
        ordered = found.low <= change <= found.high
        inside, entries, every = inside + ordered, entries + sum(held), every + 1
        sizes = [unit_of(level.name)[0] for level in base.levels]
        shown = {
            level.name: [round(v / size, 6) for v in (low, c, high)]
            for level, size, low, c, high in zip(base.levels, sizes, found.low, change, found.high, strict=True)
        }
        print(json.dumps({"account": account, "csm": csm, "inside": ordered, **shown}), flush=True)
    print(
        json.dumps(
            {
                "overrides": every,
                "inside": inside,
                "entries_inside": entries,
                "entries": every * len(base.levels),
                "median_price_seconds": round(float(np.median(spent)), 2),
            }
        )
    )


if __name__ == "__main__":
    main()
