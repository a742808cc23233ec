"""The price of each rule: what a little more room would buy, priority by priority, earlier priorities as they are.

Each rule is made a little looser (see `relaxing`) and each priority of the plan is asked again: how much better could
it be, the priorities before it held to what they are held to now? The answer lies between two numbers. `least` is what
a plan found there shows beyond what the stored plan leaves open itself; `most` is what the proof excludes: the
Lagrangian at the stored prices of rows, or branch and bound where the problem is solved again. Small problems are
solved to the end and the two meet; large ones are priced by the prices of rows alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bookwright.books import MoveKind, Plan
from bookwright.engine import Limits, Model
from bookwright.engine import solve as run_engine
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import hard_breach, values
from bookwright.engine.prices import Duals
from bookwright.fixing import Base, Standing
from bookwright.rules import Board
from bookwright.rules.loads import unit_of
from bookwright.solve import Posted, post
from bookwright.trust.relaxing import PRICED, Relaxation, relaxations

SOLVED_PAIRS = 20_000
"""Up to so many pairs (accounts x CSMs) each priority is searched again; above, prices of rows alone."""
_NOTHING = 1e-6
"""Less than this part of a priority's unit is nothing."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What a little more room buys at one priority, in its unit: at least `least`, at most `most`.

    `how`: "solved" (both plans proved: one number), "searched" (a plan found, and a bound) or "prices of rows". `moves`
    = how many fewer chosen moves the plan found has (the priority of moves only). `found` is what the plan found gains.
    """

    priority: str
    unit: str
    least: float
    most: float
    found: float
    how: str
    moves: int = 0
    estimate: float = 0.0
    """By how much the proof's bound falls: what the best plan possible would gain, to first order."""

    @property
    def nothing(self) -> bool:
        """Whether it is proved that nothing is to be had."""
        return self.most <= _NOTHING


@dataclass(frozen=True, slots=True)
class RulePrice:
    """One rule a little looser (`text`), and what that buys at each priority that could still be better."""

    rule: str
    title: str
    text: str
    gains: tuple[Gain, ...]
    left_out: bool = False
    """The plan itself is not among the looser plans (a freed account joins its family), so no gain is told."""

    @property
    def worth(self) -> bool:
        """Whether a plan was found that is better by more than the stored plan leaves open."""
        return any(gain.least > _NOTHING for gain in self.gains)


def rule_prices(
    base: Base,
    *,
    seconds: float = 2.0,
    effort: int | None = None,
    seed: int = 0,
    solve: bool | None = None,
    on_progress: Callable[[int, str], None] | None = None,
) -> tuple[RulePrice, ...]:
    """What each rule a little looser would buy; `seconds` (or `effort`) for each search.

    `solve` True searches at any size, False never; None = where cheap. `on_progress` hears how many are done and which
    is next.
    """
    again = (
        base.problem.capacity_hours.shape[0] * len(base.problem.accounts) <= SOLVED_PAIRS if solve is None else solve
    )
    limits = Limits(None if effort else seconds, effort, 0.0, seed)
    asked = _Asked(base, limits, again)
    found = []
    for n, relaxation in enumerate(relaxations(base.board)):
        if on_progress is not None:
            on_progress(n, f"{relaxation.title}: {relaxation.text}")
        gains = asked.gains(relaxation)
        found.append(RulePrice(relaxation.rule, relaxation.title, relaxation.text, gains or (), gains is None))
    return tuple(found)


def price_of(base: Base, relaxation: Relaxation, *, seconds: float, solve: bool = True, seed: int = 0) -> RulePrice:
    """The price of one relaxation; without gains where the plan itself is not among its plans."""
    gains = _Asked(base, Limits(seconds, None, 0.0, seed), solve).gains(relaxation)
    return RulePrice(relaxation.rule, relaxation.title, relaxation.text, gains or (), gains is None)


