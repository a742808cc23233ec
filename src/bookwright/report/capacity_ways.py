"""Sheets Headcount or tooling, and Overload: the ways out, side by side."""

from __future__ import annotations

from bookwright.capacity import Capacity, overloads, trades
from bookwright.capacity.headcount import REMOVABLE
from bookwright.report.capacity_formulas import COST, CSM_HOURS, FIRST, cells_of, rows_of_parts, touchpoint_lines
from bookwright.tables.write_sheets import Column, Formula, Kind, Table, Value

_LISTED = 25
"""Accounts named for each CSM; more are summed up."""


def trades_table(c: Capacity) -> Table:
    """n hires beside the share of the automatable hours that equals them."""
    saved = cells_of("Touchpoint hours", "Q", len(touchpoint_lines(c)))
    work = cells_of("Workload", "O", len(c.problem.accounts))
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
    n = len(problem.accounts)
    split, who, segment = (cells_of("Workload", letter, n) for letter in "SEC")
    number = {s.name: k + 1 for k, s in enumerate(c.segments)}
    rows: list[tuple[Value, ...]] = []

    def takes(j: int, part: tuple[str, str]) -> str:
        return f"SUMIFS({split},{who},{j + 1},{segment},{number[part[0]]})*'Touchpoint hours'!O{at[which[part]]}"

    for o in overloads(c):
        j = problem.csm_position[o.csm_id]
        head = name(o.csm_id), Formula(f"='By CSM'!Q{FIRST + j}", o.over)
        listed = o.hand_over[:_LISTED]
        first, total = FIRST + len(rows) + 1, sum(h for _, h, _, _ in o.hand_over)
        whole = len(listed) == len(o.hand_over) and listed
        summed: Value = Formula(f"=SUM(E{first}:E{first + len(listed) - 1})", total) if whole else total
        rows.append((*head, "hand over", f"{len(o.hand_over)} accounts", summed, o.verdict))
        for account_id, hours, arr, to in listed:
            what = f"{by_id[account_id].label}, ARR {arr:,.0f}"
            live = Formula(f"=Workload!O{FIRST + problem.account_position[account_id]}", hours)
            rows.append((*head, "hand over", what, live, to or "nobody may take it and has room"))
        for s, title, h in o.automate:
            live = Formula(f"={takes(j, (s, title))}*'Touchpoint hours'!M{at[which[s, title]]}", h)
            rows.append((*head, "automate", f"{title} ({s})", live, ""))
        top = FIRST + len(rows)
        for s, title, h in o.drop:
            r = FIRST + len(rows)
            left = f"B{r}" if r == top else f"B{r}-SUM(E{top}:E{r - 1})"
            live = Formula(f"=MIN({takes(j, (s, title))},{left})", h)
            rows.append((*head, "drop", f"{title} ({s})", live, "done less often"))
    return Table(
        columns=(
            Column("CSM"), Column("Hours over", Kind.HOURS), Column("Way out"), Column("What", width=60),
            Column("Hours a month", Kind.HOURS), Column("To, or how"),
        ),
        rows=rows, filtered=True, empty="Nobody is over 100 %.",
        note="Three ways out for each CSM over 100 %, each on its own. A plan finds hand-overs for all at once.",
    )  # fmt: skip
