"""Why no plan: clashes that are clashes and minimal, ways out that lead out, judged by another solver."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy.optimize import linprog

from bookwright.diagnose import month_shortages, shortages
from bookwright.diagnose.clash import clash_of, sentences_of
from bookwright.diagnose.conditions import conditions_of
from bookwright.diagnose.rules_that_clash import rules_that_clash
from bookwright.diagnose.transport import short_sets
from bookwright.diagnose.ways_out import ways_out
from bookwright.engine.clash import feasible
from bookwright.planner import Options
from bookwright.result import Status
from tests.builders import DAY, absence, account, csm, model, planned, portfolio, posted, wish
from tests.impossible_cases import case, holds, lumpy_case
from tests.random_cases import tiny_model, tiny_portfolio
from tests.test_brute_force import every_plan, keeps_posting

WALL = {"segments": {}, "hours": {"ceiling_percent": 100}}


@pytest.mark.parametrize("block", range(4))
def test_conditions_are_the_hard_rules(block: int) -> None:
    """Some plan keeps what the rules posted exactly where the conditions, one by one, can all hold."""
    seen = set()
    for seed in range(block * 25, block * 25 + 25):
        board, _ = posted(tiny_portfolio(seed), tiny_model(seed))
        possible = not board.contradictions and any(keeps_posting(board, plan) for plan in every_plan(board))
        conditions = conditions_of(board)
        assert feasible(conditions.puzzle) == possible, f"seed {seed}"
        seen.add(possible)
    assert seen == {True, False}


def judged(seed: int, whole: bool) -> bool:
    """One random case: when it is impossible, its clash and every way out are judged by the other solver."""
    board, _ = posted(*(lumpy_case(seed) if whole else case(seed)))
    conditions = conditions_of(board)
    possible = holds(conditions.puzzle)
    assert feasible(conditions.puzzle) == possible
    if possible:
        return False
    assert holds(conditions.puzzle, whole=False) or not whole
    clash = clash_of(conditions)
    assert clash is not None
    assert clash.proved
    members = list(clash.members)
    assert not holds(conditions.puzzle, members)
    for one in members:
        assert holds(conditions.puzzle, [k for k in members if k != one]), clash.said[members.index(one)].text
    ways = ways_out(conditions)
    assert ways, f"seed {seed}: no way out"
    for way in ways:
        assert holds(way.puzzle), way.text
    return True


@pytest.mark.parametrize("block", range(4))
def test_a_clash_is_minimal_and_ways_out_lead_out(block: int) -> None:
    """Random impossible problems: the clash alone is impossible, without any member it is not, each way out works."""
    assert sum(judged(seed, whole=False) for seed in range(block * 6, block * 6 + 6)) >= 4


@pytest.mark.parametrize("block", range(4))
def test_the_same_where_only_whole_accounts_make_it_impossible(block: int) -> None:
    """The relaxation is feasible: hours or numbers fit, whole accounts do not."""
    assert sum(judged(seed, whole=True) for seed in range(block * 6, block * 6 + 6)) >= 4


def test_a_pin_against_a_never_pair_is_two_rows() -> None:
    """Both are the user's own word: both are named, and either may give."""
    facts = portfolio([account("a", pin="bo"), account("b")], wishes=[wish("never", "a", "bo")])
    conditions = conditions_of(posted(facts, model(WALL))[0])
    clash = clash_of(conditions)
    assert clash is not None
    assert set(clash.rules) == {"pins", "never"}
    assert {way.kind for way in ways_out(conditions)} >= {"hold", "never"}


def test_the_hours_somebody_lacks_are_said_to_the_tenth() -> None:
    """Three accounts of 40 h, two CSMs of 50 h: 30 more hours make room; 29.9 do not."""
    facts = portfolio(
        [account(f"a{k}", hours=40.0) for k in range(3)],
        [csm("ana", customer_hours=50.0), csm("bo", customer_hours=50.0)],
    )
    conditions = conditions_of(posted(facts, model(WALL))[0])
    texts = {way.kind: way.text for way in ways_out(conditions)}
    assert texts["hours"].startswith("30.0 more hours a month")
    assert texts["out"].startswith("move this account")
    assert texts["hire"] == "one hire with 50 h a month"
    assert texts["ceiling"] == "let books be up to 60 % fuller than the ceiling now"


def test_hours_that_a_budget_keeps_from_being_used_are_told() -> None:
    """30 h are short; with one move allowed it takes more hours where the accounts are, and the line says why."""
    accounts = [account(f"a{k}", "ana", hours=30.0) for k in range(5)]
    accounts.append(account("b", "bo", hours=10.0))
    team = [csm("ana", customer_hours=60.0), csm("bo", customer_hours=70.0)]
    rules = {
        "hours": {"ceiling_percent": 100},
        "move_budget": {"accounts_percent": 17, "arr_percent": None, "in_at_least": None},
    }
    board, _ = posted(portfolio(accounts, team), model(rules))
    (text,) = (w.text for w in ways_out(conditions_of(board)) if w.kind == "hours")
    assert text == "60.0 more hours a month (Ana 60.0 h); without the limits on moves 30.0 h would do"


