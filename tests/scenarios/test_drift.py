"""Plans laid beside each other, and a plan over the book of today: does it hold, and the fewest changes to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bookwright import api, api_plans
from bookwright.cli.group import bookwright
from bookwright.generate import generate
from bookwright.portfolio import Account, Portfolio
from bookwright.report import compare as shown
from bookwright.report.why import opened
from bookwright.scenarios.drift import Drift, changes_of
from tests.builders import DAY


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Portfolio, Path]:
    """A team of five with a plan of some moves, stored."""
    facts = generate(accounts=80, csms=5, seed=5)
    path = tmp_path_factory.mktemp("drift") / "plan.xlsx"
    result = api.plan(facts, effective_date=DAY, effort=20)
    assert len(result.plan.moves) >= 4
    api.write(result, path)
    return facts, path


def changed(facts: Portfolio, change: Callable[[Account], Account | None]) -> Portfolio:
    """The book with every account changed, None = gone."""
    rows = [new for a in facts.accounts if (new := change(a)) is not None]
    return facts.model_copy(update={"accounts": tuple(rows)})


def carried_out(facts: Portfolio, plan: Path, share: float = 1.0) -> Portfolio:
    """The book after a part of the plan's moves was made."""
    after = opened(plan).plan.by_account
    home = {a.id: a.csm_id for a in facts.accounts}
    moved = sorted(a for a in after if after[a] != home[a])
    made = set(moved[: round(len(moved) * share)])
    return changed(facts, lambda a: a.model_copy(update={"csm_id": after[a.id]}) if a.id in made else a)


def test_a_plan_holds_on_the_book_it_was_made_from_and_as_it_is_carried_out(made: tuple[Portfolio, Path]) -> None:
    """Nothing is broken at the start, half-way or at the end; what is made and open adds up."""
    facts, plan = made
    counts = set()
    for share in (0.0, 0.5, 1.0):
        found = api_plans.check_plan(plan, carried_out(facts, plan, share))
        assert found.holds, [b.what for b in found.broken]
        assert not found.elsewhere
        counts.add(len(found.done) + len(found.open))
        assert bool(found.open) == (share < 1.0)
        assert bool(found.done) == (share > 0.0)
    assert len(counts) == 1


def test_a_csm_who_is_gone_is_mended_by_placing_her_accounts_alone(made: tuple[Portfolio, Path]) -> None:
    """One CSM fewer: her accounts go to others, and hardly anybody else's change."""
    facts, plan = made
    book = carried_out(facts, plan)
    lost = book.csms[1].id
    book = book.model_copy(update={"csms": tuple(c for c in book.csms if c.id != lost)})
    hers = {a for a, c in opened(plan).plan.by_account.items() if c == lost}
    found = api_plans.check_plan(plan, book)
    assert not found.holds
    assert set(found.lost) == hers
    result = api_plans.repair_plan(found, effort=60)
    assert not [b.what for b in result.breaches if b.hard]
    assert all(result.plan.by_account[a] not in (None, lost) for a in hers)
    others = [a for a, _, _ in changes_of(found, result) if a not in hers]
    assert len(others) <= len(result.plan.by_account) // 4


def test_an_account_that_froze_meanwhile_stays_in_the_repair(made: tuple[Portfolio, Path]) -> None:
    """An escalation on an account that was to move: the plan no longer holds, one change mends it or a few do."""
    facts, plan = made
    move = next(m for m in opened(plan).plan.moves if m.kind == "chosen")
    book = changed(facts, lambda a: a.model_copy(update={"escalation": True}) if a.id == move.account_id else a)
    found = api_plans.check_plan(plan, book)
    assert not found.holds
    assert any(move.account_id in b.account_ids for b in found.broken)
    result = api_plans.repair_plan(found, effort=60)
    assert result.plan.by_account[move.account_id] == move.csm_from
    assert not [b.what for b in result.breaches if b.hard]
    changes = changes_of(found, result)
    assert move.account_id in {a for a, _, _ in changes}
    kept = _level(result.priorities, "changes")
    assert kept == len([c for c in changes if c[1] is not None])


