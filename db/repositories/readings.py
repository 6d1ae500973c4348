"""Scores that a person gave a film."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from core.human_reading import MAXIMA
from db.models import Film, Reading
from db.repositories._rows import exact, get_row, plain


def add(reading: Reading, *, session: Session) -> Reading:
    """Store a reading; a reader may read a film again, and both stay.

    Raises
    ------
    NotFoundError
        No such film.
    ValueError
        No reader named, a score off its scale (0-4 extent, 0-3 opacity, per lung), or neither all four scores nor the
        reason why the film could not be read.
    """
    get_row(Film, reading.film_id, session=session)
    reading.reader = exact(reading.reader, Reading, "reader")
    if not reading.reader:
        raise ValueError("A reading needs a reader. Say who read the film.")
    if reading.not_readable is not None:
        reading.not_readable = plain(reading.not_readable.strip(), Reading, "not_readable")
    _require_scores_or_reason(reading)
    session.add(reading)
    session.flush()
    return reading


def of_film(film_id: int, *, session: Session) -> list[Reading]:
    """Return the readings of a film, first one first."""
    statement = select(Reading).where(col(Reading.film_id) == film_id)
    return list(session.scalars(statement.order_by(col(Reading.read_at), col(Reading.id))))


def newest_of(session_id: int, film_id: int, *, session: Session) -> Reading | None:
    """Return the reading of a film that counts in a reading session, None where it was not read."""
    statement = select(Reading).where(col(Reading.session_id) == session_id, col(Reading.film_id) == film_id)
    return session.scalars(statement.order_by(col(Reading.id).desc()).limit(1)).first()


def _require_scores_or_reason(reading: Reading) -> None:
    values = {name: getattr(reading, name) for name in MAXIMA}
    if reading.not_readable == "":
        raise ValueError("A film that could not be read needs the reason. Choose one.")
    expected_missing = reading.not_readable is not None
    if any((value is None) is not expected_missing for value in values.values()):
        raise ValueError("A reading has all four scores, or none and the reason why. Score extent and opacity of both.")
    for name, value in values.items():
        if value is not None and not 0 <= value <= MAXIMA[name]:
            measure = name.rpartition("_")[0].replace("_", " ")
            raise ValueError(f"A lung's {measure} of {value} is off the scale. Expected 0 to {MAXIMA[name]}.")
