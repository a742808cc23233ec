"""A second round: what changed, which decisions hold, lapse or wait, and what happens when they cannot all hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from bookwright import store
from bookwright.findings import ReviewError, UsageError
from bookwright.planner import Options
from bookwright.planner import plan as run_planner
from bookwright.portfolio import Portfolio, Status
from bookwright.result import Result
from bookwright.result import Status as PlanStatus
from bookwright.review import resolve
from bookwright.review.decisions import Answer, Decision
from bookwright.review.rounds import Approval, FileReturned, Round, Rounds
from bookwright.review.settle import close
from tests.builders import DAY, account, csm, model, planned, portfolio, wish

NOW = dt.datetime(2026, 12, 10, 12, tzinfo=dt.UTC)
PROVE = Options(time_limit=None, gap=0.0)
RULES: dict[str, Any] = {
    "segments": {},
    "freezes": {},
    "hours": {},
    "balance": [{"measure": "utilization", "tolerance_points": 10}],
    "move_price": {},
    "move_budget": {"accounts_percent": 50, "arr_percent": None, "in_at_least": None},
}
LEVELS = ("hours", "balance", "moves")


def team(**more: Any) -> Portfolio:
    """Ana has 16 accounts of 10 h for 100 h, Bo and Cy two each; Dee covers another segment."""
    rows = [account(f"a{k:02}", segment="Big", arr=100.0 + k) for k in range(16)]
    rows += [account(f"{who}{k}", who, segment="Big") for who in ("bo", "cy") for k in range(2)]
    rows += [account(f"d{k}", "dee", segment="Small") for k in range(4)]
    csms = [csm(c, segments=("Big",)) for c in ("ana", "bo", "cy")] + [csm("dee", segments=("Small",))]
    return portfolio(rows, csms, **more)


def first_round(folder: Path, facts: Portfolio, **rules: Any) -> tuple[Result, Path]:
    """Plan the first round and store it."""
    result = planned(facts, model({**RULES, **rules}, LEVELS))
    assert result.status is PlanStatus.OPTIMAL
    return result, store.save(result, folder / "plan.bookwright")


def record(place: Path, decisions: Iterable[Decision], round: int = 1) -> None:
    """Answers as a collected file leaves them in the store."""
    with Rounds(place) as rounds:
        rounds.record(FileReturned("0", "file.xlsx", round, "Mia", "recorded", NOW), list(decisions))


def approve(place: Path, *pairs: tuple[str, str]) -> None:
    """Operations approve exceptions."""
    with Rounds(place) as rounds:
        rounds.approve(Approval(1, "exceptions", "Ops", NOW, "", "", pairs))


def again(place: Path, facts: Portfolio, round: int = 2) -> resolve.Resolved:
    """Plan the next round and keep it."""
    prepared = resolve.prepare(place, round, facts, today=NOW.date())
    found = resolve.solve(prepared, PROVE, today=NOW.date())
    resolve.save(found, place)
    return found


def chosen(result: Result) -> list[str]:
    """Ids of the accounts that the plan moves by choice."""
    return [m.account_id for m in result.plan.moves]


def test_nothing_decided_nothing_changed_gives_the_same_plan(tmp_path: Path) -> None:
    """A round without answers moves nobody anew."""
    result, place = first_round(tmp_path, team())
    found = again(place, team())
    assert found.result.plan.by_account == result.plan.by_account
    assert found.changes == 0
    assert found.result.since_last_round[0] == "Nothing changed in the book since the last round."


def test_a_plan_accepted_whole_comes_back_with_its_moves_still_chosen(tmp_path: Path) -> None:
    """To accept makes no move forced, and no target moves."""
    result, place = first_round(tmp_path, team())
    record(place, [Decision(a, Answer.ACCEPT, reviewer="Mia") for a in chosen(result)])
    found = again(place, team())
    assert found.result.plan.moves == result.plan.moves
    assert [b.target for b in found.result.bands] == [b.target for b in result.bands]


def test_accepted_rejected_and_overridden_accounts_are_where_they_were_put(tmp_path: Path) -> None:
    """One of each; the rest is planned around them, and the reasons say whose decision it was."""
    result, place = first_round(tmp_path, team())
    yes, no, other = chosen(result)[:3]
    elsewhere = "cy" if result.plan.by_account[other] == "bo" else "bo"
    decisions = [
        Decision(yes, Answer.ACCEPT, reviewer="Mia"),
        Decision(no, Answer.REJECT, reason="executive sponsor", reviewer="Mia"),
        Decision(other, Answer.OVERRIDE, csm_id=elsewhere, reviewer="Noor"),
    ]
    record(place, decisions)
    found = again(place, team())
    now = found.result.plan.by_account
    assert (now[yes], now[no], now[other]) == (result.plan.by_account[yes], "ana", elsewhere)
    assert found.result.why[other] == "Decided in the review: overridden in round 1 by Noor."
    assert [p.name for p in found.result.priorities] == ["hours", "balance", "changes", "moves"]
    assert not any(b.hard for b in found.result.breaches)


def test_between_rounds_the_book_changes_and_every_other_decision_holds(tmp_path: Path) -> None:
    """8 accounts are new, 5 churned, one CSM resigned; one move is made already; what can hold holds."""
    facts = team()
    result, place = first_round(tmp_path, facts)
    moved = chosen(result)
    to_bo = [a for a in moved if result.plan.by_account[a] == "bo"]
    to_cy = [a for a in moved if result.plan.by_account[a] == "cy"]
    churned = {to_bo[0], "a15", "a14", "d0", "cy0"}
    record(place, [Decision(a, Answer.ACCEPT, reviewer="Mia") for a in moved])
    rows = [
        a.model_copy(
            update={"status": Status.CHURNED} if a.id in churned else {"csm_id": "bo"} if a.id == to_bo[1] else {}
        )
        for a in facts.accounts
    ]
    rows += [account(f"n{k}", None, segment="Big", hours=2.0) for k in range(8)]
    csms = [c if c.id != "cy" else csm("cy", segments=("Big",), end_date=DAY) for c in facts.csms]
    found = again(place, portfolio(rows, [*csms, csm("eve", segments=("Big",))]))
    since, standing = found.prepared.since, found.prepared.standing
    gone = sorted(churned)
    assert (len(since.new), sorted(since.gone)) == (8, gone)
    assert since.joined == ("eve",)
    assert set(since.left or {}) == {"cy"}
    assert since.made == (to_bo[1],)
    lapsed = {d.decision.account_id for d in standing.lapsed}
    assert lapsed == {a for a in moved if a in churned or a in to_cy}
    assert all("Mia" in line for line in found.prepared.said if "lapses" in line)
    assert {k.decision.account_id for k in standing.kept} == set(moved) - lapsed
    assert found.good
    assert all(found.result.plan.by_account[a] == "bo" for a in to_bo if a not in churned)
    assert store.rounds_planned(place) == (1, 2)
    assert store.load(place, 1).after == result.plan.by_account
    assert store.load(place).after == found.result.plan.by_account


@pytest.mark.parametrize(("days", "counts"), [(30, "new"), (59, "new"), (60, "today's"), (90, "today's")])
def test_a_holdover_counts_with_today_s_csm_in_the_last_month_only_when_it_is_late(
    tmp_path: Path, days: int, counts: str
) -> None:
    """The horizon's last month begins 59 days after the first of January: until then the account has changed hands."""
    result, place = first_round(tmp_path, team())
    later = chosen(result)[0]
    until = DAY + dt.timedelta(days=days)
    record(place, [Decision(later, Answer.ACCEPT_LATER, hand_over_on=until, reviewer="Mia")])
    found = again(place, team())
    target = result.plan.by_account[later]
    (holdover,) = found.result.holdovers
    assert (holdover.csm_from, holdover.csm_to, holdover.until) == ("ana", target, until)
    assert holdover.hours == 10.0
    assert found.result.plan.by_account[later] == (target if counts == "new" else "ana")
    assert holdover.counts_with == found.result.plan.by_account[later]


