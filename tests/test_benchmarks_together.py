"""Results of several benchmark runs read together: one table, and the time to a gap by size."""

from __future__ import annotations

from benchmarks.together import seconds_to, times


def run(accounts: int, csms: int, log: list[tuple[float, float, float]], shape: str = "plain") -> dict:
    """A run of ours with entries (seconds, value, bound) of its moves."""
    entries = [{"priority": "moves", "seconds": s, "value": v, "bound": b} for s, v, b in log]
    return {"accounts": accounts, "csms": csms, "shape": shape, "solver": "bookwright", "log": entries}


def test_the_first_entry_within_the_gap_counts() -> None:
    """100 against 98 is just within 2 %; before the first bound nothing is."""
    found = run(10, 2, [(1.0, 100, 0), (2.0, 100, 97.9), (3.0, 100, 98), (4.0, 99, 98)])
    assert seconds_to(found, 0.02) == 3.0
    assert seconds_to(found, 0.05) == 2.0
    assert seconds_to(found, 0.001) is None


def test_sizes_come_in_order_and_only_plain_runs_of_ours_count() -> None:
    """Ready-made solvers and harder shapes would be another question; a run that never came so far has no point."""
    fast, slow = run(10, 2, [(1.0, 100, 99)]), run(100, 5, [(9.0, 100, 99)])
    other, never = run(50, 5, [(2.0, 100, 99)], shape="default"), run(70, 5, [(2.0, 100, 50)])
    assert times([slow, other, never, fast | {"solver": "highs"}, fast], 0.02) == [(20, 1.0), (500, 9.0)]
