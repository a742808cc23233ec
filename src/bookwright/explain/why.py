"""The whole answer for one account: why it is where it is, what is at stake, who else, and what would have to change.

Arithmetic on the plan only. A claim about what a new plan would do is no arithmetic: it stands here as a `Change` that
can be solved again, and is said only once it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bookwright.books import Plan
from bookwright.explain.trial import SECONDS, Trial, Tried, Wall, breach_at
from bookwright.rules.board import OPEN_HIGH, OPEN_LOW, Board, Rows
from bookwright.rules.loads import unit_of

HOLDS = ("pins", "freezes", "decisions")
_IN_SECONDS = ("hours", "hours_ceiling", "utilization", "evenness")


@dataclass(frozen=True, slots=True)
class Stake:
    """A row of the plan that this account matters to: the book's load with it and without, and the limits.

    In the unit people read (`unit`: hours, arr, accounts ...); `low` or `high` None = open. `broken` = the load of the
    plan lies outside the limits.
    """

    rule: str
    title: str
    csm_id: str
    unit: str
    with_it: float
    without_it: float
    low: float | None
    high: float | None
    broken: bool


@dataclass(frozen=True, slots=True)
class Outside:
    """How much more (negative: less) of a measure would lie outside its bands, in the measure's own unit."""

    priority: str
    title: str
    unit: str
    change: float

    @property
    def words(self) -> str:
        """The change in words: "ARR: 12,000 more outside the bands"."""
        side = "more" if self.change > 0 else "less"
        amount = f"{abs(self.change):,.1f} h" if self.unit == "hours" else f"{abs(self.change):,.0f}"
        where = "further from even" if self.priority == "evenness" else "outside the bands"
        if self.priority == "evenness":
            return f"{amount} {where if self.change > 0 else 'closer to even'}"
        return f"{self.title}: {amount} {side} {where}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another CSM who could have the account, and what that would cost with everything else as planned.

    `price` = priority -> change (positive = worse) in the unit of `units`. `needs` says which walls it would
    break. `over_hours` = change of hours over 100 % in all books.
    """

    csm_id: str
    name: str
    price: Mapping[str, float]
    units: Mapping[str, str]
    utilization: float | None
    over_hours: float
    needs: tuple[str, ...] = ()
    outside: tuple[Outside, ...] = ()

    @property
    def words(self) -> str:
        """The price in words; "as good" where no priority changes."""
        said = []
        for name, change in self.price.items():
            side = "worse" if change > 0 else "better"
            if name == "hours":
                if abs(self.over_hours) >= 0.05:
                    said.append(f"{self.over_hours:+,.1f} h over 100 %")
            elif self.units[name] == "points":
                if abs(change) >= 5e-4:
                    said.append(f"{change:+,.3g} points of move price")
            elif self.units[name] == "accounts":
                if change:
                    said.append(f"{change:+,.0f} changes from the last round")
            elif abs(change) >= 5e-6:
                own = [o.words for o in self.outside if o.priority == name]
                said.append(", ".join(own[:2]) if own else f"{name} {side} by {abs(change):.3%}")
        return ", ".join(said) if said else "as good on every priority"


@dataclass(frozen=True, slots=True)
class Barred:
    """CSMs who may not have the account, for one and the same reason."""

    why: str
    csm_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that could be otherwise, as arithmetic says it: with it, what stands against `csm_id` is gone.

    `kind`: hold (the pin, freeze or decision of the account ends), hours (`csm_short` has `hours` more a month), cover
    (what bars the account from `csm_id` is lifted), wall (the limit of `rule` is that much wider).
    """

    kind: str
    text: str
    csm_id: str
    csm_short: str = ""
    hours: float = 0.0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """Why an account is with its CSM: ids and names, sentences, numbers; what `bookwright why` prints."""

    account_id: str
    label: str
    csm_id: str | None
    csm: str
    today: str
    moved: bool
    kind: str
    sentence: str
    held: str = ""
    """Why it must stay where it is (a pin, a freeze, a decision); the prices of others then count it as ended."""
    firm: str = ""
    """How firm the move is when ARR and hours are a little off, where that was asked for (`bookwright stability`)."""
    together: tuple[str, ...] = ()
    stakes: tuple[Stake, ...] = ()
    others: tuple[Candidate, ...] = ()
    barred: tuple[Barred, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(eq=False)
class Case:
    """One account of a plan, with what is needed to speak of it."""

    board: Board
    plan: Plan
    i: int
    trial: Trial = field(init=False)

    def __post_init__(self) -> None:
        self.trial = Trial(self.board, self.plan)

    def name(self, j: int) -> str:
        """A CSM's name; "nobody" for none."""
        return self.plan.problem.csms[j].name if j >= 0 else "nobody"

    @property
    def now(self) -> int:
        """The CSM the plan gives it to, -1 for none."""
        return int(self.plan.csm_of[self.i])


def why(board: Board, plan: Plan, account_id: str, said: str = "") -> Why:
    """Why an account has this CSM; `said` is the sentence that the plan's Why column has for it."""
    problem = plan.problem
    case = Case(board, plan, problem.account_position[account_id])
    i, now, home = case.i, case.now, int(problem.owner[case.i])
    move = next((m for m in plan.moves if m.account_id == account_id), None)
    tried, barred = _others(case)
    others = tuple(_candidate(case, t, needs) for t, needs in tried)
    members = case.trial.members(i)
    return Why(
        account_id=account_id,
        label=problem.accounts[i].label,
        csm_id=problem.csms[now].id if now >= 0 else None,
        csm=case.name(now),
        today=case.name(home),
        moved=move is not None,
        kind=move.kind.value if move else "",
        sentence=said or _sentence(case, others),
        held=board.holds[i].why if i in board.holds else "",
        together=tuple(problem.accounts[k].label for k in members if k != i),
        stakes=tuple(_stakes(case)),
        others=others,
        barred=barred,
        changes=tuple(_changes(case, tried)),
    )


# -- who else ------------------------------------------------------------------------------------------------------


def _others(case: Case) -> tuple[list[tuple[Tried, tuple[str, ...]]], tuple[Barred, ...]]:
    """Every other CSM: those who could have it, cheapest first, with what stands against them; and those barred."""
    board, i = case.board, case.i
    hold = sum(1 << board.bits[rule] for rule in HOLDS if rule in board.bits)
    found: list[tuple[Tried, tuple[str, ...]]] = []
    reasons: dict[str, list[str]] = {}
    for j, csm in enumerate(board.problem.csms):
        if j == case.now:
            continue
        bits = int(board.bars[i, j])
        if bits & ~hold:
            # A hold bars everybody else: it is no reason of this CSM's.
            mine = [board.reasons[r](i, j) for r, b in board.bits.items() if bits & ~hold & (1 << b)]
            reasons.setdefault("; ".join(mine), []).append(csm.id)
            continue
        tried = case.trial.to(i, j)
        needs = [wall_words(case, wall) for wall in tried.walls]
        needs += [f"{board.problem.accounts[k].label} must be kept apart from it" for k in tried.apart]
        found.append((tried, tuple(needs)))
    found.sort(key=lambda pair: (pair[0].key, case.trial.utilization(pair[0].csm) or 9.0, pair[0].csm))
    grouped = sorted(reasons.items(), key=lambda pair: -len(pair[1]))
    return found, tuple(Barred(text, tuple(ids)) for text, ids in grouped)


def _candidate(case: Case, tried: Tried, needs: tuple[str, ...]) -> Candidate:
    problem = case.plan.problem
    return Candidate(
        csm_id=problem.csms[tried.csm].id,
        name=case.name(tried.csm),
        price={name: change / unit_of(name)[0] for name, change in tried.levels.items()},
        units={name: unit_of(name)[1] for name in tried.levels},
        utilization=case.trial.utilization(tried.csm, case.trial.hours_of(case.i)),
        over_hours=tried.over_seconds / SECONDS,
        needs=needs,
        outside=_outside(case, tried),
    )


def _outside(case: Case, tried: Tried) -> tuple[Outside, ...]:
    """What a change moves out of (or into) bands, measure by measure, the largest share of its priority first."""
    found = []
    for rows, change in tried.outside:
        if rows.priority is None or rows.priority == "hours":
            continue
        hours = rows.name in _IN_SECONDS or rows.rule == "months"
        band = next((b for b in case.board.bands if b.measure == rows.name and b.high), None)
        high = (
            int(np.asarray(rows.high)[np.asarray(rows.row_of)[case.plan.problem.csm_position[band.csm_id]]])
            if band
            else 0
        )
        size = SECONDS if hours else max(1.0, high / band.high) if band and rows.by == "csm" else 1.0
        weight = abs(change) * (int(np.asarray(rows.price).max()) if rows.price is not None else 1)
        found.append((weight, Outside(rows.priority, rows.title, "hours" if hours else rows.name, change / size)))
    return tuple(o for _, o in sorted(found, key=lambda pair: -pair[0]))


def wall_words(case: Case, wall: Wall) -> str:
    """A wall that would be broken, with its number."""
    rows, problem = wall.rows, case.plan.problem
    excess = wall.excess / SECONDS if rows.name in _IN_SECONDS else wall.excess
    size = f"{excess:,.1f} h" if rows.name in _IN_SECONDS else f"{excess:,}"
    if rows.rule == "move_budget":
        what = rows.title[:1].lower() + rows.title[1:] if not rows.title.startswith("ARR") else rows.title
        return f"the move budget ({what}) would be overdrawn by {size}"
    who = next((case.name(j) for j in range(len(problem.csms)) if _row_of(rows, j) == wall.row), "")
    return f"{rows.title} of {who} would be {size} outside the limit" if who else f"{rows.title}: {size} outside"


def _row_of(rows: Rows, j: int) -> int:
    return int(np.asarray(rows.row_of)[j]) if rows.by == "csm" else -1


# -- why -----------------------------------------------------------------------------------------------------------


def _sentence(case: Case, others: Sequence[Candidate]) -> str:
    """Why an account stays, or has nobody, where the plan's Why column has no sentence for it."""
    board, i = case.board, case.i
    if case.now < 0:
        return "Nobody may own it: every CSM is barred."
    hold = board.holds.get(i)
    if hold is not None:
        return f"Stays with {case.name(case.now)}: {hold.why}."
    if not others:
        return f"Stays with {case.name(case.now)}: nobody else may own it."
    free = [c for c in others if not c.needs]
    if not free:
        return f"Stays with {case.name(case.now)}: whoever else may own it, {others[0].needs[0]}."
    best = free[0]
    dearer = next((change > 0 for change in best.price.values() if change), False)
    if dearer:
        return f"Stays with {case.name(case.now)}: elsewhere it costs more; the cheapest is {best.name}, {best.words}."
    return (
        f"Stays with {case.name(case.now)}: {best.name} would do as well by arithmetic ({best.words}); "
        "the plan changes nothing without need."
    )


def _stakes(case: Case) -> list[Stake]:
    """The rows of today's and the new book that this account brings to, over or back inside their limits."""
    problem, trial = case.plan.problem, case.trial
    members = trial.members(case.i)
    bands = {(b.measure, b.csm_id): b for b in case.board.bands}
    found = []
    for rows, load in zip(case.board.rows, trial.loads, strict=True):
        if rows.by != "csm" or rows.away_only or rows.name == "evenness":
            continue
        for j in dict.fromkeys((case.now, int(problem.owner[case.i]))):
            row = _row_of(rows, j) if j >= 0 else -1
            use = sum(int(np.asarray(rows.use)[k]) for k in members)
            if row < 0 or use == 0:
                continue
            low, high = int(np.asarray(rows.low)[row]), int(np.asarray(rows.high)[row])
            now = int(load[row])
            mine = j == case.now
            with_it, without = (now, now - use) if mine else (now + use, now)
            if breach_at(rows, row, with_it) == breach_at(rows, row, without):
                continue
            band = bands.get((rows.name, problem.csms[j].id))
            size = SECONDS if rows.name in _IN_SECONDS else max(1.0, high / band.high) if band and band.high else 1.0
            found.append(
                Stake(
                    rule=rows.rule,
                    title=rows.title,
                    csm_id=problem.csms[j].id,
                    unit="hours" if rows.name in _IN_SECONDS else rows.name,
                    with_it=with_it / size,
                    without_it=without / size,
                    low=None if low <= OPEN_LOW else low / size,
                    high=None if high >= OPEN_HIGH else high / size,
                    broken=breach_at(rows, row, now) > 0,
                )
            )
    return found


# -- what would have to change -------------------------------------------------------------------------------------


def _changes(case: Case, tried: Sequence[tuple[Tried, tuple[str, ...]]]) -> list[Change]:
    """What stands between this account and another outcome, one sentence each, as far as arithmetic sees."""
    board, problem, i = case.board, case.plan.problem, case.i
    found: list[Change] = []
    hold = board.holds.get(i)
    need = case.trial.hours_of(i)
    best = tried[0][0] if tried else None
    if hold is not None and best is not None:
        text = f"If this ended ({hold.why}), {case.name(best.csm)} would be the cheapest other CSM for it."
        found.append(Change("hold", text, problem.csms[best.csm].id, rule=hold.rule))
    if hold is not None:
        # Nothing else would do while it holds.
        return found
    home = int(problem.owner[i])
    if case.now not in (-1, home) and home >= 0 and not int(board.bars[i, home]):
        _room(case, found, home, need, "could keep it within 100 %")
    for other, _ in tried[:3]:
        if other.csm != home or case.now == home:
            _room(case, found, other.csm, need, "would have room for it within 100 %")
        for wall in other.walls:
            text = f"Without this limit {case.name(other.csm)} could have it: {wall_words(case, wall)}."
            if wall.rows.rule != "hours" and not any(c.kind == "wall" and c.rule == wall.rows.rule for c in found):
                found.append(Change("wall", text, problem.csms[other.csm].id, rule=wall.rows.rule))
    nearest = _nearest_barred(case)
    if nearest is not None:
        reasons = "; ".join(board.reasons_against(i, nearest))
        share = case.trial.utilization(nearest, need)
        text = f"Of those barred, {case.name(nearest)} has the most room ({share:.0%} with it), but {reasons}."
        found.append(Change("cover", text, problem.csms[nearest].id))
    return found


def _room(case: Case, found: list[Change], j: int, need: float, what: str) -> None:
    """The hours a CSM lacks for it, where there is a lack."""
    problem = case.plan.problem
    short = case.plan.books[j].hours + need - float(problem.capacity_hours[j])
    if short > 1e-3:
        more = float(np.ceil(short * 10 - 1e-9) / 10)
        text = f"With {more:,.1f} h more a month {case.name(j)} {what}."
        found.append(Change("hours", text, problem.csms[j].id, problem.csms[j].id, more))


def _nearest_barred(case: Case) -> int | None:
    """The barred CSM with the fewest reasons against them (never and gone aside), then the most room."""
    board, i, problem = case.board, case.i, case.plan.problem
    absolute = sum(1 << board.bits[rule] for rule in board.absolute)
    need = case.trial.hours_of(i)
    best: tuple[int, float, int] | None = None
    for j in range(len(problem.csms)):
        bits = int(board.bars[i, j])
        share = case.trial.utilization(j, need)
        if j == case.now or not bits or bits & absolute or share is None or share > 1:
            continue
        key = (bits.bit_count(), share, j)
        best = key if best is None or key < best else best
    return None if best is None else best[2]
