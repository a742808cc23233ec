"""The planner against enumeration: every plan of tiny portfolios, judged by the rules' checks and by posted rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product, takewhile
from math import floor

import numpy as np
import pytest

from bookwright.books import MoveKind, Plan
from bookwright.planner import check, ground_of
from bookwright.result import Result, Status
from bookwright.rules import Board, Rule
from bookwright.rules.board import SHARE
from bookwright.solve import value_of, worth
from tests.builders import keeps_posting, planned, posted
from tests.random_cases import tiny_model, tiny_portfolio

STANDS = ("apart", "move_budget", "book_size", "hours", "balance")
"""Rules that may give way in the nearest plan; the last gives way first."""
UNITS = {"hours": SHARE, "balance": SHARE, "moves": 1000, "evenness": SHARE}


def every_plan(board: Board) -> Iterator[Plan]:
    """Every way to give every account a CSM, allowed or not."""
    forced = board.forced()
    for csms in product(range(len(board.problem.csms)), repeat=len(board.problem.accounts)):
        yield Plan(board.problem, np.array(csms, dtype=np.int32), forced)


def elastic_plans(board: Board) -> Iterator[Plan]:
    """Every way that keeps what never gives way: bars and groups; accounts nobody may own have no owner."""
    options = [np.flatnonzero(row).tolist() or [-1] for row in board.allowed]
    groups = [members for _, members in board.groups]
    for csms in product(*options):
        if all(len({csms[i] for i in members}) == 1 for members in groups):
            yield Plan(board.problem, np.array(csms, dtype=np.int32))


def breach_by_rule(board: Board, csm_of: np.ndarray) -> list[int]:  # type: ignore[type-arg]
    """How far hard rows are broken, per rule that may give way, in its shares; those that hold longest first."""
    found = dict.fromkeys(STANDS, 0)
    for rows in board.rows:
        if rows.priority is None:
            load = worth(board, rows, csm_of)
            out = np.maximum(0, np.maximum(np.asarray(rows.low) - load, load - np.asarray(rows.high))).sum()
            kind = next(rule for rule in (*STANDS, "cap") if rows.rule.startswith(rule)).replace("cap", "balance")
            found[kind] += int(out) * max(1, SHARE // max(1, int(np.abs(rows.use).sum())))
    pairs = set(board.apart)
    found["apart"] = sum(csm_of[i] == csm_of[k] and csm_of[i] >= 0 for i, k in pairs)
    return list(found.values())


def best_levels(board: Board, plans: Sequence[Plan]) -> list[tuple[str, int, int]]:
    """(name, best value, limit) of each level in order: the lexicographic optimum with give over the given plans."""
    found = []
    left = [p.csm_of for p in plans]
    for priority in board.problem.model.priorities:
        values = [value_of(board, priority.name, csm_of) for csm_of in left]
        best = min(values)
        scale = best if priority.name == "moves" else UNITS[priority.name]
        least = min(best, round(priority.give_moves * board.give_at_least.get(priority.name, 0)))
        limit = best + max(floor(priority.give * scale + 1e-9), least)
        left = [csm_of for csm_of, value in zip(left, values, strict=True) if value <= limit]
        found.append((priority.name, best, limit))
    return found


def compare(seed: int) -> Status:
    """One random case, planned and enumerated."""
    facts, decided = tiny_portfolio(seed, accounts=6 if seed % 10 == 0 else 5), tiny_model(seed)
    board, rules = posted(facts, decided)
    good = agreed(board, rules)
    result = planned(facts, decided)
    assert (result.status is Status.IMPOSSIBLE) == (not good), f"seed {seed}: {result.status}"
    if good:
        assert result.status is Status.OPTIMAL
        assert keeps_posting(board, result.plan)
        levels = best_levels(board, good)
        bounded(board, good, result)
    else:
        levels = nearest(board, result.plan)
    reports = [p for p in result.priorities if not p.name.startswith("give way")]
    for report, (name, best, limit) in zip(reports, levels, strict=True):
        assert report.name == name
        unit = UNITS[name]
        assert round(report.best * unit) == best, f"seed {seed}: {name}"
        assert round(report.bound * unit) <= best
        assert round(report.value * unit) == value_of(board, name, result.plan.csm_of) <= limit
    return result.status


def bounded(board: Board, plans: Sequence[Plan], result: Result) -> None:
    """No plan that is as good on the levels before the moves has fewer chosen moves than is said to be proved."""
    before = list(takewhile(lambda p: p.name != "moves", result.priorities))
    if len(before) == len(result.priorities):
        return
    rivals = [
        p for p in plans
        if all(value_of(board, b.name, p.csm_of) <= round(b.limit * UNITS[b.name]) for b in before)
    ]  # fmt: skip
    fewest = min(len(p.moves_of(MoveKind.CHOSEN)) for p in rivals)
    assert result.fewest_moves is not None
    assert result.fewest_moves <= fewest


def agreed(board: Board, rules: Sequence[Rule]) -> list[Plan]:
    """The plans that keep all hard rules; the rules' own checks and what they posted must name the same ones."""
    ground = ground_of(board, Plan.today(board.problem))
    found = []
    for plan in every_plan(board):
        hard = [b for b in check(rules, plan, ground) if b.hard]
        keeps = keeps_posting(board, plan) and not board.contradictions
        assert keeps == (not hard), f"{plan.by_account}: {[b.what for b in hard]}"
        if keeps:
            found.append(plan)
    return found


def nearest(board: Board, plan: Plan) -> list[tuple[str, int, int]]:
    """The nearest plan breaks as little as can be, rule by rule, and among those is best level by level."""
    plans = list(elastic_plans(board))
    least = min(breach_by_rule(board, p.csm_of) for p in plans)
    assert breach_by_rule(board, plan.csm_of) == least
    return best_levels(board, [p for p in plans if breach_by_rule(board, p.csm_of) == least])


@pytest.mark.parametrize("block", range(10))
def test_the_planner_finds_what_enumeration_finds(block: int) -> None:
    """Same verdict, same optimum per level, bounds never above it, and the nearest plan is the nearest."""
    seen = {compare(seed) for seed in range(block * 20, block * 20 + 20)}
    assert seen == {Status.OPTIMAL, Status.IMPOSSIBLE}
