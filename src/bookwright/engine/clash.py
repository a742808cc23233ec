"""Hard conditions one by one: is a set of them feasible, which of them clash, and the cheapest way to give some up.

Items go to agents, exactly one each; everything else is a condition that can be taken away. Exact (CP-SAT), bounded in
deterministic units, so that nothing here reads a clock: the same question has the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bar:
    """One item may not go to some agents: `barred` is (agents,)."""

    item: int
    barred: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """The uses of the counted pairs add up to at most `high` (or at least `low`; None = open).

    `item`, `agent`, `use` are (entries,): a pair's use where that item is with that agent.
    """

    item: Longs
    agent: Longs
    use: Longs
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """These items are with one agent."""

    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    """These two items are not with one agent."""

    one: int
    other: int


Condition = Bar | Limit | Same | Apart
Holds = Callable[[Sequence[int]], bool | None]
"""Whether some members can all hold; None where that is not known, which counts as if they could."""


@dataclass(frozen=True, slots=True, eq=False)
class Puzzle:
    """Items, agents and the conditions that are to hold together."""

    items: int
    agents: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Soft:
    """What may be given up, and at what price per piece.

    `lifts`: number of a Bar -> (agents,) of literals: the pair counts as barred unless its literal is bought, -1 =
    never to be had. `whole`: number of a Same or Apart -> literal. `prices`: (literals,) what each costs. `widen`:
    number of a Limit -> price of one unit outside. `drop`: (items,) price of leaving an item out altogether.
    """

    lifts: Mapping[int, Longs] = field(default_factory=dict)
    whole: Mapping[int, int] = field(default_factory=dict)
    prices: Sequence[int] = ()
    widen: Mapping[int, int] = field(default_factory=dict)
    drop: Longs | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The cheapest that has to be given up: literals bought, units by Limit, items left out; whether proved cheapest.

    `agent_of` is (items,): an assignment that keeps the rest, -1 for items left out.
    """

    literals: tuple[int, ...]
    widened: Mapping[int, int]
    dropped: tuple[int, ...]
    agent_of: NDArray[np.int32]
    proved: bool


@dataclass(frozen=True, slots=True)
class Core:
    """Numbers of conditions that cannot all hold. `proved` = without any one of them the rest can."""

    members: tuple[int, ...]
    proved: bool


