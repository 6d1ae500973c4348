"""Scores that a person gave a film."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from db.models import Film, Reading
from db.repositories._rows import exact, get_row


def add(reading: Reading, *, session: Session) -> Reading:
    """Store a reading; a reader may read a film again, and both stay.

    Raises
    ------
    NotFoundError
        No such film.
    ValueError
        No reader named, or a score off its scale (0-4 extent, 0-3 opacity, per lung).
    """
    get_row(Film, reading.film_id, session=session)
    reading.reader = exact(reading.reader, Reading, "reader")
    if not reading.reader:
        raise ValueError("A reading needs a reader. Say who read the film.")
    _require_scale("geographic extent", reading.geographic_extent_right, reading.geographic_extent_left, maximum=4)
    _require_scale("opacity", reading.opacity_right, reading.opacity_left, maximum=3)
    session.add(reading)
    session.flush()
    return reading


def of_film(film_id: int, *, session: Session) -> list[Reading]:
    """Return the readings of a film, first one first."""
    statement = select(Reading).where(col(Reading.film_id) == film_id)
    return list(session.scalars(statement.order_by(col(Reading.read_at), col(Reading.id))))


def _require_scale(measure: str, *values: float, maximum: int) -> None:
    for value in values:
        if not 0 <= value <= maximum:
            raise ValueError(f"A lung's {measure} of {value} is off the scale. Expected 0 to {maximum}.")
