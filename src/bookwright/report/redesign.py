"""The redesign as a workbook: the gap between today and books from scratch, and the path there stage by stage."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from bookwright.books import MoveKind, Plan
from bookwright.report.listed import ARR, WHO, who
from bookwright.report.summary import currency_of, is_over
from bookwright.report.verdict import count, percent, short_money
from bookwright.result import Status
from bookwright.scenarios.redesign import Redesign, Stage, hours_moved
from bookwright.tables.write_formats import AFTER
from bookwright.tables.write_sheets import Chart, Column, Kind, Look, Mark, Series, Sheet, Table, Value, Workbook

_NEVER = 99


def sentences(found: Redesign) -> list[str]:
    """What the redesign amounts to: the gap, the path, what is left."""
    scratch, problem = found.scratch, found.problem
    if scratch.status in (Status.IMPOSSIBLE, Status.NO_PLAN_FOUND):
        return ["No plan keeps every rule, so there is no path: plan BOOK -m annual_redesign says why."]
    moves = scratch.plan.moves
    arr = sum(float(problem.arr[problem.account_position[m.account_id]]) for m in moves)
    n = len(problem.accounts)
    money = short_money(arr, currency_of(problem))
    gap = f"From scratch {len(moves):,} of {count(n, 'account')} ({percent(len(moves) / max(n, 1))}, {money}, "
    gap += f"{hours_moved(scratch):,.0f} h a month) have another CSM than today."
    lines = [gap]
    if found.stages:
        there = sum(len(s.result.plan.moves) for s in found.stages)
        last = found.stages[-1]
        path = f"{count(len(found.stages), 'stage')}, the last from {last.on.isoformat()}, make {count(there, 'move')}"
        left = f"; {count(len(found.left_out), 'move')} left out" if found.left_out else " and arrive there"
        bad = worse_anywhere(found)
        held = f"worse than the one before is {', '.join(bad)}" if bad else "no stage is worse than the one before"
        lines.append(f"{path}{left}; {held}: {_down(found)}.")
    return lines


def worse_anywhere(found: Redesign) -> list[str]:
    """Where a stage is worse than the one before, on its own quarter's measures or on the redesign's: best nowhere."""
    said = [f"stage {s.number} in {name}" for s in found.stages for name in s.worse]
    steps = [("today", found.start), *((f"stage {s.number}", s.values) for s in found.stages)]
    for (_, before), (title, after) in itertools.pairwise(steps):
        said += [f"{title} in {name}" for name, value in after.items() if value > before[name] + 1e-9]
    return list(dict.fromkeys(said))


def _down(found: Redesign) -> str:
    total = float(found.problem.hours.sum()) or 1.0
    hours = [found.start["hours"] * total, *(s.values["hours"] * total for s in found.stages)]
    return "hours over 100 % " + " > ".join(f"{h:,.0f}" for h in hours)


def redesign_workbook(found: Redesign) -> Workbook:
    """Sheets: Gap (today, each stage, from scratch), Path (every move with its stage), Books (each CSM by stage)."""
    problem = found.problem
    gap = gap_table(found)
    chart = Chart(
        "Hours over 100 %",
        "What",
        (Series("Gap", "Hours over 100 %", "Hours over 100 %", AFTER),),
        gap.height + 2,
        0,
        720,
        300,
        Kind.HOURS,
    )
    sheets = (
        Sheet("Gap", tables=(gap,), charts=(chart,), freeze_columns=1),
        Sheet("Path", tables=(path_table(found),), freeze_columns=2),
        Sheet("Books", tables=(books_table(found),), freeze_columns=1),
    )
    return Workbook(sheets, {}, "Annual redesign", problem.effective_date, currency_of(problem))


def _row(
    found: Redesign, title: str, when: Value, plan: Plan, v: Mapping[str, float], stage: Stage | None
) -> tuple[Value, ...]:
    problem = found.problem
    use = [
        b.utilization
        for b, gone in zip(plan.books, problem.leaves, strict=True)
        if not gone and b.utilization is not None
    ]
    at = problem.account_position
    # The row of the redesign itself shows all its moves at once.
    moves = stage.result.plan.moves if stage else (plan.moves if plan is found.scratch.plan else ())
    kinds = {kind: sum(m.kind is kind for m in moves) for kind in MoveKind}
    arr = sum(float(problem.arr[at[m.account_id]]) for m in moves if m.account_id in at)
    hours = sum(float(problem.hours[at[m.account_id]]) for m in moves if m.account_id in at)
    over = sum(is_over(b, 1.0) and not gone for b, gone in zip(plan.books, problem.leaves, strict=True))
    return (
        title, when, len(moves), kinds[MoveKind.CHOSEN], arr, hours, v["hours"] * float(problem.hours.sum()), over,
        max(use, default=None), min(use, default=None), v["balance"], v["evenness"],
        None if stage is None else len(stage.waits),
    )  # fmt: skip


def gap_table(found: Redesign) -> Table:
    """Today, every stage and the redesign on one yardstick: the redesign's own hours, bands and targets."""
    first = found.problem.effective_date
    rows = [_row(found, "Today", first, found.scratch.today, found.today, None)]
    musts = int((found.placed.csm_of != found.scratch.today.csm_of).sum())
    if musts:
        rows.append(_row(found, f"Today, {musts} placed", first, found.placed, found.start, None))
    rows += [_row(found, f"After stage {s.number}", s.on, s.plan, s.values, s) for s in found.stages]
    rows.append(_row(found, "From scratch", None, found.scratch.plan, found.goal, None))
    return Table(
        columns=(
            Column("What"),
            Column("From", Kind.DATE, key="on"),
            Column("Moves", Kind.WHOLE),
            Column("of these chosen", Kind.WHOLE, key="chosen"),
            Column("ARR moved", Kind.MONEY),
            Column("Hours moved", Kind.HOURS),
            Column("Hours over 100 %", Kind.HOURS, key="hours_over"),
            Column("CSMs over 100 %", Kind.WHOLE, key="csms_over"),
            Column("Highest use", Kind.PERCENT),
            Column("Lowest use", Kind.PERCENT),
            Column("Outside the bands", Kind.SHARE, key="outside", help="Share of each measure's total, summed."),
            Column("Spread", Kind.SHARE, help="Hours away from the target, as a share of all hours."),
            Column("Wait", Kind.WHOLE, help="Accounts that wait for a later stage: renewal near, onboarding, ..."),
        ),
        rows=rows,
        title=" ".join(sentences(found)),
        note="All rows are measured on the redesign's hours, targets and bands. Moves: those of the stage. "
        "Placed: accounts without a CSM, or whose CSM may not keep them, put where the redesign has them.",
    )