class _Asked:
    """A plan's levels, each asked again on looser boards."""

    def __init__(self, base: Base, limits: Limits, again: bool) -> None:
        self.base, self.limits, self.again = base, limits, again
        self.floors: dict[int, int] = {}
        self.levels = [k for k, s in enumerate(base.levels) if s.name in PRICED and self._open(s)]
        # The plan's own levels once more with the same means: what a longer search finds is no gain of a rule's.
        self.standing = {k: self._control(k) for k in self.levels} if again else {}

    @staticmethod
    def _open(standing: Standing) -> bool:
        return standing.best > _NOTHING * unit_of(standing.name)[0]

    def _control(self, k: int) -> Standing:
        stood = self.base.levels[k]
        if stood.best <= stood.bound:
            return stood
        agent_of, value, bound = self._solved(self.base.posted, k, self._start(self.base.posted, k), self._held(k, {}))
        csm_of = self.base.posted.agents_to_accounts(agent_of) if value < stood.best else stood.csm_of
        return replace(stood, best=min(stood.best, value), bound=max(stood.bound, bound), csm_of=csm_of)

    def _start(self, posted: Posted, k: int) -> NDArray[np.int32]:
        stood = self.base.levels[k]
        return posted.accounts_to_agents(self.base.csm_of if stood.csm_of is None else stood.csm_of)

    def gains(self, relaxation: Relaxation) -> tuple[Gain, ...] | None:
        """What a looser board buys; None where the plan is not among its plans."""
        posted = post(relaxation.board, self.base.problem.model.priorities)
        found = []
        for k in self.levels:
            start, held = self._start(posted, k), self._held(k, relaxation.times_give)
            if not _stands(posted.model, start, held):
                return None
            found.append(self._gain(posted, k, start, held))
        return tuple(found)

    def _held(self, k: int, times: Mapping[str, float]) -> list[int]:
        every = self.base.levels[:k]
        return [s.best + round((s.limit - s.best) * times.get(s.name, 1.0)) for s in every]

    def _gain(self, posted: Posted, k: int, start: NDArray[np.int32], held: Sequence[int]) -> Gain:
        stood = self.standing.get(k, self.base.levels[k])
        size, unit = unit_of(stood.name)
        floor = self._floor(posted.model, k, held)
        fall = max(0, self._own_floor(k) - floor) / size
        if not self.again or stood.best - floor <= _NOTHING * size:
            most = max(0, stood.best - floor)
            return Gain(stood.name, unit, 0.0, most / size, 0.0, "prices of rows", estimate=fall)
        agent_of, value, bound = self._solved(posted, k, start, held)
        most = max(0, stood.best - max(bound, floor))
        least = min(max(0, stood.bound - value), most)
        moves = 0
        if stood.name == "moves":
            now = self.base.csm_of if stood.csm_of is None else stood.csm_of
            moves = _chosen(self.base.board, now) - _chosen(self.base.board, posted.agents_to_accounts(agent_of))
        how = "solved" if least == most else "searched"
        found = max(0, stood.best - value) / size
        return Gain(stood.name, unit, least / size, most / size, found, how, moves, fall)

    def _own_floor(self, k: int) -> int:
        """The same for the plan's own model."""
        if k not in self.floors:
            self.floors[k] = self._floor(self.base.posted.model, k, self._held(k, {}))
        return self.floors[k]

    def _floor(self, model: Model, k: int, held: Sequence[int]) -> int:
        """No plan of the looser model is below this at level k: the Lagrangian at the stored prices."""
        stood = self.base.levels[k]
        cost = model.levels[k].cost
        first = np.asarray(model.pair_start[:-1], dtype=np.int64)
        least = 0 if cost is None else int(np.minimum.reduceat(np.asarray(cost, dtype=np.int64), first).sum())
        if stood.duals is None or len(stood.duals.level) != k:
            return least
        duals = carried_over(model, self.base.posted.model, stood.duals)
        return max(least, certified(model, k, list(held), duals))

    def _solved(
        self, posted: Posted, k: int, start: NDArray[np.int32], held: Sequence[int]
    ) -> tuple[NDArray[np.int32], int, int]:
        """(assignment, value, bound) of level k, the levels before it held to what the plan's are held to."""
        answer = run_engine(held_to(posted.model, k, held), start, self.limits)
        report = answer.levels[k]
        return answer.agent_of, report.best, report.bound


def held_to(model: Model, k: int, limits: Sequence[int]) -> Model:
    """The model whose last level is k, with the levels before it held to `limits` and asked for nothing more."""
    before = (
        replace(level, give=0.0, give_at_least=0, limit=limit)
        for level, limit in zip(model.levels[:k], limits, strict=True)
    )
    families = tuple(f for f in model.families if f.level is None or f.level <= k)
    return replace(model, levels=(*before, model.levels[k]), families=families)


def _stands(model: Model, agent_of: NDArray[np.int32], limits: Sequence[int]) -> bool:
    """Whether an assignment is one of the model's, keeps what is hard, and its first levels are within the limits."""
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))
    if not np.bincount(item[np.asarray(model.pair_agent) == agent_of[item]], minlength=model.items).all():
        return False
    return hard_breach(model, agent_of) == 0 and all(
        v <= limit for v, limit in zip(values(model, agent_of), limits, strict=False)
    )


def carried_over(model: Model, old: Model, duals: Duals) -> Duals:
    """Prices of rows carried over to another model by the name of their family; rows that are new have none."""
    known = {f.name: price for f, price in zip(old.families, duals.row, strict=True)}
    rows = []
    for family in model.families:
        price = known.get(family.name)
        rows.append(price if price is not None and len(price) == family.rows else np.zeros(family.rows))
    return Duals(tuple(rows), duals.level)


def _chosen(board: Board, csm_of: NDArray[np.int32]) -> int:
    """Chosen moves of a plan, as the board without any relaxation counts them."""
    return len(Plan(board.problem, csm_of, board.forced()).moves_of(MoveKind.CHOSEN))
