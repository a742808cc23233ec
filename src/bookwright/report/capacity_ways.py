"""Sheets Headcount or tooling, and Overload: the ways out, side by side."""

from __future__ import annotations

from bookwright.capacity import Capacity, overloads, trades
from bookwright.capacity.headcount import REMOVABLE
from bookwright.report.capacity_formulas import (
    COST,
    CSM_HOURS,
    FIRST,
    cells_of,
    rows_of_parts,
    touchpoint_lines,
    workload_cells,
)
from bookwright.tables.write_sheets import Column, Formula, Kind, Table, Value


def trades_table(c: Capacity) -> Table:
    """n hires beside the share of the automatable hours that equals them."""
    saved = cells_of("Touchpoint hours", "Q", len(touchpoint_lines(c)))
    (work,) = workload_cells(c, "O")
    rows = []
    for r, t in enumerate(trades(c), FIRST):
        share, cost = t.share_of_automatable, t.cost_per_month
        rows.append(
            (
                t.hires,
                t.verdict,
                None if cost is None else Formula(f"=A{r}*{COST}", cost),
                Formula(f"=A{r}*{CSM_HOURS}", t.hours),
                None if share is None else Formula(f"=D{r}/SUM({saved})", share),
                Formula(f"=D{r}/SUM({work})", t.share_of_all),
            )
        )
    return Table(
        columns=(
            Column("Hires", Kind.WHOLE), Column("Could tooling do it", width=58), Column("Cost per month", Kind.MONEY),
            Column("Hours a month", Kind.HOURS),
            Column("= this share of what could be automated", Kind.PERCENT, key="share_of_automatable"),
            Column("= this share of all work", Kind.PERCENT, key="share_of_all"),
        ),
        rows=rows,
        note=f"n hires = x % of the automatable hours below. Quoted as removable: {REMOVABLE[0]:.0%}-{REMOVABLE[1]:.0%}"
        " of the work (Pivotal Path), a figure without data.",
    )  # fmt: skip


def automatable_table(c: Capacity) -> Table:
    """Touchpoints that tooling could take over, the most hours first."""
    at = rows_of_parts(c)
    found = sorted((k for k, p in enumerate(c.parts) if p.automatable), key=lambda k: -c.parts[k].hours)
    rows = []
    for k in sorted(found, key=lambda k: -c.parts[k].hours * c.parts[k].automatable):
        p, sheet = c.parts[k], "'Touchpoint hours'!"
        hours, share = Formula(f"={sheet}P{at[k]}", p.hours), Formula(f"={sheet}M{at[k]}", p.automatable)
        rows.append(
            (p.segment, p.name, p.activity, hours, share, Formula(f"={sheet}Q{at[k]}", p.hours * p.automatable))
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
    name, problem = c.problem.portfolio.csm_name, c.problem
    by_id, at = problem.portfolio.account_by_id, rows_of_parts(c)
    which = {(p.segment, p.name): k for k, p in reversed(list(enumerate(c.parts)))}
    split, who, segment = workload_cells(c, "SEC")
    number = {s.name: k + 1 for k, s in enumerate(c.segments)}
    rows: list[tuple[Value, ...]] = []

    def takes(j: int, part: tuple[str, str]) -> str:
        return f"SUMIFS({split},{who},{j + 1},{segment},{number[part[0]]})*'Touchpoint hours'!O{at[which[part]]}"

    for o in overloads(c):
        j = problem.csm_position[o.csm_id]
        head = name(o.csm_id), Formula(f"='By CSM'!Q{FIRST + j}", o.over)
        first, many = FIRST + len(rows) + 1, len(o.hand_over)
        arr_out, hours_out = sum(h[2] for h in o.hand_over), sum(h[1] for h in o.hand_over)
        sums: list[Value] = [0.0, 0.0]
        if many:
            last = first + many - 1
            sums = [Formula(f"=SUM(E{first}:E{last})", arr_out), Formula(f"=SUM(F{first}:F{last})", hours_out)]
        rows.append((*head, "hand over", f"{many:,} {'account' if many == 1 else 'accounts'}", *sums, o.verdict))
        for account_id, hours, arr, to in o.hand_over:
            at_row = FIRST + problem.account_position[account_id]
            figures = Formula(f"=Workload!G{at_row}", arr), Formula(f"=Workload!O{at_row}", hours)
            rows.append((*head, "hand over", by_id[account_id].label, *figures, to))
        for s, title, h in o.automate:
            live = Formula(f"={takes(j, (s, title))}*'Touchpoint hours'!M{at[which[s, title]]}", h)
            rows.append((*head, "automate", f"{title} ({s})", None, live, "of its hours, by tooling"))
        top = FIRST + len(rows)
        for s, title, h in o.drop:
            r = FIRST + len(rows)
            left = f"B{r}" if r == top else f"B{r}-SUM(F{top}:F{r - 1})"
            live = Formula(f"=MIN({takes(j, (s, title))},{left})", h)
            rows.append((*head, "drop", f"{title} ({s})", None, live, "done less often"))
    return Table(
        columns=(
            Column("CSM"), Column("Hours over", Kind.HOURS), Column("Way out"), Column("What", width=60),
            Column("ARR", Kind.MONEY), Column("Hours a month", Kind.HOURS), Column("To, or how"),
        ),
        rows=rows, filtered=True, empty="Nobody is over 100 %.",
        note="Three ways out, each on its own. Handed over: the fewest accounts, as each is a new face for a customer; "
        "of as few, those with the least ARR. A plan finds the best for all at once.",
    )  # fmt: skip
