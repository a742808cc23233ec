"""The column mapping (`--columns FILE.toml`): foreign headers, files, constants, value names, row filters, lists."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bookwright.findings import Finding, InputError, Severity, UsageError
from bookwright.tables.catalogue import TABLES
from bookwright.tables.columns import Table
from bookwright.tables.headers import find_column

_KEYS = ("file", "sheet", "header_row", "columns", "constants", "values", "filter", "hours_by", "lists")


@dataclass(frozen=True, slots=True)
class ListFrom:
    """A CSM's list taken from the accounts they hold today; where they hold none, from a column of the CSMs table."""

    from_accounts: str
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What a mapping says about one table.

    `columns` is field -> header ("" = there is no such column), `constants` field -> value for every row, `values`
    field -> {cell text: value}, `filter` header -> values of the rows to keep, `hours_by` (header, {cell text: hours a
    month}), `lists` field -> where a CSM's list comes from.
    """

    file: str = ""
    sheet: str = ""
    header_row: int | None = None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    filter: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hours_by: tuple[str, dict[str, float]] | None = None
    lists: dict[str, ListFrom] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A whole mapping: what is said about each table, by the table's key (accounts, csms, ...)."""

    tables: dict[str, TableMapping] = field(default_factory=dict)
    source: str = ""

    def of(self, key: str) -> TableMapping:
        """What is said about one table; nothing when it is not mentioned."""
        return self.tables.get(key, TableMapping())

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the mapping names, each once."""
        return tuple(dict.fromkeys(t.file for t in self.tables.values() if t.file))


class _Wrong(ValueError):
    """Something in a mapping that cannot be understood."""


def load_mapping(columns: Path | str | Mapping[str, Any] | None) -> ColumnMapping:
    """A column mapping from a TOML file or a nested mapping of the same shape; empty for None.

    `UsageError` when the file is not there, `InputError` with the place when its content is not understood.
    """
    if columns is None:
        return ColumnMapping()
    name = "the column mapping"
    data: Mapping[str, Any]
    if isinstance(columns, Mapping):
        data = columns
    else:
        path = Path(columns)
        name = path.name
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError as error:
            raise UsageError(f"There is no column mapping {name!r}.") from error
        except OSError as error:
            raise UsageError(f"The column mapping {name!r} cannot be opened ({error.strerror}).") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _refuse(name, f"The column mapping is not valid TOML: {error}.") from error
    try:
        tables = {key: _table(_known(key, tuple(TABLES), "table"), part) for key, part in data.items()}
    except _Wrong as error:
        raise _refuse(name, str(error)) from error
    return ColumnMapping(tables, name)


def _refuse(name: str, message: str) -> InputError:
    return InputError(Finding("bad_mapping", Severity.ERROR, message, file=name))


def _known(key: str, allowed: tuple[str, ...], what: str) -> str:
    if key in allowed:
        return key
    near = difflib.get_close_matches(key, allowed, 1, 0.5)
    hint = f" Maybe {near[0]!r}." if near else f" There are {', '.join(allowed)}."
    raise _Wrong(f"The column mapping has an unknown {what} {key!r}.{hint}")


def _field(table: Table, name: str, where: str) -> str:
    """The field that a key of the mapping means: a field, one of our titles, or any header we know."""
    for column in table.columns:
        if name == column.field:
            return name
    found = find_column(name, table)
    if found:
        return found[1].field
    near = difflib.get_close_matches(name.lower(), [c.field for c in table.columns], 1, 0.5)
    hint = f" Maybe {near[0]!r}." if near else ""
    raise _Wrong(f"[{where}] has {name!r}, which is none of our columns.{hint}")


def _part(part: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = part.get(key, {})
    if not isinstance(value, Mapping):
        raise _Wrong(f"[{where}.{key}] must be a table of key = value lines.")
    return value


def _table(key: str, part: Any) -> TableMapping:
    if not isinstance(part, Mapping):
        raise _Wrong(f"[{key}] must be a table of key = value lines.")
    for name in part:
        _known(name, _KEYS, f"key in [{key}]:")
    table = TABLES[key]
    columns: dict[str, str] = {}
    for name, header in _part(part, "columns", key).items():
        if not isinstance(header, str):
            raise _Wrong(f"[{key}.columns] {name} must be a header in quotation marks.")
        columns[_field(table, name, f"{key}.columns")] = header
    values: dict[str, dict[str, Any]] = {}
    for name, pairs in _part(part, "values", key).items():
        if not isinstance(pairs, Mapping):
            raise _Wrong(f'[{key}.values.{name}] must hold lines such as "their word" = "our word".')
        values[_field(table, name, f"{key}.values")] = {str(k): v for k, v in pairs.items()}
    row = part.get("header_row")
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        raise _Wrong(f"[{key}] header_row must be a row number from 1.")
    texts = {name: part.get(name, "") for name in ("file", "sheet")}
    if not all(isinstance(t, str) for t in texts.values()):
        raise _Wrong(f"[{key}] file and sheet must be names in quotation marks.")
    if Path(texts["file"]).is_absolute() or ".." in Path(texts["file"]).parts:
        raise _Wrong(f"[{key}] file must be a name within the folder of the book.")
    return TableMapping(
        file=texts["file"],
        sheet=texts["sheet"],
        header_row=row,
        columns=columns,
        constants={_field(table, n, f"{key}.constants"): _joined(v) for n, v in _part(part, "constants", key).items()},
        values=values,
        filter={
            h: tuple(str(x) for x in (v if isinstance(v, list) else [v])) for h, v in _part(part, "filter", key).items()
        },
        hours_by=_hours_by(part, key),
        lists=_lists(part, key),
    )


def _joined(value: Any) -> Any:
    """A constant as a cell would hold it: a list becomes one text."""
    return "; ".join(str(v) for v in value) if isinstance(value, list) else value


def _hours_by(part: Mapping[str, Any], key: str) -> tuple[str, dict[str, float]] | None:
    given = dict(_part(part, "hours_by", key))
    if not given:
        return None
    header = given.pop("column", None)
    hours = _part(given, "hours", f"{key}.hours_by")
    if key != "accounts" or not isinstance(header, str) or set(given) - {"hours"} or not hours:
        raise _Wrong('[accounts.hours_by] needs column = "HEADER" and hours = { "VALUE" = HOURS, ... }.')
    for name, value in hours.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e5:
            raise _Wrong(f"[accounts.hours_by] hours of {name!r} must be a number of hours a month.")
    return header, {str(n): float(v) for n, v in hours.items()}


def _lists(part: Mapping[str, Any], key: str) -> dict[str, ListFrom]:
    lists: dict[str, ListFrom] = {}
    for name, spec in _part(part, "lists", key).items():
        if key != "csms" or not isinstance(spec, Mapping) or set(spec) - {"from_accounts", "otherwise"}:
            raise _Wrong(
                '[csms.lists] holds lines such as regions = { from_accounts = "region", otherwise = "HEADER" }.'
            )
        source = _field(TABLES["accounts"], str(spec.get("from_accounts", "")), "csms.lists")
        lists[_field(TABLES["csms"], name, "csms.lists")] = ListFrom(source, str(spec.get("otherwise", "")))
    return lists
