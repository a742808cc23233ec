"""Runs: the same again, stopped, started from somewhere, told of progress."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.books import book_model
from bookwright.engine import Limits, Progress, Stopped, solve
from bookwright.engine.backend import quick_turns
from bookwright.engine.evaluate import hard_breach, values
from bookwright.engine.solve import Method

AGAIN = """
import sys
from benchmarks.books import book_model
from bookwright.engine import Limits, solve
answer = solve(book_model(40, 4, 3), limits=Limits(seconds=None, effort=8, seed=7), method="large")
print(",".join(map(str, answer.agent_of.tolist())))
"""


def test_the_same_effort_gives_the_same_answer_here_and_in_a_fresh_process() -> None:
    """With effort, one worker and no seconds nothing depends on a clock."""
    model = book_model(40, 4, 3)
    limits = Limits(seconds=None, effort=8, seed=7)
    one, two = (solve(model, limits=limits, method="large") for _ in range(2))
    assert one.agent_of.tolist() == two.agent_of.tolist()
    assert [level.bound for level in one.levels] == [level.bound for level in two.levels]
    assert one.seconds == 0.0
    fresh = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, text=True, check=True)
    assert fresh.stdout.strip() == ",".join(map(str, one.agent_of.tolist()))


@pytest.mark.parametrize("method", ["exact", "large"])
def test_a_stop_signal_ends_the_search_with_what_it_has(method: Method) -> None:
    """An assignment of allowed pairs comes back even when the stop comes at once."""
    model = book_model(120, 6, 1)
    answer = solve(model, limits=Limits(seconds=30, stop=lambda: True), method=method)
    assert answer.stopped is Stopped.INTERRUPT
    assert [level.value for level in answer.levels] == values(model, answer.agent_of)


def test_progress_never_shows_a_bound_above_a_value_or_a_level_getting_worse() -> None:
    """Each line: bound at most value; within a level values fall and bounds rise."""
    lines: list[Progress] = []
    model = book_model(120, 6, 2)
    answer = solve(model, limits=Limits(seconds=2, on_progress=lines.append), method="large")
    assert tuple(lines) == answer.log
    last: dict[int, Progress] = {}
    for line in lines:
        assert line.bound <= line.value
        if line.level in last and line.hard_breach == last[line.level].hard_breach:
            assert line.value <= last[line.level].value
            assert line.bound >= last[line.level].bound
        last[line.level] = line


def test_a_given_start_is_never_worsened() -> None:
    """What comes out is at least as good as a start that keeps everything, level by level."""
    model = book_model(120, 6, 4)
    first = solve(model, limits=Limits(seconds=None, effort=8), method="large")
    again = solve(model, start=first.agent_of, limits=Limits(seconds=None, effort=2), method="large")
    assert hard_breach(model, again.agent_of) == 0
    assert again.levels[0].best <= first.levels[0].value


def test_a_start_with_forbidden_agents_is_repaired() -> None:
    """Items that stand where they may not are placed anew."""
    model = book_model(40, 4, 5)
    answer = solve(model, start=np.full(model.items, -1), limits=Limits(seconds=None, effort=5), method="large")
    assert [level.value for level in answer.levels] == values(model, answer.agent_of)


def test_later_levels_stay_within_what_earlier_ones_allow() -> None:
    """The final value of every level is within its limit, and its best is not below its bound."""
    model = book_model(200, 8, 6)
    answer = solve(model, limits=Limits(seconds=4, workers=2))
    assert answer.hard_breach == 0
    for level in answer.levels:
        assert level.value <= level.limit
        assert level.bound <= level.best <= level.limit
        assert level.gap >= 0


def test_threads_take_turns_as_before_when_a_proof_has_ended() -> None:
    """What is quicker beside a solver is the interpreter's own again afterwards, even after an error."""
    usual = sys.getswitchinterval()
    with quick_turns():
        assert sys.getswitchinterval() < usual
    assert sys.getswitchinterval() == usual
    first, second = quick_turns(), quick_turns()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sys.getswitchinterval() < usual
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == usual
    with pytest.raises(ValueError, match="broken off"), quick_turns():
        raise ValueError("broken off")
    assert sys.getswitchinterval() == usual
