"""How firm each move is, for people: lines, a workbook with the least firm moves first, and JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from bookwright.problem import Problem
from bookwright.report.summary import currency_of
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Sheet, Table, Workbook
from bookwright.trust.stability import Firm, Stability

SHOWN = 15


def sentence(found: Stability) -> str:
    """The outcome in one sentence."""
    n = len(found.moves)
    how = f"ARR off by up to {found.arr_percent:g} % and hours by up to {found.hours_percent:g} %, {found.runs} times"
    if not n:
        return f"No account moves in this plan ({how})."
    toss = sum(2 * m.flips > m.runs for m in found.moves)
    text = f"{found.firm} of {n} moves are firm: no run changes them ({how})."
    if toss:
        text += f" {toss} flip{'s' if toss == 1 else ''} in more than half of the runs: look at {_these(toss)} first."
    return text


def _these(count: int) -> str:
    return "that one" if count == 1 else "those"


def lines(found: Stability, problem: Problem) -> list[str]:
    """What the command prints: the sentence, then the least firm moves and what nearly moved."""
    name, by_id = problem.portfolio.csm_name, problem.portfolio.account_by_id
    out = [sentence(found)]
    flipping = [m for m in found.moves if m.flips]
    if flipping:
        out += ["", "Least firm first:"]
        for m in flipping[:SHOWN]:
            route = f"{name(m.csm_from) or 'nobody'} to {name(m.csm_to)}"
            out.append(f"  {by_id[m.account_id].label}, {route}: {m.words}; {instead(m, problem)}")
        if len(flipping) > SHOWN:
            out.append(f"  ... and {len(flipping) - SHOWN} more that flip.")
    nearly = [n for n in found.nearly if 2 * n.moves >= n.runs]
    if nearly:
        out += ["", "Left alone by the plan, moved in half of the runs or more:"]
        for one in nearly[:SHOWN]:
            label = by_id[one.account_id].label
            out.append(f"  {label}, {name(one.csm_id) or 'nobody'}: moves in {one.moves} of {one.runs}")
    if found.left_out:
        out += ["", f"{found.left_out} more runs were left out: no plan keeps the hard rules under their numbers."]
    if found.proved < found.runs:
        few = f"{found.proved} of {found.runs} runs were" if found.proved else "No run was"
        out += ["", f"{few} proved best: a longer --time-limit could change some of this."]
    return out


def instead(move: Firm, problem: Problem) -> str:
    """Where the account ends in the runs that flip it."""
    name = problem.portfolio.csm_name
    said = [f"stays with {name(move.csm_from)} in {move.stays}"] if move.stays else []
    said += [f"goes to {name(c)} in {n}" for c, n in list(move.elsewhere.items())[:2]]
    return ", ".join(said)


def by_account(found: Stability, problem: Problem) -> dict[str, str]:
    """Account id -> how firm its move is, and where it ends otherwise: for the sheet Moves."""
    return {m.account_id: f"{m.words}; {instead(m, problem)}" if m.flips else m.words for m in found.moves}


def workbook(found: Stability, problem: Problem) -> Workbook:
    """A workbook for whoever decides: every move with how firm it is, and what nearly moved."""
    name, by_id = problem.portfolio.csm_name, problem.portfolio.account_by_id
    at = problem.account_position
    rows = [
        (
            m.account_id,
            by_id[m.account_id].name,
            name(m.csm_from) or by_id[m.account_id].csm_text,
            name(m.csm_to),
            m.kind.value,
            float(problem.arr[at[m.account_id]]),
            float(problem.hours[at[m.account_id]]),
            m.words,
            m.same / m.runs,
            instead(m, problem),
        )
        for m in found.moves
    ]
    moves = Table(
        columns=(
            Column("Account ID", key="account_id"),
            Column("Account", width=30),
            Column("From", key="csm_from"),
            Column("To", key="csm_to"),
            Column("Kind"),
            Column("ARR", Kind.MONEY),
            Column("Hours", Kind.HOURS),
            Column("How firm", width=18, marks=(Mark(Look.GOOD, equals="firm"),)),
            Column("Kept", Kind.PERCENT, bar=1.0, help="Share of the runs in which this move is made."),
            Column("Instead", width=56, wrap=True, help="Where the account ends in the other runs."),
        ),
        rows=rows,
        filtered=True,
        title="How firm each move is",
        note=sentence(found),
        empty="No account moves.",
    )
    nearly = Table(
        columns=(
            Column("Account ID", key="account_id"),
            Column("Account", width=30),
            Column("CSM", key="csm"),
            Column("Moves to", key="csm_to"),
            Column("Runs", Kind.WHOLE, help="Runs in which it moves."),
            Column("Of", Kind.WHOLE),
        ),
        rows=[
            (n.account_id, by_id[n.account_id].name, name(n.csm_id) or "", name(n.csm_to), n.moves, n.runs)
            for n in found.nearly
        ],
        title="Left alone by the plan, moved in some runs",
        empty="None: every run leaves alone what the plan leaves alone.",
    )
    return Workbook(
        sheets=(
            Sheet("Stability", tables=(moves,), freeze_columns=2),
            Sheet("Nearly moved", tables=(nearly,), freeze_columns=2),
        ),
        title="How firm each move is",
        created=problem.effective_date,
        currency=currency_of(problem),
    )


def as_json(found: Stability) -> dict[str, Any]:
    """The outcome as plain values."""
    plain = dataclasses.asdict(found)
    for row, move in zip(plain["moves"], found.moves, strict=True):
        row |= {"flips": move.flips, "how_firm": move.words}
    return {"said": sentence(found), "firm": found.firm, **plain}
