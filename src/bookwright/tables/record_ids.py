"""Ids of CRM records: Salesforce's in 15 characters widened to 18, and ids that a spreadsheet has damaged.

Salesforce ids are case-sensitive in 15 characters; three more make them safe where case gets lost. Each of the three
stands for five characters: the first of them is the lowest bit, a capital is 1, and A-Z then 0-5 write the sum
(Salesforce Platform documentation, "ID Field Type").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE62 = re.compile(r"[0-9A-Za-z]+")
_AS_NUMBER = re.compile(r"\d+([.,]\d+)?E[+-]?\d+|\d+[.,]\d+", re.IGNORECASE)
KEY_PREFIX = {"account": "001", "contact": "003", "user": "005", "opportunity": "006", "case": "500", "task": "00T"}
"""What the ids of each kind of Salesforce record begin with."""
FOLDED_FROM = 3
"""From so many 15-character ids without one letter of the other case, their case was lost."""


class DamagedId(ValueError):
    """An id that cannot be what the CRM gave; the message says what is wrong with it, `advice` a way out."""

    def __init__(self, message: str, advice: str = "Maybe export it again with the column as text.") -> None:
        super().__init__(message)
        self.advice = advice


def check_characters(id15: str) -> str:
    """The three characters that make a 15-character Salesforce id one of 18."""
    chunks = (id15[k : k + 5] for k in (0, 5, 10))
    return "".join(_CHECK[sum(1 << bit for bit, c in enumerate(chunk) if "A" <= c <= "Z")] for chunk in chunks)


def widen(text: str, kind: str = "") -> str:
    """A Salesforce id in 18 characters; `DamagedId` for one that Salesforce did not give so.

    With a `kind` (account, user, ...) its key prefix must be that of such records.
    """
    _refuse_number(text)
    if not _BASE62.fullmatch(text):
        raise DamagedId("holds characters that no Salesforce id has" if text else "is blank")
    if len(text) not in (15, 18):
        raise DamagedId(f"has {len(text)} characters; a Salesforce id has 15 or 18")
    id15 = text[:15]
    wide = id15 + check_characters(id15)
    if len(text) == 18 and text != wide:
        meant = _restored(text)
        advice = f"Maybe it was {meant}." if meant else "Maybe export it again."
        raise DamagedId("has lost its capitals or a character: its last three do not fit", advice)
    prefix = KEY_PREFIX.get(kind, "")
    if prefix and not wide.startswith(prefix):
        other = next((k for k, p in KEY_PREFIX.items() if wide.startswith(p)), "")
        was = f"is the id of a Salesforce {other}" if other else f"begins with {wide[:3]}"
        raise DamagedId(
            f"{was}, not of {'an' if kind[0] in 'aeo' else 'a'} {kind} ({prefix}...)", "Maybe another column."
        )
    return wide


def _restored(id18: str) -> str:
    """The id whose capitals its check characters tell; empty when they tell of none."""
    made = ""
    for k, check in enumerate(id18[15:].upper()):
        bits = _CHECK.find(check)
        if bits < 0:
            return ""
        for bit, c in enumerate(id18[5 * k : 5 * k + 5]):
            made += c.upper() if bits >> bit & 1 else c.lower()
    return made + id18[15:].upper() if check_characters(made) == id18[15:].upper() else ""


def digits(text: str) -> str:
    """A HubSpot record id: digits as they are; `DamagedId` for anything else."""
    _refuse_number(text)
    if not re.fullmatch(r"[1-9][0-9]{0,19}", text):
        raise DamagedId("is not a HubSpot record id, which is a whole number" if text else "is blank")
    return text


def _refuse_number(text: str) -> None:
    if _AS_NUMBER.fullmatch(text):
        raise DamagedId("was turned into a number by a spreadsheet, and its end is lost")


def case_was_lost(ids: Iterable[str]) -> bool:
    """True when 15-character Salesforce ids have letters of one case only: folded, they name other records."""
    short = [i[3:] for i in ids if len(i) == 15 and any(c.isalpha() for c in i[3:])]
    return len(short) >= FOLDED_FROM and (all(i == i.lower() for i in short) or all(i == i.upper() for i in short))


def alike(text: str) -> str:
    """An id as compared: a sound Salesforce id in 18 characters, any other as it is."""
    try:
        return widen(text) if len(text) in (15, 18) else text
    except DamagedId:
        return text
