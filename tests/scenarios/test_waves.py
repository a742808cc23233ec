"""The moves of a plan over weeks: nobody takes in too much, frozen accounts wait, healthy ones go first."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bookwright import api
from bookwright.books import Plan
from bookwright.cli.group import bookwright
from bookwright.findings import UsageError
from bookwright.generate import generate
from bookwright.planning_model import load
from bookwright.report import waves as shown
from bookwright.result import Result
from bookwright.rules import Board, build, set_up
from bookwright.scenarios.calendar import parse_blackout, usual_blackouts, waves
from bookwright.scenarios.waves import Pace, Schedule, by_wave, schedule
from tests.builders import DAY, account, csm, model, planned, portfolio
from tests.random_cases import tiny_model, tiny_portfolio
from tests.scenarios.test_order import QUICK, broken

DAYS = dt.timedelta(days=1)
WEEKS = waves(DAY, 8, "weeks", [])


def scheduled(result: Result, pace: Pace, listed: tuple[object, ...] = WEEKS) -> tuple[Board, Schedule]:
    """The result's moves in waves."""
    board = set_up(result.problem, build(result.problem.model))
    return board, schedule(board, result.plan, listed, pace, seconds=None, effort=200)  # type: ignore[arg-type]


def assert_no_wave_is_worse(result: Result, found: Schedule) -> None:
    """After every wave, each rule's own check finds no more than today or in the end."""
    board = set_up(result.problem, build(result.problem.model))
    today, whole = broken(result, result.today), broken(result, result.plan)
    now = dict(result.today.by_account)
    for wave in found.waves:
        now |= {m.move.account_id: m.move.csm_to for m in by_wave(found).get(wave.number, [])}
        for key, amount in broken(result, Plan.from_ids(result.problem, now, board.forced())).items():
            allowed = max(today.get(key, 0.0), whole.get(key, 0.0))
            slack = 0.01 if key[0] == "hours" else 1e-6 * max(1.0, allowed)
            assert amount <= allowed + slack, f"after wave {wave.number}: {key}"


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_no_wave_leaves_anything_worse_than_today_or_the_end(seed: int) -> None:
    """Random books under every rule: intake held, every move in one wave or left over with a reason."""
    result = planned(tiny_portfolio(seed, accounts=8, csms=4), tiny_model(seed), QUICK)
    if result.diagnosis:
        return
    _, found = scheduled(result, Pace(1), WEEKS[:4])
    assert sorted(m.move.account_id for m in found.moves) == sorted(m.account_id for m in result.plan.moves)
    assert all(m.why for m in found.left)
    assert not found.broken
    assert_no_wave_is_worse(result, found)


@pytest.fixture(scope="module")
def rebalance() -> Result:
    """A realistic team of a hundred accounts with the shipped model."""
    facts = generate(accounts=100, csms=6, seed=5)
    return planned(facts, load("quarterly_rebalance").model_copy(update={"effective_date": DAY}), QUICK)


def test_a_rebalance_in_weeks_holds_intake_hours_and_freezes(rebalance: Result) -> None:
    """Two into a book a week, eight hand-over hours; nothing moves on a day on which its freeze holds."""
    _, found = scheduled(rebalance, Pace(2, 8.0), waves(DAY, 20, "weeks", usual_blackouts(DAY, DAY + 140 * DAYS, 1)))
    assert found.moves
    assert not found.broken
    together = max(len([m for m in found.moves if m.step == s]) for s in {m.step for m in found.moves})
    assert found.intake.max() <= max(2, together)
    assert found.hours.max() <= max(8.0, 4.0 * together) + 1e-6
    accounts = rebalance.problem.portfolio.account_by_id
    for m in found.moves:
        renewal = accounts[m.move.account_id].renewal_date
        if m.wave is not None and m.move.kind == "chosen" and renewal is not None:
            assert not -30 <= (renewal - m.wave.on).days <= 60 or accounts[m.move.account_id].segment == "Digital"
    assert_no_wave_is_worse(rebalance, found)
    assert found.late[0] == found.late[1], "left over, and not proved that fewer is impossible"


