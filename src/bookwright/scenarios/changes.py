"""What-ifs as changes of the facts: more hours, hires, somebody gone, tooling, growth, another setting.

A change makes another portfolio and says in words what it did, so that every plan made with it can say so too.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bookwright.capacity import analyse
from bookwright.findings import UsageError
from bookwright.planning_model import with_settings
from bookwright.portfolio import Account, Cell, Csm, Kind, Portfolio, Status
from bookwright.problem import Problem

KNOWN = (
    "Known: capacity=+20%, tooling=15%, hire:Enterprise=2, drop=CSM, grow:SMB=+80, or a setting like horizon_months=6."
)
_HEADS = ("capacity", "tooling", "hire", "hires", "drop", "grow", "accounts")
_PART = re.compile(r",\s*(?=(?:capacity|tooling|hires?|drop|grow|accounts|[a-z_]{4,})\s*(?::[^,=]+)?=)")
_ALIKE = (
    *("arr", "hours", "region", "language", "time_zone", "industry", "product", "pod", "currency", "complexity"),
    "coverage",
)
"""What a new account takes from the one it is drawn from."""
_ONE = re.compile(r"\s*([A-Za-z_]+)\s*(?::\s*([^=]+?))?\s*=\s*(.+?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Single:
    """One change: `what` is capacity, tooling, hire, drop, grow or a setting; `number` is a fraction if `percent`."""

    what: str
    where: str
    value: str
    number: float = 0.0
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Changes that are made together, as written."""

    text: str
    parts: tuple[Single, ...]

    @property
    def title(self) -> str:
        """For a table's heading: as written, without the sign of equality where a blank reads better."""
        return ", ".join(_title(part) for part in self.parts)


def _title(part: Single) -> str:
    amount = part.value if part.value[:1] in "+-" or part.what not in ("capacity", "grow") else f"+{part.value}"
    words = {
        "capacity": f"Capacity {amount}",
        "tooling": f"Tooling saves {part.value}",
        "hire": f"Hire {part.value} for {part.where}",
        "drop": f"Without {part.value}",
        "grow": f"{part.where} {amount}{'' if part.percent else ' accounts'}",
    }
    return words.get(part.what, f"{part.what.replace('_', ' ')} {part.value}")


def parse_change(text: str) -> Change:
    """A what-if as people write it; several joined by commas are made together. Raises `UsageError`."""
    parts = tuple(_parse(piece, text) for piece in _PART.split(text) if piece.strip())
    if not parts:
        raise UsageError(f'What if "{text}": nothing is changed. {KNOWN}')
    return Change(text.strip(), parts)


def _parse(piece: str, text: str) -> Single:
    found = _ONE.fullmatch(piece)
    if found is None:
        raise UsageError(f'What if "{text}": "{piece.strip()}" is not understood. {KNOWN}')
    head, where, value = found[1].casefold(), found[2] or "", found[3]
    what = {"hires": "hire", "accounts": "grow"}.get(head, head)
    if what == "drop":
        return Single(what, "", value)
    if what not in _HEADS:
        return Single(found[1], where, value)
    number = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*(%?)", value)
    if number is None:
        raise UsageError(f'What if "{text}": {value} is not a number. {KNOWN}')
    percent = bool(number[2])
    part = Single(what, where, value, float(number[1]) / (100 if percent else 1), percent)
    wrong = _wrong(part)
    if wrong:
        raise UsageError(f'What if "{text}": {wrong} {KNOWN}')
    return part


def _wrong(part: Single) -> str:
    """What is wrong with a change, empty when nothing is."""
    what, number = part.what, part.number
    if what in ("capacity", "tooling") and (not part.percent or part.where):
        return f"{what} takes a percentage and no segment."
    if what == "capacity" and number < -1:
        return "nobody has less than no hours."
    if what == "tooling" and not 0 <= number <= 1:
        return "tooling saves from 0 % to 100 %."
    if what in ("hire", "grow") and not part.where:
        return "which segment?"
    if what == "hire" and (part.percent or number < 1 or number != int(number) or number > 500):
        return "a number of hires from 1 to 500."
    if what == "grow" and not part.percent and number != int(number):
        return "a whole number of accounts, or a percentage."
    if what == "grow" and part.percent and number < -1:
        return "more than all accounts cannot go."
    return ""


