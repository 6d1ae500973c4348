"""Tables for spreadsheets, which take some texts for formulas and run them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - full width ones count too


def inert(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: a text that would be one begins with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value[:1] in FORMULA_STARTS else value


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV in UTF-8, with the mark by which spreadsheets know that."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([inert(cell) for cell in row] for row in (columns, *rows))
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8", "replace")
