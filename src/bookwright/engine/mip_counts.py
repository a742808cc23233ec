"""How many items stay with each agent, as whole numbers that branch and bound may decide on.

Deciding on one pair tells little of a book: either it is ruled out at once, or another pair takes its place. How many
items stay at home splits what is left in two halves of which both are harder (measured: a third of the time).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bookwright.engine.mip import Mip
from bookwright.engine.model import Model
from bookwright.engine.rows import item_of_pairs


def with_counts(model: Model, program: Mip) -> Mip:
    """The program with a count for each agent of its items that have a choice and stay, where there are two or more."""
    home = np.asarray(model.home)[item_of_pairs(model, program.pairs)]
    stays = np.flatnonzero(np.asarray(model.pair_agent)[program.pairs] == home)
    stays = stays[np.argsort(home[stays], kind="stable")]
    groups = np.split(stays, np.flatnonzero(np.diff(home[stays])) + 1)
    return replace(program, counts=tuple(group for group in groups if len(group) > 1))