def apply(portfolio: Portfolio, problem: Problem, change: Change) -> tuple[Portfolio, tuple[str, ...]]:
    """The portfolio after the change, and what was done in words, one phrase per part.

    `problem` is the portfolio resolved as it was: hours, effective date and segments are read from it.
    """
    said: list[str] = []
    for part in change.parts:
        portfolio, words = _DOES.get(part.what, _setting)(portfolio, problem, part)
        said.append(words)
    return portfolio, tuple(said)


def _capacity(portfolio: Portfolio, problem: Problem, part: Single) -> tuple[Portfolio, str]:
    factor = 1 + part.number
    csms = tuple(c.model_copy(update={"productivity": c.productivity * factor}) for c in portfolio.csms)
    return portfolio.model_copy(update={"csms": csms}), f"every CSM has {part.number:+.0%} customer hours"


def _tooling(portfolio: Portfolio, problem: Problem, part: Single) -> tuple[Portfolio, str]:
    """Automatable touchpoints take less; an account's hours count in the proportions of its segment's touchpoints."""
    saved: dict[str, float] = {}
    parts = analyse(problem).parts
    for name in problem.segments:
        mine = [p for p in parts if p.segment == (name or "(no segment)")]
        hours = sum(p.hours for p in mine)
        saved[name] = sum(p.hours * p.automatable for p in mine) / hours if hours > 0 else 0.0
    if not any(saved.values()):
        raise UsageError(
            f"What if tooling={part.value}: no touchpoint is marked as automatable. "
            "Maybe fill Automatable percent on a Touchpoints sheet, or copy the planning model and edit it."
        )
    at = problem.account_position
    accounts = tuple(
        a.model_copy(update={"hours": float(problem.hours[at[a.id]]) * (1 - part.number * saved[a.segment])})
        if a.id in at
        else a
        for a in portfolio.accounts
    )
    before = float(problem.hours.sum())
    freed = part.number * sum(float(h) * saved[a.segment] for a, h in zip(problem.accounts, problem.hours, strict=True))
    words = f"tooling takes {part.number:.0%} off what can be automated: {freed:,.0f} of {before:,.0f} hours a month"
    return portfolio.model_copy(update={"accounts": accounts}), words


def _hire(portfolio: Portfolio, problem: Problem, part: Single) -> tuple[Portfolio, str]:
    """Hires with the hours that are usual in the team, fully productive, who may own any account of the segment."""
    segment = _segment(problem, part)
    people = [c for c in portfolio.csms if c.kind is Kind.PERSON and not problem.leaves[problem.csm_position[c.id]]]
    usual = float(np.median([problem.capacity_hours[problem.csm_position[c.id]] for c in people])) if people else 100.0
    taken = {c.id for c in portfolio.csms}
    names = {c.name.casefold() for c in portfolio.csms}
    hires: list[Csm] = []
    k = 0
    while len(hires) < int(part.number):
        k += 1
        id, name = f"hire-{segment}-{k}", f"Hire {k} ({segment})"
        if id not in taken and name.casefold() not in names:
            hires.append(Csm(id=id, name=name, segments=(segment,), customer_hours=round(usual, 2)))
    words = f"{len(hires)} hired for {segment}, each {usual:,.0f} customer hours a month, fully productive"
    return portfolio.model_copy(update={"csms": (*portfolio.csms, *hires)}), words


