"""What the engine is asked and what it answers: arrays in, arrays out, every number an integer.

The model is a generalized assignment problem with soft rows, in levels:

    for level k = 0..K-1, in order:
    min   sum_p cost^k_p x_p  +  sum_r breach^k_r
    s.t.  sum_{p of item i} x_p = 1                                   every item i
          low_r <= sum_p use_rp x_p <= high_r                         every hard row r
          value_h <= best_h + allowance_h                             every earlier level h
          x_p in {0, 1}

where p = (item, agent) runs over the allowed pairs only. A priced row r of level k adds

    breach^k_r = price_r * (o + max(0, o - knee_r)),   o = how far the load lies outside [low_r, high_r],

so that the slope doubles once a row is more than `knee` outside. Every value is an exact integer; `Level.unit` says
how many integer units make one unit that people read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]

NO_LOW = -(2**61)
NO_HIGH = 2**61
"""Limits that hold nothing: a row end at or beyond these is open."""


@dataclass(frozen=True, slots=True, eq=False)
class RowFamily:
    """Rows that share their coefficients; a pair counts in at most one row of a family.

    Shapes: `use` is (items,) when the coefficient does not depend on the agent, else (pairs,) in the model's pair
    order; it may be negative. `row_of` is (agents,) for `by="agent"`, (items,) for `by="item"`: the row in which a
    pair counts, -1 for none. With `away_only`, a pair counts only when its agent is not the item's home (a move).
    `low`, `high`, `price`, `knee` are (rows,). `level` is None for hard rows (then price and knee are not read), else
    the level whose value the breaches add to. `knee` = NO_HIGH means that the slope never doubles.

    Examples: hours of each agent (by agent); one budget of moves (by agent, all rows 0, away_only); moves out of
    each home (by item, row = home, away_only); a cap on a share (negative uses, high 0).
    """

    name: str
    use: Ints
    row_of: Ints
    low: Ints
    high: Ints
    by: Literal["agent", "item"] = "agent"
    away_only: bool = False
    level: int | None = None
    price: Ints | None = None
    knee: Ints | None = None

    @property
    def rows(self) -> int:
        """How many rows the family has."""
        return len(self.low)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One priority: what it costs, and how much of it later levels may give up.

    `cost` is (pairs,) or None for all zero, at least 0. After the level's best value v is found, later levels may
    use an allowance of max(floor(give * scale), give_at_least) integer units above v, where scale is `unit` for
    `scale="one"`, v itself for `scale="value"`, and for `scale="range"` the sum over items of the dearest less the
    cheapest pair. The same scale is what the level's gap is a fraction of (a scale of 0 counts as one unit).
    With `give_within_value`, give_at_least is never read as more than v: what came to 0 is not lifted by it.
    `limit`, where given, is a value fixed beforehand that is good enough: at or below it the level asks for no more,
    its gap is 0, and later levels may use all of it.
    """

    name: str
    cost: Ints | None = None
    unit: int = 1
    give: float = 0.0
    give_at_least: int = 0
    scale: Literal["one", "value", "range"] = "one"
    limit: int | None = None
    give_within_value: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Items, agents, the pairs allowed, the rows, and the levels in order.

    `pair_start` is (items + 1,), `pair_agent` (pairs,): item i may go to pair_agent[pair_start[i]:pair_start[i+1]],
    ascending, at least one. `home` is (items,): where the item is today, -1 for nowhere; the home need not be an
    allowed pair. `apart` is (k, 2): items never on one agent; hard when `apart_level` is None, else each pair of
    items that ends on one agent costs `apart_price` in that level.
    """

    agents: int
    pair_start: Ints
    pair_agent: Ints
    home: Ints
    levels: tuple[Level, ...]
    families: tuple[RowFamily, ...] = ()
    apart: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int32))
    apart_level: int | None = None
    apart_price: int = 1

    @property
    def items(self) -> int:
        """How many items."""
        return len(self.pair_start) - 1

    @property
    def pairs(self) -> int:
        """How many (item, agent) pairs are allowed."""
        return len(self.pair_agent)


class Stopped(StrEnum):
    """What ended the search."""

    PROVED = "proved"
    GAP = "gap"
    TIME = "time"
    EFFORT = "effort"
    INTERRUPT = "interrupt"


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of the log: at `seconds`, level `level` stood at `value` with lower bound `bound` (integer units)."""

    seconds: float
    level: int
    name: str
    value: int
    bound: int
    hard_breach: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to search and when to be content.

    `seconds` of wall time; None = no clock is read at all (then give `effort`, a count of deterministic units, or the
    search ends when everything is proved). `gap` is the fraction of a level's scale at which it is content.
    `stop` is asked often and ends the search when it answers True; the best assignment so far is returned.
    """

    seconds: float | None = 60.0
    effort: int | None = None
    gap: float = 1e-4
    seed: int = 0
    workers: int = 1
    on_progress: Callable[[Progress], None] | None = None
    stop: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class LevelReport:
    """What is known of one level: its value, and that no assignment which keeps the levels before can be below `bound`.

    `bound` = max(certified, solver): `certified` is a Lagrangian evaluated in exact arithmetic, `solver` is what
    branch and bound proved. All in integer units; `gap` is 0 when best = bound.
    `value` is the final assignment's, which may use the allowance; `best` is what the level reached in its own turn
    (or the final value, if lower): `limit`, what later levels were held to, is best + allowance, and `gap` is
    (best - bound) / scale. `duals` is what the certified bound rests on. `agent_of` (items,) is the assignment that
    stood when the level's turn ended, None when it never had one: where a repair of this level starts best.
    """

    name: str
    value: int
    bound: int
    certified: int
    solver: int
    scale: int
    gap: float
    limit: int
    seconds: float = 0.0
    duals: dict[str, Any] = field(default_factory=dict)
    best: int = 0
    agent_of: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """An assignment and what was proved of it.

    `agent_of` is (items,): an allowed agent for every item, always, even when hard rows are broken. `hard_breach` is
    0.0 when every hard row and apart pair holds. `impossible` is True only when it is proved that no assignment
    keeps all hard rows. `levels` has one report per level; where hard_breach > 0 their bounds say nothing.
    `refuted` counts solver bounds that an assignment fell below and that were dropped: anything but 0 is a defect.
    """

    agent_of: NDArray[np.int32]
    hard_breach: float
    impossible: bool
    levels: tuple[LevelReport, ...]
    stopped: Stopped
    seconds: float
    log: tuple[Progress, ...] = ()
    effort: int = 0
    refuted: int = 0
