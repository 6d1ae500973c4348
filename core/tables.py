"""The text of a table file: what it is encoded in and what separates its cells, where that is certain."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from core.errors import DataSetInvalidError
from core.files import read_regular

MAX_BYTES = 100_000_000
"""Largest table; a million films have about as much."""
MAX_CELLS = 10_000_000
"""As many as a million films have, blank ones counted, which a spreadsheet may write by the thousand."""
WAY_OUT = "Save it as CSV in UTF-8 (in spreadsheets “CSV UTF-8”), then try again."
_HEAD_BYTES = 65_536
_SEPARATORS = (",", ";", "\t", "|")
_SAID = re.compile(r'"?sep=([,;\t|])"?[ \t]*\n', re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Line:
    """One row of cells, trimmed, and the line of the file on which it begins.

    The last row breaks off where the file ends without a line break: it may have been cut off.
    """

    number: int
    cells: tuple[str, ...]
    breaks_off: bool = False


def lines_of(path: Path) -> tuple[Line, ...]:
    """Return the rows of a table that are not wholly blank, in UTF-8, or UTF-16 with its mark in front.

    Cells are separated by a comma, semicolon, tab or bar: by what a `sep=` line in front says, else by what the first
    row holds most of.

    Raises
    ------
    DataSetInvalidError
        The file cannot be read, is too large, or is in no such encoding; the sentence names line and column.
    """
    source = _source(path, MAX_BYTES)
    if len(source) > MAX_BYTES:
        raise DataSetInvalidError(
            f"Table {path.name} has more than {MAX_BYTES / 1e6:.0f} MB. Divide it into smaller tables."
        )
    encoding = _encoding(source)
    if encoding == "utf-8" and b"\0" in source:
        raise DataSetInvalidError(f"Table {path.name} is no text: it may be UTF-16 without its mark. {WAY_OUT}")
    try:
        text = source.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataSetInvalidError(_undecodable(path, source, encoding, error)) from error
    return tuple(_rows(path, _with_newlines(text), strict=True))


def first_lines(path: Path, count: int) -> tuple[Line, ...]:
    """Return the first rows of a file, to see what it is; none where it is no table, or cannot be read."""
    try:
        source = _source(path, _HEAD_BYTES)[:_HEAD_BYTES]
        return tuple(islice(_rows(path, _with_newlines(source.decode(_encoding(source), "replace"))), count))
    except DataSetInvalidError:
        return ()


def _source(path: Path, limit: int) -> bytes:
    try:
        return read_regular(path, limit)
    except OSError as error:
        raise DataSetInvalidError(f"Table {path.name} cannot be read ({error.strerror}). Name a table file.") from error


def _encoding(source: bytes) -> str:
    return next((name for mark, name in _MARKS if source.startswith(mark)), "utf-8")


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _rows(path: Path, text: str, *, strict: bool = False) -> Iterator[Line]:
    """Yield rows; `strict` refuses a quotation mark that is never closed, and would take rows in with it."""
    said = _SAID.match(text)
    before = 1 if said else 0
    separator = said.group(1) if said else _separator(text)
    if text.count(separator) + text.count("\n") > MAX_CELLS:
        raise DataSetInvalidError(
            f"Table {path.name} has more than {MAX_CELLS:,} cells. Delete its empty rows and columns, or divide it "
            "into smaller tables."
        )
    reader = csv.reader(StringIO(text[said.end() :] if said else text, newline=""), delimiter=separator, strict=strict)
    whole = text.endswith("\n")
    n_lines = text.count("\n")
    begins = before + 1
    try:
        for cells in reader:
            if cells:
                ends = before + reader.line_num
                yield Line(begins, tuple(cell.strip() for cell in cells), not whole and ends > n_lines)
            begins = before + reader.line_num + 1
    except csv.Error as error:
        raise DataSetInvalidError(
            f"Table {path.name}, line {begins}: the row cannot be read ({error}). A quotation mark may be missing. "
            "Mend the row."
        ) from error


def _separator(text: str) -> str:
    """Return the separator of which the first row, outside quotation marks, has most."""
    head = next((line for line in StringIO(text) if line.strip(',;|" \t\n')), "")
    bare = "".join(part for place, part in enumerate(head.split('"')) if place % 2 == 0)
    return max(_SEPARATORS, key=bare.count)


def _undecodable(path: Path, source: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    if encoding != "utf-8":
        return f"Table {path.name} breaks off or is damaged within its {encoding.upper()} text. {WAY_OUT}"
    before = _with_newlines(source[: error.start].decode("utf-8"))
    rows = list(_rows(path, f"{before}\x01"))
    names = rows[0].cells if len(rows) > 1 else ()
    place = len(rows[-1].cells)
    column = f"column {names[place - 1]!r}" if place <= len(names) else f"column {place}"
    shown = source[error.start : error.start + 1].decode("cp1252", "replace")
    return (
        f"Table {path.name}, line {rows[-1].number}, {column}: a character is not in UTF-8. Windows would read it as "
        f"“{shown}”, other systems as another letter, so that nothing was read. {WAY_OUT}"
    )
