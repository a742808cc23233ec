"""The first screen in numbers and sentences."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bookwright.books import MoveKind
from bookwright.problem import resolve
from bookwright.report.json import as_json
from bookwright.report.summary import outside, shortages, summary
from bookwright.report.verdict import alarms, notes, percent, price_within, short_money, verdict
from bookwright.result import Band, Breach, PriorityReport, Status
from tests.report.builders import DAY, account, csm, make_result, model, portfolio, problem


def test_verdict_counts_moves_kinds_and_csms_over_full_and_says_what_is_proved() -> None:
    """The sentence that everybody reads first."""
    assert verdict(summary(make_result())) == (
        "Move 17 of 44 accounts (39 %, $1.4M): 9 placed, 3 forced, 5 chosen. "
        "CSMs over 100 %: 1 before, 0 after. No plan that keeps your rules as well needs fewer chosen moves."
    )


def test_verdict_when_fewer_moves_might_do() -> None:
    """The bound is named when it is below the plan's own count."""
    assert "needs fewer than 4 chosen moves" in verdict(summary(make_result(fewest_moves=4)))


def test_verdict_without_a_bound_on_moves_names_the_price() -> None:
    """Price 10.2 with a bound of 10 is within 2.0 %."""
    result = make_result(fewest_moves=None)
    assert price_within(result) == pytest.approx(0.02)
    assert "within 2.0 % of the least possible" in verdict(summary(result))


def test_verdict_claims_nothing_without_a_bound() -> None:
    """A bound of nil proves nothing."""
    loose = PriorityReport("moves", "Price", "points", None, 9.0, 9.0, 0.0, 0.0, 0.0, 1.0, 0.0, 9.0)
    result = make_result(fewest_moves=None, priorities=(loose,))
    assert "How few moves would do is not proved." in verdict(summary(result))


def test_verdict_without_moves() -> None:
    """An empty plan is said in words."""
    said = verdict(summary(make_result({})))
    assert said.startswith("No account moves")
    assert "needs fewer" not in said


def test_impossible_says_so_first_and_shows_the_diagnosis_loudly() -> None:
    """No sentence about fewest moves where the rules cannot hold."""
    breach = Breach("pins", "Pins hold", "A-000 is pinned to Ben.", 1, "accounts", 0, True, "C2", ("A-000",))
    result = make_result(status=Status.IMPOSSIBLE, breaches=(breach,), diagnosis=("Two pins clash.",))
    s = summary(result)
    assert verdict(s).startswith("No plan can keep every rule. The nearest plan breaks 1 of them.")
    assert "needs fewer" not in verdict(s)
    assert alarms(s)[0] == "Two pins clash."


def test_no_plan_found_does_not_claim_impossibility() -> None:
    """Stopped is not proved."""
    assert "not proved that there is none" in verdict(summary(make_result(status=Status.NO_PLAN_FOUND)))


def test_over_full_after_the_plan_is_loud_and_named() -> None:
    """Ana keeps her 128 % when nothing moves."""
    loud = " ".join(alarms(summary(make_result({}))))
    assert "Ana Ruiz 128 %" in loud
    assert "No plan has less overload." in loud


def test_moves_near_renewal_across_managers_and_second_changes() -> None:
    """Of Ana's five, four renew within 120 days; all go from Mia's team to Noor's; Chloé's changed lately."""
    s = summary(make_result())
    assert s.near_renewal.accounts == sum(
        0 <= (a.renewal_date - s.result.problem.effective_date).days <= 120
        for a in s.result.problem.accounts
        if a.renewal_date and a.id in {f"A-{k:03}" for k in range(11, 16)}
    )
    assert s.near_renewal.accounts == 4
    assert s.across_managers.accounts == 5
    assert summary(make_result({"C-000": "C1"})).second_change.accounts == 1
    assert s.second_change.accounts == 0


def test_breaches_are_told_worst_first_and_once() -> None:
    """A hard one before a large soft one; two rules that say the same of Ana are one line."""
    soft = Breach("balance", "ARR", "Ben is above.", 900_000, "share")
    over = Breach("hours", "Hours", "Ana is over.", 20, "hours")
    hard = Breach("ceiling", "Ceiling", "Ana is over.", 20, "hours", hard=True)
    assert summary(make_result(breaches=(soft, over, hard))).breaches == (hard, soft)


