"""What was done with flags, the films listed under each, and what is known of the patients' oxygenation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from core.trend.types import FlagKind
from db.models import Film, Flag, FlagAction, FlagCause, FlagFilm, FlagState, Observation
from db.read_models._clinical import standing
from db.read_models._flags import flag_query
from db.read_models.facts import ActionFacts, FlagFilmFacts, TakenFilm

OXYGENATION = ("pao2", "spo2")
"""Observations that say how the lungs work; with the inspired oxygen they are the ratios the ICU uses."""


def read_actions(
    flag_ids: Collection[int], *, as_of: datetime | None = None, session: Session
) -> Mapping[int, tuple[ActionFacts, ...]]:
    """Return the history of these flags, first step first."""
    statement = select(
        col(FlagAction.flag_id),
        col(FlagAction.at),
        col(FlagAction.state),
        col(FlagAction.actor),
        col(FlagAction.reason),
        col(FlagAction.snoozed_until),
    ).where(col(FlagAction.flag_id).in_(flag_ids))
    if as_of is not None:
        statement = statement.where(col(FlagAction.at) <= as_of)
    found: dict[int, list[ActionFacts]] = defaultdict(list)
    for row in session.execute(statement.order_by(col(FlagAction.at), col(FlagAction.id))):
        found[row[0]].append(ActionFacts(*row))
    return {flag_id: tuple(actions) for flag_id, actions in found.items()}


def read_flag_films(flag_ids: Collection[int], *, session: Session) -> Mapping[int, tuple[FlagFilmFacts, ...]]:
    """Return the films that support these flags, by acquisition."""
    statement = (
        select(
            col(FlagFilm.flag_id),
            col(FlagFilm.film_id),
            col(Film.acquired_at),
            col(Film.time_precision),
            col(FlagFilm.verdict),
            col(FlagFilm.change),
            col(FlagFilm.added_at),
        )
        .join(Film, col(Film.id) == col(FlagFilm.film_id))
        .where(col(FlagFilm.flag_id).in_(flag_ids))
        .order_by(col(Film.acquired_at), col(FlagFilm.film_id))
    )
    found: dict[int, list[FlagFilmFacts]] = defaultdict(list)
    for row in session.execute(statement):
        found[row[0]].append(FlagFilmFacts(*row))
    return {flag_id: tuple(films) for flag_id, films in found.items()}


def read_looks_resolved(
    film_ids: Collection[int], *, as_of: datetime | None = None, session: Session
) -> frozenset[int]:
    """Return which of these films a person has compared by eye: their request to look was resolved by one."""
    query = flag_query(as_of)
    by_person = select(col(FlagAction.id)).where(
        col(FlagAction.flag_id) == col(Flag.id),
        col(FlagAction.cause) == FlagCause.PERSON,
        col(FlagAction.state) == FlagState.RESOLVED,
    )
    if as_of is not None:
        by_person = by_person.where(col(FlagAction.at) <= as_of)
    statement = query.statement.with_only_columns(col(Flag.film_id), maintain_column_froms=True).where(
        col(Flag.film_id).in_(film_ids),
        col(Flag.kind) == FlagKind.LOOK,
        query.state == FlagState.RESOLVED,
        by_person.exists(),
    )
    return frozenset(session.scalars(statement))


def read_oxygenation_times(
    patient_ids: Collection[int], *, as_of: datetime | None = None, session: Session
) -> Mapping[int, tuple[datetime, ...]]:
    """Return when the oxygenation of these patients was measured, by time."""
    statement = (
        select(col(Observation.patient_id), col(Observation.at))
        .where(
            col(Observation.patient_id).in_(patient_ids),
            col(Observation.name).in_(OXYGENATION),
            standing(Observation, as_of),
        )
        .order_by(col(Observation.at), col(Observation.id))
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for patient_id, at in session.execute(statement):
        found[patient_id].append(at)
    return {patient_id: tuple(times) for patient_id, times in found.items()}


def read_times(film_ids: Collection[int], *, session: Session) -> Mapping[int, TakenFilm]:
    """Return when these films were taken, by id; those that state no time are left out."""
    statement = select(col(Film.id), col(Film.acquired_at), col(Film.time_precision)).where(
        col(Film.id).in_(film_ids), col(Film.acquired_at).is_not(None)
    )
    return {row[0]: TakenFilm(*row) for row in session.execute(statement)}
