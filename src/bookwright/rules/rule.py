"""What a rule is: one sentence the plan is held to, in one file, with its own settings, posting and check.

A rule bars pairs (`bar`), posts rows and costs once the bars are settled (`post`), and checks a plan in plain
arithmetic that shares nothing with the posting (`check`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from bookwright.books import Plan
from bookwright.problem import Problem
from bookwright.result import Band, Breach
from bookwright.rules.board import Board
from bookwright.sections import Section

Mode = Literal["hard", "no_worse", "priority", "off"]


class Settings(Section):
    """What every rule's table may hold; rules add their own keys. Unknown keys are refused."""

    mode: Mode = "hard"


@dataclass(frozen=True, eq=False)
class Ground:
    """What a check may know besides the plan: today's books, who is held where and why, and the agreed bands.

    `held` = account id -> CSM id for pins and freezes that hold (they may stand outside coverage).
    """

    today: Plan
    held: Mapping[str, str] = field(default_factory=dict)
    bands: Sequence[Band] = ()
    split_families: Sequence[Sequence[int]] = ()
    """Positions of accounts of families that no CSM may own whole."""


class Rule:
    """Base of all rules. Subclasses set `id`, `title`, `unit`, `Settings`, and override what they need."""

    id: str
    title: str
    unit: ClassVar[str] = "accounts"
    schema: ClassVar[type[Settings]] = Settings
    modes: ClassVar[tuple[Mode, ...]] = ("hard", "off")
    """The modes that mean something for this rule; others are refused."""
    measure: str = ""
    """Tells rules of one kind apart in the ledger (arr, utilization, ...)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def mode(self) -> Mode:
        """hard, no_worse, priority or off."""
        return self.settings.mode

    @property
    def priority(self) -> str:
        """The priority whose value this rule's breaches add to; empty for hard rules."""
        return ""

    def sentence(self, problem: Problem) -> str:
        """The rule as one sentence with its numbers."""
        raise NotImplementedError

    def bar(self, board: Board) -> None:
        """Bar or hold pairs."""

    def post(self, board: Board) -> None:
        """Post rows and costs."""

    def check(self, plan: Plan, ground: Ground) -> list[Breach]:
        """Where the plan does not keep the rule, from the workbook's own values; shares nothing with the posting."""
        return []

    def score(self, plan: Plan, ground: Ground, breaches: Sequence[Breach] | None = None) -> float:
        """The rule's value for the ledger, in `unit`: the sum of its breaches unless a rule says otherwise.

        `breaches` are those that `check` found, where that was done before.
        """
        return sum(b.amount for b in (self.check(plan, ground) if breaches is None else breaches))
