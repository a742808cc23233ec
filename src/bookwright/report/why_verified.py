"""`why --verify`: what arithmetic suggests, solved again: prices with everything else re-planned, counterfactuals."""

from __future__ import annotations

from dataclasses import dataclass

from bookwright.explain.verify import Outcome, Verified, verify
from bookwright.explain.why import Candidate, Why
from bookwright.report.why import Opened
from bookwright.review.price import Price, base_of_stored, price

CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Again:
    """The cheapest other CSMs priced with everything else re-planned, and the changes with their outcomes."""

    prices: tuple[tuple[Candidate, Price], ...]
    changes: tuple[Verified, ...]


def again(plan: Opened, found: Why, seconds: float = 20.0) -> Again:
    """Solve again for each of the first candidates and for each change; `seconds` for each search."""
    first = found.others[:CANDIDATES]
    prices: tuple[Price, ...] = ()
    if first:
        base = base_of_stored(plan.stored, seconds=seconds)
        wanted = [(found.account_id, c.csm_id) for c in first]
        prices = price(base, wanted, seconds=seconds, together=False).each
    changes = tuple(verify(plan.board, plan.plan, found.account_id, c, seconds=seconds) for c in found.changes)
    return Again(tuple(zip(first, prices, strict=True)), changes)


def lines(said: Again, plan: Opened) -> list[str]:
    """What solving again said, for people."""
    out: list[str] = []
    if said.prices:
        out += ["", "Solved again, everything else re-planned around it:"]
        out += [f"  {c.name}: {_words(p)}" for c, p in said.prices]
    if said.changes:
        out += ["", "Solved again, what would have to change:"]
        for v in said.changes:
            name = plan.stored.portfolio.csm_name(v.change.csm_id)
            what = {
                Outcome.GOES: f"True: the plan with {name} is then the better one.",
                Outcome.TIES: f"Then {name} would do just as well; it need not move.",
                Outcome.STAYS: "Not enough: it stays where it is all the same.",
                Outcome.CANNOT: f"Not enough: no plan that keeps the hard rules has it with {name}.",
                Outcome.OPEN: "Not settled in the time given.",
            }[v.outcome]
            out.append(f"  - {v.change.text} {what}")
    return out


def _words(found: Price) -> str:
    if not found.possible:
        return f"cannot be: {found.why_not}"
    said = []
    for level in found.levels:
        low, high = (v + 0.0 for v in (level.low, level.high))
        if max(abs(low), abs(high)) < 5e-6:
            continue
        show = "{:+,.3g} points" if level.unit == "points" else "{:+,.0f}" if level.unit == "accounts" else "{:+.3%}"
        span = show.format(high) if level.exact else f"between {show.format(low)} and {show.format(high)}"
        said.append(f"{level.name} {span}")
    return ", ".join(said) if said else "as good on every priority"
