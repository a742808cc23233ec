"""What-ifs and alternatives: what each change does to the facts, and one table that compares the plans it leads to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bookwright import api, api_choices
from bookwright.api_choices import Search
from bookwright.cli.group import bookwright
from bookwright.findings import UsageError
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.portfolio import Portfolio
from bookwright.problem import Problem, resolve
from bookwright.report.why import opened
from bookwright.scenarios.changes import apply, parse_change
from tests.builders import DAY, account, csm, portfolio, problem

QUICK = Search(effort=5, workers=1)


@pytest.fixture
def team() -> tuple[Portfolio, Problem]:
    """Ana and Bo with four big accounts and six small ones."""
    rows = [account(f"b{k}", "ana", segment="Big", arr=100.0 * k + 100, hours=20.0) for k in range(4)]
    rows += [account(f"s{k}", "bo", segment="Small", arr=10.0 * k + 10, hours=5.0) for k in range(6)]
    facts = portfolio(rows, [csm("ana", contract_hours=150.0), csm("bo", productivity=0.5)])
    return facts, problem(facts)


def after(team: tuple[Portfolio, Problem], text: str) -> tuple[Portfolio, Problem, str]:
    """The facts after a change, resolved again, and what is said of it."""
    facts, said = apply(*team, parse_change(text))
    return facts, problem(facts), "; ".join(said)


def test_capacity_is_a_share_of_everybody_s_hours(team: tuple[Portfolio, Problem]) -> None:
    """20 % more of 100 and of 50 hours."""
    _, changed, said = after(team, "capacity=+20%")
    assert changed.capacity_hours.tolist() == pytest.approx([120.0, 60.0])
    assert "+20%" in said


def test_hires_have_the_usual_hours_and_one_segment(team: tuple[Portfolio, Problem]) -> None:
    """Two hires for Big, names and ids of their own, with the median hours of those there."""
    facts, changed, said = after(team, "hire:big=2")
    new = facts.csms[2:]
    assert [c.segments for c in new] == [("Big",), ("Big",)]
    assert len({c.id for c in facts.csms}) == 4
    assert changed.capacity_hours.tolist()[2:] == [75.0, 75.0]
    assert "2 hired for Big" in said


def test_dropped_csm_is_gone_when_the_plan_takes_effect(team: tuple[Portfolio, Problem]) -> None:
    """Found by name or id; all that is theirs must move."""
    for wanted in ("ana", "Ana", "ANA"):
        _, changed, said = after(team, f"drop={wanted}")
        assert changed.leaves[0]
        assert not changed.leaves[1]
        assert "4 accounts" in said


def test_growth_draws_accounts_evenly_and_shrinking_takes_the_smallest(team: tuple[Portfolio, Problem]) -> None:
    """Three more of Small have its mean ARR about right and no CSM; half of Small gone are the three smallest."""
    facts, changed, _ = after(team, "grow:Small=+3")
    new = facts.accounts[10:]
    assert [a.csm_id for a in new] == [None] * 3
    assert sum(a.arr for a in new) / 3 == pytest.approx(35, abs=6)
    assert len(changed.accounts) == 13
    _, fewer, _ = after(team, "grow:Small=-50%")
    assert [a.id for a in fewer.accounts if a.segment == "Small"] == ["s3", "s4", "s5"]


def test_tooling_saves_of_what_can_be_automated_only() -> None:
    """Enterprise accounts with hours of their own: less, but by no more than their automatable touchpoints."""
    facts = generate(accounts=60, csms=4, seed=1)
    decided = load("quarterly_rebalance")
    before = resolve(facts, decided, today=DAY, effective_date=DAY)
    changed, said = apply(facts, before, parse_change("tooling=50%"))
    later = resolve(changed, decided, today=DAY, effective_date=DAY)
    assert (later.hours <= before.hours + 1e-9).all()
    saved = 1 - later.hours.sum() / before.hours.sum()
    assert 0.005 < saved < 0.5
    told = re.search(r"([\d,]+) of ([\d,]+) hours", said[0])
    assert told is not None
    assert float(told[1].replace(",", "")) == pytest.approx(before.hours.sum() - later.hours.sum(), abs=1)


def test_settings_and_several_changes_at_once(team: tuple[Portfolio, Problem]) -> None:
    """A setting wins over what the sheet said; changes joined by commas are made together."""
    facts, changed, said = after(team, "horizon_months=6, capacity=+10%, drop=Bo")
    assert changed.model.horizon.months == 6
    assert changed.capacity_hours[0] == pytest.approx(110.0)
    assert changed.leaves[1]
    assert said.count(";") == 2
    assert facts.settings["horizon_months"] == 6


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("capacity=20", "takes a percentage"),
        ("capacity=-150%", "less than no hours"),
        ("hire=2", "which segment"),
        ("hire:Big=1.5", "number of hires"),
        ("hire:Bgi=1", "Maybe Big"),
        ("drop=An", "Maybe Ana"),
        ("drop=Zoe", "no CSM is called so"),
        ("grow:Small=-99", "there are 6 accounts"),
        ("tooling=10%", "no touchpoint is marked"),
        ("speed=3", 'no setting "speed"'),
        ("faster!", "not understood"),
        ("", "nothing is changed"),
    ],
)
def test_what_is_not_understood_is_said_with_a_way_out(team: tuple[Portfolio, Problem], text: str, part: str) -> None:
    """Before anything is solved, in words."""
    with pytest.raises(UsageError, match=re.escape(part)):
        apply(*team, parse_change(text))


def test_each_what_if_is_a_plan_that_says_what_was_changed(tmp_path: Path) -> None:
    """One plan as things are and one per change; stores, workbooks and the Run sheet tell what was changed."""
    facts = generate(accounts=40, csms=4, seed=2)
    gone = facts.csms[0].name
    chosen = api_choices.what_if(
        facts, [f"drop={gone}", "capacity=+30%"], folder=tmp_path, effective_date=DAY, search=QUICK
    )
    assert [c.title for c in chosen.choices] == ["As things are", f"Without {gone}", "Capacity +30%"]
    as_is, without, more = chosen.choices
    assert as_is.changed == ()
    assert without.forced > as_is.forced
    assert more.highest is not None
    assert as_is.highest is not None
    assert more.highest < as_is.highest
    for c in chosen.choices:
        one = opened(Path(c.out))
        assert one.plan.plan_hash == c.plan_hash
        told = json.loads(one.stored.meta["options"]).get("what if", "")
        assert told == "; ".join(c.changed)
    assert facts.csms[0].id not in set(opened(Path(without.out)).plan.by_account.values())


def test_three_alternatives_differ_as_their_names_say(tmp_path: Path) -> None:
    """Fewest moves least, most even most even; the recommended plan is what `plan` gives."""
    facts = generate(accounts=60, csms=5, seed=5)
    chosen = api_choices.alternatives(facts, folder=tmp_path, effective_date=DAY, search=QUICK)
    fewest, recommended, even = chosen.choices
    assert fewest.chosen <= recommended.chosen <= even.chosen
    assert fewest.price <= recommended.price + 1e-9
    assert even.breach <= recommended.breach + 1e-9 <= fewest.breach + 1e-9
    plain = api.plan(facts, effective_date=DAY, effort=5)
    assert recommended.plan_hash == plain.plan.plan_hash


def test_the_commands_write_a_folder_a_table_and_a_page(tmp_path: Path) -> None:
    """plan --alternatives and whatif as typed: the files are where it says, the page names every plan."""
    book = tmp_path / "team.xlsx"
    run = CliRunner()
    assert run.invoke(bookwright, ["generate", str(book), "--accounts", "30", "--csms", "3"]).exit_code == 0
    common = ["--effort", "3", "--workers", "1", "--effective-date", "2027-01-01", "-q"]
    first = run.invoke(bookwright, ["plan", str(book), "--alternatives", "-o", str(tmp_path / "three"), *common])
    assert first.exit_code == 0, first.output
    assert {p.name for p in (tmp_path / "three").glob("*.xlsx")} == {
        "alternatives.xlsx", "fewest moves.xlsx", "recommended.xlsx", "most even.xlsx",
    }  # fmt: skip
    page = (tmp_path / "three" / "alternatives.html").read_text(encoding="utf-8")
    assert all(word in page for word in ("Fewest moves", "Recommended", "Most even"))
    second = run.invoke(
        bookwright, ["whatif", str(book), "--set", "capacity=+10%", "--grow", "SMB=+5", "--json", *common]
    )
    assert second.exit_code == 0, second.output
    told = json.loads(second.stdout)
    assert [p["title"] for p in told["plans"]] == ["As things are", "Capacity +10%", "SMB +5 accounts"]
    assert all(Path(p["out"]).is_file() for p in told["plans"])
    nothing = run.invoke(bookwright, ["whatif", str(book)])
    assert isinstance(nothing.exception, UsageError)
