"""Diving: the relaxation made whole, item by item, with the program solved anew after every few.

Rounding all split items at once breaks rows in many places. Fixing a few of them and solving again lets all others make
up for it. The largest go first: what they cannot fill the small ones can, as when stones go into a jar before sand.
(Diving is a usual heuristic of branch and bound; the order by size is what counts here, see docs/engine.md.)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bookwright.engine import mip
from bookwright.engine.backend_lp import Live
from bookwright.engine.leaning import sizes
from bookwright.engine.model import Ints, Model
from bookwright.engine.relaxation import Relaxation
from bookwright.engine.rows import item_of_pairs

SOLVES_PER_UNIT = 20
"""Programs solved again in one deterministic unit."""

_WHOLE = 0.999
_PART, _LEAST = 0.1, 2
_DEAR, _SHUFFLED = 100.0, 0.1


def dived(
    model: Model,
    level: int,
    limits: list[int],
    agent_of: Ints,
    relaxation: Relaxation,
    over: Callable[[], bool] | None = None,
    seed: int | None = None,
    seconds: float | None = None,
) -> tuple[NDArray[np.int32], int]:
    """The relaxation's plan made whole, and how many programs that took.

    It may break hard rows and limits a little, where what was fixed early leaves no other way. When `over` says so or
    `seconds` are gone, what is still split goes where most of it is. A `seed` shuffles the order a little: another plan
    of the same kind.
    """
    program = mip.build(model, level, limits, agent_of, relaxation.pairs)
    if not len(program.pairs):
        return mip.assignment(model, program, np.zeros(0), agent_of), 0
    live = Live(program, relaxation.basis, _firm(model, program, len(limits)), _DEAR, seconds)
    weight = live.solve()
    x = relaxation.x[np.searchsorted(relaxation.pairs, program.pairs)]
    # Pairs stand in the order of their items.
    start = np.concatenate(([0], np.flatnonzero(np.diff(program.choice)) + 1))
    size = sizes(model, level)[item_of_pairs(model, program.pairs[start])]
    if seed is not None:
        size = size * np.exp(_SHUFFLED * np.random.default_rng(seed).standard_normal(len(size)))
    fixed = np.zeros(program.choices, dtype=np.bool_)
    while weight is not None and not (over is not None and over()):
        x = weight
        most = np.maximum.reduceat(x, start)
        split = np.flatnonzero((most < _WHOLE) & ~fixed)
        if not len(split):
            break
        some = split[np.argsort(-size[split], kind="stable")[: max(int(_PART * len(split)), _LEAST)]]
        fixed[some] = True
        taken = np.zeros(program.choices, dtype=np.bool_)
        taken[some] = True
        columns = np.flatnonzero(taken[program.choice])
        best = np.flatnonzero(x[columns] >= most[program.choice[columns]] - 1e-12)
        # Of halves only one is kept.
        _, one = np.unique(program.choice[columns[best]], return_index=True)
        chosen = np.zeros(len(columns), dtype=np.bool_)
        chosen[best[one]] = True
        live.fix(columns, chosen)
        weight = live.solve()
    return mip.assignment(model, program, x, agent_of), live.solves


def _firm(model: Model, program: mip.Mip, held: int) -> NDArray[np.int64]:
    """Rows of the program that have no breach of their own: hard rows, and the limits of earlier levels."""
    row = np.repeat(np.arange(program.rows), np.diff(program.row_start))
    firm = np.ones(program.rows, dtype=np.bool_)
    firm[row[program.row_col >= len(program.pairs)]] = False
    limits = model.items + sum(family.rows for family in model.families)
    firm |= (program.row_key >= limits) & (program.row_key < limits + held)
    firm[: program.choices] = False
    return np.flatnonzero(firm)
