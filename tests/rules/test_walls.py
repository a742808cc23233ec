"""Rules that bar pairs: ownership, segments, coverage, matches; each at its edge, and each changing an answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookwright.findings import InputError
from bookwright.portfolio import Coverage, Kind, Portfolio
from bookwright.rules.matches import utc_offset
from tests.builders import DAY, account, breaches, csm, edge, model, of, owners, planned, portfolio, posted, wish

LAST = dt.date(2027, 3, 31)
"""The last day of the horizon."""
ONE = dt.timedelta(days=1)


def test_never_pairs_are_refused() -> None:
    """Bo must never have a1, but may have a2."""
    board, rules = posted(portfolio([account("a1"), account("a2")], wishes=[wish("never", "a1", "bo")]), model())
    edge(board, rules, "ownership", {"a2": "bo"}, {"a1": "bo"})


def test_who_leaves_on_the_last_day_stays_an_owner() -> None:
    """Ending on the horizon's last day is staying; one day earlier is leaving."""
    for last, good in ((LAST, True), (LAST - ONE, False)):
        board, rules = posted(portfolio([account("a1")], [csm("ana", end_date=last), csm("bo")]), model())
        assert board.allowed[0].tolist() == [good, True]
        assert (not breaches(board, rules, of(board), "ownership")) == good


def test_who_starts_after_the_horizon_owns_nothing() -> None:
    """Starting on the last day is early enough; a day later is not."""
    for first, good in ((LAST, True), (LAST + ONE, False)):
        board, rules = posted(portfolio([account("a1")], [csm("ana"), csm("bo", start_date=first)]), model())
        assert board.allowed[0].tolist() == [True, good]
        assert (not breaches(board, rules, of(board, a1="bo"), "ownership")) == good


def test_everybody_gets_an_owner_and_a_leavers_accounts_are_forced() -> None:
    """Placed and forced moves are told apart, with the reason."""
    team = [csm("ana", end_date=DAY), csm("bo")]
    result = planned(portfolio([account("a1"), account("a2", None)], team), model({"move_price": {}}, ["moves"]))
    assert owners(result) == {"a1": "bo", "a2": "bo"}
    assert [(m.kind.value, m.reason) for m in result.plan.moves] == [
        ("forced", "Ana leaves on 2027-01-01"),
        ("placed", ""),
    ]
    assert result.priorities[0].value == 0


def covered(**settings: Any) -> tuple[Portfolio, dict[str, Any]]:
    """Ana covers Big; Bo covers Small and today has one of each."""
    team = [csm("ana", segments=("Big",)), csm("bo", segments=("small",))]
    rows = [account("a1", "bo", segment="Big"), account("a2", "bo", segment="Small"), account("a3", "bo")]
    return portfolio(rows, team), {"segments": settings}


def test_segments_at_the_edge() -> None:
    """Case does not matter, a blank segment goes anywhere, and an uncovered one nowhere."""
    board, rules = posted(*_as_model(covered()))
    edge(board, rules, "segments", {"a1": "ana", "a3": "ana"}, {"a1": "ana", "a2": "ana"})


def test_segments_off_leave_the_account_where_it_is() -> None:
    """Turned on, the rule forces a1 from Bo to Ana; no_worse lets it stay but bars newcomers."""
    for settings, home in (({}, "ana"), ({"mode": "off"}, "bo"), ({"mode": "no_worse"}, "bo")):
        facts, rules = covered(**settings)
        assert owners(planned(facts, model({**rules, "move_price": {}}, ["moves"])))["a1"] == home
    board, rules_ = posted(*_as_model(covered(mode="no_worse")))
    edge(board, rules_, "segments", {}, {"a2": "ana"})


def _as_model(pair: tuple[Portfolio, dict[str, Any]]) -> tuple[Portfolio, Any]:
    return pair[0], model(pair[1])


def test_named_stays_named_and_pooled_stays_pooled() -> None:
    """No crossing between a person and a pool; Coverage = pool asks for a pool; unowned ones may go to either."""
    team = [csm("ana"), csm("bo"), csm("pool", kind=Kind.POOL), csm("pond", kind=Kind.POOL)]
    rows = [account("a1"), account("a2", "pool"), account("a3", None, coverage=Coverage.POOL), account("a4", None)]
    board, rules = posted(portfolio(rows, team), model({"coverage": {}}))
    inside = {"a1": "bo", "a2": "pond", "a3": "pool", "a4": "pool"}
    for crossing in ({"a1": "pool"}, {"a2": "ana"}, {"a3": "ana"}):
        edge(board, rules, "coverage", inside, {**inside, **crossing})


