"""Kinds of option values: a day, a number."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import click

FIRST, LAST = dt.datetime(1950, 1, 1), dt.datetime(2199, 12, 31)


class Day(click.DateTime):
    """A day as YYYY-MM-DD, from 1950 to 2199 as in cells."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day, or a message without format codes."""
        try:
            day = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f'"{value}" is not a date. Maybe write it as year-month-day, like 2027-01-31.', param, ctx)
        if not FIRST <= day <= LAST:
            self.fail(f'"{value}" is not between 1950 and 2199. Maybe the year is mistyped.', param, ctx)
        return day


class Amount(click.FloatRange):
    """A number in a range; "nan" and "inf", which no comparison refuses, are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or a message."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number
