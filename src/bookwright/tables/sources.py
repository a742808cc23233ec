"""From a path to raw sheets: one workbook, one .csv or .parquet file, or a folder of them."""

from __future__ import annotations

from pathlib import Path

from bookwright.findings import Finding, InputError, Severity, UsageError
from bookwright.tables.catalogue import TABLES
from bookwright.tables.columns import normal
from bookwright.tables.csv_file import read_csv
from bookwright.tables.file_kind import file_kind
from bookwright.tables.ods_file import read_ods
from bookwright.tables.parquet_file import read_parquet
from bookwright.tables.raw import RawSheet
from bookwright.tables.sql_source import Sql, open_sql
from bookwright.tables.xls_file import read_xls
from bookwright.tables.xlsx_file import read_xlsx


def open_sheets(path: Path) -> list[RawSheet]:
    """All sheets of one file, raw; `InputError` when the file is of a wrong kind or damaged."""
    match file_kind(path):
        case "xlsx":
            return read_xlsx(path)
        case "ods":
            return read_ods(path)
        case "xls":
            return read_xls(path)
        case "parquet":
            return [read_parquet(path)]
    return [read_csv(path)]


def sheets_of(source: str | Path | Sql, named: tuple[str, ...] = ()) -> list[RawSheet]:
    """All raw sheets of a book, be it files or a database."""
    return open_sql(source) if isinstance(source, Sql) else open_book(Path(source), named)


def open_book(path: Path, named: tuple[str, ...] = ()) -> list[RawSheet]:
    """All raw sheets of a book: a workbook (.xlsx, .xlsm, .ods, .xls), a .csv or .parquet file, or a folder of those.

    In a folder the files named by the mapping (`named`) are read, and those whose names we know (accounts.csv,
    csms.parquet...); when none has such a name, every .csv and .parquet file of the folder. `UsageError` when there is
    no such path, or a table stands there twice.
    """
    if not path.exists():
        near = sorted(p.name for p in path.parent.glob("*.xlsx") if not p.name.startswith("~$"))[:3]
        hint = f" Maybe {' or '.join(near)}." if near else ""
        raise UsageError(f"There is no file or folder {path.name!r}.{hint}")
    base = path if path.is_dir() else path.parent
    chosen: list[Path] = [] if path.is_dir() else [path]
    for name in named:
        file = base / name
        if not file.is_file():
            raise UsageError(f"The column mapping names the file {name!r}, but {base.name} holds no such file.")
        if file not in chosen:
            chosen.append(file)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "~$")))
        texts = [p for p in files if p.suffix.lower() in (".csv", ".tsv", ".txt", ".parquet")]
        known = {normal(w) for t in TABLES.values() for w in (t.key, t.sheet, *t.aliases)}
        # Also beside a mapping: it may name the accounts' file alone, and csms.csv lies there.
        chosen += [p for p in texts if normal(p.stem) in known and p not in chosen]
        _refuse_twice(chosen)
        if not chosen:
            chosen = [p for p in texts if p.suffix.lower() in (".csv", ".parquet")][:20]
        if not chosen:
            books = [p.name for p in files if p.suffix.lower() in (".xlsx", ".xlsm", ".ods", ".xls")]
            hint = f"Maybe give the workbook itself: {books[0]}." if books else "Maybe it is another folder."
            raise InputError(
                Finding("no_csv", Severity.ERROR, "The folder holds no .csv or .parquet files.", hint, file=path.name)
            )
    sheets: list[RawSheet] = []
    for file in chosen:
        sheets += open_sheets(file)
    return sheets


def _refuse_twice(files: list[Path]) -> None:
    """accounts.csv beside accounts.parquet: nobody can say which is meant."""
    seen: dict[str, Path] = {}
    for file in files:
        other = seen.setdefault(normal(file.stem), file)
        if other is not file:
            raise UsageError(f"The folder holds {other.name} and {file.name}. Maybe keep one of the two.")
