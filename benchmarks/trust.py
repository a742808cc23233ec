"""Claims about other plans, judged by an independent one-model CP-SAT: counterfactuals of `why`, prices of rules.

    python -m benchmarks.trust --count 100              # portfolios of at most 60 accounts
    python -m benchmarks.trust --plan "big plan.bookwright" --count 5 --seconds 60

Small: portfolios are generated, planned and proved; "would move to B if ..." is verified as `why --verify` does, and
again by levels of a CP-SAT model that shares nothing with the engine's programs; each rule's price likewise. Large:
counterfactuals, prices of another CSM, and what the prices of rows say a rule could buy at most, each against a search
of so many seconds. One line per claim.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.baselines import cp_sat
from bookwright import store
from bookwright.books import Plan
from bookwright.explain.verify import Outcome, Verified, changed_board, verify
from bookwright.explain.why import why
from bookwright.fixing import Base, cut
from bookwright.generate import generate
from bookwright.planner import Options, plan
from bookwright.planning_model import load
from bookwright.review.price import Price, base_of_result, base_of_stored, price
from bookwright.rules import Board
from bookwright.rules.loads import unit_of
from bookwright.solve import post
from bookwright.trust.counterfactual import Search, brought_up, sides_of, solved_at, verified
from bookwright.trust.relaxing import relaxations
from bookwright.trust.rule_prices import RulePrice, held_to, price_of, rule_prices

DAY = dt.date(2027, 1, 1)
SIZES = ((24, 3), (30, 4), (36, 4), (45, 5), (60, 5))
OPEN = "open"


def levels_by_cp_sat(board: Board, i: int, j: int, seconds: float) -> list[int] | str | None:
    """The best value of every level with account i at CSM j; None = impossible, `OPEN` = not proved in time."""
    if j < 0 or board.bars[i, j]:
        return None
    posted = post(board, board.problem.model.priorities)
    model = posted.model
    item = int(posted.item_of[i])
    mine = slice(int(model.pair_start[item]), int(model.pair_start[item + 1]))
    if j not in np.asarray(model.pair_agent)[mine].tolist():
        return None
    found = cp_sat(cut(model, {item: j}), None, seconds, workers=1)
    if any(level.value is None for level in found):
        return None if found and found[0].value is None and found[0].seconds < seconds / 2 else OPEN
    if len(found) < len(model.levels) or any(level.value > level.bound + 0.5 for level in found):
        return OPEN
    return [int(level.value or 0) for level in found]


def judged(there: list[int] | str | None, here: list[int] | str | None) -> str:
    """What two proved optima say of a counterfactual."""
    if OPEN in (there, here):
        return OPEN
    if there is None:
        return Outcome.CANNOT
    if here is None or there < here:
        return Outcome.GOES
    return Outcome.TIES if there == here else Outcome.STAYS


def counterfactuals(board: Board, made: Plan, rng: np.random.Generator, most: int, seconds: float) -> Counter[str]:
    """Some accounts' changes, verified twice."""
    seen: Counter[str] = Counter()
    for account in rng.permutation([a.id for a in board.problem.accounts]).tolist():
        for change in why(board, made, account).changes:
            if seen.total() >= most:
                return seen
            i, j = board.problem.account_position[account], board.problem.csm_position[change.csm_id]
            changed = changed_board(board, i, change)
            mine = verify(board, made, account, change, seconds=seconds).outcome
            there = levels_by_cp_sat(changed, i, j, seconds)
            here = levels_by_cp_sat(changed, i, int(made.csm_of[i]), seconds)
            other = judged(there, here)
            word = "equal" if mine == other else "open" if OPEN in (other,) or mine is Outcome.OPEN else "DIFFERS"
            seen[word] += 1
            print(f"  counterfactual {account}, {change.kind} to {change.csm_id}: {mine} / {other}: {word}", flush=True)
    return seen


