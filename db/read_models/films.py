"""Single films, and films that are not scored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col

from db.errors import NotFoundError
from db.models import Film, FilmConflict, FilmScore, FilmState, FilmTransition, Patient
from db.read_models._films import film_facts, film_query, read_active_model, require_zone
from db.read_models._people import patient_columns
from db.read_models.facts import (
    CheckFacts,
    ConflictFacts,
    FilmFacts,
    PatientFacts,
    StatedIdentity,
    TransitionFacts,
)
from db.read_models.lists import FlagRow, PatientRow, find_patients, list_flags
from db.read_models.patient import patient_facts, read_checks
from db.repositories import key, patients

__all__ = [
    "FilmDetail",
    "FlagRow",
    "NotScored",
    "PatientRow",
    "ReasonCount",
    "UnscoredFilm",
    "films_not_scored",
    "find_patients",
    "list_flags",
    "read_film",
]


@dataclass(frozen=True)
class FilmDetail:
    """One film with all that is known of it."""

    film: FilmFacts
    patient: PatientFacts
    stated: StatedIdentity
    original_name: str
    modality: str
    sop_instance_uid: str | None
    synthetic: bool
    duplicate_of_id: int | None
    attempts: int
    retry_at: datetime | None
    checks: tuple[CheckFacts, ...]
    conflicts: tuple[ConflictFacts, ...]
    transitions: tuple[TransitionFacts, ...]


@dataclass(frozen=True)
class UnscoredFilm:
    """A film without a score by the active model; its state and reason say why."""

    film: FilmFacts
    patient: PatientFacts
    original_name: str
    stated: StatedIdentity


@dataclass(frozen=True)
class ReasonCount:
    """How many films are in one state for one reason."""

    state: FilmState
    reason: str
    count: int


@dataclass(frozen=True)
class NotScored:
    """Films without a score by the active model, latest received first, and how many there are for each reason.

    `counts` covers all of them, also those beyond the limit of `films`.
    """

    films: tuple[UnscoredFilm, ...]
    counts: tuple[ReasonCount, ...]


def read_film(film_id: int, *, session: Session, as_of: datetime | None = None) -> FilmDetail:
    """Return one film, now or as it stood.

    Raises
    ------
    NotFoundError
        No such film, or none at that time.
    """
    require_zone(as_of)
    model = read_active_model(as_of=as_of, session=session)
    facts = session.execute(film_query(model, as_of).statement.where(col(Film.id) == film_id)).one_or_none()
    row = session.get(Film, film_id)
    if facts is None or row is None:
        raise NotFoundError(f"There is no film with the id {film_id}" + (" at that time." if row else "."))
    film = film_facts(facts, model)
    return FilmDetail(
        film=film,
        patient=patient_facts(patients.get(film.patient_id, session=session)),
        stated=_stated(row),
        original_name=row.original_name,
        modality=row.modality,
        sop_instance_uid=row.sop_instance_uid,
        synthetic=row.synthetic,
        duplicate_of_id=row.duplicate_of_id,
        attempts=row.attempts,
        retry_at=row.retry_at,
        checks=tuple(read_checks([film_id], as_of, session=session)),
        conflicts=_conflicts(film_id, as_of, session=session),
        transitions=_transitions(film_id, as_of, session=session),
    )


def films_not_scored(
    *,
    states: Collection[FilmState] | None = None,
    patient_id: int | None = None,
    as_of: datetime | None = None,
    limit: int = 500,
    session: Session,
) -> NotScored:
    """Return the films that are not scored: each waiting, rejected, failed, quarantined, duplicate or retracted.

    Parameters
    ----------
    states : collection of FilmState or None
        None for every state. Of ACCEPTED, films that wait for a score.
    """
    require_zone(as_of)
    model = read_active_model(as_of=as_of, session=session)
    query = film_query(model, as_of)
    wanted = or_(query.state != FilmState.ACCEPTED, col(FilmScore.id).is_(None))
    if states is not None:
        wanted = and_(wanted, query.state.in_(states))
    if patient_id is not None:
        wanted = and_(wanted, query.patient_id == patient_id)
    statement = query.statement.where(wanted).join(Patient, col(Patient.id) == query.patient_id)
    people, stated = patient_columns(), _stated_columns()
    rows = session.execute(
        statement.add_columns(*people, col(Film.original_name), *stated)
        .order_by(col(Film.received_at).desc(), col(Film.id).desc())
        .limit(limit)
    )
    counted = statement.with_only_columns(query.state, query.reason, func.count(), maintain_column_froms=True)
    counts = session.execute(counted.group_by(query.state, query.reason).order_by(func.count().desc(), query.reason))
    words, first = -len(stated), -len(stated) - 1 - len(people)
    return NotScored(
        tuple(
            UnscoredFilm(
                film_facts(row, model),
                PatientFacts(*row[first : words - 1]),
                row[words - 1],
                StatedIdentity(*row[words:]),
            )
            for row in rows
        ),
        tuple(ReasonCount(*row) for row in counts),
    )


def _stated_columns() -> tuple[Mapped[Any], ...]:
    """Return the columns of StatedIdentity."""
    names = ("identifier", "issuer", "name", "birth_date", "sex")
    return tuple(getattr(Film, f"stated_{name}") for name in names)


def _stated(row: Film) -> StatedIdentity:
    return StatedIdentity(
        row.stated_identifier, row.stated_issuer, row.stated_name, row.stated_birth_date, row.stated_sex
    )


def _conflicts(film_id: int, as_of: datetime | None, *, session: Session) -> tuple[ConflictFacts, ...]:
    other, first, second = aliased(Film), col(FilmConflict.film_id), col(FilmConflict.other_film_id)
    statement = (
        select(FilmConflict, other, Patient)
        .join(
            other,
            or_(
                and_(first == film_id, col(other.id) == second),
                and_(second == film_id, col(other.id) == first),
            ),
        )
        .join(Patient, col(Patient.id) == col(other.patient_id))
        .where(or_(first == film_id, second == film_id))
        .order_by(col(FilmConflict.opened_at), col(FilmConflict.id))
    )
    if as_of is not None:
        statement = statement.where(col(FilmConflict.opened_at) <= as_of)
    return tuple(_conflict(*row, as_of=as_of) for row in session.execute(statement))


def _conflict(conflict: FilmConflict, other: Film, patient: Patient, *, as_of: datetime | None) -> ConflictFacts:
    resolved = conflict.resolved_at is not None and (as_of is None or conflict.resolved_at <= as_of)
    return ConflictFacts(
        conflict_id=key(conflict),
        kind=conflict.kind,
        opened_at=conflict.opened_at,
        resolved_at=conflict.resolved_at if resolved else None,
        resolved_by=conflict.resolved_by if resolved else "",
        other_film_id=key(other),
        other_acquired_at=other.acquired_at,
        other_content_hash=other.content_hash,
        other_stated=_stated(other),
        other_patient=patient_facts(patient),
    )


def _transitions(film_id: int, as_of: datetime | None, *, session: Session) -> tuple[TransitionFacts, ...]:
    statement = select(
        col(FilmTransition.at),
        col(FilmTransition.state),
        col(FilmTransition.patient_id),
        col(FilmTransition.stay_id),
        col(FilmTransition.reason),
        col(FilmTransition.remark),
        col(FilmTransition.actor),
    ).where(col(FilmTransition.film_id) == film_id)
    if as_of is not None:
        statement = statement.where(col(FilmTransition.at) <= as_of)
    order = (col(FilmTransition.at), col(FilmTransition.id))
    return tuple(TransitionFacts(*row) for row in session.execute(statement.order_by(*order)))
