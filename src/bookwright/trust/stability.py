"""How firm each move is: the plan made again under ARR and hours that are a little off, and what moves again.

Nobody knows hours to the minute. Every account's ARR and hours are shaken (each by its own factor, uniform within the
given percent, seeded), and the plan is made again from where it stands. Among plans as good on hours, balance and the
price of moves the one nearest to the plan is taken, so that a move flips because the numbers ask for it, not because
two plans are equally good.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookwright import planner
from bookwright.books import MoveKind, Plan
from bookwright.engine import Limits
from bookwright.engine import solve as run_engine
from bookwright.findings import ReviewError
from bookwright.fixing import cut
from bookwright.planning_model import PlanningModel, Priority
from bookwright.portfolio import Portfolio
from bookwright.problem import Problem, resolve
from bookwright.provenance import fingerprint, versions_here
from bookwright.scenarios.sweep import Job, Line, run
from bookwright.trust.rule_prices import held_to

RUNS, ARR_PERCENT, HOURS_PERCENT = 20, 5.0, 10.0
"""What is asked when nobody says."""
GAP = 1e-3
_LEVELS = ("hours", "balance", "moves")
_CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Firm:
    """One move of the plan and what became of it: `same` runs keep it, in `stays` it stays with today's CSM.

    `elsewhere` = CSM id -> runs that give it to somebody else again, most often first. `runs` = all runs that count.
    """

    account_id: str
    csm_from: str | None
    csm_to: str
    kind: MoveKind
    runs: int
    same: int
    stays: int
    elsewhere: Mapping[str, int]

    @property
    def flips(self) -> int:
        """Runs in which the account does not go where the plan sends it."""
        return self.runs - self.same

    @property
    def words(self) -> str:
        """firm, or how often it flips."""
        return "firm" if self.flips == 0 else f"flips in {self.flips} of {self.runs}"


@dataclass(frozen=True, slots=True)
class Nearly:
    """An account that the plan leaves alone and that moves in some runs, and to whom most often."""

    account_id: str
    csm_id: str | None
    csm_to: str
    moves: int
    runs: int


@dataclass(frozen=True)
class Stability:
    """All moves of a plan with how firm they are, the least firm first; and accounts that nearly moved.

    `runs` count; `left_out` runs kept no hard rule under their numbers (a wall that the shaken hours overrun), or were
    interrupted. `proved` = runs whose plan was proved best to a thousandth.
    """

    moves: tuple[Firm, ...]
    nearly: tuple[Nearly, ...]
    runs: int
    left_out: int
    proved: int
    arr_percent: float
    hours_percent: float
    seed: int

    @property
    def firm(self) -> int:
        """How many moves no run flips."""
        return sum(m.flips == 0 for m in self.moves)


def stability(
    problem: Problem,
    after: Mapping[str, str | None],
    *,
    runs: int = RUNS,
    arr_percent: float = ARR_PERCENT,
    hours_percent: float = HOURS_PERCENT,
    seed: int = 0,
    seconds: float = 3.0,
    effort: int | None = None,
    workers: int = 1,
    journal: Path | None = None,
    on_line: Callable[[Line], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Stability:
    """Make the plan `after` (account id -> CSM id) again `runs` times under shaken ARR and hours, side by side.

    `seconds` bounds the search of each run; with `effort` (units, as `plan --effort` counts them) no clock is read and
    the same seed gives the same answer. Raises `ReviewError` where no run keeps the hard rules.
    """
    planner.warm_up()
    decided = stable_model(problem.model, after)
    shared = {
        "portfolio": problem.portfolio.model_copy(update={"settings": {}}).model_dump_json(),
        "model": decided.model_dump_json(),
        "effective_date": problem.effective_date.isoformat(),
        "after": dict(after),
        "hours": dict(zip((a.id for a in problem.accounts), problem.hours.tolist(), strict=True)),
    }
    how: dict[str, Any] = {"arr": arr_percent, "hours": hours_percent, "seed": seed}
    how |= {"seconds": None if effort else seconds, "effort": effort}
    jobs = [Job(f"run {k + 1}", f"run {k + 1}", {**how, "run": k}) for k in range(runs)]
    plan_hash = Plan.from_ids(problem, after).plan_hash
    about = fingerprint(problem, 0, versions_here()) + plan_hash
    swept = run(again, shared, jobs, about=about, journal=journal, workers=workers, on_line=on_line, stop=stop)
    kept = [o for key, o in swept.outcomes.items() if o["kept"] and key not in swept.stopped]
    if not kept:
        raise ReviewError("Under shaken hours no plan keeps the hard rules. Maybe a smaller --hours.")
    plan = Plan.from_ids(problem, after)
    moves, nearly = _counted(problem, plan, [o["after"] for o in kept])
    proved = sum(o["proved"] for o in kept)
    return Stability(moves, nearly, len(kept), runs - len(kept), proved, arr_percent, hours_percent, seed)


def _counted(
    problem: Problem, plan: Plan, ends: Sequence[Mapping[str, str | None]]
) -> tuple[tuple[Firm, ...], tuple[Nearly, ...]]:
    """The plan's moves and nearly-moves from where each run's accounts ended that are not as in the plan."""
    arr = {a.id: a.arr for a in problem.accounts}
    today = Plan.today(problem).by_account
    kinds = {m.account_id: m for m in plan.moves}
    other: dict[str, Counter[str | None]] = {}
    for end in ends:
        for account_id, csm_id in end.items():
            other.setdefault(account_id, Counter())[csm_id] += 1
    runs = len(ends)
    moves = []
    for move in plan.moves:
        seen = other.get(move.account_id, Counter())
        stays = seen.get(move.csm_from, 0) if move.csm_from is not None else 0
        rest = {c: n for c, n in seen.most_common() if c is not None and c != move.csm_from}
        same = runs - sum(seen.values())
        moves.append(Firm(move.account_id, move.csm_from, move.csm_to, move.kind, runs, same, stays, rest))
    nearly = []
    for account_id, seen in other.items():
        if account_id not in kinds:
            to, _ = seen.most_common(1)[0]
            nearly.append(Nearly(account_id, today[account_id], to or "", sum(seen.values()), runs))
    moves.sort(key=lambda m: (-m.flips, -arr[m.account_id], m.account_id))
    nearly.sort(key=lambda n: (-n.moves, -arr[n.account_id], n.account_id))
    return tuple(moves), tuple(nearly)


def stable_model(model: PlanningModel, after: Mapping[str, str | None]) -> PlanningModel:
    """The planning model that, among plans as good, takes the one nearest to `after`; evenness is left out."""
    rules: dict[str, Any] = {name: table for name, table in model.rules.items() if name != "evenness"}
    rules["last_round"] = {"plan": {a: c for a, c in after.items() if c is not None}}
    levels = [p for p in model.priorities if p.name in _LEVELS]
    return model.model_copy(update={"rules": rules, "priorities": (*levels, Priority(name=_CHANGES))})


def again(
    shared: Mapping[str, Any], args: Mapping[str, Any], tell: Callable[[str], None], stop: Callable[[], bool]
) -> dict[str, Any]:
    """One run, in a process of its own: which accounts end elsewhere than in the plan, as plain values."""
    when = dt.date.fromisoformat(shared["effective_date"])
    facts = shaken(Portfolio.model_validate_json(shared["portfolio"]), shared["hours"], args)
    problem = resolve(facts, PlanningModel.model_validate_json(shared["model"]), today=when, effective_date=when)
    laid = planner.lay_out(problem)
    options = planner.Options(args["seconds"], args["effort"], GAP, on_progress=lambda p: tell(p.name), stop=stop)
    searched = planner.search(laid, options, shared["after"])
    kept = searched.status.value in ("OPTIMAL", "FEASIBLE")
    agent_of = _nearest(searched, Plan.from_ids(problem, shared["after"]), args) if kept else searched.answer.agent_of
    plan = Plan(problem, searched.posted.agents_to_accounts(agent_of))
    now, was = plan.by_account, shared["after"]
    changed = {a: c for a, c in now.items() if c != was.get(a)}
    return {
        "said": f"{len(changed)} accounts elsewhere" if kept else "keeps no hard rule",
        "kept": kept,
        "proved": all(level.gap <= GAP for level in searched.answer.levels),
        "after": changed,
    }


def _nearest(searched: planner.Searched, plan: Plan, args: Mapping[str, Any]) -> NDArray[np.int32]:
    """The assignment nearest to the plan that is as good as the one found: only accounts that differ may change again.

    A short search wanders; what it changed without need is put back here.
    """
    posted, answer = searched.posted, searched.answer
    stood = posted.accounts_to_agents(plan.csm_of)
    same = np.flatnonzero(stood == answer.agent_of)
    last = len(posted.model.levels) - 1
    model = held_to(
        cut(posted.model, dict(zip(same.tolist(), stood[same].tolist(), strict=True))),
        last,
        [level.limit for level in answer.levels[:last]],
    )
    part = None if args["seconds"] is None else max(0.5, args["seconds"] / 3)
    nearer = run_engine(model, answer.agent_of, Limits(part, args["effort"], 0.0))
    return nearer.agent_of if nearer.hard_breach == 0 else answer.agent_of


def shaken(portfolio: Portfolio, hours: Mapping[str, float], how: Mapping[str, Any]) -> Portfolio:
    """The portfolio with ARR, Renewal ARR and hours of each account times factors of its own; `hours` by account id."""
    dice = np.random.default_rng([how["seed"], how["run"]])
    money = dice.uniform(-1, 1, len(portfolio.accounts)) * how["arr"] / 100 + 1
    work = dice.uniform(-1, 1, len(portfolio.accounts)) * how["hours"] / 100 + 1
    accounts = []
    for account, m, w in zip(portfolio.accounts, money.tolist(), work.tolist(), strict=True):
        new: dict[str, Any] = {"arr": account.arr * m}
        if account.renewal_arr is not None:
            new["renewal_arr"] = account.renewal_arr * m
        if account.id in hours:
            new["hours"] = hours[account.id] * w
        accounts.append(account.model_copy(update=new))
    return portfolio.model_copy(update={"accounts": tuple(accounts)})