def feasible(puzzle: Puzzle, kept: Sequence[int] | None = None, *, units: float = 2.0, seed: int = 0) -> bool | None:
    """Whether the kept conditions (all by default) can hold together; None where `units` did not suffice."""
    built = _build(puzzle, range(len(puzzle.conditions)) if kept is None else kept, Soft())
    if built is None:
        return False
    status = _solver(units, seed).solve(built.model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True
    return False if status == cp_model.INFEASIBLE else None


def cheapest(puzzle: Puzzle, soft: Soft, *, units: float = 4.0, seed: int = 0) -> Given | None:
    """The least to give up so that the rest holds; None where even all of it does not help, or units ended first."""
    built = _build(puzzle, range(len(puzzle.conditions)), soft)
    if built is None:
        return None
    solver = _solver(units, seed)
    status = solver.solve(built.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    agent_of = np.full(puzzle.items, -1, dtype=np.int32)
    for (i, a), x in built.x.items():
        if solver.value(x):
            agent_of[i] = a
    return Given(
        literals=tuple(k for k, b in built.literal.items() if solver.value(b)),
        widened={c: int(solver.value(s)) for c, s in built.slack.items() if solver.value(s)},
        dropped=tuple(i for i, d in built.dropped.items() if solver.value(d)),
        agent_of=agent_of,
        proved=status == cp_model.OPTIMAL,
    )


def minimal_core(
    puzzle: Puzzle, groups: Sequence[Sequence[int]], *, units: float = 2.0, calls: int = 2000
) -> Core | None:
    """A minimal set of conditions that cannot all hold; None where all of them can, or that is not known.

    Deletion filter: first whole groups, in the order given, then single conditions, split in halves (Junker,
    QUICKXPLAIN, AAAI 2004, which asks about k log(n / k) times for k members). Where an answer did not come in its
    units, the condition stays and the core is marked unproved. At most `calls` questions.
    """
    asked = _Asked(puzzle, units, calls)
    if asked.holds([c for group in groups for c in group]) is not False:
        return None
    left = [list(group) for group in groups]
    for k in range(len(left)):
        rest = [c for n, group in enumerate(left) if n != k for c in group]
        if left[k] and asked.holds(rest) is False:
            left[k] = []
    members = minimal(asked.holds, [c for group in left for c in group])
    proved = not asked.unsure and all(asked.holds([c for c in members if c != one]) is True for one in members)
    return Core(tuple(members), proved and asked.holds(members) is False)


def minimal(holds: Holds, members: Sequence[int]) -> list[int]:
    """Of members that cannot all hold, some that cannot either and of which none can be left out; ascending.

    Splits in halves (Junker, QUICKXPLAIN, AAAI 2004). An answer that is not known keeps what may not be needed.
    """
    return sorted(_explain(holds, [], False, list(members)))


def smallest_hitting(sets: Sequence[frozenset[int]], *, units: float = 2.0) -> frozenset[int] | None:
    """The fewest numbers of which every set has one; None where `units` did not suffice to prove it."""
    model = cp_model.CpModel()
    x = {k: model.new_bool_var("") for k in sorted({k for some in sets for k in some})}
    for some in sets:
        model.add_bool_or([x[k] for k in sorted(some)])
    model.minimize(sum(x.values()))
    solver = _solver(units, 0)
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    return frozenset(k for k, v in x.items() if solver.value(v))


class _Asked:
    """Feasibility questions, each asked once, counted."""

    def __init__(self, puzzle: Puzzle, units: float, calls: int) -> None:
        self.puzzle, self.units, self.left = puzzle, units, calls
        self.unsure = False
        self._known: dict[frozenset[int], bool | None] = {}

    def holds(self, kept: Sequence[int]) -> bool | None:
        """True, False, or None where it is not known; then the set counts as one that holds."""
        key = frozenset(kept)
        if key not in self._known:
            self.left -= 1
            self._known[key] = feasible(self.puzzle, sorted(key), units=self.units) if self.left >= 0 else None
            self.unsure = self.unsure or self._known[key] is None
        return self._known[key]


def _explain(holds: Holds, base: list[int], changed: bool, parts: list[int]) -> list[int]:
    """Members among `parts` of a minimal clash with `base`."""
    if changed and holds(base) is False:
        return []
    if len(parts) <= 1:
        return list(parts)
    half = len(parts) // 2
    first, second = parts[:half], parts[half:]
    late = _explain(holds, base + first, bool(first), second) if second else []
    early = _explain(holds, base + late, bool(late), first) if first else []
    return early + late


@dataclass(eq=False)
class _Built:
    model: cp_model.CpModel
    x: dict[tuple[int, int], cp_model.IntVar]
    literal: dict[int, cp_model.IntVar]
    slack: dict[int, cp_model.IntVar]
    dropped: dict[int, cp_model.IntVar]


def _build(puzzle: Puzzle, kept: Sequence[int] | range, soft: Soft) -> _Built | None:
    """The program; None where an item is left with no agent at all."""
    model = cp_model.CpModel()
    literal = {k: model.new_bool_var("") for k in range(len(soft.prices))}
    allowed = np.ones((puzzle.items, puzzle.agents), dtype=np.bool_)
    for c in kept:
        condition = puzzle.conditions[c]
        if isinstance(condition, Bar):
            never = condition.barred if c not in soft.lifts else condition.barred & (soft.lifts[c] < 0)
            allowed[condition.item] &= ~never
    if soft.drop is None and not allowed.any(axis=1).all():
        return None
    x = {(int(i), int(a)): model.new_bool_var("") for i, a in np.argwhere(allowed)}
    dropped = {}
    for i in range(puzzle.items):
        options = [x[i, a] for a in np.flatnonzero(allowed[i]).tolist()]
        if soft.drop is not None:
            dropped[i] = model.new_bool_var("")
            options.append(dropped[i])
        model.add_exactly_one(options)
    slack: dict[int, cp_model.IntVar] = {}
    for c in kept:
        _post(model, puzzle.conditions[c], c, soft, x, literal, slack)
    cost = [price * literal[k] for k, price in enumerate(soft.prices)]
    cost += [soft.widen[c] * s for c, s in slack.items()]
    if soft.drop is not None:
        cost += [int(soft.drop[i]) * d for i, d in dropped.items()]
    if cost:
        model.minimize(sum(cost))
    return _Built(model, x, literal, slack, dropped)


def _post(
    model: cp_model.CpModel,
    condition: Condition,
    number: int,
    soft: Soft,
    x: Mapping[tuple[int, int], cp_model.IntVar],
    literal: Mapping[int, cp_model.IntVar],
    slack: dict[int, cp_model.IntVar],
) -> None:
    """One condition."""
    if isinstance(condition, Bar):
        if number in soft.lifts:
            for a in np.flatnonzero(condition.barred & (soft.lifts[number] >= 0)).tolist():
                if (condition.item, a) in x:
                    model.add_implication(x[condition.item, a], literal[int(soft.lifts[number][a])])
    elif isinstance(condition, Limit):
        pairs = list(zip(condition.item.tolist(), condition.agent.tolist(), condition.use.tolist(), strict=True))
        terms = [(x[i, a], u) for i, a, u in pairs if (i, a) in x]
        load = cp_model.LinearExpr.weighted_sum([t for t, _ in terms], [u for _, u in terms])
        if number in soft.widen:
            reach = sum(abs(u) for _, _, u in pairs) + abs(condition.high or 0) + abs(condition.low or 0)
            slack[number] = model.new_int_var(0, reach, "")
            load = load - slack[number] if condition.high is not None else load + slack[number]
        if condition.high is not None:
            model.add(load <= condition.high)
        if condition.low is not None:
            model.add(load >= condition.low)
    else:
        free = [literal[soft.whole[number]]] if number in soft.whole else []
        items = condition.items if isinstance(condition, Same) else (condition.one, condition.other)
        for a in sorted({a for i, a in x if i in items}):
            ours = [x.get((i, a)) for i in items]
            if isinstance(condition, Apart):
                if all(v is not None for v in ours):
                    model.add_bool_or([*(v.negated() for v in ours if v is not None), *free])
            else:
                for one, other in zip(ours, ours[1:] + ours[:1], strict=True):
                    # Whoever has one of them has the next; the ring closes.
                    if one is not None:
                        model.add_bool_or([one.negated(), *([other] if other is not None else []), *free])


def _solver(units: float, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = units
    solver.parameters.catch_sigint_signal = False
    return solver
