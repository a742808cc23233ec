"""Capacity from the bottom up: what segments need, what people have, and how many CSMs that makes."""

from bookwright.capacity.analysis import Capacity, CsmCase, Part, SegmentCase, analyse
from bookwright.capacity.benchmarks import BENCHMARKS, Benchmark
from bookwright.capacity.headcount import Trade, explain_top_down, trades
from bookwright.capacity.made import Made, made_of
from bookwright.capacity.overload import Overload, overloads
from bookwright.capacity.sized import sized_by_arr
from bookwright.capacity.what_if import Change, Outcome, parse_change, what_if

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "Capacity",
    "Change",
    "CsmCase",
    "Made",
    "Outcome",
    "Overload",
    "Part",
    "SegmentCase",
    "Trade",
    "analyse",
    "explain_top_down",
    "made_of",
    "overloads",
    "parse_change",
    "sized_by_arr",
    "trades",
    "what_if",
]