def test_an_override_outside_the_rules_waits_for_its_approval(tmp_path: Path) -> None:
    """Dee does not cover Big: nothing happens until it is approved; then it is an exception, listed with the rule."""
    _, place = first_round(tmp_path, team())
    record(place, [Decision("a00", Answer.OVERRIDE, csm_id="dee", reviewer="Mia")])
    waiting = resolve.prepare(place, 2, team(), today=NOW.date())
    assert [w.why for w in waiting.standing.waiting] == ["Dee does not cover Big"]
    assert not waiting.standing.kept
    assert any("review approve --exceptions" in line for line in waiting.said)
    approve(place, ("a00", "dee"))
    found = again(place, team())
    assert found.good
    assert found.result.plan.by_account["a00"] == "dee"
    assert [e.account_id for e in found.result.exceptions] == ["a00"]
    assert "does not cover Big" in found.result.exceptions[0].text


def test_a_never_and_a_pin_refuse_an_override_even_when_it_is_approved(tmp_path: Path) -> None:
    """What can never be is refused, and the plan is made without it."""
    facts = team(wishes=(wish("never", "a00", "bo"),))
    rows = [a.model_copy(update={"pin": "ana"}) if a.id == "a01" else a for a in facts.accounts]
    facts = facts.model_copy(update={"accounts": tuple(rows)})
    _, place = first_round(tmp_path, facts)
    record(place, [Decision(a, Answer.OVERRIDE, csm_id="bo", reviewer="Mia") for a in ("a00", "a01")])
    approve(place, ("a00", "bo"), ("a01", "bo"))
    found = again(place, facts)
    why = {d.decision.account_id: d.why for d in found.prepared.standing.refused}
    assert "must never have it" in why["a00"]
    assert "pinned" in why["a01"]
    assert found.good
    assert "bo" not in {found.result.plan.by_account[a] for a in ("a00", "a01")}


