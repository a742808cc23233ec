"""Spreadsheets in and out: the only room that knows cells, sheets and headers."""

from __future__ import annotations

from bookwright.tables.currency import convert
from bookwright.tables.draft import draft_csms, write_draft
from bookwright.tables.propose import propose_mapping
from bookwright.tables.read import read, read_accounts_only
from bookwright.tables.segments import map_segments
from bookwright.tables.sql_source import Sql

__all__ = [
    "Sql",
    "convert",
    "draft_csms",
    "map_segments",
    "propose_mapping",
    "read",
    "read_accounts_only",
    "write_draft",
]
