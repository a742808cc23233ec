"""Native charts on a sheet: bars per row of a table, and ticks for the limits around them."""

from __future__ import annotations

from typing import Any

from bookwright.tables.write_formats import INK, LINE, axis_format
from bookwright.tables.write_sheets import Chart, Series, Workbook


def add_chart(book: Any, page: Any, chart: Chart, workbook: Workbook) -> None:
    """Draw a chart on a page, its numbers taken live from the tables it names; nothing when a table is empty."""
    if any(not workbook.sheet(s.sheet).tables[0].rows for s in chart.series):
        return
    bars = [s for s in chart.series if s.look == "bar"]
    ticks = [s for s in chart.series if s.look != "bar"]
    drawn = book.add_chart({"type": "column"})
    for series in bars:
        fill = {"fill": {"color": series.color}, "border": {"none": True}, "gap": 60, "overlap": -5}
        drawn.add_series(_series(series, chart, workbook) | fill)
    if ticks:
        lines = book.add_chart({"type": "line"})
        for series in ticks:
            marker = {
                "type": "long_dash",
                "size": 9,
                "fill": {"color": series.color},
                "border": {"color": series.color},
            }
            lines.add_series(_series(series, chart, workbook) | {"line": {"none": True}, "marker": marker})
        drawn.combine(lines)
    small = {"name": "Calibri", "size": 9, "color": INK}
    drawn.set_title({"name": chart.title, "overlay": False, "name_font": small | {"size": 12, "bold": True}})
    drawn.set_legend({"position": "top", "font": small})
    drawn.set_x_axis({"num_font": small | {"rotation": -45}, "line": {"color": LINE}, "major_tick_mark": "none"})
    drawn.set_y_axis(
        {
            "num_font": small,
            "num_format": axis_format(chart.kind, workbook.currency),
            "min": 0,
            "line": {"none": True},
            "major_gridlines": {"visible": True, "line": {"color": LINE, "width": 0.5}},
        }
    )
    drawn.set_chartarea({"border": {"color": LINE}})
    drawn.set_size({"width": chart.width, "height": chart.height})
    page.insert_chart(chart.row, chart.col, drawn, {"object_position": 2})


def _series(series: Series, chart: Chart, workbook: Workbook) -> dict[str, Any]:
    """Where a series takes its numbers, with what stands there, so that previews can draw it too."""
    sheet = workbook.sheet(series.sheet)
    names, values = sheet.column_at(chart.categories), sheet.column_at(series.column)
    first = sheet.header_row() + 1
    last = first + len(sheet.tables[0].rows) - 1
    return {
        "name": series.name,
        "categories": [series.sheet, first, names, last, names],
        "values": [series.sheet, first, values, last, values],
    }
