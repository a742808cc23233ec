"""Cuts from whole books: no assignment is cut off, and what they prove is what whole books proved."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine import mip
from bookwright.engine.backend import Share
from bookwright.engine.backend_highs import branch_and_bound
from bookwright.engine.backend_lp import linear
from bookwright.engine.book_cuts import with_books
from bookwright.engine.decomposition import decompose
from bookwright.engine.evaluate import hard_breach, pair_of, values
from bookwright.engine.local import improve
from bookwright.engine.mip_breaches import with_breaches
from bookwright.engine.prices import no_duals
from bookwright.engine.proof import News
from bookwright.engine.relaxation import relax
from bookwright.engine.start import construct
from tests.engine.test_decomposition import assignments, prices
from tests.engine.tiny import tiny_model


def activity(program: mip.Mip, x: np.ndarray) -> np.ndarray:
    """What each row of a program comes to."""
    row = np.repeat(np.arange(program.rows), np.diff(program.row_start))
    found = np.zeros(program.rows, dtype=np.int64)
    np.add.at(found, row, program.row_val * x[program.row_col])
    return found


@pytest.mark.parametrize("block", range(8))
def test_every_assignment_keeps_the_cuts(block: int) -> None:
    """Any prices, any choice of pairs: an assignment within the limits keeps all rows and costs its value."""
    seen = cut = 0
    for seed in range(150 * block, 150 * block + 150):
        model, rng = tiny_model(seed), np.random.default_rng(seed)
        every = [(a, values(model, a)) for a in assignments(model) if hard_breach(model, a) == 0]
        if not every:
            continue
        level = len(model.levels) - 1
        limits: list[int] = []
        for h in range(level):
            limits.append(min(v[h] for _, v in every) + int(rng.integers(0, 6)))
            every = [(a, v) for a, v in every if v[h] <= limits[h]]
        least = min(v[level] for _, v in every)
        stands = every[int(rng.integers(len(every)))][0]
        kept = np.union1d(np.flatnonzero(rng.random(model.pairs) < 0.8), pair_of(model, stands))
        plain = mip.build(model, level, limits, stands, kept)
        for duals in (prices(model, level, rng), no_duals(model, level)):
            books = decompose(
                model, level, limits, duals, value=lambda v=least: v, over=lambda: False, tell=lambda _: None, rounds=5
            )
            if books is None:
                continue
            program = with_books(model, level, plain, stands, books.books)
            cut += program.rows - plain.rows
            for agent_of, value in every:
                x = mip.column_hint(model, program, agent_of)
                if not np.array_equal(mip.assignment(model, program, x, stands), agent_of):
                    continue
                whole = with_breaches(program, x)
                load = activity(program, whole)
                assert (load >= program.low).all(), seed
                assert (load <= program.high).all(), seed
                assert int(program.cost @ whole) + program.constant == value[level], seed
                seen += 1
    assert seen > 150
    assert cut > 50


def book() -> tuple[mip.Mip, mip.Mip, int, np.ndarray, np.ndarray]:
    """Moves of a small team as programs without and with cuts, what whole books prove, a plan and the best one."""
    model = book_model(90, 5, seed=3)
    agent_of = construct(model)
    for level in (0, 1, 2):
        limits = [v + 10**10 for v in values(model, agent_of)[:level]]
        agent_of = improve(model, agent_of, level=level, limits=limits, effort=40)
    found = relax(model, 2, limits, agent_of)
    assert found is not None
    value = values(model, agent_of)[2]
    parts = decompose(
        model, 2, limits, found.duals, value=lambda: value, over=lambda: False, tell=lambda _: None, rounds=60
    )
    assert parts is not None
    program = mip.build(model, 2, limits, agent_of)
    cut = with_books(model, 2, program, agent_of, parts.books)
    outcome = branch_and_bound(cut, Share(seconds=None, units=400))
    assert outcome.x is not None
    return program, cut, parts.bound, agent_of, mip.assignment(model, cut, outcome.x, agent_of)


def test_a_program_with_cuts_begins_where_whole_books_ended() -> None:
    """Without a branch it proves what whole books proved, where the program alone proves less; the optimum is kept."""
    program, cut, proved, _, _ = book()
    bounds = [branch_and_bound(p, Share(seconds=None, units=4000)).bound for p in (program, cut)]
    assert bounds[0] is not None
    assert bounds[0] == bounds[1]
    lps = [_root(p) for p in (program, cut)]
    assert lps[0] < proved - 1
    assert lps[1] >= proved - 1


def _root(program: mip.Mip) -> float:
    """The value of a program's linear relaxation."""
    found = linear(program)
    assert found is not None
    return found.objective


def test_a_proof_hears_of_better_plans() -> None:
    """A plan found elsewhere meanwhile is taken in: with no node of its own the run ends with it."""
    model = book_model(90, 5, seed=3)
    _, cut, _, agent_of, best = book()
    told: list[bool] = []

    def news() -> np.ndarray | None:
        told.append(True)
        return mip.column_hint(model, cut, best)

    hint = mip.column_hint(model, cut, agent_of)
    share = Share(seconds=None, units=1, stop=lambda: False)
    outcome = branch_and_bound(cut, share, hint, None, lambda _: None, news)
    assert told
    assert outcome.x is not None
    found = mip.assignment(model, cut, outcome.x, agent_of)
    assert values(model, found)[2] <= values(model, best)[2]


def test_news_is_told_once_and_only_what_the_program_can_say() -> None:
    """A plan is told once; one that moves what the program holds still, or that is not new, never."""

    class Held:
        def __init__(self) -> None:
            self.model, self.agent_of = tiny, stands

    tiny = book_model(40, 4, seed=1)
    stands = construct(tiny)
    counts = np.diff(tiny.pair_start)
    free = np.flatnonzero(counts > 1)[:2]
    kept = np.concatenate([np.arange(tiny.pair_start[i], tiny.pair_start[i + 1]) for i in free])
    program = mip.build(tiny, 2, [10**12, 10**12], stands, kept)
    held = Held()
    news = News(held, program, stands)  # type: ignore[arg-type]
    assert news() is None
    held.agent_of = stands.copy()
    held.agent_of[free[0]] = next(a for a in _options(tiny, int(free[0])) if a != stands[free[0]])
    assert news() is not None
    assert news() is None
    other = next(i for i in range(tiny.items) if counts[i] > 1 and i not in free)
    held.agent_of = stands.copy()
    held.agent_of[other] = next(a for a in _options(tiny, other) if a != stands[other])
    assert news() is None


def _options(model: object, item: int) -> list[int]:
    """Agents an item may go to."""
    return list(model.pair_agent[model.pair_start[item] : model.pair_start[item + 1]])  # type: ignore[attr-defined]
