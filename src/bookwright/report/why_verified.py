"""`why --verify`: what arithmetic suggests, solved again: prices with everything else re-planned, counterfactuals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bookwright.explain.verify import Difference, Outcome, Verified
from bookwright.explain.why import Candidate, Why
from bookwright.report.why import Opened
from bookwright.review.price import LevelPrice, Price, base_of_stored, price
from bookwright.trust.counterfactual import verified

CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Again:
    """The cheapest other CSMs priced with everything else re-planned, and the changes with their outcomes."""

    prices: tuple[tuple[Candidate, Price], ...]
    changes: tuple[Verified, ...]


def again(plan: Opened, found: Why, seconds: float = 20.0, on_step: Callable[[str], None] | None = None) -> Again:
    """Solve again for each of the first candidates and for each change; `seconds` for each search.

    `on_step` hears what is solved next.
    """
    say = on_step or (lambda text: None)
    first = found.others[:CANDIDATES]
    if not first and not found.changes:
        return Again((), ())
    base = base_of_stored(plan.stored, seconds=seconds)
    wanted = [(found.account_id, c.csm_id) for c in first]
    prices: list[Price] = []
    for k, pair in enumerate(wanted):
        say(f"Solving again with {first[k].name} ({k + 1} of {len(wanted) + len(found.changes)})")
        prices += price(base, [pair], seconds=seconds, together=False).each
    changes: list[Verified] = []
    for k, change in enumerate(found.changes, len(wanted) + 1):
        say(f"Solving again what would have to change ({k} of {len(wanted) + len(found.changes)})")
        changes.append(verified(base, found.account_id, change, seconds=seconds))
    return Again(tuple(zip(first, prices, strict=True)), tuple(changes))


def lines(said: Again, plan: Opened) -> list[str]:
    """What solving again said, for people."""
    out: list[str] = []
    if said.prices:
        out += ["", "Solved again, everything else re-planned around it:"]
        out += [f"  {c.name}: {_words(p)}" for c, p in said.prices]
    if said.changes:
        out += ["", "Solved again, what would have to change:"]
        for v in said.changes:
            out.append(f"  - {v.change.text} {_verdict(v, plan.stored.portfolio.csm_name(v.change.csm_id))}")
        if not all(v.proved for v in said.changes):
            out.append("  In the plans found: a longer search may find otherwise, within the interval that is proved.")
    return out


def _verdict(found: Verified, name: str) -> str:
    """What solving again said of one change; the priority that decides where that is not proved."""
    if found.proved:
        return {
            Outcome.GOES: f"True: the plan with {name} is then the better one.",
            Outcome.TIES: f"Then {name} would do just as well; it need not move.",
            Outcome.STAYS: "Not enough: it stays where it is all the same.",
            Outcome.CANNOT: f"Not enough: no plan that keeps the hard rules has it with {name}.",
            Outcome.OPEN: "Not settled in the time given.",
        }[found.outcome]
    if found.outcome is Outcome.GOES:
        return f"In the plans found the one with {name} is then the better one{_by(found)}."
    if found.outcome is Outcome.STAYS:
        return f"Not enough in the plans found: the one with {name} is the worse one{_by(found)}."
    if found.outcome is Outcome.TIES:
        return f"In the plans found {name} does just as well; it need not move{_by(found)}."
    return "Not settled in the time given: no plan with either CSM was found that keeps the hard rules."


def _by(found: Verified) -> str:
    """The difference at the priority that decides, or at the first that is not proved, with its interval."""
    if not found.levels:
        return ": the other kept no hard rule in the time given"
    level = found.levels[-1]
    if level.found == 0:
        level = next((one for one in found.levels if not one.exact), level)
    low, high = _shown(level, level.low), _shown(level, level.high)
    return f": {level.name} {_shown(level, level.found)} (proved: between {low} and {high})"


def _words(found: Price) -> str:
    if not found.possible:
        return f"cannot be: {found.why_not}"
    said = []
    for level in found.levels:
        low, high = (v + 0.0 for v in (level.low, level.high))
        if max(abs(low), abs(high)) < 5e-6:
            continue
        span = _shown(level, high) if level.exact else f"between {_shown(level, low)} and {_shown(level, high)}"
        said.append(f"{level.name} {span}")
    return ", ".join(said) if said else "as good on every priority"


def _shown(level: LevelPrice | Difference, value: float) -> str:
    """A difference at a priority in its unit."""
    size = {"points": "{:+,.3g} points" if abs(value) < 1000 else "{:+,.0f} points", "accounts": "{:+,.0f}"}
    return size.get(level.unit, "{:+.3%}").format(value + 0.0)
