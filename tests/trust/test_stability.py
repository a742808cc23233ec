"""How firm moves are: what the numbers force flips when they change; what they do not ask for stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
from click.testing import CliRunner

from bookwright import planner, store
from bookwright.books import Plan
from bookwright.cli.plan import plan
from bookwright.cli.stability import stability as command
from bookwright.cli.why import why
from bookwright.cli.workbooks import generate
from bookwright.portfolio import Portfolio
from bookwright.report.stability import instead, lines
from bookwright.result import Result
from bookwright.trust.kept import kept
from bookwright.trust.stability import Stability, _nearest, shaken, stability, stable_model
from tests.builders import account, csm, model, planned, portfolio

RULES = {"segments": {}, "hours": {}, "move_price": {}}


def close_call() -> Portfolio:
    """Ana has 102 h of 100, so one account must go to Bo; `new` has no CSM and only Cy may have it."""
    mine = [account(f"a{k}", hours=34.0) for k in range(3)]
    new = account("new", None, segment="Elsewhere", hours=50.0)
    team = [csm("ana", segments=("Enterprise",)), csm("bo", segments=("Enterprise",))]
    return portfolio([*mine, new], [*team, csm("cy", segments=("Elsewhere",))])


def result() -> Result:
    """One chosen move for two hours too many, one placed account."""
    found = planned(close_call(), model(RULES, ("hours", "moves")))
    assert len(found.plan.moves) == 2
    return found


def shaken_by(hours: float, runs: int = 12, workers: int = 1, seed: int = 3) -> Stability:
    """The plan made again."""
    found = result()
    how = {"arr_percent": 0.0, "hours_percent": hours, "seed": seed, "effort": 20}
    return stability(found.problem, found.plan.by_account, runs=runs, workers=workers, **how)  # type: ignore[arg-type]


def test_nothing_flips_when_nothing_is_shaken() -> None:
    """Of two plans as good the one at hand is kept, so every move is firm."""
    found = shaken_by(0.0, runs=3)
    assert [m.words for m in found.moves] == ["firm", "firm"]
    assert found.firm == 2
    assert found.proved == 3


def test_a_move_that_hangs_on_two_hours_flips_and_a_placed_one_is_firm() -> None:
    """With 10 % either way Ana is over 100 h in some runs and not in others: exactly then the move is made."""
    found = shaken_by(10.0)
    problem = result().problem
    hours = dict(zip((a.id for a in problem.accounts), problem.hours.tolist(), strict=True))
    fits = 0
    for run in range(12):
        facts = shaken(close_call(), hours, {"seed": 3, "run": run, "arr": 0.0, "hours": 10.0})
        fits += sum(a.hours or 0.0 for a in facts.accounts if a.csm_id == "ana") <= 100
    moves = {m.account_id: m for m in found.moves}
    placed = moves.pop("new")
    (chosen,) = moves.values()
    assert 0 < fits < 12
    assert chosen.stays >= fits
    assert chosen.words == f"flips in {chosen.flips} of 12"
    assert "stays with Ana" in instead(chosen, problem)
    assert placed.words == "firm"
    assert found.moves[0].account_id == chosen.account_id


def test_the_same_seed_gives_the_same_answer_in_any_number_of_processes() -> None:
    """Side by side or one after the other, what comes out is the same; another seed differs."""
    alone, together = shaken_by(10.0, runs=2), shaken_by(10.0, runs=2, workers=2)
    assert alone == together
    assert shaken_by(10.0, runs=12, seed=4) != shaken_by(10.0, runs=12)


def test_every_account_is_shaken_within_its_percent_and_blank_hours_too() -> None:
    """ARR and hours lie within the percent, each account's by its own factor."""
    facts = close_call()
    hours = {a.id: a.hours or 0.0 for a in facts.accounts}
    new = shaken(facts, hours, {"seed": 0, "run": 0, "arr": 5.0, "hours": 10.0})
    ratios = [(b.hours or 0.0) / (a.hours or 1.0) for a, b in zip(facts.accounts, new.accounts, strict=True)]
    assert all(0.9 <= r <= 1.1 for r in ratios)
    assert len({round(r, 9) for r in ratios}) == len(ratios)
    money = [b.arr / a.arr for a, b in zip(facts.accounts, new.accounts, strict=True)]
    assert all(0.95 <= r <= 1.05 for r in money)


