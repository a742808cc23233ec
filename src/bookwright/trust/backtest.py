"""The backtest: last quarter's books before and after, and what this tool would have done with the same facts.

The facts (accounts, hours, ARR, renewals, freezes) are those of the book before; the team is that of the book after,
with whoever left by then as a leaver. So neither side knows more than the other. Where the plan takes more chosen moves
than were made, it is made once more with no more than were made.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from bookwright import planner
from bookwright.books import MoveKind, Plan
from bookwright.findings import UsageError
from bookwright.outcome import after as load_after
from bookwright.outcome import in_order, prices
from bookwright.planning_model import PlanningModel
from bookwright.portfolio import Csm, Portfolio
from bookwright.problem import resolve
from bookwright.result import Breach, Result

_EPS = 1e-3


@dataclass(frozen=True, eq=False)
class Side:
    """One way the quarter could have gone: the result with its plan, and what it comes to.

    `overload_hours` = hours a month over 100 %; `price` = points of its moves; `broken` = hard rules it does not keep.
    """

    name: str
    result: Result
    overload_hours: float
    price: float
    broken: tuple[Breach, ...]

    def moves(self, kind: MoveKind | None = None) -> int:
        """How many accounts change hands, in all or of one kind."""
        plan = self.result.plan
        return len(plan.moves if kind is None else plan.moves_of(kind))

    @property
    def moved_arr(self) -> float:
        """ARR of the chosen moves."""
        arr = {a.id: a.arr for a in self.result.problem.accounts}
        return float(sum(arr[m.account_id] for m in self.result.plan.moves_of(MoveKind.CHOSEN)))


@dataclass(frozen=True, eq=False)
class Backtest:
    """What was done, what the tool would have done, and (where that needs more chosen moves) with as few moves as were.

    `joined` and `gone` = account ids that only one of the two books has: they are left out of the comparison, gone
    ones stay with their CSM in what was done. `new_csms`, `left_csms` = CSM ids likewise. `unknown` = account ids
    whose CSM after is on neither CSMs sheet: they count as without a CSM.
    """

    done: Side
    ours: Side
    frugal: Side | None
    joined: tuple[str, ...]
    gone: tuple[str, ...]
    new_csms: tuple[str, ...]
    left_csms: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def sides(self) -> tuple[Side, ...]:
        """All ways, what was done first."""
        return tuple(side for side in (self.done, self.ours, self.frugal) if side is not None)

    @property
    def moves_saved(self) -> int:
        """Chosen moves that were made and that the tool would not have needed (negative: it would have made more)."""
        return self.done.moves(MoveKind.CHOSEN) - self.ours.moves(MoveKind.CHOSEN)

    @property
    def overload_avoided(self) -> float:
        """Hours a month over 100 % that the tool would have avoided."""
        return self.done.overload_hours - self.ours.overload_hours


def backtest(
    before: Portfolio,
    after: Portfolio,
    model: PlanningModel,
    options: planner.Options | None = None,
    *,
    effective_date: dt.date | None = None,
) -> Backtest:
    """Replay a quarter: facts of `before`, the team of `after`, owners after as what was done.

    The effective date is the option, else the Settings sheet's of `before`, else the planning model's. Raises
    `UsageError` where none says it, or where the two books share no account.
    """
    options = options or planner.Options()
    when = _day(before, model, effective_date)
    facts, new_csms, left = _facts(before, after, when)
    problem = resolve(facts, model, today=when, effective_date=when)
    owner = {a.id: a.csm_id for a in after.accounts}
    shared = [a.id for a in problem.accounts if a.id in owner]
    if not shared:
        raise UsageError("The two books share no account id. Maybe one of them is another team's.")
    laid = planner.lay_out(problem, before.findings)
    result = planner.plan(facts, model, options, today=when, effective_date=when, findings=before.findings)
    known = problem.csm_position
    was = Plan.today(problem).by_account
    done_by = {a.id: owner.get(a.id, was[a.id]) for a in problem.accounts}
    done = Plan.from_ids(problem, done_by, laid.board.forced())
    frugal = None
    made = len(done.moves_of(MoveKind.CHOSEN))
    if len(result.plan.moves_of(MoveKind.CHOSEN)) > made:
        fewer = _at_most(model, made, sum(j >= 0 for j in problem.owner.tolist()))
        start = planner.plan(facts, fewer, options, today=when, effective_date=when, findings=before.findings)
        frugal = _side("Bookwright, as few moves", laid, start)
    ids = {a.id for a in before.accounts}
    return Backtest(
        done=_side("What was done", laid, _as_result(laid, result, done)),
        ours=_side("Bookwright", laid, result),
        frugal=frugal,
        joined=tuple(a.id for a in after.accounts if a.id not in ids),
        gone=tuple(a.id for a in problem.accounts if a.id not in owner),
        new_csms=new_csms,
        left_csms=left,
        unknown=tuple(a for a in shared if owner[a] is not None and owner[a] not in known),
    )


def _day(before: Portfolio, model: PlanningModel, given: dt.date | None) -> dt.date:
    """The day the quarter was planned for: never read off a clock, as it lies in the past."""
    said = given or before.settings.get("effective_date") or model.effective_date
    if isinstance(said, dt.datetime):
        return said.date()
    if isinstance(said, dt.date):
        return said
    raise UsageError(
        "From which day did the books after hold? Maybe --effective-date 2026-10-01, or Effective date on Settings."
    )


def _facts(before: Portfolio, after: Portfolio, when: dt.date) -> tuple[Portfolio, tuple[str, ...], tuple[str, ...]]:
    """The book before with the team after: who is new is there, who left leaves the day before."""
    old, new = before.csm_by_id, after.csm_by_id
    last = when - dt.timedelta(days=1)
    team: list[Csm] = []
    left: list[str] = []
    for csm in before.csms:
        if csm.id not in new and (csm.end_date is None or csm.end_date > last):
            csm = csm.model_copy(update={"end_date": last})
            left.append(csm.id)
        team.append(csm)
    joined = [c for c in after.csms if c.id not in old]
    return before.model_copy(update={"csms": (*team, *joined)}), tuple(c.id for c in joined), tuple(left)


def _as_result(laid: planner.Laid, result: Result, plan: Plan) -> Result:
    """The result with another plan in it, checked and measured anew; what is proved is not said of it."""
    board, ground = laid.board, planner.ground_of(laid.board, result.today)
    bands = tuple(replace(b, after=load_after(b.measure, b.csm_id, board, plan)) for b in result.bands)
    breaches = in_order({rule.id: rule.check(plan, ground) for rule in laid.rules})
    return replace(
        result, plan=plan, bands=bands, breaches=breaches, priorities=(), fewest_moves=None, why={}, ledger=()
    )


def _side(name: str, laid: planner.Laid, result: Result) -> Side:
    plan = result.plan
    over = sum(
        max(0.0, b.hours - b.capacity_hours)
        for b, gone in zip(plan.books, result.problem.leaves, strict=True)
        if not gone
    )
    points = sum(prices(laid.rules, plan).values())
    hard = tuple(b for b in result.breaches if b.hard)
    return Side(name, result, over if over > _EPS else 0.0, points, hard)


def _at_most(model: PlanningModel, chosen: int, owned: int) -> PlanningModel:
    """The planning model with a budget of so many chosen moves, whatever their ARR and whoever takes them."""
    percent = 100 * (chosen + 0.5) / max(1, owned)
    budget = {"accounts_percent": percent, "arr_percent": None, "in_at_least": None}
    return model.model_copy(update={"rules": {**model.rules, "move_budget": budget}})
