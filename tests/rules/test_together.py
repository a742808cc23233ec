"""Families and keep apart: who moves together, who may part, and what happens when wishes contradict each other."""

from __future__ import annotations

from typing import Any

from bookwright.result import Status
from tests.builders import account, breaches, csm, edge, model, of, owners, planned, portfolio, posted, wish

TEAM = [csm("ana"), csm("bo"), csm("cy")]
KEEP: dict[str, Any] = {"families": {}}
UNITE: dict[str, Any] = {"families": {"how": "unite"}}


def family(*homes: str | None, **more: Any) -> list[Any]:
    """Children of one parent, f0, f1..., with these CSMs today."""
    return [account(f"f{k}", home, parent_id="P", **more) for k, home in enumerate(homes)]


def test_members_with_one_csm_move_together_or_not_at_all() -> None:
    """Two of Ana's stay together; the sister with Bo is free."""
    board, rules = posted(portfolio(family("ana", "ana", "bo"), TEAM), model(KEEP))
    edge(board, rules, "families", {"f0": "bo", "f1": "bo", "f2": "cy"}, {"f0": "bo"})


def test_unite_brings_all_to_one_csm() -> None:
    """Split today is no excuse."""
    board, rules = posted(portfolio(family("ana", "ana", "bo"), TEAM), model(UNITE))
    edge(board, rules, "families", {"f2": "ana"}, {"f2": "cy"})


def test_a_family_is_the_whole_tree() -> None:
    """The grandmother, who is an account, belongs to it; and so does her grandchild."""
    rows = [account("g"), account("m", parent_id="g"), account("c", parent_id="m"), account("other")]
    board, rules = posted(portfolio(rows, TEAM), model(KEEP))
    assert board.groups == [("families", (0, 1, 2))]
    edge(board, rules, "families", {"g": "bo", "m": "bo", "c": "bo"}, {"c": "bo"})
    edge(board, rules, "families", {"other": "bo"}, {"g": "bo"})


def test_parents_in_a_circle_are_one_family() -> None:
    """Nobody is the root of it, and nothing hangs."""
    rows = [
        account("a", parent_id="b"),
        account("b", parent_id="a"),
        account("c", parent_id="b"),
        account("d", parent_id="d"),
    ]
    board, rules = posted(portfolio(rows, TEAM), model(KEEP))
    edge(board, rules, "families", {"a": "bo", "b": "bo", "c": "bo", "d": "cy"}, {"c": "bo"})


def test_a_held_member_holds_its_family_only_under_unite() -> None:
    """Frozen f0 stays; keep lets its sister go, unite does not."""
    rows = [account("f0", parent_id="P", escalation=True), account("f1", parent_id="P")]
    for rules, good in (({**KEEP, "freezes": {}}, True), ({**UNITE, "freezes": {}}, False)):
        board, made = posted(portfolio(rows, TEAM), model(rules))
        assert (not breaches(board, made, of(board, f1="bo"), "families")) == good
        assert bool(board.allowed[1, 1]) == good


def test_clashing_pins_under_unite_are_a_contradiction() -> None:
    """Said with names; the nearest plan keeps the pins and breaks the family."""
    rows = [account("f0", parent_id="P", pin="ana"), account("f1", parent_id="P", pin="bo")]
    result = planned(portfolio(rows, TEAM), model(UNITE))
    assert result.status is Status.IMPOSSIBLE
    assert result.diagnosis[0] == "f0, f1 are to end with one CSM, but no CSM may own them all."
    assert owners(result) == {"f0": "ana", "f1": "bo"}


def test_who_must_leave_takes_the_family_along_and_the_move_is_forced() -> None:
    """One sister may not stay with Ana, so neither stays; no budget pays for that."""
    team = [csm("ana", regions=("North",)), csm("bo")]
    rows = [account("f0", parent_id="P", region="South"), account("f1", parent_id="P", region="North")]
    rules: dict[str, Any] = {**KEEP, "matches": [{"account": "region", "csm": "regions"}]}
    budget = {"move_budget": {"accounts_percent": 0}}
    result = planned(portfolio(rows, team), model({**rules, **budget}))
    assert result.status is Status.OPTIMAL
    assert owners(result) == {"f0": "bo", "f1": "bo"}
    assert {m.reason for m in result.plan.moves_of(result.plan.moves[0].kind)} == {
        "Ana does not cover region South; may not own its whole family",
        "Ana may not own its whole family",
    }
    assert all(m.kind.value == "forced" for m in result.plan.moves)


def test_a_family_that_nobody_may_own_whole_may_be_split() -> None:
    """Said as a finding; the check does not count it."""
    team = [csm("ana", regions=("North",)), csm("bo", regions=("South",))]
    rows = [account("f0", parent_id="P", region="South"), account("f1", parent_id="P", region="North")]
    result = planned(portfolio(rows, team), model({**KEEP, "matches": [{"account": "region", "csm": "regions"}]}))
    assert (result.status, owners(result)) == (Status.OPTIMAL, {"f0": "bo", "f1": "ana"})
    assert any(f.code == "family_split" for f in result.findings)


