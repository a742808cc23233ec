"""The price of decisions before anyone accepts them: what fixing an account costs every priority, and everything else.

A price is a vector, one entry per priority, in order: how much worse (or better) the best plan with the decision is
than the best plan without it, every earlier priority held to what the plan under review is held to. Each entry is an
interval from what is proved to what the best repair found needs; one number where both plans are proved. Beside it
stand hours, ARR and moves of the repaired plan against the plan under review, and the moves that make good for the
decision.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright.books import MoveKind, Plan
from bookwright.findings import ReviewError
from bookwright.fixing import Base, Repaired, Standing, base_of, fix, standing_of
from bookwright.problem import Problem, resolve
from bookwright.result import Result
from bookwright.review.decisions import Answer, Decision
from bookwright.rules import Board
from bookwright.solve import unit_of, value_of
from bookwright.store import Stored

TOGETHER = 5.0
"""The price of all decisions together may search so many times longer than one."""


@dataclass(frozen=True, slots=True)
class LevelPrice:
    """One entry of a price: priority, its unit, and the interval [by bound, by best repair found].

    The interval is for plans that keep every earlier priority within its `held` (in its unit): what the plan under
    review is held to itself, or what the repair needs there. `low` so holds for every plan with the decision that is
    as good on the earlier ones. `high` does where it is `firm`: where no plan can better an earlier priority; else a
    plan that does so may need more here.
    """

    name: str
    unit: str
    low: float
    high: float
    held: float = 0.0
    firm: bool = True

    @property
    def exact(self) -> bool:
        """Whether both plans are proved, so that the price is one number."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Change:
    """An account that the repair gives to another CSM than the plan under review does (CSM ids)."""

    account_id: str
    csm_plan: str | None
    csm_repair: str | None


@dataclass(frozen=True, slots=True)
class Price:
    """What fixing accounts (account id -> CSM id) costs against the plan under review.

    `levels` has one entry per priority. In people's units, repaired plan less plan under review: `overload_hours` over
    100 % a month, `arr_outside` the ARR bands, `moves` of all kinds, `moves_chosen`. `compensation` lists what else
    changes, the change that helps most first. `follow` are accounts of the same family that go along. `why_not` says
    why no plan has it (then the rest is empty); `proved_not` whether that is proved.
    """

    fixed: Mapping[str, str]
    levels: tuple[LevelPrice, ...] = ()
    overload_hours: float = 0.0
    arr_outside: float = 0.0
    moves: int = 0
    moves_chosen: int = 0
    compensation: tuple[Change, ...] = ()
    follow: tuple[str, ...] = ()
    why_not: str = ""
    proved_not: bool = False

    @property
    def possible(self) -> bool:
        """Whether a plan that keeps the hard rules has it."""
        return not self.why_not

    @property
    def best_compensation(self) -> Change | None:
        """The one other change that makes good for most of it."""
        return self.compensation[0] if self.compensation else None


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices of decisions one by one, in the order asked, and of all of them together."""

    each: tuple[Price, ...]
    together: Price | None
    proved: bool
    """Whether the plan under review is proved best in every priority."""


def base_of_stored(stored: Stored, *, seconds: float = 20.0) -> Base:
    """The plan of a store, ready to be priced against: levels, bounds and prices of rows as they were found."""
    problem = problem_of(stored)
    plan = Plan.from_ids(problem, stored.after)
    return _base(problem, plan.csm_of, [dict(p) for p in stored.priorities], seconds)


def base_of_result(result: Result, *, seconds: float = 20.0) -> Base:
    """The plan of a result, ready to be priced against."""
    rows = [
        {"name": p.name, "best": p.best, "bound": p.bound, "limit": p.limit, "duals": result.duals.get(p.name, {})}
        for p in result.priorities
    ]
    return _base(result.problem, result.plan.csm_of, rows, seconds)


def problem_of(stored: Stored) -> Problem:
    """The problem that a store's plan answers: its planning model has the settings laid over it already."""
    day = dt.date.fromisoformat(stored.meta["effective_date"])
    facts = stored.portfolio.model_copy(update={"settings": {}})
    return resolve(facts, stored.model, today=day, effective_date=day)


