"""Which CSM a cell means: by CSM ID first, then by a name only one CSM has; never by a guess."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from bookwright.portfolio import Csm
from bookwright.tables.record_ids import alike

NOBODY = frozenset(("", "-", "--", "n/a", "na", "none", "null", "tbd", "tba", "unassigned", "vacant", "open", "no csm"))
"""Texts in a CSM column that name no one, in lower case: the account needs an owner."""


@lru_cache(maxsize=65536)
def name_key(text: str) -> str:
    """A person's name as compared: without case, accents written either way, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _loose(text: str) -> str:
    """A name for close matches: no accents, no commas, words sorted ("Lopez, Ana" is near "Ana López")."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " ".join(sorted(plain.replace(",", " ").replace(".", " ").split()))


class People:
    """The CSMs of a book, findable by what cells say about them."""

    def __init__(self, csms: Iterable[Csm]) -> None:
        self._ids: dict[str, str] = {}
        self._keys: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        self._users: dict[str, str] = {}
        for csm in csms:
            self._ids[csm.id] = csm.id
            if csm.crm_user_id:
                # Two users' ids may differ in case alone: found exactly, in 15 characters or in 18.
                self._users.setdefault(alike(csm.crm_user_id), csm.id)
            for text in (csm.id, csm.name, csm.email, csm.crm_user_id):
                if text:
                    self._keys.setdefault(name_key(text), set()).add(csm.id)
            self._names[_loose(csm.name)] = csm.name

    def find(self, text: str) -> str | None:
        """The id of the CSM that `text` names; None when nobody, or more than one, is so named."""
        if text in self._ids:
            return text
        if user := self._users.get(alike(text)):
            return user
        found = self._keys.get(name_key(text), set())
        return next(iter(found)) if len(found) == 1 else None

    def shared(self, text: str) -> bool:
        """True when two or more CSMs have this name."""
        return text not in self._ids and len(self._keys.get(name_key(text), ())) > 1

    def near(self, text: str) -> str:
        """The name of the CSM closest to `text`, empty when none is close."""
        words = set(_loose(text).split())
        holders = [name for key, name in self._names.items() if words and words <= set(key.split())]
        if len(holders) == 1:
            return holders[0]
        close = difflib.get_close_matches(_loose(text), list(self._names), 1, 0.8)
        return self._names[close[0]] if close else ""

    def share_known(self, texts: Iterable[str]) -> float:
        """The share of filled cells that name a CSM, between 0 and 1."""
        filled = [t for t in texts if t and t.casefold() not in NOBODY]
        return sum(self.find(t) is not None for t in filled) / len(filled) if filled else 0.0
