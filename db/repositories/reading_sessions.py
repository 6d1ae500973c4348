"""Sessions in which a person reads films."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from db.errors import NotFoundError
from db.models import Film, FilmScore, FilmState, Reading, ReadingSession, ReadingSessionFilm
from db.repositories._rows import exact, key, plain


def add(row: ReadingSession, film_ids: Sequence[int], *, session: Session) -> ReadingSession:
    """Store a session with its films in the order in which they are read.

    Raises
    ------
    ValueError
        No title, no reader, or no film.
    """
    row.title = plain(" ".join(row.title.split()), ReadingSession, "title")
    row.reader = exact(row.reader, ReadingSession, "reader")
    if not row.title or not row.reader:
        raise ValueError("A reading session needs a title and a reader. Give both.")
    if not film_ids:
        raise ValueError("A reading session needs films. There is none to read.")
    session.add(row)
    session.flush()
    session_id = key(row)
    session.add_all(
        ReadingSessionFilm(session_id=session_id, place=place, film_id=film_id)
        for place, film_id in enumerate(film_ids, start=1)
    )
    session.flush()
    return row


def get(session_id: int, *, lock: bool = False, session: Session) -> ReadingSession:
    """Return a session; `lock` keeps others from changing it until this transaction ends.

    Raises
    ------
    NotFoundError
    """
    statement = select(ReadingSession).where(col(ReadingSession.id) == session_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(statement).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no reading session with the number {session_id}.")
    return row


def film_at(session_id: int, place: int, *, session: Session) -> Film:
    """Return the film at a place of a session, as it stands now.

    Raises
    ------
    NotFoundError
        The session has no such place.
    """
    statement = (
        select(Film)
        .join(ReadingSessionFilm, col(ReadingSessionFilm.film_id) == col(Film.id))
        .where(col(ReadingSessionFilm.session_id) == session_id, col(ReadingSessionFilm.place) == place)
    )
    film = session.scalars(statement).one_or_none()
    if film is None:
        raise NotFoundError(f"Reading session {session_id} has no film {place}.")
    return film


def finish(row: ReadingSession, *, now: datetime, session: Session) -> None:
    """Close a session; one that is closed stays as it is."""
    if row.finished_at is None:
        # A machine whose clock is behind must not close a session before its beginning.
        row.finished_at = max(now, row.created_at)
        session.flush()


def films_to_read(reader: str, model: str, version: str, *, session: Session) -> list[tuple[int, int]]:
    """Return accepted films with a score of a model version that this person has not read in any session.

    Returns
    -------
    list of (film id, patient id)
        By film.
    """
    read = select(col(Reading.id)).where(
        col(Reading.film_id) == col(Film.id), col(Reading.reader) == reader, col(Reading.session_id).is_not(None)
    )
    statement = (
        select(col(Film.id), col(Film.patient_id))
        .join(FilmScore, col(FilmScore.film_id) == col(Film.id))
        .where(
            col(Film.state) == FilmState.ACCEPTED,
            col(FilmScore.model) == model,
            col(FilmScore.model_version) == version,
            ~read.exists(),
        )
        .order_by(col(Film.id))
    )
    return [(film_id or 0, patient_id) for film_id, patient_id in session.execute(statement)]
