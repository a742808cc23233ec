"""The ledger said whole: what each rule adds to its priority, its share of it, and whether the rule is binding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bookwright.books import Plan
from bookwright.explain.binding import Binding, Term, binding, rooms_of, terms
from bookwright.result import LedgerRow, PriorityReport
from bookwright.rules.board import Board
from bookwright.rules.loads import unit_of

_MOST_NAMES = 3


def complete(
    rows: Sequence[LedgerRow],
    board: Board,
    plan: Plan,
    priorities: Sequence[PriorityReport],
    priced: Mapping[str, tuple[int, int]],
    *,
    kept: bool,
) -> tuple[LedgerRow, ...]:
    """Ledger rows with terms, shares and binding; `kept` = the plan keeps every hard rule (else nothing binds it).

    `priced` is what `priced_limits` says.
    """
    by_rule = terms(board, plan)
    named = {p.name: p for p in priorities}
    known = all(p.name in named for p in board.problem.model.priorities)
    found: Mapping[str, Binding] = {}
    if kept and known:
        rooms = rooms_of(board, plan, {n: p.best for n, p in named.items()}, {n: p.limit for n, p in named.items()})
        found = binding(board, plan, rooms, [row.rule for row in rows])
    after: dict[str, float] = {}
    for term in by_rule.values():
        after[term.priority] = after.get(term.priority, 0.0) + term.after
    return tuple(
        _completed(row, board, by_rule.get(row.rule), after, found.get(row.rule), priced.get(row.rule, (0, 0)))
        for row in rows
    )


def priced_limits(
    board: Board, families: Sequence[str], proofs: Sequence[tuple[str, float, Mapping[str, Any]]]
) -> dict[str, tuple[int, int]]:
    """Rule id -> how many of its limits have a price in the proof, and how many it has.

    `families` names the engine's row families; `proofs` = (priority, bound, duals) by level. A price says that the
    bound of a priority would be lower if that limit were wider; a level whose bound is 0 proves nothing with it.
    """
    rule_of = {rows.name: rows.rule for rows in board.rows}
    count = {rows.name: len(rows.low) for rows in board.rows}
    seen: dict[str, set[tuple[str, int]]] = {}
    costly: dict[str, int] = {}
    for _, bound, duals in proofs:
        if bound <= 0 or "row" not in duals:
            continue
        for name, prices in zip(families, duals["row"], strict=True):
            first = name.split(" ")[0]
            if first in rule_of:
                rows = np.flatnonzero(np.abs(np.asarray(prices, dtype=np.float64)) > 1e-9).tolist()
                seen.setdefault(rule_of[first], set()).update((name, row) for row in rows)
        for held, price in zip(proofs, duals["level"], strict=False):
            for rule in board.cost_rules.get(held[0], ()) if price > 1e-9 else ():
                costly[rule] = 1
    found = {}
    for rule in {*seen, *costly}:
        limits = sum(n for name, n in count.items() if rule_of[name] == rule)
        found[rule] = (min(len(seen.get(rule, ())), limits) if limits else costly.get(rule, 0), max(1, limits))
    return found


def _completed(
    row: LedgerRow,
    board: Board,
    term: Term | None,
    after: Mapping[str, float],
    found: Binding | None,
    priced: tuple[int, int],
) -> LedgerRow:
    if term is not None:
        whole = after[term.priority]
        row = replace(
            row,
            term_before=term.before,
            term_after=term.after,
            term_unit=unit_of(term.priority)[1],
            share=term.after / whole if whole > 0 else 0.0,
        )
    if found is None:
        return row
    yes = found.better > 0 or bool(found.full) or priced[0] > 0
    return replace(row, binding="yes" if yes else "no", binding_why=_why(found, board, priced))


def _why(found: Binding, board: Board, priced: tuple[int, int]) -> str:
    problem = board.problem
    said = []
    if found.better:
        every = len(problem.accounts)
        of = f" of {found.tried:,} tried" if found.tried < every else ""
        count = f"{found.better:,}{of} account{'s' if found.better != 1 or of else ''}"
        best = f"{problem.accounts[found.account].label} with {problem.csms[found.csm].name}"
        said.append(f"Without it {count} would do better with another CSM, best of all {best}: {_gain(found)}.")
    if found.full:
        names = ", ".join(problem.csms[j].name for j in found.full[:_MOST_NAMES])
        more = f" and {len(found.full) - _MOST_NAMES} more" if len(found.full) > _MOST_NAMES else ""
        said.append(f"No room left: {names}{more}.")
    if priced[0]:
        each = f"{priced[0]:,} of its {priced[1]:,} limits have" if priced[1] > 1 else "it has"
        said.append(f"In the proof {each} a price.")
    if not said:
        said.append("No account alone would do better without it.")
    return " ".join(said)


def _gain(found: Binding) -> str:
    unit = unit_of(found.priority)[1]
    if unit == "points":
        return f"{found.gain:,.1f} points off the price of moves"
    if unit == "accounts":
        return f"{found.gain:,.0f} fewer changes from the last round"
    what = {"hours": "hours over 100 %", "balance": "the bands", "evenness": "the spread"}
    return f"{what.get(found.priority, found.priority)} better by {found.gain:.3%} of the total"
