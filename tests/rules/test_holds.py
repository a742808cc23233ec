"""Rules that hold accounts where they are: pins, notice, freezes; their windows, their exemptions, their precedence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookwright.portfolio import Account, Coverage, Kind, Status
from bookwright.result import Status as Verdict
from tests.builders import DAY, account, breaches, csm, edge, model, of, owners, planned, portfolio, posted, wish

ON: dict[str, Any] = {"freezes": {}}


def days(count: int) -> dt.date:
    """So many days from the effective date."""
    return DAY + dt.timedelta(days=count)


def frozen(row: Account, **settings: Any) -> bool:
    """Whether an account may not leave Ana, on which posting and check must agree."""
    board, rules = posted(portfolio([row]), model({"freezes": settings}))
    held = not board.allowed[0, 1]
    assert bool(breaches(board, rules, of(board, **{row.id: "bo"}), "freezes")) == held
    return held


WINDOWS = {
    "renewal in 60 days": ({"renewal_date": days(60)}, True),
    "renewal in 61 days": ({"renewal_date": days(61)}, False),
    "renewal 30 days ago": ({"renewal_date": days(-30)}, True),
    "renewal 31 days ago": ({"renewal_date": days(-31)}, False),
    "csm since 90 days": ({"csm_since": days(-90)}, True),
    "csm since 91 days": ({"csm_since": days(-91)}, False),
    "onboarding for 90 days": ({"csm_since": days(-90), "status": Status.ONBOARDING}, True),
    "onboarding for 91 days": ({"csm_since": days(-91), "status": Status.ONBOARDING}, False),
    "onboarding by stage, since nobody knows when": ({"stage": "Onboarding"}, True),
    "frozen until tomorrow": ({"freeze_until": days(1)}, True),
    "frozen until today": ({"freeze_until": days(0)}, False),
    "escalation open": ({"escalation": True}, True),
    "nothing": ({}, False),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_windows_at_their_edges(name: str) -> None:
    """Counted from the effective date, both ends inside."""
    facts, expected = WINDOWS[name]
    assert frozen(account("a1", **facts)) == expected


EXEMPT = {
    "contract of 3 months": ({"contract_term_months": 3}, False),
    "contract of 4 months": ({"contract_term_months": 4}, True),
    "digital segment": ({"segment": "digital"}, False),
    "pooled coverage": ({"coverage": Coverage.POOL}, False),
}


@pytest.mark.parametrize("window", [{"renewal_date": days(10)}, {"csm_since": days(-10)}, {"stage": "onboarding"}])
@pytest.mark.parametrize("name", EXEMPT)
def test_no_windows_for_short_contracts_and_pooled_or_digital_accounts(name: str, window: dict[str, Any]) -> None:
    """The exemption is from every window, not from the renewal's alone."""
    facts, expected = EXEMPT[name]
    assert frozen(account("a1", **facts, **window)) == expected


def test_an_own_freeze_date_holds_even_the_exempt() -> None:
    """What the user writes on the row is not a window."""
    assert frozen(account("a1", segment="Digital", freeze_until=days(5)))
    assert frozen(account("a1", contract_term_months=1, escalation=True))


def test_accounts_of_a_pool_have_no_windows() -> None:
    """Nobody misses a voice that was never one."""
    team = [csm("ana", kind=Kind.POOL), csm("bo", kind=Kind.POOL)]
    board, rules = posted(portfolio([account("a1", renewal_date=days(5))], team), model(ON))
    assert not board.holds
    assert not breaches(board, rules, of(board, a1="bo"), "freezes")


def test_no_freeze_where_the_csm_is_missing_or_leaving() -> None:
    """There is nobody to stay with."""
    rows = [account("a1", None, renewal_date=days(5)), account("a2", renewal_date=days(5))]
    board, rules = posted(portfolio(rows, [csm("ana", end_date=days(10)), csm("bo")]), model(ON))
    assert not board.holds
    assert not breaches(board, rules, of(board, a1="bo", a2="bo"), "freezes")


def test_everyone_frozen_places_only_the_unowned() -> None:
    """The occasion of new accounts: those with a CSM stay, whatever the hours."""
    rows = [account("a1", hours=150), account("a2", None)]
    decided = model({"freezes": {"everyone": True}, "hours": {}}, ["hours"])
    assert owners(planned(portfolio(rows), decided)) == {"a1": "ana", "a2": "bo"}


