"""What the tables of the data sets have in common: reading rows, days, sexes and projections."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataSetInvalidError
from core.quoting import cut, quoted
from core.table_header import HEADER_WITHIN, column_name, held, in_marks
from core.tables import Line, first_lines, table_of
from core.types import PatientPosition, ViewPosition
from dashboard.intake.plan import LeftOut

VIEWS: dict[str, tuple[ViewPosition, PatientPosition]] = {
    "pa": (ViewPosition.PA, PatientPosition.UNKNOWN),
    "ap": (ViewPosition.AP, PatientPosition.UNKNOWN),
    "ap supine": (ViewPosition.AP, PatientPosition.SUPINE),
    "ap semi-erect": (ViewPosition.AP, PatientPosition.SEMI_ERECT),
    "ap erect": (ViewPosition.AP, PatientPosition.ERECT),
    "l": (ViewPosition.LATERAL, PatientPosition.UNKNOWN),
    "lateral": (ViewPosition.LATERAL, PatientPosition.UNKNOWN),
}
"""Projections as the sources state them; any other ("frontal", "") counts as unknown."""

SEXES = {"f": "F", "female": "F", "m": "M", "male": "M", "o": "O", "other": "O"}


NOT_STATED = frozenset(
    {"NA", "N/A", "n/a", "#N/A", "#NA", "#N/A N/A", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN", "NaT"}
    | {"None", "none", "NONE", "NULL", "null"}
)
"""What R, pandas, databases and spreadsheets write into an empty cell."""
NAMING = frozenset({"path", "film_id", "image_id", "filename", "source_filename", "patient_id", "patientid"})
"""Columns in which such a word may name a file, or is refused as a patient's number."""
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
BEYOND = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf}
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
SERIAL_DATE = re.compile(r"\d{5}(?:\.\d+)?")
LONGEST_DAYS = 10_000
"""Days further from day 0 are spreadsheets' serial dates (30,000 is in the year 1982) or slips."""


@dataclass(frozen=True)
class Row:
    """One row of a table; columns are named in small letters or capitals alike, and missing cells are "".

    Asking for a column that the header has twice raises DataSetInvalidError: either may be meant.
    """

    table: str
    line: int
    cells: Mapping[str, str]
    twice: frozenset[str] = frozenset()

    def __getitem__(self, column: str) -> str:
        name = column.lower()
        if name in self.twice:
            raise DataSetInvalidError(
                f"Table {cut(self.table)} has the column {quoted(name)} twice. Rename the one that is not meant."
            )
        text = self.cells.get(name, "")
        return "" if text in NOT_STATED and name not in NAMING else text

    def where(self, column: str) -> str:
        """Return where a cell stands, to begin a sentence with."""
        return f"{cut(self.table)}, line {self.line}, column {column!r}"

    def decimal_comma(self, column: str) -> str:
        """Return the sentence that refuses a number with a comma, "" where the cell holds none."""
        text = self[column]
        if not DECIMAL_COMMA.fullmatch(text):
            return ""
        return (
            f"{self.where(column)}: {quoted(text)} has a comma, and whether it is a decimal comma is not certain. "
            f"Write numbers with a point ({text.replace(',', '.')})."
        )

    def wrong_day(self, column: str) -> str:
        """Return the sentence that refuses a day that is none for certain, "" where it is one or none is stated."""
        text = self[column]
        value = number(text)
        if value is not None and LONGEST_DAYS < abs(value) < math.inf:
            return (
                f"{self.where(column)}: {quoted(text)} may be a spreadsheet's serial date. "
                "Write the date itself as YYYY-MM-DD in acquired_at, or days from the patient's own day 0."
            )
        return self.decimal_comma(column)

    def wrong_date(self, column: str, expected: str) -> str:
        """Return the sentence that refuses a cell which is no date or time."""
        text = self[column]
        cause = " It may be a spreadsheet's serial date." if SERIAL_DATE.fullmatch(text) else ""
        return (
            f"{self.where(column)}: {quoted(text)} is no {expected}.{cause} Format the column as text and write it so."
        )


