"""Damaged, mutated and absurd workbooks: only findings and our own errors ever come out."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookwright.findings import BookwrightError, Findings
from bookwright.portfolio import Account, Csm, Portfolio
from bookwright.tables import draft_csms, propose_mapping, read
from bookwright.tables.catalogue import TABLES
from bookwright.tables.facts import make
from tests.tables.books import workbook

HEADERS = {key: tuple(c.title for c in table.columns) for key, table in TABLES.items()}


def _full(path: Path) -> Path:
    def row(key: str) -> tuple[Any, ...]:
        return tuple(c.example for c in TABLES[key].columns)

    sheets = {t.sheet: [HEADERS[k], row(k), row(k)] for k, t in TABLES.items() if k != "settings"}
    return workbook(path, **sheets, Settings=[("Setting", "Value"), ("Horizon", 3)])


def _read_or_refuse(path: Path) -> None:
    """Reading ends in a portfolio with findings, or in one of our errors with a message; nothing else is raised."""
    with contextlib.suppress(BookwrightError):
        portfolio, findings = read(path)
        assert isinstance(portfolio, Portfolio)
        assert isinstance(findings, Findings)
        assert all(f.text for f in findings)
    with contextlib.suppress(BookwrightError):
        assert propose_mapping(path)
    with contextlib.suppress(BookwrightError):
        assert draft_csms(path)


def _mutated(data: bytes, dice: random.Random) -> bytes:
    kind = dice.randrange(6)
    if not data:
        return data
    at = dice.randrange(len(data))
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes(dice.randrange(256) for _ in range(8)) + data[at + 8 :]
    if kind == 2:
        return data.replace(b"<v>", dice.choice([b"<v>-", b"<v>9e999", b"<v>x", b"<w>"]), dice.randrange(1, 4))
    if kind == 3:
        return data.replace(b't="s"', dice.choice([b't="d"', b't="b"', b't="n"', b't="e"', b't="zz"']), 3)
    if kind == 4:
        return data.replace(b'r="', dice.choice([b'r="XFD', b'r="0', b'r="-', b'r="A9999999']), 2)
    return data.replace(b"<row ", dice.choice([b'<row hidden="1" ', b"<row><row ", b"</sheetData><row "]), 1)


@pytest.mark.parametrize("seed", range(120))
def test_a_mutated_workbook_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    """Parts cut short, bytes changed, cells of the wrong type, rows out of order: no other exception gets out."""
    dice = random.Random(seed)
    good, bad = _full(tmp_path / "good.xlsx"), tmp_path / "bad.xlsx"
    if seed % 4 == 0:
        bad.write_bytes(_mutated(good.read_bytes(), dice))
    else:
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
            names = [n for n in source.namelist() if n.endswith((".xml", ".rels"))]
            hit = {dice.choice(names), *(n for n in names if "sheet1" in n and seed % 2)}
            for name in source.namelist():
                data = source.read(name)
                if name in hit:
                    if dice.random() < 0.1:
                        continue
                    data = _mutated(data, dice)
                target.writestr(name, data)
    _read_or_refuse(bad)


_CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**18), 10**18), st.floats(-1e300, 1e300), st.dates(dt.date(1900, 1, 1)),
    st.text(max_size=12).filter(lambda t: not any(c in "\x00" or 0xD800 <= ord(c) < 0xE000 for c in t)),
    st.sampled_from(["#N/A", "1,2,3", "12O0", "03/04/2026", "99/99/9999", "(5", "%", "yes", "1e400", "\ufeff", "=1"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(key=st.sampled_from(["accounts", "csms", "pairs", "absences"]), data=st.data())
def test_any_cell_may_hold_anything(key: str, data: st.DataObject) -> None:
    """Whatever stands in whichever cell, reading says something about it and goes on."""
    rows = data.draw(st.lists(st.lists(_CELLS, min_size=1, max_size=len(HEADERS[key])), min_size=1, max_size=4))
    sheets: dict[str, Any] = {
        "accounts": [HEADERS["accounts"], ("A1", "x", "SMB", 1, "Ana")],
        "csms": [HEADERS["csms"], ("C1", "Ana", None, None, "SMB")],
    }
    sheets[key] = [HEADERS[key], *rows]
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(Path(folder) / "b.xlsx", **{TABLES[k].sheet: v for k, v in sheets.items()})
        _read_or_refuse(path)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """A file of random bytes is named for what it is, or read as a poor table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.csv"
        path.write_bytes(data)
        _read_or_refuse(path)


def test_a_far_away_cell_costs_nothing(tmp_path: Path) -> None:
    """A stray cell in XFD1048576 makes no million rows; columns beyond the cap are said."""
    good = _full(tmp_path / "good.xlsx")
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = data.replace(
                    b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                )
            target.writestr(name, data)
    portfolio, findings = read(bad)
    assert len(portfolio.accounts) == 1
    assert "too_many_columns" in {f.code for f in findings}


def test_a_quick_object_equals_a_validated_one() -> None:
    """Objects made from parsed cells are the same as those that pydantic builds, and as complete."""
    account = make(Account, {"id": "A1", "arr": 5.0, "extra": {}})
    assert account == Account(id="A1", arr=5.0, extra={})
    assert account.model_dump() == Account(id="A1", arr=5.0).model_dump()
    assert account.model_copy(update={"arr": 6.0}).arr == 6.0
    csm = make(Csm, {"id": "C1", "name": "Ana", "extra": {}})
    assert csm == Csm(id="C1", name="Ana", extra={})
