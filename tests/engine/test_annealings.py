"""Annealings of a level of costs: where they begin, what goes on after a breach, what proves beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine.anneal import COOL, Annealing
from bookwright.engine.backend import Share
from bookwright.engine.evaluate import values
from bookwright.engine.large import Large
from bookwright.engine.local import improve
from bookwright.engine.model import NO_LOW, Limits, Model, RowFamily
from bookwright.engine.prices import no_duals
from bookwright.engine.relaxation import Relaxation, reduced_costs, relax
from bookwright.engine.runs import Runs, part_annealed
from bookwright.engine.search import Agents, Search
from bookwright.engine.start import construct
from bookwright.engine.turn import Turn

BALANCE, MOVES = 1, 2
Held = tuple[Model, Agents, Agents, Agents, Relaxation, np.ndarray]


@pytest.fixture(scope="module")
def held() -> Held:
    """A model, a plan of it, one that is cheaper but breaks a ceiling, one that keeps it; the level's relaxation."""
    model = book_model(300, 12, seed=4)
    stands = construct(model)
    for level in (0, BALANCE):
        stands = improve(model, stands, level=level, limits=values(model, stands)[:level], effort=40)
    last = model.agents - 1
    ceiling = RowFamily(
        "no more with the last",
        np.ones(model.items, dtype=np.int64),
        np.where(np.arange(model.agents) == last, 0, -1),
        np.array([NO_LOW]),
        np.array([int(np.sum(stands == last))]),
    )
    model = replace(model, families=(*model.families, ceiling))
    limits = values(model, stands)[:MOVES]
    better = improve(model, stands, level=MOVES, limits=limits, effort=200)
    assert values(model, better)[MOVES] < values(model, stands)[MOVES]
    movable = next(
        i
        for i in range(model.items)
        if stands[i] != last and last in np.asarray(model.pair_agent)[model.pair_start[i] : model.pair_start[i + 1]]
    )
    broken = stands.copy()
    broken[movable] = last
    relaxed = relax(model, MOVES, limits, stands)
    assert relaxed is not None
    _, reduced = reduced_costs(model, MOVES, limits, relaxed.duals)
    return model, stands, broken, better, relaxed, reduced


def search_of(model: Model, stands: Agents) -> Search:
    """A search at the level of moves, its earlier levels held where the plan has them."""
    search = Search(model, Limits(seconds=1000.0, seed=0))
    search.offer(stands)
    search.level = MOVES
    for h, value in enumerate(values(model, stands)[:MOVES]):
        search.standing[h].limit = value
    return search


@pytest.mark.parametrize("spent", [False, True])
def test_a_run_that_ended_with_a_breach_goes_on(held: Held, monkeypatch: pytest.MonkeyPatch, spent: bool) -> None:
    """It goes on cool from where it ended, for a part of its time; not where the turn has nothing left."""
    model, stands, broken, better, relaxed, reduced = held
    begun: list[tuple[Agents | None, float, float]] = []

    def run(self: Annealing, *, begin: Agents | None, hot: float, seconds: float, **_: object) -> Agents:
        begun.append((begin, hot, seconds))
        return better if begin is not None else broken

    monkeypatch.setattr(Annealing, "run", run)
    search = search_of(model, stands)
    assert search.breaks(broken)
    assert not search.breaks(better)
    field = Annealing(model, MOVES, search.limit_values(), relaxed.duals, reduced, stands)
    runs = Runs(Turn(search, Share(seconds=0.0 if spent else 100.0)), lambda: None, lambda _: None)
    found = runs.annealed(field, None, 8.0, 0)
    assert (found == (broken if spent else better)).all()
    assert [(begin is broken, hot, seconds < 8.0) for begin, hot, seconds in begun[1:]] == (
        [] if spent else [(True, COOL, True)]
    )
    begun.clear()
    assert runs.annealed(field, better, 8.0, 0) is better, "what keeps every limit is done"
    assert len(begun) == 1


@pytest.mark.parametrize("refused", [True, False])
def test_long_runs_better_what_stands_and_hand_on_what_is_refused(
    held: Held, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    """Whole books prove once; what annealing finds is offered; where nothing of it may be taken it is mended."""
    model, stands, broken, _, relaxed, reduced = held
    monkeypatch.setattr("bookwright.engine.runs.SOME_ITEMS", 10)
    if refused:
        monkeypatch.setattr(Annealing, "run", lambda *_, **__: broken)
    search = search_of(model, stands)
    proved: list[int] = []
    mended: list[Agents] = []
    runs = Runs(Turn(search, Share(seconds=1.0)), lambda: proved.append(1), mended.extend)
    assert runs.run(relaxed, reduced, 2) is None
    assert proved == [1]
    if refused:
        assert mended
        assert all((plan == broken).all() for plan in mended)
        assert search.values == values(model, stands)
    else:
        assert search.values[MOVES] < values(model, stands)[MOVES]


def test_few_contested_items_gather_a_pool(held: Held) -> None:
    """Broods better what stands and leave the pool of plans to the proof."""
    model, stands, _, _, relaxed, reduced = held
    search = search_of(model, stands)
    proved: list[int] = []
    broods = Runs(Turn(search, Share(seconds=2.0)), lambda: proved.append(1), lambda _: None).run(relaxed, reduced, 2)
    assert broods is not None
    assert broods.recombination.pool.plans
    assert proved == [1]
    assert search.values[MOVES] < values(model, stands)[MOVES]


def test_branch_and_bound_has_most_of_the_time_where_items_are_few() -> None:
    """Either side of both edges."""
    few, some, many = part_annealed(1_000), part_annealed(1_001), part_annealed(3_001)
    assert few < some == part_annealed(3_000) < many


@pytest.mark.parametrize(("workers", "rises"), [(2, True), (1, False)])
def test_where_whole_books_are_too_many_prices_go_on_rising(
    held: Held, monkeypatch: pytest.MonkeyPatch, workers: int, rises: bool
) -> None:
    """Beside an annealing, never instead of it."""
    monkeypatch.setattr("bookwright.engine.large._DECOMPOSABLE", 0)
    model, stands, *_, relaxed, _ = held
    search = search_of(model, stands)
    search.limits = Limits(seconds=1000.0, seed=0, workers=workers)
    large = Large(search, None)
    large.turn = large.relaxing.turn = Turn(search, Share(seconds=2.0))
    rough = replace(relaxed, duals=no_duals(model, MOVES), bound=0, rough=True)
    large.prove_books(rough)
    assert large.parts is None
    assert (search.standing[MOVES].certified > rough.bound) is rises
