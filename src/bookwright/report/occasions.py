"""Sheets that only some plans have: new hires month by month along their ramp, and interim cover."""

from __future__ import annotations

from collections.abc import Sequence

from bookwright.books import Move
from bookwright.hand_over import Schedule
from bookwright.report.listed import ARR, HOURS, WHO, who
from bookwright.result import Result
from bookwright.rules.move_budget import is_new
from bookwright.tables.write_sheets import Column, Formula, Kind, Look, Mark, Sheet, Table, Value


def occasion_sheets(result: Result, schedule: Schedule) -> tuple[Sheet, ...]:
    """New hires where some are given accounts, Interim cover where somebody covers; else nothing."""
    found = []
    hires = new_hires(result)
    if hires:
        tables = (ramp_table(result, schedule, hires), givers_table(result, hires))
        found.append(Sheet("New hires", tables=tables, freeze_columns=1))
    if result.interim:
        found.append(Sheet("Interim cover", tables=(interim_table(result),), freeze_columns=2))
    return tuple(found)


def new_hires(result: Result) -> list[int]:
    """Positions of the new CSMs who are given accounts."""
    given = {m.csm_to for m in result.plan.moves}
    return [j for j, csm in enumerate(result.problem.csms) if csm.id in given and is_new(result.problem, j)]


def ramp_table(result: Result, schedule: Schedule, hires: Sequence[int]) -> Table:
    """One row per new hire and month: what is handed over, what the book comes to, and the hours there are."""
    problem = result.problem
    to = {m.account_id: problem.csm_position[m.csm_to] for m in result.plan.moves}
    rows: list[tuple[Value, ...]] = []
    for j in hires:
        book = sum(
            int(owner == home == j)
            for owner, home in zip(result.plan.csm_of.tolist(), problem.owner.tolist(), strict=True)
        )
        full = max(float(schedule.capacity[j].max()), 1e-9)
        for k, start in enumerate(schedule.starts[:-1]):
            r = len(rows) + 3
            came = sum(h.month == k and to[h.account_id] == j for h in schedule.hand_overs.values())
            book += came
            hours, extra = float(schedule.hours[j, k]), float(schedule.hand_over_hours[j, k])
            have = float(schedule.capacity[j, k])
            use = Formula(f'=IF(H{r}>0,(F{r}+G{r})/H{r},"")', (hours + extra) / have if have > 0 else "")
            name = problem.csms[j].name
            rows.append((name, start, have / full, came, book, hours, extra, have, use, max(0.0, have - hours - extra)))
    over = (Mark(Look.BAD, above=1.000001),)
    return Table(
        columns=(
            Column("New hire", key="csm"),
            Column("Month from", Kind.DATE),
            Column("Ramp", Kind.PERCENT, help="Hours of this month as a share of the highest month's."),
            Column("Handed over", Kind.WHOLE, key="handed_over"),
            Column("Accounts", Kind.WHOLE),
            Column("Hours of accounts", Kind.HOURS, key="hours"),
            Column("Hand-over hours", Kind.HOURS, key="hand_over_hours"),
            Column("Capacity", Kind.HOURS),
            Column("Utilization", Kind.PERCENT, marks=over),
            Column("Hours left", Kind.HOURS, key="left"),
        ),
        rows=rows,
        note="Month by month: what each new hire is handed over, and the hours it takes of those they have by then.",
        filtered=True,
    )


def givers_table(result: Result, hires: Sequence[int]) -> Table:
    """Whom the new hires get their accounts from, with the giver's book before and after."""
    problem = result.problem
    ids = {problem.csms[j].id for j in hires}
    moves = [m for m in result.plan.moves if m.csm_to in ids]
    by_giver: dict[str | None, list[Move]] = {}
    for move in moves:
        by_giver.setdefault(move.csm_from, []).append(move)
    rows: list[tuple[Value, ...]] = []
    at = problem.account_position
    for giver, given in sorted(by_giver.items(), key=lambda item: -len(item[1])):
        j = None if giver is None else problem.csm_position[giver]
        before, after = (None, None) if j is None else (result.today.books[j], result.plan.books[j])
        price = sum(result.price.get(m.account_id, 0.0) for m in given if giver is not None)
        rows.append(
            (
                problem.portfolio.csm_name(giver) or "(no CSM before)",
                len(given),
                sum(float(problem.hours[at[m.account_id]]) for m in given),
                sum(float(problem.arr[at[m.account_id]]) for m in given),
                before.utilization if before else None,
                after.utilization if after else None,
                price / len(given) if giver is not None else None,
            )
        )
    return Table(
        columns=(
            Column("From", key="csm_from"),
            Column("Accounts", Kind.WHOLE),
            Column("Hours", Kind.HOURS),
            Column("ARR", Kind.MONEY),
            Column("Use before", Kind.PERCENT),
            Column("Use after", Kind.PERCENT),
            Column("Points per move", Kind.NUMBER, help="Price of a move on average: low = easy accounts."),
        ),
        rows=rows,
        title="Whose accounts they are",
    )


def interim_table(result: Result) -> Table:
    """One row per covered account: its CSM, who covers, from when until when."""
    problem, name = result.problem, result.problem.portfolio.csm_name
    rows: list[tuple[Value, ...]] = []
    for row in result.interim:
        account = problem.portfolio.account_by_id[row.account_id]
        covers = name(row.cover) if row.cover else "nobody may"
        dates = (row.first, row.until)
        rows.append((*who(account), account.arr, row.hours, name(row.owner), covers, *dates, row.why))
    return Table(
        columns=(
            *WHO,
            ARR,
            HOURS,
            Column("CSM", key="owner", help="Stays, or becomes, the account's CSM: nothing changes in the CRM."),
            Column("Interim cover", key="cover", marks=(Mark(Look.BAD, equals="nobody may"),)),
            Column("From", Kind.DATE, key="first"),
            Column("Back with the CSM on", Kind.DATE, key="until"),
            Column("Why", width=90, wrap=True),
        ),
        rows=rows,
        note="Cover for a while, no move: the CSM stays the account's CSM and has it back on the day shown.",
        filtered=True,
    )
