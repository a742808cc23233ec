"""Colours, fonts and number formats of every workbook we write, in one place."""

from __future__ import annotations

from typing import Any

from bookwright.tables.write_sheets import Kind, Look

INK = "#1F2933"
MUTED = "#6B7280"
LINE = "#D5DBE1"
HEADER_FILL = "#E7EDF3"
ENTRY_FILL = "#FFFBE6"
BEFORE = "#B4C0CC"
AFTER = "#2F6690"
BAND = "#C77D0A"
BAR = "#9DBAD3"
FILLS = {Look.GOOD: ("#DFF0E4", "#1D5B38"), Look.BAD: ("#FADFDC", "#8C1D18"), Look.WARN: ("#FCF0CF", "#6B4E00")}

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "INR": "₹"}


def money_symbol(currency: str) -> str:
    """What stands before an amount: `$`, `CHF ` with a space, or nothing when the currency is not known."""
    return SYMBOLS.get(currency.upper(), f"{currency.upper()} " if currency else "")


def number_format(kind: Kind, currency: str = "") -> str:
    """The number format of a kind of column."""
    symbol = f'"{money_symbol(currency)}"' if currency else ""
    return {
        Kind.WHOLE: "#,##0",
        Kind.NUMBER: "#,##0.00",
        Kind.MONEY: f"{symbol}#,##0;-{symbol}#,##0",
        Kind.HOURS: "#,##0.0",
        Kind.PERCENT: "0 %",
        Kind.SHARE: "0.00 %",
        Kind.POINTS: "0.00",
        Kind.DATE: "yyyy-mm-dd",
        Kind.CHANGE: '+#,##0;-#,##0;"–"',
        Kind.MONEY_CHANGE: f'+{symbol}#,##0;-{symbol}#,##0;"–"',
        Kind.POINTS_CHANGE: '+0 "pts";-0 "pts";"–"',
    }.get(kind, "General")


_LOOKS: dict[Look, dict[str, Any]] = {
    Look.PLAIN: {},
    Look.TITLE: {"bold": True, "font_size": 18},
    Look.VERDICT: {"font_size": 12, "text_wrap": True, "valign": "top"},
    Look.ALARM: {"bold": True, "font_size": 12, "text_wrap": True, "valign": "vcenter"}
    | {"bg_color": FILLS[Look.BAD][0], "font_color": FILLS[Look.BAD][1]},
    Look.HEADING: {"bold": True, "font_size": 12, "font_color": AFTER},
    Look.HEADER: {"bold": True, "bg_color": HEADER_FILL, "bottom": 1, "bottom_color": LINE, "text_wrap": True}
    | {"valign": "vcenter"},
    Look.LABEL: {"bottom": 4, "bottom_color": LINE, "valign": "vcenter"},
    Look.LINES: {"bottom": 4, "bottom_color": LINE, "valign": "vcenter", "text_wrap": True},
    Look.STRONG: {"bold": True, "top": 1, "top_color": LINE},
    Look.MUTED: {"font_color": MUTED, "italic": True},
}
for _look, (_fill, _ink) in FILLS.items():
    _LOOKS[_look] = {"bg_color": _fill, "font_color": _ink, "bottom": 4, "bottom_color": LINE, "valign": "vcenter"}


_FLUSH = (Look.TITLE, Look.VERDICT, Look.HEADING)
"""Looks whose text starts at the cell's edge; elsewhere an indent keeps text off the number to its left."""


def axis_format(kind: Kind, currency: str = "") -> str:
    """The number format of a chart's axis: money in k and M."""
    symbol = f'"{money_symbol(currency)}"' if currency else ""
    if kind is Kind.MONEY:
        return f'[>=1000000]{symbol}0.0,,"M";[>=1000]{symbol}0,"k";{symbol}0'
    return number_format(kind, currency)


class Formats:
    """Hands out XlsxWriter formats, each made once per workbook."""

    def __init__(self, book: Any, currency: str) -> None:
        self._book = book
        self._currency = currency
        self._made: dict[tuple[Any, ...], Any] = {}

    def get(self, look: Look = Look.PLAIN, kind: Kind = Kind.TEXT, *, entry: bool = False, wrap: bool = False) -> Any:
        """The format for a style, a kind of value, and whether people fill the cell in."""
        key = (look, kind, entry, wrap)
        if key not in self._made:
            properties: dict[str, Any] = {"font_color": INK, "valign": "top"}
            if kind in (Kind.TEXT, Kind.ANY):
                properties["align"] = "left"
                properties["indent"] = 0 if look in _FLUSH else 1
                if kind is Kind.TEXT and look is not Look.HEADER and not wrap:
                    properties["num_format"] = "@"
            else:
                properties["align"] = "right"
                properties["num_format"] = number_format(kind, self._currency)
            if entry:
                properties |= {"bg_color": ENTRY_FILL, "border": 4, "border_color": LINE, "locked": False}
            if wrap:
                properties["text_wrap"] = True
            self._made[key] = self._book.add_format(properties | _LOOKS[look])
        return self._made[key]

    def mark(self, look: Look) -> Any:
        """The format a conditional format lays over a cell."""
        key = ("mark", look)
        if key not in self._made:
            fill, ink = FILLS[look]
            self._made[key] = self._book.add_format({"bg_color": fill, "font_color": ink})
        return self._made[key]
