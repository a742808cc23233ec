"""A model cut into shards: nothing is lost, what fits the shards fits the whole, and what they prove holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine import Limits, solve
from bookwright.engine.anneal import Annealing
from bookwright.engine.backend import Share
from bookwright.engine.bound import certified
from bookwright.engine.evaluate import hard_breach, loads, pair_of, values
from bookwright.engine.large import Large
from bookwright.engine.local import improve
from bookwright.engine.model import NO_LOW, Level, Model, RowFamily
from bookwright.engine.prices import Duals
from bookwright.engine.relaxation import promising, relax, rounded
from bookwright.engine.rounds import Rounds
from bookwright.engine.search import Search
from bookwright.engine.shards import Shard, cut, dealt, first_prices, relax_shards
from bookwright.engine.start import construct
from bookwright.engine.turn import Turn
from tests.engine.tiny import tiny_model

BALANCE, MOVES = 1, 2
Book = tuple[Model, list[int], np.ndarray]


@pytest.fixture(scope="module")
def book() -> Book:
    """A team of 24 with its hours and balance held as a short search left them."""
    model = book_model(600, 24, seed=4)
    agent_of = construct(model)
    for level in (0, BALANCE):
        limits = values(model, agent_of)[:level]
        agent_of = improve(model, agent_of, level=level, limits=limits, effort=40)
    return model, values(model, agent_of), agent_of


def together(model: Model, shards: list[Shard], answers: list[np.ndarray]) -> np.ndarray:
    """The plan of the whole that plans of the shards come to."""
    agent_of = np.full(model.items, -1, dtype=np.int32)
    for shard, answer in zip(shards, answers, strict=True):
        agent_of[shard.items] = shard.agents[answer]
    return agent_of


def test_every_agent_and_item_is_in_one_shard_and_stands_as_it_stood(book: Book) -> None:
    """Put together again, the shards' standing is the standing of the whole, and so is its worth."""
    model, worth, agent_of = book
    shards = cut(model, worth[:MOVES], agent_of, 3, seed=1)
    assert sorted(np.concatenate([shard.agents for shard in shards]).tolist()) == list(range(model.agents))
    assert (together(model, shards, [shard.standing for shard in shards]) == agent_of).all()
    for shard in shards:
        found = values(shard.model, shard.standing)
        assert all(value <= limit for value, limit in zip(found, shard.limits, strict=False))
        assert hard_breach(shard.model, shard.standing) == 0
    for level in range(len(model.levels)):
        assert sum(values(shard.model, shard.standing)[level] for shard in shards) == worth[level]


def test_limits_are_shared_out_and_not_given_twice(book: Book) -> None:
    """A budget of the whole team and the allowance of an earlier level come to no more than they are."""
    model, worth, agent_of = book
    allowed = [worth[0], worth[1] + 1_000_000]
    away = int((agent_of != model.home).sum())
    budget = RowFamily(
        "budget",
        use=np.ones(model.items, dtype=np.int64),
        row_of=np.zeros(model.agents, dtype=np.int32),
        low=np.array([NO_LOW]),
        high=np.array([away + 30]),
        away_only=True,
    )
    held = Model(model.agents, model.pair_start, model.pair_agent, model.home, model.levels, (*model.families, budget))
    shards = cut(held, allowed, agent_of, 3, seed=2)
    assert away + 25 <= sum(int(shard.model.families[-1].high[0]) for shard in shards) <= away + 30
    for level in (0, 1):
        assert sum(shard.limits[level] for shard in shards) <= allowed[level]
    for shard in shards:
        assert hard_breach(shard.model, shard.standing) == 0


def test_agents_of_a_kind_go_to_different_shards() -> None:
    """Two kinds of agents, four shards: each shard has as many of either, in whatever order they are dealt."""
    items, kinds = 80, np.arange(16) % 2
    may = [np.flatnonzero(kinds == i % 2) for i in range(items)]
    model = Model(
        16,
        np.concatenate(([0], np.cumsum([len(agents) for agents in may]))),
        np.concatenate(may).astype(np.int32),
        np.array([int(agents[0]) for agents in may], dtype=np.int32),
        (Level("cost"),),
    )
    for seed in range(5):
        shard_of = dealt(model, 4, seed)
        for kind in (0, 1):
            assert np.bincount(shard_of[kinds == kind], minlength=4).tolist() == [2, 2, 2, 2]
    assert (dealt(model, 4, 0) != dealt(model, 4, 1)).any()


@pytest.mark.parametrize("level", [BALANCE, MOVES])
def test_programs_of_shards_better_what_stands_and_prove_nothing_false(book: Book, level: int) -> None:
    """Their value falls well below what stands; their joint prices prove no more than the program of the whole."""
    model, worth, agent_of = book
    limits = worth[:level]
    whole = relax(model, level, limits, agent_of)
    assert whole is not None
    for seed in range(3):
        found = relax_shards(model, level, limits, agent_of, count=3, seed=seed)
        assert whole.value * (1 - 1e-6) - 1 <= found.value < worth[level]
        assert found.bound <= whole.value * (1 + 1e-6) + 1
        plan = rounded(model, found)
        assert (plan >= 0).all()
        assert len(np.unique(found.pairs)) == len(found.pairs)


