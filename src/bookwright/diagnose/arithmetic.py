"""What is impossible by arithmetic alone: accounts nobody may own, sets of CSMs short of hours; no solver needed."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from bookwright.diagnose.transport import short_sets
from bookwright.findings import Finding, Severity
from bookwright.rules.board import Board


def orphan_findings(board: Board) -> list[Finding]:
    """Accounts that nobody may own: one finding per reason, not one per account."""
    problem = board.problem
    grouped: dict[str, list[int]] = defaultdict(list)
    said: dict[tuple[bytes, str], str] = {}
    for i in board.orphans().tolist():
        bars = board.bars[i]
        first = [int(np.argmax(bars & np.uint32(1 << bit) != 0)) for bit in board.bits.values()]
        key = bars.tobytes(), "|".join("; ".join(board.reasons_against(i, j)) for j in dict.fromkeys(first))
        if key not in said:
            said[key] = why_nobody(board, i)
        grouped[said[key]].append(i)
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
    bars = board.bars[i]
    for rule, bit in board.bits.items():
        mine = np.flatnonzero(bars & np.uint32(1 << bit))
        if len(mine):
            # Each CSM counts with the first rule that bars it; what differs between CSMs of one rule is told apart.
            texts = [board.reasons[rule](i, int(j)) for j in (mine if rule in board.absolute else mine[:1])]
            counts.update(texts if rule in board.absolute else {texts[0]: len(mine)})
            bars = np.where(bars & np.uint32(1 << bit), np.uint32(0), bars)
    total = len(board.problem.csms)
    most = counts.most_common(3)
    if len(most) == 1:
        verb = most[0][0]
        if total > 1 and verb.startswith("does not cover "):
            return f"no CSM covers {verb.removeprefix('does not cover ')}"
        return f"every CSM {verb}" if total > 1 else f"{board.problem.csms[0].name} {verb}"
    return "; ".join(f"{n} CSM{'s' if n > 1 else ''} {reason}" if n > 1 else f"one CSM {reason}" for reason, n in most)


def shortages(board: Board) -> list[Finding]:
    """Groups of accounts whose hours exceed the hours of all CSMs who may own any of them, largest first.

    The cut of a transport problem: a proof that overload is unavoidable, not a guess, also where hours fit in total
    and where it takes several segments and regions together to show it.
    """
    return [
        _shortage(board, s.short_hours, s.need_hours, s.have_hours, s.csms, s.accounts) for s in short_sets(board)[:10]
    ]


def _shortage(
    board: Board, short: float, need: float, have: float, allowed: NDArray[np.intp], accounts: NDArray[np.intp]
) -> Finding:
    problem = board.problem
    segments = [problem.segments[s] or "no segment" for s in dict.fromkeys(problem.segment[accounts].tolist())]
    regions = [r for r in dict.fromkeys(problem.accounts[i].region for i in accounts.tolist()) if r]
    who = ", ".join(problem.csms[j].name for j in allowed[:5]) + (
        f" and {len(allowed) - 5} more" if len(allowed) > 5 else ""
    )
    where = f" in {', '.join(regions)}" if 0 < len(regions) <= 6 else ""
    full = float(np.median(problem.capacity_hours[allowed])) or 100.0
    hires = int(np.ceil(short / full))
    text = (
        f"{len(accounts):,} accounts ({', '.join(segments[:3])}{where}) need {need:,.1f} h a month; "
        f"{who} {'has' if len(allowed) == 1 else 'have'} {have:,.1f} h: {short:,.1f} h short."
    )
    holds = [board.holds[i].rule for i in accounts.tolist() if i in board.holds]
    decided = holds.count("decisions")
    for held, how in ((len(holds) - decided, "pinned or frozen"), (decided, "settled by decisions or a loaded plan")):
        if held:
            text += f" {held:,} of the accounts {'is' if held == 1 else 'are'} {how}."
    first = float(problem.capacity_months[allowed, 0].sum())
    if first < have - 0.05:
        text += f" In the first month they have only {first:,.1f} h."
    advice = f"Maybe {hires} more CSM{'s' if hires > 1 else ''}, or let somebody else cover some of them."
    return Finding("hours_short", Severity.WARNING, text, advice)
