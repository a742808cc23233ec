"""The hard rules as single conditions, each with rule, row and words, so that they can be dropped one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bookwright.engine.clash import Apart, Bar, Bools, Condition, Limit, Puzzle, Same
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, Board, Rows
from bookwright.rules.catalogue import CATALOGUE


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A condition for people: which rule, what it asks, of which accounts (positions) and which CSM (position)."""

    rule: str
    text: str
    accounts: tuple[int, ...] = ()
    csm: int | None = None
    rows: Rows | None = field(default=None, repr=False)
    row: int = -1
    bar: str = ""
    """The board's id of the rule that bars (matches_region), for bars."""


@dataclass(frozen=True, eq=False)
class Conditions:
    """All hard rules of a board, condition by condition; `said[k]` goes with `puzzle.conditions[k]`."""

    board: Board
    puzzle: Puzzle
    said: tuple[Said, ...]

    def groups(self) -> list[list[int]]:
        """Numbers of conditions by rule, those that give way first at the front: what a clash needs least."""
        order = [*reversed(list(CATALOGUE)), "gone", "never"]
        names = sorted({s.rule for s in self.said}, key=lambda r: order.index(r) if r in order else 0)
        return [[k for k, s in enumerate(self.said) if s.rule == name] for name in names]


def conditions_of(board: Board) -> Conditions:
    """Every hard rule of the board as conditions, those in contradiction before any solving among them."""
    problem = board.problem
    n, m = len(problem.accounts), len(problem.csms)
    found: list[tuple[Condition, Said]] = []
    bars = {rule: (board.bars & np.uint32(1 << bit)) != 0 for rule, bit in board.bits.items() if rule != "families"}
    groups = [members for _, members in board.groups]
    apart = set(board.apart)
    for contradiction in board.contradictions:
        places = [problem.account_position[a] for a in contradiction.account_ids if a in problem.account_position]
        if contradiction.rule == "pins":
            _fallen_pin(board, bars, places[0], found)
        elif contradiction.rule == "families":
            groups.append(tuple(places))
        elif contradiction.rule == "apart":
            apart.add((min(places), max(places)))
        elif contradiction.rule == "decisions":
            _fallen_decision(board, places, found)
    for rule, mask in bars.items():
        for i in np.flatnonzero(mask.any(axis=1)).tolist():
            found.append((Bar(i, mask[i]), Said(_catalogued(rule), _bar_text(board, rule, i, mask[i]), (i,), bar=rule)))
    for members in groups:
        names = ", ".join(problem.accounts[i].label for i in members[:4])
        found.append((Same(tuple(members)), Said("families", f"{names} stay together", tuple(members))))
    for one, other in sorted(apart):
        text = f"{problem.accounts[one].label} and {problem.accounts[other].label} are kept apart"
        found.append((Apart(one, other), Said("apart", text, (one, other))))
    for rows in board.rows:
        if rows.priority is None:
            found.extend(_limits(board, rows))
    puzzle = Puzzle(n, m, tuple(c for c, _ in found))
    return Conditions(board, puzzle, tuple(s for _, s in found))


def _catalogued(rule: str) -> str:
    """The catalogue's name of a rule id, for those that stand in it; never and gone keep their own."""
    if rule in ("never", "gone"):
        return rule
    return next((name for name in CATALOGUE if rule == name or rule.startswith(f"{name}_")), "matches")


def _bar_text(board: Board, rule: str, i: int, barred: Bools) -> str:
    """What a rule asks of one account, in words."""
    problem = board.problem
    label = problem.accounts[i].label
    hold = board.holds.get(i)
    if rule in ("pins", "freezes", "decisions") and hold is not None:
        return f"{label} is to be with {problem.csms[hold.csm].name} ({hold.why})"
    who = np.flatnonzero(barred)
    names = ", ".join(problem.csms[j].name for j in who[:3].tolist())
    more = f" and {len(who) - 3} more" if len(who) > 3 else ""
    return f"{label} cannot go to {names}{more}: {board.reasons[rule](i, int(who[0]))}"


def _fallen_pin(board: Board, bars: dict[str, Bools], i: int, found: list[tuple[Condition, Said]]) -> None:
    """A pin that an absolute bar spoke against is a condition all the same; it beats what pins beat."""
    problem = board.problem
    account = problem.accounts[i]
    j = problem.csm_position[account.pin or ""]
    for rule, mask in bars.items():
        if rule not in board.absolute:
            mask[i, j] = False
    elsewhere = np.ones(len(problem.csms), dtype=np.bool_)
    elsewhere[j] = False
    found.append((Bar(i, elsewhere), Said("pins", f"{account.label} is pinned to {problem.csms[j].name}", (i,))))


def _fallen_decision(board: Board, places: list[int], found: list[tuple[Condition, Said]]) -> None:
    problem = board.problem
    held = problem.model.rules["decisions"]["hold"][problem.accounts[places[0]].id]
    j = problem.csm_position[held["csm"] if isinstance(held, dict) else held.csm]
    for i in dict.fromkeys(places):
        elsewhere = np.ones(len(problem.csms), dtype=np.bool_)
        elsewhere[j] = False
        text = f"{problem.accounts[i].label} was decided to be with {problem.csms[j].name}"
        found.append((Bar(i, elsewhere), Said("decisions", text, (i,))))


def _limits(board: Board, rows: Rows) -> list[tuple[Condition, Said]]:
    """The rows of one hard family, each side a condition of its own."""
    problem = board.problem
    n, m = len(problem.accounts), len(problem.csms)
    item, agent = (a.ravel() for a in np.mgrid[0:n, 0:m])
    row_of = np.asarray(rows.row_of)[agent if rows.by == "csm" else item]
    use = np.asarray(rows.use, dtype=np.int64)[item]
    counted = (row_of >= 0) & (use != 0)
    if rows.away_only:
        counted &= problem.owner[item] != agent
    item, agent, use, row_of = item[counted], agent[counted], use[counted], row_of[counted]
    found: list[tuple[Condition, Said]] = []
    for r in range(len(rows.low)):
        mine = row_of == r
        entries = item[mine].astype(np.int64), agent[mine].astype(np.int64), use[mine]
        low, high = int(np.asarray(rows.low)[r]), int(np.asarray(rows.high)[r])
        csm = next((j for j in range(m) if rows.by == "csm" and int(np.asarray(rows.row_of)[j]) == r), None)
        shared = rows.by == "csm" and int((np.asarray(rows.row_of) == r).sum()) > 1
        where = None if shared else csm
        rule = _catalogued(rows.rule)
        if high < OPEN_HIGH:
            said = Said(rule, _limit_text(board, rows, where, "at most", high), (), where, rows, r)
            found.append((Limit(*entries, high=high), said))
        if low > OPEN_LOW:
            said = Said(rule, _limit_text(board, rows, where, "at least", low), (), where, rows, r)
            found.append((Limit(*entries, low=low), said))
    return found


def _limit_text(board: Board, rows: Rows, csm: int | None, side: str, limit: int) -> str:
    head = f"{board.problem.csms[csm].name}: " if csm is not None else ""
    if rows.rule == "hours" or rows.name == "utilization":
        return f"{head}{side} {limit / 3600:,.1f} h a month"
    return f"{head}{rows.title} {side} {limit:,}"