def test_the_command_prints_and_writes_a_workbook(tmp_path: Path) -> None:
    """On the screen the least firm first; in the workbook every move."""
    path = store.save(result(), tmp_path / "plan.bookwright")
    out = tmp_path / "firm.xlsx"
    args = [str(path), "--runs", "6", "--effort", "20", "--seed", "3", "--workers", "1", "-o", str(out)]
    run = CliRunner().invoke(command, args)
    assert run.exit_code == 0, run.output
    assert "1 of 2 moves are firm" in run.output
    rows = list(openpyxl.load_workbook(out)["Stability"].iter_rows(values_only=True))
    head = next(k for k, row in enumerate(rows) if row[0] == "Account ID")
    column = rows[head].index("How firm")
    assert {str(row[column]).split(" ")[0] for row in rows[head + 1 : head + 3]} == {"flips", "firm"}
    plain = CliRunner().invoke(command, [*args[:-2], "--json", "-q"])
    assert json.loads(plain.output)["firm"] == 1
    assert lines(shaken_by(0.0, runs=2), result().problem)[0].startswith("2 of 2 moves are firm")


def test_what_a_search_changed_without_need_is_put_back() -> None:
    """The plan sends a0 to Bo; a search that sends a1 instead, just as good, comes back to a0."""
    found = result()
    after = dict(found.plan.by_account)
    (sent,) = [a for a, c in after.items() if c == "bo"]
    other = next(a for a in ("a0", "a1", "a2") if a != sent)
    problem = replace(found.problem, model=stable_model(found.problem.model, after))
    searched = planner.search(planner.lay_out(problem), planner.Options(None, 20), after)
    wandered = Plan.from_ids(problem, {**after, sent: "ana", other: "bo"})
    answer = replace(searched.answer, agent_of=searched.posted.accounts_to_agents(wandered.csm_of))
    back = _nearest(replace(searched, answer=answer), Plan.from_ids(problem, after), {"seconds": None, "effort": 20})
    assert Plan(problem, searched.posted.agents_to_accounts(back)).by_account == after


def test_why_says_how_firm_a_move_is_once_it_was_asked(tmp_path: Path) -> None:
    """The outcome is kept in the store, for this plan alone: a sentence of `why`, and its JSON."""
    path = store.save(result(), tmp_path / "plan.bookwright")
    assert "firm" not in CliRunner().invoke(why, [str(path), "new"]).output
    CliRunner().invoke(command, [str(path), "--runs", "6", "--effort", "20", "--seed", "3", "--workers", "1"])
    said = CliRunner().invoke(why, [str(path), "new"]).output
    assert "The move is firm: it is made in all 6 plans made again with ARR off by up to 5 %" in said
    (chosen,) = (m.account_id for m in result().plan.moves if m.account_id != "new")
    answer = json.loads(CliRunner().invoke(why, [str(path), chosen, "--json"]).output)
    assert "The move is not firm: it flips in" in answer["firm"]
    assert kept(replace(store.load(path), meta={**store.load(path).meta, "plan_id": "another"})) is None


def test_plan_shows_how_firm_each_move_is_on_moves(tmp_path: Path) -> None:
    """With --firm the sheet Moves has a column for it, and the store what `why` says; without it there is none."""
    book = tmp_path / "book.xlsx"
    made = CliRunner().invoke(generate, [str(book), "--accounts", "40", "--csms", "4", "--seed", "4"])
    assert made.exit_code == 0, made.output
    args = [str(book), "--effort", "60", "-q", "-o"]
    CliRunner().invoke(plan, [*args, str(tmp_path / "plain.xlsx")])
    done = CliRunner().invoke(plan, [*args, str(tmp_path / "firm.xlsx"), "--firm", "3"])
    assert done.exit_code == 0, done.output
    sheets = {}
    for name in ("plain", "firm"):
        rows = list(openpyxl.load_workbook(tmp_path / f"{name}.xlsx")["Moves"].iter_rows(values_only=True))
        head = next(k for k, row in enumerate(rows) if row[0] == "Account ID")
        sheets[name] = [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :] if row[0]]
    assert all("Firmness" not in row for row in sheets["plain"])
    words = [str(row["Firmness"]) for row in sheets["firm"]]
    assert words
    assert all(w == "firm" or w.startswith("flips in ") for w in words)
    found = kept(store.load(tmp_path / "firm.bookwright"))
    assert found is not None
    assert {a: n == 0 for a, (n, _) in found.moves.items()} == {
        str(row["Account ID"]): row["Firmness"] == "firm" for row in sheets["firm"]
    }