def test_coverage_changes_who_takes_the_work() -> None:
    """Ana is over her hours and only the pool has room: it takes an account only where the rule is off."""
    facts = portfolio([account("a1", hours=60), account("a2", hours=60)], [csm("ana"), csm("pool", kind=Kind.POOL)])
    for on, moves in (({"coverage": {}}, 0), ({}, 1)):
        assert len(planned(facts, model({"hours": {}, **on}, ["hours"])).plan.moves) == moves


def matched(mode: str = "hard", **more: Any) -> dict[str, Any]:
    """Region against Regions."""
    return {"matches": [{"account": "region", "csm": "regions", "mode": mode, **more}]}


def test_matches_at_the_edge() -> None:
    """A filled cell is a wall, blank on either side matches; today's owner may stay under no_worse only."""
    team = [csm("ana", regions=("North",)), csm("bo", regions=("south", "East")), csm("cy")]
    rows = [account("a1", region="North"), account("a2", "ana", region="South"), account("a3")]
    board, rules = posted(portfolio(rows, team), model(matched()))
    edge(board, rules, "match_region", {"a1": "cy", "a2": "bo", "a3": "bo"}, {"a2": "ana"})
    board, rules = posted(portfolio(rows, team), model(matched("no_worse")))
    edge(board, rules, "match_region", {"a2": "ana"}, {"a1": "bo"})


def test_a_match_changes_the_answer_as_wall_and_as_preference() -> None:
    """A new account goes where its region is known; without the rule, to whoever stands first in price."""
    team = [csm("ana", regions=("South",)), csm("bo", regions=("North",))]
    facts = portfolio([account("a1", None, region="North")], team)
    for mode in ("hard", "priority"):
        assert owners(planned(facts, model(matched(mode), ["moves"]))) == {"a1": "bo"}
    missed = planned(facts, model({**matched("priority", points=2), "book_size": {}}, ["moves"]))
    row = next(r for r in missed.ledger if r.rule == "match_region")
    assert (row.before, row.after, missed.priorities[0].value) == (0, 0, 0)
    alone = portfolio([account("a1", None, region="North")], team[:1])
    missed = planned(alone, model(matched("priority", points=2), ["moves"]))
    row = next(r for r in missed.ledger if r.rule == "match_region")
    assert (row.after, missed.priorities[0].value) == (1, 2.0)
    assert planned(alone, model(matched())).unassigned == ("a1",)


def test_time_zones_match_by_distance() -> None:
    """Three hours are near, four are not, and the clock is round."""
    team = [csm("ana", time_zones=("UTC+11",)), csm("bo", time_zones=("UTC-10",))]
    rows = [account("a1", "bo", time_zone="+14:00"), account("a2", "bo", time_zone="UTC-6")]
    zone = {"account": "time_zone", "csm": "time_zones", "within_hours": 3}
    board, rules = posted(portfolio(rows, team), model({"matches": [zone]}))
    assert board.allowed.tolist() == [[True, True], [False, False]]
    assert [b.account_ids for b in breaches(board, rules, of(board), "match_time_zone")] == [("a2",)]
    assert utc_offset("Europe/Berlin", DAY) == utc_offset("CET", DAY) == utc_offset("GMT+1", DAY) == 1
    assert utc_offset("Atlantis", DAY) is None


def test_any_column_of_the_users_own_can_match() -> None:
    """A header of the user's against a list column of the user's; a header that is nowhere is refused by name."""
    team = [csm("ana", extra={"Skills": "voice; chat"}), csm("bo", extra={"Skills": "field"})]
    facts = portfolio([account("a1", extra={"Needs": "Field"})], team)
    rule = {"matches": [{"account": "Needs", "csm": "Skills"}]}
    assert owners(planned(facts, model(rule))) == {"a1": "bo"}
    with pytest.raises(InputError, match=r'"Need" among the accounts\. Maybe "Needs"'):
        posted(facts, model({"matches": [{"account": "Need", "csm": "Skills"}]}))
