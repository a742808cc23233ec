"""Workbooks are zip files of XML: caps against bombs, no document types, one error for all that is damaged."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from bookwright.findings import InputError
from bookwright.tables.raw import MAX_FILE_BYTES, refuse

MAX_UNPACKED_BYTES = 500_000_000
MAX_PARTS = 1_000
_RATIO_MATTERS_ABOVE = 50_000_000
_FIRST_ELEMENT = re.compile(rb"<[A-Za-z_]")
_LONGEST_PROLOG = 100_000


def check_parts(path: Path) -> set[str]:
    """The names of a zip file's parts; `InputError` for one that is too big, damaged, a bomb, or made to do harm."""
    check_size(path)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {p.filename for p in parts}
            unpacked = sum(p.file_size for p in parts)
            packed = sum(p.compress_size for p in parts)
            bomb = (
                len(parts) > MAX_PARTS
                or unpacked > MAX_UNPACKED_BYTES
                or (unpacked > _RATIO_MATTERS_ABOVE and packed < 0.01 * unpacked)
            )
            doctype = "" if bomb else _doctype(archive, parts)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise damaged(path, error) from error
    if bomb:
        raise refuse(
            path, "bomb", f"It unpacks to {unpacked / 1e6:,.0f} MB in {len(parts)} parts: more than a workbook should.",
            "Maybe copy the cells into a new workbook and save that.",
        )  # fmt: skip
    if doctype:
        raise refuse(
            path, "doctype", f"Its part {doctype} holds a document type declaration, which no spreadsheet program "
            "writes.", "Maybe the file was made to do harm; ask for it again.",
        )  # fmt: skip
    return names


def check_size(path: Path) -> None:
    """Refuse a workbook above the largest size that is read."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise refuse(
            path, "too_big", f"The file has {size / 1e6:,.0f} MB; at most {MAX_FILE_BYTES / 1e6:,.0f} MB are read.",
            "Maybe delete pictures and sheets that are not needed, or save the sheets as .csv.",
        )  # fmt: skip


def _doctype(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> str:
    """The first part with a document type declaration, which can stand before its first element only."""
    for part in parts:
        if not part.filename.endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(part) as stream:
            prolog = b""
            while chunk := stream.read(4096):
                prolog += chunk.replace(b"\x00", b"")
                if b"<!DOCTYPE" in prolog:
                    return part.filename
                if _FIRST_ELEMENT.search(prolog):
                    break
                if len(prolog) > _LONGEST_PROLOG:
                    return part.filename
    return ""


def damaged(path: Path, error: BaseException) -> InputError:
    """The one error for a workbook that its reader cannot make sense of."""
    text = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
    return refuse(
        path, "damaged_file", f"The workbook is damaged or cut short ({text}).",
        "Maybe open it in Excel, let it repair the file, and save it again; or export it again.",
    )  # fmt: skip
