"""Reading sessions with their films and what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.types import PatientPosition, ViewPosition
from db.errors import NotFoundError
from db.models import Film, FilmState, Reading, ReadingSession, ReadingSessionFilm


@dataclass(frozen=True)
class SessionFacts:
    """A reading session; see `db.models.ReadingSession`. `n_read` counts films with a reading, readable or not."""

    session_id: int
    title: str
    reader: str
    blind: bool
    model: str | None
    model_version: str | None
    seed: int
    created_at: datetime
    finished_at: datetime | None
    results_opened_at: datetime | None
    n_films: int
    n_read: int

    @property
    def hides_results(self) -> bool:
        """Return whether nobody may see what the model said: the session is blind and its results were not shown."""
        return self.blind and self.results_opened_at is None


@dataclass(frozen=True)
class SessionReading:
    """One reading of a film: extent 0-4 and opacity 0-3 per lung; all None where it says why it could not be read."""

    reading_id: int
    geographic_extent_right: float | None
    geographic_extent_left: float | None
    opacity_right: float | None
    opacity_left: float | None
    not_readable: str | None
    blind: bool
    read_at: datetime


@dataclass(frozen=True)
class SessionFilm:
    """A film of a session, as it stands now, with its readings in that session, first one first."""

    place: int
    film_id: int
    patient_id: int
    state: FilmState
    reason: str
    readings: tuple[SessionReading, ...]

    @property
    def reading(self) -> SessionReading | None:
        """Return the reading that counts: the newest."""
        return self.readings[-1] if self.readings else None


@dataclass(frozen=True)
class TakenFilm:
    """Where the bytes of a film that was read are, and when and how it was taken; hidden while its session is blind."""

    film_id: int
    content_hash: str
    acquired_at: datetime | None
    view_position: ViewPosition
    patient_position: PatientPosition


def read_taken(film_ids: Collection[int], *, session: Session) -> dict[int, TakenFilm]:
    """Return these films by their ids."""
    statement = select(
        col(Film.id), col(Film.content_hash), col(Film.acquired_at), col(Film.view_position), col(Film.patient_position)
    ).where(col(Film.id).in_(film_ids))
    return {film_id or 0: TakenFilm(film_id or 0, *values) for film_id, *values in session.execute(statement)}


def read_sessions(*, session: Session) -> tuple[SessionFacts, ...]:
    """Return all reading sessions, the newest first."""
    return _facts(session=session)


def read_session(session_id: int, *, session: Session) -> SessionFacts:
    """Return one reading session.

    Raises
    ------
    NotFoundError
    """
    found = _facts(session_id, session=session)
    if not found:
        raise NotFoundError(f"There is no reading session with the number {session_id}.")
    return found[0]


def read_session_films(session_id: int, *, session: Session) -> tuple[SessionFilm, ...]:
    """Return the films of a session in their order; empty for a session that is not there."""
    readings: dict[int, list[SessionReading]] = defaultdict(list)
    statement = select(
        col(Reading.film_id),
        col(Reading.id),
        col(Reading.geographic_extent_right),
        col(Reading.geographic_extent_left),
        col(Reading.opacity_right),
        col(Reading.opacity_left),
        col(Reading.not_readable),
        col(Reading.blind),
        col(Reading.read_at),
    ).where(col(Reading.session_id) == session_id)
    for film_id, *values in session.execute(statement.order_by(col(Reading.id))):
        readings[film_id].append(SessionReading(*values))
    films = (
        select(col(ReadingSessionFilm.place), col(Film.id), col(Film.patient_id), col(Film.state), col(Film.reason))
        .join(Film, col(Film.id) == col(ReadingSessionFilm.film_id))
        .where(col(ReadingSessionFilm.session_id) == session_id)
        .order_by(col(ReadingSessionFilm.place))
    )
    return tuple(
        SessionFilm(place, film_id or 0, patient_id, state, reason, tuple(readings[film_id or 0]))
        for place, film_id, patient_id, state, reason in session.execute(films)
    )


def _facts(session_id: int | None = None, *, session: Session) -> tuple[SessionFacts, ...]:
    films = (
        select(func.count())
        .select_from(ReadingSessionFilm)
        .where(col(ReadingSessionFilm.session_id) == col(ReadingSession.id))
        .scalar_subquery()
    )
    read = (
        select(func.count(func.distinct(col(Reading.film_id))))
        .where(col(Reading.session_id) == col(ReadingSession.id))
        .scalar_subquery()
    )
    statement = select(
        col(ReadingSession.id),
        col(ReadingSession.title),
        col(ReadingSession.reader),
        col(ReadingSession.blind),
        col(ReadingSession.model),
        col(ReadingSession.model_version),
        col(ReadingSession.seed),
        col(ReadingSession.created_at),
        col(ReadingSession.finished_at),
        col(ReadingSession.results_opened_at),
        films,
        read,
    ).order_by(col(ReadingSession.id).desc())
    if session_id is not None:
        statement = statement.where(col(ReadingSession.id) == session_id)
    return tuple(SessionFacts(*row) for row in session.execute(statement))
