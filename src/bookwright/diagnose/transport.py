"""Overload that no plan can avoid, although hours may fit in total: a transport problem, and its cut as the proof.

Classes of accounts (same possible CSMs) send their hours to CSMs up to their hours. What cannot be sent is short; the
cut names where: the largest shortage is that of one set of classes against all CSMs who may own any of them (max flow =
min cut, Ford and Fulkerson 1956). Accounts may be cut into pieces here, so that a shortage shown is a proof.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from bookwright.rules.board import Board
from bookwright.rules.targets import Classes

_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Short:
    """Accounts (positions) that together need more hours than all CSMs (positions) who may own any of them have."""

    accounts: NDArray[np.intp]
    csms: NDArray[np.intp]
    need_hours: float
    have_hours: float

    @property
    def short_hours(self) -> float:
        """Hours a month that are missing."""
        return self.need_hours - self.have_hours


def short_sets(board: Board, share: float = 1.0) -> list[Short]:
    """The sets that are short of hours at `share` of each CSM's hours, apart from one another, largest first.

    The shortages add up to the least overload that any plan has (accounts in pieces).
    """
    return short_of(board.classes, board.problem.hours, board.problem.capacity_hours * share)


def short_of(classes: Classes, hours: NDArray[np.float64], capacity: NDArray[np.float64]) -> list[Short]:
    """The sets of accounts, by class, whose hours (accounts,) exceed those of all CSMs (CSMs,) who may own them."""
    known = np.flatnonzero(classes.of >= 0)
    need = np.zeros(classes.count, dtype=np.int64)
    np.add.at(need, classes.of[known], np.ceil(hours[known] * 3600 - 1e-6).astype(np.int64))
    have = np.floor(capacity * 3600 + 1e-6).astype(np.int64)
    # The flow works in 32 bits: coarser units where seconds would not fit, shortages rounded towards none.
    size = max(1, -(-int(max(need.sum(), have.sum(), 1)) // _MOST))
    supply, room = need // size, -(-have // size)
    if int(supply.sum()) == 0:
        return []
    graph = _graph(classes.allowed, supply, room)
    source, sink = 0, graph.shape[0] - 1
    flow = maximum_flow(graph, source, sink)
    left = csr_array(graph - flow.flow)
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, return_predecessors=False)
    inside = np.zeros(graph.shape[0], dtype=np.bool_)
    inside[reached] = True
    k, m = classes.count, len(capacity)
    mine, theirs = np.flatnonzero(inside[1 : k + 1]), np.flatnonzero(inside[k + 1 : k + 1 + m])
    found = []
    for part, csms in _parts(classes.allowed, mine, theirs):
        accounts = known[np.isin(classes.of[known], part)]
        short = Short(accounts, csms, float(hours[accounts].sum()), float(have[csms].sum()) / 3600)
        if short.short_hours > 0.05:
            found.append(short)
    return sorted(found, key=lambda s: -s.short_hours)


def _graph(allowed: NDArray[np.bool_], supply: NDArray[np.int64], room: NDArray[np.int64]) -> csr_array:
    """Source -> classes -> CSMs -> sink."""
    k, m = allowed.shape
    a, j = np.nonzero(allowed)
    start = np.concatenate([np.zeros(k, dtype=np.int64), 1 + a, 1 + k + np.arange(m)])
    end = np.concatenate([1 + np.arange(k), 1 + k + j, np.full(m, 1 + k + m)])
    width = np.concatenate([supply, supply[a], room]).astype(np.int32)
    return csr_array((width, (start, end)), shape=(k + m + 2, k + m + 2))


def _parts(
    allowed: NDArray[np.bool_], classes: NDArray[np.intp], csms: NDArray[np.intp]
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The cut's classes and CSMs, split where they share nobody."""
    if not len(classes):
        return []
    a, j = np.nonzero(allowed[np.ix_(classes, csms)])
    size = len(classes) + len(csms)
    links = csr_array((np.ones(len(a)), (a, len(classes) + j)), shape=(size, size))
    count, part_of = connected_components(links, directed=False)
    whole = [(classes[part_of[: len(classes)] == p], csms[part_of[len(classes) :] == p]) for p in range(count)]
    return [(part, mine) for part, mine in whole if len(part)]
