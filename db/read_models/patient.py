"""One patient's timeline: films, flags, measured values and events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from db.models import ClinicalEvent, FilmCheck, Flag, Observation, Patient, Reading, Stay
from db.read_models._clinical import event_columns, standing
from db.read_models._films import ActiveModel, film_facts, film_query, in_order, read_active_model, require_zone
from db.read_models._flags import flag_facts, flag_query
from db.read_models._people import stay_columns
from db.read_models.facts import (
    ActionFacts,
    CheckFacts,
    EventFacts,
    FilmFacts,
    FlagFacts,
    ObservationFacts,
    PatientFacts,
    ReadingFacts,
    StayFacts,
)
from db.read_models.flag_history import read_actions
from db.repositories import key, patients


@dataclass(frozen=True)
class PatientTimeline:
    """Everything of one patient.

    Attributes
    ----------
    patient : PatientFacts
        Who remains, if the patient asked for was merged.
    stays : tuple of StayFacts
        By admission.
    films : tuple of FilmFacts
        In every state, by acquisition, films without a time last; with those of records merged into this one.
    flags : tuple of FlagFacts
        In every state and by any model, in the order they were opened.
    actions : mapping of flag id to tuple of ActionFacts
        The history of each flag.
    observations, events : tuple
        By time, without those taken back. They are stored without the time they became known, so `as_of` cuts them by
        their own time; those taken back later still stand then.
    checks : mapping of film id to tuple of CheckFacts
    readings : tuple of ReadingFacts
    active_model, active_version : str or None
    """

    patient: PatientFacts
    stays: tuple[StayFacts, ...]
    films: tuple[FilmFacts, ...]
    flags: tuple[FlagFacts, ...]
    actions: Mapping[int, tuple[ActionFacts, ...]]
    observations: tuple[ObservationFacts, ...]
    events: tuple[EventFacts, ...]
    checks: Mapping[int, tuple[CheckFacts, ...]]
    readings: tuple[ReadingFacts, ...]
    active_model: str | None
    active_version: str | None


def read_patient(patient_id: int, *, session: Session, as_of: datetime | None = None) -> PatientTimeline:
    """Return a patient's timeline, now or as it stood.

    Raises
    ------
    NotFoundError
    """
    require_zone(as_of)
    row = patients.get(patient_id, session=session)
    patient = patient_facts(row)
    model = read_active_model(as_of=as_of, session=session)
    films = _films(patient.patient_id, model, as_of, session=session)
    film_ids = [film.film_id for film in films]
    flags = _flags(film_ids, as_of, session=session)
    return PatientTimeline(
        patient=patient,
        stays=_stays(patient.patient_id, as_of, session=session),
        films=films,
        flags=flags,
        actions=read_actions([flag.flag_id for flag in flags], as_of=as_of, session=session),
        observations=_observations(patient.patient_id, as_of, session=session),
        events=_events(patient.patient_id, as_of, session=session),
        checks=_checks(film_ids, as_of, session=session),
        readings=_readings(film_ids, as_of, session=session),
        active_model=model.name or None,
        active_version=model.version or None,
    )


def read_films(patient_id: int, model: str, version: str, *, session: Session) -> tuple[FilmFacts, ...]:
    """Return the films of one record in every state, by acquisition, with their scores by a model version.

    Copies that a record merged into it has kept are not among them.
    """
    by = ActiveModel(model, version)
    query = film_query(by, None)
    statement = in_order(query.statement.where(query.patient_id == patient_id))
    return tuple(film_facts(row, by) for row in session.execute(statement))


def patient_facts(row: Patient) -> PatientFacts:
    """Return a patient's row as facts."""
    return PatientFacts(
        patient_id=key(row),
        name=row.name,
        identifier=row.identifier,
        issuer=row.issuer,
        birth_date=row.birth_date,
        sex=row.sex,
        relative_day_zero=row.relative_day_zero,
    )


