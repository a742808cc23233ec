"""The page for leadership: well-formed, self-contained, escaped, and discreet."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bookwright.books import Plan
from bookwright.findings import UsageError
from bookwright.problem import resolve
from bookwright.report.html import discreet, page, write_page
from bookwright.result import Breach, Status
from tests.report.builders import DAY, account, csm, make_result, model, portfolio


class Tags(HTMLParser):
    """Collects tags, checks that they nest, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens."""
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that closes itself."""
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        """The last tag closes."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self.text.append(data)


def parsed(text: str) -> Tags:
    """The page, parsed; every tag closed."""
    found = Tags()
    found.feed(text)
    found.close()
    assert found.open == []
    return found


def test_the_page_is_whole_and_needs_nothing_else() -> None:
    """No script, no link, no picture from elsewhere; three pictures drawn inline."""
    found = parsed(page(make_result()))
    assert found.seen.count("svg") == 3
    assert not {"script", "link", "img", "iframe", "object"} & set(found.seen)
    names = {name for name, _ in found.attributes}
    assert not {"src", "href"} & names
    assert not any(name.startswith("on") for name in names)
    assert "Move 17 of 44 accounts" in " ".join(found.text)


def test_every_name_is_escaped() -> None:
    """A CSM or an account may be called anything."""
    evil = '<script>alert("x")</script>&'
    accounts = (account("A", None, name=evil, segment=evil), account("B", "C1", name="b"))
    team = (csm("C1", evil, manager=evil), csm("C2", "Ben"))
    p = resolve(portfolio(accounts=accounts, csms=team), model(), today=DAY, effective_date=DAY)
    breach = Breach("hours", evil, f"{evil} is over.", 1, "hours", 0, True, "C1")
    text = page(make_result({"A": "C1", "B": "C2"}, problem=p, breaches=(breach,)))
    found = parsed(text)
    assert "script" not in found.seen
    assert evil in " ".join(found.text)


def test_nothing_private_is_on_the_page() -> None:
    """No note, no unknown column, no end date of Finn, not even quoted in a breach or a diagnosis."""
    p = make_result().problem
    secret = tuple(
        a.model_copy(update={"notes": "SECRET-NOTE", "extra": {"Private": "SECRET-COLUMN"}})
        for a in p.portfolio.accounts
    )
    p = resolve(p.portfolio.model_copy(update={"accounts": secret}), model(), today=DAY, effective_date=DAY)
    breach = Breach(
        "pins", "Pins", "F-000 is pinned to Finn Leaver, who leaves on 2027-01-31.", 1, "accounts", 0, True, "C5"
    )
    result = make_result(problem=p, status=Status.IMPOSSIBLE, breaches=(breach,), diagnosis=(breach.what,))
    text = page(result)
    assert "SECRET" not in text
    assert "2027-01-31" not in text
    assert "2027-01-10" not in text
    assert "leaves" not in text
    assert "book reassigned" in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Ana leaves on 2027-01-31.", "Ana book reassigned."),
        ("Ben starts on 2027-06-01, after the horizon", "Ben book reassigned"),
        ("renewal on 2027-01-31", "renewal on 2027-01-31"),
    ],
)
def test_dates_of_people_are_taken_out_of_sentences(said: str, shown: str) -> None:
    """Customers' dates may stay."""
    assert discreet(said) == shown


def test_a_plan_without_moves_and_without_csm_hours_still_draws() -> None:
    """Empty states are words, not broken pictures."""
    p = resolve(
        portfolio(accounts=(account("A", "C1", hours=0.0, arr=0.0),), csms=(csm("C1", "Ana", customer_hours=0.0),)),
        model(),
        today=DAY,
        effective_date=DAY,
    )
    today = Plan.today(p)
    text = page(replace(make_result({}, problem=p, breaches=()), plan=today, today=today))
    found = " ".join(parsed(text).text)
    assert "No account moves." in found
    assert "Every rule holds." in found
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_many_csms_are_shown_by_team_and_by_largest_change() -> None:
    """A hundred CSMs do not make a page a mile long."""
    team = tuple(csm(f"C{k}", f"Csm {k}", manager=f"Manager {k % 5}") for k in range(100))
    accounts = tuple(account(f"A{k}", f"C{k}") for k in range(100))
    p = resolve(portfolio(accounts=accounts, csms=team), model(), today=DAY, effective_date=DAY)
    text = page(make_result({f"A{k}": f"C{(k + 1) % 100}" for k in range(60)}, problem=p))
    assert "By manager&#x27;s team." in text or "By manager's team." in text
    assert "The 80 largest changes of 100 CSMs." in text


def test_it_is_written_whole_and_never_onto_an_input(tmp_path: Path) -> None:
    """The same bytes each time."""
    source = tmp_path / "book.xlsx"
    source.write_bytes(b"x")
    with pytest.raises(UsageError, match="never written onto"):
        write_page(make_result(), source, inputs=[source])
    first = write_page(make_result(), tmp_path / "a.html").read_bytes()
    assert first == write_page(make_result(), tmp_path / "b.html").read_bytes()
