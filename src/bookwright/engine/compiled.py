"""The one place that knows how inner loops are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile to machine code on first use and keep the result on disk beside the source.

    No fast-math: integers stay exact and sums keep their order, so that a run repeats. The lock is released while a
    compiled function runs, so that an interrupt on the main thread is heard.
    """
    return cast(Callable[P, R], njit(cache=True, nogil=True)(function))
