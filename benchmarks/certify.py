"""Re-check a stored plan: its bounds from the stored duals in exact arithmetic, the plan itself by plain sums.

    python -m benchmarks.certify "book plan.bookwright"

The rows are posted anew from the stored facts and planning model. Everything after that is computed here, with Python's
integers of any size, and shares no code with the engine's own bound or evaluation. For any prices y of rows and
mu >= 0 of earlier levels, by weak duality no plan that keeps the limits of the earlier levels is below

    sum_i min_p (cost_p + sum_h mu_h cost^h_p + sum_r y_r a_rp) - sum_r max_load (y_r load - w_r breach_r(load))
        - sum_h mu_h limit_h,

with w_r = 1 for rows of the level and mu_h for rows of an earlier one; a breach is piecewise linear, so the maximum
stands at a corner. Floats of the store are taken as the exact binary fractions they are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import zlib
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from bookwright import store
from bookwright.books import Plan
from bookwright.engine import Model, RowFamily
from bookwright.problem import resolve
from bookwright.rules import build, set_up
from bookwright.solve import Posted, post, unit_of

OPEN = 2**61
_PLACES = 40
"""Binary places that prices are cut to: any price gives a valid bound, so cutting loses nothing of the proof."""


@dataclass(frozen=True)
class Line:
    """What was found for one priority, in integer units; `certified` None = no duals are stored for it."""

    name: str
    unit: int
    value: int
    stored_value: int
    best: int
    limit: int
    certified: int | None
    stored_certified: int
    solver: int

    @property
    def holds(self) -> bool:
        """Whether the plan is worth what was stored, within its limit, and the stored certificate is confirmed."""
        confirmed = self.stored_certified <= 0 or (self.certified or 0) >= self.stored_certified
        return self.value == self.stored_value and self.value <= self.limit and confirmed


@dataclass(frozen=True)
class Checked:
    """A store re-checked: the plan's hash, hard rows that do not hold, and a line per priority."""

    same_hash: bool
    broken: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that was stored is confirmed."""
        return self.same_hash and not self.broken and all(line.holds for line in self.lines)


def rebuilt(stored: store.Stored) -> tuple[Posted, Plan]:
    """The rows and levels that the stored facts and planning model make, and the stored plan on them."""
    day = dt.date.fromisoformat(stored.meta["effective_date"])
    facts = stored.portfolio.model_copy(update={"settings": {}})
    problem = resolve(facts, stored.model, today=day, effective_date=day)
    board = set_up(problem, build(problem.model))
    elastic = any(p["name"].startswith("give way") for p in stored.priorities)
    return post(board, problem.model.priorities, elastic=elastic), Plan.from_ids(problem, stored.after, board.forced())


def check(path: Path) -> Checked:
    """Re-check one store."""
    stored = store.load(path)
    posted, plan = rebuilt(stored)
    model = posted.model
    agent_of = [int(a) for a in posted.accounts_to_agents(plan.csm_of)]
    same_hash = plan.plan_hash == stored.meta["plan_hash"]
    pair = [_pair(model, i, a) for i, a in enumerate(agent_of)]
    barred = [i for i, p in enumerate(pair) if p < 0]
    split = np.flatnonzero(posted.agents_to_accounts(np.array(agent_of, dtype=np.int32)) != plan.csm_of).tolist()
    if barred or split:
        ids = [plan.problem.accounts[i].id for i in split] or [f"item {i}" for i in barred]
        return Checked(same_hash, tuple(f"{name} is where it may not be" for name in ids), ())
    loads = [_loads(model, family, agent_of, pair) for family in model.families]
    broken = [
        f"{family.name}, row {r}: {load:,} outside {int(family.low[r]):,} to {int(family.high[r]):,}"
        for family, row_loads in zip(model.families, loads, strict=True)
        if family.level is None
        for r, load in enumerate(row_loads)
        if not int(family.low[r]) <= load <= int(family.high[r])
    ]
    if model.apart_level is None:
        broken += [f"apart: items {a} and {b}" for a, b in model.apart.tolist() if agent_of[a] == agent_of[b]]
    lines, limits = [], []
    for k, row in enumerate(stored.priorities):
        size, _ = unit_of(row["name"])
        best, limit, old, solver, value = (
            round(row[key] * size) for key in ("best", "limit", "certified", "solver", "value")
        )
        duals = json.loads(zlib.decompress(row["duals"])) if row["duals"] else None
        # Breaches and costs are never negative: without any prices no plan is below its cheapest pairs.
        proved = _cheapest(model, k)
        if duals and "row" in duals:
            proved = max(proved, certificate(model, k, limits, duals))
        lines.append(
            Line(row["name"], size, _value(model, k, pair, agent_of, loads), value, best, limit, proved, old, solver)
        )
        limits.append(limit)
    return Checked(same_hash, tuple(broken), tuple(lines))


# -- the certificate -----------------------------------------------------------------------------------------------


def certificate(model: Model, level: int, limits: list[int], duals: dict[str, Any]) -> int:
    """The bound that the duals prove for a level, rounded up as every value is a whole number."""
    whole = 1 << _PLACES
    mu = [max(0, _cut(m)) for m in duals["level"]][: len(limits)]
    if len(mu) < len(limits):
        mu += [0] * (len(limits) - len(mu))
    every = _scaled_cost(model, level, whole)
    for h, weight in enumerate(mu):
        if weight:
            every = every + _scaled_cost(model, h, weight)
    total = -sum(m * limit for m, limit in zip(mu, limits, strict=True))
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    agent = np.asarray(model.pair_agent)
    for family, given in zip(model.families, duals["row"], strict=True):
        weight = whole if family.level == level else mu[family.level] if _earlier(family, level) else 0
        price = [_clipped(family, r, _cut(y), weight) for r, y in enumerate(given)]
        if not any(price):
            continue
        total -= sum(_most(family, r, y, weight) for r, y in enumerate(price) if y)
        row, use = _counting(model, family, item, agent)
        at = np.array([*price, 0], dtype=object)
        every = every + at[row] * use.astype(object)
    start = np.asarray(model.pair_start[:-1])
    total += sum(np.minimum.reduceat(every, start).tolist())
    return ceil(Fraction(total, whole))


def _cut(price: float) -> int:
    """A float as a whole number of 2**-40ths, by its exact value."""
    exact = Fraction(price) * (1 << _PLACES)
    return exact.numerator // exact.denominator


def _earlier(family: RowFamily, level: int) -> bool:
    return family.level is not None and family.level < level


def _scaled_cost(model: Model, level: int, times: int) -> Any:
    cost = model.levels[level].cost
    found = np.zeros(model.pairs, dtype=object) if cost is None else np.asarray(cost).astype(object) * times
    return found


def _counting(model: Model, family: RowFamily, item: Any, agent: Any) -> tuple[Any, Any]:
    """The row each pair counts in (-1: none) and its use."""
    row = np.asarray(family.row_of)[agent if family.by == "agent" else item].astype(np.int64)
    if family.away_only:
        row = np.where(agent == np.asarray(model.home)[item], -1, row)
    use = np.asarray(family.use)
    return row, use[item] if len(use) == model.items else use


def _clipped(family: RowFamily, r: int, price: int, weight: int) -> int:
    """The price cut back to what keeps the inner maximum finite: no more than a breach costs at its steepest."""
    low, high = int(family.low[r]), int(family.high[r])
    if (price > 0 and high >= OPEN) or (price < 0 and low <= -OPEN):
        return 0
    if family.level is None:
        return price
    knee = OPEN if family.knee is None else int(family.knee[r])
    cap = weight * int(family.price[r]) * (1 if knee >= OPEN else 2) if family.price is not None else 0
    return max(-cap, min(cap, price))


def _most(family: RowFamily, r: int, price: int, weight: int) -> int:
    """max over loads of price x load - weight x breach: at a corner, since the price is no steeper than the breach."""
    low, high = int(family.low[r]), int(family.high[r])
    if family.level is None:
        return price * (high if price > 0 else low)
    knee = OPEN if family.knee is None else int(family.knee[r])
    sign, edge = (1, high) if price > 0 else (-1, low)
    corners = [edge] if knee >= OPEN else [edge, edge + sign * knee]
    return max(price * load - weight * _breach(family, r, load) for load in corners)


def _cheapest(model: Model, level: int) -> int:
    """The sum of the cheapest pairs, which no plan can be below."""
    cost = model.levels[level].cost
    if cost is None:
        return 0
    return sum(np.minimum.reduceat(np.asarray(cost).astype(object), np.asarray(model.pair_start[:-1])).tolist())


# -- the plan -------------------------------------------------------------------------------------------------------


def _pair(model: Model, i: int, agent: int) -> int:
    """The pair an item uses, -1 where it may not be with that agent."""
    first, last = int(model.pair_start[i]), int(model.pair_start[i + 1])
    return next((p for p in range(first, last) if int(model.pair_agent[p]) == agent), -1)


def _loads(model: Model, family: RowFamily, agent_of: list[int], pair: list[int]) -> list[int]:
    found = [0] * len(family.low)
    by_item = len(family.use) == model.items
    for i, agent in enumerate(agent_of):
        row = int(family.row_of[agent] if family.by == "agent" else family.row_of[i])
        if row >= 0 and not (family.away_only and agent == int(model.home[i])):
            found[row] += int(family.use[i] if by_item else family.use[pair[i]])
    return found


def _breach(family: RowFamily, r: int, load: int) -> int:
    out = max(0, int(family.low[r]) - load, load - int(family.high[r]))
    knee = OPEN if family.knee is None else int(family.knee[r])
    price = 1 if family.price is None else int(family.price[r])
    return price * (out + max(0, out - knee))


def _value(model: Model, level: int, pair: list[int], agent_of: list[int], loads: list[list[int]]) -> int:
    cost = model.levels[level].cost
    total = 0 if cost is None else sum(int(cost[p]) for p in pair)
    for family, row_loads in zip(model.families, loads, strict=True):
        if family.level == level:
            total += sum(_breach(family, r, load) for r, load in enumerate(row_loads))
    if model.apart_level == level:
        total += model.apart_price * sum(agent_of[a] == agent_of[b] for a, b in model.apart.tolist())
    return total


# -- said -----------------------------------------------------------------------------------------------------------


def lines(found: Checked) -> list[str]:
    """The outcome for people: per priority both bounds, and what rests on the solver alone."""
    out = [f"plan hash: {'as stored' if found.same_hash else 'DIFFERS'}"]
    out.append(f"hard rows: {'all hold' if not found.broken else f'{len(found.broken)} DO NOT HOLD'}")
    out += [f"  {text}" for text in found.broken[:10]]
    for line in found.lines:
        own = 0 if line.certified is None else min(line.certified, line.best)
        value = "as stored" if line.value == line.stored_value else f"DIFFERS: {line.value / line.unit:.9g}"
        out.append(
            f"{line.name}: value {line.stored_value / line.unit:.9g} ({value}); best {line.best / line.unit:.9g}; "
            f"certified bound {own / line.unit:.9g}; solver bound {line.solver / line.unit:.9g}"
        )
        if line.stored_certified > max(own, 0):
            out.append(f"  stored certificate {line.stored_certified / line.unit:.9g} IS NOT CONFIRMED by its duals")
        if line.solver > own:
            out.append(f"  rests on the solver: the last {(line.solver - own) / line.unit:.9g} of the bound")
        elif line.best > own:
            out.append(f"  open: {(line.best - own) / line.unit:.9g} between the best value and the bound")
    alone = [line.name for line in found.lines if line.solver > max(0, min(line.certified or 0, line.best))]
    if not found.holds:
        out.append("NOT EVERYTHING IS CONFIRMED")
    elif alone:
        out.append(f"plan and certificates confirmed; the bounds of {', '.join(alone)} rest on the solver's own proof")
    else:
        out.append("plan and every bound confirmed")
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Re-check a stored plan and its bounds in exact arithmetic.")
    parser.add_argument("plan", type=Path, help="the .bookwright store, or the workbook beside it")
    given = parser.parse_args().plan
    found = check(given if given.suffix == store.SUFFIX else store.path_for(given))
    print("\n".join(lines(found)))
    raise SystemExit(0 if found.holds else 1)


if __name__ == "__main__":
    main()
