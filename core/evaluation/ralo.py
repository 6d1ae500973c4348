"""The Radiographic Assessment of Lung Opacity set (RALO, doi:10.5281/zenodo.4634000) in its own table format.

2,373 AP films of COVID-19 patients of Stony Brook, each read by two radiologists. The folder holds
`ralo-dataset-metadata.csv` and `CXR_images_scored/<row>.jpg`, rows counted from 0. The table has a line of headings
above its header, and the header names each reader's columns alike. Per lung, geographic extent is 0-4 and opacity 0-4
(0 none, 1 ground glass, 2 consolidation, 3 a mix with more than half consolidation, 4 white-out), so the opacity of
both is 0-8; Lungline's scale ends at 6, and opacity is converted by 6/8.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path

from core.errors import DataSetInvalidError
from core.table_header import HEADER_WITHIN
from core.tables import first_lines, lines_of

TABLE = "ralo-dataset-metadata.csv"
IMAGES = "CXR_images_scored"
SOURCE = "ralo"
DOI = "10.5281/zenodo.4634000"
REMARK = (
    "RALO: the experts' values are means of two readers, opacity converted from the set's 0-8 to 0-6 by 6/8; all films "
    "count as AP. Published models are compared on its test films only."
)
COLUMNS = (
    "Subject_ID", "Exam_DateTime",
    "Right GEOGRAPHIC", "Right OPACITY", "Left GEOGRAPHIC", "Left OPACITY", "Total GEOGRAPHIC", "Total OPACITY",
)  # fmt: skip
"""Columns the table must have; from the third on, each stands once for either reader."""

_BY_SMALL_LETTERS = {name.lower(): name for name in COLUMNS}

OPACITY_FACTOR = 6 / 8
"""From the set's opacity, 0-8 (0-4 a lung), to Lungline's, 0-6 (0-3 a lung)."""

_LUNG_TOP, _TOTAL_TOP = 4.0, 8.0
_TEST_FILMS = Path(__file__).with_name("ralo_test_films.json")
_EXAM_TIME = re.compile(r"(\d{8})(?:[_ T]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?")


@dataclass(frozen=True)
class RaloReading:
    """One radiologist's reading of a film, on Lungline's scales.

    Attributes
    ----------
    geographic_extent, opacity : float
        0-8 and 0-6, from the table's totals.
    right, left : LungReading or None
        None where the table leaves a lung out.
    """

    geographic_extent: float
    opacity: float
    right: LungReading | None
    left: LungReading | None


@dataclass(frozen=True)
class LungReading:
    """One lung's extent (0-4) and opacity (0-3)."""

    geographic_extent: float
    opacity: float


@dataclass(frozen=True)
class RaloFilm:
    """One row of the table.

    Attributes
    ----------
    number : int
        The row, counted from 0; the image is `<number>.jpg`.
    taken_on : date or None
        As the table has it; dates of such sets may have been shifted to protect identity.
    taken_at : time or None
        None where the table states the date alone.
    readings : tuple of RaloReading or None
        Of the first and of the second reader; None where a total is missing.
    test : bool
        Whether the film is one of those that published models are compared on and must not learn from.
    """

    number: int
    subject_id: str
    taken_on: date | None
    taken_at: time | None
    readings: tuple[RaloReading | None, RaloReading | None]
    test: bool

    @property
    def image_name(self) -> str:
        """Return the name of the image's file."""
        return f"{self.number}.jpg"


def is_ralo_table(path: Path) -> bool:
    """Say whether a file is a table of this format."""
    return (
        path.is_file() and _header_line([line.cells for line in first_lines(path, HEADER_WITHIN, COLUMNS)]) is not None
    )


def read_ralo_table(path: Path) -> tuple[RaloFilm, ...]:
    """Read the table; a row without a subject has an empty `subject_id`.

    Raises
    ------
    DataSetInvalidError
        The file is no such table, or a value is no number or off its scale.
    """
    lines = [line.cells for line in lines_of(path, COLUMNS)]
    header = _header_line(lines)
    if header is None:
        message = (
            f"{path.name} has no header with the columns {', '.join(COLUMNS)}, the last six once for either reader. "
            "Take the table as published."
        )
        raise DataSetInvalidError(message)
    places = _places(lines[header])
    test = ralo_test_films()
    return tuple(_film(path, number, line, places, test) for number, line in enumerate(lines[header + 1 :]))


@cache
def ralo_test_films() -> frozenset[int]:
    """Return the rows of the published test films (495 of 2,373)."""
    runs = json.loads(_TEST_FILMS.read_text(encoding="utf-8"))["runs"]
    return frozenset(number for first, last in runs for number in range(first, last + 1))


def _header_line(lines: Sequence[Sequence[str]]) -> int | None:
    """Return the place of the header among the first lines."""
    for place, line in enumerate(lines[:HEADER_WITHIN]):
        names = [_plain(name) for name in line]
        if set(COLUMNS) <= set(names) and all(names.count(name) == 2 for name in COLUMNS[2:]):
            return place
    return None


def _plain(name: str) -> str:
    """Return a column's published name, without the ".1" that a table gets when it is read and saved again."""
    bare = name.removesuffix(".1")
    return _BY_SMALL_LETTERS.get(bare.lower(), bare)


def _places(header: Sequence[str]) -> dict[str, list[int]]:
    return {name: [place for place, one in enumerate(header) if _plain(one) == name] for name in COLUMNS}


def _film(path: Path, number: int, line: Sequence[str], places: dict[str, list[int]], test: frozenset[int]) -> RaloFilm:
    def cell(name: str, reader: int = 0) -> str:
        place = places[name][reader]
        return line[place] if place < len(line) else ""

    def value(name: str, reader: int) -> float | None:
        return _value(path, number, name, cell(name, reader))

    def lung(side: str, reader: int) -> LungReading | None:
        extent, opacity = value(f"{side} GEOGRAPHIC", reader), value(f"{side} OPACITY", reader)
        return None if extent is None or opacity is None else LungReading(extent, OPACITY_FACTOR * opacity)

    def reading(reader: int) -> RaloReading | None:
        extent, opacity = value("Total GEOGRAPHIC", reader), value("Total OPACITY", reader)
        if extent is None or opacity is None:
            return None
        return RaloReading(extent, OPACITY_FACTOR * opacity, lung("Right", reader), lung("Left", reader))

    taken_on, taken_at = _exam_time(cell("Exam_DateTime"))
    return RaloFilm(number, cell("Subject_ID"), taken_on, taken_at, (reading(0), reading(1)), number in test)


def _value(path: Path, number: int, name: str, text: str) -> float | None:
    """Return a value on the set's own scale, None where the cell is empty."""
    if not text:
        return None
    top = _TOTAL_TOP if name.startswith("Total") else _LUNG_TOP
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= top:
        raise DataSetInvalidError(f"{path.name}, film {number}: {name} is {text!r}. Expected a number of 0-{top:g}.")
    return value


def _exam_time(text: str) -> tuple[date | None, time | None]:
    found = _EXAM_TIME.match(text)
    if found is None:
        return None, None
    day, hours, minutes, seconds = found.groups()
    try:
        taken_on = date.fromisoformat(day)
    except ValueError:
        return None, None
    try:
        taken_at = time(int(hours), int(minutes), int(seconds or 0)) if hours else None
    except ValueError:
        taken_at = None
    return taken_on, taken_at
