"""The work list: films that wait for the checks or for a score.

On PostgreSQL a claim locks its films until the transaction ends and skips those that others have locked, so
several workers share the list. On SQLite the holder of the scoring lease is alone with it, and scores between
two transactions, as an open one keeps every other writer waiting.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, update
from sqlmodel import Session, col

from db.models import Film, FilmScore, FilmState, Stay
from db.repositories.site import VOID_AFTER_TERMS

CLAIM_FOR = timedelta(minutes=2)
"""How long a film is left alone by other workers, unless its claim is extended."""
LONGEST_RETRY = timedelta(minutes=64)
"""The longest pause before another attempt on a failed film."""


def claim_received(limit: int, *, now: datetime, session: Session) -> list[Film]:
    """Return films to be read and checked: received, or failed and due again; films of open stays first."""
    return _claim(_to_check(now), limit, session=session)


def claim_unscored(model: str, version: str, limit: int, *, now: datetime, session: Session) -> list[Film]:
    """Return accepted films without a score by this model version; films of open stays first."""
    found = _claim(_to_score(model, version, now), limit, session=session)
    # On PostgreSQL a film whose score was committed between this claim's snapshot and its lock comes through.
    scored = select(col(FilmScore.film_id)).where(
        col(FilmScore.model) == model,
        col(FilmScore.model_version) == version,
        col(FilmScore.film_id).in_([film.id for film in found]),
    )
    done = set(session.scalars(scored)) if found else set()
    return [film for film in found if film.id not in done]


def extend_claims(film_ids: Collection[int], until: datetime, *, session: Session) -> None:
    """Leave these films alone until then, as far as they are still claimed."""
    claimed = (col(Film.id).in_(film_ids), col(Film.retry_at).is_not(None))
    session.execute(update(Film).where(*claimed).values(retry_at=until))


def waiting_count(model: str, version: str, *, now: datetime | None = None, session: Session) -> int:
    """Count the films that `claim_received` and `claim_unscored` would give if nobody had claimed any.

    Parameters
    ----------
    now : datetime or None
        None counts also the films whose next attempt is not due yet.
    """
    waiting = or_(_to_check(now), _to_score(model, version, now))
    return session.scalar(select(func.count()).select_from(Film).where(waiting)) or 0


def _to_check(now: datetime | None) -> ColumnElement[bool]:
    received = and_(col(Film.state) == FilmState.RECEIVED, _due(now, CLAIM_FOR))
    # A failed film without a time for the next attempt was given up.
    failed = and_(col(Film.state) == FilmState.FAILED, col(Film.retry_at).is_not(None), _due(now, LONGEST_RETRY))
    return or_(received, failed)


def _to_score(model: str, version: str, now: datetime | None) -> ColumnElement[bool]:
    scored = select(col(FilmScore.id)).where(
        col(FilmScore.film_id) == col(Film.id), col(FilmScore.model) == model, col(FilmScore.model_version) == version
    )
    return and_(col(Film.state) == FilmState.ACCEPTED, _due(now, CLAIM_FOR), ~scored.exists())


def _due(now: datetime | None, term: timedelta) -> ColumnElement[bool]:
    if now is None:
        return true()
    # A time further ahead than any that is ever set was set before the clock was set back.
    void = col(Film.retry_at) > now + VOID_AFTER_TERMS * term
    return or_(col(Film.retry_at).is_(None), col(Film.retry_at) <= now, void)


def _claim(condition: ColumnElement[bool], limit: int, *, session: Session) -> list[Film]:
    in_open_stay = and_(col(Stay.id).is_not(None), col(Stay.discharged_at).is_(None))
    statement = (
        select(Film)
        .outerjoin(Stay, col(Stay.id) == col(Film.stay_id))
        .where(condition)
        .order_by(case((in_open_stay, 0), else_=1), col(Film.id))
        .limit(limit)
        .with_for_update(of=Film, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement))