def test_covering_more_is_one_permission() -> None:
    """Five Enterprise accounts that only Ana covers: Bo covering Enterprise is one thing to allow, not five."""
    facts = portfolio(
        [account(f"a{k}", hours=30.0, segment="Enterprise") for k in range(5)],
        [csm("ana"), csm("bo", segments=("SMB",))],
    )
    ways = {way.kind: way.text for way in ways_out(conditions_of(posted(facts, model(WALL))[0]))}
    assert ways["cover"] == "let Bo cover Enterprise"


def test_the_planner_says_the_clash_and_the_ways_out() -> None:
    """What the first screen of an impossible plan is made of."""
    facts = portfolio([account(f"a{k}", hours=40.0) for k in range(6)])
    result = planned(facts, model(WALL, ("hours",)))
    assert result.status is Status.IMPOSSIBLE
    text = "\n".join(result.diagnosis)
    assert "cannot all hold (drop any one and the rest can)" in text
    assert "40.0 more hours a month" in text
    assert "Any one of these would do" in text


def test_a_clash_that_cannot_be_proved_says_so() -> None:
    """With no questions left nothing is claimed."""
    conditions = conditions_of(posted(*case(2))[0])
    clash = clash_of(conditions, calls=3)
    assert clash is not None
    assert not clash.proved
    assert "not proved minimal" in sentences_of(clash)[0]


def least_overload(seed: int) -> tuple[float, float]:
    """Hours short by the cut, and the least overload of any spread of accounts in pieces, by another solver."""
    board, _ = posted(*case(seed))
    problem = board.problem
    n, m = board.allowed.shape
    cost = np.concatenate([np.zeros(n * m), np.ones(m)])
    whole = np.zeros((n, n * m + m))
    books = np.zeros((m, n * m + m))
    for i in range(n):
        whole[i, i * m : (i + 1) * m] = 1
        books[np.arange(m), i * m + np.arange(m)] = problem.workload[i]
    books[np.arange(m), n * m + np.arange(m)] = -1
    upper = [*board.allowed.ravel().astype(float), *[None] * m]
    alive = board.allowed.any(axis=1)
    found = linprog(cost, books, problem.capacity, whole[alive], np.ones(alive.sum()), [(0, u) for u in upper])
    return sum(s.short_hours for s in short_sets(board)), found.fun / 3600


def test_the_cut_is_the_least_overload_there_is() -> None:
    """Max flow against a linear program; many cases are short, some are not."""
    found = [least_overload(seed) for seed in range(40)]
    for cut, least in found:
        assert cut == pytest.approx(least, abs=0.06)
    assert 5 < sum(cut > 0 for cut, _ in found) < 40


def test_a_larger_team_gets_ways_out_too() -> None:
    """Above the small size arithmetic goes ahead: hire, permission, accounts to another team, each solved."""
    north = [account(f"n{k}", hours=5.0, region="North") for k in range(110)]
    south = [account(f"s{k}", "bo", hours=2.0, region="South") for k in range(100)]
    team = [csm(f"n{k}", regions=("North",)) for k in range(5)] + [csm(f"s{k}", regions=("South",)) for k in range(5)]
    rules = {**WALL, "matches": [{"account": "region", "csm": "regions"}]}
    conditions = conditions_of(posted(portfolio([*north, *south], team), model(rules))[0])
    ways = {way.kind: way for way in ways_out(conditions)}
    assert ways["cover"].text == "let S0 cover region North"
    assert ways["out"].text.startswith("move these 10 accounts")
    assert ways["out"].proved
    assert ways["hours"].text.startswith("50.0 more hours")
    assert all(holds(way.puzzle) for way in ways.values())


def test_pins_that_overfill_a_book_are_counted() -> None:
    """Twelve accounts of 10 h pinned to Ana, who has 100 h: 20 h short although Bo is free."""
    board, _ = posted(portfolio([account(f"a{k}", pin="ana") for k in range(12)]), model(WALL))
    (finding,) = shortages(board)
    assert "20.0 h short. 12 of the accounts are pinned or frozen." in finding.message


def test_clashes_of_different_kinds_have_one_way_out_together() -> None:
    """A pin against a never pair, and two accounts to be together and apart: one thing of each is given up."""
    facts = portfolio(
        [account("a", pin="bo"), account("b"), account("c")],
        wishes=[wish("never", "a", "bo"), wish("keep together", "b", "c"), wish("keep apart", "b", "c")],
    )
    conditions = conditions_of(posted(facts, model(WALL))[0])
    ways = {way.text: way for way in ways_out(conditions)}
    (together,) = [text for text in ways if text.startswith("all of these together")]
    assert together.count("give up that") == 2
    assert holds(ways[together].puzzle)