def test_a_decision_beats_a_freeze_and_a_later_round_beats_an_earlier_one(tmp_path: Path) -> None:
    """A frozen account goes where it was overridden to; in round 2 it is sent elsewhere, and that holds in round 3."""
    facts = team()
    rows = [a.model_copy(update={"escalation": True}) if a.id == "a00" else a for a in facts.accounts]
    facts = facts.model_copy(update={"accounts": tuple(rows)})
    _, place = first_round(tmp_path, facts)
    record(place, [Decision("a00", Answer.OVERRIDE, csm_id="bo", reviewer="Mia")])
    assert again(place, facts).result.plan.by_account["a00"] == "bo"
    record(place, [Decision("a00", Answer.OVERRIDE, csm_id="cy", reviewer="Mia", round=2)], round=2)
    found = again(place, facts, round=3)
    assert found.good
    assert found.result.plan.by_account["a00"] == "cy"
    assert store.rounds_planned(place) == (1, 2, 3)


def test_decisions_that_overflow_a_limit_are_named_and_the_last_plan_is_kept(tmp_path: Path) -> None:
    """A wall at 100 % and 12 accounts of 10 h for Bo, who has 100 h: eleven of them are too many, by 20 h."""
    facts = team()
    rows = [a for a in facts.accounts if a.id not in {f"a{k:02}" for k in range(12, 16)}]
    facts = facts.model_copy(update={"accounts": tuple(rows)})
    free = {"accounts_percent": None, "arr_percent": None, "in_at_least": None}
    result, place = first_round(tmp_path, facts, hours={"ceiling_percent": 100}, move_budget=free)
    record(place, [Decision(f"a{k:02}", Answer.OVERRIDE, csm_id="bo", reviewer="Mia") for k in range(12)])
    found = again(place, facts)
    assert found.result.status is PlanStatus.IMPOSSIBLE
    assert found.clash is not None
    assert len(found.clash.account_ids) == 11
    assert found.clash.smallest
    assert (found.clash.missing, found.clash.unit) == (20.0, "hours a month")
    assert "Bo" in found.result.diagnosis[0]
    assert store.rounds_planned(place) == (1,)
    assert store.load(place).after == result.plan.by_account


def test_two_decisions_on_one_family_clash_and_nothing_else_is_blamed(tmp_path: Path) -> None:
    """One member is to stay, another to go; the third decision has no part in it."""
    facts = team()
    rows = [a.model_copy(update={"parent_id": "a00"}) if a.id == "a01" else a for a in facts.accounts]
    facts = facts.model_copy(update={"accounts": tuple(rows)})
    _, place = first_round(tmp_path, facts, families={"how": "keep"})
    answers = {"a00": "bo", "a01": "cy", "a05": "bo"}
    record(place, [Decision(a, Answer.OVERRIDE, csm_id=c, reviewer="Mia") for a, c in answers.items()])
    found = again(place, facts)
    assert not found.good
    assert found.clash is not None
    assert set(found.clash.account_ids) == {"a00", "a01"}
    assert found.clash.smallest


def test_apart_accounts_sent_to_one_csm_clash(tmp_path: Path) -> None:
    """Two wishes that a keep-apart row speaks against."""
    facts = team(wishes=(wish("keep apart", "a00", "a01"),))
    _, place = first_round(tmp_path, facts)
    record(place, [Decision(a, Answer.OVERRIDE, csm_id="bo", reviewer="Mia") for a in ("a00", "a01", "a02")])
    found = again(place, facts)
    assert found.clash is not None
    assert set(found.clash.account_ids) == {"a00", "a01"}


