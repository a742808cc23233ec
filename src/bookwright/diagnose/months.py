"""Months in which hours are short whoever has the accounts: ramps, leave and renewals that meet in one month.

A book is held to the hours of the horizon's last month. An earlier month can be short all the same: accounts with the
CSMs who may own them, or still with today's, need more than what counts as a peak (120 % unless the planning model
says otherwise) of all the hours these CSMs have in that month.
"""

from __future__ import annotations

import numpy as np

from bookwright.diagnose.transport import Short, short_of
from bookwright.findings import Finding, Severity
from bookwright.hand_over import monthly_hours
from bookwright.rules.board import Board
from bookwright.rules.targets import classify
from bookwright.workload import capacity_by_month, month_starts

PEAK_PERCENT = 120.0
_LEAST = 0.5
"""Hours; less than this is no shortage worth a line."""


def short_months(board: Board) -> list[tuple[int, Short]]:
    """(month of the horizon from 0, set that is short in it) at the share of hours that counts as a peak."""
    problem, months = board.problem, board.problem.model.horizon.months
    allowed = board.allowed.copy()
    owned = np.flatnonzero(problem.owner >= 0)
    # Until it is handed over an account is with today's CSM, whoever may own it at the end.
    allowed[owned, problem.owner[owned]] = True
    classes = classify(allowed)
    need = monthly_hours(problem, months)
    have = np.array(
        [
            capacity_by_month(c, problem.effective_date, problem.model, absences=problem.portfolio.absences)
            for c in problem.csms
        ]
    ).reshape(len(problem.csms), months)
    share = peak_percent(board) / 100
    found = []
    for k in range(months):
        found += [(k, s) for s in short_of(classes, need[:, k], have[:, k] * share) if s.short_hours > _LEAST]
    return found


def peak_percent(board: Board) -> float:
    """Up to what percent of a CSM's hours a month may peak for free."""
    table = board.problem.model.rules.get("months", {})
    return float(table.get("peak_percent", PEAK_PERCENT))


def month_shortages(board: Board) -> list[Finding]:
    """A finding for each month and set that is short in it, the worst month of each set alone, largest first."""
    problem = board.problem
    worst: dict[bytes, tuple[int, Short]] = {}
    for month, short in short_months(board):
        key = short.csms.tobytes()
        if key not in worst or worst[key][1].short_hours < short.short_hours:
            worst[key] = month, short
    starts = month_starts(problem.effective_date, problem.model.horizon.months)
    found = []
    for month, short in sorted(worst.values(), key=lambda pair: -pair[1].short_hours)[:5]:
        share = peak_percent(board) / 100
        segments = [
            problem.segments[s] or "no segment" for s in dict.fromkeys(problem.segment[short.accounts].tolist())
        ]
        names = [problem.csms[j].name for j in short.csms.tolist()]
        who = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        have = short.have_hours / share
        when = starts[month].isoformat()
        text = (
            f"In the month from {when} {len(short.accounts):,} accounts ({', '.join(segments[:3])}) "
            f"need {short.need_hours:,.1f} h; {who} {'has' if len(names) == 1 else 'have'} {have:,.1f} h for them: "
            f"{short.need_hours - have:,.1f} h short, whoever has them."
        )
        advice = "Maybe somebody covers, or onboarding or a start date can be put off."
        found.append(Finding("hours_short_month", Severity.WARNING, text, advice, count=1))
    return found
