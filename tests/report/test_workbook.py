"""The plan's workbook and frames: every sheet says what the result says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook as Read

from bookwright.planning_model import parse
from bookwright.problem import resolve
from bookwright.report.moves import DECISIONS, REASONS
from bookwright.report.tables import frames, workbook
from bookwright.result import Result, Status
from bookwright.tables.write import write
from bookwright.tables.write_sheets import Formula
from tests.report.builders import DAY, STRANGE, account, make_result, model, portfolio


@pytest.fixture(scope="module")
def result() -> Result:
    """The usual team."""
    return make_result()


@pytest.fixture(scope="module")
def written(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Its workbook, as openpyxl reads it back."""
    path: Path = write(workbook(result), tmp_path_factory.mktemp("report") / "plan.xlsx").path
    return openpyxl.load_workbook(path)


def test_sheets_stand_in_reading_order(written: Read) -> None:
    """Summary first; what drop-downs need is hidden and last."""
    names = [
        "Summary",
        "Books",
        "Moves",
        "Assignments",
        "Months",
        "Capacity",
        "Rules",
        "Targets",
        "Findings",
        "Run",
        "By CSM",
        "Touchpoint hours",
        "Workload",
        "Hours by segment",
        "Assumptions",
        "Hours by month",
        "Lists",
    ]
    assert written.sheetnames == names
    assert [s.title for s in written if s.sheet_state == "hidden"] == ["Lists"]


def test_first_screen_fits_without_scrolling_and_has_no_solver_words(written: Read) -> None:
    """Verdict on top, all blocks above row 36 and within 18 columns, charts below; gap and bound are for Run."""
    page = written["Summary"]
    texts = [str(c.value) for row in page.iter_rows() for c in row if isinstance(c.value, str)]
    assert page["B2"].value.startswith("Move 17 of 44 accounts")
    headings = (
        "Before and after",
        "Moves",
        "Largest moves",
        "Still broken",
        "Teams",
        "Hires that would help",
        "Cannot move now",
    )
    for heading in headings:
        assert heading in texts
    assert page.max_row <= 36
    assert page.max_column <= 18
    words = " ".join(texts).lower()
    for word in ("optimal", "bound", "gap", "solver", "objective", "infeasible", "constraint", "slack"):
        assert word not in words.split()
    assert len(page._charts) == 2


def test_books_before_and_after(result: Result) -> None:
    """Each book's numbers are the plan's, and the total adds up."""
    books = frames(result)["books"].set_index("csm")
    assert books.loc["Ana Ruiz", "accounts_before"] == 16
    assert books.loc["Ana Ruiz", "accounts_after"] == 11
    assert books.loc["Ana Ruiz", "utilization_before"] == pytest.approx(1.28)
    assert books.loc["Gus New", "moves_in"] == 10
    assert books.loc["Finn Leaver", "moves_out"] == 3
    assert books.loc["Ana Ruiz", "arr_target"] == pytest.approx(sum(a.arr for a in result.problem.accounts) / 5)
    total = workbook(result).sheet("Books").tables[0].total
    assert total is not None
    assert total[6] == 44


def test_targets_on_books_are_live_sums_of_shares(written: Read) -> None:
    """A formula over Targets, by the CSM's number, never by a name that SUMIFS could take for a pattern."""
    header = [c.value for c in written["Books"][2]]
    column = header.index("ARR target") + 1
    assert written["Books"].cell(3, column).value == (
        '=SUMIFS(Targets!$G$3:$G$12,Targets!$A$3:$A$12,A3,Targets!$C$3:$C$12,"ARR")'
    )
    assert written["Books"].cell(7, column).value is None
    assert written["Targets"]["G3"].value == "=E3*F3"


def test_targets_that_shares_do_not_explain_are_plain_numbers() -> None:
    """A formula that gives another number than the plan used would be a lie."""
    result = make_result(target_shares=())
    books = workbook(result).sheet("Books").tables[0]
    at = [c.title for c in books.columns].index("ARR target")
    assert isinstance(books.rows[0][at], float)
    assert isinstance(workbook(make_result()).sheet("Books").tables[0].rows[0][at], Formula)


