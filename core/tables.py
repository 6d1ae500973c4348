"""The text of a table file: what it is encoded in and what separates its cells, where that is certain."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from core.errors import DataSetInvalidError
from core.files import read_regular
from core.quoting import cut, quoted
from core.table_header import HEADER_WITHIN, SEPARATORS, WAY_OUT, held, separator_of, why_no_header

MAX_BYTES = 100_000_000
"""Largest table; a million films have about as much."""
MAX_CELLS = 10_000_000
"""As many as a million films have, blank ones counted, which a spreadsheet may write by the thousand."""
_HEAD_BYTES = 65_536
_SAID = re.compile(r'"?sep=([^\n]*?)"? *\n', re.IGNORECASE)
_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOOK_MARKS = (b"[Content_Types].xml", b"xl/", b"opendocument.spreadsheet", b".iwa")
_MARK_CONVERTED = codecs.BOM_UTF8.decode("cp1252")
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


def lines_of(path: Path, columns: Sequence[str] = ()) -> tuple[Line, ...]:
    """Return the rows of a table that are not wholly blank, in UTF-8, or UTF-16 with its mark in front.

    Cells are separated by a comma, semicolon, tab or bar: by what a `sep=` line in front says, else by that with which
    a row near the top names most of `columns`, else by what the first row holds most of.

    A file that was cut off within its last cell, or after a whole row, cannot be told from one that is whole: many
    programs end theirs without a line break.

    Raises
    ------
    DataSetInvalidError
        The file cannot be read, is too large, or is in no such encoding; the sentence names line and column.
    """
    return tuple(_rows(path, _text(path, columns), columns, strict=True))


def table_of(path: Path, columns: Sequence[str]) -> tuple[Line, ...]:
    """Return the rows of a table from the one that names these columns on; titles above it are passed over.

    Raises
    ------
    DataSetInvalidError
        As `lines_of`; or a column is missing, or what stands above the column names may be more than titles.
    """
    text = _text(path, columns)
    if why := why_no_header(text, columns, _said(path, text)[0]):
        raise DataSetInvalidError(f"Table {_name(path)}, {why}")
    lines = [line for line in _rows(path, text, columns, strict=True) if any(line.cells)] or [Line(1, ())]
    place = _header_place(lines, columns)
    header = lines[place]
    missing = [name for name in columns if not held(header.cells, [name])]
    if missing:
        raise DataSetInvalidError(f"Table {_name(path)} has no column {', '.join(map(repr, missing))}. Add it.")
    above = next((line for line in lines[:place] if _filled(line) >= _filled(header)), None)
    if above is not None:
        raise DataSetInvalidError(
            f"Table {_name(path)}: the column names stand in line {header.number}, and line {above.number} above them "
            "may be more than a title. Delete what stands above them."
        )
    return tuple(lines[place:])


def why_unread(path: Path, columns: Sequence[str]) -> str:
    """Return why a table that names these columns does not have them as its cells; "" where it does not name them.

    Raises
    ------
    DataSetInvalidError
        The file is no table that can be read for certain.
    """
    text = _text(path, columns)
    why = why_no_header(text, columns, _said(path, text)[0])
    return f"Table {_name(path)}, {why}" if why else ""


def _header_place(lines: Sequence[Line], columns: Sequence[str]) -> int:
    top = range(len(lines[:HEADER_WITHIN]))
    return max(top, key=lambda place: held(lines[place].cells, columns), default=0)


def _filled(line: Line) -> int:
    return sum(map(bool, line.cells))


def first_lines(path: Path, count: int, columns: Sequence[str]) -> tuple[Line, ...]:
    """Return the first rows of a file, to see what it is; none where it is no table, or cannot be read."""
    try:
        source = _source(path, _HEAD_BYTES)[:_HEAD_BYTES]
        text = _plain_text(source.decode(_encoding(source), "replace"))
        return tuple(islice(_rows(path, text, columns), count))
    except DataSetInvalidError:
        return ()


def require_csv(path: Path, head: bytes) -> None:
    """Refuse, by its first bytes, a file that people take for a table but that is none.

    Raises
    ------
    DataSetInvalidError
        It is a file of a spreadsheet program, a web page or other data in a form of its own, or compressed.
    """
    opening = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    is_book = head.startswith(b"PK") and any(mark in head for mark in _BOOK_MARKS)
    if is_book or head.startswith(_OFFICE):
        raise DataSetInvalidError(
            f"{_name(path)} is a spreadsheet file (as of Excel, LibreOffice or Numbers), not a CSV table. Open it "
            "there, save the sheet as CSV in UTF-8 (“CSV UTF-8”), then try again."
        )
    if opening.startswith((b"<", b"{")):
        raise DataSetInvalidError(f"{_name(path)} is a web page, XML or JSON, not a CSV table. {WAY_OUT}")
    if head.startswith((b"PK", b"\x1f\x8b")):
        raise DataSetInvalidError(f"{_name(path)} is compressed, not a CSV table. Unpack it, then try again.")


def _name(path: Path) -> str:
    return cut(path.name)


def _text(path: Path, columns: Sequence[str]) -> str:
    source = _source(path, MAX_BYTES)
    if len(source) > MAX_BYTES:
        raise DataSetInvalidError(
            f"Table {_name(path)} has more than {MAX_BYTES / 1e6:.0f} MB. Divide it into smaller tables."
        )
    require_csv(path, source[:_HEAD_BYTES])
    encoding = _encoding(source)
    if encoding == "utf-8" and b"\0" in source:
        raise DataSetInvalidError(f"Table {_name(path)} is no text: it may be UTF-16 without its mark. {WAY_OUT}")
    try:
        text = _plain_text(source.decode(encoding))
    except UnicodeDecodeError as error:
        raise DataSetInvalidError(_undecodable(path, source, encoding, error, columns)) from error
    if text.startswith(_MARK_CONVERTED):
        raise DataSetInvalidError(
            f"Table {_name(path)} was turned into UTF-8 twice, which damages letters as ü. Save it again from where it "
            "comes from, as CSV in UTF-8, then try again."
        )
    return text


def _source(path: Path, limit: int) -> bytes:
    try:
        return read_regular(path, limit)
    except OSError as error:
        raise DataSetInvalidError(
            f"Table {_name(path)} cannot be read ({error.strerror}). Name a table file."
        ) from error


def _encoding(source: bytes) -> str:
    return next((name for mark, name in _MARKS if source.startswith(mark)), "utf-8")


def _plain_text(text: str) -> str:
    """Return a text without marks in front, some files have two, and with line breaks of one kind."""
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _said(path: Path, text: str) -> tuple[str, str]:
    """Return the separator that a line in front names, or "", and the text after that line."""
    found = _SAID.match(text)
    if found is None:
        return "", text
    said = found.group(1) if found.group(1) in SEPARATORS else found.group(1).strip()
    if said not in SEPARATORS:
        raise DataSetInvalidError(
            f"Table {_name(path)}, line 1: {found.group().strip()[:40]!r} names no separator that is known. Cells are "
            "separated by a comma, semicolon, tab or bar: write sep=, or sep=; or delete the line."
        )
    return said, text[found.end() :]


def _rows(path: Path, text: str, columns: Sequence[str] = (), *, strict: bool = False) -> Iterator[Line]:
    """Yield rows; `strict` refuses a quotation mark that is never closed, and would take rows in with it."""
    said, rest = _said(path, text)
    before = 1 if said else 0
    separator = said or separator_of(rest, columns)
    if text.count(separator) + text.count("\n") > MAX_CELLS:
        raise DataSetInvalidError(
            f"Table {_name(path)} has more than {MAX_CELLS:,} cells. Delete its empty rows and columns, or divide it "
            "into smaller tables."
        )
    source = StringIO(rest, newline="")
    reader = csv.reader(source, delimiter=separator, strict=strict, skipinitialspace=True)
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
            f"Table {_name(path)}, line {begins}: the row cannot be read ({error}). A quotation mark may be missing. "
            "Mend the row."
        ) from error


def _undecodable(path: Path, source: bytes, encoding: str, error: UnicodeDecodeError, columns: Sequence[str]) -> str:
    if encoding != "utf-8":
        return f"Table {_name(path)} breaks off or is damaged within its {encoding.upper()} text. {WAY_OUT}"
    before = _plain_text(source[: error.start].decode("utf-8"))
    rows = list(_rows(path, f"{before}\x01", columns))
    names = rows[_header_place(rows[:-1], columns)].cells if len(rows) > 1 else ()
    place = len(rows[-1].cells)
    column = f"column {quoted(names[place - 1])}" if place <= len(names) else f"column {place}"
    shown = source[error.start : error.start + 1].decode("cp1252", "replace")
    return (
        f"Table {_name(path)}, line {rows[-1].number}, {column}: a character is not in UTF-8. Windows would read it as "
        f"“{shown}”, other systems as another letter, so that nothing was read. {WAY_OUT}"
    )
