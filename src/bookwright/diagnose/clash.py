"""A minimal set of rules and rows that cannot all hold, in words: drop any one of them and the rest can."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from bookwright.diagnose.conditions import Conditions, Said
from bookwright.engine.clash import minimal_core
from bookwright.rules.catalogue import CATALOGUE

_TITLES = {"never": "Never pairs", "gone": "CSM gone", "matches": "Matches", "balance": "Balance"}


@dataclass(frozen=True, slots=True, eq=False)
class Clash:
    """Conditions (numbers into `Conditions`) that cannot all hold. `proved` = the rest can when any one is dropped."""

    members: tuple[int, ...]
    said: tuple[Said, ...]
    proved: bool

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules in it, by name."""
        return tuple(dict.fromkeys(s.rule for s in self.said))


def clash_of(conditions: Conditions, *, units: float = 2.0, calls: int = 2000) -> Clash | None:
    """The clash of a problem whose hard rules cannot all hold; None where they can, or where that is not known."""
    core = minimal_core(conditions.puzzle, conditions.groups(), units=units, calls=calls)
    if core is None:
        return None
    return Clash(core.members, tuple(conditions.said[k] for k in core.members), core.proved)


def sentences_of(clash: Clash, most: int = 3) -> list[str]:
    """The clash in words: one line per rule, with its rows; many rows of one kind are counted."""
    by_rule: dict[str, list[Said]] = defaultdict(list)
    for said in clash.said:
        by_rule[said.rule].append(said)
    proof = "drop any one and the rest can" if clash.proved else "not proved minimal"
    lines = [f"These {len(clash.said)} cannot all hold ({proof}):" if len(clash.said) > 1 else "This cannot hold:"]
    for rule, members in by_rule.items():
        shown = "; ".join(s.text for s in members[:most])
        more = f"; and {len(members) - most} more of the kind" if len(members) > most else ""
        lines.append(f"{title_of(rule)}: {shown}{more}.")
    return lines


def title_of(rule: str) -> str:
    """A rule's title for people."""
    if rule in _TITLES:
        return _TITLES[rule]
    return CATALOGUE[rule].title if rule in CATALOGUE else rule
