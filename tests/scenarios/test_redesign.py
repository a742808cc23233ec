"""Annual redesign: from scratch, and a path on which no stage is worse than the one before, within its budgets."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from pathlib import Path

import pytest

from bookwright.cli import main
from bookwright.generate import generate
from bookwright.planner import Options
from bookwright.planning_model import load
from bookwright.report.redesign import gap_table, path_table, sentences, worse_anywhere
from bookwright.result import Status
from bookwright.scenarios.redesign import MEASURES, Redesign, redesign
from sample_inputs import occasions
from tests.builders import DAY, account, csm, portfolio

MODEL = load("annual_redesign")
QUICK = Options(time_limit=None, effort=15)


@pytest.fixture(scope="module")
def path() -> Redesign:
    """The sample's redesign."""
    return redesign(occasions.annual_redesign(), MODEL, QUICK)


def test_no_stage_is_worse_than_the_one_before(path: Redesign) -> None:
    """Each measure, on the stage's own quarter and on the yardstick of the redesign."""
    assert len(path.stages) >= 2
    for stage in path.stages:
        assert not stage.worse, stage.number
        assert stage.result.status in (Status.OPTIMAL, Status.FEASIBLE)
    steps = [path.start, *(s.values for s in path.stages)]
    for before, after in itertools.pairwise(steps):
        assert all(after[name] <= before[name] + 1e-9 for name in MEASURES)
    assert not worse_anywhere(path)


def test_a_stage_that_would_pay_with_the_bands_is_held_to_them() -> None:
    """Hours first would leave the bands worse in the third stage: held to where they stood, none is worse."""
    found = redesign(generate(60, 4, seed=22, slack=1.05), MODEL, Options(time_limit=None, effort=8))
    assert [s.worse for s in found.stages] == [[]] * len(found.stages)


def test_what_has_no_csm_is_placed_before_stages_are_compared() -> None:
    """Work that nobody did is no worsening by the stage that gives it to somebody."""
    rows = [*(account(f"a{k}") for k in range(9)), *(account(f"n{k}", None) for k in range(12))]
    found = redesign(portfolio(rows, [csm("ana"), csm("bo")]), MODEL, QUICK, effective_date=DAY)
    assert found.start["hours"] >= found.today["hours"]
    assert all(not s.worse for s in found.stages)
    assert "no stage is worse" in sentences(found)[1]


def test_the_path_leads_from_today_to_the_redesign(path: Redesign) -> None:
    """Each stage begins where the last one ended; every account ends where the redesign has it, or is named."""
    standing = path.scratch.today.by_account
    goal = path.scratch.plan.by_account
    for stage in path.stages:
        assert stage.result.today.by_account == standing
        assert all(m.csm_to == goal[m.account_id] for m in stage.result.plan.moves)
        standing = stage.result.plan.by_account
    assert {a for a, c in goal.items() if standing[a] != c} == set(path.left_out)


def test_stages_keep_their_budgets_and_wait_for_renewals(path: Redesign) -> None:
    """At most 30 % of accounts and ARR by choice; nobody moves within 60 days before or 30 after a renewal."""
    facts = path.problem.portfolio.account_by_id
    total = float(path.problem.arr[path.problem.owner >= 0].sum())
    for stage in path.stages:
        chosen = [m for m in stage.result.plan.moves if m.kind == "chosen"]
        assert len(chosen) <= 0.3 * len(path.problem.accounts)
        assert sum(facts[m.account_id].arr for m in chosen) <= 0.3 * total + 1
        for move in chosen:
            due = facts[move.account_id].renewal_date
            assert due is None or not -30 <= (due - stage.on).days <= 60
    assert path.stages[0].waits
    assert not set(path.stages[0].waits) & {m.account_id for m in path.stages[0].result.plan.moves}


def test_the_gap_and_the_path_are_told_in_numbers(path: Redesign) -> None:
    """Today, every stage, from scratch; every mover once."""
    rows = gap_table(path).rows
    placed = sum(m.kind != "chosen" for m in path.scratch.plan.moves)
    assert [row[0] for row in rows] == [
        "Today",
        f"Today, {placed} placed",
        *(f"After stage {s.number}" for s in path.stages),
        "From scratch",
    ]
    moves = len(path.scratch.plan.moves)
    assert rows[-1][2] == moves
    assert len(path_table(path).rows) == moves
    assert "no stage is worse than the one before" in sentences(path)[1]


def test_a_tight_budget_takes_what_helps_most_first() -> None:
    """One account a stage: the overloaded book is relieved first."""
    rows = [*(account(f"a{k}", hours=12.0) for k in range(10)), account("b0", "bo", hours=40.0)]
    slow = MODEL.model_copy(
        update={"stages": MODEL.stages.model_copy(update={"accounts_percent": 10.0, "arr_percent": 100.0})}
    )
    found = redesign(portfolio(rows, [csm("ana"), csm("bo")]), slow, QUICK, effective_date=DAY)
    assert all(len(s.result.plan.moves) <= 1 for s in found.stages)
    assert [s.on for s in found.stages][:2] == [DAY, dt.date(2027, 4, 1)]
    hours = [found.today["hours"], *(s.values["hours"] for s in found.stages)]
    assert hours[0] > hours[1] > hours[2] == 0


def test_budgets_of_the_settings_sheet_hold_the_stages_alone() -> None:
    """The redesign is from scratch; each stage keeps the sheet's budget, and its freeze days."""
    near = DAY + dt.timedelta(days=100)
    rows = [*(account(f"a{k}", hours=15.0, renewal_date=near) for k in range(8))]
    facts = portfolio(rows, settings={"move_budget_accounts_percent": 13, "freeze_days_before_renewal": 120})
    found = redesign(facts, MODEL, QUICK, effective_date=DAY, quarters=3)
    assert len(found.scratch.plan.moves) == 4
    assert len(found.stages[0].waits) == 4
    assert [len(s.result.plan.moves) for s in found.stages][:2] == [0, 0]
    assert len(found.stages[2].result.plan.moves) == 1
    assert len(found.left_out) == 3


def test_wishes_that_clash_have_no_path() -> None:
    """The status says so; nothing is staged."""
    facts = portfolio([account("a1", segment="Big")], [csm("ana", segments=("Small",))])
    found = redesign(facts, MODEL, QUICK, effective_date=DAY)
    assert found.scratch.status is Status.IMPOSSIBLE
    assert found.stages == ()
    assert "no path" in sentences(found)[0]


def test_the_command_fills_a_folder_with_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The path, the redesign, a plan with its store per stage; the same as told in JSON."""
    book = tmp_path / "starter.xlsx"
    book.write_bytes((Path(occasions.__file__).parent / "starter.xlsx").read_bytes())
    with pytest.raises(SystemExit) as end:
        main(["redesign", str(book), "--effort", "100", "-q", "--json"])
    assert end.value.code == 0
    said = json.loads(capsys.readouterr().out)
    names = {p.name for p in (tmp_path / "starter redesign").iterdir()}
    stages = {f"stage {s['number']}.{end}" for s in said["stages"] for end in ("xlsx", "bookwright")}
    assert names == {"path.xlsx", "from scratch.xlsx", "from scratch.bookwright", *stages}
