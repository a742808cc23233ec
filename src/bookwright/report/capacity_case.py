"""The one-page case for leadership: what is needed, what is there, hires or tooling, as a sheet and as Markdown."""

from __future__ import annotations

from bookwright.capacity import Capacity, Outcome, Part, Trade, made_of, sized_by_arr, trades
from bookwright.capacity.analysis import WHOLE
from bookwright.report.capacity_formulas import FIRST
from bookwright.report.capacity_made import summary as made_summary
from bookwright.report.capacity_segments import ratio_row
from bookwright.report.summary import currency_of
from bookwright.tables.write_formats import AFTER, money_symbol
from bookwright.tables.write_sheets import Cell, Formula, Kind, Look, Sheet

_RESULTS = ("Customers per CSM", "ARR per CSM", "CSMs needed", "CSMs today")


def verdict(c: Capacity) -> str:
    """The case in one or two sentences."""
    need, have = sum(s.need for s in c.segments), sum(case.capacity for case in c.csms)
    count = sum(s.accounts for s in c.segments)
    lost = sum(s.not_served for s in c.segments)
    asked = f"{count:,} accounts need" if count != 1 else "1 account needs"
    text = f"{asked} {need:,.0f} hours a month; "
    text += f"the team has {have:,.0f}: {need / have:.0%} in use." if have else "nobody has any."
    if lost > 0.5:
        text += f" {lost:,.0f} hours fit no book as the books stand"
        spare = sum(max(0.0, case.capacity - case.hours) for case in c.csms)
        text += f", while {spare:,.0f} hours are free elsewhere." if spare >= 1 else "."
    else:
        text += " Everything fits the books as they stand."
    return text


def findings(c: Capacity) -> list[str]:
    """What a leader should take away, one sentence each."""
    money = money_symbol(currency_of(c.problem))
    said = []
    if (worst := c.most_short) is not None:
        said.append(
            f"Most underserved by hours: {worst.name}, {worst.not_served:,.0f} of {worst.need:,.0f} hours fit no book."
        )
    if (worst := c.most_arr_short) is not None:
        said.append(
            f"Most underserved by ARR: {worst.name}, {money}{worst.arr_not_served:,.0f} of {money}{worst.arr:,.0f}."
        )
    over = [case for case in c.csms if case.hours > case.capacity + 1e-6]
    if over:
        said.append(f"{len(over)} of {len(c.csms)} CSMs {'is' if len(over) == 1 else 'are'} over 100 %.")
    alone = [csm for csm in (int(j) for j in c.plan.csm_of) if csm < 0]
    if alone:
        said.append(f"{len(alone):,} {'account has' if len(alone) == 1 else 'accounts have'} no CSM.")
    for s in c.segments:
        gap = s.csms_needed - s.csms_today
        if abs(gap) >= 0.5:
            need, have = s.csms_needed + 1e-9, s.csms_today + 1e-9  # rounded half up, as spreadsheets do
            said.append(f"{s.name}: {need:,.1f} CSMs needed, {have:,.1f} there ({gap:+,.1f}).")
    made = made_of(c)
    said += made_summary(made) if made is not None else []
    if warning := sized_by_arr(c.problem):
        said.append(f"Warning: {warning}")
    return said


