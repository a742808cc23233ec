"""Matches: any account column against any CSM list column: region, language, pod as walls, the rest as preferences."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
import zoneinfo
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from bookwright.books import Plan
from bookwright.findings import InputError
from bookwright.portfolio import Account, Csm
from bookwright.problem import Problem
from bookwright.result import Breach
from bookwright.rules.board import Board
from bookwright.rules.rule import Ground, Mode, Rule, Settings


class MatchSettings(Settings):
    """`account` is a column of the accounts, `csm` a list column of the CSMs (ours or the user's own headers).

    A blank cell on either side matches. `points` is what a missed preference adds to the price of a move.
    `within_hours` compares time zones by their distance instead of by name.
    """

    mode: Mode = "hard"
    account: str
    csm: str
    points: float = Field(default=0.25, ge=0)
    within_hours: float | None = Field(default=None, ge=0)


class Match(Rule):
    """An account goes to a CSM whose list names the account's value."""

    id = "matches"
    title = "Matches"
    modes = ("hard", "no_worse", "priority", "off")
    schema = MatchSettings
    settings: MatchSettings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.measure = self.settings.account
        self.id = f"match_{self.settings.account}"
        self.title = f"{self.settings.account.replace('_', ' ').capitalize()} matches"

    @property
    def priority(self) -> str:
        """Missed preferences count in the price of moves."""
        return "moves" if self.mode == "priority" else ""

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence."""
        s = self.settings
        word = s.account.replace("_", " ")
        how = f"within {s.within_hours:g} hours of" if s.within_hours is not None else "named in"
        if self.mode == "priority":
            csms = s.csm.replace("_", " ")
            return f"Preferred: the account's {word} is {how} the new CSM's {csms}; a miss costs {s.points:g} points."
        return f"The account's {word} is {how} the CSM's {s.csm.replace('_', ' ')} (blank = any)."

    def _fits(self, value: str, entries: Sequence[str], when: dt.date) -> bool:
        if not value or not entries:
            return True
        if self.settings.within_hours is not None:
            own = utc_offset(value, when)
            offsets = [o for o in (utc_offset(e, when) for e in entries) if o is not None]
            if own is not None and offsets:
                apart = min(min(abs(own - o), 24 - abs(own - o)) for o in offsets)
                return apart <= self.settings.within_hours
        return value.casefold() in {e.casefold() for e in entries}

    def _table(self, problem: Problem) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Value position per account (accounts,), and which CSM fits which value (values, CSMs)."""
        self._refuse_unknown(problem)
        lists = [c.list_of(self.settings.csm) for c in problem.csms]
        if not any(lists):
            # Nobody's list is filled, so everybody fits: no need to read what every account says.
            return np.zeros(len(problem.accounts), dtype=np.intp), np.ones((1, len(lists)), dtype=np.bool_)
        texts = [_text(a.value(self.settings.account)) for a in problem.accounts]
        values = list(dict.fromkeys(texts))
        code = {v: k for k, v in enumerate(values)}
        fits = np.array(
            [[self._fits(v, entries, problem.effective_date) for entries in lists] for v in values], dtype=np.bool_
        ).reshape(len(values), len(problem.csms))
        return np.array([code[t] for t in texts], dtype=np.intp), fits

    def _refuse_unknown(self, problem: Problem) -> None:
        """A column that is neither ours nor in the workbook would make the rule match everything, silently."""
        s = self.settings
        sides: tuple[tuple[str, str, type[Account] | type[Csm], Sequence[Account] | Sequence[Csm]], ...] = (
            ("accounts", s.account, Account, problem.portfolio.accounts),
            ("CSMs", s.csm, Csm, problem.portfolio.csms),
        )
        for side, column, kind, facts in sides:
            if column in kind.model_fields:
                continue
            known = dict.fromkeys([*kind.model_fields, *(header for fact in facts for header in fact.extra)])
            if facts and column not in known:
                near = difflib.get_close_matches(column, known, n=1)
                hint = f' Maybe "{near[0]}".' if near else ""
                raise InputError(f'rules.matches: there is no column "{column}" among the {side}.{hint}')

    def bar(self, board: Board) -> None:
        """Bar CSMs whose filled list does not name the account's value (hard mode)."""
        if self.mode == "priority":
            return
        code, fits = self._table(board.problem)
        if fits.all():
            return
        accounts, column = board.problem.accounts, self.settings.account
        mask = ~fits[code]
        board.bar(
            self.id,
            board.except_today(mask) if self.mode == "no_worse" else mask,
            lambda i, j: f"does not cover {column.replace('_', ' ')} {_text(accounts[i].value(column))}",
        )

    def post(self, board: Board) -> None:
        """Price a miss (priority mode): every account that comes to a CSM who does not fit it."""
        if self.mode != "priority":
            return
        code, fits = self._table(board.problem)
        if fits.all():
            return
        owner, points = board.problem.owner, round(self.settings.points * 1000)

        def miss(i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.int64]:
            return np.where(~fits[code[i], j] & (owner[i] != j), points, 0).astype(np.int64)

        board.cost("moves", miss)

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Accounts with a CSM whose list does not name theirs (for a preference: only those that moved)."""
        s, problem = self.settings, plan.problem
        hard = self.mode != "priority"
        found = []
        for account in problem.accounts:
            csm_id = plan.by_account[account.id]
            if csm_id is None or ground.held.get(account.id) == csm_id:
                continue
            if self.mode != "hard" and ground.today.by_account[account.id] == csm_id:
                continue
            csm = problem.portfolio.csm_by_id[csm_id]
            value, entries = _text(account.value(s.account)), csm.list_of(s.csm)
            if not value or not entries:
                continue
            good = value.lower() in [e.lower() for e in entries]
            if not good and s.within_hours is not None:
                own = utc_offset(value, problem.effective_date)
                for entry in entries:
                    other = utc_offset(entry, problem.effective_date)
                    if (
                        own is not None
                        and other is not None
                        and (own - other) % 24 in _near(s.within_hours, own - other)
                    ):
                        good = True
            if not good:
                text = f"{account.label}: {s.account.replace('_', ' ')} {value}; {csm.name} has {', '.join(entries)}."
                today = float(ground.today.by_account[account.id] == csm_id)
                found.append(Breach(self.id, self.title, text, 1, "accounts", today, hard, csm_id, (account.id,)))
        return found


def _near(hours: float, difference: float) -> tuple[float, ...]:
    """The difference modulo a day when it is at most `hours` around the clock, else nothing."""
    turned = difference % 24
    return (turned,) if min(turned, 24 - turned) <= hours else ()


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-−])\s*(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_SHORT = {"UTC": 0, "GMT": 0, "WET": 0, "CET": 1, "EET": 2, "IST": 5.5, "JST": 9, "AEST": 10}
_SHORT |= {"EST": -5, "CST": -6, "MST": -7, "PST": -8, "ET": -5, "CT": -6, "MT": -7, "PT": -8}


@functools.lru_cache(maxsize=4096)
def utc_offset(text: str, when: dt.date) -> float | None:
    """Hours east of Greenwich of a time zone as people write it: Europe/Berlin, UTC+1, +05:30, CET; None = unknown."""
    text = text.strip()
    if text.upper() in _SHORT:
        return float(_SHORT[text.upper()])
    match = _OFFSET.fullmatch(text)
    if match:
        hours = int(match[2]) + int(match[3] or 0) / 60
        return hours if match[1] == "+" else -hours
    try:
        offset = dt.datetime(when.year, when.month, when.day, 12, tzinfo=zoneinfo.ZoneInfo(text)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return None if offset is None else offset.total_seconds() / 3600