def test_families_split_today_are_named_once() -> None:
    """One finding for all of them."""
    result = planned(portfolio(family("ana", "bo", "bo"), TEAM), model(KEEP))
    said = [f.message for f in result.findings if f.code == "families_split_today"]
    assert said == ["1 family has several CSMs today and may stay split, among them those of f0."]


def test_the_pairs_sheet_keeps_together_whether_or_not_families_are_named() -> None:
    """The user's own word needs no table in the planning model; only mode = off silences it."""
    rows, pair = [account("a1"), account("a2", "bo")], [wish("keep together", "a1", "a2")]
    for rules, good in (({}, False), (KEEP, False), ({"families": {"mode": "off"}}, True)):
        board, made = posted(portfolio(rows, TEAM, pair), model(rules))
        assert (not breaches(board, made, of(board), "families")) == good
        assert len(set(owners(planned(portfolio(rows, TEAM, pair), model(rules))).values())) == 2 - (not good)


def test_a_family_joined_to_a_wish_goes_whole_or_is_named() -> None:
    """f0 is wished together with x: the family comes along where one CSM may own all, else it may be split."""
    rows = [*family("ana", "ana", "ana", region="North"), account("x", "bo", region="South")]
    pair = [wish("keep together", "f0", "x")]
    rules: dict[str, Any] = {**KEEP, "matches": [{"account": "region", "csm": "regions"}]}
    board, made = posted(portfolio(rows, TEAM, pair), model(rules))
    assert board.groups == [("families", (0, 1, 2, 3))]
    edge(board, made, "families", {"x": "ana"}, {"f0": "bo"})
    lame = [
        account("f0", parent_id="P"),
        account("f1", parent_id="P", region="North"),
        account("f2", parent_id="P"),
        rows[3],
    ]
    narrow = [csm("ana", regions=("North",)), csm("bo", regions=("South",))]
    result = planned(portfolio(lame, narrow, pair), model(rules))
    assert owners(result)["f0"] == owners(result)["x"] == "bo"
    assert any(f.code == "family_split" for f in result.findings)


def test_families_change_the_answer() -> None:
    """Ana has 120 of 100 hours: alone, the cheapest account goes; a family comes along, so another one goes."""
    rows = [
        account("f0", hours=20, arr=10, parent_id="P"),
        account("f1", hours=70, parent_id="P"),
        account("x", hours=30),
    ]
    rules: dict[str, Any] = {"hours": {}, "move_price": {"arr_per_median": 0.5}}
    assert owners(planned(portfolio(rows), model(rules, ["hours", "moves"])))["f0"] == "bo"
    assert owners(planned(portfolio(rows), model({**rules, **KEEP}, ["hours", "moves"]))) == {
        "f0": "ana",
        "f1": "ana",
        "x": "bo",
    }


APART = [wish("keep apart", "a1", "a2")]


def test_kept_apart_at_the_edge() -> None:
    """Competitors have different CSMs; under no_worse a pair that shares one today may stay as it is."""
    rows = [account("a1"), account("a2", "bo")]
    board, rules = posted(portfolio(rows, TEAM, APART), model())
    edge(board, rules, "apart", {"a2": "cy"}, {"a2": "ana"})
    board, rules = posted(
        portfolio([account("a1"), account("a2")], TEAM, APART), model({"apart": {"mode": "no_worse"}})
    )
    assert not breaches(board, rules, of(board), "apart")


def test_apart_changes_the_answer() -> None:
    """Both with Ana today: one goes, unless the rule is off."""
    facts = portfolio([account("a1"), account("a2")], TEAM, APART)
    for rules, moves in (({}, 1), ({"apart": {"mode": "off"}}, 0), ({"apart": {"mode": "no_worse"}}, 0)):
        assert len(planned(facts, model({"move_price": {}, **rules}, ["moves"])).plan.moves) == moves


def test_apart_and_together_contradict_each_other() -> None:
    """By the Pairs sheet or by family, the clash is said with both names and the pair stays together."""
    together = [wish("keep together", "a1", "a2")]
    by_wish = portfolio([account("a1"), account("a2")], TEAM, [*APART, *together])
    kin = [account("a1", parent_id="P"), account("a2", parent_id="P")]
    for facts, rules in ((by_wish, {}), (portfolio(kin, TEAM, APART), KEEP)):
        result = planned(facts, model({"move_price": {}, **rules}, ["moves"]))
        assert result.status is Status.IMPOSSIBLE
        assert result.diagnosis[0].startswith("a1 and a2 are to be kept apart, but also together")
        assert set(owners(result).values()) == {"ana"}
        assert [b.rule for b in result.breaches if b.hard] == ["apart"]


def test_two_pinned_to_one_csm_cannot_be_kept_apart() -> None:
    """No contradiction on one row, but the rows together cannot hold: proved, and the pair is the one breach."""
    rows = [account("a1", pin="ana"), account("a2", pin="ana")]
    result = planned(portfolio(rows, TEAM, APART), model())
    assert result.status is Status.IMPOSSIBLE
    assert [b.rule for b in result.breaches] == ["apart"]
