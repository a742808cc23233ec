"""Moved to bookwright.books; this name is the function `bookwright.plan`."""

from bookwright.books import *  # noqa: F403
from bookwright.books import Book, Move, MoveKind, Plan  # noqa: F401
