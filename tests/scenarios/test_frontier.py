"""Moves against balance: every point keeps its limit, none is dominated, both ends as an independent MIP has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.baselines import highs
from bookwright import api_choices
from bookwright.api_choices import Search
from bookwright.findings import UsageError
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.report.choices import comparing_page, comparing_workbook, frontier_lead, frontier_picture
from bookwright.report.why import opened
from bookwright.scenarios.choice import Choice
from bookwright.scenarios.compare import side_of
from bookwright.scenarios.frontier import Frontier, assemble, fewest_model, knee_of, limited_model
from bookwright.solve import post
from bookwright.tables.write_sheets import Table
from tests.builders import DAY

REPEATABLE = Search(effort=20, workers=1)


def point(key: str, price: float, outside: float, bound: float = 0.0) -> Choice:
    """A plan of which only price and evenness matter."""
    nothing = dict.fromkeys(Choice.__dataclass_fields__, 0)
    given = {"key": key, "title": key, "changed": (), "status": "FEASIBLE", "out": f"{key}.xlsx", "csm_of": {}}
    given |= {"limit": outside, "price": price, "outside": outside, "price_bound": bound, "chosen": int(price)}
    return Choice(**{**nothing, **given})


def test_dominated_points_are_dropped_and_what_is_proved_is_passed_on() -> None:
    """A dearer plan that is no more even goes; a bound proved under a loose limit holds under the tighter ones."""
    found = assemble(
        [
            point("a", 0, 0.9),
            point("b", 3, 0.5, bound=3),
            point("c", 4, 0.5),
            point("d", 5, 0.2, bound=1),
            point("e", 5, 0.2),
        ]
    )
    assert [p.key for p in found.points] == ["a", "b", "d"]
    assert {p.key for p in found.dropped} == {"c", "e"}
    assert [p.price_bound for p in found.points] == [0, 3, 3]
    assert found.points[2].price_gap == pytest.approx(0.4)


def test_the_knee_is_where_the_curve_bends() -> None:
    """Three cheap moves bring nearly all: the knee is there; on a straight line there is none."""
    bent = [point("a", 0, 1.0), point("b", 3, 0.2), point("c", 10, 0.1), point("d", 20, 0.0)]
    assert knee_of(bent) == 1
    assert knee_of([point("a", 0, 1.0), point("b", 5, 0.5), point("c", 10, 0.0)]) is None
    assert knee_of(bent[:2]) is None


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Frontier, api_choices.Chosen, Path]:
    """Eighty accounts, five CSMs, ten points, in effort so that it repeats."""
    folder = tmp_path_factory.mktemp("frontier")
    facts = generate(accounts=80, csms=5, seed=5)
    found, chosen = api_choices.frontier(facts, folder=folder, points=10, effective_date=DAY, search=REPEATABLE)
    return found, chosen, folder


def test_every_point_is_a_plan_that_keeps_its_limit(small: tuple[Frontier, api_choices.Chosen, Path]) -> None:
    """Opened from its store and checked by every rule's own arithmetic: no hard breach, as even as asked."""
    found, _, _ = small
    assert len(found.points) + len(found.dropped) >= 10
    assert len(found.dropped) <= 2
    for p in found.points:
        one = opened(Path(p.out))
        side = side_of(p.title, one.plan, one.board)
        assert not [b.what for b in side.breaches if b.hard]
        assert one.plan.plan_hash == p.plan_hash
        assert p.limit is None or p.breach <= p.limit + 1e-9
        assert p.price_bound is not None
        assert 0 <= p.price_bound <= p.price
        assert p.price_gap == pytest.approx((p.price - p.price_bound) / p.price if p.price else 0.0)


def test_more_moves_buy_more_balance_all_along(small: tuple[Frontier, api_choices.Chosen, Path]) -> None:
    """From one end to the other the price rises and what is left to even out falls, strictly."""
    points = small[0].points
    assert [p.price for p in points] == sorted({p.price for p in points})
    assert [p.breach for p in points] == sorted({p.breach for p in points}, reverse=True)
    assert points[0].chosen == 0
    assert points[0].title == "Fewest moves"
    assert points[-1].title == "Most even"