def test_freezes_change_the_answer() -> None:
    """Ana must give up one account: never the frozen one."""
    rows = [account("a1", hours=60, arr=1, renewal_date=days(5)), account("a2", hours=60, arr=999)]
    rules: dict[str, Any] = {"hours": {}, "move_price": {}}
    assert owners(planned(portfolio(rows), model(rules, ["hours", "moves"])))["a1"] == "bo"
    result = planned(portfolio(rows), model({**rules, **ON}, ["hours", "moves"]))
    assert owners(result) == {"a1": "ana", "a2": "bo"}
    assert result.frozen == {"a1": "renewal on 2027-01-06"}


def test_pins_at_the_edge() -> None:
    """A pin holds through its last day."""
    for until, good in ((DAY, False), (days(-1), True)):
        board, rules = posted(portfolio([account("a1", pin="ana", pin_until=until)]), model())
        assert board.allowed[0].tolist() == [True, good]
        assert (not breaches(board, rules, of(board, a1="bo"), "pins")) == good
    board, rules = posted(portfolio([account("a1", "bo", pin="ana")]), model())
    edge(board, rules, "pins", {"a1": "ana"}, {"a1": "bo"})


def test_notice_given_stays_even_where_nothing_freezes() -> None:
    """No point in a new CSM for an account that goes; a CSM who leaves is another matter."""
    board, rules = posted(portfolio([account("a1", status=Status.NOTICE)]), model())
    edge(board, rules, "pins", {"a1": "ana"}, {"a1": "bo"})
    gone = portfolio([account("a1", status=Status.NOTICE)], [csm("ana", end_date=DAY), csm("bo")])
    assert owners(planned(gone, model())) == {"a1": "bo"}


def test_precedence_never_beats_pin_beats_freeze_beats_coverage() -> None:
    """Each wish loses to the one before it, and what stands outside coverage is listed."""
    frozen_row: dict[str, Any] = {"renewal_date": days(5), "segment": "Big"}
    team = [csm("ana", segments=("Small",)), csm("bo", segments=("Big",)), csm("cy", segments=("Small",))]
    decided = model({"segments": {}, **ON})
    stays = planned(portfolio([account("a1", **frozen_row)], team), decided)
    assert owners(stays) == {"a1": "ana"}
    assert [(e.rule, e.account_id) for e in stays.exceptions] == [("freezes", "a1")]
    pinned = planned(portfolio([account("a1", pin="cy", **frozen_row)], team), decided)
    assert owners(pinned) == {"a1": "cy"}
    assert pinned.exceptions[0].text == "goes to Cy (pinned), who does not cover Big"
    barred = portfolio([account("a1", pin="cy", **frozen_row)], team, [wish("never", "a1", "cy")])
    nearest = planned(barred, decided)
    assert (nearest.status, owners(nearest)) == (Verdict.IMPOSSIBLE, {"a1": "ana"})
    assert nearest.diagnosis[0] == "a1 is pinned to Cy, who must never have it (Pairs sheet); does not cover Big."
    both = portfolio([account("a1", **frozen_row)], team, [wish("never", "a1", "ana")])
    forced = planned(both, decided)
    assert (forced.status, owners(forced)) == (Verdict.OPTIMAL, {"a1": "bo"})


def test_gone_beats_a_pin() -> None:
    """A pin to somebody who leaves is a contradiction, said with both names."""
    result = planned(portfolio([account("a1", pin="ana")], [csm("ana", end_date=DAY), csm("bo")]), model())
    assert (result.status, owners(result)) == (Verdict.IMPOSSIBLE, {"a1": "bo"})
    assert result.diagnosis[0] == "a1 is pinned to Ana, who leaves on 2027-01-01."


def test_a_pin_to_nobody_is_said() -> None:
    """A name that is on no row of the CSMs sheet holds nothing, and does not do so silently."""
    result = planned(portfolio([account("a1", pin="zoe")]), model())
    assert result.status is Verdict.OPTIMAL
    assert any(f.code == "unknown_pin" and '"zoe"' in f.message for f in result.findings)


def test_more_than_ten_pins_for_one_csm_is_a_finding() -> None:
    """Ten are a choice, eleven a habit."""
    for count, said in ((10, False), (11, True)):
        board, _ = posted(portfolio([account(f"a{k}", pin="ana") for k in range(count)]), model())
        assert any(code == "many_pins" for code, _, _ in board.notes) == said
