"""Spreadsheets in and out: the only room that knows cells, sheets and headers."""

from __future__ import annotations
