"""What kind of file this is, told by its first bytes; every kind that cannot be read is named."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from bookwright.tables.raw import MAX_FILE_BYTES, refuse


def read_head(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file; `InputError` where it cannot be opened."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise refuse(
            path, "unreadable_file", f"The file cannot be opened ({error.strerror or error}).",
            "Maybe it is open in another program, or you may not read it.",
        ) from error  # fmt: skip


def file_kind(path: Path) -> str:
    """`"xlsx"`, `"ods"`, `"xls"`, `"parquet"` or `"csv"`, told by content and never by the name.

    `InputError` names every other kind: lock files, empty files, encrypted workbooks, .xlsb, HTML, PDF, other zip
    files and binary files.
    """
    if path.name.startswith("~$"):
        raise refuse(
            path, "lock_file", "This is the lock file Excel makes while a workbook is open, not the workbook.",
            f"Maybe you meant {path.name[2:]}.",
        )  # fmt: skip
    head = read_head(path)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise refuse(path, "empty_file", "The file is empty.", "Maybe the export has not finished; export it again.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _old_office(path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head")):
        raise refuse(
            path, "html_file", "This is a web page (HTML), whatever its name says; some systems export so.",
            "Maybe open it in Excel and save it as an Excel workbook (.xlsx).",
        )  # fmt: skip
    if start.startswith(b"<?xml"):
        raise refuse(
            path, "xml_file", "This is an XML file, not a workbook.",
            "Maybe open it in Excel and save it as an Excel workbook (.xlsx).",
        )  # fmt: skip
    if start.startswith(b"%pdf"):
        raise refuse(path, "pdf_file", "This is a PDF file.", "Maybe export the table as .xlsx or .csv.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_utf16(head):
        return "csv"
    if b"\x00" in head:
        raise refuse(
            path, "unknown_file", "This is neither an Excel workbook nor a text file.",
            "Maybe export the table again as .xlsx or .csv.",
        )  # fmt: skip
    return "csv"


def _zip_kind(path: Path) -> str:
    """A zip file is an .ods where it says so; anything else is left to the reader of .xlsx, which names it."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype")
                return "ods" if b"opendocument.spreadsheet" in kind else "xlsx"
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        pass
    return "xlsx"


def _old_office(path: Path) -> str:
    """An old Office file is an .xls where it holds a workbook."""
    data = path.read_bytes()[:MAX_FILE_BYTES]
    if _wide("EncryptedPackage") in data or _wide("EncryptionInfo") in data:
        raise refuse(
            path, "encrypted_file", "The workbook is protected by a password.",
            "Maybe open it in Excel and save a copy without the password (File, Info, Protect Workbook).",
        )  # fmt: skip
    if _wide("Workbook") in data or _wide("Book") in data:
        return "xls"
    raise refuse(
        path, "not_a_workbook", "This is an old Office file, but no workbook.",
        "Maybe it is another file, or cut short; export it again as .xlsx.",
    )  # fmt: skip


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def looks_utf16(head: bytes) -> bool:
    """UTF-16 without its mark: every other byte of plain text is zero."""
    even, odd = head[0:400:2], head[1:400:2]
    return len(odd) > 3 and (
        (odd.count(0) > 0.7 * len(odd) and even.count(0) == 0)
        or (even.count(0) > 0.7 * len(even) and odd.count(0) == 0)
    )