def test_a_month_that_is_short_is_named_although_the_last_one_fits() -> None:
    """Bo starts at a quarter of his hours and Ana is away in the first month: 150 h of work, 85 h of people."""
    away = [absence("ana", DAY, 40.0)]
    team = [csm("ana"), csm("bo", start_date=DAY, ramp=(25.0, 50.0, 100.0))]
    facts = portfolio([account(f"a{k}", hours=30.0) for k in range(5)], team, absences=tuple(away))
    board, _ = posted(facts, model({"hours": {}, "months": {"peak_percent": 120}}, ("hours",)))
    assert not shortages(board)
    (found,) = month_shortages(board)
    assert found.message.startswith(
        f"In the month from {DAY.isoformat()} 5 accounts (no segment) need 150.0 h; Ana, Bo"
    )
    assert "have 85.0 h for them: 65.0 h short, whoever has them." in found.message
    assert found.code in {f.code for f in planned(facts, model({"hours": {}, "move_price": {}}, ("hours",))).findings}


@pytest.mark.parametrize(("hours", "short"), [(100.0, False), (106.0, True)])
def test_peaks_up_to_the_share_that_is_free_are_no_shortage(hours: float, short: bool) -> None:
    """85 h of people in the first month, 120 % of it is 102: 100 h of work is a peak, 106 h is short."""
    team = [csm("ana", customer_hours=60.0), csm("bo", start_date=DAY, ramp=(25.0, 50.0, 100.0))]
    facts = portfolio([account("a", hours=hours / 2), account("b", hours=hours / 2)], team)
    board, _ = posted(facts, model({"hours": {}, "months": {"peak_percent": 120}}, ("hours",)))
    assert bool(month_shortages(board)) == short
    lower, _ = posted(facts, model({"hours": {}, "months": {"peak_percent": 100}}, ("hours",)))
    assert month_shortages(lower)


def test_until_a_leaver_is_gone_their_hours_count() -> None:
    """Ana leaves at the end of the second month: until then she has her accounts, whoever may own them after."""
    gone = csm("ana", end_date=DAY + dt.timedelta(days=58))
    team = [gone, csm("bo", start_date=DAY, ramp=(0.0, 50.0, 100.0))]
    facts = portfolio([account(f"a{k}", hours=30.0) for k in range(3)], team)
    board, _ = posted(facts, model({"hours": {}}, ("hours",)))
    assert not [f for f in month_shortages(board) if DAY.isoformat() in f.message]
    away = facts.model_copy(update={"absences": (absence("ana", DAY, 90.0),)})
    board, _ = posted(away, model({"hours": {}}, ("hours",)))
    assert [f for f in month_shortages(board) if DAY.isoformat() in f.message]


def test_in_larger_teams_the_rules_that_clash_are_named_and_judged() -> None:
    """Random impossible cases: whole rules; together impossible, each one needed, says the other solver."""
    judged_cases = 0
    for seed in range(40):
        conditions = conditions_of(posted(*case(seed))[0])
        found = rules_that_clash(conditions)
        assert (found is None) == holds(conditions.puzzle)
        if found is None:
            continue
        of = {rule: [k for k, s in enumerate(conditions.said) if s.rule == rule] for rule in found.rules}
        assert found.proved
        assert not holds(conditions.puzzle, [k for members in of.values() for k in members])
        for rule in found.rules:
            assert holds(conditions.puzzle, [k for other, members in of.items() if other != rule for k in members])
        judged_cases += 1
    assert judged_cases > 10


def test_a_team_too_large_for_rows_hears_which_rules_clash() -> None:
    """160 accounts and 11 CSMs: the hours would fit, but not where the regions hold them."""
    accounts = [account(f"a{k}", hours=10.0, region="North" if k < 110 else "South") for k in range(160)]
    team = [csm(f"c{k}", regions=("North",) if k < 8 else ("South",), customer_hours=200.0) for k in range(11)]
    owned = [a.model_copy(update={"csm_id": f"c{k % 8 if k < 110 else 8 + k % 3}"}) for k, a in enumerate(accounts)]
    short = [c.model_copy(update={"customer_hours": 130.0}) if c.regions == ("North",) else c for c in team]
    rules = {"matches": [{"account": "region", "csm": "regions"}], "hours": {"ceiling_percent": 100}}
    result = planned(portfolio(owned, short), model(rules, ("hours",)), Options(time_limit=None, effort=5))
    text = "\n".join(result.diagnosis)
    assert "These rules cannot all hold together (without any one of them the rest can): Hours, Matches" in text
    assert "Hours fit in total" in text