def _base(problem: Problem, csm_of: NDArray[np.int32], rows: Sequence[Mapping[str, Any]], seconds: float) -> Base:
    names = [p.name for p in problem.model.priorities]
    if [row["name"] for row in rows] != names:
        raise ReviewError("The plan breaks hard rules, so decisions have no price yet. Maybe mend what Rules lists.")
    return base_of(problem, csm_of, [_standing(problem, row) for row in rows], seconds=seconds)


def _standing(problem: Problem, row: Mapping[str, Any]) -> Standing:
    """A priority as reported, back in the engine's integer units."""
    size, _ = unit_of(row["name"])
    duals = row["duals"]
    if isinstance(duals, bytes):
        duals = json.loads(zlib.decompress(duals))
    best, bound, limit = (round(row[key] * size) for key in ("best", "bound", "limit"))
    return standing_of(row["name"], best, bound, limit, duals or {})


def wanted_by(decision: Decision, before: Mapping[str, str | None], after: Mapping[str, str | None]) -> str | None:
    """The CSM a decision gives its account to; None when it names nobody (data is wrong, no CSM today)."""
    if decision.answer is Answer.OVERRIDE:
        return decision.csm_id
    if decision.answer is Answer.REJECT:
        return before.get(decision.account_id)
    if decision.answer in (Answer.ACCEPT, Answer.ACCEPT_LATER):
        return after.get(decision.account_id)
    return None


