"""Sheets What if and What if steps: which work gets done and which does not, from the changes on as live formulas.

The amounts on What if are cells: another amount there shows another outcome, without the command.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bookwright.capacity import Capacity, Outcome
from bookwright.capacity.analysis import INBOUND, WHOLE
from bookwright.report.capacity_formulas import CSM_HOURS, FIRST, rows_of_parts, touchpoint_lines, workload_cells
from bookwright.tables.write_sheets import GAP_ROWS, Column, Formula, Kind, Sheet, Table, Value, letters_of, quoted

SHEET, STEPS = "What if", "What if steps"
_FIRST_CHANGE = 4
"""The row of the first change: a title, a note and headers stand above."""
_LEAST = 1e-9
_SHOWN = 0.05
_MEANING = {
    "capacity": "more or less of every CSM's capacity",
    "tooling": "of the automatable hours taken over by tooling",
    "hires": "CSMs who take what nobody has time for, each with the hours of one CSM",
    "accounts": "more or fewer accounts, without a CSM",
}


def what_if_sheets(c: Capacity, outcome: Outcome) -> tuple[Sheet, ...]:
    """What is not done before and after, by segment and by touchpoint; behind it, CSM by CSM in the order of work."""
    if outcome.worked is None:
        return ()
    laid = _Laid(c, outcome)
    return (
        Sheet(SHEET, tables=(_changes(outcome), _by_segment(laid), _by_touchpoint(laid))),
        Sheet(STEPS, tables=(_asked(laid), _parts(laid), _work(laid))),
    )


@dataclass(frozen=True)
class _Laid:
    """Where everything stands on What if steps."""

    c: Capacity
    outcome: Outcome

    @property
    def order(self) -> list[int]:
        """Positions in `parts`, segment by segment in the order of work."""
        at = {s.name: k for k, s in enumerate(self.c.segments)}
        parts = self.c.parts
        return sorted(range(len(parts)), key=lambda k: (at[parts[k].segment], parts[k].order))

    @property
    def columns(self) -> list[tuple[int, bool]]:
        """Segment positions with hours to split, and those with hours that are not: the columns of what is asked."""
        at = {s.name: k for k, s in enumerate(self.c.segments)}
        return sorted({(at[p.segment], p.name == WHOLE) for p in self.c.parts})

    @property
    def parts_at(self) -> int:
        """The row of the first part: CSMs and the row without one stand above, with note, headers, gap and title."""
        return FIRST + len(self.c.csms) + 1 + GAP_ROWS + 3

    @property
    def work_at(self) -> int:
        """The row of the first line of work."""
        return self.parts_at + max(1, len(self.c.parts)) + GAP_ROWS + 3

    def lines(self) -> list[tuple[int, int]]:
        """(CSM, part) with hours, CSM by CSM in the order of work; for accounts without a CSM, every part."""
        assert self.outcome.worked is not None
        need, parts = self.outcome.worked[0].need, self.c.parts
        by_place = sorted(range(len(parts)), key=lambda k: parts[k].order)
        last = len(self.c.csms)
        return [(j, k) for j in range(last + 1) for k in by_place if j == last or need[j, k] > _LEAST]


def _amounts(outcome: Outcome, what: str, segment: str = "") -> list[str]:
    """The cells of the changes of a kind."""
    found = []
    for r, change in enumerate(outcome.changes, _FIRST_CHANGE):
        if change.what == what and change.segment.casefold() == segment.casefold():
            found.append(f"{quoted(SHEET)}!${'D' if change.percent else 'E'}${r}")
    return found


def _changes(outcome: Outcome) -> Table:
    rows = [
        (x.text, _MEANING[x.what], x.segment, x.amount if x.percent else None, None if x.percent else x.amount)
        for x in outcome.changes
    ]
    return Table(
        columns=(
            Column("Change"), Column("Of what"), Column("Segment"), Column("Percent", Kind.PERCENT),
            Column("Number", Kind.NUMBER),
        ),
        rows=rows, title="What if " + ", ".join(change.text for change in outcome.changes),
        note="Write another percent or number: all below follows. " + outcome.assumption,
    )  # fmt: skip


def _by_segment(laid: _Laid) -> Table:
    c, r = laid.c, laid.parts_at
    last = r + max(1, len(c.parts)) - 1
    sheet = quoted(STEPS)

    def total(letter: str, k: int) -> str:
        return f"=SUMIFS({sheet}!${letter}${r}:${letter}${last},{sheet}!$B${r}:$B${last},{k + 1})"

    rows: list[tuple[Value, ...]] = []
    first = _FIRST_CHANGE + len(laid.outcome.changes) + GAP_ROWS + 2
    for k, (name, before, after) in enumerate(laid.outcome.segments):
        done = Formula(f"=D{first + k}-E{first + k}", before - after)
        rows.append((name, "all", None, Formula(total("J", k), before), Formula(total("M", k), after), done))
    return Table(
        columns=(
            Column("Segment"), Column("Touchpoint"), Column("Activity"), Column("Not done before", Kind.HOURS),
            Column("Not done after", Kind.HOURS), Column("Gets done", Kind.HOURS),
        ),
        rows=rows, title="By segment",
    )  # fmt: skip


def _by_touchpoint(laid: _Laid) -> Table:
    first = _FIRST_CHANGE + len(laid.outcome.changes) + GAP_ROWS + 2 + len(laid.outcome.segments) + GAP_ROWS + 2
    rows: list[tuple[Value, ...]] = []
    sheet = quoted(STEPS)
    for at, k in enumerate(laid.order, laid.parts_at):
        p, before, after = laid.outcome.done[k]
        if before <= _SHOWN and after <= _SHOWN:
            continue
        r = first + len(rows)
        times = Formula(f"=F{r}/{sheet}!I{at}", (before - after) / p.hours_each) if p.hours_each else None
        not_done = Formula(f"={sheet}!J{at}", before), Formula(f"={sheet}!M{at}", after)
        rows.append((p.segment, p.name, p.activity, *not_done, Formula(f"=D{r}-E{r}", before - after), times))
    return Table(
        columns=(
            Column("Segment"), Column("Touchpoint"), Column("Activity"), Column("Not done before", Kind.HOURS),
            Column("Not done after", Kind.HOURS), Column("Gets done", Kind.HOURS), Column("Times a month", Kind.HOURS),
        ),
        rows=rows, title="Which work would get done", empty="Everything fits, before and after.",
    )  # fmt: skip


def _asked(laid: _Laid) -> Table:
    """Hours of each CSM before and after, and what their accounts ask for by segment."""
    c, outcome = laid.c, laid.outcome
    who, which, split, rest = workload_cells(c, "ECSW")
    more = "".join(f"*(1+{a})" for a in _amounts(outcome, "capacity"))
    assert outcome.worked is not None
    before, after = outcome.worked
    rows: list[tuple[Value, ...]] = []
    for j in range(len(c.csms) + 1):
        r, alone = FIRST + j, j == len(c.csms)
        asked = []
        for at, (k, whole) in enumerate(laid.columns, 4):
            letter, hours = letters_of(at), rest if whole else split
            here = [i for i, p in enumerate(c.parts) if p.segment == c.segments[k].name and (p.name == WHOLE) == whole]
            text = f"=SUMIFS({hours},{who},A{r},{which},{k + 1})"
            if alone:
                those = f"-SUM({letter}{FIRST}:{letter}{r - 1})" if j else ""
                text = f"=MAX(0,ROUND(SUMIFS({hours},{which},{k + 1}){those},9))"
            asked.append(Formula(text, float(before.need[j, here].sum())))
        if alone:
            rows.append((None, "Without a CSM", 0.0, 0.0, *asked))
            continue
        have = Formula(f"='By CSM'!L{FIRST + j}", float(before.have[j]))
        rows.append((j + 1, c.csms[j].name, have, Formula(f"=C{r}{more}", float(after.have[j])), *asked))
    titles = [f"{c.segments[k].name}: {'not broken down' if whole else 'by touchpoint'}" for k, whole in laid.columns]
    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("CSM"), Column("Hours there", Kind.HOURS),
            Column("... after", Kind.HOURS), *(Column(title, Kind.HOURS) for title in titles),
        ),
        rows=rows, note="Hours there and hours the accounts ask for, CSM by CSM.",
    )  # fmt: skip


def _parts(laid: _Laid) -> Table:
    """Every touchpoint in the order of work: its share, and what of it is not done."""
    c, outcome = laid.c, laid.outcome
    assert outcome.worked is not None
    before, after = (w.undone.sum(axis=0) for w in outcome.worked)
    at, sheet = rows_of_parts(c), "'Touchpoint hours'!"
    inbound: dict[int, list[int]] = {}
    for r, (k, _, cells) in enumerate(touchpoint_lines(c), FIRST):
        if cells[0] == INBOUND and c.segments[k].name:
            inbound.setdefault(k, []).append(r)
    number = {s.name: k for k, s in enumerate(c.segments)}
    first = laid.work_at
    last = first + max(1, len(laid.lines())) - 1
    rows: list[tuple[Value, ...]] = []
    for r, k in enumerate(laid.order, laid.parts_at):
        p = c.parts[k]
        share: Value = None
        if k in at:
            share = Formula(f"={sheet}O{at[k]}", _share(c, k))
        elif p.name == INBOUND:
            share = Formula("=" + "+".join(f"{sheet}O{i}" for i in inbound[number[p.segment]]), _share(c, k))
        top = laid.parts_at
        earlier = f"-SUMIFS(K${top}:K{r - 1},B${top}:B{r - 1},B{r})" if r > top else ""
        hours = "+".join(_amounts(outcome, "hires", p.segment))
        by_hires = f"=MAX(0,MIN(K{r},({hours})*{CSM_HOURS}{earlier}))" if hours else None
        left = outcome.done[k][2]
        sums = [f"=SUMIFS({x}${first}:{x}${last},$C${first}:$C${last},A{r})" for x in "IL"]
        rows.append(
            (
                k + 1, number[p.segment] + 1, p.segment, p.name, p.activity, p.order, share,
                Formula(f"={sheet}M{at[k]}", p.automatable) if k in at else 0.0,
                Formula(f"={sheet}D{at[k]}", p.hours_each) if k in at else None,
                Formula(sums[0], float(before[k])), Formula(sums[1], float(after[k])),
                Formula(by_hires, float(after[k]) - left) if by_hires else 0.0, Formula(f"=K{r}-L{r}", left),
            )
        )  # fmt: skip
    return Table(
        columns=(
            Column("No.", Kind.WHOLE), Column("Segment No.", Kind.WHOLE), Column("Segment"), Column("Touchpoint"),
            Column("Activity"), Column("Place", Kind.WHOLE, help="Lower places are done first."),
            Column("Share of the segment", Kind.PERCENT), Column("Automatable", Kind.PERCENT),
            Column("Hours each", Kind.NUMBER), Column("Not done before", Kind.HOURS),
            Column("Not done after, without hires", Kind.HOURS), Column("Done by hires", Kind.HOURS),
            Column("Not done after", Kind.HOURS),
        ),
        rows=rows, title="Touchpoints in the order of work", note=outcome.assumption,
    )  # fmt: skip


def _share(c: Capacity, k: int) -> float:
    """A part's share of the hours of its segment that are split by touchpoint."""
    parts = [p for p in c.parts if p.segment == c.parts[k].segment and p.name != WHOLE]
    return c.parts[k].per_account / sum(p.per_account for p in parts)


