"""Prices of proved plans against one independent program: many small teams, overrides sampled from each.

python -m benchmarks.prices_proved --seeds 50 --overrides 2

For every seed a team of 20 to 60 accounts with every feature is planned and proved; each sampled override is priced and
compared, entry by entry and in exact integers, with two runs of one CP-SAT model over all pairs (with the override and
without it) that shares nothing with the engine's own programs. Prints one line per team, then the sums; exit code 1
where any entry differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import sys

import numpy as np

import bookwright as bw
from benchmarks.baselines import cp_sat
from bookwright.fixing import cut
from bookwright.generate import generate
from bookwright.review.price import base_of_result, price
from bookwright.solve import unit_of


def team(seed: int, overrides: int, seconds: float) -> dict[str, int] | None:
    """One team: how many overrides agree, differ, are impossible on both sides, or were not proved in time.

    None for a team that has no plan which keeps its hard rules: there is nothing to price against.
    """
    draw = random.Random(seed)
    accounts = draw.randint(20, 60)
    facts = generate(accounts, max(3, accounts // 10), seed, shape="full")
    result = bw.plan(facts, time_limit=seconds, today=dt.date(2026, 12, 1))
    if result.status is bw.Status.IMPOSSIBLE:
        return None
    base = base_of_result(result, seconds=seconds)
    found = {"accounts": accounts, "agree": 0, "differ": 0, "impossible": 0, "not_proved": 0}
    if not base.proved:
        return found | {"not_proved": overrides}
    without = [outcome.value for outcome in cp_sat(base.posted.model, None, 60.0, 1)]
    pairs = [tuple(p) for p in np.argwhere(base.board.allowed).tolist() if base.csm_of[p[0]] != p[1]]
    for i, j in draw.sample(pairs, min(overrides, len(pairs))):
        asked = (base.problem.accounts[i].id, base.problem.csms[j].id)
        ours = price(base, [asked], seconds=seconds, together=False).each[0]
        theirs = cp_sat(cut(base.posted.model, {int(base.posted.item_of[i]): j}), None, 60.0, 1)
        if theirs[0].value is None:
            found["differ" if ours.possible else "impossible"] += 1
        elif any(not level.exact for level in ours.levels):
            found["not_proved"] += 1
        else:
            mine = [round(level.high * unit_of(level.name)[0]) for level in ours.levels]
            same = mine == [t.value - w for t, w in zip(theirs, without, strict=True)]  # type: ignore[operator]
            found["agree" if same else "differ"] += 1
    return found


def main() -> None:
    """Run the teams and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("seeds", 50), ("first", 1), ("overrides", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=20.0, help="of every plan and price")
    given = parser.parse_args()
    total: dict[str, int] = {}
    seed, teams = given.first, 0
    while teams < given.seeds:
        found = team(seed, given.overrides, given.seconds)
        seed += 1
        if found is None:
            continue
        teams += 1
        print(json.dumps({"seed": seed - 1, **found}), flush=True)
        for key, count in found.items():
            total[key] = total.get(key, 0) + count
    print(json.dumps({"teams": teams, **{k: n for k, n in total.items() if k != "accounts"}}))
    sys.exit(1 if total.get("differ") else 0)


if __name__ == "__main__":
    main()
