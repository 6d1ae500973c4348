"""Films as they stand, or stood, with their scores: the part all read models share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, and_, case, or_, select
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col

from db.models import Film, FilmScore, FilmState, FilmTransition, ModelActivation
from db.read_models.facts import FilmFacts, OtherPersonFacts
from db.repositories.scores import SCORE_COLUMNS, score_of

Rows = Select[*tuple[Any, ...]]
"""A statement whose rows are read by position."""

_FACTS = 16
"""Columns of a film before those of its mark and its score."""
_MARK = 3
"""Columns of the mark that the film names another person."""

REMEMBERED = 8192
"""How many films are kept in memory: a large ward asks for the same films at every refresh, and few have changed."""


@dataclass(frozen=True)
class ActiveModel:
    """The model whose scores are shown; both empty before the first activation."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True)
class FilmQuery:
    """A statement over films, and the columns that say where each film stands at the time asked for."""

    statement: Rows
    patient_id: Mapped[int]
    stay_id: Mapped[int | None]
    state: Mapped[FilmState]
    reason: Mapped[str]


def require_zone(as_of: datetime | None) -> None:
    """Refuse a time without a zone."""
    if as_of is not None and as_of.tzinfo is None:
        raise ValueError(f"Time {as_of} has no time zone. Attach one.")


def read_active_model(*, as_of: datetime | None, session: Session) -> ActiveModel:
    """Return the model that was active."""
    row = session.execute(active_model(as_of)).one_or_none()
    return ActiveModel() if row is None else ActiveModel(*row)


def active_model(as_of: datetime | None) -> Rows:
    """Return the statement for the active model's name and version, at most one row."""
    order = (col(ModelActivation.activated_at).desc(), col(ModelActivation.id).desc())
    statement = select(col(ModelActivation.model), col(ModelActivation.model_version)).order_by(*order).limit(1)
    return statement if as_of is None else statement.where(col(ModelActivation.activated_at) <= as_of)


def film_query(model: ActiveModel, as_of: datetime | None) -> FilmQuery:
    """Return the statement that `film_facts` reads; narrow it by the columns of the query."""
    base = film_standing(as_of)
    score_fits = and_(
        col(FilmScore.film_id) == col(Film.id),
        col(FilmScore.model) == model.name,
        col(FilmScore.model_version) == model.version,
    )
    if as_of is not None:
        score_fits = and_(score_fits, col(FilmScore.scored_at) <= as_of)
    statement = base.statement.outerjoin(FilmScore, score_fits).with_only_columns(
        # In the order of FilmFacts, then of OtherPersonFacts and `score_of`.
        col(Film.id),
        base.stay_id,
        base.patient_id,
        col(Film.acquired_at),
        col(Film.time_precision),
        col(Film.received_at),
        col(Film.view_position),
        col(Film.patient_position),
        col(Film.portable),
        base.state,
        base.reason,
        col(Film.overruled),
        col(Film.content_hash),
        col(Film.stated_at),
        col(Film.time_doubt),
        col(Film.sides_in_doubt),
        col(Film.other_person_at)
        if as_of is None
        else case((col(Film.other_person_at) <= as_of, Film.other_person_at)),
        col(Film.other_person_by),
        col(Film.other_person_reason),
        col(FilmScore.scored_at),
        *(getattr(FilmScore, name) for name in SCORE_COLUMNS),
        maintain_column_froms=True,
    )
    return FilmQuery(statement, base.patient_id, base.stay_id, base.state, base.reason)


def film_standing(as_of: datetime | None) -> FilmQuery:
    """Return films with patient, stay and state: as they are, or by the last step each had taken at `as_of`."""
    if as_of is None:
        place = (col(Film.patient_id), col(Film.stay_id), col(Film.state), col(Film.reason))
        return FilmQuery(select(col(Film.id)).select_from(Film), *place)
    step, later = aliased(FilmTransition), aliased(FilmTransition)
    overtaken = select(col(later.id)).where(
        col(later.film_id) == col(step.film_id),
        col(later.at) <= as_of,
        or_(col(later.at) > col(step.at), and_(col(later.at) == col(step.at), col(later.id) > col(step.id))),
    )
    statement = (
        select(col(Film.id))
        .select_from(step)
        .join(Film, col(Film.id) == col(step.film_id))
        .where(col(step.at) <= as_of, ~overtaken.exists())
    )
    return FilmQuery(statement, col(step.patient_id), col(step.stay_id), col(step.state), col(step.reason))


def film_facts(row: Row[Any], model: ActiveModel) -> FilmFacts:
    """Return the film of one row of `film_query`; columns after its own are left alone."""
    return _facts(tuple(row[: _FACTS + _MARK + 1 + len(SCORE_COLUMNS)]), model)


@lru_cache(maxsize=REMEMBERED)
def _facts(row: tuple[Any, ...], model: ActiveModel) -> FilmFacts:
    moved_at, actor, reason, scored_at, *values = row[_FACTS:]
    score = None if scored_at is None else score_of(model.name, model.version, tuple(values))
    if score is not None:
        score = replace(score, sides_in_doubt=row[_FACTS - 1])
    mark = None if moved_at is None else OtherPersonFacts(moved_at, actor or "", reason or "")
    facts = (*row[:_FACTS], score, scored_at, mark)
    return FilmFacts(*facts)


def in_order(statement: Rows) -> Rows:
    """Order films by acquisition, those without a time last."""
    return statement.order_by(col(Film.acquired_at).is_(None), col(Film.acquired_at), col(Film.id))
