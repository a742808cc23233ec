"""Why this CSM: a sentence for every move, and for one account the whole answer: who else, at what price, what if."""

from bookwright.explain.sentences import _Books as _Books
from bookwright.explain.sentences import explain, short_hours

__all__ = ["explain", "short_hours"]
