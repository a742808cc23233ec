"""Options and habits that commands share: how a book is read, how findings and JSON are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bookwright.findings import Finding, Findings, Severity, UsageError

if TYPE_CHECKING:
    from bookwright.tables import Sql

F = TypeVar("F", bound=Callable[..., Any])

USUAL_SECONDS = "[default: 60; 20 up to 600 accounts, 3 up to 250]"
"""What a time limit is when nobody says. --help loads no planner: a test holds this to it."""

_MARKS = {Severity.ERROR: ("error", "red"), Severity.WARNING: ("warning", "yellow"), Severity.NOTE: ("note", "blue")}


def _kept(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Keep an option of a book in a database for `book_given`."""
    if value is not None:
        ctx.meta[f"bookwright.{param.name}"] = value


def book_options(command: F) -> F:
    """Options of every command that reads a book; such a command takes its BOOK through `book_given`."""
    options = [
        click.option(
            "--sql",
            metavar="URL",
            expose_value=False,
            callback=_kept,
            help="Instead of BOOK: a database, as sqlite:///book.db or env:NAME of a variable with the address.",
        ),
        click.option(
            "--accounts",
            metavar="QUERY",
            expose_value=False,
            callback=_kept,
            help="With --sql: the accounts, as a table, SELECT ... or @FILE.",
        ),
        click.option("--csms", metavar="QUERY", expose_value=False, callback=_kept, help="With --sql: the CSMs."),
        click.option(
            "--columns", type=click.Path(path_type=Path), help="A .toml file that maps foreign headers onto ours."
        ),
        click.option(
            "--dates", type=click.Choice(["dmy", "mdy"]), help="Day or month first in dates that leave it open."
        ),
        click.option(
            "--duplicates",
            type=click.Choice(["refuse", "sum"]),
            default="refuse",
            show_default=True,
            help="What to do with several rows of one account id.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def book_given(book: Path | None) -> Path | Sql:
    """The book as a path that exists, or the database that --sql, --accounts and --csms name."""
    meta = click.get_current_context().meta
    url, accounts, csms = (meta.get(f"bookwright.{name}", "") for name in ("sql", "accounts", "csms"))
    if not url and (accounts or csms):
        raise UsageError("--accounts and --csms go with --sql. Maybe --sql sqlite:///book.db.")
    if book is not None:
        if url:
            raise UsageError(f"Either {book} or --sql, not both.")
        return existing(book)
    if not url:
        raise UsageError("Missing BOOK. Maybe `bookwright template book.xlsx` to start one.")
    if not accounts:
        raise UsageError("--sql needs --accounts. Maybe --accounts accounts --csms csms.")
    from bookwright.tables import Sql

    return Sql(url, accounts, csms)


def store_option(command: F) -> F:
    """--store, for commands that take a stored plan."""
    return click.option(
        "--store", type=click.Path(path_type=Path), help="The plan's store, where it is not beside the workbook."
    )(command)


def hand_over_options(command: F) -> F:
    """--waves and --hold-back, for commands that carry a plan out."""
    days = click.option(
        "--waves",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Days of hand-over: what `bookwright waves` wrote. They are kept for the commands after this one.",
    )
    hold = click.option(
        "--hold-back", is_flag=True, help="Leave out moves that would reveal a departure or a start not announced yet."
    )
    return days(hold(command))


def path_of(book: Path | Sql) -> Path:
    """Where things beside a book go: its path, or the database's name in the current folder."""
    return book if isinstance(book, Path) else Path(Path(book.name).stem)


def existing(book: Path) -> Path:
    """The book, or a usage error that says what is there instead."""
    if book.exists():
        return book
    folder = book.parent if book.parent.is_dir() else Path()
    near = sorted(p.name for p in folder.glob("*.xlsx") if not p.name.startswith("~$"))[:5]
    hint = f" Maybe one of: {', '.join(near)}." if near else " Maybe `bookwright template book.xlsx` to start one."
    raise UsageError(f"There is no file or folder {book}.{hint}")


def fresh(out: Path) -> Path:
    """A path where nothing is yet, or a usage error: what people may have edited is never written over."""
    if out.exists():
        raise UsageError(f"{out} is already there; nothing is overwritten. Maybe another name.")
    return out


def writable(target: Path, suffix: str, inputs: Sequence[Path]) -> None:
    """A usage error when `target` is an input, has another ending than `suffix`, or has no folder to go to."""
    from bookwright.tables.write_file import refuse_inputs

    refuse_inputs(target, inputs)
    if target.suffix.lower() != suffix:
        raise UsageError(f"{target.name} must end in {suffix}. Maybe {target.stem}{suffix}.")
    if target.is_dir():
        raise UsageError(f"Cannot write {target}: it is a folder. Maybe add a file name.")
    if not target.parent.is_dir():
        raise UsageError(f"Cannot write {target.name}: there is no folder {target.parent}. Maybe make it first.")


def show_findings(findings: Findings, most: int = 20) -> None:
    """Print findings to stderr, worst first; at most `most` of them, the rest counted."""
    shown = findings.sorted().items
    for finding in shown[:most]:
        mark, colour = _MARKS[finding.severity]
        click.echo(f"{click.style(mark, fg=colour, bold=True)}: {finding.text}", err=True)
    if len(shown) > most:
        click.echo(f"... and {len(shown) - most} more findings.", err=True)


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """A finding for --json."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "text": finding.text,
        "file": finding.file,
        "sheet": finding.sheet,
        "cells": list(finding.cells),
        "value": finding.value,
        "advice": finding.advice,
        "count": finding.count,
    }


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    # Escaped where the terminal or pipe cannot carry every letter (Windows code pages), so that it always parses.
    plain = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, indent=2, ensure_ascii=plain, default=str))


def table(rows: Sequence[Sequence[str]]) -> None:
    """Rows of text as aligned columns on stdout."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))] if rows else []
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