def test_extents_add_up_and_share_is_of_planned_accounts() -> None:
    """Churned and partner accounts are in no denominator."""
    s = summary(make_result())
    assert sum(e.accounts for e in s.moves.values()) == s.all_moves.accounts == 17
    assert sum(e.arr for e in s.moves.values()) == pytest.approx(s.all_moves.arr)
    assert s.accounts == 44
    assert s.all_moves.share_of_accounts == pytest.approx(17 / 44)
    assert {(g.reason, g.accounts) for g in s.not_planned} == {("churned", 1), ("with a partner", 1)}
    assert s.moves[MoveKind.FORCED].accounts == 3


def test_shortage_is_laid_on_segments_and_hires_are_rounded_up() -> None:
    """28 hours over capacity need one CSM of 100 hours; 130 hours need two."""
    p = problem()
    result = make_result({}, problem=p)
    # Nine accounts have no owner (72 h), Ana is 28 h over, Finn leaves with 24 h: 124 h in all.
    (short,) = shortages(result.plan)
    assert short.segment == "Enterprise"
    assert short.hours == pytest.approx(124)
    assert short.hires == 2
    assert shortages(make_result().plan) == ()


def test_a_book_exactly_full_is_not_over() -> None:
    """100 hours of work in 100 hours of capacity is 100 %, not over it."""
    full = portfolio(accounts=(account("A", "C1", hours=100.0),), csms=(csm("C1", "Ana"),))
    result = make_result({}, problem=resolve(full, model(), today=DAY, effective_date=DAY))
    assert summary(result).by_key["over_full"].after == 0
    more = portfolio(accounts=(account("A", "C1", hours=100.01),), csms=(csm("C1", "Ana"),))
    result = make_result({}, problem=resolve(more, model(), today=DAY, effective_date=DAY))
    assert summary(result).by_key["over_full"].after == 1


def test_arr_outside_a_band_is_the_distance_to_its_edge() -> None:
    """Inside is nil, below and above count alike."""
    band = Band("arr", "ARR", "USD", "C1", 1000.0, 900.0, 1100.0, 0.0, 0.0)
    assert [outside(band, v) for v in (900.0, 1100.0, 850.0, 1200.0)] == [0.0, 0.0, 50.0, 100.0]


def test_hours_from_the_model_are_said() -> None:
    """Who gave no hours must know whose they are."""
    accounts = tuple(account(f"A{k}", "C1", hours=None) for k in range(3))
    p = resolve(portfolio(accounts=accounts), model(), today=DAY, effective_date=DAY)
    assert any(
        "Hours of all accounts are the planning model's defaults" in n
        for n in notes(summary(make_result({}, problem=p)))
    )
    assert not any("Hours of" in n for n in notes(summary(make_result())))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (3_100_000, "$3.1M"),
        (420_000, "$420k"),
        (950, "$950"),
        (0, "$0"),
        (-2_000, "-$2k"),
        (999_960, "$1M"),
        (2e9, "$2B"),
    ],
)
def test_money_as_people_say_it(amount: float, said: str) -> None:
    """Short, rounded, with its unit."""
    assert short_money(amount, "USD") == said


def test_a_small_share_is_not_nil() -> None:
    """One of a thousand accounts is not 0 %."""
    assert percent(0.001) == "under 1 %"
    assert percent(0.0) == "0 %"


def test_json_holds_the_contract_and_only_plain_finite_values() -> None:
    """The keys the command line promises; strict JSON even when a bound is infinite."""
    wild = replace(make_result().priorities[0], bound=float("-inf"))
    found = json.loads(json.dumps(as_json(make_result(priorities=(wild,)), out="x.xlsx"), allow_nan=False))
    promised = (
        "status stopped_by priorities accounts csms unassigned moves breaches seconds out plan_hash fingerprint version"
    )
    assert set(promised.split()) <= set(found)
    assert set(found["moves"]["chosen"]) == {"accounts", "arr", "share_of_accounts", "share_of_arr"}
    assert set(found["seconds"]) == {"read", "solve", "write"}
    assert found["priorities"][0]["bound"] is None
    assert found["findings"] == {"error": 0, "warning": 1, "note": 0}
    assert found["before_after"]["over_full"] == {"before": 1, "after": 0}
