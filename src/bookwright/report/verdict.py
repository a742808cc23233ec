"""The first screen in sentences: one verdict, what is loud, what is proved; no solver words."""

from __future__ import annotations

from bookwright.books import MoveKind
from bookwright.report.summary import Summary
from bookwright.result import Result, Status
from bookwright.tables.write_formats import money_symbol

PROVED_GAP = 1e-4


def short_money(amount: float, currency: str) -> str:
    """An amount as people say it: $3.1M, $420k, $950."""
    symbol, sign = money_symbol(currency), "-" if amount < 0 else ""
    size = abs(amount)
    for unit, word in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        # 999,950 rounds to 1,000k: said as 1M.
        if size >= unit * 0.99995:
            number = f"{size / unit:.1f}" if size / unit < 100 else f"{size / unit:.0f}"
            return f"{sign}{symbol}{number.removesuffix('.0')}{word}"
    return f"{sign}{symbol}{size:.0f}"


def percent(share: float) -> str:
    """A share as people say it: 5 %, and never 0 % of something."""
    if share and abs(share) < 0.005:
        return "under 1 %"
    return f"{share * 100:.0f} %"


def count(n: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 account, 2 accounts."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def verdict(s: Summary) -> str:
    """What the plan amounts to, in a few plain sentences: the first thing anybody reads."""
    parts = [_opening(s), _moves(s), _cover(s), _over(s), _proof(s)]
    return " ".join(p for p in parts if p)


def _opening(s: Summary) -> str:
    status = s.result.status
    rules = len({b.rule for b in s.breaches if b.hard})
    if status is Status.IMPOSSIBLE:
        broken = f" The nearest plan breaks {rules} of them." if rules else ""
        return f"No plan can keep every rule.{broken}"
    if status is Status.NO_PLAN_FOUND:
        return "No plan that keeps every rule was found in the time given; it is not proved that there is none."
    return ""


def _moves(s: Summary) -> str:
    total = s.all_moves
    if not total.accounts:
        stay = f"all {s.accounts:,} accounts keep their" if s.accounts != 1 else "the one account keeps its"
        return f"No account moves: {stay} CSM."
    text = f"Move {total.accounts:,} of {count(s.accounts, 'account')} ({percent(total.share_of_accounts)}, "
    text += short_money(total.arr, s.currency) + ")"
    if s.moves[MoveKind.CHOSEN].accounts != total.accounts:
        kinds = [f"{e.accounts:,} {k.value}" for k, e in s.moves.items() if e.accounts]
        text += ": " + ", ".join(kinds)
    return text + "."


def _cover(s: Summary) -> str:
    interim = s.result.interim
    if not interim:
        return ""
    last = max(row.until for row in interim)
    return (
        f"{count(len(interim), 'account has', 'accounts have')} interim cover, until {last.isoformat()} at the latest."
    )


def _over(s: Summary) -> str:
    line = s.by_key["over_full"]
    return f"CSMs over 100 %: {line.before:.0f} before, {line.after:.0f} after."


def _proof(s: Summary) -> str:
    result, chosen = s.result, s.moves[MoveKind.CHOSEN].accounts
    if result.status not in (Status.OPTIMAL, Status.FEASIBLE):
        return ""
    if chosen == 0:
        return "No account moves by choice." if s.all_moves.accounts else ""
    if result.fewest_moves is not None and result.fewest_moves > 0:
        noun = "moves" if chosen == s.all_moves.accounts else "chosen moves"
        if result.fewest_moves >= chosen:
            return f"No plan that keeps your rules as well needs fewer {noun}."
        return f"No plan that keeps your rules as well needs fewer than {result.fewest_moves:,} {noun}."
    within = price_within(result)
    if within is None:
        return "How few moves would do is not proved."
    if within <= PROVED_GAP:
        return "The price of these moves is the least possible."
    shown = f"{within * 100:.1f}" if within < 0.1 else f"{within * 100:.0f}"
    return f"The price of these moves is within {shown} % of the least possible."


def price_within(result: Result) -> float | None:
    """How far the price of the moves can be from the least possible (a fraction); None = nothing useful proved."""
    for priority in result.priorities:
        if priority.name == "moves":
            if priority.value <= priority.bound + 1e-9:
                return 0.0
            over = priority.value / priority.bound - 1 if priority.bound > 0 else None
            return over if over is not None and over <= 1 else None
    return None


def alarms(s: Summary) -> list[str]:
    """What must be seen before anything else: rules broken, accounts without an owner, CSMs over 100 %."""
    result = s.result
    found = []
    if result.status in (Status.IMPOSSIBLE, Status.NO_PLAN_FOUND):
        found += list(result.diagnosis)
    hard = [b for b in s.breaches if b.hard]
    if hard and not result.diagnosis:
        found.append(f"This plan breaks hard rules ({count(len(hard), 'breach', 'breaches')}): {hard[0].what}")
    if result.unassigned:
        found.append(f"{count(len(result.unassigned), 'account')} without an owner: nobody may own them.")
    if s.over_full:
        names = ", ".join(f"{name} {percent(u) if u is not None else '(no hours)'}" for name, u in s.over_full[:4])
        more = f" and {len(s.over_full) - 4} more" if len(s.over_full) > 4 else ""
        found.append(f"Over 100 % after this plan: {names}{more}. {_least_overload(result)}".strip())
    return found


def _least_overload(result: Result) -> str:
    for k, priority in enumerate(result.priorities):
        if priority.name == "hours":
            if priority.gap <= PROVED_GAP:
                spared = any(p.name == "ramp" for p in result.priorities[:k])
                return f"No plan{' that spares new hires as well' if spared else ''} has less overload."
            return "It is not proved that this is the least."
    return ""


def notes(s: Summary) -> list[str]:
    """Small print of the first screen: assumptions taken, and who is left out."""
    found = [f"Takes effect on {s.result.problem.effective_date.isoformat()}."]
    if s.hours_from_model:
        who = (
            "all accounts" if s.hours_from_model == s.accounts else f"{s.hours_from_model:,} of {s.accounts:,} accounts"
        )
        found.append(f"Hours of {who} are the planning model's defaults, not yours.")
    for group in s.not_planned:
        amount = short_money(group.arr, s.currency)
        found.append(f"Not planned, {group.reason}: {count(group.accounts, 'account')} ({amount}).")
    warned = len(s.result.findings.warnings)
    if warned:
        found.append(f"{count(warned, 'finding')} to look at on Findings.")
    return found