def test_one_shard_is_the_whole(book: Book) -> None:
    """Cut in one, it is the program of the whole, and proves as much."""
    model, worth, agent_of = book
    whole = relax(model, MOVES, worth[:MOVES], agent_of)
    found = relax_shards(model, MOVES, worth[:MOVES], agent_of, count=1)
    assert whole is not None
    assert found.value == pytest.approx(whole.value, rel=1e-6)
    assert found.bound == pytest.approx(whole.bound, rel=1e-4)


def test_without_time_everything_stays_as_it_stands(book: Book) -> None:
    """No shard was solved: the plan is the one that stands."""
    model, worth, agent_of = book
    found = relax_shards(model, MOVES, worth[:MOVES], agent_of, count=3, seconds=0.0)
    assert (rounded(model, found) == agent_of).all()
    assert (found.pairs == pair_of(model, agent_of)).all()


def test_what_shards_prove_holds_for_every_assignment_of_tiny_models() -> None:
    """Rows of items and of agents, shared and own, priced and hard: no bound is above the optimum."""
    compared = 0
    for seed in range(80):
        model = tiny_model(seed)
        stands = [(worth, plan) for plan, hard, worth in plans(model) if hard == 0]
        if not stands:
            continue
        level = len(model.levels) - 1
        limits = [min(worth[h] for worth, _ in stands) for h in range(level)]
        kept = [(w, p) for w, p in stands if all(x <= limit for x, limit in zip(w, limits, strict=False))]
        if not kept:
            continue
        _, standing = max(kept, key=lambda one: one[0][level])
        found = relax_shards(model, level, limits, np.array(standing, dtype=np.int32), count=2, seed=seed)
        assert found.bound <= min(worth[level] for worth, _ in kept), seed
        compared += 1
    assert compared > 20


def plans(model: Model) -> list[tuple[list[int], float, list[int]]]:
    """Every assignment of a tiny model with its hard breach and its worth."""
    start, agent = np.asarray(model.pair_start), np.asarray(model.pair_agent)
    found: list[list[int]] = [[]]
    for item in range(model.items):
        found = [[*plan, int(a)] for plan in found for a in agent[start[item] : start[item + 1]]]
    return [(plan, hard_breach(model, np.array(plan)), values(model, np.array(plan))) for plan in found]


