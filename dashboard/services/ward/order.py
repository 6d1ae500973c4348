"""In which order the rows of the ward board stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.services.ward.board import BoardRow


class BoardSort(StrEnum):
    """What stands on top."""

    CONCERN = "concern"
    BED = "bed"
    STALENESS = "staleness"


def in_order(rows: Iterable[BoardRow], sort: BoardSort) -> tuple[BoardRow, ...]:
    """Return the rows in an order.

    By concern: sickest change first, then highest level, then bed. By bed: unit, then bed, 2 before 10. By staleness:
    those without a film on the trend, then the oldest last film first.
    """
    key = {BoardSort.CONCERN: _by_concern, BoardSort.BED: _by_bed, BoardSort.STALENESS: _by_staleness}[sort]
    return tuple(sorted(rows, key=key))


def _by_concern(row: BoardRow) -> tuple[Any, ...]:
    return row.rank, -(row.level if row.level is not None else -1.0), *_by_bed(row)


def _by_staleness(row: BoardRow) -> tuple[Any, ...]:
    # A film whose day is counted from an arbitrary one is of no age.
    hours = row.hours_since_last_film or (0.0 if row.series else inf)
    return -hours, *_by_bed(row)


def _by_bed(row: BoardRow) -> tuple[Any, ...]:
    return row.stay.unit, _natural(row.stay.bed), row.stay.stay_id


def _natural(bed: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that puts bed 2 before bed 10."""
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", bed)
    )
