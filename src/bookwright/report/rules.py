"""The ledger of a stored plan for people and for JSON, and what each rule a little looser would buy."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Sequence
from typing import Any

from bookwright.books import Plan
from bookwright.explain.ledger import complete, priced_limits
from bookwright.outcome import ground_of, ledger
from bookwright.report.why import Opened
from bookwright.result import LedgerRow, PriorityReport
from bookwright.rules import build
from bookwright.rules.loads import value_of
from bookwright.solve import post, unit_of
from bookwright.trust.rule_prices import Gain, RulePrice


def ledger_of(plan: Opened) -> tuple[LedgerRow, ...]:
    """The ledger of a stored plan, as on its Rules sheet; nothing is solved."""
    board, problem = plan.board, plan.board.problem
    rules = build(problem.model)
    ground = ground_of(board, Plan.today(problem))
    rows = ledger(rules, plan.plan, ground, {rule.id: rule.check(plan.plan, ground) for rule in rules})
    kept = plan.stored.meta["status"] in ("OPTIMAL", "FEASIBLE")
    reported = [_report(row) for row in plan.stored.priorities]
    proofs = [(r["name"], r["certified"], _duals(r["duals"])) for r in plan.stored.priorities]
    priced = {}
    if kept:
        names = [family.name for family in post(board, problem.model.priorities).model.families]
        priced = priced_limits(board, names, proofs)
    return complete(rows, board, plan.plan, reported, priced, kept=kept)


def _report(row: Any) -> PriorityReport:
    keys = [f.name for f in dataclasses.fields(PriorityReport)]
    return PriorityReport(**{**dict.fromkeys(keys, 0.0), "title": "", **{k: row[k] for k in keys if k in row}})


def _duals(packed: bytes | None) -> dict[str, Any]:
    return (json.loads(zlib.decompress(packed)) if packed else None) or {}


def priorities_of(plan: Opened) -> list[list[str]]:
    """Every priority as rows of a table: before, after, and the best proved possible."""
    out = [["Priority", "Before", "After", "No plan is below", "Unit"]]
    for row in plan.stored.priorities:
        size, unit = unit_of(row["name"])
        before = value_of(plan.board, row["name"], plan.board.problem.owner) / size if unit else None
        out.append([row["name"], _value(before, unit), _value(row["value"], unit), _value(row["bound"], unit), unit])
    return out


def ledger_lines(rows: Sequence[LedgerRow]) -> list[list[str]]:
    """The ledger as rows of a table; why a rule is binding follows below it, see `binding_lines`."""
    out = [["Rule", "Mode", "Priority", "Before", "After", "Unit", "Share", "Binding"]]
    for row in rows:
        share = "" if row.share is None else f"{row.share:.0%}"
        numbers = [_value(row.before, row.unit), _value(row.after, row.unit)]
        mode = row.mode.replace("_", " ")
        out.append([row.title, mode, row.priority, *numbers, row.unit, share, row.binding])
    return out


def binding_lines(rows: Sequence[LedgerRow]) -> list[str]:
    """Why each binding rule is so."""
    return [f"{row.title}: {row.binding_why}" for row in rows if row.binding == "yes"]


def price_lines(prices: Sequence[RulePrice], hours: float) -> list[str]:
    """What each rule a little looser would buy: first what was found, then what is open, then what buys nothing.

    `hours` = the workload of all accounts, for what is a share of it.
    """
    left_out = [f"{p.title} ({p.text})" for p in prices if p.left_out]
    prices = [p for p in prices if not p.left_out]
    how = {g.how for p in prices for g in p.gains}
    after = ["", f"Not priced, as a freed account would have to join its family: {'; '.join(left_out)}."]
    after = after if left_out else []
    if not how:
        return ["Nothing is left to buy: hours, bands and moves are as good as can be.", *after]
    if how == {"prices of rows"}:
        return [*_by_rows(prices, hours), *after]
    out: list[str] = []
    found = [p for p in prices if p.worth]
    still = [p for p in prices if not p.worth and not all(g.nothing for g in p.gains)]
    for price in sorted(found, key=lambda p: tuple(-g.least for g in p.gains)):
        gains = "; ".join(_bought(g, hours) for g in price.gains if g.least > 0)
        out.append(f"  {price.title}, {price.text}: {gains}.")
    if found:
        out.insert(0, "A little more room would buy (earlier priorities as they are):")
    if still:
        out += ["", "Nothing better was found, and no more than this is to be had:"]
        alike: dict[str, list[str]] = {}
        for price in still:
            most = "; ".join(_most(g, hours) for g in price.gains if not g.nothing)
            alike.setdefault(most, []).append(f"{price.title}, {price.text}")
        out += [f"  {most}: {'; '.join(texts)}." for most, texts in alike.items()]
    nothing: dict[str, list[str]] = {}
    for price in prices:
        if all(g.nothing for g in price.gains):
            nothing.setdefault(price.title, []).append(price.text)
    if nothing:
        out += ["", "Proved to buy nothing:"]
        out += [f"  {title}: {'; '.join(texts)}." for title, texts in nothing.items()]
    text = "By solving again, each priority with the ones before it held to what they are held to."
    if "searched" in how:
        text += " A longer --time-limit brings the two numbers closer."
    out += [*after, "", text]
    return out


def _by_rows(prices: Sequence[RulePrice], hours: float) -> list[str]:
    """Prices where nothing was solved: by how much the proof's bound falls, the dearest first."""
    least = 1e-6
    priced = [p for p in prices if any(g.estimate > least for g in p.gains)]
    out = ["By the prices of rows in the proof, the best plan possible would gain, to first order:"]
    for price in sorted(priced, key=lambda p: tuple(-g.estimate for g in p.gains)):
        gains = "; ".join(f"about {_amount(g.estimate, g, hours)}" for g in price.gains if g.estimate > least)
        out.append(f"  {price.title}, {price.text}: {gains}.")
    free = [f"{p.title} ({p.text})" for p in prices if p not in priced]
    if free:
        out += ["", f"No price: {'; '.join(free)}."]
    return [*out, "", "What a rule could buy at most stands in --json; --solve searches for it."]


