"""Team merge and split: several books become one, or a segment gets CSMs of its own. The outcome is a book to plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bookwright.findings import Finding, Findings, InputError, Severity, UsageError
from bookwright.portfolio import Account, Cell, Csm, Portfolio, WishKind

CAME_FROM = "Came from"
"""The column that says which book a row was in; it rides along to the plan."""


def merge(books: Sequence[tuple[str, Portfolio]]) -> tuple[Portfolio, Findings]:
    """Several books, each under a label, as one: rows in the order given, each with where it came from.

    A CSM or account that stands in several books under the same id and name is taken once, from the first, and said.
    The same id under different names is two: the id gets the label in front, everywhere it is used. Settings and
    touchpoints of an earlier book win, and are said where they differ. Raises `InputError` for different currencies,
    `UsageError` for fewer than two books or two with one label.
    """
    labels = [label for label, _ in books]
    if len(books) < 2 or len(set(labels)) < len(labels):
        raise UsageError("A merge takes two books or more, each of another name.")
    currencies: dict[str, str] = {}
    for label, book in books:
        if book.currency:
            currencies.setdefault(book.currency, label)
    if len(currencies) > 1:
        said = ", ".join(f"{label} in {money}" for money, label in currencies.items())
        raise InputError(f"The books are in different currencies: {said}. Maybe a Currency column in each, with rates.")
    notes: list[Finding] = []
    csm_ids = _ids([p.csms for _, p in books], labels, "CSM", notes)
    account_ids = _ids([p.accounts for _, p in books], labels, "account", notes)
    accounts: dict[str, Account] = {}
    csms: dict[str, Csm] = {}
    more: dict[str, list[Any]] = {"wishes": [], "absences": []}
    for k, (label, book) in enumerate(books):
        as_csm, as_account = csm_ids[k], account_ids[k]
        for csm in book.csms:
            extra = {**csm.extra, CAME_FROM: label}
            csms.setdefault(as_csm[csm.id], csm.model_copy(update={"id": as_csm[csm.id], "extra": extra}))
        for account in book.accounts:
            owner, pin = account.csm_id, account.pin
            update = {
                "id": as_account[account.id],
                "csm_id": None if owner is None else as_csm.get(owner, owner),
                "csm_text": "" if owner in as_csm else account.csm_text,
                "pin": None if pin is None else as_csm.get(pin, pin),
                "parent_id": as_account.get(account.parent_id, account.parent_id),
                "extra": {**account.extra, CAME_FROM: label},
            }
            accounts.setdefault(as_account[account.id], account.model_copy(update=update))
        for wish in book.wishes:
            people = wish.kind in (WishKind.NEVER, WishKind.PREFER)
            other = (as_csm if people else as_account).get(wish.other, wish.other)
            account_id = as_account.get(wish.account_id, wish.account_id)
            more["wishes"].append(wish.model_copy(update={"account_id": account_id, "other": other}))
        more["absences"] += [
            a.model_copy(update={"csm_id": as_csm.get(a.csm_id, a.csm_id)})
            for a in book.absences
            if csms[as_csm.get(a.csm_id, a.csm_id)].extra[CAME_FROM] == label
        ]
    columns = dict.fromkeys(column for _, p in books for column in p.account_columns)
    merged = Portfolio(
        accounts=tuple(a.model_copy(update={"row": k}) for k, a in enumerate(accounts.values(), start=2)),
        csms=tuple(c.model_copy(update={"row": k}) for k, c in enumerate(csms.values(), start=2)),
        wishes=tuple(more["wishes"]),
        absences=tuple(more["absences"]),
        touchpoints=_first_by_segment(books, "touchpoints", notes),
        segment_rows=_first_by_segment(books, "segment_rows", notes),
        settings=_settings(books, notes),
        account_columns=(*columns, (CAME_FROM, None)),
        source=" + ".join(labels),
        currency=next(iter(currencies), ""),
    )
    return merged, Findings(tuple(notes))


def _ids(
    rows: Sequence[Sequence[Account] | Sequence[Csm]], labels: Sequence[str], what: str, notes: list[Finding]
) -> list[dict[str, str]]:
    """For each book, its own id -> the id in the merged one."""
    names: dict[str, set[str]] = {}
    for book in rows:
        for row in book:
            names.setdefault(row.id, set()).add(" ".join(row.name.split()).casefold())
    clash = {key for key, called in names.items() if len(called) > 1}
    found = [
        {row.id: f"{label}:{row.id}" if row.id in clash else row.id for row in book}
        for label, book in zip(labels, rows, strict=True)
    ]
    if clash:
        some = ", ".join(sorted(clash)[:5])
        text = f"{len(clash):,} {what} ids stand in several books under different names ({some}): taken as different"
        advice = f"Maybe they are one {what}: give both rows the same name."
        notes.append(Finding("ids_clash", Severity.WARNING, f"{text}, with the book's name before the id.", advice))
    once = [key for key, called in names.items() if len(called) == 1 and sum(key in book for book in found) > 1]
    if once:
        some = ", ".join(sorted(once)[:5])
        text = f"{len(once):,} {what}s stand in several books ({some}): taken once, as in the first of them."
        advice = "Maybe look at their hours and segments." if what == "CSM" else "Maybe look at who has them."
        notes.append(Finding("in_several_books", Severity.WARNING, text, advice))
    return found


def _first_by_segment(books: Sequence[tuple[str, Portfolio]], field: str, notes: list[Finding]) -> tuple[Any, ...]:
    """Rows of the first book that has any for a segment."""
    taken: dict[str, tuple[str, list[Any]]] = {}
    for label, book in books:
        mine: dict[str, list[Any]] = {}
        for row in getattr(book, field):
            mine.setdefault(row.segment, []).append(row)
        for segment, rows in mine.items():
            known = taken.setdefault(segment, (label, rows))
            plain = [[r.model_dump(exclude={"row"}) for r in some] for some in (known[1], rows)]
            if plain[0] != plain[1]:
                text = (
                    f"{segment} has {field.replace('_', ' ')} in {known[0]} and others in {label}: the first are taken."
                )
                notes.append(Finding("rows_differ", Severity.WARNING, text, "Maybe make them the same first."))
    return tuple(row for _, rows in taken.values() for row in rows)


def _settings(books: Sequence[tuple[str, Portfolio]], notes: list[Finding]) -> dict[str, Cell]:
    found: dict[str, tuple[str, Cell]] = {}
    for label, book in books:
        for key, value in book.settings.items():
            first, known = found.setdefault(key, (label, value))
            if known != value:
                name = key.replace("_", " ")
                text = f"Setting {name} is {known} in {first} and {value} in {label}: {known} is taken."
                notes.append(Finding("settings_differ", Severity.WARNING, text, "Maybe change it on the merged sheet."))
    return {key: value for key, (_, value) in found.items()}


def split(portfolio: Portfolio, segment: str, csms: Sequence[str], new: Sequence[str] = ()) -> Portfolio:
    """The book in which a segment has CSMs of its own: they cover it alone, and nobody else covers it.

    `csms` are names or ids on the CSMs sheet, `new` names of CSMs to add. A blank Segments cell becomes the list of all
    other segments. Raises `UsageError` for an unknown segment or name, and where somebody would cover nothing.
    """
    segments = list(dict.fromkeys(a.segment for a in portfolio.accounts if a.segment))
    known = {name.casefold(): name for name in segments}
    if segment.casefold() not in known:
        raise UsageError(f'There are no accounts of segment "{segment}". Known: {", ".join(segments)}.')
    segment = known[segment.casefold()]
    own = {_named(portfolio, name).id for name in csms}
    if not own and not new:
        raise UsageError("A segment of its own needs CSMs. Maybe --csm NAME, or --new NAME for one to be hired.")
    taken = {c.name.casefold() for c in portfolio.csms} | {c.id.casefold() for c in portfolio.csms}
    double = [name for name in new if name.casefold() in taken]
    if double:
        raise UsageError(f'"{double[0]}" is on the CSMs sheet already. Maybe --csm instead of --new.')
    rows = [_covering(csm, segment, segments, alone=csm.id in own) for csm in portfolio.csms]
    rows += [Csm(id=name, name=name, segments=(segment,)) for name in dict.fromkeys(new)]
    return portfolio.model_copy(update={"csms": tuple(rows)})


def _covering(csm: Csm, segment: str, segments: Sequence[str], *, alone: bool) -> Csm:
    if alone:
        return csm.model_copy(update={"segments": (segment,)})
    covered = csm.segments or tuple(segments)
    left = tuple(name for name in covered if name.casefold() != segment.casefold())
    if not left:
        raise UsageError(f"{csm.name} covers {segment} alone. Maybe name them with --csm too.")
    return csm.model_copy(update={"segments": left}) if left != covered else csm


def _named(portfolio: Portfolio, name: str) -> Csm:
    match = [c for c in portfolio.csms if name.casefold() in (c.id.casefold(), c.name.casefold())]
    if len(match) != 1:
        some = ", ".join(c.name for c in portfolio.csms[:12])
        raise UsageError(f'"{name}" is not one CSM of this book. Maybe one of: {some}; or --new for one to be hired.')
    return match[0]
