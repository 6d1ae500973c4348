"""What the tables of the data sets have in common: reading rows, days, sexes and projections."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import DataSetInvalidError
from core.types import PatientPosition, ViewPosition

Row = dict[str, str]

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


def header_of(path: Path) -> tuple[str, ...]:
    """Return a table's column names, () for a file that is no table in text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(name.strip() for name in next(csv.reader(file), []))
    except (UnicodeDecodeError, csv.Error):
        return ()


def rows_of(path: Path, needed: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a table as text by column name, short rows filled with "".

    Raises
    ------
    DataSetInvalidError
        If a column of `needed` is missing or the file is no table in UTF-8.
    """
    missing = [name for name in needed if name not in header_of(path)]
    if missing:
        raise DataSetInvalidError(f"Table {path.name} has no column {', '.join(map(repr, missing))}. Add it.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, restval=""):
                yield {name.strip(): (text or "").strip() for name, text in row.items() if isinstance(name, str)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataSetInvalidError(f"Table {path.name} cannot be read as CSV in UTF-8 ({error}).") from error


def number(text: str) -> float | None:
    """Return the number in a cell, infinite for a value beyond the limit of detection; None where there is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def day_of(text: str) -> float | None:
    """Return the day in a cell; None where it states none, or one further than 200 years away."""
    value = number(text)
    return value if value is not None and abs(value) < 73_000 else None


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
