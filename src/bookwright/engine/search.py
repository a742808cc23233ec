"""The state of one solve: the best assignment so far, what each level stands at, bounds, the clock and the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from bookwright.engine.evaluate import allowance, hard_breach, scale_of, values
from bookwright.engine.model import Answer, Ints, Level, LevelReport, Limits, Model, Progress, Stopped
from bookwright.engine.prices import Duals

Agents = NDArray[np.int32]

_LEAST_SLICE = 0.05


class Clock:
    """What is left: wall seconds, or deterministic units when there is no wall limit. Without one it reads no clock."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._begun = monotonic() if limits.seconds is not None else 0.0
        self.units = 0
        self.turn_ends: float | None = None
        """When the turn at hand ends, in seconds since the beginning; None where only the search's end counts."""

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning; 0.0 where no clock may be read."""
        return 0.0 if self._limits.seconds is None else monotonic() - self._begun

    def left(self) -> tuple[float | None, int | None]:
        """(seconds left, units left); None where there is no such limit."""
        seconds = None if self._limits.seconds is None else max(self._limits.seconds - self.elapsed, 0.0)
        units = None if self._limits.effort is None else max(self._limits.effort - self.units, 0)
        return seconds, units

    def slice(self, seconds: float) -> float | None:
        """So many seconds for a step of a turn, but no more than the turn has left; None where no clock is read."""
        left, _ = self.left()
        if left is None:
            return None
        if self.turn_ends is not None:
            left = min(left, self.turn_ends - self.elapsed)
        return min(seconds, max(left, _LEAST_SLICE))

    def over(self) -> Stopped | None:
        """What ends the search now, if anything does."""
        if self._limits.stop is not None and self._limits.stop():
            return Stopped.INTERRUPT
        seconds, units = self.left()
        if seconds is not None and seconds <= 0:
            return Stopped.TIME
        if units is not None and units <= 0:
            return Stopped.EFFORT
        return None


@dataclass
class Standing:
    """What is known of one level. `best` is what it reached in its turn, and what `limit` rests on."""

    best: int | None = None
    limit: int | None = None
    certified: int = 0
    solver: int = 0
    seconds: float = 0.0
    duals: dict[str, object] = field(default_factory=dict)
    proved: int = 0  # what `duals` prove, be it more than the level's value
    agent_of: Agents | None = None

    @property
    def bound(self) -> int:
        """No assignment that keeps the levels before is below this."""
        return max(self.certified, self.solver)


class Search:
    """Holds the incumbent; accepts an assignment only if it is better, level by level."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self.model, self.limits, self.clock = model, limits, Clock(limits)
        self.standing = [Standing() for _ in model.levels]
        self.level = 0
        self.agent_of: Agents | None = None
        self.values: list[int] = []
        self.hard = 0.0
        self.impossible = False
        self.interrupted = False
        self.refuted = 0
        self.log: list[Progress] = []
        self._lock = Lock()
        start = np.asarray(model.pair_start[:-1], dtype=np.int64)
        for k, level in enumerate(model.levels):
            if level.cost is not None and model.items:
                cheapest = int(np.minimum.reduceat(np.asarray(level.cost, dtype=np.int64), start).sum())
                self.standing[k] = Standing(certified=cheapest, solver=cheapest)

    @property
    def rows_alone(self) -> bool:
        """Whether the current level is made of rows alone (overload, balance, evenness), without costs of pairs."""
        return self.model.levels[self.level].cost is None

    def limit_values(self) -> list[int]:
        """What the levels before the current one are held to."""
        return [s.limit for s in self.standing[: self.level] if s.limit is not None]

    def key(self, hard: float, values: list[int]) -> tuple[float, ...]:
        """Smaller is better: hard breach, then excess over earlier limits, then this level and the later ones."""
        excess = [max(0, v - limit) for v, limit in zip(values, self.limit_values(), strict=False)]
        return (hard, *excess, *values[self.level :])

    def breaks(self, agent_of: Ints) -> bool:
        """Whether the assignment breaks hard rows or goes beyond what earlier levels may use."""
        limits = self.limit_values()
        found = values(self.model, agent_of)
        return hard_breach(self.model, agent_of) > 0 or any(v > held for v, held in zip(found, limits, strict=False))

    def offer(self, agent_of: Ints, note: str = "") -> bool:
        """Takes the assignment if it is better than the incumbent; its numbers are computed here, from nothing else."""
        hard, found = hard_breach(self.model, agent_of), values(self.model, agent_of)
        with self._lock:
            if self.agent_of is not None and self.key(hard, found) >= self.key(self.hard, self.values):
                return False
            self.agent_of, self.hard, self.values = np.array(agent_of, dtype=np.int32), hard, found
            self.refute()
            self.say(note)
            return True

    def refute(self) -> None:
        """Drops what branch and bound or whole books claim to prove wherever the incumbent is a counterexample.

        It never should be: both work in floats, and a claim that fell once proves nothing. Tests hold `refuted` at 0.
        """
        if self.hard > 0:
            return
        for k, now in enumerate(self.standing[: self.level + 1]):
            if self.values[k] < now.solver:
                now.solver = min(now.certified, self.values[k])
                self.refuted += 1
            if now.limit is not None and self.values[k] > now.limit:
                # Beyond an earlier level's limit nothing is said of the levels after it.
                break

    def prove(
        self, *, certified: int | None = None, duals: Duals | None = None, solver: int | None = None, note: str = ""
    ) -> None:
        """Raises the current level's bounds; never above its value, since the incumbent is a witness.

        `duals` are the prices that `certified` rests on; those of the best one are kept, so that it can be checked.
        """
        now = self.standing[self.level]
        before = now.bound
        with self._lock:
            if duals is not None and certified is not None and (certified > now.proved or not now.duals):
                now.proved, now.duals = certified, duals.plain()
        top = self.values[self.level] if self.hard == 0 else None
        for name, bound in (("certified", certified), ("solver", solver)):
            if bound is not None:
                kept = bound if top is None else min(bound, top)
                setattr(now, name, max(getattr(now, name), kept))
        # A line for each crumb would drown the log: say what closes a fiftieth of the gap, or all of it.
        if now.bound > before and (top is None or now.bound == top or (now.bound - before) * 50 >= top - before):
            self.say(note)

    def gap(self, level: int | None = None) -> float:
        """Distance of the level's best value from its bound, as a fraction of its scale."""
        k = self.level if level is None else level
        now = self.standing[k]
        best = self.values[k] if now.best is None else now.best
        if _good_enough(self.model.levels[k], best):
            return 0.0
        return (best - now.bound) / scale_of(self.model, self.model.levels[k], best)

    def content(self) -> bool:
        """Whether the current level needs no more work."""
        return self.hard == 0 and (
            self.values[self.level] <= self.standing[self.level].bound or (self.gap() <= self.limits.gap)
        )

    def good_enough(self) -> bool:
        """Whether the current level is at the value that was fixed beforehand as good enough, if one was."""
        return self.hard == 0 and _good_enough(self.model.levels[self.level], self.values[self.level])

    def close_level(self) -> None:
        """Ends the current level's turn: later levels are held to what it reached and its allowance."""
        k, now = self.level, self.standing[self.level]
        now.best, now.agent_of = self.values[k], self.agent_of
        now.limit = now.best + allowance(self.model, self.model.levels[k], now.best)

    def say(self, note: str = "") -> None:
        """Adds a line to the log and passes it on."""
        if not self.model.levels or self.agent_of is None:
            return
        k = min(self.level, len(self.model.levels) - 1)
        line = Progress(
            seconds=self.clock.elapsed,
            level=k,
            name=self.model.levels[k].name,
            value=self.values[k],
            bound=self.standing[k].bound,
            hard_breach=self.hard,
            note=note,
        )
        self.log.append(line)
        if self.limits.on_progress is not None:
            self.limits.on_progress(line)

    def answer(self, stopped: Stopped) -> Answer:
        """What came out."""
        assert self.agent_of is not None
        reports = []
        for k, (level, now) in enumerate(zip(self.model.levels, self.standing, strict=True)):
            value = self.values[k]
            best = value if now.best is None else min(now.best, value) if self.hard == 0 else now.best
            bound = now.bound if self.hard > 0 else min(now.bound, best)
            scale = scale_of(self.model, level, best)
            reports.append(
                LevelReport(
                    name=level.name,
                    value=value,
                    bound=bound,
                    certified=min(now.certified, bound),
                    solver=min(now.solver, bound),
                    scale=scale,
                    gap=0.0 if _good_enough(level, best) else max(best - bound, 0) / scale,
                    limit=best + allowance(self.model, level, best) if now.limit is None else now.limit,
                    seconds=now.seconds,
                    duals=dict(now.duals),
                    best=best,
                    agent_of=now.agent_of,
                )
            )
        return Answer(
            agent_of=self.agent_of,
            hard_breach=self.hard,
            impossible=self.impossible,
            levels=tuple(reports),
            stopped=stopped,
            seconds=self.clock.elapsed,
            log=tuple(self.log),
            effort=self.clock.units,
            refuted=self.refuted,
        )


def _good_enough(level: Level, value: int) -> bool:
    return level.limit is not None and value <= level.limit