def _work(laid: _Laid) -> Table:
    """CSM by CSM, what is asked for, the time left for it, and what is not done: before, and after the changes."""
    c, outcome = laid.c, laid.outcome
    assert outcome.worked is not None
    lines, first = laid.lines(), laid.work_at
    row_of = {k: r for r, k in enumerate(laid.order, laid.parts_at)}
    number = {s.name: k for k, s in enumerate(c.segments)}
    column = {key: letters_of(at) for at, key in enumerate(laid.columns, 4)}
    blocks: dict[int, tuple[int, int]] = {}
    for r, (j, _) in enumerate(lines, first):
        blocks[j] = (blocks[j][0] if j in blocks else r), r
    left = [_time(c, worked.have, worked.need) for worked in outcome.worked]
    tooling = _amounts(outcome, "tooling")
    every = f"G${first}:G${first + max(1, len(lines)) - 1}", f"C${first}:C${first + max(1, len(lines)) - 1}"
    rows: list[tuple[Value, ...]] = []
    for r, (j, k) in enumerate(lines, first):
        p, at, csm, (a, b) = c.parts[k], row_of[k], FIRST + j, blocks[j]
        asked = f"=${column[number[p.segment], p.name == WHOLE]}${csm}" + ("" if p.name == WHOLE else f"*G${at}")
        wanted = f"G{r}"
        if j == len(c.csms) and (growth := _growth(laid, k)):
            wanted = f"MAX(0,G{r}+({growth}-1)*SUMIFS({every[0]},{every[1]},C{r}))"
        wanted = f"={wanted}" + "".join(f"*(1-{t}*H${at})" for t in tooling)
        places = f"$F${a}:$F${b}"
        values: list[Value] = []
        for side, (hours, worked) in enumerate(zip("GJ", outcome.worked, strict=True)):
            letter, block, have = "HK"[side], f"{hours}${a}:{hours}${b}", f"${'CD'[side]}${csm}"
            time = f'=MAX(0,{have}-SUMIFS({block},{places},"<"&F{r}))'
            alike = f"SUMIFS({block},{places},F{r})"
            undone = f"=IF({alike}>0,{hours}{r}*(1-MIN(1,{letter}{r}/{alike})),0)"
            values += [
                Formula(wanted if side else asked, float(worked.need[j, k])), Formula(time, float(left[side][j, k])),
                Formula(undone, float(worked.undone[j, k])),
            ]  # fmt: skip
        name = c.csms[j].name if j < len(c.csms) else "Without a CSM"
        rows.append((j + 1 if j < len(c.csms) else None, name, k + 1, p.segment, p.name, p.order, *values))
    return Table(
        columns=(
            Column("CSM No.", Kind.WHOLE), Column("CSM"), Column("Touchpoint No.", Kind.WHOLE), Column("Segment"),
            Column("Touchpoint"), Column("Place", Kind.WHOLE), Column("Hours asked for", Kind.HOURS),
            Column("Time left for it", Kind.HOURS, help="After all that comes before it."),
            Column("Not done", Kind.HOURS), Column("Asked for, after", Kind.HOURS),
            Column("Time left, after", Kind.HOURS), Column("Not done, after", Kind.HOURS),
        ),
        rows=rows, title="CSM by CSM",
        note="Time left = hours there less all with a lower place; what shares a place is cut in the same proportion.",
    )  # fmt: skip


def _growth(laid: _Laid, k: int) -> str:
    """By how much the accounts of a part's segment grow in all, as a product; "" where they do not."""
    segment = laid.c.parts[k].segment
    at = next(i for i, s in enumerate(laid.c.segments) if s.name == segment)
    found = []
    for r, change in enumerate(laid.outcome.changes, _FIRST_CHANGE):
        if change.what == "accounts" and change.segment.casefold() == segment.casefold():
            amount = (
                f"{quoted(SHEET)}!$D${r}" if change.percent else f"{quoted(SHEET)}!$E${r}/'By segment'!$C${FIRST + at}"
            )
            found.append(f"(1+{amount})")
    return "*".join(found)


def _time(c: Capacity, have: NDArray[np.float64], need: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours left for each part once all with a lower place is done (CSMs + 1, parts)."""
    orders = np.array([p.order for p in c.parts])
    earlier = np.array([need[:, orders < order].sum(axis=1) for order in orders]).reshape(len(orders), len(have)).T
    return np.asarray(np.maximum(0.0, have[:, None] - earlier))
