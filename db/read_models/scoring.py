"""What waits to be scored, and when a film last was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from db.models import Film, FilmScore, FilmState


@dataclass(frozen=True)
class Waiting:
    """Films received or accepted that a model has not scored.

    Attributes
    ----------
    since : datetime or None
        When the oldest of them was received.
    """

    count: int
    since: datetime | None


def read_waiting(model: str, version: str, *, session: Session) -> Waiting:
    """Return the films that wait for a score by this model version, claimed ones too."""
    scored = and_(
        col(FilmScore.film_id) == col(Film.id),
        col(FilmScore.model) == model,
        col(FilmScore.model_version) == version,
    )
    waits = or_(
        col(Film.state) == FilmState.RECEIVED,
        and_(col(Film.state) == FilmState.ACCEPTED, ~select(col(FilmScore.id)).where(scored).exists()),
    )
    return Waiting(*session.execute(select(func.count(), func.min(col(Film.received_at))).where(waits)).one())


def last_scored_at(*, session: Session) -> datetime | None:
    """Return when a film was last scored, by any model."""
    # The newest row, not the latest time: that would read every row, and may be of a clock gone wrong.
    return session.scalar(select(col(FilmScore.scored_at)).order_by(col(FilmScore.id).desc()).limit(1))