def _drop(portfolio: Portfolio, problem: Problem, part: Single) -> tuple[Portfolio, str]:
    """The CSM is gone when the plan takes effect: nothing of theirs is frozen to them."""
    wanted = part.value.strip()
    found = [c for c in portfolio.csms if c.id == wanted]
    found = found or [c for c in portfolio.csms if c.name.casefold() == wanted.casefold()]
    if len(found) != 1:
        names = [c.name for c in portfolio.csms]
        near = difflib.get_close_matches(wanted, names, n=3)
        hint = f" Maybe {', '.join(near)}." if near else f" Known: {', '.join(names[:8])}."
        if found:
            hint = f" Maybe by id: {', '.join(c.id for c in found)}."
        count = "no CSM is" if not found else f"{len(found)} CSMs are"
        raise UsageError(f'What if without "{wanted}": {count} called so.{hint}')
    gone = found[0]
    left = gone.model_copy(update={"end_date": problem.effective_date, "start_date": None})
    csms = tuple(left if c.id == gone.id else c for c in portfolio.csms)
    mine = sum(a.csm_id == gone.id for a in problem.accounts)
    return portfolio.model_copy(update={"csms": csms}), f"without {gone.name}, who has {mine:,} accounts"


def _grow(portfolio: Portfolio, problem: Problem, part: Single) -> tuple[Portfolio, str]:
    """More accounts of a segment without a CSM, drawn evenly from those there are; or fewer, the smallest leave."""
    segment = _segment(problem, part)
    mine = [a for a in problem.accounts if a.segment == segment]
    count = round(len(mine) * part.number) if part.percent else int(part.number)
    by_arr = sorted(mine, key=lambda a: (a.arr, a.id))
    if count < 0:
        if -count > len(mine):
            raise UsageError(f"What if grow:{part.where}={part.value}: there are {len(mine)} accounts of {segment}.")
        gone = {a.id for a in by_arr[:-count]}
        left = tuple(a.model_copy(update={"status": Status.CHURNED}) if a.id in gone else a for a in portfolio.accounts)
        return portfolio.model_copy(update={"accounts": left}), f"{-count:,} smallest accounts of {segment} leave"
    if count > 200_000:
        raise UsageError(f"What if grow:{part.where}={part.value}: more than 200,000 accounts.")
    taken = {a.id for a in portfolio.accounts}
    new: list[Account] = []
    for k in range(count):
        like = by_arr[int((k + 0.5) * len(by_arr) / count) % len(by_arr)]
        id, n = f"new-{segment}-{k + 1}", 1
        while id in taken:
            n += 1
            id = f"new-{segment}-{k + 1}-{n}"
        kept = {name: getattr(like, name) for name in _ALIKE}
        new.append(Account(id=id, name=f"New {segment} {k + 1}", segment=segment, **kept))
    words = f"{count:,} more accounts of {segment}, like those there are, without a CSM"
    return portfolio.model_copy(update={"accounts": (*portfolio.accounts, *new)}), words


def _setting(portfolio: Portfolio, problem: Problem, part: Single) -> tuple[Portfolio, str]:
    """A row of the Settings sheet with another value; it wins over the sheet and the planning model."""
    key = part.what if not part.where else f"{part.what}:{part.where}"
    value: Cell = part.value
    if re.fullmatch(r"[+-]?\d+", part.value):
        value = int(part.value)
    elif re.fullmatch(r"[+-]?\d*\.\d+", part.value):
        value = float(part.value)
    changed = with_settings(problem.model, {key: value}, "what-if")
    if changed.origins == problem.model.origins or key not in changed.origins:
        raise UsageError(f'What if {key}={part.value}: there is no setting "{key}". {KNOWN}')
    settings: Mapping[str, Cell] = {**portfolio.settings, key: value}
    return portfolio.model_copy(update={"settings": settings}), f"{key.replace('_', ' ')} = {part.value}"


def _segment(problem: Problem, part: Single) -> str:
    by_name = {s.casefold(): s for s in problem.segments if s}
    if part.where.casefold() not in by_name:
        near = difflib.get_close_matches(part.where.casefold(), by_name, n=1)
        hint = f" Maybe {by_name[near[0]]}." if near else f" Known: {', '.join(by_name.values())}."
        raise UsageError(f'What if {part.what}:{part.where}: there is no segment "{part.where}".{hint}')
    return by_name[part.where.casefold()]


_DOES = {"capacity": _capacity, "tooling": _tooling, "hire": _hire, "drop": _drop, "grow": _grow}
