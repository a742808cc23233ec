"""The hand-worked example, recomputed with plain arithmetic; ratios, headcount, overload, time and what-if."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookwright.capacity import (
    BENCHMARKS,
    Capacity,
    analyse,
    explain_top_down,
    overloads,
    parse_change,
    trades,
    what_if,
)
from bookwright.findings import UsageError
from bookwright.report.capacity_case import findings, hires_or_tooling, markdown, sentence
from tests.builders import account, csm, model, portfolio, problem
from tests.capacity.hand import decided, facts


@pytest.fixture(scope="module")
def example() -> Capacity:
    """The example of docs/capacity.md."""
    return analyse(problem(facts(), decided()))


def test_the_hand_worked_example(example: Capacity) -> None:
    """Touchpoints -> hours -> capacity -> customers per CSM, each step by hand."""
    calls, reviews, renewal = 1.0 * 2, 3.0 / 3, 12.0 / 12
    one_time = 10.0 * 0.24 / 12
    per_account = calls + reviews + renewal + one_time + 0.8
    assert per_account == pytest.approx(5.0)
    need = 24 * per_account + 4 * per_account * 1.5
    ana, bo = 150 * (1 - 1 / 3), 150 * (1 - 1 / 3) - 20
    (segment,) = example.segments
    assert segment.need == pytest.approx(need) == pytest.approx(150)
    assert segment.available == pytest.approx(ana + bo) == pytest.approx(180)
    assert segment.customers_per_csm == pytest.approx(100 / (150 / 28)) == pytest.approx(18.667, abs=1e-3)
    assert segment.arr_per_csm == pytest.approx(18.6667 * 3_200_000 / 28, rel=1e-4)
    assert segment.csms_needed == pytest.approx(1.5)
    assert segment.csms_today == pytest.approx(1.8)
    assert segment.idle == pytest.approx(30)
    ana_book = 20 * 5 + 4 * 7.5
    assert [c.hours for c in example.csms] == pytest.approx([ana_book, 20])
    assert segment.not_served == pytest.approx(ana_book - ana) == pytest.approx(30)
    assert segment.arr_not_served == pytest.approx(2_800_000 * 30 / 130)
    assert segment.top_down == pytest.approx((3.2, 1.6))


def test_the_page_tells_these_numbers() -> None:
    """docs/capacity.md states the example's steps and results as computed here."""
    text = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text(encoding="utf-8")
    for said in ("= 5.0 h", "= 150 h", "100 h", "80 h", "18.7", "1.5 CSMs", "$2.1M", "30 h"):
        assert said in text, said


def test_overload_names_accounts_touchpoints_and_who_has_room(example: Capacity) -> None:
    """Ana is 30 h over: four complex accounts of 7.5 h are fewer than six plain ones; Bo has room for all of it."""
    (ana,) = overloads(example)
    assert (ana.csm_id, ana.over) == ("ana", pytest.approx(30))
    assert [h for _, h, _, _ in ana.hand_over] == pytest.approx([7.5] * 4)
    assert {to for *_, to in ana.hand_over} == {"Bo"}
    assert ana.automate == (("Enterprise", "Business review", pytest.approx(130 / 5 * 0.2)),)
    assert sum(h for *_, h in ana.drop) == pytest.approx(30)


def test_time_by_activity_adds_up(example: Capacity) -> None:
    """Inbound is reactive; the rest of this table is proactive."""
    ana = example.csms[0]
    assert ana.activities == pytest.approx((130 * 4.2 / 5, 130 * 0.8 / 5, 0.0, 0.0))


def test_twenty_percent_more_capacity_gets_the_last_work_done(example: Capacity) -> None:
    """30 h are not done; 20 % more gives Ana 20 h. Inbound, renewals and onboarding come first, then calls."""
    outcome = what_if(example, [parse_change("capacity=+20%")])
    ((_, before, after),) = outcome.segments
    assert (before, after) == (pytest.approx(30), pytest.approx(10))
    undone = {p.name: (b, a) for p, b, a in outcome.done if b > 0.01}
    assert undone == {
        "Business review": (pytest.approx(26), pytest.approx(10)),
        "Check-in call": (pytest.approx(4), pytest.approx(0)),
    }
    tooling = what_if(example, [parse_change("tooling=100%")])
    assert tooling.segments[0][2] == pytest.approx(30 - 26 * 0.2)
    hires = what_if(example, [parse_change("hires:enterprise=1")])
    assert hires.segments[0][2] == pytest.approx(0)
    growth = what_if(example, [parse_change("accounts:Enterprise=+28")])
    assert growth.segments[0][2] == pytest.approx(30 + 150)


@pytest.mark.parametrize(
    "text", ["capacity=20", "tooling=200%", "hires=2", "magic=1", "hires:A=-1", "capacity=+1.2.3%"]
)
def test_a_what_if_that_makes_no_sense_is_refused(text: str) -> None:
    """With what is known."""
    with pytest.raises(UsageError):
        parse_change(text)


