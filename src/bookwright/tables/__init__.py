"""Spreadsheets in and out: the only room that knows cells, sheets and headers."""

from __future__ import annotations

from bookwright.tables.currency import convert
from bookwright.tables.read import read, read_accounts_only
from bookwright.tables.segments import map_segments

__all__ = ["convert", "map_segments", "read", "read_accounts_only"]
