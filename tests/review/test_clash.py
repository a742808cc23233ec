"""The smallest set of decisions that cannot all hold, against every subset tried by hand."""

from __future__ import annotations

import random
from itertools import combinations, product

import pytest

from bookwright.clash import smallest_clash
from bookwright.engine.clash import minimal, smallest_hitting
from bookwright.problem import resolve
from tests.builders import DAY, account, csm, model, portfolio

NAMES = ("ana", "bo", "cy")


def smallest_by_hand(hours: dict[str, int], room: dict[str, int], wanted: dict[str, str]) -> int | None:
    """Size of the smallest set of wishes with which no assignment keeps every CSM within the hours; None for none."""
    plans = []
    for who in product(NAMES, repeat=len(hours)):
        load = dict.fromkeys(NAMES, 0)
        for a, c in zip(hours, who, strict=True):
            load[c] += hours[a]
        if all(load[c] <= room[c] for c in NAMES):
            plans.append(dict(zip(hours, who, strict=True)))
    if not plans:
        return None
    for size in range(1, len(wanted) + 1):
        for some in combinations(wanted, size):
            if not any(all(plan[a] == wanted[a] for a in some) for plan in plans):
                return size
    return None


def test_the_smallest_set_is_the_one_found_by_trying_all() -> None:
    """Six accounts under a wall of hours, all wished somewhere: as few decisions as there can be, and proved so."""
    sizes = set()
    for seed in range(24):
        draw = random.Random(seed)
        hours = {f"a{k}": draw.choice((10, 20, 30, 40, 50)) for k in range(6)}
        total = sum(hours.values())
        room = {c: draw.randint(total // 4, total // 2) for c in NAMES}
        wanted = {a: draw.choice(NAMES) for a in hours}
        expected = smallest_by_hand(hours, room, wanted)
        facts = portfolio(
            [account(a, hours=float(h)) for a, h in hours.items()],
            [csm(c, customer_hours=float(room[c])) for c in NAMES],
        )
        problem = resolve(facts, model({"hours": {"ceiling_percent": 100}}, ("hours",)), today=DAY, effective_date=DAY)
        found = smallest_clash(problem, wanted)
        assert (found is None) == (expected is None), seed
        if found is not None and expected is not None:
            assert len(found.account_ids) == expected, seed
            assert found.smallest, seed
            sizes.add(expected)
    assert len(sizes) > 2


def test_what_is_missing_is_told_for_all_decisions() -> None:
    """Two accounts of 60 h for Bo, who has 100: both cannot, by 20 h, and Bo is named."""
    facts = portfolio(
        [account("a", hours=60.0), account("b", hours=60.0), account("c", hours=5.0)],
        [csm(c, customer_hours=100.0) for c in ("ana", "bo")],
    )
    problem = resolve(facts, model({"hours": {"ceiling_percent": 100}}, ("hours",)), today=DAY, effective_date=DAY)
    found = smallest_clash(problem, {"a": "bo", "b": "bo", "c": "ana"})
    assert found is not None
    assert found.account_ids == ("a", "b")
    assert (found.missing, found.unit) == (20.0, "hours a month")
    assert "(Bo)" in found.why
    assert smallest_clash(problem, {"a": "bo", "b": "ana"}) is None


@pytest.mark.parametrize("clashing", [{1, 4}, {0, 2, 5}, {3}])
def test_the_filter_keeps_what_clashes_and_nothing_else(clashing: set[int]) -> None:
    """Members that take no part are left out, whatever their place."""
    assert minimal(lambda kept: not clashing <= set(kept), range(7)) == sorted(clashing)


def test_the_fewest_that_meet_every_set() -> None:
    """One number where all sets share it, else as many as needed."""
    assert smallest_hitting([frozenset({1, 2}), frozenset({2, 3})]) == {2}
    assert len(smallest_hitting([frozenset({1}), frozenset({2, 3}), frozenset({4})]) or ()) == 3
