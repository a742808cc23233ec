"""Salesforce ids in 15 and 18 characters, HubSpot ids, and what spreadsheets do to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookwright.tables.record_ids import DamagedId, alike, case_was_lost, digits, widen

PUBLISHED = {"a0D30000001n7Pi": "a0D30000001n7PiEAI", "0019000000B98de": "0019000000B98deAAB"}
"""Worked examples from public pages on the check characters."""


@pytest.mark.parametrize("short", PUBLISHED)
def test_fifteen_characters_become_eighteen(short: str) -> None:
    """As in the published examples; an id of 18 stays."""
    assert widen(short) == PUBLISHED[short]
    assert widen(PUBLISHED[short]) == PUBLISHED[short]
    assert alike(short) == alike(PUBLISHED[short])


ids = st.text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=15, max_size=15)


@given(ids)
def test_lost_capitals_are_found_and_what_it_was_is_said(short: str) -> None:
    """Every id of 18 whose case was folded, by one letter or by all, is refused with the right one as the way out."""
    wide = widen(short)
    for folded in (wide.lower(), wide.upper(), wide[:6].swapcase() + wide[6:]):
        if folded != wide:
            with pytest.raises(DamagedId, match="capitals") as caught:
                widen(folded)
            assert wide in caught.value.advice


@given(ids, ids)
def test_two_ids_never_become_one(one: str, other: str) -> None:
    """Widening keeps ids apart even where case is ignored afterwards."""
    assert (widen(one).casefold() == widen(other).casefold()) == (one == other)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1.23E+14", "turned into a number"),
        ("1,5e+17", "turned into a number"),
        ("001Dn00000AbCd", "14 characters"),
        ("001Dn00000AbCdEIA", "17 characters"),
        ("001Dn00000Ab-dE", "no Salesforce id has"),
        ("", "blank"),
    ],
)
def test_damaged_ids_are_refused(text: str, why: str) -> None:
    """Scientific notation, a lost or a foreign character."""
    with pytest.raises(DamagedId, match=why):
        widen(text)


def test_an_id_of_another_kind_is_named() -> None:
    """An account's id in the column of users."""
    with pytest.raises(DamagedId, match="id of a Salesforce account, not of a user"):
        widen("001Dn00000AbCdE", "user")
    assert widen("005Dn00000AbCdE", "user").startswith("005Dn00000AbCdE")


def test_hubspot_ids_are_digits() -> None:
    """Kept as they are; rounded, fractional and padded ones are refused."""
    assert digits("10012345678") == "10012345678"
    for text in ("1.00123E+10", "10012345678.5", "0123", "12a", ""):
        with pytest.raises(DamagedId):
            digits(text)


def test_a_column_without_capitals_lost_its_case() -> None:
    """Three ids of 15 characters without one capital; two could be chance."""
    folded = ["001dn00000abcde", "001dn00000abcdf", "001dn00000abcdg"]
    assert case_was_lost(folded)
    assert not case_was_lost(folded[:2])
    assert not case_was_lost([*folded, "001Dn00000AbCdE"])
