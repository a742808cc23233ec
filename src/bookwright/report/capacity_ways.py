"""Sheets Headcount or tooling, Overload and What if: the ways out, side by side."""

from __future__ import annotations

from bookwright.capacity import Capacity, Outcome, overloads, trades
from bookwright.capacity.headcount import REMOVABLE
from bookwright.report.capacity_formulas import CSM_HOURS, FIRST
from bookwright.tables.write_sheets import Column, Formula, Kind, Table, Value


def trades_table(c: Capacity) -> Table:
    """n hires beside the share of the automatable hours that equals them."""
    rows = [
        (
            t.hires,
            Formula(f"=A{r}*{CSM_HOURS}", t.hours),
            t.share_of_automatable,
            t.share_of_all,
            t.cost_per_month,
            t.verdict,
        )
        for r, t in enumerate(trades(c), FIRST)
    ]
    return Table(
        columns=(
            Column("Hires", Kind.WHOLE), Column("Hours a month", Kind.HOURS),
            Column("= this share of what could be automated", Kind.PERCENT, key="share_of_automatable"),
            Column("= this share of all work", Kind.PERCENT, key="share_of_all"), Column("Cost per month", Kind.MONEY),
            Column("Could tooling do it", width=60),
        ),
        rows=rows,
        note=f"n hires = x % of the automatable hours below. Quoted as removable: {REMOVABLE[0]:.0%}-{REMOVABLE[1]:.0%}"
        " of the work (Pivotal Path), a figure without data.",
    )  # fmt: skip


def automatable_table(c: Capacity) -> Table:
    """Touchpoints that tooling could take over, the most hours first."""
    rows = sorted(
        (
            (p.segment, p.name, p.activity, p.hours, p.automatable, p.hours * p.automatable)
            for p in c.parts
            if p.automatable
        ),
        key=lambda row: -row[5],
    )
    return Table(
        columns=(
            Column("Segment"), Column("Touchpoint"), Column("Activity"), Column("Hours a month", Kind.HOURS),
            Column("Automatable", Kind.PERCENT), Column("Hours saved", Kind.HOURS),
        ),
        rows=rows, title="What could be automated", empty="No touchpoint is marked automatable.",
    )  # fmt: skip


def overload_table(c: Capacity) -> Table:
    """For each CSM over 100 %: accounts to hand over, touchpoints to automate or to drop."""
    name, by_id = c.problem.portfolio.csm_name, c.problem.portfolio.account_by_id
    rows: list[tuple[Value, ...]] = []
    for o in overloads(c):
        csm = name(o.csm_id)
        rows.append(
            (csm, o.over, "hand over", f"{len(o.hand_over)} accounts", sum(h for _, h, _, _ in o.hand_over), "")
        )
        for account_id, hours, arr, to in o.hand_over[:25]:
            what = f"{by_id[account_id].label}, ARR {arr:,.0f}"
            rows.append((csm, o.over, "hand over", what, hours, to or "nobody has room"))
        rows.extend((csm, o.over, "automate", f"{n} ({s})", h, "") for s, n, h in o.automate)
        rows.extend((csm, o.over, "drop", f"{n} ({s})", h, "done less often") for s, n, h in o.drop)
    return Table(
        columns=(
            Column("CSM"), Column("Hours over", Kind.HOURS), Column("Way out"), Column("What", width=60),
            Column("Hours a month", Kind.HOURS), Column("To, or how"),
        ),
        rows=rows, filtered=True, empty="Nobody is over 100 %.",
        note="Three ways out for each CSM over 100 %, each on its own. A plan finds hand-overs for all at once.",
    )  # fmt: skip


def what_if_tables(outcome: Outcome | None) -> tuple[Table, ...]:
    """What is not done before and after, by segment and by touchpoint."""
    assert outcome is not None
    rows = [
        (p.segment, p.name, p.activity, b, a, b - a, (b - a) / p.hours_each if p.hours_each else None)
        for p, b, a in outcome.done
        if b > 0.05 or a > 0.05
    ]
    title = ", ".join(change.text for change in outcome.changes)
    return (
        Table(
            columns=(Column("Segment"), Column("Hours not done before", Kind.HOURS), Column("... after", Kind.HOURS)),
            rows=outcome.segments, title=f"What if {title}", note=outcome.assumption,
        ),
        Table(
            columns=(
                Column("Segment"), Column("Touchpoint"), Column("Activity"), Column("Not done before", Kind.HOURS),
                Column("Not done after", Kind.HOURS), Column("Gets done", Kind.HOURS),
                Column("Times a month", Kind.HOURS),
            ),
            rows=rows, title="Which work would get done", empty="Everything fits, before and after.",
        ),
    )  # fmt: skip