def prices(base: Base, rng: np.random.Generator, most: int, seconds: float) -> Counter[str]:
    """Some rules' prices, solved again by the other model."""
    seen: Counter[str] = Counter()
    every = rule_prices(base, seconds=seconds)
    loose = {(r.rule, r.text): r for r in relaxations(base.board)}
    for n in rng.permutation(len(every)).tolist():
        price: RulePrice = every[n]
        relaxation = loose[price.rule, price.text]
        model = post(relaxation.board, base.problem.model.priorities).model
        for gain in price.gains:
            if seen.total() >= most:
                return seen
            k = next(k for k, s in enumerate(base.levels) if s.name == gain.priority)
            limits = [
                s.best + round((s.limit - s.best) * relaxation.times_give.get(s.name, 1.0)) for s in base.levels[:k]
            ]
            found = cp_sat(held_to(model, k, limits), None, seconds, workers=1)
            word, true = "open", None
            if len(found) == k + 1 and found[k].value is not None and found[k].value <= found[k].bound + 0.5:
                true = (base.levels[k].best - found[k].value) / unit_of(gain.priority)[0]
                inside = gain.least - 1e-9 <= true <= gain.most + 1e-9
                word = "DIFFERS" if not inside else "equal" if gain.least == gain.most else "inside"
            seen[word] += 1
            said = f"{gain.least:.6g}" if gain.least == gain.most else f"{gain.least:.6g} to {gain.most:.6g}"
            print(f"  price of {price.rule}, {price.text}, {gain.priority}: {said} / {true}: {word}", flush=True)
    return seen


def small(count: int, seconds: float, first: int) -> None:
    """Claims on portfolios of at most 60 accounts until there are `count` of each kind."""
    counted: dict[str, Counter[str]] = {"counterfactuals": Counter(), "prices": Counter()}
    seed = first
    while min(c.total() for c in counted.values()) < count:
        accounts, csms = SIZES[seed % len(SIZES)]
        began = time.perf_counter()
        facts = generate(accounts, csms, seed, slack=(0.95, 1.05, 1.15)[seed % 3], effective_date=DAY)
        result = plan(facts, load("quarterly_rebalance"), Options(time_limit=20.0, gap=0.0), today=DAY)
        if result.status.value == "OPTIMAL":
            base = base_of_result(result)
            print(f"seed {seed}: {accounts} x {csms}, planned in {time.perf_counter() - began:.1f} s", flush=True)
            rng = np.random.default_rng(seed)
            left = {name: min(6, count - c.total()) for name, c in counted.items()}
            counted["counterfactuals"] += counterfactuals(
                base.board, result.plan, rng, left["counterfactuals"], seconds
            )
            counted["prices"] += prices(base, rng, left["prices"], seconds)
            print(f"so far: {_said(counted)}", flush=True)
        seed += 1
    print(_said(counted))


def large(path: Path, count: int, seconds: float) -> None:
    """On a stored plan: what the prices of rows exclude against what a search of so many seconds finds."""
    base = base_of_stored(store.load(path))
    floors = {(p.rule, p.text): p for p in rule_prices(base, solve=False)}
    loose = [r for r in relaxations(base.board) if (r.rule, r.text) in floors]
    seen: Counter[str] = Counter()
    for n in np.random.default_rng(0).permutation(len(loose)).tolist()[:count]:
        one = price_of(base, loose[n], seconds=seconds)
        for found, floor in zip(one.gains, floors[loose[n].rule, loose[n].text].gains, strict=True):
            word = "inside" if found.found <= floor.most + 1e-9 else "DIFFERS"
            seen[word] += 1
            print(
                f"{one.rule}, {one.text}, {found.priority}: at most {floor.most:.6g}; found {found.found:.6g}: {word}"
            )
    print(dict(seen))


