"""What was settled on films that two readers read differently."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from db.models import SettledReading
from db.repositories._rows import exact


def add(row: SettledReading, *, session: Session) -> SettledReading:
    """Store what was settled; an earlier one of the same two readings stays.

    Raises
    ------
    ValueError
        Nobody is named.
    """
    row.settled_by = exact(row.settled_by, SettledReading, "settled_by")
    if not row.settled_by:
        raise ValueError("Say who settles this reading: give a name.")
    session.add(row)
    session.flush()
    return row


def newest(*, session: Session) -> dict[tuple[int, int], SettledReading]:
    """Return what counts for each two readings, by their ids."""
    rows = session.scalars(select(SettledReading).order_by(col(SettledReading.id)))
    return {(row.first_reading_id, row.second_reading_id): row for row in rows}
