"""What is said of a book before any solving, and of books that start empty: contradictions, shortages, assumptions."""

from __future__ import annotations

from bookwright import diagnose
from bookwright.books import Plan
from bookwright.capacity.sized import ADVICE, sized_by_arr
from bookwright.findings import Finding, Findings, Severity
from bookwright.problem import Problem
from bookwright.rules import Board


def audit(board: Board) -> Findings:
    """What is said before any solving: contradictions, accounts nobody may own, segments short of hours."""
    problem = board.problem
    found: list[Finding] = []
    for c in board.contradictions:
        found.append(
            Finding("contradiction", Severity.WARNING, c.text, "Maybe change the pin, or the row on the Pairs sheet.")
        )
    found.extend(diagnose.orphan_findings(board))
    found.extend(diagnose.shortages(board))
    found.extend(diagnose.month_shortages(board))
    for code, text, members in board.notes:
        found.append(Finding(code, Severity.WARNING, text, count=max(1, len(members))))
    fallback = sum(origin == "fallback" for origin in problem.hours_origin)
    built = sum(origin == "touchpoints" for origin in problem.hours_origin)
    by_model = sum(origin == "segment" for origin in problem.hours_origin) + built
    if by_model or fallback:
        text = (
            f"{by_model + fallback:,} accounts have no hours: {by_model:,} take the planning model's for their segment"
        )
        if built:
            text += f" ({built:,} from its touchpoints)"
        if fallback:
            text += f", {fallback:,} its fallback of {problem.model.hours_per_month_elsewhere:g} h"
        advice = "Maybe set hours per segment on the Settings sheet, or fill Hours per month."
        found.append(Finding("hours_from_model", Severity.WARNING, text + ".", advice, count=by_model + fallback))
    if by_arr := sized_by_arr(problem):
        found.append(Finding("sized_by_arr", Severity.WARNING, by_arr, ADVICE))
    for rule, i, text in board.exceptions:
        found.append(Finding("exception", Severity.NOTE, f"{problem.accounts[i].label} {text} ({rule})."))
    for name, i, j in board.whales:
        label, csm = problem.accounts[i].label, problem.csms[j].name
        text = f"{label} is too large for any band of {spoken(name, problem)}: it is set against {csm}'s target."
        found.append(Finding("whale", Severity.NOTE, text))
    return Findings(tuple(found))


def thin_new_books(board: Board, plan: Plan, today: Plan) -> list[Finding]:
    """Books that were empty and end below nine tenths of their target hours, each with the reason."""
    problem = board.problem
    found = []
    for band in board.bands:
        j = problem.csm_position[band.csm_id]
        hours = plan.books[j].hours
        if band.measure != "utilization" or today.books[j].accounts or hours >= 0.9 * band.target:
            continue
        why = "it is inside the band, and every further move costs more than it evens out"
        if hours < band.low:
            why = "what may move to this book is held by freezes, pins, coverage or the budgets"
        ends = f"ends at {hours:,.0f} of {band.target:,.0f} target hours"
        text = f"{problem.csms[j].name} starts with an empty book and {ends}: {why}."
        found.append(Finding("thin_new_book", Severity.NOTE, text))
    return found


def spoken(measure: str, problem: Problem) -> str:
    """A measure as people call it: renewal_arr_0 is the Renewal ARR of the first quarter."""
    if measure.startswith("renewal_arr_"):
        return f"Renewal ARR {problem.quarters[int(measure.rsplit('_', 1)[1])].label}"
    return {"arr": "ARR", "utilization": "utilization"}.get(measure, measure.replace("_", " "))