def claims(path: Path, count: int, seconds: float, seed: int) -> None:
    """On a stored plan of any size: counterfactuals and prices of another CSM, each against a search anew."""
    base = base_of_stored(store.load(path))
    made = Plan(base.problem, base.csm_of, base.board.forced())
    told, priced = Counter[str](), Counter[str]()
    for account in np.random.default_rng(seed).permutation([a.id for a in base.problem.accounts]).tolist():
        about = why(base.board, made, account)
        for change in about.changes[: count - told.total()]:
            began = time.perf_counter()
            found = verified(base, account, change)
            word, spent = _searched(base, account, found, seconds / 2), time.perf_counter() - began
            told[word] += 1
            print(f"{account}, {change.kind} to {change.csm_id}: {found.outcome}: {word} ({spent:.0f} s)", flush=True)
        for other in about.others[: min(1, count - priced.total())]:
            asked = price(base, [(account, other.csm_id)], seconds=20.0, together=False).each[0]
            word = _price_searched(base, asked, seconds)
            priced[word] += 1
            print(f"{account}, price of {other.csm_id}: {word}", flush=True)
        if min(told.total(), priced.total()) >= count:
            break
    print(f"counterfactuals: {dict(told)}; prices: {dict(priced)}")


def _searched(base: Base, account: str, found: Verified, seconds: float) -> str:
    """The priority that decides, searched with the account at either CSM: is the difference within the interval?"""
    i, j = base.problem.account_position[account], base.problem.csm_position[found.change.csm_id]
    sides = sides_of(base, changed_board(base.board, i, found.change), i, j)
    if isinstance(sides, Outcome):
        return "settled by arithmetic" if sides is found.outcome else "DIFFERS"
    k = len(found.levels) - 1
    size = unit_of(found.levels[k].name)[0]
    limits = [round((level.held or 0.0) * unit_of(level.name)[0]) for level in found.levels[:k]]
    begun = brought_up(sides, k, limits, Search(20.0))
    there, here = (solved_at(sides, side, k, limits, seconds, begun[side]) for side in (0, 1))
    if there is None or here is None:
        return "nothing found in time"
    level, true = found.levels[k], (there - here) / size
    said = f"{level.name} {level.found:.6g} in [{level.low:.6g}, {level.high:.6g}], searched {true:.6g}"
    print(f"    {said}{', proved' if found.proved else ''}", flush=True)
    if not level.low - 1e-9 <= true <= level.high + 1e-9:
        return "DIFFERS"
    return (
        "inside, proved" if found.proved else "inside, same side" if level.found * true >= 0 else "inside, other side"
    )


def _price_searched(base: Base, asked: Price, seconds: float) -> str:
    """The first priority whose price is not one number, searched with the account at the other CSM."""
    open_levels = [k for k, level in enumerate(asked.levels) if not level.exact]
    if not asked.possible or not open_levels:
        return "settled"
    k = open_levels[-2] if len(open_levels) > 1 else open_levels[-1]
    ((account, csm),) = asked.fixed.items()
    i, j = base.problem.account_position[account], base.problem.csm_position[csm]
    sides = sides_of(base, base.board, i, j)
    if isinstance(sides, Outcome):
        return "barred today: not searched"
    level, size = asked.levels[k], unit_of(asked.levels[k].name)[0]
    limits = [round(one.held * unit_of(one.name)[0]) for one in asked.levels[:k]]
    value = solved_at(sides, 0, k, limits, seconds)
    if value is None:
        return "nothing found in time"
    true = (value - base.values[k]) / size
    print(f"    {level.name} [{level.low:.6g}, {level.high:.6g}], searched {true:.6g}", flush=True)
    return "inside" if level.low - 1e-9 <= true <= level.high + 1e-9 else "DIFFERS"


def _said(counted: dict[str, Counter[str]]) -> str:
    return "; ".join(f"{name}: {dict(seen)}" for name, seen in counted.items())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Judge counterfactuals and prices of rules by an independent model.")
    parser.add_argument("--count", type=int, default=100, help="claims of each kind  [100]")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each solve  [20]")
    parser.add_argument("--first", type=int, default=1, help="first seed  [1]")
    parser.add_argument("--plan", type=Path, help="a stored plan of any size: check claims about it")
    given = parser.parse_args()
    if given.plan is not None:
        claims(given.plan, given.count, given.seconds, given.first)
        large(given.plan, given.count, given.seconds)
    else:
        small(given.count, given.seconds, given.first)


if __name__ == "__main__":
    main()
