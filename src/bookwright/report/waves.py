"""Waves for people: sentences, a workbook with a calendar sheet, and an .ics file for their calendars."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from bookwright.problem import Problem
from bookwright.report.html import discreet
from bookwright.report.summary import currency_of
from bookwright.report.verdict import count
from bookwright.scenarios.calendar import Wave
from bookwright.scenarios.waves import Schedule, Waved, by_wave
from bookwright.tables.write_sheets import Column, Kind, Look, Mark, Sheet, Table, Value, Workbook

__all__ = ["by_wave", "ics", "sentences", "workbook"]


def sentences(found: Schedule) -> list[str]:
    """What the schedule amounts to, what is proved, what is left over and why."""
    listed = by_wave(found)
    placed = sum(len(v) for v in listed.values())
    if not placed:
        head = "No move is in any wave."
    else:
        last = max(found.waves, key=lambda w: w.number if w.number in listed else 0)
        head = f"{count(placed, 'move')} in {count(len(listed), 'wave')}, the last from {last.on.isoformat()}."
    said = [head]
    if found.left:
        why = Counter(m.why for m in found.left)
        reasons = "; ".join(f"{n} {text}" for text, n in why.most_common(4))
        proved = " No schedule of these waves leaves fewer." if found.late[0] <= found.late[1] else ""
        said.append(f"{count(len(found.left), 'move')} left over: {discreet(reasons)}.{proved} Maybe more waves.")
    if found.order[0] <= found.order[1]:
        said.append("Needed moves and healthy accounts come as early as these limits allow.")
    if found.broken:
        said.append(f"On the way worse than today and than in the end: {'; '.join(found.broken[:5])}.")
    return said


def workbook(found: Schedule, problem: Problem) -> Workbook:
    """Calendar, moves by wave, and what each CSM takes in per wave."""
    sheets = (
        Sheet("Calendar", tables=(_calendar(found, problem),), freeze_columns=2),
        Sheet("Moves by wave", tables=(_moves(found, problem),), freeze_columns=2),
        Sheet("Intake", tables=(_intake(found, problem),), freeze_columns=1),
    )
    return Workbook(sheets, title="Moves in waves", created=problem.effective_date, currency=currency_of(problem))


def _calendar(found: Schedule, problem: Problem) -> Table:
    listed = by_wave(found)
    rows: list[list[Value]] = []
    for k, wave in enumerate(found.waves):
        mine = listed.get(wave.number, [])
        accounts = [problem.portfolio.account_by_id[m.move.account_id] for m in mine]
        health = [_health(a.health) for a in accounts]
        people = sorted({c for m in mine for c in (m.move.csm_to, m.move.csm_from or "") if c in problem.csm_position})
        rows.append(
            [
                wave.number,
                wave.on,
                wave.after - dt.timedelta(days=1),
                len(mine),
                sum(a.arr for a in accounts),
                health.count("green"),
                health.count("amber"),
                health.count("red"),
                int(found.intake[:, k].max()) if len(found.intake) else 0,
                float(found.hours[:, k].max()) if len(found.hours) else 0.0,
                ", ".join(problem.portfolio.csm_name(c) for c in people),
            ]
        )
    columns = (
        Column("Wave", Kind.WHOLE, width=7),
        Column("Hand over from", Kind.DATE, width=13),
        Column("To", Kind.DATE, width=13),
        Column("Moves", Kind.WHOLE, width=9, bar=float(max((len(v) for v in listed.values()), default=1))),
        Column("ARR", Kind.MONEY, width=13),
        Column("Green", Kind.WHOLE, width=8),
        Column("Amber", Kind.WHOLE, width=8),
        Column("Red", Kind.WHOLE, width=8),
        Column("Most into one book", Kind.WHOLE, width=10),
        Column("Most hand-over hours", Kind.HOURS, width=11, help="Of one CSM, given and taken."),
        Column("Who is involved", width=60, wrap=True),
    )
    return Table(columns, rows, title="Moves in waves", note=" ".join(sentences(found)), empty="No wave.")


def _moves(found: Schedule, problem: Problem) -> Table:
    rows: list[list[Value]] = []
    together = Counter(m.step for m in found.moves)
    for m in found.moves:
        account = problem.portfolio.account_by_id[m.move.account_id]
        rows.append(
            [
                m.wave.number if m.wave else None,
                m.wave.on if m.wave else None,
                account.id,
                account.name,
                account.segment,
                account.arr,
                _health(account.health),
                problem.portfolio.csm_name(m.move.csm_from),
                problem.portfolio.csm_name(m.move.csm_to),
                m.move.kind.value,
                m.hours,
                m.why or ("made together with others of the same step" if together[m.step] > 1 else ""),
            ]
        )
    marks = (Mark(Look.GOOD, equals="green"), Mark(Look.WARN, equals="amber"), Mark(Look.BAD, equals="red"))
    columns = (
        Column("Wave", Kind.WHOLE, width=7),
        Column("Hand over from", Kind.DATE, width=13),
        Column("Account ID", width=14),
        Column("Account", width=30),
        Column("Segment", width=14),
        Column("ARR", Kind.MONEY, width=13),
        Column("Health", width=9, marks=marks),
        Column("From", width=20),
        Column("To", width=20),
        Column("Kind", width=9),
        Column("Hand-over hours each side", Kind.HOURS, width=11),
        Column("Note", width=40, wrap=True),
    )
    return Table(columns, rows, empty="No account moves.", filtered=bool(rows))


def _intake(found: Schedule, problem: Problem) -> Table:
    columns = [Column("CSM", width=24)]
    columns += [Column(f"Wave {w.number} ({w.on:%b} {w.on.day})", Kind.WHOLE, width=11) for w in found.waves]
    columns.append(Column("All", Kind.WHOLE, width=8))
    rows: list[list[Value]] = []
    for j, csm in enumerate(problem.csms):
        taken = found.intake[j].tolist()
        if sum(taken):
            rows.append([csm.name, *(n or None for n in taken), sum(taken)])
    return Table(tuple(columns), rows, title="Accounts each CSM takes in", empty="Nobody takes in an account.")


def _health(value: float | None) -> str:
    if value is None:
        return ""
    return "red" if value < 50 else "amber" if value < 75 else "green"


def ics(found: Schedule, problem: Problem, plan_id: str) -> str:
    """An all-day event per wave (RFC 5545), from its first day of hand-over to its last; same plan, same file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bookwright//Waves//EN", "CALSCALE:GREGORIAN"]
    stamp = f"{problem.effective_date:%Y%m%d}T000000Z"
    listed = by_wave(found)
    for wave in found.waves:
        mine = listed.get(wave.number)
        if mine:
            lines += _event(wave, mine, problem, plan_id, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(wave: Wave, mine: list[Waved], problem: Problem, plan_id: str, stamp: str) -> list[str]:
    name = problem.portfolio.csm_name
    told = [
        f"{problem.portfolio.account_by_id[m.move.account_id].label}: "
        f"{name(m.move.csm_from) or 'no CSM'} to {name(m.move.csm_to)}"
        for m in mine
    ]
    title = f"Hand-over wave {wave.number}: {count(len(mine), 'account')}"
    return [
        "BEGIN:VEVENT",
        f"UID:{plan_id}-wave-{wave.number}@bookwright",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{wave.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{wave.after:%Y%m%d}",
        f"SUMMARY:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(chr(10).join(told))}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    """Text as RFC 5545 section 3.3.11 writes it; control characters have no place in it."""
    clean = "".join(c for c in text if c == "\n" or ord(c) >= 32)
    return clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """A line in pieces of at most 75 bytes, the later ones begun with a blank; no letter is cut in two."""
    pieces, now, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 75:
            pieces.append(now)
            now, size = " ", 1
        now, size = now + letter, size + width
    return [*pieces, now]