def test_every_account_is_on_assignments_in_input_order(result: Result, written: Read) -> None:
    """Planned or not, with its unknown columns, ids as text, and its CSM in the plan."""
    page = written["Assignments"]
    header = [c.value for c in page[1]]
    ids = [row[0].value for row in page.iter_rows(min_row=2)]
    assert ids == [a.id for a in result.problem.portfolio.accounts]
    assert header[:9] == [
        "Account ID",
        "Account",
        "Segment",
        "ARR",
        "CSM Name",
        "Region",
        "Renewal date",
        "Note to self",
        "Score",
    ]
    assert header[9:] == ["New CSM", "New CSM ID", "Moved", "Kind", "Why"]
    by_id = {row[0].value: row for row in page.iter_rows(min_row=2)}
    for text in STRANGE:
        assert [by_id[text][k].value for k in (0, 1, 5, 7)] == [text, text, "NA", text]
        assert {by_id[text][k].data_type for k in (0, 1, 5, 7)} == {"s"}
    assert by_id["A-015"][9].value == "Gus New"
    assert by_id["A-015"][11].value == "yes"
    assert by_id["A-000"][13].value == "Stays: renewal on 2027-01-15."
    assert by_id["X-1"][13].value.startswith("Not planned: churned")
    assert by_id["X-1"][9].value == "Ben Okafor"


def test_a_users_column_named_like_ours_is_told_apart() -> None:
    """`Why` of the user stays, as `Why (input)`."""
    accounts = (account("A", "C1", extra={"Why": "theirs"}),)
    columns = (("Account ID", "id"), ("Why", None))
    p = resolve(portfolio(accounts=accounts, account_columns=columns), model(), today=DAY, effective_date=DAY)
    frame = frames(make_result({}, problem=p))["assignments"]
    assert list(frame.columns) == ["Account ID", "Why (input)", "New CSM", "New CSM ID", "Moved", "Kind", "Why"]
    assert frame.loc[0, "Why (input)"] == "theirs"


def test_facts_made_in_python_show_the_columns_that_hold_something() -> None:
    """Without a workbook there are no headers: ours, where filled."""
    accounts = (account("A", "C1", region="NA", extra={"Mine": 1}),)
    p = resolve(portfolio(accounts=accounts, account_columns=()), model(), today=DAY, effective_date=DAY)
    columns = list(frames(make_result({}, problem=p))["assignments"].columns)
    assert {"Account ID", "Account", "Segment", "ARR", "Current CSM", "Region", "Mine"} <= set(columns)
    assert "Language" not in columns


def test_moves_are_sorted_by_impact_and_ask_for_decisions(written: Read, result: Result) -> None:
    """Largest ARR first; reject is not offered on a forced move; dates within 90 days; CSMs who stay."""
    page = written["Moves"]
    header = [c.value for c in page[2]]
    rows = [{h: c.value for h, c in zip(header, row, strict=True)} for row in page.iter_rows(min_row=3)]
    arr = [row["ARR"] for row in rows]
    assert arr == sorted(arr, reverse=True)
    assert len(rows) == 17
    assert {row["Kind"] for row in rows} == {"placed", "forced", "chosen"}
    assert all(row["Decision"] is None for row in rows)
    chosen = next(row for row in rows if row["Kind"] == "chosen")
    assert chosen["Credit until"] == dt.datetime(2027, 3, 31)
    assert chosen["Effective date"] == dt.datetime(2027, 1, 1)
    rules = {str(v.sqref): v for v in page.data_validations.dataValidation}
    by_title = {header[openpyxl.utils.cell.range_boundaries(ref)[0] - 1]: v for ref, v in rules.items()}
    assert by_title["Decision"].formula1 == 'IF($F3="forced",DecisionsForced,Decisions)'
    assert header[5] == "Kind"
    assert by_title["Override"].formula1 == "CsmNames"
    assert by_title["Reason"].formula1 == "Reasons"
    assert by_title["Hand over on"].type == "date"
    lists = {c[0].value: [x.value for x in c[1:] if x.value] for c in written["Lists"].iter_cols()}
    assert tuple(lists["Decisions"]) == DECISIONS
    assert "reject" not in lists["DecisionsForced"]
    assert tuple(lists["Reasons"]) == REASONS
    assert "Finn Leaver" not in lists["CsmNames"]
    assert "Chloé D'Arcy" in lists["CsmNames"]


