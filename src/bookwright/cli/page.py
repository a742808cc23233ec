"""The page for leadership as commands write it: not while it would reveal what is not announced yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bookwright.findings import ReviewError

if TYPE_CHECKING:
    from bookwright.result import Result


def page(result: Result, path: Path, inputs: Sequence[Path]) -> ReviewError | None:
    """Write the page; what stands against it is returned, to be raised once the plan itself is written and told."""
    from bookwright import api_review
    from bookwright.report.html import write_page

    try:
        api_review.refuse_unannounced(result, f"The page {path.name}")
    except ReviewError as refused:
        return refused
    write_page(result, path, inputs=inputs)
    return None
