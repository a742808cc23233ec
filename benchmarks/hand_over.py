"""Hand-over months, in one pass and solved: how far people are over their hours, how near the bound, what it costs.

    python -m benchmarks.hand_over [--sizes 200x10 2000x30 10000x100]

Generated teams in which every tenth CSM starts on the effective date, every tenth leaves in the middle of the second
month, and about 12 % of the accounts move besides, each to the least used CSM who covers its segment. Prints a table.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

import numpy as np

from bookwright.books import Plan
from bookwright.engine.slots import _over, choose
from bookwright.generate import generate
from bookwright.hand_over import _first_fit, _slots, monthly_hours
from bookwright.planning_model import load
from bookwright.problem import Problem, resolve
from bookwright.workload import month_starts

DAY = dt.date(2027, 1, 1)


def made(accounts: int, csms: int, seed: int) -> tuple[Problem, Plan]:
    """A team with starters and leavers, and a plan that moves many accounts."""
    facts = generate(accounts, csms, seed)
    team = list(facts.csms)
    for j in range(0, csms, 10):
        team[j] = team[j].model_copy(update={"start_date": DAY})
    for j in range(5, csms, 10):
        team[j] = team[j].model_copy(update={"end_date": dt.date(2027, 2, 15)})
    facts = facts.model_copy(update={"csms": tuple(team)})
    problem = resolve(facts, load("quarterly_rebalance"), today=DAY, effective_date=DAY)
    csm_of, room = problem.owner.copy(), np.maximum(problem.capacity_hours, 1.0)
    hours = np.bincount(csm_of[csm_of >= 0], weights=problem.hours[csm_of >= 0], minlength=csms)
    able = {
        s: [j for j, c in enumerate(team) if not problem.leaves[j] and (not c.segments or s in c.segments)]
        for s in problem.segments
    }
    must = [i for i in range(accounts) if csm_of[i] < 0 or problem.leaves[csm_of[i]]]
    besides = np.random.default_rng(seed).choice(accounts, round(0.12 * accounts), replace=False).tolist()
    for i in dict.fromkeys([*must, *besides]):
        to = min(able[problem.accounts[i].segment], key=lambda j: (hours[j] + problem.hours[i]) / room[j])
        if csm_of[i] >= 0:
            hours[csm_of[i]] -= problem.hours[i]
        hours[to] += problem.hours[i]
        csm_of[i] = to
    return problem, Plan(problem, csm_of.astype(np.int32))


def main() -> None:
    """Print a row per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="*", default=["200x10", "2000x30", "10000x100"])
    print("| accounts x CSMs | moves | over, one pass | over, solved | bound | CPU s, one pass | CPU s, solved |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in parser.parse_args().sizes:
        accounts, csms = (int(part) for part in size.split("x"))
        problem, plan = made(accounts, csms, 1)
        monthly_hours(problem, 3)
        began = time.process_time()
        moves, slots = _slots(problem, plan, month_starts(problem.effective_date, 3), {})
        greedy = _first_fit(slots)
        passed = time.process_time()
        found = choose(slots, greedy)
        ended = time.process_time()
        figures = f"{_over(slots, greedy):,.0f} | {found.over:,.0f} | {found.bound:,.0f}"
        print(
            f"| {accounts:,} x {csms} | {len(moves):,} | {figures} | {passed - began:.2f} | {ended - began:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
