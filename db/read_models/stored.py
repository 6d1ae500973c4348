"""The stored bytes that the database lists, by their content hash."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.types import ViewPosition
from db.models import Film, FilmState


def count_films(*, session: Session) -> int:
    """Count the films in every state."""
    return session.scalar(select(func.count()).select_from(Film)) or 0


def read_hashes(*, session: Session) -> list[tuple[int, str]]:
    """Return id and content hash of every film, by id."""
    rows = session.execute(select(col(Film.id), col(Film.content_hash)).order_by(col(Film.id)))
    return [(film_id or 0, content_hash) for film_id, content_hash in rows]


def newest_accepted(limit: int, *, session: Session) -> list[tuple[int, str]]:
    """Return id and content hash of the accepted films that came last, the newest first."""
    statement = (
        select(col(Film.id), col(Film.content_hash))
        .where(col(Film.state) == FilmState.ACCEPTED)
        .order_by(col(Film.received_at).desc(), col(Film.id).desc())
        .limit(limit)
    )
    return [(film_id or 0, content_hash) for film_id, content_hash in session.execute(statement)]


def spread_hashes(count: int, *, session: Session) -> set[str]:
    """Return hashes of up to `count` films, 2 or more, spread over the whole time of a database that has films."""
    first, last = session.execute(select(func.min(col(Film.id)), func.max(col(Film.id)))).one()
    wanted = {first + (last - first) * part // (count - 1) for part in range(count)}
    return set(session.scalars(select(col(Film.content_hash)).where(col(Film.id).in_(wanted))))


def stated_view(content_hash: str, *, session: Session) -> ViewPosition:
    """Return the projection that the first film of these bytes was sent with."""
    statement = select(col(Film.view_position)).where(col(Film.content_hash) == content_hash).order_by(col(Film.id))
    return session.scalars(statement.limit(1)).one_or_none() or ViewPosition.UNKNOWN