def test_a_clash_of_no_single_limit_is_found_by_splitting(tmp_path: Path) -> None:
    """A wall: Ana keeps ten, so Bo and Cy must have room for the rest; together the decisions leave a lump nowhere."""
    rows = [account("big1", hours=60.0), account("big2", hours=60.0), account("s1", "bo", hours=50.0)]
    rows += [account("s2", "bo", hours=20.0), account("free", "bo", hours=5.0)]
    facts = portfolio(rows, [csm("ana"), csm("bo"), csm("cy")])
    free = {"accounts_percent": None, "arr_percent": None, "in_at_least": None}
    _, place = first_round(tmp_path, facts, hours={"ceiling_percent": 100}, move_budget=free)
    wanted = {"s1": "ana", "s2": "bo", "free": "cy"}
    facts = facts.model_copy(update={"csms": (csm("ana"), csm("bo"), csm("cy", customer_hours=55.0))})
    answers = [Decision(a, Answer.OVERRIDE, csm_id=c, reviewer="Mia") for a, c in wanted.items() if c != "bo"]
    record(place, [*answers, Decision("s2", Answer.REJECT, reviewer="Mia")])
    found = again(place, facts)
    assert found.clash is not None
    assert set(found.clash.account_ids) == {"s1"}


def test_a_round_follows_the_last_one_and_conflicts_stop_it(tmp_path: Path) -> None:
    """Round 4 after round 1 is refused with the number to take; answers in conflict must be settled first."""
    _, place = first_round(tmp_path, team())
    with pytest.raises(UsageError, match="--round 2"):
        resolve.prepare(place, 4, team(), today=NOW.date())
    record(place, [Decision("a00", Answer.ACCEPT, reviewer="Mia"), Decision("a00", Answer.REJECT, reviewer="Noor")])
    with pytest.raises(ReviewError, match="in conflict"):
        resolve.prepare(place, 2, team(), today=NOW.date())


def test_a_round_may_be_planned_once_more_until_it_is_answered(tmp_path: Path) -> None:
    """An answer to round 2 would be lost if round 2 were planned anew."""
    _, place = first_round(tmp_path, team())
    again(place, team())
    again(place, team())
    assert store.rounds_planned(place) == (1, 2)
    record(place, [Decision("a00", Answer.REJECT, reviewer="Mia", round=2)], round=2)
    with pytest.raises(UsageError, match="--round 3"):
        resolve.prepare(place, 2, team(), today=NOW.date())


def test_where_the_first_plan_was_only_the_nearest_the_next_one_may_be_too(tmp_path: Path) -> None:
    """An account nobody may own is no reason to keep decisions from holding."""
    rows = [*team().accounts, account("x", None, segment="Space")]
    facts = team().model_copy(update={"accounts": tuple(rows)})
    result = planned(facts, model(RULES, LEVELS))
    assert result.status is PlanStatus.IMPOSSIBLE
    place = store.save(result, tmp_path / "plan.bookwright")
    record(place, [Decision("a00", Answer.OVERRIDE, csm_id="bo", reviewer="Mia")])
    found = again(place, facts)
    assert found.good
    assert found.result.plan.by_account["a00"] == "bo"
    assert found.result.unassigned == ("x",)
    assert store.rounds_planned(place) == (1, 2)


def test_options_of_the_first_round_hold_on_and_the_new_sheet_counts_otherwise(tmp_path: Path) -> None:
    """A setting given as an option beats the new book's Settings sheet; one that was not comes from the sheet."""
    decided = model(RULES, LEVELS)
    result = run_planner(team(), decided, PROVE, today=DAY, settings={"move_budget_accounts_percent": 40})
    place = store.save(result, tmp_path / "plan.bookwright")
    sheet: dict[str, Any] = {"move_budget_accounts_percent": 10, "utilization_tolerance_points": 20}
    rules = again(place, team(settings=sheet)).result.problem.model.rules
    assert rules["move_budget"]["accounts_percent"] == 40
    assert rules["balance"][0]["tolerance_points"] == 20


@pytest.mark.parametrize("silent", ["accept", "keep"])
def test_silence_does_not_speak_against_an_answer_about_the_family(tmp_path: Path, silent: str) -> None:
    """Two of a family move; one is overridden elsewhere, nobody answers for the other: it goes along in round 2."""
    facts = team()
    rows = [a.model_copy(update={"parent_id": "a00"}) if a.id == "a01" else a for a in facts.accounts]
    facts = facts.model_copy(update={"accounts": tuple(rows)})
    result, place = first_round(tmp_path, facts, families={"how": "keep"})
    after = result.plan.by_account["a00"]
    other = next(c for c in ("bo", "cy", "ana") if c not in (after, "ana" if silent == "keep" else after))
    record(place, [Decision("a00", Answer.OVERRIDE, csm_id=other, reviewer="Mia")])
    with Rounds(place) as rounds:
        rounds.begin(Round(1, result.plan_id, "manager", None, NOW), ())
    closed = close(place, silent, now=NOW)  # type: ignore[arg-type]
    assert "a01" not in (*closed.accepted, *closed.kept)
    assert closed.following == (("a01",) if "a01" in chosen(result) else ())
    found = again(place, facts)
    assert found.good
    assert (found.result.plan.by_account["a00"], found.result.plan.by_account["a01"]) == (other, other)