def test_an_unknown_segment_is_refused(example: Capacity) -> None:
    """By name."""
    with pytest.raises(UsageError, match="Enterprise"):
        what_if(example, [parse_change("hires:Giant=1")])


def test_what_gets_done_is_told_in_touchpoints(example: Capacity) -> None:
    """16 h of reviews are 5 more of 3 h; 4 h of calls are 4."""
    said = sentence(what_if(example, [parse_change("capacity=+20%")]))
    assert "20 of 30 hours not done today would be done each month" in said
    assert "5 x Business review (Enterprise), 16.0 h" in said
    assert "4 x Check-in call (Enterprise), 4.0 h" in said


def test_work_that_is_not_broken_down_is_short_in_proportion() -> None:
    """130 h in 100 h, two segments without touchpoints: nobody's work waits because its segment comes last."""
    accounts = [account("x", segment="X", hours=52.0), account("y", segment="Y", hours=78.0)]
    found = analyse(problem(portfolio(accounts, [csm("ana")]), model()))
    outcome = what_if(found, [parse_change("capacity=+20%")])
    assert [b for _, b, _ in outcome.segments] == pytest.approx([s.not_served for s in found.segments])
    assert "12.0 h of work for Y" in sentence(outcome)
    assert "with a Touchpoints sheet these are named" in sentence(outcome)


def test_the_case_says_whether_to_hire(example: Capacity) -> None:
    """30 h free in all: nobody; 50 h short however books are shared: half a CSM; nothing automatable: said once."""
    assert "nobody need be hired" in hires_or_tooling(example)[0]
    short = analyse(problem(portfolio([account(f"a{k}", segment="X") for k in range(15)], [csm("ana")]), model()))
    first, second = hires_or_tooling(short)
    assert "50 hours are short" in first
    assert "0.5 more CSMs" in first
    assert "No touchpoint here is marked automatable" in second


def test_hires_equal_tooling(example: Capacity) -> None:
    """One hire = 100 h; 150 h of work hold 30 h of reviews, 20 % of which could be automated: 6 h."""
    first = trades(example)[0]
    assert (first.hires, first.hours) == (1, pytest.approx(100))
    assert first.share_of_automatable == pytest.approx(100 / 6)
    assert first.share_of_all == pytest.approx(100 / 150)


def test_why_a_rule_of_thumb_differs(example: Capacity) -> None:
    """2.13M fit into one CSM's hours: the 1M rule asks for twice the CSMs, the 2M rule for about as many."""
    (segment,) = example.segments
    assert "2.1 x as many" in explain_top_down(example, segment, 1e6)
    assert "about the same" in explain_top_down(example, segment, 2e6)


def test_sized_by_arr_alone_is_warned_about() -> None:
    """No hours, no touchpoints: a book sized by ARR alone."""
    bare = analyse(problem(portfolio([account("a", hours=None)]), model(rules={"hours": {}})))
    assert any("ARR" in t and t.startswith("Warning") for t in findings(bare))
    given = analyse(problem(portfolio([account("a")]), model(rules={"hours": {}})))
    assert not any(t.startswith("Warning") for t in findings(given))


def test_the_most_underserved_segment_by_hours_and_by_arr_may_differ() -> None:
    """Many cheap hours short in one segment, few dear ones in the other."""
    accounts = [account(f"s{k}", "ana", segment="Small", arr=10.0, hours=20.0) for k in range(10)]
    accounts += [account("big", "bo", segment="Big", arr=1e6, hours=110.0)]
    found = analyse(problem(portfolio(accounts), model()))
    assert found.most_short is not None
    assert found.most_short.name == "Small"
    assert found.most_arr_short is not None
    assert found.most_arr_short.name == "Big"


def test_an_empty_book_and_no_hours_are_no_trouble() -> None:
    """A new CSM's hours go to what they cover; accounts without hours need nobody."""
    team = [csm("ana", segments=("Big",)), csm("new", segments=("Big",)), csm("idle", segments=("Nothing",))]
    found = analyse(
        problem(portfolio([account("a", segment="Big"), account("z", segment="Z", hours=0.0)], team), model())
    )
    big, none = found.segments
    assert big.available == pytest.approx(200)
    assert none.customers_per_csm is None
    assert markdown(found)


def test_outcomes_stand_beside_coverage() -> None:
    """Renewal rate weighted by ARR from the user's own column; health as a mean."""
    accounts = [
        account("a", arr=300.0, health=80.0, extra={"Renewal rate": 0.9}),
        account("b", arr=100.0, health=40.0, extra={"Renewal rate": 0.5}),
    ]
    (segment,) = analyse(problem(portfolio(accounts), model())).segments
    assert segment.renewal_rate == pytest.approx(0.8)
    assert segment.health == 60
    assert segment.expansion is None


def test_every_benchmark_has_a_source_and_a_caveat() -> None:
    """And none is without a number."""
    for preset in BENCHMARKS:
        assert preset.source
        assert preset.caveat
        assert preset.accounts or preset.arr
