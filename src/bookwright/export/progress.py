"""How far a transition is: a status per move and per CSM, and what is late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bookwright.export.brief import STEPS
from bookwright.export.changes import Change, Transition
from bookwright.export.checklist import comments, steps_done

SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class MoveStatus:
    """One move: its steps done by day, and its `state`: done, late, soon (within 7 days), or open.

    Late is a move whose day of hand-over has passed with a step still undone.
    """

    change: Change
    giver: str
    taker: str
    done: Mapping[str, dt.date]
    state: str
    comments: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The steps not done yet."""
        return tuple(step for step in STEPS if step not in self.done)


@dataclass(frozen=True, slots=True)
class CsmStatus:
    """One receiving CSM: moves, and how many are done, late, soon and open."""

    name: str
    moves: int
    done: int
    late: int
    soon: int
    open: int


@dataclass(frozen=True)
class Progress:
    """The whole transition on one day."""

    plan_id: str
    on: dt.date
    moves: tuple[MoveStatus, ...]
    csms: tuple[CsmStatus, ...]

    def count(self, state: str) -> int:
        """How many moves are in a state."""
        return sum(m.state == state for m in self.moves)


def progress(moves: Transition, on: dt.date) -> Progress:
    """Where every move stands on a day, by the checklists collected so far; late ones first, the longest wait first."""
    done, said = steps_done(moves), comments(moves)
    found = []
    for change in moves.changes:
        mine = done.get((change.account.id, change.csm_to), {})
        told = said.get(change.account.id, ())
        state = _state(change, mine, on)
        found.append(
            MoveStatus(change, moves.giver(change), moves.proposal.csm_label(change.csm_to), mine, state, told)
        )
    rank = {"late": 0, "soon": 1, "open": 2, "done": 3}
    found.sort(key=lambda m: (rank[m.state], m.change.hand_over_on, -m.change.account.arr, m.change.account.id))
    names = dict.fromkeys(moves.proposal.csm_label(c.csm_to) for c in moves.changes)
    csms = []
    for name in sorted(names):
        states = [m.state for m in found if m.taker == name]
        counts = [states.count(s) for s in ("done", "late", "soon", "open")]
        csms.append(CsmStatus(name, len(states), *counts))
    return Progress(moves.plan_id, on, tuple(found), tuple(csms))


def _state(change: Change, done: Mapping[str, dt.date], on: dt.date) -> str:
    if all(step in done for step in STEPS):
        return "done"
    if change.hand_over_on < on:
        return "late"
    return "soon" if (change.hand_over_on - on).days <= SOON_DAYS else "open"
