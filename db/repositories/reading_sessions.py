"""Sessions in which a person reads films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


def open_results(row: ReadingSession, *, now: datetime, session: Session) -> None:
    """Mark that the results of a closed session were shown; the first time counts."""
    if row.finished_at is None:
        raise ValueError("A session that is not finished has no results to show. Finish it first.")
    if row.results_opened_at is None:
        row.results_opened_at = max(now, row.finished_at)
        session.flush()


@dataclass(frozen=True)
class FilmsToRead:
    """Accepted films with a score of a model version, as (film id, patient id) by film.

    Attributes
    ----------
    films : tuple
        That this person has not read in any session.
    n_read_before : int
        Further ones that this person has.
    seen_unblinded : frozenset of int
        Patients of whose films this person was shown the model's scores: in a session after the model, or in one whose
        results were shown.
    """

    films: tuple[tuple[int, int], ...]
    n_read_before: int
    seen_unblinded: frozenset[int]


def films_to_read(reader: str, model: str, version: str, *, session: Session) -> FilmsToRead:
    """Return the films there are for a person to read; a name typed in other letters is the same person."""
    statement = (
        select(col(Film.id), col(Film.patient_id))
        .join(FilmScore, col(FilmScore.film_id) == col(Film.id))
        .where(
            col(Film.state) == FilmState.ACCEPTED,
            col(FilmScore.model) == model,
            col(FilmScore.model_version) == version,
        )
        .order_by(col(Film.id))
    )
    scored = [(film_id or 0, patient_id) for film_id, patient_id in session.execute(statement)]
    own = [row for row in session.scalars(select(ReadingSession)) if _folded(row.reader) == _folded(reader)]
    of_own = col(Reading.session_id).in_([row.id for row in own])
    read = set(session.scalars(select(col(Reading.film_id)).where(of_own).distinct()))
    shown = [row.id for row in own if not row.blind or row.results_opened_at is not None]
    seen = (
        select(col(Film.patient_id))
        .join(ReadingSessionFilm, col(ReadingSessionFilm.film_id) == col(Film.id))
        .where(col(ReadingSessionFilm.session_id).in_(shown))
        .distinct()
    )
    films = tuple(one for one in scored if one[0] not in read)
    return FilmsToRead(films, len(scored) - len(films), frozenset(session.scalars(seen)))


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
