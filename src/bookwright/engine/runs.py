"""Annealings of a level of costs: long runs where many items are contested, broods where few are.

Whole books lift the bound beside them, on the last worker, before it anneals, too.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count as count_from

from bookwright.engine.anneal import COOL, STEPS_PER_UNIT, Annealing, heat_for
from bookwright.engine.neighbourhood import Reduced
from bookwright.engine.recombining import BROOD, Broods
from bookwright.engine.relaxation import Relaxation
from bookwright.engine.relaxing import MANY_ITEMS
from bookwright.engine.search import Agents
from bookwright.engine.turn import Turn

SOME_ITEMS = 1_000
"""Items up to which branch and bound wins most, and contested items up to which broods do."""
ANNEALED_WITHOUT_CLOCK = 0.3
"""What part of a turn's units goes to annealing."""

_FEW, _SOME, _MANY = 0.1, 0.5, 0.9
_GATHERED, _GATHERED_AT_MOST, _QUIET = 10, 0.3, 0.7
_LAST, _WORTH_BEGINNING = 1.7, 0.7
_AGAIN = 0.15


def part_annealed(items: int) -> float:
    """What part of the time that is left goes to annealing: branch and bound wins most where items are few."""
    return _MANY if items > MANY_ITEMS else _SOME if items > SOME_ITEMS else _FEW


class Runs:
    """Annealings of one level's turn; `books` proves, `mend` is given the plans that were refused as they are."""

    def __init__(self, turn: Turn, books: Callable[[], None], mend: Callable[[list[Agents]], None]) -> None:
        self.turn, self.search, self.books, self.mend = turn, turn.search, books, mend

    def run(self, relaxation: Relaxation, reduced: Reduced, workers: int) -> Broods | None:
        """Anneals what the relaxation leaves open; the pool of plans, where many short runs gathered one."""
        search = self.search
        assert search.agent_of is not None
        field = Annealing(search.model, search.level, search.limit_values(), relaxation.duals, reduced, search.agent_of)
        seconds, units = self.turn.left()
        if len(field.items) <= SOME_ITEMS:
            # Few contested items: many short runs and what they give together. Many: long runs, which keep more.
            broods = Broods(search, field)
            if seconds is None:
                self.gather_counted(broods, units or 100)
            else:
                self.gather(broods, seconds, workers)
            return broods
        refused = self.counted(field, units or 100) if seconds is None else self.timed(field, seconds, workers)
        if refused:
            self.mend(refused)
        if seconds is None:
            self.books()
        return None

    def counted(self, field: Annealing, units: int) -> list[Agents]:
        """One run of so many steps as its units are worth; what was refused."""
        search = self.search
        count = max(int(units * ANNEALED_WITHOUT_CLOCK), 1)
        search.clock.units += count
        found = field.run(steps=STEPS_PER_UNIT * count, seed=search.limits.seed)
        return [] if search.offer(found, "annealing") else [found]

    def timed(self, field: Annealing, seconds: float, workers: int) -> list[Agents]:
        """Runs on every worker for a part of the seconds, whole books first on the last one; what was refused."""
        search = self.search
        until = search.clock.elapsed + seconds * part_annealed(search.model.items)

        def runs(worker: int) -> list[Agents]:
            if worker == workers - 1:
                self.books()
            refused: list[Agents] = []
            for turn in count_from(0):
                rest = until - search.clock.elapsed
                if self.turn.over() or (turn and rest < _WORTH_BEGINNING * field.patience) or rest <= 0:
                    break
                each = rest if rest < _LAST * field.patience else field.patience
                # Hot from the relaxation's plan wins most; where there is time for more, what stands is tried, too.
                stands = search.agent_of if (turn + worker) % 2 and turn else None
                found = self.annealed(field, stands, each, search.limits.seed + turn * workers + worker)
                if not search.offer(found, "annealing"):
                    refused.append(found)
            return refused

        with ThreadPoolExecutor(workers) as pool:
            jobs = [pool.submit(runs, worker) for worker in range(workers)]
            return [found for job in jobs for found in job.result()]

    def annealed(self, field: Annealing, stands: Agents | None, seconds: float, seed: int) -> Agents:
        """One run, from what `stands` or from the relaxation's plan; one that ends with a breach goes on a little."""
        search, stop = self.search, self.search.limits.stop
        hot = field.hot if stands is None else heat_for(seconds, field.patience)
        found = field.run(begin=stands, hot=hot, seconds=seconds, seed=seed, stop=stop)
        if not search.breaks(found) or self.turn.over():
            return found
        # A run is too dear to be lost to one breach.
        return field.run(begin=found, hot=COOL, seconds=_AGAIN * seconds, seed=seed, stop=stop)

    def gather_counted(self, broods: Broods, units: int) -> None:
        """Broods of so many units in all, then whole books."""
        each = max(int(units * ANNEALED_WITHOUT_CLOCK) // _GATHERED, 1)
        for _ in range(_GATHERED // BROOD):
            if not self.turn.over():
                broods.work(self.turn.over, each)
        self.books()

    def gather(self, broods: Broods, seconds: float, workers: int) -> None:
        """Broods on every worker until plans stand still, whole books first on the last one."""
        search = self.search
        begun = search.clock.elapsed

        def ended() -> bool:
            # What is proved against a poor plan is proved again against a better one: first it has to stand still.
            lively = search.clock.elapsed - max(broods.recombination.bettered, begun) < _QUIET
            part = _GATHERED_AT_MOST if lively else part_annealed(search.model.items)
            return self.turn.over() or search.clock.elapsed - begun > part * seconds

        def gathered(worker: int) -> None:
            if worker == workers - 1:
                self.books()
            broods.work(ended)

        with ThreadPoolExecutor(workers) as pool:
            for job in [pool.submit(gathered, worker) for worker in range(workers)]:
                job.result()
