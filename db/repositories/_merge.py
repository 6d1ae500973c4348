"""Merging two patients that are one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from db.errors import ConflictError, NotFoundError
from db.models import (
    LIVE_STATES,
    ClinicalEvent,
    Film,
    FilmConflict,
    FilmState,
    Flag,
    FlagCause,
    FlagState,
    Observation,
    Patient,
    Stay,
)
from db.repositories import _conflicts, _films, flags
from db.repositories._rows import key

_STANDING = {FilmState.RECEIVED: 2, FilmState.ACCEPTED: 2, FilmState.QUARANTINED: 1, FilmState.FAILED: 1}
"""Of two copies the higher one is kept: first one that counts, then one that waits. A copy that a person retracted is
not kept."""
RECORDS_MERGED = "two records of one patient were merged"


@dataclass(frozen=True)
class Merge:
    """What a merge did.

    Attributes
    ----------
    patient_id : int
        Who remains.
    moved_film_ids : tuple of int
    duplicate_film_ids : tuple of int
        Films both had; the source's copies, kept under the source's row as duplicates.
    released_film_ids : tuple of int
        Quarantined films without an open conflict since, for the service to put back.
    """

    patient_id: int
    moved_film_ids: tuple[int, ...]
    duplicate_film_ids: tuple[int, ...]
    released_film_ids: tuple[int, ...]


def merge(source_id: int, target_id: int, *, actor: str, now: datetime, session: Session) -> Merge:
    """Carry everything of the source over to the target; the source's number leads to the target from then on.

    Raises
    ------
    NotFoundError
    ConflictError
        They are the same patient, one was merged before, or both have an open stay.
    """
    source, target = _lock(source_id, target_id, session=session)
    _require_mergeable(source, target, session=session)
    for stay in session.scalars(select(Stay).where(col(Stay.patient_id) == source_id)):
        stay.patient_id = target_id
    session.flush()
    moved, duplicates, freed = _carry_films(source_id, target_id, actor=actor, now=now, session=session)
    _carry_observations(source_id, target_id, session=session)
    _carry_events(source_id, target_id, session=session)
    for earlier in session.scalars(select(Patient).where(col(Patient.merged_into_id) == source_id)):
        earlier.merged_into_id = target_id
    source.merged_into_id = target_id
    session.flush()
    released = _settle_conflicts(target_id, actor=actor, now=now, session=session)
    released += [film_id for film_id in freed if film_id not in released]
    return Merge(target_id, tuple(moved), tuple(duplicates), tuple(released))


def _lock(source_id: int, target_id: int, *, session: Session) -> tuple[Patient, Patient]:
    statement = (
        select(Patient)
        .where(col(Patient.id).in_([source_id, target_id]))
        .order_by(col(Patient.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {patient.id: patient for patient in session.scalars(statement)}
    for patient_id in (source_id, target_id):
        if patient_id not in found:
            raise NotFoundError(f"There is no patient with the id {patient_id}.")
    return found[source_id], found[target_id]


def _require_mergeable(source: Patient, target: Patient, *, session: Session) -> None:
    if source.id == target.id:
        raise ConflictError("A patient cannot be merged into itself. Name two records.")
    for patient in (source, target):
        if patient.merged_into_id is not None:
            raise ConflictError(
                f"Patient {patient.id} was already merged into patient {patient.merged_into_id}. Merge that one."
            )
    is_open = (col(Stay.patient_id).in_([source.id, target.id]), col(Stay.discharged_at).is_(None))
    if session.scalar(select(func.count()).select_from(Stay).where(*is_open)) == 2:
        raise ConflictError("Both records have an open stay. Discharge the wrong one first, then merge.")


def _carry_films(
    source_id: int, target_id: int, *, actor: str, now: datetime, session: Session
) -> tuple[list[int], list[int], list[int]]:
    """Return the films that moved, those that became duplicates, and others that no conflict holds any more."""
    known = {film.content_hash: film for film in session.scalars(select(Film).where(col(Film.patient_id) == target_id))}
    moved: list[int] = []
    duplicates: list[int] = []
    released: list[Film] = []
    for film in session.scalars(select(Film).where(col(Film.patient_id) == source_id).order_by(col(Film.id))).all():
        twin = known.get(film.content_hash)
        if twin is None:
            film.patient_id = target_id
            _films.write_transition(film, actor=actor, now=now, session=session, remark=RECORDS_MERGED)
            moved.append(key(film))
        else:
            if _STANDING.get(film.state, 0) > _STANDING.get(twin.state, 0):
                # The copy that counted goes on counting; this record keeps one of the same bytes only.
                _take_its_place(twin, film, session=session)
                _films.write_transition(twin, actor=actor, now=now, session=session, remark=RECORDS_MERGED)
            _set_aside(film, twin, actor=actor, now=now, session=session)
            released += _conflicts.hand_over(film, twin, actor=actor, now=now, session=session)
            duplicates.append(key(film))
    session.flush()
    return moved, duplicates, [key(film) for film in released]


def _take_its_place(twin: Film, film: Film, *, session: Session) -> None:
    """Put the target's copy on the work list in place of the source's, which counted: same time, same overruling."""
    twin.state, twin.reason, twin.duplicate_of_id = FilmState.RECEIVED, "", None
    twin.attempts, twin.retry_at = 0, None
    twin.acquired_at, twin.time_precision = film.acquired_at, film.time_precision
    twin.stated_at, twin.time_doubt = film.stated_at, film.time_doubt
    twin.overruled = twin.overruled or film.overruled
    _conflicts.reopen_conflicts(twin, session=session)


def _set_aside(film: Film, twin: Film, *, actor: str, now: datetime, session: Session) -> None:
    """Keep the source's copy as a duplicate, off every stay, with its flags withdrawn."""
    film.stay_id = None
    if film.state is not FilmState.RETRACTED:
        film.duplicate_of_id = twin.id
        film.state = FilmState.DUPLICATE
        film.reason = f"The same film is already stored as film {twin.id}: {RECORDS_MERGED}."
        film.retry_at = None
    _films.write_transition(film, actor=actor, now=now, session=session)
    own = select(Flag).where(col(Flag.film_id) == film.id, col(Flag.state).in_(LIVE_STATES))
    for flag in session.scalars(own).all():
        flags.set_state(
            flag,
            FlagState.WITHDRAWN,
            cause=FlagCause.PATIENTS_MERGED,
            actor=actor,
            reason=RECORDS_MERGED,
            now=now,
            session=session,
        )


