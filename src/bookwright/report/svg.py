"""Pictures as inline SVG: dumbbells for before and after, and a matrix of who gives how much to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bookwright.tables.write_formats import AFTER, BAND, BEFORE, FILLS, INK, LINE, MUTED
from bookwright.tables.write_sheets import Look

ROW = 22
NAME_WIDTH = 170
PLOT_WIDTH = 440
RIGHT = 70


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """One line of a dumbbell chart: a name, the value before and after (None = not known), and a band around it."""

    name: str
    before: float | None
    after: float | None
    low: float | None = None
    high: float | None = None
    shown: str = ""


def dumbbells(
    title: str, rows: Sequence[Dumbbell], *, lines: Sequence[tuple[float, str]] = (), alarm: float | None = None
) -> str:
    """A dumbbell chart: a grey dot for before, a blue one for after, red where it is above `alarm`; bands in amber.

    `lines` are (value, label) of upright lines. The text alternative names the chart; every dot carries its numbers.
    """
    known = [v for r in rows for v in (r.before, r.after, r.high) if v is not None] + [v for v, _ in lines]
    top = max(known, default=1.0) * 1.04 or 1.0
    height = ROW * len(rows) + 34
    width = NAME_WIDTH + PLOT_WIDTH + RIGHT

    def x(value: float) -> str:
        return f"{NAME_WIDTH + PLOT_WIDTH * max(0.0, value) / top:.1f}"

    parts = [f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" aria-label="{escape(title)}">']
    for value, label in lines:
        parts.append(
            f'<line x1="{x(value)}" x2="{x(value)}" y1="18" y2="{height - 8}" stroke="{MUTED}" stroke-dasharray="3 3"/>'
        )
        parts.append(f'<text x="{x(value)}" y="12" text-anchor="middle" class="small">{escape(label)}</text>')
    for k, row in enumerate(rows):
        parts.append(_dumbbell(row, 30 + ROW * k, x, alarm))
    return "".join([*parts, "</svg>"])


def _dumbbell(row: Dumbbell, y: int, x: object, alarm: float | None) -> str:
    at = x if callable(x) else str
    parts = [f"<g><title>{escape(f'{row.name}: {row.shown}')}</title>"]
    parts.append(f'<text x="{NAME_WIDTH - 10}" y="{y + 4}" text-anchor="end">{escape(short(row.name, 24))}</text>')
    if row.low is not None and row.high is not None:
        left, right = float(at(row.low)), float(at(row.high))
        parts.append(
            f'<rect x="{left:.1f}" y="{y - 7}" width="{max(1.0, right - left):.1f}" height="14" '
            f'fill="{BAND}" opacity="0.22"/>'
        )
    if row.before is not None and row.after is not None:
        parts.append(
            f'<line x1="{at(row.before)}" x2="{at(row.after)}" y1="{y}" y2="{y}" stroke="{BEFORE}" stroke-width="3"/>'
        )
    if row.before is not None:
        parts.append(f'<circle cx="{at(row.before)}" cy="{y}" r="5" fill="{BEFORE}"/>')
    if row.after is not None:
        over = alarm is not None and row.after > alarm + 1e-9
        color = FILLS[Look.BAD][1] if over else AFTER
        parts.append(f'<circle cx="{at(row.after)}" cy="{y}" r="5" fill="{color}"/>')
    parts.append(
        f'<text x="{NAME_WIDTH + PLOT_WIDTH + 8}" y="{y + 4}" class="small">{escape(row.shown.split(" → ")[-1])}</text>'
    )
    return "".join([*parts, "</g>"])


def matrix(title: str, givers: Sequence[str], takers: Sequence[str], counts: dict[tuple[str, str], int]) -> str:
    """A from-to matrix: rows give, columns take, the darker the more accounts; empty pairs stay white."""
    cell, left, top = 34, NAME_WIDTH, 120
    width, height = left + cell * len(takers) + 60, top + cell * len(givers) + 8
    most = max(counts.values(), default=1)
    parts = [f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" aria-label="{escape(title)}">']
    for k, taker in enumerate(takers):
        x = left + cell * k + cell / 2 + 4
        parts.append(
            f'<text x="{x:.0f}" y="{top - 8}" transform="rotate(-45 {x:.0f} {top - 8})">'
            f"{escape(short(taker, 18))}</text>"
        )
    for r, giver in enumerate(givers):
        y = top + cell * r
        parts.append(
            f'<text x="{left - 10}" y="{y + cell / 2 + 4:.0f}" text-anchor="end">{escape(short(giver, 24))}</text>'
        )
        for k, taker in enumerate(takers):
            n = counts.get((giver, taker), 0)
            told = escape(f"{giver} to {taker}: {n}")
            x0 = left + cell * k
            opacity = f"{0.15 + 0.85 * n / most:.2f}" if n else "0"
            parts.append(
                f'<rect x="{x0}" y="{y}" width="{cell - 2}" height="{cell - 2}" '
                f'fill="{AFTER}" fill-opacity="{opacity}" stroke="{LINE}"><title>{told}</title></rect>'
            )
            if n:
                color = "#FFFFFF" if n / most > 0.5 else INK
                parts.append(
                    f'<text x="{x0 + cell / 2 - 1:.0f}" y="{y + cell / 2 + 3:.0f}" text-anchor="middle" '
                    f'style="fill:{color}">{n}</text>'
                )
    return "".join([*parts, "</svg>"])


def short(text: str, length: int) -> str:
    """Text cut to a length, with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def curve(title: str, points: Sequence[tuple[float, float, str]], marked: int | None = None) -> str:
    """A falling curve: (moves, share left from 1 to 0, name) per point; the marked one in amber with its name."""
    width, height, left, bottom = 640, 300, 60, 40
    most = max((x for x, _, _ in points), default=1.0) or 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        return left + (width - left - 20) * x / most, 16 + (height - bottom - 16) * (1 - max(0.0, min(1.0, y)))

    parts = [f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" aria-label="{escape(title)}">']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        _, y = at(0, share)
        parts.append(f'<line x1="{left}" x2="{width - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end" class="small">{share:.0%}</text>')
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20000) if most / s <= 10), 100000)
    for k in range(int(most // step) + 1):
        x, _ = at(k * step, 0)
        y = height - bottom + 16
        parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle" class="small">{k * step}</text>')
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(p[0], p[1]) for p in points))
    parts.append(f'<polyline points="{path}" fill="none" stroke="{BEFORE}" stroke-width="2"/>')
    for k, (moves, share, name) in enumerate(points):
        x, y = at(moves, share)
        color, size = (BAND, 7) if k == marked else (AFTER, 5)
        told = escape(f"{name}: {moves:.0f} moves, {share:.0%} left")
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{color}"><title>{told}</title></circle>')
        if k == marked:
            parts.append(f'<text x="{x + 10:.1f}" y="{y - 8:.1f}">{escape(name)}: the knee</text>')
    parts.append(f'<text x="{left}" y="{height - 4}" class="small">moves by choice</text>')
    parts.append(f'<text x="{left}" y="10" class="small">left to even out</text>')
    return "".join([*parts, "</svg>"])