def test_rounds_of_shards_bring_a_level_of_rows_on(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Balance falls to less than half of what a short local search left, and no earlier level pays for it."""
    monkeypatch.setattr("bookwright.engine.shards._AGENTS", 8)
    model, worth, agent_of = book
    search = Search(model, Limits(seconds=None, effort=100, seed=0))
    search.offer(agent_of)
    search.level, search.standing[0].limit = BALANCE, worth[0]
    found = Rounds(Turn(search, Share(units=100)), lambda refused: None).run(None, 40, lambda: 1)
    assert found is not None
    assert search.hard == 0
    assert search.values[0] <= worth[0]
    assert search.values[BALANCE] < 0.5 * worth[BALANCE]


@pytest.mark.parametrize(("enough", "taken"), [(0, False), (10**15, True)])
def test_before_rounds_a_local_search_ends_a_level_or_is_not_taken(book: Book, enough: int, taken: bool) -> None:
    """Half a balance is not worth what it spends; one that needs no more is."""
    model, worth, agent_of = book
    search = Search(model, Limits(seconds=None, effort=100, seed=0))
    search.offer(agent_of)
    search.level, search.standing[0].limit = BALANCE, worth[0]
    search.standing[BALANCE].certified = enough
    large = Large(search, None)
    large.turn = Turn(search, Share(units=100))
    large.local(agent_of, 0.1, None, all_or_nothing=True)
    assert (search.values[BALANCE] < worth[BALANCE]) is taken


def test_the_path_of_large_models_repeats_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forced on a small one: the same plan from the same effort, nothing broken, no claim that fell."""
    for room in ("large", "runs"):
        monkeypatch.setattr(f"bookwright.engine.{room}.SOME_ITEMS", 50)
    monkeypatch.setattr("bookwright.engine.shards._AGENTS", 4)
    model = book_model(300, 12, seed=5)
    answers = [solve(model, limits=Limits(seconds=None, effort=60, seed=0), method="large") for _ in range(2)]
    assert answers[0].agent_of.tolist() == answers[1].agent_of.tolist()
    assert (answers[0].hard_breach, answers[0].refuted) == (0, 0)
    assert answers[0].levels[MOVES].certified > 0
    assert all(level.bound <= level.best for level in answers[0].levels)
    for k, level in enumerate(answers[0].levels):
        # Whoever checks the plan finds the prices its certified bound rests on.
        if level.certified <= 0:
            continue
        prices = Duals(tuple(np.array(row) for row in level.duals["row"]), np.array(level.duals["level"]))
        assert certified(model, k, [held.limit for held in answers[0].levels[:k]], prices) >= level.certified


def test_agents_without_items_are_in_no_shard() -> None:
    """A shard of new agents alone has nothing to solve; the others are solved, and the plan is whole."""
    items, agents = 30, 12
    model = Model(
        agents,
        np.arange(0, agents * items + 1, agents),
        np.tile(np.arange(agents, dtype=np.int32), items),
        np.zeros(items, dtype=np.int32),
        (Level("cost", cost=np.tile(np.arange(agents)[::-1], items)),),
    )
    standing = np.zeros(items, dtype=np.int32)
    shards = cut(model, [], standing, 4)
    assert [len(shard.items) for shard in shards] == [items]
    found = relax_shards(model, 0, [], standing, count=4)
    assert rounded(model, found).shape == (items,)
    assert found.value < values(model, standing)[0]


def test_first_prices_are_the_better_of_sample_and_shards(book: Book) -> None:
    """Where a sample proves more it is taken, where shards do, they are: never less than either is proved."""
    model, worth, agent_of = book
    for level in (BALANCE, MOVES):
        limits = worth[:level]
        sampled, _ = promising(model, level, limits, agent_of, None, None, None)
        sharded = relax_shards(model, level, limits, agent_of)
        found = first_prices(model, level, limits, agent_of)
        assert sampled is not None
        assert found.bound == max(sampled.bound, sharded.bound)
        assert found.rough == (sharded.bound > sampled.bound)


def test_shards_are_evened_out_as_agents_stand(book: Book) -> None:
    """Everybody's items with the first who may have them: dealt blindly, some shards have far too much."""
    model, _, _ = book
    agent_of = np.asarray(model.pair_agent)[np.asarray(model.pair_start[:-1])]
    off = [
        load - (np.asarray(family.low) + np.asarray(family.high)) / 2
        for family, load in zip(model.families, loads(model, agent_of), strict=True)
        if family.level == BALANCE
    ]
    assert len(off) > 1

    def spread(shard_of: np.ndarray) -> float:
        """What shards are off by in all, to what their agents are off by."""
        each = [np.abs(np.bincount(shard_of, weights=of, minlength=6)).sum() / np.abs(of).sum() for of in off]
        return float(np.mean(each))

    blind = [spread(dealt(model, 6, seed)) for seed in range(20)]
    evened = [spread(dealt(model, 6, seed, agent_of)) for seed in range(20)]
    assert np.mean(evened) < 0.85 * np.mean(blind), (np.mean(evened), np.mean(blind))
    assert len({tuple(dealt(model, 6, seed, agent_of).tolist()) for seed in range(5)}) == 5


@pytest.mark.parametrize("mended", [True, False])
def test_a_round_that_ended_with_a_breach_goes_on(book: Book, monkeypatch: pytest.MonkeyPatch, mended: bool) -> None:
    """Both annealings break a budget: they go on from where they ended; only what is broken still is mended."""
    model, worth, agent_of = book
    posed = replace(
        model,
        families=(
            *model.families,
            RowFamily(
                "none with the last",
                np.ones(model.items, dtype=np.int64),
                np.where(np.arange(model.agents) == model.agents - 1, 0, -1),
                np.array([NO_LOW]),
                np.array([int(np.sum(agent_of == model.agents - 1))]),
            ),
        ),
    )
    movable = next(
        i
        for i in range(model.items)
        if agent_of[i] != model.agents - 1
        and model.agents - 1 in np.asarray(model.pair_agent)[model.pair_start[i] : model.pair_start[i + 1]]
    )
    broken = agent_of.copy()
    broken[movable] = model.agents - 1
    better = improve(posed, agent_of, level=BALANCE, limits=worth[:1], effort=200)
    assert values(posed, better)[BALANCE] < worth[BALANCE]
    begun: list[np.ndarray] = []

    def run(self: Annealing, *, begin: np.ndarray, **_: object) -> np.ndarray:
        begun.append(begin)
        went_on = np.array_equal(begin, broken)
        return better if went_on and mended else broken

    monkeypatch.setattr(Annealing, "run", run)
    search = Search(posed, Limits(seconds=None, effort=100, seed=0))
    search.offer(agent_of)
    search.level, search.standing[0].limit = BALANCE, worth[0]
    assert search.breaks(broken)
    assert not search.breaks(better)
    refused: list[list[np.ndarray]] = []
    Rounds(Turn(search, Share(units=100)), refused.append).round(1, None, 1, 2)
    assert [np.array_equal(begin, broken) for begin in begun] == [False, False, True, True]
    assert bool(refused) is not mended
    assert search.values[BALANCE] == (values(posed, better) if mended else worth)[BALANCE]
