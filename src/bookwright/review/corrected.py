"""Accepted corrections in the next round: facts that reviewers found wrong and today's book still has as they were.

The book stays the source: where it already says something else than in the round that was reviewed, the book counts.
Nothing is written anywhere but into the facts of the round that is planned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookwright.portfolio import Account, Portfolio
from bookwright.review.decisions import Correction
from bookwright.review.identity import ACCOUNT, ARR, HOURS, RENEWAL, SEGMENT, TODAY
from bookwright.tables.cells import BadCell, Style, parse_cell
from bookwright.tables.columns import Type, normal
from bookwright.tables.columns_accounts import ACCOUNTS
from bookwright.tables.numbers import decimal_of, parse_number
from bookwright.tables.people import People

ACCEPTED = "accepted"
_FIELDS = {ACCOUNT: "name", SEGMENT: "segment", ARR: "arr", HOURS: "hours", RENEWAL: "renewal_date", TODAY: "csm_id"}
"""Columns of the review workbook by the field of an account behind them."""
_MONEY = ("arr", "renewal_arr")


@dataclass(frozen=True)
class Corrected:
    """Today's facts with the accepted corrections in them, and what was made of each, in sentences."""

    portfolio: Portfolio
    said: tuple[str, ...] = ()


class _Unclear(Exception):
    """A correction that cannot be applied by itself; says why."""


def correct(
    today: Portfolio,
    corrections: Sequence[Correction],
    reviewed: Mapping[int, Portfolio],
    prepared: Callable[[Portfolio], Portfolio],
) -> Corrected:
    """Put accepted corrections into today's facts where these still have the old value; the later one counts.

    `reviewed` = round -> the book that was reviewed; `prepared` brings facts as read into the form of such a book (one
    currency, the model's segments). Open corrections are said too: they change nothing.
    """
    ready = prepared(today)
    said = []
    values: dict[str, dict[str, Any]] = {}
    for c in corrections:
        if c.verdict != ACCEPTED:
            continue
        now, old = ready.account_by_id.get(c.account_id), reviewed[c.round].account_by_id.get(c.account_id)
        if now is None or old is None:
            said.append(f"A correction lapses: {c.account_id} is not in the book any more.")
            continue
        try:
            field, new = _meant(c, ready)
            abroad = today.account_by_id[c.account_id]
            foreign = field in _MONEY and abroad.currency != now.currency
            if field in _MONEY:
                new *= _rate(c.should_be, abroad, now)
            before, stands = _value(old, field), _value(now, field)
            if stands == new:
                said.append(f"{_head(now, c)} is {_told(ready, field, new)} in the book already.")
                values.get(c.account_id, {}).pop(field, None)
                continue
            if stands != before:
                raise _Unclear(f"the book says {_told(ready, field, stands)} by now, which counts")
        except _Unclear as why:
            said.append(f"{_head(now, c)}: the correction to {c.should_be} is not applied: {why}.")
            continue
        mine = values.setdefault(c.account_id, {})
        if foreign:  # as the book that was reviewed has it: all its money in the one currency of the plan
            mine |= {"currency": now.currency} | {f: getattr(now, f) for f in _MONEY if f not in mine}
        mine[field] = new
        who = f"asked by {c.reviewer}, accepted by {c.judged_by or 'operations'}"
        said.append(
            f"{_head(now, c)} is taken as {_told(ready, field, new)}{f' {now.currency}' if foreign else ''},"
            f" not {_told(ready, field, before)} ({who})."
        )
    still_open = sum(not c.verdict for c in corrections)
    if still_open:
        verb = "correction is" if still_open == 1 else "corrections are"
        said.append(f"{still_open:,} {verb} neither accepted nor refused: see `bookwright review corrections`.")
    if not values:
        return Corrected(today, tuple(said))
    accounts = tuple(_with(a, values[a.id], today) if a.id in values else a for a in today.accounts)
    return Corrected(today.model_copy(update={"accounts": accounts}), tuple(said))


def _meant(c: Correction, book: Portfolio) -> tuple[str, Any]:
    """The field a correction names and the value it asks for."""
    field = {normal(t): f for t, f in _FIELDS.items()}.get(normal(c.column))
    if field is None:
        own = next((h for h, _ in book.account_columns if normal(h) == normal(c.column)), None)
        declared = {normal(t): k.field for k in ACCOUNTS.columns for t in (k.title, *k.aliases)}
        listed = next((f for h, f in book.account_columns if normal(h) == normal(c.column) and f), None)
        field = listed or declared.get(normal(c.column)) or (f"extra {own}" if own else None)
    if field is None or field == "id":
        raise _Unclear(f'"{c.column}" is no column that can be corrected here; correct the book')
    if field.startswith("extra "):
        return field, c.should_be
    if field in ("csm_id", "csm_text", "pin"):
        csm_id = People(book.csms).find(c.should_be)
        if csm_id is None:
            raise _Unclear("that is no CSM of the book")
        return "csm_id" if field == "csm_text" else field, csm_id
    kind = ACCOUNTS.column(field).type
    if field == "segment":
        known = {normal(s): s for a in book.accounts if (s := a.segment)}
        return field, known.get(normal(c.should_be), c.should_be)
    return field, _parsed(c.should_be, kind)


def _parsed(text: str, kind: Type) -> Any:
    """A cell's text by the column's type; a date that could be two days, or no value at all, is unclear."""
    found = []
    sign, doubtful = decimal_of([text], ".")
    # As in a book: nobody gives money in thousandths.
    decimal = "" if doubtful and kind is Type.MONEY else sign
    for order in ("dmy", "mdy"):
        style = Style(decimal=decimal, order=order)
        try:
            value = parse_cell(text, kind, style)
        except BadCell:
            continue
        if value is not None and value not in found:
            found.append(value)
    if len(found) != 1:
        raise _Unclear("that could be two days" if found else "that cannot be read")
    return found[0]


def _rate(text: str, abroad: Account, now: Account) -> float:
    """What one unit of the currency a correction is written in is worth in the plan's.

    Reviewers see the plan's currency, so a bare number is in it; one that names the account's own is brought over.
    """
    named = parse_number(text)[1]
    if named in ("", now.currency or named):
        return 1.0
    if named != abroad.currency or not abroad.arr:
        raise _Unclear(f"the book has no rate from {named} into {now.currency} for it")
    return now.arr / abroad.arr


def _value(account: Account, field: str) -> Any:
    return account.extra.get(field[6:]) if field.startswith("extra ") else getattr(account, field)


def _with(account: Account, values: Mapping[str, Any], book: Portfolio) -> Account:
    """The account with corrected values; today's CSM is written by name as well."""
    update = {f: v for f, v in values.items() if not f.startswith("extra ")}
    if "csm_id" in update:
        update["csm_text"] = book.csm_by_id[update["csm_id"]].name
    own = {f[6:]: v for f, v in values.items() if f.startswith("extra ")}
    if own:
        update["extra"] = {**account.extra, **own}
    return account.model_copy(update=update)


def _head(account: Account, c: Correction) -> str:
    return f"{account.label}: {c.column}"


def _told(book: Portfolio, field: str, value: Any) -> str:
    """A value in words."""
    if value is None or value == "":
        return "blank"
    if field in ("csm_id", "pin"):
        return book.csm_name(value) or str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if field in _MONEY else f"{value:,g}"
