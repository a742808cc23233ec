"""Fairness measures against their definitions, and the table that shows them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from click.testing import CliRunner

from bookwright import store
from bookwright.cli.fairness import fairness as command
from bookwright.report.fairness import fairness, gini, measures
from tests.builders import account, csm, model, planned, portfolio


def test_gini_is_its_definition() -> None:
    """The mean difference of all pairs over twice the mean; 0 for equals; none where nobody has anything."""
    rng = np.random.default_rng(1)
    values = rng.exponential(1.0, size=9)
    pairs = sum(abs(a - b) for a, b in product(values, values))
    assert gini(values) == pytest.approx(pairs / (2 * 9 * 9 * values.mean()))
    assert gini(np.ones(5)) == pytest.approx(0.0)
    assert gini(np.zeros(3)) is None


def test_envy_is_a_book_with_fewer_hours_per_arr() -> None:
    """0.4, 0.8 and 0.3 hours per ARR: the first two would swap with the third, who would swap with nobody."""
    found = measures(np.array([100.0, 100.0, 300.0]), np.array([40.0, 80.0, 90.0]), np.full(3, 100.0))
    assert found.envy == 2
    assert found.utilization_spread == pytest.approx(0.5)
    assert found.arr_spread == 200


@pytest.mark.parametrize(("hours", "envious"), [(108.0, 0), (112.0, 1)])
def test_a_tenth_more_hours_per_arr_is_no_envy(hours: float, envious: int) -> None:
    """Just inside and just outside of a tenth; an empty book envies nobody and is envied by nobody."""
    found = measures(np.array([100.0, 100.0, 0.0]), np.array([100.0, hours, 0.0]), np.full(3, 200.0))
    assert found.envy == envious


def test_hours_without_arr_are_the_worst_book() -> None:
    """Who works for nothing would swap with anybody who has ARR."""
    assert measures(np.array([0.0, 100.0]), np.array([10.0, 90.0]), np.full(2, 100.0)).envy == 1


def test_before_and_after_by_segment_and_the_risk_of_moves() -> None:
    """Ana has all ten; the plan moves some to Bo; ARR at risk is a share of what was chosen to move."""
    result = planned(
        portfolio([account(f"a{k}", hours=15.0, segment="SMB") for k in range(10)]),
        model({"hours": {}, "move_price": {}}, ("hours", "moves")),
    )
    found = fairness(result.plan)
    assert found.before[""].utilization_spread == pytest.approx(1.5)
    assert found.after["SMB"].utilization_spread == pytest.approx(0.3)
    assert found.arr_at_risk["stress"] == pytest.approx(0.15 * 400)


def test_the_command_prints_the_table(tmp_path: object) -> None:
    """From the store alone."""
    facts = portfolio([account("a"), account("b", "bo")], [csm("ana"), csm("bo")])
    path = store.save(planned(facts, model({"hours": {}}, ("hours",))), f"{tmp_path}/plan.bookwright")
    done = CliRunner().invoke(command, [str(path)])
    assert done.exit_code == 0, done.output
    assert "gini arr" in done.output
