"""Scores of films, and which model is the site's active one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from core.types import Interval, Score
from db.errors import ConflictError
from db.models import FilmScore, ModelActivation
from db.repositories._rows import insert, plain

_IDS_PER_STATEMENT = 5000

_PARTS = (
    "geographic_extent_right",
    "geographic_extent_left",
    "opacity_right",
    "opacity_left",
    "opacity_fraction",
    "opacity_fraction_right",
    "opacity_fraction_left",
)
_ZONES = tuple(f"brixia_zone_{zone}" for zone in "abcdef")
SCORE_COLUMNS = (
    "geographic_extent",
    "opacity",
    "geographic_extent_low",
    "geographic_extent_high",
    "opacity_low",
    "opacity_high",
    "interval_level",
    *_PARTS,
    *_ZONES,
)
"""Columns of a stored score that make up its value, in the order `score_of` takes them."""


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


def has_any(film_id: int, *, session: Session) -> bool:
    """Return whether a film has a score by any model."""
    statement = select(col(FilmScore.id)).where(col(FilmScore.film_id) == film_id).limit(1)
    return session.scalars(statement).first() is not None


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
    """Return the row of a score, not stored yet.

    Raises
    ------
    ValueError
        The two measures' intervals have different levels.
    """
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
        **_stored_parts(score),
        scored_at=now,
    )


def _stored_parts(score: Score) -> dict[str, Any]:
    zones = score.brixia_zones or (None,) * len(_ZONES)
    return {name: _number(getattr(score, name)) for name in _PARTS} | {
        name: _number(zone) for name, zone in zip(_ZONES, zones, strict=True)
    }


def to_score(row: FilmScore) -> Score:
    """Return a stored score as the value that passes between the layers."""
    values = [getattr(row, name) for name in SCORE_COLUMNS]
    return score_of(row.model, row.model_version, values)


def score_of(model: str, version: str, values: Sequence[Any]) -> Score:
    """Return the score that a model's values, in the order of `SCORE_COLUMNS`, make up."""
    extent, opacity, extent_low, extent_high, opacity_low, opacity_high, level = values[: -len(_PARTS + _ZONES)]
    parts, zones = values[-len(_PARTS + _ZONES) : -len(_ZONES)], tuple(values[-len(_ZONES) :])
    return Score(
        model=model,
        model_version=version,
        geographic_extent=extent,
        opacity=opacity,
        geographic_extent_interval=interval(extent_low, extent_high, level),
        opacity_interval=interval(opacity_low, opacity_high, level),
        # The database holds all six zones or none.
        brixia_zones=None if zones[0] is None else zones,
        **dict(zip(_PARTS, parts, strict=True)),
    )


def interval(low: float | None, high: float | None, level: float | None) -> Interval | None:
    """Return the interval of three columns, None where it was never calibrated."""
    return None if low is None or high is None or level is None else Interval(low, high, level)


def _number(value: float | None) -> float | None:
    """Return a plain float: the PostgreSQL driver takes no NumPy scalar."""
    return None if value is None else float(value)


def _find(film_id: int, model: str, version: str, *, session: Session) -> FilmScore | None:
    return scores_of([film_id], model, version, session=session).get(film_id)
