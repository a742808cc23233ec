"""Recombination: what several plans are good at comes together; and counts that branch and bound may decide on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine import mip, proof
from bookwright.engine.anneal import Annealing
from bookwright.engine.backend import Outcome, Share, Verdict
from bookwright.engine.backend_highs import _whole, branch_and_bound, scaled
from bookwright.engine.evaluate import hard_breach, values
from bookwright.engine.mip_counts import with_counts
from bookwright.engine.model import Level, Limits, Model, RowFamily
from bookwright.engine.proof import Proof
from bookwright.engine.recombining import BROOD, Broods, Pool, Recombination
from bookwright.engine.relaxation import reduced_costs, relax
from bookwright.engine.search import Search
from bookwright.engine.solve import solve
from bookwright.engine.start import construct
from bookwright.engine.turn import Turn
from tests.engine.test_decomposition import assignments
from tests.engine.tiny import tiny_model


def dear_away(items: int = 4) -> Model:
    """Every item may go to either of two agents; agent 1 costs one unit each."""
    return Model(
        agents=2,
        pair_start=np.arange(0, 2 * items + 1, 2),
        pair_agent=np.tile(np.array([0, 1], dtype=np.int32), items),
        home=np.zeros(items, dtype=np.int32),
        levels=(Level("cost", cost=np.tile(np.array([0, 1]), items), unit=1),),
    )


def search_of(model: Model, stands: list[int], **limits: Any) -> Search:
    """A search that stands at an assignment."""
    search = Search(model, Limits(**limits))
    search.offer(np.array(stands, dtype=np.int32))
    return search


def test_a_plan_is_taken_in_once() -> None:
    """A plan that is known adds nothing to a pool."""
    pool = Pool(search_of(dear_away(), [1, 1, 1, 1]))
    plan = np.array([0, 1, 1, 1], dtype=np.int32)
    assert pool.add(plan)
    assert not pool.add(plan.copy())
    assert len(pool.plans) == 1


def test_the_best_come_first_and_only_so_many_are_kept() -> None:
    """Forty plans, by value."""
    model = dear_away(8)
    pool = Pool(search_of(model, [1] * 8))
    for number in range(255, -1, -1):
        pool.add(np.array([number >> k & 1 for k in range(8)], dtype=np.int32))
    costs = [values(model, plan)[0] for *_, plan in pool.plans]
    assert costs == sorted(costs)
    assert costs[0] == 0
    assert len(costs) == 40
    assert costs[-1] == 3, "1 plan without, 8 with one, 28 with two units, then three"


def test_a_plan_that_breaks_a_hard_row_stands_behind() -> None:
    """It may lend pairs, but is the last to be asked."""
    model = dear_away(2)
    full = RowFamily(
        "room", np.ones(2, dtype=np.int64), np.arange(2), np.zeros(2, dtype=np.int64), np.ones(2, dtype=np.int64)
    )
    model = Model(2, model.pair_start, model.pair_agent, model.home, model.levels, (full,))
    pool = Pool(search_of(model, [0, 1]))
    pool.add(np.array([0, 0], dtype=np.int32))
    pool.add(np.array([1, 0], dtype=np.int32))
    assert [plan.tolist() for *_, plan in pool.plans] == [[1, 0], [0, 0]]


def test_what_two_plans_are_good_at_comes_together() -> None:
    """Each has half of the optimum; the program over both has all of it."""
    search = search_of(dear_away(), [1, 1, 1, 1], effort=100)
    work = Recombination(search)
    work.pool.add(np.array([0, 0, 1, 1], dtype=np.int32))
    work.pool.add(np.array([1, 1, 0, 0], dtype=np.int32))
    assert work.recombine()
    assert search.agent_of is not None
    assert search.agent_of.tolist() == [0, 0, 0, 0]
    assert search.log[-1].note == "recombination"


def test_pairs_that_no_plan_uses_stay_out() -> None:
    """Only what some plan uses is tried, which keeps programs small."""
    search = search_of(dear_away(), [1, 1, 1, 1], effort=100)
    work = Recombination(search)
    work.pool.add(np.array([0, 1, 1, 1], dtype=np.int32))
    assert work.recombine()
    assert search.agent_of is not None
    assert search.agent_of.tolist() == [0, 1, 1, 1]


def test_where_all_plans_agree_there_is_nothing_to_do() -> None:
    """No program is solved for nothing."""
    search = search_of(dear_away(), [1, 1, 1, 1], effort=100)
    work = Recombination(search)
    work.pool.add(np.array([1, 1, 1, 1], dtype=np.int32))
    assert not work.recombine()
    assert search.clock.units == 0


def test_broods_better_a_plan_and_repeat_themselves_without_a_clock() -> None:
    """Without a clock the same seed gives the same plan."""
    model = book_model(150, 8, seed=3)
    families = tuple(f for f in model.families if f.level is None or f.level < 2)
    before = solve(replace(model, levels=model.levels[:2], families=families), limits=Limits(effort=200))
    found = []
    for _ in range(2):
        search = search_of(model, before.agent_of.tolist(), effort=10_000)
        search.level = 2
        for level in range(2):
            search.standing[level].limit = before.levels[level].limit
        assert search.agent_of is not None
        stood, limits = search.values[2], search.limit_values()
        relaxation = relax(model, 2, limits, search.agent_of)
        assert relaxation is not None
        _, reduced = reduced_costs(model, 2, limits, relaxation.duals)
        broods = Broods(search, Annealing(model, 2, limits, relaxation.duals, reduced, search.agent_of))
        for _ in range(2):
            broods.work(lambda: False, units=4)
        assert search.values[2] < stood
        assert search.clock.units >= 2 * BROOD * 4
        found.append(search.agent_of.tolist())
    assert found[0] == found[1]


@pytest.mark.parametrize("block", range(2))
def test_counts_change_no_optimum(block: int) -> None:
    """Brute force knows the optimum; programs with counts prove it, too."""
    seen = 0
    for seed in range(60 * block, 60 * block + 60):
        model = tiny_model(seed)
        every = [(values(model, a), a) for a in assignments(model) if hard_breach(model, a) == 0]
        if not every:
            continue
        best, stands = min(every, key=lambda each: each[0][0])
        plain = mip.build(model, 0, [], stands)
        program = with_counts(model, plain)
        if not program.counts:
            continue
        seen += 1
        for told in (None, lambda: None):
            outcome = branch_and_bound(program, Share(seconds=10), None, news=told)
            assert outcome.verdict is Verdict.OPTIMAL, seed
            assert outcome.x is not None
            assert outcome.bound == best[0], seed
            assert values(model, mip.assignment(model, program, outcome.x, stands))[0] == best[0], seed
    assert seen > 5


def test_a_count_is_of_one_agents_items_at_home() -> None:
    """Every count is a sum over pairs at home of one agent, and no pair counts twice."""
    model = book_model(120, 6, seed=1)
    stands = construct(model, seed=0)
    program = with_counts(model, mip.build(model, 0, [], stands))
    assert program.counts
    item = np.repeat(np.arange(model.items), np.diff(model.pair_start))[program.pairs]
    agent, home = np.asarray(model.pair_agent)[program.pairs], np.asarray(model.home)[item]
    counted = np.concatenate(program.counts)
    assert len(np.unique(counted)) == len(counted)
    for group in program.counts:
        assert len(np.unique(agent[group])) == 1
        assert (agent[group] == home[group]).all()


def test_a_plan_from_elsewhere_comes_with_its_counts() -> None:
    """A solver that is told of a plan needs every column of it."""
    model = book_model(120, 6, seed=1)
    stands = construct(model, seed=0)
    program = with_counts(model, mip.build(model, 0, [], stands))
    x = mip.column_hint(model, program, stands)
    whole = _whole(program, scaled(program), x)
    assert whole is not None
    assert len(whole) == program.cols + len(program.counts)
    assert whole[program.cols :].tolist() == [x[group].sum() for group in program.counts]


def test_only_a_better_plan_begins_branch_and_bound_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound that has risen closes the gap, too, but rules out no pair: beginning anew would lose what was proved."""
    model = dear_away()
    search = search_of(model, [1, 1, 1, 1], seconds=60.0, workers=2)
    work = Proof(Turn(search, Share(seconds=60.0)), 0, np.zeros(model.pairs, dtype=np.float32), None, None)
    asked = []

    def solver(
        program: mip.Mip, share: Share, hint: Any, on_plan: Any, on_bound: Any, news: Any, *, seeks: bool
    ) -> Outcome:
        assert share.stop is not None
        assert not seeks
        on_bound(3)
        asked.append(share.stop())
        search.offer(np.array([0, 0, 0, 1], dtype=np.int32))
        search.standing[0].solver = 0
        asked.append(share.stop())
        return Outcome(Verdict.UNKNOWN, None, None)

    monkeypatch.setattr(proof, "branch_and_bound", solver)
    assert work.branch(0.35)
    assert asked == [False, True]


@pytest.mark.parametrize(("large", "least", "most"), [(3, 6.5, 7.0), (100, 9.0, 10.0)])
def test_a_large_program_is_given_less_than_the_turn_has(
    monkeypatch: pytest.MonkeyPatch, large: int, least: float, most: float
) -> None:
    """Its root is not interrupted for seconds: without that, it took what the last level was to have."""
    model = dear_away()
    search = search_of(model, [1, 1, 1, 1], seconds=60.0, workers=2)
    work = Proof(Turn(search, Share(seconds=10.0)), 0, np.zeros(model.pairs, dtype=np.float32), None, None)
    asked: list[float] = []

    def solver(program: mip.Mip, share: Share, *rest: Any, **named: Any) -> Outcome:
        assert share.seconds is not None
        asked.append(share.seconds)
        return Outcome(Verdict.UNKNOWN, None, None)

    monkeypatch.setattr(proof, "branch_and_bound", solver)
    monkeypatch.setattr(proof, "_LARGE", large)
    monkeypatch.setattr(proof, "_LATE_PER_PAIR", 1.0)
    work.branch(None)
    assert least < asked[0] <= most