def _stays(patient_id: int, as_of: datetime | None, *, session: Session) -> tuple[StayFacts, ...]:
    statement = select(*stay_columns()).join(Patient, col(Patient.id) == col(Stay.patient_id))
    statement = statement.where(col(Stay.patient_id) == patient_id)
    if as_of is not None:
        statement = statement.where(col(Stay.admitted_at) <= as_of)
    return tuple(StayFacts(*row) for row in session.execute(statement.order_by(col(Stay.admitted_at), col(Stay.id))))


def _films(patient_id: int, model: ActiveModel, as_of: datetime | None, *, session: Session) -> tuple[FilmFacts, ...]:
    merged = select(col(Patient.id)).where(col(Patient.merged_into_id) == patient_id)
    query = film_query(model, as_of)
    statement = query.statement.where(or_(query.patient_id == patient_id, query.patient_id.in_(merged)))
    return tuple(film_facts(row, model) for row in session.execute(in_order(statement)))


def _flags(film_ids: list[int], as_of: datetime | None, *, session: Session) -> tuple[FlagFacts, ...]:
    statement = flag_query(as_of).statement.where(col(Flag.film_id).in_(film_ids))
    return tuple(flag_facts(row) for row in session.execute(statement.order_by(col(Flag.opened_at), col(Flag.id))))


def _observations(patient_id: int, as_of: datetime | None, *, session: Session) -> tuple[ObservationFacts, ...]:
    statement = select(
        col(Observation.id),
        col(Observation.name),
        col(Observation.value),
        col(Observation.comparator),
        col(Observation.unit),
        col(Observation.at),
        col(Observation.time_precision),
        col(Observation.added_by),
    ).where(col(Observation.patient_id) == patient_id, standing(Observation, as_of))
    order = (col(Observation.at), col(Observation.id))
    return tuple(ObservationFacts(*row) for row in session.execute(statement.order_by(*order)))


def _events(patient_id: int, as_of: datetime | None, *, session: Session) -> tuple[EventFacts, ...]:
    statement = select(*event_columns(ClinicalEvent)).where(
        col(ClinicalEvent.patient_id) == patient_id, standing(ClinicalEvent, as_of)
    )
    order = (col(ClinicalEvent.at), col(ClinicalEvent.id))
    return tuple(EventFacts(*row) for row in session.execute(statement.order_by(*order)))


def _checks(film_ids: list[int], as_of: datetime | None, *, session: Session) -> Mapping[int, tuple[CheckFacts, ...]]:
    found: dict[int, list[CheckFacts]] = defaultdict(list)
    for check in read_checks(film_ids, as_of, session=session):
        found[check.film_id].append(check)
    return {film_id: tuple(checks) for film_id, checks in found.items()}


def read_checks(film_ids: list[int], as_of: datetime | None, *, session: Session) -> list[CheckFacts]:
    """Return the checks of these films, in the order they were first made."""
    statement = select(
        col(FilmCheck.film_id),
        col(FilmCheck.name),
        col(FilmCheck.version),
        col(FilmCheck.verdict),
        col(FilmCheck.reason),
        col(FilmCheck.checked_at),
    ).where(col(FilmCheck.film_id).in_(film_ids))
    if as_of is not None:
        statement = statement.where(col(FilmCheck.checked_at) <= as_of)
    return [CheckFacts(*row) for row in session.execute(statement.order_by(col(FilmCheck.id)))]


def _readings(film_ids: list[int], as_of: datetime | None, *, session: Session) -> tuple[ReadingFacts, ...]:
    statement = select(
        col(Reading.film_id),
        col(Reading.reader),
        col(Reading.geographic_extent_right),
        col(Reading.geographic_extent_left),
        col(Reading.opacity_right),
        col(Reading.opacity_left),
        col(Reading.blind),
        col(Reading.read_at),
    ).where(col(Reading.film_id).in_(film_ids), col(Reading.not_readable).is_(None))
    if as_of is not None:
        statement = statement.where(col(Reading.read_at) <= as_of)
    return tuple(
        ReadingFacts(*row) for row in session.execute(statement.order_by(col(Reading.read_at), col(Reading.id)))
    )
