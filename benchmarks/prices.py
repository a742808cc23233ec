"""Whether a longer re-solve lies inside the interval that a price gives: sampled overrides on one generated portfolio.

python -m benchmarks.prices --accounts 2000 --csms 30 --overrides 50 --seconds 60 --out bench-results/prices.jsonl

Every override is priced as users see it (`--price-seconds`), then the fixed model is solved again for `--seconds` by
the whole engine, each level in its turn starting from the best known, earlier levels kept within what the price says
they are held to. An entry is inside when the re-solve's change of that level, alone, lies between its two ends. With
`--free` the fixed model is also solved as if it were a new problem, every level held to what the re-solve itself
reaches: such a plan may better an early level and pay for it later, so it is compared as plans are, from the first,
and entry by entry as prices say it: where earlier levels are as good, above the lower end, and below the upper one
where no earlier level can be bettered.

One line of JSON per override, written at once: what is in `--out` already is not done again. The plan itself is kept
in a store beside it. The sums are printed last.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import bookwright as bw
from bookwright.engine import Limits, Model, solve
from bookwright.engine.evaluate import values
from bookwright.engine.large import Large
from bookwright.engine.local_state import pack
from bookwright.engine.search import Search
from bookwright.engine.solve import _share
from bookwright.fixing import Base, cut, fix
from bookwright.generate import generate
from bookwright.review.price import base_of_stored
from bookwright.solve import unit_of
from bookwright.store import load, save

TODAY = dt.date(2026, 12, 1)


def held_again(
    model: Model, start: NDArray[np.int32], held: Sequence[int], seconds: float
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Per level the best value found and the bound, every earlier level kept within `held`; all in `seconds`."""
    search = Search(model, Limits(seconds=seconds))
    search.offer(start, "given start")
    large = Large(search, pack(model))
    found = []
    for k in range(len(model.levels)):
        search.level = k
        # What an earlier turn bettered elsewhere may have cost this level: it starts from the better of the two.
        search.offer(start, "given start")
        if search.clock.over() is None and not search.content():
            large.improve_level(_share(search, waiting=len(model.levels) - k - 1))
        found.append(search.values[k])
        search.standing[k].best, search.standing[k].limit = search.values[k], held[k]
    return tuple(found), tuple(min(s.bound, f) for s, f in zip(search.standing, found, strict=True))


def free_again(model: Model, start: NDArray[np.int32], seconds: float) -> tuple[int, ...]:
    """Per level what a re-solve reaches in its turn, every level held to that and what it gives."""
    return tuple(r.best for r in solve(model, start, Limits(seconds=seconds)).levels)


def compared(base: Base, i: int, j: int, given: argparse.Namespace) -> dict[str, Any]:
    """One override: its price, and what solving again came to, as changes of the plan in integer units."""
    account, csm = base.problem.accounts[i].id, base.problem.csms[j].id
    row: dict[str, Any] = {"account": account, "csm": csm}
    began = time.perf_counter()
    found = fix(base, {i: j}, seconds=given.price_seconds)
    row["price_seconds"] = round(time.perf_counter() - began, 2)
    if found.csm_of is None:
        return row | {"why_not": found.why_not}
    model = cut(base.posted.model, {int(base.posted.item_of[i]): j})
    start = base.posted.accounts_to_agents(found.csm_of)
    reached, bounds = held_again(model, start, found.held, given.seconds)
    row |= {"low": found.low, "high": found.high, "held": found.held, "stood": base.values}
    row["again"] = tuple(r - v for r, v in zip(reached, base.values, strict=True))
    row["again_bound"] = tuple(b - v for b, v in zip(bounds, base.values, strict=True))
    row["repair"] = tuple(r - v for r, v in zip(values(model, start), base.values, strict=True))
    if given.free:
        row["free"] = tuple(r - v for r, v in zip(free_again(model, start, given.seconds), base.values, strict=True))
    return row


def told(base: Base, row: Mapping[str, Any]) -> str:
    """One override in a line people can read: per level low, re-solve, high in its unit."""
    if "why_not" in row:
        return f"{row['account']} with {row['csm']}: {row['why_not']}"
    parts = []
    for level, low, again, high in zip(base.levels, row["low"], row["again"], row["high"], strict=True):
        size = unit_of(level.name)[0]
        mark = "" if low <= again <= high else " OUTSIDE"
        parts.append(f"{level.name} {low / size:+.5g} [{again / size:+.5g}] {high / size:+.5g}{mark}")
    return f"{row['account']} with {row['csm']}: {'; '.join(parts)}"


def sums(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many overrides and entries lie inside."""
    priced = [r for r in rows if "why_not" not in r]
    entries = [(lo, a, hi) for r in priced for lo, a, hi in zip(r["low"], r["again"], r["high"], strict=True)]
    free = [r for r in priced if "free" in r]
    ends = [(r, k) for r in free for k in range(len(r["low"]))]
    kept = [all(r["free"][h] + r["stood"][h] <= r["held"][h] for h in range(k)) for r, k in ends]
    firm = [all(r["low"][h] == r["high"][h] for h in range(k)) for r, k in ends]
    return {
        "overrides": len(priced),
        "impossible": len(rows) - len(priced),
        "entries": len(entries),
        "entries_inside": sum(lo <= a <= hi for lo, a, hi in entries),
        "repair_was_best_found": sum(a == hi for _, a, hi in entries),
        "free": len(free),
        "free_entries": len(ends),
        "free_entries_within_both_ends": sum(r["low"][k] <= r["free"][k] <= r["high"][k] for r, k in ends),
        "free_entries_spoken_of": sum(kept),
        "free_entries_as_said": sum(
            r["low"][k] <= r["free"][k] and (not fast or r["free"][k] <= r["high"][k])
            for (r, k), good, fast in zip(ends, kept, firm, strict=True)
            if good
        ),
        "free_upper_ends_firm": sum(firm),
        "free_inside_from_the_first": sum(tuple(r["low"]) <= tuple(r["free"]) <= tuple(r["high"]) for r in free),
        "median_price_seconds": round(float(np.median([r["price_seconds"] for r in priced])), 2) if priced else None,
    }


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("accounts", 2000), ("csms", 30), ("seed", 1), ("overrides", 50)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the plan and of every re-solve")
    parser.add_argument("--price-seconds", type=float, default=2.0)
    parser.add_argument("--free", action="store_true", help="also solve again with no level held to the plan's")
    parser.add_argument("--out", type=Path, default=Path("bench-results/prices.jsonl"))
    given = parser.parse_args()
    place = given.out.with_suffix(".bookwright")
    if not place.exists():
        facts = generate(given.accounts, given.csms, given.seed, shape="full")
        save(bw.plan(facts, time_limit=given.seconds, today=TODAY), place)
    stored = load(place)
    base = base_of_stored(stored)
    print(json.dumps({"plan": [(p["name"], p["value"], p["bound"]) for p in stored.priorities]}), flush=True)
    rows = [json.loads(line) for line in given.out.read_text().splitlines()] if given.out.exists() else []
    done = {(r["account"], r["csm"]) for r in rows}
    pairs = [tuple(p) for p in np.argwhere(base.board.allowed).tolist() if base.csm_of[p[0]] != p[1]]
    for i, j in random.Random(given.seed).sample(pairs, given.overrides):
        if (base.problem.accounts[i].id, base.problem.csms[j].id) in done:
            continue
        row = compared(base, i, j, given)
        rows.append(row)
        with given.out.open("a") as lines:
            lines.write(f"{json.dumps(row)}\n")
        print(told(base, row), flush=True)
    print(json.dumps(sums(rows)))


if __name__ == "__main__":
    main()