def test_healthy_accounts_go_first_and_needed_ones_before_them() -> None:
    """One a week into Bo's book: the account without a CSM, then green, amber, red."""
    rows = [
        account("red", health=20.0),
        account("amber", health=60.0),
        account("green", health=90.0),
        account("new", None),
        *(account(f"stay{k}", pin="ana") for k in range(6)),
    ]
    band = {"measure": "accounts", "tolerance_percent": 1}
    decided = model({"hours": {}, "balance": [band], "move_price": {}}, ("hours", "balance", "moves"))
    result = planned(portfolio(rows, [csm("ana"), csm("bo")]), decided)
    _, found = scheduled(result, Pace(1))
    order = [m.move.account_id for m in found.moves if m.move.csm_to == "bo" and m.wave is not None]
    assert order == ["new", "green", "amber", "red"]
    numbers = [m.wave.number for m in found.moves if m.wave is not None]
    assert numbers == sorted(numbers)
    assert found.intake.max() == 1


def test_a_freeze_is_waited_for_and_too_few_waves_are_said() -> None:
    """Renewals on day 90, nothing to be handed over in January: too late before, so May; or left over, and why."""
    rows = [account(f"a{k}", renewal_date=DAY + 90 * DAYS) for k in range(4)]
    band = {"measure": "accounts", "tolerance_percent": 1}
    decided = model({"balance": [band], "move_price": {}, "freezes": {}}, ("balance", "moves"))
    result = planned(portfolio(rows), decided)
    assert len(result.plan.moves) == 2
    january = [(DAY, dt.date(2027, 1, 31))]
    _, found = scheduled(result, Pace(5), waves(DAY, 20, "weeks", january))
    assert {m.wave.on for m in found.moves if m.wave} == {dt.date(2027, 5, 3)}
    assert not found.left
    _, short = scheduled(result, Pace(5), waves(DAY, 12, "weeks", january))
    assert all(m.wave is None and m.why.startswith("renewal on") for m in short.moves)
    assert any("left over" in text for text in shown.sentences(short))


def test_weeks_and_months_leave_out_blackouts_and_weekends() -> None:
    """The first week of the year is out; a wave begins on a working day; a month without a free day is no wave."""
    usual = usual_blackouts(DAY, DAY + 200 * DAYS, 1)
    weeks = waves(DAY, 15, "weeks", usual)
    assert weeks[0].on == dt.date(2027, 1, 8)
    assert all(w.on.weekday() < 5 for w in weeks)
    assert not any(a <= w.on <= b for w in weeks for a, b in usual)
    assert [w.number for w in weeks] == list(range(1, len(weeks) + 1))
    months = waves(DAY, 3, "months", [parse_blackout("2027-02-01..2027-02-28")])
    assert [w.on for w in months] == [dt.date(2027, 1, 1), dt.date(2027, 3, 1)]
    for text in ("soon", "2027-02-30", "2027-03-02..2027-03-01"):
        with pytest.raises(UsageError, match="Maybe"):
            parse_blackout(text)


def test_the_command_writes_a_calendar_sheet_and_an_ics_file(tmp_path: Path) -> None:
    """As typed: events for every wave, lines of at most 75 bytes ended as the standard asks, names escaped."""
    facts = generate(accounts=60, csms=5, seed=5)
    rows = [a.model_copy(update={"name": "Ünï; Co, Ltd\\" + a.name}) for a in facts.accounts]
    result = api.plan(facts.model_copy(update={"accounts": tuple(rows)}), effective_date=DAY, effort=10)
    path = tmp_path / "plan.xlsx"
    api.write(result, path)
    told = CliRunner().invoke(bookwright, ["waves", str(path), "--per-csm", "1", "--effort", "50", "--json"])
    assert told.exit_code == 0, told.output
    moves = json.loads(told.stdout)["moves"]
    assert len(moves) == len(result.plan.moves)
    assert (tmp_path / "plan waves.xlsx").is_file()
    raw = (tmp_path / "plan waves.ics").read_bytes()
    lines = raw.split(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    text = raw.decode().replace("\r\n ", "")
    placed = {m["wave"] for m in moves if m["wave"]}
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == len(placed) > 0
    assert "Ünï\\; Co\\, Ltd\\\\" in text
    again = CliRunner().invoke(bookwright, ["waves", str(path), "--blackout", "whenever"])
    assert isinstance(again.exception, UsageError)
