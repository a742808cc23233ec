"""The board with some bars and holds lifted: what the rules would post if an account were free, or a CSM covered it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bookwright.problem import Problem
from bookwright.rules.board import Board
from bookwright.rules.rule import Rule

HOLDING = ("pins", "freezes")


@dataclass(frozen=True, slots=True)
class Lift:
    """A bar or hold that is taken away: of one rule, for one account and one CSM (positions; None = all)."""

    rule: str
    account: int | None = None
    csm: int | None = None


def set_up_lifted(problem: Problem, rules: Sequence[Rule], lifts: Iterable[Lift]) -> Board:
    """Like `set_up`, with the lifts applied before precedence is settled: targets follow from what then may be."""
    board = Board(problem)
    for rule in rules:
        rule.bar(board)
    for lift in lifts:
        if lift.rule in HOLDING:
            _free(board, lift)
        elif lift.rule in board.bits:
            where = (
                slice(None) if lift.account is None else lift.account,
                slice(None) if lift.csm is None else lift.csm,
            )
            board.bars[where] &= ~np.uint32(1 << board.bits[lift.rule])
    board.settle()
    for rule in rules:
        board.posting = rule.id
        rule.post(board)
    return board


def _free(board: Board, lift: Lift) -> None:
    """Drop the holds of one rule; another rule's hold that stood by takes over."""
    for i in [lift.account] if lift.account is not None else list(board.holds):
        asked = [board.holds[i], *board.spare_holds.get(i, [])] if i in board.holds else []
        left = [hold for hold in asked if hold.rule != lift.rule]
        board.holds.pop(i, None)
        board.spare_holds.pop(i, None)
        for hold in left:
            board.hold(hold.rule, i, hold.csm, hold.why)