def case_sheet(c: Capacity, outcome: Outcome | None = None) -> Sheet:
    """The first sheet: the verdict, a row per segment, hires or tooling, and what it all assumes."""
    cells = [
        Cell(0, 0, "Capacity from the bottom up", Look.TITLE),
        Cell(1, 0, verdict(c), Look.VERDICT, across=9),
    ]
    heights = {0: 28.0, 1: 34.0}
    row = 3
    for text in findings(c):
        long = len(text) > 150  # only these wrap
        cells.append(Cell(row, 0, text, Look.VERDICT if long else Look.LABEL, across=9))
        heights[row] = 34.0 if long else 17.0
        row += 1
    row += 1
    heights[row] = 32.0
    heads = ("Segment", "Accounts", "ARR", "Hours needed", "Hours available", "Customers per CSM", "ARR per CSM",
             "CSMs needed", "CSMs today")  # fmt: skip
    kinds = (Kind.TEXT, Kind.WHOLE, Kind.MONEY, Kind.HOURS, Kind.HOURS, Kind.HOURS, Kind.MONEY, Kind.HOURS, Kind.HOURS)
    cells += [Cell(row, k, head, Look.HEADER, kind) for k, (head, kind) in enumerate(zip(heads, kinds, strict=True))]
    for k, s in enumerate(c.segments):
        row += 1
        figures = (s.accounts, s.arr, s.need, s.available, s.customers_per_csm, s.arr_per_csm, s.csms_needed)
        cells.append(Cell(row, 0, s.name, Look.LABEL))
        for at, (letter, value) in enumerate(zip("CDEGDEFG", (*figures, s.csms_today), strict=True), 1):
            where = FIRST + k if at <= 4 else ratio_row(c) + k
            live = Formula(f"='By segment'!{letter}{where}", "" if value is None else value)
            cells.append(Cell(row, at, live, Look.LABEL, kinds[at]))
    row += 2
    cells.append(Cell(row, 0, "Hires or tooling", Look.HEADING))
    for text in hires_or_tooling(c):
        row += 1
        cells.append(Cell(row, 0, text, Look.LABEL, across=9))
    if outcome is not None:
        row += 2
        cells.append(Cell(row, 0, "What if", Look.HEADING))
        row += 1
        said = sentence(outcome)
        cells.append(Cell(row, 0, said, Look.VERDICT, across=9))
        heights[row] = 17.0 * (1 + len(said) // 125)
    row += 2
    cells.append(Cell(row, 0, "Assumed", Look.HEADING))
    origin = "Figures in tables are live formulas; sentences tell how things stood when this was written."
    for text in (*assumptions(c), origin):
        row += 1
        cells.append(Cell(row, 0, text, Look.MUTED, across=9))
    return Sheet("Case", cells=tuple(cells), widths=(34, *[15] * 8), heights=heights, gridlines=False, tab=AFTER)


def hires_or_tooling(c: Capacity) -> list[str]:
    """What the hours ask for, and what hires and tooling come to, one sentence each."""
    short, lost = sum(s.short for s in c.segments), sum(s.not_served for s in c.segments)
    where = ", ".join(f"{s.name} {s.short:,.0f}" for s in c.segments if s.short > 0.5)
    if short > 0.5:
        hires = short / (c.hours_per_csm * c.target)
        said = [f"{short:,.0f} hours are short even if books were even ({where}): the work of {hires:,.1f} more CSMs."]
    elif lost > 0.5:
        said = ["By hours alone nobody need be hired: there is room, in other books. `bookwright plan` moves accounts."]
    else:
        said = ["By hours alone nobody need be hired."]
    found = trades(c, most=4)
    if found and found[0].share_of_automatable is None:
        one = f"1 hire = {found[0].hours:,.0f} hours = {found[0].share_of_all:.0%} of all work"
        return [*said, f"{one}. No touchpoint here is marked automatable, so tooling cannot be set against hires."]
    return said + [_trade(c, t) for t in found]


def _trade(c: Capacity, t: Trade) -> str:
    hires, hours = t.hires, t.hours
    share, cost = t.share_of_automatable, t.cost_per_month
    what = f"{share:.0%} of the automatable hours" if share is not None else "nothing that is marked automatable"
    price = f", {money_symbol(currency_of(c.problem))}{cost:,.0f} a month" if cost is not None else ""
    return f"{hires} {'hire' if hires == 1 else 'hires'} = {hours:,.0f} hours{price} = {what}: {t.verdict}."


def sentence(outcome: Outcome) -> str:
    """What a what-if would get done, in one sentence, the largest parts first."""
    gains = sorted(((b - a, p) for p, b, a in outcome.done if b - a > 0.05), key=lambda g: -g[0])
    total = sum(g for g, _ in gains)
    title = " and ".join(change.text for change in outcome.changes)
    before, after = sum(b for _, b, _ in outcome.segments), sum(a for _, _, a in outcome.segments)
    rest = ""
    if outcome.no_csm > 0.5:
        rest = f" {outcome.no_csm:,.0f} hours are of accounts without a CSM, or whose CSM is gone by then: only hires"
        rest += " or a plan help."
    if not gains:
        return f"With {title}: {before:,.0f} hours not done before, {after:,.0f} after; nothing more gets done."
    parts = "; ".join(_gets_done(p, g) for g, p in gains[:6])
    blank = list(dict.fromkeys(p.segment for _, p in gains if p.name == WHOLE))
    if blank:
        rest += f" {', '.join(blank)}: hours are given, touchpoints are not; with a Touchpoints sheet these are named."
    more = f"; and {len(gains) - 6} more" if len(gains) > 6 else ""
    return (
        f"With {title}, {total:,.0f} of {before:,.0f} hours not done today would be done each month: {parts}{more}."
        + rest
    )


def _gets_done(part: Part, hours: float) -> str:
    """What gets done more, in the words of the touchpoint: how many a month, and the hours they take."""
    if part.name == WHOLE:
        return f"{hours:,.1f} h of work for {part.segment}"
    if not part.hours_each:
        return f"{part.name} ({part.segment}) {hours:,.1f} h"
    return f"{hours / part.hours_each:,.0f} x {part.name} ({part.segment}), {hours:,.1f} h"


def assumptions(c: Capacity) -> list[str]:
    """What the case rests on, one sentence each."""
    capacity = c.problem.model.capacity
    counted = {o: sum(s.origin == o for s in c.steps) for o in ("cell", "touchpoints", "segment", "fallback")}
    share, when = capacity.internal_share_percent, c.problem.effective_date.isoformat()
    return [
        (
            f"One CSM has {c.hours_per_csm:,.1f} hours a month for customers: the mean of the team, before reserved "
            f"hours and ramp (by default {capacity.contract_hours_per_month:g} contract hours less {share:.0f} % "
            f"company work); staffed for {c.target:.0%}."
        ),
        (
            f"Hours of accounts: {counted['cell']:,} own cells, {counted['touchpoints']:,} from touchpoints, "
            f"{counted['segment']:,} flat per segment, {counted['fallback']:,} by fallback."
        ),
        (
            f"Capacity is that of the last month of a horizon of {c.problem.model.horizon.months} months from {when}; "
            "absences are not taken off."
        ),
        "Touchpoint hours and cadences are the planning model's starting points unless the workbook gives its own.",
    ]


def markdown(c: Capacity, outcome: Outcome | None = None) -> str:
    """The case as one page of Markdown."""
    money = money_symbol(currency_of(c.problem))
    lines = ["# Capacity from the bottom up", "", verdict(c), "", *(f"- {t}" for t in findings(c)), ""]
    titles = ("Segment", "Accounts", "ARR", "Hours needed", "Hours available", *_RESULTS)
    lines += [f"| {' | '.join(titles)} |", f"| --- |{' ---: |' * (len(titles) - 1)}"]
    for s in c.segments:
        ratio = f"{s.customers_per_csm:,.1f}" if s.customers_per_csm else ""
        arr = f"{money}{s.arr_per_csm:,.0f}" if s.arr_per_csm else ""
        name = s.name.replace("|", "\\|")
        lines.append(
            f"| {name} | {s.accounts:,} | {money}{s.arr:,.0f} | {s.need:,.1f} | {s.available:,.1f} | {ratio} | {arr} | "
            f"{s.csms_needed + 1e-9:,.1f} | {s.csms_today + 1e-9:,.1f} |"
        )
    lines += ["", "## Hires or tooling", "", *(f"- {text}" for text in hires_or_tooling(c))]
    if outcome is not None:
        lines += ["", "## What if", "", sentence(outcome), "", outcome.assumption]
    return "\n".join([*lines, "", "## Assumed", "", *(f"- {t}" for t in assumptions(c)), ""])
