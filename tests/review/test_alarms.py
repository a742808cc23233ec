"""Alarms at their edges: held by hand in a segment, and moves rejected."""

from __future__ import annotations

from bookwright.review.alarms import alarms
from bookwright.review.decisions import Answer, Decision
from tests.builders import account, portfolio


def team(pinned: int, count: int = 100) -> list:  # type: ignore[type-arg]
    """Big accounts, some of them pinned."""
    return [account(f"a{k:03}", segment="Big", pin="ana" if k < pinned else None) for k in range(count)]


def test_ten_percent_held_by_hand_is_quiet_and_one_more_is_not() -> None:
    """Pins, overrides and holdovers count together, each account once."""
    book = portfolio(team(6))
    said = [Decision("a050", Answer.OVERRIDE, csm_id="bo"), Decision("a051", Answer.OVERRIDE, csm_id="bo")]
    said += [Decision("a052", Answer.ACCEPT_LATER), Decision("a000", Answer.OVERRIDE, csm_id="bo")]
    assert alarms(book, said, {}, ["a053"]) == ()
    (text,) = alarms(book, said, {}, ["a053", "a054"])
    assert text.startswith("11 of 100 Big accounts (11%) are held by hand (3 holdovers, 3 overrides, 5 pins).")


def test_fewer_than_ten_are_no_alarm_whatever_their_share() -> None:
    """Nine pins of twenty accounts are few; ten are not."""
    assert alarms(portfolio(team(9, 20)), [], {}) == ()
    assert len(alarms(portfolio(team(10, 20)), [], {})) == 1


def test_more_than_three_in_ten_rejected_says_the_most_frequent_reason() -> None:
    """Three of ten chosen moves are quiet, four are not; forced moves and rejections of none are not counted."""
    kinds = {f"a{k:03}": "chosen" for k in range(10)} | {"a020": "forced"}
    reasons = ["capacity", "executive sponsor", "executive sponsor", "data"]
    said = [Decision(f"a{k:03}", Answer.REJECT, reason=r) for k, r in enumerate(reasons)]
    book = portfolio(team(0))
    assert alarms(book, said[:3], kinds) == ()
    (text,) = alarms(book, said, kinds)
    assert text == "4 of 10 chosen moves (40%) were rejected, most often for: executive sponsor (2 times)."
