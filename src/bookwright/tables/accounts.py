"""The Accounts sheet, row by row, as `Account`s: who owns each today, what is pinned, what stands twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bookwright.findings import Severity
from bookwright.portfolio import Account
from bookwright.tables.cells import as_cell, as_text
from bookwright.tables.columns import normal
from bookwright.tables.duplicates import without_duplicates
from bookwright.tables.facts import make
from bookwright.tables.grid import Grid, is_blank
from bookwright.tables.notes import Notes, many, show
from bookwright.tables.numbers import BLANKS, NotANumber, parse_number
from bookwright.tables.people import NOBODY, People
from bookwright.tables.typed import read_column

_STOP = frozenset(("id", "arr"))
OWNER_SHARE = 0.8
"""From this share of values found among the CSMs, an owner column may stand for a missing CSM column."""


def read_accounts(
    grid: Grid, people: People | None, notes: Notes, order: str = "mdy", given: str | None = None,
    duplicates: str = "refuse",
) -> tuple[Account, ...]:  # fmt: skip
    """The accounts of a table, in its order. `people` is None where no CSMs are known (owners stay texts)."""
    _say_missing(grid, notes)
    fields: dict[str, list[Any]] = {f: read_column(grid, f, notes, order, given, stop=f in _STOP) for f in grid.columns}
    if "id" not in fields:
        return ()
    for scaled, factor in grid.scale.items():
        fields[scaled] = [None if v is None else v * factor for v in fields[scaled]]
    owners = _owner_texts(grid, fields, people, notes)
    fields["csm_text"] = owners
    fields["csm_id"] = _resolve(grid, owners, people, notes)
    if "pin" in fields:
        fields["pin"] = _pins(grid, fields["pin"], fields["csm_id"], people, notes)
    if "currency" not in fields and "arr" in fields:
        fields["currency"] = _symbols(grid.columns["arr"])
    if "parent_id" in fields:
        fields["parent_id"] = _parents(fields)
    _say_blank_arr(grid, fields, notes)
    extra = [(h, cells) for h, cells in grid.extra.items()]
    names = list(fields)
    accounts: list[Account] = []
    keep: list[int] = []
    for i, values in enumerate(zip(*fields.values(), strict=True)):
        facts = {n: v for n, v in zip(names, values, strict=True) if v is not None}
        if not facts.get("id"):
            if is_blank(grid.columns["id"][i]) or facts.get("id") == "":  # an id of nothing that is seen, too
                notes.add(
                    "no_account_id", Severity.ERROR, f"Row {grid.rows[i]} has no {grid.header('id')}.",
                    "Maybe it is a footer or a stray cell: delete it.", cell=grid.cell("id", i),
                )  # fmt: skip
            continue
        facts["extra"] = {h: as_cell(c[i]) for h, c in extra}
        facts["row"] = grid.rows[i]
        accounts.append(make(Account, facts))
        keep.append(i)
    return without_duplicates(accounts, keep, grid, notes, duplicates)


def _say_missing(grid: Grid, notes: Notes) -> None:
    if "id" not in grid.columns:
        seen = ", ".join(show(h) for h, _ in grid.headers[:12])
        notes.add(
            "no_id_column", Severity.ERROR, f"No column holds the Account ID. The headers are {seen}.",
            "Maybe name it by --columns FILE.toml; `check BOOK --write-columns FILE.toml` proposes one.",
        )  # fmt: skip
        return
    for field, title, effect in (
        ("segment", "Segment", "all accounts are taken as one segment without a name"),
        ("arr", "ARR", "every account's ARR is taken as 0"),
    ):
        if field not in grid.columns:
            notes.add(
                f"no_{field}_column", Severity.WARNING, f"No {title} column: {effect}.",
                "Maybe it has another header: map it by --columns FILE.toml.",
            )  # fmt: skip


def _owner_texts(grid: Grid, fields: dict[str, list[Any]], people: People | None, notes: Notes) -> list[str | None]:
    """Today's CSM as written. A sales owner stands in only where no column names a CSM and most values are CSMs."""
    if "csm_text" in fields or "csm_text" in grid.confirmed:
        return fields.get("csm_text") or [None] * len(grid)
    if "sales_owner" not in fields:
        notes.add(
            "no_csm_column", Severity.WARNING, "No column names today's CSM: every account needs an owner.",
            "Maybe it has another header: map it by --columns FILE.toml.",
        )  # fmt: skip
        return [None] * len(grid)
    header = grid.header("sales_owner")
    cell = grid.cell("sales_owner", 0) if len(grid) else ""
    share = people.share_known(t or "" for t in fields["sales_owner"]) if people else 0.0
    if share >= OWNER_SHARE:
        notes.add(
            "owner_taken_as_csm", Severity.WARNING,
            f"{show(header)} is usually the sales rep, but {share:.0%} of its values are CSMs: taken as Current CSM.",
            'Maybe confirm it in a column mapping: csm = "' + header + '".', cell=cell,
        )  # fmt: skip
        return list(fields["sales_owner"])
    found = (
        f"only {share:.0%} of its values are on the CSMs sheet"
        if people
        else "there is no CSMs sheet to compare it with"
    )
    notes.add(
        "owner_is_not_csm", Severity.ERROR,
        f"No column names today's CSM. {show(header)} is usually the sales rep, and {found}.",
        f'Maybe confirm it by --columns FILE.toml with csm = "{header}" under [accounts.columns]; csm = "" says that '
        "nobody owns the accounts yet.", cell=cell,
    )  # fmt: skip
    return [None] * len(grid)


