"""Several plans side by side: the table that compares them, on the screen, as a workbook and as one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from bookwright.problem import Problem
from bookwright.report.html import discreet, document, html_table, section
from bookwright.report.summary import currency_of
from bookwright.report.svg import curve
from bookwright.report.verdict import count, percent, short_money
from bookwright.scenarios.choice import Choice
from bookwright.scenarios.frontier import Frontier, first_to
from bookwright.scenarios.order import Step
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Sheet, Table, Value, Workbook

HEADS = (
    "Plan",
    "Moves",
    "By choice",
    "ARR moved",
    "CSMs over 100 %",
    "Use, highest",
    "Use, lowest",
    "Outside",
    "Price",
    "Proved",
)
"""Headings on screen and page; `Outside` = ARR, renewals and hours outside their bands, as a share of all."""
EIGHTY = 0.8


def cells(choice: Choice, problem: Problem) -> tuple[str, ...]:
    """One plan as a row of text under `HEADS`."""
    used = [percent(u) if u is not None else "none" for u in (choice.highest, choice.lowest)]
    return (
        choice.title,
        f"{choice.moves:,}",
        f"{choice.chosen:,}",
        short_money(choice.moved_arr, currency_of(problem)),
        f"{choice.csms_over}",
        *used,
        f"{choice.outside * 100:.1f} %",
        f"{choice.price:,.1f}",
        proved(choice),
    )


def proved(choice: Choice) -> str:
    """What is proved of the price of the moves, in words."""
    if choice.status in ("IMPOSSIBLE", "NO_PLAN_FOUND"):
        return "breaks hard rules"
    if choice.chosen == 0:
        return "no move by choice"
    if choice.price_gap is None or choice.price_bound is None:
        return "nothing"
    if choice.price <= choice.price_bound * (1 + 1e-4):
        return "least possible"
    return f"at most {max(0.1, 100 * (choice.price - choice.price_bound) / choice.price):.1f} % less is possible"


def table_of(
    choices: Sequence[Choice], problem: Problem, title: str = "", note: str = "", knee: int | None = None
) -> Table:
    """The table that compares plans, for a workbook; `knee` marks the plan after which moves win less."""
    first, last = (choices[0].breach, choices[-1].breach) if choices else (0.0, 0.0)
    curved = first > last and any(c.limit is not None for c in choices)
    rows: list[list[Value]] = []
    for k, c in enumerate(choices):
        reached: Value = (first - c.breach) / (first - last) if curved else None
        mark = "knee" if k == knee else ""
        rows.append(
            [
                c.title, mark, "; ".join(c.changed), c.moves, c.chosen, c.forced, c.placed, c.moved_arr, reached,
                c.csms_over, c.over_hours, c.highest, c.lowest, c.outside, c.price, c.price_bound, proved(c),
                c.unassigned, c.hard_breaches, Path(c.out).name, c.plan_id,
            ]
        )  # fmt: skip
    every = (
        Column("Plan", width=24),
        Column("Note", width=8),
        Column("What was changed", width=40, wrap=True),
        Column("Moves", Kind.WHOLE, width=9),
        Column("By choice", Kind.WHOLE, width=9),
        Column("Forced", Kind.WHOLE, width=9),
        Column("Placed", Kind.WHOLE, width=9),
        Column("ARR moved", Kind.MONEY, width=13),
        Column("Gain reached", Kind.PERCENT, width=10, bar=1.0, help="Of what the most even plan wins over the first."),
        Column("CSMs over 100 %", Kind.WHOLE, width=10, marks=(Mark(Look.WARN, above=0),)),
        Column("Hours over", Kind.HOURS, width=10),
        Column("Highest use", Kind.PERCENT, width=10, marks=(Mark(Look.BAD, above=1.0),)),
        Column("Lowest use", Kind.PERCENT, width=10),
        Column("Outside the bands", Kind.SHARE, width=11, help="Share of ARR, renewals and hours outside the bands; "
               "what lies more than a band's width outside counts twice."),
        Column("Price of moves", Kind.POINTS, width=10),
        Column("Price at least", Kind.POINTS, width=10, help="Proved: no plan that does as well costs less."),
        Column("Proved", width=28),
        Column("No owner", Kind.WHOLE, width=9, marks=(Mark(Look.BAD, above=0),)),
        Column("Hard rules broken", Kind.WHOLE, width=10, marks=(Mark(Look.BAD, above=0),)),
        Column("Workbook", width=26),
        Column("Plan id", width=14),
    )  # fmt: skip
    idle = {k for k in (1, 2, 5, 6, 8, 17, 18) if all(row[k] in (None, "", 0) for row in rows)}
    kept = [k for k in range(len(every)) if k not in idle]
    return Table(tuple(every[k] for k in kept), [[row[k] for k in kept] for row in rows], title, note)


def steps_table(steps: Sequence[Step], problem: Problem, choice: Choice) -> Table:
    """The moves of a plan in order of value: stop after any line and what stands is a valid plan."""
    name, at = problem.portfolio.csm_name, problem.account_position
    rows: list[list[Value]] = []
    for k, step in enumerate(steps, 1):
        for n, account_id in enumerate(step.account_ids):
            account = problem.accounts[at[account_id]]
            home = problem.owner[at[account_id]]
            last = n == len(step.account_ids) - 1
            together = (
                f"with the other{'s' if len(step.account_ids) > 2 else ''} of step {k}"
                if len(step.account_ids) > 1
                else ""
            )
            rows.append(
                [
                    k,
                    account_id,
                    account.name,
                    account.segment,
                    account.arr,
                    problem.csms[home].name if home >= 0 else account.csm_text,
                    name(choice.csm_of[account_id]),
                    "needed" if step.needed else together,
                    step.chosen if last else None,
                    step.gained if last else None,
                    step.outside if last else None,
                ]
            )
    columns = (
        Column("Step", Kind.WHOLE, width=7),
        Column("Account ID", width=14),
        Column("Account", width=30),
        Column("Segment", width=14),
        Column("ARR", Kind.MONEY, width=13),
        Column("From", width=22),
        Column("To", width=22),
        Column("Note", width=26),
        Column("Moves by choice so far", Kind.WHOLE, width=12),
        Column("Gain reached", Kind.PERCENT, width=10, bar=1.0),
        Column("Outside the bands", Kind.SHARE, width=11),
    )
    note = (
        "Stop after any step: no CSM is then further over a limit than today or than at the end, and no rule that "
        "holds today is broken on the way. Moves of one step are made together."
    )
    return Table(columns, rows, note=note, empty="No account moves.", filtered=bool(rows))


def gain_sentence(steps: Sequence[Step]) -> str:
    """What the first moves bring: "The first 9 of 23 moves bring 80 % of the gain."; empty where nothing is gained."""
    needed, every = first_to(steps, EIGHTY), steps[-1].chosen if steps else 0
    if needed is None or not every:
        return ""
    if needed >= every:
        return f"All {every:,} moves by choice are needed for 80 % of the gain."
    moves = "move brings" if needed == 1 else "moves bring"
    return f"The first {needed:,} of {every:,} chosen {moves} 80 % of the gain."


def comparing_workbook(
    choices: Sequence[Choice],
    problem: Problem,
    title: str,
    steps: Mapping[str, tuple[Choice, Sequence[Step]]],
    knee: int | None = None,
) -> Workbook:
    """One table of all plans; the moves in order of those plans for which `steps` holds them, by sheet name."""
    sheets = [Sheet("Plans", tables=(table_of(choices, problem, title, knee=knee),), freeze_columns=1)]
    for name, (choice, listed) in steps.items():
        sheets.append(Sheet(name, tables=(steps_table(listed, problem, choice),), freeze_columns=2))
    return Workbook(tuple(sheets), title=title, created=problem.effective_date, currency=currency_of(problem))


def comparing_page(
    choices: Sequence[Choice], problem: Problem, title: str, lead: Sequence[str], picture: str = ""
) -> str:
    """One page that compares plans: a few sentences, the picture where there is one, the table, each plan's verdict."""
    rows = [cells(c, problem) for c in choices]
    changed = any(c.changed for c in choices)
    said = "".join(
        f"<li><b>{escape(c.title)}</b>{': ' + escape('; '.join(c.changed)) + '.' if c.changed else ''} "
        f"{escape(discreet(c.verdict))} <span class='muted'>{escape(Path(c.out).name)}</span></li>"
        for c in choices
    )
    body = [
        f"<h1>{escape(title)}</h1>",
        *(f'<p class="verdict">{escape(text)}</p>' for text in lead if text),
        (
            f'<p class="muted">Takes effect on {problem.effective_date.isoformat()}. '
            f"{len(problem.accounts):,} accounts, {len(problem.csms):,} CSMs.</p>"
        ),
        picture,
        section("Side by side", html_table(HEADS, rows, "nnnnnnnn ")),
        section("Each plan, and what was changed" if changed else "Each plan", f"<ul>{said}</ul>"),
        (
            '<p class="muted">Outside: what lies outside the bands of utilization, ARR and renewals, as a share of '
            "all; beyond a band's width it counts twice. Price: points of the chosen moves, more for large, long-held "
            "or unhealthy accounts.</p>"
        ),
    ]
    return document(title, body)


