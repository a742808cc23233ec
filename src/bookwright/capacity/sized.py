"""Books sized by ARR alone: said loudly, as ARR says what accounts pay and not what they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bookwright.problem import Problem

_TAIL = "ARR says what accounts pay, not the hours they take"
ADVICE = "Maybe fill Hours per month, give a Touchpoints sheet, or turn on [rules.hours] with a priority for it."


def sized_by_arr(problem: Problem) -> str:
    """Why books are sized by ARR (or count) alone, in a sentence; "" where hours have a say.

    Either no account has hours but the planning model's one fallback for all, so that hours only count accounts; or
    the planning model weighs no hours: no rule of hours that is a wall or has its priority, no balance of utilization.
    """
    model, origins = problem.model, problem.hours_origin
    balances = model.rules.get("balance", ())
    tables: Sequence[Any] = [balances] if isinstance(balances, Mapping) else balances
    measures = {str(t.get("measure", "")) for t in tables if t.get("mode", "priority") != "off"}
    listed = {p.name for p in model.priorities}
    if origins and all(o == "fallback" for o in origins):
        by = "by ARR alone" if "arr" in measures else "by count alone"
        alike = f"no account has hours, touchpoints or hours of its segment, so all count {_hours(problem)} h"
        return f"Books are sized {by}: {alike}. {_TAIL}."
    rule = model.rules.get("hours")
    mode = rule.get("mode", "priority") if isinstance(rule, Mapping) else "off"
    wall = isinstance(rule, Mapping) and (mode in ("hard", "no_worse") or rule.get("ceiling_percent") is not None)
    weighed = wall or (mode == "priority" and "hours" in listed)
    balanced = bool(measures & {"utilization", "hours"}) and "balance" in listed
    if weighed or balanced or not measures:
        return ""
    given = sum(o == "cell" for o in origins)
    default = "" if given else "; all hours are the planning model's defaults"
    return f"Books are sized by ARR alone: the planning model {model.name} weighs no hours{default}. {_TAIL}."


def _hours(problem: Problem) -> str:
    return f"{problem.model.hours_per_month_elsewhere:g}"