def _resolve(grid: Grid, owners: list[str | None], people: People | None, notes: Notes) -> list[str | None]:
    """Ids of today's CSMs; those that are not on the CSMs sheet are said in one finding and need an owner."""
    if people is None:
        return [None] * len(owners)
    field = "csm_text" if "csm_text" in grid.columns else "sales_owner"
    known: dict[str, str | None] = {}
    ids: list[str | None] = []
    unknown: list[int] = []
    for i, text in enumerate(owners):
        if not text or text.casefold() in NOBODY:
            ids.append(None)
            continue
        if text not in known:
            known[text] = people.find(text)
        ids.append(known[text])
        if known[text] is None:
            unknown.append(i)
    if unknown:
        counts = Counter(str(owners[i]) for i in unknown)
        listed = ", ".join(f"{show(t)} {n}" for t, n in counts.most_common(5)) + (", ..." if len(counts) > 5 else "")
        near = [(t, people.near(t)) for t, _ in counts.most_common(50)]
        hints = [f"{show(t)} is {show(n)}" for t, n in near if n and not people.shared(t)][:3]
        twice = next((t for t in counts if people.shared(t)), "")
        advice = f"Maybe {', '.join(hints)}." if hints else ""
        if twice:
            advice = f"Maybe write the CSM ID: more than one CSM is called {show(twice)}. {advice}".strip()
        name = "1 account names a CSM" if len(unknown) == 1 else f"{many(len(unknown), 'account')} name a CSM"
        notes.add(
            "unknown_csm", Severity.WARNING, f"{name} who is not on the CSMs sheet: needs an owner ({listed}).", advice,
            cells=tuple(grid.cell(field, i) for i in unknown[:500]),
            value=counts.most_common(1)[0][0], count=len(unknown),
        )  # fmt: skip
    return ids


def _pins(
    grid: Grid, pins: list[str | None], today: list[str | None], people: People | None, notes: Notes
) -> list[str | None]:
    """Ids of the CSMs that must own pinned accounts: a CSM as named, or today's for yes."""
    made: list[str | None] = []
    for i, text in enumerate(pins):
        word = normal(text) if text else ""
        found = people.find(text) if people and text else None
        why = ""
        if word in ("", "no", "n", "false", "0", "none"):
            found = None
        elif found is None and word in ("yes", "y", "true", "1", "x", "pinned", "locked", "ja", "si"):
            found = today[i]
            why = "" if found else "means today's CSM, but there is none"
        elif found is None:
            why = "is neither a CSM nor yes" if people else ""
        if why and text:
            near = people.near(text) if people else ""
            notes.add(
                "bad_pin", Severity.WARNING, f"{grid.header('pin')} {show(text)} {why}; the pin is left out.",
                f"Maybe {show(near)}?" if near else "", cell=grid.cell("pin", i),
                value=text, key=why,
            )  # fmt: skip
        made.append(found)
    return made


def _symbols(cells: list[Any]) -> list[str | None]:
    """Currency codes by the symbols in money texts; nothing where cells are plain numbers."""
    codes: list[str | None] = []
    for cell in cells:
        code = ""
        if isinstance(cell, str):
            try:
                code = parse_number(cell)[1]
            except NotANumber:
                code = ""
        codes.append(code or None)
    return codes


def _parents(fields: dict[str, list[Any]]) -> list[str | None]:
    """Parent ids; a parent given by a name that one account has becomes that account's id."""
    ids = set(fields["id"])
    names = Counter(n for n in fields.get("name", []) if n)
    by_name = {n: i for n, i in zip(fields.get("name", []), fields["id"], strict=False) if n and names[n] == 1}
    return [p if p is None or p in ids else by_name.get(p, p) for p in fields["parent_id"]]


def _say_blank_arr(grid: Grid, fields: dict[str, list[Any]], notes: Notes) -> None:
    if "arr" not in fields:
        return
    raw = grid.columns["arr"]
    blank = [i for i, v in enumerate(fields["arr"]) if v is None and as_text(raw[i]).strip().casefold() in BLANKS]
    negative = [i for i, v in enumerate(fields["arr"]) if v is not None and v < 0]
    for code, rows, words in (
        ("blank_arr", blank, "without ARR: it counts as 0"),
        ("negative_arr", negative, "with an ARR below zero: it counts as it is"),
    ):
        if rows:
            notes.add(
                code, Severity.WARNING, f"{many(len(rows), 'account')} of {len(grid):,} {words}.",
                cells=tuple(grid.cell("arr", i) for i in rows[:500]), count=len(rows),
            )  # fmt: skip