def price(
    base: Base,
    wanted: Sequence[tuple[str, str]],
    *,
    seconds: float = 2.0,
    together: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> Priced:
    """Price decisions given as (account id, CSM id): each alone, and all together; at most `seconds` of search each.

    Accounts and CSMs that the plan does not know are priced as impossible, with the reason. Where two wishes name one
    account, together they cannot be.
    """
    found: list[Price] = []
    for n, (account_id, csm_id) in enumerate(wanted):
        found.append(_price(base, {account_id: csm_id}, seconds))
        if on_progress is not None:
            on_progress(n + 1, len(wanted))
    every: Price | None = None
    if together and wanted:
        named = dict(wanted)
        twice = [a for a, c in wanted if named[a] != c]
        if twice:
            label = _label(base, twice[0])
            every = Price(named, why_not=f"{label} is wished to two CSMs at once", proved_not=True)
        else:
            every = found[0] if len(named) == 1 else _price(base, named, seconds * TOGETHER)
    return Priced(tuple(found), every, base.proved)


def _price(base: Base, named: Mapping[str, str], seconds: float) -> Price:
    problem = base.problem
    places: dict[int, int] = {}
    for account_id, csm_id in named.items():
        i, j = problem.account_position.get(account_id), problem.csm_position.get(csm_id)
        if i is None or j is None:
            what = f"account {account_id}" if i is None else f"CSM {csm_id}"
            return Price(dict(named), why_not=f"the plan knows no {what}", proved_not=True)
        places[i] = j
    if all(base.csm_of[i] == j for i, j in places.items()):
        # The plan has it so: nothing changes, whatever later priorities were given of earlier ones.
        free = (LevelPrice(s.name, unit_of(s.name)[1], 0.0, 0.0, s.limit / unit_of(s.name)[0]) for s in base.levels)
        return Price(dict(named), tuple(free))
    return _told(base, named, places, fix(base, places, seconds=seconds))


def _told(base: Base, named: Mapping[str, str], places: Mapping[int, int], repaired: Repaired) -> Price:
    """A repair as a price."""
    if repaired.csm_of is None:
        return Price(dict(named), why_not=repaired.why_not, proved_not=repaired.impossible)
    levels: list[LevelPrice] = []
    for stood, low, high, held in zip(base.levels, repaired.low, repaired.high, repaired.held, strict=True):
        size, unit = unit_of(stood.name)
        firm = all(level.exact for level in levels)
        levels.append(LevelPrice(stood.name, unit, low / size, high / size, held / size, firm))
    problem = base.problem
    forced = base.board.forced()
    before, after = Plan(problem, base.csm_of, forced), Plan(problem, repaired.csm_of, forced)
    moved = np.flatnonzero(base.csm_of != repaired.csm_of).tolist()
    family = {i for _, group in base.board.groups if not places.keys().isdisjoint(group) for i in group}
    ids = problem.accounts
    return Price(
        fixed=dict(named),
        levels=tuple(levels),
        overload_hours=overload(after) - overload(before),
        arr_outside=arr_outside(base.board, after) - arr_outside(base.board, before),
        moves=len(after.moves) - len(before.moves),
        moves_chosen=len(after.moves_of(MoveKind.CHOSEN)) - len(before.moves_of(MoveKind.CHOSEN)),
        compensation=_compensation(base, before, after, [i for i in moved if i not in places and i not in family]),
        follow=tuple(ids[i].id for i in moved if i in family and i not in places),
    )


def overload(plan: Plan) -> float:
    """Hours a month over 100 %, summed over CSMs."""
    return sum(max(0.0, b.hours - b.capacity_hours) for b in plan.books)


def arr_outside(board: Board, plan: Plan) -> float:
    """ARR outside the ARR bands, summed over CSMs; 0 where the planning model has none."""
    arr = {b.csm_id: b.arr for b in plan.books}
    bands = [b for b in board.bands if b.measure == "arr"]
    return float(sum(max(0.0, arr[b.csm_id] - b.high, b.low - arr[b.csm_id]) for b in bands))


def _compensation(base: Base, before: Plan, after: Plan, others: Sequence[int]) -> tuple[Change, ...]:
    """What else changes, the change that helps most first: without it the priorities would be worst."""
    problem, names = base.problem, [s.name for s in base.levels]

    def worth(i: int) -> tuple[int, ...]:
        undone = after.csm_of.copy()
        undone[i] = before.csm_of[i]
        return tuple(-value_of(base.board, name, undone) for name in names)

    ranked = sorted(others, key=worth) if len(others) <= 40 else list(others)
    accounts = problem.accounts
    was, now = before.by_account, after.by_account
    return tuple(Change(accounts[i].id, was[accounts[i].id], now[accounts[i].id]) for i in ranked)


def _label(base: Base, account_id: str) -> str:
    account = base.problem.portfolio.account_by_id.get(account_id)
    return account.label if account else account_id


NOTHING = "costs nothing that counts"


def costs_in_words(overload_hours: float, arr: float, moves: int) -> list[str]:
    """Changes of hours over 100 %, of ARR outside the bands and of moves, each in words; those of nothing left out."""
    parts = []
    if abs(overload_hours) >= 0.05:
        parts.append(f"{overload_hours:+,.1f} h over 100 %")
    if abs(arr) >= 0.5:
        parts.append(f"{arr:+,.0f} ARR outside the bands")
    if moves:
        parts.append(f"{moves:+d} move{'s' if abs(moves) != 1 else ''}")
    return parts


def points_in_words(points: float) -> str:
    """A change of the price of moves."""
    return f"{points:+,.1f} points for the moves"


def sentence(base: Base, price: Price) -> str:
    """A price in words: what is fixed, what it costs in people's units, and what makes good for it."""
    name = base.problem.portfolio.csm_name
    head = ", ".join(f"{_label(base, a)} with {name(c)}" for a, c in list(price.fixed.items())[:3])
    if len(price.fixed) > 3:
        head += f" and {len(price.fixed) - 3:,} more"
    if not price.possible:
        return f"{head}: cannot be: {price.why_not}" + ("" if price.why_not.endswith(".") else ".")
    parts = costs_in_words(price.overload_hours, price.arr_outside, price.moves)
    for level in price.levels:
        if level.unit == "points" and abs(level.high) >= 0.05:
            up_to = "" if level.exact else "up to " if level.high > 0 else "at most "
            parts.append(up_to + points_in_words(level.high))
    said = "; ".join(parts) if parts else NOTHING
    best = price.best_compensation
    if best is None:
        return f"{head}: {said}."
    more = f", and {len(price.compensation) - 1} more" if len(price.compensation) > 1 else ""
    return f"{head}: {said}; made good by {_label(base, best.account_id)} to {name(best.csm_repair)}{more}."
