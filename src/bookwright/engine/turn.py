"""One level's turn: what it may use of seconds or units, and whether that, or the work, is over."""

from __future__ import annotations

from bookwright.engine.backend import Share
from bookwright.engine.search import Search


class Turn:
    """A share of the search's clock, from now on."""

    def __init__(self, search: Search, share: Share) -> None:
        self.search, self.share = search, share
        self.begun, self.units = search.clock.elapsed, search.clock.units

    def left(self) -> tuple[float | None, int | None]:
        """What is left of the share: (seconds, units), None where there is no such limit."""
        clock, share = self.search.clock, self.share
        seconds = None if share.seconds is None else share.seconds - (clock.elapsed - self.begun)
        units = None if share.units is None else share.units - (clock.units - self.units)
        return seconds, units

    def used(self, seconds: float | None, units: int | None) -> float:
        """What part of these seconds or units is gone since they were left."""
        now_seconds, now_units = self.left()
        if seconds is not None and now_seconds is not None:
            return 1 - now_seconds / max(seconds, 1e-9)
        if units is not None and now_units is not None:
            return 1 - now_units / max(units, 1)
        return 0.0

    def over(self) -> bool:
        """Whether the level's turn has ended."""
        if any(part is not None and part <= 0 for part in self.left()):
            return True
        return self.search.clock.over() is not None or self.search.content()