def frontier_lead(found: Frontier, problem: Problem) -> list[str]:
    """The frontier in sentences: its two ends, the knee, what the first moves bring, what was dropped."""
    if not found.points:
        return ["No point was solved."]
    first, last = found.points[0], found.points[-1]
    said = [
        (
            f"From {first.chosen:,} to {last.chosen:,} moves by choice in {len(found.points)} plans: what "
            f"is outside the bands falls from {first.outside * 100:.1f} % to {last.outside * 100:.1f} %, CSMs over "
            f"100 % from {first.csms_over} to {last.csms_over}."
        )
    ]
    if found.knee is not None:
        knee = found.points[found.knee]
        whole = first.breach - last.breach
        said.append(
            f"The knee is {knee.title} with {count(knee.chosen, 'move')} by choice: it reaches "
            f"{percent((first.breach - knee.breach) / whole)} of the gain, and the moves after it win less on average "
            "than those before."
        )
    said.append(gain_sentence(found.steps))
    if found.dropped:
        said.append(f"{len(found.dropped)} dropped: another plan costs no more and is as even.")
    return [s for s in said if s]


def frontier_picture(found: Frontier) -> str:
    """The curve: moves by choice to the right, what is left to gain upwards."""
    if len(found.points) < 2:
        return ""
    first, last = found.points[0], found.points[-1]
    whole = (first.breach - last.breach) or 1.0
    points = [(float(c.chosen), 1 - (first.breach - c.breach) / whole, c.title) for c in found.points]
    return section(
        "Moves against balance", curve("Moves by choice against what is left to even out", points, found.knee)
    )
