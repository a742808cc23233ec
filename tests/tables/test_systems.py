"""Exports of five systems, told by their headers; made-up rows under headers from public documentation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bookwright.findings import Findings, Severity
from bookwright.portfolio import Account, Portfolio, Status
from bookwright.tables import read
from tests.tables.books import codes, folder, said

CSMS = (
    "CSM ID,CSM,Email,Segments,CRM user ID\n"
    "C1,Ana López,ana@example.com,,0051t000000abcd\nC2,Bob Stone,bob@example.com,,0051t000000ABcd\n"
)

SALESFORCE_REPORT = (
    '"Account ID","Account Name","Account Owner","Customer Success Manager: Full Name","Type","ARR (converted)",'
    '"ARR Currency","Annual Revenue","Industry","Parent Account ID","Next Renewal Date","Billing Country"\n'
    '"001Dn00000AbCdE","Æther & Søns","Rita Rep","Ana López","Customer","250,000","USD","9,000,000","Retail","",'
    '"9/30/2027","DE"\n'
    '"001Dn00000AbCdF","O\'Brien","Rita Rep","Bob Stone","Customer","80,000","USD","1","Retail","001Dn00000AbCdE",'
    '"1/31/2028","IE"\n'
    "\n"
    '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
)
SALESFORCE_LOADER = (
    '"ID","NAME","OWNERID","CSM__C","ARR__C","SEGMENT__C","JBCXM__RENEWAL_DATE__C","PARENTID","CURRENCYISOCODE"\n'
    '"001Dn00000AbCdEIAV","Æther & Søns","005rep","0051t000000abcdAAA","250000.0","Enterprise",'
    '"2027-09-30T00:00:00.000Z","","USD"\n'
    '"001Dn00000AbCdFIAV","O\'Brien","005rep","0051t000000ABcdAAG","80000.0","SMB","2028-01-31","001Dn00000AbCdEIAV",'
    '"USD"\n'
)
HUBSPOT = (
    "Record ID,Company name,Company owner,Customer Success Manager,Lifecycle Stage,ARR,Annual Revenue,Industry,"
    "Renewal Date,Company Domain Name\n"
    "10012345678,Æther & Søns,Rita Rep,Ana López,Customer,250000,9000000,RETAIL,2027-09-30,aether.example\n"
    "10012345679,O'Brien,Rita Rep,Bob Stone,Customer,80000,1,RETAIL,2028-01-31,obrien.example\n"
)
GAINSIGHT = (
    "GSID,Name,CSM Name,ARR,MRR,Renewal Date,Current Score,Lifecycle Stage,Status,Managed As,NPS\n"
    "1P01E316G9DAPFOLE6SOOUG71XRMN5F3PLER,Æther & Søns,Ana López,250000,20833,2027-09-30,82,Adopting,Active,,3\n"
    "1P01E316G9DAPFOLE6SOOUG71XRMN5F3PLES,O'Brien,Bob Stone,80000,6667,2028-01-31,40,Renewal,Churned,Ex-customer,9\n"
)
CHURNZERO = (
    "accountExternalId,name,nextRenewalDate,totalContractAmount,isActive,OwnerUserAccount,ParentAccountExternalId,"
    "cf_Segment\n"
    "00123,Æther & Søns,2027-09-30,250000,true,ana@example.com,,Enterprise\n"
    "00124,O'Brien,2028-01-31,80000,false,bob@example.com,00123,SMB\n"
)
VITALLY = (
    "id,externalId,name,csm,csmId,accountExecutiveId,mrr,nextRenewalDate,healthScore,churnedAt,usersCount\n"
    "2f1c,00123,Æther & Søns,Ana López,77aa,99ee,20833.33,2027-09-30T00:00:00.000Z,8.2,,40\n"
    "2f1d,00124,O'Brien,Bob Stone,77ab,99ee,6666.67,2028-01-31T00:00:00.000Z,4,2026-11-01T08:00:00.000Z,3\n"
)
EXPORTS = {
    "Salesforce report": ("Salesforce", SALESFORCE_REPORT),
    "Salesforce Data Loader": ("Salesforce", SALESFORCE_LOADER),
    "HubSpot": ("HubSpot", HUBSPOT),
    "Gainsight": ("Gainsight", GAINSIGHT),
    "ChurnZero": ("ChurnZero", CHURNZERO),
    "Vitally": ("Vitally", VITALLY),
}


def read_export(tmp_path: Path, name: str) -> tuple[Portfolio, Findings]:
    """An export beside a CSMs sheet of two."""
    return read(folder(tmp_path / "book", accounts=EXPORTS[name][1], csms=CSMS))


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_recognised_and_read_without_a_mapping(tmp_path: Path, name: str) -> None:
    """Who owns what, ARR and renewal come out alike from each; the sales owner is never the CSM."""
    portfolio, findings = read_export(tmp_path, name)
    assert codes(findings, Severity.ERROR.value) == set()
    assert said(findings, "export_of").message.startswith(f"This looks like an export of {EXPORTS[name][0]}")
    first, second = portfolio.accounts
    assert (first.name, second.name) == ("Æther & Søns", "O'Brien")
    assert (first.csm_id, second.csm_id) == ("C1", "C2")
    assert first.arr == pytest.approx(250000, abs=1)
    assert second.arr == pytest.approx(80000, abs=1)
    assert (first.renewal_date, second.renewal_date) == (dt.date(2027, 9, 30), dt.date(2028, 1, 31))


def accounts(tmp_path: Path, name: str) -> tuple[Account, ...]:
    """The two accounts of an export."""
    return read_export(tmp_path, name)[0].accounts


def test_what_is_odd_in_each_is_read_as_meant(tmp_path: Path) -> None:
    """Scores out of ten, monthly revenue, flags for churn: said, and right."""
    vitally, findings = read_export(tmp_path, "Vitally")
    assert [a.health for a in vitally.accounts] == [pytest.approx(82), 40]
    assert [a.status for a in vitally.accounts] == [Status.ACTIVE, Status.CHURNED]
    assert [a.id for a in vitally.accounts] == ["00123", "00124"]
    assert "times 12" in said(findings, "stands_in_for_arr").message
    (tmp_path / "other").mkdir()
    churnzero, findings = read_export(tmp_path / "other", "ChurnZero")
    assert [a.status for a in churnzero.accounts] == [Status.ACTIVE, Status.CHURNED]
    assert {"owner_taken_as_csm", "stands_in_for_arr"} <= codes(findings, "warning")


def test_ids_of_crm_users_are_told_apart_by_case_and_length(tmp_path: Path) -> None:
    """Two users whose 15-character ids differ in case alone, named by their 18-character ids in the export."""
    assert [a.csm_id for a in accounts(tmp_path, "Salesforce Data Loader")] == ["C1", "C2"]


def test_the_revenue_of_the_customer_is_not_arr(tmp_path: Path) -> None:
    """Annual Revenue in a CRM is what the customer earns."""
    book = folder(tmp_path / "book", accounts=HUBSPOT.replace(",ARR,", ",Budget,"), csms=CSMS)
    portfolio, findings = read(book)
    assert [a.arr for a in portfolio.accounts] == [0, 0]
    assert "no_arr_column" in codes(findings)


def test_a_sheet_of_the_teams_own_is_no_export(tmp_path: Path) -> None:
    """Our own headers say nothing of a system."""
    text = "Account ID,Account,Segment,ARR,Current CSM,Health\nA1,Acme,SMB,5,Ana López,8\n"
    portfolio, findings = read(folder(tmp_path / "book", accounts=text, csms=CSMS))
    assert "export_of" not in codes(findings)
    assert portfolio.accounts[0].health == 8
