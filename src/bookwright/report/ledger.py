"""The Rules sheet: the ledger of every rule before and after, what is still broken, and the exceptions allowed."""

from __future__ import annotations

from bookwright.result import Result
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Table

_NONE_BROKEN = "Every rule holds."


def rules_table(result: Result) -> Table:
    """One row per rule or term of a priority: its sentence, and its value for today's books and for the plan."""
    rows = [
        (
            row.title,
            row.sentence,
            row.mode.replace("_", " "),
            row.priority,
            row.before,
            row.after,
            row.unit,
            row.share,
            row.binding,
            row.binding_why,
            row.breaches_before,
            row.breaches_after,
        )
        for row in result.ledger
    ]
    return Table(
        columns=(
            Column("Rule", width=30, wrap=True),
            Column("Sentence", width=66, wrap=True),
            Column("Mode", width=10),
            Column("Priority", width=14),
            Column("Before", Kind.NUMBER, width=13),
            Column("After", Kind.NUMBER, width=13),
            Column("Unit", width=12),
            Column(
                "Share of priority",
                Kind.PERCENT,
                key="share",
                width=10,
                help="What this rule adds to its priority under the plan, as a share of the whole priority.",
            ),
            Column(
                "Binding",
                width=9,
                marks=(Mark(Look.WARN, equals="yes"),),
                help="yes = it holds the plan where it is: an account would do better elsewhere without it, or a limit "
                "is full, or the proof puts a price on it.",
            ),
            Column("Why binding", width=56, wrap=True),
            Column("Broken before", Kind.WHOLE, key="breaches_before", width=9),
            Column("Broken after", Kind.WHOLE, key="breaches_after", width=9, marks=(Mark(Look.BAD, above=0),)),
        ),
        rows=rows,
        note="Every rule and every priority, for today's books and for this plan.",
        empty="This planning model has no rules.",
    )


def breaches_table(result: Result) -> Table:
    """One row per rule that the plan does not keep somewhere: hard rules first."""
    name = result.problem.portfolio.csm_name
    rows = [
        (
            b.title,
            b.what,
            "hard" if b.hard else "priority",
            name(b.csm_id),
            b.today,
            b.amount,
            b.unit,
            ", ".join(b.account_ids[:20]) + (f" and {len(b.account_ids) - 20} more" if len(b.account_ids) > 20 else ""),
        )
        for b in sorted(result.breaches, key=lambda b: not b.hard)
    ]
    return Table(
        columns=(
            Column("Rule", wrap=True),
            Column("What", wrap=True, width=66),
            Column("Mode"),
            Column("CSM", key="csm"),
            Column("Before", Kind.NUMBER),
            Column("After", Kind.NUMBER),
            Column("Unit"),
            Column("Accounts", width=18, wrap=True),
        ),
        rows=rows,
        title="Still broken",
        empty=_NONE_BROKEN,
    )


def diagnosis_table(result: Result) -> Table:
    """Why no plan keeps every hard rule, one sentence a row."""
    return Table(
        columns=(Column("No.", Kind.TEXT), Column("Why no plan keeps every rule", key="why", wrap=True)),
        rows=[(k, text) for k, text in enumerate(result.diagnosis, 1)],
        title="Why no plan keeps every rule",
    )


def exceptions_table(result: Result) -> Table:
    """Accounts allowed to stand against a rule, e.g. pinned outside coverage, and wishes that lapsed."""
    by_id = result.problem.portfolio.account_by_id
    rows = [
        (note.rule, f"{by_id[note.account_id].label}: {note.text}" if note.account_id in by_id else note.text)
        for note in result.exceptions
    ]
    return Table(
        columns=(Column("Rule", wrap=True), Column("What", wrap=True)),
        rows=rows,
        title="Exceptions",
        empty="No exceptions.",
    )
