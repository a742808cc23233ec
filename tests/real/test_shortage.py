"""AdventureWorks with hours by employees: enough hours in total, and yet short; said on one screen."""

from __future__ import annotations

import csv
import datetime as dt
import os
from pathlib import Path

import pytest

from bookwright.diagnose.transport import short_sets
from bookwright.planner import Options, plan
from bookwright.planning_model import PlanningModel, Priority
from bookwright.portfolio import Portfolio
from bookwright.result import Status
from bookwright.tables import read
from tests.builders import posted

pytestmark = pytest.mark.real
MAPPING = Path(__file__).with_name("adventureworks.toml")
MODEL = PlanningModel(
    name="walls",
    effective_date=dt.date(2027, 1, 1),
    rules={
        "segments": {},
        "matches": [{"account": "region", "csm": "regions"}],
        "hours": {"ceiling_percent": 100},
        "move_price": {},
    },
    priorities=(Priority(name="hours"), Priority(name="moves")),
)


@pytest.fixture(scope="module")
def stores() -> Portfolio:
    """Hours of a store are 0.5 + employees / 20."""
    given = Path(os.environ["BOOKWRIGHT_DATA"])
    folder = given if (given / "stores.csv").exists() else given / "adventureworks"
    portfolio, findings = read(folder, columns=MAPPING)
    assert not findings.errors
    with (folder / "stores.csv").open(encoding="utf-8") as file:
        people = {row["store_id"]: int(row["NumberEmployees"]) for row in csv.DictReader(file)}
    accounts = tuple(a.model_copy(update={"hours": 0.5 + people[a.id] / 20}) for a in portfolio.accounts)
    return portfolio.model_copy(update={"accounts": accounts})


def test_hours_fit_in_total_and_are_short_where_territories_hold_them(stores: Portfolio) -> None:
    """Five representatives with 800 h for 335 stores that need 828.7: what crosses the cut can go nowhere else."""
    board, _ = posted(stores, MODEL)
    problem = board.problem
    assert problem.hours.sum() < problem.capacity_hours.sum()
    (short,) = short_sets(board)
    assert short.short_hours == pytest.approx(28.7)
    assert {problem.accounts[i].region for i in short.accounts.tolist()} == {
        "Northeast",
        "Central",
        "Southwest",
        "Southeast",
    }
    outside = [j for j in range(len(problem.csms)) if j not in short.csms.tolist()]
    assert not board.allowed[short.accounts][:, outside].any()


def test_a_leader_reads_it_on_one_screen(stores: Portfolio) -> None:
    """What is short, where, by how many hours, and several ways out, in few lines."""
    result = plan(stores, MODEL, Options(time_limit=20.0), today=dt.date(2026, 12, 1))
    assert result.status is Status.IMPOSSIBLE
    text = "\n".join(result.diagnosis)
    assert "28.7 h short" in text
    assert "one hire with 160 h a month" in text
    assert "cover region" in text
    assert "to a pool or another team" in text
    assert len(result.diagnosis) <= 24