def test_the_order_of_moves_is_that_of_the_most_even_plan(small: tuple[Frontier, api_choices.Chosen, Path]) -> None:
    """Every move of it in one step, and the last step reaches the whole gain."""
    found, chosen, _ = small
    last = found.points[-1]
    home = {a.id: a.csm_id for a in chosen.problem.accounts}
    moved = {a for a, c in last.csm_of.items() if c != home[a]}
    assert {a for s in found.steps for a in s.account_ids} == moved
    assert found.steps[-1].gained == pytest.approx(1.0)
    assert found.steps[-1].chosen == last.chosen


def test_both_ends_are_what_an_independent_mip_finds(small: tuple[Frontier, api_choices.Chosen, Path]) -> None:
    """Two solvers, one curve: each level's values differ by no more than the two gaps together."""
    found = small[0]
    decided = load("quarterly_rebalance")
    for p, model in ((found.points[0], fewest_model(decided)), (found.points[-1], limited_model(decided, None))):
        names = [x.name for x in model.priorities if x.name != "evenness"]
        levels = tuple(x for x in model.priorities if x.name in names)
        one = opened(Path(p.out))
        posted = post(one.board, levels)
        start = posted.accounts_to_agents(one.plan.csm_of)
        other = {o.name: o for o in highs(posted.model, start, 20.0, 1)}
        for name, mine, bound, unit in (
            ("moves", p.price, p.price_bound, 1000),
            ("balance", p.outside, p.outside_bound, 10**12),
        ):
            theirs = other[name]
            assert theirs.value is not None
            assert bound is not None
            value, low = theirs.value / unit, theirs.bound / unit
            if name == "moves" and p is found.points[-1]:
                # Theirs is the least price at their balance: comparable where the balance is the same.
                value, low = (value, low) if abs(other["balance"].value / 10**12 - p.outside) < 1e-9 else (mine, bound)
            gaps = (mine - bound) + max(0.0, value - low)
            assert abs(mine - value) <= gaps + 2e-3 * max(1.0, abs(value)), f"{p.title} {name}: {mine} against {value}"


def test_a_second_run_solves_nothing_and_a_lost_workbook_is_made_again(
    small: tuple[Frontier, api_choices.Chosen, Path],
) -> None:
    """What the folder holds is taken from it; a point whose file is gone is solved once more."""
    found, _, folder = small
    facts = generate(accounts=80, csms=5, seed=5)
    again, chosen = api_choices.frontier(facts, folder=folder, points=10, effective_date=DAY, search=REPEATABLE)
    assert [p.plan_hash for p in again.points] == [p.plan_hash for p in found.points]
    assert len(chosen.reused) >= 10
    Path(found.points[0].out).unlink()
    third, chosen = api_choices.frontier(facts, folder=folder, points=10, effective_date=DAY, search=REPEATABLE)
    assert "point 01" not in chosen.reused
    assert Path(found.points[0].out).is_file()
    assert third.points[0].plan_hash == found.points[0].plan_hash


def test_workbook_and_page_tell_the_same(small: tuple[Frontier, api_choices.Chosen, Path]) -> None:
    """A row per point, the knee marked, every move of the list on its line, the curve drawn with a dot per point."""
    found, chosen, _ = small
    steps = {"Moves in order": (found.points[-1], found.steps)}
    book = comparing_workbook(found.points, chosen.problem, "Moves against balance", steps, found.knee)
    plans: Table = book.sheet("Plans").tables[0]
    assert len(plans.rows) == len(found.points)
    listed = [row[1] for row in book.sheet("Moves in order").tables[0].rows]
    assert listed == [a for s in found.steps for a in s.account_ids]
    lead = frontier_lead(found, chosen.problem)
    page = comparing_page(found.points, chosen.problem, "Moves against balance", lead, frontier_picture(found))
    assert page.count("<circle") == len(found.points)
    assert "<script" not in page
    assert any("of the gain" in text for text in lead)


def test_a_planning_model_without_balance_is_refused_with_a_way_out() -> None:
    """Moves against what? The message names the priorities there are."""
    decided = load("quarterly_rebalance")
    without = decided.model_copy(update={"priorities": tuple(p for p in decided.priorities if p.name != "balance")})
    with pytest.raises(UsageError, match="balance and, after it, moves"):
        limited_model(without, None)