def _level(priorities: object, name: str) -> float:
    return next(p.value for p in priorities if p.name == name)  # type: ignore[attr-defined]


def test_new_and_gone_accounts_are_said_and_new_ones_placed(made: tuple[Portfolio, Path]) -> None:
    """Two accounts left, one came without a CSM: it gets one, nobody else needs to change for it."""
    facts, plan = made
    gone = {facts.accounts[3].id, facts.accounts[30].id}
    book = changed(facts, lambda a: None if a.id in gone else a)
    new = facts.accounts[5].model_copy(
        update={"id": "brand-new", "name": "Brand New", "csm_id": None, "renewal_date": None}
    )
    book = book.model_copy(update={"accounts": (*book.accounts, new)})
    found = api_plans.check_plan(plan, book)
    assert set(found.gone) <= gone
    assert found.new == ("brand-new",)
    assert found.no_owner == ("brand-new",)
    result = api_plans.repair_plan(found, effort=60)
    assert result.plan.by_account["brand-new"] is not None
    assert len(changes_of(found, result)) <= 4


def test_an_account_with_somebody_the_plan_did_not_name_is_said(made: tuple[Portfolio, Path]) -> None:
    """Moved by hand to a third person."""
    facts, plan = made
    one = opened(plan)
    move = one.plan.moves[0]
    third = next(c.id for c in facts.csms if c.id not in (move.csm_from, move.csm_to))
    book = changed(facts, lambda a: a.model_copy(update={"csm_id": third}) if a.id == move.account_id else a)
    found: Drift = api_plans.check_plan(plan, book)
    assert found.elsewhere == (move.account_id,)


def test_a_plan_beside_today_and_beside_another(made: tuple[Portfolio, Path], tmp_path: Path) -> None:
    """Figures are those of the plans, the differences exactly the accounts that differ, the affected add up."""
    facts, plan = made
    alone = api_plans.compare_plans([plan])
    one = opened(plan)
    assert [s.title for s in alone.sides] == ["today", "plan"]
    assert set(alone.owners) == {m.account_id for m in one.plan.moves}
    values = {m.key: m.values for m in alone.measures}
    assert values["moves"] == (0.0, float(len(one.plan.moves)))
    assert sum(alone.affected.values()) == sum(1 + (m.csm_from is not None) for m in one.plan.moves)
    tight = api.plan(facts, effective_date=DAY, effort=5, settings={"move_budget_accounts_percent": 2})
    other = tmp_path / "other.xlsx"
    api.write(tight, other)
    both = api_plans.compare_plans([plan, other])
    assert set(both.owners) == {a for a, c in one.plan.by_account.items() if tight.plan.by_account[a] != c}
    verdicts = {m.key: m.verdict for m in both.measures}
    assert verdicts["chosen"] == "better"
    book = shown.workbook(both)
    assert [s.name for s in book.sheets] == ["Compare", "Books", "Accounts", "Rules"]
    assert len(book.sheet("Accounts").tables[0].rows) == len(both.owners)
    same = api_plans.compare_plans([plan, plan])
    assert not same.owners
    assert {m.verdict for m in same.measures} == {"same"}


def test_the_commands_say_it(made: tuple[Portfolio, Path], tmp_path: Path) -> None:
    """compare and check-plan as typed, with their files and exit codes."""
    _, plan = made
    run = CliRunner()
    told = run.invoke(bookwright, ["compare", str(plan), "-o", str(tmp_path / "comparison.xlsx")])
    assert told.exit_code == 0, told.output
    assert "CSMs over 100 %" in told.output
    assert (tmp_path / "comparison.xlsx").is_file()
    book = tmp_path / "book.xlsx"
    assert (
        run.invoke(bookwright, ["generate", str(book), "--accounts", "80", "--csms", "5", "--seed", "5"]).exit_code == 0
    )
    found = run.invoke(bookwright, ["check-plan", str(plan), str(book), "--json", "--effort", "5", "-q"])
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["holds"] is True
    assert run.invoke(bookwright, ["check-plan", str(plan), str(book), "-o", str(plan)]).exit_code != 0