def _carry_observations(source_id: int, target_id: int, *, session: Session) -> None:
    of_both = col(Observation.patient_id).in_([source_id, target_id])
    rows = session.scalars(select(Observation).where(of_both)).all()
    known = {_same_value(row) for row in rows if row.patient_id == target_id and row.taken_back_at is None}
    for row in rows:
        if row.patient_id == target_id:
            continue
        if row.taken_back_at is None and _same_value(row) in known:
            session.delete(row)
        else:
            row.patient_id = target_id


def _carry_events(source_id: int, target_id: int, *, session: Session) -> None:
    of_both = col(ClinicalEvent.patient_id).in_([source_id, target_id])
    rows = session.scalars(select(ClinicalEvent).where(of_both)).all()
    known = {_same_event(row) for row in rows if row.patient_id == target_id and row.taken_back_at is None}
    for row in rows:
        if row.patient_id == target_id:
            continue
        if row.taken_back_at is None and _same_event(row) in known:
            session.delete(row)
        else:
            row.patient_id = target_id


def _same_value(row: Observation) -> tuple[object, ...]:
    return row.name, row.at, row.value, row.comparator


def _same_event(row: ClinicalEvent) -> tuple[object, ...]:
    return row.kind, row.at, row.note


def _settle_conflicts(target_id: int, *, actor: str, now: datetime, session: Session) -> list[int]:
    """Close the conflicts that said "other patient" of two films that are now of one."""
    ids = select(col(Patient.id)).where((col(Patient.id) == target_id) | (col(Patient.merged_into_id) == target_id))
    films = select(col(Film.id)).where(col(Film.patient_id).in_(ids))
    closed = session.scalars(
        select(FilmConflict).where(
            col(FilmConflict.resolved_at).is_(None),
            col(FilmConflict.kind).in_(_conflicts.OTHER_PATIENT),
            col(FilmConflict.film_id).in_(films),
            col(FilmConflict.other_film_id).in_(films),
        )
    ).all()
    return [key(film) for film in _conflicts.close(closed, actor=actor, now=now, session=session)]