def has_columns(path: Path, needed: Sequence[str]) -> bool:
    """Return whether a file is a table with these columns."""
    return any(held(line.cells, needed) == len(needed) for line in first_lines(path, HEADER_WITHIN, needed))


def rows_of(path: Path, needed: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a table, blank ones left out.

    Raises
    ------
    DataSetInvalidError
        A column of `needed` is missing or there twice, a row has more cells than the header, or the file is no table
        that can be read for certain; see `core.tables.table_of`.
    """
    header, *lines = table_of(path, needed)
    names = tuple(map(column_name, header.cells))
    _require_no_row_names(path, names, lines)
    twice = frozenset(name for name, count in Counter(names).items() if count > 1)
    for line in lines:
        if any(line.cells[len(names) :]):
            raise DataSetInvalidError(
                f"Table {cut(path.name)}, line {line.number} has {len(line.cells)} cells, its header {len(names)}. "
                "A cell that holds a separator, as 1,5 or Okafor, Ada, needs double quotation marks. Mend the row."
            )
        if line.breaks_off and len(line.cells) < len(names):
            raise DataSetInvalidError(
                f"Table {cut(path.name)} ends within line {line.number}: it may have been cut off while it was copied. "
                "Copy it again. If it is whole, fill in the last row and end it with a line break."
            )
        row = Row(path.name, line.number, dict(zip(names, line.cells, strict=False)), twice)
        _require_bare(row, needed)
        yield row


def _require_no_row_names(path: Path, names: Sequence[str], lines: Sequence[Line]) -> None:
    """Refuse a table whose header lacks the name of its first column, as R leaves it out."""
    if lines and all(
        len(line.cells) == len(names) + 1 and line.cells[0].isdecimal() and line.cells[-1] for line in lines
    ):
        raise DataSetInvalidError(
            f"Table {cut(path.name)} has a number before each row and no column name above it, as R writes row names. "
            "Write it without row names (row.names = FALSE), then try again."
        )


def _require_bare(row: Row, columns: Iterable[str]) -> None:
    """Refuse a number or file that would keep its quotation marks."""
    marked = next((column for column in columns if in_marks(row[column])), "")
    if marked:
        raise DataSetInvalidError(
            f"Table {row.where(marked)}: the cell {cut(row[marked])} stands in quotation marks that would become part "
            "of it. Use double quotation marks, once, or none."
        )


def number(text: str) -> float | None:
    """Return the number in a cell, infinite for a value beyond the limit of detection; None where there is none."""
    value = float(text) if NUMBER.fullmatch(text) else None
    # 1e400 is a slip, not beyond a limit of detection.
    return BEYOND.get(text.lower()) if value is None or math.isinf(value) else value


def day_of(text: str) -> float | None:
    """Return the day in a cell; None where it states none, or one further than LONGEST_DAYS."""
    value = number(text)
    return value if value is not None and abs(value) <= LONGEST_DAYS else None


def unclear_values(row: Row, columns: Iterable[str]) -> list[LeftOut]:
    """Return which values of a row are left out, because a comma in them may mean anything."""
    refused = ((column, row.decimal_comma(column)) for column in columns)
    return [LeftOut(f"{row.table} line {row.line} ({column})", reason) for column, reason in refused if reason]


def view_of(text: str) -> tuple[ViewPosition, PatientPosition]:
    """Return projection and position from a source's word for them."""
    return VIEWS.get(text.lower(), (ViewPosition.UNKNOWN, PatientPosition.UNKNOWN))


def sex_of(text: str) -> str:
    """Return "F", "M", "O", or "" where it is not stated."""
    return SEXES.get(text.lower(), "")


def measured(text: str) -> tuple[float, str] | None:
    """Return value and comparator of a measurement.

    A value beyond the limit of detection has the comparator "<" or ">"; the sources do not state the limit
    itself, and the value is then 0.
    """
    value = number(text)
    if value is None:
        return None
    if math.isinf(value):
        return 0.0, ">" if value > 0 else "<"
    return value, ""