def path_table(found: Redesign) -> Table:
    """Every account that the redesign gives another CSM: from, to, and the stage in which it goes."""
    problem, name = found.problem, found.problem.portfolio.csm_name
    went: dict[str, list[tuple[Stage, str]]] = {}
    why: dict[str, str] = {}
    for stage in found.stages:
        for move in stage.result.plan.moves:
            went.setdefault(move.account_id, []).append((stage, move.csm_to))
        for account_id, text in stage.waits.items():
            why.setdefault(account_id, f"waited in stage {stage.number}: {text}")
    goal = found.scratch.plan.by_account
    rows: list[tuple[Any, ...]] = []
    for account, home in zip(problem.accounts, problem.owner.tolist(), strict=True):
        today = problem.csms[home].id if home >= 0 else None
        steps = went.get(account.id, [])
        if not steps and goal[account.id] == today:
            continue
        row: tuple[Any, ...] = (*who(account), account.arr, name(today))
        if steps:
            stage, to = steps[-1]
            row += (name(to), f"stage {stage.number}", stage.on, account.renewal_date, why.get(account.id, ""))
        else:
            left = found.left_out.get(account.id, "")
            row += (name(goal[account.id]), "left out", None, account.renewal_date, left)
        rows.append((*row, steps[-1][0].number if steps else _NEVER))
    rows.sort(key=lambda row: (row[-1], -float(row[3] or 0)))
    return Table(
        columns=(
            *WHO,
            ARR,
            Column("From", key="csm_from"),
            Column("To", key="csm_to"),
            Column("Stage", marks=(Mark(Look.WARN, equals="left out"),)),
            Column("Stage from", Kind.DATE, key="on"),
            Column("Renewal date", Kind.DATE),
            Column("Note", width=60),
        ),
        rows=[row[:-1] for row in rows],
        filtered=True,
        empty="From scratch nobody has another CSM than today.",
    )


def books_table(found: Redesign) -> Table:
    """Each CSM's utilization and accounts today, after every stage, and from scratch."""
    plans = [("today", found.scratch.today), *((f"stage {s.number}", s.plan) for s in found.stages)]
    plans.append(("from scratch", found.scratch.plan))
    rows: list[Sequence[Value]] = []
    for j, csm in enumerate(found.problem.csms):
        books = [plan.books[j] for _, plan in plans]
        rows.append((csm.name, *(b.utilization for b in books), *(b.accounts for b in books), *(b.arr for b in books)))
    over = (Mark(Look.BAD, above=1.000001),)
    kinds = (("Use", Kind.PERCENT, over), ("Accounts", Kind.WHOLE, ()), ("ARR", Kind.MONEY, ()))
    columns = [Column(f"{what} {title}", kind, marks=marks) for what, kind, marks in kinds for title, _ in plans]
    return Table((Column("CSM"), *columns), rows)