def _bought(gain: Gain, hours: float) -> str:
    span = _amount(gain.least, gain, hours)
    if gain.most > gain.least:
        span = f"at least {span}, at most {_amount(gain.most, gain, hours, unit=False)}"
    fewer = f" ({gain.moves} move{'s' if gain.moves > 1 else ''} fewer)" if gain.moves > 0 else ""
    return f"{span}{fewer}"


def _most(gain: Gain, hours: float) -> str:
    return f"at most {_amount(gain.most, gain, hours)}"


def _amount(value: float, gain: Gain, hours: float, *, unit: bool = True) -> str:
    if gain.priority == "hours":
        return f"{value * hours:,.1f} h" + (" less over 100 %" if unit else "")
    if gain.unit == "points":
        return f"{value:,.1f}" + (" points off the price of moves" if unit else "")
    if gain.unit == "accounts":
        return f"{value:,.0f}" + (" fewer changes" if unit else "")
    return f"{100 * value:,.2f}" + (" % less outside the bands" if unit else " %")


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit in ("share", "share of hours"):
        return f"{value:.2%}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


_KEYS = ("name", "unit", "before", "value", "best", "bound", "gap", "give", "limit")


def as_json(plan: Opened, rows: Sequence[LedgerRow], prices: Sequence[RulePrice] | None) -> dict[str, Any]:
    """Ledger and prices as plain values; `prices` null when they were not asked for."""
    return {
        "plan_id": plan.stored.plan_id,
        "priorities": [{key: row[key] for key in _KEYS} for row in plan.stored.priorities],
        "ledger": [dataclasses.asdict(row) for row in rows],
        "prices": None if prices is None else [dataclasses.asdict(p) for p in prices],
    }
