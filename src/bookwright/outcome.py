"""What an assignment comes to, for the Result: priorities, bands, the ledger, prices of moves; every rule's check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bookwright.books import Plan
from bookwright.engine import Answer
from bookwright.problem import Problem
from bookwright.result import Breach, LedgerRow, PriorityReport
from bookwright.rules import Board, Ground, Rule
from bookwright.rules.move_price import MovePrice
from bookwright.solve import Posted, unit_of, value_of


def ground_of(board: Board, today: Plan) -> Ground:
    """What checks may know besides the plan."""
    problem = board.problem
    held = {problem.accounts[i].id: problem.csms[h.csm].id for i, h in board.holds.items()}
    split = tuple(members for code, _, members in board.notes if code == "family_split")
    return Ground(today, held, tuple(board.bands), split)


def check(rules: Sequence[Rule], plan: Plan, ground: Ground) -> tuple[Breach, ...]:
    """Every rule's independent check, hard breaches first, in the order of the catalogue."""
    return in_order({rule.id: rule.check(plan, ground) for rule in rules})


def in_order(said_by: Mapping[str, Sequence[Breach]]) -> tuple[Breach, ...]:
    """Breaches by rule as one list: hard ones first, in the order of the catalogue."""
    return tuple(sorted((b for found in said_by.values() for b in found), key=lambda b: not b.hard))


def priorities(board: Board, posted: Posted, answer: Answer, problem: Problem) -> tuple[PriorityReport, ...]:
    """Value, bound and gap per priority, in the unit people read, before and after."""
    titles = {
        "hours": "Hours over 100 %",
        "balance": "Outside the bands",
        "changes": "Changes from the last round",
        "moves": "Price of moves",
        "evenness": "Utilization spread",
        "ramp": "New hires over their hours",
    }
    found = []
    for k, report in enumerate(answer.levels):
        size, unit = unit_of(report.name)
        mine = problem.model.priority(report.name) if k >= len(posted.elastic) else None
        before = None if mine is None else value_of(board, report.name, problem.owner) / size
        best = report.best if report.best is not None else report.value
        found.append(
            PriorityReport(
                name=report.name,
                title=titles.get(report.name, report.name.capitalize()),
                unit=unit,
                before=before,
                value=report.value / size,
                best=best / size,
                bound=report.bound / size,
                certified=report.certified / size,
                solver=report.solver / size,
                gap=report.gap,
                give=0.0 if mine is None else problem.model.priorities[mine].give,
                limit=report.limit / size,
            )
        )
    return tuple(found)


def after(measure: str, csm_id: str, board: Board, plan: Plan) -> float:
    """Load of a band's measure under the plan, in the workbook's unit."""
    book = plan.books[board.problem.csm_position[csm_id]]
    if measure.startswith("renewal_arr_"):
        return book.renewal_arr[int(measure.rsplit("_", 1)[1])]
    simple = {"arr": book.arr, "utilization": book.hours, "hours": book.hours, "accounts": float(book.accounts)}
    simple |= {"red_arr": book.red_arr, "growth_potential": book.growth_potential}
    if measure in simple:
        return simple[measure]
    values = board.problem.measure(measure)
    mine = plan.csm_of == board.problem.csm_position[csm_id]
    return float(values[mine].sum()) if values is not None else 0.0


def ledger(
    rules: Sequence[Rule], plan: Plan, ground: Ground, said_by: Mapping[str, Sequence[Breach]]
) -> tuple[LedgerRow, ...]:
    """A line per rule: its value for today's books and for the plan; `said_by` is what the rules found in the plan."""
    problem = plan.problem
    found = []
    for rule in rules:
        before, after = rule.check(ground.today, ground), said_by[rule.id]
        found.append(
            LedgerRow(
                rule=rule.id,
                title=rule.title,
                sentence=rule.sentence(problem),
                mode=rule.mode,
                priority=rule.priority,
                measure=rule.measure,
                unit=rule.unit,
                before=rule.score(ground.today, ground, before),
                after=rule.score(plan, ground, after),
                breaches_before=len(before),
                breaches_after=len(after),
            )
        )
    return tuple(found)


def prices(rules: Sequence[Rule], plan: Plan) -> dict[str, float]:
    """Points of each move by account id; empty where the planning model does not price moves."""
    rule = next((r for r in rules if isinstance(r, MovePrice)), None)
    if rule is None:
        return {}
    every = rule.price_of(plan.problem)
    return {m.account_id: every[m.account_id] for m in plan.moves}
