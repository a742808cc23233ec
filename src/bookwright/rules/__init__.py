"""The rules a plan is held to: one file per rule, the ordered catalogue, and the board they post on."""

from bookwright.rules.board import Board
from bookwright.rules.catalogue import CATALOGUE, build, set_up
from bookwright.rules.rule import Ground, Rule, Settings

__all__ = ["CATALOGUE", "Board", "Ground", "Rule", "Settings", "build", "set_up"]
