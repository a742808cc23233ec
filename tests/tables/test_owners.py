"""Who owns an account today: by id, by unique name, never by guess; owners of sales are no CSMs."""

from __future__ import annotations

from pathlib import Path

from bookwright.findings import Severity
from tests.tables.books import HEADERS, codes, read_accounts, read_column, said

OWNED = ("Account ID", "Account", "Segment", "ARR", "Account Owner")


def test_a_csm_is_matched_by_id_then_by_unique_name(tmp_path: Path) -> None:
    """Case and spaces do not matter; the cell stays as written."""
    rows = [(f"A{i}", "x", "SMB", 1, who) for i, who in enumerate(("C1", "ana  LOPEZ", "c2", "Bob Stone", None))]
    portfolio, findings = read_accounts(tmp_path, *rows)
    assert [a.csm_id for a in portfolio.accounts] == ["C1", "C1", "C2", "C2", None]
    assert portfolio.accounts[1].csm_text == "ana  LOPEZ"
    assert "unknown_csm" not in codes(findings)


def test_an_unknown_csm_means_needs_an_owner_in_one_finding(tmp_path: Path) -> None:
    """All such accounts are counted in one warning with their cells, and close names are offered."""
    rows = [(f"A{i}", "x", "SMB", 1, who) for i, who in enumerate(("Ana Lopes", "Ana Lopes", "Lopez, Ana", "Zed"))]
    portfolio, findings = read_accounts(tmp_path, *rows)
    finding = said(findings, "unknown_csm")
    assert [a.csm_id for a in portfolio.accounts] == [None] * 4
    assert (finding.severity, finding.count, finding.cells) == (Severity.WARNING, 4, ("E2", "E3", "E4", "E5"))
    assert finding.advice == 'Maybe "Ana Lopes" is "Ana Lopez", "Lopez, Ana" is "Ana Lopez".'


def test_a_name_that_two_csms_share_needs_the_id(tmp_path: Path) -> None:
    """Nobody is picked at random."""
    csms = [("CSM ID", "CSM", "Segments"), ("C1", "Ana Lopez", "SMB"), ("C2", "Ana Lopez", "SMB")]
    portfolio, findings = read_accounts(tmp_path, ("A1", "x", "SMB", 1, "Ana Lopez"), csms=csms)
    assert portfolio.accounts[0].csm_id is None
    assert "CSM ID" in said(findings, "unknown_csm").advice


def test_an_owner_column_never_becomes_the_csm_beside_one(tmp_path: Path) -> None:
    """Where a header names the CSM, the sales owner stays the sales owner."""
    headers = (*HEADERS, "Account Owner")
    portfolio, _ = read_accounts(tmp_path, ("A1", "x", "SMB", 1, "C1", "Bob Stone"), headers=headers)
    assert (portfolio.accounts[0].csm_id, portfolio.accounts[0].sales_owner) == ("C1", "Bob Stone")


def _owned(tmp_path: Path, known: int, unknown: int, **options: object) -> tuple[list[str | None], set[str], set[str]]:
    rows = [(f"A{i}", "x", "SMB", 1, "Ana Lopez" if i < known else f"Rep {i}") for i in range(known + unknown)]
    portfolio, findings = read_accounts(tmp_path, *rows, headers=OWNED, **options)
    return [a.csm_id for a in portfolio.accounts], codes(findings, "error"), codes(findings, "warning")


def test_from_eighty_percent_an_owner_column_stands_in_with_a_warning(tmp_path: Path) -> None:
    """8 of 10 owners are CSMs: taken, and said. 7 of 10: stopped until it is confirmed."""
    owners, errors, warnings = _owned(tmp_path, 8, 2)
    assert (owners.count("C1"), errors) == (8, set())
    assert "owner_taken_as_csm" in warnings
    owners, errors, _ = _owned(tmp_path, 7, 3)
    assert (owners.count("C1"), errors) == (0, {"owner_is_not_csm"})


def test_a_mapping_confirms_or_denies_the_owner_column(tmp_path: Path) -> None:
    """csm = HEADER takes it, csm = "" says nobody owns the accounts: both without an error."""
    owners, errors, _ = _owned(tmp_path, 1, 3, columns={"accounts": {"columns": {"csm": "Account Owner"}}})
    assert (owners.count("C1"), errors) == (1, set())
    owners, errors, _ = _owned(tmp_path, 1, 3, columns={"accounts": {"columns": {"csm": ""}}})
    assert (owners.count("C1"), errors) == (0, set())


def test_a_pin_names_a_csm_or_means_todays(tmp_path: Path) -> None:
    """Yes pins today's CSM; a name pins that CSM; a pin to nobody is left out and said."""
    portfolio, findings = read_column(tmp_path, "Do not move", "yes", "Bob Stone", "no", None, "Bo")
    assert [a.pin for a in portfolio.accounts] == ["C1", "C2", None, None, None]
    assert said(findings, "bad_pin").cells == ("F6",)
