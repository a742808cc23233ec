"""Moves against balance: the whole curve of choices as full plans, each for limits fixed beforehand.

Balance here is all that hours and bands ask for: `Choice.breach`, the hours over 100 % and what lies outside the bands.
One end makes no move by choice that it need not, the other is as even as can be, hours first; between them every point
has a limit on each of the two and the least price of moves under both (an epsilon-constraint method: Haimes, Lasdon,
Wismer 1971). The limits are what the most even plan's own moves, in order of value, leave after equal numbers of them:
so the points lie as far apart in moves as can be, and every limit can be kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bookwright.findings import UsageError
from bookwright.planning_model import PlanningModel, Priority
from bookwright.scenarios.choice import Choice
from bookwright.scenarios.order import Step

FEWEST, POINTS = 3, (10, 20)
AGAIN = 4
"""How many points that proved dominated are solved again, for other limits."""
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Aim:
    """A point to be solved: limits on hours over 100 % and on what is outside the bands, and a plan that keeps both."""

    hours_over: float
    outside: float
    start: Mapping[str, str | None]

    @property
    def limit(self) -> float:
        """Both together."""
        return self.hours_over + self.outside


@dataclass(frozen=True)
class Frontier:
    """The points from fewest moves to most even, none dominated. `knee` is a position in them, None below three.

    `dropped` points cost no less and balance no better than another. `steps` are the most even plan's moves in order.
    """

    points: tuple[Choice, ...]
    dropped: tuple[Choice, ...]
    knee: int | None
    steps: tuple[Step, ...] = ()


def fewest_model(model: PlanningModel) -> PlanningModel:
    """The planning model with the price of moves first of all: the end of the fewest moves."""
    _needs(model)
    moves = [_plain(p) for p in model.priorities if p.name == "moves"]
    rest = [p.model_copy(update={"give": 0.0}) for p in model.priorities if p.name != "moves"]
    return model.model_copy(update={"priorities": (*moves, *rest)})


def limited_model(model: PlanningModel, aim: Aim | None) -> PlanningModel:
    """The planning model with hours and balance held to limits (None: to their best), and none of the price given."""
    _needs(model)
    limits = {} if aim is None else {"hours": aim.hours_over, "balance": aim.outside}
    found = []
    for p in model.priorities:
        if p.name in ("hours", "balance"):
            found.append(p.model_copy(update={"give": 0.0, "limit": limits.get(p.name)}))
        else:
            found.append(_plain(p) if p.name == "moves" else p)
    return model.model_copy(update={"priorities": tuple(found)})


def _plain(priority: Priority) -> Priority:
    return priority.model_copy(update={"give": 0.0, "give_moves": 0.0})


def _needs(model: PlanningModel) -> None:
    names = [p.name for p in model.priorities]
    if "balance" not in names or "moves" not in names or names.index("balance") > names.index("moves"):
        have = ", ".join(names) or "none"
        raise UsageError(
            f"Moves against balance needs a planning model with the priorities balance and, after it, moves; "
            f"{model.name} has {have}. Maybe -m quarterly_rebalance."
        )


def aims(even: Choice, steps: Sequence[Step], fewest: Choice, points: int) -> tuple[Aim, ...]:
    """The points between the two ends, from loose to tight: limits after equal numbers of the most even plan's moves.

    Moves that are needed in any case come first and stand in every point. Where there are too few moves for so many
    points, further limits lie half-way in the widest spaces.
    """
    prefixes: list[Aim] = []
    now = dict(fewest.csm_of)
    now |= {a: even.csm_of[a] for step in steps if step.needed for a in step.account_ids}
    for k, step in enumerate(steps[:-1]):
        now |= {a: even.csm_of[a] for a in step.account_ids}
        # Of hours and balance one may rise again on the way: a limit is the most of it from here on, so that limits
        # only ever become tighter and this prefix keeps its own.
        hours_over = max(s.hours_over for s in steps[k:])
        outside = max(s.outside for s in steps[k:])
        tightest = prefixes[-1].limit if prefixes else fewest.breach
        if not step.needed and even.breach + _SAME < hours_over + outside < tightest - _SAME:
            prefixes.append(Aim(hours_over, outside, dict(now)))
    wanted = min(points - 2, len(prefixes))
    picked = [prefixes[round((k + 0.5) * len(prefixes) / wanted - 0.5)] for k in range(wanted)]
    first = Aim(fewest.hours_over, fewest.outside, fewest.csm_of)
    last = Aim(even.hours_over, even.outside, even.csm_of)
    while fewest.breach > even.breach + _SAME and len(picked) < points - 2:
        edges = [first, *picked, last]
        wide = max(range(len(edges) - 1), key=lambda k: edges[k].limit - edges[k + 1].limit)
        one, two = edges[wide], edges[wide + 1]
        between = Aim((one.hours_over + two.hours_over) / 2, (one.outside + two.outside) / 2, two.start)
        picked.insert(wide, between)
    return tuple(picked)


def assemble(found: Sequence[Choice]) -> Frontier:
    """Points in order with what each proves for the others; dominated ones dropped, the knee named.

    What is proved of the price under one limit holds under every tighter one.
    """
    ordered = sorted(found, key=lambda c: (c.price, -c.breach))
    proved = 0.0
    lifted = []
    for point in sorted(found, key=lambda c: -_limit(c)):
        proved = max(proved, point.price_bound or 0.0)
        bound = min(proved, point.price)
        gap = (point.price - bound) / point.price if point.price > 0 else 0.0
        lifted.append(replace(point, price_bound=bound, price_gap=gap))
    by_key = {c.key: c for c in lifted}
    kept: list[Choice] = []
    dropped: list[Choice] = []
    for point in (by_key[c.key] for c in ordered):
        others = [c for c in lifted if c.key != point.key]
        worse = any(_beats(c, point) or (_equal(c, point) and c.key < point.key) for c in others)
        (dropped if worse else kept).append(point)
    return Frontier(tuple(kept), tuple(dropped), knee_of(kept))


def named(found: Frontier) -> Frontier:
    """The curve with its two ends called so; other points keep the names of their files."""
    last = len(found.points) - 1
    titles = {0: "Fewest moves", last: "Most even"}
    points = [replace(p, title=titles.get(k, Path(p.out).stem.capitalize())) for k, p in enumerate(found.points)]
    return replace(found, points=tuple(points))


def refill(found: Frontier) -> tuple[Aim, ...]:
    """Limits half-way in the widest spaces of a curve, one for each dropped point, `AGAIN` at most."""
    points = list(found.points)
    if len(points) < FEWEST:
        return ()
    wide, high = points[-1].price - points[0].price or 1.0, points[0].breach - points[-1].breach or 1.0
    spaces = []
    for loose, tight in itertools.pairwise(points):
        hours = max((loose.hours_over + tight.hours_over) / 2, tight.hours_over)
        outside = max((loose.outside + tight.outside) / 2, tight.outside)
        if hours + outside < loose.breach - _SAME:
            size = (tight.price - loose.price) / wide + (loose.breach - tight.breach) / high
            spaces.append((size, Aim(hours, outside, tight.csm_of)))
    spaces.sort(key=lambda s: -s[0])
    return tuple(aim for _, aim in spaces[: min(len(found.dropped), AGAIN)])


def _limit(point: Choice) -> float:
    return point.breach if point.limit is None else max(point.limit, point.breach)


def _beats(one: Choice, two: Choice) -> bool:
    """No dearer and no worse in hours and in balance, each by itself: hours come first, so less of them counts."""
    return all(x <= y + _SAME for x, y in zip(_criteria(one), _criteria(two), strict=True)) and not _equal(one, two)


def _equal(one: Choice, two: Choice) -> bool:
    return all(abs(x - y) <= _SAME for x, y in zip(_criteria(one), _criteria(two), strict=True))


def _criteria(point: Choice) -> tuple[float, float, float]:
    return point.price, point.hours_over, point.outside


def knee_of(points: Sequence[Choice]) -> int | None:
    """The point that lies farthest below the line between the two ends, both axes drawn to equal length.

    Beyond it, a further move evens out less than the average move does (Satopaa et al. 2011, "Kneedle").
    """
    if len(points) < FEWEST:
        return None
    first, last = points[0], points[-1]
    wide, high = last.price - first.price, first.breach - last.breach
    if wide <= 0 or high <= 0:
        return None
    below = [1 - (p.price - first.price) / wide - (p.breach - last.breach) / high for p in points]
    best = max(range(len(points)), key=lambda k: below[k])
    return best if below[best] > 1e-6 else None


def first_to(steps: Sequence[Step], share: float) -> int | None:
    """How many chosen moves, in order, bring this share of the gain; None where the plan gains nothing."""
    return next((s.chosen for s in steps if s.gained is not None and not s.needed and s.gained >= share - 1e-12), None)
