"""Why no plan: what is short and by how much, in arithmetic that needs no solver, and what the nearest plan gives up."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from bookwright.findings import Finding, Severity
from bookwright.result import Result
from bookwright.rules.board import Board
from bookwright.rules.targets import classify


def orphan_findings(board: Board) -> list[Finding]:
    """Accounts that nobody may own: one finding per reason, not one per account."""
    problem = board.problem
    grouped: dict[str, list[int]] = defaultdict(list)
    for i in board.orphans().tolist():
        grouped[why_nobody(board, i)].append(i)
    found = []
    for why, members in grouped.items():
        names = ", ".join(problem.accounts[i].label for i in members[:3])
        more = f" and {len(members) - 3:,} more" if len(members) > 3 else ""
        found.append(
            Finding(
                "nobody_may_own",
                Severity.WARNING,
                f"Nobody may own {names}{more}: {why}.",
                "Maybe add the segment or region to a CSM, or set Status to not planned.",
                sheet="Accounts",
                cells=tuple(f"A{problem.accounts[i].row}" for i in members[:6] if problem.accounts[i].row),
                count=len(members),
            )
        )
    return found


def why_nobody(board: Board, i: int) -> str:
    """Why no CSM may own an account: each reason with how many CSMs it bars."""
    counts: Counter[str] = Counter()
    for j in range(len(board.problem.csms)):
        reasons = board.reasons_against(i, j)
        if reasons:
            counts[reasons[0]] += 1
    total = len(board.problem.csms)
    most = counts.most_common(3)
    if len(most) == 1:
        verb = most[0][0]
        return f"every CSM {verb}" if total > 1 else f"{board.problem.csms[0].name} {verb}"
    return "; ".join(f"{n} CSM{'s' if n > 1 else ''} {reason}" if n > 1 else f"one CSM {reason}" for reason, n in most)


def shortages(board: Board) -> list[Finding]:
    """Groups of accounts whose hours exceed the hours of all CSMs who may own them, largest first.

    A group is a class of accounts with the same possible CSMs, with all classes whose CSMs are among them (Hall's
    condition on the sets that occur): a proof that overload is unavoidable, not a guess.
    """
    problem = board.problem
    classes = classify(board.allowed)
    if classes.count > 2000:
        return []
    known = classes.of >= 0
    hours = np.bincount(classes.of[known], weights=problem.hours[known], minlength=classes.count)
    inside = ~(classes.allowed[:, None, :] & ~classes.allowed[None, :, :]).any(axis=2) if classes.count <= 300 else None
    found = []
    seen: set[bytes] = set()
    for k in np.argsort(-hours, kind="stable").tolist():
        members = np.flatnonzero(inside[:, k]) if inside is not None else np.array([k])
        need = float(hours[members].sum())
        have = float(problem.capacity_hours[classes.allowed[k]].sum())
        key = classes.allowed[k].tobytes()
        if need <= have + 0.05 or key in seen:
            continue
        seen.add(key)
        accounts = np.flatnonzero(np.isin(classes.of, members))
        found.append((need - have, need, have, k, accounts))
    found.sort(key=lambda row: -row[0])
    return [_shortage(board, *row) for row in found[:10]]


def _shortage(board: Board, short: float, need: float, have: float, k: int, accounts: np.ndarray) -> Finding:  # type: ignore[type-arg]
    problem = board.problem
    allowed = np.flatnonzero(classify(board.allowed).allowed[k])
    segments = [problem.segments[s] or "no segment" for s in dict.fromkeys(problem.segment[accounts].tolist())]
    regions = [r for r in dict.fromkeys(problem.accounts[i].region for i in accounts.tolist()) if r]
    who = ", ".join(problem.csms[j].name for j in allowed[:3]) + (f" and {len(allowed) - 3} more" if len(allowed) > 3 else "")
    where = f" in {', '.join(regions[:3])}" if 0 < len(regions) <= 3 else ""
    full = float(np.median(problem.capacity_hours[allowed])) or 100.0
    hires = int(np.ceil(short / full))
    text = (
        f"{len(accounts):,} accounts ({', '.join(segments[:3])}{where}) need {need:,.1f} h a month; {who} have {have:,.1f} h: "
        f"{short:,.1f} h short."
    )
    advice = f"Maybe {hires} more CSM{'s' if hires > 1 else ''}, or let somebody else cover some of them."
    return Finding("hours_short", Severity.WARNING, text, advice, count=len(accounts))


def sentences(board: Board, result: Result) -> tuple[str, ...]:
    """Why no plan keeps every hard rule, for the first screen: contradictions first, then what gives way and by how much."""
    found = [c.text for c in board.contradictions]
    found += [f.text for f in result.findings if f.code == "nobody_may_own"]
    if result.status.value == "NO_PLAN_FOUND":
        found.append("Not proved impossible: the time ended first. Maybe allow more time (--time-limit).")
    for b in result.breaches:
        if b.hard and b.what not in found:
            found.append(b.what)
    found += [f.text for f in result.findings if f.code == "hours_short"]
    return tuple(dict.fromkeys(found))