def test_no_moves_is_said(tmp_path: Path) -> None:
    """An empty state in words."""
    path = write(workbook(make_result({})), tmp_path / "plan.xlsx").path
    found = openpyxl.load_workbook(path)
    assert found["Moves"]["A3"].value == "No account moves."
    assert "No account moves." in [c.value for row in found["Summary"].iter_rows() for c in row]


def test_ledger_breaches_and_exceptions_stand_on_rules(result: Result) -> None:
    """Before and after for every rule; what is still broken; why nothing better exists where impossible."""
    rules = frames(result)["rules"]
    assert list(rules["before"]) == [28.0, 310_000.0]
    assert list(rules["after"]) == [4.0, 12_000.0]
    titles = [t.title for t in workbook(result).sheet("Rules").tables]
    assert titles == ["", "Still broken", "Exceptions"]
    impossible = make_result(status=Status.IMPOSSIBLE, diagnosis=("Two pins clash.",))
    tables = {t.title: t for t in workbook(impossible).sheet("Rules").tables}
    assert tables["Why no plan keeps every rule"].rows[0][1] == "Two pins clash."


def test_run_tells_every_setting_with_its_origin(result: Result) -> None:
    """Default, planning model, Settings sheet or option."""
    settings = frames(result)["settings"].set_index("setting")["origin"]
    assert settings["horizon.months"] == "Settings sheet"
    assert settings["effective_date"] == "option"
    assert settings["capacity.contract_hours_per_month"] == "default"
    run = frames(result)["run"].set_index("run")["value"]
    assert run["Plan hash"] == result.plan.plan_hash
    assert run["Reproducible"] == "yes"
    assert run["Seed"] == 1


def test_settings_of_rules_are_shown_with_their_defaults() -> None:
    """What the planning model leaves out is in force too, and must be seen, with who said it."""
    text = 'name = "mine"\n[rules.freezes]\ndays_after_renewal = 30\n[[rules.balance]]\nmeasure = "arr"\n'
    given = {"arr_tolerance_percent": 12, "freeze_days_before_renewal": 45}
    p = resolve(portfolio(settings=given), parse(text), today=DAY, effective_date=DAY)
    found = frames(make_result({}, problem=p))["settings"].set_index("setting")
    expected = {
        "rules.freezes.days_before_renewal": (45, "Settings sheet"),
        "rules.freezes.days_after_renewal": (30, "planning model mine"),
        "rules.freezes.onboarding_days": (90, "default"),
        "rules.balance.arr.tolerance_percent": (12, "Settings sheet"),
        "rules.balance.arr.of": ("arr", "default"),
    }
    for key, (value, origin) in expected.items():
        assert (found.loc[key, "value"], found.loc[key, "origin"]) == (value, origin), key


def test_priorities_show_value_bound_and_gap(result: Result) -> None:
    """The place for solver words."""
    found = frames(result)["priorities"].set_index("priority")
    assert found.loc["Spread", "gap"] == 0.25
    assert found.loc["Price of moves", "bound"] == 10.0


def test_the_same_result_gives_the_same_file(result: Result, tmp_path: Path) -> None:
    """Byte by byte."""
    files = [write(workbook(result), tmp_path / f"{k}.xlsx").path.read_bytes() for k in range(2)]
    assert files[0] == files[1]
