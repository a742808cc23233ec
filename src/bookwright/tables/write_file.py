"""Putting a finished file in place: never onto an input, never half written, and kind to Excel holding the old one."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bookwright.findings import UsageError

TRIES = 3
WAIT_SECONDS = 0.3


def place(
    path: str | Path,
    make: Callable[[Path], None],
    *,
    inputs: Sequence[str | Path] = (),
    replace: Callable[[str, str], None] = os.replace,
) -> Path:
    """Have `make` write a temporary file beside `path`, then put it there in one step; returns where it went.

    When the old file is held open (Windows with Excel), it tries again and then writes `name (2).xlsx` instead.
    Raises `UsageError` when the path is one of the inputs, or its folder cannot be written.
    """
    target = Path(path)
    refuse_inputs(target, inputs)
    if target.is_dir():
        raise UsageError(f"Cannot write {target}: it is a folder. Maybe add a file name.")
    if not target.parent.is_dir():
        raise UsageError(f"Cannot write {target.name}: there is no folder {target.parent}.")
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=f".part{target.suffix}", dir=target.parent)
    except OSError as error:
        raise UsageError(f"Cannot write into {target.parent}: {error.strerror or error}.") from error
    os.close(handle)
    part = Path(name)
    try:
        make(part)
        _sync(part)
        part.chmod(_usual_mode())
        return _put(part, target, inputs, replace)
    except OSError as error:
        raise UsageError(f"Cannot write {target}: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def refuse_inputs(target: Path, inputs: Sequence[str | Path]) -> None:
    """Raise `UsageError` when a file to write is one that was read."""
    for source in inputs:
        if _same(target, Path(source)):
            raise UsageError(
                f"{target.name} is the input: it is never written onto. Maybe choose another name with -o."
            )


def _same(a: Path, b: Path) -> bool:
    if a.exists() and b.exists():
        return a.samefile(b)
    return os.path.normcase(a.resolve()) == os.path.normcase(b.resolve())


def _put(part: Path, target: Path, inputs: Sequence[str | Path], replace: Callable[[str, str], None]) -> Path:
    for attempt in range(TRIES):
        try:
            replace(str(part), str(target))
            _sync(target.parent)
            return target
        except PermissionError:
            if attempt + 1 < TRIES:
                time.sleep(WAIT_SECONDS)
    for k in range(2, 100):
        other = target.with_name(f"{target.stem} ({k}){target.suffix}")
        if other.exists() or any(_same(other, Path(source)) for source in inputs):
            continue
        replace(str(part), str(other))
        _sync(other.parent)
        return other
    raise UsageError(f"Cannot write {target.name}: it is held open. Maybe close it in Excel.")


def _sync(path: Path) -> None:
    """Have the system write a file or folder to disk; folders cannot be synced on Windows, which is fine."""
    try:
        descriptor = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _usual_mode() -> int:
    """The mode a new file gets here; temporary files are made private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def safe_name(text: str, taken: Sequence[str] = ()) -> str:
    """A file name, without its ending, from a name people chose: nothing in it leads out of a folder, none is taken."""
    clean = "".join("-" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in text).strip(" .")[:80] or "nameless"
    used = {t.casefold() for t in taken}
    name, k = clean, 2
    while name.casefold() in used:
        name, k = f"{clean} {k}", k + 1
    return name


def place_text(path: str | Path, text: str, *, inputs: Sequence[str | Path] = ()) -> Path:
    """Write a text file in UTF-8 the same safe way; returns where it went."""
    return place(path, lambda part: _write_text(part, text), inputs=inputs)


def _write_text(part: Path, text: str) -> None:
    part.write_text(text, encoding="utf-8", newline="\n")
