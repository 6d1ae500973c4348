"""Scores of films, and which model is the site's active one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from core.types import Interval, Score
from db.errors import ConflictError
from db.models import FilmScore, ModelActivation
from db.repositories._rows import insert, plain

_IDS_PER_STATEMENT = 5000


def add(film_id: int, score: Score, *, now: datetime, session: Session) -> FilmScore:
    """Store a film's score. A score by the same model version that is there already stays, and is returned.

    Raises
    ------
    NotFoundError
        No such film.
    ValueError
        The two measures' intervals have different levels.
    """
    found = _find(film_id, score.model, score.model_version, session=session)
    if found is not None:
        return found
    row = from_score(film_id, score, now=now)
    if insert(row, session=session):
        return row
    found = _find(film_id, score.model, score.model_version, session=session)
    if found is None:
        raise ConflictError("The film was scored by another process that is not finished. Try again.")
    return found


def scores_of(film_ids: Sequence[int], model: str, version: str, *, session: Session) -> dict[int, FilmScore]:
    """Return the scores of these films by one model version, by film id; unscored films are left out."""
    found: dict[int, FilmScore] = {}
    for start in range(0, len(film_ids), _IDS_PER_STATEMENT):
        some = film_ids[start : start + _IDS_PER_STATEMENT]
        statement = select(FilmScore).where(
            col(FilmScore.film_id).in_(some), col(FilmScore.model) == model, col(FilmScore.model_version) == version
        )
        found |= {row.film_id: row for row in session.scalars(statement)}
    return found


def active_model(*, as_of: datetime | None = None, session: Session) -> ModelActivation | None:
    """Return the activation that holds, now or at `as_of`; None before the first one."""
    statement = select(ModelActivation)
    if as_of is not None:
        statement = statement.where(col(ModelActivation.activated_at) <= as_of)
    order = (col(ModelActivation.activated_at).desc(), col(ModelActivation.id).desc())
    return session.scalars(statement.order_by(*order).limit(1)).one_or_none()


def activate(model: str, version: str, *, actor: str, now: datetime, session: Session) -> ModelActivation:
    """Make a model version the active one; nothing happens where it is already.

    Raises
    ------
    ConflictError
        A later activation is stored (a clock went backwards): this one would not take effect.
    """
    held = active_model(session=session)
    if held is not None and (held.model, held.model_version) == (model, version):
        return held
    if held is not None and held.activated_at > now:
        raise ConflictError(f"A model was activated later, at {held.activated_at:%Y-%m-%d %H:%M} UTC. Check the clock.")
    row = ModelActivation(
        model=model, model_version=version, activated_at=now, actor=plain(actor, ModelActivation, "actor")
    )
    session.add(row)
    session.flush()
    return row


def from_score(film_id: int, score: Score, *, now: datetime) -> FilmScore:
    """Return the row of a score, not stored yet."""
    extent, opacity = score.geographic_extent_interval, score.opacity_interval
    levels = {interval.level for interval in (extent, opacity) if interval is not None}
    if len(levels) > 1:
        raise ValueError(f"The intervals have the levels {sorted(levels)}. One score has one level.")
    return FilmScore(
        film_id=film_id,
        model=score.model,
        model_version=score.model_version,
        geographic_extent=float(score.geographic_extent),
        opacity=float(score.opacity),
        geographic_extent_low=None if extent is None else float(extent.low),
        geographic_extent_high=None if extent is None else float(extent.high),
        opacity_low=None if opacity is None else float(opacity.low),
        opacity_high=None if opacity is None else float(opacity.high),
        interval_level=levels.pop() if levels else None,
        geographic_extent_right=_number(score.geographic_extent_right),
        geographic_extent_left=_number(score.geographic_extent_left),
        scored_at=now,
    )


def to_score(row: FilmScore) -> Score:
    """Return a stored score as the value that passes between the layers."""
    return Score(
        model=row.model,
        model_version=row.model_version,
        geographic_extent=row.geographic_extent,
        opacity=row.opacity,
        geographic_extent_interval=interval(row.geographic_extent_low, row.geographic_extent_high, row.interval_level),
        opacity_interval=interval(row.opacity_low, row.opacity_high, row.interval_level),
        geographic_extent_right=row.geographic_extent_right,
        geographic_extent_left=row.geographic_extent_left,
    )


def interval(low: float | None, high: float | None, level: float | None) -> Interval | None:
    """Return the interval of three columns, None where it was never calibrated."""
    return None if low is None or high is None or level is None else Interval(low, high, level)


def _number(value: float | None) -> float | None:
    """Return a plain float: the PostgreSQL driver takes no NumPy scalar."""
    return None if value is None else float(value)


def _find(film_id: int, model: str, version: str, *, session: Session) -> FilmScore | None:
    return scores_of([film_id], model, version, session=session).get(film_id)
