"""Parquet files as raw sheets, each value by the column's own type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bookwright.findings import InputError, UsageError
from bookwright.tables.raw import MAX_CSV_BYTES, RawSheet, refuse
from bookwright.tables.typed_values import typed_sheet

MOST_CELLS = 60_000_000


def read_parquet(path: Path) -> RawSheet:
    """One Parquet file as a raw sheet; `InputError` when it is too big, encrypted or damaged.

    Reading needs pyarrow; where it is not installed, `UsageError` says how to get it.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            f"{path.name} is a Parquet file, and pyarrow is not installed. Maybe: pip install 'bookwright[parquet]'."
        ) from error
    if path.stat().st_size > MAX_CSV_BYTES:
        raise refuse(path, "too_big", "The file is larger than 500 MB.", "Maybe it is not the accounts export.")
    try:
        with parquet.ParquetFile(path) as file:
            if file.metadata.num_rows * max(1, file.metadata.num_columns) > MOST_CELLS:
                raise refuse(
                    path, "too_big", f"The file holds {file.metadata.num_rows:,} rows.",
                    "Maybe it is not the accounts table, or it needs a filter.",
                )  # fmt: skip
            table = file.read()
            columns = [_days(column).to_pylist() for column in table.columns]
            rows = zip(*columns, strict=True) if columns else ()
            return typed_sheet(path.name, path.stem, table.column_names, rows)
    except InputError:
        raise
    except MemoryError as error:
        raise refuse(path, "too_big", "The file is too large for this machine's memory.") from error
    except (pyarrow.ArrowException, OSError, ValueError, NotImplementedError) as error:
        encrypted = "crypt" in str(error).lower()
        raise refuse(
            path, "encrypted_file" if encrypted else "damaged_file",
            "The Parquet file is encrypted." if encrypted else "The Parquet file is damaged or cut short.",
            "Maybe write it again without encryption." if encrypted else "Maybe write it again.",
        ) from error  # fmt: skip


def _days(column: Any) -> Any:
    """A column whose moments are no finer than Python's: nanoseconds cut to microseconds."""
    import pyarrow

    kind = column.type
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        return column.cast(pyarrow.timestamp("us", kind.tz), safe=False)
    return column
